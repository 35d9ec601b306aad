"""The items of a register as CSV, for spreadsheets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.fields import FIELDS, show
from store.formats.document.vocabulary import header_for
from store.formats.tabular import neutralize, write_csv
from store.text import name_key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.formats.document.model import Item, Register


def write_register(register: Register, *, like: Register | None = None) -> str:
    """The items, each a record with all its fields and the extra columns of any item; formulas are neutralized.

    `like` is a register whose extra columns it gets, too.
    """
    extra = [name for each in (register, like) if each for item in each.items for name, _ in item.extra]
    records = _records(register, list(dict.fromkeys(extra)))
    return write_csv([neutralize(value) for value in record] for record in records)


def _records(register: Register, extra: list[str]) -> Iterator[list[str]]:
    names = {category.code: category.name for category in register.categories}
    if len({name_key(name) for name in names.values()}) < len(names):
        # Only their codes distinguish categories with the same name.
        names = {code: code for code in names}
    yield [*(header_for(name, "en") for name in FIELDS), *extra]
    for item in register.items:
        values = dict(item.extra)
        yield [*(_cell(item, name, names) for name in FIELDS), *(values.get(name, "") for name in extra)]


def _cell(item: Item, name: str, categories: dict[str, str]) -> str:
    if name == "category":
        return categories[item.category]
    if name == "components" and item.components_text:
        return item.components_text
    return show(getattr(item, name))
