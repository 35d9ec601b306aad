"""What people read on stdout: tables and lines fitted to the terminal, and the words that several commands print."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, TypeVar

from rich.cells import cell_len

from store.audit.describe import difference
from store.enums import rating, shown_flags
from store.fields import no_value
from tui.cli import output
from tui.render.badges import STATUS_ROLES, follow_up_state, follow_up_terms
from tui.render.lines import emphasized, wrapped
from tui.render.table import GAP, Cell, Column, table_lines
from tui.render.text import cut, line, plain_line, safe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from store.enums import Flag, Severity, Status
    from store.formats.document.diff import Difference
    from store.queries.follow_ups import FollowUpRow
    from store.queries.history import ChangeRow
    from tui.render.lines import Line

T = TypeVar("T")

HEAD, STRONG, FAINT = "1", "1", "2"
INLINE = {"strong": "1", "emphasis": "3", "strike": "9", "link": "4", "code": "36"}


SGR = {
    "strong": "1",
    "quiet": "2",
    "frame": "2",
    "accent": "36",
    "label": "35",
    "warning": "33",
    "critical": "1;35",
    "high": "1;31",
    "medium": "33",
    "low": "36",
    "unrated": "34",
    "open": "31",
    "progress": "33",
    "mitigated": "32",
    "accepted": "34",
}
"""The parameters of the SGR sequence of each role."""


def paint(text: str, style: str) -> str:
    """Safe text in a style where stdout takes color: the parameters of one SGR sequence, or nothing."""
    return _styled(text, style) if output.colored() else text


def _styled(text: str, style: str) -> str:
    return f"\x1b[{style}m{text}\x1b[0m" if style and text else text


def table(columns: Sequence[Column], rows: Sequence[Sequence[Cell]]) -> str:
    """A header and rows as lines; an empty cell is a dash, so that every line has every column."""
    filled = [[cell if cell.text else Cell("-", FAINT) for cell in row] for row in rows]
    lines = table_lines(columns, filled, output.width(), output.glyphs().more, head=HEAD, found=STRONG)
    if output.colored():
        return "\n".join("".join([_styled(text, style) for text, style in row]).rstrip() for row in lines)
    return "\n".join("".join([text for text, _ in row]).rstrip() for row in lines)


def table_of(rows: Sequence[T], *columns: tuple[Column, Callable[[T], Cell]] | None) -> str:
    """A table of rows: each column with the cell that a row has in it; None is a column that is left out."""
    shown = [each for each in columns if each is not None]
    return table([column for column, _ in shown], [[cell(row) for _, cell in shown] for row in rows])


def one_line(text: str, style: str = "") -> str:
    """A safe line, cut to the terminal."""
    room = output.width()
    return paint(text if room is None else cut(text, room, output.glyphs().more), style)


def paragraph(text: str, style: str = "") -> str:
    """A safe line; at a terminal on as many as it takes, the later ones indented."""
    room = output.width()
    if room is None:
        return text
    rows = ["".join(part for part, _ in row) for row in wrapped([(text, "")], room, indent="  ")]
    return "\n".join(paint(row, style) for row in rows)


def pairs(entries: Sequence[tuple[str, str]], *, prose: frozenset[str] = frozenset()) -> str:
    """Labels and texts below each other; a text of several lines, or too wide, continues beneath itself.

    Entries without text are left out. The labels in `prose` have text with inline Markdown, which shows as style at a
    terminal.
    """
    shown = [(label, text) for label, text in entries if text]
    if not shown:
        return ""
    room = output.width()
    margin = max(cell_len(label) for label, _ in shown) + GAP
    beside = room is None or room - margin >= 24
    lines: list[str] = []
    for label, text in shown:
        if beside:
            body = _body(text, None if room is None else room - margin, is_prose=label in prose)
            first = paint(label, STRONG) + " " * (margin - cell_len(label))
            lines += [(first + body[0]).rstrip(), *((" " * margin + below).rstrip() for below in body[1:])]
        else:
            lines += [paint(cut(label, room or 1), STRONG), *_body(text, room, is_prose=label in prose)]
    return "\n".join(lines)


def _body(text: str, room: int | None, *, is_prose: bool) -> list[str]:
    """The lines of a text, wrapped to a terminal."""
    if room is None:
        return safe(text).split("\n")
    spans = emphasized(text) if is_prose else [(safe(text), "")]
    return ["".join(paint(part, _sgr(styles)) for part, styles in row) for row in wrapped(spans, room)]


def _sgr(styles: str) -> str:
    return ";".join(INLINE[style] for style in styles.split())


def painted(spans: Line) -> str:
    """A row with its styles, without blanks at its end."""
    text = "".join(span for span, _ in spans)
    if not output.colored():
        return text.rstrip()
    return "".join(
        paint(span, ";".join(SGR[r] for r in role.split())) if role else span for span, role in spans
    ).rstrip()


NARROW = 60
FLAGGED = WARNING = "1;31"


def state(severity: Severity | None, status: Status) -> str:
    """Severity letter and status mark."""
    return output.glyphs().state(severity, status)


def severity_cell(severity: Severity | None, text: str | None = None) -> Cell:
    """A severity, or a text about it, in its color."""
    return Cell(rating(severity) if text is None else text, SGR[rating(severity).lower()])


def status_cell(status: Status) -> Cell:
    """A status in its color."""
    return Cell(status_words(status), SGR[STATUS_ROLES[status.value]])


def is_narrow() -> bool:
    """Whether there is so little room that tables are shortened."""
    return (output.width() or NARROW) < NARROW


def lead(text: str) -> str:
    """The words that represent an item, cut as stdout can say it."""
    shown = prose_line(text.removesuffix("…"))
    return shown + output.glyphs().more if text.endswith("…") else shown


def prose_line(text: str | None) -> str:
    """A text on one line: without the marks of Markdown at a terminal, as written elsewhere."""
    return plain_line(text) if output.is_terminal(sys.stdout) else line(text)


def status_words(status: Status) -> str:
    """The status's word, at a terminal with its mark before it."""
    return f"{output.glyphs().mark(status)} {status.value}" if output.is_terminal(sys.stdout) else status.value


def signs(flags: frozenset[Flag]) -> str:
    """The signs of some flags, after a blank; nothing for none."""
    return " " * bool(flags) + "".join(output.glyphs().flag(flag) for flag in shown_flags(flags))


def change_words(row: ChangeRow) -> str:
    """What one change did: verb, field, before and after, and its note."""
    arrow = output.glyphs().arrow
    words = row.verb
    if row.field is not None:
        before, after = (text or no_value(row.field, "-") for text in (row.before, row.after))
        words = f"{row.field.replace('_', ' ')}: {before} {arrow} {after}"
    return f"{words} ({row.note})" if row.note else words


def when(row: ChangeRow) -> str:
    """The time of a change, UTC, to the second."""
    return row.time.strftime("%Y-%m-%d %H:%M:%SZ")


def follow_up_line(row: FollowUpRow) -> str:
    """A follow-up in a line: `#3 open, overdue by 5 days: ask the vendor (owner bo, due 2026-04-15)`."""
    return f"#{row.number} {follow_up_state(row)}: {row.text} ({follow_up_terms(row)})"


def follow_ups_text(rows: Sequence[FollowUpRow]) -> str:
    """Follow-ups as a table; in little room who does it and when is left out."""
    narrow = is_narrow()
    return table_of(
        rows,
        (Column("No", right=True), lambda row: Cell(str(row.number))),
        (Column("Key"), lambda row: Cell.of(f"{row.key} (removed)" if row.gone else row.key, STRONG)),
        (
            Column("State", shrinks=True, least=4),
            lambda row: Cell.of(follow_up_state(row), FLAGGED if row.overdue_days else ""),
        ),
        None if narrow else (Column("Due"), lambda row: Cell(row.due_on.isoformat() if row.due_on else "")),
        None if narrow else (Column("Owner", shrinks=True), lambda row: Cell.of(row.owner)),
        (Column("Follow-up", shrinks=True, least=12), lambda row: Cell(prose_line(row.text))),
    )


SHORT = 60
"""The most characters of a value that is shown within a sentence; others have a separate line."""
AROUND = 30
"""The characters shown before and after what differs in a long value."""


def difference_lines(found: Difference) -> Iterator[str]:
    """A difference as a sentence; long values have their own lines."""
    whole = found.field is None or found.field == "position"
    if whole or (_is_short(found.before) and _is_short(found.after)):
        yield output.sentence(difference(found, cut=line))
        return
    yield output.sentence(difference(found._replace(before=None, after=None))).removesuffix(".") + ":"
    for sign, value in zip("-+", _differing(found.before or "", found.after or ""), strict=True):
        yield from (f"  {sign} {safe(each)}" for each in value.splitlines())


def _differing(before: str, after: str) -> tuple[str, str]:
    """Two texts without the words that both begin and end with, but for some around what differs."""
    start = _alike(before, after)
    end = _alike(before[start:][::-1], after[start:][::-1])
    first = before.rfind(" ", 0, start - AROUND) + 1 if start > AROUND else 0
    more = output.glyphs().more

    def part(text: str) -> str:
        last = text.find(" ", len(text) - end + AROUND) if end > AROUND else -1
        return (more if first else "") + (text[first:] if last < 0 else text[first:last] + more)

    return part(before), part(after)


def _alike(one: str, other: str) -> int:
    """How many characters two texts begin with that are the same."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((number for number, (mine, yours) in pairs if mine != yours), min(len(one), len(other)))


def _is_short(value: str | None) -> bool:
    return value is None or (len(value) <= SHORT and "\n" not in value)
