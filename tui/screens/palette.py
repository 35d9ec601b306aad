"""The command palette's entries, made from the command table."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from tui.commands import Command, reachable
from tui.dispatch import action_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator


class RegisterCommands(Provider):
    """Every command that is enabled on the screen the palette was opened from."""

    def _enabled(self) -> Iterator[Command]:
        context = getattr(self.screen, "context", "")
        if not context:
            return
        for command in reachable(context, getattr(self.app, "commands", ())):
            if command.context != "list" and self.screen.check_action("run", (command.id,)):
                yield command

    def _run(self, command: Command) -> Callable[[], Awaitable[None]]:
        return partial(self.screen.run_action, action_of(command))

    async def discover(self) -> Hits:
        """All of them, before anything is typed."""
        for command in self._enabled():
            yield DiscoveryHit(Content(command.help), self._run(command), help=self._keys(command))

    async def search(self, query: str) -> Hits:
        """Those whose sentence or id matches."""
        matcher = self.matcher(query)
        for command in self._enabled():
            score = max(matcher.match(command.help), matcher.match(command.id))
            if score > 0:
                yield Hit(score, Content(command.help), self._run(command), help=self._keys(command))

    @staticmethod
    def _keys(command: Command) -> str:
        return "  ".join(command.keys)
