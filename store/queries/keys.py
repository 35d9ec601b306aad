"""Which key a new item gets."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from sqlalchemy import func
from sqlmodel import col, select

from store.models import Change, Item
from store.queries.lookup import find_category

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlmodel import Session

_LATEST = 200  # keys that tell the pattern of a category, and its highest number
_NUMBERED = re.compile(r"(?P<prefix>.*?)(?P<number>\d{1,9})")


def next_key(session: Session, code: str) -> str:
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
