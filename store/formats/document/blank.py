"""An empty register, to be filled in: its categories, and its columns."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from store.enums import Effort, Severity, Status
from store.fields import Affected
from store.formats.document.model import TAXONOMY, Category, Item, Register
from store.formats.document.writer import write

if TYPE_CHECKING:
    from store.fields import FieldValue

_TITLE = "AI Debt Register"
_DAY = date(2000, 1, 1)
_ANY: dict[str, FieldValue] = {
    "owner": "x",
    "effort": Effort.S,
    "affected": Affected.of("1"),
    "due_on": _DAY,
    "opened_on": _DAY,
    "accepted_by": "x",
    "accepted_until": _DAY,
    "links": "https://x.example",
}
"""A value for each field that has a column only where an item has a value."""


def blank_register(like: Register | None) -> Register:
    """A register without items, with the title and the categories of another, else with those of the taxonomy."""
    if like is None:
        return Register(_TITLE, categories=TAXONOMY)
    categories = tuple(Category(each.code, each.name, each.definition) for each in like.categories)
    return Register(like.title, like.extends, categories=categories)


def write_blank(like: Register | None) -> str:
    """Such a register as a document, whose tables have the columns that the items of the other one need."""
    blank = blank_register(like)
    if like is None or not like.items:
        return write(blank)
    fields = {name: value for name, value in _ANY.items() if any(getattr(item, name) for item in like.items)}
    extra = tuple(dict.fromkeys((name, "x") for item in like.items for name, _ in item.extra))
    items = [
        Item(f"{each.code}-1", each.code, Severity.LOW, Status.OPEN, extra=extra, **fields)  # type: ignore[arg-type]
        for each in blank.categories
    ]
    filled = write(blank._replace(items=tuple(items)))
    categories = tuple(each._replace(origin=each.code) for each in blank.categories)
    return write(blank._replace(categories=categories), template=filled)
