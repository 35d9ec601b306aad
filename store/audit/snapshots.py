"""Rows as the audit log stores them, in JSON, and how they are restored from it."""

from __future__ import annotations

import json
from datetime import date, datetime
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from store.audit.log import compact_json, stored_time
from store.db.reader import id_list
from store.db.values import DECODERS, kinds_of, nullable
from store.enums import Word
from store.fields import ITEM_FIELDS, Affected, Kind, of_kind, text_of
from store.queries.lookup import component_links, grouped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from store.audit.log import UnitOfWork
    from store.db.reader import Reader
    from store.db.values import Decoder
    from store.fields import FieldValue
    from store.models import (
        Category,
        Decision,
        Dependency,
        FollowUp,
        Item,
        Json,
        RegisterFacts,
        Review,
        SavedQuery,
        Signal,
        SignalItem,
        SignalRule,
    )

    Row = (
        RegisterFacts | Category | Item | Dependency | SavedQuery | Review | Decision | FollowUp
        | Signal | SignalItem | SignalRule
    )  # fmt: skip

State = dict[str, "Json"]
"""The snapshot of a row: its fields as JSON."""
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
    "signal": "signal",
    "signal-item": "signal_item",
    "signal-rule": "signal_rule",
}
"""The tables of the entities of the audit log."""
_AFFECTED = {part: f"affected_{part}" for part in ("text", "count", "percent")}
DOCUMENT = {
    "document": "document_id",
    "synced": "synced_id",
    "path": "document_path",
    "sha256": "document_sha256",
    "imported_at": "imported_at",
}
_EPISODE = ("state", "starts", "ends")
"""The columns of the parts of a field that has several."""
_UNCOUNTABLE = 2**53
_WORDS = {field.name: field.words for field in ITEM_FIELDS if field.words is not None}
_DATES = of_kind(Kind.DATE)
_PARSERS: dict[str, Callable[[str], object]] = {
    **_WORDS,
    **dict.fromkeys((*_DATES, "last_updated", "muted_until"), date.fromisoformat),
    **dict.fromkeys(("created", "started", "ended", "time", "imported_at", "starts", "ends"), datetime.fromisoformat),
}
"""What makes a column's value of the text in a snapshot."""


_WORD_KINDS = frozenset({"SavedKind", "Resolution", "SignalState", *(words.__name__ for words in _WORDS.values())})


@cache
def _decoder(kind: str) -> Decoder:
    """What decodes a stored value of a kind to the JSON of a snapshot."""
    decode = DECODERS[kind]
    if kind in ("date", "datetime"):
        return nullable(lambda value: decode(value).isoformat())
    if kind in _WORD_KINDS:
        return nullable(lambda value: decode(value).value)
    return nullable(decode)


_TEXT = _decoder("str")


def _kinds(table: str, *names: str) -> dict[str, str]:
    """The kinds of some columns of a table; without any, of all but the id, which is the first."""
    kinds = kinds_of(table)
    return {name: kinds[name] for name in names or tuple(kinds)[1:]}


_ITEM = _kinds(
    "item",
    *of_kind(Kind.KEY, Kind.TEXT, Kind.PERSON, Kind.LINKS, Kind.COLUMNS),
    "origin",
    *_DATES,
    *_WORDS,
    *("category_id", "position", "components_text", *_AFFECTED.values(), "created"),
)
_COLUMNS: dict[str, dict[str, str]] = {
    "register": _kinds(
        "register",
        *("title", "extends", "system", "purpose", "note", "project_total", "cadence", "mitigate_within"),
        *("accept_for", "signal_label", "last_updated", *DOCUMENT.values()),
    ),
    "category": _kinds("category", "code", "name", "definition", "position", "origin"),
    "item": {**_ITEM, "code": "str"},
    "dependency": {
        **{"source_id": "int", "source_key": "str", "target_id": "int", "target_key": "str"},
        **_kinds("dependency", "label", "position"),
    },
    "view": _kinds("saved_query"),
    "rule": _kinds("saved_query"),
    "review": kinds_of("review"),
    "decision": _kinds("decision"),
    "follow-up": _kinds("follow_up"),
    "signal": _kinds("signal", "source", "name", "fingerprint", *_EPISODE, "muted_until"),
    "signal-item": {
        **{"signal_id": "int", "signal_name": "str"},
        **_kinds("signal_item", "item_id", "key", "attached"),
    },
    "signal-rule": {
        **_kinds("signal_rule", "matchers", "item_id"),
        "item_key": "str",
        **_kinds("signal_rule", "label", "position"),
    },
}
"""The kinds of the columns that a snapshot is made of, by entity."""
ITEM_STATES = f"""
select item.id, {", ".join(f"item.{name}" for name in _ITEM)}, category.code
from item join category on category.id = item.category_id {{where}}
order by category.position, category.id, item.position, item.id
"""
DEPENDENCY_STATES = """
select dependency.id, source.id, source.key, target.id, target.key, dependency.label, dependency.position
from dependency
join item as source on source.id = dependency.source_id
join item as target on target.id = dependency.target_id {where}
order by dependency.position, dependency.id
"""
SIGNAL_ITEM_STATES = """
select signal_item.id, signal.id, signal.name, signal_item.item_id, signal_item.key, signal_item.attached
from signal_item join signal on signal.id = signal_item.signal_id {where}
order by signal_item.id
"""
SIGNAL_RULE_STATES = """
select signal_rule.id, signal_rule.matchers, signal_rule.item_id, item.key, signal_rule.label, signal_rule.position
from signal_rule left join item on item.id = signal_rule.item_id {where}
order by signal_rule.position, signal_rule.id
"""
_STATES = {
    "item": ITEM_STATES,
    "dependency": DEPENDENCY_STATES,
    "signal-item": SIGNAL_ITEM_STATES,
    "signal-rule": SIGNAL_RULE_STATES,
}
_BATCH_SIZE = 1_000
_TEXT_TYPES = frozenset({str, type(None)})


def entity_of(row: Row) -> str:
    """The audit log's word for the table of a row."""
    table = str(row.__tablename__)
    return str(row.kind) if table == "saved_query" else table.replace("_", "-")  # type: ignore[union-attr]


def id_of(row: Row) -> int:
    """The id of a row that the database has seen."""
    assert row.id is not None
    return row.id


def key_of(entity: str, state: State) -> str:
    """What people call the row with this state."""
    match entity:
        case "item" | "decision" | "follow-up":
            return str(state["key"])
        case "category":
            return str(state["code"])
        case "dependency":
            return f"{text_of(state['source'])} -> {text_of(state['target'])}"
        case "view" | "rule" | "signal":
            return str(state["name"])
        case "signal-item":
            signal = state["signal"]
            return f"{signal['name'] if isinstance(signal, dict) else signal} -> {state['key']}"
        case "signal-rule":
            return str(state["matchers"])
        case "review":
            return f"review {state['id']}"
        case _:
            return "register"


def dump(value: FieldValue) -> Json:
    """A field's value as a snapshot has it."""
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


def _countable(number: float | None) -> float | None:
    """A number that every database can hold; a larger one stays in the text alone."""
    return number if number is None or number < _UNCOUNTABLE else None


def state_of(reader: Reader, row: Row) -> State:
    """The state of a row that was flushed."""
    return states_of(reader, entity_of(row), (id_of(row),))[id_of(row)]


def states_of(reader: Reader, entity: str, ids: Sequence[int] | None = None) -> dict[int, State]:
    """The states of an entity's rows, by id: some of them, or all. Dependencies have the present keys of their ends."""
    return dict(each_state(reader, entity, ids))


def each_state(reader: Reader, entity: str, ids: Sequence[int] | None = None) -> Iterator[tuple[int, State]]:
    """Like `states_of`, one row at a time: items and dependencies in document order, others by id."""
    table, kinds = TABLES[entity], _COLUMNS[entity]
    met = ["saved_query.kind = :entity"] if table == "saved_query" else []
    if ids is not None:
        met.append(f"{table}.id in (select value from json_each(:ids))")
    where = f"where {' and '.join(met)}" if met else ""
    sql = _STATES.get(entity) or f"select id, {', '.join(kinds)} from {table} {where} order by id"
    names = grouped(component_links(reader, ids)) if entity == "item" else {}
    asked = {"entity": entity, "ids": None if ids is None else id_list(ids)}
    cursor = reader.connection.execute(sql.format(where=where), asked)
    while rows := cursor.fetchmany(_BATCH_SIZE):
        found, *columns = zip(*rows, strict=True)
        decoded = map(_decoded, map(_decoder, kinds.values()), columns)
        for row, values in zip(found, zip(*decoded, strict=True), strict=True):
            state: State = dict(zip(kinds, values, strict=True))
            if entity == "item":
                state["components"] = {"names": [*names.get(row, ())], "text": state.pop("components_text")}
            yield row, _nested(entity, state)


def _decoded(decode: Decoder, column: Sequence[Any]) -> Sequence[Any]:
    """The values of a column: each is decoded once, as most columns repeat theirs."""
    if decode is _TEXT and _TEXT_TYPES.issuperset(map(type, column)):
        return column
    known = {value: decode(value) for value in set(column)}
    return [known[value] for value in column]


def item_state(item: object, code: str, names: Sequence[str]) -> State:
    """The state of an item with these columns, given its category's code and its components."""
    state: dict[str, Any] = {name: dump(getattr(item, name)) for name in _ITEM}
    state |= {"code": code, "components": {"names": [*names], "text": state.pop("components_text")}}
    return _nested("item", state)


def _nested(entity: str, columns: dict[str, Any]) -> State:
    """The snapshot of a row with these columns: those that are parts of one field are joined."""
    match entity:
        case "item":
            position, created, components = (columns.pop(name) for name in ("position", "created", "components"))
            columns["category"] = {"id": columns.pop("category_id"), "code": columns.pop("code")}
            columns["position"] = position
            columns["components"] = components
            columns["affected"] = _affected({part: columns.pop(name) for part, name in _AFFECTED.items()})
            columns["created"] = created
        case "dependency":
            ends = {end: {part: columns[f"{end}_{part}"] for part in ("id", "key")} for end in ("source", "target")}
            return {**ends, "label": columns["label"], "position": columns["position"]}
        case "signal":
            muted = columns.pop("muted_until")
            columns["episode"] = {part: columns.pop(part) for part in _EPISODE}
            columns["muted_until"] = muted
        case "signal-item":
            return {"signal": {part: columns.pop(f"signal_{part}") for part in ("id", "name")}, **columns}
        case "signal-rule":
            item = {part: columns.pop(f"item_{part}") for part in ("id", "key")}
            return {**columns, "item": None if item["id"] is None else item}
        case "register":
            columns["document"] = {part: columns.pop(name) for part, name in DOCUMENT.items()}
    return columns


def _affected(parts: dict[str, Any]) -> Json:
    # A count without its text is not a value that a user entered, but it would still be counted.
    if not parts["text"] and parts["count"] is None and parts["percent"] is None:
        return None
    return {
        "text": parts["text"] or "",
        "count": _countable(parts["count"]),
        "percent": _countable(parts["percent"]),
    }


def assign(writer: UnitOfWork, row: Row, fields: Mapping[str, Json]) -> None:
    """Give a row the values of some fields; component links are written at once."""
    for name, value in column_values(fields).items():
        setattr(row, name, value)
    if "components" in fields:
        link_components(writer.reader, {id_of(row): fields["components"]})


def column_values(fields: Mapping[str, Json]) -> dict[str, Any]:
    """The columns of some fields as models have them; component links are separate rows."""
    return {
        name: _PARSERS[name](value) if name in _PARSERS and isinstance(value, str) else value
        for name, value in _columns(fields)
    }


def stored_columns(fields: Mapping[str, Json]) -> dict[str, object]:
    """The columns of some fields as the database stores them."""
    return {name: _stored(name, value) for name, value in _columns(fields)}


def _columns(fields: Mapping[str, Json]) -> Iterator[tuple[str, Json]]:
    """The columns of some fields, with the values of the snapshot."""
    for name, value in fields.items():
        parts = value if isinstance(value, dict) else {}
        match name:
            case "components":
                yield "components_text", parts.get("text")
            case "affected":
                yield from ((column, parts.get(part)) for part, column in _AFFECTED.items())
            case "document":
                yield from ((column, parts[part]) for part, column in DOCUMENT.items())
            case "episode":
                yield from ((part, parts[part]) for part in _EPISODE)
            case "item":
                yield "item_id", parts.get("id")
            case "category" | "source" | "target" | "signal" if isinstance(value, dict):
                yield f"{name}_id", parts["id"]
            case _:
                yield name, value


def _stored(name: str, value: Json) -> object:
    match value:
        case str():
            return _stored_text(name, value) if name in _PARSERS else value
        case list() | dict():
            return compact_json(value)
        case _:
            return value


@lru_cache(maxsize=4_096)
def _stored_text(name: str, value: str) -> str:
    """A word, a date or a time as the database stores it. Raises ValueError."""
    match _PARSERS[name](value):
        case datetime() as time:
            return stored_time(time)
        case date() as day:
            return day.isoformat()
        case word:
            return str(word)


COMPONENT_IDS = "select name, id from component where name in (select value from json_each(:names))"


def link_components(reader: Reader, components: Mapping[int, Json]) -> None:
    """Link items, by id, to their components in a snapshot, and to no others; new components are added."""
    unlink_components(reader, list(components))
    names: dict[int, list[str]] = {}
    for item, value in components.items():
        match value:
            case {"names": list(listed)}:
                names[item] = [str(name) for name in listed]
    wanted = sorted({name for listed in names.values() for name in listed})
    asked = {"names": json.dumps(wanted)}
    known = dict(reader.tuples(COMPONENT_IDS, asked))
    new = [(name,) for name in wanted if name not in known]
    reader.connection.executemany("insert into component (name) values (?)", new)
    ids = dict(reader.tuples(COMPONENT_IDS, asked))
    links = [(item, position, ids[name]) for item, listed in names.items() for position, name in enumerate(listed)]
    columns = "item_id, position, component_id"
    reader.connection.executemany(f"insert into item_component ({columns}) values (?, ?, ?)", links)


def unlink_components(reader: Reader, items: Sequence[int]) -> None:
    """Remove every component link of some items."""
    sql = "delete from item_component where item_id in (select value from json_each(?))"
    reader.connection.execute(sql, (id_list(items),))
