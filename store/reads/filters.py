"""Which items a filter means, as conditions of a query."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Text, cast, false, or_
from sqlmodel import col, select

from store.errors import RegisterError
from store.models import Component, Item, ItemComponent
from store.reads.anycase import AnyCase

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import ColumnElement
    from sqlalchemy.sql.elements import SQLCoreOperations
    from sqlmodel import Session

    from store.rows import ItemFilter

    Text_ = SQLCoreOperations[str] | SQLCoreOperations[str | None]

# SQLite takes patterns of 50,000 bytes; in another case a character may have six.
_LONGEST = 8_000
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


def conditions(session: Session, wanted: ItemFilter) -> list[ColumnElement[bool]]:
    """What an item must meet; the category is left to the caller, who walks categories in order.

    Raises RegisterError for words longer than a database can look for.
    """
    found: list[ColumnElement[bool]] = []
    for text in (wanted.owner or "", wanted.component or "", *wanted.words):
        if len(text) > _LONGEST:
            raise RegisterError(f"a word to look for is longer than {_LONGEST:,} characters", "look for a part of it")
        if _is_nowhere(text):
            return [false()]
    if wanted.status:
        found.append(col(Item.status).in_(wanted.status))
    if wanted.severity:
        found.append(col(Item.severity).in_(wanted.severity))
    if wanted.owner is not None:
        # Every spelling there is, looked up first: the index on owners then finds the items.
        owners = session.exec(select(Item.owner).where(*_is(col(Item.owner), wanted.owner)).distinct()).all()
        found.append(col(Item.owner).in_(owners))
    if wanted.component is not None:
        names = select(Component.id).where(*_is(col(Component.name), wanted.component))
        links = select(ItemComponent.item_id).where(col(ItemComponent.component_id).in_(session.exec(names).all()))
        found.append(col(Item.id).in_(links))
    found += [_says(word) for word in wanted.words if word.strip()]
    return found


def on_index(wanted: ItemFilter) -> bool:
    """Whether the index of places alone answers the filter, wherever in the list."""
    return wanted.owner is None and wanted.component is None and not any(word.strip() for word in wanted.words)


def _is_nowhere(text: str) -> bool:
    """Whether a text holds what no stored text can: NUL, or half of a character."""
    return "\0" in text or any("\ud800" <= character <= "\udfff" for character in text)


def _is(column: Text_, text: str) -> Iterable[ColumnElement[bool]]:
    """Equal in any case."""
    return (or_(*(AnyCase(column, spelling) for spelling in _spellings(_escaped(text)))),)


def _says(word: str) -> ColumnElement[bool]:
    """Whether some field or component of an item has the word in it, in any case."""
    patterns = [f"%{spelling}%" for spelling in _spellings(_escaped(word))]
    texts: list[Text_] = [col(column) for column in _SEARCHED]
    texts += [cast(col(Item.severity), Text), cast(col(Item.status), Text), cast(col(Item.extra), Text)]
    named = [AnyCase(col(Component.name), pattern) for pattern in patterns]
    links = select(ItemComponent.item_id).join(Component, col(Component.id) == col(ItemComponent.component_id))
    return or_(
        *(AnyCase(column, pattern) for column in texts for pattern in patterns),
        col(Item.id).in_(links.where(or_(*named))),
    )


def holds(column: Text_, text: str) -> ColumnElement[bool]:
    """Whether a column has a text in it, in any case."""
    return or_(*(AnyCase(column, f"%{spelling}%") for spelling in _spellings(_escaped(text))))


def _spellings(word: str) -> list[str]:
    """SQLite folds the case of ASCII alone: any other word is looked for as people write it."""
    if word.isascii():
        return [word]
    return list(dict.fromkeys((word, word.lower(), word.upper(), word.title(), word.capitalize())))


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
