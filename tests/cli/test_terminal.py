"""The command line at a real terminal: questions, widths, colours and what needs one."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest
from rich.cells import cell_len

from store.samples import SAMPLE_NAME, sample_text
from tests.program import PROGRAM, environment, run
from tests.terminal.harness import Terminal, colours

if TYPE_CHECKING:
    from tests.cli.door import Door


def terminal(door: Door, *arguments: str, size: tuple[int, int] = (100, 60), **more: str) -> Terminal:
    """`ai-debt` at a terminal, in the home of a door and on its database."""
    env = environment(door.home, TERM="xterm-256color", AI_DEBT_DB=str(door.database), **more)
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


def test_undoing_an_import_asks(sample: Door) -> None:
    with terminal(sample, "undo") as screen:
        screen.wait_for("[y/N]")
        screen.press("y", "Enter")
        assert screen.wait_exit() == 0
    assert sample.done("list").raw == b""


@pytest.mark.parametrize("columns", [40, 60, 80, 120, 200])
@pytest.mark.parametrize(
    "arguments",
    [["list"], ["dashboard"], ["map"], ["history"], ["category"], ["show", "EN-001"], ["register"], ["keys"]],
    ids=" ".join,
)
def test_what_is_printed_fits_the_terminal(sample: Door, arguments: list[str], columns: int) -> None:
    sample.done("set", "EN-001", "--owner", "漢字" * 12)
    with terminal(sample, *arguments, size=(columns, 400), NO_COLOR="1") as screen:
        assert screen.wait_exit() == 0
        printed = screen.raw.decode().replace("\r\n", "\n").split("\n")
    assert "\x1b" not in "".join(printed)
    too_wide = [line for line in printed if cell_len(line) > columns]
    assert too_wide == []
    assert len([line for line in printed if line.strip()]) > 3


def test_what_does_not_fit_ends_in_an_ellipsis(sample: Door) -> None:
    with terminal(sample, "list", size=(60, 40), NO_COLOR="1") as screen:
        assert screen.wait_exit() == 0
        row = next(line for line in screen.lines if line.startswith("EN-001"))
    assert row.endswith("…")
    assert "H" in row
    with terminal(sample, "list", size=(200, 40), NO_COLOR="1") as screen:
        screen.wait_exit()
        row = next(line for line in screen.lines if line.startswith("EN-001"))
    assert "High" in row
    assert "● Open" in row
    assert row.endswith("Feature Entanglement (Flink windowing)")


def test_colour_is_for_terminals_only_and_no_color_turns_it_off(sample: Door) -> None:
    with terminal(sample, "list") as screen:
        screen.wait_exit()
        assert colours(screen.raw)
    for more in ({"NO_COLOR": ""}, {"NO_COLOR": "1"}, {"TERM": "dumb"}):
        with terminal(sample, "list", **more) as screen:
            screen.wait_exit()
            assert b"\x1b" not in screen.raw
            assert "● Open" in screen.text
    assert "\x1b" not in sample.done("list").out


def test_hostile_text_does_not_reach_the_terminal(sample: Door) -> None:
    sample.done(
        "set",
        "EN-001",
        "--title",
        "x \x1b]52;c;aGk=\x07 \x9b31m \u202e [/foo]",
        "--description",
        "**bold** \x1b[2J [@click=app.quit]",
    )
    for arguments in (["list"], ["show", "EN-001"], ["map"], ["history"], ["export"], ["list", "--json"]):
        with terminal(sample, *arguments, size=(200, 400), NO_COLOR="1") as screen:
            assert screen.wait_exit() == 0
            shown = screen.raw.decode()
        assert not {"\x1b", "\x9b", "\u202e", "\x07"} & set(shown)


def test_emphasis_is_shown_as_style_at_a_terminal_that_has_any(sample: Door) -> None:
    with terminal(sample, "show", "FL-001") as screen:
        screen.wait_exit()
        assert "Popularity amplification:" in screen.text
        assert "**" not in screen.text
        assert b"\x1b[1mPopularity" in screen.raw
    assert "**Popularity amplification:**" in sample.done("show", "FL-001").out


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
        assert screen.wait_exit(within=10) == 2
        assert b"\x1b" not in screen.raw
        assert "needs a terminal" in screen.text


def test_the_dashboard_without_input_exits_2_without_an_escape(bare: Door) -> None:
    done = run(cwd=bare.home, AI_DEBT_DB=str(bare.database), TERM="xterm")
    assert (done.returncode, done.stdout) == (2, "")
    assert "\x1b" not in done.stderr


def test_the_dashboard_on_a_missing_register_is_refused_before_the_screen_is_taken(bare: Door) -> None:
    with terminal(bare) as screen:
        assert screen.wait_exit() == 1
        assert "there is no register at" in screen.text
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


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_the_demo_leaves_nothing_behind_when_it_is_ended(bare: Door, number: signal.Signals) -> None:
    folder = bare.home / "tmp"
    folder.mkdir()
    with terminal(bare, "demo", size=(120, 36), TMPDIR=str(folder)) as screen:
        screen.wait_for("EN-001")
        screen.signal(number)
        screen.wait_exit()
    assert list(folder.iterdir()) == []
