"""The verbs on dependencies, and the map's order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store import reads
from store.errors import InvalidValueError, NotFoundError, RegisterError
from store.graph import cascade, depths
from store.register import link, relabel, unlink
from tests.store.asking import edges, item, trail

if TYPE_CHECKING:
    from store.database import Database
    from store.rows import MapRows


def test_link_relabel_unlink(db: Database) -> None:
    assert link(db, "en-003", "CD-002", " blurs\r\nthis ").said == "Linked EN-003 to CD-002"
    assert ("EN-003", "CD-002", "blurs\nthis") in edges(db)
    assert relabel(db, "EN-003", "CD-002", "blurs\nthis", "hides").said == "EN-003 to CD-002 is now labelled 'hides'"
    assert relabel(db, "EN-003", "CD-002", "hides", "").said == "EN-003 to CD-002 has no label now"
    assert relabel(db, "EN-003", "CD-002", "", "").batch is None
    assert unlink(db, "EN-003", "CD-002").said == "Unlinked EN-003 from CD-002"
    assert len(edges(db)) == 7
    told = [(change.verb, change.before, change.after) for change in trail(db, "EN-003")[:4]]
    assert told == [
        ("unlink", None, None),
        ("relabel", "hides", ""),
        ("relabel", "blurs\nthis", "hides"),
        ("link", None, "blurs\nthis"),
    ]


def test_the_same_items_may_be_linked_twice_but_not_with_one_label(db: Database) -> None:
    link(db, "EN-001", "EN-002", "second way")
    with pytest.raises(RegisterError, match="linked to EN-002 labelled 'second way' already"):
        link(db, "EN-001", "EN-002", "second way")
    with pytest.raises(RegisterError, match="already"):
        relabel(db, "EN-001", "EN-002", "feature changes cascade to", "second way")
    with pytest.raises(RegisterError, match="several dependencies on EN-002: say which label: 'feature"):
        unlink(db, "EN-001", "EN-002")
    unlink(db, "EN-001", "EN-002", "second way")
    assert len(edges(db)) == 7


def test_an_item_may_feed_itself(db: Database) -> None:
    link(db, "EN-003", "EN-003", "")
    found = item(db, "EN-003")
    assert [one.key for one in found.feeds] == [one.key for one in found.fed_by] == ["EN-003"]
    with pytest.raises(RegisterError, match="EN-003 is linked to EN-003 already"):
        link(db, "EN-003", "EN-003", "")


@pytest.mark.parametrize(
    ("source", "target", "label", "says"),
    [
        ("EN-999", "EN-001", None, "no item EN-999"),
        ("EN-001", "EN-999", None, "no item EN-999"),
        ("EN-001", "EN-003", None, "EN-001 is not linked to EN-003: `ai-debt show EN-001`"),
        ("EN-001", "EN-002", "no such", "not linked to EN-002 with the label 'no such': its labels are 'feature"),
    ],
)
def test_links_that_are_not_there(db: Database, source: str, target: str, label: str | None, says: str) -> None:
    with pytest.raises(NotFoundError, match=says):
        unlink(db, source, target, label)


def test_labels_that_cannot_be_stored(db: Database) -> None:
    with pytest.raises(InvalidValueError, match="NUL"):
        link(db, "EN-003", "CD-002", "\0")


def rows(db: Database, category: str | None = None) -> MapRows:
    with db.read() as session:
        return reads.map_rows(session, category=category)


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


def test_the_map_of_a_category(db: Database) -> None:
    found = rows(db, "en")
    assert [(node.key, node.depth) for node in found.nodes] == [
        ("DD-001", 0),
        ("PD-002", 0),
        ("EN-001", 1),
        ("EN-002", 2),
    ]
    assert len(found.edges) == 3
    with pytest.raises(NotFoundError):
        rows(db, "XX")


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
    depth = depths(found.order, [pair for pair in pairs if pair not in found.back])
    assert all(depth[source] < depth[target] for source, target in pairs if (source, target) not in found.back)
