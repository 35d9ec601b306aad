"""The register at an earlier time: rebuilt from the trail, it is row for row the same, and cannot be changed."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.audit.replay import parse_moment, rebuild_as_of
from store.audit.undo import undo
from store.audit.verify import verify
from store.clock import end_of_day, format_time
from store.commands.items import edit_items, set_status
from store.commands.saved_queries import remove_query, save_query
from store.commands.settings import set_register
from store.db.database import Database
from store.enums import FollowUpState, SavedKind, Status
from store.errors import InvalidValueError, RegisterError
from store.filters.ast import ItemFilter
from store.queries import items as item_queries
from store.queries.dependency_map import map_rows
from store.queries.items import page
from store.queries.overview import summary
from store.queries.priorities import priorities
from store.review.commands import decide, edit_follow_up, finish, follow_up, mark_follow_ups, reopen, start
from store.review.queries import unfinished
from store.review.queue import ReviewDecision
from tests.conftest import START, Ticks
from tests.counts import count as times
from tests.store.asking import content, item, trail
from tests.store.importing import changed, take
from tests.store.steps import KEYS, STEPS, attempt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Rows = dict[str, list[tuple[object, ...]]]


def ongoing(db: Database) -> int:
    """The number of the review that goes on, which may have to begin."""
    with db.read() as session:
        found = unfinished(session)
    return found.number if found else start(db, title="March", participants=("ana", "bo"), skip_days=0).number


def go_through(db: Database, key: str) -> None:
    decide(db, ongoing(db), key, seconds=3)
    follow_up(db, ongoing(db), key, text="see to it", owner="bo", due_on=date(2026, 5, 1))


def decide_with_a_status(db: Database, key: str) -> None:
    set_status(db, [key], Status.MITIGATED, decision=ReviewDecision(ongoing(db), seconds=2))


def end(db: Database) -> None:
    finish(db, ongoing(db))


def end_and_reopen(db: Database) -> None:
    number = ongoing(db)
    finish(db, number)
    reopen(db, number)


NAMES = st.sampled_from(["Mine", "mine", "Later"])
MORE = st.one_of(
    STEPS,
    st.tuples(st.just(save_query), st.just(SavedKind.VIEW), NAMES, st.sampled_from(["owner:x", "owner:y"])),
    st.tuples(st.just(remove_query), st.just(SavedKind.VIEW), NAMES),
    st.tuples(st.just(mark_follow_ups), st.sampled_from([[1], [1, 2]]), st.sampled_from(FollowUpState)),
    st.tuples(st.just(edit_follow_up), st.sampled_from([1, 2]), st.sampled_from([{"text": "x"}, {"owner": None}])),
    st.tuples(st.just(set_register), st.sampled_from([{"title": "Other"}, {"mitigate_within": "high 30"}])),
    st.tuples(st.just(go_through), KEYS),
    st.tuples(st.just(decide_with_a_status), KEYS),
    st.tuples(st.just(end)),
    st.tuples(st.just(end_and_reopen)),
    st.tuples(st.just(take), st.sampled_from([changed(), changed(("Amber", "Ochre"))])),
)


def rows(db: Database) -> Rows:
    """Every row of every table but the trail; how often a row was written, and how components are numbered, is left."""
    assert db.path is not None
    with closing(sqlite3.connect(f"{db.path.as_uri()}?mode=ro", uri=True)) as raw:
        tables = [name for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        found = {}
        for table in tables:
            names = [column[1] for column in raw.execute(f"PRAGMA table_info({table})") if column[1] != "version"]
            if not table.startswith("sqlite_") and table not in ("change", "component", "item_component", "document"):
                found[table] = raw.execute(f"SELECT {', '.join(names)} FROM {table} ORDER BY 1").fetchall()
        found["components"] = raw.execute(
            "SELECT item_id, position, name FROM item_component JOIN component ON id = component_id ORDER BY 1, 2"
        ).fetchall()
        return found


def changes(db: Database) -> list[tuple[object, ...]]:
    """The trail as stored."""
    assert db.path is not None
    with closing(sqlite3.connect(f"{db.path.as_uri()}?mode=ro", uri=True)) as raw:
        return raw.execute("SELECT * FROM change ORDER BY sequence").fetchall()


@pytest.fixture(scope="session")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Folders for the databases of the examples."""

    def made() -> Iterator[Path]:
        root = tmp_path_factory.mktemp("as-of")
        for number in count():
            (root / str(number)).mkdir()
            yield root / str(number)

    return made()


@settings(max_examples=times(6, 100))
@given(steps=st.lists(MORE, min_size=1, max_size=6))
def test_the_trail_gives_what_was_there_after_every_batch(
    sample_register: Path, places: Iterator[Path], steps: list[tuple[Callable[..., object], object]]
) -> None:
    path = shutil.copyfile(sample_register, next(places) / "register.db")
    clock = Ticks(START + timedelta(days=1))
    with Database.open(path, clock=clock, actor="ana") as db:
        then = [(clock.moment, rows(db), len(changes(db)))]
        for verb, *arguments in steps:
            attempt(db, verb, *arguments)
            then.append((clock.moment, rows(db), len(changes(db))))
        whole, now = changes(db), content(db)
        for moment, expected, number in then[-3:]:
            with rebuild_as_of(db, moment, next(places)) as past:
                assert rows(past) == expected
                assert changes(past) == whole[:number]
                assert verify(past) == ()
        with rebuild_as_of(db, moment + timedelta(days=1), next(places)) as past:
            assert content(past) == now


def test_a_day_shows_the_register_and_its_ages_as_they_were(db: Database, clock: Ticks, tmp_path: Path) -> None:
    clock.moment = START + timedelta(days=40)
    edit_items(db, ["EN-001"], {"status": "mitigated"})
    day = end_of_day((START + timedelta(days=10)).date())
    with rebuild_as_of(db, day, tmp_path) as past, past.read() as session:
        found = item_queries.item(session, "en-001")
        assert (found.status.value, found.age_days, found.age_at_least) == ("Open", 10, True)
        assert summary(session).total.counts.open == 11
        assert page(session, ItemFilter(), limit=99).total == 15
        assert len(map_rows(session).edges) == 7
        assert priorities(session).items
    assert item(db, "EN-001").status.value == "Mitigated"


def test_nobody_changes_the_past(db: Database, tmp_path: Path) -> None:
    with rebuild_as_of(db, db.clock(), tmp_path) as past:
        assert str(past.trouble).startswith(f"this is the register as of {format_time(past.clock())}")
        with pytest.raises(RegisterError, match="this is the register as of"):
            edit_items(past, ["EN-001"], {"status": "mitigated"})
        with pytest.raises(RegisterError, match="this is the register as of"):
            undo(past)


def test_there_is_nothing_before_the_beginning(db: Database, tmp_path: Path) -> None:
    with pytest.raises(RegisterError) as caught:
        rebuild_as_of(db, end_of_day(START.date() - timedelta(days=1)), tmp_path)
    assert str(caught.value) == (
        "the register was created on 2026-03-02 09:00 UTC, after 2026-03-01: choose a later time"
    )
    with Database.create(tmp_path / "empty.db") as empty, pytest.raises(RegisterError, match="no changes recorded yet"):
        rebuild_as_of(empty, empty.clock(), tmp_path)


def test_others_go_on_writing_while_it_is_rebuild(db: Database, bo: Database, tmp_path: Path) -> None:
    before, number = content(db), len(trail(db))
    told = []

    def progress(done: int, total: int) -> None:
        told.append((done, total))
        edit_items(bo, ["EN-002"], {"owner": "bo"})

    with rebuild_as_of(db, db.clock(), tmp_path, progress=progress) as past:
        assert content(past) == before
    assert told == [(len(changes(db)) - 1, len(changes(db)) - 1)]
    assert len(trail(db)) == number + 1


def test_a_clock_that_was_wrong_does_not_disorder_the_trail(db: Database, clock: Ticks, tmp_path: Path) -> None:
    clock.moment = START + timedelta(days=9)
    edit_items(db, ["EN-001"], {"owner": "before"})
    clock.moment = START - timedelta(days=9000)
    edit_items(db, ["EN-001"], {"owner": "slow"})
    clock.moment = START + timedelta(days=30)
    for day, owner in ((8, None), (9, "slow"), (29, "slow")):
        with rebuild_as_of(db, end_of_day((START + timedelta(days=day)).date()), tmp_path) as past:
            assert item(past, "EN-001").owner == owner
        (tmp_path / "as-of.db").unlink()


def test_a_trail_that_somebody_cut_is_refused_in_a_sentence(sample_copy: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(sample_copy)) as raw, raw:
        raw.execute("DROP TRIGGER change_is_never_removed")
        raw.execute("DELETE FROM change WHERE entity = 'category' AND field IS NULL")
        raw.execute("DELETE FROM change WHERE sequence = (SELECT min(sequence) FROM change WHERE entity = 'item')")
        raw.execute("UPDATE item SET owner = 'x'")
    with Database.open(sample_copy, actor="ana") as db:
        edit_items(db, ["BE-001"], {"owner": "y"})
        with pytest.raises(RegisterError, match="cannot be rebuilt: its trail is damaged"):
            rebuild_as_of(db, db.clock(), tmp_path)


@pytest.mark.parametrize(
    ("typed", "moment"),
    [
        ("2026-03-01", datetime(2026, 3, 1, 23, 59, 59, 999999, UTC)),
        ("20260301", datetime(2026, 3, 1, 23, 59, 59, 999999, UTC)),
        ("2026-W09-7", datetime(2026, 3, 1, 23, 59, 59, 999999, UTC)),
        ("20260301T14", datetime(2026, 3, 1, 14, tzinfo=UTC)),
        ("2026-03-01T00:00", datetime(2026, 3, 1, tzinfo=UTC)),
        (" 2026-03-01T14:00 ", datetime(2026, 3, 1, 14, tzinfo=UTC)),
        ("2026-03-01T14:00+02:00", datetime(2026, 3, 1, 12, tzinfo=UTC)),
        ("30D", datetime(2026, 2, 28, 23, 59, 59, 999999, UTC)),
        ("12h", datetime(2026, 3, 30, 0, tzinfo=UTC)),
        ("yesterday", datetime(2026, 3, 29, 23, 59, 59, 999999, UTC)),
        ("last friday", datetime(2026, 3, 27, 23, 59, 59, 999999, UTC)),
        ("2w", datetime(2026, 3, 16, 23, 59, 59, 999999, UTC)),
        ("1.3.2026", datetime(2026, 3, 1, 23, 59, 59, 999999, UTC)),
        ("2026-03-30", datetime(2026, 3, 30, 12, tzinfo=UTC)),
        ("2099-01-01", datetime(2026, 3, 30, 12, tzinfo=UTC)),
    ],
)
def test_moments_are_typed_as_people_write_them(typed: str, moment: datetime) -> None:
    assert parse_moment(typed, datetime(2026, 3, 30, 12, tzinfo=UTC)) == moment


def test_what_is_no_moment_is_refused() -> None:
    with pytest.raises(InvalidValueError, match="'soon' is not a date or a span of time: write it like") as caught:
        parse_moment("soon", datetime(2026, 3, 30, tzinfo=UTC))
    assert caught.value.field == "moment"
