"""What the keys do to the selected items, in the dashboard and in a review: statuses, undo, copying, every write."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Protocol

from store.enums import Status
from store.errors import ConflictError, ImportUndoError, NotFoundError, RegisterError
from store.text import number_of, plural
from tui import dispatch
from tui.commands import BY_ID
from tui.dispatch import bindings
from tui.lazy import audit_undo, item_commands, item_queries, reports
from tui.render.text import line, readable
from tui.screens.base import StoreScreen
from tui.terminal import CLIPBOARD_BYTES, COPIED

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from textual.binding import BindingType

    from store.audit.log import Done
    from store.db.reader import Reader
    from store.fields import FieldValue
    from store.review.queue import ReviewDecision
    from tui.commands import Command
    from tui.editing.drafts import Purpose
    from tui.editing.session import Conflict, ItemSession

LEAST_MARKDOWN = 50
"""The bytes that an item takes at least as Markdown."""


class SelectedItems(Protocol):
    """The items that the keys act on, as a screen shows them."""

    @property
    def selected(self) -> str | None:
        """The key of the item under the cursor."""

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of the items that an editing command acts on: all that are marked, else the selected one."""

    @property
    def category(self) -> str | None:
        """The code of the category that is being looked at; None for none."""

    @property
    def edge(self) -> tuple[str, str, str] | None:
        """The dependency that keys act on, as source, target and label; None where they act on an item."""

    @property
    def decision(self) -> ReviewDecision | None:
        """The decision in a review that what is written now belongs to; None outside of a review."""

    def as_shown(self, keys: Sequence[str], names: Sequence[str]) -> ItemSession:
        """Some fields of one item or several as shown; what was not shown is not among them."""

    def saw(self, items: ItemSession) -> None:
        """Compare marked items with what a conflict said about them."""


def items_markdown(reader: Reader, keys: Sequence[str]) -> str:
    """Some items as Markdown, one after another. Raises NotFoundError where one is gone."""
    return reports.items_markdown([item_queries.item(reader, key) for key in keys])


class ItemActions:
    """Changes the selected items, each write held against what its user saw of them."""

    def __init__(self, screen: ItemScreen, items: SelectedItems) -> None:
        self.screen = screen
        self.items = items

    # What was seen

    def seen(self, keys: Sequence[str], names: Sequence[str]) -> ItemSession:
        """As shown; where the screen has not caught up with this user's own changes, as those left it."""
        item = self.items.as_shown(keys, names)
        self._catch_up_with_own(item)
        return item

    def _catch_up_with_own(self, item: ItemSession) -> None:
        """Take this user's own changes of what is about to be written for seen."""
        for key in item.keys:
            item.expect(key, self.screen.store.queue.left(key))

    async def session(self, name: str, names: Sequence[str]) -> ItemSession:
        """Some fields of an item, or of several whose keys are joined by spaces, as shown, else as of now."""
        keys = name.split(" ")
        item = self.seen(keys, names)
        if len(keys) == 1:
            detail = await self.screen.fetch(name)
            item.seen = {each: item.seen.get(each, getattr(detail, each)) for each in names}
        elif not await item.complete():
            raise NotFoundError("these items no longer exist", "nothing was written")
        return item

    # Writing

    async def write(self, item: ItemSession, changes: Mapping[str, FieldValue]) -> None:
        """Write fields of one item or several; where others changed them, the user is asked."""
        from store.fields import FIELDS
        from tui.editing.conflict import ask_conflicts

        wanted = dict(changes)

        async def decide(conflicts: Sequence[Conflict]) -> bool:
            answer = await ask_conflicts(self.screen, item.display_name, conflicts)
            if answer is None:
                self.screen.say("Nothing was changed")
                return False
            for conflict in conflicts:
                side = answer[conflict.id]
                if not item.apply_side(conflict, side):
                    wanted[conflict.name] = FIELDS[conflict.name].read(conflict.text(side))
            return True

        await item.save(lambda: self.write_exactly(item, wanted), decide)

    async def write_exactly(self, item: ItemSession, changes: Mapping[str, FieldValue]) -> None:
        """Write fields of one item or several, held against all that was seen of them and of what goes with them."""
        await self.screen.change_or_raise(self._written(item, changes))

    async def _written(self, item: ItemSession, wanted: Mapping[str, FieldValue]) -> Done:
        from store.fields import STATUS_FIELDS, show

        store = self.screen.store
        status, instead = wanted.get("status"), item.instead(wanted)
        before, decision = item.before(), self.items.decision
        if isinstance(status, Status) and wanted.keys() <= {"status", "status_note"} and not instead:
            note = show(wanted["status_note"]) if "status_note" in wanted else None
            return await store.write(
                item_commands.set_status, item.keys, status, note=note, before=before, decision=decision
            )
        before = item.before({*wanted, *STATUS_FIELDS} if "status" in wanted else {*wanted})
        return await store.write(
            item_commands.edit_items, item.keys, wanted, before=before, exactly=True, instead=instead, decision=decision
        )

    # Statuses

    def set_status(self, status: str) -> None:
        """Set a status: of one item while other keys go on, of several before they do."""
        from store.fields import STATUS_FIELDS

        if not self.items.keys:
            return
        items = self.seen(self.items.keys, STATUS_FIELDS)
        if len(items.keys) > 1:
            self.screen.converse(self.screen.guarded(self._set_all(items, Status(status))))
        else:
            self.screen.flow(self._set(items, Status(status), typed=self.screen.host.typing.count))
            self.screen.will_change(items.keys)

    async def _set(self, item: ItemSession, status: Status, *, typed: int) -> None:
        """Set a status when its turn comes.

        Where others were there first, ask; refuse where more than `typed` keys were handed out: the next one would
        answer a question that nobody has read.
        """
        screen = self.screen
        try:
            async with screen.store.queue.turn(item):
                done = await self._written(item, {"status": status})
            await screen.show_done(done)
        except (ConflictError, NotFoundError) as error:
            typing = screen.host.typing
            if typing.is_held or typing.has_more or typing.count > typed or screen.app.screen is not screen:
                screen.refuse(error)
            else:
                screen.converse(screen.guarded(self.write(item, {"status": status})))
        except RegisterError as error:
            screen.refuse(error)

    async def _set_all(self, items: ItemSession, status: Status) -> None:
        """Set a status of several items; what the keys mean next, they mean once it is done."""
        self._catch_up_with_own(items)
        self.screen.keys.work_on(items.progress_message)
        try:
            await self.write(items, {"status": status})
        except RegisterError:
            # It says what they are now, and asks to try again.
            self.items.saw(items)
            self.screen.keys.hush()
            raise

    async def carry_out(self, command: Command, keys: Sequence[str]) -> None:
        """Run an editing command on some items, within a conversation."""
        from store.fields import STATUS_FIELDS
        from tui.editing.drafts import Purpose

        if dispatch.is_dialog(command):
            await self.screen.hold_dialog(Purpose(command.id, " ".join(keys)))
            return
        (status,) = dispatch.arguments_of(command)
        items = self.seen(keys, STATUS_FIELDS)
        work = self._set_all if len(keys) > 1 else self._set_one
        await self.screen.guarded(work(items, Status(str(status))))

    async def _set_one(self, item: ItemSession, status: Status) -> None:
        await self.write(item, {"status": status})

    # Copying

    def copy_key(self) -> None:
        """Copy the key, or those of all that are marked, in one line."""
        if not self.items.keys:
            return
        # One safe line: whatever it is pasted into must not act on it.
        self._copy(line(" ".join(self.items.keys)), self.items.keys)

    def copy_markdown(self) -> None:
        """Copy the item as Markdown, or all that are marked, one after another."""
        if self.items.keys:
            self.screen.converse(self.screen.guarded(self._copy_markdown(self.items.keys)))

    async def _copy_markdown(self, keys: Sequence[str]) -> None:
        # Each takes at least some bytes: no more need to be read than can fit.
        is_fitting = len(keys) <= CLIPBOARD_BYTES // LEAST_MARKDOWN
        text = readable(await self.screen.store.read(items_markdown, keys)) if is_fitting else None
        self._copy(text, keys, called=" as Markdown")

    def copy_link(self, url: str) -> None:
        """Copy the address of a link."""
        self.screen.app.copy_to_clipboard(url)
        self.screen.say(COPIED.format(line(url)))

    def _copy(self, text: str | None, keys: Sequence[str], *, called: str = "") -> None:
        """Put what there is of some items on the clipboard; None is too much for it."""
        what = plural(len(keys), keys[0], number_of(len(keys), "item" if called else "key")) + called
        if text is None or len(text.encode()) > CLIPBOARD_BYTES:
            export = self.screen.key_of("register.export")
            self.screen.say(f"{what}: too long for the clipboard ({CLIPBOARD_BYTES:,} bytes); {export} exports all")
            return
        self.screen.app.copy_to_clipboard(text)
        self.screen.say(COPIED.format(what))

    # What is undone is gone to: the next key is meant for where that leads

    def undo(self) -> None:
        """Undo my newest change; an import is asked about."""
        self.screen.converse(self.screen.guarded(self._undo()))

    async def _undo(self) -> None:
        from tui.screens.dialogs import confirm

        try:
            await self.show_reversed(await self.screen.store.write(audit_undo.undo), undone=True)
        except ImportUndoError as error:
            if await confirm(self.screen, str(error), yes="y", label="undo the import"):
                done = await self.screen.store.write(audit_undo.undo, confirmed=True, batch=error.batch)
                await self.show_reversed(done, undone=True)

    def redo(self) -> None:
        """Redo what was undone."""
        self.screen.converse(self.screen.guarded(self._redo()))

    async def _redo(self) -> None:
        await self.show_reversed(await self.screen.store.write(audit_undo.redo), undone=False)

    async def show_reversed(self, done: Done, *, undone: bool) -> None:
        """Show what was undone or redone."""
        self.screen.will_change(done.keys)
        await self.screen.show_done(done, undone=undone, go=True)


class ItemScreen(StoreScreen):
    """A screen whose keys act on items: the dashboard or a review."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("item")]
    item_actions: ItemActions

    @property
    def subject(self) -> str | None:
        """The key or code of what is being looked at; None where that is the whole register."""
        return self.item_actions.items.selected

    def open_dialog(self, command: Command) -> None:
        """Hold the conversation of a command with the selected items, or with the whole register."""
        from tui.editing.drafts import Purpose

        items = self.item_actions.items
        keys: Collection[str] = items.keys if command.needs == "items" else (items.selected or "",)
        self.converse(self.hold_dialog(Purpose(command.id, " ".join(keys))))

    async def hold_dialog(self, purpose: Purpose) -> None:
        """Hold the conversation of a command; a refusal is shown."""
        await self.guarded(self.resume_dialog(purpose))

    async def resume_dialog(self, purpose: Purpose) -> None:
        """Hold the conversation of a command, or open the page that its form is on."""
        self.purpose = purpose
        await dispatch.opener(BY_ID[purpose.command])(self, purpose.name)
