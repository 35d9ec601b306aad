"""Text held in files that one can read in a diff: compared exactly, or written anew with AI_DEBT_GOLDEN=1."""

from __future__ import annotations

import os
from difflib import unified_diff
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def compare_lines(file: Path, shown: Sequence[str]) -> None:
    """Hold lines against their file."""
    if os.environ.get("AI_DEBT_GOLDEN"):
        file.parent.mkdir(exist_ok=True)
        file.write_text("\n".join(shown) + "\n", encoding="utf-8", newline="\n")
    kept = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    differs = "\n".join(unified_diff(kept, shown, file.name, "what is shown", lineterm=""))
    assert list(shown) == kept, f"{differs}\nAI_DEBT_GOLDEN=1 writes the files anew; read what changed"
