"""Critical and unrated items: stored, taken back, found, ordered, counted, scored, judged and written."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from store.audit import describe
from store.audit.trends import trend
from store.audit.undo import redo, undo
from store.audit.verify import verify
from store.commands.imports.apply import apply_import
from store.commands.imports.plan import plan_import
from store.commands.items import accept, add_item, edit_items, set_status
from store.commands.saved_queries import save_query
from store.commands.settings import set_register
from store.db.database import Database
from store.enums import RATINGS, Flag, SavedKind, Severity, Status, letter, rating
from store.errors import ConflictError, InvalidValueError
from store.fields import FIELDS
from store.filters.ast import ItemFilter
from store.filters.parser import parse
from store.formats.reports import accepted_markdown, minutes_markdown
from store.queries.dependency_map import blast_radius
from store.queries.items import locate, page
from store.queries.overview import summary
from store.queries.priorities import priorities
from store.review.commands import decide, finish, follow_up, start
from tests.store.asking import content, exported, item, statements, trail
from tests.store.policies import Calendar, accepted, flags, owners
from tests.store.review.asking import minutes, queue

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from store.fields import FieldValue

UNRATED = ("BE-002", "DD-001", "MS-001")
CRITICAL = ("EN-001", "CD-001")


@pytest.fixture
def mixed(db: Database) -> Database:
    """The sample with two Critical items and three unrated ones; CD-001 and MS-001 are mitigated."""
    edit_items(db, CRITICAL, {"severity": Severity.CRITICAL})
    edit_items(db, UNRATED, {"severity": None})
    return db


@pytest.fixture
def late(sample_copy: Path) -> Iterator[Database]:
    """The sample, a day old, with a clock that does not advance."""
    with Database.open(sample_copy, clock=Calendar(), actor="ana") as opened:
        yield opened


def found(db: Database, query: str) -> list[str]:
    """The keys of the items that meet a query, in its order."""
    with db.read() as reader:
        return [row.key for row in page(reader, ItemFilter(parse(query))).items]


def test_each_rating_has_a_word_and_a_letter() -> None:
    assert [rating(each) for each in RATINGS] == ["Critical", "High", "Medium", "Low", "unrated"]
    assert [letter(each) for each in RATINGS] == ["C", "H", "M", "L", "-"]


@pytest.mark.parametrize("typed", ["", "  ", "none", "None", "unrated", " UNRATED "])
def test_a_severity_is_taken_away_by_nothing_or_by_a_word(db: Database, typed: str) -> None:
    edit_items(db, ["EN-001"], {"severity": typed})
    assert item(db, "EN-001").severity is None
    assert FIELDS["severity"].read(typed) is None


def test_what_is_no_severity_is_refused_with_all_that_there_are(db: Database) -> None:
    with pytest.raises(
        InvalidValueError, match="unknown severity 'blocker': use critical, high, medium, low or unrated"
    ):
        edit_items(db, ["EN-001"], {"severity": "blocker"})


def test_a_new_item_needs_no_severity(db: Database) -> None:
    values: dict[str, FieldValue] = {"category": "EN", "description": "Nobody has looked at it yet"}
    (key,) = add_item(db, values).keys
    (other,) = add_item(db, {**values, "severity": "critical"}).keys
    assert (item(db, key).severity, item(db, other).severity) == (None, Severity.CRITICAL)
    assert verify(db) == ()


def test_changes_are_told_and_taken_back(db: Database) -> None:
    edit_items(db, ["EN-001"], {"severity": "unrated"})
    edit_items(db, ["EN-001"], {"severity": "critical"})
    assert [describe.sentence(change) for change in trail(db, "EN-001")[:2]] == [
        "ana set the severity of EN-001 from unrated to Critical",
        "ana set the severity of EN-001 from High to unrated",
    ]
    assert [(change.before, change.after) for change in trail(db, "EN-001")[:2]] == [
        (None, "Critical"),
        ("High", None),
    ]
    undo(db)
    assert item(db, "EN-001").severity is None
    undo(db)
    assert item(db, "EN-001").severity is Severity.HIGH
    redo(db)
    assert item(db, "EN-001").severity is None
    assert verify(db) == ()


def test_no_rating_is_overwritten_unseen(db: Database, bo: Database) -> None:
    edit_items(db, ["EN-001"], {"severity": None})
    seen: dict[str, FieldValue] = {"severity": None}
    edit_items(bo, ["EN-001"], {"severity": "low"}, before={"EN-001": seen})
    with pytest.raises(ConflictError, match="bo"):
        edit_items(db, ["EN-001"], {"severity": "critical"}, before={"EN-001": seen})
    assert item(db, "EN-001").severity is Severity.LOW


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ("severity:critical", {*CRITICAL}),
        ("severity:none", {*UNRATED}),
        ("no:severity", {*UNRATED}),
        ("severity:unrated", {*UNRATED}),
        ("severity:none,critical", {*UNRATED, *CRITICAL}),
        ("severity:>high", {*CRITICAL}),
        ("severity:>critical", set()),
        ("severity:<low", set()),
        ("no:owner severity:none is:open", {"BE-002", "DD-001"}),
    ],
)
def test_they_are_found(mixed: Database, query: str, keys: set[str]) -> None:
    assert set(found(mixed, query)) == keys
    every = {one.key for one in content(mixed).items}
    assert set(found(mixed, f"-{query}" if " " not in query else "")) == (every - keys if " " not in query else every)


def test_what_is_at_least_high_is_high_or_critical_and_never_unrated(mixed: Database) -> None:
    severities = {one.severity for one in content(mixed).items if one.key in found(mixed, "severity:>=high")}
    assert severities == {Severity.HIGH, Severity.CRITICAL}
    assert not set(found(mixed, "severity:<=low")) & set(UNRATED)


def test_critical_is_first_and_unrated_last_in_either_direction(mixed: Database) -> None:
    by_severity = found(mixed, "sort:severity")
    assert by_severity[:2] == [*CRITICAL]
    assert by_severity[-3:] == [*UNRATED]
    backwards = found(mixed, "sort:-severity")
    assert set(backwards[-5:-3]) == {*CRITICAL}
    assert backwards[-3:] == [*UNRATED]


def test_a_page_of_them_follows_the_index_of_positions(mixed: Database) -> None:
    with mixed.read() as reader:
        for query in ("severity:none", "severity:>=high is:open", "-severity:critical"):
            with statements(reader) as asked:
                listed = page(reader, ItemFilter(parse(query)), limit=3)
                assert locate(reader, ItemFilter(parse(query)), listed.items[-1].key) == len(listed.items) - 1
            (ids, *_) = [sql for sql in asked if sql.startswith("select item.id from item where")]
            plan = [row[3] for row in reader.connection.execute(f"explain query plan {ids}")]
            assert plan == ["SEARCH item USING COVERING INDEX ix_item_place (category_id=?)"]


def test_they_are_counted_apart_and_only_where_there_are_any(db: Database) -> None:
    def counts() -> list[tuple[str, int]]:
        with db.read() as reader:
            return [(rating(severity), number) for severity, number in summary(reader).total.by_severity]

    assert counts() == [("High", 6), ("Medium", 5), ("Low", 0)]
    edit_items(db, ["EN-001"], {"severity": "critical"})
    assert counts() == [("Critical", 1), ("High", 5), ("Medium", 5), ("Low", 0)]
    edit_items(db, UNRATED, {"severity": None})
    assert counts() == [("Critical", 1), ("High", 4), ("Medium", 4), ("Low", 0), ("unrated", 2)]
    set_status(db, ["BE-002", "DD-001"], Status.MITIGATED)
    assert counts() == [("Critical", 1), ("High", 4), ("Medium", 4), ("Low", 0)]


def test_owners_have_their_critical_and_unrated_items_counted(mixed: Database) -> None:
    edit_items(mixed, ["EN-001", "BE-002", "CD-001"], {"owner": "Ranking"})
    row = owners(mixed)["Ranking"]
    assert (row.items, row.open, row.critical, row.high, row.unrated) == (3, 2, 1, 0, 1)
    assert owners(mixed)[None].unrated == 1


def test_an_unrated_item_weighs_nothing_and_scores_by_what_it_makes_worse(mixed: Database) -> None:
    with mixed.read() as reader:
        rows = {row.key: row for row in priorities(reader).items}
        radius = blast_radius(reader, "DD-001")
    # DD-001 feeds EN-001 (Critical, 8), and through it EN-002 (High, 4).
    assert (rows["DD-001"].score, rows["EN-001"].score, rows["BE-002"].score) == (0 + 4 + 1, 8 + 2, 0)
    assert rows["DD-001"].reason == "feeds EN-001 and, through it, EN-002; unrated"
    assert (radius.score, [one.points for one in radius.reached]) == (5, [4, 1])
    # It adds nothing to what leads to it.
    assert rows["PD-001"].score == 4 + 0 + 2 + 0.5


def test_of_equal_scores_the_unrated_comes_last(db: Database) -> None:
    edit_items(db, ["BE-002"], {"severity": None})
    (key,) = add_item(db, {"category": "BE", "description": "Feeds", "severity": None}).keys
    with db.read() as reader:
        ordered = [row.key for row in priorities(reader).items]
    assert ordered[-2:] == ["BE-002", key]


def test_open_unrated_items_head_the_queue_of_a_review(mixed: Database) -> None:
    start(mixed, title="Winter")
    follow_up(mixed, 1, "EN-003", text="ask the search team")
    found = queue(mixed, 1)
    assert found[:2] == [
        ("DD-001", "unrated; score 5, never reviewed"),
        ("BE-002", "unrated; score 0, never reviewed"),
    ]
    assert dict(found)["MS-001"] == "mitigated, never reviewed"
    assert [key for key, _ in found][-1] == "MS-001"


def test_an_unrated_item_comes_before_follow_ups_and_what_breaks_a_rule(mixed: Database) -> None:
    save_query(mixed, SavedKind.RULE, "Search", "component:mdl-search is:open")
    start(mixed, title="Autumn")
    follow_up(mixed, 1, "EN-003", text="ask")
    follow_up(mixed, 1, "BE-002", text="rate it", due_on=date(2026, 3, 1))
    decide(mixed, 1, "DD-001")
    finish(mixed, 1)
    start(mixed, title="Winter")
    # DD-001 was reviewed recently, and left unrated then.
    assert [key for key, _ in queue(mixed, 2)][:2] == ["BE-002", "EN-003"]
    assert queue(mixed, 2)[0][1].startswith("unrated; follow-up overdue by ")


def test_minutes_say_what_was_rated(mixed: Database) -> None:
    start(mixed, title="Rating")
    edit_items(mixed, ["BE-002"], {"severity": "low"})
    decide(mixed, 1, "BE-002")
    text = minutes_markdown(minutes(mixed, 1))
    assert "severity: unrated → Low (by ana)" in text


def test_debt_is_accepted_for_the_days_of_its_severity_and_unrated_debt_without_an_end(late: Database) -> None:
    edit_items(late, ["EN-001"], {"severity": "critical"})
    edit_items(late, ["EN-002"], {"severity": None})
    accept(late, ["EN-001", "EN-002", "EN-003"], rationale="we live with it", by="cy")
    assert [item(late, key).accepted_until for key in ("EN-001", "EN-002", "EN-003")] == [
        date(2026, 4, 2),
        None,
        date(2026, 8, 30),
    ]
    set_register(late, {"accept_for": "critical 7"})
    accept(late, ["EN-001", "EN-002"], rationale="again", by="cy")
    assert (item(late, "EN-001").accepted_until, item(late, "EN-002").accepted_until) == (date(2026, 3, 10), None)
    text = accepted_markdown(accepted(late), title="Debt", system=None, day=date(2026, 3, 3))
    assert "| Critical | cy | again | 2026-03-03 | 2026-03-10 |" in text
    assert "| unrated | cy | again | 2026-03-03 | no end date |" in text


def test_unrated_debt_is_overdue_by_its_due_date_alone(late: Database) -> None:
    set_register(late, {"mitigate_within": "critical 1, high 1, medium 1, low 1"})
    opened: dict[str, FieldValue] = {"opened_on": date(2026, 1, 1)}
    edit_items(late, ["EN-001"], {"severity": "critical", **opened})
    edit_items(late, ["EN-002"], {"severity": None, **opened})
    assert Flag.OVERDUE in flags(late, "EN-001")
    assert item(late, "EN-001").overdue_days == 60
    assert Flag.OVERDUE not in flags(late, "EN-002")
    edit_items(late, ["EN-002"], {"due_on": date(2026, 3, 1)})
    assert Flag.OVERDUE in flags(late, "EN-002")
    assert item(late, "EN-002").overdue_days == 2


def test_a_rule_on_severity_never_holds_for_an_unrated_item(mixed: Database) -> None:
    save_query(mixed, SavedKind.RULE, "Worst", "severity:>=high is:open")
    save_query(mixed, SavedKind.RULE, "To rate", "severity:none is:open")
    assert "Worst" in item(mixed, "EN-001").broken_rules
    assert item(mixed, "DD-001").broken_rules == ("To rate",)
    assert item(mixed, "DD-001").unknown_rules == ()


def test_trends_have_a_line_for_each_rating(mixed: Database) -> None:
    point = trend(mixed).points[-1]
    assert [each.open for each in point.severities] == [1, 4, 4, 0, 2]
    assert point.high_age.number == 5


def test_a_document_has_critical_in_its_cell_and_unrated_as_an_empty_one(mixed: Database, tmp_path: Path) -> None:
    text = exported(mixed)
    cells = {row.split("|")[1].strip(): row.split("|")[3].strip() for row in text.splitlines() if row.startswith("| ")}
    assert {key: cells[key] for key in (*CRITICAL, *UNRATED)} == dict.fromkeys(CRITICAL, "Critical") | dict.fromkeys(
        UNRATED, ""
    )
    with Database.create(tmp_path / "again.db", clock=Calendar(), actor="bo") as again:
        plan = plan_import(again, text, path=None)
        assert plan.problems == ()
        apply_import(again, plan)
        assert {one.key: one.severity for one in content(again).items} == {
            one.key: one.severity for one in content(mixed).items
        }
        assert exported(again) == text


def test_what_is_critical_and_open_is_red_on_the_map_of_a_document(db: Database) -> None:
    def color(key: str) -> str:
        style = next(row for row in exported(db).splitlines() if row.strip().startswith(f"style {key}"))
        return style.rpartition("fill:")[2]

    assert color("FL003") == "#ffcc99"
    edit_items(db, ["FL-003"], {"severity": "critical"})
    assert color("FL003") == "#ff9999"
    edit_items(db, ["FL-003"], {"severity": None})
    assert color("FL003") == "#ffcc99"
    edit_items(db, ["EN-001"], {"severity": None})
    assert color("EN001") == "#ffcc99"


@pytest.mark.parametrize("cell", ["", "  ", "-", "\u2014", "n/a"])
def test_an_empty_severity_cell_is_unrated(db: Database, cell: str) -> None:
    text = f"# Debt\n\n## Entanglement\n\n| ID | Severity | Status |\n|---|---|---|\n| EN-009 | {cell} | Open |\n"
    plan = plan_import(db, text.replace("# Debt", "# AI Debt Register"), path=None)
    assert plan.content is not None
    assert [(one.key, one.severity) for one in plan.content.items] == [("EN-009", None)]
