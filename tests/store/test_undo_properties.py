"""Undo and redo after any steps: alone back to the beginning, together never over someone else's."""

from __future__ import annotations

import itertools
import shutil
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.audit.log import CHANGES, ChangeRecord
from store.audit.undo import redo, undo
from store.audit.verify import verify
from store.commands.categories import add_category, move_category, remove_category
from store.commands.items import add_item, edit_items, remove_items, set_status
from store.db.database import Database
from store.enums import Status
from store.errors import RegisterError
from store.fields import same
from store.filters.ast import ItemFilter
from store.queries import items as item_queries
from store.review import commands as review_commands
from store.review.queue import ReviewDecision
from tests.conftest import Ticks
from tests.counts import count
from tests.store.asking import content
from tests.store.review.asking import shown
from tests.store.steps import KEYS, STEPS, attempt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    Step = Callable[[Database], object]


def exhaust(db: Database, verb: Callable[[Database], object]) -> tuple[int, str]:
    """Undo or redo for as long as it goes: how often, and why no more."""
    times = 0
    while not (reason := attempt(db, verb)):
        times += 1
    return times, reason


def undo_all(ana: Database, bo: Database) -> list[str]:
    """Undo in turn what both did for as long as it goes: why each cannot undo more."""
    while True:
        found = [exhaust(ana, undo), exhaust(bo, undo)]
        if not any(times for times, _ in found):
            return [reason for _, reason in found]


@pytest.fixture(scope="session")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A place for the database of each example."""
    return (tmp_path_factory.mktemp("undo") / "register.db" for _ in itertools.count())


@pytest.mark.soak
@settings(max_examples=count(15, 40), deadline=None)
@given(steps=st.lists(STEPS, min_size=1, max_size=10))
def test_one_alone_comes_back_to_the_beginning_and_forward_again(
    sample_register: Path, places: Iterator[Path], steps: list[tuple[Callable[..., object], object]]
) -> None:
    path = shutil.copyfile(sample_register, next(places))
    with Database.open(path, clock=Ticks(), actor="ana") as db:
        start = content(db)
        for verb, *arguments in steps:
            attempt(db, verb, *arguments)
        exhaust(db, redo)
        end = content(db)
        back, reason = exhaust(db, undo)
        assert "nothing to undo" in reason
        assert content(db) == start
        forward, _ = exhaust(db, redo)
        assert forward >= back
        if forward == back:
            assert content(db) == end


@pytest.mark.soak
@settings(max_examples=count(15, 40), deadline=None)
@given(steps=st.lists(st.tuples(st.booleans(), STEPS), min_size=1, max_size=12))
def test_two_people_never_undo_each_other(
    sample_register: Path, places: Iterator[Path], steps: list[tuple[bool, tuple[Callable[..., object], object]]]
) -> None:
    path = shutil.copyfile(sample_register, next(places))
    clock = Ticks()
    with Database.open(path, clock=clock, actor="ana") as ana, Database.open(path, clock=clock, actor="bo") as bo:
        start = content(ana)
        for mine, (verb, *arguments) in steps:
            attempt(ana if mine else bo, verb, *arguments)
        if all("nothing to undo" in reason for reason in undo_all(ana, bo)):
            assert content(ana) == start
        with ana.read() as session:
            changes = session.rows(CHANGES, row=ChangeRecord)
    batches: dict[int, list[ChangeRecord]] = {}
    for change in changes:
        batches.setdefault(change.batch, []).append(change)
    for change in changes:
        if change.reverses is not None:
            # It took back its own actor's batch, and found there what that batch had left.
            reversed_one = [c for c in batches[change.reverses] if row_and_field(c) == row_and_field(change)]
            assert [c.actor for c in reversed_one] == [change.actor]
            if change.field is not None and change.field != "position":
                assert same(change.field, reversed_one[0].after, change.before)
                assert same(change.field, reversed_one[0].before, change.after)


def decide(db: Database, key: str, status: Status) -> None:
    set_status(db, [key], status, decision=ReviewDecision(1, seconds=3))


def keep(db: Database, key: str) -> None:
    review_commands.decide(db, 1, key, seconds=2)


def finish(db: Database) -> None:
    review_commands.finish(db, 1)


def reopen(db: Database) -> None:
    review_commands.reopen(db, 1)


REVIEWING = st.one_of(
    st.tuples(st.just(decide), KEYS, st.sampled_from([Status.OPEN, Status.MITIGATED])),
    st.tuples(st.just(keep), KEYS),
    st.tuples(st.just(undo)),
    st.tuples(st.just(redo)),
    st.sampled_from([(finish,), (reopen,), (reopen,)]),
    STEPS,
)


def decisions(db: Database) -> dict[str, tuple[str | None, object, int]]:
    """Who decided the items of the review, when, and in how many seconds, by their places in its queue."""
    rows = enumerate(shown(db, 1).queue)
    return {f"{at}": (row.decided_by, row.decided_at, row.seconds) for at, row in rows if row.decided_by}


@pytest.mark.soak
@settings(max_examples=count(25, 400), deadline=None)
@given(steps=st.lists(st.tuples(st.booleans(), REVIEWING), min_size=1, max_size=14))
def test_decisions_of_two_people_are_undone_and_redone_by_whoever_made_them(
    sample_register: Path, places: Iterator[Path], steps: list[tuple[bool, tuple[Callable[..., object], object]]]
) -> None:
    path, clock = shutil.copyfile(sample_register, next(places)), Ticks()
    with Database.open(path, clock=clock, actor="ana") as ana, Database.open(path, clock=clock, actor="bo") as bo:
        start = content(ana)
        review_commands.start(ana)
        for mine, (verb, *arguments) in steps:
            before, was_over = decisions(ana), shown(ana, 1).is_over
            reason = attempt(ana if mine else bo, verb, *arguments)
            assert "has ended" not in reason or verb is redo
            after, own = decisions(ana), "ana" if mine else "bo"
            for at in before.keys() | after.keys():
                if before.get(at) != after.get(at):
                    assert not was_over
                    assert verb not in (undo,) or before[at][0] == own
                    assert verb not in (redo,) or after[at][0] == own
        assert verify(ana) == ()
        if any(verb is finish for _, (verb, *_) in steps):
            return
        if all("nothing to undo" in reason for reason in undo_all(ana, bo)):
            assert content(ana) == start
            assert decisions(ana) == {}


def row_and_field(change: ChangeRecord) -> tuple[str, int, str | None]:
    return change.entity, change.entity_id, change.field


def _added(code: str) -> Step:
    return lambda db: add_category(db, code=code, name=f"Called {code}")


def _put(code: str) -> Step:
    return lambda db: add_item(db, {"category": code, "description": "d", "severity": "low"})


CATEGORIES = st.tuples(
    st.sampled_from([lambda db: remove_category(db, "MS"), lambda db: remove_category(db, "ZZ")]),
    st.sampled_from([_added("ZZ"), _added("zz"), _added("MS"), lambda db: move_category(db, "MS", -1)]),
)
ITEMS = st.tuples(
    st.sampled_from(
        [lambda db: remove_items(db, ["EN-003"]), lambda db: edit_items(db, ["EN-003"], {"category": "BE"})]
    ),
    st.sampled_from([_put("EN"), _put("BE"), lambda db: edit_items(db, ["FL-001"], {"category": "EN"})]),
)
BACK = st.lists(st.tuples(st.booleans(), st.sampled_from([undo, undo, redo])), max_size=4)
ROUNDS = st.lists(st.tuples(st.booleans(), st.one_of(CATEGORIES, ITEMS), BACK), min_size=1, max_size=3)
"""One person leaves the last place, the other puts something there, the first takes it back, and so on."""


def pages(db: Database, size: int) -> list[str]:
    """The keys of the whole list, read in pages that each go on after the last item of the one before."""
    with db.read() as session:
        page = item_queries.page(session, ItemFilter(), limit=size)
        keys = [row.key for row in page.items]
        while page.items:
            page = item_queries.page(session, ItemFilter(), limit=size, after=page.items[-1].position)
            keys += [row.key for row in page.items]
    return keys


@pytest.mark.soak
@settings(max_examples=count(15, 200), deadline=None)
@given(rounds=ROUNDS)
def test_positions_are_a_total_order_whatever_two_people_add_remove_and_undo(
    sample_register: Path, places: Iterator[Path], rounds: list[tuple[bool, tuple[Step, Step], list[tuple[bool, Step]]]]
) -> None:
    path = shutil.copyfile(sample_register, next(places))
    clock = Ticks()
    with Database.open(path, clock=clock, actor="ana") as ana, Database.open(path, clock=clock, actor="bo") as bo:
        with Database.open(path, clock=clock, actor="carla") as carla:
            remove_items(carla, ["MS-001"])
        for mine, (leave, take), back in rounds:
            for by_first, verb in ((True, leave), (False, take), (True, undo), *back):
                with suppress(RegisterError):
                    verb(ana if mine == by_first else bo)
                with ana.read() as session:
                    unique: list[Sequence[object]] = [
                        session.column("SELECT position FROM category"),
                        session.tuples("SELECT category_id, position FROM item"),
                        [code.casefold() for code in session.column("SELECT code FROM category")],
                        [key.casefold() for key in session.column("SELECT key FROM item")],
                    ]
                assert [len(set(values)) for values in unique] == [len(values) for values in unique]
        whole = [item.key for item in content(ana).items]
        assert [pages(ana, size) for size in (1, 2, 3)] == [whole] * 3
        assert verify(ana) == ()
