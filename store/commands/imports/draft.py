"""What an import writes, worked out from a copy of the rows before the register is locked."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

from store.audit.log import StagedChanges, compact_json, prepare_change, stored_time
from store.audit.snapshots import dump, item_state, stored_columns
from store.commands.conflicts import changed_fields
from store.db.bulk import AT_ONCE, FEW, Insert, updates
from store.db.reader import id_list
from store.fields import same
from store.formats.document.model import CadenceEntry
from store.queries.documents import StoredRows
from store.queries.items import ItemRecord
from store.text import name_key

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Hashable, Iterable, Mapping, Sequence
    from datetime import datetime

    from store.audit.log import Changes, PreparedChange
    from store.audit.snapshots import State
    from store.commands.imports.merge import Edit, Merge, Removals, Value
    from store.db.reader import Reader
    from store.formats.document import model
    from store.models import Json

    _Recorded = tuple[str, int, str, str | None, Json, Json | "_New"]


class _Positioned(Protocol):
    @property
    def position(self) -> int: ...


Ordered = TypeVar("Ordered", bound=_Positioned)
UNLINK = "delete from item_component where item_id in (select value from json_each(?))"


class Rows(NamedTuple):
    """A copy of the rows that an import may change, and the first ids that no row ever had."""

    stored: StoredRows
    categories: Mapping[str, int]
    components: Mapping[str, int]
    next_ids: Mapping[str, int]

    @classmethod
    def of(cls, reader: Reader) -> Rows:
        """The rows that are there now."""
        return cls(
            stored=StoredRows(reader),
            categories=dict(reader.tuples("select code, id from category")),
            components=dict(reader.tuples("select name, id from component")),
            next_ids={entity: _next_id(reader, entity) for entity in ("category", "item", "dependency")},
        )


def _next_id(reader: Reader, entity: str) -> int:
    # The trail knows the rows that are gone, too.
    highest = reader.value("select max(entity_id) from change where entity = :entity", {"entity": entity})
    return int(highest or 0) + 1


def json_of(value: Value) -> Json:
    """A value of a document as the trail keeps it."""
    match value:
        case bool() | int() | float():
            return value
        case tuple() if value and isinstance(value[0], CadenceEntry):
            return [[entry.label, entry.text] for entry in value if isinstance(entry, CadenceEntry)]
        case tuple() if value and isinstance(value[0], tuple):
            return [list(pair) for pair in value if isinstance(pair, tuple)]
        case () | "":
            return None
        case _:
            return dump(value)  # type: ignore[arg-type]


_SAID = tuple(item_state(SimpleNamespace(**dict.fromkeys(ItemRecord._fields)), "", ()))
"""The fields of an item that the audit log has, in its order."""


class _New(NamedTuple):
    """An item that is added, and where."""

    item: model.Item
    id: int
    code: str
    category_id: int
    position: int

    def state(self, created: str) -> State:
        """What it says."""
        added = self.item
        special: State = {
            "category": {"id": self.category_id, "code": self.code},
            "position": self.position,
            "components": {"names": [*added.components], "text": added.components_text},
            "description": added.description,
            "origin": added.key,
            "created": created,
        }
        return {name: special[name] if name in special else json_of(getattr(added, name)) for name in _SAID}

    def row(self, state: State, time: str) -> dict[str, object]:
        """The columns of one that says `state`: most are what it says."""
        affected = state["affected"] if isinstance(state["affected"], dict) else {}
        return {
            **state,
            "id": self.id,
            "category_id": self.category_id,
            "components_text": self.item.components_text,
            **{f"affected_{part}": affected.get(part) for part in ("text", "count", "percent")},
            "extra": state["extra"] and compact_json(state["extra"]),
            "version": 1,
            "created": time,
            "updated": time,
        }


@dataclass(slots=True)
class _Item:
    """An item as it is to be; `row` as it is now, or is to be added."""

    id: int
    key: str
    category_id: int
    position: int
    origin: str | None
    names: Sequence[str]
    cell: str | None
    row: ItemRecord | _New


@dataclass(slots=True)
class _Edge:
    """A dependency as it is to be."""

    id: int
    source_id: int
    target_id: int
    label: str
    position: int


class Draft:
    """The rows of items and dependencies that an import adds and changes, and the changes to be recorded of each.

    The methods are called in the order in which the audit log tells of an import. `codes` are the ids of categories.
    """

    def __init__(self, verb: str, time: datetime, rows: Rows) -> None:
        self.codes = dict(rows.categories)
        self._verb = verb
        self._time, self._stored_time = time.isoformat(), stored_time(time)
        self._next_ids = dict(rows.next_ids)
        self._components = dict(rows.components)
        names = rows.stored.components()
        self._items = [
            _Item(
                row.id,
                row.key,
                row.category_id,
                row.position,
                row.origin,
                names.get(row.id, ()),
                row.components_text,
                row,
            )
            for row in rows.stored.items()
        ]
        self._ids = {item.key: item.id for item in self._items}
        self._edges = [_Edge(e.id, e.source_id, e.target_id, e.label, e.position) for e in rows.stored.dependencies()]
        self._new_items: list[_New] = []
        self._new_edges: list[_Edge] = []
        self._columns: defaultdict[int, dict[str, object]] = defaultdict(dict)
        self._changed_edges: defaultdict[int, dict[str, object]] = defaultdict(dict)
        self._renamed: dict[int, dict[str, object]] = {}
        self._relinked: dict[int, Sequence[str]] = {}
        self._recorded: list[_Recorded] = []
        self._states: dict[int, State] = {}

    def taken_changes(self) -> Changes:
        """The changes since this was asked last; of very many each is prepared when it is written."""
        found, self._recorded = self._recorded, []
        changes = map(self._prepared, found)
        if len(found) > AT_ONCE:
            return changes
        return list(changes) if len(found) <= FEW else StagedChanges(list(changes))

    def _prepared(self, change: _Recorded) -> PreparedChange:
        entity, row, key, field, before, after = change
        if isinstance(after, _New):
            new, after = after, after.state(self._time)
            if len(self._new_items) <= AT_ONCE:
                self._states[new.id] = after
        return prepare_change(self._verb, entity, row, key, field, before, after)

    def add_categories(self, codes: Iterable[str]) -> None:
        """Let new categories have ids, which they are to be added with."""
        for code in codes:
            self.codes[code] = self._new_id("category")

    def add_items(self, items: Iterable[model.Item]) -> None:
        """Add items at the ends of their categories."""
        ends: dict[int, int] = {}
        for item in self._items:
            ends[item.category_id] = max(item.position, ends.get(item.category_id, -1))
        names = {row: code for code, row in self.codes.items()}
        for added in items:
            category, row = self.codes[added.category], self._new_id("item")
            position = ends[category] = ends.get(category, -1) + 1
            new = _New(added, row, names[category], category, position)
            self._new_items.append(new)
            self._relinked[row] = added.components
            self._ids[added.key] = row
            self._items.append(
                _Item(row, added.key, category, position, added.key, added.components, added.components_text, new)
            )
            self._recorded.append(("item", row, added.key, None, None, new))

    def edit_items(self, found: Merge, cells: Mapping[str | None, str | None]) -> None:
        """Edit fields of items; `cells` are the texts of their components in the file."""
        wanted: dict[str, State] = {}
        for edit in found.edits:
            if edit.entity == "item" and edit.field != "key":
                wanted.setdefault(edit.key, {})[edit.field] = self._json_of(edit, cells.get(edit.key))
        names = {row: code for code, row in self.codes.items()}
        items = {item.key: item for item in self._items if item.key in wanted}
        for key, fields in wanted.items():
            item = items[key]
            self._change_item(item, item_state(item.row, names[item.category_id], item.names), fields)

    def _json_of(self, edit: Edit, cell: str | None) -> Json:
        if edit.field == "category":
            code = self._code(str(edit.after))
            return {"id": self.codes[code], "code": code}
        if edit.field == "components":
            names = [str(name) for name in edit.after] if isinstance(edit.after, tuple) else []
            return {"names": list(names), "text": cell}
        if edit.field == "description" and not edit.after:
            return ""
        return json_of(edit.after)

    def _code(self, wanted: str) -> str:
        if wanted in self.codes:
            return wanted
        return next(code for code in self.codes if name_key(code) == name_key(wanted))

    def _change_item(self, item: _Item, state: State, fields: State) -> None:
        """Let an item that says `state` say these fields."""
        for name, value in fields.items():
            self._record("item", item.id, str(fields.get("key", item.key)), name, state.get(name), value)
            match name, value:
                case "components", {"names": list(names), "text": text}:
                    if list(item.names) != names:
                        self._relinked[item.id] = item.names = [str(part) for part in names]
                    item.cell = None if text is None else str(text)
                case "category", {"id": int(category)}:
                    item.category_id = category
                case "origin", _:
                    item.origin = None if value is None else str(value)
        columns = stored_columns(fields)
        if "key" in columns:
            # What is removed before that is still told by the former key.
            self._renamed[item.id] = {"key": columns.pop("key")}
        self._columns[item.id].update(columns, updated=self._stored_time)

    def link(self, found: Merge) -> None:
        """Add dependencies, and change their labels."""
        keys = {row: key for key, row in self._ids.items()}
        there = {(edge.source_id, edge.target_id, edge.label): edge for edge in self._edges}
        last = max((edge.position for edge in self._edges), default=-1)
        for number, wanted in enumerate(found.edges, last + 1):
            source, target = self._ids.get(wanted.source), self._ids.get(wanted.target)
            if source is None or target is None or (source, target, wanted.label) in there:
                continue
            edge = _Edge(self._new_id("dependency"), source, target, wanted.label, number)
            there[source, target, wanted.label] = edge
            self._edges.append(edge)
            self._new_edges.append(edge)
            state: State = {
                "source": {"id": source, "key": keys[source]},
                "target": {"id": target, "key": keys[target]},
                "label": edge.label,
                "position": number,
            }
            self._record("dependency", edge.id, f"{keys[source]} -> {keys[target]}", None, None, state)
        for edit in found.edits:
            if edit.entity == "dependency":
                ends = edit.key.split(" -> ")
                edge = there[self._ids[ends[0]], self._ids[ends[1]], str(edit.before or "")]
                self._record("dependency", edge.id, edit.key, "label", edge.label, str(edit.after or ""))
                edge.label = self._changed_edges[edge.id]["label"] = str(edit.after or "")

    def remove(self, going: Removals) -> None:
        """Leave out what is removed, which is recorded elsewhere."""
        items, edges = set(going.items), {(f"{edge.source} -> {edge.target}", edge.label) for edge in going.edges}
        lost = {self._ids[key] for key in items}
        keys = {row: key for key, row in self._ids.items()}
        self._items = [item for item in self._items if item.key not in items]
        self._edges = [
            edge
            for edge in self._edges
            if not {edge.source_id, edge.target_id} & lost
            and (f"{keys[edge.source_id]} -> {keys[edge.target_id]}", edge.label) not in edges
        ]

    def order(self, file: model.Register, found: Merge) -> None:
        """Order the items of each category, and the dependencies, as the file does."""
        codes = {row: code for code, row in self.codes.items()}
        own: defaultdict[str, list[_Item]] = defaultdict(list)
        home: dict[str | None, str] = {}
        for item in sorted(self._items, key=lambda item: (item.position, item.id)):
            home[item.key] = codes[item.category_id]
            own[home[item.key]].append(item)
        wanted: defaultdict[str, list[str]] = defaultdict(list)
        for read in file.items:
            key, code = found.keys[read.key], found.codes[read.category]
            if key is not None and home.get(key) == code:
                wanted[code].append(key)
        for code, items in own.items():
            for item, number in moved([(item, item.key) for item in items], wanted[code]):
                self._record("item", item.id, item.key, "position", item.position, number)
                item.position = number
                self._columns[item.id]["position"] = number
        self._order_edges(file, found)

    def _order_edges(self, file: model.Register, found: Merge) -> None:
        keys = {row: key for key, row in self._ids.items()}
        edges = sorted(self._edges, key=lambda edge: (edge.position, edge.id))
        names = [(f"{keys[edge.source_id]} -> {keys[edge.target_id]}", edge.label) for edge in edges]
        there, by_ends = set(names), defaultdict[str, list[tuple[str, str]]](list)
        for name in names:
            by_ends[name[0]].append(name)
        wanted: list[tuple[str, str]] = []
        for read in file.dependencies:
            name = (f"{found.keys.get(read.source)} -> {found.keys.get(read.target)}", read.label)
            # One that has another label here keeps its line.
            wanted += [name] if name in there else by_ends[name[0]]
        for edge, number in moved(list(zip(edges, names, strict=True)), wanted):
            key = f"{keys[edge.source_id]} -> {keys[edge.target_id]}"
            self._record("dependency", edge.id, key, "position", edge.position, number)
            edge.position = self._changed_edges[edge.id]["position"] = number

    def name(self, file: model.Register, found: Merge) -> None:
        """Let every item say under which key the new template has it, and how its components are written there.

        Keys that the file changed are changed here, when nothing looks for an item by its former one any more.
        """
        written = {found.keys[item.key]: item for item in file.items}
        keys = {edit.key: edit.after for edit in found.edits if (edit.entity, edit.field) == ("item", "key")}
        for item in sorted(self._items, key=lambda item: item.id):
            read = written.get(item.key)
            cells: Json = {"names": list(item.names), "text": item.cell}
            state: State = {"origin": item.origin, "key": item.key, "components": cells}
            name: State = {"origin": read.key if read else None, "key": json_of(keys.get(item.key, item.key))}
            fields = changed_fields(state, name)
            if read is not None:
                cell: Json = {"names": list(read.components), "text": read.components_text}
                if same("components", cells, cell) and cells != cell:
                    fields["components"] = cell
            if fields:
                self._change_item(item, state, fields)

    def statements(self) -> Statements:
        """What writes all of it."""
        wanted = sorted({name for names in self._relinked.values() for name in names} - self._components.keys())
        first = max(self._components.values(), default=0) + 1
        new = {name: number for number, name in enumerate(wanted, first)}
        ids = self._components | new
        links = (
            (item, position, ids[name]) for item, names in self._relinked.items() for position, name in enumerate(names)
        )
        added, linked = {item.id for item in self._new_items}, {edge.id for edge in self._new_edges}
        return Statements(
            unlinked=[row for row in self._relinked if row not in added],
            inserts=[
                Insert("component", ("id", "name"), ((row, name) for name, row in new.items()), number=len(new)),
                Insert("item", ItemRecord._fields, map(self._stored, self._new_items), number=len(added)),
                Insert(
                    "item_component",
                    ("item_id", "position", "component_id"),
                    links,
                    number=sum(map(len, self._relinked.values())),
                ),
                Insert(
                    "dependency",
                    ("id", "source_id", "target_id", "label", "position"),
                    [(e.id, e.source_id, e.target_id, e.label, e.position) for e in self._new_edges],
                    number=len(self._new_edges),
                ),
            ],
            updates=[
                *updates("item", {row: values for row, values in self._columns.items() if row not in added}),
                *updates("dependency", {row: v for row, v in self._changed_edges.items() if row not in linked}),
            ],
            renamings=list(updates("item", self._renamed)),
        )

    def _stored(self, new: _New) -> tuple[object, ...]:
        """The columns of an item that is added."""
        state = self._states.pop(new.id, None) or new.state(self._time)
        columns = new.row(state, self._stored_time) | self._columns.get(new.id, {})
        return tuple([columns[name] for name in ItemRecord._fields])

    def _new_id(self, entity: str) -> int:
        number = self._next_ids[entity]
        self._next_ids[entity] = number + 1
        return number

    def _record(self, entity: str, row: int, key: str, field: str | None, before: Json, after: Json) -> None:
        self._recorded.append((entity, row, key, field, before, after))


class Statements(NamedTuple):
    """What writes rows: the items whose links go first, rows that are added, and statements with their parameters."""

    unlinked: Sequence[int]
    inserts: Sequence[Insert]
    updates: Sequence[tuple[str, Sequence[tuple[object, ...]]]]
    renamings: Sequence[tuple[str, Sequence[tuple[object, ...]]]]

    def write(self, connection: sqlite3.Connection) -> None:
        """Write everything but other keys."""
        if self.unlinked:
            connection.execute(UNLINK, (id_list(self.unlinked),))
        for insert in self.inserts:
            insert.execute(connection)
        for statement, parameters in self.updates:
            connection.executemany(statement, parameters)

    def rename(self, connection: sqlite3.Connection) -> None:
        """Give items their other keys."""
        for statement, parameters in self.renamings:
            connection.executemany(statement, parameters)


def moved(rows: Sequence[tuple[Ordered, Hashable]], wanted: Sequence[Hashable]) -> list[tuple[Ordered, int]]:
    """What gets another position, where rows with these names are put as `wanted` names them, the others behind."""
    place = {name: number for number, name in reversed(list(enumerate(wanted)))}
    ordered = sorted(rows, key=lambda row: place.get(row[1], len(wanted)))
    if all(one is other for one, other in zip(ordered, rows, strict=True)):
        return []
    return [(row, number) for number, (row, _) in enumerate(ordered) if row.position != number]
