"""Completion of a query at the cursor: qualifiers and values, with the number of items they match."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from store.enums import Severity, Status, Word
from store.filters.ast import Pattern, Value
from store.filters.qualifiers import BY_NAME, QUALIFIERS, Qualifier, ValueKind
from store.filters.sql import matches_name
from store.queries.lookup import COMPONENTS_IN_USE, NAMES_IN_USE, SIGNALS_IN_USE, categories, most_used
from store.text import is_storable, lead_of, number_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from store.db.reader import Reader

MAX_SUGGESTIONS = 50
"""The most suggestions at once."""
_NAMED = re.compile(r"(?P<name>[^\W\d_][\w-]*):")
# A phrase begins a word or a value; at the end of the text it may be unfinished.
_WORD = re.compile(r"(?:(?<![^\s:,<>=-])\"(?:\\.|[^\"])*(?:\"|\Z)|\S)+", re.DOTALL)
_VALUE = re.compile(r"[:,](?P<operator>[<>]=?)?(?P<text>(?:\"(?:\\.|[^\"])*(?:\"|\Z))?[^,]*)", re.DOTALL)
_REST = re.compile(r"[^\s,:\"]*")
_SPANS = {
    ValueKind.SPAN: (">30d", ">90d", ">1y", "<7d"),
    ValueKind.PAST: ("<7d", "<30d", ">30d", ">90d"),
    ValueKind.FUTURE: ("<7d", "<30d", "<90d"),
    ValueKind.COUNT: (">0", ">2", ">5"),
    ValueKind.PERCENT: (">10%", ">25%", ">50%"),
}


class Proposal(NamedTuple):
    """`text` to replace the characters from `start` to `end`, and what it means or finds in a few words."""

    start: int
    end: int
    text: str
    help: str = ""


class CursorContext(NamedTuple):
    """What is typed at the cursor: a value of the qualifier `name`, or the beginning of a term."""

    name: str
    start: int
    typed: str
    operator: str = ""
    before: tuple[str, ...] = ()


def complete(reader: Reader, text: str, cursor: int) -> tuple[Proposal, ...]:
    """Suggestions for what is typed before the cursor, the likeliest first."""
    cursor = min(max(cursor, 0), len(text))
    context = at_cursor(text[:cursor])
    rest = _REST.match(text, cursor)
    end = rest.end() if rest and not context.typed.startswith('"') else cursor
    if context.name:
        qualifier = BY_NAME.get(context.name.casefold())
        offered = _values(reader, qualifier, context) if qualifier else ()
    else:
        offered = tuple(_names(context.typed))
    return tuple(Proposal(context.start, end, text, meaning) for text, meaning in offered[:MAX_SUGGESTIONS])


def at_cursor(text: str) -> CursorContext:
    """What is at the end of a text that may be an unfinished query."""
    words = list(_WORD.finditer(text))
    start = words[-1].start() if words and words[-1].end() == len(text) else len(text)
    start += text.startswith("-", start)
    match = _NAMED.match(text, start)
    if match is None:
        return CursorContext("", start, text[start:])
    *before, value = _VALUE.finditer(text, match.end() - 1)
    typed = tuple(each[0][1:] for each in before)
    return CursorContext(match["name"], value.start("text"), value["text"], value["operator"] or "", typed)


def _names(typed: str) -> Iterator[tuple[str, str]]:
    """The qualifiers that begin with what is typed, then values of fixed sets that do, with their qualifier."""
    prefix = typed.casefold()
    for qualifier in QUALIFIERS:
        if qualifier.name.startswith(prefix):
            yield f"{qualifier.name}:", qualifier.help.rstrip(".")
    if len(prefix) < 2:
        return
    for qualifier in QUALIFIERS:
        if qualifier.name not in ("has", "no", "sort"):
            for choice in qualifier.choices:
                if choice.name.casefold().startswith(prefix):
                    yield f"{qualifier.name}:{choice.name}", choice.help or qualifier.help.rstrip(".")


def _values(reader: Reader, qualifier: Qualifier, context: CursorContext) -> tuple[tuple[str, str], ...]:
    """The values that begin with what is typed, then those that contain it, without duplicates."""
    typed = context.typed.removeprefix('"').replace('\\"', '"')
    if not is_storable(typed):
        return ()
    reverse = "-" if qualifier.name == "sort" and typed.startswith("-") else ""
    wanted = typed.removeprefix(reverse).casefold()
    starting: list[tuple[str, str]] = []
    containing: list[tuple[str, str]] = []
    for name, meaning in _known(reader, qualifier, typed):
        at = name.casefold().find(wanted)
        text = f"{reverse}{name}" if qualifier.choices else _typed(name, qualifier.none)
        if at >= 0 and text not in context.before:
            (containing if at else starting).append((text, meaning))
    if qualifier.none.startswith(wanted) and qualifier.none and not context.operator and not context.before:
        starting.append((qualifier.none, ""))
    if not typed:
        spans = (span for span in _SPANS.get(qualifier.kind, ()) if span.startswith(context.operator[:1]))
        starting += [(span[1:] if context.operator else span, "") for span in spans]
    return (*starting, *containing)


def _typed(name: str, none: str) -> str:
    """A name as a value of a query."""
    return str(Value(name, text=name, quoted="*" in name or name.casefold() == none))


def _known(reader: Reader, qualifier: Qualifier, typed: str) -> Iterable[tuple[str, str]]:
    """The possible values, the likeliest first, with what each means or finds."""
    match qualifier.name:
        case "status" | "severity":
            counts = dict(reader.tuples(f"select {qualifier.name}, count(*) from item group by {qualifier.name}"))
            words: type[Word] = Status if qualifier.name == "status" else Severity
            return [(word.typed, number_of(counts.get(word.value, 0), "item")) for word in words]
        case "category":
            counts = dict(reader.tuples("select category_id, count(*) from item group by category_id"))
            numbers = ((row, number_of(counts.get(row.id, 0), "item")) for row in categories(reader))
            return [(row.code, f"{row.name}, {number}") for row, number in numbers]
        case "component":
            return _in_use(reader, COMPONENTS_IN_USE)
        case "signal":
            return _in_use(reader, SIGNALS_IN_USE)
        case _ if qualifier.column:
            return _in_use(reader, NAMES_IN_USE.format(column=qualifier.column))
        case "key" | "feeds" | "fed-by":
            where = matches_name("item.key", Pattern(f"{typed}*"))
            rows = reader.tuples(KEYS.format(where=where.sql), {**where.parameters, "most": MAX_SUGGESTIONS})
            return [(key, lead_of(title, text)) for key, title, text in rows]
        case _:
            return [(choice.name, choice.help) for choice in qualifier.choices]


def _in_use(reader: Reader, sql: str) -> list[tuple[str, str]]:
    return [(name, number_of(number, "item")) for name, number in most_used(reader, sql)]


KEYS = """
select item.key, item.title, substr(item.description, 1, 480) from item where {where} order by item.key limit :most
"""
