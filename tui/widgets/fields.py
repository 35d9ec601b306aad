"""Fields to type in that show a visible sign for each character a terminal would act on, and keep it as it is."""

from __future__ import annotations

from rich.cells import cell_len
from rich.text import Text
from textual.widgets import Input, TextArea

from tui.text import cut, masked


class LineField(Input):
    """One line; its hint is cut with a mark where the field is too narrow for it."""

    _hint: str | None = None

    def on_resize(self) -> None:
        """Fit the hint to the width."""
        if self._hint is None:
            self._hint = str(self.placeholder)
        self.placeholder = cut(self._hint, self.content_size.width)

    @property
    def _value(self) -> Text:
        return Text(masked(self.value), no_wrap=True, overflow="ignore", end="")

    def _position_to_cell(self, position: int) -> int:
        return cell_len(masked(self.value[:position]))


class TextField(TextArea):
    """Several lines."""

    def get_line(self, line_index: int) -> Text:
        """A line as it is shown."""
        return Text(masked(self.document.get_line(line_index)), end="", no_wrap=True)
