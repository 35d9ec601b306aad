"""Screens as text files: compared exactly, or written anew with AI_DEBT_GOLDEN=1 in the environment."""

from __future__ import annotations

import os
from difflib import unified_diff
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.tui.screen import Seat

FOLDER = Path(__file__).parent / "golden"


def compare(name: str, person: Seat) -> None:
    """Hold the screen against its file."""
    file = FOLDER / f"{name}.txt"
    shown = person.rows
    if os.environ.get("AI_DEBT_GOLDEN"):
        FOLDER.mkdir(exist_ok=True)
        file.write_text("\n".join(shown) + "\n", encoding="utf-8", newline="\n")
    kept = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    differs = "\n".join(unified_diff(kept, shown, file.name, "the screen", lineterm=""))
    assert shown == kept, f"{differs}\nAI_DEBT_GOLDEN=1 writes the screens anew; read what changed"
