"""Writes a register into its document: only what changed, or the whole where there is no document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.errors import RegisterError
from store.formats.document.dashboard_writer import write_dashboards
from store.formats.document.diff import differences
from store.formats.document.edits import Edits
from store.formats.document.facts_writer import FactsWriter
from store.formats.document.items import ItemWriter
from store.formats.document.map import write_chart
from store.formats.document.reader import parse
from store.formats.document.sections_writer import SectionWriter
from store.formats.document.template import write_fresh
from store.formats.document.unread import masked

if TYPE_CHECKING:
    from datetime import date

    from store.formats.document.layout import Layout
    from store.formats.document.model import Item, Register
    from store.formats.document.reader import Parsed


def write(
    register: Register, *, template: str | None = None, updated: date | None = None, known: Register | None = None
) -> str:
    """The document of a register.

    With a template only what differs from the register read from it is written, items and categories
    being found by their `origin`; where nothing differs the template comes back as it is. `updated` is
    the new Last Updated date. `known` is what was known of the map before lines of it could not be read.
    Raises RegisterError rather than giving a document that reads back otherwise.
    """
    _check(register)
    if template is None:
        text = write_fresh(register, updated)
        _confirm(text, register)
        return text
    parsed = parse(template)
    shown = register if parsed.register is None else masked(register, parsed.layout.unread, parsed.register, known)
    text = _write_into(template, parsed, shown, updated)
    if text != template:
        _confirm(text, shown)
    return text


def _check(register: Register) -> None:
    """Raise where a register contradicts itself."""
    keys, codes = {item.key for item in register.items}, {category.code for category in register.categories}
    lost = {key for edge in register.dependencies for key in (edge.source, edge.target)} - keys
    strays = {item.category for item in register.items} - codes
    if not codes:
        raise RegisterError("a register without a category cannot be a document", "add a category first")
    if len(keys) < len(register.items) or len(codes) < len(register.categories):
        raise RegisterError("two items or two categories have the same key", "give one of them another key")
    if lost or strays:
        name = min(lost or strays)
        raise RegisterError(f"the register names {name}, which it does not hold", "remove what names it")


def _write_into(template: str, parsed: Parsed, register: Register, updated: date | None) -> str:
    layout, imported = parsed.layout, parsed.register
    if imported is None or parsed.problems:
        problem = parsed.problems[0]
        raise RegisterError(f"the document cannot be read, line {problem.line}: {problem.what}", problem.remedy)
    columns = {key: table.columns.fields for s in layout.sections for table in s.tables for key, _ in table.rows}
    origins = {item.key: item.origin for item in register.items}
    changed = [
        found
        for found in differences(imported, register)
        if found.field != "opened_on" or "opened_on" in columns.get(origins.get(found.key) or "", {})
    ]
    if not changed:
        return template
    edits = Edits(layout.text)
    FactsWriter(edits, layout, imported, register).write(updated)
    _write_categories(edits, layout, imported, register)
    write_dashboards(edits, layout.dashboards, imported, register)
    write_chart(edits, layout, imported, register)
    return edits.text()


def _write_categories(edits: Edits, layout: Layout, imported: Register, register: Register) -> None:
    items: dict[str, list[Item]] = {category.code: [] for category in register.categories}
    for item in register.items:
        items.setdefault(item.category, []).append(item)
    former = {item.key: item for item in imported.items}
    sections = SectionWriter(edits, layout, imported, register)
    rows = ItemWriter(edits, layout.sections, former)
    for category in register.categories:
        if section := sections.section(category):
            rows.write(section, items[category.code])
    sections.write(items)


def _confirm(text: str, register: Register) -> None:
    """Raise unless the text reads back as the register."""
    again = parse(text)
    remedy = "please report this; nothing was written"
    if again.problems:
        raise RegisterError(f"the register cannot be written as a document, line {again.problems[0]}", remedy)
    if again.register is None:
        raise RegisterError("the register cannot be written as a document: nothing of it would be read back", remedy)
    for found in differences(register, again.register, by="key"):
        if found.field == "opened_on" and found.after is None:
            continue
        part = " ".join(word for word in (found.key, found.field or found.entity) if word)
        raise RegisterError(f"the register cannot be written as a document: {part} would read back otherwise", remedy)
