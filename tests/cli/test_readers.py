"""Who may only read a register: what works, and what each refusal says works instead."""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING

import pytest

from tests.cli.door import Door, Said
from tests.unprivileged import only_root, unprivileged

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = only_root

OWNER = 54_301
"""A number without a name: the machine's own users are left alone."""


class Reader:
    """`ai-debt` of someone who may read `register`, in their own home."""

    def __init__(self, register: Path, door: Door) -> None:
        self.register, self.home, self._door = register, door.home, door

    def __call__(self, *arguments: str) -> Said:
        """Run a command line."""
        with unprivileged():
            return self._door(*arguments)


@pytest.fixture
def reader(sample: Door, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Reader:
    sample.done("review", "start")
    sample.done("backup", "old.db")
    for path in sample.home.glob("*.db"):
        path.chmod(0o644)
    for path in (sample.home, *sample.home.rglob("*")):
        os.chown(path, OWNER, OWNER)
    sample.home.chmod(0o755)
    door = Door(tmp_path_factory.mktemp("reader"), monkeypatch)
    monkeypatch.setenv("AI_DEBT_DB", str(sample.database))
    return Reader(sample.database, door)


def test_a_refused_export_says_how_to_have_the_document(reader: Reader) -> None:
    refused = reader("export", "my copy.md")
    way = f"ai-debt --db {shlex.quote(str(reader.register))} export - > 'my copy.md'"
    assert refused.code == 1
    assert f"is read-only for you: `{way}` writes the document" in refused.err
    assert list(reader.home.glob("*.md")) == []
    done = reader("--db", str(reader.register), "export", "-")
    assert (done.code, done.err) == (0, "")
    assert done.out == (reader.register.parent / "ai-debt-register.md").read_text(encoding="utf-8")


def test_a_review_in_plain_text_begins_with_why_nothing_can_be_decided(reader: Reader) -> None:
    said = reader("triage", "--plain")
    assert said.code == 0
    first, second = said.lines[:2]
    assert " is still open. " in first
    assert " is read-only for you: " in second


def test_a_refused_import_says_how_to_see_what_it_would_do(reader: Reader) -> None:
    document = reader.home / "changed.md"
    document.write_text(reader("export").out.replace("reads", "Reads"), encoding="utf-8")
    for arguments in (("import", "changed.md"), ("import", "changed.md", "--yes")):
        refused = reader(*arguments)
        assert refused.code == 1
        assert "is read-only for you: nothing was imported, and --dry-run shows what" in refused.err
    shown = reader("import", "changed.md", "--dry-run")
    assert shown.code == 0
    assert "Reads" in shown.out


def test_a_refused_restore_says_how_to_read_the_backup(reader: Reader) -> None:
    old = str(reader.register.with_name("old.db"))
    refused = reader("restore", old, "--yes")
    assert refused.code == 1
    assert f"is read-only for you: `ai-debt --db {old} list` reads the backup itself" in refused.err


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
    assert done.code in (0, 3), done.err
    assert "is read-only for you" not in done.err
    assert reader.register.read_bytes() == before


@pytest.mark.parametrize(
    "arguments",
    [["set", "EN-001", "--owner", "x"], ["undo"], ["register", "set", "note", "x"], ["view", "save", "x", "is:open"]],
    ids=" ".join,
)
def test_what_only_writes_says_who_can_change_that(arguments: list[str], reader: Reader) -> None:
    refused = reader(*arguments)
    assert refused.code == 1
    assert f"is read-only for you: to write it, ask uid {OWNER} or root to run" in refused.err
