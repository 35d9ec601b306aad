"""The dashboard on another day: the register as of that day, read-only, and the way back to today."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from store.errors import InvalidValueError, RegisterError
from tui.dashboard.live_updates import Sharing
from tui.dashboard.what_if import Exploring
from tui.render.text import line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from tui.async_store import Gateway
    from tui.commands import Command
    from tui.editing.fields import Values
    from tui.widgets.suggestions import Proposal

LOOKS = ("pane.", "list.", "map.", "first.", "items.", "filter.", "app.")
"""How the commands begin that change nothing."""
PAGES = frozenset(
    {
        "item.history",
        "item.copy-key",
        "item.copy-markdown",
        "followup.list",
        "register.page",
        "register.categories",
        "register.as-of",
        "register.trend",
        "view.list",
        "review.since",
    }
)
"""Other commands that change nothing; what their pages can change, the store refuses."""


class Past(Exploring, Sharing):
    """Swaps the register for what it was, and back.

    present: the register of today while another day is shown. day: that day, as people name it.
    """

    present: Gateway | None = None
    day = ""

    async def on_unmount(self) -> None:
        """Close the register of today, too."""
        if self.present is not None:
            await self.present.close()

    def poll(self) -> None:
        """Nobody changes the past."""
        if self.present is None:
            super().poll()

    async def action_run(self, command_id: str) -> None:
        """Run a command; in the past only one that looks."""
        if self.present is None or command_id in PAGES or command_id.startswith(LOOKS):
            await super().action_run(command_id)
        else:
            self.refuse(RegisterError(f"this is the register as of {self.day}", f"{self._ways_back} returns to today"))

    @property
    def _ways_back(self) -> str:
        return f"{self.key_of('register.as-of')} or {self.key_of('items.clear')}"

    def offered(self, commands: Iterable[Command]) -> list[Command]:
        """What the key bar names: in the past, how to come back, and what looks."""
        if self.present is None:
            return list(commands)
        return [
            command._replace(label="today", bar=1) if command.id == "register.as-of" else command
            for command in commands
            if command.id in PAGES or command.id.startswith(LOOKS)
        ]

    def do_register_trend(self) -> None:
        """The debt over time."""
        self.converse(self.guarded(self._trend()))

    async def _trend(self) -> None:
        from tui.screens.trend import trend_page

        await trend_page(self, self.day if self.present is not None else "")

    # There and back

    def do_register_as_of(self) -> None:
        """Ask for a day and go there; from there, come back."""
        if self.present is not None:
            self.converse(self.guarded(self._come_back()))
        else:
            self.converse(self.guarded(self._ask_day()))

    def do_items_clear(self) -> None:
        """Give up going to another day; clear what is narrowed; from another day, come back."""
        if any(worker.group == "past" and not worker.is_finished for worker in self.workers):
            self.workers.cancel_group(self, "past")
            self.say("This is the register of today")
        elif self.present is not None and not self.is_narrowed:
            self.converse(self.guarded(self._come_back()))
        else:
            super().do_items_clear()

    @property
    def is_narrowed(self) -> bool:
        """Whether Esc has something else to clear first."""
        return bool(self.assumed or self.wanted is not None or self.has_class("-filtering"))

    async def _ask_day(self) -> None:
        from store.enums import Direction
        from store.formats.dates import parse_date
        from tui.editing.fields import FormField
        from tui.widgets.suggestions import Proposal

        days = await self.store.suggested_days()
        asked: list[datetime] = []

        async def propose(typed: str) -> Sequence[Proposal]:
            wanted = typed.strip().casefold()
            found = [each for each in days if wanted in f"{each.typed} {each.words}".casefold()]
            return [Proposal(each.typed, f"{each.typed} {line(each.words)}") for each in found if each.typed != wanted]

        async def save(values: Values) -> None:
            asked.append(await self.store.moment(values["moment"]))

        self.purpose = None
        today = self.host.target.today

        def in_numbers(typed: str) -> str:
            with suppress(InvalidValueError):
                return parse_date(typed, "moment", today, Direction.BACK).isoformat()
            return typed

        hint = "a date such as 2026-03-31 or last friday, a time, or 30d for 30 days ago"
        field = FormField("moment", "As of", hint=hint, propose=propose, in_numbers=in_numbers)
        if await self.ask("The register as of", (field,), save, verb="show"):
            self.background("past", partial(self._go, asked[-1]))

    async def _go(self, moment: datetime) -> None:
        from store.clock import format_time

        name = format_time(moment)

        stop = self.key_of("items.clear")

        def progress(done: int, total: int) -> None:
            self.say(f"Rebuilding {name}: {done:,} of {total:,} changes; {stop} stops")

        self.say(f"Rebuilding {name}")
        past = await self.store.past(moment, progress)
        self.present, self.gateway, self.day = self.gateway, past, name
        await self._show_day(f"as of {name}", "read only")
        self.say(f"The register as of {name}: {self._ways_back} returns to today")

    async def _come_back(self) -> None:
        if self.present is None or self.gateway is None:
            return
        past, self.gateway, self.present = self.gateway, self.present, None
        self.app.clear_notifications()
        await self._show_day("", "read only" if self.trouble else "")
        self.say("This is the register of today")
        await past.close()

    async def _show_day(self, day: str, trouble: str) -> None:
        """Show the register that was swapped in, and nothing that belongs to the other one."""
        self.assumed, self.radius = (), None
        self.forget_marks()
        self.categories.mark(frozenset())
        self.mark({})
        self.header.show(day=day, trouble=trouble, supposed="", others=())
        await self.load()
