"""Texts of a register as conditions of SQL: equal, like a pattern, or held somewhere, in any case."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Text, cast, false, or_
from sqlmodel import col, select

from store.filters.anycase import any_case, any_holds
from store.filters.ast import Pattern
from store.models import Component, Item, ItemComponent

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import ColumnElement

    from store.filters.anycase import TextColumn

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
    return any_case(column, "%".join(map(_escaped, parts)))


def matching(names: Iterable[str], name: str | Pattern) -> list[str]:
    """Those of some names that `named` finds, compared here: a few names that many rows have."""
    text = (name.text if isinstance(name, Pattern) else name).casefold()
    parts = text.split("*") if isinstance(name, Pattern) else [text]
    return [each for each in names if _is_like(each.casefold(), parts)]


def _is_like(text: str, parts: Sequence[str]) -> bool:
    """Whether a text is these parts, in order, with anything between them."""
    if len(parts) == 1:
        return text == parts[0]
    first, *inner, last = parts
    at, end = len(first), len(text) - len(last)
    if at > end or not text.startswith(first) or not text.endswith(last):
        return False
    for part in inner:
        found = text.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return True


def holds(column: TextColumn, text: str) -> ColumnElement[bool]:
    """Whether a column has a text in it, in any case; NULL where there is none."""
    return any_case(column, _inside(text))


def _inside(text: str) -> str:
    return f"%{_escaped(text)}%"


def says(word: str) -> ColumnElement[bool]:
    """Whether some field or component of an item has a text in it, in any case; never NULL."""
    if is_nowhere(word):
        return false()
    texts: list[TextColumn] = [col(column) for column in _SEARCHED]
    texts += [cast(col(Item.severity), Text), cast(col(Item.status), Text), cast(col(Item.extra), Text)]
    links = select(ItemComponent.item_id).join(Component, col(Component.id) == col(ItemComponent.component_id))
    linked = col(Item.id).in_(links.where(holds(col(Component.name), word)))
    return or_(any_holds(texts, word, _inside(word)), linked)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
