"""A text as lines: decoding it, problems and notices on its lines, and edits by line number."""

from __future__ import annotations

import re
import stat
from itertools import chain
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

from store.errors import DocumentError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from pathlib import Path


SIZE_LIMIT = 64 * 1024 * 1024
_LINE_END = re.compile(r"(\r\n|\n|\r)")
_BOM = "\ufeff"


def read_file(path: Path) -> str:
    """The text of a document. Raises DocumentError, naming the file, for what cannot be one."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise DocumentError(f"{path} is not a regular file", "choose another file")
        if status.st_size > SIZE_LIMIT:
            raise DocumentError(f"{path} is larger than {SIZE_LIMIT // 1024**2} MiB", "choose a smaller file")
        return decode(path.read_bytes(), str(path))
    except OSError as error:
        raise DocumentError(f"{path} cannot be read ({error.strerror})", "check the path and its permissions") from None


def decode(data: bytes, name: str) -> str:
    """The text of a document's bytes; a byte order mark and the line ends stay in it.

    Raises DocumentError, naming the file and the line, for what is empty, binary, not UTF-8 or larger than 64 MiB.
    """
    if len(data) > SIZE_LIMIT:
        raise DocumentError(f"{name} is larger than {SIZE_LIMIT // 1024**2} MiB", "choose a smaller file")
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise DocumentError(f"{name}, line 1: the text is UTF-16", "save it as UTF-8")
    if (zero := data.find(0)) >= 0:
        line = _line_at(data[:zero])
        raise DocumentError(
            f"{name}, line {line}: there is a NUL byte, so this is not a text file", "check that it is the right file"
        )
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        line = _line_at(data[: error.start])
        byte = data[error.start]
        raise DocumentError(f"{name}, line {line}: byte 0x{byte:02x} is not UTF-8", "save it as UTF-8") from None
    if not text.removeprefix(_BOM).strip():
        raise DocumentError(f"{name}, line 1: the file is empty", "check that it is the right file")
    return text


def _line_at(data: bytes) -> int:
    return 1 + len(re.findall(rb"\r\n|\n|\r", data))


class Text(NamedTuple):
    """A text as lines without their ends, the ends (the last one may be empty) and a byte order mark if it has one."""

    bom: str
    lines: tuple[str, ...]
    ends: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> Text:
        """Split a text into lines; only `\\n`, `\\r\\n` and `\\r` end one."""
        bom = _BOM if text.startswith(_BOM) else ""
        body = text[len(bom) :]
        parts = _LINE_END.split(body) if "\r" in body else []
        lines, ends = parts[::2] or body.split("\n"), parts[1::2] or ["\n"] * body.count("\n")
        if lines[-1]:
            ends.append("")
        else:
            del lines[-1]
        return cls(bom, tuple(lines), tuple(ends))

    @property
    def end(self) -> str:
        """The line end that new lines take."""
        return next((end for end in self.ends if end), "\n")

    @property
    def closed(self) -> bool:
        """Whether the last line has its end."""
        return bool(self.ends and self.ends[-1])


class Problem(NamedTuple):
    """Why a document cannot be imported: its line (from 1), what is wrong and what to do.

    `rule` is the id under which `lint` reports it.
    """

    line: int
    what: str
    remedy: str
    rule: str = "invalid-document"

    def __str__(self) -> str:
        """The problem as one sentence."""
        return f"line {self.line}: {self.what}: {self.remedy}"


class Notice(NamedTuple):
    """Something to know about a document that can be imported; the line counts from 1, `rule` as in a problem."""

    line: int
    what: str
    rule: str = "unread-text"

    def __str__(self) -> str:
        """The notice as one sentence."""
        return f"line {self.line}: {self.what}"


class ExcessError(Exception):
    """A text exceeds a limit on a line (from 0)."""

    def __init__(self, line: int, what: str, remedy: str) -> None:
        super().__init__(what)
        self.problem = Problem(line + 1, what, remedy, "too-large")


LINES = 500_000


def check_length(text: str) -> None:
    """Raise ExcessError for a text with more lines than any register needs."""
    number = text.count("\n") + text.count("\r")
    if number > LINES and (number > 2 * LINES or number - text.count("\r\n") > LINES):
        raise ExcessError(0, f"the text has more than {LINES:,} lines", "keep the register in a separate document")


_LAST = 9
"""The rank of what comes after everything else at its line."""


class Edits:
    """Changes to a text by the numbers its lines had; they may come in any order."""

    def __init__(self, text: Text) -> None:
        self.lines = text.lines
        self._text = text
        self._changed: dict[int, tuple[str, ...]] = {}
        self._after: dict[int, list[tuple[int, tuple[str, ...]]]] = {}
        self._before: dict[int, tuple[str, ...]] = {}
        self._spliced: dict[int, list[tuple[int, int, str]]] = {}
        self._order: list[int] = list(range(len(text.lines)))

    @property
    def replaced(self) -> Collection[int]:
        """The lines that others take the place of."""
        return self._changed.keys()

    def is_blank(self, number: int) -> bool:
        """Whether the text has no line of this number, or an empty one."""
        return not 0 <= number < len(self.lines) or not self.lines[number].strip()

    def replace(self, number: int, *lines: str) -> None:
        """Replace a line by these (none removes it)."""
        self._changed[number] = lines

    def splice(self, number: int, start: int, end: int, text: str) -> None:
        """Replace a part of a line; the parts of one line may not overlap."""
        self._spliced.setdefault(number, []).append((start, end, text))

    def splice_lines(self, number: int, start: int, last: int, end: int, text: str) -> None:
        """Replace what goes from `start` on a line to `end` on another one by a text of one line or several."""
        first, *others = text.split("\n")
        if last == number:
            self.splice(number, start, end, first)
        else:
            self.splice(number, start, len(self.lines[number]), first)
            tail = self.lines[last][end:]
            self.remove(number + 1, last + 1)
            if others:
                others[-1] += tail
            elif tail:
                others = [tail]
        self.insert(number, others, rank=-1)

    def current(self, number: int) -> tuple[str, ...]:
        """The line of this number as it will be: with its parts replaced, or the lines in its place."""
        if number in self._changed:
            return self._changed[number]
        line = self.lines[number]
        for start, end, text in sorted(self._spliced.get(number, ()), reverse=True):
            line = line[:start] + text + line[end:]
        return (line,)

    def cut(self, start: int, end: int) -> list[str]:
        """Take the lines `start` up to, not including, `end` out of the text, as they will be."""
        lines: list[str] = []
        for number in range(start, end):
            lines += self._before.pop(number, ())
            lines += self.current(number)
            lines += [line for _, each in sorted(self._after.pop(number, ()), key=itemgetter(0)) for line in each]
            self._changed[number] = ()
        return lines

    def remove(self, start: int, end: int) -> None:
        """Remove the lines `start` up to, not including, `end`."""
        for number in range(start, end):
            self._changed[number] = ()

    def insert(self, after: int, lines: Iterable[str], *, rank: int = 0) -> None:
        """Add lines after one (-1: before the first), after those of a lower or the same rank."""
        if added := tuple(lines):
            self._after.setdefault(after, []).append((rank, added))

    def insert_block(self, after: int, lines: Iterable[str], *, rank: int = 0) -> None:
        """Add lines after one, with a blank line before them and after them."""
        self.insert(after, ["", *lines, *([] if self.is_blank(after + 1) else [""])], rank=rank)

    def append_section(self, section: Sequence[str]) -> None:
        """Add a section at the end of the text."""
        last = len(self.lines) - 1
        self.insert(last, section if last >= 0 and self.is_blank(last) else ["", *section], rank=_LAST)

    def prefix(self, number: int, lines: Iterable[str]) -> None:
        """Put lines before one, so that they move with it."""
        self._before[number] = (*self._before.get(number, ()), *lines)

    def permute(self, slots: Sequence[range], order: Sequence[int]) -> None:
        """Put the lines of `slots[order[i]]` where those of `slots[i]` are; slots are ranges in ascending order."""
        slot_of = {number: index for index, slot in enumerate(slots) for number in slot}
        lines: list[list[int]] = [[] for _ in slots]
        for number in self._order:
            if number in slot_of:
                lines[slot_of[number]].append(number)
        permuted: list[int] = []
        for number in self._order:
            if number not in slot_of:
                permuted.append(number)
            elif number == lines[slot_of[number]][0]:
                permuted += lines[order[slot_of[number]]]
        self._order = permuted

    def text(self) -> str:
        """The text with every change applied; new lines get the text's own line end, and so does its last line."""
        end, ends = self._text.end, self._text.ends
        touched = self._before.keys() | self._changed.keys() | self._after.keys() | self._spliced.keys()
        lines = self._added(-1, end)
        for number in self._order:
            own = ends[number] or end
            if number not in touched:
                lines.append((self.lines[number], own))
                continue
            lines += [(line, end) for line in self._before.get(number, ())]
            lines += [(line, own) for line in self.current(number)]
            lines += self._added(number, end)
        if not self._text.closed:
            while len(lines) > 1 and not lines[-1][0] and self.lines[-1]:
                lines.pop()
            lines[-1:] = [(line, "") for line, _ in lines[-1:]]
        return self._text.bom + "".join(chain.from_iterable(lines))

    def _added(self, number: int, end: str) -> list[tuple[str, str]]:
        """The lines that are added after this one, each with its end."""
        added = sorted(self._after.get(number, ()), key=itemgetter(0))
        return [(line, end) for _, each in added for line in each]
