"""What `ai-debt review` prints for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.audit import describe
from store.enums import rating
from store.text import duration, join_words
from tui.cli import output
from tui.cli.pages import lead, state
from tui.cli.tables import FAINT, STRONG, STYLES, Cell, Column, one_line, pairs, paragraph, table
from tui.render.text import line

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from store.queries.history import ChangeRow
    from store.review.minutes import Diff, DiffEnd, Escalation, ItemChanges
    from store.review.queries import ReviewLine, ReviewRow

NARROW, WIDE = 60, 110


def reviews(rows: Sequence[ReviewLine]) -> str:
    """The reviews as a table; where there is little room without when they started and who was there."""
    wide = (output.width() or WIDE) >= NARROW
    columns: list[tuple[bool, Column, list[Cell]]] = [
        (True, Column("No", right=True), [Cell(str(row.number), STRONG) for row in rows]),
        (wide, Column("Started"), [Cell(f"{row.started:%Y-%m-%d}") for row in rows]),
        (True, Column("Ended"), [Cell(f"{row.ended:%Y-%m-%d}" if row.ended else "open") for row in rows]),
        (True, Column("Items", right=True), [Cell(f"{row.decided} of {row.items}") for row in rows]),
        (wide, Column("Who", shrinks=True), [Cell.of(join_words(row.participants)) for row in rows]),
        (True, Column("Title", shrinks=True, least=12), [Cell.of(row.title) for row in rows]),
    ]
    return _chosen(columns)


def review(row: ReviewRow) -> str:
    """A review: what it is, how far it came, and its queue."""
    ended = f"{_when(row.ended)} by {line(row.ended_by)}" if row.ended else "still open"
    entries = [
        ("Started", f"{_when(row.started)} by {line(row.started_by)}"),
        ("Ended", ended),
        ("Who", line(join_words(row.participants))),
        ("Query", line(row.query)),
        ("Items", f"{row.decided} of {len(row.queue)} reviewed, {row.left} left"),
        ("Time", duration(row.seconds) if row.seconds else ""),
    ]
    head = paragraph(f"Review {row.number}  {line(row.title)}", STRONG)
    return f"{head}\n\n{pairs(entries)}\n\n{queue(row)}"


def queue(row: ReviewRow) -> str:
    """The items to review, in order, and who decided them."""
    room = output.width() or WIDE
    begun = row.decided > 0
    done = [f"{each.decided_by}, {duration(each.seconds)}" if each.decided_by else "" for each in row.queue]
    keys = [f"{each.key} (removed)" if each.gone else each.key for each in row.queue]
    states = [Cell(state(each.severity, each.status), STYLES[rating(each.severity)]) for each in row.queue]
    columns: list[tuple[bool, Column, list[Cell]]] = [
        (room >= NARROW, Column("No", right=True), [Cell(str(at)) for at, _ in enumerate(row.queue, 1)]),
        (True, Column("Key"), [Cell.of(key, STRONG) for key in keys]),
        (True, Column(""), states),
        (begun, Column("Reviewed by", shrinks=True), [Cell.of(text) for text in done]),
        (True, Column("Why", shrinks=True, least=16), [Cell.of(each.reason) for each in row.queue]),
        (room >= WIDE, Column("Title", shrinks=True), [Cell.of(lead(each.lead)) for each in row.queue]),
    ]
    return _chosen(columns)


def _chosen(columns: Sequence[tuple[bool, Column, Sequence[Cell]]]) -> str:
    """A table of the columns that are wanted."""
    chosen = [(column, cells) for wanted, column, cells in columns if wanted]
    return table([column for column, _ in chosen], list(zip(*(cells for _, cells in chosen), strict=True)))


def diff(row: Diff) -> str:
    """What differs between two moments, group by group."""
    head = paragraph(f"From {_end(row.start)} to {_end(row.end)}", STRONG)
    if row.is_empty:
        return f"{head}\n\nNothing differs."
    groups = [
        ("New", row.new),
        ("Mitigated", row.mitigated),
        ("Accepted", row.accepted),
        ("Reopened", row.reopened),
        ("Changed", row.changed),
        ("Removed", row.removed),
    ]
    parts = [_group(title, items) for title, items in groups if items]
    if row.links:
        parts.append("\n".join([one_line("Dependencies", STRONG), *(_change(each) for each in row.links)]))
    if row.escalated:
        parts.append("\n".join([one_line("Newly escalated", STRONG), *map(_escalation, row.escalated)]))
    return "\n\n".join([head, *parts])


def _group(title: str, items: Sequence[ItemChanges]) -> str:
    lines = [one_line(title, STRONG)]
    for item in items:
        lines.append(paragraph(f"{state(item.severity, item.status)} {line(item.key)}  {lead(item.lead)}"))
        lines += [_change(each) for each in item.changes]
    return "\n".join(lines)


def _change(change: ChangeRow) -> str:
    return one_line(f"  {line(describe.sentence(change))}", FAINT)


def _escalation(row: Escalation) -> str:
    return paragraph(line(f"{row.key}  {row.lead}: {join_words(row.rules)}"))


def _end(row: DiffEnd) -> str:
    if row.number is None:
        return f"now, {_when(row.time)}"
    return f"the end of review {row.number} ({line(row.title)}), {_when(row.time)}"


def _when(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}Z"
