"""Which items a filter means, as conditions of a query."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Text, cast, or_
from sqlmodel import col, select

from store.models import Component, Item, ItemComponent

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlalchemy.sql.elements import SQLCoreOperations

    from store.rows import ItemFilter

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


def conditions(wanted: ItemFilter) -> list[ColumnElement[bool]]:
    """What an item must meet; the category is left to the caller, who walks categories in order."""
    found: list[ColumnElement[bool]] = []
    if wanted.status:
        found.append(col(Item.status).in_(wanted.status))
    if wanted.severity:
        found.append(col(Item.severity).in_(wanted.severity))
    if wanted.owner is not None:
        found.append(_is(col(Item.owner), wanted.owner))
    if wanted.component is not None:
        # The affected items are few: found by the component first, not by looking at every item.
        links = select(ItemComponent.item_id).join(Component, col(Component.id) == col(ItemComponent.component_id))
        found.append(col(Item.id).in_(links.where(_is(col(Component.name), wanted.component))))
    found += [_says(word) for word in wanted.words if word.strip()]
    return found


def _is(column: SQLCoreOperations[str] | SQLCoreOperations[str | None], text: str) -> ColumnElement[bool]:
    """Equal in any case: `=` for what is written alike (an index answers it), else without regard to case."""
    return or_(column == text, column.ilike(_escaped(text), escape="\\"))


def _says(word: str) -> ColumnElement[bool]:
    """Whether some field or component of an item has the word in it, in any case."""
    patterns = [f"%{_escaped(spelling)}%" for spelling in _spellings(word)]
    texts: list[SQLCoreOperations[str] | SQLCoreOperations[str | None]] = [col(column) for column in _SEARCHED]
    texts += [cast(col(Item.severity), Text), cast(col(Item.status), Text), cast(col(Item.extra), Text)]
    named = [col(Component.name).ilike(pattern, escape="\\") for pattern in patterns]
    links = select(ItemComponent.item_id).join(Component, col(Component.id) == col(ItemComponent.component_id))
    return or_(
        *(column.ilike(pattern, escape="\\") for column in texts for pattern in patterns),
        col(Item.id).in_(links.where(or_(*named))),
    )


def _spellings(word: str) -> list[str]:
    """SQLite folds the case of ASCII alone: any other word is looked for as people write it."""
    if word.isascii():
        return [word]
    return list(dict.fromkeys((word, word.lower(), word.upper(), word.title(), word.capitalize())))


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
