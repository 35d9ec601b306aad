"""What became of items and dependencies between two changes of the trail, and who did that."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func
from sqlmodel import col, select

from store.audit.effect import in_effect
from store.audit.log import CLEAR, ESCALATE
from store.audit.snapshots import edge_states, id_of, item_states, key_of, plain_state, same, text_of, whole_text
from store.models import Change, Dependency, FollowUp, Item
from store.queries.changes import ChangeRow
from store.queries.history import change_row
from store.queries.lookup import chunks
from store.queries.plain import plain_edges, plain_items
from store.text import in_a_row

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlmodel import Session

    from store.audit.snapshots import State

ITEM, LINK, FOLLOW_UP = "item", "dependency", "follow-up"
_FIELDS = {
    ITEM: (
        *("key", "category", "title", "description", "severity", "status", "status_note", "accepted_by"),
        *("accepted_until", "owner", "due_on", "effort", "affected", "components", "mitigation_plan", "opened_on"),
        "extra",
    ),
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


def between(session: Session, first: int, last: int | None) -> dict[tuple[str, int], Became]:
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


def states_at(session: Session, entity: str, ids: Sequence[int], sequence: int | None) -> dict[int, State]:
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


def _name_ends(session: Session, links: dict[int, State], sequence: int | None) -> None:
    """Let dependencies name their ends by the keys that the items had after a change."""
    ends = [end for state in links.values() for end in (state["source"], state["target"]) if isinstance(end, dict)]
    ids = {number for end in ends if isinstance(number := end.get("id"), int)}
    items = states_at(session, ITEM, sorted(ids), sequence)
    for link in links.values():
        for name in ("source", "target"):
            match link[name]:
                case {"id": int(item)} if item in items:
                    link[name] = {"id": item, "key": items[item]["key"]}


def _present(session: Session, entity: str, ids: Sequence[int]) -> dict[int, State]:
    if entity == FOLLOW_UP:
        rows = session.exec(select(FollowUp).where(col(FollowUp.id).in_(ids)))
        return {id_of(row): plain_state(row) for row in rows}
    if entity == ITEM:
        return item_states(session, plain_items(session, col(Item.id).in_(ids)))
    return edge_states(session, plain_edges(session, col(Dependency.id).in_(ids)))


def _rolled_back(state: State | None, changes: Iterable[Change]) -> State | None:
    """What a row said before some changes, given newest first."""
    for change in changes:
        if change.field is not None:
            state = (state or {}) | {change.field: change.before}
        elif change.before is not None or change.after is not None:
            state = dict(change.before) if isinstance(change.before, dict) else None
    return state
