"""The private names of Textual that the dashboard relies on, each with a test in tests/tui/test_compat.py."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from textual._xterm_parser import BRACKETED_PASTE_END as PASTE_END
from textual._xterm_parser import BRACKETED_PASTE_START as PASTE_START
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import IO, Any

    from rich.text import Text
    from textual.driver import Driver
    from textual.events import Key
    from textual.geometry import Region
    from textual.screen import Screen
    from textual.widget import Widget
    from textual.widgets import Input, TextArea
else:
    # The fields of forms are made of these parts and of Textual's fields, whose modules load with the first form.
    Input = TextArea = object

__all__ = ["PASTE_END", "PASTE_START"]
"""The markers of a paste."""


class PrivateParser(XTermParser):
    """Gives the messages of some input by `feed`, and by `tick` those of unfinished input that no more comes to.

    It reports a paste where it sees PASTE_END.
    """

    def keys_of(self, sequence: str, *, alt: bool = False) -> Iterable[Key]:
        """The keys of a whole sequence of characters, none for what is not a key; `alt`: Esc was before it."""
        return super()._sequence_to_key_events(sequence, alt)

    def _sequence_to_key_events(self, sequence: str, alt: bool = False) -> Iterable[Key]:
        return self.keys_of(sequence, alt=alt)


class PrivateApp(App[int]):
    """An application that ends in its own way, and repaints no screen that nobody sees."""

    _is_told = False
    """Whether the application took in what failed first, so that Textual shows nothing of it."""

    @property
    def driver(self) -> Driver | None:
        """What reads and writes the terminal, once the application runs; Textual keeps it in `_driver`."""
        return self._driver

    @abstractmethod
    def failed(self, error: Exception) -> bool:
        """Take in a failure of the program; False to have Textual show it. Only the first one is notified."""

    def handle_failure(self, error: Exception) -> None:
        """End because of a failure, from where it is caught, as Textual does where a handler of messages fails."""
        self._handle_exception(error)

    def _handle_exception(self, error: Exception) -> None:
        """Textual calls it with whatever a handler of messages, a worker or a timer raises.

        Pilot raises `_exception` in tests, awaiting `_exception_event`; `_return_code` becomes `return_code`.
        """
        if self._exception is None:
            self._is_told = self.failed(error)
        if not self._is_told:
            super()._handle_exception(error)
            return
        if self._exception is None:
            self._exception = error
            self._exception_event.set()
        self._return_code = 1
        self._close_messages_no_wait()

    @property
    def _background_screens(self) -> list[Screen[Any]]:
        """The screens that show through. Textual repaints everything above such a screen at each of its turns."""
        return super()._background_screens if self.screen.styles.background.a < 1 else []

    async def run_binding(self, key: str) -> bool:
        """Run what a key is bound to, from the focus upwards, without passing it to any widget as an event.

        `_check_bindings` goes by the bindings with priority, or by the others.
        """
        return await self._check_bindings(key, priority=True) or await self._check_bindings(key)


class PrivateDriver(LinuxDriver):
    """A driver whose stream and whose way back from a stop can be changed."""

    def wrap_stream(self, wrap: Callable[[IO[str]], object]) -> None:
        """Write to another stream, made of the present one; Textual keeps it in `_file`, None without a stderr."""
        if self._file is not None:
            self._file = wrap(self._file)  # type: ignore[assignment]  # it has all that is asked of a file

    @property
    def is_debugging(self) -> bool:
        """Whether input is written to a log, in Textual's `_debug`."""
        return bool(self._debug)

    @property
    def has_terminal(self) -> bool:
        """Whether it has the terminal; Textual keeps the last thread that wrote there in `_writer_thread`."""
        return self._writer_thread is not None and self._writer_thread.is_alive()

    @property
    def has_given_back(self) -> bool:
        """Whether the terminal was given back because the program was stopped; Textual notes that there."""
        return bool(self._must_signal_resume)

    def continued(self) -> None:
        """Go on after a stop (SIGCONT). Textual's handler of that signal takes the terminal up."""
        super()._sigcont_application()

    def _sigcont_application(self, *_: object) -> None:
        self.continued()


def layout_is_due(screen: Screen[object]) -> bool:
    """Whether a screen will be laid out again, as Textual notes in `_layout_required`."""
    return screen._layout_required


def visible_widgets(screen: Screen[object]) -> Mapping[Widget, tuple[Region, Region]]:
    """The widgets of a screen from the top down, with their regions and what cuts them: one object until they move."""
    return screen._compositor.visible_widgets


def take_dirty_regions(widget: Widget) -> list[Region]:
    """The regions of a widget, with its border, that are to be painted again; they count as painted from now on."""
    found = [*widget._dirty_regions]
    widget._dirty_regions.clear()
    return found


class PrivateInput(Input):
    """A field of one line that can show something else than its value, as many characters long."""

    @abstractmethod
    def shown(self) -> Text:
        """What it shows, in place of what Textual makes of the value in `_value`."""

    @abstractmethod
    def cell_at(self, position: int) -> int:
        """The cell where a character begins: Textual's `_position_to_cell`, which places the cursor."""

    @property
    def _value(self) -> Text:
        return self.shown()

    def _position_to_cell(self, position: int) -> int:
        return self.cell_at(position)


class PrivateTextArea(TextArea):
    """A field of several lines that knows when it has another document."""

    @abstractmethod
    def document_set(self) -> None:
        """Another document is there, which Textual has wrapped and made a navigator for."""

    def rewrap(self) -> None:
        """Wrap the lines, and fit what can be scrolled to them."""
        self._rewrap_and_refresh_virtual_size()

    def _set_document(self, text: str, language: str | None) -> None:
        """Textual calls it at the start and with every text that is loaded."""
        super()._set_document(text, language)
        self.document_set()
