"""What became of the debt over time, as it is drawn and printed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import date


@dataclass(frozen=True, slots=True)
class Tally:
    """How many items there are: open (In Progress included), Mitigated and Accepted."""

    open: int = 0
    mitigated: int = 0
    accepted: int = 0


@dataclass(frozen=True, slots=True)
class Mean:
    """The mean of `number` spans in days, None of none; of some only a minimum is known where it is `at_least`."""

    days: float | None = None
    at_least: bool = False
    number: int = 0


@dataclass(frozen=True, slots=True)
class Point:
    """What there was at the end of a day (UTC); `high_age` is the age of open debt of severity High.

    `categories` and `severities` go along with those of the trend and of the enum.
    """

    day: date
    counts: Tally
    categories: tuple[Tally, ...]
    severities: tuple[Tally, ...]
    high_age: Mean


@dataclass(frozen=True, slots=True)
class Month:
    """What came and went in the month that begins at `first`; `mitigation` is the time from opening to Mitigated."""

    first: date
    added: int = 0
    reopened: int = 0
    mitigated: int = 0
    accepted: int = 0
    removed: int = 0
    mitigation: Mean = Mean()

    @property
    def inflow(self) -> int:
        """Debt that was not open before."""
        return self.added + self.reopened

    @property
    def outflow(self) -> int:
        """Debt that was open before."""
        return self.mitigated + self.accepted + self.removed


@dataclass(frozen=True, slots=True)
class CategoryName:
    """A category as it is called now, or was when it was removed."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Trend:
    """Points in the order of time, the last one now; the months have all that came and went."""

    unit: Literal["day", "month"]
    categories: tuple[CategoryName, ...]
    points: tuple[Point, ...]
    months: tuple[Month, ...]

    @property
    def nothing(self) -> str:
        """Why there is nothing to draw, as a sentence without its full stop; empty where there is."""
        if not self.points:
            return "nothing is recorded yet, so there is nothing to show over time"
        if len(self.points) == 1:
            return "all of it is of one day, and a trend takes two"
        return ""
