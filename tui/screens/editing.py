"""What the keys do to the chosen item: statuses at once, everything else in a conversation; undo."""

from __future__ import annotations

from store.errors import RegisterError
from store.words import Status
from tui.screens.base import Flows
from tui.widgets.runs import method_name


class Editing(Flows):
    """The commands of the chosen item.

    A command without a method is a conversation, of the chosen item or of the whole register. They are
    imported when the first one begins, so that the first paint does not wait for forms.
    """

    async def action_run(self, command_id: str) -> None:
        """Run a command of this context."""
        if hasattr(self, method_name(command_id)):
            await super().action_run(command_id)
        else:
            self.converse(self._converse(command_id, self.chosen))

    async def _converse(self, command_id: str, key: str | None) -> None:
        from tui.screens import conversations, documents

        if command_id in documents.CONVERSATIONS:
            await self.guarded(documents.CONVERSATIONS[command_id](self))
        else:
            await self.guarded(conversations.CONVERSATIONS[command_id](self, key or ""))

    def do_item_set_status_open(self) -> None:
        """Open."""
        self._set_status(Status.OPEN)

    def do_item_set_status_in_progress(self) -> None:
        """In Progress."""
        self._set_status(Status.IN_PROGRESS)

    def do_item_set_status_mitigated(self) -> None:
        """Mitigated."""
        self._set_status(Status.MITIGATED)

    def _set_status(self, status: Status) -> None:
        if self.chosen is not None:
            self.flow(self.change(self.store.set_status((self.chosen,), status)))

    def do_item_copy_key(self) -> None:
        """Copy the key."""
        if self.chosen is not None:
            self.app.copy_to_clipboard(self.chosen)
            self.say(f"{self.chosen} is on the clipboard, if this terminal allows it")

    def do_change_undo(self) -> None:
        """Undo my newest change; an import is asked about."""
        self.flow(self._undo())

    async def _undo(self) -> None:
        from tui.gateway import ImportUndoError

        try:
            await self.show_done(await self.store.undo(), undone=True)
        except ImportUndoError as error:
            self.converse(self._undo_import(str(error)))
        except RegisterError as error:
            self.refuse(error)

    async def _undo_import(self, question: str) -> None:
        if await self.confirm(question, yes="y", label="undo the import"):
            await self.guarded(self._undo_confirmed())

    async def _undo_confirmed(self) -> None:
        await self.show_done(await self.store.undo(confirmed=True), undone=True)

    def do_change_redo(self) -> None:
        """Redo what was undone."""
        self.flow(self.change(self.store.redo()))
