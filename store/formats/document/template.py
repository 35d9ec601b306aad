"""Writes a register as a new document in the reference layout."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from store.enums import Status
from store.fields import FIELDS, ITEM_FIELDS
from store.formats.document.checks import TOTAL, counts
from store.formats.document.reader import Parsed, holds_marker, parse
from store.formats.document.sections import LABELS, read_entry, read_label
from store.formats.document.values import codes_to_write, components_text, line, write_components, write_value
from store.formats.markdown import decode_prose, encode_cell, encode_prose, split_components, tamed
from store.formats.mermaid.writer import mapped_items, write_map

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

    from store.formats.document.model import CadenceEntry, Category, Item, Register


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


LAST = "status"
ALWAYS = tuple(field.name for field in ITEM_FIELDS if field.written == "always" and field.name != LAST)
NEEDED = tuple(field.name for field in ITEM_FIELDS if field.columns and field.written == "when set")
CADENCE_HEADING, PURPOSE_HEADING = "## Review Cadence", "## Purpose"


def write_fresh(register: Register, updated: date | None) -> str:
    """The document of a register that was never read from one; lines end in `\\n`."""
    items: dict[str, list[Item]] = {category.code: [] for category in register.categories}
    for item in register.items:
        items.setdefault(item.category, []).append(item)
    lines = [f"# {title_source(register.title)}", ""]
    if labels := label_values(register, updated or register.last_updated):
        quoted = [f"> **{LABELS[name]}:** {source}" for name, source in labels.items()]
        lines += [*"\n>\n".join(quoted).split("\n"), ""]
    lines += purpose_lines(register)
    lines += ["## Debt Categories", ""]
    keys = [(c.name, None, [item.key for item in items[c.code]]) for c in register.categories]
    coded = codes_to_write(keys, [category.code for category in register.categories])
    for number, category in enumerate(register.categories):
        lines += [*section_lines(category, items[category.code], code=number in coded), ""]
    lines += ["## Debt Summary Dashboard", "", *_dashboard(register), ""]
    if mapped_items(register):
        lines += [*map_lines(register), ""]
    if register.cadence:
        lines += cadence_lines(register.cadence)
    while not lines[-1]:
        lines.pop()
    return "\n".join(lines) + "\n"


def label_values(register: Register, updated: date | None) -> dict[str, str]:
    """The sources of the labelled values that are set, by folded label."""
    values = {
        "extends": register.extends,
        "system": register.system,
        "last updated": updated.isoformat() if updated else None,
        "project total": None if register.project_total is None else str(register.project_total),
    }
    return {name: label_source(value) for name, value in values.items() if value}


def purpose_lines(register: Register) -> list[str]:
    """The section of purpose and note, with a blank line after each part; nothing where neither is set."""
    parts = [purpose_source(register.purpose)] if register.purpose else []
    parts += [note_source(register.note)] if register.note else []
    return [line for part in ([PURPOSE_HEADING, *parts] if parts else []) for line in (*part.split("\n"), "")]


def cadence_lines(entries: Sequence[CadenceEntry]) -> list[str]:
    """The section of the review cadence."""
    return [CADENCE_HEADING, "", *(entry_source(entry) for entry in entries)]


def map_lines(register: Register, level: int = 2) -> list[str]:
    """The section of the dependency map."""
    chart = write_map(register).rstrip("\n").split("\n")
    return [f"{'#' * level} Debt Dependency Map", "", "```mermaid", *chart, "```"]


def section_lines(category: Category, items: Sequence[Item], *, code: bool, level: int = 3) -> list[str]:
    """The section of a category: heading, written code, definition and table."""
    lines = [f"{'#' * level} {name_source(category.name)}"]
    if code:
        lines.append(code_line(category.code))
    lines.append("")
    if category.definition:
        lines += [*definition_source(category.definition).split("\n"), ""]
    return lines + _table(items)


def code_line(code: str) -> str:
    """The comment that says a category's code."""
    return f"<!-- code: {code} -->"


def _table(items: Sequence[Item]) -> list[str]:
    needed = [name for name in NEEDED if any(getattr(item, name) is not None for item in items)]
    extra = tuple(dict.fromkeys(name for item in items for name, _ in item.extra))
    fields = [*ALWAYS, *needed]
    headers = [*(header(name) for name in fields), *map(encode_cell, extra), header(LAST)]
    rows = [headers, ["-" * max(3, len(text)) for text in headers]]
    for item in items:
        values = dict(item.extra)
        cells = [item_source(item, name) for name in fields]
        rows.append([*cells, *(encode_cell(values.get(name, "")) for name in extra), item_source(item, LAST)])
    return [row_line(cells) for cells in rows]


def header(name: str) -> str:
    """The header that we write for an item field."""
    return FIELDS[name].columns[0]


def item_source(item: Item, name: str) -> str:
    """The cell of an item's field, without a cell to take after."""
    if name == "components" and item.components_text:
        source = write_components(item.components_text)
        if split_components(components_text(source)) == item.components:
            return source
    return write_value(item, name)


def row_line(cells: Sequence[str]) -> str:
    """A table row with outer pipes."""
    return "| " + " | ".join(cells) + " |"


def _dashboard(register: Register) -> list[str]:
    numbers = counts(register)
    optional = (Status.IN_PROGRESS.value, Status.ACCEPTED.value)
    words = [word for word in numbers[None] if word not in optional or numbers[None][word]]
    rows = [["Category", *words], ["-" * max(3, len(word)) for word in ("Category", *words)]]
    for category in register.categories:
        rows.append([encode_cell(category.name), *_numbers(numbers[category.code], words)])
    rows.append([f"**{TOTAL}**", *(f"**{number}**" for number in _numbers(numbers[None], words))])
    return [row_line(cells) for cells in rows]


def _numbers(numbers: Mapping[str, int], words: Sequence[str]) -> list[str]:
    return [str(numbers[word]) for word in words]
