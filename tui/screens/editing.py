"""What the keys do to the chosen item: statuses at once, everything else in a conversation; undo."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from store.errors import ConflictError, NotFoundError, RegisterError
from store.words import Status
from tui.screens.resuming import Resuming
from tui.text import line
from tui.widgets.runs import bindings, method_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from textual.binding import BindingType

    from store.fields import FieldValue
    from store.rows import MapRows
    from tui.drafts import Purpose
    from tui.gateway import ImportUndoError
    from tui.panes.first import FirstPane
    from tui.panes.items import ItemsPane
    from tui.screens.watching import Contest, WatchedItem


class Editing(Resuming):
    """The commands of the chosen item.

    A command without a method is a conversation, of the chosen item or of the whole register. They are
    imported when the first one begins, so that the first paint does not wait for forms.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("item")]

    items: ItemsPane
    first: FirstPane
    map_rows: MapRows | None

    async def action_run(self, command_id: str) -> None:
        """Run a command of this context."""
        if hasattr(self, method_name(command_id)):
            await super().action_run(command_id)
        else:
            self.converse(self._converse(command_id, self.chosen))

    async def _converse(self, command_id: str, key: str | None) -> None:
        from tui.drafts import Purpose

        await self.guarded(self.run_purpose(Purpose(command_id, key or "")))

    async def run_purpose(self, purpose: Purpose) -> None:
        """Hold the conversation of a command."""
        from tui.screens import conversations, documents
        from tui.screens.review import begin

        self.purpose = purpose
        if purpose.command in documents.CONVERSATIONS:
            await documents.CONVERSATIONS[purpose.command](self)
        elif (held := {**conversations.CONVERSATIONS, **begin.ON_ITEM}.get(purpose.command)) is not None:
            await held(self, purpose.name)
        else:
            await documents.resume_on_page(self)

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
        from tui.screens.watching import STANDING

        if self.chosen is not None:
            self.flow(self._set(self.shown(self.chosen, STANDING), status))

    async def _set(self, item: WatchedItem, status: Status) -> None:
        """Set a status beside the message loop; only where others were there first it becomes a conversation."""
        try:
            await self._write(item, {"status": status})
        except (ConflictError, NotFoundError) as error:
            if self.host.is_waiting or self.app.screen is not self:
                self.refuse(error)
            else:
                self.converse(self.guarded(self.write(item, {"status": status})))
        except RegisterError as error:
            self.refuse(error)

    def shown(self, key: str, names: Sequence[str]) -> WatchedItem:
        """Some fields of an item as the dashboard shows them; those that it does not show are not among them."""
        from tui.screens.watching import WatchedItem

        nodes = self.map_rows.nodes if self.map_rows is not None else ()
        ranked = self.first.rows.items if self.first.rows is not None else ()
        rows = (self.detail, self.items.chosen, *(node for node in nodes if not node.assumed), *ranked)
        found = next((row for row in rows if row is not None and row.key == key), None)
        seen = {name: getattr(found, name) for name in names if hasattr(found, name)}
        return WatchedItem(self.store, key, seen)

    async def watched_item(self, key: str, names: Sequence[str]) -> WatchedItem:
        """Some fields of an item as the dashboard shows them, else as they are now."""
        item = self.shown(key, names)
        detail = await self.fetch(key)
        item.seen = {name: item.seen.get(name, getattr(detail, name)) for name in names}
        return item

    async def write(self, item: WatchedItem, changes: Mapping[str, FieldValue]) -> None:
        """Write fields of an item; where others changed them meanwhile, the person is asked."""
        from store.fields import FIELDS
        from tui.screens.conflict import ConflictScreen
        from tui.screens.watching import insist

        wanted = dict(changes)

        async def decide(contests: Sequence[Contest]) -> bool:
            page = ConflictScreen(item.called, contests)
            await self.show(page)
            if page.answer is None:
                self.say("Nothing was changed")
                return False
            for contest in contests:
                wanted[contest.name] = FIELDS[contest.name].read(contest.text(page.answer[contest.name]))
            return True

        await insist(item, lambda: self._write(item, wanted), decide)

    async def _write(self, item: WatchedItem, wanted: Mapping[str, FieldValue]) -> None:
        from store.fields import show

        status, note = wanted.get("status"), wanted.get("status_note")
        if isinstance(status, Status) and wanted.keys() <= {"status", "status_note"}:
            text = show(note) if "status_note" in wanted else None
            verb = self.store.set_status((item.name,), status, note=text, before=item.before)
        else:
            verb = self.store.edit_items((item.name,), wanted, before=item.before, exactly=True)
        await self.change_or_raise(verb)

    def do_item_copy_key(self) -> None:
        """Copy the key."""
        if self.chosen is not None:
            # One safe line: whatever it is pasted into must not act on it.
            self.app.copy_to_clipboard(line(self.chosen))
            self.say(f"{self.chosen} is on the clipboard, if this terminal allows it")

    def do_change_undo(self) -> None:
        """Undo my newest change; an import is asked about."""
        self.flow(self._undo())

    async def _undo(self) -> None:
        from tui.gateway import ImportUndoError

        try:
            await self.show_done(await self.store.undo(), undone=True)
        except ImportUndoError as error:
            self.converse(self._undo_import(error))
        except RegisterError as error:
            self.refuse(error)

    async def _undo_import(self, asked: ImportUndoError) -> None:
        if await self.confirm(str(asked), yes="y", label="undo the import"):
            await self.guarded(self._undo_confirmed(asked.batch))

    async def _undo_confirmed(self, batch: int) -> None:
        await self.show_done(await self.store.undo(confirmed=batch), undone=True)

    def do_change_redo(self) -> None:
        """Redo what was undone."""
        self.flow(self.change(self.store.redo()))
