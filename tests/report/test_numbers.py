"""What a report counts and lists is what the register says, then and now."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from store.audit.replay import rebuild_as_of
from store.audit.trends import trend
from store.commands.dependencies import link
from store.commands.items import add_item, edit_items, set_status
from store.commands.saved_queries import save_query
from store.commands.settings import create, set_register
from store.db.database import Database
from store.enums import Flag, SavedKind, Severity, Status
from store.errors import NotFoundError, RegisterError
from store.queries.overview import Counts, summary
from store.queries.report import FIRST, LISTED, MAP_ITEMS, MapLink, Report, report
from store.review import commands as reviews
from tests.report.scenario import NOW, day
from tests.store.policies import SHARE, Calendar

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from store.queries.report import AlarmingItem


def moved(found: Report) -> dict[str, list[str]]:
    """The items that moved, by what happened to them."""
    return {group.effect: [item.key for item in group.items] for group in found.movement if group.items}


def keys(rows: tuple[AlarmingItem, ...]) -> list[str]:
    return [row.key for row in rows]


def counts_at(db: Database, moment: datetime, folder: Path) -> Counts:
    """The counts of the register that is rebuilt for a moment."""
    folder.mkdir()
    with rebuild_as_of(db, moment, folder) as past, past.read() as reader:
        return summary(reader).total.counts


def test_without_a_date_it_compares_with_the_review_that_ended_last(db: Database) -> None:
    found = report(db)
    assert (found.since.kind, found.since.review, found.since.title) == ("review", 1, "Autumn review")
    assert (found.since.time, found.since.is_default) == (day(11, 2), True)
    assert found == report(db, since="review")._replace(since=found.since)
    assert moved(found) == {"new": ["MS-002"], "accepted": ["DD-002"], "removed": ["CD-002"]}
    assert found.counts == Counts(open=9, mitigated=5, accepted=2)
    assert found.before == Counts(open=10, mitigated=5, accepted=1)


@pytest.mark.parametrize("days", [5, 20, 60, 150, 300])
def test_the_counts_before_are_those_of_the_register_then(db: Database, tmp_path: Path, days: int) -> None:
    moment = NOW - timedelta(days=days)
    found = report(db, since=moment)
    assert (found.since.kind, found.since.time) == ("date", moment)
    assert found.before == counts_at(db, moment, tmp_path / "then")
    assert found.counts == counts_at(db, NOW, tmp_path / "now")
    difference = found.counts.total - found.before.total
    totals = {group.effect: group.total for group in found.movement}
    assert totals["new"] - totals["removed"] == difference


def test_what_came_with_the_first_import_is_not_new(db: Database) -> None:
    found = report(db, since=day(1, 1, 2025))
    assert (found.since.kind, found.since.time) == ("beginning", day(11, 28, 2025))
    assert found.before == Counts(open=11, mitigated=4)
    assert moved(found)["new"] == ["PD-003", "MS-002"]
    assert moved(found)["mitigated"] == ["EN-003"]
    assert moved(found)["removed"] == ["CD-002"]


def test_without_a_review_it_goes_back_90_days_or_to_the_beginning(tmp_path: Path) -> None:
    calendar = Calendar()
    with Database.create(tmp_path / "new.db", clock=calendar, actor="ana") as db:
        create(db, title="New")
        add_item(db, {"category": "EN", "description": "d"})
        calendar.pass_days(50)
        assert (report(db).since.kind, moved(report(db))) == ("beginning", {"new": ["EN-001"]})
        with pytest.raises(NotFoundError, match="no review has ended yet"):
            report(db, since="review")
        calendar.pass_days(50)
        found = report(db)
        assert (found.since.kind, found.since.time) == ("date", calendar.moment - timedelta(days=90))
        assert moved(found) == {}


def test_a_date_in_the_future_is_refused(db: Database) -> None:
    with pytest.raises(RegisterError, match="is in the future: choose an earlier date"):
        report(db, since=NOW + timedelta(days=1))


def test_what_needs_attention_has_its_reason_in_words(db: Database) -> None:
    found = report(db)
    (row,) = found.contradicted
    assert (row.key, row.status, row.owner) == ("FL-002", Status.MITIGATED, None)
    assert row.reason == "mitigated, but FeatureDrift has been firing since 2026-11-22"
    assert keys(found.escalated) == ["EN-001", "EN-002"]
    assert found.escalated[0].reason == f'breaks the rule "{SHARE}"'
    assert (found.escalated_total, found.contradicted_total, found.unchecked) == (2, 1, 5)
    assert (found.signals.firing, found.signals.inbox) == (2, 1)


def test_an_item_that_breaks_several_rules_is_listed_once(db: Database) -> None:
    save_query(db, SavedKind.RULE, "Streaming is done", "owner:Streaming status:open")
    save_query(db, SavedKind.RULE, "Nothing open in EN", "category:EN status:open")
    found = report(db)
    # The highest score comes first.
    assert keys(found.escalated) == ["PD-001", "DD-001", "PD-002", "EN-001", "EN-002"]
    assert found.escalated[3].reason == f'breaks the rules "{SHARE}" and "Nothing open in EN"'


def test_overdue_items_have_their_reason_and_the_longest_overdue_comes_first(db: Database) -> None:
    set_register(db, {"mitigate_within": "high 100, medium 365"})
    edit_items(db, ["PD-003"], {"due_on": NOW.date() - timedelta(days=80)})
    edit_items(db, ["PD-001"], {"opened_on": NOW.date() - timedelta(days=101)})
    edit_items(db, ["BE-001"], {"due_on": NOW.date() - timedelta(days=1)})
    edit_items(db, ["EN-001"], {"due_on": NOW.date()})
    found = report(db)
    reasons = {row.key: row.reason for row in found.overdue}
    assert keys(found.overdue)[-4:] == ["PD-003", "MS-002", "FL-003", "PD-001"]
    assert reasons["MS-002"] == "was due 2026-11-27, 3 days ago"
    assert reasons["PD-003"] == "was due 2026-09-11, 80 days ago; open for 174 days, 74 more than High allows"
    assert reasons["PD-001"] == "open for 101 days, 1 more than High allows"
    assert reasons["BE-001"] == "was due 2026-11-29, 1 day ago; open for 367+ days, 267+ more than High allows"
    assert reasons["EN-001"] == "open for 367+ days, 267+ more than High allows"
    assert found.overdue_total == len(found.overdue) == dict(found.flagged)[Flag.OVERDUE]


def test_the_rest_is_what_other_commands_say(db: Database) -> None:
    found = report(db)
    assert [row.rank for row in found.first] == list(range(1, 10))
    assert (found.first[0].key, found.first[0].score) == ("MS-002", 8.0)
    assert [(row.key, row.state) for row in found.acceptances] == [("DD-002", "ended"), ("BE-002", "ending")]
    assert [row.owner for row in found.owners] == [None, "Streaming", "ML Platform", "Labels", "Ranking"]
    assert (found.map.items, found.map.dependencies, found.map.by_category) == (9, 7, False)
    assert MapLink("PD-001", "DD-001", "dead jobs mask") in found.map.links


def test_the_trend_is_that_of_the_dashboard(db: Database) -> None:
    found, whole = report(db).trend, trend(db)
    assert found == whole
    assert (found.points[-1].counts.open, found.points[-1].counts.mitigated) == (9, 5)


def test_a_trend_of_many_days_has_a_point_for_each_week(sample_copy: Path) -> None:
    calendar = Calendar()
    with Database.open(sample_copy, clock=calendar, actor="ana") as db:
        calendar.pass_days(12)
        assert report(db).trend.points == trend(db).points
        calendar.pass_days(50)
        whole = trend(db).points
        found = report(db).trend
        assert (found.unit, len(whole)) == ("day", 64)
        assert found.points == whole[0::7] == (*whole[0:63:7], whole[63])


def test_the_trend_ends_with_the_change_that_the_rest_was_read_at(db: Database) -> None:
    found = report(db)
    set_status(db, ["BE-001"], Status.MITIGATED)
    assert trend(db, until=found.head) == found.trend
    assert trend(db) != found.trend


def test_the_last_review_says_what_it_decided(db: Database) -> None:
    review = report(db).review
    assert review is not None
    assert (review.number, review.participants, review.items, review.reviewed) == (1, ("ana", "bo"), 16, 3)
    assert [(row.key, row.what, row.by) for row in review.decisions] == [
        ("BE-002", ("accepted by Board until 2026-12-09: cheaper than the cure",), "ana"),
        ("EN-003", ("status: Open to Mitigated",), "ana"),
    ]
    assert [(row.key, row.overdue_days) for row in report(db).follow_ups] == [("EN-001", 10), ("PD-001", None)]


def test_decisions_are_put_in_a_few_words(db: Database) -> None:
    number = reviews.start(db, title="Winter", skip_days=0).number
    edit_items(db, ["EN-001"], {"owner": "bo", "mitigation_plan": "rewrite it\n\nall"})
    edit_items(db, ["EN-002"], {"status": "mitigated", "status_note": "pinned"}, note="asked for by the board")
    edit_items(db, ["BE-001"], {"status": "accepted", "status_note": "why not", "accepted_until": None})
    add_item(db, {"category": "EN", "description": "Found in the review"})
    reviews.finish(db, number)
    review = report(db).review
    assert review is not None
    what = {row.key: row.what for row in review.decisions}
    assert what["EN-001"] == ("owner: ML Platform to bo", "mitigation plan changed")
    assert what["EN-002"][0] == "status: Open to Mitigated: asked for by the board"
    assert what["BE-001"] == ("accepted by ana without an end date: why not",)
    assert what["EN-004"] == ("added",)


def test_lists_have_the_first_entries_and_totals_count_all(tmp_path: Path) -> None:
    calendar, number = Calendar(), LISTED + 5
    with Database.create(tmp_path / "many.db", clock=calendar, actor="ana") as db:
        create(db, title="Many")
        calendar.pass_days(1)
        for at in range(number):
            values = {"category": "EN", "description": f"item {at}", "severity": Severity.HIGH, "owner": f"team {at}"}
            add_item(db, values | {"due_on": "2020-01-01"})
        save_query(db, SavedKind.RULE, "Nothing is open", "status:open")
        found = report(db)
    new = next(group for group in found.movement if group.effect == "new")
    assert (new.total, len(new.items)) == (number, LISTED)
    assert (found.escalated_total, len(found.escalated)) == (number, LISTED)
    assert (found.overdue_total, len(found.overdue)) == (number, LISTED)
    assert (found.owners_total, len(found.owners)) == (number, LISTED)
    assert len(found.first) == FIRST
    assert [row.key for row in found.first] == [row.key for row in found.escalated[:FIRST]]


def test_a_large_map_is_counted_by_category(db: Database) -> None:
    for at in range(MAP_ITEMS):
        (key,) = add_item(db, {"category": "FL", "description": f"item {at}"}).keys
        link(db, key, "EN-001", "feeds")
    found = report(db).map
    assert (found.by_category, found.items, found.dependencies) == (True, 9 + MAP_ITEMS, 7 + MAP_ITEMS)
    assert MapLink("FL", "EN", None, MAP_ITEMS) in found.links
    assert sum(each.number for each in found.links) == found.dependencies
    numbers = [each.number for each in found.links]
    assert numbers == sorted(numbers, reverse=True)
    assert found.links_total == len(found.links)


def test_an_empty_register_has_an_empty_report(tmp_path: Path) -> None:
    with Database.create(tmp_path / "empty.db", clock=lambda: NOW, actor="ana") as db:
        create(db, title="Empty")
        found = report(db)
    assert found.counts == found.before == Counts()
    assert (moved(found), found.first, found.owners, found.review, found.map.links) == ({}, (), (), None, ())
