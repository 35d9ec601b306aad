"""The row in which the words of the filter are typed."""

from __future__ import annotations

from dataclasses import dataclass

from textual.message import Message

from tui.widgets.fields import LineField


class FilterBar(LineField):
    """Tells every change of the words, and when they are kept."""

    DEFAULT_CSS = """
    FilterBar { height: 1; border: none; padding: 0 1; background: $panel; }
    """

    @dataclass
    class Typed(Message):
        """Other words."""

        words: tuple[str, ...]

    class Kept(Message):
        """Enter."""

    def __init__(self, words: tuple[str, ...]) -> None:
        hint = "words to look for; Enter keeps them, Esc clears"
        # First: the text given below is watched already.
        self.words = words
        super().__init__(" ".join(words), placeholder=hint, id="filter", compact=True, select_on_focus=False)

    def watch_value(self) -> None:
        """Tell the words when they are others."""
        words = tuple(self.value.split())
        if words != self.words:
            self.words = words
            self.post_message(self.Typed(words))

    async def action_submit(self) -> None:
        """Keep the words."""
        self.post_message(self.Kept())
