"""The parts of a cell, a field or a tag that holds a word: the word, what is around it, and the note after it."""

from __future__ import annotations

import re
from collections import Counter
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, NamedTuple

from store.enums import Effort, Severity, Status
from store.formats.document.vocabulary import CODES, Found, family_of, find_severity, find_status, fold, spelling
from store.formats.markdown import FOOTNOTE, decode_cell, encode_cell

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from store.formats.document.rules import ReadingRules
    from store.formats.document.vocabulary import Scale


NOTHING = frozenset(
    {"", "-", "--", "---", "\u2013", "\u2014", "n/a", "na", "none", "tbd", "tba", "tbc", "?", "??", "\u2026", "..."}
)
"""What a cell without a value may say, ignoring case."""
_LONGEST_NOTHING = max(map(len, NOTHING))
_STRUCK = re.compile(r"~~(?P<inner>[^~]+(?:~[^~]+)*)~~")
_OPENING = re.compile(r"(?:\*\*|__|~~|[*_`\[]|<a\b[^<>]*>)+\Z", re.IGNORECASE)
_SYMBOLS = re.compile(r"[^\w(\[<`*_~|&]+|&\w+;")
_ELEMENT = re.compile(
    r"(?P<mark>\*\*|__|~~|\*|_|`)(?=\S)(?P<text>.+?)(?<=\S)(?P=mark)"
    r"|\[(?P<link>[^\[\]]+)\](?P<target>\([^()\s]*(?:\s[^()]*)?\)|\[[^\[\]]*\])?"
    r"|(?P<open><a\b[^<>]*>)(?P<anchor>.*?)(?P<close></a>)",
    re.IGNORECASE | re.DOTALL,
)
_FOOTNOTES = re.compile(rf"(?:\s*{FOOTNOTE})+")
_LAST_FOOTNOTES = re.compile(rf"(?:\s*{FOOTNOTE})+\s*\Z")
_SEPARATOR = re.compile(r"\s*(?:[,;:.\u2013\u2014\u2192|/-]+(?=\s|\Z))?\s*")
_EMBEDDED = re.compile(r"!?\[[^\[\]]*\]\([^()]*\)|`[^`]+`|<(?:img|a)\b[^<>]*>(?:[^<]*</a>)?")
_EFFORT_WORDS = {
    Effort.S: ("s", "small"),
    Effort.M: ("m", "medium"),
    Effort.L: ("l", "large", "big"),
    Effort.XL: ("xl", "extra large", "very large", "x large", "huge"),
}
_EFFORTS = {word: effort for effort, words in _EFFORT_WORDS.items() for word in words}
_LEVELS = {Severity.LOW: Effort.S, Severity.MEDIUM: Effort.M, Severity.HIGH: Effort.L, Severity.CRITICAL: Effort.XL}
_BEHIND_EFFORT = re.compile(r"\s*\([^()]*\)\s*\Z")
_SIZES = {Effort.S: "Small", Effort.M: "Medium", Effort.L: "Large", Effort.XL: "Extra large"}


class Word(NamedTuple):
    """A word in a source: its value, where it is (inside its marks), where its marks end, and its family.

    `inner` is where what the marks enclose ends: between `end` and `inner` is a note inside them, after `stop` one
    after them.
    """

    value: Severity | Status | None
    start: int
    end: int
    inner: int
    stop: int
    family: str


def find_word(source: str, find: Callable[[str], Found | None]) -> Word | None:
    """The word at the beginning of a source: after symbols and struck text, inside emphasis, code, a link or none."""
    found = find(source)
    if found is None:
        return None
    start, end = found.start, found.end
    opening = _OPENING.search(source, 0, start)
    at = opening.start() if opening else start
    inner_end = stop = end
    outermost = True
    while at < start and (element := _ELEMENT.match(source, at)) and element.end() > end:
        group = next(name for name in ("text", "link", "anchor") if element[name] is not None)
        if outermost:
            stop, outermost = element.end(), False
        at, inner_end = element.span(group)
    return Word(found.value, start, end, max(inner_end, end), max(stop, end), found.family)


class Words:
    """The words of one document: what they mean, and which of them it uses."""

    def __init__(self, rules: ReadingRules, *, four_lights: bool = False) -> None:
        self._rules = rules
        self._four_lights = four_lights
        self.language = "en"
        """The language of its headers and labels."""
        self.used: Callable[[], Counter[tuple[Severity | Status | None, str, str]]] = Counter
        """Counts each word in the items with its value and family, called where a value is to be spelled."""
        self.severity = lru_cache(4_096)(self._severity)
        self.status = lru_cache(4_096)(self._status)

    @cached_property
    def _counts(self) -> Counter[tuple[Severity | Status | None, str, str]]:
        return self.used()

    def _severity(self, source: str, scale: Scale | None = None) -> Word | None:
        """The severity at the beginning of a source; None where no word is known."""
        if own := _settled(source, self._rules.severities):
            return own
        return find_word(source, lambda text: find_severity(text, scale, four_lights=self._four_lights))

    def _status(self, source: str) -> Word | None:
        """The status at the beginning of a source."""
        return _settled(source, self._rules.statuses) or find_word(source, find_status)

    def spell(self, value: Severity | Status) -> str:
        """How this document writes a value: the word that it uses most, else one of the family that it uses most."""
        own = {word: number for (known, word, _), number in self._counts.items() if known is value}
        if own:
            return max(own, key=lambda word: own[word])
        kind = type(value)
        alike = [(word, family) for known, word, family in self._counts.elements() if isinstance(known, kind)]
        family = Counter(family for _, family in alike).most_common(1)[0][0] if alike else self.language
        if alike and "+" not in family and family != "number":
            family = family_of((word for word, _ in alike), kind) or self.language
        word = value.value if family in ("en", "reference", "own") else spelling(value, family)
        case = Counter(_case(word) for word, _ in alike).most_common(1)[0][0] if alike else "as is"
        return {"upper": word.upper(), "lower": word.lower()}.get(case, word)


_LEADING = re.compile(r"[\W_]*")


def _settled(source: str, known: Mapping[str, Severity | None] | Mapping[str, Status]) -> Word | None:
    """A word at the beginning of a source that a mapping rule names: the longest one."""
    if not known:
        return None

    def find(text: str) -> Found | None:
        match = _LEADING.match(text)
        start = match.end() if match else 0
        for word in sorted(known, key=len, reverse=True):
            for end in range(start + 1, min(len(text), start + len(word) + 8) + 1):
                if (end == len(text) or not text[end].isalnum()) and fold(text[start:end]) == word:
                    return Found(known[word], start, end, "own")
        return None

    return find_word(source, find)


def _case(word: str) -> str:
    if (len(word) > 1 and word.isupper() and word.isalpha()) or (" " in word and word.isupper()):
        return "upper"
    return "lower" if word.islower() else "as is"


class State(NamedTuple):
    """The status that a source says, and the note after it."""

    status: Status
    note: str | None
    word: Word


def read_state(source: str, words: Words) -> State | None:
    """The status at the beginning of a source, and what follows the word."""
    word = words.status(source)
    if word is None or not isinstance(word.value, Status):
        return None
    parts = [_note(source[word.end : word.inner]) if word.inner > word.end else "", _note(source[word.stop :])]
    return State(word.value, " ".join(filter(None, parts)) or None, word)


def _note(tail: str) -> str:
    """What follows a word: in parentheses, or after a separator."""
    tail = _FOOTNOTES.sub("", tail, count=1) if _FOOTNOTES.match(tail) else tail
    text = _LAST_FOOTNOTES.sub("", tail).strip()
    if text.startswith("(") and text.endswith(")"):
        return text[1:-1].strip()
    return text[_separator(text) :].strip()


def _separator(tail: str) -> int:
    match = _SEPARATOR.match(tail)
    return match.end() if match else 0


def embedded(note: str | None) -> str:
    """The links, images and code in a note."""
    return " ".join(match[0] for match in _EMBEDDED.finditer(note or ""))


def write_state(source: str, former: State | None, status: Status, note: str | None, words: Words) -> list[str]:
    """Ways to write a status and its note in place of a source, the best first; links, images and code stay."""
    spelled = words.spell(status)
    trailing = f" {encode_cell(f'({note})')}" if note else ""
    plain = f"{spelled}{trailing}"
    if former is None:
        return [plain, f"{status.value}{trailing}"]
    word = former.word
    lead = source[: word.start]
    if "~~" not in lead and find_status(lead.strip(" *_[`")):
        # A mark such as a check says the former status.
        lead = _SYMBOLS.sub("", lead, count=1).lstrip()
    if note == (decode_cell(former.note).strip() if former.note else None):
        return [lead + spelled + source[word.end :], plain]
    marks, tail = source[word.inner : word.stop], source[word.stop :]
    if footnotes := _FOOTNOTES.match(tail):
        marks, tail = marks + footnotes[0], tail[footnotes.end() :]
    if note is None:
        kept = embedded(former.note)
        trailing = f" {kept}" if kept else ""
    elif not tail.strip().startswith("(") and (separator := tail[: _separator(tail)]).strip():
        trailing = f"{separator}{encode_cell(note)}"
    return [lead + spelled + marks + trailing, plain]


def read_effort(text: str) -> Effort | None:
    """The effort that a word says, also with a remark: `M`, `Medium`, `XL (two weeks)`, `Low`."""
    bare = _BEHIND_EFFORT.sub("", text)
    if effort := _EFFORTS.get(fold(bare)):
        return effort
    found = find_severity(bare)
    if found is None or not isinstance(found.value, Severity) or found.end < len(bare) or found.family in CODES:
        return None
    return _LEVELS.get(found.value)


def write_effort(effort: Effort, like: str) -> str:
    """An effort in the manner of another cell: as a letter, or as a word."""
    if fold(like) not in _EFFORTS and (found := find_severity(like)) and found.value is not None:
        # `Low` is as small as it gets.
        level = next(level for level, each in _LEVELS.items() if each is effort)
        return spelling(level, found.family)
    return _SIZES[effort] if len(fold(like)) > 2 and read_effort(like) else effort.value


def is_nothing(text: str) -> bool:
    """Whether a cell says that there is no value."""
    bare = text.strip(" *_`")
    return len(bare) <= _LONGEST_NOTHING and bare.casefold() in NOTHING


def struck(source: str) -> str | None:
    """What is inside the strike marks around the beginning of a source, None without them."""
    match = _STRUCK.match(source.strip())
    return match["inner"].strip() if match else None
