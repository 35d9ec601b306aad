"""Screens as text files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tests.golden import compare_lines

if TYPE_CHECKING:
    from tests.tui.screen import Seat

FOLDER = Path(__file__).parent / "golden"


def compare(name: str, person: Seat) -> None:
    """Hold the screen against its file."""
    compare_lines(FOLDER / f"{name}.txt", person.rows)
