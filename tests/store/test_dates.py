"""Dates as people type them: what each form means, what is refused, and that no form is ever taken for another."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.enums import Direction
from store.errors import InvalidValueError
from store.formats.dates import is_relative, parse_date, with_weekday
from tests.program import ROOT

TUESDAY = date(2026, 3, 31)
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("2026-03-01", "2026-03-01"),
        (" 2026-3-1 ", "2026-03-01"),
        ("2026/03/01", "2026-03-01"),
        ("20260301", "2026-03-01"),
        ("31.12.2026", "2026-12-31"),
        ("1.2.2026", "2026-02-01"),
        ("31/12/2026", "2026-12-31"),
        ("12/31/2026", "2026-12-31"),
        ("12-31-2026", "2026-12-31"),
        ("04/04/2026", "2026-04-04"),
        ("90d", "2026-06-29"),
        ("2w", "2026-04-14"),
        ("2 W", "2026-04-14"),
        ("3m", "2026-06-30"),
        ("1y", "2027-03-31"),
        ("0d", "2026-03-31"),
        ("today", "2026-03-31"),
        ("Tomorrow", "2026-04-01"),
        ("yesterday", "2026-03-30"),
        ("friday", "2026-04-03"),
        ("fri", "2026-04-03"),
        ("next  Friday", "2026-04-03"),
        ("tuesday", "2026-04-07"),
        ("next tuesday", "2026-04-07"),
        ("this tuesday", "2026-03-31"),
        ("last friday", "2026-03-27"),
        ("next week", "2026-04-07"),
        ("next month", "2026-04-30"),
        ("in 3 days", "2026-04-03"),
        ("in a month", "2026-04-30"),
        ("2 weeks ago", "2026-03-17"),
        ("3 april", "2026-04-03"),
        ("3rd of April", "2026-04-03"),
        ("April 3, 2028", "2028-04-03"),
        ("1 march", "2027-03-01"),
    ],
)
def test_each_form_means_one_day(typed: str, day: str) -> None:
    assert parse_date(typed, "due_on", TUESDAY).isoformat() == day


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("2w", "2026-03-17"),
        ("1m", "2026-02-28"),
        ("1y", "2025-03-31"),
        ("friday", "2026-03-27"),
        ("tuesday", "2026-03-24"),
        ("next friday", "2026-04-03"),
        ("3 april", "2025-04-03"),
        ("yesterday", "2026-03-30"),
    ],
)
def test_a_field_about_the_past_looks_back(typed: str, day: str) -> None:
    assert parse_date(typed, "opened_on", TUESDAY, Direction.BACK).isoformat() == day


@pytest.mark.parametrize(
    "typed",
    ["soon", "", "a", "1", "12", "march", "march 2027", "31 april", "2026-02-30", "12.31.2026", "32/13/2026", "3/4",
     "2w ago", "next", "may be", "next soon", "9999999d", "9999y", "in 9999 years", "٣d", "1٣.10.2026"],
)  # fmt: skip
def test_what_is_not_a_date_is_refused_with_what_to_type(typed: str) -> None:
    with pytest.raises(InvalidValueError) as refused:
        parse_date(typed, "due_on", TUESDAY)
    assert str(refused.value) == f"{typed!r} is not a date (use YYYY-MM-DD, 2w, or next friday)"


@pytest.mark.parametrize("typed", ["03/04/2026", "3-4-2026", "3/4/2026"])
def test_an_ambiguous_date_is_refused_with_both_readings(typed: str) -> None:
    with pytest.raises(InvalidValueError) as refused:
        parse_date(typed, "due_on", TUESDAY)
    assert str(refused.value) == f"{typed!r} could be 3 April 2026 or 4 March 2026: type 2026-04-03 or 2026-03-04"


def test_a_year_of_two_digits_is_refused() -> None:
    with pytest.raises(InvalidValueError, match=r"'31\.12\.26' has a two-digit year: type all four digits"):
        parse_date("31.12.26", "due_on", TUESDAY)


def test_without_a_clock_only_numbers_are_a_date() -> None:
    assert parse_date("31.12.2026", "due_on") == date(2026, 12, 31)
    with pytest.raises(InvalidValueError):
        parse_date("2w", "due_on")


def test_a_day_is_named_with_its_weekday() -> None:
    assert with_weekday(date(2026, 12, 11)) == "Friday, 2026-12-11"


def test_words_depend_on_today_and_numbers_do_not() -> None:
    assert is_relative("next Friday")
    assert is_relative("april 3, 2028")
    assert not is_relative("2026-03-31")
    assert not is_relative("soon")


@given(st.dates(), st.dates(), st.sampled_from(Direction))
def test_every_iso_date_is_itself_whatever_the_day(day: date, today: date, direction: Direction) -> None:
    assert parse_date(day.isoformat(), "due_on", today, direction) == day
    assert parse_date(day.isoformat(), "due_on") == day


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(0, 6))
def test_a_weekday_is_the_first_one_after_today_or_the_last_one_before(today: date, weekday: int) -> None:
    name = WEEKDAYS[weekday]
    ahead = parse_date(name, "due_on", today)
    assert ahead.weekday() == weekday
    assert timedelta(1) <= ahead - today <= timedelta(7)
    assert parse_date(f"next {name}", "due_on", today) == ahead
    back = parse_date(name, "opened_on", today, Direction.BACK)
    assert back.weekday() == weekday
    assert timedelta(1) <= today - back <= timedelta(7)
    assert parse_date(f"last {name}", "due_on", today) == back


WORDS = st.sampled_from(
    (*WEEKDAYS, "next", "last", "this", "in", "on", "ago", "of", "a", "one", "today", "april", "feb")
)
UNITS = st.sampled_from(
    ("day", "days", "week", "month", "years", "d", "w", "m", "y", "1", "3rd", "29", "31", "99", "9999")
)
SIGNS = st.sampled_from(("/", "-", ".", ",", ":", "+", "½", "²", "٣", "\0", "\ud800", "İ", "ß"))
PIECES = WORDS | UNITS | SIGNS


@given(
    st.text() | st.lists(PIECES).map(" ".join) | st.lists(PIECES).map("".join) | st.from_regex(r"[0-9./dwmy -]+"),
    st.one_of(st.none(), st.dates()),
    st.sampled_from(Direction),
)
def test_nothing_typed_raises_anything_else(typed: str, today: date | None, direction: Direction) -> None:
    with suppress(InvalidValueError):
        assert type(parse_date(typed, "due_on", today, direction)) is date


@given(st.integers(1, 31), st.integers(1, 12), st.integers(1000, 9999), st.sampled_from("./-"))
def test_day_and_month_are_never_swapped(day: int, month: int, year: int, sign: str) -> None:
    """A form with the year last is taken only where one reading is left; dots mean that the day comes first."""
    try:
        meant: date | None = date(year, month, day)
    except ValueError:
        meant = None
    try:
        found = parse_date(f"{day:02}{sign}{month:02}{sign}{year}", "due_on", TUESDAY)
    except InvalidValueError:
        found = None
    if sign == "." or day > 12:
        assert found == meant
    else:
        # Both readings are days: only where they are the same one is there nothing to ask.
        assert found == (meant if day == month else None)


def test_the_library_is_loaded_only_for_words() -> None:
    code = """
import sys
from datetime import date
from store.formats.dates import parse_date
for typed in ("2026-03-31", "31.12.2026", "2w", "90d", "3m"):
    parse_date(typed, "due_on", date(2026, 3, 31))
assert "dateparser" not in sys.modules
parse_date("next friday", "due_on", date(2026, 3, 31))
assert "dateparser" in sys.modules
"""
    env = {"PYTHONPATH": str(ROOT), "TZ": "Nowhere/No"}
    subprocess.run([sys.executable, "-P", "-c", code], check=True, cwd=ROOT, env=env)
