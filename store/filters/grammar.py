"""Typed queries taken apart by the grammar: terms and values with their columns, not yet what they mean."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from lark import Lark, Token, Tree, UnexpectedInput, UnexpectedToken

from store.errors import QueryError
from store.filters.ast import Operator

if TYPE_CHECKING:
    from collections.abc import Iterator

_ESCAPE = re.compile(r"\\([\"\\])")


@dataclass(frozen=True, slots=True)
class RawValue:
    """A value as typed, without its quotation marks; `column` and `length` take in its operator."""

    text: str
    operator: Operator
    quoted: bool
    column: int
    length: int


@dataclass(frozen=True, slots=True)
class RawTerm:
    """A term as typed; `name` is empty for a word or phrase, whose only value it holds."""

    name: str
    values: tuple[RawValue, ...]
    negated: bool
    column: int
    length: int


@lru_cache(maxsize=1)
def _parser() -> Lark:
    grammar = Path(__file__).with_name("grammar.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", lexer="contextual", start="query")


def taken_apart(text: str) -> tuple[RawTerm, ...]:
    """The terms of a query that is not blank. Raises QueryError where it breaks the grammar."""
    try:
        tree = _parser().parse(text.rstrip())
    except UnexpectedInput as error:
        raise _refusal(text, error) from None
    return tuple(_term(each) for each in tree.children if isinstance(each, Tree))


def _term(tree: Tree[Token]) -> RawTerm:
    name, values, negated = "", [], False
    tokens = list(_tokens(tree))
    for part in tree.children:
        if isinstance(part, Tree):
            values.append(_value(list(_tokens(part))))
        elif part.type == "NOT":
            negated = True
        elif part.type == "NAME":
            name = part[:-1]
        else:
            values.append(_value([part]))
    start, end = _extent(tokens)
    return RawTerm(str(name), tuple(values), negated, start, end - start)


def _value(tokens: list[Token]) -> RawValue:
    last = tokens[-1]
    quoted = last.type == "PHRASE"
    text = _ESCAPE.sub(r"\1", last[1:-1]) if quoted else str(last)
    operator = Operator(str(tokens[0])) if len(tokens) > 1 else Operator.IS
    start, end = _extent(tokens)
    return RawValue(text, operator, quoted, start, end - start)


def _tokens(tree: Tree[Token]) -> Iterator[Token]:
    return (token for token in tree.scan_values(lambda value: isinstance(value, Token)))


def _extent(tokens: list[Token]) -> tuple[int, int]:
    first, last = tokens[0].start_pos, tokens[-1].end_pos
    assert first is not None
    assert last is not None
    return first, last


def _refusal(text: str, error: UnexpectedInput) -> QueryError:
    """What breaks the grammar, in words."""
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
