"""Parses typed text into a query, or raises an error that points at what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.errors import QueryError, quoted
from store.filters.ast import ALL, Query, Sort, Term, Value, quote
from store.filters.qualifiers import BY_NAME, Reader, near

if TYPE_CHECKING:
    from store.filters.grammar import RawTerm

MOST_TERMS = 100
MOST_VALUES = 500
_MOST_CHARACTERS = 200_000


def parse(text: str, *, rule: bool = False) -> Query:
    """The query that was typed; blank is ALL. Raises QueryError pointing at what is wrong.

    An escalation `rule` may not ask what is escalated: that is what rules say.
    """
    if not text.strip():
        return ALL
    if len(text) > _MOST_CHARACTERS:
        raise QueryError("the query is too long", "look for less", query=text[:80], column=80)
    # A grammar takes its time to load, and the first screen does without.
    from store.filters.grammar import taken_apart

    raw = taken_apart(text)
    if len(raw) > MOST_TERMS:
        what, remedy = f"a query has at most {MOST_TERMS} terms", "look for less at once"
        raise QueryError(what, remedy, query=text, column=raw[MOST_TERMS].column, length=raw[MOST_TERMS].length)
    terms: list[Term] = []
    sort: Sort | None = None
    for each in raw:
        if each.name.casefold() == "sort":
            sort = _sort(each, text, sort)
        else:
            terms.append(_term(each, text, rule=rule))
    return Query(tuple(terms), sort, text)


def _term(raw: RawTerm, text: str, *, rule: bool) -> Term:
    if not raw.name:
        return _words(raw, text)
    name = raw.name.casefold()
    qualifier = BY_NAME.get(name)
    if qualifier is None:
        raise _unknown(raw, text)
    if len(raw.values) > MOST_VALUES:
        value = raw.values[MOST_VALUES]
        what, remedy = f"{name} takes at most {MOST_VALUES} values", "look for less at once"
        raise QueryError(what, remedy, query=text, column=value.column, length=value.length)
    reader = Reader(qualifier, text)
    values = tuple(reader.read(value) for value in raw.values)
    if rule and name == "is":
        _ask_nothing_of_rules(values, text)
    return Term(name, values, raw.negated, raw.column, raw.length)


def _ask_nothing_of_rules(values: tuple[Value, ...], text: str) -> None:
    for value in values:
        if value.meant == "escalated":
            what, remedy = "a rule says what is escalated, so it cannot ask for it", "take is:escalated out"
            raise QueryError(what, remedy, query=text, column=value.column, length=value.length)


def _words(raw: RawTerm, text: str) -> Term:
    (value,) = raw.values
    if not value.text:
        what, remedy = "there is nothing between the quotation marks", "type what to look for between them"
        raise QueryError(what, remedy, query=text, column=value.column, length=value.length)
    meant = Value(value.text, value.operator, value.text, value.quoted, value.column, value.length)
    return Term("", (meant,), raw.negated, raw.column, raw.length)


def _unknown(raw: RawTerm, text: str) -> QueryError:
    """What looks like a qualifier and is none."""
    typed = text[raw.column : raw.column + raw.length].removeprefix("-")
    meant = near(raw.name, BY_NAME)
    remedy = f"quote it to look for it as text: {quote(typed)}"
    if meant:
        remedy = f"did you mean {meant}:{typed.partition(':')[2]}?"
    column = raw.column + raw.negated
    return QueryError(
        f"there is no qualifier {quoted(raw.name)}", remedy, query=text, column=column, length=len(raw.name)
    )


def _sort(raw: RawTerm, text: str, before: Sort | None) -> Sort:
    if before is not None:
        what, remedy = "there are two orders", "keep one of them"
        raise QueryError(what, remedy, query=text, column=raw.column, length=raw.length)
    value = raw.values[0]
    reverse = not value.quoted and value.text.startswith("-")
    name = value.text.removeprefix("-") if reverse else value.text
    if raw.negated:
        what, remedy = "an order cannot be excluded", f"sort:-{name} reverses it"
        raise QueryError(what, remedy, query=text, column=raw.column, length=raw.length)
    if len(raw.values) > 1:
        what, remedy = "there are two orders", "keep one of them"
        raise QueryError(what, remedy, query=text, column=raw.values[1].column, length=raw.values[1].length)
    found = Reader(BY_NAME["sort"], text).named(value, name)
    return Sort(found, reverse)
