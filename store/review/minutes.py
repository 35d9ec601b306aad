"""The minutes of a review, and what differs between two reviews."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import date, datetime
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

from store.audit.log import CHANGES, CLEAR, ESCALATE, ChangeRecord
from store.audit.replay import in_effect, reverted, states_at
from store.audit.snapshots import column_values, key_of
from store.enums import Status
from store.errors import RegisterError
from store.fields import EXTRA, REVIEW_ORDER, STATUS_FIELDS, same, text_of, whole_text
from store.queries.follow_ups import FollowUpRow, closings, item_keys, with_closing
from store.queries.history import change_row
from store.queries.lookup import categories
from store.review.queries import (
    ItemSummary,
    contradicted_in,
    counts_in,
    decisions_of,
    escalated_in,
    find_review,
    newest_ended,
    snapshot,
    summaries,
)
from store.text import join_words

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

    from store.audit.snapshots import State
    from store.db.reader import Reader
    from store.enums import Severity
    from store.queries.history import ChangeRow
    from store.queries.overview import Counts
    from store.review.queries import Broken, ReviewRecord


Outcome = Literal["kept", "changed", "removed", "left"]


class ItemChanges(NamedTuple):
    """The net changes of an item between two moments: one for each field that differs, by everyone who changed it.

    Lead, severity and status are those of the end, of a removed item the last ones.
    """

    key: str
    lead: str
    severity: Severity | None
    status: Status
    changes: tuple[ChangeRow, ...]


class MinutesItem(NamedTuple):
    """An item of a review's queue at the end: `left` if no one reviewed it."""

    key: str
    lead: str
    severity: Severity | None
    status: Status
    reason: str
    outcome: Outcome
    by: str | None
    seconds: int


class Acceptance(NamedTuple):
    """A decision to accept: why, by whom, and until when at most (None: no end); `actor` recorded it."""

    key: str
    lead: str
    rationale: str | None
    by: str | None
    until: date | None
    actor: str


class Escalation(NamedTuple):
    """An item that breaks rules that it did not break before."""

    key: str
    lead: str
    rules: tuple[str, ...]


class Contradiction(NamedTuple):
    """A Mitigated or Accepted item that firing signals contradict, and the reason in words."""

    key: str
    lead: str
    reason: str


class Reopening(NamedTuple):
    """A review that had ended was opened again, at `time` and by whom."""

    time: datetime
    by: str
    ended: datetime
    ended_by: str


class Minutes(NamedTuple):
    """The outcome of a review: `items` were reviewed, `left` were not, both in the queue's order.

    `changes` are those to the queue's items and new ones, `links` those to their dependencies. `follow_ups` were
    recorded in the review, `closed` were marked done or dropped in it, whichever review recorded them.
    `contradicted` are the items that signals contradicted at the end. While the review is open, all of it is as of now.
    """

    review: ReviewRecord
    reopened: tuple[Reopening, ...]
    items: tuple[MinutesItem, ...]
    left: tuple[MinutesItem, ...]
    changes: tuple[ItemChanges, ...]
    links: tuple[ChangeRow, ...]
    accepted: tuple[Acceptance, ...]
    follow_ups: tuple[FollowUpRow, ...]
    closed: tuple[FollowUpRow, ...]
    escalated: tuple[Escalation, ...]
    contradicted: tuple[Contradiction, ...]
    before: Counts
    after: Counts
    escalated_before: int
    escalated_after: int

    @property
    def queued(self) -> int:
        """How many items there were to review."""
        return len(self.items) + len(self.left)

    @property
    def unchanged(self) -> int:
        """How many were reviewed and left unchanged."""
        return sum(item.outcome == "kept" for item in self.items)

    @property
    def changed(self) -> int:
        """How many were reviewed and differ."""
        return len(self.items) - self.unchanged

    @property
    def seconds(self) -> int:
        """The time that all items took."""
        return sum(item.seconds for item in (*self.items, *self.left))


class DiffEnd(NamedTuple):
    """One of the moments that are compared: the end of a review, or now where `number` is None."""

    number: int | None
    title: str | None
    time: datetime


class Diff(NamedTuple):
    """What differs between two moments: each item in the first group that fits, in document order, removed ones by key.

    `mitigated`, `accepted` and `reopened` have a new status; `changed` are all others that differ. `escalated` breaks
    rules that it did not break before.
    """

    start: DiffEnd
    end: DiffEnd
    new: tuple[ItemChanges, ...]
    mitigated: tuple[ItemChanges, ...]
    accepted: tuple[ItemChanges, ...]
    reopened: tuple[ItemChanges, ...]
    changed: tuple[ItemChanges, ...]
    removed: tuple[ItemChanges, ...]
    links: tuple[ChangeRow, ...]
    escalated: tuple[Escalation, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing differs."""
        groups = (self.new, self.mitigated, self.accepted, self.reopened, self.changed, self.removed)
        return not any((*groups, self.links, self.escalated))


def minutes(reader: Reader, number: int | None = None) -> Minutes:
    """The minutes of a review, by default the newest one; of an open review, up to now.

    They leave out changes that were undone before the end, and everything after it. Raises RegisterError if the
    review does not exist.
    """
    found = find_review(reader, number)
    ids = dict.fromkeys(item for item, _, _ in found.queued)
    net, net_links = between(reader, found.first_sequence, found.last_sequence)
    # A review is about the items of its queue, new items, and their dependencies.
    concerned = ids.keys() | {item for item, one in net.items() if one.before is None}
    items = {item: one for item, one in net.items() if item in concerned}
    links = [one for one in net_links if one.differs and not concerned.isdisjoint(one.ends)]
    shown = [items[item] for item in ids if item in items]
    shown += in_document_order(reader, [one for one in items.values() if one.id not in ids])
    names = _names(reader, found, items)
    rows = _rows(reader, found, names, items, {item for one in links for item in one.ends})
    follow_ups, closed = _follow_ups(reader, found, names)
    after = found.after if found.ended else snapshot(reader)
    broken = escalated_in(found.before), escalated_in(after)
    return Minutes(
        review=found,
        reopened=_reopened(reader, found),
        items=tuple(row for row in rows if row.outcome != "left"),
        left=tuple(row for row in rows if row.outcome == "left"),
        changes=tuple(changes for one in shown if (changes := _item_changes(one)).changes),
        links=tuple(row for one in links for row in one.rows()),
        accepted=tuple(_acceptance(one) for one in shown if _is_accepted_anew(one)),
        follow_ups=follow_ups,
        closed=closed,
        escalated=newly_escalated(reader, *broken, net),
        contradicted=_contradicted(reader, contradicted_in(after)),
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
    own = reader.rows(REOPENINGS, {"review": found.number}, row=ChangeRecord)
    before = {(change.batch, change.field): change for change in own}
    return tuple(
        Reopening(change.time, change.actor, datetime.fromisoformat(str(change.before)), str(by.before))
        for (batch, field), change in before.items()
        if field == "ended" and (by := before.get((batch, "ended_by"))) is not None
    )


TOUCHED = """
select distinct entity_id from change
where entity = :entity and sequence > :first and sequence <= :last order by entity_id
"""


def _names(reader: Reader, found: ReviewRecord, items: Mapping[int, NetChange]) -> dict[int, ItemSummary]:
    """The items of a review's queue at its end: the present ones, without what changed after it."""
    names = summaries(reader, [item for item, _, _ in found.queued])
    if found.last_sequence is not None:
        later = {"entity": ITEM, "first": found.last_sequence, "last": NO_END}
        touched = [item for item in reader.column(TOUCHED, later) if item in names]
        then = states_at(reader, ITEM, touched, found.last_sequence)
        names |= {item: ItemSummary.of(state) for item, state in then.items()}
    gone = {item: one.before for item, one in items.items() if one.before is not None and one.after is None}
    return names | {item: ItemSummary.of(state, gone=True) for item, state in gone.items()}


def _rows(
    reader: Reader,
    found: ReviewRecord,
    names: Mapping[int, ItemSummary],
    items: Mapping[int, NetChange],
    linked: Container[int],
) -> list[MinutesItem]:
    """The items of a review's queue, and the outcome of each."""
    decisions = decisions_of(reader, found)
    rows: list[MinutesItem] = []
    for item, _, reason in found.queued:
        name, decision, net = names[item], decisions.get(item), items.get(item)
        outcome: Outcome = "left"
        if decision is not None:
            differs = item in linked or (net is not None and net.differs)
            outcome = "removed" if name.gone else "changed" if differs else "kept"
        by, seconds = (decision.actor, decision.seconds) if decision else (None, 0)
        rows.append(MinutesItem(*name[:4], reason, outcome, by, seconds))
    return rows


def _follow_ups(
    reader: Reader, found: ReviewRecord, names: Mapping[int, ItemSummary]
) -> tuple[tuple[FollowUpRow, ...], tuple[FollowUpRow, ...]]:
    """The follow-ups that were recorded in a review, and those that were closed in it; all as of its end."""
    last = NO_END if found.last_sequence is None else found.last_sequence
    ids = reader.column(TOUCHED, {"entity": FOLLOW_UP, "first": found.first_sequence, "last": last})
    before = states_at(reader, FOLLOW_UP, ids, found.first_sequence)
    after = states_at(reader, FOLLOW_UP, ids, found.last_sequence)
    closers = closings(reader, ids, until=found.last_sequence)
    day = (found.ended or reader.now).date()
    rows = {number: FollowUpRow(**{**column_values(state), "id": number}) for number, state in sorted(after.items())}
    keys, _ = item_keys(reader, sorted({row.item_id for row in rows.values()} - names.keys()))
    keys |= {item: name.key for item, name in names.items()}
    recorded, closed = [], []
    for number, row in rows.items():
        shown = with_closing(row, keys, day, closers)
        if row.review_id == found.number:
            recorded.append(shown)
        if row.resolution and not before.get(number, {}).get("resolution"):
            closed.append(shown)
    return tuple(recorded), tuple(closed)


def _is_accepted_anew(one: NetChange) -> bool:
    """Whether an item was accepted, or its acceptance is another one than before."""
    if one.after is None or one.after["status"] != Status.ACCEPTED.value:
        return False
    before = one.before or {}
    return any(not same(name, before.get(name), one.after[name]) for name in STATUS_FIELDS)


def _acceptance(one: NetChange) -> Acceptance:
    state = one.after or {}
    item, until = ItemSummary.of(state), text_of(state.get("accepted_until"))
    return Acceptance(
        key=item.key,
        lead=item.lead,
        rationale=text_of(state.get("status_note")),
        by=text_of(state.get("accepted_by")),
        until=date.fromisoformat(until) if until else None,
        actor=one.by(*STATUS_FIELDS),
    )


def diff(reader: Reader, number: int | None = None, other: int | None = None) -> Diff:
    """What differs from the end of a review (of the one that ended last, without a number) to that of another, or now.

    What was changed and changed back does not count. Raises RegisterError where one of them has not ended, or the
    other ended earlier.
    """
    start = newest_ended(reader) if number is None else find_review(reader, number)
    end = None if other is None else find_review(reader, other)
    for review in (start, end):
        if review is not None and review.ended is None:
            what = f"review {review.number} has not ended"
            raise RegisterError(what, f"end it with `ai-debt review finish {review.number}`")
    first, last = start.last_sequence or 0, end.last_sequence if end else None
    if last is not None and last < first:
        raise RegisterError(f"review {number} ended after review {other}", "name the earlier one first")
    items, links = between(reader, first, last)
    after = end.after if end else snapshot(reader)
    return Diff(
        start=DiffEnd(start.number, start.title, start.ended or start.started),
        end=DiffEnd(end.number, end.title, end.ended or end.started) if end else DiffEnd(None, None, reader.now),
        **{name: tuple(map(_item_changes, found)) for name, found in grouped_by_effect(reader, items).items()},
        links=tuple(row for one in links if one.differs for row in one.rows()),
        escalated=newly_escalated(reader, escalated_in(start.after), escalated_in(after), items),
    )


Effect = Literal["new", "mitigated", "accepted", "reopened", "changed", "removed"]
"""What happened to an item between two moments: its new status, or `changed` where that is not new."""


def grouped_by_effect(reader: Reader, items: Mapping[int, NetChange]) -> dict[Effect, list[NetChange]]:
    """The items that differ, each in the first group that fits, in document order, removed ones by key."""
    groups: dict[Effect, list[NetChange]] = {effect: [] for effect in get_args(Effect)}
    for one in in_document_order(reader, items.values()):
        if one.differs:
            groups[_effect(one)].append(one)
    return groups


def _effect(one: NetChange) -> Effect:
    """The first group that an item fits that differs."""
    if one.before is None or one.after is None:
        return "new" if one.before is None else "removed"
    was, is_ = Status(str(one.before["status"])), Status(str(one.after["status"]))
    if was is is_:
        return "changed"
    if is_ is Status.MITIGATED:
        return "mitigated"
    if is_ is Status.ACCEPTED:
        return "accepted"
    return "changed" if was.is_open else "reopened"


ITEM, LINK, FOLLOW_UP = "item", "dependency", "follow-up"
_FIELDS = {
    ITEM: (*REVIEW_ORDER, EXTRA),
    LINK: ("source", "target", "label"),
}
"""The fields of a row that users see change, in this order; a new position is not an edit."""


class NetChange(NamedTuple):
    """The states of a row before and after some changes: None where it did not exist.

    `changes` are those in effect at the end, the oldest first; `newest` is the last one of all.
    """

    entity: str
    id: int
    before: State | None
    after: State | None
    changes: tuple[ChangeRecord, ...]
    newest: ChangeRecord

    @property
    def differs(self) -> bool:
        """Whether the row was added, removed or changed."""
        if self.before is None or self.after is None:
            return self.before is not self.after
        return bool(_differing(self.entity, self.before, self.after))

    @property
    def ends(self) -> set[int]:
        """The ids of the items at the ends of a dependency, before and after."""
        return {item for state in (self.before, self.after) if state for item in _end_ids(state)}

    def rows(self) -> tuple[ChangeRow, ...]:
        """The net change in as few entries as possible: one for each field, from its first to its last value."""
        if self.after is None:
            return (self._whole(self.before, None),)
        before = self.before
        added = [self._whole(None, self.after)] if before is None else []
        if before is None:
            # A dependency has nothing but its label, which the entry for the whole row shows.
            before = self.after if self.entity == LINK else self._as_added()
        fields = [self._field(name, before, self.after) for name in _differing(self.entity, before, self.after)]
        comments = [change_row(change) for change in self.changes if change.verb == "comment"]
        return (*added, *fields, *comments)

    def by(self, *fields: str) -> str:
        """Who set these fields, in order."""
        return join_words(list(dict.fromkeys(change.actor for change in self._changes_of(*fields))))

    def _as_added(self) -> State:
        added = [change.after for change in self.changes if change.field is None and isinstance(change.after, dict)]
        return added[-1] if added else self.after or {}

    def _changes_of(self, *fields: str) -> list[ChangeRecord]:
        return [change for change in self.changes if change.field in fields] or [self._whole_change()]

    def _whole_change(self) -> ChangeRecord:
        whole = [change for change in self.changes if change.field is None and change.before != change.after]
        return whole[-1] if whole else self.newest

    def _whole(self, before: State | None, after: State | None) -> ChangeRow:
        key = key_of(self.entity, after or before or {})
        row = change_row(self._whole_change())
        return row._replace(key=key, field=None, before=whole_text(before), after=whole_text(after))

    def _field(self, name: str, before: State, after: State) -> ChangeRow:
        changes = self._changes_of(name)
        notes = dict.fromkeys(change.note for change in changes if change.note and change.verb != "comment")
        # The change has the code that a category had then.
        last = changes[-1].after if changes[-1].field == name else after.get(name)
        return change_row(changes[-1])._replace(
            key=key_of(self.entity, after),
            field=name,
            before=text_of(before.get(name)),
            after=text_of(last),
            actor=self.by(name),
            note="; ".join(notes) or None,
        )


def _end_ids(link: State) -> Iterator[int]:
    """The ids of the source and the target of a dependency."""
    for name in ("source", "target"):
        match link[name]:
            case {"id": int(item)}:
                yield item


def _differing(entity: str, before: State, after: State) -> tuple[str, ...]:
    return tuple(name for name in _FIELDS[entity] if not same(name, before.get(name), after.get(name)))


WINDOW = f"""
{CHANGES}
where change.entity in ('{ITEM}', '{LINK}') and change.sequence > :first and change.sequence <= :last
order by change.sequence
"""


NO_END = 2**63 - 1


def between(reader: Reader, first: int, last: int | None) -> tuple[dict[int, NetChange], list[NetChange]]:
    """The items, by id, and the dependencies that changes after the sequence `first` touched, up to `last` (None: all).

    What came and went between is left out.
    """
    changes = reader.rows(WINDOW, {"first": first, "last": NO_END if last is None else last}, row=ChangeRecord)
    effective: defaultdict[tuple[str, int], list[ChangeRecord]] = defaultdict(list)
    for change in in_effect(changes):
        if change.verb not in (ESCALATE, CLEAR):
            effective[change.entity, change.entity_id].append(change)
    touched: defaultdict[tuple[str, int], list[ChangeRecord]] = defaultdict(list)
    for change in changes:
        touched[change.entity, change.entity_id].append(change)
    states = {
        entity: states_at(reader, entity, [row for kind, row in touched if kind == entity], last)
        for entity in (ITEM, LINK)
    }
    _name_ends(reader, states[LINK], last)
    found: dict[str, dict[int, NetChange]] = {ITEM: {}, LINK: {}}
    for (entity, row), own in touched.items():
        after = states[entity].get(row)
        before = reverted(after, reversed(own))
        if before is not None or after is not None:
            found[entity][row] = NetChange(entity, row, before, after, tuple(effective[entity, row]), own[-1])
    return found[ITEM], list(found[LINK].values())


def _name_ends(reader: Reader, links: dict[int, State], sequence: int | None) -> None:
    """Let dependencies name their ends by the keys that the items had after a change."""
    items = states_at(reader, ITEM, sorted({item for link in links.values() for item in _end_ids(link)}), sequence)
    for link in links.values():
        for name, item in zip(("source", "target"), _end_ids(link), strict=True):
            if item in items:
                link[name] = {"id": item, "key": items[item]["key"]}


def _item_changes(one: NetChange) -> ItemChanges:
    """The net changes of an item that existed before or after."""
    item = ItemSummary.of(one.after or one.before or {})
    return ItemChanges(*item[:4], one.rows())


def in_document_order(reader: Reader, items: Iterable[NetChange]) -> list[NetChange]:
    """Items in the order of the document at the end, removed ones last, by key."""
    ranks = {category.id: rank for rank, category in enumerate(categories(reader))}

    def rank(one: NetChange) -> tuple[int, int, str]:
        match one.after:
            case {"category": {"id": int(category)}, "position": int(position), "key": str(key)}:
                return ranks.get(category, len(ranks)), position, key
        return len(ranks) + 1, 0, str((one.before or {}).get("key"))

    return sorted(items, key=rank)


def newly_escalated(
    reader: Reader, before: Broken, after: Broken, items: Mapping[int, NetChange]
) -> tuple[Escalation, ...]:
    """The items that break rules after that they did not break before, whatever they were called then."""
    former = {str(one.after["key"]): str(one.before["key"]) for one in items.values() if one.before and one.after}
    new = {
        key: tuple(rule for rule in rules if rule not in before.get(former.get(key, key), ()))
        for key, rules in after.items()
    }
    keys = [key for key, rules in new.items() if rules]
    leads = _leads(reader, keys)
    return tuple(Escalation(key, leads.get(key, ""), new[key]) for key in keys)


def _contradicted(reader: Reader, reasons: Mapping[str, str]) -> tuple[Contradiction, ...]:
    leads = _leads(reader, list(reasons))
    return tuple(Contradiction(key, leads.get(key, ""), reason) for key, reason in reasons.items())


ROWS_OF_KEYS = f"""
select wanted.value, coalesce(
    (select id from item where key = wanted.value),
    (select entity_id from change where entity = '{ITEM}' and key = wanted.value order by sequence desc limit 1))
from json_each(:keys) as wanted
"""


def _leads(reader: Reader, keys: Sequence[str]) -> dict[str, str]:
    """The lead words of the items that have or had some keys last."""
    ids = dict(reader.tuples(ROWS_OF_KEYS, {"keys": json.dumps(keys)}))
    items = summaries(reader, list(ids.values()))
    return {key: items[item].lead for key, item in ids.items() if item in items}
