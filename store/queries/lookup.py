"""Finds rows by the keys and codes that people type, and the next key of a category."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import func
from sqlmodel import col, select

from store.errors import NotFoundError
from store.models import Category, Change, Item
from store.text import name_key, same_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from store.db.reader import Reader


T = TypeVar("T")
_CHUNK = 5_000  # values in one IN list, well under every database's limit
_NEAR = 5_000  # keys that a suggestion is looked for among


def chunks(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """The values in runs that fit one statement."""
    for start in range(0, len(values), _CHUNK):
        yield values[start : start + _CHUNK]


def find_item(session: Reader, key: str) -> Item:
    """The item of a key. Raises NotFoundError naming the nearest key there is."""
    return find_items(session, (key,))[0]


def find_items(session: Reader, keys: Iterable[str]) -> list[Item]:
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


def _any_case(session: Reader, key: str) -> Item | None:
    found = key_taken(session, key)
    return session.exec(select(Item).where(Item.key == found)).one() if found is not None else None


def key_taken(session: Reader, key: str) -> str | None:
    """The key that is in use and is this one in any case."""
    exact = session.exec(select(Item.key).where(Item.key == key)).first()
    # Keys are ASCII, whose case the database knows.
    alike = select(Item.key).where(func.lower(Item.key) == name_key(key)).order_by(col(Item.key))
    return exact or session.exec(alike).first()


def find_category(session: Reader, code: str) -> Category:
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


def _nearest(session: Reader, key: str) -> str:
    query = select(Item.key).order_by(col(Item.key)).limit(_NEAR)
    alike = session.exec(query.where(func.lower(Item.key).startswith(key[:2].lower(), autoescape=True))).all()
    near = difflib.get_close_matches(key.upper(), alike or session.exec(query).all(), 1, 0.5)
    return f"did you mean {near[0]}?" if near else "`ai-debt list` shows the keys there are"


_LATEST = 200  # keys that tell the pattern of a category, and its highest number
_NUMBERED = re.compile(r"(?P<prefix>.*?)(?P<number>\d{1,9})")


def next_key(session: Reader, code: str) -> str:
    """The key after the highest one in a category, in the pattern most of its keys have (else CODE-001).

    Keys of removed items are not proposed again: the trail still speaks of them, and undo may bring them back.
    """
    category = find_category(session, code)
    latest = select(Item.key).where(Item.category_id == category.id).order_by(col(Item.position).desc())
    prefixes = Counter(match["prefix"] for match in _numbered(session.exec(latest.limit(_LATEST))))
    prefix = prefixes.most_common(1)[0][0] if prefixes else f"{category.code}-"
    # A range is what an index answers; what a database sorts differently, the pattern leaves out.
    last = f"{prefix}\uffff"
    items = select(Item.key).where(Item.key >= prefix, Item.key < last)
    trail = select(Change.key).where(Change.key >= prefix, Change.key < last, Change.entity == "item")
    highest = [
        match
        for query, key in ((items, Item.key), (trail, Change.key))
        # The longest keys have the highest numbers.
        for match in _numbered(session.exec(query.order_by(func.length(key).desc(), col(key).desc()).limit(_LATEST)))
        if match["prefix"] == prefix
    ]
    width = max((len(match["number"]) for match in highest), default=3)
    return f"{prefix}{max((int(match['number']) for match in highest), default=0) + 1:0{width}}"


def _numbered(keys: Iterable[str]) -> list[re.Match[str]]:
    return [match for key in keys if (match := _NUMBERED.fullmatch(key))]
