"""User text made safe for a terminal, cut and wrapped to cells, and the glyphs of each state."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, NamedTuple

from rich import cells
from rich.cells import cell_len

from store.enums import letter
from store.formats.inline import without_marks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.enums import Flag, Severity, Status

COMBINING_LIMIT = 4

# Patterns with long classes take milliseconds to compile: `re` does it, and keeps it, when text needs one of them.
_PLAIN = re.compile(r"[\x20-\x7e\n]*")
_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"})
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\u2800")
_SUSPECT = f"[{''.join(_INVISIBLE)}]|[^\x00-\x7f]{{{COMBINING_LIMIT + 1}}}"
"""What printable text may hold that has to be changed: invisible characters, and long runs of combining marks."""
ZWNJ, ZWJ = "\u200c", "\u200d"
_VARIANTS, _TONES, _REGIONS = "\ufe0e\ufe0f", "\U0001f3fb-\U0001f3ff", "\U0001f1e6-\U0001f1ff"
_PICTURES = (
    "\xa9\xae\u203c\u2049\u2122\u2139\u2194-\u21aa\u231a-\u23ff\u24c2\u25aa-\u25fe\u2600-\u27bf\u2934\u2935\u2b05-\u2b55"
    "\u3030\u303d\u3297\u3299\U0001f000-\U0001f1e5\U0001f200-\U0001f3fa\U0001f400-\U0001fbff"
)
_SHAPED = (
    "\u0600-\u08ff\u0900-\u0dff\u1000-\u109f\u1780-\u18af\u1b00-\u1bff"
    "\ua840-\ua87f\ua980-\ua9df\uaa60-\uaa7f\ufb50-\ufdff\ufe70-\ufefc"
)
"""Scripts whose letters join their neighbors, from Arabic and the scripts of India to Mongolian."""
_UNPLAIN = (
    rf"(?s)(?=[^\x20-\x7e\n])(?:"
    rf"(?P<dropped>[{_VARIANTS}]|(?<=[{_PICTURES}{_VARIANTS}])[{_TONES}]"
    rf"|(?<=[{_PICTURES}{_VARIANTS}{_TONES}]){ZWJ}(?=[{_PICTURES}])|(?<=[{_SHAPED}]){ZWJ})"
    rf"|(?P<shaping>(?<=[{_SHAPED}]){ZWNJ}(?=[{_SHAPED}]))|(?P<region>[{_REGIONS}])"
    rf"|(?P<bare>[{ZWNJ}{ZWJ}{_TONES}])|.)"
)
"""A character that is more than ASCII, and what happens to one that only changes its neighbors."""
FOLLOWER = "\u034f"
"""In a field, in place of a character that only changes the one before it: it takes no cell, and is not written."""
_UNEVEN = f"[{ZWJ}{_VARIANTS}{_TONES}{_REGIONS}{FOLLOWER}]"
"""What terminals disagree on, and what a field shows instead."""
_MARKS = frozenset({"Mn", "Mc", "Me"})
_REGION, _PICTURE = f"[{_REGIONS}]", f"[{_PICTURES}]"
_EXTENDING = f"[{ZWNJ}{ZWJ}{_TONES}\U000e0020-\U000e007f\u0e33\u0eb3]"
"""What belongs to the sign before it without being a mark."""
_SYLLABLE = "[\u1100-\u115f][\u1100-\u11a7\uac00-\ud7a3]|[\u1160-\u11a7\uac00-\ud7a3][\u1160-\u11ff]|[\u11a8-\u11ff]{2}"
"""Two letters of a Korean syllable."""
_CONSONANT = "[\u0915-\u0939\u0958-\u095f\u0995-\u09b9\u0a95-\u0ab9\u0b15-\u0b39\u0c15-\u0c39\u0d15-\u0d3a]"
_LINKERS = frozenset("\u094d\u09cd\u0acd\u0b4d\u0c4d\u0d4d")
"""The signs of Indian scripts that link two consonants."""
_ALONE = (
    "[ -~\xa0-\u02ff\u0370-\u0482\u048a-\u0590\u2010-\u2027\u2030-\u2059\u2070-\u20cf\u2100-\u27bf"
    "\u2e80-\u3029\u3030-\u3098\u309b-\ua4cf\uac00-\ud7a3]*"
)
"""Characters that never are a part of another one's cluster where all are such: the quick answer for most texts."""
_LONGEST = 64
"""The code points of a cluster that are looked at."""


def _count_spacing_marks() -> None:
    """Have Rich count a cell for the spacing marks of Indian scripts, as most terminals do.

    Rich counts none, and Textual with it, so the next letter would be written over a vowel.
    """
    load = vars(cells)["load_cell_table"]

    @cache
    def loaded(unicode_version: str = "auto") -> cells.CellTable:
        table: cells.CellTable = load(unicode_version)
        return table._replace(widths=[part for entry in table.widths for part in _with_spacing(entry)])

    vars(cells)["load_cell_table"] = loaded


def _with_spacing(entry: tuple[int, int, int]) -> Iterator[tuple[int, int, int]]:
    """Code points of one width, and those among them that are spacing marks with their own width."""
    first, last, width = entry
    if width:
        yield entry
        return
    for is_spacing, group in groupby(range(first, last + 1), lambda code: unicodedata.category(chr(code)) == "Mc"):
        codes = [*group]
        yield codes[0], codes[-1], int(is_spacing)


_count_spacing_marks()


class Glyphs(NamedTuple):
    """The signs a screen is drawn with; every one is a single cell wide but `more`.

    words: states are words instead of signs, for screen readers.
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
    flags: tuple[str, str, str, str, str, str]
    words: bool = False

    def flag(self, flag: Flag) -> str:
        """The sign of what time or a rule makes of an item, in words wherever there is room."""
        return self.flags[("contradicted", "escalated", "firing", "overdue", "ended", "ending").index(flag.value)]

    def mark(self, status: Status) -> str:
        """The mark of a status, always shown next to a letter or word."""
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
    flags=("≠", "▲", "↯", "◷", "■", "□"),
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
    flags=("%", "!", "*", "@", "x", ":"),
)
SPOKEN = ASCII._replace(marks=("", "", "", ""), more="...", dot=";", news="New:", flags=("",) * 6, words=True)
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
        if unicodedata.category(char) in _MARKS:
            run += 1
            if run > COMBINING_LIMIT:
                continue
        else:
            run = 0
        yield char


def _drawn(found: re.Match[str]) -> str:
    char, kind = found[0], found.lastgroup
    if kind == "region":
        return chr(ord(char) - 0x1F1E6 + ord("A"))
    if kind == "bare":
        return f"<U+{ord(char):04X}>"
    if kind == "shaping":
        return char
    return "" if kind == "dropped" else _visible(char)


@lru_cache(maxsize=4096)
def safe(text: str) -> str:
    """Text with nothing a terminal acts on, as wide in every terminal; line ends stay. Twice changes nothing more.

    Some terminals count the cells of each code point, others those of a whole cluster, and a border behind a text that
    is counted otherwise moves. So of what they disagree on, that is shown which they all draw alike: an emoji without
    its variant and skin tone, the people of a family one next to another, the letters of a flag, a word without the
    joiner that asks for another form of a letter. The non-joiner inside a word of a script that joins letters takes no
    cell anywhere, and stays; anywhere else it shows as a mark, as all hidden characters do. The marks of Indian scripts
    and new emoji cannot be had alike: `TerminalOutput` writes behind each of them where the text continues.
    """
    if _PLAIN.fullmatch(text):
        return text
    return re.sub(_UNPLAIN, _drawn, "".join(_limited(text.replace("\t", " "))))


def readable(text: str) -> str:
    """Text of many lines made safe for a pipe or file: its tabs, line ends and emoji stay.

    Quick where the text is safe already.
    """
    return "\n".join(
        part
        if _PLAIN.fullmatch(part) or (part.isprintable() and not re.search(_SUSPECT, part))
        else "\t".join(re.sub(_UNPLAIN, _written, "".join(_limited(each))) for each in part.split("\t"))
        for part in text.split("\n")
    )


def _written(found: re.Match[str]) -> str:
    return found[0] if found.lastgroup in ("dropped", "shaping", "region") else _drawn(found)


@lru_cache(maxsize=1024)
def masked(text: str) -> str:
    """Text of the same length to type in: a visible sign for each character a terminal acts on, drawn as by `safe`."""
    if _PLAIN.fullmatch(text) and "\n" not in text:
        return text
    return re.sub(_UNPLAIN, _masked, text.replace("\n", "\u240a"))


def _masked(found: re.Match[str]) -> str:
    shown = _drawn(found)
    return shown if len(shown) == 1 else "\ufffd" if shown else FOLLOWER


def evened(text: str) -> str:
    """Text as wide as Textual takes it to be, where terminals take some of it to be narrower or wider."""
    return fit(re.sub(_UNPLAIN, _even, text), cell_len(text), "") if re.search(_UNEVEN, text) else text


def _even(found: re.Match[str]) -> str:
    kind = found.lastgroup
    if kind in ("dropped", "bare") or found[0] == FOLLOWER:
        return ""
    return _drawn(found) if kind == "region" else found[0]


def clusters(text: str) -> list[int]:
    """Where each sign that people take for one character ends, in order: Unicode's extended grapheme clusters."""
    if re.fullmatch(_ALONE, text):
        return [*range(1, len(text) + 1)]
    ends: list[int] = []
    regions = 0
    is_picture = is_linked = is_consonant = False
    for at, char in enumerate(text):
        before = text[at - 1] if at else "\n"
        category = unicodedata.category(char)
        extends = category in _MARKS or re.match(_EXTENDING, char) is not None
        regions = regions + 1 if re.match(_REGION, char) else 0
        goes_on = (
            extends
            or (regions > 0 and regions % 2 == 0)
            or (before == ZWJ and is_picture and re.match(_PICTURE, char) is not None)
            or (is_linked and re.match(_CONSONANT, char) is not None)
            or re.match(_SYLLABLE, before + char) is not None
        )
        is_free = unicodedata.category(before) in _HIDDEN_CATEGORIES and not re.match(_EXTENDING, before)
        if goes_on and not is_free:
            ends[-1] = at + 1
        else:
            ends.append(at + 1)
        is_picture = re.match(_PICTURE, char) is not None or (is_picture and extends and before != ZWJ)
        goes_on = is_consonant and extends and category != "Mc" and char != ZWNJ
        is_consonant = re.match(_CONSONANT, char) is not None or goes_on
        is_linked = is_consonant and (char in _LINKERS or (is_linked and extends))
    return ends


def cluster_start(text: str, at: int) -> int:
    """Where the cluster before a position begins; the position is inside of it or behind it."""
    first = max(at - _LONGEST, 0)
    return first + max((end for end in clusters(text[first : at + _LONGEST]) if first + end < at), default=0)


def behind_cluster(text: str, at: int) -> int:
    """A position, or where the cluster ends that it is inside of."""
    return cluster_end(text, at - 1) if 0 < at < len(text) else at


def cluster_end(text: str, at: int) -> int:
    """Where the cluster at a position ends."""
    first = max(at - _LONGEST, 0)
    return first + min(
        (end for end in clusters(text[first : at + _LONGEST]) if first + end > at), default=len(text) - first
    )


@lru_cache(maxsize=1024)
def drawn_parts(text: str) -> tuple[tuple[str, int, int], ...]:
    """A text in parts: each with its cells, and how many more a terminal may take for it.

    What is sure is in one part; a cluster whose cells terminals count differently is a separate part: an emoji, which
    older ones take to be narrow, and a letter with marks that some give a cell.
    """
    parts: list[tuple[str, int, int]] = []
    for start, end in pairwise((0, *clusters(text))):
        cluster = text[start:end]
        size, unsure = cell_len(cluster), len([char for char in cluster if _is_unsure(char)])
        if not unsure and parts and not parts[-1][2]:
            parts[-1] = (parts[-1][0] + cluster, parts[-1][1] + size, 0)
        else:
            parts.append((cluster, size, 2 * unsure))
    return tuple(parts)


@lru_cache(maxsize=1024)
def _is_unsure(char: str) -> bool:
    if char.isascii():
        return False
    kind = unicodedata.category(char)
    return kind == "Mc" or char in _LINKERS or (kind == "So" and cell_len(char) > 1) or "\u1160" <= char <= "\u11ff"


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
    return _beginning(text, width - cell_len(more)).rstrip() + more


def _beginning(text: str, width: int) -> str:
    """As much of a safe line as fits `width` cells, without a part of a cluster."""
    if text.isascii():
        return text[:width]
    end = used = 0
    # A cluster that takes a cell has few marks, each of which may take none.
    for stop in clusters(text[: 2 * (COMBINING_LIMIT + 1) * width]):
        used += cell_len(text[end:stop])
        if used > width:
            break
        end = stop
    return text[:end]


def fit(text: str, width: int, more: str = "…") -> str:
    """A safe line cut or filled with spaces to exactly `width` cells."""
    shown = cut(text, width, more)
    return shown + " " * (width - cell_len(shown))


def fit_key(key: str, width: int, more: str = "…") -> str:
    """A safe line as by `fit`, but cut in the middle: long keys often differ at their ends alone."""
    if cell_len(key) <= width:
        return fit(key, width)
    begins = [0, *clusters(key)]
    end = next(key[at:] for at in begins if 2 * cell_len(key[at:]) <= width)
    return fit(cut(key, width - cell_len(end), more) + end, width)


def split_word(word: str, first: int, width: int) -> list[str]:
    """A word in pieces: whole if it fits `first` or `width` cells, else as many cells as each row takes."""
    if cell_len(word) <= max(first, width):
        return [word]
    pieces: list[str] = []
    current, used = "", 0
    room = first if first > 0 else width
    for start, end in pairwise((0, *clusters(word))):
        size = cell_len(word[start:end])
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
