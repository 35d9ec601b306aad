"""What to fix first as people read it: a table, and beneath it where cascades begin and run in circles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.enums import rating
from tui.cli import output
from tui.cli.pages import NARROW, lead, signs, state
from tui.cli.tables import STRONG, STYLES, Cell, Column, paragraph, table
from tui.render import insights
from tui.render.text import line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store.queries.priorities import Priorities, Priority

WIDE = 110


def first(rows: Priorities, shown: Sequence[Priority]) -> str:
    """The items shown of all there are, under what is assumed."""
    sentences = insights.summary(rows, output.glyphs())
    if len(shown) < len(rows.items):
        sentences.append(f"Shown: {len(shown)} of {len(rows.items)} open items.")
    parts = [_table(shown, assumed=bool(rows.assumed)), "\n".join(map(paragraph, sentences))]
    if rows.assumed:
        parts.insert(0, paragraph(insights.as_if(rows.assumed), STRONG))
    return "\n\n".join(parts)


def _state(row: Priority) -> str:
    """`H● ▲`."""
    return state(row.severity, row.status) + signs(row.flags)


def _table(shown: Sequence[Priority], *, assumed: bool) -> str:
    """The items as a table, where there is room with more columns; where there is little, reasons are wrapped."""
    room = output.width() or WIDE
    if room < NARROW:
        heads = [f"{_state(row)} {line(row.key)}  {row.score:.2f}" for row in shown]
        return "\n".join(paragraph(f"{head}  {line(row.reason)}") for head, row in zip(heads, shown, strict=True))
    wide = room >= WIDE
    states = [Cell(_state(row), STYLES[rating(row.severity)]) for row in shown]
    columns: list[tuple[bool, Column, list[Cell]]] = [
        (True, Column("Key"), [Cell.of(row.key, STRONG) for row in shown]),
        (True, Column("State" if wide else ""), states),
        (True, Column("Score", right=True), [Cell(f"{row.score:.2f}") for row in shown]),
        (assumed, Column("Now", right=True), [Cell(f"{row.score_now or 0:.2f}") for row in shown]),
        (True, Column("Share", right=True), [Cell(insights.share(row)) for row in shown]),
        (wide, Column("Frees", right=True), [Cell(str(row.frees)) for row in shown]),
        (True, Column("Why", shrinks=True, least=16), [Cell.of(row.reason) for row in shown]),
        (wide, Column("Title", shrinks=True), [Cell.of(lead(row.lead)) for row in shown]),
    ]
    chosen = [(column, cells) for wanted, column, cells in columns if wanted]
    return table([column for column, _ in chosen], list(zip(*(cells for _, cells in chosen), strict=True)))
