"""Days by severity: as they are typed and shown, and those that hold where a register says none."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from store.enums import Severity
from store.errors import InvalidValueError
from store.fields import clean_line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from store.models import Json

ACCEPT_FOR = {Severity.HIGH: 90, Severity.MEDIUM: 180, Severity.LOW: 365}
"""The days that debt is accepted for where neither the register nor anybody says."""
ENDING_DAYS = 14
"""An acceptance is ending when no more than so many days of it are left."""
_DAYS = re.compile(r"(?P<severity>[A-Za-z]+)\s*[:=]?\s*(?P<days>\d{1,5})\s*(?:d|days?)?")


def parse_days(name: str, typed: str) -> dict[str, Json]:
    """Days by severity of `high 30, medium 90`. Raises InvalidValueError."""
    found: dict[str, Json] = {}
    for part in re.split(r"[,;]", clean_line(name, typed)):
        if not part.strip():
            continue
        match = _DAYS.fullmatch(part.strip())
        if match is None or int(match["days"]) == 0:
            raise InvalidValueError(name, f"{part.strip()!r} is no number of days", "write it like high 30, medium 90")
        found[Severity.parse(match["severity"]).value] = int(match["days"])
    return found


def days_text(days: Iterable[tuple[Severity, int]]) -> str:
    """Days by severity as `parse_days` reads them."""
    return ", ".join(f"{severity.typed} {number}" for severity, number in days)


def typed_days(name: str, typed: str) -> str:
    """Days by severity as they were typed, the highest severity first. Raises InvalidValueError."""
    found = parse_days(name, typed)
    return days_text((severity, int(str(found[severity.value]))) for severity in Severity if severity.value in found)


def accept_days(said: Iterable[tuple[Severity, int]]) -> dict[Severity, int]:
    """The days that debt is accepted for: what a register says, else what is built in."""
    return ACCEPT_FOR | dict(said)


def policy_text(name: str, days: Iterable[tuple[Severity, int]]) -> str:
    """What holds of `mitigate_within` or `accept_for`, in words."""
    own = dict(days)
    if name == "mitigate_within":
        return days_text(own.items()) or "no limit"
    default = "" if len(own) == len(Severity) else " by default" if not own else " (the rest by default)"
    return days_text(accept_days(own.items()).items()) + default
