"""Rows by the keys and codes that people type: exactly as written, else in any case."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import func
from sqlmodel import col, select

from store.errors import NotFoundError
from store.models import Category, Item
from store.sameness import name_key, same_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sqlmodel import Session

T = TypeVar("T")
_CHUNK = 5_000  # values in one IN list, well under every database's limit
_NEAR = 5_000  # keys that a suggestion is looked for among


def chunks(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """The values in runs that fit one statement."""
    for start in range(0, len(values), _CHUNK):
        yield values[start : start + _CHUNK]


def find_item(session: Session, key: str) -> Item:
    """The item of a key. Raises NotFoundError naming the nearest key there is."""
    return find_items(session, (key,))[0]


def find_items(session: Session, keys: Iterable[str]) -> list[Item]:
    """The items of some keys, each once, in the order given. Raises NotFoundError for the first that is not there."""
    wanted = list(dict.fromkeys(key.strip() for key in keys))
    found: dict[str, Item] = {}
    for chunk in chunks(wanted):
        found |= {item.key: item for item in session.exec(select(Item).where(col(Item.key).in_(chunk)))}
    for key in wanted:
        if key not in found:
            item = _any_case(session, key)
            if item is None:
                raise NotFoundError(f"there is no item {key}", _nearest(session, key))
            found[key] = item
    return list({found[key].id: found[key] for key in wanted}.values())


def _any_case(session: Session, key: str) -> Item | None:
    found = key_taken(session, key)
    return session.exec(select(Item).where(Item.key == found)).one() if found is not None else None


def key_taken(session: Session, key: str) -> str | None:
    """The key that is in use and is this one in any case."""
    exact = session.exec(select(Item.key).where(Item.key == key)).first()
    # Keys are ASCII, whose case the database knows.
    alike = select(Item.key).where(func.lower(Item.key) == name_key(key)).order_by(col(Item.key))
    return exact or session.exec(alike).first()


def find_category(session: Session, code: str) -> Category:
    """The category of a code. Raises NotFoundError naming the codes there are."""
    wanted = code.strip()
    categories = session.exec(select(Category).order_by(col(Category.position), col(Category.id))).all()
    for category in categories:
        if category.code == wanted:
            return category
    for category in categories:
        if same_name(category.code, wanted):
            return category
    codes = ", ".join(category.code for category in categories)
    raise NotFoundError(f"there is no category {wanted}", f"use one of {codes}" if codes else "add it first")


def _nearest(session: Session, key: str) -> str:
    query = select(Item.key).order_by(col(Item.key)).limit(_NEAR)
    alike = session.exec(query.where(func.lower(Item.key).startswith(key[:2].lower(), autoescape=True))).all()
    near = difflib.get_close_matches(key.upper(), alike or session.exec(query).all(), 1, 0.5)
    return f"did you mean {near[0]}?" if near else "`ai-debt list` shows the keys there are"
