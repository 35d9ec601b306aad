"""Rows as the audit log stores them, as JSON, and how a field is restored."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert
from sqlmodel import col, select

from store.enums import Word
from store.fields import COMPARED, ITEM_FIELDS, Kind, of_kind, text_of
from store.formats.document.model import Affected
from store.models import (
    Category,
    Component,
    Decision,
    Dependency,
    FollowUp,
    Item,
    ItemComponent,
    RegisterFacts,
    Review,
    SavedQuery,
)
from store.queries.lookup import chunks, component_names
from store.text import lead_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from sqlmodel import Session

    from store.db.reader import Reader
    from store.fields import FieldValue
    from store.models import Json
    from store.queries.rows import DependencyRecord, ItemRecord

State = dict[str, "Json"]
Plain = SavedQuery | Review | Decision | FollowUp
"""Rows that say what their columns do."""
Row = RegisterFacts | Category | Item | Dependency | Plain
TABLES: dict[str, type[Row]] = {
    "register": RegisterFacts,
    "category": Category,
    "item": Item,
    "dependency": Dependency,
    "view": SavedQuery,
    "rule": SavedQuery,
    "review": Review,
    "decision": Decision,
    "follow-up": FollowUp,
}
"""The trail's words for the kinds of rows."""

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
_CATEGORY = ("code", "name", "definition", "position", "origin")
_FACTS = (
    "title", "extends", "system", "purpose", "note", "project_total", "cadence", "mitigate_within", "accept_for",
)  # fmt: skip


def entity_of(row: Row) -> str:
    """The trail's word for the kind of a row."""
    match row:
        case RegisterFacts():
            return "register"
        case SavedQuery():
            return row.kind
        case FollowUp():
            return "follow-up"
        case _:
            return type(row).__name__.lower()


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
    """A whole row in a few words, none at all for one without a text; None where there is no row."""
    if not isinstance(state, dict):
        return None
    if "description" in state:
        return lead_of(str(state.get("title") or ""), str(state["description"]))
    return str(next((state[name] for name in ("title", "text", "query", "name", "label") if state.get(name)), ""))


def state_of(session: Reader, row: Row) -> State:
    """What a row says."""
    match row:
        case Item():
            return item_states(session, (row,))[id_of(row)]
        case Category():
            return {name: getattr(row, name) for name in _CATEGORY}
        case RegisterFacts():
            return _facts_state(row)
        case Dependency():
            return edge_states(session, (row,))[id_of(row)]
        case SavedQuery() | Review() | Decision() | FollowUp():
            return plain_state(row)


def plain_state(row: Plain) -> State:
    """What a row says that says what its columns do."""
    # A review's id is the number that people call it by.
    own = {"id"} if isinstance(row, Review) else set()
    return {name: _plain(getattr(row, name)) for name in type(row).model_fields if name != "id" or name in own}


def _plain(value: Json | date) -> Json:
    return value.isoformat() if isinstance(value, date) else value


def _facts_state(facts: RegisterFacts) -> State:
    return {name: getattr(facts, name) for name in _FACTS} | {
        "last_updated": dump(facts.last_updated),
        "document": {
            "document": facts.document_id,
            "synced": facts.synced_id,
            "path": facts.document_path,
            "sha256": facts.document_sha256,
            "imported_at": facts.imported_at.isoformat() if facts.imported_at else None,
        },
    }


def item_states(session: Reader, items: Sequence[Item] | Sequence[ItemRecord]) -> dict[int, State]:
    """What some items say, by id; two statements however many they are."""
    codes = {category.id: category.code for category in session.exec(select(Category))}
    names = component_names(session, [id_of(item) for item in items])
    return {id_of(item): _item_state(item, codes[item.category_id], names[id_of(item)]) for item in items}


def _item_state(item: Item | ItemRecord, code: str, names: Sequence[str]) -> State:
    state: State = {name: getattr(item, name) for name in _ITEM_PLAIN}
    state |= {name: dump(getattr(item, name)) for name in (*_ITEM_DATES, *_WORDS)}
    # A count without its text is no value of ours, and yet it would be counted with.
    said = (item.affected_text or None, item.affected_count, item.affected_percent)
    affected = None if said == (None, None, None) else Affected(said[0] or "", *said[1:])
    return state | {
        "category": {"id": item.category_id, "code": code},
        "position": item.position,
        "components": {"names": list(names), "text": item.components_text},
        "affected": dump(affected),
        "created": item.created.isoformat(),
    }


def edge_states(session: Reader, edges: Sequence[Dependency] | Sequence[DependencyRecord]) -> dict[int, State]:
    """What some dependencies say, by id; their ends are named by the keys of now."""
    ids = sorted({end for edge in edges for end in (edge.source_id, edge.target_id)})
    keys: dict[int | None, str] = {}
    for chunk in chunks(ids):
        keys.update(session.exec(select(Item.id, Item.key).where(col(Item.id).in_(chunk))).all())
    return {
        id_of(edge): {
            "source": {"id": edge.source_id, "key": keys[edge.source_id]},
            "target": {"id": edge.target_id, "key": keys[edge.target_id]},
            "label": edge.label,
            "position": edge.position,
        }
        for edge in edges
    }


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
    for chunk in chunks(items):
        session.execute(delete(ItemComponent).where(col(ItemComponent.item_id).in_(chunk)))


def component_ids(session: Session, names: Iterable[str]) -> dict[str, int]:
    """The ids of components by name; those that are not there yet are made."""
    wanted = sorted(names)
    found: dict[str, int] = {}
    for chunk in chunks(wanted):
        rows = session.exec(select(Component).where(col(Component.name).in_(chunk)))
        found |= {row.name: id_of(row) for row in rows}
    new = [Component(name=name) for name in wanted if name not in found]
    session.add_all(new)
    session.flush()
    return found | {row.name: id_of(row) for row in new}
