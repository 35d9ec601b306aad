"""Parses typed text into a query, or raises an error that points at what is wrong."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from store.errors import QueryError, quoted
from store.filters.ast import ALL, Operator, Query, Sort, Term, Value, error_at, quote
from store.filters.qualifiers import BY_NAME, ValueReader, closest

if TYPE_CHECKING:
    from lark import Lark, Token, UnexpectedInput

MAX_TERMS = 100
MAX_VALUES = 500
_MAX_CHARACTERS = 200_000
_ESCAPE = re.compile(r"\\([\"\\])")
_NAME = r"[^\W\d_][\w-]*:"
_BARE = r"(?>[<>]=?)?[^\s,\"<>][^\s,]*"
_PLAIN_TERM = re.compile(
    rf"(?P<not>-?)(?:(?P<name>{_NAME})(?P<values>{_BARE}(?:,{_BARE})*)|(?!{_NAME})(?P<word>[^\s\"-]\S*))"
)
"""A term without quotation marks, as in the grammar."""
_PLAIN_VALUE = re.compile(r"(?P<operator>[<>]=?)?(?P<text>[^,]+)")


def parse(text: str, *, rule: bool = False) -> Query:
    """The query that was typed; ALL if blank. Raises QueryError pointing at what is wrong.

    An escalation `rule` cannot use `is:escalated`, which depends on the rules.
    """
    if not text.strip():
        return ALL
    if len(text) > _MAX_CHARACTERS:
        raise QueryError("the query is too long", "shorten it", query=text[:80], column=80)
    raw = plain_terms(text) or quoted_terms(text)
    if len(raw) > MAX_TERMS:
        raise error_at(raw[MAX_TERMS], text, f"a query can have at most {MAX_TERMS} terms", "remove some")
    terms: list[Term] = []
    sort: Sort | None = None
    for each in raw:
        if each.name.casefold() == "sort":
            sort = _sort(each, text, sort)
        else:
            terms.append(_term(each, text, rule=rule) if each.name else _word(each, text))
    return Query(tuple(terms), sort, text)


def _term(raw: Term, text: str, *, rule: bool) -> Term:
    name = raw.name.casefold()
    qualifier = BY_NAME.get(name)
    if qualifier is None:
        raise _unknown(raw, text)
    if len(raw.values) > MAX_VALUES:
        what = f"{name} can have at most {MAX_VALUES} values"
        raise error_at(raw.values[MAX_VALUES], text, what, "remove some")
    reader = ValueReader(qualifier, text)
    values = tuple(reader.read(value) for value in raw.values)
    if rule and name == "is":
        for value in values:
            if value.parsed == "escalated":
                what = "a rule cannot use is:escalated, since rules decide what is escalated"
                raise error_at(value, text, what, "remove it")
    return raw._replace(name=name, values=values)


def _word(raw: Term, text: str) -> Term:
    (value,) = raw.values
    if not value.text:
        what, remedy = "the quotation marks are empty", "type the text to search for between them"
        raise error_at(value, text, what, remedy)
    return raw._replace(values=(value._replace(parsed=value.text),))


def _unknown(raw: Term, text: str) -> QueryError:
    """The error for an unknown qualifier."""
    typed = text[raw.column : raw.column + raw.length].removeprefix("-")
    suggestion = closest(raw.name, BY_NAME)
    remedy = f"quote it to search for it as text: {quote(typed)}"
    if suggestion:
        remedy = f"did you mean {suggestion}:{typed.partition(':')[2]}?"
    what = f"unknown qualifier {quoted(raw.name)}"
    return QueryError(what, remedy, query=text, column=raw.column + raw.negated, length=len(raw.name))


def _sort(raw: Term, text: str, before: Sort | None) -> Sort:
    value = raw.values[0]
    reverse = not value.quoted and value.text.startswith("-")
    name = value.text.removeprefix("-") if reverse else value.text
    if before is not None or len(raw.values) > 1:
        part = raw if before is not None else raw.values[1]
        raise error_at(part, text, "a query can have only one sort order", "remove one")
    if raw.negated:
        raise error_at(raw, text, "a sort order cannot be negated", f"use sort:-{name} to reverse it")
    reader = ValueReader(BY_NAME["sort"], text)
    if value.operator:
        reader.read(value)
    return Sort(reader.choice(value._replace(text=name)), reverse)


@lru_cache(maxsize=1)
def _parser() -> Lark:
    # Loading the grammar is slow, and the first screen does not need it.
    from lark import Lark

    grammar = Path(__file__).with_name("grammar.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", lexer="contextual", start="query")


def plain_terms(text: str) -> tuple[Term, ...]:
    """The terms of a query without quotation marks, as typed; empty for any other query.

    Most queries have none, and loading the grammar takes longer than drawing a screen.
    """
    terms = []
    for word in re.finditer(r"\S+", text):
        found = _PLAIN_TERM.fullmatch(text, *word.span())
        if found is None:
            return ()
        values = [
            _raw_value(each["text"], each["operator"], each.span())
            for each in _PLAIN_VALUE.finditer(text, *found.span("values"))
        ]
        if found["word"]:
            values = [_raw_value(found["word"], None, found.span("word"))]
        name = (found["name"] or "").removesuffix(":")
        terms.append(Term(name, tuple(values), bool(found["not"]), word.start(), len(word[0])))
    return tuple(terms)


def _raw_value(text: str, operator: str | None, span: tuple[int, int], *, quoted: bool = False) -> Value:
    """A value as typed, not parsed yet; its span includes its operator."""
    return Value(None, Operator(operator or ""), text, quoted, span[0], span[1] - span[0])


def quoted_terms(text: str) -> tuple[Term, ...]:
    """The terms of any query that is not blank, as typed, by the grammar. Raises QueryError for a syntax error."""
    from lark import Token, Tree, UnexpectedInput

    try:
        tree = _parser().parse(text.rstrip())
    except UnexpectedInput as error:
        raise _syntax_error(text, error) from None
    terms = []
    for term in tree.children:
        assert isinstance(term, Tree)
        name, values, negated = "", [], False
        for part in term.children:
            if isinstance(part, Tree):
                values.append(_token_value([token for token in part.children if isinstance(token, Token)]))
            elif part.type == "NOT":
                negated = True
            elif part.type == "NAME":
                name = str(part[:-1])
            else:
                values.append(_token_value([part]))
        start, end = _extent(list(term.scan_values(lambda value: isinstance(value, Token))))
        terms.append(Term(name, tuple(values), negated, start, end - start))
    return tuple(terms)


def _token_value(tokens: list[Token]) -> Value:
    last = tokens[-1]
    quoted = last.type == "PHRASE"
    text = _ESCAPE.sub(r"\1", last[1:-1]) if quoted else str(last)
    return _raw_value(text, str(tokens[0]) if len(tokens) > 1 else None, _extent(tokens), quoted=quoted)


def _extent(tokens: list[Token]) -> tuple[int, int]:
    first, last = tokens[0].start_pos, tokens[-1].end_pos
    assert first is not None
    assert last is not None
    return first, last


def _syntax_error(text: str, error: UnexpectedInput) -> QueryError:
    """The error for what breaks the grammar."""
    from lark import UnexpectedToken

    expected = error.expected if isinstance(error, UnexpectedToken) else getattr(error, "allowed", None) or set()
    at = error.pos_in_stream
    end = len(text.rstrip())
    column = end if at is None or at < 0 or (isinstance(error, UnexpectedToken) and error.token.type == "$END") else at
    length = 1
    if text[column : column + 1] == '"' and "PHRASE" in expected:
        what, remedy, length = "a closing quotation mark is missing", 'add " at the end of the phrase', end - column
    elif "BARE" in expected or expected == {"PHRASE"}:
        name = re.split(r"\s", text[:column])[-1].rstrip(":")
        what, remedy = f"a value is missing after {name}", "type one, or quote the whole term to search for it as text"
    elif "WORD" in expected:
        what, remedy = "nothing to exclude after -", 'put it right before a word or qualifier, or quote it as "-"'
        column = max(column - 1, 0)
    else:
        what = "a space is missing after a closing quotation mark"
        remedy = 'add a space, or write \\" for a "'
    return QueryError(what, remedy, query=text, column=column, length=length)
