"""The filter language in SQL and in plain Python: any query means the same in any register."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import select

from store import reads
from store.models import Item
from store.query import condition, parse
from store.rows import ItemFilter
from tests.counts import count as times
from tests.store.query.brute import Register
from tests.store.query.made import NOW, QUERY, REGISTER, build

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import ColumnElement
    from sqlmodel import Session


@pytest.fixture(scope="session")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A place for the database of each example."""
    return (tmp_path_factory.mktemp("query") / "register.db" for _ in count())


def keys(session: Session, met: ColumnElement[bool]) -> set[str]:
    return set(session.exec(select(Item.key).where(met)))


@settings(max_examples=times(7, 1_000), deadline=None)
@given(made=REGISTER, queries=st.lists(QUERY, min_size=24, max_size=24))
def test_sql_says_what_plain_python_says(places: Iterator[Path], made: dict[str, object], queries: list[str]) -> None:
    db, reviewed, ended = build(next(places), made)
    with db, db.read() as session:
        register = Register.of(session, NOW, reviewed, ended)
        for text in queries:
            query = parse(text)
            told = {item.key: register.meets(item, query) for item in register.items}
            met = condition(session, query)
            assert keys(session, met) == {key for key, found in told.items() if found}, text
            assert keys(session, met.is_(None)) == {key for key, found in told.items() if found is None}, text
            assert keys(session, ~met) == {key for key, found in told.items() if found is False}, text
            assert set(reads.untold(session, query)) == {key for key, found in told.items() if found is None}, text
            page = reads.page(session, ItemFilter(query))
            assert [row.key for row in page.items] == register.ordered(query), text
