"""What the prose of a review cadence is read as, and what is left alone."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.filters.parser import parse
from store.formats.escalation import read_escalation
from tests.counts import count

UNRESOLVED = "status:open,in-progress"
UNDERSTOOD = {
    "High-severity debt affecting > 10% of ML projects escalated to ML Platform leadership": (
        "High-severity debt affecting > 10% of ML projects",
        f"severity:high {UNRESOLVED} share:>10%",
    ),
    "ML Platform leadership is brought in on High-severity debt once it affects > 10% of all ML projects": (
        "High-severity debt once it affects > 10% of all ML projects",
        f"severity:high {UNRESOLVED} share:>10%",
    ),
    "**High** severity items open for more than 30 days are escalated to the CTO": (
        "High severity items open for more than 30 days",
        f"severity:high {UNRESOLVED} age:>30d",
    ),
    "High- and Medium-severity debt older than 2 weeks must be raised with the board.": (
        "High- and Medium-severity debt older than 2 weeks",
        f"severity:high,medium {UNRESOLVED} age:>2w",
    ),
    "Component Amber, unresolved for more than 14 days, goes to its team": (
        "Component Amber, unresolved for more than 14 days",
        f"component:Amber {UNRESOLVED} age:>14d",
    ),
    'Debt in component "Model Serving" affecting at least 2.5 percent of projects': (
        'Debt in component "Model Serving" affecting at least 2.5 percent of projects',
        f'component:"Model Serving" {UNRESOLVED} share:>=2.5%',
    ),
    "Escalate to the board when severity is High": ("severity is High", f"severity:high {UNRESOLVED}"),
    "Critical items older than 30 days are escalated to the CTO": (
        "Critical items older than 30 days",
        f"severity:critical {UNRESOLVED} age:>30d",
    ),
    "Critical- and High-severity debt affecting > 10% of ML projects": (
        "Critical- and High-severity debt affecting > 10% of ML projects",
        f"severity:critical,high {UNRESOLVED} share:>10%",
    ),
    "Debt over 3 months old": ("Debt over 3 months old", f"{UNRESOLVED} age:>3m"),
}
NOT_UNDERSTOOD = [
    "See the wiki",
    "All debt is escalated to leadership",
    "High-severity debt in production with customer impact is escalated",
    "High-severity debt affecting more than 5 teams",
    "High-severity debt affecting > 10% of users",
    "Debt not older than 30 days",
    "High-severity debt affecting > 10% of ML projects, or older than 30 days",
    "Debt older than 30 days but not older than 90 days",
    "Unrated debt older than 30 days",
    "Mitigated debt older than 30 days",
]


@pytest.mark.parametrize("text", UNDERSTOOD, ids=lambda text: str(text)[:30])
def test_what_is_understood_to_the_last_word_is_a_rule(text: str) -> None:
    read = read_escalation(text)
    assert read.rules == (UNDERSTOOD[text],)
    assert read.unread == ()
    assert parse(read.rules[0][1], rule=True).terms


@pytest.mark.parametrize("text", NOT_UNDERSTOOD)
def test_nothing_is_guessed(text: str) -> None:
    read = read_escalation(text)
    assert read.rules == ()
    assert read.unread == (text,)


def test_each_statement_for_itself() -> None:
    read = read_escalation("High debt over 30 days old; what hurts customers. High debt over 30 days old")
    assert read.rules == (("High debt over 30 days old", f"severity:high {UNRESOLVED} age:>30d"),)
    assert read.unread == ("what hurts customers",)
    assert read_escalation(" ; . ").rules == ()


def test_a_long_condition_is_called_by_its_query() -> None:
    text = "High-severity debt " + "which is still open " * 8 + "affecting > 10% of projects"
    assert read_escalation(text).rules == ((f"severity:high {UNRESOLVED} share:>10%",) * 2,)


@settings(max_examples=count(60, 2000))
@given(st.text(max_size=60) | st.lists(st.sampled_from(" ".join(UNDERSTOOD).split()), max_size=12).map(" ".join))
def test_whatever_is_read_is_in_the_language(text: str) -> None:
    for name, query in read_escalation(text).rules:
        assert 0 < len(name) <= 120
        assert parse(query, rule=True).terms
