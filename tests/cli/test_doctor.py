"""`ai-debt doctor`: how it says what it found, and its exit codes."""

from __future__ import annotations

import os
import re
import shlex
from typing import TYPE_CHECKING

import pytest

from tui.cli import output

if TYPE_CHECKING:
    from tests.cli.door import Door, Said


def found(said: Said) -> dict[str, dict[str, str | None]]:
    """The last finding of each subject, by its name."""
    findings = said.json["findings"]
    assert isinstance(findings, list)
    return {each["subject"]: each for each in findings}


@pytest.fixture
def private(sample: Door) -> Door:
    """A register for its owner alone, with a backup."""
    sample.database.chmod(0o600)
    sample.home.chmod(0o700)
    sample.done("backup")
    return sample


def test_a_register_in_order(private: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    private.database.with_name("vi").write_text("#!/bin/sh\n")
    private.database.with_name("vi").chmod(0o755)
    monkeypatch.setenv("EDITOR", shlex.quote(str(private.home / "vi")))
    head = private.done("list", "--json").json["head"]
    assert isinstance(head, dict)
    said = private.done("doctor")
    assert said.lines[-1] == "Everything is in order."
    assert all(line.startswith(("ok  ", "    ")) for line in said.lines[:-2])
    assert any(head["digest"] in line for line in said.lines)
    as_json = private.done("doctor", "--json")
    assert as_json.json["head"] == head
    assert {each["state"] for each in found(as_json).values()} == {"ok"}


def test_what_is_bad_comes_first_and_is_counted(sample: Door) -> None:
    sample.database.chmod(0o604)
    sample.database.with_name("second.db").hardlink_to(sample.database)
    said = sample("doctor")
    assert said.code == 3
    assert said.lines[0].startswith("PROBLEM  hard links: ")
    marks = [line.split()[0] for line in said.lines if line[:1].strip()]
    shown = [mark for mark in marks if mark in ("PROBLEM", "Warning", "ok")]
    assert shown == sorted(shown, key=["PROBLEM", "Warning", "ok"].index)
    number = shown.count("Warning")
    assert said.lines[-1] == f"1 problem and {number} warning{'' if number == 1 else 's'}."
    # A command is at the end of its line, without a full stop.
    assert any(line.endswith(f"→ run chmod o-rwx {shlex.quote(str(sample.database))}") for line in said.lines)
    as_json = sample("doctor", "--json")
    assert as_json.code == 3
    assert found(as_json)["hard links"]["state"] == "problem"
    assert as_json.err == ""


@pytest.mark.parametrize("columns", [40, 80, 120])
def test_it_fits_the_terminal(sample: Door, columns: int) -> None:
    sample.database.unlink()
    said = sample("doctor", columns=columns)
    assert said.code == 3
    plain = [line.replace("\x1b[1m", "").replace("\x1b[0m", "") for line in said.lines]
    assert all(len(line) <= columns for line in plain)
    assert plain[0].startswith("PROBLEM")


@pytest.mark.parametrize("name", ["a\x1b[2Jb.db", "a b'c.db", "[red]x[b].db", "\udcff.db", "a\nb.db", "-x.db"])
def test_a_path_of_any_make(sample: Door, name: str) -> None:
    sample.database.rename(sample.home / name)
    sample.database.with_name(name).chmod(0o604)
    said = sample("doctor", "--db", str(sample.home / name))
    assert said.code == 0, said.out
    assert "\x1b" not in said.out
    assert sum(line.startswith("Warning  mode: ") for line in said.lines) == 1
    remedy = found(sample.done("doctor", "--json", "--db", str(sample.home / name)))["mode"]["remedy"]
    assert remedy is not None
    assert os.system(os.fsencode(remedy.removeprefix("run "))) == 0  # type: ignore[arg-type]
    assert (sample.home / name).stat().st_mode & 0o777 == 0o600


def test_a_path_with_nothing_to_open_is_no_reason_to_wait(bare: Door) -> None:
    os.mkfifo(bare.database)
    (bare.home / ".config" / "ai-debt").mkdir(parents=True)
    os.mkfifo(bare.home / ".config" / "ai-debt" / "config.toml")
    said = bare("doctor", "--json")
    assert said.code == 3
    assert said.json["head"] is None
    assert found(said)["register"]["state"] == "problem"
    assert found(said)["settings"]["state"] == "warning"


def test_settings_and_an_editor_that_cannot_be_used(private: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = private.home / ".config" / "ai-debt" / "config.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text("theme = 1", encoding="utf-8")
    for editor in ("no-such-editor --wait", '"unclosed'):
        monkeypatch.setenv("VISUAL", editor)
        said = found(private.done("doctor", "--json"))
        assert (said["editor"]["state"], said["settings"]["state"]) == ("warning", "warning")
        assert editor.split()[0] in str(said["editor"]["what"])
        assert str(settings) in str(said["settings"]["what"])


@pytest.mark.parametrize(
    ("term", "columns", "lines", "encoding", "state", "words"),
    [
        ("xterm", 80, 24, "utf-8", "ok", "TERM is xterm, the encoding utf-8, drawn in 16 colors, 80 by 24"),
        ("xterm-256color", 80, 24, "utf-8", "ok", "drawn in 256 colors, 80 by 24"),
        ("dumb", 80, 24, "utf-8", "Warning", "it cannot show the dashboard"),
        ("xterm", 39, 24, "utf-8", "Warning", "39 by 24"),
        ("xterm", 80, 11, "utf-8", "Warning", "at least 40 by 12"),
        ("xterm", 80, 24, "ascii", "Warning", "the encoding ascii"),
    ],
)
def test_the_terminal(
    private: Door,
    monkeypatch: pytest.MonkeyPatch,
    term: str,
    columns: int,
    lines: int,
    encoding: str,
    state: str,
    words: str,
) -> None:
    for name, value in (("TERM", term), ("COLUMNS", str(columns)), ("LINES", str(lines))):
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("COLORTERM", raising=False)
    monkeypatch.setattr(output, "is_terminal", lambda _: True)
    said = private("doctor", encoding=encoding)
    assert said.code == 0
    plain = said.raw.decode(encoding).replace("\x1b[1m", "").replace("\x1b[0m", "")
    entry = re.search(r"^(?P<state>\w+) +terminal: (?P<words>.*?)^\w", plain, re.MULTILINE | re.DOTALL)
    assert entry is not None
    assert entry["state"] == state
    assert words in " ".join(entry["words"].split())


def test_a_network_file_system_that_is_allowed(private: Door) -> None:
    assert found(private.done("doctor", "--json", "--allow-network-fs"))["file system"]["state"] == "ok"


def test_a_server_is_asked_once_and_its_password_shown_nowhere(bare: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AI_DEBT_DB", "postgresql+nodriver://ana:s3cret@db.example/debt")
    for options in ((), ("--json",)):
        said = bare("doctor", *options)
        assert said.code == 3
        assert "s3cret" not in said.out + said.err
    assert "terminal" in found(bare("doctor", "--json"))
