"""A page over the whole screen: a framed list of lines and its keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.commands import BY_ID, of_context
from tui.screens.base import Flows
from tui.widgets.bars import KeyBar
from tui.widgets.frame import Frame
from tui.widgets.line_view import LineView

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult

    from tui.gateway import Gateway
    from tui.lines import Line
    from tui.panes.item import Built
    from tui.text import Glyphs


class Lines(LineView):
    """Lines built for the width; the cursor goes from stop to stop."""

    def __init__(self, *, glyphs: Glyphs) -> None:
        super().__init__(id="lines", glyphs=glyphs)
        self.build: Callable[[int], Built] = lambda _: ([], {})
        self._built: tuple[int, Built] = (0, ([], {}))

    def show(self, build: Callable[[int], Built]) -> None:
        """Other lines; the cursor stays where it can."""
        self.build, self._built = build, (0, ([], {}))
        self.rows_changed()
        stops = self.content_lines()[1]
        if stops and self.cursor not in stops:
            self.cursor = min(stops, key=lambda stop: abs(stop - self.cursor))

    def on_resize(self) -> None:
        """Build anew for the width."""
        self.rows_changed()

    def content_lines(self) -> Built:
        """The lines for the present width."""
        width = max(self.size.width - 1, 8)
        if self._built[0] != width:
            self._built = (width, self.build(width))
        return self._built[1]

    @property
    def row_count(self) -> int:
        """All lines."""
        return len(self.content_lines()[0])

    def row(self, index: int, width: int) -> Line:  # noqa: ARG002 (built for the width already)
        """One line."""
        return self.content_lines()[0][index]

    def is_stop(self, index: int) -> bool:
        """The lines that stand for something."""
        return index in self.content_lines()[1]

    @property
    def target(self) -> str | None:
        """What the cursor's line stands for."""
        return self.content_lines()[1].get(self.cursor)


class PageScreen(Flows):
    """A page of one context; subclasses give the title, the lines and the commands."""

    CONTEXT = ""
    DEFAULT_CSS = """
    PageScreen { layout: vertical; }
    """

    def __init__(self, title: str, gateway: Gateway | None = None) -> None:
        super().__init__()
        self.page_title = title
        self.gateway = gateway
        self.chosen = None

    def compose(self) -> ComposeResult:
        """Frame and keys."""
        glyphs = self.host.glyphs
        self.lines = Lines(glyphs=glyphs)
        self.frame = Frame(self.lines, number=0, name="", glyphs=glyphs)
        self.frame.head.tabs = (self.page_title,)
        self.frame.head.lit = True
        yield self.frame
        self.keys = KeyBar(glyphs=glyphs)
        yield self.keys

    def on_mount(self) -> None:
        """Keys, focus, lines."""
        self.lines.focus()
        commands = of_context(self.CONTEXT, self.host.commands)
        self.keys.show(tuple(c for c in commands if c.bar and self.check_action("run", (c.id,))))
        self.flow(self.guarded(self.load()))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Pages bind only what they can do."""
        return action != "run" or str(parameters[0]) in BY_ID
