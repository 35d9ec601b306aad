"""The parts of a document in the reference layout, and the whole document of a register that never had one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from store.formats.document.cells import Words
from store.formats.document.columns import ALWAYS, EXTRA_MARK, OPTIONAL, STATUS, header, roles_of
from store.formats.document.dashboard import new_dashboard
from store.formats.document.reader import has_conflict_marker, parse
from store.formats.document.rules import EVERYTHING
from store.formats.document.sections import LABELS, codes_to_write, read_entry, read_label
from store.formats.document.tables import delimiter_row, header_source
from store.formats.document.values import guarded, line, write_value
from store.formats.markdown import decode_prose, encode_cell, encode_prose, escape_markup, row_line
from store.formats.mermaid.writer import mapped_items, write_map

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from store.formats.document.layout import Prose
    from store.formats.document.model import CadenceEntry, Category, Item, Register
    from store.formats.document.reader import Parsed


# A reference or a footnote, which would change the meaning of text elsewhere.
_DEFINES = re.compile(r"^[ \t>*+\-0-9.)]*\[[^\]]*\]:", re.MULTILINE)
_BLOCKS = frozenset({"heading", "paragraph", "list", "quote", "table"})
_TABLE = "\n\n| ID | Severity | Status |\n|---|---|---|\n"


def _simplest(text: str, reads_back: Callable[[str], bool]) -> str:
    """The text itself if that reads back, else with its ends as references, else with all its punctuation."""
    for source in (escape_markup(text), encode_prose(text)):
        if not _DEFINES.search(source) and not has_conflict_marker(source) and reads_back(source):
            return source
    return encode_prose(text, punctuation=True)


def _in_document(
    before: str, after: str, headings: int, read: Callable[[Parsed], object], expected: object
) -> Callable[[str], bool]:
    """Whether a source between two texts makes a document of one category from which the expected value is read."""

    def reads_back(source: str) -> bool:
        parsed = parse(before + source + after)
        layout = parsed.layout
        return (
            len(layout.sections) == 1
            and not (layout.chart or layout.dashboards or layout.facts.labels or layout.facts.entries)
            and all(block.kind in _BLOCKS for block in layout.blocks)
            and sum(block.kind == "heading" for block in layout.blocks) == headings
            and not parsed.problems
            and read(parsed) == expected
        )

    return reads_back


def _content(prose: Prose | None) -> tuple[str, str] | None:
    return (prose.text, prose.marks) if prose else None


def title_source(text: str) -> str:
    """A title as the text of a heading."""
    after = f"\n\n## Category{_TABLE}"
    return _simplest(text, _in_document("# ", after, 2, lambda read: read.register and read.register.title, text))


def name_source(text: str) -> str:
    """A category's name as the text of a heading."""
    before = "# Title\n\n### "
    return _simplest(text, _in_document(before, _TABLE, 2, lambda read: read.layout.sections[0].name, text))


def definition_source(text: str, marks: str = "*") -> str:
    """A category's definition with the emphasis around it."""
    before, after = f"# Title\n\n### Category\n\n{marks}", f"{marks}{_TABLE}"
    check = _in_document(before, after, 2, lambda read: _content(read.layout.sections[0].definition), (text, marks))
    return f"{marks}{_simplest(text, check)}{marks}"


def _facts(parsed: Parsed) -> tuple[object, object]:
    return _content(parsed.layout.facts.purpose), _content(parsed.layout.facts.note)


def purpose_source(text: str) -> str:
    """The text of the purpose."""
    before, after = "# Title\n\n## Purpose\n\n", f"\n\n*Note: note*\n\n### Category{_TABLE}"
    return _simplest(text, _in_document(before, after, 3, _facts, ((text, ""), ("note", "*"))))


def note_source(text: str, marks: str = "*") -> str:
    """The register's note as an italic paragraph."""
    before, after = f"# Title\n\n## Purpose\n\nWhy.\n\n{marks}Note: ", f"{marks}\n\n### Category{_TABLE}"
    check = _in_document(before, after, 3, _facts, (("Why.", ""), (text, marks)))
    return f"{marks}Note: {_simplest(text, check)}{marks}"


def label_source(text: str) -> str:
    """The value after a label."""

    def reads_back(source: str) -> bool:
        found = read_label(f"> **System:** {source}", 0)
        return found is not None and line(decode_prose(found[1].source)) == text

    return _simplest(text, reads_back)


def entry_source(entry: CadenceEntry, marker: str = "- ") -> str:
    """An entry of the review cadence as one line of a list."""

    def reads_back(label: str, text: str, expected: tuple[str, str]) -> bool:
        source = _entry(marker, label, text)
        found = read_entry([source], 0, 1)
        return "\n" not in source and (found.label, found.text) == expected

    label = _simplest(entry.label, lambda source: reads_back(source, "Text", (entry.label, "Text")))
    text = _simplest(entry.text, lambda source: reads_back(label, source, entry))
    return _entry(marker, label, text)


def _entry(marker: str, label: str, text: str) -> str:
    if not label and text[:1].isalpha():
        return f"{marker}{text}"
    return f"{marker}**{label}:** {text}".rstrip()


_WORDS = Words(EVERYTHING)
"""The words of a new document: those of the program."""
CADENCE_HEADING, PURPOSE_HEADING = "## Review Cadence", "## Purpose"


def items_by_category(register: Register) -> dict[str, list[Item]]:
    """The items of each category, by its code."""
    found: dict[str, list[Item]] = {category.code: [] for category in register.categories}
    for item in register.items:
        found[item.category].append(item)
    return found


def write_new(register: Register, updated: date | None) -> str:
    """The document of a register that was never read from one; lines end in `\\n`."""
    items = items_by_category(register)
    lines = [f"# {title_source(register.title)}", ""]
    if labels := label_values(register, updated or register.last_updated):
        quoted = [f"> **{LABELS[name]}:** {source}" for name, source in labels.items()]
        lines += [*"\n>\n".join(quoted).split("\n"), ""]
    parts = [purpose_source(register.purpose)] if register.purpose else []
    parts += [note_source(register.note)] if register.note else []
    lines += [line for part in ([PURPOSE_HEADING, *parts] if parts else []) for line in (*part.split("\n"), "")]
    lines += ["## Debt Categories", ""]
    keys = [(c.name, None, [item.key for item in items[c.code]]) for c in register.categories]
    coded = codes_to_write(keys, [category.code for category in register.categories])
    for number, category in enumerate(register.categories):
        lines += [*section_lines(category, items[category.code], code=number in coded, also=("links",)), ""]
    lines += ["## Debt Summary Dashboard", "", *new_dashboard(register), ""]
    if mapped_items(register):
        lines += [*map_lines(register), ""]
    if register.cadence:
        lines += cadence_lines(register.cadence)
    while not lines[-1]:
        lines.pop()
    return "\n".join(lines) + "\n"


def label_values(register: Register, updated: date | None) -> dict[str, str]:
    """The sources of the labeled values that are set, by folded label."""
    values = {
        "extends": register.extends,
        "system": register.system,
        "last updated": updated.isoformat() if updated else None,
        "project total": None if register.project_total is None else str(register.project_total),
    }
    return {name: label_source(value) for name, value in values.items() if value}


def cadence_lines(entries: Sequence[CadenceEntry]) -> list[str]:
    """The section of the review cadence."""
    return [CADENCE_HEADING, "", *(entry_source(entry) for entry in entries)]


def map_lines(register: Register, level: int = 2) -> list[str]:
    """The section of the dependency map."""
    chart = write_map(register).rstrip("\n").split("\n")
    return [f"{'#' * level} Debt Dependency Map", "", "```mermaid", *chart, "```"]


def section_lines(
    category: Category,
    items: Sequence[Item],
    *,
    code: bool,
    level: int = 3,
    titled: bool = False,
    also: Sequence[str] = (),
) -> list[str]:
    """The section of a category: heading, code comment, definition and table; `titled`: with titles in the table.

    also: further fields that get a column if an item has a value.
    """
    heading = [f"{'#' * level} {name_source(category.name)}", *([code_comment(category.code)] if code else []), ""]
    definition = [*definition_source(category.definition).split("\n"), ""] if category.definition else []
    optional = [name for name in (*OPTIONAL, *also) if any(getattr(item, name) is not None for item in items)]
    extra = tuple(dict.fromkeys(name for item in items for name, _ in item.extra))
    titles = ["title"] if titled and any(item.title for item in items) else []
    fields = [ALWAYS[0], *titles, *ALWAYS[1:], *optional]
    marked = [f"{name} {EXTRA_MARK}" if roles_of(name, EVERYTHING) else name for name in extra]
    headers = [*(header(name) for name in fields), *map(header_source, marked), header(STATUS)]
    rows = [headers, delimiter_row(headers)]
    rows += [[*new_cells(item, fields, extra), write_value(item, STATUS, _WORDS)] for item in items]
    return [*heading, *definition, *map(row_line, rows)]


def table_lines(language: str) -> list[str]:
    """An empty table of items."""
    headers = [header(name, language) for name in (*ALWAYS, STATUS)]
    return [row_line(headers), row_line(delimiter_row(headers)), ""]


def new_cells(item: Item, fields: Sequence[str], extra: Sequence[str]) -> list[str]:
    """The cells of an item in new columns: of these fields, then the extra columns of these names."""
    values = dict(item.extra)
    sources = [write_value(item, name, _WORDS) for name in fields]
    sources = [s if n in ("severity", "description") else guarded(s) for n, s in zip(fields, sources, strict=True)]
    return sources + [guarded(encode_cell(values.get(name, ""))) for name in extra]


def code_comment(code: str) -> str:
    """The comment that sets a category's code."""
    return f"<!-- code: {code} -->"
