"""A disk without room and a limit on the size of files: what was acknowledged is there, and people get a message."""

from __future__ import annotations

import os
import random
import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from store.commands.export import export_file
from store.commands.items import add_item, comment, set_status
from store.db.database import Database
from store.enums import Status
from store.errors import RegisterError
from store.samples import sample_text
from tests.counts import count
from tests.program import run
from tests.store.asking import content, exported, trail
from tests.store.others import other

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LONG = "x" * 3000


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of two megabytes."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m,mode=700", "tmpfs", str(place)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("only root may mount a small disk")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


def fill(disk: Path, *, leave: int = 0) -> Path:
    """A file that takes all the room but this many bytes."""
    status = os.statvfs(disk)
    ballast = disk / "ballast"
    ballast.write_bytes(bytes(max(status.f_bavail * status.f_frsize - leave, 0)))
    return ballast


def comments(db: Database) -> list[str]:
    """The comments in the trail, oldest first."""
    return [str(change.note) for change in reversed(trail(db)) if change.verb == "comment"]


def write_until_refused(db: Database) -> tuple[list[str], str]:
    """The comments that were acknowledged, and the refusal."""
    said: list[str] = []
    while True:
        note = f"{len(said)} {LONG}"
        try:
            comment(db, ["EN-001"], note)
        except RegisterError as error:
            return said, str(error)
        said.append(note)


@pytest.mark.soak
def test_whatever_room_there_is_what_was_acknowledged_is_there(disk: Path, sample_copy: Path) -> None:
    path = disk / "register.db"
    chance = random.Random(8)
    for _ in range(count(10, 200)):
        path.write_bytes(sample_copy.read_bytes())
        with Database.open(path, actor="ana") as db:
            ballast = fill(disk, leave=chance.randrange(200_000))
            acknowledged, said = write_until_refused(db)
            assert re.fullmatch(
                re.escape(str(path)) + r" cannot grow \([\d,]+ bytes free on its disk\): "
                r"nothing was changed; free some space, then try again",
                said,
            )
            # Reading goes on, and nothing of what was refused is there.
            assert comments(db) == acknowledged
            assert len(content(db).items) == 15
        with Database.open(path) as db:
            assert comments(db) == acknowledged
            ballast.unlink()
            comment(db, ["EN-001"], "there is room again")
        path.unlink()


def test_a_start_on_a_full_disk_shows_the_register(disk: Path, sample_copy: Path) -> None:
    path = disk / "register.db"
    path.write_bytes(sample_copy.read_bytes())
    fill(disk)
    done = run("list", "--db", str(path), cwd=sample_copy.parent)
    assert (done.returncode, done.stderr) == (0, "")
    assert "EN-001" in done.stdout
    done = run("set", "EN-001", "--status", "mitigated", "--db", str(path), cwd=sample_copy.parent)
    assert done.returncode == 1
    assert done.stderr.startswith(f"ai-debt: {path} cannot grow (0 bytes free on its disk): nothing was")


def test_what_was_left_half_written_is_taken_back_on_a_full_disk(disk: Path, sample_copy: Path) -> None:
    path = disk / "register.db"
    path.write_bytes(sample_copy.read_bytes())
    with other() as ana:
        ana.do("open", str(path))
        assert ana.do("spill") == "spilled"
        ana.kill()
    fill(disk)
    with Database.open(path) as db:
        assert len(content(db).items) == 15
        assert comments(db) == []


@pytest.mark.soak
def test_an_export_replaces_the_document_and_records_that_or_changes_nothing(disk: Path, sample_copy: Path) -> None:
    path, document = disk / "register.db", disk / "debt.md"
    written = []
    for room in range(0, 129, count(32, 1)):
        path.write_bytes(sample_copy.read_bytes())
        document.write_text(sample_text(), encoding="utf-8")
        with Database.open(path) as db:
            set_status(db, ["EN-001"], Status.MITIGATED)
            wanted = exported(db)
        ballast = fill(disk, leave=room * 1024)
        done = run("export", str(document), "--db", str(path), cwd=disk)
        is_written = document.read_text(encoding="utf-8") == wanted
        assert document.read_text(encoding="utf-8") in (wanted, sample_text())
        assert ("nothing was changed" in done.stderr) is not is_written
        assert (done.returncode == 0) is is_written
        ballast.unlink()
        with Database.open(path) as db:
            # What was written was recorded: there is nothing left to report about it.
            assert export_file(db, document).message.endswith("is up to date: nothing changed") is is_written
        written.append(is_written)
        assert {each.name for each in disk.iterdir()} == {"register.db", "debt.md"}
    assert not written[0]
    assert written[-1]


def test_a_register_is_not_begun_on_a_full_disk(disk: Path) -> None:
    fill(disk)
    with pytest.raises(RegisterError, match=r"register\.db cannot grow \(0 bytes free"):
        Database.create(disk / "register.db")
    assert [entry.name for entry in disk.iterdir()] == ["ballast"]


@pytest.mark.soak
def test_a_limit_on_the_size_of_files(sample_copy: Path) -> None:
    chance = random.Random(9)
    path = sample_copy.with_name("limited.db")
    with other() as ana:
        for _ in range(count(10, 200)):
            path.write_bytes(sample_copy.read_bytes())
            ana.do("open", str(path))
            limit = path.stat().st_size + chance.randrange(100_000)
            assert ana.do("limit", limit) == "limited"
            saved = 0
            while (said := ana.do("comment", LONG)) == "saved":
                saved += 1
            assert said.startswith(f"refused: {path} cannot grow (files are limited to {limit:,} bytes here")
            assert said.endswith("nothing was changed; raise the limit (ulimit -f), then try again")
            assert ana.do("items") == "15"
            ana.do("close")
            with Database.open(path) as db:
                assert len(comments(db)) == saved
                add_item(db, {"category": "MS", "description": "new", "severity": "low"})
            path.unlink()
