"""Painting: every cell once, what is chosen marked by a sign, its neighborhood highlighted, what is resolved muted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.map_layout.graphs import GRAPHS, random_graphs
from tests.map_layout.register_rows import index
from tui.map_layout.model import Mode, PictureRequest
from tui.map_layout.painter import Lit, Painter
from tui.map_layout.views import picture
from tui.render.lines import width_of
from tui.render.text import ASCII, UNICODE, Glyphs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tui.map_layout.model import Drawing, Rect
    from tui.render.lines import Line, Span

both = pytest.mark.parametrize("glyphs", [UNICODE, ASCII], ids=["Unicode", "ASCII"])
SEED = index(GRAPHS["seed"]())


def painters(glyphs: Glyphs) -> Iterator[Painter]:
    """Of whole maps, of an item in focus, of categories."""
    for drawn in (*(make() for make in GRAPHS.values()), *random_graphs(25, 13)):
        known = index(drawn)
        for mode in (Mode.WHOLE, Mode.FOCUS, Mode.OVERVIEW):
            shown = picture(known, PictureRequest(78, mode, next(iter(known.nodes), None), glyphs=glyphs)).drawing
            if shown is not None:
                yield Painter(shown, known.nodes, glyphs)


def seed(glyphs: Glyphs = UNICODE) -> Painter:
    drawing = picture(SEED, PictureRequest(78, Mode.WHOLE, glyphs=glyphs)).drawing
    assert drawing is not None
    return Painter(drawing, SEED.nodes, glyphs)


def number(drawing: Drawing, key: str) -> int:
    return next(n for n, box in enumerate(drawing.nodes) if box.key == key)


def edge(drawing: Drawing, source: str, target: str) -> int:
    return next(n for n, each in enumerate(drawing.edges) if (each.source, each.target) == (source, target))


def words(line: Line) -> str:
    return "".join(text for text, _ in line)


def roles_in(painter: Painter, rect: Rect, lit: Lit) -> list[Span]:
    """The spans between two columns of a row; none of them reaches over an end."""
    at, found = 0, []
    for span in painter.row(rect.row, lit):
        if rect.column <= at < rect.beyond:
            found.append(span)
        at += width_of([span])
    return found


def roles_of_line(painter: Painter, edge_number: int, lit: Lit) -> set[str]:
    """The roles of the cells of an edge's line that no other edge has."""
    drawing = painter.drawing
    others = {cell for n, each in enumerate(drawing.edges) if n != edge_number for cell in each.cells}
    found = set()
    for row, column in drawing.edges[edge_number].cells - others:
        at = 0
        for text, role in painter.row(row, lit):
            if at <= column < at + width_of([(text, role)]):
                found.add(role)
            at += width_of([(text, role)])
    return found


@both
def test_every_cell_is_painted_once(glyphs: Glyphs) -> None:
    """All spans together are the row of the drawing, whatever is highlighted, except for the cursor."""
    for painter in painters(glyphs):
        drawing = painter.drawing
        for chosen in (None, 0, len(drawing.nodes) - 1):
            lit = Lit.around(drawing, chosen, 0 if drawing.edges else None)
            for row, cells in enumerate(drawing.cells):
                expected = list(cells)
                if chosen is not None and drawing.nodes[chosen].rect.row == row:
                    expected[drawing.nodes[chosen].rect.column] = glyphs.cursor
                assert words(painter.row(row, lit)) == "".join(expected)


@both
def test_the_chosen_box_and_no_other_has_the_cursor(glyphs: Glyphs) -> None:
    """Nothing is shown by a role alone."""
    painter = seed(glyphs)
    for chosen, box in enumerate(painter.drawing.nodes):
        lit = Lit.around(painter.drawing, chosen, None)
        rows = [words(painter.row(row, lit)) for row in range(painter.drawing.height)]
        assert "".join(rows).count(glyphs.cursor) == 1
        assert rows[box.rect.row][box.rect.column] == glyphs.cursor
    calm = [words(painter.row(row, Lit())) for row in range(painter.drawing.height)]
    assert "\n".join(row.rstrip() for row in calm) == painter.drawing.text


def test_what_is_around_a_box() -> None:
    drawing = seed().drawing
    lit = Lit.around(drawing, number(drawing, "EN-001"), 3)
    assert (lit.box, lit.edge) == (number(drawing, "EN-001"), 3)
    assert lit.keys == {"EN-001", "EN-002", "DD-001", "PD-002"}
    ends = {("DD-001", "EN-001"), ("PD-002", "EN-001"), ("EN-001", "EN-002")}
    assert lit.edges == {edge(drawing, *pair) for pair in ends}
    assert Lit.around(drawing, None, 3) == Lit()


def test_a_box_has_its_state_in_the_roles_of_the_state() -> None:
    painter = seed()
    box = painter.drawing.nodes[number(painter.drawing, "EN-001")]
    bracket, severity, mark, key, title, end = roles_in(painter, box.rect, Lit())
    assert (bracket, severity, mark) == (("[", "quiet"), ("H", "high"), ("●", "open"))
    assert (key, end) == ((" EN-001", "strong"), ("]", "quiet"))
    assert title[1] == ""


def test_a_resolved_item_is_quiet_but_for_its_state() -> None:
    painter = seed()
    for key in ("FL-001", "CD-001", "MS-001"):
        spans = roles_in(painter, painter.drawing.nodes[number(painter.drawing, key)].rect, Lit())
        assert [role for _, role in spans] == ["quiet", "high", "mitigated", "quiet", "quiet", "quiet"]
        assert spans[2][0] == "✓"


def test_what_is_not_around_the_chosen_box_is_quiet() -> None:
    painter = seed()
    drawing = painter.drawing
    lit = Lit.around(drawing, number(drawing, "EN-001"), None)
    keys = {box.key: roles_in(painter, box.rect, lit)[3] for box in drawing.nodes}
    assert keys["EN-001"][1] == keys["DD-001"][1] == keys["PD-002"][1] == keys["EN-002"][1] == "strong"
    assert keys["PD-001"][1] == keys["FL-003"][1] == "quiet"
    bracket, severity, mark, *_ = roles_in(painter, drawing.nodes[number(drawing, "EN-001")].rect, lit)
    assert (bracket, severity[1], mark[1]) == ((UNICODE.cursor, "accent strong"), "high strong", "open strong")


def test_lines_and_labels_around_the_chosen_box_are_lit_and_the_chosen_edge_most() -> None:
    painter = seed()
    drawing = painter.drawing
    near, nearest = edge(drawing, "DD-001", "EN-001"), edge(drawing, "EN-001", "EN-002")
    far = edge(drawing, "PD-001", "DD-001")
    lit = Lit.around(drawing, number(drawing, "EN-001"), nearest)
    assert [roles_of_line(painter, n, lit) for n in (nearest, near, far)] == [{"accent strong"}, {"accent"}, {"frame"}]
    labels = [drawing.edges[n].box for n in (nearest, near, far)]
    assert [roles_in(painter, rect, lit)[0][1] for rect in labels if rect] == ["accent strong", "", "quiet"]
    assert roles_of_line(painter, near, Lit()) == {"quiet"}
    assert [roles_in(painter, rect, Lit())[0][1] for rect in labels if rect] == [""] * 3


def test_a_cell_that_edges_share_is_lit_as_the_most_lit_of_them() -> None:
    painter = seed()
    drawing = painter.drawing
    one, other = edge(drawing, "DD-001", "EN-001"), edge(drawing, "PD-002", "EN-001")
    shared = drawing.edges[one].cells & drawing.edges[other].cells
    arrow = max(shared)
    for chosen, role in ((one, "accent strong"), (other, "accent strong"), (None, "accent")):
        lit = Lit.around(drawing, number(drawing, "EN-001"), chosen)
        at = 0
        for text, own in painter.row(arrow[0], lit):
            if at <= arrow[1] < at + len(text):
                assert own == role
            at += len(text)


def test_what_is_taken_to_be_mitigated_has_a_mark_of_its_own() -> None:
    rows = SEED.rows._replace(nodes=tuple(n._replace(assumed=n.key == "EN-001") for n in SEED.rows.nodes))
    known = type(SEED)(rows)
    drawing = picture(known, PictureRequest(78, Mode.WHOLE)).drawing
    assert drawing is not None
    spans = roles_in(Painter(drawing, known.nodes, UNICODE), drawing.nodes[number(drawing, "EN-001")].rect, Lit())
    assert spans[2] == ("?", "warning strong")


def test_a_box_that_stands_for_no_item_is_plain() -> None:
    drawing = picture(SEED, PictureRequest(78, Mode.OVERVIEW)).drawing
    assert drawing is not None
    painter = Painter(drawing, SEED.nodes, UNICODE)
    box = drawing.nodes[0]
    assert [role for _, role in roles_in(painter, box.rect, Lit())] == ["quiet", "strong", "quiet"]
    assert roles_in(painter, box.rect, Lit.around(drawing, 0, None))[0] == (UNICODE.cursor, "accent strong")
