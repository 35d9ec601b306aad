"""What every test of a register starts from: a database on the sample, with a clock that only it moves."""

from __future__ import annotations

import gc
import os
import shutil
import signal
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import Engine
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache

from store.audit.verify import verify
from store.commands.imports.apply import apply_import
from store.commands.imports.plan import plan_import
from store.db import sqlite
from store.db.database import Database
from store.samples import sample_text
from tests.counts import count

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

# The same examples in every run, however slow: a test fails because of a change, never by chance or by a busy machine.
# `pytest --hypothesis-profile=explore` looks for new ones.
settings.register_profile(
    "explore", max_examples=count(40, 100), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("same", settings.get_profile("explore"), derandomize=True, database=None)
settings.load_profile("same")

TESTS = Path(__file__).parent
COUNTED = ("report", "store")
"""Folders of tests that look at the store: others read the sources, start processes, or open the dashboard."""

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def pytest_configure() -> None:
    """Hand no ignored signal down to the programs that tests start, as where the tests run below nohup.

    A handler ends with the program that set it, whereas what is ignored stays so in every other that it becomes.
    """
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, lambda *_: None)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Measure the coverage of the store by tests that look at it: tracing all would double the time of the others."""
    counted = item.path.relative_to(TESTS).parts[0] in COUNTED and item.get_closest_marker("soak") is None
    if counted or not item.config.pluginmanager.hasplugin("_cov"):
        return (yield)
    here, threads = sys.gettrace(), threading.gettrace()
    sys.settrace(None)
    threading.settrace(None)  # type: ignore[arg-type]
    try:
        return (yield)
    finally:
        sys.settrace(here)
        threading.settrace(threads)  # type: ignore[arg-type]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One worker more than there are processors: who waits for a terminal or a disk leaves theirs idle."""
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return processors + 1


class Ticks:
    """A clock that goes on a second whenever it is asked."""

    def __init__(self, start: datetime = START) -> None:
        self.moment = start

    def __call__(self) -> datetime:
        self.moment += timedelta(seconds=1)
        return self.moment


@pytest.fixture(autouse=True, scope="session")
def _quick_collector() -> None:
    """Keep what is imported out of the garbage collector's rounds, and have few of them: widgets and nodes are many."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000)


def _kind(dialect: object) -> tuple[object, ...]:
    """What two dialects have in common that compile statements and values alike."""
    return type(dialect), getattr(dialect, "_json_serializer", None)


@pytest.fixture(autouse=True, scope="session")
def _compiled_once() -> Iterator[None]:
    """Let the databases of all tests share the statements that SQLAlchemy has compiled: each begins without any."""
    known: LRUCache[object, object] = LRUCache(2_000)
    begin = Engine.__init__

    def share(engine: Engine, *arguments: Any, **more: Any) -> None:
        begin(engine, *arguments, **more)
        engine._compiled_cache = known  # type: ignore[assignment]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Engine, "__init__", share)
        patch.setattr(SQLiteDialect_pysqlite, "__eq__", lambda one, other: _kind(one) == _kind(other))
        patch.setattr(SQLiteDialect_pysqlite, "__hash__", lambda one: hash(_kind(one)))
        yield


@pytest.fixture(autouse=True)
def _synchronous(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commit without waiting for the disk, which is most of the time of many tests and matters when the power is cut.

    Tests that are about that have a fixture of this name that does nothing.
    """
    monkeypatch.setattr(sqlite, "SYNCHRONOUS", "OFF")


@pytest.fixture(scope="session")
def sample_register(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database that the sample was imported into; to be copied, not written to."""
    path = tmp_path_factory.mktemp("sample") / "register.db"
    with Database.create(path, clock=Ticks(), actor="importer") as db:
        apply_import(db, plan_import(None, sample_text(), path=None))
    return path


@pytest.fixture
def sample_copy(sample_register: Path, tmp_path: Path) -> Path:
    """A database on the sample, of this test alone."""
    return shutil.copyfile(sample_register, tmp_path / "register.db")


@pytest.fixture
def clock() -> Ticks:
    """A clock that begins the day after the sample was imported."""
    return Ticks(START + timedelta(days=1))


@pytest.fixture
def db(sample_copy: Path, clock: Ticks) -> Iterator[Database]:
    """The sample, open for ana; the trail must hold when the test has ended."""
    with Database.open(sample_copy, clock=clock, actor="ana") as opened:
        yield opened
        # Whatever a test did: the rows say what the trail says they say.
        assert verify(opened) == ()


@pytest.fixture
def bo(sample_copy: Path, clock: Ticks) -> Iterator[Database]:
    """The same file, open for bo."""
    with Database.open(sample_copy, clock=clock, actor="bo") as opened:
        yield opened
