"""The command line at a real terminal: questions, widths, colours and what needs one."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from store.samples import SAMPLE_NAME, sample_text
from tests.program import PROGRAM, environment, run
from tests.terminal.harness import Terminal, colours

if TYPE_CHECKING:
    from collections.abc import Iterator

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


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Programs that are started here take ctrl+c, also where the tests run in the background of a shell."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
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


def test_what_is_printed_fits_the_terminal_and_says_where_it_is_cut(sample: Door) -> None:
    with terminal(sample, "list", size=(60, 40), NO_COLOR="1") as screen:
        assert screen.wait_exit() == 0
        row = next(line for line in screen.lines if line.startswith("EN-001"))
        assert row.endswith("…")
        assert b"\x1b" not in screen.raw
    with terminal(sample, "list", size=(200, 40)) as screen:
        screen.wait_exit()
        row = next(line for line in screen.lines if line.startswith("EN-001"))
        assert colours(screen.raw)
    assert "High" in row
    assert "● Open" in row
    assert row.endswith("Feature Entanglement (Flink windowing)")


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
