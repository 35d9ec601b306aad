"""Applies an import plan in one transaction, or nothing of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from typing import TYPE_CHECKING

from sqlmodel import col, select

from store.audit.log import IMPORT, IMPORT_MAP, UNDONE_BATCHES, head
from store.audit.snapshots import assign, dump, id_of, key_of, state_of, states_of
from store.commands.categories import category_row
from store.commands.conflicts import NOTHING, change, changed_fields, created, removed
from store.commands.imports.draft import Draft, Rows, json_of, moved
from store.commands.imports.merge import FACTS
from store.commands.imports.plan import ImportPlan, fingerprint, plan_again, refuse_pruning, require_sound
from store.commands.imports.removals import NOTHING_GOES
from store.commands.items import drop_items
from store.db.reader import reader_of
from store.enums import SavedKind
from store.errors import ConflictError, OutdatedPlanError
from store.fields import FIELDS, Kind, of_kind, same
from store.formats.escalation import escalation_of
from store.models import Category, Dependency, Document, Item, RegisterFacts, SavedQuery
from store.text import name_key, number_of, plural

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlmodel import Session

    from store.audit.log import Head, PreparedChange, UnitOfWork
    from store.audit.snapshots import State
    from store.commands.imports.merge import Edit, Merge
    from store.commands.imports.plan import Prefer
    from store.commands.imports.removals import Removals
    from store.db.database import Database
    from store.db.reader import Reader
    from store.formats.document import model as plain
    from store.formats.document.model import CadenceEntry
    from store.models import Json
    from store.queries.rows import Done


_ATTEMPTS = 5
"""How often an import is worked out anew when others change what it is about."""
_OWN_FIELDS = frozenset(FIELDS) - set(of_kind(Kind.KEY, Kind.CATEGORY, Kind.COMPONENTS))
"""The fields of an item that an import weighs each by itself."""


IMPORTED_RULE = f"""
select sequence from change
where entity = 'rule' and verb = '{IMPORT}' and field is null and batch not in ({UNDONE_BATCHES}) limit 1
"""


def seed_rules(writer: UnitOfWork, cadence: Sequence[CadenceEntry]) -> None:
    """Add the rules that a cadence tells of, in the verb's own batch, unless an import brought some before.

    From then on they are the register's: whatever became of them, another import leaves them as they are.
    """
    session = writer.session
    told = escalation_of(cadence).rules
    if not told or reader_of(session).value(IMPORTED_RULE) is not None:
        return
    rules = session.exec(select(SavedQuery).where(SavedQuery.kind == SavedKind.RULE)).all()
    known = {name_key(row.name) for row in rules} | {row.query for row in rules}
    end = max((row.position for row in rules), default=-1) + 1
    for position, (name, query) in enumerate(told, end):
        if name_key(name) not in known and query not in known:
            row = SavedQuery(kind=SavedKind.RULE, name=name, query=query, position=position)
            session.add(row)
            session.flush()
            created(writer, row)


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
            holds = _Independence(plan).holds(reader, plan.head)
        if not holds:
            plan = _planned_again(db, plan)
            continue
        if (conflicts := plan.contested(prune=prune)) and prefer is None:
            raise ConflictError(conflicts)
        prepared = _Import(plan, rows, time, prune=prune, prefer=prefer)
        independence = _Independence(plan)
        with db.write(prepared.verb, time=time) as writer:
            if independence.holds(reader_of(writer.session), newest):
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
    return OutdatedPlanError("the register changed since this import was shown", "look at what it would do now")


class _Independence:
    """Tells whether what others changed leaves a plan as it is: comments, and fields that the file leaves alone."""

    def __init__(self, plan: ImportPlan) -> None:
        keys = plan.merge.keys
        self._before = {keys.get(item.key): item for item in plan.base.items} if plan.base else {}
        self._file = {keys.get(item.key): item for item in plan.content.items} if plan.content else {}

    def holds(self, reader: Reader, since: Head) -> bool:
        """Whether every change since that one does."""
        last = reader.value("select digest from change where sequence = :sequence", {"sequence": since.sequence})
        if since.sequence and last != since.digest:
            return False
        found = reader.tuples(
            "select verb, entity, key, field from change where sequence > :since", {"since": since.sequence}
        )
        return all(self._leaves_alone(*change) for change in found)

    def _leaves_alone(self, verb: str, entity: str, key: str, name: str | None) -> bool:
        if verb == "comment":
            return True
        before, file = self._before.get(key), self._file.get(key)
        if entity != "item" or name not in _OWN_FIELDS or before is None or file is None:
            return False
        return same(name, getattr(before, name), getattr(file, name))


class _Import:
    """All that an import writes, worked out from a copy of the rows."""

    def __init__(self, plan: ImportPlan, rows: Rows, time: datetime, *, prune: bool, prefer: Prefer | None) -> None:
        self.verb = IMPORT_MAP if plan.map_alone else IMPORT
        self._plan = plan
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
        self._ordered: list[PreparedChange] = []
        self._named: list[PreparedChange] = []
        if self._file is not None:
            draft.remove(self._going)
            draft.order(self._file, found)
            self._ordered = draft.taken_changes()
            draft.name(self._file, found)
            self._named = draft.taken_changes()
        self._statements = draft.statements()

    def write(self, writer: UnitOfWork) -> None:
        """Write it, and record it in the order in which the trail tells of an import."""
        file, found, session = self._file, self._found, writer.session
        if file is not None:
            _facts(writer, self._plan, file, [edit for edit in found.edits if edit.entity == "register"])
            _categories(writer, found, self._codes)
        self._statements.write_rows(session)
        writer.record_prepared(self._changed)
        if file is None:
            return
        _prune(writer, self._going)
        _order_categories(writer, file, found)
        writer.record_prepared(self._ordered)
        _name_categories(writer, file, found)
        self._statements.write_keys(session)
        writer.record_prepared(self._named)
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


def _order_categories(writer: UnitOfWork, file: plain.Register, found: Merge) -> None:
    """Order categories as the file does, unless they were moved here."""
    if found.categories_moved:
        return
    rows = writer.session.exec(select(Category).order_by(col(Category.position), col(Category.id))).all()
    wanted = [found.codes[category.code] for category in file.categories]
    for row, number in moved([(row, row.code) for row in rows], wanted):
        writer.record("category", id_of(row), row.code, "position", row.position, number)
        row.position = number
    writer.session.flush()


def _facts(writer: UnitOfWork, plan: ImportPlan, file: plain.Register, edits: Sequence[Edit]) -> None:
    """The register's own facts, and the text as the template of its exports from now on."""
    session = writer.session
    facts = session.get(RegisterFacts, 1)
    if facts is None:
        facts = RegisterFacts(title=file.title)
        assign(session, facts, {name: json_of(getattr(file, name)) for name in FACTS})
        facts.last_updated = file.last_updated
        assign(session, facts, {"document": _document(session, plan, None, writer)})
        session.add(facts)
        session.flush()
        created(writer, facts)
        return
    state = state_of(reader_of(session), facts)
    wanted: State = {edit.field: json_of(edit.after) for edit in edits}
    wanted["last_updated"] = dump(file.last_updated)
    wanted = changed_fields(state, wanted)
    document = _document(session, plan, facts, writer)
    change(writer, facts, state, wanted | ({"document": document} if document != state["document"] else {}))


def _document(session: Session, plan: ImportPlan, facts: RegisterFacts | None, writer: UnitOfWork) -> Json:
    known = session.get(Document, facts.document_id or 0) if facts else None
    moment = writer.time.isoformat()
    if known is None or known.text != plan.text:
        known = store_text(session, plan.text)
    elif facts is not None and facts.imported_at is not None:
        moment = facts.imported_at.isoformat()
    return {
        "document": id_of_document(known),
        "synced": None,
        "path": plan.path or (facts.document_path if facts else None),
        "sha256": plan.sha256,
        "imported_at": moment,
    }


def store_text(session: Session, text: str) -> Document:
    """Keep a text; the trail may point to it for ever."""
    document = Document(text=text, sha256=fingerprint(text))
    session.add(document)
    session.flush()
    return document


def id_of_document(document: Document) -> int:
    """The id of a text that the database has seen."""
    assert document.id is not None
    return document.id


def _categories(writer: UnitOfWork, found: Merge, codes: Mapping[str, int]) -> None:
    session = writer.session
    last = max((row.position for row in session.exec(select(Category))), default=-1)
    for number, category in enumerate(found.categories, last + 1):
        row = Category(
            id=codes[category.code],
            code=category.code,
            name=category.name,
            definition=category.definition,
            position=number,
            origin=category.code,
        )
        session.add(row)
        session.flush()
        created(writer, row)
    for edit in found.edits:
        if edit.entity == "category" and edit.field != "code":
            row = category_row(session, edit.key)
            change(writer, row, state_of(reader_of(session), row), {edit.field: json_of(edit.after)})


def _prune(writer: UnitOfWork, going: Removals) -> None:
    """Remove what the text last seen had and this one has not."""
    if going == NOTHING_GOES:
        return
    session = writer.session
    missing = set(going.items)
    drop_items(writer, [row for row in session.exec(select(Item)) if row.key in missing])
    rows = session.exec(select(Dependency)).all()
    states = states_of(reader_of(session), "dependency")
    gone = {(f"{edge.source} -> {edge.target}", edge.label) for edge in going.edges}
    for row in rows:
        state = states[id_of(row)]
        if (key_of("dependency", state), row.label) in gone:
            removed(writer, row, state)
            session.delete(row)
    session.flush()
    for category in session.exec(select(Category).order_by(col(Category.id))).all():
        if category.code in going.categories:
            removed(writer, category, state_of(reader_of(session), category))
            session.delete(category)
    session.flush()


def _name_categories(writer: UnitOfWork, file: plain.Register, found: Merge) -> None:
    """Let every category say under which code the new template has it; codes that the file changed are changed."""
    session = writer.session
    names = {found.codes[category.code]: category.code for category in file.categories}
    codes = {edit.key: edit.after for edit in found.edits if (edit.entity, edit.field) == ("category", "code")}
    for category in session.exec(select(Category)).all():
        state = state_of(reader_of(session), category)
        wanted: State = {"origin": names.get(category.code), "code": json_of(codes.get(category.code, category.code))}
        change(writer, category, state, changed_fields(state, wanted))


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
