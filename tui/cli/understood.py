"""What was understood of a document that is imported, for people and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.cli.tables import STRONG, Cell, Column, paint, paragraph, table
from tui.render.import_plan import MOST, is_new, list_row, name_row, shortened, text_left, word_row
from tui.render.text import line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store.commands.imports.plan import ImportPlan
    from store.formats.document.understanding import Understanding
    from tui.cli.output import Json


CHANGE = 'Change it with --map "NAME=FIELD", --map-severity or --map-status "WORD=VALUE".'


def parts(found: Understanding, name: str) -> list[str]:
    """The lists, what columns and words mean, and what is left; nothing for a document in the usual shape."""
    if found.is_usual:
        return []
    shown = []
    if found.lists:
        rows = [list_row(each) for each in found.lists]
        shown.append(_table(("List", "What it holds"), [(row.name, row.means) for row in rows]))
    if found.names:
        rows = [name_row(each, found) for each in found.names]
        shown.append(_table(("Column or label", "Means"), [(row.name, row.means) for row in rows]))
    if words := [word_row(each) for each in found.words if is_new(each)]:
        shown.append(_table(("Word", "Means"), [(row.name, row.means) for row in words]))
    if found.not_items:
        said = shortened(f"{name}, line {each.line}: {each.what}" for each in found.not_items)
        shown.append("\n".join([paint("Not items", STRONG), *(paragraph(line(each)) for each in said)]))
    if found.text:
        shown.append(paragraph(line(f"Left as text: {', '.join(shortened(text_left(found)))}")))
    if found.names or words:
        shown.append(paragraph(CHANGE))
    return shown


def _table(titles: tuple[str, str], rows: Sequence[tuple[str, str]]) -> str:
    columns = [Column(titles[0], shrinks=True, least=16), Column(titles[1], shrinks=True, least=20)]
    cells = [(Cell.of(name, STRONG), Cell.of(means)) for name, means in rows[:MOST]]
    more = f"\nand {len(rows) - MOST} more" if len(rows) > MOST else ""
    return table(columns, cells) + more


def uncertain(plan: ImportPlan) -> str:
    """The items without keys that may be known ones."""
    rows = [f"{line(each.text)}: {' or '.join(each.candidates)}, or new" for each in plan.uncertain]
    title = paint("Items without a key that may be known ones", STRONG)
    return "\n".join([title, *(paragraph(each) for each in shortened(rows))])


def shape(found: Understanding | None) -> Json:
    """What was understood as JSON; null for JSON and a map, which have no columns."""
    if found is None:
        return None
    return {
        "lists": [
            {
                "shape": each.shape,
                "line": each.line,
                "items": each.items,
                "heading": each.heading,
                "category": each.category,
                "severity": each.severity and each.severity.value,
                "status": each.status and each.status.value,
            }
            for each in found.lists
        ],
        "names": [{"name": each.name, "means": each.role, "lines": list(each.lines)} for each in found.names],
        "words": [
            {
                "field": each.field,
                "word": each.word,
                "value": each.value and each.value.value,
                "known": each.known,
                "items": each.uses,
            }
            for each in found.words
        ],
        "text": [{"heading": each.heading, "line": each.line, "lines": each.lines} for each in found.text],
        "not_items": [{"line": each.line, "what": each.what} for each in found.not_items],
        "not_taken": [{"line": each.line, "what": each.what} for each in found.not_taken],
    }
