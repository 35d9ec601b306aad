"""What is typed before a question shows is kept and given to the question, in the order it was typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import App
from textual.events import Key, Paste

if TYPE_CHECKING:
    from textual.events import Event


class KeepsTyping(App[int]):
    """Between `wait` and `ready`, which nest, keys and pasted text are kept."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting = 0
        self._kept: list[Key | Paste] = []

    @property
    def is_waiting(self) -> bool:
        """Whether something is on its way to the screen that keys are meant for."""
        return self._waiting > 0

    def wait(self) -> None:
        """Keep what is typed from now on."""
        self._waiting += 1

    def ready(self) -> None:
        """Give it to whatever has the focus, after the messages that are under way have set it."""
        self.call_later(self._give)

    async def on_event(self, event: Event) -> None:
        """Take in an event. A key comes from the terminal, and again from a widget that had no use for it."""
        if self._waiting and isinstance(event, Key | Paste):
            self._kept.append(event)
        else:
            await super().on_event(event)

    async def _give(self) -> None:
        self._waiting -= 1
        if self._waiting:
            return
        # What came back from widgets was typed before what came from the terminal since.
        kept, self._kept = sorted(self._kept, key=lambda event: event.time), []
        for event in kept:
            again = Key(event.key, event.character) if isinstance(event, Key) else Paste(event.text)
            again.time = event.time
            await self.on_event(again)
