"""What the dashboard shows of policy: who owns what, in the dashboard's place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on

from tui.screens.exploring import Exploring
from tui.widgets.line_view import LineView

if TYPE_CHECKING:
    from tui.panes.owners import OwnersPane


class Governing(Exploring):
    """The view of owners."""

    owners: OwnersPane

    @property
    def shows_owners(self) -> bool:
        """Whether the dashboard shows who owns what."""
        return self.frames[4].body is self.owners

    async def load_map(self) -> None:
        """Ask for the map, and for the owners where they show."""
        await super().load_map()
        if self.gateway is not None and self.shows_owners:
            self.owners.show(await self.gateway.owners())

    async def do_pane_owners(self) -> None:
        """Who owns what in the dashboard's place, and back."""
        there = self.dashboard if self.shows_owners else self.owners
        await self.frames[4].put(there)
        self.frames[4].note("")
        self.go_to(4)
        there.focus()
        if self.shows_owners:
            self.background("map", self.load_map)

    @on(LineView.Opened)
    def _owner_opened(self, event: LineView.Opened) -> None:
        owner = self.owners.target(event.index) if event.view is self.owners else None
        if owner is not None:
            from store.query import parse, quote

            # The counts are those of the whole register.
            self.category = None
            self.want(parse(f"owner:{quote(owner)}" if owner else "owner:none"))
            self.look_again()
            self.go_to(2)
