"""What changed between two entries of the audit log, as minutes and comparisons list it."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from store.audit.log import CHANGES, CLEAR, ESCALATE, ChangeRecord
from store.audit.replay import in_effect, reverted, states_at
from store.audit.snapshots import key_of, whole_text
from store.db.reader import id_list
from store.enums import Severity, Status
from store.fields import EXTRA, REVIEW_ORDER, same, text_of
from store.policy import escalated
from store.queries.history import change_row
from store.queries.lookup import categories
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
"""The fields of a row that people see change, in this order: where it is among its like is not an edit."""


@dataclass(frozen=True, slots=True)
class NetChange:
    """A row as it was before and after some changes: None where it was not there.

    `changes` are those that still stand at the end, the oldest first; `newest` is the last one of all.
    """

    entity: str
    id: int
    before: State | None
    after: State | None
    changes: tuple[ChangeRecord, ...]
    newest: ChangeRecord

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that say something else than before."""
        return () if self.before is None or self.after is None else _differing(self.entity, self.before, self.after)

    @property
    def differs(self) -> bool:
        """Whether the row came, went, or says something else."""
        return bool(self.fields) or (self.before is None) != (self.after is None)

    def rows(self) -> tuple[ChangeRow, ...]:
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

    def _of(self, *fields: str) -> list[ChangeRecord]:
        return [change for change in self.changes if change.field in fields] or [self._came_or_went()]

    def _came_or_went(self) -> ChangeRecord:
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
    change: ChangeRecord,
    key: str,
    field: str | None,
    before: str | None,
    after: str | None,
    actor: str,
    note: str | None,
) -> ChangeRow:
    return ChangeRow(
        sequence=change.sequence,
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


WINDOW = f"""
{CHANGES}
where change.entity in ('{ITEM}', '{LINK}') and change.sequence > :first and change.sequence <= :last
order by change.sequence
"""
NO_END = 2**63 - 1


def between(reader: Reader, first: int, last: int | None) -> dict[tuple[str, int], NetChange]:
    """The items and dependencies that changes after the sequence `first`, up to `last` (None: all), touched.

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
    found: dict[tuple[str, int], NetChange] = {}
    for entity in (ITEM, LINK):
        states = states_at(reader, entity, [row for kind, row in touched if kind == entity], last)
        if entity == LINK:
            _name_ends(reader, states, last)
        for (kind, row), own in touched.items():
            if kind == entity:
                after = states.get(row)
                before = reverted(after, reversed(own))
                if before is not None or after is not None:
                    found[kind, row] = NetChange(kind, row, before, after, tuple(effective[kind, row]), own[-1])
    return found


def _name_ends(reader: Reader, links: dict[int, State], sequence: int | None) -> None:
    """Let dependencies name their ends by the keys that the items had after a change."""
    ends = [end for state in links.values() for end in (state["source"], state["target"]) if isinstance(end, dict)]
    ids = {number for end in ends if isinstance(number := end.get("id"), int)}
    items = states_at(reader, ITEM, sorted(ids), sequence)
    for link in links.values():
        for name in ("source", "target"):
            match link[name]:
                case {"id": int(item)} if item in items:
                    link[name] = {"id": item, "key": items[item]["key"]}


@dataclass(frozen=True, slots=True)
class ItemSummary:
    """An item in a few words; one that is `gone` is as it was when it was removed."""

    key: str
    lead: str
    severity: Severity
    status: Status
    gone: bool = False


@dataclass(frozen=True, slots=True)
class _Item:
    id: int
    key: str
    title: str | None
    start: str
    severity: Severity
    status: Status


ITEMS = """
select id, key, title, substr(description, 1, 480) as start, severity, status
from item where id in (select value from json_each(:ids))
"""


def summaries(reader: Reader, ids: Sequence[int]) -> dict[int, ItemSummary]:
    """The items of some ids, as far as the trail knows them."""
    found = {
        item.id: ItemSummary(item.key, lead_of(item.title, item.start), item.severity, item.status)
        for item in reader.each(ITEMS, {"ids": id_list(ids)}, row=_Item)
    }
    gone = last_states(reader, [item for item in ids if item not in found])
    return found | {item: summary_of(state, gone=True) for item, state in gone.items()}


def summary_of(state: State, *, gone: bool = False) -> ItemSummary:
    """The item that says this."""
    return ItemSummary(
        key=str(state["key"]),
        lead=lead_of(text_of(state.get("title")), text_of(state.get("description")) or ""),
        severity=Severity(str(state["severity"])),
        status=Status(str(state["status"])),
        gone=gone,
    )


@dataclass(frozen=True, slots=True)
class _Removal:
    entity_id: int
    before: Json


REMOVALS = """
select entity_id, before from change
where entity = 'item' and entity_id in (select value from json_each(:ids))
  and field is null and before is not null and after is null
order by sequence
"""


def last_states(reader: Reader, ids: Sequence[int]) -> dict[int, State]:
    """What items said when they were removed last, by id."""
    removals = reader.each(REMOVALS, {"ids": id_list(ids)}, row=_Removal)
    return {change.entity_id: change.before for change in removals if isinstance(change.before, dict)}


def item_changes(one: NetChange) -> ItemChanges:
    """What became of an item that was there before or after."""
    item = summary_of(one.after or one.before or {})
    return ItemChanges(item.key, item.lead, item.severity, item.status, one.rows())


def in_document_order(reader: Reader, items: Iterable[NetChange]) -> list[NetChange]:
    """Items in the order of the document as it was at the end, those that are gone by the keys they had."""
    places = {category.id: at for at, category in enumerate(categories(reader))}

    def place(one: NetChange) -> tuple[int, int, str]:
        if one.after is None:
            return len(places) + 1, 0, str((one.before or {}).get("key"))
        category, position = one.after.get("category"), one.after.get("position")
        number = category.get("id") if isinstance(category, dict) else None
        at = places.get(number, len(places)) if isinstance(number, int) else len(places)
        return at, position if isinstance(position, int) else 0, str(one.after.get("key"))

    return sorted(items, key=place)


def newly_escalated(
    reader: Reader, before: Broken, after: Broken, became: Mapping[tuple[str, int], NetChange]
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
    leads = _leads(reader, keys)
    return tuple(Escalation(key, leads.get(key, ""), new[key]) for key in keys)


LAST_ROWS_OF_KEYS = f"""
select key, entity_id from change where sequence in (
    select max(sequence) from change
    where entity = '{ITEM}' and key in (select value from json_each(:keys)) group by key
)
"""
ROWS_OF_KEYS = "select key, id from item where key in (select value from json_each(:keys))"


def _leads(reader: Reader, keys: Sequence[str]) -> dict[str, str]:
    """The words that stand for the items that have or had some keys last."""
    asked = {"keys": json.dumps(keys)}
    ids = dict(reader.tuples(LAST_ROWS_OF_KEYS, asked)) | dict(reader.tuples(ROWS_OF_KEYS, asked))
    items = summaries(reader, list(ids.values()))
    return {key: items[item].lead for key, item in ids.items() if item in items}


Broken = dict[str, tuple[str, ...]]
"""Rules by the key of the item that breaks them."""
_STATUSES = ("open", "in_progress", "mitigated", "accepted")


def snapshot(reader: Reader) -> dict[str, Json]:
    """How things stand now, as a review keeps it."""
    counts = summary(reader).total.counts
    broken = escalated(reader)
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
