"""Conversations in a worker: one question after another, each answered by what is typed for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from tui.dispatch import Runs

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from textual.screen import Screen

    from tui.editing.drafts import Draft

Answer = TypeVar("Answer")


class Converses(Runs):
    """A screen that asks. CONTEXT: that of its commands."""

    CONTEXT = ""

    @property
    def context(self) -> str:
        """The context whose keys act now."""
        return self.CONTEXT

    async def ready(self) -> bool:
        """Wait until the focused widget shows the result of earlier keys. Returns whether it had to wait."""
        return False

    async def others_changed(self) -> None:
        """Show what others have changed, where this screen shows any of it."""

    @property
    def has_unsaved(self) -> bool:
        """Whether something is typed here that is not saved."""
        return False

    def left_open(self, how: str) -> Draft | None:  # noqa: ARG002 (forms say it)
        """What would be lost if the program ended now; `how` it does, as the end of a sentence."""
        return None

    def converse(self, work: Coroutine[None, None, object]) -> None:
        """Run a conversation; what is typed before it asks, or ends, is for the question or what comes after it."""
        if self.host.typing.is_held:
            # A click, which does not wait, on what would be another conversation.
            work.close()
            return
        self.run_worker(self._to_its_end(work), group="flow")

    async def _to_its_end(self, work: Coroutine[None, None, object]) -> None:
        with self.host.typing.held():
            await work

    async def show(self, question: Screen[Answer], *, expected: bool = True) -> Answer:
        """Show a screen within a conversation until it is answered.

        What was typed before it was painted answers it only where it is `expected`: where a key asked for it.
        """
        answered = self.app.push_screen(question, wait_for_dismiss=True)
        self.host.typing.lift(question, expected=expected)
        return await answered
