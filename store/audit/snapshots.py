"""Rows as the audit log stores them, as JSON, and how a field is restored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from store.audit.log import compact, stored_time
from store.db import values
from store.db.reader import id_list
from store.db.values import nullable
from store.enums import Word
from store.fields import COMPARED, ITEM_FIELDS, Kind, of_kind, text_of
from store.formats.document.model import Affected
from store.queries.lookup import component_names
from store.text import lead_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from sqlmodel import Session

    from store.db.reader import Reader
    from store.db.values import Decoder
    from store.fields import FieldValue
    from store.models import (
        Category,
        Component,
        Decision,
        Dependency,
        FollowUp,
        Item,
        Json,
        RegisterFacts,
        Review,
        SavedQuery,
    )
    from store.queries.rows import DependencyRecord, ItemRecord

    Plain = SavedQuery | Review | Decision | FollowUp
    """Rows that say what their columns do."""
    Row = RegisterFacts | Category | Item | Dependency | Plain

State = dict[str, "Json"]
TABLES = {
    "register": "register",
    "category": "category",
    "item": "item",
    "dependency": "dependency",
    "view": "saved_query",
    "rule": "saved_query",
    "review": "review",
    "decision": "decision",
    "follow-up": "follow_up",
}
"""The tables of the kinds of rows, by the audit log's words for these."""

_UNCOUNTABLE = 2**53
_ITEM_PLAIN = (*of_kind(Kind.KEY, Kind.TEXT, Kind.PERSON, Kind.COLUMNS), "origin")
_ITEM_DATES = of_kind(Kind.DATE)
_DATES = (*_ITEM_DATES, "last_updated")
_TIMES = ("created", "started", "ended", "time")
_WORDS: dict[str, type[Word]] = {field.name: field.words for field in ITEM_FIELDS if field.words is not None}
_READ: dict[str, Callable[[str], object]] = {
    **_WORDS,
    **dict.fromkeys(_DATES, date.fromisoformat),
    **dict.fromkeys(_TIMES, datetime.fromisoformat),
}
"""What makes a column's value of a text."""
_SPREAD = frozenset(COMPARED)
_ENTITIES = {"RegisterFacts": "register", "FollowUp": "follow-up"}
"""The audit log's words for the models that are called otherwise."""


def _iso(decode: Decoder) -> Decoder:
    """What decodes a date or a time to the text that a snapshot has for it."""
    return nullable(lambda value: decode(value).isoformat())


def _word(words: type[Word]) -> Decoder:
    """What decodes one of a fixed set of words to its text."""
    decode = values.one_of(words)
    return nullable(lambda value: decode(value).value)


_TEXT, _INTEGER, _BIG = nullable(values.text), nullable(values.integer), nullable(values.big_integer)
_DATE, _TIME, _NUMBER = _iso(values.day), _iso(values.timestamp), nullable(values.number)
_TEXTS = frozenset({str, type(None)})
_ROWS_AT_A_TIME = 1_000
_PAIRS, _DAYS = (nullable(values.DECODERS[shape]) for shape in ("Pairs", "DaysBySeverity"))
_ITEM: dict[str, Decoder] = {
    **dict.fromkeys(_ITEM_PLAIN, _TEXT),
    **dict.fromkeys(_ITEM_DATES, _DATE),
    **{name: _word(words) for name, words in _WORDS.items()},
    "extra": _PAIRS,
    "category_id": _INTEGER,
    "position": _INTEGER,
    "components_text": _TEXT,
    "affected_text": _TEXT,
    "affected_count": _BIG,
    "affected_percent": _NUMBER,
    "created": _TIME,
}
_CATEGORY: dict[str, Decoder] = {
    "code": _TEXT, "name": _TEXT, "definition": _TEXT, "position": _INTEGER, "origin": _TEXT,
}  # fmt: skip
_FACTS: dict[str, Decoder] = {
    "title": _TEXT,
    "extends": _TEXT,
    "system": _TEXT,
    "purpose": _TEXT,
    "note": _TEXT,
    "project_total": _BIG,
    "cadence": _PAIRS,
    "mitigate_within": _DAYS,
    "accept_for": _DAYS,
    "last_updated": _DATE,
}
_DOCUMENT: dict[str, Decoder] = {
    "document_id": _INTEGER,
    "synced_id": _INTEGER,
    "document_path": _TEXT,
    "document_sha256": _TEXT,
    "imported_at": _TIME,
}
_SAVED_QUERY: dict[str, Decoder] = {"kind": _TEXT, "name": _TEXT, "query": _TEXT, "position": _INTEGER}
_REVIEW: dict[str, Decoder] = {
    "id": _INTEGER,
    "title": _TEXT,
    "participants": nullable(values.DECODERS["Texts"]),
    "query": _TEXT,
    "skip_days": _INTEGER,
    "queue": nullable(values.DECODERS["QueuedItems"]),
    "started": _TIME,
    "started_by": _TEXT,
    "ended": _TIME,
    "ended_by": _TEXT,
    "first_sequence": _INTEGER,
    "last_sequence": _INTEGER,
    "before": nullable(values.DECODERS["Json"]),
    "after": nullable(values.DECODERS["Json"]),
}
_DECISION: dict[str, Decoder] = {
    "review_id": _INTEGER,
    "item_id": _INTEGER,
    "key": _TEXT,
    "actor": _TEXT,
    "time": _TIME,
    "seconds": _INTEGER,
}
_FOLLOW_UP: dict[str, Decoder] = {
    "review_id": _INTEGER,
    "item_id": _INTEGER,
    "key": _TEXT,
    "text": _TEXT,
    "owner": _TEXT,
    "due_on": _DATE,
    "actor": _TEXT,
    "time": _TIME,
    "resolution": _TEXT,
}


def _columns(columns: Iterable[str], table: str) -> str:
    return ", ".join(f"{table}.{name}" for name in columns)


@dataclass(frozen=True, slots=True)
class _Kind:
    """How the rows of a kind are read: the start of the statement, the columns it finds behind the id, the order."""

    table: str
    select: str
    columns: Mapping[str, Decoder]
    order: str

    @classmethod
    def plain(cls, table: str, columns: Mapping[str, Decoder]) -> _Kind:
        """A kind whose rows say what their columns do."""
        return cls(table, f"select {table}.id, {_columns(columns, table)} from {table}", columns, f"{table}.id")


ITEM_STATES = f"""
select item.id, {_columns(_ITEM, "item")}, category.code
from item join category on category.id = item.category_id
"""
EDGE_STATES = """
select dependency.id, source.id, source.key, target.id, target.key, dependency.label, dependency.position
from dependency
join item as source on source.id = dependency.source_id
join item as target on target.id = dependency.target_id
"""
_EDGE: dict[str, Decoder] = {
    "source_id": _INTEGER, "source_key": _TEXT, "target_id": _INTEGER, "target_key": _TEXT, "label": _TEXT,
    "position": _INTEGER,
}  # fmt: skip
_KINDS = {
    "register": _Kind.plain("register", _FACTS | _DOCUMENT),
    "category": _Kind.plain("category", _CATEGORY),
    "item": _Kind(
        "item", ITEM_STATES, {**_ITEM, "code": _TEXT}, "category.position, category.id, item.position, item.id"
    ),
    "dependency": _Kind("dependency", EDGE_STATES, _EDGE, "dependency.position, dependency.id"),
    "view": _Kind.plain("saved_query", _SAVED_QUERY),
    "rule": _Kind.plain("saved_query", _SAVED_QUERY),
    "review": _Kind.plain("review", _REVIEW),
    "decision": _Kind.plain("decision", _DECISION),
    "follow-up": _Kind.plain("follow_up", _FOLLOW_UP),
}


def entity_of(row: Row) -> str:
    """The audit log's word for the kind of a row."""
    name = type(row).__name__
    return str(row.kind) if name == "SavedQuery" else _ENTITIES.get(name, name.lower())  # type: ignore[union-attr]


def id_of(row: Row | Component | ItemRecord | DependencyRecord) -> int:
    """The id of a row that the database has seen."""
    assert row.id is not None
    return row.id


def dump(value: FieldValue) -> Json:
    """A field's value as the trail keeps it."""
    match value:
        case Word():
            return value.value
        case Affected():
            return {"text": value.text, "count": _countable(value.count), "percent": _countable(value.percent)}
        case date():
            return value.isoformat()
        case tuple():
            return {"names": list(value), "text": None}
        case _:
            return value


def whole_text(state: Json) -> str | None:
    """A short text for a whole row: empty if the row has no text, None if there is no row."""
    if not isinstance(state, dict):
        return None
    if "description" in state:
        return lead_of(str(state.get("title") or ""), str(state["description"]))
    return str(next((state[name] for name in ("title", "text", "query", "name", "label") if state.get(name)), ""))


def state_of(reader: Reader, row: Row) -> State:
    """What a row says."""
    entity = entity_of(row)
    if entity in ("item", "dependency"):
        return states_of(reader, entity, (id_of(row),))[id_of(row)]
    return plain_state(row)


def plain_state(row: Row) -> State:
    """What a row says that refers to no row of a snapshot."""
    entity = entity_of(row)
    return _state(entity, {name: _plain(getattr(row, name)) for name in _KINDS[entity].columns})


def _plain(value: Json | date) -> Json:
    return value.isoformat() if isinstance(value, date) else value


def states_of(reader: Reader, entity: str, ids: Sequence[int] | None = None) -> dict[int, State]:
    """What the rows of a kind say, by id: some of them, or all."""
    return dict(each_state(reader, entity, ids))


def item_states(reader: Reader, items: Sequence[Item] | Sequence[ItemRecord]) -> dict[int, State]:
    """What some items say, by id."""
    return states_of(reader, "item", [id_of(item) for item in items])


def item_state(item: object, code: str, names: Sequence[str]) -> State:
    """What an item says that has these columns, given its category's code and its components."""
    columns = {name: getattr(item, name) for name in _ITEM}
    said: dict[str, Any] = {n: v.value if isinstance(v, Word) else _plain(v) for n, v in columns.items()}
    said |= {"code": code, "components": {"names": [*names], "text": said.pop("components_text")}}
    return _state("item", said)


def edge_states(reader: Reader, edges: Sequence[Dependency] | Sequence[DependencyRecord]) -> dict[int, State]:
    """What some dependencies say, by id; their ends are named by the keys of now."""
    return states_of(reader, "dependency", [id_of(edge) for edge in edges])


def each_state(reader: Reader, entity: str, ids: Sequence[int] | None = None) -> Iterator[tuple[int, State]]:
    """Like `states_of`, one row at a time: items and dependencies as the document orders them, others by id."""
    kind = _KINDS[entity]
    met = [f"{kind.table}.kind = :kind"] if kind.table == "saved_query" else []
    if ids is not None:
        met.append(f"{kind.table}.id in (select value from json_each(:ids))")
    where = f" where {' and '.join(met)}" if met else ""
    names = component_names(reader, ids) if entity == "item" else {}
    cursor = reader.connection.execute(
        f"{kind.select}{where} order by {kind.order}",
        {"kind": entity, "ids": None if ids is None else id_list(ids)},
    )
    while rows := cursor.fetchmany(_ROWS_AT_A_TIME):
        found, *columns = zip(*rows, strict=True)
        decoded = map(_decoded, kind.columns.values(), columns)
        for row, said in zip(found, zip(*decoded, strict=True), strict=True):
            state: State = dict(zip(kind.columns, said, strict=True))
            if entity == "item":
                state["components"] = {"names": [*names.get(row, ())], "text": state.pop("components_text")}
            yield row, _state(entity, state)


def _decoded(decode: Decoder, column: Sequence[Any]) -> Sequence[Any]:
    """The values of a column: each is decoded once, as most columns repeat theirs."""
    if decode is _TEXT and _TEXTS.issuperset(map(type, column)):
        return column
    known = {value: decode(value) for value in set(column)}
    return [known[value] for value in column]


def _state(entity: str, said: dict[str, Json]) -> State:
    """A snapshot of what the columns of a row say."""
    match entity:
        case "item":
            position, created, components = (said.pop(name) for name in ("position", "created", "components"))
            said["category"] = {"id": said.pop("category_id"), "code": said.pop("code")}
            said["position"] = position
            said["components"] = components
            said["affected"] = _affected(said)
            said["created"] = created
        case "dependency":
            ends = {end: {part: said[f"{end}_{part}"] for part in ("id", "key")} for end in ("source", "target")}
            return {**ends, "label": said["label"], "position": said["position"]}
        case "register":
            document, synced, path, sha256, imported = (said.pop(name) for name in _DOCUMENT)
            said["document"] = {
                "document": document, "synced": synced, "path": path, "sha256": sha256, "imported_at": imported,
            }  # fmt: skip
    return said


def _affected(said: dict[str, Any]) -> Json:
    """The affected projects that some columns say, which are taken out."""
    text, count, percent = (said.pop(f"affected_{part}") for part in ("text", "count", "percent"))
    # A count without its text is not a value that a user entered, but it would still be counted.
    if not text and count is None and percent is None:
        return None
    return {"text": text or "", "count": _countable(count), "percent": _countable(percent)}


def key_of(entity: str, state: State) -> str:
    """How people name the row that says this."""
    match entity:
        case "item" | "decision" | "follow-up":
            return str(state["key"])
        case "category":
            return str(state["code"])
        case "dependency":
            return f"{text_of(state['source'])} -> {text_of(state['target'])}"
        case "view" | "rule":
            return str(state["name"])
        case "review":
            return f"review {state['id']}"
        case _:
            return "register"


def put(session: Any, row: Row, fields: Mapping[str, Json]) -> None:
    """Let a row say these fields; the links of an item's components are written at once."""
    for name, value in kept(fields).items():
        setattr(row, name, value)
    match fields.get("components"):
        case {"names": list(names)}:
            put_components(session, {id_of(row): [str(part) for part in names]})


def kept(fields: Mapping[str, Json]) -> dict[str, object]:
    """What some fields are kept as, by column; of an item's components only the text, as its links are rows."""
    found: dict[str, object] = {}
    for name, value in fields.items():
        if name in _SPREAD:
            found |= _spread(name, value)
        else:
            found[name] = _READ[name](value) if name in _READ and isinstance(value, str) else value
    return found


def stored_columns(fields: Mapping[str, Json]) -> dict[str, object]:
    """What the database keeps of some fields, by column."""
    found: dict[str, object] = {}
    for name, value in fields.items():
        if name in _SPREAD:
            found |= {part: _stored(part, said) for part, said in _spread(name, value).items()}
        else:
            found[name] = _stored(name, value)
    return found


def _stored(name: str, value: object) -> object:
    match value:
        case str():
            return _stored_text(name, value) if name in _READ else value
        case list() | dict():
            return compact(value)
        case datetime():
            return stored_time(value)
        case _:
            return value


@lru_cache(maxsize=4_096)
def _stored_text(name: str, value: str) -> str:
    """What the database keeps of a word, a date or a time. Raises ValueError."""
    match _READ[name](value):
        case datetime() as time:
            return stored_time(time)
        case date() as day:
            return day.isoformat()
        case word:
            return str(word)


def _spread(name: str, value: Json) -> dict[str, object]:
    """The columns of a field that has several, or one of another name."""
    parts = value if isinstance(value, dict) else {}
    match name:
        case "components":
            return {"components_text": parts.get("text")}
        case "affected":
            return {f"affected_{part}": parts.get(part) for part in ("text", "count", "percent")}
        case "document":
            return _kept_document(parts)
        case _:
            return {f"{name}_id": parts["id"]}


def _countable(number: float | None) -> float | None:
    """A number that every database can keep; a larger one stays in the text alone."""
    return number if number is None or number < _UNCOUNTABLE else None


def _kept_document(parts: Mapping[str, Json]) -> dict[str, object]:
    moment = parts["imported_at"]
    return {
        "document_id": parts["document"],
        "synced_id": parts["synced"],
        "document_path": parts["path"],
        "document_sha256": parts["sha256"],
        "imported_at": datetime.fromisoformat(moment) if isinstance(moment, str) else None,
    }


def put_components(session: Session, names: Mapping[int, Sequence[str]]) -> None:
    """Link items, by id, to these components in this order, and to no others."""
    from sqlalchemy import insert

    from store.models import ItemComponent

    ids = component_ids(session, {name for listed in names.values() for name in listed})
    drop_components(session, list(names))
    links = [
        {"item_id": item, "position": position, "component_id": ids[name]}
        for item, listed in names.items()
        for position, name in enumerate(listed)
    ]
    if links:
        session.execute(insert(ItemComponent), links)


def drop_components(session: Session, items: Sequence[int]) -> None:
    """Remove every component link of some items."""
    from sqlalchemy import delete
    from sqlmodel import col

    from store.models import ItemComponent
    from store.queries.lookup import chunks

    for chunk in chunks(items):
        session.execute(delete(ItemComponent).where(col(ItemComponent.item_id).in_(chunk)))


def component_ids(session: Session, names: Iterable[str]) -> dict[str, int]:
    """The ids of components by name; those that are not there yet are made."""
    from sqlmodel import col, select

    from store.models import Component
    from store.queries.lookup import chunks

    wanted = sorted(names)
    found: dict[str, int] = {}
    for chunk in chunks(wanted):
        rows = session.exec(select(Component).where(col(Component.name).in_(chunk)))
        found |= {row.name: id_of(row) for row in rows}
    new = [Component(name=name) for name in wanted if name not in found]
    session.add_all(new)
    session.flush()
    return found | {row.name: id_of(row) for row in new}
