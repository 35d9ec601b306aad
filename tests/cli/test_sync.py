"""A file and the register are brought to the same state: with real files, and with others at the same time."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.program import PROGRAM, environment, run
from tests.terminal.harness import Terminal

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.door import Door

TABLE = """\
# Debts of the depot

| Ref | Debt | Priority | State | Owner |
|---|---|---|---|---|
| DP-1 | Two clocks disagree | P1 | Open | Ida |
| DP-2 | Scanner restarts nightly | P3 | Open | Tom |
| DP-3 | Labels are printed twice | P2 | WIP | |

Kept by the night shift.
"""
HEADINGS = """\
# Debts

## High

### DP-1 - Two clocks disagree

**Status:** Open
**Owner:** Ida

### DP-2 - Scanner restarts nightly

**Status:** Open
**Owner:** Tom

## Low

### DP-3 - Labels are printed twice

**Status:** Open
**Owner:** Eve
"""
LIST = """\
# Debts

- [ ] [DP-1] **Two clocks disagree**
  - Owner: Ida
- [ ] [DP-2] **Scanner restarts nightly**
  - Owner: Tom
- [x] [DP-3] **Labels are printed twice**
  - Owner: Eve
"""
CSV = """\
Ref,Debt,Priority,State,Owner
DP-1,Two clocks disagree,P1,Open,Ida
DP-2,Scanner restarts nightly,P3,Open,Tom
DP-3,"Labels, printed twice",P2,Open,
"""
KEYLESS = """\
# Debts

| Debt | Priority | State | Owner |
|---|---|---|---|
| Two clocks disagree | High | Open | Ida |
| Scanner restarts nightly | Low | Open | Tom |
| Labels are printed twice | Medium | Open | |
"""
SAME = "Nothing changed: {} and the register match.\n"


@pytest.fixture
def depot(bare: Door) -> Door:
    """`ai-debt` on a register that was created by syncing `debt.md`."""
    write(bare, TABLE)
    bare.done("sync", "debt.md")
    return bare


def write(door: Door, text: str, name: str = "debt.md") -> None:
    (door.home / name).write_bytes(text.encode())


def read(door: Door, name: str = "debt.md") -> str:
    return (door.home / name).read_bytes().decode()


def edit(door: Door, old: str, new: str, name: str = "debt.md") -> None:
    """Change the file as a person would."""
    text = read(door, name)
    assert old in text
    write(door, text.replace(old, new), name)


def owner(door: Door, key: str) -> object:
    shown = door.done("show", key, "--json").json["item"]
    assert isinstance(shown, dict)
    return shown["owner"]


def state(door: Door) -> tuple[str, str]:
    """What both sides hold."""
    return read(door), door.done("export", "--format", "json").out


@pytest.mark.parametrize(
    ("name", "text"), [("debt.md", TABLE), ("debt.md", HEADINGS), ("debt.md", LIST), ("debt.csv", CSV)]
)
def test_both_sides_get_what_the_other_changed(name: str, text: str, bare: Door) -> None:
    write(bare, text, name)
    assert bare.done("sync", name).err == f"Synced {name}.\n"
    assert read(bare, name) == text
    assert bare.done("sync", name).err == SAME.format(name)
    bare.done("set", "DP-2", "--owner", "Zoe")
    edit(bare, "Ida", "Max", name)
    said = bare.done("sync", name)
    assert said.lines == [
        "In the register:",
        "  Set the owner of DP-1 from Ida to Max.",
        f"In {name}:",
        "  Set the owner of DP-2 from Tom to Zoe.",
    ]
    assert owner(bare, "DP-1") == "Max"
    assert read(bare, name) == text.replace("Ida", "Max").replace("Tom", "Zoe")
    assert bare.done("sync", name).err == SAME.format(name)


def test_items_without_keys_are_known_again(bare: Door) -> None:
    write(bare, KEYLESS)
    bare.done("sync", "debt.md")
    bare.done("set", "TD-002", "--status", "mitigated")
    edit(bare, "| Ida |", "| Max |")
    said = bare.done("sync", "debt.md")
    assert said.lines[1::2] == [
        "  Set the owner of TD-001 from Ida to Max.",
        "  Set the status of TD-002 from Open to Mitigated.",
    ]
    assert read(bare) == KEYLESS.replace("Ida", "Max").replace("Low | Open", "Low | Mitigated")
    assert bare.done("sync", "debt.md").err == SAME.format("debt.md")
    write(bare, KEYLESS)
    refused = bare("sync", "debt.md")
    assert refused.code == 1
    assert "Set the status of TD-002 from Mitigated to Open." in refused.err


def test_new_and_removed_items_go_both_ways(depot: Door) -> None:
    depot.done("add", "--category", "DP", "--severity", "low", "--description", "Door sticks", "--owner", "Ida")
    edit(depot, "\nKept by", "| DP-9 | Lamp flickers | P3 | Open | Ida |\n\nKept by")
    said = depot.done("sync", "debt.md")
    assert said.lines[1] == "  Added DP-9: Lamp flickers."
    assert "Door sticks" in said.lines[3]
    assert "Lamp flickers" in read(depot)
    assert "Door sticks" in read(depot)
    depot.done("remove", "DP-9", "--yes")
    assert depot.done("sync", "debt.md").lines == ["In debt.md:", "  Removed DP-9: Lamp flickers."]
    assert "DP-9" not in read(depot)


def test_what_the_file_no_longer_has_is_asked_about(depot: Door) -> None:
    without = "".join(line for line in TABLE.splitlines(keepends=True) if "DP-2" not in line)
    write(depot, without)
    before = state(depot)
    refused = depot("sync", "debt.md")
    assert refused.code == 1
    assert "debt.md no longer has DP-2: --prune removes that" in refused.err
    assert "DP-2: choose --prune or --no-prune" in depot.done("sync", "debt.md", "--dry-run").out
    assert state(depot) == before
    depot.done("sync", "debt.md", "--prune")
    assert depot("show", "DP-2").code == 1
    assert read(depot) == without
    depot.done("undo", "--yes")
    write(depot, without.replace("Ida", "Max"))
    depot.done("sync", "debt.md", "--no-prune")
    assert "DP-2" in read(depot)
    assert owner(depot, "DP-1") == "Max"


def test_conflicts_are_named_and_nothing_changes(depot: Door) -> None:
    depot.done("set", "DP-1", "--owner", "Ann")
    depot.done("set", "DP-3", "--status", "mitigated")
    edit(depot, "Ida", "Max")
    edit(depot, "WIP", "Deferred")
    edit(depot, "Tom", "Kim")
    before = state(depot)
    refused = depot("sync", "debt.md")
    assert (refused.code, refused.out) == (1, "")
    *conflicts, last = refused.err.splitlines()
    assert conflicts[0].startswith("the owner of DP-1 was Ida: the file says Max, and the register Ann (by ")
    assert conflicts[1].startswith("the status of DP-3 was In Progress: the file says Accepted, and the register Miti")
    assert last.endswith("2 conflicts between debt.md and the register: choose with --prefer file or --prefer register")
    shown = depot.done("sync", "debt.md", "--dry-run").lines
    assert shown[:2] == ["In the register:", "  Set the owner of DP-2 from Tom to Kim."]
    assert shown[2] == "Conflicts:"
    assert state(depot) == before
    depot.done("sync", "debt.md", "--prefer", "register")
    assert [owner(depot, key) for key in ("DP-1", "DP-2")] == ["Ann", "Kim"]
    assert "| Ann |" in read(depot)
    assert depot.done("sync", "debt.md").err == SAME.format("debt.md")


def test_the_file_can_be_preferred(depot: Door) -> None:
    depot.done("set", "DP-1", "--owner", "Ann")
    depot.done("remove", "DP-2", "--yes")
    edit(depot, "Ida", "Max")
    edit(depot, "Tom", "Kim")
    assert depot("sync", "debt.md").code == 1
    depot.done("sync", "debt.md", "--prefer", "file")
    assert [owner(depot, key) for key in ("DP-1", "DP-2")] == ["Max", "Kim"]
    assert read(depot) == TABLE.replace("Ida", "Max").replace("Tom", "Kim")


def test_what_was_removed_here_and_changed_in_the_register_is_a_conflict(depot: Door) -> None:
    depot.done("set", "DP-2", "--owner", "Ann")
    write(depot, "".join(line for line in TABLE.splitlines(keepends=True) if "DP-2" not in line))
    refused = depot("sync", "debt.md", "--prune")
    assert refused.code == 1
    assert refused.err.startswith("DP-2 is not in the file, and its owner was changed here (by ")
    depot.done("sync", "debt.md", "--prune", "--prefer", "register")
    assert "| Ann |" in read(depot)


def test_an_older_file_says_what_it_would_take_back(depot: Door) -> None:
    depot.done("set", "DP-3", "--status", "mitigated", "--owner", "Eve")
    depot.done("sync", "debt.md")
    depot.done("add", "--category", "DP", "--severity", "low", "--description", "Door sticks")
    depot.done("sync", "debt.md")
    newest = read(depot)
    write(depot, TABLE)
    before = state(depot)
    refused = depot("sync", "debt.md", "--yes")
    assert refused.code == 1
    assert refused.err.startswith("debt.md is the file that was imported on ")
    assert "it is older than the last sync" in refused.err
    assert "Set the status of DP-3 from Mitigated to In Progress." in refused.err
    assert "Removed " in refused.err
    assert "Set the status of DP-3" in depot.done("sync", "debt.md", "--dry-run").out
    assert state(depot) == before
    depot.done("sync", "debt.md", "--prefer", "register")
    assert read(depot) == newest
    write(depot, TABLE)
    depot.done("sync", "debt.md", "--prefer", "file", "--prune")
    assert read(depot) == TABLE
    assert owner(depot, "DP-3") is None


def test_what_was_edited_in_an_older_file_is_kept(depot: Door) -> None:
    depot.done("set", "DP-3", "--status", "mitigated")
    depot.done("set", "DP-2", "--severity", "high")
    depot.done("sync", "debt.md")
    write(depot, read(depot).replace("the night shift", "the day shift"))
    depot.done("sync", "debt.md")
    write(depot, TABLE.replace("Ida", "Max"))
    refused = depot("sync", "debt.md")
    assert refused.code == 1
    assert refused.err.startswith("debt.md is an edited copy of the file that was imported on ")
    assert "Ida" not in refused.err
    depot.done("sync", "debt.md", "--prefer", "register")
    assert [owner(depot, "DP-1"), "the day shift" in read(depot)] == ["Max", True]
    assert "| P3 | WIP" not in read(depot)
    assert depot.done("sync", "debt.md").err == SAME.format("debt.md")


def test_an_older_copy_in_csv_says_so_too(depot: Door) -> None:
    depot.done("sync", "copy.csv")
    older = read(depot, "copy.csv")
    depot.done("set", "DP-1", "--owner", "Ann")
    depot.done("sync", "debt.md")
    depot.done("sync", "copy.csv", "--prefer", "register")
    assert "Ann" in read(depot, "copy.csv")
    write(depot, older.replace("Tom", "Kim"), "copy.csv")
    refused = depot("sync", "copy.csv")
    assert refused.code == 1
    assert "Set the owner of DP-1 from Ann to Ida." in refused.err
    assert "Kim" not in refused.err
    depot.done("sync", "copy.csv", "--prefer", "register")
    assert [owner(depot, key) for key in ("DP-1", "DP-2")] == ["Ann", "Kim"]
    assert read(depot).startswith("# Debts of the depot")
    assert depot.done("sync", "copy.csv").err == SAME.format("copy.csv")


def test_copies_follow(depot: Door) -> None:
    for name in ("copy.csv", "copy.json"):
        assert depot.done("sync", name).err.startswith("Exported to ")
        assert depot.done("sync", name).err == SAME.format(name)
    edit(depot, "Ida", "Max", "copy.json")
    assert depot.done("sync", "copy.json").lines == ["In the register:", "  Set the owner of DP-1 from Ida to Max."]
    assert depot.done("sync", "debt.md").lines == ["In debt.md:", "  Set the owner of DP-1 from Ida to Max."]


def test_a_file_left_behind_while_others_were_synced_just_follows(depot: Door) -> None:
    write(depot, TABLE.replace("Tom", "Kim"), "other.md")
    depot.done("sync", "other.md")
    assert depot.done("sync", "debt.md").lines == ["In debt.md:", "  Set the owner of DP-2 from Tom to Kim."]
    assert read(depot) == read(depot, "other.md")


def test_a_file_that_is_not_there_is_written(depot: Door) -> None:
    said = depot.done("sync", "new.md", "--dry-run")
    assert said.err == "new.md does not exist: it would be written.\n"
    assert not (depot.home / "new.md").exists()
    depot.done("sync", "new.md")
    assert read(depot, "new.md") == TABLE


def test_without_a_file_and_a_register_nothing_can_be_synced(bare: Door) -> None:
    said = bare("sync", "none.md", "--db", "none.db")
    assert said.code == 1
    assert sorted(bare.home.iterdir()) == []
    assert bare("sync", "-").code == 2


def test_a_dry_run_changes_nothing(bare: Door) -> None:
    write(bare, TABLE)
    assert "3 items" in bare.done("sync", "debt.md", "--dry-run").out
    assert not bare.database.exists()
    bare.done("sync", "debt.md")
    bare.done("set", "DP-2", "--owner", "Zoe")
    edit(bare, "Ida", "Max")
    before = state(bare)
    shown = bare.done("sync", "debt.md", "--dry-run")
    assert state(bare) == before
    assert bare.done("sync", "debt.md").out == shown.out
    assert bare.done("sync", "debt.md", "--dry-run").err.startswith("Nothing would change")


def test_json_says_what_changed_on_both_sides(depot: Door) -> None:
    depot.done("set", "DP-2", "--owner", "Zoe")
    edit(depot, "Ida", "Max")
    found = depot.done("sync", "debt.md", "--json").json["sync"]
    assert isinstance(found, dict)
    change = {"entity": "item", "field": "owner"}
    assert found["register"] == [{**change, "key": "DP-1", "before": "Ida", "after": "Max"}]
    assert found["file"] == [{**change, "key": "DP-2", "before": "Tom", "after": "Zoe"}]
    assert (found["applied"], found["conflicts"], found["older"]) == (True, [], None)


def test_what_cannot_be_read_is_refused_with_nothing_changed(depot: Door) -> None:
    edit(depot, "DP-2", "DP-1")
    before = state(depot)
    said = depot("sync", "debt.md")
    assert said.code == 1
    assert "line 6" in said.err
    write(depot, "```mermaid\ngraph TD\n  A --> B\n```\n", "map.mmd")
    assert depot("sync", "map.mmd").code == 1
    assert state(depot) == before


def test_undo_takes_a_sync_back(depot: Door) -> None:
    edit(depot, "Ida", "Max")
    depot.done("sync", "debt.md")
    depot.done("undo", "--yes")
    assert owner(depot, "DP-1") == "Ida"


def test_many_at_once_agree(depot: Door) -> None:
    env = environment(depot.home, AI_DEBT_DB=str(depot.database))
    edit(depot, "Ida", "Max")
    depot.done("set", "DP-2", "--owner", "Zoe")
    running = [
        subprocess.Popen(
            [*PROGRAM, *arguments],
            env=env,
            cwd=depot.home,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for arguments in [("sync", "debt.md")] * 3 + [("set", "DP-3", "--owner", "Eve")]
    ]
    for process in running:
        _, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
    depot.done("sync", "debt.md")
    assert [owner(depot, key) for key in ("DP-1", "DP-2", "DP-3")] == ["Max", "Zoe", "Eve"]
    assert [each.split("|")[5].strip() for each in read(depot).splitlines()[4:7]] == ["Max", "Zoe", "Eve"]
    assert not list(depot.home.glob(".debt.md*"))
    assert depot.done("verify").code == 0


@pytest.mark.parametrize("answer", ["file", "register"])
def test_at_a_terminal_each_conflict_is_asked_about(answer: str, depot: Door) -> None:
    depot.done("set", "DP-1", "--owner", "Ann")
    depot.done("set", "DP-2", "--owner", "Liv")
    edit(depot, "Ida", "Max")
    edit(depot, "Tom", "Kim")
    env = environment(depot.home, AI_DEBT_DB=str(depot.database), TERM="xterm")
    with Terminal([*PROGRAM, "sync", "debt.md"], env=env, cwd=depot.home, size=(150, 24)) as terminal:
        terminal.wait_for("the file says Max, and the register Ann")
        terminal.send(f"{answer}\r")
        terminal.wait_for("the file says Kim, and the register Liv")
        terminal.send("nonsense\r")
        terminal.send("file\r")
        assert terminal.wait_exit() == 0
    assert [owner(depot, "DP-1"), owner(depot, "DP-2")] == ["Max" if answer == "file" else "Ann", "Kim"]
    assert depot.done("sync", "debt.md").err == SAME.format("debt.md")


def test_at_a_terminal_no_answer_changes_nothing(depot: Door) -> None:
    depot.done("set", "DP-1", "--owner", "Ann")
    edit(depot, "Ida", "Max")
    before = state(depot)
    env = environment(depot.home, AI_DEBT_DB=str(depot.database), TERM="xterm")
    with Terminal([*PROGRAM, "sync", "debt.md"], env=env, cwd=depot.home, size=(150, 24)) as terminal:
        terminal.wait_for("(file or register)")
        terminal.send("\r")
        assert terminal.wait_exit() == 1
    assert state(depot) == before


def test_a_file_that_cannot_be_written_keeps_its_text_and_the_next_sync_goes_on(tmp_path: Path) -> None:
    (tmp_path / "debt.md").write_text(TABLE, encoding="utf-8")
    assert run("sync", "debt.md", "--db", "r.db", cwd=tmp_path).returncode == 0
    run("set", "DP-2", "--owner", "Zoe", "--db", "r.db", cwd=tmp_path)
    (tmp_path / "debt.md").write_text(TABLE.replace("Ida", "Max"), encoding="utf-8")
    code = """
import store.db.files as files
def fails(self, data):
    raise OSError(28, "No space left on device")
files.TextFile.prepare = fails
from tui.cli.main import main
import sys
sys.argv = ["ai-debt", "sync", "debt.md", "--db", "r.db"]
sys.exit(main())
"""
    failed = subprocess.run(
        [*PROGRAM[:2], "-c", code], cwd=tmp_path, env=environment(tmp_path), capture_output=True, text=True, check=False
    )
    assert failed.returncode == 1
    assert "the register was updated from" in failed.stderr
    assert (tmp_path / "debt.md").read_text(encoding="utf-8") == TABLE.replace("Ida", "Max")
    again = run("sync", "debt.md", "--db", "r.db", cwd=tmp_path)
    assert again.stdout == "In debt.md:\n  Set the owner of DP-2 from Tom to Zoe.\n"
    assert (tmp_path / "debt.md").read_text(encoding="utf-8") == TABLE.replace("Ida", "Max").replace("Tom", "Zoe")
