"""Texts outside tables, written as plainly as reading them back allows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from store.formats.document.facts import read_entry, read_label
from store.formats.document.markers import holds_marker
from store.formats.document.reader import Parsed, parse
from store.formats.document.values import line
from store.formats.markdown import decode_prose, encode_prose, tamed

if TYPE_CHECKING:
    from collections.abc import Callable

    from store.formats.document.model import CadenceEntry

# A reference or a footnote, which would give a meaning to text elsewhere.
_DEFINES = re.compile(r"^[ \t>*+\-0-9.)]*\[[^\]]*\]:", re.MULTILINE)
_INSIDE = frozenset({"heading", "paragraph", "list", "quote", "table"})
_TABLE = "| ID | Severity | Status |\n|---|---|---|\n"


def _plainest(text: str, reads_back: Callable[[str], bool]) -> str:
    """The text itself where that reads back, else with its ends written as references, else all its punctuation."""
    for source in (tamed(text), encode_prose(text)):
        if not _DEFINES.search(source) and not holds_marker(source) and reads_back(source):
            return source
    return encode_prose(text, punctuation=True)


def _alone(parsed: Parsed, headings: int) -> bool:
    """Whether a small document kept the shape it was written in: one category and nothing that means more."""
    layout = parsed.layout
    found = sum(block.kind == "heading" for block in layout.blocks)
    named = [section.name for section in layout.sections]
    plain = not (layout.chart or layout.dashboards or layout.facts.labels or layout.facts.entries)
    plain = plain and all(block.kind in _INSIDE for block in layout.blocks)
    return len(named) == 1 and found == headings and plain and not parsed.problems


def title_source(text: str) -> str:
    """A title as the text of a heading."""

    def reads_back(source: str) -> bool:
        if "\n" in source:
            return False
        parsed = parse(f"# {source}\n\n## Category\n\n{_TABLE}")
        return _alone(parsed, 2) and parsed.register is not None and parsed.register.title == text

    return _plainest(text, reads_back)


def name_source(text: str) -> str:
    """A category's name as the text of a heading."""

    def reads_back(source: str) -> bool:
        if "\n" in source:
            return False
        parsed = parse(f"# Title\n\n### {source}\n\n{_TABLE}")
        return _alone(parsed, 2) and parsed.layout.sections[0].name == text

    return _plainest(text, reads_back)


def definition_source(text: str, marks: str = "*") -> str:
    """A category's definition with the emphasis around it."""

    def reads_back(source: str) -> bool:
        parsed = parse(f"# Title\n\n### Category\n\n{marks}{source}{marks}\n\n{_TABLE}")
        prose = parsed.layout.sections[0].definition if _alone(parsed, 2) else None
        return prose is not None and (prose.text, prose.marks) == (text, marks)

    return f"{marks}{_plainest(text, reads_back)}{marks}"


def purpose_source(text: str) -> str:
    """The text of the purpose."""

    def reads_back(source: str) -> bool:
        parsed = parse(f"# Title\n\n## Purpose\n\n{source}\n\n*Note: note*\n\n### Category\n\n{_TABLE}")
        facts = parsed.layout.facts
        good = _alone(parsed, 3) and facts.purpose is not None and facts.purpose.text == text
        return good and facts.note is not None and facts.note.text == "note"

    return _plainest(text, reads_back)


def note_source(text: str, marks: str = "*") -> str:
    """The register's note as an italic paragraph."""

    def reads_back(source: str) -> bool:
        parsed = parse(f"# Title\n\n## Purpose\n\nWhy.\n\n{marks}Note: {source}{marks}\n\n### Category\n\n{_TABLE}")
        facts = parsed.layout.facts
        good = _alone(parsed, 3) and facts.purpose is not None and facts.purpose.text == "Why."
        return good and facts.note is not None and (facts.note.text, facts.note.marks) == (text, marks)

    return f"{marks}Note: {_plainest(text, reads_back)}{marks}"


def label_source(text: str) -> str:
    """The value behind a label."""

    def reads_back(source: str) -> bool:
        found = read_label(f"> **System:** {source}", 0)
        return "\n" not in source and found is not None and line(decode_prose(found[1].source)) == text

    return _plainest(text, reads_back)


def entry_source(entry: CadenceEntry, marker: str = "- ") -> str:
    """An entry of the review cadence as one line of a list."""

    def read(label: str, text: str) -> tuple[str, str] | None:
        source = _entry(marker, label, text)
        found = read_entry([source], 0, 1)
        return None if "\n" in source else (found.label, found.text)

    label = _plainest(entry.label, lambda source: read(source, "Text") == (entry.label, "Text"))
    text = _plainest(entry.text, lambda source: read(label, source) == (entry.label, entry.text))
    return _entry(marker, label, text)


def _entry(marker: str, label: str, text: str) -> str:
    if not label and text[:1].isalpha():
        return f"{marker}{text}"
    return f"{marker}**{label}:** {text}".rstrip()
