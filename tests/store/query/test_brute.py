"""The filter language in SQL and in plain Python: any query means the same in any register."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.filters.ast import ItemFilter
from store.filters.parser import parse
from store.filters.sql import combined, condition
from store.queries import items as item_queries
from store.queries.flags import unknown_keys
from tests.counts import count as times
from tests.store.query.brute import Register, Told
from tests.store.query.made import BORDERS, COMPARISONS, NOW, QUERY, REGISTER, build

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from store.db.reader import Reader
    from store.filters.ast import Query

AT_ONCE = 100


@pytest.fixture(scope="session")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A place for the database of each example."""
    return (tmp_path_factory.mktemp("query") / "register.db" for _ in count())


def answers(reader: Reader, queries: Sequence[Query]) -> Iterator[dict[str, Told]]:
    """What SQL says about every item, for each of some queries."""
    for start in range(0, len(queries), AT_ONCE):
        some = queries[start : start + AT_ONCE]
        asked, parameters = combined(*(condition(reader, query) for query in some))
        rows = reader.tuples(f"SELECT item.key, {', '.join(asked)} FROM item", parameters)
        for at in range(1, len(some) + 1):
            yield {row[0]: None if row[at] is None else bool(row[at]) for row in rows}


@settings(max_examples=times(8, 300), deadline=None)
@given(made=REGISTER, queries=st.lists(QUERY, min_size=24, max_size=24))
def test_sql_says_what_plain_python_says(places: Iterator[Path], made: dict[str, object], queries: list[str]) -> None:
    db, reviewed, ended = build(next(places), made)
    with db, db.read() as session:
        register = Register.of(session, NOW, reviewed, ended)
        asked = [parse(text) for text in queries]
        for query, found in zip(asked, answers(session, asked), strict=True):
            assert found == {item.key: register.meets(item, query) for item in register.items}, query.text
        for query in asked[::3]:
            page = item_queries.page(session, ItemFilter(query))
            assert [row.key for row in page.items] == register.ordered(query), query.text
            unsure = [item.key for item in register.items if register.meets(item, query) is None]
            assert list(unknown_keys(session, query)) == unsure, query.text


def test_every_comparison_holds_at_its_border(places: Iterator[Path]) -> None:
    db, reviewed, ended = build(next(places), BORDERS)
    with db, db.read() as session:
        register = Register.of(session, NOW, reviewed, ended)
        asked = [parse(text) for text in COMPARISONS]
        for query, found in zip(asked, answers(session, asked), strict=True):
            assert found == {item.key: register.meets(item, query) for item in register.items}, query.text
