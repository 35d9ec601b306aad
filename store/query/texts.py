"""Texts of a register as conditions of SQL: equal, like a pattern, or held somewhere, in any case."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Text, cast, false, func, or_
from sqlmodel import col, select

from store.models import Component, Item, ItemComponent
from store.query.anycase import AnyCase
from store.query.tree import Pattern

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlalchemy.sql.elements import SQLCoreOperations

    TextColumn = SQLCoreOperations[str] | SQLCoreOperations[str | None]

_SEARCHED = (
    Item.key,
    Item.title,
    Item.description,
    Item.status_note,
    Item.mitigation_plan,
    Item.owner,
    Item.affected_text,
    Item.accepted_by,
)


def is_nowhere(text: str) -> bool:
    """Whether a text holds what no stored text can: NUL, or half of a character."""
    return "\0" in text or any("\ud800" <= character <= "\udfff" for character in text)


def named(column: TextColumn, name: str | Pattern) -> ColumnElement[bool]:
    """Equal in any case, or like a pattern; NULL where there is no text."""
    text = name.text if isinstance(name, Pattern) else name
    if is_nowhere(text):
        return false()
    parts = text.split("*") if isinstance(name, Pattern) else [text]
    patterns = ["%".join(map(_escaped, spelled)) for spelled in zip(*(_spellings(part) for part in parts), strict=True)]
    return or_(*(AnyCase(column, pattern) for pattern in dict.fromkeys(patterns)))


def holds(column: TextColumn, text: str) -> ColumnElement[bool]:
    """Whether a column has a text in it, in any case; NULL where there is none."""
    return or_(*(AnyCase(column, f"%{_escaped(spelling)}%") for spelling in dict.fromkeys(_spellings(text))))


def says(word: str) -> ColumnElement[bool]:
    """Whether some field or component of an item has a text in it, in any case; never NULL."""
    if is_nowhere(word):
        return false()
    texts: list[TextColumn] = [col(column) for column in _SEARCHED]
    texts += [cast(col(Item.severity), Text), cast(col(Item.status), Text), cast(col(Item.extra), Text)]
    links = select(ItemComponent.item_id).join(Component, col(Component.id) == col(ItemComponent.component_id))
    linked = col(Item.id).in_(links.where(holds(col(Component.name), word)))
    return func.coalesce(or_(*(holds(column, word) for column in texts), linked), false())


def _spellings(word: str) -> tuple[str, ...]:
    """SQLite folds the case of ASCII alone: any other word is looked for as people write it."""
    if word.isascii():
        return (word,) * 5
    return word, word.lower(), word.upper(), word.title(), word.capitalize()


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
