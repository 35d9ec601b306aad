"""The minutes of a review: who reviewed what, what became of it, and what was decided."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from store.audit.log import CHANGES, ChangeRecord
from store.audit.replay import states_at
from store.enums import FollowUpState, Status
from store.fields import STANDING, same, text_of
from store.queries.follow_ups import FollowUpRecord, closed, follow_up_row, item_keys
from store.review.changes import (
    FOLLOW_UP,
    ITEM,
    LINK,
    NO_END,
    ItemSummary,
    between,
    counts_in,
    escalated_in,
    in_document_order,
    item_changes,
    newly_escalated,
    snapshot,
    summaries,
    summary_of,
)
from store.review.queries import decisions_of, find_review
from store.review.rows import Acceptance, FollowUpRow, Minutes, MinutesItem, Reopening

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping, Set

    from store.audit.snapshots import State
    from store.db.reader import Reader
    from store.review.changes import NetChange
    from store.review.rows import Outcome, ReviewRecord


def minutes(reader: Reader, number: int | None = None) -> Minutes:
    """The minutes of a review, of the newest one without a number; of one that goes on, as it stands.

    What was changed and taken back before the end is not in them, nor what was done after it. Raises RegisterError
    where there was no review yet.
    """
    found = find_review(reader, number)
    entries = found.queued
    ids = dict.fromkeys(item for item, _, _ in entries)
    became = between(reader, found.first_sequence, found.last_sequence)
    concerned = _concerned(became, ids.keys())
    items = {one.id: one for one in concerned if one.entity == ITEM}
    links = [one for one in concerned if one.entity == LINK and one.differs]
    shown = [items[item] for item in ids if item in items]
    shown += in_document_order(reader, [one for one in items.values() if one.id not in ids])
    names = _names(reader, found, items)
    rows = _rows(reader, found, names, items, _ends(links))
    noted, closed_ = _follow_ups(reader, found, names)
    after = found.after if found.ended else snapshot(reader)
    broken = escalated_in(found.before), escalated_in(after)
    return Minutes(
        number=found.id,
        title=found.title,
        participants=tuple(found.participants or ()),
        query=found.query,
        started=found.started,
        started_by=found.started_by,
        ended=found.ended,
        ended_by=found.ended_by,
        reopened=_reopened(reader, found),
        items=tuple(row for row in rows if row.outcome != "left"),
        left=tuple(row for row in rows if row.outcome == "left"),
        changes=tuple(changes for one in shown if (changes := item_changes(one)).changes),
        links=tuple(row for one in links for row in one.rows()),
        accepted=tuple(_acceptance(one) for one in shown if _is_accepted_anew(one)),
        follow_ups=noted,
        closed=closed_,
        escalated=newly_escalated(reader, *broken, became),
        before=counts_in(found.before),
        after=counts_in(after),
        escalated_before=len(broken[0]),
        escalated_after=len(broken[1]),
    )


REOPENINGS = f"""
{CHANGES}
where change.entity = 'review' and change.entity_id = :review and change.verb = 'reopen-review'
order by change.sequence
"""


def _reopened(reader: Reader, found: ReviewRecord) -> tuple[Reopening, ...]:
    """Who opened a review again, oldest first."""
    own = reader.rows(REOPENINGS, {"review": found.id}, row=ChangeRecord)
    before = {(change.batch, change.field): change for change in own}
    return tuple(
        Reopening(change.time, change.actor, datetime.fromisoformat(str(change.before)), str(by.before))
        for (batch, field), change in before.items()
        if field == "ended" and (by := before.get((batch, "ended_by"))) is not None
    )


def _concerned(became: Mapping[tuple[str, int], NetChange], ids: Set[int]) -> list[NetChange]:
    """What a review is about: the items of its queue and new ones, and the links that one of them is an end of."""
    new = {one.id for one in became.values() if one.entity == ITEM and one.before is None}
    return [one for one in became.values() if (ids | new) & ({one.id} if one.entity == ITEM else _ends([one]))]


def _ends(links: Iterable[NetChange]) -> set[int]:
    """The ids of the items that links begin or end at."""
    found: set[int] = set()
    for state in (state for one in links for state in (one.before, one.after) if state):
        for end in (state["source"], state["target"]):
            match end:
                case {"id": int(item)}:
                    found.add(item)
    return found


TOUCHED = """
select distinct entity_id from change
where entity = :entity and sequence > :first and sequence <= :last order by entity_id
"""


def _names(reader: Reader, found: ReviewRecord, items: Mapping[int, NetChange]) -> dict[int, ItemSummary]:
    """The items of a review's queue as they were at its end: as they are, but for what came after it."""
    names = summaries(reader, [item for item, _, _ in found.queued])
    if found.last_sequence is not None:
        later = {"entity": ITEM, "first": found.last_sequence, "last": NO_END}
        touched = [item for item in reader.column(TOUCHED, later) if item in names]
        then = states_at(reader, ITEM, touched, found.last_sequence)
        names |= {item: summary_of(state) for item, state in then.items()}
    gone = {item: one.before for item, one in items.items() if one.before is not None and one.after is None}
    return names | {item: summary_of(state, gone=True) for item, state in gone.items()}


def _rows(
    reader: Reader,
    found: ReviewRecord,
    names: Mapping[int, ItemSummary],
    items: Mapping[int, NetChange],
    linked: Container[int],
) -> list[MinutesItem]:
    """The items of a review's queue, and what became of them."""
    decisions = decisions_of(reader, found)
    rows: list[MinutesItem] = []
    for item, _, reason in found.queued:
        name, decision, became = names[item], decisions.get(item), items.get(item)
        outcome: Outcome = "left"
        if decision is not None:
            differs = item in linked or (became is not None and became.differs)
            outcome = "removed" if name.gone else "changed" if differs else "kept"
        rows.append(
            MinutesItem(
                key=name.key,
                lead=name.lead,
                severity=name.severity,
                status=name.status,
                reason=reason,
                outcome=outcome,
                by=decision.actor if decision else None,
                seconds=decision.seconds if decision else 0,
            )
        )
    return rows


def _follow_ups(
    reader: Reader, found: ReviewRecord, names: Mapping[int, ItemSummary]
) -> tuple[tuple[FollowUpRow, ...], tuple[FollowUpRow, ...]]:
    """The follow-ups that were recorded in a review, and those that were closed in it; all as they were at its end."""
    last = NO_END if found.last_sequence is None else found.last_sequence
    ids = reader.column(TOUCHED, {"entity": FOLLOW_UP, "first": found.first_sequence, "last": last})
    before = states_at(reader, FOLLOW_UP, ids, found.first_sequence)
    after = states_at(reader, FOLLOW_UP, ids, found.last_sequence)
    closers = closed(reader, ids, until=found.last_sequence)
    day = (found.ended or reader.now).date()
    rows = {number: _record(number, state) for number, state in sorted(after.items())}
    keys, _ = item_keys(reader, sorted({row.item_id for row in rows.values()} - names.keys()))
    keys |= {item: name.key for item, name in names.items()}
    noted = {
        number: follow_up_row(row, keys.get(row.item_id, row.key), day=day, closed=closers.get(number))
        for number, row in rows.items()
    }
    return (
        tuple(noted[number] for number, row in rows.items() if row.review_id == found.id),
        tuple(
            noted[number]
            for number, row in rows.items()
            if row.resolution and not before.get(number, {}).get("resolution")
        ),
    )


def _record(number: int, state: State) -> FollowUpRecord:
    """A follow-up that says what a snapshot says of it."""
    owner, due_on, resolution = (text_of(state.get(name)) for name in ("owner", "due_on", "resolution"))
    return FollowUpRecord(
        id=number,
        review_id=int(str(state["review_id"])),
        item_id=int(str(state["item_id"])),
        key=str(state["key"]),
        text=str(state["text"]),
        owner=owner,
        due_on=date.fromisoformat(due_on) if due_on else None,
        actor=str(state["actor"]),
        time=datetime.fromisoformat(str(state["time"])),
        resolution=FollowUpState(resolution) if resolution else None,
    )


def _is_accepted_anew(one: NetChange) -> bool:
    """Whether an item was accepted, or its acceptance is another one than before."""
    if one.after is None or one.after["status"] != Status.ACCEPTED.value:
        return False
    before = one.before or {}
    return any(not same(name, before.get(name), one.after[name]) for name in STANDING)


def _acceptance(one: NetChange) -> Acceptance:
    state = one.after or {}
    item = summary_of(state)
    until = text_of(state.get("accepted_until"))
    return Acceptance(
        key=item.key,
        lead=item.lead,
        rationale=text_of(state.get("status_note")),
        by=text_of(state.get("accepted_by")),
        until=date.fromisoformat(until) if until else None,
        actor=one.by(*STANDING),
    )
