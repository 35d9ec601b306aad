"""The keys of the map: from box to box, along edges, from one kind of picture to another, and the mouse."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.message import Message

from tui.drawing import walk
from tui.drawing.wish import Mode
from tui.panes.map.showing import MapView
from tui.widgets.runs import bindings

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual import events
    from textual.binding import BindingType

    from tui.drawing.model import Drawing
    from tui.drawing.wish import Wish
    from tui.text import Glyphs

MODES = tuple(Mode)
MOST_HOPS = 9


class MapPane(MapView):
    """The picture of the dependencies, walked with the keyboard or the mouse."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("map")]

    class Drilled(Message):
        """A category was opened in the overview, or left again."""

        def __init__(self, code: str | None) -> None:
            super().__init__()
            self.code = code

    class Supposed(Message):
        """An item is to be taken as fixed, or no longer."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    def __init__(self, *, glyphs: Glyphs) -> None:
        super().__init__(glyphs=glyphs)
        self._trail: list[tuple[Wish, bool]] = []
        """The pictures before, and whether a category was opened in each."""

    @property
    def drawing(self) -> Drawing | None:
        """What is drawn, None where a list shows."""
        return self.picture.drawing if self.picture else None

    # Boxes

    def stand_on(self, box: int) -> None:
        """Put the cursor on a box and choose its item."""
        self._light(box, None)
        if self.key is not None:
            self.chosen = self.key
        self._tell()

    def _light(self, box: int | None, edge: int | None) -> None:
        if self.drawing is not None:
            self.light(self.drawing, box, edge)

    def _walk(self, way: tuple[int, int], in_list: Callable[[], None]) -> None:
        drawing = self.drawing
        if drawing is None:
            self._in_list(in_list)
        elif drawing.nodes:
            self.stand_on(0 if self.box is None else walk.step(drawing, self.box, way))

    def _in_list(self, move: Callable[[], None]) -> None:
        """Move in a list; where the cursor is not at the choice yet, it is chosen where it stands."""
        if self._points or not self.row_count:
            move()
        else:
            self.place_cursor(self.cursor, tell=True)

    def do_list_down(self) -> None:
        """To what the item makes worse, or the next row."""
        self._walk(walk.DOWN, super().do_list_down)

    def do_list_up(self) -> None:
        """To what makes the item worse, or the row before."""
        self._walk(walk.UP, super().do_list_up)

    def do_map_left(self) -> None:
        """To the box on the left."""
        self._walk(walk.LEFT, lambda: None)

    def do_map_right(self) -> None:
        """To the box on the right."""
        self._walk(walk.RIGHT, lambda: None)

    def do_map_next(self) -> None:
        """The next box as one reads."""
        self._read(1, super().do_list_down)

    def do_map_previous(self) -> None:
        """The box before as one reads."""
        self._read(-1, super().do_list_up)

    def _read(self, by: int, in_list: Callable[[], None]) -> None:
        drawing = self.drawing
        if drawing is None:
            self._in_list(in_list)
        elif drawing.nodes:
            last = len(drawing.nodes) - 1
            self.stand_on((0 if by > 0 else last) if self.box is None else min(max(self.box + by, 0), last))

    def do_list_page_down(self) -> None:
        """A page down."""
        self._page(1, super().do_list_page_down)

    def do_list_page_up(self) -> None:
        """A page up."""
        self._page(-1, super().do_list_page_up)

    def _page(self, by: int, in_list: Callable[[], None]) -> None:
        drawing = self.drawing
        if drawing is None:
            in_list()
        elif drawing.nodes:
            here = drawing.nodes[self.box or 0].rect
            to = here.row + by * max(self.size.height - 2, 1)
            boxes = range(len(drawing.nodes))
            places = [drawing.nodes[n].rect for n in boxes]
            self.stand_on(min(boxes, key=lambda n: (abs(places[n].row - to), abs(places[n].column - here.column))))

    def do_list_first(self) -> None:
        """The first box or row."""
        if self.drawing is None:
            super().do_list_first()
        elif self.drawing.nodes:
            self.stand_on(0)

    def do_list_last(self) -> None:
        """The last box or row."""
        if self.drawing is None:
            super().do_list_last()
        elif self.drawing.nodes:
            self.stand_on(len(self.drawing.nodes) - 1)

    # Edges

    def do_map_edge_next(self) -> None:
        """The next edge of the box."""
        self._turn(1)

    def do_map_edge_previous(self) -> None:
        """The edge of the box before."""
        self._turn(-1)

    def _turn(self, by: int) -> None:
        drawing = self.drawing
        if drawing is None or self.box is None:
            return
        edges = walk.edges_of(drawing, drawing.nodes[self.box].key)
        if edges:
            at = edges.index(self.edge) + by if self.edge in edges else (0 if by > 0 else -1)
            self._light(self.box, edges[at % len(edges)])

    # Pictures

    def go(self, wish: Wish) -> None:
        """Another picture; Backspace leads back to this one."""
        if wish != self.wish:
            self._trail.append((self.wish, False))
            self.wish = wish
            self.redraw()

    def do_map_mode(self) -> None:
        """The next kind of picture that there can be: whole, focus, overview, list."""
        if self.picture is None or self.atlas is None:
            return
        at = MODES.index(self.picture.mode)
        for mode in (*MODES[at + 1 :], *MODES[: at + 1]):
            wish = self.wish._replace(mode=mode, key=self.chosen or self.wish.key)
            if self.may_show(wish):
                self.wish = wish
                self.redraw()
                return

    def do_map_more_hops(self) -> None:
        """Show one hop more around the item in focus."""
        self._hop(1)

    def do_map_fewer_hops(self) -> None:
        """Show one hop less around the item in focus."""
        self._hop(-1)

    def _hop(self, by: int) -> None:
        if self.picture is not None and self.picture.mode is Mode.FOCUS:
            hops = min(max(self.picture.hops + by, 1), MOST_HOPS)
            self.wish = self.wish._replace(mode=Mode.FOCUS, key=self.picture.key, hops=hops)
            self.redraw()

    def do_list_open(self) -> None:
        """Focus on the item; where the box stands for a category, open that."""
        if self.category is not None:
            self._trail.append((self.wish, True))
            self.wish = self.wish._replace(mode=None)
            self.tell(self.Drilled(self.category))
        elif self.key is not None:
            self.go(self.wish._replace(mode=Mode.FOCUS, key=self.key, hops=1))

    def do_list_back(self) -> None:
        """The picture before; without one, back to where I came from."""
        if self._trail:
            before, opened = self._trail.pop()
            self.wish = before._replace(width=self.wish.width, names=self.wish.names)
            if opened:
                self.tell(self.Drilled(None))
            self.redraw()
        else:
            super().do_list_back()

    def do_map_what_if(self) -> None:
        """Take the chosen item as fixed, or no longer."""
        if self.chosen is not None:
            self.tell(self.Supposed(self.chosen))

    # The mouse

    def on_click(self, event: events.Click) -> None:
        """Choose the box under the pointer, or light the edge; a second click focuses on the box."""
        drawing = self.drawing
        if drawing is None:
            super().on_click(event)
            return
        box, edge = walk.at(drawing, self.scroll_offset.y + event.y, event.x - 1)
        if box is not None:
            if box == self.box and event.chain > 1:
                self.do_list_open()
            else:
                self.stand_on(box)
        elif edge is not None:
            source = drawing.edges[edge].source
            self.stand_on(next(n for n, each in enumerate(drawing.nodes) if each.key == source))
            self._light(self.box, edge)
