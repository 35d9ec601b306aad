"""The command line at a real terminal: questions, widths, colors and what needs one."""

from __future__ import annotations

import signal
import subprocess
from typing import TYPE_CHECKING

import pytest

from store.samples import SAMPLE_NAME, sample_text
from tests.program import PATIENCE, PROGRAM, START, STRIKE, environment, run
from tests.terminal.harness import Terminal, colors

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.door import Door


def terminal(door: Door, *arguments: str, size: tuple[int, int] = (100, 60), **more: str) -> Terminal:
    """`ai-debt` at a terminal, in the home of a door and on its database."""
    env = environment(door.home, **{"TERM": "xterm-256color", "AI_DEBT_DB": str(door.database), **more})
    return Terminal([*PROGRAM, *arguments], env=env, cwd=door.home, size=size)


def test_import_asks_and_a_yes_imports(bare: Door) -> None:
    (bare.home / SAMPLE_NAME).write_bytes(sample_text().encode())
    with terminal(bare, "import", SAMPLE_NAME) as screen:
        screen.wait_for("[y/N]")
        assert "7 categories, 15 items, 7 dependencies, 4 cadence entries" in screen.text
        assert not bare.database.exists()
        screen.press("y", "Enter")
        assert screen.wait_exit() == 0
    assert bare.done("export").raw == sample_text().encode()


@pytest.mark.parametrize("answer", ["n", "", "maybe"])
def test_import_asks_and_anything_else_writes_nothing(bare: Door, answer: str) -> None:
    (bare.home / SAMPLE_NAME).write_bytes(sample_text().encode())
    with terminal(bare, "import", SAMPLE_NAME) as screen:
        screen.wait_for("[y/N]")
        screen.press(answer, "Enter")
        assert screen.wait_exit() == 1
        assert "nothing was changed" in screen.text
    assert not bare.database.exists()


def test_an_interrupted_question_is_quiet_and_changes_nothing(sample: Door) -> None:
    before = sample.database.read_bytes()
    with terminal(sample, "remove", "EN-001") as screen:
        screen.wait_for("[y/N]")
        screen.press("ctrl+c")
        assert screen.wait_exit() == 130
        assert "Traceback" not in screen.text
        assert "Aborted" not in screen.text
    assert sample.database.read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "number"),
    [
        (("import", "new.md"), signal.SIGHUP),
        (("remove", "EN-001"), signal.SIGINT),
        (("restore", "old.db"), signal.SIGQUIT),
        (("undo",), signal.SIGTERM),
    ],
    ids=str,
)
def test_a_signal_at_a_question_ends_it(arguments: tuple[str, ...], number: int, sample: Door) -> None:
    (sample.home / "new.md").write_bytes(sample_text().replace("reads", "Reads").encode())
    sample.done("backup", "old.db")
    before = sorted(sample.home.iterdir()), sample.database.read_bytes()
    with terminal(sample, *arguments) as screen:
        screen.wait_for("[y/N]")
        screen.signal(number)
        assert screen.wait_exit() == 128 + number
        assert screen.text.rstrip().endswith("[y/N]")
    assert (sorted(sample.home.iterdir()), sample.database.read_bytes()) == before


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


STRUCK = {
    ("export", "written.md"): "strike(NUMBER, os, 'fsync')",
    ("backup", "new.db"): "strike(NUMBER, os, 'fsync')",
    ("restore", "old.db", "--yes"): "strike(NUMBER, os, 'fsync')",
    (
        "import",
        "new.md",
        "--yes",
    ): "from store.audit import log as w; strike(NUMBER, w.UnitOfWork, 'record_prepared')",
    ("import", "new.md", "--yes", "--db", "new.db"): "strike(NUMBER, os, 'link')",
    ("list", "--as-of", "0d"): "from store.audit import replay; strike(NUMBER, replay, 'rebuild_as_of')",
}
"""Commands, and a function that each calls when it has started to write."""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=int)
@pytest.mark.parametrize("arguments", STRUCK, ids=" ".join)
def test_a_signal_in_the_midst_of_a_command_leaves_nothing_behind(
    arguments: tuple[str, ...], number: int, sample: Door
) -> None:
    (sample.home / "tmp").mkdir()
    sample.done("set", "EN-001", "--owner", "Search")
    sample.done("backup", "old.db")
    sample.done("set", "EN-001", "--owner", "Streaming")
    (sample.home / "new.md").write_bytes(sample_text().replace("reads", "Reads").encode())
    before = contents(sample.home)
    assert struck(sample, arguments, STRUCK[arguments], number) == (128 + number, b"")
    assert contents(sample.home) == before
    sample.done("verify")


def test_an_import_that_ends_once_its_database_is_made_can_be_done_again(bare: Door) -> None:
    (bare.home / SAMPLE_NAME).write_bytes(sample_text().encode())
    again = ("import", SAMPLE_NAME, "--yes")
    assert struck(bare, again, "strike(NUMBER, os, 'fsync')", signal.SIGTERM) == (143, b"")
    assert bare.database.exists()
    bare.done(*again)
    assert bare.done("export").raw == sample_text().encode()


def struck(door: Door, arguments: tuple[str, ...], at: str, number: int) -> tuple[int, bytes]:
    """The exit code of a command that a signal strikes, and what it says."""
    code = f"{STRIKE}\n{at.replace('NUMBER', str(int(number)))}\n{START}"
    env = environment(door.home, AI_DEBT_DB=str(door.database), TMPDIR=str(door.home / "tmp"))
    command = [*PROGRAM[:-1], code, *arguments]
    done = subprocess.run(command, cwd=door.home, env=env, capture_output=True, timeout=PATIENCE, check=False)
    return done.returncode, done.stderr


def test_undoing_an_import_asks(sample: Door) -> None:
    with terminal(sample, "undo") as screen:
        screen.wait_for("[y/N]")
        screen.press("y", "Enter")
        assert screen.wait_exit() == 0
    assert sample.done("list").raw == b""


def test_what_is_printed_fits_the_terminal_and_says_where_it_is_cut(sample: Door) -> None:
    with terminal(sample, "list", size=(60, 40), NO_COLOR="1") as screen:
        assert screen.wait_exit() == 0
        row = next(line for line in screen.lines if line.startswith("EN-001"))
        assert row.endswith("…")
        assert b"\x1b" not in screen.raw
    with terminal(sample, "list", size=(200, 40)) as screen:
        screen.wait_exit()
        row = next(line for line in screen.lines if line.startswith("EN-001"))
        assert colors(screen.raw)
    assert "High" in row
    assert "● Open" in row
    assert row.endswith("Feature Entanglement (Flink windowing)")


@pytest.mark.parametrize("more", [{}, {"NO_COLOR": "1"}])
def test_people_see_markdown_as_style_and_pipes_get_it_as_written(sample: Door, more: dict[str, str]) -> None:
    text = "The **old** job of [the docs](https://docs.example) sets `pool_size` \\* 2"
    sample.done("set", "EN-001", "--description", text, "--title", "A **hot** path", "--note", "see *below*")
    sample.done("set", "EN-001", "--mitigation-plan", "~~not~~ now")
    with terminal(sample, "show", "EN-001", size=(120, 60), **more) as screen:
        assert screen.wait_exit() == 0
        shown = screen.text
        for words in ("A hot path", "The old job of the docs sets pool_size * 2", "(see below)", "not now"):
            assert words in shown
        assert (b"\x1b[1mold\x1b[0m" in screen.raw) == (not more)
    with terminal(sample, "list", "EN", size=(120, 60), **more) as screen:
        assert screen.wait_exit() == 0
        assert "A hot path" in screen.text
    assert text in sample.done("show", "EN-001").out


def test_a_dumb_terminal_gets_no_escape(sample: Door) -> None:
    with terminal(sample, "list", TERM="dumb") as screen:
        assert screen.wait_exit() == 0
        assert b"\x1b" not in screen.raw
        assert "● Open" in screen.text


def test_a_latin_1_terminal_gets_what_it_can_show(sample: Door) -> None:
    env = environment(sample.home, TERM="xterm", AI_DEBT_DB=str(sample.database), PYTHONIOENCODING="latin-1")
    sample.done("set", "EN-001", "--owner", "Łukasz é")
    with Terminal([*PROGRAM, "list"], env=env, cwd=sample.home, size=(100, 40), encoding="latin-1") as screen:
        assert screen.wait_exit() == 0
        assert "<U+0141>ukasz é" in screen.text
        assert "* Open" in screen.text


@pytest.mark.parametrize("arguments", [[], ["demo"]], ids=["dashboard", "demo"])
def test_the_dashboard_refuses_a_dumb_terminal_at_once(bare: Door, arguments: list[str]) -> None:
    with terminal(bare, *arguments, TERM="dumb") as screen:
        assert screen.wait_exit() == 2
        assert b"\x1b" not in screen.raw
        assert "needs a terminal" in screen.text
        assert "`ai-debt triage` reviews the register in plain text" in " ".join(screen.text.split())


def test_the_dashboard_without_input_exits_2_without_an_escape(bare: Door) -> None:
    done = run(cwd=bare.home, AI_DEBT_DB=str(bare.database), TERM="xterm")
    assert (done.returncode, done.stdout) == (2, "")
    assert "\x1b" not in done.stderr


def test_the_dashboard_on_a_missing_register_is_refused_before_the_screen_is_taken(bare: Door) -> None:
    with terminal(bare) as screen:
        assert screen.wait_exit() == 1
        assert "no register at" in screen.text
        assert b"\x1b[?1049h" not in screen.raw


def test_the_demo_leaves_nothing_behind(bare: Door) -> None:
    folder = bare.home / "tmp"
    folder.mkdir()
    with terminal(bare, "demo", size=(120, 36), TMPDIR=str(folder)) as screen:
        screen.wait_for("EN-001")
        assert len(list(folder.iterdir())) == 1
        assert next(folder.iterdir()).stat().st_mode & 0o777 == 0o700
        screen.press("q")
        assert screen.wait_exit() == 0
    assert list(folder.iterdir()) == []
    assert not bare.database.exists()


def test_the_demo_leaves_nothing_behind_when_it_is_hung_up(bare: Door) -> None:
    folder = bare.home / "tmp"
    folder.mkdir()
    with terminal(bare, "demo", size=(120, 36), TMPDIR=str(folder)) as screen:
        screen.wait_for("EN-001")
        screen.signal(signal.SIGHUP)
        assert screen.wait_exit() == 129
        assert screen.raw.rindex(b"\x1b[?1049l") > screen.raw.rindex(b"\x1b[?1049h")
        assert b"Traceback" not in screen.raw
    assert list(folder.iterdir()) == []


def test_a_terminal_that_is_gone_ends_the_demo_and_leaves_nothing_behind(bare: Door) -> None:
    folder = bare.home / "tmp"
    folder.mkdir()
    with terminal(bare, "demo", size=(120, 36), TMPDIR=str(folder)) as screen:
        screen.wait_for("EN-001")
        assert screen.hang_up() == 129
    assert list(folder.iterdir()) == []


def test_a_second_signal_does_not_cut_the_way_out_short(bare: Door) -> None:
    folder = bare.home / "tmp"
    folder.mkdir()
    with terminal(bare, "demo", size=(120, 36), TMPDIR=str(folder)) as screen:
        screen.wait_for("EN-001")
        for number in (signal.SIGTERM, signal.SIGTERM, signal.SIGTERM):
            screen.signal(number)
        assert screen.wait_exit() == 143
        assert b"Traceback" not in screen.raw
        assert screen.raw.rindex(b"\x1b[?1049l") > screen.raw.rindex(b"\x1b[?1049h")
    assert list(folder.iterdir()) == []


def test_a_signal_that_is_ignored_from_the_start_changes_nothing(sample: Door) -> None:
    at = "signal.signal(NUMBER, signal.SIG_IGN); strike(NUMBER, os, 'fsync')"
    code, said = struck(sample, ("backup", "new.db"), at, signal.SIGHUP)
    assert (code, said[:9]) == (0, b"Backed up")
