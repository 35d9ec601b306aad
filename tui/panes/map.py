"""What the map pane shows: the rows of a drawing or a list, and below them what is chosen in words."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from textual.message import Message

from tui.dispatch import bindings
from tui.map_layout import navigation
from tui.map_layout.graph_index import GraphIndex, group_of, of_category
from tui.map_layout.model import MOST_FOCUSED, MOST_WHOLE, Mode, Picture, PictureRequest
from tui.map_layout.painter import Lit, Painter
from tui.render.badges import state
from tui.render.lines import Line, clip, wrapped
from tui.render.text import Glyphs, line, plain_line
from tui.widgets.line_list import LineView

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from textual import events
    from textual.binding import BindingType

    from store.queries.dependency_map import EdgeRow, MapRows
    from tui.map_layout.model import Drawing, EdgePath

MOST_STATUS = 3

"""Rows that the status line takes at most."""


def picture(index: GraphIndex, request: PictureRequest) -> Picture:
    """The picture that is wished for; the layout is imported when the first one is drawn."""
    from tui.map_layout import views

    return views.picture(index, request)


class MapView(LineView):
    """A drawing or a list for the present width. In a drawing the cursor is a box: `box` and the highlighted `edge` are
    the numbers of those, None if there is none.
    """

    class Captioned(Message):
        """Another picture shows; what it is, and what it hides."""

        def __init__(self, caption: tuple[str, ...]) -> None:
            super().__init__()
            self.caption = caption

    def __init__(self, *, glyphs: Glyphs) -> None:
        super().__init__(id="map", glyphs=glyphs)
        self.index: GraphIndex | None = None
        self.full: GraphIndex | None = None
        self.request = PictureRequest(0, glyphs=glyphs)
        self.picture: Picture | None = None
        self.chosen: str | None = None
        self.box: int | None = None
        self.edge: int | None = None
        self._shown: tuple[MapRows, str | None] | None = None
        self._drawn: tuple[GraphIndex, PictureRequest] | None = None
        self._painter: Painter | None = None
        self._lit = Lit()
        self._said: tuple[object, list[Line]] | None = None
        # Whether the cursor of the list is where the choice is; a category that was gone to; the highlighted edge.
        self._points = True
        self._code: str | None = None
        self._edge: tuple[int, str, str] | None = None

    # What is shown

    def show(self, rows: MapRows, category: str | None, names: Mapping[str, str]) -> None:
        """Other rows, or those of another category; nothing happens where they are the same."""
        known, self._shown = self._shown == (rows, category), (rows, category)
        self.request = self.request._replace(names=names)
        if known:
            self.redraw()
        elif len(rows.nodes) > MOST_FOCUSED:
            self.awaited = self.background("draw", self._load)
        else:
            self.full = GraphIndex(rows)
            self.index = GraphIndex(of_category(rows, category)) if category else self.full
            self.redraw()

    async def _load(self) -> None:
        shown = self._shown
        if shown is not None:
            full = await asyncio.to_thread(GraphIndex, shown[0])
            index = await asyncio.to_thread(lambda: GraphIndex(of_category(*shown))) if shown[1] else full
            if shown is self._shown:
                self.full, self.index = full, index
                await self._redraw_apart()

    def redraw(self) -> None:
        """Draw what is wished for: at once, or in a worker where it may take long."""
        if self.index is None or not self.size.width:
            return
        self.request = self.request._replace(width=max(self.size.width - 1, 8))
        if self._drawn == (self.index, self.request):
            return
        if self._takes_long(self.request):
            self.awaited = self.background("draw", self._redraw_apart)
        else:
            self._apply(self.index, self.request, picture(self.index, self.request))

    def may_show(self, request: PictureRequest) -> bool:
        """Whether the kind of picture that is wished for can be; where finding out takes long, whether it might."""
        if self.index is None or (request.mode is Mode.WHOLE and len(self.index.nodes) > MOST_WHOLE):
            return False
        if self._takes_long(request):
            return True
        found = picture(self.index, request._replace(width=max(self.size.width - 1, 8)))
        # The same picture once more would look as if the key did nothing.
        same = self.picture is not None and found.drawing is not None and found.drawing == self.picture.drawing
        return found.mode is request.mode and not same

    def _takes_long(self, request: PictureRequest) -> bool:
        index = self.index
        if index is None or len(index.nodes) <= MOST_WHOLE:
            return False
        if len(index.nodes) > MOST_FOCUSED:
            return True
        focused = request.mode in (None, Mode.WHOLE, Mode.FOCUS) and request.key in index.nodes
        return not focused or len(index.around(request.key or "", request.hops)) > MOST_WHOLE

    async def _redraw_apart(self) -> None:
        index, request = self.index, self.request
        if index is not None:
            found = await asyncio.to_thread(picture, index, request)
            if (index, request) == (self.index, self.request):
                self._apply(index, request, found)

    def _apply(self, index: GraphIndex, request: PictureRequest, found: Picture) -> None:
        self._drawn, self.picture = (index, request), found
        self._painter = Painter(found.drawing, index.nodes, self.glyphs) if found.drawing is not None else None
        self._find(self.chosen)
        self.rows_changed()
        self.show_cursor()
        self.tell(self.Captioned(found.caption if index.rows.nodes else ()))

    def _find(self, key: str | None) -> None:
        """Put the cursor on an item or on the category that was gone to, and on the edge that was highlighted."""
        if self.picture is None:
            return
        drawing, listing = self.picture.drawing, self.picture.listing
        wanted = (self._code or self._category_of(key)) if self.picture.mode is Mode.OVERVIEW else key
        self.box = self.edge = None
        if drawing is not None:
            self.box = next((n for n, box in enumerate(drawing.nodes) if box.key == wanted), None)
            self.edge = self._find_edge(drawing)
            self._lit = Lit.around(drawing, self.box, self.edge)
        elif listing is not None:
            self._points = wanted in listing.places
            self.cursor = min(listing.places.get(wanted or "", self.cursor), max(len(listing) - 1, 0))

    def _find_edge(self, drawing: Drawing) -> int | None:
        """The edge that was highlighted, whatever its label says now."""
        if self._edge is None or self.index is None or self.box is None:
            return None
        position, *ends = self._edge
        found = next(
            (e for e in self.index.of(ends[0]) if [e.source, e.target] == ends and e.position == position), None
        )
        if found is None:
            return None
        wanted = (found.source, found.target, line(found.label))
        return next((n for n, e in enumerate(drawing.edges) if (e.source, e.target, e.label) == wanted), None)

    def light(self, drawing: Drawing, box: int | None, edge: int | None) -> None:
        """Put the cursor on a box, and light one of its edges."""
        self.box, self.edge = box, edge
        lit = self.lit_edge
        self._edge = (lit.position, lit.source, lit.target) if lit is not None else None
        overview = self.picture is not None and self.picture.mode is Mode.OVERVIEW
        self._code = drawing.nodes[box].key if overview and box is not None else None
        self._lit = Lit.around(drawing, box, edge)
        self.rows_changed()
        self.show_cursor()

    def _category_of(self, key: str | None) -> str | None:
        node = self.index.nodes.get(key or "") if self.index else None
        return node.category if node else None

    def pass_by(self, key: str | None) -> None:
        """Focus on an item that was chosen elsewhere the next time the map is drawn."""
        if self.index is not None and key in self.index.nodes and (self.box is None or not self.has_focus):
            self.request = self.request._replace(key=key)

    def choose(self, key: str | None) -> None:
        """Choose the item that is chosen elsewhere; a focus moves to it while the keys are not here."""
        if key == self.chosen:
            return
        self.chosen, self._edge = key, None
        if not self.has_focus:
            self._code = None
        self._find(key)
        self.pass_by(key)
        if self.picture is not None and self.picture.mode is Mode.FOCUS:
            self.redraw()
        self.rows_changed()
        self.show_cursor()

    def place_cursor(self, index: int, *, tell: bool = False) -> None:
        """Put the cursor of the list on a row, and say below what is there."""
        super().place_cursor(index, tell=tell)
        self.repaint_changed()

    def show_cursor(self) -> None:
        """Scroll as little as brings the box, or the label of the selected edge, into view."""
        drawing = self.picture.drawing if self.picture else None
        if drawing is None:
            super().show_cursor()
            return
        if self.box is None:
            return
        rect = drawing.nodes[self.box].rect
        label = drawing.edges[self.edge].box if self.edge is not None else None
        top, height = self.scroll_offset.y, self.size.height - len(self._status())
        for each in (rect, label) if label is not None else (rect,):
            top = min(top, max(each.row - 1, 0))
            top = (
                max(top, each.below + 1 - height) if each.below + 1 < drawing.height else max(top, each.below - height)
            )
        self._scroll_rows(top)

    def resized(self) -> None:
        """Draw again for the width, from the top as far as what is chosen stays in view."""
        self.redraw()
        self._scroll_rows(0)
        super().resized()

    # Rows

    @property
    def row_count(self) -> int:
        """The rows of the picture, and room for the status line below them."""
        if self.picture is None:
            return 0
        if self.picture.drawing is not None:
            return max(self.picture.drawing.height, 1) + len(self._status())
        return max(len(self.picture.listing or ()), len(self._nothing())) + len(self._status())

    @property
    def marks_cursor(self) -> bool:
        """Only in a list that has what is chosen: a drawing marks its box."""
        return self._painter is None and self._points

    def _tell(self) -> None:
        """A move in a list chooses where it led."""
        self._points = True
        self._code = self.category
        super()._tell()
        self.repaint_changed()

    def is_stop(self, index: int) -> bool:
        """The items of the list."""
        listing = self.picture.listing if self.picture else None
        return listing is not None and index < len(listing)

    @property
    def _all_stops(self) -> bool:
        return self.picture is not None and self.picture.listing is not None

    def row(self, index: int, width: int) -> Line:
        """A row of the drawing or the list."""
        if self._painter is not None:
            return self._painter.row(index, self._lit) if index < self._painter.drawing.height else ()
        listing = self.picture.listing if self.picture else None
        if listing:
            return listing.line(index, width, self.glyphs) if index < len(listing) else ()
        nothing = self._nothing()
        return nothing[index] if index < len(nothing) else ()

    def _nothing(self) -> list[Line]:
        if self.index is None or self.index.rows.nodes:
            return []
        where = "in this category" if self._shown and self._shown[1] else "yet"
        words = f"No dependencies {where}; {self.key_of('item.link')} links the selected item to another."
        return wrapped(((words, "quiet"),), max(self.size.width - 1, 8))

    def _spans(self, y: int) -> tuple[Line, bool]:
        """A row of the view: at its bottom the status line."""
        status = self._status()
        from_bottom = y - (self.size.height - len(status))
        if status and from_bottom >= 0:
            return ((" ", ""), *status[from_bottom]), False
        return super()._spans(y)

    def _status(self) -> list[Line]:
        """What is chosen, in words; made once for every row of the view that asks."""
        now = (self._drawn, self.box, self.edge, self.cursor, self._points, self.chosen, self.size.width)
        if self._said is None or self._said[0] != now:
            self._said = (now, self._status_lines(max(self.size.width - 1, 8)))
        return self._said[1]

    def _status_lines(self, width: int) -> list[Line]:
        """The highlighted edge with both its ends and its whole label, else the box or row."""
        if self.index is None or self.picture is None or not self.index.nodes:
            return []
        edge, group = self.lit_edge, self._group_edge()
        if edge is not None:
            words = f" {line(edge.label)} " if edge.label else f" {self.glyphs.arrow} "
            spans: Line = ((line(edge.source), "strong accent"), (words, ""), (line(edge.target), "strong accent"))
            return wrapped(spans, width)[:MOST_STATUS]
        if group is not None:
            return wrapped(group, width)[:MOST_STATUS]
        if self.category is not None:
            name = line(self.request.names.get(self.category))
            opens = f"{self.key_of('list.open')} opens it"
            words = f"  {name}; {opens}" if name else f"  {opens}"
            return [clip(((line(self.category), "strong"), (words, "")), width, self.glyphs.more)]
        node = self.index.nodes.get(self.key or "")
        if node is None:
            if self.chosen is None or self.chosen in self.index.nodes:
                return []
            return [clip(((f"{line(self.chosen)} has no dependencies here", "quiet"),), width, self.glyphs.more)]
        feeds, fed = self._degrees(node.key)
        marks = state(node.severity, node.status, self.glyphs, supposed=node.assumed)
        head: Line = (*marks, (f" {line(node.key)}", "strong"))
        head += (("  as if fixed", "warning"),) if node.assumed else ()
        tail = f"  fed by {fed}, feeds {feeds}, reaches {(self.full or self.index).reach(node.key)}  "
        return [clip((*head, (tail, "quiet"), (plain_line(node.lead), "")), width, self.glyphs.more)]

    def _group_edge(self) -> Line | None:
        """A highlighted edge that represents several dependencies, in words."""
        if self.picture is None:
            return None
        found: EdgePath | EdgeRow | None = None
        if self.picture.drawing is not None:
            found = self.picture.drawing.edges[self.edge] if self.edge is not None else None
        elif self.picture.mode is Mode.OVERVIEW and self.picture.listing and self._points:
            found = self.picture.listing.edge(self.cursor)
        if found is None:
            return None
        ends = [(line(group_of(key) or key), "strong accent") for key in (found.source, found.target)]
        if self.picture.mode is not Mode.OVERVIEW:
            return ends[0], (f" {found.label} {self.glyphs.arrow} ", ""), ends[1]
        words = "dependency" if found.label == "1" else "dependencies"
        return (f"{found.label} {words} from ", ""), ends[0], (" to ", ""), ends[1]

    def _degrees(self, key: str) -> tuple[int, int]:
        edges = self.full.of(key) if self.full else []
        return sum(edge.source == key for edge in edges), sum(edge.target == key for edge in edges)

    # What is chosen

    @property
    def _standing(self) -> str | None:
        """What the cursor is on: the key of a box, or of a row of the list."""
        if self.picture is None:
            return None
        drawing, listing = self.picture.drawing, self.picture.listing
        if drawing is not None:
            return drawing.nodes[self.box].key if self.box is not None else None
        return listing.node(self.cursor).key if listing and self._points and self.cursor < len(listing) else None

    @property
    def key(self) -> str | None:
        """The item under the cursor."""
        if self.index is None or self.picture is None or self.picture.mode is Mode.OVERVIEW:
            return None
        return self._standing if self._standing in self.index.nodes else None

    @property
    def category(self) -> str | None:
        """The category that the box or row under the cursor represents, None where it represents an item."""
        if self.index is None or self.picture is None or self._standing is None:
            return None
        code = self._standing if self.picture.mode is Mode.OVERVIEW else group_of(self._standing)
        return code if code in self.index.categories else None

    @property
    def lit_edge(self) -> EdgeRow | None:
        """The dependency that is highlighted, or that the row of the list is about."""
        if self.picture is None or self.index is None or self.picture.mode is Mode.OVERVIEW:
            return None
        if self.picture.listing is not None:
            listing = self.picture.listing
            return listing.edge(self.cursor) if self._points and self.cursor < len(listing) else None
        drawing = self.picture.drawing
        if self.edge is None or drawing is None:
            return None
        path = drawing.edges[self.edge]
        ends = (path.source, path.target, path.label)
        return next((e for e in self.index.of(path.source) if (e.source, e.target, line(e.label)) == ends), None)


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
        self._trail: list[tuple[PictureRequest, bool]] = []
        """The pictures before, and whether a category was opened in each."""
        self._under: tuple[str, EdgePath | None] | None = None
        """The box where a button of the mouse went down, or the edge with its source."""

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
            self.stand_on(0 if self.box is None else navigation.step(drawing, self.box, way))

    def _in_list(self, move: Callable[[], None]) -> None:
        """Move in a list; where the cursor is not at the choice yet, its row is chosen."""
        if self._points or not self.row_count:
            move()
        else:
            self.place_cursor(self.cursor, tell=True)

    def action_down(self) -> None:
        """To what the item makes worse, or the next row."""
        self._walk(navigation.DOWN, super().action_down)

    def action_up(self) -> None:
        """To what makes the item worse, or the row before."""
        self._walk(navigation.UP, super().action_up)

    def action_left(self) -> None:
        """To the box on the left."""
        self._walk(navigation.LEFT, lambda: None)

    def action_right(self) -> None:
        """To the box on the right."""
        self._walk(navigation.RIGHT, lambda: None)

    def action_next(self) -> None:
        """The next box as one reads."""
        self._read(1, super().action_down)

    def action_previous(self) -> None:
        """The box before as one reads."""
        self._read(-1, super().action_up)

    def _read(self, by: int, in_list: Callable[[], None]) -> None:
        drawing = self.drawing
        if drawing is None:
            self._in_list(in_list)
        elif drawing.nodes:
            last = len(drawing.nodes) - 1
            self.stand_on((0 if by > 0 else last) if self.box is None else min(max(self.box + by, 0), last))

    def action_page_down(self) -> None:
        """A page down."""
        self._page(1, super().action_page_down)

    def action_page_up(self) -> None:
        """A page up."""
        self._page(-1, super().action_page_up)

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

    def action_first(self) -> None:
        """The first box or row."""
        if self.drawing is None:
            super().action_first()
        elif self.drawing.nodes:
            self.stand_on(0)

    def action_last(self) -> None:
        """The last box or row."""
        if self.drawing is None:
            super().action_last()
        elif self.drawing.nodes:
            self.stand_on(len(self.drawing.nodes) - 1)

    # Edges

    def action_edge_next(self) -> None:
        """The next edge of the box."""
        self._turn(1)

    def action_edge_previous(self) -> None:
        """The edge of the box before."""
        self._turn(-1)

    def _turn(self, by: int) -> None:
        drawing = self.drawing
        if drawing is None or self.box is None:
            return
        edges = navigation.edges_of(drawing, drawing.nodes[self.box].key)
        if edges:
            at = edges.index(self.edge) + by if self.edge in edges else (0 if by > 0 else -1)
            self._light(self.box, edges[at % len(edges)])

    # Pictures

    def go(self, request: PictureRequest) -> None:
        """Another picture; Backspace leads back to this one."""
        if request != self.request:
            self._trail.append((self.request, False))
            self.request = request
            self.redraw()

    def action_mode(self) -> None:
        """The next kind of picture that there can be: whole, focus, overview, list."""
        if self.picture is None or self.index is None:
            return
        at = MODES.index(self.picture.mode)
        for mode in (*MODES[at + 1 :], *MODES[: at + 1]):
            request = self.request._replace(mode=mode, key=self.chosen or self.request.key)
            if self.may_show(request):
                self.request = request
                self.redraw()
                return

    def action_more_hops(self) -> None:
        """Show one hop more around the item in focus."""
        self._hop(1)

    def action_fewer_hops(self) -> None:
        """Show one hop less around the item in focus."""
        self._hop(-1)

    def _hop(self, by: int) -> None:
        if self.picture is not None and self.picture.mode is Mode.FOCUS:
            hops = min(max(self.picture.hops + by, 1), MOST_HOPS)
            self.request = self.request._replace(mode=Mode.FOCUS, key=self.picture.key, hops=hops)
            self.redraw()

    def action_open(self) -> None:
        """Focus on the item; where the box represents a category, open that."""
        if self.category is not None:
            self._trail.append((self.request, True))
            self.request = self.request._replace(mode=None)
            self.tell(self.Drilled(self.category))
        elif self.key is not None:
            self.go(self.request._replace(mode=Mode.FOCUS, key=self.key, hops=1))

    def action_back(self) -> None:
        """The picture before; without one, back to where I came from."""
        if self._trail:
            before, opened = self._trail.pop()
            self.request = before._replace(width=self.request.width, names=self.request.names)
            if opened:
                self.tell(self.Drilled(None))
            self.redraw()
        else:
            super().action_back()

    def action_what_if(self) -> None:
        """Take the chosen item as fixed, or no longer."""
        if self.chosen is not None:
            self.tell(self.Supposed(self.chosen))

    # The mouse

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Note what is under the pointer: with the focus, the map may be drawn again before the button is up."""
        super().on_mouse_down(event)
        drawing, self._under = self.drawing, None
        if drawing is not None:
            box, edge = navigation.at(drawing, self._pressed, event.x - 1)
            path = drawing.edges[edge] if edge is not None else None
            self._under = (drawing.nodes[box].key, None) if box is not None else (path.source, path) if path else None

    def on_click(self, event: events.Click) -> None:
        """Choose the box under the pointer, or light the edge; a second click focuses on the box."""
        drawing = self.drawing
        if drawing is None:
            super().on_click(event)
            return
        if self._under is None or self.text_selection is not None:
            return
        key, path = self._under
        box = next((n for n, each in enumerate(drawing.nodes) if each.key == key), None)
        if box is not None and box == self.box and path is None and event.chain > 1:
            self.action_open()
        elif box is not None:
            self.stand_on(box)
            ends = (path.source, path.target, path.label) if path is not None else ()
            edges = enumerate(drawing.edges)
            edge = next((n for n, e in edges if (e.source, e.target, e.label) == ends), None)
            if edge is not None:
                self._light(self.box, edge)
