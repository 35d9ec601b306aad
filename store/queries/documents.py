"""The documents of a register: its content as one, the texts imported and exported, and what imports compare."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from store.audit.log import CHANGES, IMPORT, UNDONE_BATCHES, ChangeRecord, Head, compact_json
from store.db.reader import decode_columns, id_list
from store.errors import NoRegisterError
from store.fields import EXTRA, STORED_FIELDS
from store.filters.sql import TRUE
from store.formats.document import model
from store.formats.document.rules import stored_rules
from store.queries.dependency_map import DEPENDENCIES, DependencyRecord
from store.queries.items import ITEMS, ItemRecord, affected_of, extra_of
from store.queries.lookup import categories, component_links, grouped, text_list
from store.queries.overview import register_row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from store.db.reader import Reader
    from store.formats.document.reader import Parsed, ParsedTexts
    from store.formats.document.rules import ReadingRules
    from store.models import Json


class StoredRows:
    """All items, their components and the dependencies: fetched in the transaction, and decoded after it.

    An open read blocks commits, so it is kept short.
    """

    def __init__(self, reader: Reader) -> None:
        self._links = component_links(reader)
        self.items = reader.fetch(ITEMS.format(where=TRUE.sql), row=ItemRecord)
        self.dependencies = reader.fetch(DEPENDENCIES, row=DependencyRecord)

    def components(self) -> dict[int, tuple[str, ...]]:
        """The components of the items, in order, by item id."""
        return grouped(self._links)


AFFECTED = ("affected_text", "affected_count", "affected_percent")
COLUMNS = ("id", *STORED_FIELDS, *AFFECTED, "components_text", "origin", EXTRA)
"""The columns of an item that are in its document."""
ITEMS_OF = f"select {', '.join(COLUMNS)} from item where category_id = :category order by position, id"


def content(reader: Reader) -> model.Register:
    """The content of a register, in document order; a database without a register yet has an empty title."""
    return stored_content(reader)()


def stored_content(reader: Reader) -> Callable[[], model.Register]:
    """The same, decoded when the result is called, after the transaction."""
    facts, rows, links = register_row(reader), categories(reader), component_links(reader)
    # An index has the items of one category in order: those of all would have to be sorted, with their texts.
    found = [(row.code, reader.tuples(ITEMS_OF, {"category": row.id})) for row in rows]
    dependencies = reader.fetch(DEPENDENCIES, row=DependencyRecord)

    def decoded() -> model.Register:
        columns = decode_columns(ItemRecord, COLUMNS, [item for _, items in found for item in items])
        ids, names = columns["id"], grouped(links)
        columns |= {
            "category": [code for code, items in found for _ in items],
            "components": [names.get(item, ()) for item in ids],
            "affected": list(map(affected_of, *(columns[name] for name in AFFECTED))),
            EXTRA: list(map(extra_of, columns[EXTRA])),
        }
        keys = dict(zip(ids, columns["key"], strict=True))
        return model.Register(
            title=facts.title,
            extends=facts.extends,
            system=facts.system,
            last_updated=facts.last_updated,
            purpose=facts.purpose,
            note=facts.note,
            project_total=facts.project_total,
            cadence=facts.cadence,
            categories=tuple(model.Category(row.code, row.name, row.definition, row.origin) for row in rows),
            items=tuple(map(model.Item._make, zip(*(columns[name] for name in model.Item._fields), strict=True))),
            dependencies=tuple(
                model.Dependency(keys[edge.source_id], keys[edge.target_id], edge.label) for edge in dependencies()
            ),
        )

    return decoded


class SyncState(NamedTuple):
    """The documents that a register was last in sync with: the ids of the last imported text and of the text exported
    since, and the SHA-256 of the file.
    """

    document_id: int | None
    synced_id: int | None
    document_sha256: str | None


SYNC_STATE = "select document_id, synced_id, document_sha256 from register where id = 1"


def find_sync_state(reader: Reader) -> SyncState | None:
    """The documents that a register is in sync with; None if the database has no register yet."""
    return reader.first(SYNC_STATE, row=SyncState)


def sync_state(reader: Reader) -> SyncState:
    """The documents that a register is in sync with. Raises RegisterError if the database has no register yet."""
    found = find_sync_state(reader)
    if found is None:
        raise NoRegisterError
    return found


class DocumentRecord(NamedTuple):
    """The row of a document, without its SHA-256."""

    text: str
    mapping: Json | None
    keys: Json | None


class StoredDocument(NamedTuple):
    """A text that was imported or exported, and how it is read."""

    text: str
    rules: ReadingRules

    def parse(self, texts: ParsedTexts) -> Parsed:
        """Its content."""
        return texts.parse(self.text, self.rules)


DOCUMENT = "select text, mapping, keys from document where id = :id"


def stored_document(reader: Reader, document: Json) -> StoredDocument | None:
    """A document, None if there is none."""
    found = reader.first(DOCUMENT, {"id": document}, row=DocumentRecord) if isinstance(document, int) else None
    return StoredDocument(found.text, stored_rules(found.mapping, found.keys)) if found else None


def document_columns(text: str, sha256: str, rules: ReadingRules) -> dict[str, str | None]:
    """The columns of a document, without its id."""
    mapping = None if rules.reference_only else compact_json(rules.json)
    keys = compact_json(list(rules.keys)) if rules.keys else None
    return {"text": text, "sha256": sha256, "mapping": mapping, "keys": keys}


SAME_TEXT = "select id from document where id = :id and text = :text"
LAST_DOCUMENT = "select seq from sqlite_sequence where name = 'document'"


def has_text(reader: Reader, document: Json, text: str) -> bool:
    """Whether a document exists and has this text."""
    return reader.value(SAME_TEXT, {"id": document, "text": text}) is not None


def next_document(reader: Reader) -> int:
    """The id of the next document; ids are never reused."""
    return int(reader.value(LAST_DOCUMENT) or 0) + 1


DOCUMENT_CHANGES = f"""
{CHANGES} where change.entity = 'register' and change.field = 'document' order by change.sequence desc
"""
CREATIONS = f"{CHANGES} where change.entity = 'register' and change.field is null"


def document_steps(reader: Reader, *, undone: bool) -> list[tuple[Json, Json]]:
    """What each change of the documents replaced and by what, newest first; `undone`: also those of undo and redo."""
    # Undo restores an earlier text, which still has the predecessor that it had before.
    changes = reader.each(DOCUMENT_CHANGES, row=ChangeRecord)
    return [(change.before, change.after) for change in changes if undone or change.reverses is None]


class FileState(NamedTuple):
    """A text that a file had when it was imported or exported, by the id of its document."""

    document: int
    time: datetime
    verb: str
    path: str | None


IN_EFFECT = f"""
{CHANGES} where change.entity = 'register' and (change.field = 'document' or change.field is null)
  and change.reverses is null and change.batch not in ({UNDONE_BATCHES})
order by change.sequence desc
"""


def file_states(reader: Reader) -> list[FileState]:
    """The texts of all imports and exports that are not undone, newest first."""
    found: list[FileState] = []
    for change in reader.each(IN_EFFECT, row=ChangeRecord):
        after = change.after
        if isinstance(after, dict) and change.field is None:
            after = after.get("document")
        if isinstance(after, dict) and isinstance(document := after["synced"] or after["document"], int):
            path = after["path"]
            found.append(FileState(document, change.time, change.verb, str(path) if path else None))
    return found


FIELD_CHANGES = f"""
{CHANGES} where change.entity = 'item' and change.field is not null
  and change.key in (select value from json_each(:keys))
order by change.sequence desc
"""
HEAD_BEFORE = "select sequence, digest from change where batch < :batch order by sequence desc limit 1"


def field_changes(reader: Reader, keys: Iterable[str]) -> tuple[ChangeRecord, ...]:
    """The changes of fields of some items, newest first."""
    return reader.rows(FIELD_CHANGES, {"keys": text_list(keys)}, row=ChangeRecord)


def head_before(reader: Reader, batch: int) -> Head:
    """The newest change before a batch."""
    return reader.first(HEAD_BEFORE, {"batch": batch}, row=Head) or Head()


DIGESTS_BY_ID = "select id, sha256 from document where id in (select value from json_each(:ids))"


def digests_of(reader: Reader, documents: Iterable[int]) -> dict[int, str]:
    """The SHA-256 of each of some documents."""
    return dict(reader.tuples(DIGESTS_BY_ID, {"ids": id_list(documents)}))


def unrecorded_ids(reader: Reader) -> list[int]:
    """The documents of exports that are not recorded yet, oldest first: they are in progress or were interrupted."""
    states = [after for _, after in document_steps(reader, undone=True)]
    created = (change.after for change in reader.each(CREATIONS, row=ChangeRecord))
    states += [after.get("document") for after in created if isinstance(after, dict)]
    recorded = {state.get(name) for state in states if isinstance(state, dict) for name in ("document", "synced")}
    return [id_ for id_ in reader.column("select id from document order by id") if id_ not in recorded]


DIGESTS = "select sha256 from document where id in (select value from json_each(:ids))"


def known_digests(reader: Reader) -> frozenset[str]:
    """The SHA-256 of each text that the register stores: a file with one of these can be replaced without loss."""
    state = sync_state(reader)
    ids = [known for known in (state.document_id, state.synced_id) if known is not None]
    seen = reader.column(DIGESTS, {"ids": id_list([*ids, *unrecorded_ids(reader)])})
    return frozenset({state.document_sha256 or "", *seen})


IMPORTED_KEYS = f"""
select item.key from item join change on change.entity = 'item' and change.entity_id = item.id
where change.verb = '{IMPORT}' and change.field is null
"""


def imported_keys(reader: Reader) -> set[str]:
    """The keys of the items that an import made."""
    return set(reader.column(IMPORTED_KEYS))


RENAMES = f"{CHANGES} where change.entity = :entity and change.field = :field order by change.sequence desc"


def former_names(reader: Reader, entity: Literal["item", "category"]) -> dict[str, str]:
    """The current keys of items, or codes of categories, by each of their former ones."""
    field = "key" if entity == "item" else "code"
    present = dict(reader.tuples(f"select id, {field} from {entity}"))
    names: dict[str, str] = {}
    for change in reader.each(RENAMES, {"entity": entity, "field": field}, row=ChangeRecord):
        if change.entity_id in present:
            names.setdefault(str(change.before), present[change.entity_id])
    return names


class ReviewTrace(NamedTuple):
    """What a review left on an item: `kind` is `follow-up` or `decision`."""

    key: str
    kind: str
    text: str
    actor: str


REVIEW_TRACES = """
with since(sequence) as (
    select coalesce(max(sequence), 0) from change
    where entity = 'register' and (field = 'document' or field is null)
)
select item.key, change.entity as kind, follow_up.text, change.actor
from follow_up join item on item.id = follow_up.item_id
join change on change.entity = 'follow-up' and change.entity_id = follow_up.id
where change.sequence > (select sequence from since) and item.key in (select value from json_each(:keys))
union all
select item.key, change.entity, 'made in review ' || decision.review_id, change.actor
from decision join item on item.id = decision.item_id
join change on change.entity = 'decision' and change.entity_id = decision.id
where change.sequence > (select sequence from since) and item.key in (select value from json_each(:keys))
"""


def review_traces(reader: Reader, keys: Iterable[str]) -> tuple[ReviewTrace, ...]:
    """The follow-ups and review decisions of items since the text last imported or exported."""
    return reader.rows(REVIEW_TRACES, {"keys": text_list(keys)}, row=ReviewTrace)
