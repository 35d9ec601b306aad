"""What to fix first: the sample by hand, what counts and what does not, order, reasons, what if, blast radius."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from store.commands.dependencies import link, unlink
from store.commands.items import add_item, edit_items, remove_items, set_status
from store.commands.settings import set_register
from store.enums import RATINGS, Severity, Status, weight_of
from store.errors import NotFoundError
from store.queries import dependency_map
from store.queries import priorities as priority_queries
from store.queries.dependency_map import map_rows
from tests.store.asking import content, exported, statements, trail

if TYPE_CHECKING:
    from store.db.database import Database
    from store.queries.dependency_map import BlastRadius
    from store.queries.priorities import Priorities, Priority

BY_HAND = {
    "PD-001": 4 + 4 / 2 + 4 / 4 + 4 / 8,
    "DD-001": 4 + 4 / 2 + 4 / 4,
    "PD-002": 4 + 4 / 2 + 4 / 4,
    "EN-001": 4 + 4 / 2,
    "BE-001": 4,
    "EN-002": 4,
    "BE-002": 2,
    "EN-003": 2,
    "FL-003": 2,
    "DD-002": 2,
    "CD-002": 2,
}


def first(db: Database, *assumed: str) -> Priorities:
    with db.read() as session:
        return priority_queries.priorities(session, assumed=assumed)


def row(db: Database, key: str, *assumed: str) -> Priority:
    return next(each for each in first(db, *assumed).items if each.key == key)


def radius(db: Database, key: str, *assumed: str) -> BlastRadius:
    with db.read() as session:
        return dependency_map.blast_radius(session, key, assumed=assumed)


def new(db: Database, severity: str = "low") -> str:
    """The key of one more item."""
    return add_item(db, {"category": "MS", "description": "x", "severity": severity}).keys[0]


def reason(db: Database, key: str, *assumed: str) -> str:
    return row(db, key, *assumed).reason


def test_the_sample_by_hand(db: Database) -> None:
    found = first(db)
    assert [(each.key, each.score) for each in found.items] == list(BY_HAND.items())
    assert [each.rank for each in found.items] == list(range(1, 12))
    assert {each.key for each in found.items if not each.is_root} == {"DD-001", "EN-001", "EN-002"}
    assert {each.key: each.frees for each in found.items if each.frees} == {"PD-001": 1, "EN-001": 1}
    assert {each.key: (each.feeds, each.reach) for each in found.items if each.reach} == {
        "PD-001": (1, 3),
        "DD-001": (1, 2),
        "PD-002": (1, 2),
        "EN-001": (1, 1),
    }
    assert (found.cycles, found.assumed) == ((), ())
    assert all(each.score_now is None and each.share is None for each in found.items)
    best = found.items[0]
    assert (best.lead, best.severity, best.status, best.category) == ("Dead Flink Jobs", "High", "Open", "PD")
    assert best.reason == "feeds DD-001 and, through it, EN-001 and EN-002; High"
    assert found.items[1].reason == "feeds EN-001 and, through it, EN-002; High"
    assert found.items[-1].reason == "feeds no open item; Medium"


@pytest.mark.parametrize("status", [Status.MITIGATED, Status.ACCEPTED])
def test_what_is_settled_neither_counts_nor_carries(db: Database, status: Status) -> None:
    set_status(db, ["DD-001"], status, note="so")
    assert row(db, "PD-001").score == 4
    assert reason(db, "PD-001") == "feeds no open item; High"
    assert "DD-001" not in {each.key for each in first(db).items}
    assert row(db, "EN-001").score == 6


def test_in_progress_is_open(db: Database) -> None:
    set_status(db, ["DD-001", "PD-001"], Status.IN_PROGRESS)
    assert row(db, "PD-001").score == 7.5
    assert row(db, "PD-001").status is Status.IN_PROGRESS


def test_several_labels_between_two_items_are_one_way(db: Database) -> None:
    link(db, "EN-001", "EN-002", "in another way, too")
    assert row(db, "EN-001").score == 6
    assert row(db, "EN-001").frees == 1


def test_equal_scores_go_by_share_then_severity_then_the_document(db: Database) -> None:
    set_register(db, {"project_total": 300})
    edit_items(db, ["EN-003"], {"affected": "0 %"})
    edit_items(db, ["DD-002"], {"affected": "21 projects"})
    edit_items(db, ["CD-002"], {"affected": "7 %"})
    edit_items(db, ["FL-003"], {"affected": "some"})
    last = [each for each in first(db).items if each.score == 2]
    assert [(each.key, each.share) for each in last] == [
        ("DD-002", 7.0),
        ("CD-002", 7.0),
        ("EN-003", 0.0),
        ("BE-002", None),
        ("FL-003", None),
    ]
    # A Medium item with four Low ones downstream scores as much as a High one.
    for _ in range(4):
        link(db, "BE-002", new(db), "")
    assert [each.key for each in first(db).items if each.score == 4] == ["BE-001", "EN-002", "BE-002"]
    set_register(db, {"project_total": None})
    assert row(db, "DD-002").share is None


def test_reasons_name_a_few_and_count_the_rest(db: Database) -> None:
    added = [new(db) for _ in range(5)]
    link(db, "EN-001", added[0], "")
    assert reason(db, "EN-001") == "feeds EN-002 and MS-002; High"
    link(db, "EN-002", added[1], "")
    assert reason(db, "EN-001") == "feeds EN-002, MS-002 and, through them, MS-003; High"
    for key in added[2:4]:
        link(db, "EN-001", key, "")
    assert reason(db, "EN-001") == "feeds EN-002, MS-002, 2 more and, through them, MS-003; High"
    assert reason(db, "DD-001") == "feeds EN-001 and, through it, 5 more; High"
    unlink(db, "EN-002", added[1])
    assert reason(db, "EN-001") == "feeds EN-002, MS-002 and 2 more; High"


def test_reasons_of_what_goes_on_beyond_what_is_counted(db: Database) -> None:
    chain = ["CD-002", *(new(db) for _ in range(45))]
    for source, target in pairwise(chain):
        link(db, source, target, "")
    assert row(db, "CD-002").reach == 40
    assert reason(db, "CD-002") == "feeds MS-002 and, through it, at least 39 more; Medium"
    assert reason(db, chain[10]) == "feeds MS-012 and, through it, 34 more; Low"
    assert radius(db, "CD-002").reached[-1].path == tuple(chain)


def test_a_cycle_is_shown_as_one_and_counts_each_item_once(db: Database) -> None:
    link(db, "EN-002", "DD-001", "keeps alive")
    found = first(db)
    assert [(cycle.keys, cycle.ring, cycle.is_root) for cycle in found.cycles] == [
        (("EN-001", "EN-002", "DD-001"), True, False)
    ]
    assert {each.key for each in found.items if each.in_cycle} == {"EN-001", "EN-002", "DD-001"}
    assert row(db, "EN-001").score == row(db, "EN-002").score == row(db, "DD-001").score == 7
    assert reason(db, "EN-002") == ("in a cycle with EN-001 and DD-001; feeds DD-001 and, through it, EN-001; High")
    assert not any(each.is_root for each in found.items if each.in_cycle)
    assert first(db, "PD-001", "PD-002").cycles[0].is_root
    assert first(db, "EN-001").cycles == ()
    link(db, "DD-001", "EN-002", "both ways")
    assert [(cycle.keys, cycle.ring) for cycle in first(db).cycles] == [(("EN-001", "EN-002", "DD-001"), False)]


def test_an_item_that_feeds_itself_is_a_cycle_and_may_be_a_root(db: Database) -> None:
    link(db, "EN-003", "EN-003", "")
    link(db, "PD-001", "PD-001", "")
    assert [(cycle.keys, cycle.ring, cycle.is_root) for cycle in first(db).cycles] == [
        (("EN-003",), True, True),
        (("PD-001",), True, True),
    ]
    assert row(db, "EN-003").is_root
    assert row(db, "EN-003").score == 2
    assert row(db, "PD-001").score == 7.5
    assert reason(db, "EN-003") == "in a cycle with itself; feeds no other open item; Medium"
    assert reason(db, "PD-001").startswith("in a cycle with itself; feeds DD-001 and, ")


def test_what_if_is_what_mitigating_would_do_and_writes_nothing(db: Database) -> None:
    before, told = exported(db), trail(db)
    found = first(db, "dd-001", " PD-001 ", "DD-001", "FL-001")
    assert found.assumed == ("DD-001", "PD-001", "FL-001")
    assert {each.key: each.score_now for each in found.items} == {
        key: score for key, score in BY_HAND.items() if key not in found.assumed
    }
    with db.read() as session:
        rows = map_rows(session, assumed=("dd-001", "EN-003"))
    marked = {node.key: node.status for node in rows.nodes if node.assumed}
    assert marked == {"DD-001": Status.MITIGATED}
    assert (exported(db), trail(db)) == (before, told)
    set_status(db, ["DD-001", "PD-001"], Status.MITIGATED)
    assert [(each.key, each.score, each.reason) for each in first(db).items] == [
        (each.key, each.score, each.reason) for each in found.items
    ]


def test_what_if_of_an_item_that_is_not_there(db: Database) -> None:
    with pytest.raises(NotFoundError, match="unknown item DD-01: did you mean DD-001"):
        first(db, "EN-001", "DD-01")
    with pytest.raises(NotFoundError):
        radius(db, "DD-01")
    with pytest.raises(NotFoundError):
        radius(db, "EN-001", "DD-01")
    with db.read() as session, pytest.raises(NotFoundError):
        map_rows(session, assumed=("DD-01",))


def test_nothing_open_is_an_empty_list(db: Database) -> None:
    keys = [one.key for one in content(db).items]
    set_status(db, keys, Status.ACCEPTED, note="cheap")
    assert first(db).items == ()
    remove_items(db, keys)
    assert first(db).items == ()


def test_the_blast_radius_of_an_item_and_what_feeds_it(db: Database) -> None:
    found = radius(db, "dd-001")
    assert (found.key, found.lead, found.status, found.score) == ("DD-001", "Schema Dependency", "Open", 7)
    assert [(each.key, each.distance, each.points, each.path) for each in found.reached] == [
        ("EN-001", 1, 2, ("DD-001", "EN-001")),
        ("EN-002", 2, 1, ("DD-001", "EN-001", "EN-002")),
    ]
    assert [(each.key, each.points, each.path) for each in found.fed_by] == [("PD-001", 2, ("PD-001", "DD-001"))]
    assert (found.frees, found.drop) == ((), 7.5 - 4)
    middle = radius(db, "EN-001")
    assert [each.path for each in middle.fed_by] == [
        ("DD-001", "EN-001"),
        ("PD-002", "EN-001"),
        ("PD-001", "DD-001", "EN-001"),
    ]
    assert middle.frees == ("EN-002",)
    alone = radius(db, "BE-001")
    assert (alone.score, alone.reached, alone.fed_by, alone.frees, alone.drop) == (4, (), (), (), 0)


def test_the_radius_goes_through_what_is_settled_without_counting_it(db: Database) -> None:
    settled = radius(db, "FL-001")
    assert (settled.score, settled.frees, settled.drop) == (None, (), 0)
    assert [(each.key, each.points) for each in settled.reached + settled.fed_by] == [
        ("MS-001", None),
        ("FL-003", None),
    ]
    link(db, "FL-001", "PD-001", "a shorter way, but settled")
    link(db, "FL-003", "CD-002", "")
    link(db, "CD-002", "BE-002", "")
    link(db, "BE-002", "PD-001", "a longer way, open")
    found = {each.key: each for each in radius(db, "FL-003").reached}
    assert found["FL-001"].points is None
    assert found["MS-001"].path == ("FL-003", "FL-001", "MS-001")
    assert found["PD-001"].path == ("FL-003", "CD-002", "BE-002", "PD-001")
    assert found["PD-001"].points == 0.5
    back = {each.key: each for each in radius(db, "PD-001").fed_by}
    assert (back["FL-001"].points, back["FL-001"].path) == (None, ("FL-001", "PD-001"))
    assert back["FL-003"].path == found["PD-001"].path
    assert "FL-001" in {each.key for each in radius(db, "PD-001", "CD-002").fed_by}
    assert radius(db, "PD-001", "CD-002").assumed == ("CD-002",)


@pytest.mark.parametrize("assumed", [(), ("PD-002",)])
def test_a_radius_agrees_with_the_list(db: Database, assumed: tuple[str, ...]) -> None:
    link(db, "EN-002", "DD-001", "keeps alive")
    link(db, "FL-003", "EN-002", "")
    link(db, "FL-003", "PD-001", "")
    for each in first(db, *assumed).items:
        found = radius(db, each.key, *assumed)
        assert found.score == each.score
        assert found.score == weight_of(each.severity) + sum(one.points or 0 for one in found.reached)
        assert len(found.frees) == each.frees
        without = first(db, *assumed, each.key)
        rest = {one.key: one.score for one in first(db, *assumed).items if one.key != each.key}
        assert found.drop == sum(rest.values()) - sum(one.score for one in without.items)
        roots = {one.key for one in first(db, *assumed).items if one.is_root}
        assert set(found.frees) == {one.key for one in without.items if one.is_root} - roots


def test_weights() -> None:
    assert [severity.weight for severity in Severity] == [8, 4, 2, 1]
    assert [weight_of(severity) for severity in RATINGS] == [8, 4, 2, 1, 0]


def test_the_number_of_statements_does_not_grow_with_the_register(db: Database) -> None:
    def count() -> int:
        with db.read() as reader, statements(reader) as asked:
            priority_queries.priorities(reader, assumed=("EN-003",))
            dependency_map.blast_radius(reader, "EN-001")
        return len(asked)

    few = count()
    for _ in range(12):
        link(db, new(db), "EN-001", "adds to")
    assert count() == few
