"""A file and the register are brought to the same state: documents, and copies in other formats."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from store.commands.export import copy_text, export_copy, export_file
from store.commands.imports.resolution import resolved
from store.commands.items import edit_items, remove_items, set_status
from store.commands.sync import CHANGED_SINCE, plan_sync, preview_sync, sync_file, write_new
from store.db.database import Database
from store.enums import Severity, Status
from store.errors import OverwriteError, RegisterError
from store.formats.document.rules import EVERYTHING
from tests.store.asking import content, exported
from tests.store.importing import take

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from store.commands.imports.plan import Prefer
    from store.commands.sync import Synced, SyncPlan

TEXT = """\
# Owed by the boiler house

| ID | Debt | Priority | State | Owner |
|---|---|---|---|---|
| BH-1 | Gauges are read by torch | P1 | Open | Ida |
| BH-2 | Coal is weighed twice | P3 | Open | Tom |
| BH-3 | Nobody sweeps the flue | P2 | WIP | |

Kept by the stokers.
"""


@pytest.fixture
def boiler(tmp_path: Path) -> Iterator[Database]:
    with Database.create(tmp_path / "r.db") as db:
        take(db, TEXT)
        export_file(db, tmp_path / "debt.md")
        yield db


def planned(db: Database | None, path: Path, *, prefer: Prefer | None = None) -> SyncPlan:
    return plan_sync(db, path.read_bytes().decode(), path=path, settled=EVERYTHING, same={}, prefer=prefer)


def synced(db: Database, path: Path) -> Synced:
    return sync_file(db, path, planned(db, path), prune=False)


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_bytes().decode()
    assert old in text
    path.write_bytes(text.replace(old, new).encode())


def owners(db: Database) -> dict[str, str | None]:
    return {item.key: item.owner for item in content(db).items}


def test_both_sides_get_what_the_other_changed(boiler: Database, tmp_path: Path) -> None:
    file = tmp_path / "debt.md"
    assert synced(boiler, file) == ((), (), False)
    edit_items(boiler, ["BH-2"], {"owner": "Zoe"})
    edit(file, "| Ida |", "| Max |")
    found = planned(boiler, file)
    assert not found.is_known
    shown = preview_sync(boiler, found, prune=False)
    assert owners(boiler)["BH-1"] == "Ida"
    done = sync_file(boiler, file, found, prune=False)
    assert done == shown
    assert [(each.key, each.field, each.after) for each in done.register] == [("BH-1", "owner", "Max")]
    assert [(each.key, each.field, each.after) for each in done.file] == [("BH-2", "owner", "Zoe")]
    assert owners(boiler) == {"BH-1": "Max", "BH-2": "Zoe", "BH-3": None}
    assert file.read_text() == TEXT.replace("| Ida |", "| Max |").replace("| Tom |", "| Zoe |")


def test_new_and_missing_items_go_over(boiler: Database, tmp_path: Path) -> None:
    file = tmp_path / "debt.md"
    row = "| BH-2 | Coal is weighed twice | P3 | Open | Tom |\n"
    edit(file, row, "| BH-4 | The door sticks | P3 | Open | |\n")
    done = sync_file(boiler, file, planned(boiler, file), prune=True)
    assert [(each.key, each.after) for each in done.register] == [("BH-4", "The door sticks"), ("BH-2", None)]
    assert set(owners(boiler)) == {"BH-1", "BH-3", "BH-4"}
    assert row not in file.read_text()


def test_an_older_file_says_what_it_would_take_back(boiler: Database, tmp_path: Path) -> None:
    file = tmp_path / "debt.md"
    older = file.read_text()
    set_status(boiler, ["BH-1"], Status.MITIGATED)
    export_file(boiler, file)
    edit_items(boiler, ["BH-2"], {"severity": Severity.CRITICAL})
    export_file(boiler, file)
    file.write_text(older.replace("| WIP | |", "| WIP | Eve |"))
    found = planned(boiler, file)
    assert found.older is not None
    assert found.older.is_changed
    assert {(each.key, each.field, each.after) for each in found.older.taken_back} == {
        ("BH-1", "status", "Open"),
        ("BH-2", "severity", "Low"),
    }
    stands = planned(boiler, file, prefer="register")
    assert stands.older is None
    sync_file(boiler, file, stands, prune=False)
    assert owners(boiler)["BH-3"] == "Eve"
    assert content(boiler).items[0].status is Status.MITIGATED
    assert file.read_text() == exported(boiler)


def test_the_values_of_an_older_file_may_stand(boiler: Database, tmp_path: Path) -> None:
    file = tmp_path / "debt.md"
    older = file.read_text()
    set_status(boiler, ["BH-1"], Status.MITIGATED)
    export_file(boiler, file)
    file.write_text(older)
    sync_file(boiler, file, planned(boiler, file, prefer="file"), prune=False)
    assert content(boiler).items[0].status is Status.OPEN


def test_a_file_that_changed_since_it_was_looked_at_is_left_alone(boiler: Database, tmp_path: Path) -> None:
    file = tmp_path / "debt.md"
    edit_items(boiler, ["BH-2"], {"owner": "Zoe"})
    found = planned(boiler, file)
    edit(file, "stokers", "night stokers")
    with pytest.raises(CHANGED_SINCE):
        sync_file(boiler, file, found, prune=False)
    assert "night stokers" in file.read_text()
    assert "Zoe" not in file.read_text()


def test_copies_are_synced_by_what_they_say(boiler: Database, tmp_path: Path) -> None:
    for name, format_ in (("copy.csv", "csv"), ("copy.json", "json")):
        file = tmp_path / name
        export_copy(boiler, file, copy_text(boiler, format_))  # type: ignore[arg-type]
        assert synced(boiler, file) == ((), (), False)
        edit_items(boiler, ["BH-2"], {"owner": f"Zoe {name}"})
        edit(file, "by torch", f"by torch {name[5:]}")
        done = synced(boiler, file)
        assert [(each.key, each.field) for each in done.register] == [("BH-1", "title")]
        assert [(each.key, each.field) for each in done.file] == [("BH-2", "owner")]
        assert owners(boiler)["BH-2"] == f"Zoe {name}"
        assert f"Zoe {name}" in file.read_text()
    assert json.loads((tmp_path / "copy.json").read_text())["items"][1]["owner"] == "Zoe copy.json"


def test_a_register_is_begun_from_a_file_and_a_file_from_a_register(boiler: Database, tmp_path: Path) -> None:
    assert planned(None, tmp_path / "debt.md").plan.first
    write_new(boiler, tmp_path / "new.json")
    assert len(json.loads((tmp_path / "new.json").read_text())["items"]) == 3
    edit(tmp_path / "debt.md", "| Ida |", "| Max |")
    with pytest.raises(OverwriteError):
        export_copy(boiler, tmp_path / "debt.md", "something else")


def test_conflicts_are_resolved_one_by_one(boiler: Database, tmp_path: Path) -> None:
    file = tmp_path / "debt.md"
    edit(file, "| Ida |", "| Max |")
    edit(file, "| P3 | Open | Tom |", "| P3 | Open | Sue |")
    edit_items(boiler, ["BH-1", "BH-2"], {"owner": "Zoe"})
    found = planned(boiler, file)
    assert {(each.key, each.mine, each.theirs) for each in found.plan.conflicts} == {
        ("BH-1", "Max", "Zoe"),
        ("BH-2", "Sue", "Zoe"),
    }
    plan = resolved(found.plan, lambda each: "file" if each.key == "BH-1" else "register", prune=False)
    sync_file(boiler, file, found._replace(plan=plan), prune=False)
    assert owners(boiler) == {"BH-1": "Max", "BH-2": "Zoe", "BH-3": None}
    assert "| Sue |" not in file.read_text()


def test_what_was_removed_and_changed_is_asked_about(boiler: Database, tmp_path: Path) -> None:
    file = tmp_path / "debt.md"
    edit(file, "| BH-2 | Coal is weighed twice | P3 | Open | Tom |\n", "")
    edit(file, "| BH-3 | Nobody sweeps the flue | P2 | WIP | |", "| BH-3 | Nobody sweeps the flue | P2 | WIP | Eve |")
    edit_items(boiler, ["BH-2"], {"owner": "Zoe"})
    remove_items(boiler, ["BH-3"])
    found = planned(boiler, file)
    assert {each.key for each in found.plan.contested(prune=True)} == {"BH-2", "BH-3"}
    keep = resolved(found.plan, lambda each: "file" if each.key == "BH-3" else "register", prune=True)
    sync_file(boiler, file, found._replace(plan=keep), prune=True)
    assert owners(boiler) == {"BH-1": "Ida", "BH-2": "Zoe", "BH-3": "Eve"}


def test_what_cannot_be_written_says_that_the_register_has_it(
    boiler: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise RegisterError("the disk is full", "free some space")

    file = tmp_path / "debt.md"
    edit(file, "| Ida |", "| Max |")
    found = planned(boiler, file)
    monkeypatch.setattr("store.commands.sync.export_file", refuse)
    with pytest.raises(RegisterError, match="the register was updated from"):
        sync_file(boiler, file, found, prune=False)
    assert owners(boiler)["BH-1"] == "Max"
