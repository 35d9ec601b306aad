"""The one table of the filter language: every qualifier, its values, and the sort orders."""

from __future__ import annotations

import difflib
import re
from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from store.enums import UNRATED, Effort, Severity, Status
from store.errors import InvalidValueError, quoted
from store.filters.ast import Pattern, RelativeDate, Value, error_at
from store.text import join_words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from store.filters.ast import ParsedValue


class ValueKind(StrEnum):
    """How the values of a qualifier are read."""

    WORD = "one of some words"
    CATEGORY = "a category"
    NAME = "a name"
    KEY = "the key of an item"
    LINK = "the key of an item that there is"
    SIZE = "a size that is compared"
    PERCENT = "a percentage that is compared"
    COUNT = "a whole number that is compared"
    SPAN = "a span of time that is compared"
    PAST = "a date, or a span up to now"
    FUTURE = "a date, or a span from now"


class Choice(NamedTuple):
    """A value of a fixed set as typed, and its meaning in a few words."""

    name: str
    help: str = ""


class Qualifier(NamedTuple):
    """A qualifier: its name, how its values are read, which there are (in words), one sentence, and examples.

    `choices` are the values of a fixed set; `none` is the value for items without one, empty if it is not offered, and
    `also_none` another word for it. `column` is the column of names that a NAME is compared with.
    """

    name: str
    kind: ValueKind
    values: str
    help: str
    examples: tuple[str, ...]
    choices: tuple[Choice, ...] = ()
    none: str = ""
    also_none: str = ""
    column: str = ""

    @property
    def compares(self) -> bool:
        """Whether `<`, `<=`, `>` and `>=` may come before its values."""
        return self.kind in (
            *(ValueKind.SIZE, ValueKind.PERCENT, ValueKind.COUNT, ValueKind.SPAN, ValueKind.PAST, ValueKind.FUTURE),
        )


IS = (
    Choice("open", "Open or In Progress"),
    Choice("resolved", "Mitigated or Accepted"),
    Choice("contradicted", "Mitigated or Accepted, but a signal is firing"),
    Choice("escalated", "breaks an escalation rule"),
    Choice("firing", "has a firing signal that is not muted"),
    Choice("overdue", "past its due date, or open longer than allowed"),
    Choice("ended", "its acceptance has ended"),
    Choice("ending", "its acceptance ends within 14 days"),
    Choice("root", "open, and fed by no other open item"),
    Choice("cycle", "part of a cycle of open items"),
    Choice("changed-since-review", "changed since the last review ended"),
)
HAS = (
    Choice("note", "a status note"),
    Choice("owner", "an owner"),
    Choice("plan", "a mitigation plan"),
    Choice("due", "a due date"),
    Choice("severity", "a severity"),
    Choice("effort", "an effort"),
    Choice("share", "a known share of projects"),
    Choice("title", "a title"),
    Choice("components", "affected components"),
    Choice("comment", "a comment"),
    Choice("acceptance", "who accepted it or until when"),
    Choice("followup", "an open follow-up"),
)
FOLLOW_UP = (
    Choice("open", "has an open follow-up"),
    Choice("overdue", "has an open follow-up that is past its due date"),
    Choice("done", "has a follow-up that was done"),
    Choice("dropped", "has a follow-up that was dropped"),
)
SORTS = (
    Choice("document", "document order"),
    Choice("score", "what to fix first"),
    Choice("severity", "most severe first, unrated last"),
    Choice("status", "Open first"),
    Choice("age", "oldest first"),
    Choice("changed", "most recently changed first"),
    Choice("reviewed", "least recently reviewed first"),
    Choice("due", "earliest due date first"),
    Choice("share", "largest share first"),
    Choice("effort", "least effort first"),
    Choice("owner", "by name, unassigned last"),
    Choice("category", "by code"),
    Choice("key", "by key"),
    Choice("title", "by title"),
)


def _of_choices(name: str, choices: tuple[Choice, ...], help_: str, *examples: str) -> Qualifier:
    return Qualifier(name, ValueKind.WORD, ", ".join(choice.name for choice in choices), help_, examples, choices)


def _of_kind(
    name: str, kind: ValueKind, values: str, help_: str, *examples: str, none: str = "", column: str = ""
) -> Qualifier:
    words = f"{values}, or {none}" if none else values
    return Qualifier(name, kind, words, help_, examples, none=none, column=column)


_NAME = "a name (wildcard: *)"
_DURATION = "a duration (30d, 2w, 3m, 1y)"
_DATE = "a date (2026-03-31, friday) or a duration (7d, 2w, 3m, 1y)"
_STATUSES, _SEVERITIES, _EFFORTS = (tuple(Choice(word.typed) for word in words) for words in (Status, Severity, Effort))
# fmt: off
QUALIFIERS: tuple[Qualifier, ...] = (
    _of_choices("status", _STATUSES, "The status of the item.",
                "status:open", "status:open,in-progress", "-status:mitigated"),
    Qualifier("severity", ValueKind.SIZE, "critical, high, medium, low or none", "The severity of the item.",
              ("severity:high", "severity:>=high", "severity:none"), _SEVERITIES, "none", UNRATED),
    _of_kind("category", ValueKind.CATEGORY, "a code or a name", "The category of the item.",
             "category:EN", 'category:"Boundary Erosion",FL'),
    _of_kind("component", ValueKind.NAME, _NAME, "An affected component, by its full name, ignoring case.",
             "component:Amber", "component:MDL-*", "-component:Amber", none="none"),
    _of_kind("owner", ValueKind.NAME, _NAME, "The owner, by full name, ignoring case.",
             'owner:"ML Platform"', "owner:ana,bo", "owner:none", none="none", column="owner"),
    Qualifier("effort", ValueKind.SIZE, "S, M, L, XL or none", "The effort of the mitigation.",
              ("effort:S,M", "effort:>=L", "effort:none"), _EFFORTS, "none"),
    _of_kind("share", ValueKind.PERCENT, "a percentage", "The share of projects it affects.",
             "share:>10%", "share:<=2.5", "share:none", none="none"),
    _of_kind("age", ValueKind.SPAN, _DURATION, "How long ago it was opened.", "age:>30d", "age:<=2w"),
    _of_kind("opened", ValueKind.PAST, _DATE, "When it was opened.", "opened:>2026-03-01", "opened:<1y"),
    _of_kind("changed", ValueKind.PAST, _DATE, "When it was last changed.",
             "changed:<7d", "changed:>2026-03-01", "changed:2026-03-31"),
    _of_kind("reviewed", ValueKind.PAST, _DATE, "When it was last reviewed; never counts as longest ago.",
             "reviewed:>90d", "reviewed:never", "reviewed:>=2026-03-01", none="never"),
    _of_kind("due", ValueKind.FUTURE, _DATE, "When it is due.",
             "due:<7d", "due:<=2026-03-31", 'due:<="next friday"', "due:none", none="none"),
    _of_choices("is", IS, "A condition that the item meets.", "is:open", "is:overdue,escalated", "-is:root"),
    _of_choices("has", HAS, "A field that is set.", "has:note", "has:plan has:owner"),
    _of_choices("no", HAS, "A field that is not set.", "no:owner", "no:effort,due")._replace(values="same as has"),
    _of_choices("followup", FOLLOW_UP, "Has a follow-up in this state.",
                "followup:overdue", "followup:open,done", "-followup:open"),
    _of_kind("signal", ValueKind.NAME, _NAME, "The name of an attached signal, firing or not.",
             "signal:FeatureDrift", "signal:Feature*", "signal:none", none="none"),
    _of_kind("signals", ValueKind.COUNT, "a number", "How many signals are attached, firing or not.",
             "signals:>2", "signals:0"),
    _of_kind("key", ValueKind.KEY, "a key (wildcard: *)", "The key, ignoring case.", "key:EN-001", "key:EN-*"),
    _of_kind("feeds", ValueKind.LINK, "the key of an item", "The item that it directly makes worse.", "feeds:EN-001"),
    _of_kind("fed-by", ValueKind.LINK, "the key of an item", "The item that directly makes it worse.", "fed-by:PD-001"),
    _of_choices("sort", SORTS, "The sort order; - reverses it.", "sort:score", "sort:-changed"),
)
# fmt: on
BY_NAME = {qualifier.name: qualifier for qualifier in QUALIFIERS}


MAX_SEARCH_LENGTH = 8_000
"""The most characters of a search term: SQLite accepts patterns of 50,000 bytes, and a character may have six."""
TOO_LONG = (f"a search term is longer than {MAX_SEARCH_LENGTH:,} characters", "shorten it")
_SPAN = re.compile(r"(?P<number>\d{1,9})(?P<unit>\w*)")
_DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}
_MAX_DAYS = 365_000
_PERCENT = re.compile(r"\d{1,9}(?:\.\d{1,9})?")
_NOUNS = {"is": "condition", "has": "field", "no": "field", "followup": "follow-up state", "sort": "sort order"}
_WORDS = {"status": Status, "severity": Severity, "effort": Effort}


def closest(typed: str, words: Iterable[str]) -> str | None:
    """The word that was most likely meant."""
    by_case = {word.casefold(): word for word in words}
    wanted = typed.casefold()
    if len(wanted) > 1 and (starting := [word for word in by_case if word.startswith(wanted)]):
        return by_case[starting[0]]
    found = difflib.get_close_matches(wanted, by_case, 1, 0.6)
    return by_case[found[0]] if found else None


class ValueReader:
    """Reads the values of one qualifier of a query."""

    def __init__(self, qualifier: Qualifier, query: str) -> None:
        self._qualifier = qualifier
        self._query = query

    def read(self, raw: Value) -> Value:
        """The parsed value. Raises QueryError at its column."""
        name = self._qualifier.name
        if not raw.text.strip():
            self._refuse(raw, f"{name} has no value", f"use a format such as {self._qualifier.examples[0]}")
        if len(raw.text) > MAX_SEARCH_LENGTH:
            self._refuse(raw, *TOO_LONG)
        if raw.operator and not self._qualifier.compares:
            example = self._qualifier.examples[0]
            self._refuse(raw, f"{name} does not support {raw.operator.value}", f"use a format such as {example}")
        none, also = self._qualifier.none, self._qualifier.also_none
        if not raw.quoted and none and raw.text.casefold() in (none, also):
            if raw.operator:
                what = f"{raw.text} does not support {raw.operator.value}"
                self._refuse(raw, what, f"did you mean {name}:{self._qualifier.none}?")
            return raw
        return raw._replace(parsed=self._parsed(raw))

    def _parsed(self, raw: Value) -> ParsedValue:
        match self._qualifier.kind:
            case ValueKind.WORD | ValueKind.SIZE:
                name = self.choice(raw)
                kind = _WORDS.get(self._qualifier.name)
                return kind.parse(name) if kind else name
            case ValueKind.PERCENT:
                return self._percent(raw)
            case ValueKind.COUNT:
                return self._count(raw)
            case ValueKind.SPAN:
                return self._span(raw)
            case ValueKind.PAST | ValueKind.FUTURE:
                return self._time(raw)
            case ValueKind.NAME | ValueKind.KEY if "*" in raw.text and not raw.quoted:
                return Pattern(raw.text)
            case _:
                return raw.text

    def choice(self, raw: Value) -> str:
        """The value of the fixed set that was typed. Raises QueryError."""
        names = [choice.name for choice in self._qualifier.choices]
        typed = "-".join(raw.text.replace("_", "-").split()).casefold()
        for name in names:
            if name.casefold() == typed:
                return name
        kind = self._qualifier.name
        what = f"unknown {_NOUNS.get(kind, kind)} {quoted(raw.text)}"
        suggestion = closest(raw.text, names)
        listed = join_words([*names, self._qualifier.none] if self._qualifier.none else names, "or")
        self._refuse(
            raw, what, f"did you mean {kind}:{raw.operator.value}{suggestion}?" if suggestion else f"use {listed}"
        )

    def _percent(self, raw: Value) -> float:
        typed = raw.text.removesuffix("%").strip()
        if not _PERCENT.fullmatch(typed):
            self._refuse(raw, f"{quoted(raw.text)} is not a percentage", "use a format such as share:>10%")
        return float(typed)

    def _count(self, raw: Value) -> float:
        if not (raw.text.isascii() and raw.text.isdecimal() and len(raw.text) < 10):
            what = f"{quoted(raw.text)} is not a whole number"
            self._refuse(raw, what, f"use a format such as {self._qualifier.examples[0]}")
        return float(raw.text)

    def _span(self, raw: Value) -> timedelta:
        name, example = self._qualifier.name, self._qualifier.examples[0]
        match = _SPAN.fullmatch(raw.text)
        if match is None:
            what = f"{quoted(raw.text)} is not a duration"
            dated = self._qualifier.kind is ValueKind.SPAN and _is_date(raw.text)
            self._refuse(raw, what, f"use opened:>{raw.text}" if dated else f"use a format such as {example}")
        number, unit = int(match["number"]), match["unit"].lower()
        if unit not in _DAYS:
            what = f"unknown unit {quoted(unit)}" if unit else f"{raw.text} has no unit"
            self._refuse(
                raw, what, f"use {number}d for days, {number}w for weeks, {number}m for months, {number}y for years"
            )
        days = number * _DAYS[unit]
        if days > _MAX_DAYS:
            self._refuse(raw, f"{raw.text} is longer than a thousand years", f"use a format such as {example}")
        if not raw.operator:
            what = f"{name}:{raw.text} needs < or >"
            self._refuse(raw, what, f"did you mean {name}:{'>' if name in ('age', 'reviewed') else '<'}{raw.text}?")
        return timedelta(days=days)

    def _time(self, raw: Value) -> date | RelativeDate | timedelta:
        from store.formats.dates import is_relative, parse_date

        if _SPAN.fullmatch(raw.text) and not _is_date(raw.text):
            return self._span(raw)
        name = self._qualifier.name
        try:
            # Any day will do to check whether this is a date.
            day = parse_date(raw.text, name, date(2000, 1, 1))
        except InvalidValueError as error:
            if error.remedy:
                self._refuse(raw, error.what, error.remedy)
            what = f"{quoted(raw.text)} is not a date or a duration"
            spelled = self._qualifier.none
            if spelled and closest(raw.text, [spelled]):
                self._refuse(raw, what, f"did you mean {name}:{spelled}?")
            self._refuse(raw, what, 'use a format such as 2026-03-31, 7d or "next friday"')
        return RelativeDate(raw.text) if is_relative(raw.text) else day

    def _refuse(self, raw: Value, what: str, remedy: str) -> NoReturn:
        raise error_at(raw, self._query, what, remedy)


def _is_date(text: str) -> bool:
    """Whether a text is a date in numbers."""
    from store.formats.dates import parse_date

    try:
        parse_date(text, "date")
    except InvalidValueError:
        return False
    return True
