"""The map's rows: cascade order, cycles, and the same rows whether read whole or after a few changes."""

from __future__ import annotations

import itertools
import shutil
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.audit.log import head
from store.commands.dependencies import link
from store.commands.items import comment, edit_items, set_status
from store.commands.settings import set_register
from store.db.database import Database
from store.enums import Status
from store.filters.ast import ItemFilter
from store.graph import cascade
from store.queries.dependency_map import map_after, map_rows
from store.queries.items import page
from tests.conftest import Ticks
from tests.counts import count
from tests.store.asking import edges, statements
from tests.store.steps import STEPS, attempt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from store.audit.log import Head
    from store.queries.dependency_map import MapRows


def rows(db: Database, *assumed: str) -> MapRows:
    with db.read() as session:
        return map_rows(session, assumed=assumed)


def test_the_map_of_the_sample(db: Database) -> None:
    found = rows(db)
    assert [(node.key, node.depth) for node in found.nodes] == [
        ("FL-003", 0),
        ("FL-001", 1),
        ("PD-001", 0),
        ("DD-001", 1),
        ("PD-002", 0),
        ("EN-001", 2),
        ("EN-002", 3),
        ("CD-001", 0),
        ("MS-001", 2),
    ]
    assert not any(node.in_cycle for node in found.nodes)
    assert not any(edge.back for edge in found.edges)
    assert {(edge.source, edge.target, edge.label) for edge in found.edges} == edges(db)


def test_a_circle_is_marked_where_it_closes(db: Database) -> None:
    link(db, "EN-002", "PD-001", "keeps alive")
    link(db, "MS-001", "MS-001", "ages")
    found = rows(db)
    assert {node.key for node in found.nodes if node.in_cycle} == {"EN-001", "EN-002", "PD-001", "DD-001", "MS-001"}
    assert {(edge.source, edge.target) for edge in found.edges if edge.back} == {
        ("EN-002", "PD-001"),
        ("MS-001", "MS-001"),
    }


NODES = tuple(range(8))


@given(st.lists(st.tuples(st.sampled_from(NODES), st.sampled_from(NODES)), max_size=20, unique=True))
def test_sources_come_before_targets_but_for_what_closes_a_circle(pairs: list[tuple[int, int]]) -> None:
    found = cascade(NODES, pairs)
    place = {node: number for number, node in enumerate(found.order)}
    assert sorted(found.order) == list(NODES)
    for source, target in pairs:
        assert (place[source] < place[target]) == ((source, target) not in found.back)
    reach = {node: {node} for node in NODES}
    for _ in NODES:
        for source, target in pairs:
            reach[source] |= reach[target]
    assert found.in_cycle == {node for node in NODES if any(s == node and node in reach[t] for s, t in pairs)}
    assert all(source in found.in_cycle and source in reach[target] for source, target in found.back)
    depth = found.depth
    assert all(depth[source] < depth[target] for source, target in pairs if (source, target) not in found.back)


def after(db: Database, known: MapRows, since: Head, *assumed: str) -> tuple[Head, MapRows]:
    with db.read() as session:
        return head(session), map_after(session, known, since, assumed=assumed)


@pytest.fixture(scope="session")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A place for the database of each example."""
    return (tmp_path_factory.mktemp("map") / "register.db" for _ in itertools.count())


@pytest.mark.soak
@settings(max_examples=count(12, 40), deadline=None)
@given(steps=st.lists(st.tuples(STEPS, st.sampled_from([(), ("EN-002",), ("DD-001", "PD-001")])), max_size=8))
def test_a_map_that_is_known_is_mended_to_what_reading_it_whole_gives(
    sample_register: Path,
    places: Iterator[Path],
    steps: list[tuple[tuple[Callable[..., object], object], tuple[str, ...]]],
) -> None:
    path = shutil.copyfile(sample_register, next(places))
    with Database.open(path, clock=Ticks(), actor="ana") as db:
        known, since = rows(db), 0
        with db.read() as session:
            since = head(session)
        for (verb, *arguments), assumed in steps:
            attempt(db, verb, *arguments)
            with db.read() as session:
                there = {row.key for row in page(session, ItemFilter(), limit=1000).items}
            taken = tuple(key for key in assumed if key in there)
            since, known = after(db, known, since, *taken)
            assert known == rows(db, *taken)


def test_what_changes_nothing_on_the_map_leaves_its_rows(db: Database) -> None:
    known = rows(db)
    with db.read() as session:
        since = head(session)
    comment(db, ("EN-001",), "seen")
    set_status(db, ("BE-001",), Status.MITIGATED)
    set_register(db, {"purpose": "new"}, before={})
    assert after(db, known, since)[1] is known


def test_a_status_is_mended_without_reading_the_map(db: Database) -> None:
    known = rows(db)
    with db.read() as session:
        since = head(session)
    set_status(db, ("EN-001",), Status.MITIGATED)
    with db.read() as reader, statements(reader) as asked:
        mended = map_after(reader, known, since)
    assert next(node.status for node in mended.nodes if node.key == "EN-001") is Status.MITIGATED
    assert asked
    assert not any("from dependency" in statement.lower() for statement in asked)


def test_many_changes_read_the_map_anew(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    known = rows(db)
    with db.read() as session:
        since = head(session)
    edit_items(db, ("EN-001", "EN-002", "EN-003"), {"owner": "x"})
    monkeypatch.setattr("store.queries.dependency_map.MAX_CHANGES", 2)
    mended = after(db, known, since)[1]
    assert mended == known
    assert mended is not known
