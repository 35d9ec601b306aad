"""The metrics of a register: what each counts, what stays bounded, and counters that never decrease."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from store.audit.undo import redo, undo
from store.commands.categories import add_category
from store.commands.items import accept, add_item, edit_items, remove_items, set_status
from store.commands.saved_queries import MOST_RULES, save_query
from store.commands.settings import create, set_register
from store.commands.signals import mute
from store.db.database import Database
from store.db.migrate import HEAD
from store.enums import RATINGS, SavedKind, Severity, Status
from store.errors import RegisterError
from store.maintenance.backup import back_up
from store.policy import BUILTIN
from store.queries.metrics import BUCKETS, MOST_VALUES, OTHER, UNASSIGNED, Histogram, label_value, metrics
from store.queries.priorities import priorities
from store.review.commands import decide, finish, reopen, start
from store.samples import sample_text
from tests.program import ROOT
from tests.store.importing import row, take
from tests.store.policies import DAY, SHARE, Calendar, save_unchecked
from tests.store.signals.reports import firing, report, resolved, signals

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from store.queries.metrics import Family


@pytest.fixture
def calendar() -> Calendar:
    return Calendar()


@pytest.fixture
def day(sample_copy: Path, calendar: Calendar) -> Iterator[Database]:
    """The sample on a day that passes only when the test lets it."""
    with Database.open(sample_copy, clock=calendar, actor="ana") as opened:
        yield opened


def families(db: Database) -> dict[str, Family]:
    """The metrics by their names without the prefix."""
    return {family.metric.name.removeprefix("ai_debt_"): family for family in metrics(db)}


def samples(db: Database, name: str) -> dict[str, float]:
    """The samples of a metric by the values of their labels after the system, with commas between them."""
    found = families(db)[name].samples
    numbers = {",".join(sample.labels[1:]): sample.value for sample in found}
    assert len(numbers) == len(found)
    return {labels: value for labels, value in numbers.items() if isinstance(value, int | float)}


def value(db: Database, name: str) -> float:
    """The one sample of a metric."""
    (number,) = samples(db, name).values()
    return number


def moment(db: Database, name: str) -> datetime | None:
    """The time that a metric gives, None where it is absent."""
    found = samples(db, name)
    return datetime.fromtimestamp(value(db, name), UTC) if found else None


def durations(db: Database) -> dict[str, Histogram]:
    """The times to mitigate, by severity, without those of which there are none."""
    found = families(db)["time_to_mitigate_seconds"].samples
    numbers = {sample.labels[1]: sample.value for sample in found}
    return {name: each for name, each in numbers.items() if isinstance(each, Histogram) and each.counts[-1]}


def test_the_items_of_the_sample(db: Database) -> None:
    items = samples(db, "items")
    assert len(items) == 7 * 5 * 4
    assert sum(items.values()) == 15
    assert (items["EN,high,open"], items["FL,high,mitigated"], items["BE,critical,accepted"]) == (2, 1, 0)
    assert sum(number for labels, number in items.items() if labels.endswith(("open", "in-progress"))) == 11
    assert samples(db, "owner_unresolved_items") == {UNASSIGNED: 11}
    assert value(db, "created_items_total") == 15
    assert sum(samples(db, "mitigated_items_total").values()) == 0
    with db.read() as reader:
        ranked = priorities(reader).items
    assert value(db, "score") == sum(item.score for item in ranked)
    assert value(db, "largest_blast_radius_items") == max(item.reach for item in ranked) == 3


def test_every_sample_has_a_value_for_each_label_and_begins_with_the_system(db: Database) -> None:
    for metric, found in metrics(db):
        assert found or metric.absent, metric.name
        assert {len(sample.labels) for sample in found} <= {1 + len(metric.labels)}
        assert {sample.labels[0] for sample in found} <= {"Netflix ML Platform (Metaflow/Maestro)"}


def test_a_database_without_a_register_and_an_empty_register(tmp_path: Path) -> None:
    with Database.create(tmp_path / "register.db", clock=Calendar()) as db:
        absent = {name for name, family in families(db).items() if not family.samples}
        assert value(db, "register_changes_total") == value(db, "score") == value(db, "largest_blast_radius_items") == 0
        assert samples(db, "items") == {}
        assert samples(db, "register_info") == {f",{HEAD}": 1}
        create(db, title="Debt", system="Search")
        assert sum(samples(db, "items").values()) == 0
        assert samples(db, "register_info") == {f"Debt,{HEAD}": 1}
        assert moment(db, "register_created_timestamp_seconds") == Calendar().moment
        assert moment(db, "last_review_timestamp_seconds") is None
    assert absent == {
        "items",
        "register_created_timestamp_seconds",
        "newest_backup_timestamp_seconds",
        "oldest_unresolved_timestamp_seconds",
        "last_review_timestamp_seconds",
        "firing_signals",
    }


def test_the_size_the_changes_and_the_time(day: Database, calendar: Calendar) -> None:
    assert value(day, "register_size_bytes") == day.path.stat().st_size
    with day.read() as reader:
        newest = reader.value("select max(sequence) from change")
    assert value(day, "register_changes_total") == newest
    assert moment(day, "metrics_generated_timestamp_seconds") == calendar.moment
    assert metrics(day) == metrics(day)


def test_the_oldest_unresolved_item_by_severity(day: Database, calendar: Calendar) -> None:
    imported = moment(day, "register_created_timestamp_seconds")
    assert imported is not None
    found = samples(day, "oldest_unresolved_timestamp_seconds")
    assert set(found) == {"high", "medium"}
    assert datetime.fromtimestamp(found["high"], UTC) == imported
    edit_items(day, ["EN-001", "MS-001"], {"opened_on": date(2025, 11, 30)})
    edit_items(day, ["EN-003", "BE-002", "FL-003", "DD-002"], {"opened_on": date(2030, 1, 1)})
    found = samples(day, "oldest_unresolved_timestamp_seconds")
    assert datetime.fromtimestamp(found["high"], UTC) == datetime(2025, 11, 30, tzinfo=UTC)
    set_status(day, ["CD-002"], Status.MITIGATED)
    found = samples(day, "oldest_unresolved_timestamp_seconds")
    assert datetime.fromtimestamp(found["medium"], UTC) == calendar.moment
    set_status(day, ["EN-003", "BE-002", "FL-003", "DD-002"], Status.MITIGATED)
    assert set(samples(day, "oldest_unresolved_timestamp_seconds")) == {"high"}


def test_flags_and_rules(day: Database, calendar: Calendar) -> None:
    accept(day, ["BE-001"], rationale="so", by="Board", until=(calendar.moment + 2 * DAY).date())
    edit_items(day, ["EN-001"], {"due_on": (calendar.moment + DAY).date()})
    assert [value(day, name) for name in ("ended_acceptances", "ending_acceptances", "overdue_items")] == [0, 1, 0]
    calendar.pass_days(3)
    assert [value(day, name) for name in ("ended_acceptances", "ending_acceptances", "overdue_items")] == [1, 0, 1]
    save_query(day, SavedKind.RULE, "In EN", "category:EN status:open")
    save_unchecked(day, SavedKind.RULE, "Later", "mood:bad")
    own = {SHARE: 0, "In EN": 3}
    assert samples(day, "rule_broken_items") == {**own, "Contradicted": 0, "Overdue": 1, "Acceptance ended": 1}
    unknown = samples(day, "rule_unknown_items")
    assert unknown == {**dict.fromkeys(unknown, 0), SHARE: 5}
    assert set(unknown) == {*own, *BUILTIN}
    assert value(day, "invalid_rules") == 1
    assert value(day, "escalated_items") == 3


def test_reviews(day: Database, calendar: Calendar) -> None:
    assert moment(day, "last_review_timestamp_seconds") is None
    assert value(day, "review_undecided_items") == 0
    start(day, title="Spring", skip_days=0)
    assert value(day, "review_undecided_items") == 15
    decide(day, 1, "EN-001")
    assert value(day, "review_undecided_items") == 14
    finish(day, 1)
    ended = calendar.moment
    calendar.pass_days(9)
    assert moment(day, "last_review_timestamp_seconds") == ended
    assert value(day, "review_undecided_items") == 0
    reopen(day, 1)
    assert moment(day, "last_review_timestamp_seconds") is None


def test_signals(day: Database, calendar: Calendar) -> None:
    one, other, low = (firing(name, name, debt_item="EN-001") for name in "abc")
    report(day, one, other, low._replace(severity="info"), firing("d", "d")._replace(severity=None))
    assert samples(day, "firing_signals") == {"alertmanager,page": 2, "alertmanager,info": 1, "alertmanager,": 1}
    assert (value(day, "inbox_signals"), value(day, "contradicted_items")) == (1, 0)
    set_status(day, ["EN-001"], Status.MITIGATED)
    assert value(day, "contradicted_items") == samples(day, "rule_broken_items")["Contradicted"] == 1
    report(day, resolved(one, calendar.moment), resolved(low, calendar.moment)._replace(severity="info"))
    mute(day, [signal.number for signal in signals(day) if signal.name in ("b", "d")], (calendar.moment + DAY).date())
    # A pair stays, and a muted signal neither fires nor waits.
    assert samples(day, "firing_signals") == {"alertmanager,page": 0, "alertmanager,info": 0, "alertmanager,": 0}
    assert (value(day, "inbox_signals"), value(day, "contradicted_items")) == (0, 0)
    calendar.pass_days(2)
    assert samples(day, "firing_signals") == {"alertmanager,page": 1, "alertmanager,info": 0, "alertmanager,": 1}
    assert (value(day, "inbox_signals"), value(day, "contradicted_items")) == (1, 1)


def test_severities_of_signals_beyond_the_most_are_folded(day: Database) -> None:
    alerts = [firing(f"{number}", f"A{number}")._replace(severity=f"P{number:02d}") for number in range(60)]
    report(day, *alerts, *(alert._replace(fingerprint=f"{alert.fingerprint}x") for alert in alerts[55:]))
    found = samples(day, "firing_signals")
    assert len(found) == MOST_VALUES + 1
    assert found["other,other"] == 10
    assert found["alertmanager,P59"] == 2
    assert sum(found.values()) == 65


def test_only_backups_of_this_register_count(day: Database, calendar: Calendar, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()

    def newest() -> datetime | None:
        found = {family.metric.name: family.samples for family in metrics(day, backups=[folder, folder])}
        times = [sample.value for sample in found["ai_debt_newest_backup_timestamp_seconds"]]
        return datetime.fromtimestamp(times[0], UTC) if times and isinstance(times[0], float) else None

    assert newest() is None
    back_up(day)
    first = calendar.moment
    assert newest() == moment(day, "newest_backup_timestamp_seconds") == first
    calendar.pass_days(5)
    back_up(day, directory=folder)
    assert newest() == calendar.moment
    assert moment(day, "newest_backup_timestamp_seconds") == first
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    later = Calendar(calendar.moment + 9 * DAY)
    with Database.create(elsewhere / day.path.name, clock=later) as other:
        create(other, title="Another register of the same name")
        back_up(other, directory=folder)
    assert newest() == calendar.moment
    (folder / "register.backup-20300101T000000Z.db").write_text("not a register", encoding="utf-8")
    assert newest() == calendar.moment


def test_times_to_mitigate(day: Database, calendar: Calendar) -> None:
    edit_items(day, ["EN-001"], {"opened_on": date(2026, 2, 1)})
    set_status(day, ["EN-001", "EN-003"], Status.MITIGATED)
    opened = datetime(2026, 2, 1, tzinfo=UTC)
    created = moment(day, "register_created_timestamp_seconds")
    assert created is not None
    found = durations(day)
    assert set(found) == {"high", "medium"}
    assert found["high"].total == (calendar.moment - opened).total_seconds()
    assert found["high"].counts == tuple(int(bound >= 60 * 86_400) for bound in BUCKETS[:4]) + (1,) * 6
    assert found["medium"].total == pytest.approx((calendar.moment - created).total_seconds())
    assert samples(day, "mitigated_items_total")["high"] == 1
    # What is corrected later changes nothing that was counted.
    edit_items(day, ["EN-001"], {"opened_on": date(2020, 1, 1), "severity": Severity.LOW})
    remove_items(day, ["EN-003"])
    assert durations(day) == found
    # It counts again from the same opening date when it is mitigated again.
    calendar.pass_days(1)
    set_status(day, ["EN-001"], Status.OPEN)
    set_status(day, ["EN-001"], Status.IN_PROGRESS)
    set_status(day, ["EN-001"], Status.MITIGATED)
    assert set(durations(day)) == {"high", "medium", "low"}
    assert durations(day)["low"].counts[-2:] == (0, 1)


def test_an_opening_date_in_the_future_makes_no_negative_time(day: Database) -> None:
    edit_items(day, ["EN-001"], {"opened_on": date(2030, 1, 1)})
    set_status(day, ["EN-001"], Status.MITIGATED)
    assert durations(day)["high"] == Histogram((1,) * (len(BUCKETS) + 1), 0)


def test_undo_and_redo_count_nothing(day: Database) -> None:
    set_status(day, ["EN-001"], Status.MITIGATED)
    counted = durations(day)
    undo(day)
    assert durations(day) == counted
    redo(day)
    assert durations(day) == counted
    add_item(day, {"category": "EN", "description": "new", "severity": Severity.HIGH})
    undo(day)
    redo(day)
    remove_items(day, ["EN-004"])
    undo(day)
    assert value(day, "created_items_total") == 16
    set_status(day, ["EN-001"], Status.OPEN)
    undo(day)
    assert durations(day) == counted


def test_items_that_come_mitigated_were_not_mitigated_here(day: Database) -> None:
    add_item(day, {"category": "EN", "description": "new", "status": Status.MITIGATED})
    assert durations(day) == {}
    assert value(day, "created_items_total") == 16


def test_a_document_that_mitigates_counts(day: Database, calendar: Calendar) -> None:
    calendar.pass_days(1)
    take(day, sample_text().replace(row("EN-001"), row("EN-001").replace("| Open |", "| Mitigated |")))
    assert {name: each.counts[-1] for name, each in durations(day).items()} == {"high": 1}


def test_owners_beyond_the_most_are_folded(day: Database) -> None:
    keys = [f"EN-{number:03d}" for number in range(1, 4)]
    for number in range(60):
        add_item(day, {"category": "MS", "description": "many", "owner": f"team {number:02d}"})
    edit_items(day, keys[:2], {"owner": "team 59"})
    edit_items(day, keys[2:], {"owner": UNASSIGNED})
    found = samples(day, "owner_unresolved_items")
    assert len(found) == MOST_VALUES + 2
    assert found["team 59"] == 3
    # One owner has the name of what has no owner.
    assert found[UNASSIGNED] == 8 + 1
    assert sum(found.values()) == 71
    assert next(iter(found)) == UNASSIGNED
    assert found[OTHER] == 60 - MOST_VALUES
    edit_items(day, keys[:2], {"owner": OTHER})
    assert sum(samples(day, "owner_unresolved_items").values()) == 71


def test_an_owner_who_has_resolved_everything_stays_at_zero(day: Database) -> None:
    edit_items(day, ["EN-001"], {"owner": "ana"})
    set_status(day, ["EN-001"], Status.MITIGATED)
    assert samples(day, "owner_unresolved_items") == {UNASSIGNED: 10, "ana": 0}


def test_categories_beyond_the_most_are_folded(day: Database) -> None:
    for number in range(60):
        add_category(day, code=f"X{number}", name=f"Category {number}")
    add_item(day, {"category": "X58", "description": "many"})
    add_item(day, {"category": "X59", "description": "many", "severity": Severity.LOW})
    add_item(day, {"category": "X42", "description": "many"})
    found = samples(day, "items")
    assert len(found) == (MOST_VALUES + 1) * 5 * 4
    assert found["X42,unrated,open"] == 1
    assert found["other,unrated,open"] == found["other,low,open"] == 1
    assert sum(found.values()) == 18


def test_a_register_has_at_most_as_many_series_as_the_document_says(day: Database) -> None:
    """The bound of what grows with a register: each label at its limit, all others as in any register."""
    label = MOST_VALUES + 1
    grows = {
        "items": label * len(RATINGS) * len(Status),
        "owner_unresolved_items": label + 1,
        "rule_broken_items": MOST_RULES + len(BUILTIN),
        "rule_unknown_items": MOST_RULES + len(BUILTIN),
        "oldest_unresolved_timestamp_seconds": len(RATINGS),
        "mitigated_items_total": len(RATINGS),
        "time_to_mitigate_seconds": len(RATINGS) * (len(BUCKETS) + 3),
        "firing_signals": label,
    }
    found = families(day)
    assert {name for name, family in found.items() if family.metric.labels} == {*grows, "register_info"}
    most = sum(grows.get(name, 1) for name in found)
    assert f"at most {most:,} series" in (ROOT / "docs" / "monitoring.md").read_text(encoding="utf-8")


def test_long_texts_are_cut_and_those_that_are_cut_to_the_same_are_added(day: Database) -> None:
    long = "x" * 200
    assert len(label_value(long)) == len(label_value(f"{long}y")) == 128
    assert label_value("x" * 128) == "x" * 128
    edit_items(day, ["EN-001"], {"owner": long})
    edit_items(day, ["EN-002"], {"owner": f"{long}y"})
    set_register(day, {"title": long})
    assert samples(day, "owner_unresolved_items") == {UNASSIGNED: 9, label_value(long): 2}
    assert list(samples(day, "register_info")) == [f"{label_value(long)},{HEAD}"]


def test_other_registers_have_other_labels(sample_copy: Path, tmp_path: Path) -> None:
    copy = shutil.copyfile(sample_copy, tmp_path / "other.db")
    with Database.open(sample_copy) as one, Database.open(copy) as other:
        set_register(other, {"system": "Search"})
        first, second = (
            {(name, sample.labels) for name, family in families(db).items() for sample in family.samples}
            for db in (one, other)
        )
    assert first
    assert not first & second


def test_a_damaged_trail_is_a_sentence(day: Database) -> None:
    set_status(day, ["EN-001"], Status.MITIGATED)
    edit_items(day, ["EN-001"], {"owner": "ana"})
    with day.write("set") as writer:
        connection = writer.reader.connection
        guard = connection.execute("select sql from sqlite_master where name = 'change_is_never_changed'").fetchone()
        connection.execute("drop trigger change_is_never_changed")
        connection.execute("update change set after = '{}' where key = 'EN-001' and field is null")
        connection.execute("update change set time = 'noon' where field = 'status'")
        connection.execute(*guard)
        writer.commit_unrecorded()
    with pytest.raises(RegisterError, match="metrics cannot be computed: its trail is damaged"):
        metrics(day)
