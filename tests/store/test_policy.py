"""Escalation rules: seeded from prose, true, false or unknown, shown on every row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from store.audit.undo import undo
from store.commands.imports.apply import apply_import
from store.commands.imports.plan import plan_import
from store.commands.items import edit_items, set_status
from store.commands.saved_queries import edit_query, remove_query, rename_query, save_query
from store.commands.settings import set_register
from store.db.database import Database
from store.enums import Flag, SavedKind, Status
from store.errors import ConflictError, InvalidValueError, NotFoundError, QueryError
from store.filters.ast import ItemFilter
from store.policy import check
from store.queries import items as item_queries
from store.queries import overview as overview_queries
from store.queries import priorities as priority_queries
from store.samples import sample_text
from tests.store.asking import trail
from tests.store.importing import changed, plan, take
from tests.store.policies import HIGH, SHARE, Calendar, escalated, flags, listed, owners, rules, save_unchecked

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

QUERY = "severity:high status:open,in-progress share:>10%"
PROSE = "ML Platform leadership is brought in on High-severity debt once it affects > 10% of all ML projects"


@pytest.fixture
def calendar() -> Calendar:
    return Calendar()


@pytest.fixture
def late(sample_copy: Path, calendar: Calendar) -> Iterator[Database]:
    """The sample, a day old, with a clock that is moved by days."""
    with Database.open(sample_copy, clock=calendar, actor="ana") as opened:
        yield opened


# Seeded rules


def test_the_sample_brings_its_rule_in_the_imports_own_batch(db: Database) -> None:
    rule = rules(db)[SHARE]
    assert (rule.query, rule.broken, rule.unknown) == (QUERY, (), HIGH)
    made = next(change for change in trail(db) if change.entity == "rule")
    assert (made.verb, made.key, made.batch) == ("import", SHARE, 1)


def test_undoing_the_import_takes_the_rule_back(tmp_path: Path) -> None:
    with Database.create(tmp_path / "register.db", actor="ana") as db:
        apply_import(db, plan_import(None, sample_text(), path=None))
        assert list(rules(db)) == [SHARE]
        undo(db, confirmed=True)
        assert rules(db) == {}
        apply_import(db, plan(db, sample_text()))
        assert list(rules(db)) == [SHARE]


def test_importing_again_neither_doubles_nor_overwrites(db: Database) -> None:
    save_query(db, SavedKind.RULE, SHARE, "severity:high share:>20%")
    assert take(db, changed((PROSE, PROSE.replace("10%", "30%")))) == "Imported 15 items: 1 field changed"
    assert {name: rule.query for name, rule in rules(db).items()} == {SHARE: "severity:high share:>20%"}
    remove_query(db, SavedKind.RULE, SHARE)
    take(db, sample_text())
    assert rules(db) == {}


def test_an_entry_that_appears_later_is_read_then(tmp_path: Path) -> None:
    entry = f"- **Escalation:** {PROSE}\n"
    with Database.create(tmp_path / "register.db") as db:
        apply_import(db, plan_import(None, changed((entry, "")), path=None))
        assert rules(db) == {}
        save_query(db, SavedKind.RULE, "Mine", "severity:low")
        take(db, sample_text())
        assert list(rules(db)) == ["Mine", SHARE]


def test_what_is_not_understood_is_noticed_and_makes_no_rule(tmp_path: Path) -> None:
    text = changed((PROSE, f"{PROSE}; what customers feel goes to the board"))
    found = plan_import(None, text, path=None)
    said = [str(notice) for notice in found.notices if "escalation" in notice.what]
    assert said == [
        "line 133: the escalation 'what customers feel goes to the board' is not understood and did not become a rule"
    ]
    with Database.create(tmp_path / "register.db") as db:
        apply_import(db, found)
        assert list(rules(db)) == [SHARE]


# Three values


def test_a_share_is_told_only_where_the_register_knows_it(db: Database) -> None:
    edit_items(db, ["EN-001"], {"affected": "450 projects"})
    edit_items(db, ["EN-002"], {"affected": "12%"})
    edit_items(db, ["DD-001"], {"affected": "about 10 %"})
    edit_items(db, ["PD-001"], {"affected": "many"})
    rest = ("BE-001", "PD-001", "PD-002")
    assert (rules(db)[SHARE].broken, rules(db)[SHARE].unknown) == (("EN-002",), ("BE-001", "EN-001", *rest[1:]))
    set_register(db, {"project_total": 3000})
    assert (rules(db)[SHARE].broken, rules(db)[SHARE].unknown) == (("EN-001", "EN-002"), rest)
    set_register(db, {"project_total": 4500})
    assert (rules(db)[SHARE].broken, rules(db)[SHARE].unknown) == (("EN-002",), rest)


def test_unknown_is_never_zero_and_never_broken(db: Database) -> None:
    save_query(db, SavedKind.RULE, "Small", "share:<1%")
    save_query(db, SavedKind.RULE, "Not small", "-share:<1%")
    found = rules(db)
    assert found["Small"].broken == found["Not small"].broken == ()
    assert len(found["Small"].unknown) == len(found["Not small"].unknown) == 15
    assert escalated(db) == {}
    edit_items(db, ["EN-001"], {"affected": "0%"})
    assert escalated(db) == {"EN-001": ("Small",)}


def test_an_age_is_told_as_soon_as_what_is_known_of_it_is_enough(late: Database, calendar: Calendar) -> None:
    save_query(late, SavedKind.RULE, "Old", "severity:high status:open age:>30d")
    save_query(late, SavedKind.RULE, "Amber", "component:Amber status:open age:>14d")
    edit_items(late, ["EN-001"], {"opened_on": "2026-01-01"})
    edit_items(late, ["EN-002"], {"opened_on": "2026-03-01"})
    assert rules(late)["Old"].broken == ("EN-001",)
    assert rules(late)["Old"].unknown == ("BE-001", "DD-001", "PD-001", "PD-002")
    assert escalated(late) == {"EN-001": ("Old", "Amber")}
    calendar.pass_days(15)
    assert rules(late)["Amber"].broken == ("BE-001", "EN-001", "DD-001", "PD-001")
    calendar.pass_days(15)
    assert rules(late)["Old"].broken == HIGH
    assert rules(late)["Old"].unknown == ()


def test_every_row_says_what_its_rules_say(late: Database) -> None:
    edit_items(late, ["EN-001", "FL-001"], {"affected": "12%"})
    save_query(late, SavedKind.RULE, "Artwork", "key:FL-003")
    assert flags(late, "EN-001") == flags(late, "FL-003") == {Flag.ESCALATED}
    assert flags(late, "FL-001") == flags(late, "BE-001") == frozenset()
    with late.read() as session:
        details = {row.key: row for row in item_queries.details(session, ItemFilter())}
        summary = overview_queries.summary(session)
        first = {row.key: row.flags for row in priority_queries.priorities(session).items}
    assert (details["EN-001"].broken_rules, details["EN-001"].unknown_rules) == ((SHARE,), ())
    assert (details["FL-003"].broken_rules, details["BE-001"].unknown_rules) == (("Artwork",), (SHARE,))
    assert summary.flagged == ((Flag.ESCALATED, 2),)
    assert {key for key, found in first.items() if Flag.ESCALATED in found} == {"EN-001", "FL-003"}
    assert {key for key, row in listed(late).items() if row.flags} == {"EN-001", "FL-003"}


# Keeping rules


@pytest.mark.parametrize(
    ("name", "query", "said"),
    [
        ("X", "is:escalated", "cannot use is:escalated"),
        ("X", "severity:hihg", "did you mean severity:high"),
        ("X", "severity:high sort:age", "a rule cannot have an order"),
        ("X", "sort:age", "a rule cannot have an order"),
        ("X", "  ", "query is empty"),
        (" ", "severity:high", "name is empty"),
        ("overdue", "severity:high", "Overdue is a built-in rule"),
        ("x" * 121, "severity:high", "121 characters long"),
    ],
)
def test_what_can_be_no_rule_is_refused(db: Database, name: str, query: str, said: str) -> None:
    with pytest.raises((QueryError, InvalidValueError), match=said):
        save_query(db, SavedKind.RULE, name, query)
    with pytest.raises((QueryError, InvalidValueError), match=said):
        edit_query(db, SavedKind.RULE, SHARE, {"name": name, "query": query})
    assert list(rules(db)) == [SHARE]


def test_a_rule_is_edited_in_one_step_and_taken_back_in_one(db: Database, bo: Database) -> None:
    changes = {"name": "Share", "query": "severity:high share:>20%"}
    done = edit_query(db, SavedKind.RULE, SHARE.upper(), changes, before={"query": QUERY})
    assert done.message == "Changed rule Share"
    assert [(row.name, row.query) for row in rules(db).values()] == [("Share", "severity:high share:>20%")]
    undo(db)
    assert [(row.name, row.query) for row in rules(db).values()] == [(SHARE, QUERY)]
    save_query(bo, SavedKind.RULE, "Other", "severity:low")
    save_query(bo, SavedKind.RULE, SHARE, "share:>5%")
    with pytest.raises(ConflictError, match="bo"):
        edit_query(db, SavedKind.RULE, SHARE, {"name": "Share", "query": "severity:high"}, before={"query": QUERY})
    with pytest.raises(InvalidValueError, match="there is already a rule Other"):
        edit_query(db, SavedKind.RULE, SHARE, {"name": "other", "query": "severity:high"})
    with pytest.raises(NotFoundError, match="use one of"):
        edit_query(db, SavedKind.RULE, "Nothing", {"name": "New", "query": "severity:high"})
    rename_query(db, SavedKind.RULE, "Other", "Low")
    remove_query(db, SavedKind.RULE, SHARE)
    assert list(rules(db)) == ["Low"]


def test_a_rule_that_is_not_understood_says_so_and_spoils_nothing(db: Database) -> None:
    edit_items(db, ["EN-001"], {"affected": "12%"})
    save_unchecked(db, SavedKind.RULE, "Foreign", "mood:bad")
    save_unchecked(db, SavedKind.RULE, "Circle", "is:escalated")
    found = rules(db)
    assert "mood" in found["Foreign"].problem
    assert (found["Foreign"].broken, found["Foreign"].unknown) == ((), ())
    assert found["Circle"].problem
    assert escalated(db) == {"EN-001": (SHARE,)}
    assert flags(db, "EN-001") == {Flag.ESCALATED}
    assert check(db).is_broken
    edit_items(db, ["EN-001"], {"affected": None})
    assert check(db).is_broken
    remove_query(db, SavedKind.RULE, "Foreign")
    remove_query(db, SavedKind.RULE, "Circle")
    assert not check(db).is_broken


def test_there_is_an_end_to_the_number_of_rules(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("store.commands.saved_queries.MOST_RULES", 2)
    save_query(db, SavedKind.RULE, "Two", "severity:low")
    with pytest.raises(InvalidValueError, match="there are already 2 rules"):
        save_query(db, SavedKind.RULE, "Three", "severity:low")
    save_query(db, SavedKind.RULE, "two", "severity:medium")


# Owners


def test_owners_with_what_they_own_and_nobody_first(late: Database, calendar: Calendar) -> None:
    edit_items(late, ["EN-001", "EN-002", "FL-001"], {"owner": "MLP", "affected": "12%"})
    edit_items(late, ["EN-001"], {"opened_on": "2026-02-01", "due_on": "2026-03-01"})
    edit_items(late, ["MS-001"], {"owner": "Search"})
    edit_items(late, ["BE-001"], {"owner": "Data", "opened_on": "2026-03-01"})
    calendar.pass_days(1)
    found = owners(late)
    assert list(found) == [None, "MLP", "Data", "Search"]
    mlp = found["MLP"]
    assert (mlp.items, mlp.open, mlp.high, mlp.escalated, mlp.overdue) == (3, 2, 2, 2, 1)
    assert (mlp.oldest_days, mlp.oldest_at_least) == (31, True)
    assert (found["Data"].oldest_days, found["Data"].oldest_at_least) == (3, False)
    assert (found["Search"].open, found["Search"].oldest_days) == (0, None)
    assert (found[None].items, found[None].open, found[None].oldest_days) == (10, 8, 2)
    set_status(late, [key for key, row in listed(late).items() if row.owner is None], Status.MITIGATED)
    assert next(iter(owners(late))) is None
