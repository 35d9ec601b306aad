"""What is typed on the terminal, and what it answers."""

from __future__ import annotations

import os
import re
import termios
import tty
import unicodedata
from contextlib import suppress
from select import select
from time import monotonic
from typing import TYPE_CHECKING

from textual.events import Key, Paste

from tui.compat import PASTE_END, PASTE_START, PrivateParser
from tui.keys import shifted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from textual.message import Message

WITH_OTHERS = "\x1b[=4;2u"
"""Asks a terminal with the kitty protocol for the key of a Latin layout, too, besides what Textual asks for."""
SHIFT, LOCKS = 0x1, 0xC0
"""The bits of modifiers in that protocol."""
PASTE_SECONDS = 3.0
"""Seconds without input after which a paste that has no end is taken to have ended."""
LATE_SECONDS = 3.0
"""Seconds after which a late answer of the terminal that has no end is dropped: it would take in what is typed."""
READ_SIZE = 4096
ASK_BACKGROUND = b"\x1b]11;?\x1b\\\x1b[c"
"""Asks for the background (OSC 11), then for what any terminal says about itself (DA1): it answers in this order."""
ANSWER_SECONDS = 0.5
"""How long a terminal may take to answer: longer than the way to another continent and back."""
_BACKGROUND = re.compile(r"\x1b\]11;rgba?:([0-9a-f]{1,4})/([0-9a-f]{1,4})/([0-9a-f]{1,4})\b", re.I)
_ATTRIBUTES = re.compile(r"\x1b\[\?[0-9;]*c")
_ANSWER = re.compile(rf"\x1b\]11;[^\x07\x1b]*(?:\x07|\x1b\\|(?=\x1b[^\\]))|{_ATTRIBUTES.pattern}")
"""An answer, also one without an end that something else follows."""
_UNFINISHED_ANSWER = re.compile(r"(?:\x1b\]11;[^\x07\x1b]*\x1b?|\x1b\[\?[0-9;]*)\Z")
_WITH_OTHERS = re.compile(r"\x1b\[(\d+):\d*(?::(\d*))?((?:;[\d:]*){0,2})u")
"""A key of the kitty protocol with others of the same place: what Shift makes of it, and that of a Latin layout."""

RGB = tuple[float, float, float]
"""A color as shares of red, green and blue, from 0 to 1."""


def ask_background(terminal: int) -> tuple[RGB | None, bytes]:
    """The background of a terminal, None if it does not say, and what was typed there while it was asked."""
    # The Linux console shows what it does not understand, and its background is black.
    if os.environ.get("TERM") == "linux":
        return None, b""
    received = ""
    with suppress(OSError, termios.error):
        before, asking = termios.tcgetattr(terminal), termios.tcgetattr(terminal)
        asking[tty.IFLAG] &= ~(termios.ICRNL | termios.IXON)
        asking[tty.LFLAG] &= ~(termios.ECHO | termios.ICANON | termios.IEXTEN)
        try:
            termios.tcsetattr(terminal, termios.TCSANOW, asking)
            write_at_once(terminal, ASK_BACKGROUND)
            end = monotonic() + ANSWER_SECONDS
            while _ATTRIBUTES.search(received) is None and select([terminal], [], [], max(0.0, end - monotonic()))[0]:
                # Latin-1 has a character for every byte, and gives it back.
                received += os.read(terminal, READ_SIZE).decode("latin-1")
        finally:
            termios.tcsetattr(terminal, termios.TCSANOW, before)
    background = None
    if found := _BACKGROUND.search(received):
        red, green, blue = (int(digits, 16) / (16 ** len(digits) - 1) for digits in found.groups())
        background = red, green, blue
    return background, _ANSWER.sub("", received).encode("latin-1")


def write_at_once(terminal: int, data: bytes) -> None:
    """Write to a terminal without waiting for it; the descriptors that others share stay unchanged."""
    flags = os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC
    with open(os.open(os.ttyname(terminal), flags), "wb", buffering=0) as out:
        out.write(data)


class LayoutKey(Key):
    """A key that types a letter of another script; `latin` is the key in its place on a Latin layout."""

    def __init__(self, key: str, character: str | None, latin: Key) -> None:
        super().__init__(key, character)
        self.latin = latin


# Textual names handlers after the class of a message.
LayoutKey.handler_name = Key.handler_name


class InputParser(PrivateParser):
    """Textual's parser, with pasted text kept whole, and with keys as named on a Latin layout.

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
        self._answer, self._answer_began = "", 0.0
        """The beginning of a late answer to what the terminal was asked, and when it came."""

    def feed(self, data: str) -> Iterator[Message]:
        """Take in input."""
        self._last_input = self._clock()
        while data:
            is_paste = self._pasted is not None
            marker = PASTE_END if is_paste else PASTE_START
            text, found, data = self._up_to(marker, data)
            if self._pasted is not None:
                self._pasted.append(text)
            elif text := self._without_answers(text):
                yield from super().feed(text)
            if found and is_paste:
                yield from self._end_paste()
            elif found:
                self._pasted = []

    def _without_answers(self, text: str) -> str:
        """Input without answers of the terminal that come too late: Textual would take their characters for keys."""
        began = self._answer_began if self._answer else self._last_input
        text = _ANSWER.sub("", self._answer + text)
        unfinished = _UNFINISHED_ANSWER.search(text)
        self._answer, self._answer_began = unfinished[0] if unfinished else "", began
        return text.removesuffix(self._answer)

    def _up_to(self, marker: str, data: str) -> tuple[str, bool, str]:
        """Input up to the end of a marker that may start in earlier input, whether it is there, and the rest."""
        at = (self._before + data).find(marker)
        if at < 0:
            self._before = (self._before + data)[1 - len(marker) :]
            return data, False, ""
        end = at + len(marker) - len(self._before)
        self._before = ""
        return data[:end], True, data[end:]

    def keys_of(self, sequence: str, *, alt: bool = False) -> Iterable[Key]:
        """The keys of a sequence; Textual cannot read one with other keys of its place."""
        found = _WITH_OTHERS.fullmatch(sequence)
        if found is None:
            yield from super().keys_of(sequence, alt=alt)
            return
        code, latin, rest = found.groups(default="")
        modifiers = int(rest.split(";")[1].partition(":")[0] or 1) - 1 if rest else 0
        char = chr(int(code))
        is_foreign = latin and char.isalpha() and not unicodedata.name(char, "LATIN").startswith("LATIN")
        if is_foreign and modifiers & ~(SHIFT | LOCKS):
            # With Ctrl or Alt it types nothing: it can only be meant for its place.
            code = latin
        for key in super().keys_of(f"\x1b[{code}{rest}u", alt=alt):
            if is_foreign and key.character:
                typed = shifted(chr(int(latin))) if modifiers & SHIFT else chr(int(latin))
                yield LayoutKey(key.key, key.character, *super().keys_of(typed))
            else:
                yield key

    def tick(self) -> Iterable[Message]:
        """Take unfinished input unchanged once nothing more comes."""
        if self._pasted is not None and self._clock() - self._last_input >= PASTE_SECONDS:
            yield from self._end_paste()
        if self._clock() - self._answer_began >= LATE_SECONDS:
            self._answer = ""
        for message in super().tick():
            # It was a key after all, and not the beginning of a marker.
            self._before = ""
            yield message

    def _end_paste(self) -> Iterator[Message]:
        """Leave a paste, also one without an end; Textual reports it, without the text that it has not seen."""
        if self._pasted is None:
            return
        text = "".join(self._pasted).removesuffix(PASTE_END).replace("\0", "")
        self._pasted, self._before = None, ""
        for message in super().feed(PASTE_END):
            yield Paste(text) if isinstance(message, Paste) else message
