"""A failure of the program: one sentence, a private file that tells where, a restored terminal, and exit code 1."""

from __future__ import annotations

import re
import shlex
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from store.db.database import Database
from tests.program import PATIENCE, PROGRAM, START, environment
from tests.terminal.harness import Terminal
from tui import crash

if TYPE_CHECKING:
    from pathlib import Path

MARK = "Xq7-marker-password"
ON_THE_SCREEN = f"""
from tui.panes.items import ItemsPane
def fail(self, *_, **__):
    secret = {MARK!r}
    raise RuntimeError(f"planted {{secret}}")
ItemsPane.action_down = fail
"""
IN_A_STATEMENT = f"""
import tui.cli.register
def fail(*_, **__):
    from sqlmodel import create_engine, text
    with create_engine("sqlite://").connect() as connection:
        connection.execute(text("SELECT nothing FROM nowhere WHERE title = :title"), {{"title": {MARK!r}}})
tui.cli.register.history_text = fail
"""
IN_AN_IMPORT = f"""
import store.queries.history
def fail(*_, **__):
    try:
        raise KeyError({MARK!r})
    except KeyError as error:
        raise ValueError({MARK!r}) from error
store.queries.history.changes = fail
"""


def planted(code: str) -> tuple[str, ...]:
    """The program with something wrong in it."""
    return (sys.executable, "-P", "-c", f"{code}\n{START}")


def crash_files(home: Path) -> list[Path]:
    return sorted((home / ".local/state/ai-debt/crashes").glob("*"))


def assert_private(file: Path) -> str:
    """Only its user reads it, and it holds nothing secret."""
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    text = file.read_text(encoding="utf-8")
    assert MARK not in text
    assert "textual " in text
    assert "SQLite " in text
    return text


def test_a_failure_of_the_dashboard_gives_the_terminal_back(sample_copy: Path) -> None:
    home = sample_copy.parent
    env = environment(home, TERM="xterm-256color", AI_DEBT_DB=str(sample_copy))
    with Terminal([*planted(ON_THE_SCREEN)], env=env, cwd=home, size=(300, 40)) as terminal:
        before = terminal.modes
        terminal.wait_for("EN-001")
        terminal.press("j")
        assert terminal.wait_exit() == 1
        assert terminal.modes == before
        after = terminal.raw[terminal.raw.rindex(b"\x1b[?1049l") :].decode()
    said = re.sub(r"\x1b\[[?<>=]?[0-9;]*[a-zA-Z]", "", after).split("\r\n")
    assert [row for row in said if row] == [f"ai-debt: {sentence(home)}; all saved changes are safe"]
    text = assert_private(crash_files(home)[0])
    assert "action_down" not in text
    assert "in fail" in text
    assert "RuntimeError" in text


def sentence(home: Path, kind: str = "RuntimeError") -> str:
    """The report of the newest failure."""
    return f"internal error ({kind}): please report it and attach {crash_files(home)[-1]}"


@pytest.mark.parametrize(
    ("code", "kind", "told"),
    [
        (IN_A_STATEMENT, "OperationalError", "SELECT nothing FROM nowhere WHERE title = ?"),
        (IN_AN_IMPORT, "ValueError", "builtins.KeyError (message omitted"),
    ],
    ids=["statement", "chain"],
)
def test_a_failure_of_a_command_is_a_sentence_and_a_file(code: str, kind: str, told: str, sample_copy: Path) -> None:
    home = sample_copy.parent
    done = failing(code, home, AI_DEBT_DB=str(sample_copy))
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == f"ai-debt: {sentence(home, kind)}\n"
    assert told in assert_private(crash_files(home)[0])


def failing(code: str, home: Path, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*planted(code), "history"],
        env=environment(home, **more),
        cwd=home,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def test_where_no_file_can_be_written_the_sentence_says_what_else_helps(sample_copy: Path) -> None:
    home = sample_copy.parent
    (home / "state").write_text("in the way")
    done = failing(IN_AN_IMPORT, home, AI_DEBT_DB=str(sample_copy), XDG_STATE_HOME=str(home / "state"))
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "ai-debt: internal error (ValueError): run it again with AI_DEBT_DEBUG=1 and report the output"
    ]


def test_only_the_newest_ten_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    kept = [crash.keep(RuntimeError(str(number))) for number in range(crash.MOST_KEPT + 3)]
    assert sorted((tmp_path / "ai-debt" / "crashes").iterdir()) == kept[3:]


def test_an_editor_is_started_with_nothing_secret(sample_copy: Path, tmp_path: Path) -> None:
    """What a child of the program was started with is a file's name."""
    script = tmp_path / "ed"
    script.write_text('#!/bin/sh\ntr "\\0" " " < /proc/$$/cmdline > "$OUT"\n', encoding="utf-8")
    script.chmod(0o700)
    out = tmp_path / "cmdline"
    env = environment(
        tmp_path,
        TERM="xterm",
        VISUAL=shlex.quote(str(script)),
        OUT=str(out),
        AI_DEBT_DB=str(sample_copy),
        PGPASSWORD=MARK,
    )
    with Terminal([*PROGRAM], env=env, cwd=tmp_path) as terminal:
        terminal.wait_for("BE-001")
        terminal.press("E")
        terminal.wait_until(lambda: out.exists() and bool(out.read_text()), "the editor to run")
        terminal.press("q")
        assert terminal.wait_exit() == 0
    assert MARK not in out.read_text()
    assert out.read_text().split()[-1].endswith(".md")


def test_diversions_of_the_library_are_left_out(sample_copy: Path, tmp_path: Path) -> None:
    evil = {
        "TEXTUAL_COLOR_SYSTEM": "bogus",
        "TEXTUAL_PRESS": "m,q",
        "TEXTUAL_DRIVER": "nowhere:Driver",
        "TEXTUAL_LOG": str(tmp_path / "log"),
        "TEXTUAL_SCREENSHOT": "0",
        "TEXTUAL_SCREENSHOT_LOCATION": str(tmp_path),
        "TEXTUAL_FILTERS": "nonsense",
        "TEXTUAL_THEME": "nonsense",
        "TEXTUAL_SHOW_RETURN": "1",
        "TEXTUAL_DEBUG": "1",
        "TEXTUAL": "devtools,debug,headless",
    }
    before = sorted(tmp_path.iterdir())
    env = environment(tmp_path, TERM="xterm-256color", AI_DEBT_DB=str(sample_copy), **evil)
    with Terminal([*PROGRAM], env=env, cwd=tmp_path) as terminal:
        terminal.wait_for("BE-001")
        terminal.press("ctrl+p")
        terminal.wait_for("Search")
        assert "creenshot" not in terminal.text
        terminal.send("screenshot")
        terminal.wait_for("No matches")
        terminal.press("Esc")
        terminal.wait_gone("No matches")
        terminal.press("q")
        assert terminal.wait_exit() == 0
    assert [path for path in sorted(tmp_path.iterdir()) if path.name != ".local"] == before
    with Database.open(sample_copy) as database:
        assert database.data_version() is not None
