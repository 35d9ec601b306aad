"""The private names of Textual are there, and do what `tui/compat.py` relies on."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from io import StringIO
from typing import TYPE_CHECKING

import pytest
from rich.cells import cell_len
from rich.text import Text
from textual.driver import Driver
from textual.events import Key, Paste
from textual.geometry import Region, Size
from textual.screen import ModalScreen, Screen
from textual.widgets import Input, Static, TextArea
from textual.widgets.text_area import DocumentNavigator, WrappedDocument

from tests.program import ROOT
from tests.test_house import private_names
from tui.compat import (
    PASTE_END,
    PASTE_START,
    PrivateApp,
    PrivateDriver,
    PrivateInput,
    PrivateParser,
    PrivateTextArea,
    layout_is_due,
    take_dirty_regions,
    visible_widgets,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from textual.app import App, ComposeResult
    from textual.pilot import Pilot
    from textual.widget import Widget


class Toy(PrivateApp):
    """An application that notes what fails; `shows` says whether Textual is to show it."""

    BINDINGS = [("a", "note('a')"), ("b", "note('b')")]  # noqa: RUF012 (as Textual has it)
    CSS = "#lower { border: solid red; height: 4; width: 10; }"

    def __init__(self, *, shows: bool = False) -> None:
        super().__init__()
        self.failures: list[Exception] = []
        self.noted: list[str] = []
        self.shows = shows

    def compose(self) -> ComposeResult:
        yield Static("upper", id="upper")
        yield Static("lower", id="lower")

    def failed(self, error: Exception) -> bool:
        self.failures.append(error)
        return not self.shows

    def action_note(self, what: str) -> None:
        self.noted.append(what)


def fail() -> None:
    raise ZeroDivisionError


def test_every_private_name_that_is_relied_on_has_a_test_here() -> None:
    relied_on = private_names() & set(re.findall(r"\b_[a-z]\w*", (ROOT / "tui" / "compat.py").read_text("utf-8")))
    assert {"_driver", "_handle_exception", "_value"} <= relied_on
    told = (ROOT / "tests" / "tui" / "test_compat.py").read_text("utf-8")
    assert {name for name in relied_on if not re.search(rf"\b{name}\b", told)} == set()


class Shouting(PrivateParser):
    """A parser that takes an `a` for an `A`."""

    def keys_of(self, sequence: str, *, alt: bool = False) -> Iterable[Key]:
        return super().keys_of(sequence.replace("a", "A"), alt=alt)


def test_the_parser_makes_keys_and_ends_a_paste() -> None:
    """What is in `textual._xterm_parser`, with each key from `_sequence_to_key_events`."""
    parser = Shouting()
    keys = [message for data in ("ab", "\x1b[A") for message in parser.feed(data) if isinstance(message, Key)]
    assert [(key.key, key.character) for key in keys] == [("A", "A"), ("b", "b"), ("up", None)]
    assert [key.key for key in parser.keys_of("b", alt=True)] == ["alt+b"]
    assert [*parser.keys_of("\x1b[")] == []
    assert [*parser.feed(f"{PASTE_START}text")] == []
    found = [message for message in parser.feed(PASTE_END) if isinstance(message, Paste)]
    assert [message.text for message in found] == ["text"]
    assert [*parser.tick()] == []


async def test_the_driver_is_known_once_it_runs() -> None:
    app = Toy()
    assert (app.driver, app._driver) == (None, None)
    async with app.run_test():
        assert isinstance(app.driver, Driver)


async def fail_twice(app: Toy, *, outside: bool) -> None:
    async with app.run_test() as pilot:
        if not outside:
            app.call_later(fail)
            await pilot.pause()
        for _ in range(2):
            try:
                fail()
            except ZeroDivisionError as error:
                app.handle_failure(error)
        assert app._exception_event.is_set()


@pytest.mark.parametrize("shows", [False, True])
@pytest.mark.parametrize("outside", [False, True])
async def test_a_failure_is_told_once_and_ends_the_application(
    outside: bool, shows: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    """Textual calls `_handle_exception`. Pilot looks at `_exception` and `_exception_event`."""
    app = Toy(shows=shows)
    with pytest.raises(ZeroDivisionError):
        await fail_twice(app, outside=outside)
    assert [type(error) for error in app.failures] == [ZeroDivisionError]
    assert app._exception is app.failures[0]
    # Without a traceback where it was taken in: `_close_messages_no_wait` ends the application.
    assert ("Traceback" in capsys.readouterr().err) is shows
    assert app.return_code == app._return_code == 1
    assert not app.is_running


async def test_only_what_can_be_seen_through_has_a_background() -> None:
    """`_background_screens` decides what is repainted below the top screen."""
    app = Toy()
    async with app.run_test() as pilot:
        first = app.screen
        await app.push_screen(Screen())
        await pilot.pause()
        assert (app._background_screens, super(PrivateApp, app)._background_screens) == ([], [first])
        app.pop_screen()
        await app.push_screen(ModalScreen())
        await pilot.pause()
        assert app.screen.styles.background.a < 1
        assert app._background_screens == [first]


async def test_a_key_runs_what_it_is_bound_to() -> None:
    """By `_check_bindings`."""
    app = Toy()
    async with app.run_test():
        assert [await app.run_binding(key) for key in ("a", "x", "b")] == [True, False, True]
        assert app.noted == ["a", "b"]


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A terminal as standard input; what is done at signals is as before at the end."""
    kept = [signal.SIGTSTP, signal.SIGCONT, signal.SIGWINCH, signal.SIGTTOU, signal.SIGTTIN]
    before = {number: signal.getsignal(number) for number in kept}
    master, slave = os.openpty()
    with open(slave, encoding="utf-8") as stdin:
        monkeypatch.setattr(sys, "__stdin__", stdin)
        yield master
    os.close(master)
    for number, handler in before.items():
        signal.signal(number, handler)


class Toyed(PrivateDriver):
    """A driver that does nothing on request when the program goes on."""

    def __init__(self, app: App[int]) -> None:
        super().__init__(app, debug=False, size=(80, 24))
        self.wrapped: list[object] = []
        self.written = StringIO()
        self.wrap_stream(self._wrap)
        self.times = 0

    def _wrap(self, stream: object) -> StringIO:
        self.wrapped.append(stream)
        return self.written

    def continued(self) -> None:
        self.times += 1
        if self.times > 1:
            super().continued()


async def test_a_driver_writes_elsewhere_and_takes_the_terminal_up_when_it_is_let(
    terminal: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Textual keeps `_file`, `_debug`, `_writer_thread` and `_must_signal_resume`, and handles SIGCONT by a method."""
    assert terminal
    stderr = sys.__stderr__
    driver = Toyed(Toy())
    assert driver.wrapped == [stderr]
    assert driver._file is driver.written
    assert driver.is_debugging is driver._debug is False
    assert not driver.has_terminal
    driver.start_application_mode()
    try:
        assert driver.has_terminal
        assert driver._writer_thread is not None
        stopped: list[int] = []
        monkeypatch.setattr(os, "kill", lambda _, number: stopped.append(number))
        driver._sigtstp_application()
        assert stopped == [signal.SIGSTOP]
        assert driver.has_given_back is driver._must_signal_resume is True
        assert not driver.has_terminal
        for times, has_terminal in ((1, False), (2, True)):
            # As Python calls it, with a number and a frame: `_sigcont_application`.
            handler = signal.getsignal(signal.SIGCONT)
            assert callable(handler)
            handler(signal.SIGCONT, None)
            assert (driver.times, driver.has_terminal) == (times, has_terminal)
        assert driver.has_given_back is False
    finally:
        driver.stop_application_mode()
        driver.close()
    assert not driver.has_terminal
    assert "\x1b[?1049h" in driver.written.getvalue()
    await asyncio.sleep(0)


async def seen(pilot: Pilot[int]) -> tuple[Screen[object], Widget]:
    await pilot.pause()
    return pilot.app.screen, pilot.app.query_one("#lower")


async def test_a_layout_that_is_due_is_known() -> None:
    """By `_layout_required`."""
    async with Toy().run_test() as pilot:
        screen, _ = await seen(pilot)
        assert not layout_is_due(screen)
        screen.refresh(layout=True)
        assert layout_is_due(screen)
        await pilot.pause()
        assert not layout_is_due(screen)


async def test_what_shows_is_known_from_the_top_down_until_it_moves() -> None:
    """By the `_compositor` of the screen."""
    async with Toy().run_test() as pilot:
        screen, lower = await seen(pilot)
        visible = visible_widgets(screen)
        assert visible[lower] == (lower.region, Region(0, 0, 80, 24))
        assert [*visible].index(lower) < [*visible].index(screen)
        lower.refresh()
        await pilot.pause()
        assert visible_widgets(screen) is visible
        lower.styles.width = 20
        await pilot.pause()
        assert visible_widgets(screen) is not visible
        assert visible_widgets(screen)[lower][0].width == 20


async def test_what_is_to_be_painted_is_known_and_counts_as_painted() -> None:
    """From `_dirty_regions`, where the border is inside."""
    async with Toy().run_test() as pilot:
        _, lower = await seen(pilot)
        take_dirty_regions(lower)
        assert lower._dirty_regions == set()
        lower.refresh(Region(0, 1, 3, 1))
        assert take_dirty_regions(lower) == [Region(1, 2, 3, 1)]
        assert take_dirty_regions(lower) == []


class Loud(PrivateInput, Input):
    """A field whose characters take two cells each."""

    def shown(self) -> Text:
        return Text("".join(f"{char}!" for char in self.value), end="")

    def cell_at(self, position: int) -> int:
        return 2 * position


async def test_a_field_shows_something_else_and_places_its_cursor_there() -> None:
    """In place of `_value`, by `_position_to_cell`."""

    class Typed(Toy):
        def compose(self) -> ComposeResult:
            yield Loud("abc", compact=True, select_on_focus=False)

    async with Typed().run_test() as pilot:
        field = pilot.app.query_one(Loud)
        assert {"_value", "_position_to_cell"} <= {*vars(Input)}
        assert field.render_line(0).text.rstrip() == "a!b!c!"
        assert field.cursor_position == 3
        assert field.cursor_screen_offset.x - field.content_region.x == cell_len("a!b!c!") + field.cursor_at_end
        await pilot.press("left")
        assert field.cursor_screen_offset.x - field.content_region.x == cell_len("a!b!")


class Halved(PrivateTextArea, TextArea):
    """A text whose every line is shown as two."""

    documents: tuple[str, ...] = ()

    def document_set(self) -> None:
        self.documents = (*self.documents, self.document.text)
        assert isinstance(self.wrapped_document, WrappedDocument)
        assert isinstance(self.navigator, DocumentNavigator)


async def test_a_text_knows_its_document_and_wraps_it_again() -> None:
    """After `_set_document`; by `_rewrap_and_refresh_virtual_size`."""

    class Typed(Toy):
        def compose(self) -> ComposeResult:
            yield Halved("one")

    async with Typed().run_test() as pilot:
        field = pilot.app.query_one(Halved)
        assert {"_set_document", "_rewrap_and_refresh_virtual_size"} <= {*vars(TextArea)}
        assert set(field.documents) == {"one"}
        field.load_text("two")
        assert field.documents[-1] == "two"
        field.document.replace_range((0, 0), (0, 0), "zero\n" * 50)
        before = field.virtual_size
        field.rewrap()
        assert field.virtual_size.height > before.height == Size(1, 1).height
