"""A scrolling list painted line by line: it never holds a widget per row and repaints only the rows that changed."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, ClassVar

from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView

from tui.lines import Line, clip
from tui.text import UNICODE, Glyphs
from tui.widgets.painted import Painted
from tui.widgets.runs import Runs, bindings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Self

    from rich.style import Style
    from textual import events
    from textual.binding import BindingType
    from textual.strip import Strip
    from textual.worker import Worker


class RowMessage(Message):
    """Something happened in a row of a list."""

    def __init__(self, view: LineView, index: int) -> None:
        super().__init__()
        self.view = view
        self.index = index

    @property
    def control(self) -> LineView:
        """The list."""
        return self.view


class LineView(Painted, Runs, ScrollView, can_focus=True):
    """Rows of styled text with a cursor; subclasses say how many rows there are and what each shows.

    A row that `is_stop` can hold the cursor; with few or no stops, moving scrolls.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("list")]
    DEFAULT_CSS = """
    LineView { scrollbar-size: 0 0; overflow-x: hidden; overflow-y: auto; height: 1fr; }
    """

    class Moved(RowMessage):
        """The cursor came to a row, or the view scrolled."""

    class Opened(RowMessage):
        """Enter or a click on the row that holds the cursor."""

    class Back(Message):
        """Backspace."""

    def __init__(self, *, id: str | None = None, glyphs: Glyphs = UNICODE) -> None:  # noqa: A002 (Textual's name)
        super().__init__(id=id)
        self.glyphs = glyphs
        self.cursor = 0
        self.awaited: Worker[None] | None = None
        """The worker that loads the rows, if keys must wait for it."""
        self.moved = False
        """Whether a move was told that nobody has taken in yet."""
        self._painted: dict[int, tuple[Line, bool]] = {}
        self._next: dict[int, tuple[Line, bool]] = {}
        """What rows will show that were found to have changed, until anything else changes."""
        self._roles: dict[str, Style] = {}
        self._size_now: Size | None = None

    @property
    def row_count(self) -> int:
        """How many rows there are."""
        raise NotImplementedError

    def row(self, index: int, width: int) -> Line:
        """What a row shows in `width` cells."""
        raise NotImplementedError

    def is_stop(self, index: int) -> bool:  # noqa: ARG002 (a list's every row holds the cursor)
        """Whether the cursor can stand on a row."""
        return True

    @property
    def marks_cursor(self) -> bool:
        """Whether the cursor shows."""
        return True

    def rows_changed(self) -> None:
        """The number or the text of the rows changed: repaint the rows that look different now."""
        # Set as a reactive, another virtual size would lay out and repaint the whole screen.
        self.set_reactive(LineView.virtual_size, Size(self.size.width, self.row_count))
        if self.scroll_offset.y > self.max_scroll_y:
            self.scroll_to(y=self.max_scroll_y, animate=False, force=True, immediate=True)
        self.repaint_changed()

    def repaint_changed(self) -> None:
        """Repaint the visible rows that do not look as they were painted last."""
        with self._sized():
            rows = {y: self._spans(y) for y in range(self.size.height)}
            changed = {y: spans for y, spans in rows.items() if self._painted.get(y) != spans}
            self._next = changed
            if changed and not self.paint_at_once(tuple(changed)):
                self.refresh(*(Region(0, y, self.size.width, 1) for y in changed))
                self._next = changed

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        """Paint some rows anew, or all."""
        self._next = {}
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    @property
    def allow_vertical_scroll(self) -> bool:
        """Whether the wheel scrolls; Textual's own answer is as old as the last layout."""
        return self.max_scroll_y > 0

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Scrolling repaints what it changes."""
        if round(old_value) != round(new_value):
            self.repaint_changed()

    # Painting

    def _spans(self, y: int) -> tuple[Line, bool]:
        """What a row of the view shows, and whether it is the lit row of the cursor."""
        index = self.scroll_offset.y + y
        here = index == self.cursor and self.marks_cursor and index < self.row_count and self.is_stop(index)
        active = here and self.has_focus
        mark = self.glyphs.cursor if here else " "
        spans: Line = ((mark, "accent" if active else "quiet"),)
        if index < self.row_count:
            width = self.size.width - 1
            spans += clip(self.row(index, width), width, self.glyphs.more)
        return spans, active

    def render_lines(self, crop: Region) -> list[Strip]:
        """Some of the rows."""
        self._note_painted()
        with self._sized():
            return super().render_lines(crop)

    def paint_at_once(self, rows: Iterable[int]) -> bool:
        """Write some rows to the terminal, if they can be."""
        is_painted = super().paint_at_once(rows)
        if is_painted:
            self._note_painted()
        return is_painted

    def _note_painted(self) -> None:
        for shown in (self, self.screen):
            self.host.typing.note_painted(shown)

    @property
    def size(self) -> Size:
        """The cells of the rows."""
        return self._size_now or super().size

    @contextmanager
    def _sized(self) -> Iterator[None]:
        """Ask for the size once for all rows: the answer takes longer than what depends on it."""
        before, self._size_now = self._size_now, super().size
        try:
            yield
        finally:
            self._size_now = before

    def content(self, y: int) -> tuple[Line, bool]:
        """One row: the cursor's mark, then what it shows."""
        self._painted[y] = self._next.pop(y) if y in self._next else self._spans(y)
        return self._painted[y]

    def notify_style_update(self) -> None:
        """Forget what was painted in the old theme."""
        if self._roles is not self.host.roles:
            self._roles = self.host.roles
            self._painted.clear()
        super().notify_style_update()

    def on_focus(self) -> None:
        """Light the cursor's row."""
        self._repaint_row(self.cursor)

    def on_blur(self) -> None:
        """Calm the cursor's row."""
        self._repaint_row(self.cursor)

    def on_resize(self) -> None:
        """Fit the rows to the size."""
        self.resized()

    def resized(self) -> None:
        """Keep the rows and the cursor in view."""
        self.rows_changed()
        self.show_cursor()

    def _repaint_row(self, index: int) -> None:
        y = index - self.scroll_offset.y
        if 0 <= y < self.size.height:
            self._next.pop(y, None)
            self.repaint((y,))

    # Moving

    async def action_run(self, command_id: str) -> None:
        """Run a list command after its rows have loaded."""
        worker = self.awaited
        if worker is None or worker.is_finished or not self.host.typing.tries_again_after(worker):
            await super().action_run(command_id)

    def place_cursor(self, index: int, *, tell: bool = False) -> None:
        """Put the cursor on a row, in view; `tell` posts Moved."""
        index = max(0, min(index, self.row_count - 1))
        old, self.cursor = self.cursor, index
        if old != index:
            self._repaint_row(old)
            self._repaint_row(index)
        self.show_cursor()
        if tell:
            self._tell()

    def tell(self, message: Message) -> None:
        """Post a message to the screen, past the containers that the view is in."""
        self.screen.post_message(message.stop())

    def _tell(self) -> None:
        self.moved = True
        self.tell(self.Moved(self, self.cursor))

    def show_cursor(self) -> None:
        """Scroll as little as brings the cursor into view."""
        height = self.size.height
        if height <= 0 or not self.row_count:
            return
        top = self.scroll_offset.y
        if self.cursor < top:
            self._scroll_rows(self.cursor)
        elif self.cursor >= top + height:
            self._scroll_rows(self.cursor - height + 1)

    def _scroll_rows(self, top: int) -> None:
        y = max(0, min(top, self.row_count - self.size.height))
        self.scroll_to(y=y, animate=False, force=True, immediate=True)

    def _next_stop(self, start: int, step: int) -> int | None:
        index = start
        while 0 <= index < self.row_count:
            if self.is_stop(index):
                return index
            index += step
        return None

    def _move(self, step: int) -> None:
        """To the next stop if it is in reach, else scroll towards it; a list's next row is always in reach."""
        top, height = self.scroll_offset.y, max(self.size.height, 1)
        stop = self._next_stop(self.cursor + step, step)
        if stop is not None and (self._all_stops or top - 1 <= stop <= top + height):
            self.place_cursor(stop, tell=True)
        else:
            self._scroll_rows(top + step)
            self._tell()

    def _jump(self, index: int, step: int) -> None:
        """To a row or the first stop beyond it, else as far as there is."""
        index = max(0, min(index, self.row_count - 1))
        stop = self._next_stop(index, step)
        if stop is None:
            stop = self._next_stop(index, -step)
        if stop is not None and abs(stop - index) < max(self.size.height, 1):
            self.place_cursor(stop, tell=True)
        else:
            self._scroll_rows(index if step < 0 else index - self.size.height + 1)
            self._tell()

    def do_list_down(self) -> None:
        """One row down."""
        self._move(1)

    def do_list_up(self) -> None:
        """One row up."""
        self._move(-1)

    def do_list_page_down(self) -> None:
        """One page down."""
        if self.is_stop(self.cursor) and self._all_stops:
            self._jump(self.cursor + max(self.size.height - 1, 1), 1)
        else:
            self._jump(self.scroll_offset.y + 2 * self.size.height - 2, 1)

    def do_list_page_up(self) -> None:
        """One page up."""
        if self._all_stops:
            self._jump(self.cursor - max(self.size.height - 1, 1), -1)
        else:
            self._jump(self.scroll_offset.y - self.size.height + 1, -1)

    @property
    def _all_stops(self) -> bool:
        return type(self).is_stop is LineView.is_stop

    def do_list_first(self) -> None:
        """The first row."""
        self._jump(0, -1 if not self._all_stops else 1)
        if not self._all_stops:
            self._scroll_rows(0)

    def do_list_last(self) -> None:
        """The last row."""
        self._jump(self.row_count - 1, 1 if not self._all_stops else -1)

    def do_list_open(self) -> None:
        """Open the row of the cursor."""
        if self.row_count and self.is_stop(self.cursor):
            self.tell(self.Opened(self, self.cursor))

    def do_list_back(self) -> None:
        """Ask to go back."""
        self.tell(self.Back())

    def on_click(self, event: events.Click) -> None:
        """Choose the row under the pointer; a second click opens it."""
        index = self.scroll_offset.y + event.y
        if index >= self.row_count or not self.is_stop(index):
            return
        if index == self.cursor and event.chain > 1:
            self.do_list_open()
        else:
            self.place_cursor(index, tell=True)
