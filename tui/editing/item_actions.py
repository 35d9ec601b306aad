"""What the keys do to the chosen item or to all that are marked: statuses at once, all else in a conversation; undo."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from store.enums import Status
from store.errors import ConflictError, ImportUndoError, NotFoundError, RegisterError
from store.text import number_of, plural
from tui.commands import BY_ID
from tui.dispatch import bindings, method_name
from tui.editing.resuming import Resuming
from tui.render.text import line, readable
from tui.terminal import CLIPBOARD_BYTES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from textual.binding import BindingType

    from store.audit.log import Done
    from store.fields import FieldValue
    from tui.editing.drafts import Purpose
    from tui.editing.session import Contest, WatchedItem


STATUSES = {
    "item.set-status-open": Status.OPEN,
    "item.set-status-in-progress": Status.IN_PROGRESS,
    "item.set-status-mitigated": Status.MITIGATED,
}
"""The commands that set a status and nothing else."""
LEAST_MARKDOWN = 50
"""The bytes that an item takes at least as Markdown."""


class Editing(Resuming):
    """The commands of the chosen item, or of all that are marked.

    A command without a method is a conversation, of the chosen item or of the whole register. They are
    imported when the first one begins, so that the first paint does not wait for forms.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("item")]

    async def action_run(self, command_id: str) -> None:
        """Run a command of this context."""
        if BY_ID[command_id].action or hasattr(self, method_name(command_id)):
            await super().action_run(command_id)
        else:
            keys = self.targets if BY_ID[command_id].needs == "items" else (self.chosen or "",)
            self.converse(self._converse(command_id, " ".join(keys)))

    async def carry_out(self, command_id: str, keys: Sequence[str]) -> None:
        """Run an editing command on some items, within a conversation."""
        from store.fields import STATUS_FIELDS

        status = STATUSES.get(command_id)
        if status is None:
            await self._converse(command_id, " ".join(keys))
        elif len(keys) == 1:
            await self.guarded(self.write(self.as_seen(keys, STATUS_FIELDS), {"status": status}))
        else:
            await self.guarded(self._set_all(self.as_seen(keys, STATUS_FIELDS), status))

    async def _converse(self, command_id: str, name: str) -> None:
        from tui.editing.drafts import Purpose

        await self.guarded(self.run_purpose(Purpose(command_id, name)))

    async def run_purpose(self, purpose: Purpose) -> None:
        """Hold the conversation of a command."""
        from tui.editing import item_dialogs
        from tui.review import start
        from tui.screens import documents

        self.purpose = purpose
        if purpose.command in documents.CONVERSATIONS:
            await documents.CONVERSATIONS[purpose.command](self)
        elif (held := {**item_dialogs.CONVERSATIONS, **start.ON_ITEM}.get(purpose.command)) is not None:
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
        """Set a status: of one item while other keys go on, of several before they do."""
        from store.fields import STATUS_FIELDS

        if not self.targets:
            return
        items = self.as_seen(self.targets, STATUS_FIELDS)
        if len(items.keys) > 1:
            self.converse(self.guarded(self._set_all(items, status)))
        else:
            self.flow(self._set(items, status, typed=self.host.typing.count))
            self.will_change(items.keys)

    async def _set(self, item: WatchedItem, status: Status, *, typed: int) -> None:
        """Set a status when its turn comes.

        Where others were there first, ask; refuse where more than `typed` keys were handed out: the next one would
        answer a question that nobody has read.
        """
        try:
            async with self.store.queue.turn(item):
                done = await self._written(item, {"status": status})
            await self.show_done(done)
        except (ConflictError, NotFoundError) as error:
            typing = self.host.typing
            if typing.is_held or typing.has_more or typing.count > typed or self.app.screen is not self:
                self.refuse(error)
            else:
                self.converse(self.guarded(self.write(item, {"status": status})))
        except RegisterError as error:
            self.refuse(error)

    async def _set_all(self, items: WatchedItem, status: Status) -> None:
        """Set a status of several items; what the keys mean next, they mean once it is done."""
        self.catch_up_with_own(items)
        self.keys.work_on(items.takes_long)
        try:
            await self.write(items, {"status": status})
        except RegisterError:
            # It says what they are now, and asks to try again.
            self.saw(items)
            self.keys.hush()
            raise

    async def watched_item(self, name: str, names: Sequence[str]) -> WatchedItem:
        """Some fields of an item, or of several whose keys are joined by spaces, as shown, else as of now."""
        keys = name.split(" ")
        item = self.as_seen(keys, names)
        if len(keys) == 1:
            detail = await self.fetch(name)
            item.seen = {each: item.seen.get(each, getattr(detail, each)) for each in names}
        elif not await item.complete():
            raise NotFoundError("these items no longer exist", "nothing was written")
        return item

    async def write(self, item: WatchedItem, changes: Mapping[str, FieldValue]) -> None:
        """Write fields of an item; where others have changed them, the user is asked."""
        from store.fields import FIELDS
        from tui.editing.conflict import ask_conflicts
        from tui.editing.session import insist

        wanted = dict(changes)

        async def decide(contests: Sequence[Contest]) -> bool:
            answer = await ask_conflicts(self, item.called, contests)
            if answer is None:
                self.say("Nothing was changed")
                return False
            for contest in contests:
                side = answer[contest.id]
                if not item.take(contest, side):
                    wanted[contest.name] = FIELDS[contest.name].read(contest.text(side))
            return True

        await insist(item, lambda: self.change_or_raise(self._written(item, wanted)), decide)

    async def _written(self, item: WatchedItem, wanted: Mapping[str, FieldValue]) -> Done:
        """Write fields of one item or several, held against what was seen of them and of what goes with a status."""
        from store.fields import STATUS_FIELDS, show

        status, instead = wanted.get("status"), item.instead(wanted)
        before, decision = item.before(), self.decision
        if isinstance(status, Status) and wanted.keys() <= {"status", "status_note"} and not instead:
            note = show(wanted["status_note"]) if "status_note" in wanted else None
            return await self.store.set_status(item.keys, status, note=note, before=before, decision=decision)
        before = item.before({*wanted, *STATUS_FIELDS} if "status" in wanted else {*wanted})
        return await self.store.edit_items(
            item.keys, wanted, before=before, exactly=True, instead=instead, decision=decision
        )

    async def edit_exactly(self, item: WatchedItem, changes: Mapping[str, FieldValue]) -> None:
        """Write fields of one item or several, held against all that was seen of them and of what goes with them."""
        await self.change_or_raise(self._written(item, changes))

    def do_item_copy_key(self) -> None:
        """Copy the key, or those of all that are marked, in one line."""
        if not self.targets:
            return
        # One safe line: whatever it is pasted into must not act on it.
        self._copy(line(" ".join(self.targets)), self.targets)

    def do_item_copy_markdown(self) -> None:
        """Copy the item as Markdown, or all that are marked, one after another."""
        if self.targets:
            self.converse(self.guarded(self._copy_markdown(self.targets)))

    async def _copy_markdown(self, keys: Sequence[str]) -> None:
        # Each takes at least some bytes: no more need to be read than can fit.
        is_fitting = len(keys) <= CLIPBOARD_BYTES // LEAST_MARKDOWN
        text = readable(await self.store.items_markdown(keys)) if is_fitting else None
        self._copy(text, keys, called=" as Markdown")

    def _copy(self, text: str | None, keys: Sequence[str], *, called: str = "") -> None:
        """Put what there is of some items on the clipboard; None is too much for it."""
        what = plural(len(keys), keys[0], number_of(len(keys), "item" if called else "key")) + called
        if text is None or len(text.encode()) > CLIPBOARD_BYTES:
            export = self.key_of("register.export")
            self.say(f"{what}: too long for the clipboard ({CLIPBOARD_BYTES:,} bytes); {export} exports all")
            return
        self.app.copy_to_clipboard(text)
        self.say(f"Copied {what} to the clipboard, if this terminal allows it")

    # What is undone is gone to: the next key is meant for where that leads

    def do_change_undo(self) -> None:
        """Undo my newest change; an import is asked about."""
        self.converse(self.guarded(self._undo()))

    async def _undo(self) -> None:
        try:
            await self._go_to(await self.store.undo(), undone=True)
        except ImportUndoError as error:
            await self._undo_import(error)

    async def _undo_import(self, asked: ImportUndoError) -> None:
        if await self.confirm(str(asked), yes="y", label="undo the import"):
            await self._go_to(await self.store.undo(confirmed=asked.batch), undone=True)

    def do_change_redo(self) -> None:
        """Redo what was undone."""
        self.converse(self.guarded(self._redo()))

    async def _redo(self) -> None:
        await self._go_to(await self.store.redo())

    async def _go_to(self, done: Done, *, undone: bool = False) -> None:
        self.will_change(done.keys)
        await self.show_done(done, undone=undone, go=True)
