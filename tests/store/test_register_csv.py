"""The items of a register as CSV: every value comes back unchanged."""

from __future__ import annotations

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from store.fields import FIELDS, show
from store.formats.document.vocabulary import roles
from store.formats.register_csv import write_register
from store.formats.tabular import restore, scan
from tests.store.hostile import Hostile


@settings(deadline=None)
@given(st.integers(0, 2**64))
def test_items_of_any_text_are_written_and_read_back(seed: int) -> None:
    register = Hostile(Random(seed)).register()
    scanned = scan(write_register(register), ",")
    header, *records = [list(map(restore, record.values)) for record in scanned.records]
    columns = dict(zip(FIELDS, header, strict=False))
    assert [roles(column)[0] for column in columns.values()] == list(FIELDS)
    assert len(records) == len(register.items)
    for item, values in zip(register.items, records, strict=True):
        found = dict(zip(FIELDS, values, strict=False))
        for name in FIELDS.keys() - {"category", "components"}:
            assert found[name] == show(getattr(item, name))
        assert FIELDS["components"].parse(found["components"]) == item.components
        extra = {name: text for name, text in zip(header[len(FIELDS) :], values[len(FIELDS) :], strict=True) if text}
        assert extra == {name: text for name, text in item.extra if text}


@settings(deadline=None)
@given(st.integers(0, 2**64))
def test_no_cell_begins_like_a_formula(seed: int) -> None:
    scanned = scan(write_register(Hostile(Random(seed)).register()), ",")
    assert not [value for record in scanned.records for value in record.values if value[:1] in tuple("=+-@\t\r")]
