"""The fixed sets of words in a register: severity, status, effort, and the like."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Self

from store.errors import InvalidValueError, quoted
from store.text import join_words

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet


class Word(StrEnum):
    """A word of a fixed set; its value is the word as people read it."""

    @classmethod
    def parse(cls, typed: str) -> Self:
        """The word that was typed, ignoring case, with `-` or `_` for a space.

        Raises InvalidValueError naming the words of the set.
        """
        wanted = " ".join(typed.replace("-", " ").replace("_", " ").split()).casefold()
        for word in cls:
            if word.value.casefold() == wanted:
                return word
        field = cls.__name__.lower()
        names = join_words([word.typed for word in cls], "or")
        raise InvalidValueError(field, f"unknown {field} {quoted(typed.strip())}", f"use {names}")

    @property
    def typed(self) -> str:
        """The word as typed on a command line."""
        return self.value.lower().replace(" ", "-") if len(self.value) > 2 else self.value


class Severity(Word):
    """How severe an item is; an item without a severity is unrated."""

    CRITICAL = "Critical"
    HIGH = "High"
    MEDIUM = "Medium"
    LOW = "Low"

    @property
    def weight(self) -> int:
        """The weight of an item of this severity in a score."""
        return {"Critical": 8, "High": 4, "Medium": 2, "Low": 1}[self.value]


UNRATED = "unrated"
"""What an item without a severity is."""
RATINGS: tuple[Severity | None, ...] = (*Severity, None)
"""What an item may be rated: the severities, the most severe first, then unrated."""


def rating(severity: Severity | None) -> str:
    """A severity as people read it: `High`, or `unrated`."""
    return UNRATED if severity is None else severity.value


def letter(severity: Severity | None) -> str:
    """The letter of a severity in lists: `H`, or `-` for unrated."""
    return "-" if severity is None else severity.value[0]


def weight_of(severity: Severity | None) -> int:
    """The weight of an item in a score; an unrated one has none until it is rated."""
    return 0 if severity is None else severity.weight


class Status(Word):
    """The status of an item."""

    OPEN = "Open"
    IN_PROGRESS = "In Progress"
    MITIGATED = "Mitigated"
    ACCEPTED = "Accepted"

    @property
    def is_open(self) -> bool:
        """Whether the debt is neither mitigated nor accepted."""
        return self in (Status.OPEN, Status.IN_PROGRESS)


class Effort(Word):
    """The effort of a mitigation."""

    S = "S"
    M = "M"
    L = "L"
    XL = "XL"


class SavedKind(StrEnum):
    """What a saved query is for: to look at, or to find nothing."""

    VIEW = "view"
    RULE = "rule"


class Flag(StrEnum):
    """What follows for an item from time, rules and signals, the most urgent first; computed when it is read."""

    CONTRADICTED = "contradicted"
    ESCALATED = "escalated"
    FIRING = "firing"
    OVERDUE = "overdue"
    ENDED = "ended"
    ENDING = "ending"


def shown_flags(flags: AbstractSet[Flag]) -> tuple[Flag, ...]:
    """The flags to show of an item, the most urgent first: that a contradicted item has a firing signal goes without
    saying.
    """
    return tuple(flag for flag in Flag if flag in flags and not (flag is Flag.FIRING and Flag.CONTRADICTED in flags))


class SignalState(StrEnum):
    """Whether monitoring says that a signal fires."""

    FIRING = "firing"
    RESOLVED = "resolved"


class FollowUpState(StrEnum):
    """Whether a follow-up is still to do."""

    OPEN = "open"
    DONE = "done"
    DROPPED = "dropped"


class Term(StrEnum):
    """An end of an acceptance that is not a date."""

    BY_SEVERITY = "by severity"


class Direction(StrEnum):
    """Whether `2w`, `friday` and `3 april` are in the future or in the past."""

    AHEAD = "future"
    BACK = "past"
