"""What accepting debt takes: a reason, somebody who decides, and an end unless none is chosen."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

from store.commands.conflicts import changed_fields
from store.enums import Severity, Status
from store.errors import InvalidValueError
from store.models import RegisterFacts
from store.policy.days import accept_days

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlmodel import Session

    from store.audit.snapshots import State
    from store.models import Json


def days_of(facts: RegisterFacts | None) -> dict[Severity, int]:
    """The days that debt of each severity is accepted for in a register."""
    said = (facts.accept_for if facts is not None else None) or {}
    return accept_days((Severity(name), days) for name, days in said.items())


def proposed_end(days: Mapping[Severity, int], severity: Severity, today: date) -> date:
    """Until when debt of a severity is accepted where nobody says; the last day there is where that is beyond."""
    try:
        return today + timedelta(days=days[severity])
    except OverflowError:
        return date.max


def require_reason(why: object, what: str = "") -> None:
    """Raise InvalidValueError beside the status note where nobody says why debt is accepted."""
    if not why:
        raise InvalidValueError(
            "status_note",
            f"nobody says why {what or 'this'} is accepted",
            "write the reason into the status note (--note on the command line)",
        )


@dataclass(slots=True)
class Terms:
    """The terms of what one verb accepts: who writes, on which day (UTC), in which register."""

    session: Session
    actor: str
    today: date
    _days: dict[Severity, int] = field(default_factory=dict)

    def of(self, state: State, wanted: Mapping[str, Json], *, anew: bool = False) -> State:
        """What an item that says `state` and is to say `wanted` says of its acceptance besides.

        With `anew` the decision is taken again where it stands already. Raises InvalidValueError where debt is
        accepted without a reason or without a name.
        """
        after = {**state, **wanted}
        if after["status"] != Status.ACCEPTED.value:
            return {}
        begins = state["status"] != Status.ACCEPTED.value
        if begins or "status_note" in wanted:
            require_reason(wanted.get("status_note"), str(after["key"]))
        if "accepted_by" in wanted and not wanted["accepted_by"]:
            raise InvalidValueError("accepted_by", f"nobody is named who accepts {after['key']}", "name who decides")
        said: State = {}
        if begins and not after["accepted_by"]:
            said["accepted_by"] = self.actor
        if "accepted_until" not in wanted and (anew or (begins and not after["accepted_until"])):
            self._days = self._days or days_of(self.session.get(RegisterFacts, 1))
            end = proposed_end(self._days, Severity(str(after["severity"])), self.today)
            said["accepted_until"] = end.isoformat()
        return changed_fields(state, said)
