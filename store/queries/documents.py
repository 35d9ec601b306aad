"""The documents of a register: the texts it imported and exported, and what an import compares with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from store.audit.log import IMPORT, who_changed
from store.db.reader import id_list
from store.errors import NoRegisterError
from store.filters.sql import TRUE
from store.formats.document import model
from store.queries.dependency_map import DEPENDENCIES, DependencyRecord
from store.queries.items import ITEMS, ItemRecord, values_of
from store.queries.lookup import categories, component_links, names_by_item, text_list
from store.queries.overview import register_row

if TYPE_CHECKING:
    from collections import defaultdict
    from collections.abc import Callable, Iterable

    from store.db.reader import Reader
    from store.models import Json


class SyncState(NamedTuple):
    """Which documents a register was last in step with: ids of the texts last imported and exported since, and the
    SHA-256 of the file.
    """

    document_id: int | None
    synced_id: int | None
    document_sha256: str | None


SYNC_STATE = "select document_id, synced_id, document_sha256 from register where id = 1"


def find_sync_state(reader: Reader) -> SyncState | None:
    """The documents a register is in step with; None while the database holds no register."""
    return reader.first(SYNC_STATE, row=SyncState)


def sync_state(reader: Reader) -> SyncState:
    """The documents a register is in step with. Raises RegisterError while the database holds no register."""
    found = find_sync_state(reader)
    if found is None:
        raise NoRegisterError
    return found


class DocumentRecord(NamedTuple):
    """A document as it is stored."""

    id: int
    sha256: str
    text: str


DOCUMENT = "select id, sha256, text from document where id = :id"


def document_text(reader: Reader, document: int | None) -> str | None:
    """The text of a document, None where it is not there."""
    found = reader.first(DOCUMENT, {"id": document}, row=DocumentRecord)
    return found.text if found else None


class _State(NamedTuple):
    field: str | None
    after: Json


STATES = """
select field, after from change
where entity = 'register' and entity_id = 1 and (field is null or field = 'document')
"""
DOCUMENT_IDS = "select id from document order by id"


def unrecorded_ids(reader: Reader) -> list[int]:
    """The documents of exports that are not recorded yet, oldest first: of those at work, and of those cut short."""
    rows = reader.rows(STATES, row=_State)
    states = [row.after if row.field else isinstance(row.after, dict) and row.after.get("document") for row in rows]
    recorded = {state.get(name) for state in states if isinstance(state, dict) for name in ("document", "synced")}
    return [document for document in reader.column(DOCUMENT_IDS) if document not in recorded]


def unrecorded(reader: Reader) -> list[DocumentRecord]:
    """The same documents."""
    ids = unrecorded_ids(reader)
    return [record for document in ids for record in reader.rows(DOCUMENT, {"id": document}, row=DocumentRecord)]


DIGESTS = "select sha256 from document where id in (select value from json_each(:ids))"


def known_digests(reader: Reader) -> frozenset[str]:
    """The SHA-256 of each text that the register knows: a file that holds one can be replaced without loss."""
    state = sync_state(reader)
    ids = [known for known in (state.document_id, state.synced_id) if known is not None]
    seen = reader.column(DIGESTS, {"ids": id_list([*ids, *unrecorded_ids(reader)])})
    return frozenset({state.document_sha256 or "", *seen})


class _Step(NamedTuple):
    before: Json
    after: Json


STEPS = """
select before, after from change where entity = 'register' and field = 'document' {met} order by sequence desc
"""
# Undoing an import brings an earlier text back; what that one followed is what it followed before.
OWN_STEPS = STEPS.format(met="and reverses is null")
ALL_STEPS = STEPS.format(met="")


def document_steps(reader: Reader, *, undone: bool) -> list[tuple[Json, Json]]:
    """What each change of the documents replaced and by what, newest first; with what undo and redo did, or without."""
    return [(row.before, row.after) for row in reader.rows(ALL_STEPS if undone else OWN_STEPS, row=_Step)]


IMPORTED_KEYS = """
select item.key from item join change on change.entity = 'item' and change.entity_id = item.id
where change.verb = :verb and change.field is null
"""


def imported_keys(reader: Reader) -> set[str]:
    """The keys of the items that an import made."""
    return set(reader.column(IMPORTED_KEYS, {"verb": IMPORT}))


class _Renaming(NamedTuple):
    entity_id: int
    before: Json


RENAMINGS = """
select entity_id, before from change where entity = :entity and field = :field order by sequence desc
"""
PRESENT_KEYS, PRESENT_CODES = "select id, key from item", "select id, code from category"


def former_keys(reader: Reader) -> dict[str, str]:
    """The present keys of items by every key they had before, newest first."""
    return _former(reader, "item", "key", dict(reader.tuples(PRESENT_KEYS)))


def former_codes(reader: Reader) -> dict[str, str]:
    """The present codes of categories by every code they had before, newest first."""
    return _former(reader, "category", "code", dict(reader.tuples(PRESENT_CODES)))


def _former(reader: Reader, entity: str, field: str, present: dict[int, str]) -> dict[str, str]:
    names: dict[str, str] = {}
    for one in reader.each(RENAMINGS, {"entity": entity, "field": field}, row=_Renaming):
        if one.entity_id in present:
            names.setdefault(str(one.before), present[one.entity_id])
    return names


ITEM_ID, CATEGORY_ID = "select id from item where key = :name", "select id from category where code = :name"
LAST_ACTOR = "select actor from change where entity = :entity and key = :key order by sequence desc limit 1"


def last_editor(reader: Reader, entity: str, key: str, field: str) -> str:
    """Who changed a field last, by the key of its row; `somebody` where the audit log does not say."""
    row = 1 if entity == "register" else None
    if entity in ("item", "category"):
        row = reader.value(ITEM_ID if entity == "item" else CATEGORY_ID, {"name": key})
    if row is not None:
        return who_changed(reader, entity, row, field)
    return reader.value(LAST_ACTOR, {"entity": entity, "key": key}) or "somebody"


class ReviewTrace(NamedTuple):
    """What a review left on an item: `kind` is `follow-up` or `decision`."""

    key: str
    kind: str
    text: str
    actor: str


LAST_SYNC = """
select max(sequence) from change where entity = 'register' and (field = 'document' or field is null)
"""
REVIEW_TRACES = """
select item.key, change.entity as kind, follow_up.text, change.actor
from follow_up join item on item.id = follow_up.item_id
join change on change.entity = 'follow-up' and change.entity_id = follow_up.id
where change.sequence > :since and item.key in (select value from json_each(:keys))
union all
select item.key, change.entity, 'made in review ' || decision.review_id, change.actor
from decision join item on item.id = decision.item_id
join change on change.entity = 'decision' and change.entity_id = decision.id
where change.sequence > :since and item.key in (select value from json_each(:keys))
"""


def review_traces(reader: Reader, keys: Iterable[str]) -> tuple[ReviewTrace, ...]:
    """The follow-ups and review decisions of items since the text last imported or exported."""
    since = reader.value(LAST_SYNC) or 0
    return reader.rows(REVIEW_TRACES, {"since": since, "keys": text_list(keys)}, row=ReviewTrace)


class StoredRows:
    """All items, their components and the dependencies: copied at once, and decoded when they are asked for.

    Who reads keeps others from committing, so that the work is for after the transaction.
    """

    def __init__(self, reader: Reader) -> None:
        self._links = component_links(reader)
        self.items = reader.fetch(ITEMS.format(met=TRUE.sql), row=ItemRecord)
        self.dependencies = reader.fetch(DEPENDENCIES, row=DependencyRecord)

    def components(self) -> defaultdict[int, list[str]]:
        """The components of the items, in order, by item id."""
        return names_by_item(self._links)


def content(reader: Reader) -> model.Register:
    """Everything a document can say, in document order; a database without a register yet has an empty title."""
    return stored_content(reader)()


def stored_content(reader: Reader) -> Callable[[], model.Register]:
    """The same, decoded when the result is called, after the transaction."""
    facts, rows, stored = register_row(reader), categories(reader), StoredRows(reader)

    def decoded() -> model.Register:
        codes = {category.id: category.code for category in rows}
        items, names = stored.items(), stored.components()
        keys = {item.id: item.key for item in items}
        return model.Register(
            title=facts.title,
            extends=facts.extends,
            system=facts.system,
            last_updated=facts.last_updated,
            purpose=facts.purpose,
            note=facts.note,
            project_total=facts.project_total,
            cadence=facts.cadence,
            categories=tuple(
                model.Category(code=row.code, name=row.name, definition=row.definition, origin=row.origin)
                for row in rows
            ),
            items=tuple(
                model.Item(
                    **values_of(item, codes[item.category_id], tuple(names.get(item.id, ()))),
                    components_text=item.components_text,
                    origin=item.origin,
                )
                for item in items
            ),
            dependencies=tuple(
                model.Dependency(keys[edge.source_id], keys[edge.target_id], edge.label)
                for edge in stored.dependencies()
            ),
        )

    return decoded
