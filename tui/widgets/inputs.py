"""Fields to type in that show a visible sign for each character a terminal would act on, and keep it."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from rich.cells import cell_len
from rich.segment import Segment
from rich.text import Text
from textual.containers import VerticalScroll
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Input, TextArea
from textual.widgets.input import Selection as InputSelection
from textual.widgets.text_area import DocumentNavigator, WrappedDocument
from textual.widgets.text_area import Selection as TextSelection

from tui.compat import PrivateInput, PrivateTextArea
from tui.dispatch import Hosted
from tui.render.text import behind_cluster, cluster_end, cluster_start, cut, masked

if TYPE_CHECKING:
    from textual import events
    from textual.dom import DOMNode
    from textual.geometry import Size
    from textual.screen import Screen
    from textual.widgets.text_area import Document, DocumentBase


def on_one_line(pasted: str) -> str:
    """Pasted text for a field of one line: its lines joined with spaces; blank lines are left out."""
    lines = pasted.replace("\t", " ").splitlines()
    lines = [each for each in lines if each.strip()] or lines[:1]
    if len(lines) < 2:
        return "".join(lines)
    first, *between, last = lines
    return " ".join((first.rstrip(), *(each.strip() for each in between), last.lstrip()))


def _with_sign(strip: Strip, at: int, sign: str) -> Strip:
    """A strip with a sign in the cells from `at` on, in the style that is there."""
    end = at + cell_len(sign)
    style = next((segment.style for segment in strip.crop(at, end)), None)
    return Strip.join([strip.crop(0, at), Strip([Segment(sign, style)]), strip.crop(end)])


class LineField(Hosted, PrivateInput, Input):
    """One line; where the field is too narrow for it, or for its hint, marks say where it goes on."""

    _hint: str | None = None

    def on_paste(self, event: events.Paste) -> None:
        """Paste every line: Textual would take the first alone."""
        event.stop()
        event.prevent_default()
        if pasted := on_one_line(event.text):
            self.replace(pasted, *self.selection)

    # Textual moves over and removes code points; people see the clusters that these make up.

    def validate_selection(self, selection: InputSelection) -> InputSelection:
        """Both ends within the text, and in no cluster's midst."""
        start, end = super().validate_selection(selection)
        return InputSelection(behind_cluster(self.value, start), behind_cluster(self.value, end))

    def action_cursor_left(self, select: bool = False) -> None:
        """Move over a cluster, or to the start of what is selected."""
        self._move_to(cluster_start(self.value, self.cursor_position), min(self.selection), select=select)

    def action_cursor_right(self, select: bool = False) -> None:
        """Move over a cluster, or to the end of what is selected."""
        self._move_to(cluster_end(self.value, self.cursor_position), max(self.selection), select=select)

    def _move_to(self, next_one: int, edge: int, *, select: bool) -> None:
        start, is_empty = self.selection.start, self.selection.is_empty
        end = next_one if select or is_empty else edge
        self.selection = InputSelection(start if select else end, end)

    def action_delete_left(self) -> None:
        """Remove the cluster before the cursor, or what is selected."""
        self._delete_to(cluster_start(self.value, self.cursor_position))

    def action_delete_right(self) -> None:
        """Remove the cluster at the cursor, or what is selected."""
        self._delete_to(cluster_end(self.value, self.cursor_position))

    def _delete_to(self, other: int) -> None:
        if self.selection.is_empty:
            self.delete(*sorted((self.cursor_position, other)))
        else:
            self.delete_selection()

    def on_resize(self) -> None:
        """Fit the hint to the width, and keep the cursor in sight."""
        self.show_hint(str(self.placeholder) if self._hint is None else self._hint)
        if self.has_focus:
            self._show_cursor()

    def show_hint(self, hint: str) -> None:
        """Show a hint while nothing is typed, cut to the width."""
        self._hint = hint
        self.placeholder = cut(hint, self.content_size.width, self.host.glyphs.more)

    def on_focus(self) -> None:
        """Bring the cursor into sight: it is behind the text, which may be longer than the field."""
        self._show_cursor()

    def watch_value(self) -> None:
        """Keep the cursor in sight, also with the first text: Textual takes that for one to begin with."""
        if self.has_focus:
            self._show_cursor()

    def on_blur(self) -> None:
        """Show the beginning."""
        self.scroll_to(x=0, animate=False, force=True)

    def _show_cursor(self) -> None:
        cell = self.cell_at(self.cursor_position) + self.cursor_at_end
        self.scroll_to_region(Region(cell, 0, 1, 1), force=True, animate=False)

    def shown(self) -> Text:
        """The value, with a visible sign for each character that a terminal would act on."""
        return Text(masked(self.value), no_wrap=True, overflow="ignore", end="")

    def cell_at(self, position: int) -> int:
        """The cell where a character begins, as shown."""
        return cell_len(masked(self.value)[:position])

    def render_line(self, y: int) -> Strip:
        """The row as scrolled, with the marks; under the cursor is what it is on."""
        strip = super().render_line(y)
        if y or not self.value:
            return strip
        start, width, more = self.scroll_offset.x, self.scrollable_content_region.width, self.host.glyphs.more
        ends = [0] if start else []
        if self.cell_at(len(self.value)) > start + width:
            ends.append(width - cell_len(more))
        cursor = self.cell_at(self.cursor_position) - start if self.has_focus else -1
        for at in ends:
            if not at <= cursor < at + cell_len(more):
                strip = _with_sign(strip, at, more)
        return strip


class TextField(PrivateTextArea, TextArea):
    """Several lines. more: the sign at the end of the last row where there are more than show."""

    def __init__(self, text: str, *, name: str, more: str) -> None:
        super().__init__(text, id=name, soft_wrap=True, tab_behavior="focus", compact=True)
        self._more = more
        self._wrapped_at: int | None = None

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002 (Textual's own)
        """The rows of the text at a width: Textual has those of the width before."""
        room = max(width - self.scrollbar_gutter.width - 1, 0)
        if room != self.wrap_width or room != self._wrapped_at:
            self._wrapped_at = room
            self.wrapped_document.wrap(room, tab_width=self.indent_width)
        return self.wrapped_document.height

    def on_resize(self) -> None:
        """Keep the cursor in sight, also where lines are wrapped elsewhere now; without the focus, the beginning."""
        self.call_after_refresh(self.scroll_cursor_visible if self.has_focus else self._scroll_to_start)

    def on_blur(self) -> None:
        """Show the beginning."""
        self._scroll_to_start()

    def _scroll_to_start(self) -> None:
        self.scroll_to(y=0, animate=False)

    def render_line(self, y: int) -> Strip:
        """A row as shown."""
        strip = super().render_line(y)
        if self.has_focus or y + 1 < self.size.height or self.scroll_offset.y + y + 1 >= self.wrapped_document.height:
            return strip
        return _with_sign(strip, self.scrollable_content_region.width - cell_len(self._more), self._more)

    def get_line(self, line_index: int) -> Text:
        """A line as shown."""
        return Text(masked(self.document.get_line(line_index)), end="", no_wrap=True)

    def document_set(self) -> None:
        """Wrap the lines, and place the cursor in them, as shown."""
        shown = cast("Document", _Shown(self.document))
        self.wrapped_document = WrappedDocument(shown, tab_width=self.indent_width)
        self.navigator = DocumentNavigator(self.wrapped_document)
        self.rewrap()

    def validate_selection(self, selection: TextSelection) -> TextSelection:
        """Both ends in no cluster's midst."""
        return TextSelection(*((row, behind_cluster(self.document[row], at)) for row, at in selection))

    def get_cursor_left_location(self) -> tuple[int, int]:
        """Before the cluster that is before the cursor."""
        row, at = self.cursor_location
        return (row, cluster_start(self.document[row], at)) if at else super().get_cursor_left_location()

    def get_cursor_right_location(self) -> tuple[int, int]:
        """Behind the cluster at the cursor."""
        row, at = self.cursor_location
        text = self.document[row]
        return (row, cluster_end(text, at)) if at < len(text) else super().get_cursor_right_location()


class _Shown:
    """A document with its lines as shown, which are as long."""

    def __init__(self, document: DocumentBase) -> None:
        self._document = document

    def __getattr__(self, name: str) -> object:
        return getattr(self._document, name)

    @property
    def lines(self) -> list[str]:
        """All lines."""
        return [masked(line) for line in self._document.lines]

    def get_line(self, index: int) -> str:
        """A line."""
        return masked(self._document.get_line(index))

    def __getitem__(self, index: int | slice) -> str | list[str]:
        return self.lines[index] if isinstance(index, slice) else self.get_line(index)


class FieldList(VerticalScroll):
    """Fields one below the other; the cursor stays in sight whatever moves its field or takes room away."""

    _place: tuple[object, ...] = ()
    """What decided when the cursor was last looked after: the field, the cursor's row, and the sizes of the list."""

    def on_mount(self) -> None:
        """Look after the cursor whenever something may have moved."""
        self.screen.screen_layout_refresh_signal.subscribe(self, self._show_cursor, immediate=True)

    def on_descendant_focus(self) -> None:
        """Go where the focus goes."""
        self._show_cursor(self.screen)

    def _show_cursor(self, screen: Screen[object]) -> None:
        """Scroll to the field that has the focus, if it was moved; where it does not fit, to its cursor."""
        field = screen.focused
        if not isinstance(field, LineField | TextField) or self not in field.ancestors:
            return
        row = field.cursor_screen_offset.y - field.region.y
        within: DOMNode | None = field
        while isinstance(within, Widget) and within is not self:
            row += within.virtual_region.y
            within = within.parent
        before, self._place = self._place, (field, row, self.size, self.virtual_size)
        if self._place == before:
            return
        center = field not in before and not self.can_view_entire(field)
        self.scroll_to_widget(field, animate=False, force=True, immediate=True, center=center)
        self.scroll_to_region(Region(0, row, 1, 1), animate=False, force=True, immediate=True)
