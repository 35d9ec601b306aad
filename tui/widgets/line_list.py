"""A scrolling list painted line by line: never a widget per row, and only the rows that changed are repainted."""

from __future__ import annotations

import sys
from abc import abstractmethod
from collections.abc import Callable
from contextlib import contextmanager
from typing import TYPE_CHECKING, ClassVar

from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView

from tui.dispatch import Runs, bindings
from tui.render.highlight import selected
from tui.render.lines import Line, between, clip
from tui.render.text import UNICODE, Glyphs
from tui.widgets.painted import Painted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Self

    from rich.style import Style
    from textual import events
    from textual.binding import BindingType
    from textual.selection import Selection
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
        """Whether a move was posted that no one has handled yet."""
        self._painted: dict[int, tuple[Line, bool]] = {}
        self._next: dict[int, tuple[Line, bool]] = {}
        """What rows will show that were found to have changed, until anything else changes."""
        self._selection: Selection | None = None
        """What is selected with the mouse."""
        self._roles: dict[str, Style] = {}
        self._size_now: Size | None = None
        self._pressed = 0

    @property
    @abstractmethod
    def row_count(self) -> int:
        """How many rows there are."""

    @abstractmethod
    def row(self, index: int, width: int) -> Line:
        """What a row shows in `width` cells."""

    def is_stop(self, index: int) -> bool:  # noqa: ARG002 (a list's every row holds the cursor)
        """Whether the cursor can be on a row."""
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
        """Repaint the visible rows that do not look as painted last."""
        with self._sized():
            rows = {y: self._spans(y) for y in range(self.size.height)}
            changed = {y: spans for y, spans in rows.items() if self._painted.get(y) != spans}
            self._next = changed
            if changed and not self.paint_at_once(tuple(changed)):
                self.refresh(*(Region(0, y, self.size.width, 1) for y in changed))
                self._next = changed

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        """Paint some rows again, or all."""
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
        """What a row of the view shows, and whether it is the selected row of the cursor."""
        index = self.scroll_offset.y + y
        here = index == self.cursor and self.marks_cursor and index < self.row_count and self.is_stop(index)
        active = here and self.has_focus
        mark = self.glyphs.cursor if here else " "
        spans: Line = ((mark, "accent" if active else "quiet"),)
        if index < self.row_count:
            width = self.size.width - 1
            spans += clip(self.row(index, width), width, self.glyphs.more)
        if (span := self._selected(index, self._selection)) is not None:
            spans = selected(spans, *span)
        return spans, active

    # Selecting with the mouse: offsets are those of characters in a row, behind the cursor's mark, and of rows

    @staticmethod
    def _selected(index: int, selection: Selection | None) -> tuple[int, int] | None:
        """The characters of a row that are selected."""
        span = selection.get_span(index) if selection is not None else None
        if span is None:
            return None
        start, end = span
        return max(start, 1), sys.maxsize if end < 0 else end

    def render_line(self, y: int) -> Strip:
        """A row, by which Textual tells what the mouse points at."""
        spans, lit = self._spans(y)
        return self.paint(spans, self.size.width, lit=lit).apply_offsets(0, self.scroll_offset.y + y)

    def selection_updated(self, selection: Selection | None) -> None:
        """Show what is selected."""
        self._selection = selection
        self.repaint_changed()

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The text that is selected, without the blanks that fill its rows."""
        first = selection.start.y if selection.start else 0
        last = min(selection.end.y if selection.end else self.row_count, self.row_count - 1)
        width, found = self.size.width - 1, []
        for index in range(first, last + 1):
            start, end = self._selected(index, selection) or (1, 1)
            text = "".join(text for text, _ in clip(self.row(index, width), width, self.glyphs.more))
            found.append(text[start - 1 : max(end - 1, 0)].rstrip())
        return "\n".join(found), "\n"

    def text_select_all(self) -> None:
        """Nothing: a second click opens a row."""

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

    def replace_rows(self, cursor: int, *, is_same: bool) -> None:
        """Show other rows, with the cursor on one; `is_same`: it was on that one, whose place on the screen stays."""
        place = self.cursor
        if not is_same:
            self.rows_changed()
            self.place_cursor(cursor)
            return
        self.cursor = cursor
        self.rows_changed()
        if cursor != place:
            self._scroll_rows(self.scroll_offset.y + cursor - place)

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
        """To the next stop if it is in reach, else scroll toward it; a list's next row is always in reach."""
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

    def action_down(self) -> None:
        """One row down."""
        self._move(1)

    def action_up(self) -> None:
        """One row up."""
        self._move(-1)

    def action_page_down(self) -> None:
        """One page down."""
        if self.is_stop(self.cursor) and self._all_stops:
            self._jump(self.cursor + max(self.size.height - 1, 1), 1)
        else:
            self._jump(self.scroll_offset.y + 2 * self.size.height - 2, 1)

    def action_page_up(self) -> None:
        """One page up."""
        if self._all_stops:
            self._jump(self.cursor - max(self.size.height - 1, 1), -1)
        else:
            self._jump(self.scroll_offset.y - self.size.height + 1, -1)

    @property
    def _all_stops(self) -> bool:
        return type(self).is_stop is LineView.is_stop

    def action_first(self) -> None:
        """The first row."""
        self._jump(0, -1 if not self._all_stops else 1)
        if not self._all_stops:
            self._scroll_rows(0)

    def action_last(self) -> None:
        """The last row."""
        self._jump(self.row_count - 1, 1 if not self._all_stops else -1)

    def action_open(self) -> None:
        """Open the row of the cursor."""
        if self.row_count and self.is_stop(self.cursor):
            self.tell(self.Opened(self, self.cursor))

    def action_back(self) -> None:
        """Ask to go back."""
        self.tell(self.Back())

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Note the row under the pointer: the focus may give the view another place before the button is up."""
        self._pressed = self.scroll_offset.y + event.y

    def on_click(self, event: events.Click) -> None:
        """Choose the row under the pointer; a second click opens it."""
        index = self._pressed
        if self.text_selection is not None or index >= self.row_count or not self.is_stop(index):
            return
        if index == self.cursor and event.chain > 1:
            self.action_open()
        else:
            self.place_cursor(index, tell=True)


Built = tuple["list[Line]", dict[int, str]]

"""Lines, and the name of what a line leads to."""

Build = Callable[[int], Built]

"""Lines for a width in cells."""


def _nothing(width: int) -> Built:  # noqa: ARG001 (nothing fits any width)
    return [], {}


class BuiltView(LineView):
    """Shows what `build` makes; the cursor goes from stop to stop, and between them the view scrolls.

    Where not all lines fit, marks in the last cell of a row say that there is more above or below.
    """

    build: Build = staticmethod(_nothing)
    _built: tuple[Size, Built] | None = None

    def _spans(self, y: int) -> tuple[Line, bool]:
        """A row; at its end a mark where there is more above the first row or below the last."""
        spans, lit = super()._spans(y)
        index, last = self.scroll_offset.y + y, self.size.height - 1
        more = self.glyphs.above if y == 0 and index else ""
        if y == last and index < self.row_count - 1:
            more = self.glyphs.below
        return (between(spans, ((more, "accent"),), self.size.width), lit) if more else (spans, lit)

    def rebuild(self, build: Build, *, from_top: bool = False) -> None:
        """Replace the lines. The cursor keeps its target, and its screen row if the view is scrolled.

        from_top: scroll to the first line, with the cursor on the first stop.
        """
        if from_top:
            self.build, self._built = build, None
            self.cursor = next(iter(self.built[1]), 0)
            self.scroll_to(y=0, animate=False, force=True, immediate=True)
            self.rows_changed()
            return
        before, place = self.built[1], self.cursor
        names = [name for at, name in before.items() if at <= place]
        self.build, self._built = build, None
        if place in before:
            # A name can appear more than once; keep the same occurrence.
            stops = self.built[1]
            same = [at for at, name in stops.items() if name == names[-1]]
            nearest = min(stops, key=lambda stop: abs(stop - place), default=place)
            self.cursor = same[min(names.count(names[-1]), len(same)) - 1] if same else nearest
        self.rows_changed()
        if self.cursor != place and self.scroll_offset.y:
            self._scroll_rows(self.scroll_offset.y + self.cursor - place)

    def _fitted(self) -> Built:
        width, height = self.size
        # The marks of what is above or below take a cell; what fits is short, and built again in no time.
        built = self.build(max(width - 2, 8))
        return built if len(built[0]) > height else self.build(max(width - 1, 8))

    @property
    def built(self) -> Built:
        """The lines for the present size, with what they lead to; at another size the cursor stays on its stop.

        While it is hidden it has no size, and stays unchanged.
        """
        if self._built is None:
            self._built = (self.size, self._fitted())
        elif self._built[0] != self.size and self.size:
            before = tuple(self._built[1][1])
            self._built = (self.size, self._fitted())
            now = tuple(self._built[1][1])
            if self.cursor in before and len(before) == len(now):
                self.cursor = now[before.index(self.cursor)]
        return self._built[1]

    @property
    def row_count(self) -> int:
        """All lines."""
        return len(self.built[0])

    def row(self, index: int, width: int) -> Line:  # noqa: ARG002 (built for the width already)
        """One line."""
        return self.built[0][index]

    def is_stop(self, index: int) -> bool:
        """The lines that lead somewhere."""
        return index in self.built[1]

    def target(self, index: int) -> str | None:
        """What a line leads to."""
        return self.built[1].get(index)

    def resized(self) -> None:
        """Build again for the width; the view stays where it is read."""
        self.rows_changed()
