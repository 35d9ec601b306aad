"""The table of an item's fields: what lists them is made from it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

from store.fields import BULK_FORM_ORDER, FIELDS, ITEM_FIELDS, JSON_ORDER, REVIEW_ORDER, STATUS_FIELDS
from store.formats.document import model
from store.models import Item
from store.queries.items import ItemDetail, SelectedItem
from tests.program import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

NAMES = frozenset(field.name for field in ITEM_FIELDS)
SOURCES = sorted(path for folder in ("store", "tui") for path in (ROOT / folder).rglob("*.py"))
OF_OTHER_THINGS = {
    "store/fields.py": "the table itself",
    "store/models.py": "the columns of the database and its indexes",
    "store/filters/": "qualifiers of the filter language",
    "store/audit/trends.py": "what a trend counts",
    "store/formats/document/vocabulary_roles.py": "the words of documents for each field",
    "store/queries/metrics.py": "the labels of metrics, and the fields whose history they follow",
    "tui/dashboard/filtering.py": "the orders that keys step through",
}
"""Where three names of fields are side by side for a separate reason."""
LISTED, HALF = 3, len(NAMES) // 2


def listed(text: str) -> Iterator[int]:
    """The lines where a module lists names of fields: three in a row, or half of them as the keys of a mapping."""
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts):
                least = LISTED
            case ast.Dict(keys=keys):
                parts, least = [key for key in keys if key is not None], HALF
            case _:
                continue
        found = {part.value for part in parts if isinstance(part, ast.Constant)} & NAMES
        if len(found) >= least:
            yield node.lineno


def test_no_module_lists_the_fields_again() -> None:
    found = {
        name: lines
        for path in SOURCES
        if not (name := str(path.relative_to(ROOT))).startswith(tuple(OF_OTHER_THINGS))
        and (lines := list(listed(path.read_text(encoding="utf-8"))))
    }
    assert found == {}, "make the list from the table in store/fields.py"


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ('A = ("owner", "effort", "due_on")', [1]),
        ('A = 1\nB = ["title", 2, "key", "status"]', [2]),
        ('A = ("owner", "effort")', []),
        ('A = {"key": 1, "status": 2, "severity": 3}', []),
        (f"A = {dict.fromkeys(NAMES, 1)!r}", [1]),
    ],
)
def test_a_list_of_fields_is_found(text: str, lines: list[int]) -> None:
    assert list(listed(text)) == lines


def test_rows_have_every_field_that_they_are_made_of() -> None:
    assert set(ItemDetail._fields) >= NAMES
    assert set(model.Item._fields) >= NAMES
    assert set(SelectedItem._fields) >= {"key", *BULK_FORM_ORDER, *STATUS_FIELDS}
    own = {"category": "category_id", "components": "components_text", "affected": "affected_text"}
    assert set(Item.model_fields) >= {own.get(name, name) for name in NAMES}
    assert set(JSON_ORDER) == set(REVIEW_ORDER) == FIELDS.keys()
