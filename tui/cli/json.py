"""Rows as JSON, by the fields of each kind of row."""

from __future__ import annotations

from datetime import date
from enum import Enum
from functools import cache
from pathlib import PurePath
from typing import TYPE_CHECKING, NamedTuple

from store.fields import FIELDS, JSON_ORDER
from tui.cli.json_shapes import ITEM_MEANINGS, MEANINGS, SHAPES

if TYPE_CHECKING:
    from collections.abc import Callable

    from store.db.reader import Reader

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


class Field(NamedTuple):
    """A field of an object: where its value is found, what becomes null, and what it means."""

    name: str
    path: tuple[str, ...]
    shape: str = ""
    is_object: bool = False
    null: str | None = None
    meaning: str = ""
    is_plain: bool = True


@cache
def fields_of(shape: str) -> tuple[Field, ...]:
    """The fields of a shape; empty for an unknown one."""
    lines = (line.strip().partition("  ") for line in SHAPES.get(shape, "").splitlines())
    found = tuple(_field(words, meaning) for names, _, meaning in lines for words in names.split(", "))
    if shape != "store.queries.items.ItemDetail":
        return found
    # The text of links is shown as what it means.
    paths = {"links": "found_links"}
    return (*(Field(name, (paths.get(name, name),), meaning=_item_meaning(name)) for name in JSON_ORDER), *found)


def _field(words: str, meaning: str) -> Field:
    words, question, null = words.partition("?")
    words, _, shape = words.partition(":")
    name, _, path = words.removesuffix("{}").partition("=")
    steps = tuple(path.split(".")) if path.strip(".") else () if path else (name,)
    return Field(
        name,
        steps,
        shape,
        is_object=words.endswith("{}"),
        null=null if question else None,
        meaning=meaning.strip() or MEANINGS.get(name, ""),
        is_plain=len(steps) == 1 and not steps[0].isdigit() and not shape and not question and "{}" not in words,
    )


def _item_meaning(name: str) -> str:
    return ITEM_MEANINGS.get(name) or MEANINGS.get(name) or f"{FIELDS[name].label}."


def encode(value: object) -> Json:
    """A value as JSON: rows by their shapes, enumerations by their values, dates and times as ISO 8601."""
    return _encoder(type(value))(value)  # type: ignore[arg-type]  # types are hashable


@cache
def _encoder(kind: type) -> Callable[..., Json]:
    if issubclass(kind, Enum):
        return _value_of
    if kind in (type(None), bool, int, float, str):
        return _as_it_is
    if issubclass(kind, date):
        return kind.isoformat
    if fields := fields_of(f"{kind.__module__}.{kind.__qualname__}"):
        return lambda row: _object(row, fields)
    if issubclass(kind, frozenset):
        return _set
    if issubclass(kind, dict):
        return _mapping
    if issubclass(kind, PurePath):
        return str
    if issubclass(kind, tuple | list):
        return _list
    raise TypeError(f"no shape for {kind.__module__}.{kind.__qualname__}")


def _as_it_is(value: Json) -> Json:
    return value


def _value_of(value: Enum) -> Json:
    return value.value  # type: ignore[no-any-return]  # all enumerations are of texts


def _list(values: tuple[object, ...]) -> Json:
    return [encode(each) for each in values]


def _set(values: frozenset[Enum]) -> Json:
    """The members of an enumeration in its order."""
    return [each.value for kind in {type(each) for each in values} for each in kind if each in values]


def _mapping(values: dict[object, object]) -> Json:
    return {str(encode(name)): encode(each) for name, each in values.items()}


def _object(row: object, fields: tuple[Field, ...]) -> dict[str, Json]:
    # Most fields are a row's own, and there may be millions of them.
    return {
        field.name: encode(getattr(row, field.path[0])) if field.is_plain else _found(row, field) for field in fields
    }


def _found(row: object, field: Field) -> Json:
    value = row
    for step in field.path:
        value = _step(value, step)
    if field.null is not None and value == field.null:
        return None
    if field.is_object:
        return _mapping(dict(value))  # type: ignore[call-overload]  # pairs
    if not field.shape:
        return encode(value)
    fields = fields_of(field.shape)
    return [_object(each, fields) for each in value] if type(value) is tuple else _object(value, fields)


def _step(value: object, step: str) -> object:
    if step.isdigit():
        return value[int(step)]  # type: ignore[index]  # a pair
    if type(value) is tuple:
        return tuple(getattr(each, step) for each in value)
    return getattr(value, step)


def shaped(shape: str, row: object) -> dict[str, Json]:
    """A row in a shape that is not the one of its type."""
    return _object(row, fields_of(shape))


def snapshot(reader: Reader) -> dict[str, object]:
    """What every read of a register ends with: the newest change, and the moment that was looked back to, if any."""
    from store.audit.log import head

    moment = reader.as_of
    then = {} if moment is None else {"as_of": moment.isoformat(timespec="seconds")}
    return {"head": head(reader), **then}
