"""What to fix first as people read it: a table, and beneath it where cascades begin and run in circles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.wording import few, in_a_row
from tui.cli import output
from tui.cli.pages import NARROW, lead, state
from tui.cli.tables import STRONG, STYLES, Cell, Column, paragraph, table
from tui.text import line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from store.rows import CycleRow, FirstRow, FirstRows

WIDE = 110
CYCLES = 10
NAMES = 8


def first(rows: FirstRows, shown: Sequence[FirstRow]) -> str:
    """The items shown of all there are, under what is assumed."""
    below = "\n".join(paragraph(line(each)) for each in _below(rows, shown))
    parts = [_table(shown, assumed=bool(rows.assumed)), below]
    if rows.assumed:
        words = f"As if {_names(rows.assumed)} were mitigated; nothing is written."
        parts.insert(0, paragraph(line(words), STRONG))
    return "\n\n".join(parts)


def nothing(assumed: Sequence[str]) -> str:
    """What there is to say where no item is open."""
    return f"no item would be open if {_names(assumed)} were mitigated" if assumed else "no item is open"


def _table(shown: Sequence[FirstRow], *, assumed: bool) -> str:
    """The items as a table, where there is room with more columns; where there is little, reasons are wrapped."""
    room = output.width() or WIDE
    if room < NARROW:
        heads = [f"{state(row.severity, row.status)} {line(row.key)}  {row.score:.2f}" for row in shown]
        return "\n".join(paragraph(f"{head}  {line(row.reason)}") for head, row in zip(heads, shown, strict=True))
    wide = room >= WIDE
    states = [Cell(state(row.severity, row.status), STYLES[row.severity.value]) for row in shown]
    columns: list[tuple[bool, Column, list[Cell]]] = [
        (True, Column("Key"), [Cell.of(row.key, STRONG) for row in shown]),
        (True, Column("State" if wide else ""), states),
        (True, Column("Score", right=True), [Cell(f"{row.score:.2f}") for row in shown]),
        (assumed, Column("Now", right=True), [Cell(f"{row.score_now or 0:.2f}") for row in shown]),
        (True, Column("Share", right=True), [Cell(_share(row)) for row in shown]),
        (wide, Column("Frees", right=True), [Cell(str(row.frees)) for row in shown]),
        (True, Column("Why", shrinks=True, least=16), [Cell.of(row.reason) for row in shown]),
        (wide, Column("Title", shrinks=True), [Cell.of(lead(row.lead)) for row in shown]),
    ]
    chosen = [(column, cells) for wanted, column, cells in columns if wanted]
    return table([column for column, _ in chosen], list(zip(*(cells for _, cells in chosen), strict=True)))


def _share(row: FirstRow) -> str:
    """A percentage with one decimal at most."""
    return "" if row.share is None else f"{row.share:.1f}".removesuffix(".0") + " %"


def _below(rows: FirstRows, shown: Sequence[FirstRow]) -> list[str]:
    """The lines under the table."""
    lines = [_roots(rows), *(_cycle(each) for each in rows.cycles[:CYCLES])]
    if more := len(rows.cycles[CYCLES:]):
        lines.append(f"Cycles: {more} more.")
    if most := max(row.frees for row in rows.items):
        freeing = [row.key for row in rows.items if row.frees == most]
        each = " each" if len(freeing) > 1 else ""
        lines.append(f"Frees the most: {_names(freeing)}, {_items(most)}{each}.")
    if rows.assumed:
        score, now = sum(row.score for row in rows.items), sum(row.score_now or 0 for row in rows.items)
        lines.append(f"All scores together: {score:.2f}; now {now:.2f}.")
    if len(shown) < len(rows.items):
        lines.append(f"Shown: {len(shown)} of {len(rows.items)} open items.")
    return lines


def _roots(rows: FirstRows) -> str:
    """Where cascades begin, and how many items stand by themselves."""
    begin = [row.key for row in rows.items if row.is_root and row.feeds]
    alone = sum(row.is_root and not row.feeds for row in rows.items)
    parts = [_names(begin)] if begin else []
    if alone:
        parts.append(f"{_items(alone)} {'stands' if alone == 1 else 'stand'} alone")
    return f"Roots: {'; '.join(parts) or 'none'}."


def _items(number: int) -> str:
    return f"{number} item{'' if number == 1 else 's'}"


def _cycle(cycle: CycleRow) -> str:
    """A cycle: around it where it is a ring, else its items."""
    root = "; nothing open outside feeds it" if cycle.is_root else ""
    if not cycle.ring:
        return f"Cycle of {len(cycle.keys)}: {_names(cycle.keys)}{root}."
    named = few(cycle.keys, len(cycle.keys), most=NAMES)
    return f"Cycle: {f' {output.glyphs().arrow} '.join([*named, cycle.keys[0]])}{root}."


def _names(keys: Iterable[str]) -> str:
    """Keys in a row, the first of them where there are many."""
    every = tuple(keys)
    return in_a_row(few(every, len(every), most=NAMES))
