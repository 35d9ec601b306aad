"""What a typed value means, by the kind of its qualifier; and the sentence for one that means nothing."""

from __future__ import annotations

import difflib
import re
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, NoReturn

from store.enums import Effort, Severity, Status
from store.errors import InvalidValueError, QueryError, quoted
from store.filters.ast import Pattern, RelativeDate, Value
from store.filters.qualifiers import Kind, Qualifier
from store.formats.dates import is_relative, parse_date

if TYPE_CHECKING:
    from collections.abc import Iterable

    from store.filters.ast import Meant
    from store.filters.grammar import RawValue

LONGEST = 8_000
"""Characters of a text to look for: SQLite takes patterns of 50,000 bytes; in another case a character may have six."""
TOO_LONG = (f"a word to look for is longer than {LONGEST:,} characters", "look for a part of it")
_SPAN = re.compile(r"(?P<number>\d{1,9})(?P<unit>\w*)")
_DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}
_MOST_DAYS = 365_000
_PERCENT = re.compile(r"\d{1,9}(?:\.\d{1,9})?")
_CALLED = {"is": "situation", "has": "part", "no": "part", "followup": "state", "sort": "order"}
_WORDS = {"status": Status, "severity": Severity}


def near(typed: str, words: Iterable[str]) -> str | None:
    """The word that was most likely meant."""
    by_case = {word.casefold(): word for word in words}
    wanted = typed.casefold()
    if len(wanted) > 1 and (begun := [word for word in by_case if word.startswith(wanted)]):
        return by_case[begun[0]]
    found = difflib.get_close_matches(wanted, by_case, 1, 0.6)
    return by_case[found[0]] if found else None


class Reader:
    """Reads the values of one qualifier of a query."""

    def __init__(self, qualifier: Qualifier, query: str) -> None:
        self._qualifier = qualifier
        self._query = query

    def read(self, raw: RawValue) -> Value:
        """The value. Raises QueryError at its column."""
        name = self._qualifier.name
        if not raw.text.strip():
            self._refuse(raw, f"{name} has an empty value", f"write it like {self._qualifier.examples[0]}")
        if len(raw.text) > LONGEST:
            self._refuse(raw, *TOO_LONG)
        if raw.operator and not self._qualifier.compares:
            example = self._qualifier.examples[0]
            self._refuse(raw, f"{name} is not compared with {raw.operator.value}", f"write it like {example}")
        if not raw.quoted and self._qualifier.none and raw.text.casefold() == self._qualifier.none:
            if raw.operator:
                what = f"{raw.text} is not compared with {raw.operator.value}"
                self._refuse(raw, what, f"did you mean {name}:{self._qualifier.none}?")
            return self._value(raw, None)
        return self._value(raw, self._meant(raw))

    def named(self, raw: RawValue, text: str) -> str:
        """The value of the fixed set that a part of a typed value names."""
        if raw.operator:
            self.read(raw)
        return self._choice(replace(raw, text=text))

    def _value(self, raw: RawValue, meant: Meant) -> Value:
        return Value(meant, raw.operator, raw.text, raw.quoted, raw.column, raw.length)

    def _meant(self, raw: RawValue) -> Meant:
        match self._qualifier.kind:
            case Kind.WORD:
                return self._word(raw)
            case Kind.SIZE:
                return Effort(self._choice(raw).upper())
            case Kind.PERCENT:
                return self._percent(raw)
            case Kind.SPAN:
                return self._span(raw)
            case Kind.PAST | Kind.FUTURE:
                return self._time(raw)
            case Kind.NAME | Kind.KEY if "*" in raw.text and not raw.quoted:
                return Pattern(raw.text)
            case _:
                return raw.text

    def _word(self, raw: RawValue) -> Meant:
        name = self._choice(raw)
        kind = _WORDS.get(self._qualifier.name)
        return kind.parse(name) if kind else name

    def _choice(self, raw: RawValue) -> str:
        """The value of the fixed set that was typed."""
        names = [choice.name for choice in self._qualifier.choices]
        typed = "-".join(raw.text.replace("_", "-").split()).casefold()
        for name in names:
            if name.casefold() == typed:
                return name
        kind = self._qualifier.name
        what = f"there is no {_CALLED.get(kind, kind)} {quoted(raw.text)}"
        meant = near(raw.text, names)
        listed = ", ".join([*names, *filter(None, [self._qualifier.none])])
        self._refuse(
            raw, what, f"did you mean {kind}:{raw.operator.value}{meant}?" if meant else f"use one of {listed}"
        )

    def _percent(self, raw: RawValue) -> float:
        typed = raw.text.removesuffix("%").strip()
        if not _PERCENT.fullmatch(typed):
            self._refuse(raw, f"{quoted(raw.text)} is no percentage", "write it like share:>10%")
        return float(typed)

    def _span(self, raw: RawValue) -> timedelta:
        name, example = self._qualifier.name, self._qualifier.examples[0]
        match = _SPAN.fullmatch(raw.text)
        if match is None:
            what = f"{quoted(raw.text)} is no span of time"
            dated = self._qualifier.kind is Kind.SPAN and _is_date(raw.text)
            self._refuse(raw, what, f"write opened:>{raw.text}" if dated else f"write it like {example}")
        number, unit = int(match["number"]), match["unit"].lower()
        if unit not in _DAYS:
            what = f"there is no unit {quoted(unit)}" if unit else f"{raw.text} has no unit"
            self._refuse(
                raw, what, f"write {number}d for days, {number}w for weeks, {number}m for months, {number}y for years"
            )
        days = number * _DAYS[unit]
        if days > _MOST_DAYS:
            self._refuse(raw, f"{raw.text} is longer than a thousand years", f"write it like {example}")
        if not raw.operator:
            what = f"{name}:{raw.text} does not say whether less or more is meant"
            self._refuse(raw, what, f"did you mean {name}:{'>' if name in ('age', 'reviewed') else '<'}{raw.text}?")
        return timedelta(days=days)

    def _time(self, raw: RawValue) -> date | RelativeDate | timedelta:
        if _SPAN.fullmatch(raw.text) and not _is_date(raw.text):
            return self._span(raw)
        name = self._qualifier.name
        try:
            # Whether it is a date at all depends on no day.
            day = parse_date(raw.text, name, date(2000, 1, 1))
        except InvalidValueError as error:
            if error.remedy:
                self._refuse(raw, error.what, error.remedy)
            what = f"{quoted(raw.text)} is not a date or a span of time"
            spelled = self._qualifier.none
            if spelled and near(raw.text, [spelled]):
                self._refuse(raw, what, f"did you mean {name}:{spelled}?")
            self._refuse(raw, what, 'write it like 2026-03-31, 7d or "next friday"')
        return RelativeDate(raw.text) if is_relative(raw.text) else day

    def _refuse(self, raw: RawValue, what: str, remedy: str) -> NoReturn:
        raise QueryError(what, remedy, query=self._query, column=raw.column, length=raw.length)


def _is_date(text: str) -> bool:
    """Whether a text is a date in numbers."""
    try:
        parse_date(text, "date")
    except InvalidValueError:
        return False
    return True
