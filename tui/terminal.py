"""The terminal: what is written to it, less than Textual writes, and its end at any time."""

from __future__ import annotations

import asyncio
import os
import re
import selectors
import shutil
import termios
from codecs import getincrementaldecoder
from contextlib import suppress
from functools import lru_cache
from typing import IO, TYPE_CHECKING

from rich.cells import cell_len
from textual.constants import DISABLE_KITTY_KEY

from tui import signals
from tui.compat import PrivateDriver
from tui.render.text import drawn_parts
from tui.terminal_input import READ_SIZE, WITH_OTHERS, InputParser, write_at_once

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.app import App

CLIPBOARD_BYTES = 50_000
"""What terminals take for the clipboard."""
COPIED = "Copied {} to the clipboard, if this terminal allows it"
"""The message about what was copied."""
BACKGROUND_SECONDS = 0.2
"""How long a program that continues in the background waits for a signal that ends it."""
INPUT_SECONDS = 0.1
"""How often unfinished input is looked at while nothing comes."""
MODES_OFF = (
    b"\x1b[0m"
    + b"".join(b"\x1b[?%dl" % mode for mode in (1000, 1003, 1015, 1006, 1016, 2004, 2048, 1004))
    + (b"\x1b[?7h\x1b[<u\x1b[?1049l\x1b[?25h")
)
"""Turns off what the driver turns on: reports of the mouse, pastes, the size and the focus. Then lines wrap, keys are
as usual, the screen is the one from before, and the cursor is shown."""


def shows_links() -> bool:
    """Whether a link can be written as such (OSC 8): terminals that do not open it ignore it, but for a few."""
    return os.environ.get("TERM", "") not in ("linux", "dumb", "unknown")


_TOKEN = re.compile(
    r"\x1b\[(?P<its>[1-9][0-9;]*)m(?P<run>[^\x00-\x1f\x7f]+)\x1b\[0m"
    r"|\x1b\[(?P<pen>[0-9;]*)m"
    r"|\x1b\[(?P<y>\d+);(?P<x>\d+)H"
    r"|(?P<mode>\x1b\[[<>=?][0-9;]*[hlu](?<!\x1b\[\?1049[hl]))"
    r"|(?P<text>[^\x00-\x1f\x7f]+)"
    r"|(?P<line>\r?\n)"
    r"|(?P<link>\x1b\]8;[^\x07\x1b]*(?:\x07|\x1b\\))"
    r"|(?P<other>\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]P_^X][^\x07\x1b]*(?:\x07|\x1b\\)?|.)?|[\x00-\x1f\x7f])"
)
_SHOWS_ON_BLANK = frozenset({"4", "5", "6", "7", "9", "21", "53"})
"""Attributes that a blank has, too: it is underlined, reversed or struck out."""
_UNKNOWN = "\0"
"""In place of a character, or of a pen, where it is not known what the terminal shows."""
_WIDE = "\ue000"
"""In place of all but the first cell of what is not one cell for each character."""
_LINK_END = "\x1b]8;;\x1b\\"
_FIRST_SIGN, _MOST_SIGNS = 0x100000, 0xF000

Row = tuple[int, int, "list[tuple[str, str]]"]
"""The column and row where it begins, and its texts with the pen of each."""


@lru_cache(maxsize=4096)
def _is_plain(text: str) -> bool:
    """Whether each character takes one cell. A wide one and one that takes none would make up for each other."""
    return text.isascii() or all(cell_len(char) == 1 for char in text)


class _Signs(dict[str, str]):
    """One character for each text, so that a row of them is compared, cut and put together as a string."""

    def __init__(self) -> None:
        self._texts: list[str] = []

    def __missing__(self, text: str) -> str:
        self[text] = sign = chr(_FIRST_SIGN + len(self._texts))
        self._texts.append(text)
        return sign

    def clear(self) -> None:
        """Begin again."""
        super().clear()
        self._texts.clear()

    def text(self, sign: str) -> str:
        """What a sign is for; a character that is none is for itself."""
        return self._texts[ord(sign) - _FIRST_SIGN] if ord(sign) >= _FIRST_SIGN else sign


class _Pens(dict[int, str]):
    """What each character of a text is painted with: a blank with what shows of the pen, all others with the pen."""

    def __init__(self, pen: str, blank: str) -> None:
        self._pen = pen
        self[ord(" ")] = blank

    def __missing__(self, char: int) -> str:
        self[char] = self._pen
        return self._pen


class TerminalOutput:
    """Remembers what the terminal shows. A pen is how characters are painted, as the parameters of SGR, behind which is
    the sequence that begins a link (OSC 8) where they are one.

    Textual paints whole rows of a widget, sets every color for each run of text and takes it back behind it. Over a
    connection that is most of what a key costs.
    """

    def __init__(self) -> None:
        self._rows: dict[int, tuple[str, str]] = {}
        """What each row shows: its characters, and a sign of the pen of each."""
        self._signs = _Signs()
        self._pens: dict[str, _Pens] = {}
        self._parts: dict[str, tuple[frozenset[str], str, str]] = {}
        self._blanks: dict[str, str] = {}
        self._steps: dict[tuple[str, str], str] = {}
        self._at = (0, 0)
        """Where Textual wants to write next, as column and row."""
        self._pen = ""
        self._link = ""
        """What begins the link that Textual is in."""
        self._cursor: tuple[int, int] | None = None
        """Where the terminal writes next, None where that is not known."""
        self._held: str | None = None
        """The pen that the terminal has."""

    def forget(self) -> None:
        """Take the terminal to show anything: it was cleared, or has another size."""
        self._rows.clear()
        self._signs.clear()
        self._pens.clear()
        self._cursor = self._held = None

    def _forget_in_time(self) -> None:
        if len(self._signs) > _MOST_SIGNS:
            self.forget()

    def shortened(self, data: str) -> str:
        """What has to be written for the terminal to show what it would after `data`."""
        self._forget_in_time()
        out: list[str] = []
        is_placed = False
        for token in _TOKEN.finditer(data):
            kind = token.lastgroup
            if kind == "run":
                self._take(token["its"])
                self._write(token["run"], out)
                self._pen = ""
            elif kind == "text":
                self._write(token[0], out)
            elif kind == "pen":
                self._take(token["pen"])
            elif kind == "x":
                is_placed = True
                self._at = (int(token["x"]) - 1, int(token["y"]) - 1)
            elif kind == "line":
                self._at = (0, self._at[1] + 1)
            elif kind == "link":
                self._link = "" if token[0].startswith("\x1b]8;;\x1b") else token[0]
            elif kind == "mode":
                out.append(token[0])
            else:
                # It may act where the cursor is, and paint.
                if is_placed and self._cursor != self._at:
                    self._move(self._at, out)
                out += (self._step(self._pen), token[0])
                self.forget()
                is_placed = False
        if is_placed and self._cursor != self._at:
            self._move(self._at, out)
        return "".join(out)

    def painted(self, rows: Iterable[Row], cursor: tuple[int, int]) -> str:
        """What has to be written for the terminal to show some rows, and its cursor at a column and row."""
        self._forget_in_time()
        out: list[str] = []
        for column, line, runs in rows:
            chars = "".join([text for text, _ in runs])
            if _is_plain(chars):
                self._write_plain(column, line, chars, runs, out)
                continue
            self._at = (column, line)
            for text, pen in runs:
                self._pen = pen
                self._write(text, out)
        self._pen, self._at = "", cursor
        if out and self._cursor != cursor:
            self._move(cursor, out)
        return "".join(out)

    def _take(self, pen: str) -> None:
        """Paint with another pen from now on; one that does not reset the pen before adds to it."""
        if pen.strip("0") == "":
            self._pen = ""
        elif pen.startswith("0;") or not self._pen:
            self._pen = pen.removeprefix("0;")
        else:
            self._pen += f";{pen}"

    def _write(self, text: str, out: list[str]) -> None:
        """Write those characters of a text that the terminal does not show there yet."""
        (column, line), pen = self._at, self._pen + self._link
        size = cell_len(text)
        self._at = (column + size, line)
        if _is_plain(text):
            self._write_plain(column, line, text, [(text, pen)], out)
            return
        if not size:
            return
        # A wide or combining character is compared, and written, with all that is next to it.
        chars = self._signs[text] + _WIDE * (size - 1)
        pens = chars.translate(self._pens_of(pen))
        end = column + size
        row_chars, row_pens = (row.ljust(end, _UNKNOWN) for row in self._rows.get(line, ("", "")))
        if (row_chars[column:end], row_pens[column:end]) != (chars, pens):
            self._rows[line] = (
                row_chars[:column] + chars + row_chars[end:],
                row_pens[:column] + pens + row_pens[end:],
            )
            self._put_parts(column, line, text, pen, out)

    def _put_parts(self, column: int, line: int, text: str, pen: str, out: list[str]) -> None:
        """Write a text so that each of its parts is where it belongs, however wide the terminal takes them to be.

        The cells of a part that may be drawn narrower are cleared first, and the cursor is moved to where the text
        continues behind a part; what the last one may be drawn over is written again.
        """
        more = 0
        for part, size, more in drawn_parts(text):
            if more and size > 1:
                self._put(column, line, " " * size, pen, out)
            self._put(column, line, part, pen, out)
            self._cursor = None
            column += size
        if more:
            self._put_again(line, column, column + more, out)

    def _put_again(self, line: int, start: int, end: int, out: list[str]) -> None:
        """Write again what is known of some cells."""
        chars, pens = self._rows[line]
        for column in range(start, min(end, len(chars))):
            if (char := chars[column]) not in (_UNKNOWN, _WIDE):
                self._put_parts(column, line, self._signs.text(char), self._signs.text(pens[column]), out)

    def _write_plain(self, column: int, line: int, chars: str, runs: list[tuple[str, str]], out: list[str]) -> None:
        """Write those characters, of a cell each, that the terminal does not show there; `runs` has the pen of each."""
        pens = "".join([text.translate(self._pens_of(pen)) for text, pen in runs])
        end = column + len(chars)
        row_chars, row_pens = (row.ljust(end, _UNKNOWN) for row in self._rows.get(line, ("", "")))
        old_chars, old_pens = row_chars[column:end], row_pens[column:end]
        if old_chars == chars and old_pens == pens:
            return
        start = 0
        for text, pen in runs:
            first, start = start, start + len(text)
            last = start
            while first < last and chars[first] == old_chars[first] and pens[first] == old_pens[first]:
                first += 1
            while first < last and chars[last - 1] == old_chars[last - 1] and pens[last - 1] == old_pens[last - 1]:
                last -= 1
            if first < last:
                self._put(column + first, line, chars[first:last], pen, out)
        self._rows[line] = (
            row_chars[:column] + chars + row_chars[end:],
            row_pens[:column] + pens + row_pens[end:],
        )

    def _put(self, column: int, line: int, text: str, pen: str, out: list[str]) -> None:
        if self._cursor != (column, line):
            self._move((column, line), out)
        is_blank = text.isspace()
        pen, escape, link = pen.partition("\x1b")
        step = self._step(self._blank(pen) if is_blank else pen, is_blank=is_blank)
        out += (step, escape + link, text, _LINK_END) if link else (step, text)
        self._cursor = (column + len(text), line)

    def _pens_of(self, pen: str) -> _Pens:
        known = self._pens.get(pen)
        if known is None:
            known = self._pens[pen] = _Pens(self._signs[pen], self._signs[self._blank(pen)])
        return known

    def _move(self, to: tuple[int, int], out: list[str]) -> None:
        out.append(f"\x1b[{to[1] + 1};{to[0] + 1}H")
        self._cursor = to

    def _step(self, pen: str, *, is_blank: bool = False) -> str:
        """What changes the pen that the terminal has; for a blank only what shows of it."""
        held = self._held
        if held == pen or (is_blank and held is not None and self._blank(held) == pen):
            return ""
        self._held = pen
        if held is None:
            return f"\x1b[0;{pen}m" if pen else "\x1b[0m"
        step = self._steps.get((held, pen))
        if step is None:
            step = self._steps[held, pen] = self._shortest(held, pen)
        return step

    def _shortest(self, held: str, pen: str) -> str:
        anew = f"\x1b[0;{pen}m" if pen else "\x1b[0m"
        (had, *colors), (has, *wanted) = self._split(held), self._split(pen)
        if had - has or any(before and not after for before, after in zip(colors, wanted, strict=True)):
            return anew
        changes = [*sorted(has - had), *(new for old, new in zip(colors, wanted, strict=True) if old != new)]
        return min(f"\x1b[{';'.join(changes)}m", anew, key=len)

    def _split(self, pen: str) -> tuple[frozenset[str], str, str]:
        """The attributes of a pen, its color and that of its ground."""
        known = self._parts.get(pen)
        if known is not None:
            return known
        attributes: list[str] = []
        color = ground = ""
        rest = pen.split(";") if pen else []
        while rest:
            code = rest.pop(0)
            if code in ("38", "48"):
                more = {"2": 4, "5": 2}.get(rest[0] if rest else "", 0)
                code, rest = ";".join((code, *rest[:more])), rest[more:]
            if code.startswith(("38;", "3", "9")) and code not in ("3", "9"):
                color = code
            elif code.startswith(("48;", "4", "10")) and code != "4":
                ground = code
            else:
                attributes.append(code)
        found = self._parts[pen] = (frozenset(attributes), color, ground)
        return found

    def _blank(self, pen: str) -> str:
        """What shows of a pen on a blank."""
        known = self._blanks.get(pen)
        if known is None:
            sgr, escape, link = pen.partition("\x1b")
            attributes, _, ground = self._split(sgr)
            shows = attributes & _SHOWS_ON_BLANK
            known = self._blanks[pen] = (sgr if shows else ground) + escape + link
        return known


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


class TerminalDriver(PrivateDriver):
    """Textual's driver, on an enduring stream, with our parser."""

    def __init__(
        self, app: App[object], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        # Without a size, Textual takes its first one from Rich, which falls back to another than Textual's own.
        super().__init__(app, debug=debug, mouse=mouse, size=size or shutil.get_terminal_size())
        self._output = TerminalOutput()
        self._painted = ""
        self._typed: bytes = getattr(app, "typed", b"")
        """What was typed before this reads the terminal."""
        self._has_screen = False
        """Whether what shows on the terminal is ours, from when it is taken over until it is given back."""
        self.wrap_stream(Enduring)

    def run_input_thread(self) -> None:
        """Read what is typed until the driver is stopped, as Textual does, but with our parser."""
        parser = InputParser(self.is_debugging)
        decode = getincrementaldecoder("utf-8")("replace").decode
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            typed, self._typed = decode(self._typed), b""
            for message in parser.feed(typed):
                self.process_message(message)
            while not self.exit_event.is_set():
                if selector.select(INPUT_SECONDS) and (text := decode(os.read(self.fileno, READ_SIZE))):
                    for message in parser.feed(text):
                        self.process_message(message)
                for message in parser.tick():
                    self.process_message(message)

    # The terminal is given back, and is not ours to touch, while the program is suspended or an editor runs

    def write(self, data: str) -> None:
        """Write what is new to the terminal, while the program has it."""
        self._write_painted()
        if self.has_terminal and (data := self._output.shortened(data)):
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
        if data and self.has_terminal:
            super().write(data)

    def forget_screen(self) -> None:
        """Paint everything again from now on: the terminal has another size."""
        self._output.forget()

    def disable_input(self) -> None:
        """Take no more input, while there is any."""
        if self.has_terminal:
            super().disable_input()

    def start_application_mode(self) -> None:
        """Take the terminal over."""
        super().start_application_mode()  # type: ignore[no-untyped-call]  # Textual leaves it so
        self._has_screen = True
        if not DISABLE_KITTY_KEY and os.environ.get("TERM") != "linux":
            self.write(WITH_OTHERS)

    def stop_application_mode(self) -> None:
        """Give the terminal back, unless it was."""
        if self.has_terminal:
            self._has_screen = False
            super().stop_application_mode()

    def resume_application_mode(self) -> None:
        """Take the terminal up again, unless a signal is ending the program: a shell may have it now."""
        if signals.received() is None:
            super().resume_application_mode()

    def continued(self) -> None:
        """Take the terminal up again, but only if it was given back: the end of a session sends this signal, too."""
        if self._is_in_foreground:
            self._take_up_again()
        elif self.has_given_back:
            # To touch the terminal would stop the program before it hears a signal that ends it, sent along with this.
            loop = asyncio.get_running_loop()
            loop.call_soon_threadsafe(loop.call_later, BACKGROUND_SECONDS, self._take_up_again)

    def _take_up_again(self) -> None:
        if self.has_given_back:
            super().continued()

    @property
    def _is_in_foreground(self) -> bool:
        try:
            return os.tcgetpgrp(self.fileno) == os.getpgrp()
        except OSError:  # the terminal is gone
            return False

    def give_back_now(self) -> None:
        """Restore the terminal's modes, whatever else is under way, and without waiting for the terminal."""
        with suppress(OSError, termios.error):
            if self.attrs_before is None or not self._is_in_foreground:
                return
            termios.tcsetattr(self.fileno, termios.TCSANOW, self.attrs_before)
            write_at_once(self.fileno, MODES_OFF)
