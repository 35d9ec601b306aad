"""The dashboard's terminal: one that vanishes or stalls keeps the program neither from ending nor from being ended."""

from __future__ import annotations

import asyncio
import os
import selectors
import shutil
import termios
from codecs import getincrementaldecoder
from contextlib import suppress
from time import monotonic
from typing import IO, TYPE_CHECKING

from textual._xterm_parser import BRACKETED_PASTE_END, BRACKETED_PASTE_START, XTermParser
from textual.drivers.linux_driver import LinuxDriver
from textual.events import Paste

from tui import signals
from tui.terminal_output import TerminalOutput

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import FrameType

    from textual.app import App
    from textual.message import Message

    from tui.terminal_output import Row

PASTE_SECONDS = 3.0
"""Seconds without input after which a paste that has no end is taken to have ended."""
BACKGROUND_SECONDS = 0.2
"""How long a program that goes on in the background waits for a signal that ends it."""
INPUT_SECONDS = 0.1
"""How often unfinished input is looked at while nothing comes."""
READ_SIZE = 4096
MODES_OFF = (
    b"\x1b[0m"
    + b"".join(b"\x1b[?%dl" % mode for mode in (1000, 1003, 1015, 1006, 1016, 2004, 2048, 1004))
    + (b"\x1b[?7h\x1b[<u\x1b[?1049l\x1b[?25h")
)
"""Turns off what the driver turns on: reports of the mouse, pastes, the size and the focus. Then lines wrap, keys are
as usual, the screen is the one from before, and the cursor is shown."""


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


class InputParser(XTermParser):
    """Textual's parser, with pasted text kept whole.

    Textual takes escape characters in pasted text for keys, and delivers those keys before the text around them.
    So it gets to see the markers of a paste only.
    """

    def __init__(self, debug: bool = False, *, clock: Callable[[], float] = monotonic) -> None:
        super().__init__(debug)
        self._clock = clock
        self._before = ""
        """The end of what came before, which may be the beginning of a marker."""
        self._pasted: list[str] | None = None
        """What has been pasted so far; None outside of a paste."""
        self._last_input = 0.0

    def feed(self, data: str) -> Iterator[Message]:
        """Take in input."""
        self._last_input = self._clock()
        while data:
            is_paste = self._pasted is not None
            marker = BRACKETED_PASTE_END if is_paste else BRACKETED_PASTE_START
            text, found, data = self._up_to(marker, data)
            if self._pasted is None:
                yield from super().feed(text)
            else:
                self._pasted.append(text)
            if found and is_paste:
                yield from self._end_paste()
            elif found:
                self._pasted = []

    def _up_to(self, marker: str, data: str) -> tuple[str, bool, str]:
        """Input up to the end of a marker that may have begun in earlier input, whether it is there, and the rest."""
        at = (self._before + data).find(marker)
        if at < 0:
            self._before = (self._before + data)[1 - len(marker) :]
            return data, False, ""
        end = at + len(marker) - len(self._before)
        self._before = ""
        return data[:end], True, data[end:]

    def tick(self) -> Iterable[Message]:
        """Take unfinished input as it is once nothing more comes."""
        if self._pasted is not None and self._clock() - self._last_input >= PASTE_SECONDS:
            yield from self._end_paste()
        for message in super().tick():
            # It was a key after all, and not the beginning of a marker.
            self._before = ""
            yield message

    def _end_paste(self) -> Iterator[Message]:
        """Leave a paste, also one without an end; Textual reports it, without the text that it has not seen."""
        if self._pasted is None:
            return
        text = "".join(self._pasted).removesuffix(BRACKETED_PASTE_END).replace("\0", "")
        self._pasted, self._before = None, ""
        for message in super().feed(BRACKETED_PASTE_END):
            yield Paste(text) if isinstance(message, Paste) else message


class TerminalDriver(LinuxDriver):
    """Textual's driver, on an enduring stream, with our parser."""

    def __init__(
        self, app: App[object], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        # Without a size, Textual takes its first one from Rich, which falls back to another than Textual's own.
        super().__init__(app, debug=debug, mouse=mouse, size=size or shutil.get_terminal_size())
        self._output = TerminalOutput()
        self._painted = ""
        self._has_screen = False
        """Whether what shows on the terminal is ours, from when it is taken over until it is given back."""
        if self._file is not None:
            self._file = Enduring(self._file)  # type: ignore[assignment]  # it has all that is asked of a file

    def run_input_thread(self) -> None:
        """Read what is typed until the driver is stopped, as Textual does, but with our parser."""
        parser = InputParser(self._debug)
        decode = getincrementaldecoder("utf-8")("replace").decode
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                if selector.select(INPUT_SECONDS) and (text := decode(os.read(self.fileno, READ_SIZE))):
                    for message in parser.feed(text):
                        self.process_message(message)
                for message in parser.tick():
                    self.process_message(message)

    # The terminal is given back, and is not ours to touch, while the program is suspended or an editor runs

    @property
    def _has_terminal(self) -> bool:
        return self._writer_thread is not None and self._writer_thread.is_alive()

    def write(self, data: str) -> None:
        """Write what is new to the terminal, while the program has it."""
        self._write_painted()
        if self._has_terminal and (data := self._output.shortened(data)):
            super().write(data)

    def paint(self, rows: Iterable[Row], cursor: tuple[int, int]) -> None:
        """Write what is new in some rows to the terminal, with its cursor at a column and row.

        What is painted in one turn of the event loop is written at its end, in one piece.
        """
        if self._has_screen and (data := self._output.painted(rows, cursor)):
            if not self._painted:
                asyncio.get_running_loop().call_soon(self._write_painted)
            self._painted += data

    def _write_painted(self) -> None:
        data, self._painted = self._painted, ""
        if data and self._has_terminal:
            super().write(data)

    def forget_screen(self) -> None:
        """Paint everything anew from now on: the terminal has another size."""
        self._output.forget()

    def disable_input(self) -> None:
        """Take no more input, while there is any."""
        if self._has_terminal:
            super().disable_input()

    def start_application_mode(self) -> None:
        """Take the terminal over."""
        super().start_application_mode()  # type: ignore[no-untyped-call]  # Textual leaves it so
        self._has_screen = True

    def stop_application_mode(self) -> None:
        """Give the terminal back, unless it was."""
        if self._has_terminal:
            self._has_screen = False
            super().stop_application_mode()

    def resume_application_mode(self) -> None:
        """Take the terminal up again, unless a signal is ending the program: a shell may have it now."""
        if signals.received() is None:
            super().resume_application_mode()

    def _sigcont_application(self, *_: int | FrameType | None) -> None:
        """Take the terminal up again, but only if it was given back: the end of a session sends this signal, too."""
        if self._is_in_foreground:
            self._take_up_again()
        elif self._must_signal_resume:
            # To touch the terminal would stop the program before it hears a signal that ends it, sent along with this.
            loop = asyncio.get_running_loop()
            loop.call_soon_threadsafe(loop.call_later, BACKGROUND_SECONDS, self._take_up_again)

    def _take_up_again(self) -> None:
        if self._must_signal_resume:
            super()._sigcont_application()

    @property
    def _is_in_foreground(self) -> bool:
        try:
            return os.tcgetpgrp(self.fileno) == os.getpgrp()
        except OSError:  # the terminal is gone
            return False

    def give_back_now(self) -> None:
        """Set the terminal's modes as they were, whatever else is under way, and without waiting for the terminal."""
        with suppress(OSError, termios.error):
            if self.attrs_before is None or not self._is_in_foreground:
                return
            termios.tcsetattr(self.fileno, termios.TCSANOW, self.attrs_before)
            # The descriptors that others share stay as they are.
            flags = os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC
            with open(os.open(os.ttyname(self.fileno), flags), "wb", buffering=0) as terminal:
                terminal.write(MODES_OFF)
