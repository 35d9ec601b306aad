"""A database on the sample, made for each test."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from store.commands.imports.apply import apply_import
from store.commands.imports.plan import plan_import
from store.db.database import Database
from store.samples import sample_text
from tests.tui.screen import ACTOR, NOON
from tui.dashboard import live_updates
from tui.dashboard import screen as dashboard_screen
from tui.review import screen as review_screen
from tui.screens import base
from tui.widgets import bars

if TYPE_CHECKING:
    from pathlib import Path


HOUR = 3600.0


@pytest.fixture(autouse=True)
def _no_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing happen because a second has passed: a slow machine must not decide."""
    monkeypatch.setattr(dashboard_screen, "POLL_SECONDS", HOUR)
    monkeypatch.setattr(bars, "MESSAGE_SECONDS", HOUR)
    monkeypatch.setattr(live_updates, "MARK_SECONDS", HOUR)
    monkeypatch.setattr(review_screen, "TICK_SECONDS", HOUR)
    monkeypatch.setattr(base, "REFUSAL_SECONDS", HOUR)


@pytest.fixture(autouse=True)
def _all_colors(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever terminal the tests run in."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor")


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where drafts and crash files of this test go."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state" / "ai-debt"


@pytest.fixture(autouse=True)
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The settings file of this test, which is not there yet."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path / "config" / "ai-debt" / "config.toml"


@pytest.fixture(scope="session")
def sample_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample, imported once."""
    path = tmp_path_factory.mktemp("sample") / "register.db"
    with Database.create(path, clock=lambda: NOON, actor=ACTOR) as database:
        apply_import(database, plan_import(None, sample_text(), path=None))
    return path


@pytest.fixture
def sample(sample_file: Path, tmp_path: Path) -> Path:
    """A copy of the sample's database."""
    return shutil.copyfile(sample_file, tmp_path / "register.db")
