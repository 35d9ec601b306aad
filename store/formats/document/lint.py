"""Checks a document without a register: what is wrong with it, under the id of a rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from store.enums import Status
from store.formats.document.derived import DERIVED_RULES
from store.formats.document.places import item_lines
from store.formats.document.reader import parse

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from datetime import date

    from store.formats.document.model import Register

Level = Literal["error", "warning"]


class Rule(NamedTuple):
    """A rule: how severe what it finds is, what it finds, and what to do where a finding does not say that itself."""

    level: Level
    finds: str
    remedy: str = ""


_FIX = "run `ai-debt lint --fix`"
RULES = {
    "conflict-marker": Rule("error", "a marker of a merge conflict"),
    "duplicate-key": Rule("error", "a key that two items have"),
    "duplicate-code": Rule("error", "a code that two categories have"),
    "spelled-twice": Rule("error", "a key or code in two spellings"),
    "invalid-key": Rule(
        "warning", "an item without a key, or with one that is not a key", "give it a key such as EN-001"
    ),
    "cell-count": Rule(
        "warning", "a row with more or fewer cells than its table has columns", "match its columns; write a | as \\|"
    ),
    "unknown-word": Rule(
        "warning",
        "a word that is not a severity, a status or an effort",
        "correct it, or say what it means when you import it",
    ),
    "invalid-date": Rule("warning", "a date that cannot be read", "write it like 2026-03-31"),
    "invalid-value": Rule("warning", "another value that cannot be read", "correct it"),
    "invalid-character": Rule("error", "a character that a text cannot contain"),
    "too-long": Rule("error", "a text that is longer than a field may be"),
    "too-large": Rule("error", "a document or a part of it that is larger than the limits"),
    "no-items": Rule("error", "a document without a list of items"),
    "invalid-document": Rule("error", "anything else that cannot be imported"),
    "dangling-dependency": Rule(
        "error", "an arrow of the map to or from what is not an item", "remove it, or add the item"
    ),
    "dangling-node": Rule("warning", "a node of the map that is not an item", "remove it, or add the item"),
    "undirected-dependency": Rule("warning", "a line of the map without an arrowhead", "give it an arrowhead"),
    "wrong-count": Rule("warning", "a number that disagrees with the items", _FIX),
    "wrong-color": Rule("warning", "a color of the map that disagrees with its item", _FIX),
    "unknown-category": Rule("warning", "a row of the dashboard that is not a category", "rename it, or remove it"),
    "overdue": Rule("warning", "an unresolved item that is past its due date", "resolve it, or set a new date"),
    "acceptance-ended": Rule("warning", "an item whose acceptance has ended", "reopen it, or accept it again"),
    "unread-map": Rule("warning", "a line or a drawing that the map cannot be read from", "correct its syntax"),
    "unread-table": Rule("warning", "a table of items that is not read", "give it a title column, outside of lists"),
    "unread-cadence": Rule("warning", "a part of the review cadence that is not read", "write it like the others"),
    "unread-text": Rule("warning", "another text that is not read", "write it like the others"),
}
"""Every rule by its id, in the order of the documentation."""


class Finding(NamedTuple):
    """What a rule found on a line (from 1)."""

    rule: str
    level: Level
    line: int
    message: str
    remedy: str

    @property
    def is_derived(self) -> bool:
        """Whether it follows from the items, so that it can be corrected."""
        return self.rule in DERIVED_RULES


def lint(text: str, *, today: date, ignore: Collection[str] = ()) -> tuple[Finding, ...]:
    """Everything that rules other than the ignored ones find in a text, in the order of its lines."""
    parsed = parse(text)
    reading = parsed.reading
    found = [_finding(each.rule, each.line, each.what, each.remedy) for each in reading.problems]
    found += [_finding(each.rule, each.line, each.what) for each in reading.notices]
    if reading.register is not None:
        found += _past(reading.register, item_lines(parsed.layout), today)
    kept = [each for each in found if each.rule not in ignore]
    return tuple(sorted(kept, key=lambda each: each.line))


def _finding(rule: str, line: int, message: str, remedy: str = "") -> Finding:
    known = RULES[rule]
    return Finding(rule, known.level, line, message, remedy or known.remedy)


def _past(register: Register, lines: Mapping[str, range], today: date) -> Iterator[Finding]:
    """The items that are overdue, and those whose acceptance has ended."""
    for item in register.items:
        line = lines[item.key].start + 1
        if item.due_on and item.due_on < today and item.status.is_open:
            yield _finding("overdue", line, f"{item.key} is overdue: it was due on {item.due_on}")
        until = item.accepted_until
        if until and until < today and item.status is Status.ACCEPTED:
            yield _finding("acceptance-ended", line, f"the acceptance of {item.key} ended on {until}")
