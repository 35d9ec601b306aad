"""A form that follows what others do to the row it edits, and asks where they changed what was typed over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.content import Content
from textual.widgets import Input, Static, TextArea

from tui.render.text import cut, line
from tui.screens.conversing import Converses
from tui.widgets.inputs import FieldList

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.editing.fields import FormField
    from tui.editing.session import Contest, Watched

ROOM = 60
"""The cells from which a hint says in whole words what saving will do."""


class Follows(Converses):
    """What a form does about others.

    base: what each field began with, or followed to; a field that says something else is touched. settled: what was
    chosen for fields that the form does not show.
    """

    fields: tuple[FormField, ...]
    watched: Watched | None
    base: dict[str, str]
    settled: dict[str, str]
    beside: tuple[int, int, int, int]

    def widget_of(self, name: str) -> Input | TextArea:
        """The widget of a field."""
        widget = self.query_one(f"#field-{name}")
        assert isinstance(widget, Input | TextArea)
        return widget

    def text_of(self, name: str) -> str:
        """What stands in a field."""
        widget = self.widget_of(name)
        return widget.value if isinstance(widget, Input) else widget.text

    def put_text(self, name: str, text: str) -> None:
        """Let a field say something else; the cursor stays where it can."""
        widget = self.widget_of(name)
        if isinstance(widget, Input):
            at = widget.cursor_position
            widget.value = text
            widget.cursor_position = min(at, len(text))
            return
        row, column = widget.cursor_location
        top = widget.scroll_offset.y
        widget.load_text(text)
        row = min(row, widget.document.line_count - 1)
        widget.move_cursor((row, min(column, len(widget.document.get_line(row)))))
        widget.scroll_to(y=top, animate=False)

    # While it is open

    async def others_changed(self) -> None:
        """Follow where nothing was typed; elsewhere say what saving will ask about."""
        watched = self.watched
        if watched is None or not self.screen.is_mounted:
            return
        now = await watched.now()
        if now is None:
            who = await watched.author()
            await self._note([f"{line(who)} removed {line(watched.called)} meanwhile; saving it will be refused"])
            return
        shown = {field.name for field in self.fields}
        notes = []
        for name, value in now.items():
            before, theirs = watched.text(name, watched.seen[name]), watched.text(name, value)
            if name in shown and self.base[name] == before and self.text_of(name) in (before, theirs):
                watched.seen[name] = value
                self.base[name] = theirs
                if self.text_of(name) != theirs:
                    self.put_text(name, theirs)
                self.widget_of(name).placeholder = self.placeholder_of(name)
                await self._hint(name, "")
            elif watched.same(name, value):
                await self._hint(name, "")
            else:
                by, whose = await watched.told(name, value)
                who = line(by)
                label = watched.label(name).lower()
                if name in shown:
                    await self._hint(name, self._words(who, theirs, line(whose)))
                elif whose:
                    notes.append(f"{who} changed the {label} of {line(whose)} meanwhile; saving will ask")
                else:
                    notes.append(f"{who} set the {label} to {line(theirs) or 'nothing'} meanwhile; saving will ask")
        await self._note([*(line(loss) for loss in watched.losses), *notes])

    def hint_of(self, name: str) -> str:
        """What a field says while nothing is in it."""
        several = self.watched.hint(name) if self.watched is not None else ""
        return several or next(field.hint for field in self.fields if field.name == name)

    def placeholder_of(self, name: str) -> str:
        """What stands in an empty field: that of several lines says its hint below the form."""
        field = next(field for field in self.fields if field.name == name)
        hint = self.hint_of(name)
        return hint if not field.long or hint != field.hint else ""

    def _words(self, who: str, theirs: str, whose: str) -> str:
        """`bo changed this to "..." meanwhile; saving will ask`, cut to the room there is."""
        room = self.query_one(FieldList).scrollable_content_region.width - self.beside[3]
        head, tail = f"{who}: ", "; saving will ask"
        if room >= ROOM:
            head, tail = f"{who} changed this to ", f" meanwhile{tail}"
        if whose:
            return cut(f"{who} changed this of {whose}{tail}", room, self.host.glyphs.more)
        if not theirs:
            return cut(f"{who} cleared this{tail}", room, self.host.glyphs.more)
        return f'{head}"{cut(line(theirs), max(room - cell_len(head + tail) - 2, 4), self.host.glyphs.more)}"{tail}'

    async def _hint(self, name: str, words: str) -> None:
        """Say something under a field; nothing that is being typed moves."""
        found = self.query(f"#news-{name}")
        if not found and not words:
            return
        if found:
            hint = found.first(Static)
            hint.update(Content(words))
        else:
            hint = Static(Content(words), id=f"news-{name}", classes="news")
            hint.styles.padding = self.beside
            await self.query_one(FieldList).mount(hint, after=f"#error-{name}")
        if hint.has_class("-shown") != bool(words):
            hint.set_class(bool(words), "-shown")
            focused, names = self.screen.focused, [f"field-{field.name}" for field in self.fields]
            if focused is not None and focused.id in names[names.index(f"field-{name}") + 1 :]:
                self._scroll_by(1 if words else -1)

    def _scroll_by(self, rows: int) -> None:
        """Scroll by as much as a hint moves the fields below it, in the same frame where there is room to."""
        scroll = self.query_one(FieldList)
        wanted = scroll.scroll_y + rows

        def go() -> None:
            scroll.scroll_to(y=wanted, animate=False, force=True, immediate=True)

        go()
        if scroll.scroll_y != wanted:
            self.call_after_refresh(go)

    async def _note(self, notes: Sequence[str]) -> None:
        """Say something about the whole row, below the fields."""
        found = self.query("#news")
        if not found and not notes:
            return
        if not found:
            await self.query_one(".refusal").parent.mount(  # type: ignore[union-attr]
                Static("", id="news", classes="news"), before=self.query_one(".refusal")
            )
        note = self.query_one("#news", Static)
        note.update(Content("\n".join(notes)))
        note.set_class(bool(notes), "-shown")

    # When it is saved

    async def decide(self, contests: Sequence[Contest]) -> bool:
        """Ask what each field shall be, and take the answer in; whether there was one."""
        from tui.editing.conflict import ConflictScreen

        shown = {field.name for field in self.fields}
        page = ConflictScreen(self.watched.called if self.watched else "", contests)
        await self.show(page, expected=False)
        if page.answer is None:
            return False
        for contest in contests:
            side = page.answer[contest.id]
            text = contest.text(side)
            if self.watched is not None and self.watched.take(contest, side):
                continue
            if contest.name not in shown:
                self.settled[contest.name] = text
                continue
            touched = self.text_of(contest.name) != self.base[contest.name]
            self.base[contest.name] = contest.theirs
            # What is mine may follow from another field, as a note goes with its status.
            if side != "mine" or not touched:
                self.put_text(contest.name, text)
            await self._hint(contest.name, "")
        return True
