"""The dashboard on another day: the register as of that day, read-only, and the way back to today."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from store.errors import InvalidValueError
from tui.lazy import replay
from tui.render.text import line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from tui.async_store import AsyncStore
    from tui.dashboard.state import Dashboard
    from tui.editing.fields import Values
    from tui.widgets.suggestions import Proposal

_BACKGROUND = "past"
TODAY = "This is the register of today"


class TimeTravel:
    """Swaps the register for that of another day, and back.

    today: the register of today while another day is shown. swapped: called with the words of the day, empty for
    today, to show the register that was swapped in and nothing that belongs to the other one.
    """

    def __init__(self, dashboard: Dashboard, *, swapped: Callable[[str], None]) -> None:
        self._dashboard = dashboard
        self._swapped = swapped
        self.today: AsyncStore | None = None

    async def close(self) -> None:
        """Close the register of today where another day is shown."""
        if self.today is not None:
            await self.today.close()

    @property
    def ways_back(self) -> str:
        """The keys that return to today."""
        return f"{self._dashboard.key_of('register.as-of')} or {self._dashboard.key_of('items.clear')}"

    def switch(self) -> None:
        """Ask for a day and go there; from there, return to today."""
        work = self._ask_day() if self.today is None else self._return()
        self._dashboard.converse(self._dashboard.guarded(work))

    def cancel(self) -> bool:
        """Give up going to another day; whether that was under way."""
        was_going = self._dashboard.cancel(_BACKGROUND)
        if was_going:
            self._dashboard.say(TODAY)
        return was_going

    def leave(self) -> bool:
        """Return to today; whether another day was shown."""
        if self.today is None:
            return False
        self._dashboard.converse(self._dashboard.guarded(self._return()))
        return True

    async def _ask_day(self) -> None:
        from store.enums import Direction
        from store.formats.dates import parse_date
        from tui.editing.fields import FormField
        from tui.editing.form import ask_form
        from tui.widgets.suggestions import Proposal

        dashboard = self._dashboard
        days, today = await dashboard.store.read(replay.suggested_days), dashboard.host.target.today
        answers: list[datetime] = []

        async def propose(typed: str) -> Sequence[Proposal]:
            words = typed.strip().casefold()
            found = [each for each in days if words in f"{each.typed} {each.words}".casefold()]
            return [Proposal(each.typed, f"{each.typed} {line(each.words)}") for each in found if each.typed != words]

        async def save(values: Values) -> None:
            answers.append(await dashboard.store.moment(values["moment"]))

        def in_numbers(typed: str) -> str:
            with suppress(InvalidValueError):
                return parse_date(typed, "moment", today, Direction.BACK).isoformat()
            return typed

        hint = "a date such as 2026-03-31 or last friday, a time, or 30d for 30 days ago"
        field = FormField("moment", "As of", hint=hint, propose=propose, in_numbers=in_numbers)
        if await ask_form(dashboard, "The register as of", (field,), save, verb="show"):
            dashboard.background(_BACKGROUND, partial(self._go, answers[-1]))

    async def _go(self, moment: datetime) -> None:
        from store.clock import format_time

        dashboard, name = self._dashboard, format_time(moment)
        stop = dashboard.key_of("items.clear")

        def progress(done: int, total: int) -> None:
            dashboard.say(f"Rebuilding {name}: {done:,} of {total:,} changes; {stop} stops")

        dashboard.say(f"Rebuilding {name}")
        past = await dashboard.store.past(moment, progress)
        self.today, dashboard.opened = dashboard.opened, past
        await self._show(name)
        dashboard.say(f"The register as of {name}: {self.ways_back} returns to today")

    async def _return(self) -> None:
        dashboard = self._dashboard
        if self.today is None or dashboard.opened is None:
            return
        past, dashboard.opened, self.today = dashboard.opened, self.today, None
        await self._show("")
        dashboard.say(TODAY)
        await past.close()

    async def _show(self, day: str) -> None:
        self._dashboard.state = self._dashboard.state._replace(day=day, assumed=(), blast_radius=None)
        self._swapped(day)
        await self._dashboard.load()
