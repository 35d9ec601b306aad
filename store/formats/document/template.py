"""Writes a register as a whole document in the reference shape."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.enums import Status
from store.fields import FIELDS
from store.formats.document.codes import codes_to_write
from store.formats.document.derived import TOTAL, counts
from store.formats.document.facts import LABELS
from store.formats.document.prose import (
    definition_source,
    entry_source,
    label_source,
    name_source,
    note_source,
    purpose_source,
    title_source,
)
from store.formats.document.values import components_text, write_components, write_value
from store.formats.markdown import encode_cell, split_components
from store.formats.mermaid.writer import mapped_items, write_map

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from store.formats.document.model import CadenceEntry, Category, Item, Register

ALWAYS = ("key", "description", "severity", "components", "mitigation_plan", "status")
NEEDED = ("owner", "effort", "affected", "due_on", "accepted_by", "accepted_until")
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
    fields = [*ALWAYS[:-1], *needed]
    headers = [*(header(name) for name in fields), *map(encode_cell, extra), header("status")]
    rows = [headers, ["-" * max(3, len(text)) for text in headers]]
    for item in items:
        values = dict(item.extra)
        cells = [item_source(item, name) for name in fields]
        rows.append([*cells, *(encode_cell(values.get(name, "")) for name in extra), item_source(item, "status")])
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
