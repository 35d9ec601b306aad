"""`ai-debt backup` and `ai-debt restore`: what they say and ask, and what they leave."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.cli.door import Door


def test_a_backup_says_where_it_is_and_its_head(sample: Door) -> None:
    head = sample.done("list", "--json").json["head"]
    assert isinstance(head, dict)
    said = sample.done("backup", "copy.db")
    of = f"change {head['sequence']}, head {head['digest']}"
    assert (said.raw, said.err) == (b"", f"Backed up 15 items to {sample.home / 'copy.db'}, as of {of}.\n")
    again = sample("backup", "copy.db")
    assert again.code == 1
    assert "already exists" in again.err


def test_a_backup_goes_into_a_directory_and_only_the_newest_stay(sample: Door) -> None:
    folder = sample.home / "backups"
    folder.mkdir()
    for _ in range(3):
        said = sample.done("backup", "--dir", "backups", "--keep", "2")
    assert said.err.endswith("Removed 1 older backup.\n")
    assert len(list(folder.iterdir())) == 2
    made = sample.done("backup", "backups", "--json").json["backup"]
    assert isinstance(made, dict)
    assert made["path"].startswith(f"{folder}/register.backup-")
    assert len(list(folder.iterdir())) == 3


def test_wrong_uses_of_backup(sample: Door) -> None:
    for words in ("copy.db --dir .", "--keep 3", "copy.db --keep 3", "--dir . --keep 0"):
        assert sample("backup", *words.split()).code == 2


def test_a_restore_shows_what_it_changes_and_asks(sample: Door) -> None:
    sample.done("backup", "copy.db")
    sample.done("set", "EN-001", "--status", "mitigated")
    before = sample.database.read_bytes()
    asked = sample("restore", "copy.db")
    assert asked.code == 2
    assert sample.database.read_bytes() == before
    assert "The backup holds 15 items as of change" in asked.lines[0]
    assert "1 change made since would be lost: 1 by" in asked.lines[1]
    assert any("status: Mitigated -> Open" in line.replace("→", "->") for line in asked.lines)
    said = sample.done("restore", "copy.db", "--yes")
    assert "Restored 15 items from" in said.err
    assert "the previous register is saved as" in said.err
    item = sample.done("show", "EN-001", "--json").json["item"]
    assert isinstance(item, dict)
    assert item["status"] == "Open"
    assert sample.done("verify").code == 0


def test_many_differences_are_shown_in_part(sample: Door) -> None:
    sample.done("backup", "copy.db")
    keys = [f"{code}-00{number}" for code in ("BE", "EN", "FL", "DD", "PD", "CD") for number in (1, 2)]
    sample.done("set", *keys, "--owner", "MLP", "--due-on", "2030-01-01")
    asked = sample("restore", "copy.db")
    assert "And 4 more." in asked.lines
    assert sum("owner: MLP" in line or "due on: 2030" in line for line in asked.lines) == 20


def test_what_is_restored_where_nothing_is(sample: Door) -> None:
    sample.done("backup", "copy.db")
    sample.database.unlink()
    said = sample.done("restore", "copy.db", "--yes")
    assert "No register here yet." in said.out
    assert len(sample.done("list").lines) == 16


def test_a_missing_backup_is_a_sentence(sample: Door) -> None:
    said = sample("restore", "nowhere.db", "--yes")
    assert said.code == 1
    assert "nowhere.db: choose a backup of a register" in said.err
