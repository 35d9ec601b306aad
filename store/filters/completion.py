"""Completion of a query at the cursor: qualifiers and values, with how many items they match."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func
from sqlalchemy import select as columns
from sqlmodel import col

from store.filters.ast import Pattern, Value
from store.filters.expressions import is_nowhere, named
from store.filters.qualifiers import BY_NAME, QUALIFIERS, Kind, Qualifier
from store.models import Category, Component, Item, ItemComponent
from store.text import lead_of, number_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy import Select

    from store.db.reader import Reader

MOST = 50
"""Proposals at once."""
_NAMED = re.compile(r"(?P<name>[^\W\d_][\w-]*):")
_OPERATOR = re.compile(r"[<>]=?")
_REST = re.compile(r"[^\s,:\"]*")
_SPANS = {
    Kind.SPAN: (">30d", ">90d", ">1y", "<7d"),
    Kind.PAST: ("<7d", "<30d", ">30d", ">90d"),
    Kind.FUTURE: ("<7d", "<30d", "<90d"),
    Kind.PERCENT: (">10%", ">25%", ">50%"),
}


@dataclass(frozen=True, slots=True)
class Proposal:
    """`text` in place of the characters from `start` to `end`, and what it means or finds in a few words."""

    start: int
    end: int
    text: str
    help: str = ""


@dataclass(frozen=True, slots=True)
class Here:
    """What is typed where the cursor stands: a value of the qualifier `name`, or the beginning of a term."""

    name: str
    start: int
    typed: str
    operator: str = ""
    before: tuple[str, ...] = ()


def complete(session: Reader, text: str, cursor: int) -> tuple[Proposal, ...]:
    """Proposals for what is typed just before the cursor, the likeliest first; none where nothing fits."""
    cursor = min(max(cursor, 0), len(text))
    here = at_cursor(text[:cursor])
    rest = _REST.match(text, cursor)
    end = rest.end() if rest and not here.typed.startswith('"') else cursor
    if here.name:
        qualifier = BY_NAME.get(here.name.casefold())
        offered = _values(session, qualifier, here) if qualifier else ()
    else:
        offered = tuple(_names(here.typed))
    return tuple(Proposal(here.start, end, text, told) for text, told in offered[:MOST])


def at_cursor(text: str) -> Here:
    """What stands at the end of a text that may be half of a query."""
    start, quoted, at = 0, False, 0
    while at < len(text):
        character = text[at]
        if quoted:
            at += character == "\\"
            quoted = character != '"'
        elif character == '"' and (at == start or text[at - 1] in ":,<>=-"):
            quoted = True
        elif character.isspace():
            start = at + 1
        at += 1
    start += text.startswith("-", start)
    match = _NAMED.match(text, start)
    if match is None:
        return Here("", start, text[start:])
    *before, (at, value) = _split(text, match.end())
    operator = _OPERATOR.match(value)
    sign = operator[0] if operator else ""
    return Here(match["name"], at + len(sign), value[len(sign) :], sign, tuple(value for _, value in before))


def _split(text: str, start: int) -> list[tuple[int, str]]:
    """The values from a place on, each with where it begins; a comma in quotation marks parts nothing."""
    found, quoted, begun = [], False, start
    for at in range(start, len(text)):
        if text[at] == '"' and (quoted or at == begun or text[at - 1] in "<>="):
            quoted = not quoted or text[at - 1] == "\\"
        elif text[at] == "," and not quoted:
            found.append((begun, text[begun:at]))
            begun = at + 1
    return [*found, (begun, text[begun:])]


def _names(typed: str) -> Iterator[tuple[str, str]]:
    """The qualifiers that begin as typed, then the words of fixed sets that do, with their qualifier."""
    begun = typed.casefold()
    for qualifier in QUALIFIERS:
        if qualifier.name.startswith(begun):
            yield f"{qualifier.name}:", qualifier.help.rstrip(".")
    if len(begun) < 2:
        return
    for qualifier in QUALIFIERS:
        if qualifier.name not in ("has", "no", "sort"):
            for choice in qualifier.choices:
                if choice.name.casefold().startswith(begun):
                    yield f"{qualifier.name}:{choice.name}", choice.help or qualifier.help.rstrip(".")


def _values(session: Reader, qualifier: Qualifier, here: Here) -> tuple[tuple[str, str], ...]:
    """The values that begin as typed, then those that hold it; none twice."""
    typed = here.typed.removeprefix('"').replace('\\"', '"')
    if is_nowhere(typed):
        return ()
    reverse = "-" if qualifier.name == "sort" and typed.startswith("-") else ""
    wanted = typed.removeprefix(reverse).casefold()
    begun: list[tuple[str, str]] = []
    inside: list[tuple[str, str]] = []
    for name, told in _known(session, qualifier, typed):
        at = name.casefold().find(wanted)
        text = f"{reverse}{name}" if qualifier.choices else _typed(name, qualifier.none)
        if at >= 0 and text not in here.before:
            (inside if at else begun).append((text, told))
    if qualifier.none.startswith(wanted) and qualifier.none and not here.operator and not here.before:
        begun.append((qualifier.none, ""))
    if not typed:
        spans = (span for span in _SPANS.get(qualifier.kind, ()) if span.startswith(here.operator[:1]))
        begun += [(span[1:] if here.operator else span, "") for span in spans]
    return (*begun, *inside)


def _typed(name: str, none: str) -> str:
    """A name as a value of a query."""
    return str(Value(name, text=name, quoted="*" in name or name.casefold() == none))


def _known(session: Reader, qualifier: Qualifier, typed: str) -> Iterable[tuple[str, str]]:
    """The values there are, the likeliest first, with what each means or finds."""
    match qualifier.name:
        case "status" | "severity":
            column = col(Item.status) if qualifier.name == "status" else col(Item.severity)
            counts = dict(session.execute(columns(column, func.count()).group_by(column)).all())
            for choice in qualifier.choices:
                number = next((count for word, count in counts.items() if word.typed == choice.name), 0)
                yield choice.name, number_of(number, "item")
        case "category":
            yield from _categories(session)
        case "owner":
            owner = col(Item.owner)
            yield from _counted(session, columns(owner, func.count()).where(owner.is_not(None)).group_by(owner))
        case "component":
            name = col(Component.name)
            linked = columns(name, func.count()).join(
                ItemComponent, col(ItemComponent.component_id) == col(Component.id)
            )
            yield from _counted(session, linked.group_by(col(Component.id), name))
        case "key" | "feeds" | "fed-by":
            yield from _keys(session, typed)
        case _:
            yield from ((choice.name, choice.help) for choice in qualifier.choices)


def _counted(session: Reader, query: Select[*tuple[Any, ...]]) -> Iterable[tuple[str, str]]:
    """Names with the number of their items, most used first."""
    ranked = sorted((-number, name) for name, number in session.execute(query) if name)
    return ((name, number_of(-number, "item")) for number, name in ranked)


def _categories(session: Reader) -> Iterable[tuple[str, str]]:
    counts = dict(session.execute(columns(col(Item.category_id), func.count()).group_by(col(Item.category_id))).all())
    rows = session.execute(
        columns(col(Category.id), col(Category.code), col(Category.name)).order_by(
            col(Category.position), col(Category.id)
        )
    )
    return ((code, f"{name}, {number_of(counts.get(category, 0), 'item')}") for category, code, name in rows)


def _keys(session: Reader, typed: str) -> Iterable[tuple[str, str]]:
    """The keys that begin as typed."""
    key = col(Item.key)
    shown = columns(key, col(Item.title), func.substr(col(Item.description), 1, 480))
    rows = session.execute(shown.where(named(key, Pattern(f"{typed}*"))).order_by(key).limit(MOST))
    return ((found, lead_of(title, text)) for found, title, text in rows)
