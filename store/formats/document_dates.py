"""Dates as people write them in documents, found and written again in the same form."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

_LONG = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_MONTHS = (_LONG, tuple(name[:3] for name in _LONG))
_NUMBERS = {name.casefold(): number for names in _MONTHS for number, name in enumerate(names, 1)} | {"sept": 9}
_MONTH = r"(?P<name>[A-Za-z]{3,9})"
_ORDINAL = r"(?P<ordinal>st|nd|rd|th)?"
_FORMS = (
    re.compile(r"(?<![\w.-])(?P<year>\d{4})(?P<mark>[-/.])(?P<month>\d{1,2})(?P=mark)(?P<day>\d{1,2})(?![\w-])"),
    re.compile(rf"(?<!\w)(?P<day>\d{{1,2}}){_ORDINAL}(?P<mark>\.? ){_MONTH}(?P<tail>\.?,? )(?P<year>\d{{4}})(?!\w)"),
    re.compile(rf"(?<!\w){_MONTH}(?P<mark>\.? )(?P<day>\d{{1,2}}){_ORDINAL}(?P<tail>,? )(?P<year>\d{{4}})(?!\w)"),
    re.compile(r"(?<![\w.])(?P<day>\d{1,2})(?P<mark>\.)(?P<month>\d{1,2})\.(?P<year>\d{4})(?!\w)"),
    re.compile(r"(?<![\w/])(?P<first>\d{1,2})(?P<mark>/)(?P<second>\d{1,2})/(?P<year>\d{4})(?![\w/])"),
)


@dataclass(frozen=True, slots=True)
class FoundDate:
    """A date in a text: where it stands and whether its order of day and month is certain."""

    value: date
    start: int
    end: int
    certain: bool
    form: re.Match[str]

    def again(self, value: date) -> str:
        """Another date, written as this one is."""
        parts = self.form.groupdict()
        mark, pattern = parts["mark"], self.form.re
        padded = len(parts["day"]) == 2 if parts.get("day") else True
        if pattern is _FORMS[0]:
            wide = len(parts["month"]) == 2 and padded
            month, day = (f"{value.month:02}", f"{value.day:02}") if wide else (str(value.month), str(value.day))
            return f"{value.year:04}{mark}{month}{mark}{day}"
        if name := parts.get("name"):
            day = f"{value.day:02}" if parts["day"].startswith("0") else str(value.day)
            month = _MONTHS[len(name) <= 4 and name.casefold() != "may"][value.month - 1]
            if name.isupper():
                month = month.upper()
            if parts["ordinal"]:
                day += _ordinal(value.day)
            body = (day, month) if pattern is _FORMS[1] else (month, day)
            return f"{body[0]}{mark}{body[1]}{parts['tail']}{value.year:04}"
        first, second = (parts["day"], parts["month"]) if pattern is _FORMS[3] else (parts["first"], parts["second"])
        wide = len(first) == 2 and len(second) == 2
        day_first = pattern is _FORMS[3] or int(first) > 12
        pair = (value.day, value.month) if day_first else (value.month, value.day)
        shown = [f"{number:02}" if wide else str(number) for number in pair]
        return f"{shown[0]}{mark}{shown[1]}{mark}{value.year:04}"


def find_date(text: str) -> FoundDate | None:
    """The first date in a text: ISO, `17 February 2026`, `February 17, 2026`, `17.02.2026` or `02/17/2026`."""
    for pattern in _FORMS:
        for match in pattern.finditer(text):
            if (value := _value(match)) is not None:
                certain = pattern is not _FORMS[4] or max(int(match["first"]), int(match["second"])) > 12
                return FoundDate(value, match.start(), match.end(), certain, match)
    return None


def _ordinal(day: int) -> str:
    """What stands behind the number of a day in words: 1st, 2nd, 3rd, 4th, 11th."""
    return "th" if day in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")


def _value(match: re.Match[str]) -> date | None:
    parts = match.groupdict()
    day, month = parts.get("day"), parts.get("month")
    if name := parts.get("name"):
        month = str(_NUMBERS.get(name.casefold(), 0))
    elif parts.get("first"):
        month, day = parts["first"], parts["second"]
        if int(month) > 12:
            month, day = day, month
    try:
        return date(int(parts["year"]), int(month or 0), int(day or 0))
    except ValueError:
        return None
