"""Finds the parts of a document: the fields of the register, and its categories and their codes."""

from __future__ import annotations

import re
from collections import Counter
from itertools import takewhile
from typing import TYPE_CHECKING

from store.fields import is_code
from store.formats.document.cells import Words
from store.formats.document.headings import is_skipped, meaning
from store.formats.document.layout import Entry, Facts, Prose, Section, Span
from store.formats.document.model import TAXONOMY
from store.formats.document.rules import EVERYTHING
from store.formats.document.values import clean, line
from store.formats.markdown import FOOTNOTE, decode_prose
from store.text import name_key

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from store.formats.document.outline import Block


LABELS = {"extends": "Extends", "system": "System", "last updated": "Last Updated", "project total": "Project Total"}
PURPOSE, CADENCE = frozenset({"purpose"}), frozenset({"review cadence", "cadence"})

_LABELED = re.compile(
    r"(?P<lead>[ \t]*(?:>[ \t]?)*[ \t]*(?:[-*+][ \t]+)?)(?P<mark>\*\*|__)(?P<label>[^*_:]+)(?::(?P=mark)|(?P=mark):)"
)
_MARKER = re.compile(r"[ \t]*(?:[-*+]|\d{1,9}[.)])(?:[ \t]+|\Z)")
_ENTRY = re.compile(r"(?P<mark>\*\*|__)(?P<label>[^\n]*?)(?::(?P=mark)|(?P=mark):)[ \t]*(?P<text>.*)", re.DOTALL)
_NOTE = re.compile(r"([*_])Note:(?P<text>.*)\1", re.DOTALL)


def read_facts(
    lines: Sequence[str], blocks: Sequence[Block], categories: Collection[int], boundaries: Collection[int]
) -> Facts:
    """Find the register's facts.

    `categories` are the lines of headings that belong to categories, `boundaries` the first lines of
    tables and fences that belong to the register and so end any text before them.
    """
    headings = [block for block in blocks if block.kind == "heading"]
    title = next((block for block in headings if block.level == 1), None)
    named = [heading for heading in headings if heading is not title and heading.start not in categories]
    purpose_heading = next((heading for heading in named if heading_key(heading.text) in PURPOSE), None)
    cadence_heading = next((heading for heading in named if heading_key(heading.text) in CADENCE), None)
    purpose, rest, note = _purpose(lines, blocks, purpose_heading, boundaries) if purpose_heading else (None,) * 3
    first = next((b.start for b in blocks if b.kind == "heading" or b.start in boundaries), len(lines))
    below_title = section_blocks(blocks, title, boundaries) if title else []
    labels: dict[str, Span] = {}
    for block in blocks:
        if block.kind in ("quote", "paragraph", "list") and (block.start < first or block in below_title):
            for number in range(block.start, block.end):
                if found := read_label(lines[number], number):
                    labels.setdefault(*found)
    cadence = section_blocks(blocks, cadence_heading, boundaries) if cadence_heading else []
    entries = tuple(read_entry(lines, *entry) for block in cadence for entry in block.entries)
    return Facts(title, labels, purpose_heading, purpose, rest, note, cadence_heading, entries)


def section_blocks(blocks: Sequence[Block], heading: Block, boundaries: Collection[int]) -> list[Block]:
    """The blocks between a heading and the next heading, or a line in `boundaries`."""
    following = (block for block in blocks if block.start > heading.start)
    return list(takewhile(lambda block: block.kind != "heading" and block.start not in boundaries, following))


def read_label(text: str, number: int) -> tuple[str, Span] | None:
    """A labeled value such as `> **System:** value`: its folded label and where the value is."""
    match = _LABELED.match(text)
    if match is None or (label := heading_key(match["label"])) not in LABELS:
        return None
    value = text[match.end() :]
    source = value.strip()
    start = match.end() + len(value) - len(value.lstrip())
    return label, Span(number, start, start + len(source), source)


def _purpose(
    lines: Sequence[str], blocks: Sequence[Block], heading: Block, boundaries: Collection[int]
) -> tuple[Prose | None, Prose | None, Prose | None]:
    """The purpose before the note, the rest of it after the note, and the note."""
    inside = section_blocks(blocks, heading, boundaries)
    limit = next((b.start for b in blocks if b.start > heading.start and b not in inside), len(lines))
    for block in inside:
        source = "\n".join(lines[block.start : block.end]).strip()
        if block.kind == "paragraph" and (match := _NOTE.fullmatch(source)):
            text = clean(decode_prose(match["text"]))
            note = Prose(block.start, block.end, text, match[1])
            return _prose(lines, heading.end, block.start), _prose(lines, block.end, limit), note
    return _prose(lines, heading.end, limit), None, None


def _prose(lines: Sequence[str], start: int, end: int) -> Prose | None:
    while start < end and not lines[start].strip():
        start += 1
    while start < end and not lines[end - 1].strip():
        end -= 1
    text = clean(decode_prose("\n".join(lines[start:end])))
    return Prose(start, end, text) if start < end else None


def read_entry(lines: Sequence[str], start: int, end: int) -> Entry:
    """An entry of a list: `- **Label:** text`, or only text."""
    match = _MARKER.match(lines[start])
    marker = match[0] if match else ""
    rest = [lines[start][len(marker) :]]
    for text in lines[start + 1 : end]:
        width = min(len(marker), len(text) - len(text.lstrip(" \t")))
        rest.append(text[width:])
    source = "\n".join(rest).strip()
    if labeled := _ENTRY.fullmatch(source):
        label, text = line(decode_prose(labeled["label"])), clean(decode_prose(labeled["text"]))
        return Entry(start, end, marker, label, text)
    return Entry(start, end, marker, "", clean(decode_prose(source)))


NAMELESS = "Debt Items"
KEYLESS_CODE = "TD"
"""What the keys of items begin with that have none, in a document without categories."""
NO_DEFINITION = "<!-- no definition -->"
_ITALIC = re.compile(r"(?P<mark>[*_])(?![*_\s])(?P<text>.+)(?<!\s)(?P=mark)", re.DOTALL)


def new_section(lines: Sequence[str], between: Sequence[Block], heading: Block | None, *, is_title: bool) -> Section:
    """A category: its heading and what is between that and its list of items."""
    written, code_line = code_of(lines, between)
    name = line(decode_prose(heading.text)) if heading else ""
    prose = _definition(lines, between, whole=not is_title) if heading else None
    return Section(name or NAMELESS, written, code_line, prose)


def code_of(lines: Sequence[str], blocks: Sequence[Block]) -> tuple[str | None, int | None]:
    """The code that a comment among some blocks gives a category, and its line."""
    for block in blocks:
        for number in range(block.start, block.end) if block.kind == "html" else ():
            if (match := CODE.fullmatch(lines[number].strip())) and is_code(match["code"]):
                return match["code"], number
    return None, None


def _definition(lines: Sequence[str], blocks: Sequence[Block], *, whole: bool) -> Prose | None:
    """The first paragraph that is all italic, else the prose (not below the title, where other facts are)."""
    texts: list[Block] = []
    for block in blocks:
        if block.kind == "html":
            if lines[block.start].strip() == NO_DEFINITION:
                return None
            if texts:
                break
            continue
        if block.kind not in ("paragraph", "list", "quote"):
            break
        texts.append(block)
    for block in texts:
        source = "\n".join(lines[block.start : block.end]).strip()
        if block.kind == "paragraph" and (match := _italic(source)):
            return Prose(block.start, block.end, clean(decode_prose(match["text"])), match["mark"])
    if not texts or not whole:
        return None
    source = "\n".join(lines[texts[0].start : texts[-1].end])
    return Prose(texts[0].start, texts[-1].end, clean(decode_prose(source)))


def _italic(source: str) -> re.Match[str] | None:
    """A paragraph that is italic as a whole; bold words inside it are allowed."""
    match = _ITALIC.fullmatch(source)
    if match is None:
        return None
    mark = match["mark"]
    return None if mark in match["text"].replace(mark * 2, "") else match


_NUMBERING = re.compile(r"\A[\d.]+\s+(?=\S)")
_NOTED = re.compile(rf"(?<=\S)\s*{FOOTNOTE}\s*\Z")
_KNOWN = {category.name.casefold(): category.code for category in TAXONOMY}
CODE = re.compile(r"<!--[ \t]*code:[ \t]*(?P<code>\S+?)[ \t]*-->")


def heading_key(name: str) -> str:
    """A heading's name for comparing: without emphasis, numbering, a footnote's mark and case."""
    bare = " ".join(_NOTED.sub("", name).strip("*_ ").split()).casefold()
    return _NUMBERING.sub("", bare)


def infer_codes(
    categories: Sequence[tuple[str, str | None, Sequence[str]]], *, reference_only: bool = False
) -> tuple[str, ...]:
    """The codes of categories given as (name, code written in the document, item keys), in their order.

    A written code wins; then comes the taxonomy's code of that name, then the commonest prefix of the
    keys, then initials, each only if no other category has taken it. All codes differ. A category without a name is
    TD unless most of its keys begin alike; with `reference_only` it is like the others.
    """
    codes: list[str | None] = [written for _, written, _ in categories]
    taken = {code for code in codes if code}
    for rule in (_by_name, _by_keys if reference_only else _by_most_keys):
        for index, (name, _, keys) in enumerate(categories):
            if codes[index] is None and (code := rule(name, keys)) and code not in taken:
                codes[index] = code
                taken.add(code)
    numbers: dict[str, int] = {}
    for index, (name, _, _) in enumerate(categories):
        if codes[index] is None:
            base = KEYLESS_CODE if name == NAMELESS and not reference_only else _initials(name)
            codes[index] = _numbered(base, taken, numbers)
            taken.add(str(codes[index]))
    return tuple(str(code) for code in codes)


def codes_to_write(
    categories: Sequence[tuple[str, str | None, Sequence[str]]], codes: Sequence[str], *, reference_only: bool = False
) -> frozenset[int]:
    """Which categories must have their code written for `infer_codes` to give these codes."""
    written = [code and right for (_, code, _), right in zip(categories, codes, strict=True)]
    names = Counter(name_key(name) for name, _, _ in categories)
    for index, (name, _, _) in enumerate(categories):
        # Only their written codes distinguish categories with the same name, and those that are called `High`.
        if names[name_key(name)] > 1 or (not reference_only and is_ambiguous(name)):
            written[index] = codes[index]
    while True:
        known = [(name, code, keys) for (name, _, keys), code in zip(categories, written, strict=True)]
        inferred = infer_codes(known, reference_only=reference_only)
        wrong = [index for index, code in enumerate(inferred) if code != codes[index]]
        if not wrong:
            return frozenset(index for index, code in enumerate(written) if code)
        for index in wrong:
            written[index] = codes[index]


def is_ambiguous(name: str) -> bool:
    """Whether a heading of this name would not be taken for a category."""
    return meaning(name, Words(EVERYTHING)) is not None or is_skipped(name)


def _by_name(name: str, _keys: Sequence[str]) -> str | None:
    return _KNOWN.get(heading_key(name))


def _by_keys(_name: str, keys: Sequence[str]) -> str | None:
    prefixes = Counter(prefix for key in keys if is_code(prefix := key_prefix(key)))
    return prefixes.most_common(1)[0][0] if prefixes else None


def _by_most_keys(name: str, keys: Sequence[str]) -> str | None:
    code = _by_keys(name, keys)
    alike = sum(key_prefix(key) == code for key in keys)
    return code if name != NAMELESS or alike * 2 > len(keys) else None


def key_prefix(key: str) -> str:
    """What is before the number of a key."""
    if "-" in key:
        return key.rpartition("-")[0]
    return key.rstrip("0123456789._")


def _initials(name: str) -> str:
    words = [word for word in re.findall(r"[A-Za-z][A-Za-z0-9]*", name) if word.casefold() not in ("and", "of", "the")]
    base = "".join(word[0] for word in words).upper()[:8] if len(words) > 1 else "".join(words)[:2].upper()
    return base or "C"


def free_code(base: str, taken: Collection[str]) -> str:
    """A code that is not taken: the base, or the base and a number."""
    return _numbered(base, set(taken), {})


def _numbered(base: str, taken: set[str], numbers: dict[str, int]) -> str:
    """A free code: the base, or the base and a number. `numbers` holds the last number tried for each base."""
    code = base
    while code in taken:
        numbers[base] = number = numbers.get(base, 1) + 1
        code = f"{base}{number}"
    return code
