"""User text made safe for a terminal, cut and wrapped to cells, and the glyphs of each state."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len, set_cell_size, split_graphemes

from store.enums import letter
from store.formats.inline import without_marks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.enums import Flag, Severity, Status

COMBINING_LIMIT = 4

_PLAIN = re.compile(r"[\x20-\x7e\n]*")
_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"})
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\u2800")
_SUSPECT = re.compile(f"[{''.join(_INVISIBLE)}]|[^\x00-\x7f]{{{COMBINING_LIMIT + 1}}}")
"""What printable text may hold that has to be changed: invisible characters, and long runs of combining marks."""


class Glyphs(NamedTuple):
    """The signs a screen is drawn with; every one is a single cell wide but `more`.

    words: states are said in words instead of signs, for whoever hears the text.
    """

    marks: tuple[str, str, str, str]
    more: str
    dot: str
    cursor: str
    vertical: str
    horizontal: str
    corners: dict[str, str]
    bar: str
    track: str
    arrow: str
    branch: tuple[str, str, str]
    above: str
    below: str
    news: str
    marked: str
    flags: tuple[str, str, str, str]
    words: bool = False

    def flag(self, flag: Flag) -> str:
        """The sign of what time or a rule makes of an item, in words wherever there is room."""
        return self.flags[("escalated", "overdue", "ended", "ending").index(flag.value)]

    def mark(self, status: Status) -> str:
        """The mark of a status, always shown beside a letter or word."""
        return self.marks[("Open", "In Progress", "Mitigated", "Accepted").index(status.value)]

    def state(self, severity: Severity | None, status: Status) -> str:
        """Severity letter and status mark, two cells: `H●`, `-●` where it is unrated."""
        return letter(severity) + self.mark(status)


UNICODE = Glyphs(
    marks=("●", "◐", "✓", "○"),
    more="…",
    dot="·",
    cursor="▌",
    vertical="│",
    horizontal="─",
    corners={name: name for name in "┌┐└┘├┤┬┴"},
    bar="━",
    track="─",
    arrow="→",
    branch=("├─", "└─", "│ "),
    above="▲",
    below="▼",
    news="◂",
    marked="◆",
    flags=("▲", "◷", "■", "□"),
)
ASCII = Glyphs(
    marks=("*", "~", "+", "-"),
    more="..",
    dot="-",
    cursor=">",
    vertical="|",
    horizontal="-",
    corners=dict.fromkeys("┌┐└┘├┤┬┴", "+"),
    bar="#",
    track=".",
    arrow="->",
    branch=("|-", "`-", "| "),
    above="^",
    below="v",
    news="<",
    marked="#",
    flags=("!", "@", "x", ":"),
)
SPOKEN = ASCII._replace(marks=("", "", "", ""), more="...", dot=";", news="New:", flags=("", "", "", ""), words=True)
"""For text that is read aloud, or printed line by line."""


def _visible(char: str) -> str:
    """A character as it may reach a terminal: itself, a control picture or `<U+XXXX>`."""
    code = ord(char)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    if char in _INVISIBLE or unicodedata.category(char) in _HIDDEN_CATEGORIES:
        return f"<U+{code:04X}>"
    if char != " " and unicodedata.category(char) == "Zs":
        return " "
    return char


def _limited(text: str) -> Iterator[str]:
    """The characters of a text with a bounded run of combining marks on each."""
    run = 0
    for char in text:
        if unicodedata.category(char) in ("Mn", "Me"):
            run += 1
            if run > COMBINING_LIMIT:
                continue
        else:
            run = 0
        yield char


@lru_cache(maxsize=4096)
def safe(text: str) -> str:
    """Text with nothing a terminal acts on; line ends stay. Applying it twice changes nothing more."""
    if _PLAIN.fullmatch(text):
        return text
    return "".join(char if char == "\n" else _visible(char) for char in _limited(text.replace("\t", " ")))


def readable(text: str) -> str:
    """Text of many lines made safe for a pipe or file: its tabs and line ends stay.

    Quick where the text is safe already.
    """
    return "\n".join(
        part if part.isprintable() and not _SUSPECT.search(part) else "\t".join(map(safe, part.split("\t")))
        for part in text.split("\n")
    )


@lru_cache(maxsize=1024)
def masked(text: str) -> str:
    """Text of the same length in which one visible sign stands for each character a terminal acts on."""
    return text if text.isprintable() else "".join(_sign(char) for char in text)


def _sign(char: str) -> str:
    shown = "\u240a" if char == "\n" else safe(char)
    return shown if len(shown) == 1 else "\ufffd"


def line(text: str | None) -> str:
    """Safe text on one line: runs of white space become one space."""
    return " ".join(safe(text or "").split())


def plain_line(text: str | None) -> str:
    """Safe text on one line without the marks of Markdown."""
    return line(without_marks(text or ""))


def cut(text: str, width: int, more: str = "…") -> str:
    """A safe line cut to `width` cells, ending in `more` where something is missing."""
    if cell_len(text) <= width:
        return text
    if width <= cell_len(more):
        return more[: max(width, 0)]
    return set_cell_size(text, width - cell_len(more)).rstrip() + more


def fit(text: str, width: int, more: str = "…") -> str:
    """A safe line cut or filled with spaces to exactly `width` cells."""
    shown = cut(text, width, more)
    return shown + " " * (width - cell_len(shown))


def split_word(word: str, first: int, width: int) -> list[str]:
    """A word in pieces: whole if it fits `first` or `width` cells, else as many cells as each row takes."""
    if cell_len(word) <= max(first, width):
        return [word]
    pieces: list[str] = []
    current, used = "", 0
    room = first if first > 0 else width
    for start, end, size in split_graphemes(word)[0]:
        if current and used + size > room:
            pieces.append(current)
            current, used, room = "", 0, width
        current += word[start:end]
        used += size
    return [*pieces, current]


def encodable(text: str, encoding: str) -> str:
    """Text in which what `encoding` cannot write is shown as `<U+XXXX>`."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return "".join(char if _can(char, encoding) else f"<U+{ord(char):04X}>" for char in text)
    return text


def _can(char: str, encoding: str) -> bool:
    try:
        char.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def is_utf8(encoding: str | None) -> bool:
    """Whether a stream of this encoding can carry every glyph."""
    return (encoding or "").lower().replace("-", "").replace("_", "") in ("utf8", "utf8sig")
