"""Dates as people type them: `2026-03-31`, `31.12.2026`, `2w`, `tomorrow`, `next friday`."""

from __future__ import annotations

import re
from calendar import monthrange
from contextlib import suppress
from datetime import MAXYEAR, MINYEAR, date, datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING

from store.errors import InvalidValueError, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable

FORMS = "YYYY-MM-DD, 2w, or next friday"
"""What people can type, in a few words."""
# Not from the calendar module: its names depend on the locale.
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

_YEAR_FIRST = re.compile(r"([0-9]{4})([-./])([0-9]{1,2})\2([0-9]{1,2})")
_YEAR_LAST = re.compile(r"([0-9]{1,2})([-./])([0-9]{1,2})\2([0-9]{4}|[0-9]{2})")
_SPAN = re.compile(r"([0-9]{1,6})\s*(d|w|m|y)")


def _any(words: Iterable[str]) -> str:
    return "|".join(words)


_DAY = _any([rf"{name[:3]}|{name}" for name in map(str.lower, _WEEKDAYS)])
_MONTH = _any([rf"{name[:3]}|{name}" for name in map(str.lower, _MONTHS)]) + "|sept"
_NUMBER = r"[0-9]{1,2}(?:st|nd|rd|th)?"
_UNIT = "(?:day|week|month|year)"
_WORDS = re.compile(
    rf"today|yesterday|tomorrow|day after tomorrow|(?:(?:on|this|next|last) )?(?:{_DAY})"
    rf"|(?:next|last) {_UNIT}|in (?:an?|one|[0-9]{{1,3}}) {_UNIT}s?|(?:an?|one|[0-9]{{1,3}}) {_UNIT}s? ago"
    rf"|{_NUMBER} (?:of )?(?:{_MONTH})(?: [0-9]{{4}})?|(?:{_MONTH}) {_NUMBER}(?: [0-9]{{4}})?"
)
"""The words that are handed to the library: it also finds dates in `a`, `12` and many typing mistakes."""


class Direction(Enum):
    """Which way from today `2w`, `friday` and `3 april` are looked for."""

    AHEAD = "future"
    BACK = "past"


def parse_date(
    typed: str, name: str, today: date | None = None, direction: Direction = Direction.AHEAD, *, also: str = ""
) -> date:
    """The day that was typed; without `today` only a date in numbers is understood.

    `2w` is two weeks from today (d, w, m, y: days, weeks, calendar months and years), `friday` and `next friday` the
    first Friday after today, `3 april` the next one; BACK they are two weeks ago, the last Friday before today
    (`next friday` stays the next), and the last 3 April. also: what else the field takes, for the sentence. Raises
    InvalidValueError.
    """
    text = " ".join(typed.split())
    found = _in_numbers(text, name)
    if found is None and today is not None:
        found = _span(text.lower(), today, direction) or _in_words(text, today, direction)
    if found is None:
        raise InvalidValueError(name, f"{quoted(text)} is not a date (use {FORMS}{also})")
    return found


def is_relative(typed: str) -> bool:
    """Whether a text is a date in words, the day of which depends on today: `tomorrow`, `next friday`, `3 april`."""
    return _WORDS.fullmatch(_plain(typed)) is not None


def named(day: date) -> str:
    """A day with its weekday: `Friday, 2026-12-11`."""
    return f"{_WEEKDAYS[day.weekday()]}, {day.isoformat()}"


def _in_numbers(text: str, name: str) -> date | None:
    """A date in numbers; None where the text is something else. Raises InvalidValueError for one that is ambiguous."""
    if not text.isascii():
        return None
    with suppress(ValueError):
        return date.fromisoformat(text)
    if match := _YEAR_FIRST.fullmatch(text):
        return _day(match[1], match[3], match[4])
    match = _YEAR_LAST.fullmatch(text)
    if match is None:
        return None
    first, sign, second, year = match.groups()
    if len(year) < 4:
        raise InvalidValueError(name, f"{quoted(text)} has a year of two digits", "type all four")
    day_first, month_first = _day(year, second, first), _day(year, first, second)
    if sign == ".":
        return day_first
    if day_first and month_first and day_first != month_first:
        one, other = (f"{day.day} {_MONTHS[day.month - 1]} {year}" for day in (day_first, month_first))
        remedy = f"type {day_first.isoformat()} or {month_first.isoformat()}"
        raise InvalidValueError(name, f"{quoted(text)} may be {one} or {other}", remedy)
    return day_first or month_first


def _day(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _span(text: str, today: date, direction: Direction) -> date | None:
    match = _SPAN.fullmatch(text)
    if match is None:
        return None
    number = int(match[1]) * (1 if direction is Direction.AHEAD else -1)
    try:
        match match[2]:
            case "d":
                return today + timedelta(days=number)
            case "w":
                return today + timedelta(weeks=number)
            case "m":
                return _months_on(today, number)
            case _:
                return _months_on(today, 12 * number)
    except (ValueError, OverflowError):
        return None


def _months_on(day: date, months: int) -> date:
    """The same day some months on; a shorter month's last day where it has no such."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not MINYEAR <= year <= MAXYEAR:
        raise OverflowError
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _plain(typed: str) -> str:
    return " ".join(typed.lower().replace(",", " ").split())


def _in_words(text: str, today: date, direction: Direction) -> date | None:
    plain = _plain(text)
    if _WORDS.fullmatch(plain) is None:
        return None
    # It takes longer to import than the first screen takes to paint.
    import dateparser

    settings = {
        "RELATIVE_BASE": datetime(today.year, today.month, today.day, 12),  # noqa: DTZ001 (a day, in no zone)
        "PREFER_DATES_FROM": direction.value,
        "TIMEZONE": "UTC",
        "RETURN_AS_TIMEZONE_AWARE": False,
    }
    try:
        found = dateparser.parse(plain, languages=["en"], settings=settings)
    except (ValueError, OverflowError):
        return None
    return found.date() if found is not None else None
