"""Export: whole files, only what changed, and nothing of anybody else's lost."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import stat
import subprocess
import sys
from contextlib import nullcontext
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.audit.undo import redo, undo
from store.audit.verify import verify
from store.commands.categories import move_category
from store.commands.dependencies import link
from store.commands.export import export_file, export_text
from store.commands.imports.apply import apply_import
from store.commands.imports.plan import plan_import
from store.commands.items import accept, add_item, edit_items, remove_items, set_status
from store.commands.settings import create, set_register
from store.db.database import Database
from store.enums import Severity, Status
from store.errors import DocumentError, OverwriteError, RegisterError
from store.formats.lines import read_file
from store.samples import sample_text
from tests.conftest import START, Ticks
from tests.counts import count
from tests.program import PATIENCE, ROOT
from tests.store.asking import content, edges, exported, processes, trail
from tests.store.importing import plan, take
from tests.store.steps import STEPS, attempt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


def lines_changed(text: str) -> list[tuple[str, str]]:
    before, after = sample_text().splitlines(), text.splitlines()
    assert len(before) == len(after)
    return [(one, other) for one, other in zip(before, after, strict=True) if one != other]


def test_one_status_changes_five_lines_and_undo_takes_them_back(db: Database) -> None:
    assert exported(db) == sample_text()
    set_status(db, ["EN-001"], Status.MITIGATED, note="pinned versions")
    found = lines_changed(exported(db))
    assert len(found) == 5
    assert found[0][1].endswith("2026-03-03")
    assert found[1][1].endswith("| Mitigated (pinned versions) |")
    undo(db)
    assert exported(db) == sample_text()
    redo(db)
    assert lines_changed(exported(db)) == found


def test_last_updated_is_the_day_of_the_newest_change_that_still_shows(db: Database, clock: Ticks) -> None:
    def day() -> str:
        return next((new[-10:] for old, new in lines_changed(exported(db)) if "Last Updated" in old), "")

    edit_items(db, ["EN-001"], {"severity": "low"})
    assert day() == "2026-03-03"
    clock.moment = START.replace(day=5)
    edit_items(db, ["EN-002"], {"severity": "low"})
    assert day() == "2026-03-05"
    undo(db)
    assert day() == "2026-03-03"
    clock.moment = START.replace(day=6)
    edit_items(db, ["EN-002"], {"severity": "medium"})
    edit_items(db, ["EN-002"], {"severity": "high"})
    assert day() == "2026-03-03"
    clock.moment = START.replace(day=8)
    undo(db)
    assert day() == "2026-03-06"
    clock.moment = START.replace(day=9)
    redo(db)
    assert day() == "2026-03-03"
    move_category(db, "MS", -1)
    edit_items(db, ["EN-001"], {"category": "BE"})
    assert "2026-03-09" in export_text(db)


def test_a_removed_item_and_a_link_are_dated_too(db: Database, clock: Ticks) -> None:
    clock.moment = START.replace(day=7)
    remove_items(db, ["CD-002"])
    assert "**Last Updated:** 2026-03-07" in exported(db)
    undo(db)
    clock.moment = START.replace(day=8)
    link(db, "EN-001", "EN-003", "x")
    assert "**Last Updated:** 2026-03-08" in exported(db)
    undo(db)
    set_register(db, {"title": "T"})
    assert "**Last Updated:** 2026-03-08" in exported(db)


def test_a_register_begun_by_hand_is_a_document_of_its_own(tmp_path: Path) -> None:
    with Database.create(tmp_path / "r.db", clock=Ticks()) as db:
        with pytest.raises(RegisterError, match="has no register yet"):
            exported(db)
        create(db, title="Ours", system="Search")
        add_item(db, {"category": "EN", "description": "a | b", "severity": "low", "components": "X; Y"})
        add_item(db, {"category": "BE", "description": "c", "severity": "high", "owner": "MLP"})
        link(db, "EN-001", "BE-001", "makes worse")
        accept(db, ["BE-001"], rationale="cheap", by="bo", until=None)
        text = exported(db)
        before = content(db)
    with Database.create(tmp_path / "again.db") as again:
        apply_import(again, plan_import(None, text, path=None))
        after = content(again)
        assert exported(again) == text
        assert edges(again) == {("EN-001", "BE-001", "makes worse")}
    assert [(one.key, one.description, one.status, one.components) for one in after.items] == [
        (one.key, one.description, one.status, one.components) for one in before.items
    ]
    assert "2026-03-02" in text


def test_files_are_written_whole_with_the_mode_they_had(db: Database, tmp_path: Path) -> None:
    path = tmp_path / "debt.md"
    old = os.umask(0o027)
    try:
        assert export_file(db, path).message == f"Exported to {path}"
    finally:
        os.umask(old)
    assert path.read_bytes() == sample_text().encode()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    path.chmod(0o604)
    set_status(db, ["EN-001"], Status.MITIGATED)
    export_file(db, path)
    assert path.read_text(encoding="utf-8") == exported(db)
    assert stat.S_IMODE(path.stat().st_mode) == 0o604
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["debt.md", "register.db"]
    assert trail(db)[0].verb == "export"


def test_exporting_again_changes_nothing(db: Database, tmp_path: Path) -> None:
    path = tmp_path / "debt.md"
    export_file(db, path)
    before, told = path.stat(), trail(db)
    assert export_file(db, path).message == f"{path} is up to date: nothing changed"
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert trail(db) == told


def test_a_file_that_somebody_changed_is_not_written_over(db: Database, tmp_path: Path) -> None:
    path = tmp_path / "debt.md"
    export_file(db, path)
    set_status(db, ["EN-001"], Status.MITIGATED)
    path.write_text(sample_text() + "my line\n", encoding="utf-8")
    with pytest.raises(RegisterError, match=r"changed since it was last imported or exported here: import it first"):
        export_file(db, path)
    assert path.read_text(encoding="utf-8").endswith("my line\n")
    plan = plan_import(db, read_file(path), path=str(path))
    apply_import(db, plan)
    export_file(db, path)
    assert path.read_text(encoding="utf-8").endswith("my line\n")
    assert "| Mitigated |" in path.read_text(encoding="utf-8")
    path.write_text("other", encoding="utf-8")
    assert export_file(db, path, force=True).message.startswith("Exported to")
    assert path.read_text(encoding="utf-8") == exported(db)


def test_a_file_never_seen_counts_as_changed(db: Database, tmp_path: Path) -> None:
    path = tmp_path / "debt.md"
    path.write_text("notes", encoding="utf-8")
    with pytest.raises(RegisterError, match="import it first"):
        export_file(db, path)
    path.write_text(sample_text(), encoding="utf-8")
    assert "up to date" in export_file(db, path).message


def test_a_copy_elsewhere_leaves_the_document_known(db: Database, tmp_path: Path) -> None:
    path, copy = tmp_path / "debt.md", tmp_path / "copy.md"
    export_file(db, path)
    set_status(db, ["EN-001"], Status.MITIGATED)
    export_file(db, copy)
    assert export_file(db, path).batch is None
    assert path.read_text(encoding="utf-8") == copy.read_text(encoding="utf-8")
    undo(db)
    export_file(db, path)
    assert path.read_text(encoding="utf-8") == sample_text()


def test_links_and_what_is_no_file(db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, link_ = tmp_path / "real.md", tmp_path / "link.md"
    link_.symlink_to(real)
    export_file(db, link_)
    assert link_.is_symlink()
    assert real.read_text(encoding="utf-8") == sample_text()
    (tmp_path / "loop.md").symlink_to("loop.md")
    (tmp_path / "dir.md").mkdir()
    os.mkfifo(tmp_path / "fifo.md")
    for name, says in (
        ("loop.md", "cannot be reached"),
        ("dir.md", "is not a regular file"),
        ("fifo.md", "is not a regular file"),
        ("no/such/debt.md", "could not be written"),
    ):
        with pytest.raises(RegisterError, match=says):
            export_file(db, tmp_path / name)
    stranger = os.getuid() + 1
    monkeypatch.setattr(os, "getuid", lambda: stranger)
    with pytest.raises(RegisterError, match="a link made by another user"):
        export_file(db, link_, force=True)
    assert real.read_text(encoding="utf-8") == sample_text()


KILLED = """
import os, sys
from pathlib import Path
from store.db.database import Database
from store.audit.log import UnitOfWork
from store.commands.export import export_file
from store.db.files import TextFile

def killed(*arguments, **named):
    os.kill(os.getpid(), 9)

def after(method):
    def called(*arguments, **named):
        method(*arguments, **named)
        killed()
    return called

path, target, moment = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
with Database.open(path) as db:
    match moment:
        case "prepared":
            TextFile.prepare = after(TextFile.prepare)
        case "announced":
            UnitOfWork.flush = killed
        case "renamed":
            os.replace = after(os.replace)
            os.link = after(os.link)
        case "put":
            TextFile.commit = after(TextFile.commit)
    export_file(db, target)
"""
MOMENTS = ("prepared", "announced", "renamed", "put")


def export_killed(path: Path, target: Path, moment: str) -> bytes | None:
    """What a file holds after an export that was killed at some moment."""
    ended = subprocess.run(
        [sys.executable, "-c", KILLED, str(path), str(target), moment],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=PATIENCE,
        check=False,
    )
    assert ended.returncode == -signal.SIGKILL
    return target.read_bytes() if target.exists() else None


@pytest.mark.parametrize("begun", [True, False])
@pytest.mark.parametrize("moment", MOMENTS)
def test_an_export_that_was_killed_is_taken_up(sample_copy: Path, moment: str, begun: bool) -> None:
    target = sample_copy.with_name("debt.md")
    if begun:
        target.write_bytes(sample_text().encode())
    with Database.open(sample_copy) as db:
        set_status(db, ["EN-001"], Status.MITIGATED)
        wanted = exported(db).encode()
    left = export_killed(sample_copy, target, moment)
    assert (left == wanted) is (moment in ("renamed", "put"))
    with Database.open(sample_copy) as db:
        # Neither its own file nor what was changed here since is anything to ask about.
        set_status(db, ["EN-001"], Status.ACCEPTED, note="cheap")
        if left is not None:
            plan = plan_import(db, read_file(target), path=str(target))
            assert (plan.conflicts, plan.changed, plan.missing) == ((), (), ())
        export_file(db, target)
        assert target.read_text(encoding="utf-8") == exported(db)
        assert verify(db) == ()
    assert sorted(entry.name for entry in sample_copy.parent.iterdir()) == ["debt.md", "register.db"]


@pytest.mark.parametrize("moment", MOMENTS)
def test_what_is_edited_after_a_killed_export_is_compared_with_the_text_it_was(sample_copy: Path, moment: str) -> None:
    target = sample_copy.with_name("debt.md")
    target.write_bytes(sample_text().encode())
    with Database.open(sample_copy) as db:
        edit_items(db, ["EN-001"], {"owner": "ana", "severity": "low"})
        edit_items(db, ["EN-002"], {"severity": "low"})
    left = export_killed(sample_copy, target, moment)
    assert left is not None
    text = left.decode()
    # The very field that was exported is edited again: by hand, in the file.
    row = next(line for line in text.splitlines() if line.startswith("| EN-001"))
    target.write_text(text.replace(row, row.replace("ana", "bo") if "ana" in row else row), encoding="utf-8")
    with Database.open(sample_copy) as db:
        with pytest.raises(OverwriteError) if "ana" in row else nullcontext():
            export_file(db, target)
        plan = plan_import(db, read_file(target), path=str(target))
        assert plan.conflicts == ()
        apply_import(db, plan)
        found = {item.key: item for item in content(db).items}
        assert found["EN-001"].owner == ("bo" if "ana" in row else "ana")
        assert (found["EN-001"].severity, found["EN-002"].severity) == (Severity.LOW, Severity.LOW)


def test_a_document_that_was_checked_out_again_is_no_export_that_was_killed(sample_copy: Path) -> None:
    target = sample_copy.with_name("debt.md")
    with Database.open(sample_copy) as db:
        set_status(db, ["EN-001"], Status.MITIGATED)
        export_file(db, target)
        target.write_bytes(sample_text().encode())
        plan = plan_import(db, read_file(target), path=str(target))
        assert [(one.key, one.field) for one in plan.changed] == [("EN-001", "status")]


def test_a_text_whose_import_was_undone_is_not_overwritten(db: Database, tmp_path: Path) -> None:
    path = tmp_path / "debt.md"
    path.write_text(sample_text().replace("| High |", "| Low |"), encoding="utf-8")
    plan = plan_import(db, read_file(path), path=str(path))
    apply_import(db, plan)
    undo(db, confirmed=True)
    with pytest.raises(OverwriteError):
        export_file(db, path)


def test_exports_at_once_all_say_what_they_did(sample_copy: Path) -> None:
    target = sample_copy.with_name("debt.md")
    assert set(processes(EXPORTING, [str(sample_copy), str(target)], number=3)) == {"done"}
    with Database.open(sample_copy) as db:
        assert target.read_text(encoding="utf-8") == exported(db)
        assert "up to date" in export_file(db, target).message


EXPORTING = """
import sys
from pathlib import Path
from store.db.database import Database
from store.commands.export import export_file
from store.commands.items import comment, edit_items
print("ready", flush=True)
sys.stdin.readline()
with Database.open(Path(sys.argv[1])) as db:
    for number in range(5):
        edit_items(db, ["EN-001"], {"owner": f"{number}"})
        export_file(db, Path(sys.argv[2]))
print("done")
"""


@pytest.fixture(scope="session")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A place for the database of each example."""
    return (tmp_path_factory.mktemp("export") / "register.db" for _ in itertools.count())


@pytest.mark.soak
@settings(max_examples=count(8, 25), deadline=None)
@given(steps=st.lists(STEPS, min_size=1, max_size=8))
def test_whatever_was_done_the_document_says_it_and_reads_back(
    sample_register: Path, places: Iterator[Path], steps: list[tuple[Callable[..., object], object]]
) -> None:
    path = shutil.copyfile(sample_register, next(places))
    with Database.open(path, clock=Ticks(), actor="ana") as db:
        for verb, *arguments in steps:
            attempt(db, verb, *arguments)
        text, before = exported(db), content(db)
    with Database.create(next(places)) as again:
        apply_import(again, plan_import(None, text, path=None))
        assert exported(again) == text
        after = content(again)
    assert [one.key for one in after.items] == [one.key for one in before.items]
    assert [one.name for one in after.categories] == [one.name for one in before.categories]
    assert set(after.dependencies) == set(before.dependencies)
    kept = ("category", "severity", "status", "owner", "components", "description", "title")
    names = {one.code: one.name for one in after.categories} | {one.code: one.name for one in before.categories}
    for one, other in zip(before.items, after.items, strict=True):
        for field in kept[1:]:
            assert getattr(one, field) == getattr(other, field)
        assert names[one.category] == names[other.category]


def test_a_document_imported_before_conflict_markers_were_refused_is_exported(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = sample_text() + "\n<<<<<<< HEAD\n\nours\n\n>>>>>>> theirs\n"
    with monkeypatch.context() as earlier:
        earlier.setattr("store.formats.document.reader.conflict_markers", lambda *_: ())
        take(db, text)
    assert exported(db) == text
    set_status(db, ["EN-001"], Status.MITIGATED)
    again = exported(db)
    assert again.endswith("\n<<<<<<< HEAD\n\nours\n\n>>>>>>> theirs\n")
    assert [problem.what for problem in plan(db, again).problems] == ["this is a merge conflict marker"] * 2
    with pytest.raises(DocumentError, match="conflict marker"):
        take(db, again)
