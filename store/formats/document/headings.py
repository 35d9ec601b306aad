"""What the headings of a document say: a category, a severity, a status, or an item."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from store.enums import Status
from store.fields import is_key
from store.formats.document.cells import struck
from store.formats.document.vocabulary import find_status, fold
from store.formats.document.vocabulary_headings import ARTICLES, EXPLAINED, FILLER, LEGENDS

if TYPE_CHECKING:
    from store.enums import Severity
    from store.formats.document.cells import Words


_LEGEND_WORDS = LEGENDS | EXPLAINED | FILLER | ARTICLES
"""The folded words of which the headings of legends consist."""
_COUNT = re.compile(r"[(\[]\s*(?P<count>\d{1,6})\s*(?:\w[\w ]{0,20})?[)\]]\s*\Z")
_SKIPPED = frozenset(
    {
        *("change log", "changelog", "history", "log", "revision history", "version history", "revisions", "legend"),
        *("glossary", "change history", "document history", "update history", "key", "definitions", "references"),
        *("historie", "anderungen", "anderungshistorie", "glossar", "legende", "begriffe", "historique", "glossaire"),
        *("historial", "glosario", "historico", "glossario", "cronologia", "logboek", "wijzigingen", "endringslogg"),
        "andringslogg",
    }
)
"""The folded names of sections that never list items."""
_NOT_STATES = frozenset(
    {"review", "reviews", "progress", "planning", "plan", "plans", "monitoring", "active work", "new"}
)
"""The folded headings that name something else, though they are words for a status."""
_CONTINUED = frozenset({"ongoing", "laufend", "lopend", "continuous", "en continu"})
"""The folded words after nouns that say that a list is maintained: `Technical debt (ongoing)`."""
_WHEN = re.compile(
    r"(?:in|since|during|for|with|by|before|until|para|pour|f\u00fcr|per|voor|em|en|im)\s+(?:[^\W\d_]{1,12}\s+)?(?:\d{4}|q\d|v?\d).*",
    re.IGNORECASE,
)
_REMARK = re.compile(r"(?:\A|\s+)[-\u2013\u2014/]+\s+|[,;:(\[]")
_PRIORITY = re.compile(r"prio(?:rit\w{1,5}|ridade?)?\s*(?P<number>[0-5])\b", re.IGNORECASE)
_NUMBERING = re.compile(
    r"\s*(?:(?:§\s*)?\d{1,3}(?:\.\d{1,3})*[.)]?\s+"
    r"|(?:issue|item|risk|debt|problem|bug|finding|defect|gap|concern|limitation|entry|punkt|risiko|problema|riesgo"
    r"|deuda|risque|dette|probl[eè]me|risco|d[ií]vida|rischio|debito|voce|schuld)?\s*#?\d{1,3}\s*"
    r"(?::|[.)](?=\s)|[\u2013\u2014]|-(?=\s))\s*)(?=\S)",
    re.IGNORECASE,
)
_SEGMENT = re.compile(
    r"\s+(?:[\u00b7|\u2022\u2013\u2014]|-{1,2})\s+(?P<text>(?:(?!\s[\u00b7|\u2022\u2013\u2014-]{1,2}\s).){1,60})\Z"
)
_SYMBOLS = re.compile(r"(?:(?!&#?\w+;)[^\w\[(<`*_~\"'])+")
_KEY = re.compile(
    r"(?P<open>\[|\*\*|__|`|\()?(?P<key>[A-Za-z0-9][\w.]*(?:-[\w.]+)*)(?P<close>\]|\*\*|__|`|\))?(?:\([^()\s]*\))?"
    r"(?P<mark>\s*(?:[:|\u00b7\u2013\u2014\u2192.]|-{1,3}(?=\s))\s*|\s+|\s*\Z)"
)
_TAG = re.compile(r"\s*(?:\[(?P<square>[^\[\]()]{1,40})\](?!\()|\((?P<round>[^()]{1,40})\))\s*\Z")
_NEXT_TAG = re.compile(r"\s*(?:\[(?P<square>[^\[\]()]{1,40})\](?!\()|\((?P<round>[^()]{1,40})\))")
_CHECK = re.compile(r"\s*(?:✅|✔️?|☑️?)\s*\Z")
_STRUCK_TITLE = re.compile(r"(?P<title>~~[^~]+~~)\s*(?P<text>\S.*)")
_BEHIND_TITLE = re.compile(
    r"\s*(?:[:|\u00b7\u2013\u2014]|-+(?=\s))\s*(?P<text>[^.;:|\u00b7\u2013\u2014]{1,40}?)"
    r"\s*(?:\Z|(?:[.;:|\u00b7\u2013\u2014]|-+)(?=\s))"
)
_BEFORE_TITLE = re.compile(
    r"(?:(?P<mark>\*\*|__)(?P<bold>[^\W_][^*_:]{0,23}?)(?::(?P=mark)|(?P=mark)\s*[:\u2013\u2014-])"
    r"|(?P<plain>[^\W_][^*_:`]{0,23}?):)\s+(?=[^\s\d])"
)
_REMARKED = re.compile(r"[*_`]*\s*(?:\([^()]*\))?\s*")
_WORD = re.compile(r"[^\w]*(?P<word>\w+)[\s:\u2013\u2014-]*")
_PARTS = re.compile(r"\s*(?:/|,|\u00b7|\||;)\s*")


class HeadingContext(NamedTuple):
    """What the headings above a list of items say about all of it; `section` is the number of its category."""

    section: int = -1
    severity: Severity | None = None
    status: Status | None = None


NO_HEADINGS = HeadingContext()


class Tag(NamedTuple):
    """A word in brackets or parentheses that is a value of a field, and where it is in its text."""

    field: str
    start: int
    end: int


class Head(NamedTuple):
    """The parts of an item's first line: each is where it is in the text, (0, 0) if there is none.

    `marked` says that it is struck through or marked as done; `numbering` is the text before it that counts.
    """

    key: tuple[int, int]
    title: tuple[int, int]
    tags: tuple[Tag, ...]
    marked: bool
    symbol: tuple[int, int] = (0, 0)


def without_numbering(text: str) -> str:
    """A heading without the number before it."""
    match = _NUMBERING.match(text)
    return text[match.end() :] if match else text


def is_skipped(text: str) -> bool:
    """Whether a heading begins a part that never lists items: a change log, a legend."""
    name = fold(without_numbering(text))
    if name in _SKIPPED:
        return True
    words = name.split()
    return len(words) > 1 and not LEGENDS.isdisjoint(words) and all(word in _LEGEND_WORDS for word in words)


def meaning(text: str, words: Words) -> Severity | Status | None:
    """The severity or the status that a heading gives to all below it: `🔴 High priority (4)`, `Done earlier`."""
    bare = _COUNT.sub("", without_numbering(text)).strip()
    for prefix in ("priority", "severity", "status"):
        head, colon, rest = bare.partition(":")
        if colon and fold(head) == prefix:
            bare = rest.strip()
    if fold(bare) in _NOT_STATES or bare.startswith("~~"):
        return None
    bare = _PRIORITY.sub(lambda match: f"P{match['number']}", bare, count=1)
    if (inner := struck(bare)) and not (words.severity(inner) or words.status(inner)):
        # What is done is one thing.
        return None
    for text in (bare, _after_nouns(bare)):
        for found in (words.severity(text), words.status(text)) if text else ():
            if found is not None and found.value is not None and _is_rest(text[found.end :]):
                return found.value
    # `Must fix (P0)`, `Now - critical`
    if tag := re.search(r"[(\[]\s*(?P<word>[PpSs]\d)\s*[)\]]\s*\Z", bare):
        found = words.severity(tag["word"])
        return found.value if found else None
    return None


def _after_nouns(text: str) -> str:
    """A heading from its first word on that is not a noun such as `debt` or `riscos`; empty without such nouns."""
    position, nouns = 0, False
    while match := _WORD.match(text, position):
        word = fold(match["word"])
        if word not in FILLER and word not in ARTICLES:
            break
        position, nouns = match.end(), True
    rest = text[position:] if nouns else ""
    return "" if fold(rest) in _NOT_STATES or fold(rest) in _CONTINUED else rest


def _is_rest(text: str) -> bool:
    """Whether what follows a word leaves its meaning: punctuation before a remark, nouns such as `priority`, a time."""
    rest = text.strip(" *_`:")
    if _WHEN.fullmatch(rest):
        return True
    first = _REMARK.split(rest, maxsplit=1)[0]
    return all(word in FILLER for word in fold(first).split())


def heading_count(text: str) -> tuple[int, int, int] | None:
    """The number of items that a heading gives, and where: `High (3)`."""
    match = _COUNT.search(text)
    return (int(match["count"]), match.start("count"), match.end("count")) if match else None


def uncounted(text: str) -> str:
    """A heading without the number of items that it gives."""
    given = heading_count(text)
    return text[: given[1]].rstrip("([ \t") if given else text


def read_head(text: str, words: Words, *, start: int = 0) -> Head:
    """The parts of a heading, or of a list entry's bold beginning, from `start` on."""
    key, symbol, tags, marked = (0, 0), (0, 0), list[Tag](), False
    position, end = start, len(text.rstrip())
    while True:
        if match := _NUMBERING.match(text, position):
            position = match.end()
        if (match := _SYMBOLS.match(text, position)) and match.end() > position:
            symbols = text[position : match.end()]
            if (found := words.severity(symbols)) is not None and found.family == "emoji":
                tags.append(Tag("severity", position, match.end()))
            elif (status := find_status(symbols.strip())) is not None:
                marked = marked or status.value is Status.MITIGATED
                symbol = (position, match.end())
            position = match.end()
            continue
        leading = re.match(r"\[(?P<tag>[^\[\]()]{1,40})\](?!\()\s*[:\u2013\u2014-]?\s*", text[position:])
        if leading and (field := _field_of(leading["tag"], words)):
            tag = Tag(field, position + leading.start("tag"), position + leading.end("tag"))
            if field == "key":
                key = (tag.start, tag.end)
            else:
                tags.append(tag)
            position += leading.end()
            continue
        break
    end, trailing, done = _trailing(text, position, end, words)
    tags += trailing
    if done:
        marked, symbol = True, done
    if (strike := _STRUCK_TITLE.match(text, position, end)) and (said := _word_in(strike, words)):
        tags.append(said)
        end = strike.end("title")
    if (inner := struck(text[position:end])) and text[position:end].strip().endswith("~~"):
        marked = True
        position = text.index(inner, position)
        end = position + len(inner)
    if key == (0, 0) and (match := _KEY.match(text, position, end)) and _is_head_key(match):
        key = match.span("key")
        position = match.end()
    if (inner := struck(text[position:end])) and text[position:end].strip().endswith("~~"):
        marked = True
        position = text.index(inner, position)
        end = position + len(inner)
    return Head(key, (position, max(position, end)), tuple(tags), marked, symbol)


def _trailing(text: str, start: int, end: int, words: Words) -> tuple[int, list[Tag], tuple[int, int] | None]:
    """Where the tags and the check marks at the end of a heading begin, the tags, and where a check mark is."""
    tags: list[Tag] = []
    done: tuple[int, int] | None = None
    while end > start:
        if (check := _CHECK.search(text, start, end)) and check.start() > start:
            done, end = (check.start(), end), check.start()
            continue
        if (segment := _SEGMENT.search(text, start, end)) and (said := _word_in(segment, words)):
            if said.field in [each.field for each in tags]:
                break
            tags.append(said)
            end = segment.start()
            continue
        tag = _TAG.search(text, start, end)
        group = "square" if tag and tag["square"] is not None else "round"
        found = _tags_in(text, tag.start(group), tag.end(group), words) if tag and tag.start() > start else []
        if not tag or not found:
            break
        tags += found
        end = tag.start()
    return end, tags, done


def read_tags(text: str, start: int, words: Words) -> tuple[int, list[Tag]]:
    """Where the tags that begin here end, and the tags: `[P1]`, `(High / M)`."""
    tags: list[Tag] = []
    while match := _NEXT_TAG.match(text, start):
        group = "square" if match["square"] is not None else "round"
        found = _tags_in(text, *match.span(group), words)
        if not found or any(tag.field == "key" for tag in found):
            break
        tags += found
        start = match.end()
    return start, tags


def read_word_before(text: str, words: Words) -> tuple[Tag, int] | None:
    """The word that a text has before its title, and where the title begins: `**HIGH:** text`, `P1: text`."""
    part = _BEFORE_TITLE.match(text)
    if part is None:
        return None
    start, end = part.span("bold" if part["bold"] is not None else "plain")
    for field, found in (("severity", words.severity(text[start:end])), ("status", words.status(text[start:end]))):
        if found is not None and found.value is not None and found.start == 0 and found.stop == end - start:
            return Tag(field, start, end), part.end()
    return None


def read_word_after(text: str, start: int, words: Words) -> tuple[Tag, int] | None:
    """The word that begins the text after a title, and where it ends: `: high priority`, ` - Done`, ` - Low. More`."""
    part = _BEHIND_TITLE.match(text, start)
    tag = _word_in(part, words) if part else None
    if part is None or tag is None or (tag.field == "status" and part.end() < len(text)):
        return None
    return tag, part.end("text")


def _word_in(part: re.Match[str], words: Words) -> Tag | None:
    """The severity or status that the last part of a heading is, such as `Title - **High** (later)`."""
    source = part["text"]
    for field, found in (("severity", words.severity(source)), ("status", words.status(source))):
        if found is None or found.value is None:
            continue
        remark = _REMARKED.match(source, found.stop)
        if all(word in FILLER for word in fold(source[remark.end() if remark else found.stop :]).split()):
            return Tag(field, part.start("text") + found.start, part.start("text") + found.end)
    return None


def _is_head_key(match: re.Match[str]) -> bool:
    """Whether the first word of a heading is the key of an item: it has a digit, and a mark or the end after it."""
    key = match["key"]
    if not is_key(key) or not any(c.isdigit() for c in key):
        return False
    if match["open"] or match["mark"].strip() or not match.string[match.end() : match.endpos].strip():
        return True
    return re.fullmatch(r"[A-Z][A-Z0-9]*-[A-Z0-9-]*\d+", key) is not None


def _field_of(text: str, words: Words) -> str | None:
    """The field that a tag is a value of."""
    bare = text.strip()
    severity, status = words.severity(bare), words.status(bare)
    if severity is not None and severity.end >= len(bare):
        return "severity"
    if is_key(bare) and any(c.isdigit() for c in bare):
        return "key"
    if status is not None and status.end >= len(bare):
        return "status"
    return "effort" if bare in ("S", "M", "L", "XL") else None


def _tags_in(text: str, start: int, end: int, words: Words) -> list[Tag]:
    """The tags in brackets at the end of a heading, such as `High / M`; none if one of them is not known."""
    found: list[Tag] = []
    position = start
    for part in _PARTS.split(text[start:end]):
        at = text.index(part, position)
        position = at + len(part)
        known = [tag.field for tag in found]
        field = _field_of(part, words)
        if field in known and part in ("S", "M", "L", "XL"):
            field = "effort"
        if field is None or field in known:
            return []
        found.append(Tag(field, at, at + len(part)))
    # One letter alone may be anything.
    return [] if len(found) == 1 and found[0].end - found[0].start == 1 else found
