"""What the words of documents mean: headers and field labels, severities and statuses, in many languages."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple
from unicodedata import category, normalize

from store.enums import Severity, Status
from store.formats.document.folding import fold, fold_character, spellings, split
from store.formats.document.vocabulary_roles import Role, header_for, language_of, roles, roles_of
from store.formats.document.vocabulary_words import (
    BEST,
    SEVERITY_EMOJI,
    SEVERITY_WORDS,
    SHORTCODES,
    STATUS_EMOJI,
    STATUS_WORDS,
    UNRATED_WORDS,
    WORST,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


__all__ = (
    "Found",
    "Role",
    "families_of",
    "family_of",
    "find_severity",
    "find_status",
    "fold",
    "has_four_lights",
    "header_for",
    "language_of",
    "number_scale",
    "read_number",
    "roles",
    "roles_of",
    "severity_words",
    "spelling",
    "status_words",
)

Scale = Literal["1 is worst", "1 is best"]
"""In which direction numbers are severities."""
Kind = type[Severity] | type[Status]

_BEGINNING = 200  # of a cell, where its word is

_ENDINGS = {
    "es": (("o", ("a", "os", "as")), ("a", ("as",))),
    "pt": (("o", ("a", "os", "as")), ("a", ("as",)), ("e", ("es",))),
    "it": (("o", ("a", "i", "e")), ("a", ("e",))),
    "fr": (("\u00e9", ("\u00e9e", "\u00e9s", "\u00e9es")), ("i", ("ie", "is", "ies")), ("u", ("ue", "us", "ues")),
           ("t", ("te", "ts", "tes")), ("e", ("es",))),
    "de": (("t", ("te", "ter", "tes", "ten")), ("n", ("ne", "ner", "nes", "nen")), ("u", ("ue", "uer", "ues")),
           ("h", ("he", "her", "hes", "hen")), ("g", ("ge", "ger", "ges", "gen")), ("v", ("ve", "ver", "ves"))),
    "nl": (("d", ("de",)), ("t", ("te",)), ("k", ("ke",)), ("ch", ("che",))),
    "sv": (("ad", ("at", "ade")), ("sk", ("skt", "ska"))),
    "no": (("sk", ("ske",)), ("t", ("te",))),
    "da": (("sk", ("ske",)), ("t", ("te",))),
}  # fmt: skip
"""How the words of a language end in other genders and numbers."""


def _inflected(word: str, family: str) -> Iterator[str]:
    for ending, others in _ENDINGS.get(family.removesuffix("-m"), ()):
        if word.endswith(ending):
            yield from (word.removesuffix(ending) + other for other in others)


class _Meaning(NamedTuple):
    """What a word means, and the families that have it for that, the first one first."""

    word: str
    value: Severity | Status | None
    families: tuple[str, ...]


def severity_words() -> tuple[tuple[str, Severity, str], ...]:
    """The words for severities: the word, its severity and its family, the word to write first in each."""
    return tuple(
        (word, severity, family)
        for family, levels in SEVERITY_WORDS.items()
        for severity, words in zip(Severity, levels, strict=True)
        for word in split(words)
    )


def status_words() -> tuple[tuple[str, Status, str], ...]:
    """The words for statuses: the word, its status and its family, the word to write first in each."""
    return tuple(
        (word, status, family)
        for family, levels in STATUS_WORDS.items()
        for status, words in zip(Status, levels, strict=True)
        for word in split(words)
    )


_FIRST = re.compile(r"[^\W_]+")


def _rows(kind: Kind) -> Iterator[tuple[str, Severity | Status | None, str]]:
    """The words of a kind, then their other genders and numbers."""
    rows: list[tuple[str, Severity | Status | None, str]]
    if kind is Severity:
        rows = [*severity_words()]
        rows += [(word, None, family) for family, words in UNRATED_WORDS.items() for word in split(words)]
    else:
        rows = [*status_words()]
    yield from rows
    for word, value, family in rows:
        yield from ((form, value, family) for form in _inflected(word, family))


@cache
def _meanings(kind: Kind) -> dict[str, _Meaning]:
    """The meaning of each folded word of a kind."""
    meanings: dict[str, _Meaning] = {}
    for word, value, family in _rows(kind):
        for spelled in spellings(word):
            known = meanings.get(spelled)
            if known is None:
                meanings[spelled] = _Meaning(spelled, value, (family,))
            elif known.value is value and family not in known.families:
                meanings[spelled] = known._replace(families=(*known.families, family))
    return meanings


@cache
def _index(kind: Kind) -> dict[str, tuple[_Meaning, ...]]:
    """The meanings of a kind's words, the longest first, by the first word of each."""
    index: dict[str, list[_Meaning]] = {}
    for meaning in sorted(_meanings(kind).values(), key=lambda meaning: -len(meaning.word)):
        if first := _FIRST.match(meaning.word):
            index.setdefault(first[0], []).append(meaning)
    return {first: tuple(found) for first, found in index.items()}


class Found(NamedTuple):
    """A severity or status in a text, None for a word such as TBD; where its word is, and the word's family."""

    value: Severity | Status | None
    start: int
    end: int
    family: str


_LEAD = re.compile(r"(?:[\s*_`~\"'>([{\u2022\u00ab\u201c\u201e]|<[A-Za-z/][^<>]{0,150}>)*")
_STRUCK = re.compile(r"~~[^~]{1,150}~~|<(?P<tag>del|s|strike)>[^<>]{1,150}</(?P=tag)>")
_SHORTCODE = re.compile(r":([a-z_]{2,30}):")
_ARROW = re.compile(r"[\s*_~`)\]]*(?:->|=>|\u2192|\u21d2|\u279c|\u2794)")
_RANGE = re.compile(r"[\s*_~`]*(?:/|\b(?:to|or|bis|oder|ou|eller|tai)\b)")
_JOINED = re.compile(r"[*_~`]*\s*(?P<mark>[(\[:/=\u2013\u2014-]?)\s*[*_~`]*")
_MORE = re.compile(r"[\s*_~`]*[^\W_]")
_ALONE = re.compile(r"[\s*_~`]*(?:\Z|[)\]},;(|]|\s[/\u2013\u2014-]\s)")
_NUMBER = re.compile(r"(\d)\ufe0f?\u20e3?(?![\w%]|[.,:-]\w)")
_GLUED_TO = frozenset(("priority", "prio", "severity", "risk", "impact", "urgency"))
_NO_WORD = re.compile(r"[\s*_`]*(?:[-\u2013\u2014]{1,3}|\?{1,3}|\u2753)[\s*_`]*")
CODES = frozenset(("p", "s", "letter", "number"))
"""The families of codes; a word next to a code is what counts: `P1 (Critical)`."""


class _Plain(NamedTuple):
    """A folded text, and for each of its characters where in the text it begins and ends."""

    text: str
    starts: list[int]
    ends: list[int]

    @classmethod
    def of(cls, text: str, at: int) -> _Plain:
        characters: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        for index, character in enumerate(text[at : at + 80], start=at):
            folded = fold_character(character)
            if folded == " " and characters and characters[-1] == " ":
                ends[-1] = index + 1
                continue
            if not folded and ends and category(character) in ("Mn", "Me"):
                ends[-1] = index + 1
            for each in folded:
                characters.append(each)
                starts.append(index)
                ends.append(index + 1)
        return cls("".join(characters), starts, ends)

    def is_boundary(self, text: str, end: int) -> bool:
        """Whether a word may end before the character `end` of the folded text."""
        following = self.text[end : end + 1]
        if not following or end + 1 >= len(self.text):
            return not following.isalnum()
        if following == " ":
            glue = text[self.ends[end - 1] : self.starts[end + 1]].strip("*`~")
            if glue.strip("-_\u2010\u2011") or not self.text[end + 1].isalnum():
                return True
            found = _FIRST.match(self.text, end + 1)
            return found is not None and found[0] in _GLUED_TO
        return not (following.isalnum() or (following in ".'\u2013" and self.text[end + 1].isalnum()))


def _word_at(text: str, at: int, kind: Kind) -> Found | None:
    """The longest word of a kind that begins here."""
    if at >= len(text) or not text[at].isalnum():
        return None
    plain = _Plain.of(text, at)
    first = _FIRST.match(plain.text)
    for meaning in _index(kind).get(first[0], ()) if first else ():
        end = len(meaning.word)
        if plain.text.startswith(meaning.word) and plain.is_boundary(text, end):
            found = Found(meaning.value, at, plain.ends[end - 1], meaning.families[0])
            if found.family != "letter" or _ALONE.match(text, found.end):
                return found
    return None


@cache
def _emoji(kind: Kind) -> dict[str, Severity | Status]:
    rows = SEVERITY_EMOJI if kind is Severity else STATUS_EMOJI
    levels: list[Severity | Status] = list(kind)
    return {each: value for value, emoji in zip(levels, rows, strict=True) for each in emoji.split()}


def _is_emoji(character: str) -> bool:
    code = ord(character)
    if code < 0x2010:
        return False
    return category(character) == "So" or character in "\u203c\u2049\ufe0f\u200d" or 0x1F3FB <= code <= 0x1F3FF


class _Emoji(NamedTuple):
    """A run of emoji at the beginning of a text: the known one, and where the run begins and ends."""

    known: str | None
    start: int
    end: int


def _emoji_at(text: str, at: int, kind: Kind) -> _Emoji | None:
    known, end = None, at
    while end < len(text):
        shortcode = _SHORTCODE.match(text, end)
        if shortcode and shortcode[1] in SHORTCODES:
            emoji, size = SHORTCODES[shortcode[1]], len(shortcode[0])
        elif _is_emoji(text[end]):
            emoji, size = text[end], 1
        else:
            break
        known = known or (emoji if emoji in _emoji(kind) else None)
        end += size
    return _Emoji(known, at, end) if end > at else None


def _after_lead(text: str, at: int, kind: Kind) -> tuple[int, _Emoji | None]:
    """Where the first word may begin, after blanks, marks and emoji, and the emoji."""
    emoji: _Emoji | None = None
    while True:
        lead = _LEAD.match(text, at)
        at = lead.end() if lead else at
        run = _emoji_at(text, at, kind)
        if run is None:
            return at, emoji
        emoji = _Emoji(emoji.known or run.known, emoji.start, run.end) if emoji else run
        at = run.end


def _with_emoji(text: str, emoji: _Emoji, found: Found) -> Found:
    """A word with the emoji before it, if only emphasis is between them."""
    between = text[emoji.end : found.start].strip()
    if between.strip("*_`~"):
        return found
    end = found.end + len(between) if text.startswith(between[::-1], found.end) else found.end
    if between and end == found.end:
        return found
    family = found.family if found.family in CODES else f"emoji+{found.family}"
    return Found(found.value, emoji.start, end, family)


def _find(text: str, kind: Kind, scale: Scale | None = None, *, four_lights: bool = False) -> Found | None:
    """The word of a kind at the beginning of a text; what is struck out counts where nothing follows it."""
    at, emoji = _after_lead(text, 0, kind)
    if found := _STRUCK.search(text, 0, at + _BEGINNING):
        begins = not text[: found.start()].strip(" *_") or (emoji and found.start() == emoji.end)
        if begins and (later := _find_from(text, found.end(), kind, scale, four_lights=four_lights)):
            return later
    return _find_from(text, 0, kind, scale, four_lights=four_lights)


def _find_from(text: str, start: int, kind: Kind, scale: Scale | None, *, four_lights: bool) -> Found | None:
    at, emoji = _after_lead(text, start, kind)
    found = _first_word(text, at, kind, scale)
    if found is not None:
        if found.start < 0:
            return None
        return _with_emoji(text, emoji, found) if emoji else found
    if emoji is None or emoji.known is None:
        return None
    return _light(text, emoji, kind, four_lights=four_lights)


def _light(text: str, emoji: _Emoji, kind: Kind, *, four_lights: bool) -> Found | None:
    """What an emoji without a known word means; only a light may precede other words."""
    known = str(emoji.known)
    value = _emoji(kind)[known]
    if known not in _LIGHTS and _MORE.match(text, emoji.end):
        return None
    if kind is Severity and not four_lights:
        return Found(Severity.HIGH if known in _RED else value, emoji.start, emoji.end, "emoji-3")
    return Found(value, emoji.start, emoji.end, "emoji")


_RED = frozenset("\U0001f534\U0001f7e5")
_ORANGE = frozenset("\U0001f7e0\U0001f7e7")
_LIGHTS = _RED | _ORANGE | frozenset("\U0001f7e1\U0001f7e8\U0001f7e2\U0001f7e9\U0001f535\U0001f7e6\u26aa\u2b1c")
_NOTHING = Found(None, -1, -1, "")
"""A text that names several levels, so that none is certain."""


def _first_word(text: str, at: int, kind: Kind, scale: Scale | None) -> Found | None:
    """The word at `at`, also after a label such as `Priority:`; `_NOTHING` where two are named."""
    found = _code_or_word(text, at, kind, scale)
    if found is None:
        label = _LABEL.match(text, at)
        if label is None or _LABELS[kind] not in roles(label["label"]):
            return None
        found = _code_or_word(text, label.end(), kind, scale)
    if found is None:
        return None
    if (arrow := _ARROW.match(text, found.end)) and (later := _next_word(text, arrow.end(), kind)):
        return later if kind is Status else _NOTHING
    if (several := _RANGE.match(text, found.end)) and (other := _next_word(text, several.end(), kind)):
        return found if other.value is found.value or other.family == "letter" else _NOTHING
    return found


_LABEL = re.compile(r"(?P<label>[^\W\d_]{1,30})[*_`]*\s*[:=]?[\s*_`]*")
_LABELS: dict[Kind, str] = {Severity: "severity", Status: "status"}


def _next_word(text: str, at: int, kind: Kind) -> Found | None:
    lead = _LEAD.match(text, at)
    return _word_at(text, lead.end() if lead else at, kind)


def _code_or_word(text: str, at: int, kind: Kind, scale: Scale | None) -> Found | None:
    """A word, a code or a number, and both where they are next to each other."""
    found = _word_at(text, at, kind)
    number = _NUMBER.match(text, at) if kind is Severity and found is None else None
    if number:
        value = read_number(int(number[1]), scale) if scale else None
        found = Found(value, at, number.end(), "number")
    if found is None or kind is not Severity:
        return found
    joined = _JOINED.match(text, found.end)
    other = _word_at(text, joined.end(), kind) if joined else None
    if joined and other and other.value and (found.family in CODES) != (other.family in CODES):
        end = other.end
        if joined["mark"] in ("(", "["):
            end = end + 1 if text[end : end + 1] in (")", "]") else 0
        is_said = joined["mark"] or number is None
        if end and is_said and other.family != "letter" and not _MORE.match(text, end):
            word = other if found.family in CODES else found
            return Found(word.value, found.start, end, word.family)
    return None if number and found.value is None else found


@lru_cache(8_192)
def _find_severity(text: str, scale: Scale | None, *, four_lights: bool) -> Found | None:
    if _NO_WORD.fullmatch(text):
        return Found(None, len(text) - len(text.lstrip()), len(text.rstrip()), "none")
    return _find(text, Severity, scale, four_lights=four_lights or not _ORANGE.isdisjoint(text))


def find_severity(text: str, scale: Scale | None = None, *, four_lights: bool = False) -> Found | None:
    """The severity at the beginning of a cell or tag; its value is None for a word such as TBD.

    Emoji, blanks and emphasis may come before it. Numbers are read on a `scale` alone. With `four_lights`, where a
    document uses an orange light, a red one is Critical, otherwise High; a word next to a light or a code counts
    instead of it, and the span is that of both. What names two severities is None: `Low/Medium`.
    """
    return _find_severity(text[:_BEGINNING], scale, four_lights=four_lights)


@lru_cache(8_192)
def _find_status(text: str) -> Found | None:
    return _find(text, Status)


def find_status(text: str) -> Found | None:
    """The status at the beginning of a cell, as `find_severity` finds severities; the last one of `Open -> Closed`."""
    return _find_status(text[:_BEGINNING])


def has_four_lights(text: str) -> bool:
    """Whether a document uses an orange light, so that a red one means Critical."""
    # Looking for each of them is many times as fast as looking at each character.
    return any(light in text for light in _ORANGE) or ":orange_circle:" in text or ":large_orange_circle:" in text


def read_number(number: int, scale: Scale) -> Severity | None:
    """The severity of a number from 1 to 5: the worst is Critical, then High and Medium, the last two are Low."""
    rank = number if scale == "1 is worst" else 6 - number
    by_rank = (Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW, Severity.LOW)
    return by_rank[rank - 1] if 1 <= rank <= 5 else None


@cache
def _ends() -> dict[str, bool]:
    """The words for the ends of a scale: whether each is the worst one."""
    worst = [word for row in SEVERITY_WORDS.values() for level in row[:2] for word in split(level) if len(word) > 2]
    least = [word for row in SEVERITY_WORDS.values() for word in split(row[3]) if len(word) > 2]
    ends: dict[str, bool] = {}
    for words, is_worst in ((split(WORST), True), (split(BEST), False), (worst, True), (least, False)):
        for word in words:
            for spelled in spellings(word):
                ends.setdefault(spelled, is_worst)
    return ends


_EQUAL = r"\s*(?:[=:(]|\b(?:is|ist|es|est|e|er|on|means)\b)\s*(?:the |am |la |el |le |o |a |il |de |den |det )?"
_WORDS = r"(?P<words>[^\W\d_]+(?: [^\W\d_]+){0,2})"
_SCALES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?<!\d)(?P<number>\d){_EQUAL}{_WORDS}",
        rf"{_WORDS}\s*[=:]\s*(?P<number>\d)(?!\d)",
        rf"(?<![^\W_] )(?<!\d)(?P<number>\d) {_WORDS}",
        rf"{_WORDS} (?P<number>\d)(?!\d)",
    )
)


def _end_of(words: str, *, last: bool) -> bool | None:
    """Whether words name the worst end of a scale or the best, by their first or last ones."""
    parts = words.split()
    for count in range(len(parts), 0, -1):
        if (is_worst := _ends().get(" ".join(parts[-count:] if last else parts[:count]))) is not None:
            return is_worst
    return None


@lru_cache(1_024)
def number_scale(header: str) -> Scale | None:
    """In which direction a header such as `Severity (1 = worst)` counts; None where it does not say."""
    folded = fold(header)
    top = max(map(int, re.findall(r"\d{1,4}", folded)), default=0)
    for index, pattern in enumerate(_SCALES):
        for match in pattern.finditer(folded):
            is_worst = _end_of(match["words"], last=index % 2 == 1)
            number = int(match["number"])
            if is_worst is None or number in (0, 2) or top > 5:
                continue
            if (number == 1) == is_worst:
                return "1 is worst"
            return "1 is best" if top in (1, 5) else None
    return None


def families_of(text: str, kind: Kind) -> tuple[str, ...]:
    """Every family that has the word at the beginning of a text: `Alta` is Spanish, Portuguese and Italian."""
    found = find_severity(text) if kind is Severity else find_status(text)
    if found is None or found.value is None:
        return ()
    meaning = _meanings(kind).get(fold(text[found.start : found.end]))
    if meaning is None:
        return (found.family,)
    before = "emoji+" if found.family.startswith("emoji+") else ""
    return tuple(before + family for family in meaning.families)


@cache
def _as_written(kind: Kind) -> frozenset[tuple[str, str]]:
    return frozenset((normalize("NFC", word).casefold(), family) for word, _, family in _rows(kind))


def family_of(texts: Iterable[str], kind: Kind) -> str | None:
    """The family that most words of a document are from, with their diacritics; None where it has none."""
    counts: dict[str, int] = {}
    for text in texts:
        word = normalize("NFC", text).strip(" *_`~").casefold()
        for family in families_of(text, kind):
            counts[family] = counts.get(family, 0) + 2 + ((word, family) in _as_written(kind))
    return max(counts, key=lambda family: counts[family], default=None)


def spelling(value: Severity | Status, family: str, scale: Scale | None = None) -> str:
    """The word of a family for a level; `scale` is that of numbers. The program's own word in an unknown family."""
    first, _, second = family.partition("+")
    if second:
        return f"{spelling(value, first)} {spelling(value, second, scale)}"
    if isinstance(value, Status):
        if family == "emoji":
            return STATUS_EMOJI[list(Status).index(value)].split()[0]
        levels = STATUS_WORDS.get(family, STATUS_WORDS["reference"])
        return split(levels[list(Status).index(value)])[0]
    rank = list(Severity).index(value)
    if family == "number":
        return str(rank + 1 if scale != "1 is best" else 5 - rank)
    if family == "emoji":
        return SEVERITY_EMOJI[rank].split()[0]
    if family == "emoji-3":
        return ("\U0001f6a8", "\U0001f534", "\U0001f7e1", "\U0001f7e2")[rank]
    return split(SEVERITY_WORDS.get(family, SEVERITY_WORDS["en"])[rank])[0]
