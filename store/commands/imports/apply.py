"""Applies an import plan in one transaction, or nothing of it."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, TypeVar

from sqlmodel import col, select

from store.audit.log import IMPORT, IMPORT_MAP
from store.audit.snapshots import (
    dump,
    edge_states,
    entity_of,
    id_of,
    item_states,
    key_of,
    put,
    put_components,
    same,
    state_of,
)
from store.audit.unit_of_work import undone
from store.commands.conflicts import NOTHING, change, changed_fields, created, removed
from store.commands.imports.merge import FACTS
from store.commands.imports.plan import ImportPlan, fingerprint, plan_merge, refuse_pruning, require_sound
from store.commands.imports.removals import NOTHING_GOES
from store.commands.items import drop_items
from store.commands.lookup import category_row
from store.db.reader import reader_of
from store.enums import SavedKind
from store.errors import ConflictError, OutdatedPlanError
from store.formats.document.model import CadenceEntry
from store.formats.escalation import escalation_of
from store.models import Category, Change, Dependency, Document, Item, RegisterFacts, SavedQuery
from store.queries.lookup import find_category
from store.text import name_key, number_of

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping, Sequence

    from sqlmodel import Session

    from store.audit.snapshots import State
    from store.audit.unit_of_work import UnitOfWork
    from store.commands.imports.merge import Edit, Merge, Value
    from store.commands.imports.plan import Prefer
    from store.commands.imports.removals import Removals
    from store.db.database import Database
    from store.formats.document import model as plain
    from store.models import Json
    from store.queries.rows import Done


Ordered = TypeVar("Ordered", Category, Item, Dependency)


def put_in_order(writer: UnitOfWork, file: plain.Register, found: Merge) -> None:
    """Order categories (unless they were moved here), the items of each, and dependencies as the file does."""
    _order_categories(writer, file, found)
    _order_items(writer, file, found)
    _order_edges(writer, file, found)
    writer.session.flush()


def _order_categories(writer: UnitOfWork, file: plain.Register, found: Merge) -> None:
    if not found.categories_moved:
        rows = writer.session.exec(select(Category).order_by(col(Category.position), col(Category.id))).all()
        wanted = [found.codes[category.code] for category in file.categories]
        _stand(writer, [(row, row.code, row.code) for row in rows], wanted)


def _order_items(writer: UnitOfWork, file: plain.Register, found: Merge) -> None:
    codes = dict(writer.session.exec(select(Category.id, Category.code)).all())
    own: defaultdict[str, list[Item]] = defaultdict(list)
    home: dict[str | None, str] = {}
    for row in writer.session.exec(select(Item).order_by(col(Item.position), col(Item.id))):
        home[row.key] = codes[row.category_id]
        own[home[row.key]].append(row)
    wanted: defaultdict[str, list[str]] = defaultdict(list)
    for item in file.items:
        key, code = found.keys[item.key], found.codes[item.category]
        if key is not None and home.get(key) == code:
            wanted[code].append(key)
    for code, rows in own.items():
        _stand(writer, [(row, row.key, row.key) for row in rows], wanted[code])


def _order_edges(writer: UnitOfWork, file: plain.Register, found: Merge) -> None:
    rows = writer.session.exec(select(Dependency).order_by(col(Dependency.position), col(Dependency.id))).all()
    states = edge_states(reader_of(writer.session), rows)
    keys = [key_of("dependency", states[id_of(row)]) for row in rows]
    there = set(zip(keys, (row.label for row in rows), strict=True))
    by_ends: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for key, row in zip(keys, rows, strict=True):
        by_ends[key].append((key, row.label))
    wanted: list[tuple[str, str]] = []
    for edge in file.dependencies:
        name = (f"{found.keys.get(edge.source)} -> {found.keys.get(edge.target)}", edge.label)
        # One that has another label here keeps its line.
        wanted += [name] if name in there else by_ends[name[0]]
    _stand(writer, [(row, key, (key, row.label)) for row, key in zip(rows, keys, strict=True)], wanted)


def _stand(writer: UnitOfWork, rows: Sequence[tuple[Ordered, str, Hashable]], wanted: Sequence[Hashable]) -> None:
    """Put rows, given in their present order with key and name, where `wanted` names them, the others behind."""
    place = {name: number for number, name in reversed(list(enumerate(wanted)))}
    ordered = sorted(rows, key=lambda row: place.get(row[2], len(wanted)))
    if ordered == list(rows):
        return
    for number, (row, key, _) in enumerate(ordered):
        if row.position != number:
            writer.record(entity_of(row), id_of(row), key, "position", row.position, number)
            row.position = number


def seed_rules(writer: UnitOfWork, cadence: Sequence[CadenceEntry]) -> None:
    """Add the rules that a cadence tells of, in the verb's own batch, unless an import brought some before.

    From then on they are the register's: whatever became of them, another import leaves them as they are.
    """
    session = writer.session
    before = select(Change.sequence).where(
        Change.entity == SavedKind.RULE.value,
        Change.verb == IMPORT,
        col(Change.field).is_(None),
        col(Change.batch).not_in(undone()),
    )
    told = escalation_of(cadence).rules
    if not told or session.exec(before.limit(1)).first() is not None:
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


_FIELDS = (
    "key", "title", "description", "severity", "status", "status_note", "mitigation_plan", "owner", "effort",
    "affected", "due_on", "opened_on", "accepted_by", "accepted_until",
)  # fmt: skip


def apply_import(db: Database, plan: ImportPlan, *, prune: bool = False, prefer: Prefer | None = None) -> Done:
    """Take in what a plan showed: one transaction, one batch.

    `prune` removes what is missing from the file; `prefer` settles the conflicts of both. Raises
    DocumentError for a plan with problems, ConflictError for conflicts without `prefer`, and OutdatedPlanError
    when the register changed so that the plan is another one now.
    """
    if plan.map_alone and not plan.problems:
        return _take_map(db, plan, prune=prune)
    file = require_sound(plan)
    with db.write(IMPORT) as writer:
        found = _as_shown(writer, plan)
        if (conflicts := plan.contested(prune=prune)) and prefer is None:
            raise ConflictError(conflicts)
        if prefer == "file":
            found.edits += found.disputed
            found.items += found.readded_items
            found.keys |= {item.key: item.key for item in found.readded_items}
            found.edges += [edge for edge in dict.fromkeys(found.readded_edges) if edge not in found.edges]
        _facts(writer, plan, file, [edit for edit in found.edits if edit.entity == "register"])
        _categories(writer, found)
        keys = _add_items(writer, found.items)
        _edit_items(writer, found, {found.keys[item.key]: item.components_text for item in file.items})
        keys += [edit.key for edit in found.edits if edit.entity == "item" and edit.key not in keys]
        _edges(writer, found)
        going = plan.removed(prefer) if prune else NOTHING_GOES
        _prune(writer, going)
        put_in_order(writer, file, found)
        _as_written(writer, file, found)
        seed_rules(writer, file.cadence)
    return writer.done(_said(plan, found, going) if writer.batch else NOTHING, tuple(keys))


def _as_shown(writer: UnitOfWork, plan: ImportPlan) -> Merge:
    """The merge of a plan as of now. Raises OutdatedPlanError if it differs from the plan."""
    # What the text says is known: reading it again would only keep others waiting for the register.
    again, found = plan_merge(writer.session, plan.text, path=plan.path, reading=plan.reading)
    if again != plan:
        raise OutdatedPlanError("the register changed since this import was shown", "look at what it would do now")
    return found


def _take_map(db: Database, plan: ImportPlan, *, prune: bool) -> Done:
    """Add what a map alone says; the template of exports and what is known of its file stay."""
    if prune:
        refuse_pruning(plan)
    with db.write(IMPORT_MAP) as writer:
        found = _as_shown(writer, plan)
        _edit_items(writer, found, {})
        _edges(writer, found)
    told = [(len(found.edits), "titled"), (len(found.edges), "linked")]
    said = "Imported the map: " + ", ".join(f"{number} {what}" for number, what in told if number)
    return writer.done(said if writer.batch else NOTHING, tuple(edit.key for edit in found.edits))


def _facts(writer: UnitOfWork, plan: ImportPlan, file: plain.Register, edits: Sequence[Edit]) -> None:
    """The register's own facts, and the text as the template of its exports from now on."""
    session = writer.session
    facts = session.get(RegisterFacts, 1)
    if facts is None:
        facts = RegisterFacts(title=file.title)
        put(session, facts, {name: _json(getattr(file, name)) for name in FACTS})
        facts.last_updated = file.last_updated
        put(session, facts, {"document": _document(session, plan, None, writer)})
        session.add(facts)
        session.flush()
        created(writer, facts)
        return
    state = state_of(reader_of(session), facts)
    wanted: State = {edit.field: _json(edit.after) for edit in edits}
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


def _json(value: Value) -> Json:
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


def _categories(writer: UnitOfWork, found: Merge) -> None:
    session = writer.session
    last = max((row.position for row in session.exec(select(Category))), default=-1)
    for number, category in enumerate(found.categories, last + 1):
        row = Category(
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
            change(writer, row, state_of(reader_of(session), row), {edit.field: _json(edit.after)})


def _add_items(writer: UnitOfWork, items: Iterable[plain.Item]) -> list[str]:
    """New items, many at a time."""
    session = writer.session
    categories = {row.code: id_of(row) for row in session.exec(select(Category))}
    ends: dict[int, int] = {}
    for category_id, position in session.exec(select(Item.category_id, Item.position)):
        ends[category_id] = max(position, ends.get(category_id, -1))
    rows: list[tuple[Item, plain.Item]] = []
    for item in items:
        category = categories[item.category]
        ends[category] = ends.get(category, -1) + 1
        row = Item(
            key=item.key,
            category_id=category,
            position=ends[category],
            severity=item.severity,
            status=item.status,
            description=item.description,
            components_text=item.components_text,
            created=writer.time,
            updated=writer.time,
        )
        put(session, row, {name: _json(getattr(item, name)) for name in _FIELDS if getattr(item, name)})
        row.extra = [list(pair) for pair in item.extra] or None
        row.origin = item.key
        rows.append((row, item))
    session.add_all(row for row, _ in rows)
    session.flush()
    put_components(session, {id_of(row): item.components for row, item in rows})
    states = item_states(reader_of(session), [row for row, _ in rows])
    for row, _ in rows:
        writer.record("item", id_of(row), row.key, None, None, states[id_of(row)])
    return [row.key for row, _ in rows]


def _edit_items(writer: UnitOfWork, found: Merge, cells: Mapping[str | None, str | None]) -> None:
    """Edit items; `cells` are the texts of their components in the file."""
    session = writer.session
    wanted: dict[str, State] = {}
    for edit in found.edits:
        if edit.entity == "item" and edit.field != "key":
            wanted.setdefault(edit.key, {})[edit.field] = _item_json(session, edit, cells.get(edit.key))
    rows = {row.key: row for row in session.exec(select(Item)) if row.key in wanted}
    states = item_states(reader_of(session), list(rows.values()))
    for key, fields in wanted.items():
        change(writer, rows[key], states[id_of(rows[key])], fields)


def _item_json(session: Session, edit: Edit, cell: str | None) -> Json:
    if edit.field == "category":
        category = find_category(reader_of(session), str(edit.after))
        return {"id": category.id, "code": category.code}
    if edit.field == "components":
        names = [str(name) for name in edit.after] if isinstance(edit.after, tuple) else []
        return {"names": list(names), "text": cell}
    if edit.field == "description" and not edit.after:
        return ""
    return _json(edit.after)


def _edges(writer: UnitOfWork, found: Merge) -> None:
    session = writer.session
    ids = dict(session.exec(select(Item.key, Item.id)).all())
    there = {(edge.source_id, edge.target_id, edge.label): edge for edge in session.exec(select(Dependency))}
    last = max((edge.position for edge in there.values()), default=-1)
    rows = []
    for number, edge in enumerate(found.edges, last + 1):
        source, target = ids.get(edge.source), ids.get(edge.target)
        if source is not None and target is not None and (source, target, edge.label) not in there:
            row = Dependency(source_id=source, target_id=target, label=edge.label, position=number)
            there[source, target, edge.label] = row
            rows.append(row)
    session.add_all(rows)
    session.flush()
    for row_id, state in edge_states(reader_of(session), rows).items():
        writer.record("dependency", row_id, key_of("dependency", state), None, None, state)
    for edit in found.edits:
        if edit.entity == "dependency":
            ends = edit.key.split(" -> ")
            row = there[ids[ends[0]] or 0, ids[ends[1]] or 0, str(edit.before or "")]
            change(writer, row, state_of(reader_of(session), row), {"label": str(edit.after or "")})


def _prune(writer: UnitOfWork, going: Removals) -> None:
    """Remove what the text last seen had and this one has not."""
    if going == NOTHING_GOES:
        return
    session = writer.session
    missing = set(going.items)
    drop_items(writer, [row for row in session.exec(select(Item)) if row.key in missing])
    rows = session.exec(select(Dependency)).all()
    states = edge_states(reader_of(session), rows)
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


def _as_written(writer: UnitOfWork, file: plain.Register, found: Merge) -> None:
    """Let every row say under which name the new template has it, and how its components are written there.

    Keys and codes that the file changed are changed here, when nothing looks for a row by its former one any more.
    """
    session = writer.session
    names = {found.codes[category.code]: category.code for category in file.categories}
    codes = {edit.key: edit.after for edit in found.edits if (edit.entity, edit.field) == ("category", "code")}
    for category in session.exec(select(Category)).all():
        state = state_of(reader_of(session), category)
        wanted: State = {"origin": names.get(category.code), "code": _json(codes.get(category.code, category.code))}
        change(writer, category, state, changed_fields(state, wanted))
    written = {found.keys[item.key]: item for item in file.items}
    keys = {edit.key: edit.after for edit in found.edits if (edit.entity, edit.field) == ("item", "key")}
    items = session.exec(select(Item)).all()
    states = item_states(reader_of(session), items)
    for row in items:
        state, item = states[id_of(row)], written.get(row.key)
        name: State = {"origin": item.key if item else None, "key": _json(keys.get(row.key, row.key))}
        fields = changed_fields(state, name)
        if item is not None:
            cell: Json = {"names": list(item.components), "text": item.components_text}
            if same("components", state["components"], cell) and state["components"] != cell:
                fields["components"] = cell
        change(writer, row, state, fields)


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
        (len(found.edits), "field changed" if len(found.edits) == 1 else "fields changed"),
        (len(found.edges), "linked"),
        (len(going.items), "missing and removed"),
        (len(found.missing_items) - len(going.items), "missing and kept"),
    ]
    told = ", ".join(f"{number} {what}" for number, what in parts if number)
    return f"Imported {number_of(counts.items, 'item')}: {told or 'only the text around them changed'}"
