"""What the map and the scores show: pictures, supposed fixes, and what to fix first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on

from tui.commands import BY_ID
from tui.panes.map import MapPane
from tui.screens.choosing import Choosing

if TYPE_CHECKING:
    from tui.widgets.frame import Frame


class Exploring(Choosing):
    """The commands of the map and of the view of what to fix first."""

    frames: dict[int, Frame]

    @property
    def context(self) -> str:
        """Whose keys act: those of the pane that has the focus, where it has keys of its own."""
        return "map" if self.map.has_focus else self.CONTEXT

    async def action_run(self, command_id: str) -> None:
        """Run a command; those of a pane are its own to carry out."""
        if BY_ID[command_id].context == "map":
            await self.map.action_run(command_id)
        else:
            await super().action_run(command_id)

    @on(MapPane.Captioned)
    def _captioned(self, event: MapPane.Captioned) -> None:
        dot = f" {self.host.glyphs.dot} "
        self.frames[5].foot.show(note=dot.join(event.caption))

    @on(MapPane.Drilled)
    def _drilled(self, event: MapPane.Drilled) -> None:
        self.choose_category(event.code)
