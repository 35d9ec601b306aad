"""The commands of reviews, their minutes and follow-ups."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from store.audit import describe
from store.enums import FollowUpState
from store.errors import NotFoundError
from store.text import duration, join_words
from tui.cli import output
from tui.cli.command import PAST, Commands, Found, KeyOrCommand, Session, argument, flag, option
from tui.cli.options import AllowPast, Key, ReviewTitle, With, complete_follow_up, complete_key, refuse_past, values
from tui.cli.target import day_of
from tui.cli.text import (
    FAINT,
    NARROW,
    STRONG,
    follow_ups_text,
    is_narrow,
    lead,
    one_line,
    pairs,
    paragraph,
    prose_line,
    severity_cell,
    state,
    table_of,
)
from tui.lazy import follow_up_queries, reports, review_commands, review_minutes, review_queries
from tui.render.table import Cell, Column
from tui.render.text import line

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from store.audit.log import Done
    from store.db.database import Database
    from store.db.reader import Reader
    from store.fields import FieldValue
    from store.queries.history import ChangeRow
    from store.review.minutes import Diff, DiffEnd, Escalation, ItemChanges
    from store.review.queries import QueueRow, ReviewLine, ReviewRow

commands, review_group = Commands(), Commands()
commands.add_typer(review_group, name="review")

Number = Annotated[int | None, argument("N", "A review's number (default: the newest).", min=1)]
ItsNumber = Annotated[int, argument("N", "The review's number.", min=1)]


@review_group.lists
def review(reader: Reader) -> Found:
    """List, start, show, change, finish, reopen and compare reviews.

    In the dashboard, `r` shows a review item by item.

    Examples:
      ai-debt review
      ai-debt review start --with bo --with cy
      ai-debt review minutes > minutes.md
    """
    return list_(reader)


@review_group.reads("list")
def list_(reader: Reader) -> Found:
    """List the reviews, the newest first.

    Examples:
      ai-debt review list
      ai-debt review list --json
    """
    from store.review.queries import START

    rows = review_queries.reviews(reader)
    return Found("reviews", rows, lambda: reviews_text(rows), empty=f"no reviews yet; {START}")


@review_group.session("start")
def start(
    session: Session,
    title: ReviewTitle = None,
    with_: With = None,
    query: Annotated[
        str | None, option("--query", "QUERY", "Review what this filter finds (default: everything).")
    ] = None,
    skip_days: Annotated[
        int, option("--skip-days", "N", "Skip what was reviewed within N days.", min=0, show_default=True)
    ] = 14,
) -> None:
    """Start a review and print its queue, with reasons.

    Unrated items come first, then items with an open follow-up, acceptances that ended, escalated items, open items
    by score, and the rest. Only one review can be open at a time.

    Examples:
      ai-debt review start
      ai-debt review start --title "Spring review" --with bo --with cy
      ai-debt review start --query "severity:high" --skip-days 0
    """
    with session.database() as opened:
        people = [opened.actor, *with_] if with_ else None
        started = review_commands.start(opened, title=title, participants=people, query=query, skip_days=skip_days)
        with opened.read() as reader:
            row = review_queries.review(reader, started.number)
    if session.as_json:
        output.emit_json("done", started.done, review=started.number)
    else:
        session.tell(started.done)
        output.emit(queue_text(row))


@review_group.reads("show")
def show(reader: Reader, number: Number = None) -> Found:
    """Show a review: its queue with reasons, and who decided what.

    Examples:
      ai-debt review show
      ai-debt review show 3 --json
    """
    row = review_queries.review(reader, number)
    return Found("review", row, lambda: review_text(row))


@review_group.reads("minutes")
def minutes(reader: Reader, number: Number = None) -> Found:
    """Print the minutes of a review as Markdown.

    An open review has the minutes so far.

    Examples:
      ai-debt review minutes
      ai-debt review minutes 3 > minutes.md
    """
    row = review_minutes.minutes(reader, number)
    return Found("minutes", row, lambda: reports.minutes_markdown(row), write=output.emit_text)


@review_group.reads("diff")
def diff(
    reader: Reader,
    number: Annotated[int | None, argument("N", "Since the end of this review.", min=1)] = None,
    other: Annotated[int | None, argument("M", "To the end of this one.", min=1)] = None,
) -> Found:
    """List what changed since a review, or between two reviews.

    Lists new, mitigated, accepted, reopened, changed, removed and newly escalated items. Without numbers, it compares
    the end of the last review with now. What was changed and changed back is left out.

    Examples:
      ai-debt review diff                            since the newest review
      ai-debt review diff 3 4                        from the end of review 3 to the end of review 4
    """
    row = review_minutes.diff(reader, number, other)
    return Found("diff", row, lambda: diff_text(row))


@review_group.session("set")
def set_(
    session: Session,
    number: ItsNumber,
    title: Annotated[str | None, option("--title", "TEXT", "Its title.")] = None,
    participants: Annotated[str | None, option("--participants", "NAMES", "All participants, separated by ;")] = None,
) -> None:
    """Change the title or the participants of an open review. `ai-debt undo` reverts it.

    Examples:
      ai-debt review set 3 --participants "ana; bo"
      ai-debt review set 3 --title "Spring review"
    """
    if title is None and participants is None:
        raise typer.BadParameter("nothing to set: add --title or --participants")
    people = None if participants is None else (participants,)
    with session.database() as opened:
        session.tell(review_commands.edit_review(opened, number, title=title, participants=people))


@review_group.writes("finish")
def finish(opened: Database, number: ItsNumber) -> Done:
    """End a review; undecided items stay undecided.

    Examples:
      ai-debt review finish 3
    """
    return review_commands.finish(opened, number)


@review_group.writes("reopen")
def reopen(opened: Database, number: ItsNumber) -> Done:
    """Reopen a review that has ended. Only one review can be open at a time.

    Examples:
      ai-debt review reopen 3
    """
    return review_commands.reopen(opened, number)


follow_up_group = Commands(cls=KeyOrCommand)
commands.add_typer(follow_up_group, name="followups")

OfItem = Annotated[str | None, argument("KEY", "Only those of this item.", complete_key)]
FollowUpNumbers = Annotated[list[int], argument("N", "Numbers of follow-ups.", complete_follow_up, min=1)]
DoneBy = Annotated[str | None, option("--owner", "NAME", "The owner.")]
DueOn = Annotated[str | None, option("--due-on", "DATE", "When it is due, such as 2026-06-30.")]
FollowUpNumber = Annotated[int, argument("N", "The number of a follow-up.", complete_follow_up, min=1)]


@follow_up_group.heads
def followups(session: Session) -> None:
    """List follow-ups; add, edit, close and reopen them.

    Without a command, it lists the open follow-ups, or those of the item KEY.

    Examples:
      ai-debt followups                              open follow-ups, next due first
      ai-debt followups EN-001 --all                 also done or dropped ones
      ai-debt followups --overdue --owner bo
      ai-debt followups done 3
      ai-debt followups list --help                  the options of the list
    """
    del session


@follow_up_group.reads("list", shared=PAST)
def list_follow_ups(
    reader: Reader,
    key: OfItem = None,
    all_: Annotated[bool, flag("--all -a", "In any state.")] = False,
    open_: Annotated[bool, flag("--open", "Open ones (the default).")] = False,
    overdue: Annotated[bool, flag("--overdue", "Open ones that are past their due date.")] = False,
    done: Annotated[bool, flag("--done", "Done ones.")] = False,
    dropped: Annotated[bool, flag("--dropped", "Dropped ones.")] = False,
    owner: Annotated[
        str | None, option("--owner", "NAME", "Only those of an owner: a name (wildcard: *), or none.")
    ] = None,
) -> Found:
    """List follow-ups, open ones first, by due date. Several states can be combined.

    Examples:
      ai-debt followups list
      ai-debt followups list EN-001 --all
      ai-debt followups list --overdue --owner none
      ai-debt followups list --done --dropped --json
    """
    asked = {FollowUpState.OPEN: open_ or overdue, FollowUpState.DONE: done, FollowUpState.DROPPED: dropped}
    states = [state for state, wanted in asked.items() if wanted] or [FollowUpState.OPEN]
    rows = follow_up_queries.follow_ups(reader, key=key, states=None if all_ else states, owner=owner)
    empty = "no follow-ups yet; record them in a review"
    if rows or follow_up_queries.follow_ups(reader):
        only_open = states == [FollowUpState.OPEN] and not (all_ or overdue or owner)
        empty = "no open follow-ups" if only_open and key is None else "no follow-up matches"
    if overdue and not (all_ or open_):
        rows = tuple(row for row in rows if not row.is_open or row.overdue_days)
    return Found("followups", rows, lambda: follow_ups_text(rows), empty=empty)


@follow_up_group.writes("add")
def add(
    opened: Database,
    key: Key,
    text: Annotated[str, argument("TEXT", "The task.")],
    owner: DoneBy = None,
    due_on: DueOn = None,
    allow_past: AllowPast = False,
) -> Done:
    """Record a follow-up in the open review, for an item of its queue.

    Examples:
      ai-debt followups add EN-001 "ask the vendor"
      ai-debt followups add EN-001 "ask the vendor" --owner bo --due-on 2026-06-30
    """
    from store.review.queries import START

    due = _due(opened, due_on, allow_past=allow_past)
    with opened.read() as reader:
        review = review_queries.unfinished(reader)
    if review is None:
        raise NotFoundError("no review is open", START)
    return review_commands.follow_up(opened, review.number, key, text=text, owner=owner, due_on=due)


def _due(opened: Database, typed: str | None, *, allow_past: bool, number: int | None = None) -> date | None:
    """A due date as typed, of a new follow-up or the one of a number. Raises InvalidValueError."""
    today = day_of(opened)
    given = values({"due_on": typed}, today)
    if not allow_past:
        with opened.read() as reader:
            rows = [row for row in follow_up_queries.follow_ups(reader) if row.number == number]
        refuse_past(given, lambda: rows, today)
    due = given.get("due_on")
    return due if isinstance(due, date) else None


@follow_up_group.writes("done")
def done(opened: Database, numbers: FollowUpNumbers) -> Done:
    """Mark follow-ups done, as one step for `undo`.

    Examples:
      ai-debt followups done 3
      ai-debt followups done 3 4 5
    """
    return review_commands.mark_follow_ups(opened, numbers, FollowUpState.DONE)


@follow_up_group.writes("drop")
def drop(opened: Database, numbers: FollowUpNumbers) -> Done:
    """Drop follow-ups, as one step for `undo`.

    Examples:
      ai-debt followups drop 3
    """
    return review_commands.mark_follow_ups(opened, numbers, FollowUpState.DROPPED)


@follow_up_group.writes("reopen")
def reopen_follow_ups(opened: Database, numbers: FollowUpNumbers) -> Done:
    """Reopen follow-ups that were done or dropped.

    Examples:
      ai-debt followups reopen 3
    """
    return review_commands.mark_follow_ups(opened, numbers, FollowUpState.OPEN)


@follow_up_group.session("edit")
def edit(
    session: Session,
    number: FollowUpNumber,
    text: Annotated[str | None, option("--text", "TEXT", "The task.")] = None,
    owner: DoneBy = None,
    due_on: DueOn = None,
    allow_past: AllowPast = False,
) -> None:
    """Change the text, the owner or the due date of a follow-up. An empty owner or date clears it.

    Examples:
      ai-debt followups edit 3 --owner bo --due-on 2026-06-30
      ai-debt followups edit 3 --due-on ""           clears the due date
    """
    changes: dict[str, FieldValue] = {
        name: typed for name, typed in (("text", text), ("owner", owner)) if typed is not None
    }
    if not changes and due_on is None:
        raise typer.BadParameter("nothing to change: add --text, --owner or --due-on")
    with session.database() as opened:
        if due_on is not None:
            changes["due_on"] = _due(opened, due_on, allow_past=allow_past, number=number)
        session.tell(review_commands.edit_follow_up(opened, number, changes))


WIDE = 110


def reviews_text(rows: Sequence[ReviewLine]) -> str:
    """The reviews as a table; where there is little room without when they started and who was there."""
    narrow = is_narrow()
    return table_of(
        rows,
        (Column("No", right=True), lambda row: Cell(str(row.number), STRONG)),
        None if narrow else (Column("Started"), lambda row: Cell(f"{row.started:%Y-%m-%d}")),
        (Column("Ended"), lambda row: Cell(f"{row.ended:%Y-%m-%d}" if row.ended else "open")),
        (Column("Items", right=True), lambda row: Cell(f"{row.decided} of {row.items}")),
        None if narrow else (Column("Who", shrinks=True), lambda row: Cell.of(join_words(row.participants))),
        (Column("Title", shrinks=True, least=12), lambda row: Cell.of(row.title)),
    )


def review_text(row: ReviewRow) -> str:
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
    return f"{head}\n\n{pairs(entries)}\n\n{queue_text(row)}"


def queue_text(review: ReviewRow) -> str:
    """The items to review, in order, and who decided them."""
    room = output.width() or WIDE

    def decided(row: QueueRow) -> Cell:
        return Cell.of(f"{row.decided_by}, {duration(row.seconds)}" if row.decided_by else "")

    return table_of(
        list(enumerate(review.queue, 1)),
        (Column("No", right=True), lambda each: Cell(str(each[0]))) if room >= NARROW else None,
        (Column("Key"), lambda each: Cell.of(f"{each[1].key} (removed)" if each[1].gone else each[1].key, STRONG)),
        (Column(""), lambda each: severity_cell(each[1].severity, state(each[1].severity, each[1].status))),
        (Column("Reviewed by", shrinks=True), lambda each: decided(each[1])) if review.decided else None,
        (Column("Why", shrinks=True, least=16), lambda each: Cell.of(each[1].reason)),
        (Column("Title", shrinks=True), lambda each: Cell.of(lead(each[1].lead))) if room >= WIDE else None,
    )


def diff_text(row: Diff) -> str:
    """What differs between two moments, group by group."""
    head = paragraph(f"From {_end(row.start)} to {_end(row.end)}", STRONG)
    if row.is_empty:
        return f"{head}\n\nNo differences."
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
    return one_line(f"  {line(describe.sentence(change, cut=prose_line))}", FAINT)


def _escalation(row: Escalation) -> str:
    return paragraph(f"{line(row.key)}  {lead(row.lead)}: {line(join_words(row.rules))}")


def _end(row: DiffEnd) -> str:
    if row.number is None:
        return f"now, {_when(row.time)}"
    return f"the end of review {row.number} ({line(row.title)}), {_when(row.time)}"


def _when(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}Z"
