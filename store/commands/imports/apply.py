"""Applies an import plan in one transaction, or nothing of it."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC
from functools import partial
from typing import TYPE_CHECKING

from store.audit.log import IMPORT, IMPORT_MAP, UNDONE_BATCHES, StagedChanges, head
from store.audit.snapshots import TABLES, dump, id_of, key_of, states_of, stored_columns
from store.commands.conflicts import NOTHING, changed_fields, remove_row
from store.commands.imports.draft import Draft, Rows, json_of, moved
from store.commands.imports.merge import FACTS, NOTHING_GOES
from store.commands.imports.plan import ImportPlan, plan_again, refuse_pruning, require_sound
from store.db.bulk import garbage_collection_paused, insert, update
from store.db.reader import decode_rows
from store.db.values import kinds_of
from store.errors import ConflictError, OutdatedPlanError
from store.fields import FIELDS, Kind, of_kind, same
from store.formats.escalation import escalation_of
from store.queries.documents import document_text
from store.queries.lookup import categories, find_category
from store.text import name_key, number_of, plural

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from store.audit.log import Changes, Done, Head, UnitOfWork
    from store.audit.snapshots import State
    from store.commands.imports.merge import Edit, Merge, Removals
    from store.commands.imports.plan import Prefer
    from store.db.bulk import Staged
    from store.db.database import Database
    from store.db.reader import Reader
    from store.formats.document import model as plain
    from store.formats.document.model import CadenceEntry
    from store.models import Json


_ATTEMPTS = 5
"""How often an import is worked out anew when others change what it is about."""
_OWN_FIELDS = frozenset(FIELDS) - set(of_kind(Kind.KEY, Kind.CATEGORY, Kind.COMPONENTS))
"""The fields of an item that an import weighs each by itself."""


IMPORTED_RULE = f"""
select sequence from change
where entity = 'rule' and verb = '{IMPORT}' and field is null and batch not in ({UNDONE_BATCHES}) limit 1
"""


def seed_rules(writer: UnitOfWork, cadence: Sequence[CadenceEntry]) -> None:
    """Add the rules that a cadence tells of, in the batch of the import, unless an import added some before.

    From then on they are the register's: whatever became of them, another import leaves them as they are.
    """
    told = escalation_of(cadence).rules
    if not told or writer.reader.value(IMPORTED_RULE) is not None:
        return
    rules = list(states_of(writer.reader, "rule").values())
    known = {name_key(str(rule["name"])) for rule in rules} | {rule["query"] for rule in rules}
    end = max((int(str(rule["position"])) for rule in rules), default=-1) + 1
    for position, (name, query) in enumerate(told, end):
        if name_key(name) not in known and query not in known:
            add_row(writer, "rule", {"kind": "rule", "name": name, "query": query, "position": position})


def add_row(writer: UnitOfWork, entity: str, fields: State, *, row: int | None = None) -> None:
    """Add a row with these fields, and record it."""
    columns = stored_columns(fields)
    if row is not None:
        columns["id"] = row
    if "version" in kinds_of(TABLES[entity]):
        columns["version"] = 1
    row = insert(writer.reader.connection, TABLES[entity], columns)
    state = states_of(writer.reader, entity, (row,))[row]
    writer.record(entity, row, key_of(entity, state), None, None, state)


def change_row(writer: UnitOfWork, entity: str, row: int, state: State, fields: State) -> None:
    """Give a row that says `state` these fields, and record each."""
    if not fields:
        return
    update(writer.reader.connection, TABLES[entity], row, stored_columns(fields))
    key = key_of(entity, state | fields)
    for name, value in fields.items():
        writer.record(entity, row, key, name, state[name], value)


@garbage_collection_paused()
def apply_import(db: Database, plan: ImportPlan, *, prune: bool = False, prefer: Prefer | None = None) -> Done:
    """Take in what a plan showed: one transaction, one batch.

    `prune` removes what is missing from the file; `prefer` settles the conflicts of both. Raises
    DocumentError for a plan with problems, ConflictError for conflicts without `prefer`, and OutdatedPlanError
    when the register changed so that the plan is another one now.

    What is written is worked out before the register is locked, and written where nobody changed anything that
    the plan depends on in the meantime; else it is worked out again.
    """
    if plan.map_alone and not plan.problems:
        if prune:
            refuse_pruning(plan)
    else:
        require_sound(plan)
    time = db.clock().astimezone(UTC)
    for _ in range(_ATTEMPTS):
        with db.read() as reader:
            newest, rows = head(reader), Rows.of(reader)
            holds = _still_holds(plan, reader, plan.head)
        if not holds:
            plan = _planned_again(db, plan)
            continue
        if (conflicts := plan.contested(prune=prune)) and prefer is None:
            raise ConflictError(conflicts)
        work = partial(_Import, plan, rows, time, prune=prune, prefer=prefer)
        prepared = decode_rows(db.read, work)
        with db.write(prepared.verb, time=time, prepared=prepared.staged) as writer:
            if _still_holds(plan, writer.reader, newest):
                prepared.write(writer)
                break
    else:
        raise _outdated()
    return writer.done(prepared.said if writer.batch else NOTHING, prepared.keys)


def _planned_again(db: Database, plan: ImportPlan) -> ImportPlan:
    """The same plan for the register as it is now. Raises OutdatedPlanError where it is another one."""
    again = plan_again(db, plan)
    if again != plan:
        raise _outdated()
    return again


def _outdated() -> OutdatedPlanError:
    return OutdatedPlanError("the register changed since this import was previewed", "preview it again")


CHANGES_SINCE = "select verb, entity, key, field from change where sequence > :since"
DIGEST_OF = "select digest from change where sequence = :sequence"


def _still_holds(plan: ImportPlan, reader: Reader, since: Head) -> bool:
    """Whether what others changed since leaves a plan as it is: comments, and fields that the file leaves alone."""
    if since.sequence and reader.value(DIGEST_OF, {"sequence": since.sequence}) != since.digest:
        return False
    changes = reader.tuples(CHANGES_SINCE, {"since": since.sequence})
    touched = {key for _, _, key, _ in changes}

    def items(register: plain.Register | None) -> dict[str | None, plain.Item]:
        found = register.items if register and touched else ()
        return {key: item for item in found if (key := plan.merge.keys.get(item.key)) in touched}

    before, file = items(plan.base), items(plan.content)

    def leaves_alone(verb: str, entity: str, key: str, name: str | None) -> bool:
        if verb == "comment":
            return True
        if entity != "item" or name not in _OWN_FIELDS or key not in before or key not in file:
            return False
        return same(name, getattr(before[key], name), getattr(file[key], name))

    return all(leaves_alone(*change) for change in changes)


class _Import:
    """All that an import writes, worked out from a copy of the rows."""

    def __init__(self, plan: ImportPlan, rows: Rows, time: datetime, *, prune: bool, prefer: Prefer | None) -> None:
        self.verb = IMPORT_MAP if plan.map_alone else IMPORT
        self._plan = plan
        self._sha256 = hashlib.sha256(plan.text.encode()).hexdigest()
        self._file = plan.content
        self._found = found = _settled(plan.merge, prefer)
        self._going = plan.removed(prefer) if prune else NOTHING_GOES
        draft = Draft(self.verb, time, rows)
        cells: dict[str | None, str | None] = {}
        if self._file is not None:
            draft.add_categories(category.code for category in found.categories)
            draft.add_items(found.items)
            cells = {found.keys[item.key]: item.components_text for item in self._file.items}
        draft.edit_items(found, cells)
        draft.link(found)
        self._codes, self._changed = draft.codes, draft.taken_changes()
        self._ordered: Changes = []
        self._named: Changes = []
        if self._file is not None:
            draft.remove(self._going)
            draft.order(self._file, found)
            self._ordered = draft.taken_changes()
            draft.name(self._file, found)
            self._named = draft.taken_changes()
        self._statements = draft.statements()
        changes = [each for each in (self._changed, self._ordered, self._named) if isinstance(each, StagedChanges)]
        self.staged: list[Staged] = [*self._statements.inserts, *changes]

    def write(self, writer: UnitOfWork) -> None:
        """Write it, and record it in the order in which the trail tells of an import."""
        file, found, connection = self._file, self._found, writer.reader.connection
        if file is not None:
            _facts(writer, self._plan, self._sha256, file, [edit for edit in found.edits if edit.entity == "register"])
            _categories(writer, found, self._codes)
        self._statements.write(connection)
        _record(writer, self._changed)
        if file is None:
            return
        _prune(writer, self._going)
        _order_categories(writer, file, found)
        _record(writer, self._ordered)
        _name_categories(writer, file, found)
        self._statements.rename(connection)
        _record(writer, self._named)
        seed_rules(writer, file.cadence)

    @property
    def keys(self) -> tuple[str, ...]:
        """The items that it concerns."""
        edited = [edit.key for edit in self._found.edits if edit.entity == "item"]
        if self._file is None:
            return tuple(edit.key for edit in self._found.edits)
        added = [item.key for item in self._found.items]
        known = set(added)
        return (*added, *(key for key in edited if key not in known))

    @property
    def said(self) -> str:
        """What it did, in words."""
        found = self._found
        if self._file is not None:
            return _said(self._plan, found, self._going)
        told = [(len(found.edits), "titled"), (len(found.edges), "linked")]
        return "Imported the map: " + ", ".join(f"{number} {what}" for number, what in told if number)


def _settled(merge: Merge, prefer: Prefer | None) -> Merge:
    """A merge with its conflicts settled."""
    if prefer != "file":
        return merge
    edges = [edge for edge in dict.fromkeys(merge.readded_edges) if edge not in merge.edges]
    return replace(
        merge,
        edits=merge.edits + merge.disputed,
        items=merge.items + merge.readded_items,
        keys=merge.keys | {item.key: item.key for item in merge.readded_items},
        edges=merge.edges + edges,
    )


def _record(writer: UnitOfWork, changes: Changes) -> None:
    if changes:
        writer.record_prepared(changes)


def _facts(writer: UnitOfWork, plan: ImportPlan, sha256: str, file: plain.Register, edits: Sequence[Edit]) -> None:
    """The register's own facts, and the text as the template of its exports from now on."""
    state = states_of(writer.reader, "register").get(1)
    document = _document(writer, plan, sha256, state)
    if state is None:
        facts: State = {name: json_of(getattr(file, name)) for name in FACTS}
        add_row(writer, "register", {**facts, "last_updated": dump(file.last_updated), "document": document}, row=1)
        return
    wanted: State = {edit.field: json_of(edit.after) for edit in edits}
    wanted["last_updated"] = dump(file.last_updated)
    wanted = changed_fields(state, wanted)
    change_row(writer, "register", 1, state, wanted | ({"document": document} if document != state["document"] else {}))


def _document(writer: UnitOfWork, plan: ImportPlan, sha256: str, state: State | None) -> Json:
    """What the register says of its documents once it has a text, which is stored unless it is the present one."""
    before = state["document"] if state else None
    former = before if isinstance(before, dict) else {}
    number, moment = former.get("document"), former.get("imported_at")
    if not isinstance(number, int) or document_text(writer.reader, number) != plan.text:
        number, moment = store_text(writer, plan.text, sha256), None
    return {
        "document": number,
        "synced": None,
        "path": plan.path or former.get("path"),
        "sha256": sha256,
        "imported_at": moment or writer.time.isoformat(),
    }


def store_text(writer: UnitOfWork, text: str, sha256: str) -> int:
    """Store a text, to which the audit log may refer for ever; the id of its document."""
    return insert(writer.reader.connection, "document", {"text": text, "sha256": sha256})


def _categories(writer: UnitOfWork, found: Merge, codes: Mapping[str, int]) -> None:
    """Add categories, and change their names and definitions."""
    first = writer.reader.value("select coalesce(max(position), -1) + 1 from category")
    for number, category in enumerate(found.categories, first):
        fields: State = {**category._asdict(), "position": number, "origin": category.code}
        add_row(writer, "category", fields, row=codes[category.code])
    for edit in found.edits:
        if edit.entity == "category" and edit.field != "code":
            row = find_category(writer.reader, edit.key).id
            _change_category(writer, row, {edit.field: json_of(edit.after)})


def _change_category(writer: UnitOfWork, row: int, fields: State) -> None:
    change_row(writer, "category", row, states_of(writer.reader, "category", (row,))[row], fields)


def _order_categories(writer: UnitOfWork, file: plain.Register, found: Merge) -> None:
    """Order categories as the file does, unless they were moved here."""
    if found.categories_moved:
        return
    rows = categories(writer.reader)
    wanted = [found.codes[category.code] for category in file.categories]
    for row, number in moved([(row, row.code) for row in rows], wanted):
        _change_category(writer, row.id, {"position": number})


def _name_categories(writer: UnitOfWork, file: plain.Register, found: Merge) -> None:
    """Let every category say under which code the new template has it; codes that the file changed are changed."""
    names = {found.codes[category.code]: category.code for category in file.categories}
    codes = {edit.key: edit.after for edit in found.edits if (edit.entity, edit.field) == ("category", "code")}
    for row, state in states_of(writer.reader, "category").items():
        code = str(state["code"])
        wanted: State = {"origin": names.get(code), "code": json_of(codes.get(code, code))}
        change_row(writer, "category", row, state, changed_fields(state, wanted))


def _prune(writer: UnitOfWork, going: Removals) -> None:
    """Remove what the text last seen had and this one has not."""
    if going == NOTHING_GOES:
        return
    from sqlmodel import col, select

    from store.commands.items import drop_items
    from store.models import Category, Dependency, Item

    session = writer.session
    missing = set(going.items)
    drop_items(writer, [row for row in session.exec(select(Item)) if row.key in missing])
    rows = session.exec(select(Dependency)).all()
    states = states_of(writer.reader, "dependency", [id_of(row) for row in rows])
    gone = {(f"{edge.source} -> {edge.target}", edge.label) for edge in going.edges}
    for row in rows:
        state = states[id_of(row)]
        if (key_of("dependency", state), row.label) in gone:
            remove_row(writer, row, state)
    session.flush()
    for category in session.exec(select(Category).order_by(col(Category.id))).all():
        if category.code in going.categories:
            remove_row(writer, category)
    session.flush()


def _said(plan: ImportPlan, found: Merge, going: Removals) -> str:
    counts = plan.counts
    if plan.first:
        return (
            f"Imported {number_of(counts.categories, 'category', 'categories')}, {number_of(counts.items, 'item')}, "
            f"{number_of(counts.dependencies, 'dependency', 'dependencies')} and "
            f"{number_of(counts.cadence, 'cadence entry', 'cadence entries')}"
        )
    parts = [
        (len(found.items), "added"),
        (len(found.edits), plural(len(found.edits), "field changed", "fields changed")),
        (len(found.edges), "linked"),
        (len(going.items), "missing and removed"),
        (len(found.missing_items) - len(going.items), "missing and kept"),
    ]
    told = ", ".join(f"{number} {what}" for number, what in parts if number)
    return f"Imported {number_of(counts.items, 'item')}: {told or 'only the text around them changed'}"
