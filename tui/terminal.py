"""The dashboard's terminal: one that vanishes or stalls keeps the program neither from ending nor from being ended."""

from __future__ import annotations

import os
import termios
import threading
from contextlib import suppress
from typing import IO, TYPE_CHECKING

from textual.drivers.linux_driver import LinuxDriver

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from textual.app import App

PATIENCE = 10.0
"""Seconds that a way out may take before it is cut short."""


class Enduring:
    """A stream to a terminal; what is written once that is gone is dropped.

    Textual writes in a thread that an error would end, and everybody who writes would wait for it for ever.
    """

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write, if there is still a terminal."""
        with suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush, if there is still a terminal."""
        with suppress(OSError):
            self._stream.flush()

    def fileno(self) -> int:
        """The terminal's descriptor."""
        return self._stream.fileno()

    def isatty(self) -> bool:
        """Whether it is a terminal."""
        return self._stream.isatty()


class TerminalDriver(LinuxDriver):
    """Textual's driver, on an enduring stream."""

    def __init__(
        self, app: App[object], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        if self._file is not None:
            self._file = Enduring(self._file)  # type: ignore[assignment]  # it has all that is asked of a file

    def _sigcont_application(self, *arguments: int | FrameType | None) -> None:
        """Take the terminal up again, but only if it was given back: the end of a session sends this signal, too."""
        if self._must_signal_resume:
            super()._sigcont_application(*arguments)

    def give_back(self) -> None:
        """Set the terminal's modes as they were, whatever else is under way."""
        if self.attrs_before is not None:
            with suppress(termios.error):
                termios.tcsetattr(self.fileno, termios.TCSANOW, self.attrs_before)


def cut_short_later(number: int, prepare: Callable[[], None]) -> None:
    """End the process because of a signal, after `prepare`, should it still be there when patience is over."""

    def end() -> None:
        with suppress(Exception):
            prepare()
        os._exit(128 + number)

    timer = threading.Timer(PATIENCE, end)
    timer.daemon = True
    timer.start()
