"""The Makefile helps, and says in a sentence what is missing."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.program import PATIENCE, ROOT

if TYPE_CHECKING:
    from pathlib import Path

TARGETS = {"help", "run", "test", "check", "fix", "wheel", "docs", "shots", "soak", "bench"}


def make(place: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run make in an empty folder that holds nothing but the Makefile and pyproject.toml."""
    for name in ("Makefile", "pyproject.toml"):
        shutil.copyfile(ROOT / name, place / name)
    return subprocess.run(
        ["make", "--no-print-directory", *arguments],
        cwd=place,
        # As from a shell: the tests themselves may run below make, which moreover speaks the language of its user.
        env={name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
        | {"LC_ALL": "C"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=PATIENCE,
        check=False,
    )


def test_without_a_target_it_lists_the_targets(tmp_path: Path) -> None:
    done = make(tmp_path)
    assert done.returncode == 0
    assert set(re.findall(r"^  make (\w+) +\w", done.stdout, re.MULTILINE)) >= TARGETS


@pytest.mark.parametrize(
    ("python", "sentence"),
    [
        ("exit 1", "needs Python 3.11 or newer"),
        ('case "$2" in *venv*) exit 1;; esac', "has no venv; install it"),
    ],
    ids=["too old", "without venv"],
)
@pytest.mark.parametrize("target", ["run", "test"])
def test_an_unfit_python_is_one_sentence(target: str, python: str, sentence: str, tmp_path: Path) -> None:
    unfit = tmp_path / "python3"
    unfit.write_text(f"#!/bin/sh\n{python}\n", encoding="utf-8")
    unfit.chmod(0o755)
    # Named from where make runs: its whole path may have spaces, which part words in PYTHON.
    done = make(tmp_path, f"PYTHON=./{unfit.name}", target)
    assert done.returncode == 2
    said = [text for text in done.stderr.splitlines() if not text.startswith("make: ***")]
    assert len(said) == 1
    assert sentence in said[0]
    assert not (tmp_path / ".venv").exists()
