"""Lists, pages, counts and proposals."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from store.commands.categories import move_category
from store.commands.dependencies import link
from store.commands.items import add_item, comment, edit_items, remove_items, set_status
from store.enums import Status
from store.errors import NotFoundError
from store.filters.ast import ItemFilter, phrases
from store.filters.parser import parse
from store.queries import items as item_queries
from store.queries import overview as overview_queries
from store.queries.dependency_map import map_rows
from store.queries.documents import content
from store.queries.history import changes
from store.queries.items import Position, details, locate
from store.queries.lookup import next_key
from store.queries.overview import Counts, summary
from store.text import lead_of
from tests.store.asking import item, statements

if TYPE_CHECKING:
    from store.db.database import Database
    from store.queries.items import Page
    from tests.conftest import Ticks

FILTERS = (
    ItemFilter(),
    ItemFilter(category="en"),
    ItemFilter(parse("status:open")),
    ItemFilter(parse("severity:medium status:open,mitigated")),
    ItemFilter(parse("-category:en,MS -severity:low")),
    ItemFilter(parse("mdl FEATURE")),
    ItemFilter(parse("component:amber")),
    ItemFilter(parse("owner:mlp")),
    ItemFilter(parse("amber"), category="BE"),
    ItemFilter(phrases("no such word")),
    ItemFilter(parse("owner:nobody")),
    ItemFilter(parse("sort:score")),
    ItemFilter(parse("status:open sort:-severity")),
    ItemFilter(parse("sort:-document")),
    ItemFilter(parse("sort:owner"), category="EN"),
)


def page(db: Database, wanted: ItemFilter, **at: int | Position) -> Page:
    with db.read() as session:
        return item_queries.page(session, wanted, **at)  # type: ignore[arg-type]


def keys(found: Page) -> list[str]:
    return [row.key for row in found.items]


def test_the_sample_in_numbers(db: Database) -> None:
    with db.read() as session:
        found = summary(session)
    assert found.total.counts == Counts(open=11, mitigated=4)
    assert (found.total.high, found.total.medium, found.total.low) == (6, 5, 0)
    assert [(row.code, row.counts.unresolved, row.counts.total) for row in found.categories] == [
        ("BE", 2, 2),
        ("EN", 3, 3),
        ("FL", 1, 3),
        ("DD", 2, 2),
        ("PD", 2, 2),
        ("CD", 1, 2),
        ("MS", 0, 1),
    ]
    assert len(found.register.cadence) == 4
    assert found.register.last_change is not None


@pytest.mark.parametrize("wanted", FILTERS)
def test_a_list_is_the_same_however_it_is_paged(db: Database, wanted: ItemFilter) -> None:
    edit_items(db, ["EN-001", "BE-001", "MS-001"], {"owner": "MLP"})
    move_category(db, "MS", -6)
    with db.read() as session:
        whole = item_queries.page(session, wanted)
        everything = details(session, wanted)
        assert keys(whole) == [one.key for one in everything]
        assert (whole.start, whole.total) == (0, len(whole.items))
        for index, row in enumerate(whole.items):
            assert locate(session, wanted, row.key.lower()) == index
        for limit in (1, 2, 4, 100):
            for start in range(whole.total + 2):
                part = item_queries.page(session, wanted, start=start, limit=limit)
                assert part.items == whole.items[start : start + limit]
                assert (part.start, part.total) == (min(start, whole.total), whole.total)
            for index, row in enumerate(whole.items):
                after = item_queries.page(session, wanted, after=row.position, limit=limit)
                assert (after.items, after.start) == (whole.items[index + 1 : index + 1 + limit], index + 1)
                before = item_queries.page(session, wanted, before=row.position, limit=limit)
                first = max(index - limit, 0)
                assert (before.items, before.start) == (whole.items[first:index], first)


def test_what_a_list_does_not_have(db: Database) -> None:
    with db.read() as session:
        assert locate(session, ItemFilter(category="EN"), "BE-001") is None
        assert locate(session, ItemFilter(parse("status:accepted")), "BE-001") is None
        with pytest.raises(NotFoundError):
            locate(session, ItemFilter(), "BE-009")
        with pytest.raises(NotFoundError, match="unknown category XX"):
            item_queries.page(session, ItemFilter(category="XX"))


def test_a_place_that_is_gone_still_leads_on(db: Database) -> None:
    whole = page(db, ItemFilter())
    remove_items(db, [whole.items[4].key])
    assert keys(page(db, ItemFilter(), after=whole.items[4].position)) == keys(whole)[5:]
    assert keys(page(db, ItemFilter(), before=whole.items[4].position)) == keys(whole)[:4]
    words = ItemFilter(phrases("e"))
    assert keys(page(db, words, after=whole.items[4].position)) == keys(whole)[5:]


@pytest.mark.parametrize(
    ("field", "value", "word"),
    [
        ("title", "Drossel", "drossel"),
        ("description", "100%_sure \\ yes", "%_SURE \\"),
        ("mitigation_plan", "später prüfen", "PRÜFEN"),
        ("mitigation_plan", "SPÄTER", "später"),
        ("owner", "Zoë", "zoë"),
        ("components", ("Über-Dienst",), "über-"),
        ("affected", "777 projects", "777"),
        ("status", "in-progress", "IN PROGRESS"),
    ],
)
def test_words_are_found_in_every_field(db: Database, field: str, value: str | tuple[str, ...], word: str) -> None:
    assert keys(page(db, ItemFilter(phrases(word)))) == []
    edit_items(db, ["DD-001"], {field: value})
    assert keys(page(db, ItemFilter(phrases(word)))) == ["DD-001"]


def test_every_word_must_be_there(db: Database) -> None:
    edit_items(db, ["DD-001"], {"owner": "Drossel", "title": "Amsel_1"})
    assert keys(page(db, ItemFilter(phrases("drossel", "amsel")))) == ["DD-001"]
    assert keys(page(db, ItemFilter(phrases("drossel", "fink")))) == []
    assert keys(page(db, ItemFilter(phrases("amsel%1")))) == []


def test_owners_and_components_are_met_in_whole(db: Database) -> None:
    edit_items(db, ["DD-001", "EN-001"], {"owner": "Team_1", "components": "Flink; Amber"})
    edit_items(db, ["DD-002"], {"owner": "TeamX1"})
    assert keys(page(db, ItemFilter(parse("owner:team_1")))) == ["EN-001", "DD-001"]
    assert keys(page(db, ItemFilter(parse("owner:team")))) == []
    assert {"EN-001", "DD-001"} <= set(keys(page(db, ItemFilter(parse("component:flink")))))


def test_what_forms_propose(db: Database) -> None:
    edit_items(db, ["DD-001", "EN-001", "EN-002"], {"owner": "MLP"})
    edit_items(db, ["DD-002"], {"owner": "Ads"})
    with db.read() as session:
        known = overview_queries.names_in_use(session)
        assert known.owners == ("MLP", "Ads")
        assert known.components[:3] == ("MDL-REC", "MDL-SEARCH", "Amber")


def test_next_keys(db: Database) -> None:
    def following(code: str) -> str:
        with db.read() as session:
            return next_key(session, code)

    assert following("en") == "EN-004"
    remove_items(db, ["EN-003"])
    assert following("EN") == "EN-004"
    add_item(db, {"category": "EN", "key": "EN-0010", "description": "x", "severity": "low"})
    assert following("EN") == "EN-0011"
    edit_items(db, ["MS-001"], {"key": "STALE-A"})
    assert following("MS") == "MS-002"
    edit_items(db, ["FL-001", "FL-002"], {"category": "MS"})
    assert following("MS") == "FL-004"
    with pytest.raises(NotFoundError):
        following("XX")


def test_an_item_in_detail(db: Database, clock: Ticks) -> None:
    comment(db, ["EN-001"], "why")
    set_status(db, ["EN-001"], Status.IN_PROGRESS)
    clock.moment += timedelta(days=29)
    found = item(db, "EN-001")
    assert [(one.key, one.label) for one in found.feeds] == [("EN-002", "feature changes cascade to")]
    assert [one.key for one in found.fed_by] == ["DD-001", "PD-002"]
    assert found.category_name == "Entanglement"
    assert (found.age_days, found.age_at_least) == (30, True)
    assert found.last_change is not None
    assert (found.last_change.field, found.last_change.after) == ("status", "In Progress")
    assert found.updated > found.created


def test_the_number_of_statements_does_not_grow_with_the_list(db: Database) -> None:
    def count(wanted: ItemFilter) -> int:
        with db.read() as reader, statements(reader) as asked:
            details(reader, wanted)
            map_rows(reader)
            content(reader)
        return len(asked)

    small = count(ItemFilter())
    for number in range(12):
        added = add_item(db, {"category": "EN", "description": f"{number}", "severity": "low", "components": "Amber"})
        link(db, added.keys[0], "EN-001", "adds to")
    assert count(ItemFilter()) == small


def test_pages_and_counts_follow_their_indexes(db: Database) -> None:
    with db.read() as reader:
        place = item_queries.page(reader, ItemFilter(), limit=1).items[0].position
        with statements(reader) as asked:
            summary(reader)
            item_queries.page(reader, ItemFilter(parse("status:open")), start=5)
            item_queries.page(reader, ItemFilter(parse("is:open -severity:low category:EN,FL")), start=5)
            item_queries.page(reader, ItemFilter(), after=place)
        plans = [
            row[3]
            for statement in asked
            if "from item" in statement.lower()
            for row in reader.tuples(f"EXPLAIN QUERY PLAN {statement}")
        ]
    assert plans
    assert not [plan for plan in plans if "TEMP B-TREE" in plan]
    assert not [plan for plan in plans if plan.startswith("SCAN item") and "COVERING INDEX" not in plan]


def test_changes_of_one_key(db: Database) -> None:
    edit_items(db, ["EN-001"], {"key": "EN-101"})
    link(db, "EN-101", "CD-002", "x")
    with db.read() as session:
        told = changes(session, key="en-101")
        assert [(change.verb, change.entity) for change in told[:2]] == [("link", "dependency"), ("edit", "item")]
        assert told[-1].verb == "import"
        assert [change.verb for change in changes(session, key="EN")] == ["import"]
        assert changes(session, key="nothing") == ()
        assert len(changes(session, limit=2)) == 2
        assert len(changes(session)) == 1 + 7 + 15 + 7 + 1 + 2


@pytest.mark.parametrize(
    ("title", "description", "lead"),
    [
        ("Short\nname", "text", "Short name"),
        (" ", "text", "text"),
        (None, "**Bold** and `code` and *so* on, snake_case stays", "Bold and code and so on, snake_case stays"),
        (None, "word " * 40, "word word word word word word word word word word word word…"),
        (None, "x" * 100, "x" * 60 + "…"),
        (None, "", ""),
        (None, "a" * 55 + ", bcdefgh ijk", "a" * 55 + "…"),
    ],
)
def test_leads(title: str | None, description: str, lead: str) -> None:
    assert lead_of(title, description) == lead
