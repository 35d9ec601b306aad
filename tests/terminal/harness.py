"""A program on a real pseudo-terminal: keys in, the screen as a person sees it out."""

from __future__ import annotations

import codecs
import contextlib
import fcntl
import os
import re
import select
import selectors
import signal
import struct
import subprocess
import sys
import termios
import time
import unicodedata
from typing import TYPE_CHECKING, Self

import pyte
from wcwidth import wcwidth

from tests.program import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path
    from types import TracebackType

    from pyte.screens import Char

KEYS = {
    "Enter": "\r",
    "Esc": "\x1b",
    "Tab": "\t",
    "shift+Tab": "\x1b[Z",
    "Space": " ",
    "Backspace": "\x7f",
    "Up": "\x1b[A",
    "Down": "\x1b[B",
    "Right": "\x1b[C",
    "Left": "\x1b[D",
    "Home": "\x1b[H",
    "End": "\x1b[F",
    "PgUp": "\x1b[5~",
    "PgDn": "\x1b[6~",
}
ESCAPE = "\x1b[27u"
"""The key as a terminal sends it under the keyboard protocol that the dashboard turns on: it begins nothing else."""
REST = 0.05
"""Seconds: longer than the dashboard collects changes before it paints them, shorter than it waits between two looks
at a clock or for input."""

# A new session has no terminal yet: the child takes its standard input as one, then becomes the program. It takes the
# keys that interrupt and the end of the terminal, also where the tests run in the background of a shell or below nohup,
# which ignore them: what it starts would outlive it and hold the terminal open.
LAUNCHER = """import fcntl, os, signal, sys, termios
for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
    signal.signal(number, signal.SIG_DFL)
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execvp(sys.argv[1], sys.argv[1:])
"""

# What pyte would print as text: CSI with a private mark other than `?`, and DCS, SOS, PM and APC strings.
UNKNOWN = re.compile(r"\x1b\[[<=>][0-9;:]*[ -/]*[@-~]|\x1b[PX^_][^\x1b]*\x1b\\")
UNFINISHED = re.compile(r"\x1b(?:\[[<=>]?[0-9;:]*[ -/]*|[PX^_][^\x1b]*\x1b?)?\Z")
SGR = re.compile(rb"\x1b\[([0-9;:]*)m")


def colors(raw: bytes) -> set[str]:
    """The parameters of every SGR sequence in `raw` that sets a foreground or background color."""
    found = set()
    for match in SGR.finditer(raw):
        parameters = match[1].decode("ascii").replace(":", ";").split(";")
        for parameter in parameters:
            if parameter.isdigit() and int(parameter) in {
                *range(30, 39),
                *range(40, 49),
                *range(90, 98),
                *range(100, 108),
            }:
                found.add(match[1].decode("ascii"))
            if parameter in {"38", "48"}:
                break
    return found


class Screen(pyte.Screen):
    """pyte's screen, which leaves out all behind a character without cells that is not a combining one."""

    def draw(self, data: str) -> None:
        """Draw, with such a character in the cell of the one before it."""
        start = 0
        for at, char in enumerate(data):
            if not char.isascii() and wcwidth(char) == 0 and not unicodedata.combining(char) and (at or self.cursor.x):
                super().draw(data[start:at])
                row, before = self.buffer[self.cursor.y], self.cursor.x - 1
                row[before] = row[before]._replace(data=row[before].data + char)
                start = at + 1
        super().draw(data[start:])


class Terminal:
    """One program on a pseudo-terminal of `size` (columns, rows); use it as a context manager.

    Waiting reads until the screen shows what is awaited, and raises AssertionError, with the screen, when
    the program ends first or `within` seconds have passed.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        env: Mapping[str, str],
        cwd: Path,
        size: tuple[int, int] = (80, 24),
        encoding: str = "utf-8",
    ) -> None:
        self.raw = b""
        self._screen = Screen(*size)
        self._stream = pyte.Stream(self._screen)
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")
        self._held = ""
        self._master, slave = os.openpty()
        self._set_size(size)
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", LAUNCHER, *command],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            cwd=cwd,
            env=dict(env),
            start_new_session=True,
        )
        self._name = os.ttyname(slave)
        os.close(slave)
        self._ready = selectors.DefaultSelector()
        self._ready.register(self._master, selectors.EVENT_READ)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._ready.close()
        os.close(self._master)

    @property
    def modes(self) -> list[object]:
        """How the terminal treats what is typed and written."""
        return list(termios.tcgetattr(self._master))

    @property
    def pid(self) -> int:
        """The process of the program."""
        return self._process.pid

    @property
    def columns(self) -> int:
        """How wide the screen is."""
        return int(self._screen.columns)

    @property
    def lines(self) -> tuple[str, ...]:
        """The rows of the screen, without the blanks at their ends."""
        return tuple(row.rstrip() for row in self._screen.display)

    @property
    def text(self) -> str:
        """The screen as one text."""
        return "\n".join(self.lines)

    @property
    def cells(self) -> list[list[Char]]:
        """The rows of the screen as cells with their looks; the second cell of a wide character is empty."""
        return [[self._screen.buffer[y][x] for x in range(self._screen.columns)] for y in range(self._screen.lines)]

    def press(self, *keys: str) -> None:
        """Type keys: a name of KEYS, `ctrl+x`, or any other text."""
        for key in keys:
            control = re.fullmatch(r"ctrl\+([a-z])", key)
            self.send(chr(ord(control[1]) & 0x1F) if control else KEYS.get(key, key))

    def send(self, text: str) -> None:
        """Send text as if it were typed; a byte that is not UTF-8 is written as Python escapes it (`\\udce9` is E9)."""
        os.write(self._master, text.encode(errors="surrogateescape"))

    def resize(self, columns: int, rows: int) -> None:
        """Give the terminal another size; the program is notified as by a window that changes."""
        self._screen.resize(lines=rows, columns=columns)
        self._set_size((columns, rows))

    def stall(self) -> None:
        """Take no more output, as a connection that hangs."""
        slave = os.open(self._name, os.O_RDWR | os.O_NOCTTY)
        termios.tcflow(slave, termios.TCOOFF)
        os.close(slave)

    def signal(self, number: int) -> None:
        """Send the program a signal."""
        self._process.send_signal(number)

    def hang_up(self, *, within: float = PATIENCE) -> int:
        """Close the terminal under the program and return its exit code; nothing can be read afterwards."""
        os.close(self._master)
        self._master = os.open(os.devnull, os.O_RDWR)
        return self._process.wait(within)

    def wait_for(self, text: str, *, within: float = PATIENCE) -> None:
        """Read until the screen shows `text`."""
        self.wait_until(lambda: text in self.text, f"{text!r} on the screen", within=within)

    def wait_gone(self, text: str, *, within: float = PATIENCE) -> None:
        """Read until the screen no longer shows `text`."""
        self.wait_until(lambda: text not in self.text, f"{text!r} to leave the screen", within=within)

    def wait_change(self, what: str, *, within: float = PATIENCE) -> None:
        """Read until the text on the screen is another than now."""
        before = self.text
        self.wait_until(lambda: self.text != before, what, within=within)

    def wait_until(self, holds: Callable[[], bool], what: str, *, within: float = PATIENCE) -> None:
        """Read until `holds()` is true; `what` says in an error what was awaited."""
        deadline = time.monotonic() + within
        while not holds():
            # Also while something comes again and again, such as a clock.
            if not self._read(deadline) or time.monotonic() > deadline:
                ended = self._process.poll() is not None
                why = f"the program ended with {self._process.returncode}" if ended else f"{within:g} s have passed"
                raise AssertionError(f"waited for {what}, but {why}; the screen:\n{self.text}")

    def settle(self, *, within: float = PATIENCE) -> None:
        """Read until the program has nothing left to do: for what cannot be waited for, such as what must not come.

        It has taken in all that was typed, none of its threads has run for REST seconds or is about to, and all that
        it wrote has been read. How fast the machine is does not matter: who waits for a processor does not sleep.
        A lone escape byte may be the beginning of more, for longer than that: wait for what it does, or send ESCAPE.
        """
        deadline, before = time.monotonic() + within, None
        while True:
            ran, written = self._ran() if self._has_taken_all() else None, len(self.raw)
            if ran is not None and ran == before:
                return
            before, end = ran, time.monotonic() + REST
            while self._read(end):
                pass
            if len(self.raw) != written:
                before = None
            if self._process.poll() is not None:
                return
            if time.monotonic() > deadline:
                raise AssertionError(f"not at rest in {within:g} s; the screen:\n{self.text}")

    def _has_taken_all(self) -> bool:
        """Whether the program has read what was typed."""
        slave = os.open(self._name, os.O_RDWR | os.O_NOCTTY)
        try:
            return not select.select([slave], [], [], 0)[0]
        finally:
            os.close(slave)

    def _ran(self) -> dict[str, list[str]] | None:
        """How often each thread of the program has stopped running; None if one runs or wants to."""
        found = {}
        for thread in os.listdir(f"/proc/{self.pid}/task"):
            with (
                contextlib.suppress(FileNotFoundError, ProcessLookupError),
                open(f"/proc/{self.pid}/task/{thread}/status", encoding="utf-8") as file,
            ):
                status = file.read()
                if re.search(r"^State:\s+S", status, re.MULTILINE) is None:
                    return None
                found[thread] = re.findall(r"ctxt_switches:\s+(\d+)", status)
        return found

    def wait_exit(self, *, within: float = PATIENCE) -> int:
        """Read to the end and return the exit code of the program (negative: the signal that ended it)."""
        deadline = time.monotonic() + within
        while self._read(deadline):
            pass
        try:
            return self._process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still running after {within:g} s; the screen:\n{self.text}") from None

    def _set_size(self, size: tuple[int, int]) -> None:
        columns, rows = size
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def _read(self, deadline: float) -> bool:
        """Take in what the program writes next; False at its end or at the deadline."""
        chunk = self.take(deadline)
        self.show(chunk)
        return bool(chunk)

    def take(self, deadline: float) -> bytes:
        """What the program writes next, which the screen does not show yet; empty at its end or at the deadline."""
        if not self._ready.select(max(0.0, deadline - time.monotonic())):
            return b""
        try:
            chunk = os.read(self._master, 65536)
        except OSError:  # Linux reports the closed other end as an input/output error.
            chunk = b""
        if not chunk:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(max(0.1, deadline - time.monotonic()))
        return chunk

    def show(self, chunk: bytes) -> None:
        """Let the screen show what was taken."""
        self.raw += chunk
        text = self._held + self._decoder.decode(chunk)
        unfinished = UNFINISHED.search(text)
        self._held = unfinished[0] if unfinished else ""
        self._stream.feed(UNKNOWN.sub("", text.removesuffix(self._held) if self._held else text))
