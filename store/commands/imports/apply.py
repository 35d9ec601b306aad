"""Applies an import plan: what is written is computed from a copy of the rows, then written in one transaction."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC
from functools import partial
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from store.audit.log import (
    IMPORT,
    IMPORT_MAP,
    UNDONE_BATCHES,
    StagedChanges,
    compact_json,
    head,
    prepare_change,
    stored_time,
)
from store.audit.snapshots import DOCUMENT, TABLES, dump, item_state, key_of, states_of, stored_columns
from store.commands.conflicts import NOTHING, changed_fields
from store.commands.imports.plan import ImportPlan, is_current, plan_again, refuse_pruning, require_sound
from store.commands.imports.pruning import NO_REMOVALS
from store.db.bulk import AT_ONCE, Insert, garbage_collection_paused, updates
from store.db.reader import decode_rows, id_list
from store.db.values import TABLES as TABLES_IN_ORDER
from store.errors import ConflictError, OutdatedPlanError
from store.fields import same
from store.formats.document.merge import FACTS
from store.formats.document.rules import EVERYTHING
from store.formats.escalation import escalation_of
from store.queries.dependency_map import DependencyRecord
from store.queries.documents import StoredRows, document_columns, next_document, stored_document
from store.queries.items import ItemRecord
from store.text import name_key, number_of, plural, same_name

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping, Sequence
    from datetime import datetime

    from store.audit.log import Changes, Done, Head, PreparedChange, UnitOfWork
    from store.audit.snapshots import State
    from store.commands.imports.plan import Prefer
    from store.db.bulk import Staged
    from store.db.database import Database
    from store.db.reader import Reader
    from store.formats.document import model
    from store.formats.document.merge import Edit, Value
    from store.models import Json
    from store.queries.documents import StoredDocument

    _Recorded = tuple[str, int, str, str | None, Json, Json | "_New"]


T = TypeVar("T")
_ATTEMPTS = 5
"""How often an import is computed again when others change what it depends on."""


@garbage_collection_paused()
def apply_import(db: Database, plan: ImportPlan, *, prune: bool = False, prefer: Prefer | None = None) -> Done:
    """Do what a plan showed: one transaction, one batch.

    `prune` removes what is missing from the file; `prefer` resolves the conflicts of both. Raises
    DocumentError for a plan with problems, ConflictError for conflicts without `prefer`, and OutdatedPlanError
    when the register changed so that the plan is a different one now.

    What is written is computed before the register is locked, and written if no one has changed anything that
    the plan depends on since; otherwise it is computed again.
    """
    if plan.map_alone and not plan.problems:
        if prune:
            refuse_pruning(plan)
    else:
        require_sound(plan)
    time = db.clock().astimezone(UTC)
    for _ in range(_ATTEMPTS):
        with db.read() as reader:
            rows = Rows.of(reader)
            current = is_current(plan, reader, plan.head)
        if not current:
            again = plan_again(db, plan)
            if again != plan:
                raise _outdated()
            plan = again
            continue
        if (conflicts := plan.contested(prune=prune)) and prefer is None:
            raise ConflictError(conflicts)
        draft = decode_rows(db.read, partial(Draft, plan, rows, time, prune=prune, prefer=prefer))
        staged = draft.stage()
        with db.write(draft.verb, time=time, prepared=staged) as writer:
            if is_current(plan, writer.reader, rows.head) and next_document(writer.reader) == rows.next_ids["document"]:
                draft.write(writer)
                break
    else:
        raise _outdated()
    return writer.done(draft.summary if writer.batch else NOTHING, draft.keys)


def _outdated() -> OutdatedPlanError:
    return OutdatedPlanError("the register changed since this import was previewed", "preview it again")


IMPORTED_RULE = f"""
select sequence from change
where entity = 'rule' and verb = '{IMPORT}' and field is null and batch not in ({UNDONE_BATCHES}) limit 1
"""
# The audit log knows removed rows, too.
NEXT_ID = "select coalesce(max(entity_id), 0) + 1 from change where entity = :entity"


class Rows(NamedTuple):
    """A copy of the rows that an import may change, the first ids that no row ever had, and the end of the log."""

    stored: StoredRows
    register: State | None
    categories: dict[int, State]
    rules: Sequence[State] | None
    """None if an import added rules before."""
    components: Mapping[str, int]
    next_ids: Mapping[str, int]
    template: StoredDocument | None
    head: Head

    @classmethod
    def of(cls, reader: Reader) -> Rows:
        """The present rows."""
        register = states_of(reader, "register").get(1)
        document = register["document"] if register else None
        entities = ("category", "item", "dependency", "rule", "view")
        ids = {entity: reader.value(NEXT_ID, {"entity": entity}) for entity in entities}
        return cls(
            stored=StoredRows(reader),
            register=register,
            categories=states_of(reader, "category"),
            rules=[*states_of(reader, "rule").values()] if reader.value(IMPORTED_RULE) is None else None,
            components=dict(reader.tuples("select name, id from component")),
            # Views and rules are in one table.
            next_ids=ids | {"rule": max(ids["rule"], ids["view"]), "document": next_document(reader)},
            template=stored_document(reader, document["document"]) if isinstance(document, dict) else None,
            head=head(reader),
        )


def json_of(value: Value) -> Json:
    """A value of a document as the audit log stores it."""
    match value:
        case () | "":
            return None
        case ((_, _), *_) as pairs:
            return [list(pair) for pair in pairs]
        case _:
            return dump(value)  # type: ignore[arg-type]


_LOGGED = tuple(item_state(SimpleNamespace(**dict.fromkeys(ItemRecord._fields)), "", ()))
"""The fields of an item that the audit log has, in its order."""


class _New(NamedTuple):
    """An item that is added, and where."""

    item: model.Item
    id: int
    code: str
    category_id: int
    position: int
    origin: str | None

    def state(self, created: str) -> State:
        """Its snapshot."""
        added = self.item
        special: State = {
            "category": {"id": self.category_id, "code": self.code},
            "position": self.position,
            "components": {"names": [*added.components], "text": added.components_text},
            "description": added.description,
            "origin": self.origin,
            "created": created,
        }
        return {name: special[name] if name in special else json_of(getattr(added, name)) for name in _LOGGED}

    def row(self, state: State, time: str) -> dict[str, object]:
        """The columns of its row, given its snapshot: most are the same."""
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
    """An item after the import; `row` is the present row, None for a new one."""

    id: int
    key: str
    category_id: int
    position: int
    origin: str | None
    components: Sequence[str]
    components_text: str | None
    row: ItemRecord | None = None


class Draft:
    """The rows that an import adds, changes and removes, and the changes it records, in the order of the audit log."""

    def __init__(self, plan: ImportPlan, rows: Rows, time: datetime, *, prune: bool, prefer: Prefer | None) -> None:
        self.verb = IMPORT_MAP if plan.map_alone else IMPORT
        self._plan, self._rows = plan, rows
        self._merge = plan.merge.with_file() if prefer == "file" else plan.merge
        self._removals = plan.removed(prefer) if prune else NO_REMOVALS
        self._time, self._stored_time = time.isoformat(), stored_time(time)
        self._next_ids = dict(rows.next_ids)
        self._recorded: list[_Recorded] = []
        self._inserted: defaultdict[str, list[dict[str, object]]] = defaultdict(list)
        self._updated: defaultdict[str, defaultdict[int, dict[str, object]]] = defaultdict(lambda: defaultdict(dict))
        self._renamed: defaultdict[str, dict[int, dict[str, object]]] = defaultdict(dict)
        self._deleted: defaultdict[str, list[int]] = defaultdict(list)
        self._categories = {row: dict(state) for row, state in rows.categories.items()}
        self._codes = {str(state["code"]): row for row, state in self._categories.items()}
        names = rows.stored.components()
        self._items = [
            _Item(*row[:4], row.origin, names.get(row.id, ()), row.components_text, row) for row in rows.stored.items()
        ]
        self._ids = {item.key: item.id for item in self._items}
        self._keys = {item.id: item.key for item in self._items}
        self._edges = {edge.id: edge for edge in rows.stored.dependencies()}
        self._new_items: list[_New] = []
        self._new_states: dict[int, State] = {}
        self._components: dict[int, Sequence[str]] = {}
        """The components of the items whose links change, by item."""
        self._compute()

    def _compute(self) -> None:
        file = self._plan.content
        if file is None:
            self._edit_items(())
            self._link()
            return
        self._take_facts(file)
        self._take_categories()
        self._add_items()
        self._edit_items(file.items)
        self._link()
        self._remove()
        self._order_categories(file)
        self._order_items(file)
        self._order_edges(file)
        self._rename_categories(file)
        self._rename_items(file)
        self._add_rules(file)

    def _insert(self, entity: str, row: int, state: State) -> None:
        """Add a row with a state."""
        columns = {"id": row, **stored_columns(state)}
        if entity in ("register", "category"):
            columns["version"] = 1
        self._inserted[TABLES[entity]].append(columns)
        self._recorded.append((entity, row, key_of(entity, state), None, None, state))

    def _change(self, entity: str, row: int, state: State, fields: State) -> None:
        """Give fields of a row, whose state is `state`, new values."""
        key = key_of(entity, state | fields)
        for name, value in fields.items():
            self._recorded.append((entity, row, key, name, state[name], value))
        columns, table = stored_columns(fields), TABLES[entity]
        for name in columns.keys() & {"key", "code"}:
            # Another row may have it until its own is changed.
            self._renamed[table][row] = {name: columns.pop(name)}
        if columns:
            self._updated[table][row].update(columns)
        state.update(fields)

    def _new_id(self, entity: str) -> int:
        number = self._next_ids[entity]
        self._next_ids[entity] = number + 1
        return number

    def _take_facts(self, file: model.Register) -> None:
        """Take the register's own facts, and the text as the template of its exports, unless it is a copy."""
        state = self._rows.register
        former = state["document"] if state and isinstance(state["document"], dict) else {}
        is_copy, last_updated = self._plan.is_copy, dump(file.last_updated)
        document = (former or dict.fromkeys(DOCUMENT)) if is_copy else self._document(former)
        if state is None:
            facts: State = {name: json_of(getattr(file, name)) for name in FACTS}
            days: State = {"mitigate_within": None, "accept_for": None}
            self._insert("register", 1, facts | days | {"last_updated": last_updated, "document": document})
            return
        wanted: State = {edit.field: json_of(edit.after) for edit in self._merge.edits if edit.entity == "register"}
        fields = changed_fields(state, wanted | ({} if is_copy else {"last_updated": last_updated}))
        self._change("register", 1, state, fields | ({"document": document} if document != former else {}))

    def _document(self, former: State) -> State:
        """The text as the register's document, whose id is a new one unless it is the present template."""
        rows = self._rows
        sha256 = hashlib.sha256(self._plan.text.encode()).hexdigest()
        number, imported_at = former.get("document"), former.get("imported_at")
        rules = self._plan.reading.rules if self._plan.reading else EVERYTHING
        if rows.template != (self._plan.text, rules):
            number, imported_at = rows.next_ids["document"], None
            self._inserted["document"].append({"id": number, **document_columns(self._plan.text, sha256, rules)})
        path, time = self._plan.path or former.get("path"), imported_at or self._time
        return {"document": number, "synced": None, "path": path, "sha256": sha256, "imported_at": time}

    def _origin(self, name: str) -> str | None:
        """What the template of exports calls a new item or category; a copy is not a template."""
        return None if self._plan.is_copy else name

    def _take_categories(self) -> None:
        """Add categories at the end, and change names and definitions."""
        end = max((int(str(state["position"])) for state in self._categories.values()), default=-1) + 1
        for position, category in enumerate(self._merge.categories, end):
            row = self._codes[category.code] = self._new_id("category")
            state: State = {**category._asdict(), "position": position, "origin": self._origin(category.code)}
            self._categories[row] = {name: state[name] for name in ("code", "name", "definition", "position", "origin")}
            self._insert("category", row, dict(self._categories[row]))
        for edit in self._merge.edits:
            if edit.entity == "category" and edit.field != "code":
                row = self._codes[edit.key]
                self._change("category", row, self._categories[row], {edit.field: json_of(edit.after)})

    def _add_items(self) -> None:
        """Add items at the ends of their categories."""
        ends: dict[int, int] = {}
        for item in self._items:
            ends[item.category_id] = max(item.position, ends.get(item.category_id, -1))
        for added in self._merge.items:
            category, row = self._codes[added.category], self._new_id("item")
            position = ends[category] = ends.get(category, -1) + 1
            origin = self._origin(added.key)
            new = _New(added, row, str(self._categories[category]["code"]), category, position, origin)
            self._new_items.append(new)
            self._components[row] = added.components
            self._ids[added.key], self._keys[row] = row, added.key
            self._items.append(
                _Item(row, added.key, category, position, origin, added.components, added.components_text)
            )
            self._recorded.append(("item", row, added.key, None, None, new))

    def _edit_items(self, written: Iterable[model.Item]) -> None:
        """Edit fields of items, which are `written` in the file."""
        cells = {self._merge.keys[item.key]: item.components_text for item in written}
        wanted: dict[str, State] = {}
        for edit in self._merge.edits:
            if edit.entity == "item" and edit.field != "key":
                wanted.setdefault(edit.key, {})[edit.field] = self._json_of(edit, cells.get(edit.key))
        items = {item.key: item for item in self._items if item.key in wanted}
        for key, fields in wanted.items():
            self._change_item(items[key], self._item_state(items[key]), fields)

    def _json_of(self, edit: Edit, cell: str | None) -> Json:
        if edit.field == "category":
            wanted = str(edit.after)
            code = wanted if wanted in self._codes else next(c for c in self._codes if same_name(c, wanted))
            return {"id": self._codes[code], "code": code}
        if edit.field == "components":
            names = [str(name) for name in edit.after] if isinstance(edit.after, tuple) else []
            return {"names": list(names), "text": cell}
        if edit.field == "description" and not edit.after:
            return ""
        return json_of(edit.after)

    def _item_state(self, item: _Item) -> State:
        return item_state(item.row, str(self._categories[item.category_id]["code"]), item.components)

    def _change_item(self, item: _Item, state: State, fields: State) -> None:
        """Give fields of an item, whose state is `state`, new values."""
        self._change("item", item.id, state, fields)
        self._updated["item"][item.id]["updated"] = self._stored_time
        for change in fields.items():
            match change:
                case "components", {"names": list(names), "text": text}:
                    if list(item.components) != names:
                        self._components[item.id] = item.components = [str(part) for part in names]
                    item.components_text = None if text is None else str(text)
                case "category", {"id": int(category)}:
                    item.category_id = category

    def _link(self) -> None:
        """Add dependencies, and change their labels."""
        present = {edge[1:4]: edge for edge in self._edges.values()}
        end = max((edge.position for edge in self._edges.values()), default=-1) + 1
        for position, wanted in enumerate(self._merge.edges, end):
            source, target = self._ids.get(wanted.source), self._ids.get(wanted.target)
            if source is None or target is None or (source, target, wanted.label) in present:
                continue
            edge = DependencyRecord(self._new_id("dependency"), source, target, wanted.label, position)
            present[edge[1:4]] = self._edges[edge.id] = edge
            self._insert("dependency", edge.id, self._edge_state(edge))
        for edit in self._merge.edits:
            if edit.entity == "dependency":
                source, target = (self._ids[end] for end in edit.key.split(" -> "))
                edge = present[source, target, str(edit.before or "")]
                self._change_edge(edge, label=str(edit.after or ""))

    def _edge_state(self, edge: DependencyRecord) -> State:
        source: Json = {"id": edge.source_id, "key": self._keys[edge.source_id]}
        target: Json = {"id": edge.target_id, "key": self._keys[edge.target_id]}
        return {"source": source, "target": target, "label": edge.label, "position": edge.position}

    def _change_edge(self, edge: DependencyRecord, **fields: Any) -> None:
        self._change("dependency", edge.id, self._edge_state(edge), fields)
        self._edges[edge.id] = edge._replace(**fields)

    def _remove(self) -> None:
        """Remove what the text last seen had and this one has not, with the dependencies of removed items."""
        wanted, missing = self._removals, set(self._removals.items)
        items = {item.id: item for item in self._items if item.key in missing}
        named = {(self._ids[edge.source], self._ids[edge.target], edge.label) for edge in wanted.edges}
        # By source, then by target: an order that every database can find them in.
        from_items = sorted((e for e in self._edges.values() if e.source_id in items), key=lambda edge: edge[1:4])
        into_items = [e for e in self._edges.values() if e.target_id in items and e.source_id not in items]
        into_items.sort(key=lambda edge: (edge.target_id, edge.id))
        for edge in (*from_items, *into_items):
            self._delete("dependency", edge.id, self._edge_state(self._edges.pop(edge.id)))
        for row, item in sorted(items.items()):
            self._delete("item", row, self._item_state(item))
        for row in sorted(edge.id for edge in self._edges.values() if edge[1:4] in named):
            self._delete("dependency", row, self._edge_state(self._edges.pop(row)))
        for row in sorted(row for row, state in self._categories.items() if state["code"] in wanted.categories):
            self._delete("category", row, self._categories.pop(row))
        self._items = [item for item in self._items if item.id not in items]

    def _delete(self, entity: str, row: int, state: State) -> None:
        """Remove a row, whose state is `state`."""
        self._deleted[TABLES[entity]].append(row)
        self._recorded.append((entity, row, key_of(entity, state), None, state, None))

    def _order_categories(self, file: model.Register) -> None:
        """Order categories as the file does, unless they were moved here."""
        if self._merge.categories_moved:
            return
        wanted = [self._merge.codes[category.code] for category in file.categories]
        rows = [(row, int(str(state["position"])), str(state["code"])) for row, state in self._categories.items()]
        rows.sort(key=lambda row: (row[1], row[0]))
        for row, position in moved(rows, wanted):
            self._change("category", row, self._categories[row], {"position": position})

    def _order_items(self, file: model.Register) -> None:
        """Order the items of each category as the file does."""
        found, own = self._merge, defaultdict[str, list[_Item]](list)
        home: dict[str | None, str] = {}
        for item in sorted(self._items, key=lambda item: (item.position, item.id)):
            home[item.key] = str(self._categories[item.category_id]["code"])
            own[home[item.key]].append(item)
        wanted: defaultdict[str, list[str]] = defaultdict(list)
        for read in file.items:
            key, code = found.keys[read.key], found.codes[read.category]
            if key is not None and home.get(key) == code:
                wanted[code].append(key)
        for code, items in own.items():
            for item, position in moved([(item, item.position, item.key) for item in items], wanted[code]):
                self._change("item", item.id, {"key": item.key, "position": item.position}, {"position": position})
                item.position = position

    def _order_edges(self, file: model.Register) -> None:
        """Order the dependencies as the file does."""
        keys, found = self._keys, self._merge.keys
        edges = sorted(self._edges.values(), key=lambda edge: (edge.position, edge.id))
        names = [(keys[edge.source_id], keys[edge.target_id], edge.label) for edge in edges]
        present, by_ends = set(names), defaultdict[object, list[tuple[str, str, str]]](list)
        for name in names:
            by_ends[name[:2]].append(name)
        wanted: list[tuple[str, str, str]] = []
        for read in file.dependencies:
            name = (str(found.get(read.source)), str(found.get(read.target)), read.label)
            # One that has another label here keeps its line.
            wanted += [name] if name in present else by_ends[name[:2]]
        rows = [(edge, edge.position, name) for edge, name in zip(edges, names, strict=True)]
        for edge, position in moved(rows, wanted):
            self._change_edge(edge, position=position)

    def _rename_categories(self, file: model.Register) -> None:
        """Record under which code the new template has each category; codes that the file changed are changed."""
        names = {self._merge.codes[category.code]: category.code for category in file.categories}
        codes = {e.key: e.after for e in self._merge.edits if (e.entity, e.field) == ("category", "code")}
        for row, state in sorted(self._categories.items(), key=lambda category: category[0]):
            code = str(state["code"])
            origin = state["origin"] if self._plan.is_copy else names.get(code)
            wanted: State = {"origin": origin, "code": json_of(codes.get(code, code))}
            self._change("category", row, state, changed_fields(state, wanted))

    def _rename_items(self, file: model.Register) -> None:
        """Record under which key the new template has each item, and how its components are written there.

        Keys that the file changed are changed last, when nothing looks for an item by its former one any more.
        """
        written = {self._merge.keys[item.key]: item for item in file.items}
        keys = {edit.key: edit.after for edit in self._merge.edits if (edit.entity, edit.field) == ("item", "key")}
        for item in sorted(self._items, key=lambda item: item.id):
            read = None if self._plan.is_copy else written.get(item.key)
            origin = item.origin if self._plan.is_copy else read and read.key
            cells: Json = {"names": list(item.components), "text": item.components_text}
            state: State = {"origin": item.origin, "key": item.key, "components": cells}
            name: State = {"origin": origin, "key": json_of(keys.get(item.key, item.key))}
            fields = changed_fields(state, name)
            if read is not None:
                cell: Json = {"names": list(read.components), "text": read.components_text}
                if same("components", cells, cell) and cells != cell:
                    fields["components"] = cell
            if fields:
                self._change_item(item, state, fields)

    def _add_rules(self, file: model.Register) -> None:
        """Add the rules in a cadence, unless an import added some before.

        From then on they are the register's: another import leaves them unchanged.
        """
        present = self._rows.rules
        if present is None:
            return
        known = {name_key(str(rule["name"])) for rule in present} | {rule["query"] for rule in present}
        end = max((int(str(rule["position"])) for rule in present), default=-1) + 1
        for position, (name, query) in enumerate(escalation_of(file.cadence).rules, end):
            if name_key(name) not in known and query not in known:
                rule: State = {"kind": "rule", "name": name, "query": query, "position": position}
                self._insert("rule", self._new_id("rule"), rule)

    def stage(self) -> list[Staged]:
        """What can be prepared in temporary tables before others have to wait for the write lock."""
        changes, added = map(self._prepared, self._recorded), {new.id for new in self._new_items}
        few_enough = len(self._recorded) <= AT_ONCE
        self._changes: Changes = StagedChanges(list(changes)) if few_enough else changes
        self._inserts = self._all_inserts()
        changed = {row: columns for row, columns in self._updated["item"].items() if row not in added}
        tables = self._updated | {"item": changed}
        self._updates = [each for table, rows in tables.items() for each in updates(table, rows)]
        staged = [self._changes] if isinstance(self._changes, StagedChanges) else []
        return [*self._inserts, *self._updates, *staged]

    def _prepared(self, change: _Recorded) -> PreparedChange:
        entity, row, key, field, before, after = change
        if isinstance(after, _New):
            new, after = after, after.state(self._time)
            if len(self._new_items) <= AT_ONCE:
                self._new_states[new.id] = after
        return prepare_change(self.verb, entity, row, key, field, before, after)

    def _all_inserts(self) -> list[Insert]:
        """The rows to be added, those of each table after those that they refer to."""
        present, wanted = self._rows.components, {name for names in self._components.values() for name in names}
        new = enumerate(sorted(wanted - present.keys()), max(present.values(), default=0) + 1)
        self._inserted["component"] = [{"id": number, "name": name} for number, name in new]
        ids = {**present, **{str(row["name"]): row["id"] for row in self._inserted["component"]}}
        links = (
            (item, position, ids[name])
            for item, names in self._components.items()
            for position, name in enumerate(names)
        )
        inserts = {
            table: Insert(table, tuple(rows[0]), [tuple(row.values()) for row in rows], len(rows))
            for table, rows in self._inserted.items()
            if rows
        }
        items, number = self._new_items, sum(map(len, self._components.values()))
        inserts["item"] = Insert("item", ItemRecord._fields, map(self._row, items), len(items))
        columns = ("item_id", "position", "component_id")
        inserts["item_component"] = Insert("item_component", columns, links, number)
        return [inserts[table] for table in TABLES_IN_ORDER if table in inserts]

    def _row(self, new: _New) -> tuple[object, ...]:
        """The columns of an item that is added."""
        state = self._new_states.pop(new.id, None) or new.state(self._time)
        columns = new.row(state, self._stored_time) | self._updated["item"].get(new.id, {})
        return tuple([columns[name] for name in ItemRecord._fields])

    def write(self, writer: UnitOfWork) -> None:
        """Write all of it."""
        connection, added = writer.reader.connection, {new.id for new in self._new_items}
        unlinked = [*self._deleted["item"], *(row for row in self._components if row not in added)]

        def delete(table: str, rows: Sequence[int], column: str = "id") -> None:
            if rows:
                sql = f"delete from {table} where {column} in (select value from json_each(?))"
                connection.execute(sql, (id_list(rows),))

        delete("item_component", unlinked, "item_id")
        delete("dependency", self._deleted["dependency"])
        delete("item", self._deleted["item"])
        for insert in self._inserts:
            insert.execute(connection)
        renames = [each for table, rows in self._renamed.items() for each in updates(table, rows)]
        for each in (*self._updates, *renames):
            each.execute(connection)
        delete("category", self._deleted["category"])
        if self._recorded:
            writer.record_prepared(self._changes)

    @property
    def keys(self) -> tuple[str, ...]:
        """The items that it concerns."""
        if self._plan.content is None:
            return tuple(edit.key for edit in self._merge.edits)
        added = [item.key for item in self._merge.items]
        known = set(added)
        return (*added, *(e.key for e in self._merge.edits if e.entity == "item" and e.key not in known))

    @property
    def summary(self) -> str:
        """What it did, in words."""
        plan, found, removed = self._plan, self._merge, len(self._removals.items)
        counts = plan.counts
        if plan.content is None:
            parts = [(len(found.edits), "titled"), (len(found.edges), "linked")]
            return f"Imported the map: {_listed(parts)}"
        if plan.first:
            categories, entries = number_of(counts.categories, "category", "categories"), "cadence entries"
            dependencies = number_of(counts.dependencies, "dependency", "dependencies")
            cadence = number_of(counts.cadence, "cadence entry", entries)
            return f"Imported {categories}, {number_of(counts.items, 'item')}, {dependencies} and {cadence}"
        parts = [
            (len(found.items), "added"),
            (len(found.edits), plural(len(found.edits), "field changed", "fields changed")),
            (len(found.edges), "linked"),
            (removed, "missing and removed"),
            (len(found.missing_items) - removed, "missing and kept"),
        ]
        return f"Imported {number_of(counts.items, 'item')}: {_listed(parts) or 'only the text around them changed'}"


def _listed(parts: Iterable[tuple[int, str]]) -> str:
    return ", ".join(f"{number} {what}" for number, what in parts if number)


def moved(rows: Sequence[tuple[T, int, Hashable]], wanted: Sequence[Hashable]) -> list[tuple[T, int]]:
    """What gets another position when rows, given with position and name, are ordered as `wanted` names them.

    Those that it does not name come last.
    """
    numbers = {name: number for number, name in reversed(list(enumerate(wanted)))}
    ordered = sorted(rows, key=lambda row: numbers.get(row[2], len(wanted)))
    if ordered == rows:
        return []
    return [(row, number) for number, (row, position, _) in enumerate(ordered) if position != number]
