"""Text held in files that one can read in a diff: compared exactly, or rewritten with AI_DEBT_GOLDEN=1."""

from __future__ import annotations

import os
from dataclasses import dataclass
from difflib import unified_diff
from itertools import zip_longest
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

UPDATE = bool(os.environ.get("AI_DEBT_GOLDEN"))  # read at import: a test may clear the environment
HINT = "AI_DEBT_GOLDEN=1 writes the files anew; read what changed"
MAX_DIFFERENCES = 12


@dataclass(frozen=True, slots=True)
class Result:
    """The result of one command: the part that the golden file holds, and the full output."""

    command: str
    snapshot: str
    output: str


def compare_lines(file: Path, shown: Sequence[str]) -> None:
    """Hold lines against their file."""
    expected = _expected(file, "\n".join(shown) + "\n").splitlines()
    differs = "\n".join(unified_diff(expected, shown, file.name, "what is shown", lineterm=""))
    assert list(shown) == expected, f"{differs}\n{HINT}"


def compare_results(file: Path, results: Sequence[Result], directory: Path) -> None:
    """Compare the results of commands with their file; write the full output of those that differ to `directory`."""
    blocks = [f"$ {each.command}\n{each.snapshot.rstrip()}\n" for each in results]
    expected = [f"$ {block.rstrip()}\n" for block in f"\n{_expected(file, ''.join(blocks))}".split("\n$ ")[1:]]
    differences = []
    for number, (result, block, before) in enumerate(zip_longest(results, blocks, expected)):
        if block is not None and before is not None and block.rstrip() == before.rstrip():
            continue
        if result is not None:
            path = directory / f"{file.stem}-{number:03d}.txt"
            path.write_text(f"$ {result.command}\n{result.output}", encoding="utf-8", newline="")
            differences.append(f"{_diff(before or '', block or '')}\nfull output: {path}")
        if _command(block) != _command(before):
            differences.append(f"expected {_command(before)}\nbut ran  {_command(block)}")
            break
    more = f"\nand {len(differences) - MAX_DIFFERENCES} more" if len(differences) > MAX_DIFFERENCES else ""
    assert not differences, "\n\n".join([file.name, *differences[:MAX_DIFFERENCES]]) + f"{more}\n{HINT}"


def _expected(file: Path, text: str) -> str:
    """The content of a golden file; in update mode, `text` is written first."""
    if UPDATE:
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="\n")
    return file.read_bytes().decode() if file.exists() else ""


def _command(block: str | None) -> str:
    return block.partition("\n")[0] if block else "no command"


def _diff(before: str, after: str) -> str:
    command, _, rest = after.partition("\n")
    lines = unified_diff(before.splitlines()[1:], rest.splitlines(), "expected", "actual", lineterm="", n=1)
    return "\n".join([command, *lines])
