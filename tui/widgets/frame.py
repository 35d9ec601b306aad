"""The frame of a pane: a painted title row, sides and foot that neighbors share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widget import Widget

from tui.render.lines import Line, clip, width_of
from tui.render.text import UNICODE, Glyphs, cut
from tui.widgets.painted import Covered, Inelastic, Painted

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult


NOTE = 8
"""The cells below which a note that would have to be cut says nothing."""


class Edge(Inelastic, Painted, Widget):
    """One painted row of a frame: corners, tabs at the left, at the right a note and the labels of columns."""

    ALLOW_SELECT = False

    DEFAULT_CSS = """
    Edge { height: 1; }
    """

    class Chosen(Message):
        """A tab of an edge was clicked; `number` is its place among the tabs."""

        def __init__(self, edge: Edge, number: int) -> None:
            super().__init__()
            self.edge, self.number = edge, number

    def __init__(self, glyphs: Glyphs = UNICODE) -> None:
        super().__init__()
        self.glyphs = glyphs
        self.corners = ("┌", "┐")
        self.tabs: tuple[str, ...] = ()
        self.current = 0
        self.note = ""
        self.short_note = ""
        self.heading: Line = ()
        self.lit = False

    def show(
        self,
        *,
        corners: tuple[str, str] | None = None,
        tabs: tuple[str, ...] | None = None,
        current: int | None = None,
        note: str | None = None,
        short_note: str = "",
        heading: Line | None = None,
        lit: bool | None = None,
    ) -> None:
        """Change what is given; repaint only if something differs. short_note: shown if the note does not fit."""
        before = (self.corners, self.tabs, self.current, self.note, self.heading, self.lit)
        self.corners = self.corners if corners is None else corners
        self.tabs = self.tabs if tabs is None else tabs
        self.current = self.current if current is None else current
        if note is not None:
            self.note, self.short_note = note, short_note
        self.heading = self.heading if heading is None else heading
        self.lit = self.lit if lit is None else lit
        if before != (self.corners, self.tabs, self.current, self.note, self.heading, self.lit):
            self.repaint((0,))

    def _shown_tabs(self, width: int) -> tuple[str, ...]:
        """The tabs as they fit a row: all names, else only the current one's and the others' numbers."""
        corners = sum(len(self.glyphs.corners.get(corner, "")) for corner in self.corners)
        room = width - corners - (cell_len(self.note) + 3 if self.note else 0)
        if sum(cell_len(tab) + 2 for tab in self.tabs) <= room:
            return self.tabs
        return tuple(tab if i == self.current else tab.split()[0] for i, tab in enumerate(self.tabs))

    @property
    def note_room(self) -> int:
        """The cells that a note can take, where the other tabs are only numbers."""
        tabs = (tab if i == self.current else tab.split()[0] for i, tab in enumerate(self.tabs))
        return self.size.width - 5 - width_of(self.heading) - sum(cell_len(tab) + 2 for tab in tabs)

    def line(self, width: int) -> Line:
        """The row: corner, tabs, rule, note, labels of columns, corner."""
        rule, width = self.glyphs.horizontal, width - width_of(self.heading)
        left, right = (self.glyphs.corners.get(corner, "") for corner in self.corners)
        parts: list[tuple[str, str]] = [(left, "frame")]
        for i, tab in enumerate(self._shown_tabs(width)):
            here = i == self.current
            mark = self.glyphs.cursor if here and self.lit else " "
            parts.append((mark if i == 0 or here else rule, "accent" if here and self.lit else "frame"))
            parts.append((f"{tab} ", ("accent strong" if self.lit else "strong") if here else "quiet"))
        used = width_of(tuple(parts))
        note = self.note if cell_len(self.note) <= width - used - 4 else self.short_note or self.note
        note = cut(note, width - used - 4, self.glyphs.more)
        note = f" {note} " if note and (note in (self.note, self.short_note) or cell_len(note) >= NOTE) else ""
        body = clip(parts, width - len(right), self.glyphs.more)
        fill = width - width_of(body) - cell_len(note) - len(right) - (1 if note else 0)
        return (
            *body,
            (rule * max(fill, 0), "frame"),
            (note, "quiet"),
            (rule if note else "", "frame"),
            *self.heading,
            (right, "frame"),
        )

    def content(self, y: int) -> tuple[Line, bool]:  # noqa: ARG002 (an edge is one row)
        """The row."""
        return self.line(self.size.width), False

    def on_click(self, event: events.Click) -> None:
        """Tell which tab is under the pointer."""
        at = len(self.glyphs.corners.get(self.corners[0], ""))
        for i, tab in enumerate(self._shown_tabs(self.size.width)):
            if at <= event.x < at + len(tab) + 2:
                self.post_message(self.Chosen(self, i))
                return
            at += len(tab) + 2


class Column(Covered, Vertical):
    """Widgets below one another."""


class Row(Covered, Horizontal):
    """Widgets next to one another."""


class Frame(Column):
    """A pane between its edges. Which edges and corners show is the layout's to say."""

    DEFAULT_CSS = """
    Frame { height: 1fr; }
    Frame > LineView { border-left: solid $border-blurred; border-right: solid $border-blurred; }
    Frame.-joined > LineView { border-left: none; }
    """

    def __init__(self, body: Widget, *, number: int, name: str, glyphs: Glyphs = UNICODE) -> None:
        super().__init__(id=f"frame-{number}")
        self.body = body
        self.number = number
        self.name_shown = name
        self.is_folded = False
        self._in_use = (name, "", "")
        self.head = Edge(glyphs)
        self.foot = Edge(glyphs)
        self.foot.corners = ("└", "┘")

    def compose(self) -> ComposeResult:
        """Title, pane, foot."""
        yield self.head
        yield self.body
        yield self.foot

    @property
    def title(self) -> str:
        """`4 Dashboard`; where the pane is folded, what is in use in it."""
        return f"{self.number} {self._in_use[0] if self.is_folded else self.name_shown}"

    def fold(self, is_folded: bool) -> None:
        """Show the title row alone, or the whole pane."""
        if is_folded != self.is_folded:
            self.is_folded = is_folded
            self.body.display = not is_folded
            _, note, short_note = self._in_use if is_folded else ("", "", "")
            self.head.show(note=note, short_note=short_note)

    def in_use(self, name: str, note: str, short_note: str) -> None:
        """What the title row of the folded pane says; `short_note` is shown if `note` does not fit."""
        self._in_use = name, note, short_note
        if self.is_folded:
            self.head.show(tabs=(self.title,), note=note, short_note=short_note)

    async def put(self, body: Widget, name: str) -> None:
        """Show another pane in place of the one that shows; that one stays unchanged."""
        if body is self.body:
            return
        self.name_shown = name
        if not body.is_attached:
            await self.mount(body, before=self.foot)
        self.body.display, body.display = False, True
        self.body = body

    def note(self, text: str, room: int = 24) -> None:
        """What is to the right of the title, cut to be short."""
        self.head.show(note=cut(text, room))
