"""What was understood of a document, in the words that the command line and the import preview share."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from store.enums import UNRATED
from store.fields import FIELDS
from store.formats.document.rules import EXTRA, IGNORED
from store.text import number_of, plural
from tui.render.text import cut, line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from store.commands.imports.plan import ImportPlan
    from store.formats.document.understanding import FoundList, FoundName, FoundWord, Understanding


MOST = 12
"""How many rows of each part are shown."""
_NAME = 40
_ROLES = {EXTRA: "an extra field", IGNORED: "ignored"}


class Preview(NamedTuple):
    """What an import would do, and what was understood of its document: None for a copy, and for a map alone."""

    plan: ImportPlan
    found: Understanding | None


class Row(NamedTuple):
    """A row of two cells."""

    name: str
    means: str


def content_words(plan: ImportPlan) -> str:
    """What a document has: `7 categories, 15 items, 13 dependencies, 2 cadence entries`."""
    counts = plan.counts
    dependencies = number_of(counts.dependencies, "dependency", "dependencies")
    if plan.map_alone:
        return f"a map alone, {dependencies} between items"
    categories = number_of(counts.categories, "category", "categories")
    cadence = number_of(counts.cadence, "cadence entry", "cadence entries")
    return f"{categories}, {number_of(counts.items, 'item')}, {dependencies}, {cadence}"


def role_text(role: str | None) -> str:
    """What a column or label means, in a word or two."""
    if role is None:
        return "not read"
    return _ROLES.get(role) or FIELDS[role].label


def list_row(each: FoundList) -> Row:
    """A list: where it is, how many items it has, and what its headings say about them."""
    shape = {"headings": "headings", "list": "list entries", "table": "a table", "CSV": "CSV"}[each.shape]
    says = [value.value for value in (each.severity, each.status) if value is not None]
    if each.category is not None:
        says.append(f"category {cut(line(each.category), _NAME, '...')}")
    elif says and each.heading is not None:
        says[-1] += f" (heading {cut(line(each.heading), _NAME, '...')!r})"
    parts = [number_of(each.items, "item"), *says]
    return Row(f"line {each.line}, {shape}", ", ".join(parts))


def name_row(each: FoundName, found: Understanding) -> Row:
    """A column or label and what it means, with the lines of its lists where its meaning differs between them."""
    means = role_text(each.role)
    if len(found.roles_of(each.name)) > 1:
        numbers = ", ".join(map(str, each.lines[:MOST]))
        means += f" ({plural(len(each.lines), 'line')} {numbers})"
    return Row(line(each.name) or "(no header)", means)


def word_row(each: FoundWord) -> Row:
    """A word, what it means and how often it is there."""
    means = UNRATED if each.value is None else each.value.value
    known = "" if each.known else ", not known: kept as text"
    return Row(line(each.word), f"{each.field} {means}, {number_of(each.uses, 'item')}{known}")


def is_new(each: FoundWord) -> bool:
    """Whether a word is not simply the value's own."""
    return not each.known or each.value is None or each.word.casefold() != each.value.value.casefold()


def text_left(found: Understanding) -> list[str]:
    """The sections that stay text, in short."""
    return [
        f"{cut(line(each.heading or 'the beginning'), _NAME, '...')} (line {each.line}, "
        f"{number_of(each.lines, 'line')})"
        for each in found.text
    ]


def shortened(rows: Iterable[str]) -> list[str]:
    """The first rows, and how many more there are."""
    known = list(rows)
    return known if len(known) <= MOST else [*known[:MOST], f"and {len(known) - MOST} more"]
