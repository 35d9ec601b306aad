"""Dates as people type them, and dates in documents."""

from __future__ import annotations

import re
from calendar import monthrange
from contextlib import suppress
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, time, timedelta
from functools import cache
from typing import NamedTuple

from store.enums import Direction
from store.errors import InvalidValueError, quoted

# Not from the calendar module: its names depend on the locale.
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_YEAR_FIRST = re.compile(r"([0-9]{4})([-./])([0-9]{1,2})\2([0-9]{1,2})")
_YEAR_LAST = re.compile(r"([0-9]{1,2})([-./])([0-9]{1,2})\2([0-9]{4}|[0-9]{2})")
_SPAN = re.compile(r"([0-9]{1,6})\s*(d|w|m|y)")


@cache
def _words() -> re.Pattern[str]:
    """The words that are handed to the library, which also finds dates in `a`, `12` and many typing mistakes.

    Compiling this takes longer than importing the rest of the module.
    """
    day, month = ("|".join(f"{name[:3]}|{name}" for name in map(str.lower, names)) for names in (_WEEKDAYS, _MONTHS))
    number, unit = r"[0-9]{1,2}(?:st|nd|rd|th)?", "(?:day|week|month|year)"
    return re.compile(
        rf"today|yesterday|tomorrow|day after tomorrow|(?:(?:on|this|next|last) )?(?:{day})"
        rf"|(?:next|last) {unit}|in (?:an?|one|[0-9]{{1,3}}) {unit}s?|(?:an?|one|[0-9]{{1,3}}) {unit}s? ago"
        rf"|{number} (?:of )?(?:{month}|sept)(?: [0-9]{{4}})?|(?:{month}|sept) {number}(?: [0-9]{{4}})?"
    )


def parse_date(
    typed: str, name: str, today: date | None = None, direction: Direction = Direction.AHEAD, *, also: str = ""
) -> date:
    """The day that was typed; without `today` only a date in numbers is understood.

    `2w` is two weeks from today (d, w, m, y: days, weeks, calendar months and years), `friday` and `next friday` the
    first Friday after today, `3 april` the next one; BACK they are two weeks ago, the last Friday before today
    (`next friday` stays the next), and the last 3 April. `also` is what else the field
    takes, for the message. Raises InvalidValueError.
    """
    text = " ".join(typed.split())
    found = _in_numbers(text, name)
    if found is None and today is not None:
        found = _span(text.lower(), today, direction) or _in_words(text, today, direction)
    if found is None:
        raise InvalidValueError(name, f"{quoted(text)} is not a date (use YYYY-MM-DD, 2w, or next friday{also})")
    return found


def is_relative(typed: str) -> bool:
    """Whether a text is a date in words, the day of which depends on today: `tomorrow`, `next friday`, `3 april`."""
    return _words().fullmatch(_normalized(typed)) is not None


def with_weekday(day: date) -> str:
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
        raise InvalidValueError(name, f"{quoted(text)} has a two-digit year", "type all four digits")
    day_first, month_first = _day(year, second, first), _day(year, first, second)
    if sign == ".":
        return day_first
    if day_first and month_first and day_first != month_first:
        one, other = (f"{day.day} {_MONTHS[day.month - 1]} {year}" for day in (day_first, month_first))
        remedy = f"type {day_first.isoformat()} or {month_first.isoformat()}"
        raise InvalidValueError(name, f"{quoted(text)} could be {one} or {other}", remedy)
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
    number, unit = int(match[1]) * (1 if direction is Direction.AHEAD else -1), match[2]
    if unit in "dw":
        with suppress(OverflowError):
            return today + timedelta(days=number * (7 if unit == "w" else 1))
        return None
    year, month = divmod(today.year * 12 + today.month - 1 + number * (12 if unit == "y" else 1), 12)
    if not MINYEAR <= year <= MAXYEAR:
        return None
    # The last day of a month that is shorter.
    return date(year, month + 1, min(today.day, monthrange(year, month + 1)[1]))


def _normalized(typed: str) -> str:
    return " ".join(typed.lower().replace(",", " ").split())


def _in_words(text: str, today: date, direction: Direction) -> date | None:
    normalized = _normalized(text)
    if _words().fullmatch(normalized) is None:
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
        found = dateparser.parse(normalized, languages=["en"], settings=settings)
    except (ValueError, OverflowError):
        return None
    return found.date() if found is not None else None


_SHORT_MONTHS = tuple(name[:3] for name in _MONTHS)
_NUMBERS = {n.lower(): number for names in (_MONTHS, _SHORT_MONTHS) for number, n in enumerate(names, 1)} | {"sept": 9}
_NAME = r"(?P<name>[A-Za-z]{3,9})"
_DAY_OF_MONTH = r"(?P<day>\d{1,2})(?P<ordinal>st|nd|rd|th)?"
_YEAR = r"(?P<year>\d{4})"
_WRITTEN = (
    re.compile(rf"(?<![\w.-]){_YEAR}(?P<mark>[-/.])(?P<month>\d{{1,2}})(?P=mark)(?P<day>\d{{1,2}})(?![\w-])"),
    re.compile(rf"(?<!\w){_DAY_OF_MONTH}\.? {_NAME}\.?,? {_YEAR}(?!\w)"),
    re.compile(rf"(?<!\w){_NAME}\.? {_DAY_OF_MONTH},? {_YEAR}(?!\w)"),
    re.compile(rf"(?<![\w.])(?P<day>\d{{1,2}})\.(?P<month>\d{{1,2}})\.{_YEAR}(?!\w)"),
    re.compile(rf"(?<![\w/])(?P<first>\d{{1,2}})/(?P<second>\d{{1,2}})/{_YEAR}(?![\w/])"),
)


class FoundDate(NamedTuple):
    """A date in a text: where it is and whether its order of day and month is certain."""

    value: date
    start: int
    end: int
    certain: bool
    match: re.Match[str]

    def rewrite(self, value: date) -> str:
        """Another date, written as this one is."""
        old = self.match.groupdict()
        new = {"year": f"{value.year:04}"}
        if name := old.get("name"):
            month = (_SHORT_MONTHS if len(name) <= 4 and name.lower() != "may" else _MONTHS)[value.month - 1]
            new["name"] = month.upper() if name.isupper() else month
            new["day"] = f"{value.day:02}" if old["day"].startswith("0") else str(value.day)
            if old["ordinal"]:
                new["ordinal"] = _ordinal(value.day)
        else:
            day, month = _day_and_month(self.match)
            wide = len(old[day]) == len(old[month]) == 2
            new |= {day: f"{value.day:02}" if wide else str(value.day)}
            new |= {month: f"{value.month:02}" if wide else str(value.month)}
        text, end = "", self.start
        for group in sorted(new, key=self.match.start):
            start, stop = self.match.span(group)
            text += self.match.string[end:start] + new[group]
            end = stop
        return text + self.match.string[end : self.end]


def find_date(text: str) -> FoundDate | None:
    """The first date in a text: ISO, `17 February 2026`, `February 17, 2026`, `17.02.2026` or `02/17/2026`."""
    for pattern in _WRITTEN:
        for match in pattern.finditer(text):
            if (value := _value(match)) is not None:
                slashed = "first" in match.groupdict()
                certain = not slashed or max(int(match["first"]), int(match["second"])) > 12
                return FoundDate(value, match.start(), match.end(), certain, match)
    return None


def _day_and_month(match: re.Match[str]) -> tuple[str, str]:
    """The groups of the day and the month of a date in numbers; with slashes the month is first where it can be."""
    if "day" in match.groupdict():
        return "day", "month"
    return ("first", "second") if int(match["first"]) > 12 else ("second", "first")


def _ordinal(day: int) -> str:
    """The ending of the number of a day: 1st, 2nd, 3rd, 4th, 11th."""
    return "th" if day in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")


def _value(match: re.Match[str]) -> date | None:
    if "name" in match.groupdict():
        return _day(match["year"], str(_NUMBERS.get(match["name"].lower(), 0)), match["day"])
    day, month = _day_and_month(match)
    return _day(match["year"], match[month], match[day])


_HOURS_OR_DAYS = re.compile(r"(\d{1,6})\s*([hd])")


def parse_since(typed: str, now: datetime) -> datetime:
    """The time that `2026-03-31`, `2026-03-31T14:00`, `12h`, `7d` or `last friday` means; without a zone it is UTC.

    Of a day it is the beginning. Raises InvalidValueError.
    """
    text = typed.strip()
    if span := _HOURS_OR_DAYS.fullmatch(text.lower()):
        hours = int(span[1]) * (24 if span[2] == "d" else 1)
        with suppress(OverflowError):
            return now - timedelta(hours=hours)
        return datetime.min.replace(tzinfo=UTC)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = datetime.combine(_past_day(text, now), time())
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _past_day(text: str, now: datetime) -> date:
    try:
        return parse_date(text, "since", now.astimezone(UTC).date(), Direction.BACK)
    except InvalidValueError as error:
        if error.remedy:
            raise
        what = f"{quoted(text)} is not a date or a span of time"
        remedy = "write it like 2026-03-31, 2026-03-31T14:00, 12h, 7d or friday"
        raise InvalidValueError("since", what, remedy) from None
