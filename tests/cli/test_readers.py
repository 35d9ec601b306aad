"""Who may only read a register: what works, and what each refusal says works instead."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.program import PATIENCE, PROGRAM, environment

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.door import Door

pytestmark = pytest.mark.skipif(os.getuid() != 0, reason="only root can give files to others")

OWNER = 54_301
"""A number without a name: the machine's own users are left alone."""
# Root without its capabilities over files is a user like others to the files of others, and can load the program.
LAUNCHER = """
import ctypes, os, sys
CHOWN, DAC_OVERRIDE, DAC_READ_SEARCH, FOWNER, PR_CAPBSET_DROP = 0, 1, 2, 3, 24
for capability in (CHOWN, DAC_OVERRIDE, DAC_READ_SEARCH, FOWNER):
    assert ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0
os.execv(sys.argv[1], sys.argv[1:])
"""


class Reader:
    """`ai-debt` of somebody who may read `register.db`, in a home of their own."""

    def __init__(self, register: Path, home: Path) -> None:
        self.register, self.home = register, home

    def __call__(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command line."""
        return subprocess.run(
            [sys.executable, "-I", "-S", "-c", LAUNCHER, *PROGRAM, *arguments],
            cwd=self.home,
            env=environment(self.home, AI_DEBT_DB=str(self.register)),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=PATIENCE,
            check=False,
        )


@pytest.fixture
def reader(sample: Door, tmp_path_factory: pytest.TempPathFactory) -> Reader:
    sample.done("review", "start")
    sample.done("backup", "old.db")
    for path in sample.home.glob("*.db"):
        path.chmod(0o644)
    for path in (sample.home, *sample.home.rglob("*")):
        os.chown(path, OWNER, OWNER)
    sample.home.chmod(0o755)
    return Reader(sample.database, tmp_path_factory.mktemp("reader"))


def test_a_refused_export_says_how_to_have_the_document(reader: Reader) -> None:
    refused = reader("export", "my copy.md")
    way = f"ai-debt --db {shlex.quote(str(reader.register))} export - > 'my copy.md'"
    assert refused.returncode == 1
    assert f"can only be read by you: `{way}` writes the document" in refused.stderr
    assert list(reader.home.glob("*.md")) == []
    done = reader("--db", str(reader.register), "export", "-")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (reader.register.parent / "ai-debt-register.md").read_text(encoding="utf-8")


def test_a_refused_import_says_how_to_see_what_it_would_do(reader: Reader) -> None:
    document = reader.home / "changed.md"
    document.write_text(reader("export").stdout.replace("reads", "Reads"), encoding="utf-8")
    for arguments in (("import", "changed.md"), ("import", "changed.md", "--yes")):
        refused = reader(*arguments)
        assert refused.returncode == 1
        assert "can only be read by you: nothing was imported, and --dry-run shows what" in refused.stderr
    shown = reader("import", "changed.md", "--dry-run")
    assert shown.returncode == 0
    assert "Reads" in shown.stdout


def test_a_refused_restore_says_how_to_read_the_backup(reader: Reader) -> None:
    old = str(reader.register.with_name("old.db"))
    refused = reader("restore", old, "--yes")
    assert refused.returncode == 1
    assert f"can only be read by you: `ai-debt --db {old} list` reads the backup itself" in refused.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        *(["backup", "mine.db"], ["backup", "--dir", "."], ["review", "minutes"], ["check"], ["verify"], ["doctor"]),
        *(["list", "--as-of", "0d"], ["accepted", "--markdown"], ["map", "--mermaid"], ["followups"], ["history"]),
    ],
    ids=" ".join,
)
def test_a_reader_can(arguments: list[str], reader: Reader) -> None:
    before = reader.register.read_bytes()
    done = reader(*arguments)
    assert done.returncode in (0, 3), done.stderr
    assert "can only be read by you" not in done.stderr
    assert reader.register.read_bytes() == before


@pytest.mark.parametrize(
    "arguments",
    [["set", "EN-001", "--owner", "x"], ["undo"], ["register", "set", "note", "x"], ["view", "save", "x", "is:open"]],
    ids=" ".join,
)
def test_what_only_writes_says_who_can_change_that(arguments: list[str], reader: Reader) -> None:
    refused = reader(*arguments)
    assert refused.returncode == 1
    assert f"can only be read by you: to write it, ask uid {OWNER} or root to run" in refused.stderr
