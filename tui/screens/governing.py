"""What the dashboard shows of policy: who owns what, in the dashboard's place."""

from __future__ import annotations

from textual import on

from tui.screens.exploring import Exploring
from tui.widgets.line_view import LineView


class Governing(Exploring):
    """The view of owners."""

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
        await self.swap_dashboard(self.owners, "Owners")

    @on(LineView.Opened)
    def _owner_opened(self, event: LineView.Opened) -> None:
        owner = self.owners.target(event.index) if event.view is self.owners else None
        if owner is not None:
            from store.filters.ast import quote
            from store.filters.parser import parse

            # The counts are those of the whole register.
            self.narrow_to(None)
            self.want(parse(f"owner:{quote(owner)}" if owner else "owner:none"))
            self.look_again()
            self.go_to(2)
