"""What minutes and differences say, compared with the register before and after, after any steps of two people."""

from __future__ import annotations

import shutil
from collections import Counter
from contextlib import suppress
from itertools import count
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.audit.snapshots import key_of, states_of
from store.audit.verify import verify
from store.db.database import Database
from store.errors import RegisterError
from store.fields import same, text_of, whole_text
from store.review import minutes as minutes_queries
from store.review import minutes as review_minutes
from store.review.commands import finish, start
from tests.conftest import Ticks
from tests.counts import count as examples
from tests.store.steps import STEPS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from store.audit.snapshots import State
    from store.queries.history import ChangeRow
    from store.review.minutes import ItemChanges

Step = tuple[bool, tuple["Callable[..., object]", object]]
Told = Counter[tuple[str, str, str | None, str | None, str | None]]
STEPS_OF_TWO = st.lists(st.tuples(st.booleans(), STEPS), min_size=3, max_size=8)
SILENT = {"position", "origin", "created"}


@pytest.fixture(scope="session")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A place for the database of each example."""
    return (tmp_path_factory.mktemp("net") / "register.db" for _ in count())


def rows(db: Database) -> dict[tuple[str, int], State]:
    """Every item and dependency as stored."""
    with db.read() as session:
        return {
            (entity, row): state
            for entity in ("item", "dependency")
            for row, state in states_of(session, entity).items()
        }


def expected(before: dict[tuple[str, int], State], after: dict[tuple[str, int], State]) -> Told:
    """What is to be listed: rows that came or went, and fields that differ; of a category, only its code."""
    found: Told = Counter()
    for row in before | after:
        was, now, entity = before.get(row), after.get(row), row[0]
        key = key_of(entity, now or was or {})
        if was is None or now is None:
            found[entity, key, None, whole_text(was), whole_text(now)] += 1
            continue
        for name in now:
            if name not in SILENT and not same(name, was[name], now[name]):
                texts = (None, None) if name == "category" else (text_of(was[name]), text_of(now[name]))
                found[entity, key, name, *texts] += 1
    return found


def told(items: Sequence[ItemChanges], links: Sequence[ChangeRow]) -> Told:
    """What was listed, without comments and without changes of rows that came."""
    found: Told = Counter()
    for changes in (*(item.changes for item in items), *((link,) for link in links)):
        came = changes[0].field is None and changes[0].before is None and changes[0].after is not None
        for change in changes[:1] if came else changes:
            if change.verb != "comment":
                texts = (None, None) if change.field == "category" else (change.before, change.after)
                found[change.entity, change.key, change.field, *texts] += 1
    return found


def take(ana: Database, bo: Database, steps: list[Step]) -> None:
    """Take steps, as far as they are not refused."""
    for mine, (verb, *arguments) in steps:
        with suppress(RegisterError):
            verb(ana if mine else bo, *arguments)


@settings(max_examples=examples(5, 400), deadline=None)
@given(earlier=STEPS_OF_TWO, steps=STEPS_OF_TWO, later=STEPS_OF_TWO)
def test_the_net_changes_are_the_difference_of_the_register(
    sample_register: Path, places: Iterator[Path], earlier: list[Step], steps: list[Step], later: list[Step]
) -> None:
    path, clock = shutil.copyfile(sample_register, next(places)), Ticks()
    with Database.open(path, clock=clock, actor="ana") as ana, Database.open(path, clock=clock, actor="bo") as bo:
        take(ana, bo, earlier)
        number = start(ana).number
        before = rows(ana)
        take(ana, bo, steps)
        finish(bo, number)
        after = rows(ana)
        with ana.read() as session:
            minutes = minutes_queries.minutes(session)
            links = minutes.links
        whole = expected(before, after)
        # An item that came and went between is not the end of a dependency at the end.
        assert told(minutes.changes, links) == whole
        take(ana, bo, later)
        with ana.read() as session:
            assert minutes_queries.minutes(session, number) == minutes
            diff = review_minutes.diff(session, number)
        groups = (diff.new, diff.mitigated, diff.accepted, diff.reopened, diff.changed, diff.removed)
        items = [item for group in groups for item in group]
        assert told(items, diff.links) == expected(after, rows(ana))
        assert len({id(item) for item in items}) == len(items)
        assert diff.is_empty == (not expected(after, rows(ana)))
        assert verify(ana) == ()
