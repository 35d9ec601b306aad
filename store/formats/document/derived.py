"""Derived text of a document: corrects its numbers of items, the colors of its map and the date of a change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.formats.dates import find_date
from store.formats.document.counts import write_counts, wrong_counts
from store.formats.document.dashboard import counts, write_numbers, wrong_numbers
from store.formats.document.reader import ParsedTexts
from store.formats.lines import Edits
from store.formats.mermaid.writer import write_colors, wrong_colors

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date

    from store.formats.document.layout import Layout
    from store.formats.document.model import Register

DERIVED_RULES = frozenset({"wrong-count", "wrong-color"})
"""The rules that this corrects."""

Part = tuple[str, ...]
"""One number or color of a document: what it is of, whatever it says."""


def disagreements(text: str, texts: ParsedTexts | None = None) -> frozenset[Part]:
    """The numbers and colors that disagree with the items; none where these cannot be read."""
    parsed = (texts or ParsedTexts()).parse(text)
    if parsed.register is None or parsed.problems:
        return frozenset()
    layout, right = parsed.layout, counts(parsed.register)
    found = {
        _number(number, each.code, each.word)
        for number, dashboard in enumerate(layout.dashboards)
        for each in wrong_numbers(dashboard, right)
    }
    found |= {("number", each.name) for each in wrong_counts(layout, parsed.register)}
    for chart in layout.charts:
        nodes = layout.keys.of_nodes(chart)
        found |= {("color", each.key) for each in wrong_colors(chart, nodes, parsed.register.items)}
    return frozenset(found)


def corrected(
    text: str,
    register: Register | None = None,
    *,
    rules: Collection[str] = DERIVED_RULES,
    leave: Collection[Part] = (),
    texts: ParsedTexts | None = None,
) -> str:
    """The text with the numbers and colors that these rules find corrected for its items, or those of a register.

    Those in `leave` are left alone. A text whose items cannot be read stays unchanged.
    """
    parsed = (texts or ParsedTexts()).parse(text)
    right = register or parsed.register
    if right is None or parsed.register is None or parsed.problems:
        return text
    edits = Edits(parsed.layout.text)
    if "wrong-count" in rules:
        _write_counts(edits, parsed.layout, right, leave)
        others = wrong_counts(parsed.layout, right)
        write_counts(edits, [each for each in others if ("number", each.name) not in leave])
    for chart in parsed.layout.charts if "wrong-color" in rules else ():
        colors = wrong_colors(chart, parsed.layout.keys.of_nodes(chart), right.items)
        write_colors(edits, chart, [each for each in colors if ("color", each.key) not in leave])
    return edits.text()


def _write_counts(edits: Edits, layout: Layout, register: Register, leave: Collection[Part]) -> None:
    right, codes = counts(register), {None, *(category.code for category in register.categories)}
    for number, dashboard in enumerate(layout.dashboards):
        wrong = [each for each in wrong_numbers(dashboard, right) if each.code in codes]
        write_numbers(edits, dashboard, [each for each in wrong if _number(number, each.code, each.word) not in leave])


def _number(dashboard: int, code: str | None, word: str) -> Part:
    return ("count", str(dashboard), code or "", word)


def with_last_updated(text: str, day: date, texts: ParsedTexts | None = None) -> str:
    """The text with another Last Updated date, in the form that it has there; unchanged where none can be read."""
    layout = (texts or ParsedTexts()).parse(text).layout
    span = layout.facts.labels.get("last updated")
    found = find_date(span.source) if span else None
    if span is None or found is None or not found.certain or found.value == day:
        return text
    edits = Edits(layout.text)
    line, start = edits.lines[span.line], span.start
    edits.replace(span.line, line[: start + found.start] + found.rewrite(day) + line[start + found.end :])
    return edits.text()
