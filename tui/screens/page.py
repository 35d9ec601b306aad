"""A page over the whole screen: a framed list of lines and its keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from store.errors import ImportUndoError, RegisterError
from tui.commands import BY_ID, of_context
from tui.lazy import audit_undo
from tui.screens.base import StoreScreen
from tui.screens.dialogs import confirm
from tui.widgets.bars import KeyBar
from tui.widgets.frame import Frame
from tui.widgets.line_list import Build, BuiltView, LineView

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from tui.async_store import AsyncStore
    from tui.editing.drafts import Claim, Draft
    from tui.render.text import Glyphs


class Lines(BuiltView):
    """The lines of a page."""

    def __init__(self, *, glyphs: Glyphs) -> None:
        super().__init__(id="lines", glyphs=glyphs)

    def show(self, build: Build) -> None:
        """Other lines; the cursor stays where it can."""
        self.rebuild(build)
        stops = self.built[1]
        if stops and self.cursor not in stops:
            self.cursor = min(stops, key=lambda stop: abs(stop - self.cursor))
            self.repaint_changed()

    def show_cursor(self) -> None:
        """Scroll as little as brings the lines of what the cursor is on into view, up to a blank one."""
        super().show_cursor()
        lines, stops = self.built
        end = self.cursor + 1
        while end < len(lines) and lines[end] and end not in stops:
            end += 1
        height = self.size.height
        # Before the first layout there is no view to bring anything into.
        if height and self.scroll_offset.y + height < end:
            self._scroll_rows(min(end - height, self.cursor))

    @property
    def chosen(self) -> str | None:
        """What the cursor's line represents."""
        return self.target(self.cursor)


class PageScreen(StoreScreen):
    """A page of one context; subclasses give the title, the lines and the commands."""

    CONTEXT = ""
    LINES: ClassVar[type[Lines]] = Lines
    DEFAULT_CSS = """
    PageScreen { layout: vertical; }
    """

    def __init__(self, title: str, store: AsyncStore | None = None) -> None:
        super().__init__()
        self.page_title = title
        self.opened = store

    def compose(self) -> ComposeResult:
        """Frame and keys."""
        glyphs = self.host.glyphs
        self.lines = self.LINES(glyphs=glyphs)
        self.frame = Frame(self.lines, number=0, name="", glyphs=glyphs)
        self.frame.head.tabs = (self.page_title,)
        self.frame.head.lit = True
        yield self.frame
        self.keys = KeyBar(glyphs=glyphs)
        yield self.keys

    @property
    def body(self) -> LineView:
        """What the keys move in."""
        return self.lines

    def on_mount(self) -> None:
        """Keys, focus, lines."""
        self.body.focus()
        self.show_keys()
        self.flow(self._begin())

    def show_keys(self) -> None:
        """The keys of what is enabled, and that of the help, which begins with all of them."""
        commands = of_context(self.CONTEXT, self.host.commands)
        if self.CONTEXT != "help":
            commands = (*(c for c in self.host.commands if c.id == "app.help"), *commands)
        self.keys.show(tuple(c for c in commands if c.bar and self.check_action("run", (c.id,))))

    async def _begin(self) -> None:
        # Keys mean the lines: what is typed before they are here waits for them.
        with self.host.typing.held():
            await self.guarded(self.load())
            claim = self.resuming
            if claim is not None:
                await self._resume(claim)
            await self.guarded(self.lines_shown())

    async def lines_shown(self) -> None:
        """What the page asks once its lines are shown."""

    async def _resume(self, claim: Claim) -> None:
        try:
            await self.resume(claim.draft)
        except RegisterError as error:
            self.resuming = None
            claim.release()
            self.refuse(RegisterError(f"{error.what}; what you typed is kept in {claim.place}"))

    async def resume(self, draft: Draft) -> None:
        """Open the form of a draft, on pages with forms. Raises RegisterError where what it changes is gone."""

    async def others_changed(self) -> None:
        """Look again; the cursor stays where it can."""
        if self.is_mounted:
            await self.guarded(self.load())

    def action_close(self) -> None:
        """Go back."""
        self.dismiss(None)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Pages bind only what they can do."""
        return action != "run" or str(parameters[0]) in BY_ID


class UndoPage(PageScreen):
    """A page that changes the register and has keys to undo and redo, which `UNDO` and `REDO` name."""

    def action_undo(self) -> None:
        """Undo my newest change."""
        self.converse(self.guarded(self._undo()))

    async def _undo(self) -> None:
        try:
            done = await self.store.write(audit_undo.undo)
        except ImportUndoError as error:
            if not await confirm(self, str(error), yes="y", label="undo the import"):
                return
            done = await self.store.write(audit_undo.undo, confirmed=True, batch=error.batch)
        await self.load()
        self.tell_done(done, undone=True)

    def action_redo(self) -> None:
        """Redo what was undone."""
        self.converse(self.guarded(self._redo()))

    async def _redo(self) -> None:
        done = await self.store.write(audit_undo.redo)
        await self.load()
        self.tell_done(done)
