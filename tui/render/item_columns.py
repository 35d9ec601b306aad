"""The columns of the item list in a wide terminal: owner, due date, score and age."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len

from store.enums import Flag
from tui.render.badges import FLAG_ROLES, short_days
from tui.render.table import GAP
from tui.render.text import cut, fit, line

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from store.queries.items import ItemRow
    from tui.render.lines import Line, Span
    from tui.render.text import Glyphs


COLUMNS_FROM = 160
"""The cells of a terminal from which on the list has columns."""


class Context(NamedTuple):
    """What cells need besides the row; `scores` is None while they are computed."""

    today: date
    scores: Mapping[str, float] | None
    glyphs: Glyphs


class ItemColumn(NamedTuple):
    """A column of the item list.

    `key` switches it on and off. cell: what it says about an item, in its style. width: the cells that a wide layout
    reserves for it. most: the cells that it takes where the list has more room. is_number: it is aligned to the right.
    """

    key: str
    label: str
    help: str
    cell: Callable[[ItemRow, Context], Span]
    width: int
    most: int
    is_number: bool = False


def _role(row: ItemRow) -> str:
    return "" if row.status.is_open else "quiet"


def _missing(row: ItemRow, context: Context) -> Span:
    """A dot where an open item lacks something."""
    return (context.glyphs.dot if row.status.is_open else "", "quiet")


def _owner(row: ItemRow, context: Context) -> Span:
    return (line(row.owner), _role(row)) if row.owner else _missing(row, context)


def _due(row: ItemRow, context: Context) -> Span:
    if row.due_on is None:
        return _missing(row, context)
    is_over = Flag.OVERDUE in row.flags and row.due_on < context.today
    return row.due_on.isoformat(), FLAG_ROLES[Flag.OVERDUE] if is_over else _role(row)


def _score(row: ItemRow, context: Context) -> Span:
    if not row.status.is_open:
        return "", ""
    if context.scores is None:
        return context.glyphs.more, "quiet"
    score = context.scores.get(row.key)
    return ("" if score is None else f"{score:,.2f}"), ""


def _age(row: ItemRow, context: Context) -> Span:
    opened = row.opened_on or row.created.date()
    return short_days(max((context.today - opened).days, 0), at_least=row.opened_on is None), _role(row)


COLUMNS: Mapping[str, ItemColumn] = {
    "owner": ItemColumn("o", "Owner", "who owns it", _owner, 14, 24),
    "due": ItemColumn("d", "Due", "the due date", _due, 10, 10),
    "score": ItemColumn("s", "Score", "how much else it makes worse", _score, 6, 10, is_number=True),
    "age": ItemColumn("a", "Age", "how long it has been known", _age, 6, 8, is_number=True),
}
"""The columns by the names that settings and sort orders give them."""
_LABEL_OR_RULE = re.compile(r"(?P<rule>(?:^|(?<=\S )) +(?=$| \S))| ?\S+ ?|.")


def reserved(names: Iterable[str]) -> int:
    """The cells that a wide layout reserves for some columns, with a blank at the end."""
    return sum(COLUMNS[name].width + GAP for name in names) + 1


def needed(names: Iterable[str], rows: Collection[ItemRow], context: Context) -> dict[str, int]:
    """The cells that each of some columns needs for some rows and its label, within its bounds."""
    found = {}
    for name in names:
        texts = {COLUMNS[name].cell(row, context)[0] for row in rows}
        widest = max((len(text) if text.isascii() else cell_len(text) for text in texts), default=0)
        found[name] = min(max(widest, len(COLUMNS[name].label)), COLUMNS[name].most)
    return found


def fitted(widths: Mapping[str, int], room: int) -> dict[str, int]:
    """Columns of these widths in some cells, blanks included: the owner gives way, down to its label."""
    excess = sum(widths.values()) + GAP * len(widths) + 1 - room
    if excess <= 0 or "owner" not in widths:
        return dict(widths)
    return {**widths, "owner": max(widths["owner"] - excess, len(COLUMNS["owner"].label))}


def columns_line(row: ItemRow, widths: Mapping[str, int], context: Context) -> Line:
    """The cells of an item side by side, each behind a gap, and a blank at the end."""
    cells = {name: COLUMNS[name].cell(row, context) for name in widths}
    return (*_placed(widths, cells, context.glyphs.more), (" ", ""))


def _placed(widths: Mapping[str, int], cells: Mapping[str, Span], more: str) -> Iterator[Span]:
    for name, width in widths.items():
        text, role = cells[name]
        if COLUMNS[name].is_number:
            shown = cut(text, width, more)
            yield " " * (GAP + width - cell_len(shown)), ""
            yield shown, role
        else:
            yield " " * GAP, ""
            yield fit(text, width, more), role


def heading(widths: Mapping[str, int], rule: str) -> Line:
    """The labels of columns over their cells, on a rule; nothing without columns."""
    text = ""
    for name, width in widths.items():
        label = COLUMNS[name].label
        text += " " * GAP + (label.rjust(width) if COLUMNS[name].is_number else label.ljust(width))
    text += " " if widths else ""
    parts = ((found[0], bool(found["rule"])) for found in _LABEL_OR_RULE.finditer(text))
    return tuple((rule * len(part), "frame") if is_rule else (part, "label") for part, is_rule in parts)


def toggled(names: Sequence[str], name: str) -> tuple[str, ...]:
    """Columns with one more at its usual place, or without it where it is among them."""
    if name in names:
        return tuple(each for each in names if each != name)
    usual = list(COLUMNS)
    at = next((at for at, each in enumerate(names) if usual.index(each) > usual.index(name)), len(names))
    return (*names[:at], name, *names[at:])
