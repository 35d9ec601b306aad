"""Who owns how much of the open debt; unassigned debt is at the top."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len

from store.enums import Flag
from store.text import days
from tui.render.badges import FLAG_ROLES
from tui.render.lines import wrapped
from tui.render.text import Glyphs, fit, line
from tui.widgets.line_list import BuiltView

if TYPE_CHECKING:
    from collections.abc import Set

    from store.policy import OwnerRow
    from tui.render.lines import Line
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
    lines: list[Line] = []
    targets: dict[int, str] = {}
    if not rows:
        return [(("No items yet", "quiet"),)], {}
    hidden = {name for name in ("critical", "unrated") if not any(getattr(row, name) for row in rows)}
    table = [_cells(row, hidden, wide=width >= WIDE) for row in rows]
    columns = [column for column in _HEADS if column[0].lower() not in hidden]
    heads = [wide if width >= WIDE else short for wide, short, _ in columns]
    sizes = [max(cell_len(head), *(cell_len(cells[at]) for cells in table)) + 1 for at, head in enumerate(heads)]
    while len(sizes) > 1 and width - sum(sizes) < 8:
        # What is most missed stays longest: the oldest goes first, then what is overdue.
        sizes.pop()
    name = max(min(max(cell_len(line(row.owner) or UNASSIGNED) for row in rows) + 1, width - sum(sizes)), 6)
    lines.append(
        ((fit("Owner", name) + "".join(f"{head:>{size}}" for head, size in zip(heads, sizes, strict=False)), "label"),)
    )
    for row, cells in zip(rows, table, strict=True):
        targets[len(lines)] = row.owner or ""
        unowned = row.owner is None and bool(row.open)
        called = fit(line(row.owner) if row.owner is not None else UNASSIGNED, name - 1, glyphs.more)
        roles = [role for _, _, role in columns]
        spans = [(called + " ", "warning" if unowned else "strong" if row.open else "quiet")]
        for text, size, role in zip(cells, sizes, roles, strict=False):
            spans.append((f"{text:>{size}}", role if text not in ("0", "") else "quiet"))
        lines.append(tuple(spans))
    lines.append(())
    unowned_open = sum(row.open for row in rows if row.owner is None)
    words = (
        f"{unowned_open:,} open without an owner; {enter} lists them."
        if unowned_open
        else "All open debt has an owner."
    )
    lines += wrapped(((words, "warning" if unowned_open else "quiet"),), width, "  ")
    return lines, targets


def _cells(row: OwnerRow, hidden: Set[str], *, wide: bool) -> tuple[str, ...]:
    age = ""
    if row.oldest_days is not None:
        more = "+" if row.oldest_at_least else ""
        age = days(row.oldest_days, at_least=bool(more)) if wide else f"{row.oldest_days:,}{more}d"
    counts = ("open", "critical", "high", "unrated", "escalated", "overdue")
    return *(f"{getattr(row, name):,}" for name in counts if name not in hidden), age


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
