"""Who owns how much of the open debt; unassigned debt is at the top."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len

from store.enums import Flag
from store.text import days
from tui.render.badges import FLAG_ROLES, short_days
from tui.render.lines import wrapped
from tui.render.table import Cell, Column, column_widths, table_lines
from tui.widgets.line_list import BuiltView

if TYPE_CHECKING:
    from collections.abc import Sequence, Set

    from store.policy import OwnerRow
    from tui.render.text import Glyphs
    from tui.widgets.line_list import Built

UNASSIGNED = "unassigned"
WIDE = 60
_HEADS = (
    ("Open", "Open", ""),
    ("Critical", "Crit.", "critical"),
    ("High", "High", ""),
    ("Unrated", "Unr.", "unrated"),
    ("Escalated", "Esc.", FLAG_ROLES[Flag.ESCALATED]),
    ("Overdue", "Late", FLAG_ROLES[Flag.OVERDUE]),
    ("Oldest", "Oldest", "quiet"),
)
"""The heading of each column, where there is room and where there is little, and its role."""


def owner_lines(rows: tuple[OwnerRow, ...], width: int, glyphs: Glyphs, enter: str) -> Built:
    """A heading, then a row for each owner, which is a stop and which the key `enter` opens."""
    if not rows:
        return [(("No items yet", "quiet"),)], {}
    is_wide = width >= WIDE
    hidden = {name for name in ("critical", "unrated") if not any(getattr(row, name) for row in rows)}
    heads = [column for column in _HEADS if column[0].lower() not in hidden]
    cells = [_cells(row, [role for _, _, role in heads], hidden, wide=is_wide) for row in rows]
    columns = [Column(wide if is_wide else short, right=True, gap=1) for wide, short, _ in heads]
    sizes = column_widths(columns, cells, None)
    while len(sizes) > 1 and width - sum(sizes) - len(sizes) < 8:
        # What is most missed stays longest: the oldest goes first, then what is overdue.
        sizes.pop()
    names = [_name(row) for row in rows]
    room = width - sum(sizes) - len(sizes) - 1
    size = max(min(max(cell_len(name.text) for name in names), room), 5)
    columns = [Column("Owner", size=size), columns[0]._replace(gap=2), *columns[1 : len(sizes)]]
    table = [[name, *row[: len(sizes)]] for name, row in zip(names, cells, strict=True)]
    lines = table_lines(columns, table, None, glyphs.more, head="label")
    targets = {at: row.owner or "" for at, row in enumerate(rows, 1)}
    lines.append(())
    unowned_open = sum(row.open for row in rows if row.owner is None)
    words = (
        f"{unowned_open:,} open without an owner; {enter} lists them."
        if unowned_open
        else "All open debt has an owner."
    )
    lines += wrapped(((words, "warning" if unowned_open else "quiet"),), width, "  ")
    return lines, targets


def _name(row: OwnerRow) -> Cell:
    if row.owner is None:
        return Cell(UNASSIGNED, "warning" if row.open else "quiet")
    return Cell.of(row.owner, "strong" if row.open else "quiet")


def _cells(row: OwnerRow, roles: Sequence[str], hidden: Set[str], *, wide: bool) -> list[Cell]:
    age = ""
    if row.oldest_days is not None:
        age = (days if wide else short_days)(row.oldest_days, at_least=row.oldest_at_least)
    counts = ("open", "critical", "high", "unrated", "escalated", "overdue")
    texts = [*(f"{getattr(row, name):,}" for name in counts if name not in hidden), age]
    return [Cell(text, role if text not in ("0", "") else "quiet") for text, role in zip(texts, roles, strict=True)]


class OwnersPane(BuiltView):
    """The cursor goes from owner to owner; Enter shows what one owns."""

    def __init__(self, *, glyphs: Glyphs) -> None:
        super().__init__(id="owners", glyphs=glyphs)
        self.rows: tuple[OwnerRow, ...] | None = None

    def show(self, rows: tuple[OwnerRow, ...]) -> None:
        """Other counts; the cursor stays on its owner where that is still one."""
        if rows == self.rows:
            return
        self.rows = rows
        enter = self.key_of("list.open")
        self.rebuild(lambda width: owner_lines(rows, width, self.glyphs, enter))
        if not self.is_stop(self.cursor):
            self.place_cursor(next(iter(self.built[1]), 0))
