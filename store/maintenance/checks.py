"""The result of one check: its state, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from store.text import mask

if TYPE_CHECKING:
    from store.errors import RegisterError


class State(StrEnum):
    """How something is: a problem loses edits or keeps the register from being used, a warning may do so later."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Check:
    """What was found of a `subject`: a clause without its full stop, and the `remedy`, None where nothing is to do."""

    subject: str
    state: State
    what: str
    remedy: str | None = None


def ok(subject: str, what: str, remedy: str | None = None) -> Check:
    """Nothing to change, though something could be."""
    return _check(subject, State.OK, what, remedy)


def warning(subject: str, what: str, remedy: str | None = None) -> Check:
    """Something that is better changed."""
    return _check(subject, State.WARNING, what, remedy)


def problem(subject: str, what: str, remedy: str | None = None) -> Check:
    """Something that has to be changed."""
    return _check(subject, State.PROBLEM, what, remedy)


def refused(subject: str, error: RegisterError) -> Check:
    """A refusal as a problem."""
    return problem(subject, error.what, error.remedy)


def _check(subject: str, state: State, what: str, remedy: str | None) -> Check:
    return Check(subject, state, mask(what), mask(remedy) if remedy else None)
