"""Fixtures of the behavior tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.behavior.command_line import CommandLine

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """`ai-debt` without a register."""
    home = tmp_path / "home"
    home.mkdir()
    return CommandLine(home, monkeypatch)
