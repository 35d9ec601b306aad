"""What changed between two entries of the audit log, as minutes and comparisons list it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func
from sqlalchemy import select as columns
from sqlmodel import col, select

from store.audit.log import CLEAR, ESCALATE, in_effect
from store.audit.snapshots import edge_states, id_of, item_states, key_of, plain_state, whole_text
from store.enums import Severity, Status
from store.fields import EXTRA, REVIEW_ORDER, same, text_of
from store.models import Change, FollowUp, Item
from store.policy import escalated
from store.queries.history import change_row
from store.queries.items import in_rows, plain_edges, plain_items
from store.queries.lookup import categories, chunks
from store.queries.overview import summary
from store.queries.rows import ChangeRow, Counts
from store.review.rows import Escalation, ItemChanges
from store.text import in_a_row, lead_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from store.audit.snapshots import State
    from store.db.reader import Reader
    from store.models import Json


ITEM, LINK, FOLLOW_UP = "item", "dependency", "follow-up"
_FIELDS = {
    ITEM: (*REVIEW_ORDER, EXTRA),
    LINK: ("source", "target", "label"),
}
"""What people are told of a row, in this order; where it stands among its like is nobody's edit."""


@dataclass(frozen=True, slots=True)
class Became:
    """A row as it was before and after some changes: None where it was not there.

    `changes` are those that still stand at the end, the oldest first; `newest` is the last one of all.
    """

    entity: str
    id: int
    before: State | None
    after: State | None
    changes: tuple[Change, ...]
    newest: Change

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that say something else than before."""
        return () if self.before is None or self.after is None else _differing(self.entity, self.before, self.after)

    @property
    def differs(self) -> bool:
        """Whether the row came, went, or says something else."""
        return bool(self.fields) or (self.before is None) != (self.after is None)

    def told(self) -> tuple[ChangeRow, ...]:
        """The row's whole way in as few changes as it takes: a field from what it said first to what it says last."""
        comments = [change_row(change) for change in self.changes if change.verb == "comment"]
        if self.after is None:
            return (self._whole(self.before, None),)
        first, came = self.before, list[ChangeRow]()
        if first is None:
            came = [self._whole(None, self.after)]
            # Of a dependency its label is all there is to tell.
            first = self.after if self.entity == LINK else self._made()
        rows = [self._field(name, first, self.after) for name in _differing(self.entity, first, self.after)]
        return (*came, *rows, *comments)

    def by(self, *fields: str) -> str:
        """Who gave the row these fields, in the order they did."""
        return in_a_row(list(dict.fromkeys(change.actor for change in self._of(*fields))))

    def _made(self) -> State:
        """What the row said when it was made."""
        made = [change.after for change in self.changes if change.field is None and isinstance(change.after, dict)]
        return made[-1] if made else self.after or {}

    def _of(self, *fields: str) -> list[Change]:
        return [change for change in self.changes if change.field in fields] or [self._came_or_went()]

    def _came_or_went(self) -> Change:
        whole = [change for change in self.changes if change.field is None and change.before != change.after]
        return whole[-1] if whole else self.newest

    def _whole(self, before: State | None, after: State | None) -> ChangeRow:
        last = self._came_or_went()
        key = key_of(self.entity, after or before or {})
        return _row(last, key, None, whole_text(before), whole_text(after), last.actor, last.note)

    def _field(self, name: str, before: State, after: State) -> ChangeRow:
        made = self._of(name)
        notes = dict.fromkeys(change.note for change in made if change.note and change.verb != "comment")
        # The change says how a category was called then.
        last = made[-1].after if made[-1].field == name else after.get(name)
        texts = text_of(before.get(name)), text_of(last)
        return _row(made[-1], key_of(self.entity, after), name, *texts, self.by(name), "; ".join(notes) or None)


def _differing(entity: str, before: State, after: State) -> tuple[str, ...]:
    return tuple(name for name in _FIELDS[entity] if not same(name, before.get(name), after.get(name)))


def _row(
    change: Change, key: str, field: str | None, before: str | None, after: str | None, actor: str, note: str | None
) -> ChangeRow:
    return ChangeRow(
        sequence=change.sequence or 0,
        time=change.time,
        actor=actor,
        batch=change.batch,
        verb=change.verb,
        entity=change.entity,
        key=key,
        field=field,
        before=before,
        after=after,
        note=note,
    )


def between(session: Reader, first: int, last: int | None) -> dict[tuple[str, int], Became]:
    """The items and dependencies that changes after the sequence `first`, up to `last` (None: all), touched.

    What came and went between is left out.
    """
    window = select(Change).where(col(Change.entity).in_((ITEM, LINK)), col(Change.sequence) > first)
    if last is not None:
        window = window.where(col(Change.sequence) <= last)
    changes = session.exec(window.order_by(col(Change.sequence))).all()
    standing: defaultdict[tuple[str, int], list[Change]] = defaultdict(list)
    for change in in_effect(changes):
        if change.verb not in (ESCALATE, CLEAR):
            standing[change.entity, change.entity_id].append(change)
    touched: defaultdict[tuple[str, int], list[Change]] = defaultdict(list)
    for change in changes:
        touched[change.entity, change.entity_id].append(change)
    found: dict[tuple[str, int], Became] = {}
    for entity in (ITEM, LINK):
        states = states_at(session, entity, [row for kind, row in touched if kind == entity], last)
        if entity == LINK:
            _name_ends(session, states, last)
        for (kind, row), own in touched.items():
            if kind == entity:
                after = states.get(row)
                before = _rolled_back(after, reversed(own))
                if before is not None or after is not None:
                    found[kind, row] = Became(kind, row, before, after, tuple(standing[kind, row]), own[-1])
    return found


def states_at(session: Reader, entity: str, ids: Sequence[int], sequence: int | None) -> dict[int, State]:
    """What some rows said after a change (None: what they say now), by id; those that were not there are left out."""
    found: dict[int, State] = {}
    end = session.exec(select(func.max(Change.sequence))).one() or 0
    for chunk in chunks(ids):
        found |= _present(session, entity, chunk)
        if sequence is None or sequence >= end:
            continue
        later: defaultdict[int, list[Change]] = defaultdict(list)
        own = select(Change).where(Change.entity == entity, col(Change.entity_id).in_(chunk))
        for change in session.exec(own.where(col(Change.sequence) > sequence).order_by(col(Change.sequence).desc())):
            later[change.entity_id].append(change)
        for row, changes in later.items():
            state = _rolled_back(found.pop(row, None), changes)
            found |= {} if state is None else {row: state}
    return found


def _name_ends(session: Reader, links: dict[int, State], sequence: int | None) -> None:
    """Let dependencies name their ends by the keys that the items had after a change."""
    ends = [end for state in links.values() for end in (state["source"], state["target"]) if isinstance(end, dict)]
    ids = {number for end in ends if isinstance(number := end.get("id"), int)}
    items = states_at(session, ITEM, sorted(ids), sequence)
    for link in links.values():
        for name in ("source", "target"):
            match link[name]:
                case {"id": int(item)} if item in items:
                    link[name] = {"id": item, "key": items[item]["key"]}


def _present(session: Reader, entity: str, ids: Sequence[int]) -> dict[int, State]:
    if entity == FOLLOW_UP:
        rows = session.exec(select(FollowUp).where(col(FollowUp.id).in_(ids)))
        return {id_of(row): plain_state(row) for row in rows}
    if entity == ITEM:
        return item_states(session, plain_items(session, in_rows("item.id", ids)))
    return edge_states(session, plain_edges(session, in_rows("dependency.id", ids)))


def _rolled_back(state: State | None, changes: Iterable[Change]) -> State | None:
    """What a row said before some changes, given newest first."""
    for change in changes:
        if change.field is not None:
            state = (state or {}) | {change.field: change.before}
        elif change.before is not None or change.after is not None:
            state = dict(change.before) if isinstance(change.before, dict) else None
    return state


@dataclass(frozen=True, slots=True)
class Shown:
    """What stands for an item; one that is `gone` is as it was when it was removed."""

    key: str
    lead: str
    severity: Severity
    status: Status
    gone: bool = False


def shown(session: Reader, ids: Sequence[int]) -> dict[int, Shown]:
    """The items of some ids, as far as the trail knows them."""
    found: dict[int, Shown] = {}
    said = func.substr(col(Item.description), 1, 480)
    wanted = columns(col(Item.id), col(Item.key), col(Item.title), said, col(Item.severity), col(Item.status))
    for chunk in chunks(ids):
        for item, key, title, text, severity, status in session.execute(wanted.where(col(Item.id).in_(chunk))):
            found[item] = Shown(key, lead_of(title, text), severity, status)
    gone = last_states(session, [item for item in ids if item not in found])
    return found | {item: shown_by(state, gone=True) for item, state in gone.items()}


def shown_by(state: State, *, gone: bool = False) -> Shown:
    """The item that says this."""
    return Shown(
        key=str(state["key"]),
        lead=lead_of(text_of(state.get("title")), text_of(state.get("description")) or ""),
        severity=Severity(str(state["severity"])),
        status=Status(str(state["status"])),
        gone=gone,
    )


def last_states(session: Reader, ids: Sequence[int]) -> dict[int, State]:
    """What items said when they were removed last, by id."""
    found: dict[int, State] = {}
    for chunk in chunks(ids):
        query = (
            select(Change)
            .where(Change.entity == "item", col(Change.entity_id).in_(chunk), col(Change.field).is_(None))
            .where(col(Change.before).is_not(None), col(Change.after).is_(None))
            .order_by(col(Change.sequence))
        )
        for change in session.exec(query):
            if isinstance(change.before, dict):
                found[change.entity_id] = change.before
    return found


def item_changes(one: Became) -> ItemChanges:
    """What became of an item that was there before or after."""
    item = shown_by(one.after or one.before or {})
    return ItemChanges(item.key, item.lead, item.severity, item.status, one.told())


def in_document_order(session: Reader, items: Iterable[Became]) -> list[Became]:
    """Items in the order of the document as it was at the end, those that are gone by the keys they had."""
    places = {category.id: at for at, category in enumerate(categories(session))}

    def place(one: Became) -> tuple[int, int, str]:
        if one.after is None:
            return len(places) + 1, 0, str((one.before or {}).get("key"))
        category, position = one.after.get("category"), one.after.get("position")
        number = category.get("id") if isinstance(category, dict) else None
        at = places.get(number, len(places)) if isinstance(number, int) else len(places)
        return at, position if isinstance(position, int) else 0, str(one.after.get("key"))

    return sorted(items, key=place)


def newly_escalated(
    session: Reader, before: Broken, after: Broken, became: Mapping[tuple[str, int], Became]
) -> tuple[Escalation, ...]:
    """The items that break rules after that they did not break before, whatever they were called then."""
    former = {
        str(one.after["key"]): str(one.before["key"])
        for one in became.values()
        if one.entity == ITEM and one.before and one.after
    }
    new = {
        key: tuple(rule for rule in rules if rule not in before.get(former.get(key, key), ()))
        for key, rules in after.items()
    }
    keys = [key for key, rules in new.items() if rules]
    leads = _leads(session, keys)
    return tuple(Escalation(key, leads.get(key, ""), new[key]) for key in keys)


def _leads(session: Reader, keys: Sequence[str]) -> dict[str, str]:
    """The words that stand for the items that have or had some keys last."""
    ids: dict[str, int] = {}
    for chunk in chunks(keys):
        last = select(func.max(Change.sequence)).where(Change.entity == ITEM, col(Change.key).in_(chunk))
        named = select(Change.key, Change.entity_id).where(
            col(Change.sequence).in_(last.group_by(col(Change.key))),
        )
        ids |= dict(session.exec(named).all())
        ids |= {key: item or 0 for key, item in session.exec(select(Item.key, Item.id).where(col(Item.key).in_(chunk)))}
    items = shown(session, list(ids.values()))
    return {key: items[item].lead for key, item in ids.items() if item in items}


Broken = dict[str, tuple[str, ...]]
"""Rules by the key of the item that breaks them."""
_STATUSES = ("open", "in_progress", "mitigated", "accepted")


def snapshot(session: Reader) -> dict[str, Json]:
    """How things stand now, as a review keeps it."""
    counts = summary(session).total.counts
    broken = escalated(session)
    return {
        "counts": {name: getattr(counts, name) for name in _STATUSES},
        "escalated": [[key, list(rules)] for key, rules in broken.items()],
    }


def counts_in(kept: Json) -> Counts:
    """The counts of a snapshot."""
    counts = kept.get("counts") if isinstance(kept, dict) else None
    numbers = counts if isinstance(counts, dict) else {}
    return Counts(**{name: value for name in _STATUSES if isinstance(value := numbers.get(name), int)})


def escalated_in(kept: Json) -> Broken:
    """The broken rules of a snapshot."""
    listed = kept.get("escalated") if isinstance(kept, dict) else None
    found: Broken = {}
    for entry in listed if isinstance(listed, list) else ():
        match entry:
            case [str(key), list(rules)]:
                found[key] = tuple(str(rule) for rule in rules)
    return found
