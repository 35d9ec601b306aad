"""The minutes of a review: who reviewed what, what became of it, and what was decided."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from sqlmodel import col, select

from store.audit.snapshots import id_of, kept
from store.clock import moment
from store.enums import Status
from store.fields import STANDING, same, text_of
from store.models import Change, Decision
from store.queries.follow_ups import FollowUpRecord, closed, follow_up_row, item_keys
from store.review.changes import (
    FOLLOW_UP,
    ITEM,
    LINK,
    Shown,
    between,
    counts_in,
    escalated_in,
    in_document_order,
    item_changes,
    newly_escalated,
    shown,
    shown_by,
    snapshot,
    states_at,
)
from store.review.queries import find_review, queued
from store.review.rows import Acceptance, FollowUpRow, Minutes, MinutesItem, Reopening

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping, Set

    from store.audit.snapshots import State
    from store.db.reader import Reader
    from store.models import Review
    from store.review.changes import Became
    from store.review.rows import Outcome

_NEVER = datetime.min.replace(tzinfo=UTC)


def minutes(session: Reader, number: int | None = None) -> Minutes:
    """The minutes of a review, of the newest one without a number; of one that goes on, as it stands.

    What was changed and taken back before the end is not in them, nor what was done after it. Raises RegisterError
    where there was no review yet.
    """
    found = find_review(session, number)
    entries = queued(found)
    ids = dict.fromkeys(item for item, _, _ in entries)
    became = between(session, found.first_sequence, found.last_sequence)
    concerned = _concerned(became, ids.keys())
    items = {one.id: one for one in concerned if one.entity == ITEM}
    links = [one for one in concerned if one.entity == LINK and one.differs]
    told = [items[item] for item in ids if item in items]
    told += in_document_order(session, [one for one in items.values() if one.id not in ids])
    names = _names(session, found, items)
    rows = _rows(session, found, names, items, _ends(links))
    noted, closed_ = _follow_ups(session, found, names)
    after = found.after if found.ended else snapshot(session)
    broken = escalated_in(found.before), escalated_in(after)
    return Minutes(
        number=id_of(found),
        title=found.title,
        participants=tuple(found.participants or ()),
        query=found.query,
        started=found.started,
        started_by=found.started_by,
        ended=found.ended,
        ended_by=found.ended_by,
        reopened=_reopened(session, found),
        items=tuple(row for row in rows if row.outcome != "left"),
        left=tuple(row for row in rows if row.outcome == "left"),
        changes=tuple(changes for one in told if (changes := item_changes(one)).changes),
        links=tuple(row for one in links for row in one.told()),
        accepted=tuple(_acceptance(one) for one in told if _is_accepted_anew(one)),
        follow_ups=noted,
        closed=closed_,
        escalated=newly_escalated(session, *broken, became),
        before=counts_in(found.before),
        after=counts_in(after),
        escalated_before=len(broken[0]),
        escalated_after=len(broken[1]),
    )


def _reopened(session: Reader, found: Review) -> tuple[Reopening, ...]:
    """Who opened a review again, oldest first."""
    own = select(Change).where(Change.entity == "review", Change.entity_id == found.id, Change.verb == "reopen-review")
    before = {(change.batch, change.field): change for change in session.exec(own.order_by(col(Change.sequence)))}
    return tuple(
        Reopening(change.time, change.actor, datetime.fromisoformat(str(change.before)), str(by.before))
        for (batch, field), change in before.items()
        if field == "ended" and (by := before.get((batch, "ended_by"))) is not None
    )


def _concerned(became: Mapping[tuple[str, int], Became], ids: Set[int]) -> list[Became]:
    """What a review is about: the items of its queue and new ones, and the links that one of them is an end of."""
    new = {one.id for one in became.values() if one.entity == ITEM and one.before is None}
    return [one for one in became.values() if (ids | new) & ({one.id} if one.entity == ITEM else _ends([one]))]


def _ends(links: Iterable[Became]) -> set[int]:
    """The ids of the items that links begin or end at."""
    found: set[int] = set()
    for state in (state for one in links for state in (one.before, one.after) if state):
        for end in (state["source"], state["target"]):
            match end:
                case {"id": int(item)}:
                    found.add(item)
    return found


def _names(session: Reader, found: Review, items: Mapping[int, Became]) -> dict[int, Shown]:
    """The items of a review's queue as they were at its end: as they are, but for what came after it."""
    names = shown(session, [item for item, _, _ in queued(found)])
    if found.last_sequence is not None:
        later = select(Change.entity_id).where(Change.entity == ITEM, col(Change.sequence) > found.last_sequence)
        touched = [item for item in session.exec(later.distinct()) if item in names]
        then = states_at(session, ITEM, touched, found.last_sequence)
        names |= {item: shown_by(state) for item, state in then.items()}
    gone = {item: one.before for item, one in items.items() if one.before is not None and one.after is None}
    return names | {item: shown_by(state, gone=True) for item, state in gone.items()}


def _rows(
    session: Reader,
    found: Review,
    names: Mapping[int, Shown],
    items: Mapping[int, Became],
    linked: Container[int],
) -> list[MinutesItem]:
    """The items of a review's queue, and what became of them."""
    own = select(Decision).where(Decision.review_id == found.id)
    decisions = {decision.item_id: decision for decision in session.exec(own)}
    rows: list[MinutesItem] = []
    for item, _, reason in queued(found):
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
    session: Reader, found: Review, names: Mapping[int, Shown]
) -> tuple[tuple[FollowUpRow, ...], tuple[FollowUpRow, ...]]:
    """The follow-ups that were recorded in a review, and those that were closed in it; all as they were at its end."""
    window = select(Change.entity_id).where(Change.entity == FOLLOW_UP, col(Change.sequence) > found.first_sequence)
    if found.last_sequence is not None:
        window = window.where(col(Change.sequence) <= found.last_sequence)
    ids = sorted(session.exec(window.distinct()))
    before = states_at(session, FOLLOW_UP, ids, found.first_sequence)
    after = states_at(session, FOLLOW_UP, ids, found.last_sequence)
    closers = closed(session, ids, until=found.last_sequence)
    day = (found.ended or moment(session)).date()
    rows = {number: _as_row(number, state) for number, state in sorted(after.items())}
    keys, _ = item_keys(session, sorted({row.item_id for row in rows.values()} - names.keys()))
    keys |= {item: name.key for item, name in names.items()}
    told = {
        number: follow_up_row(row, keys.get(row.item_id, row.key), day=day, closed=closers.get(number))
        for number, row in rows.items()
    }
    return (
        tuple(told[number] for number, row in rows.items() if row.review_id == found.id),
        tuple(
            told[number]
            for number, row in rows.items()
            if row.resolution and not before.get(number, {}).get("resolution")
        ),
    )


def _as_row(number: int, state: State) -> FollowUpRecord:
    """A follow-up that says what another moment says of it."""
    said: dict[str, Any] = {
        "id": number,
        "review_id": 0,
        "item_id": 0,
        "key": "",
        "text": "",
        "owner": None,
        "due_on": None,
        "actor": "",
        "time": _NEVER,
        "resolution": None,
    }
    return FollowUpRecord(**said | kept(state))


def _is_accepted_anew(one: Became) -> bool:
    """Whether an item was accepted, or its acceptance is another one than before."""
    if one.after is None or one.after["status"] != Status.ACCEPTED.value:
        return False
    before = one.before or {}
    return any(not same(name, before.get(name), one.after[name]) for name in STANDING)


def _acceptance(one: Became) -> Acceptance:
    state = one.after or {}
    item = shown_by(state)
    until = text_of(state.get("accepted_until"))
    return Acceptance(
        key=item.key,
        lead=item.lead,
        rationale=text_of(state.get("status_note")),
        by=text_of(state.get("accepted_by")),
        until=date.fromisoformat(until) if until else None,
        actor=one.by(*STANDING),
    )
