"""Parses typed text into a query, or raises an error that points at what is wrong."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from store.errors import QueryError, quoted
from store.filters.ast import ALL, Operator, Query, Sort, Term, Value, quote
from store.filters.qualifiers import BY_NAME, RawValue, ValueReader, near

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lark import Lark, Token, Tree, UnexpectedInput

MOST_TERMS = 100
MOST_VALUES = 500
_MOST_CHARACTERS = 200_000
_ESCAPE = re.compile(r"\\([\"\\])")
_NAME = r"[^\W\d_][\w-]*:"
_BARE = r"(?>[<>]=?)?[^\s,\"<>][^\s,]*"
_PLAIN_TERM = re.compile(
    rf"(?P<not>-?)(?:(?P<name>{_NAME})(?P<values>{_BARE}(?:,{_BARE})*)|(?!{_NAME})(?P<word>[^\s\"-]\S*))"
)
"""A term without quotation marks: what the grammar says of these."""
_PLAIN_VALUE = re.compile(r"(?P<operator>[<>]=?)?(?P<text>[^,]+)")


class RawTerm(NamedTuple):
    """A term as typed; `name` is empty for a word or phrase, whose only value it holds."""

    name: str
    values: tuple[RawValue, ...]
    negated: bool
    column: int
    length: int


def parse(text: str, *, rule: bool = False) -> Query:
    """The query that was typed; blank is ALL. Raises QueryError pointing at what is wrong.

    An escalation `rule` may not ask what is escalated: that is what rules say.
    """
    if not text.strip():
        return ALL
    if len(text) > _MOST_CHARACTERS:
        raise QueryError("the query is too long", "look for less", query=text[:80], column=80)
    raw = plain_terms(text) or quoted_terms(text)
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
    reader = ValueReader(qualifier, text)
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
    found = ValueReader(BY_NAME["sort"], text).named(value, name)
    return Sort(found, reverse)


@lru_cache(maxsize=1)
def _parser() -> Lark:
    # A grammar takes its time to load, and the first screen does without.
    from lark import Lark

    grammar = Path(__file__).with_name("grammar.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", lexer="contextual", start="query")


def plain_terms(text: str) -> tuple[RawTerm, ...]:
    """The terms of a query in which none is quoted; empty for any other query.

    Most queries are such, and loading the grammar takes longer than drawing a screen.
    """
    terms = []
    for word in re.finditer(r"\S+", text):
        found = _PLAIN_TERM.fullmatch(text, *word.span())
        if found is None:
            return ()
        values = [_plain_value(each) for each in _PLAIN_VALUE.finditer(text, *found.span("values"))]
        if found["word"]:
            values = [RawValue(found["word"], Operator.IS, False, found.start("word"), len(found["word"]))]
        name = (found["name"] or "").removesuffix(":")
        terms.append(RawTerm(name, tuple(values), bool(found["not"]), word.start(), len(word[0])))
    return tuple(terms)


def _plain_value(found: re.Match[str]) -> RawValue:
    operator = Operator(found["operator"]) if found["operator"] else Operator.IS
    return RawValue(found["text"], operator, False, found.start(), len(found[0]))


def quoted_terms(text: str) -> tuple[RawTerm, ...]:
    """The terms of any query that is not blank, by its grammar. Raises QueryError where it breaks that."""
    from lark import Tree, UnexpectedInput

    try:
        tree = _parser().parse(text.rstrip())
    except UnexpectedInput as error:
        raise _syntax_error(text, error) from None
    return tuple(_raw_term(each) for each in tree.children if isinstance(each, Tree))


def _raw_term(tree: Tree[Token]) -> RawTerm:
    from lark import Tree

    name, values, negated = "", [], False
    tokens = list(_tokens(tree))
    for part in tree.children:
        if isinstance(part, Tree):
            values.append(_raw_value(list(_tokens(part))))
        elif part.type == "NOT":
            negated = True
        elif part.type == "NAME":
            name = part[:-1]
        else:
            values.append(_raw_value([part]))
    start, end = _extent(tokens)
    return RawTerm(str(name), tuple(values), negated, start, end - start)


def _raw_value(tokens: list[Token]) -> RawValue:
    last = tokens[-1]
    quoted = last.type == "PHRASE"
    text = _ESCAPE.sub(r"\1", last[1:-1]) if quoted else str(last)
    operator = Operator(str(tokens[0])) if len(tokens) > 1 else Operator.IS
    start, end = _extent(tokens)
    return RawValue(text, operator, quoted, start, end - start)


def _tokens(tree: Tree[Token]) -> Iterator[Token]:
    from lark import Token

    return (token for token in tree.scan_values(lambda value: isinstance(value, Token)))


def _extent(tokens: list[Token]) -> tuple[int, int]:
    first, last = tokens[0].start_pos, tokens[-1].end_pos
    assert first is not None
    assert last is not None
    return first, last


def _syntax_error(text: str, error: UnexpectedInput) -> QueryError:
    """What breaks the grammar, in words."""
    from lark import UnexpectedToken

    expected = error.expected if isinstance(error, UnexpectedToken) else getattr(error, "allowed", None) or set()
    at = error.pos_in_stream
    end = len(text.rstrip())
    column = end if at is None or at < 0 or (isinstance(error, UnexpectedToken) and error.token.type == "$END") else at
    if text[column : column + 1] == '"' and "PHRASE" in expected:
        what, remedy = "a quotation mark is not closed", 'add " where the phrase ends'
        return QueryError(what, remedy, query=text, column=column, length=end - column)
    if "BARE" in expected or expected == {"PHRASE"}:
        name = re.split(r"\s", text[:column])[-1]
        what, remedy = (
            f"a value is missing after {name.rstrip(':')}",
            "type one, or quote the whole to look for it as text",
        )
        return QueryError(what, remedy, query=text, column=column)
    if "WORD" in expected:
        what, remedy = "- has nothing to exclude", 'write it right before a word or qualifier, or quote it as "-"'
        return QueryError(what, remedy, query=text, column=max(column - 1, 0))
    what, remedy = "a quotation mark closes and more text follows at once", 'put a blank between, or write \\" for a "'
    return QueryError(what, remedy, query=text, column=column)
