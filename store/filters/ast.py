"""A query as a tree of frozen values, and as the text that expresses it."""

from __future__ import annotations

import re
from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from store.enums import Word
from store.errors import QueryError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


_ESCAPED = re.compile(r"(?=[\"\\])")
_BARE_WORD = re.compile(r"(?![^\W\d_][\w-]*:)[^\s\"-]\S*")
_BARE_VALUE = re.compile(r"[^\s,\"<>][^\s,]*")


class Operator(StrEnum):
    """How a value is compared; without an operator, for equality."""

    IS = ""
    BELOW = "<"
    AT_MOST = "<="
    ABOVE = ">"
    AT_LEAST = ">="


class Pattern(NamedTuple):
    """A name with `*` for any characters."""

    text: str


class RelativeDate(NamedTuple):
    """A date in words, such as `next friday`, relative to the day on which the query runs."""

    text: str


ParsedValue = Word | Pattern | date | RelativeDate | timedelta | float | str | None
"""A parsed value: one of a fixed set, a name, a date, a duration or a number; None for `none` and `never`."""


class Value(NamedTuple):
    """A value of a qualifier, or the text of a word or phrase; `quoted` if it was typed in quotation marks."""

    parsed: ParsedValue
    operator: Operator = Operator.IS
    text: str = ""
    quoted: bool = False
    column: int = 0
    length: int = 1

    def __str__(self) -> str:
        """The value as typed."""
        bare = not self.quoted and _BARE_VALUE.fullmatch(self.text)
        return f"{self.operator.value}{self.text if bare else quote(self.text)}"


class Term(NamedTuple):
    """One condition: any of the values of the qualifier `name`; without a name, the one text to search for."""

    name: str
    values: tuple[Value, ...]
    negated: bool = False
    column: int = 0
    length: int = 1

    def __str__(self) -> str:
        """The term as typed."""
        sign = "-" if self.negated else ""
        if self.name:
            return f"{sign}{self.name}:{','.join(map(str, self.values))}"
        word = self.values[0]
        bare = not word.quoted and _BARE_WORD.fullmatch(word.text)
        return f"{sign}{word.text if bare else quote(word.text)}"


def error_at(part: Term | Value, query: str, what: str, remedy: str) -> QueryError:
    """An error that points at a part of a query."""
    return QueryError(what, remedy, query=query, column=part.column, length=part.length)


class Sort(NamedTuple):
    """A sort order by name, `reverse` for descending."""

    name: str
    reverse: bool = False

    def __str__(self) -> str:
        """The order as typed."""
        return f"sort:{'-' if self.reverse else ''}{self.name}"


class Query(NamedTuple):
    """The items that meet every term, in the order of `sort` (None: document order).

    `text` is the query as typed; two queries with the same meaning are equal, however they were typed.
    """

    terms: tuple[Term, ...] = ()
    sort: Sort | None = None
    text: str = ""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Query) and self._meaning == other._meaning

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self._meaning)

    @property
    def _meaning(self) -> tuple[object, ...]:
        terms = (
            (term.name, term.negated, *((value.parsed, value.operator) for value in term.values)) for term in self.terms
        )
        return (*terms, self.sort)

    def __str__(self) -> str:
        """The query as typed: the terms, then the order."""
        return " ".join([*map(str, self.terms), *([str(self.sort)] if self.sort else [])])

    @property
    def words(self) -> tuple[str, ...]:
        """The words and phrases to search for, as typed."""
        return tuple(term.values[0].text for term in self.terms if not term.name and not term.negated)

    def and_(self, other: Query) -> Query:
        """The items that meet both, in the order of the other if it has one."""
        return from_terms((*self.terms, *other.terms), other.sort or self.sort)

    def sorted(self, sort: Sort | None) -> Query:
        """The same items in another order."""
        return from_terms(self.terms, sort)


ALL = Query()
"""Every item, in document order."""


class ItemFilter(NamedTuple):
    """The items of a query, and of a category if one is given."""

    query: Query = ALL
    category: str | None = None


def from_terms(terms: Iterable[Term], sort: Sort | None = None) -> Query:
    """The query of some terms, with their columns in its text."""
    located: list[Term] = []
    column = 0
    for term in terms:
        start = column + term.negated + (len(term.name) + 1 if term.name else 0)
        values: list[Value] = []
        for value in term.values:
            length = len(str(value))
            values.append(value._replace(column=start, length=length))
            start += length + 1
        length = len(str(term))
        located.append(term._replace(values=tuple(values), column=column, length=length))
        column += length + 1
    query = Query(tuple(located), sort)
    return query._replace(text=str(query))


def quote(text: str) -> str:
    """A text as a phrase of the language."""
    return f'"{_ESCAPED.sub(chr(92) * 2, text)}"'


def phrases(*texts: str) -> Query:
    """The items that contain every one of some texts; any characters are taken literally."""
    return from_terms(Term("", (Value(text, text=text, quoted=True),)) for text in texts if text)


def spans(text: str, words: Sequence[str]) -> tuple[tuple[int, int], ...]:
    """Where any of the words occurs in a text, ignoring case: start and end of each match, merged and in order."""
    found: list[tuple[int, int]] = []
    wanted = (re.finditer(re.escape(word), text, re.IGNORECASE) for word in set(words) if word)
    for start, end in sorted(match.span() for matches in wanted for match in matches):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return tuple(found)
