"""A few drawings as a person sees them, held in text files that one can read in a diff."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from store.queries.dependency_map import map_rows
from store.queries.overview import summary
from tests.golden import compare_lines
from tests.map_layout.checking import UNICODE
from tests.map_layout.graphs import GRAPHS, graph
from tests.map_layout.register_rows import index
from tui.map_layout.focus_view import fan
from tui.map_layout.graph_index import GraphIndex
from tui.map_layout.layered import layout
from tui.map_layout.model import Mode, PictureRequest
from tui.map_layout.views import picture
from tui.render.text import ASCII

if TYPE_CHECKING:
    import networkx as nx

    from store.db.database import Database
    from tui.map_layout.model import Drawing

FOLDER = Path(__file__).parent / "golden"


def hub() -> nx.MultiDiGraph:
    return GRAPHS["hub"]()


def loop_and_parallel() -> nx.MultiDiGraph:
    """An item that makes itself worse and makes another one worse in two ways."""
    return graph(
        ["H● FL-001", "M◐ MS-001"],
        [
            ("FL-001", "FL-001", "learns from its own output"),
            ("FL-001", "MS-001", "amplifies"),
            ("FL-001", "MS-001", "hides the age of"),
        ],
    )


def wished(request: PictureRequest) -> Drawing:
    drawing = picture(index(GRAPHS["seed"]()), request).drawing
    assert drawing is not None
    return drawing


BARE = UNICODE._replace(titles=False)
DRAWINGS = {
    "seed-78": lambda: layout(GRAPHS["seed"](), 78, BARE),
    "seed-78-ascii": lambda: wished(PictureRequest(78, Mode.WHOLE, glyphs=ASCII)),
    "seed-78-titles": lambda: layout(GRAPHS["seed"](), 78, UNICODE),
    "seed-42": lambda: layout(GRAPHS["seed"](), 42, BARE),
    "cycle-78": lambda: layout(GRAPHS["seed with a cycle"](), 78, BARE),
    "hub-100-fan": lambda: fan(hub(), "HB-001", 100, UNICODE),
    "hub-78": lambda: layout(hub(), 78, UNICODE),
    "focus-100": lambda: wished(PictureRequest(100, Mode.FOCUS, "EN-001")),
    "focus-78-two-hops": lambda: wished(PictureRequest(78, Mode.FOCUS, "EN-001", hops=2)),
    "loop-and-parallel": lambda: layout(loop_and_parallel(), 78, BARE),
}


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_drawing_is_as_it_was(name: str) -> None:
    compare_lines(FOLDER / f"{name}.txt", DRAWINGS[name]().text.split("\n"))


def test_the_overview_of_the_sample_is_as_it_was(db: Database) -> None:
    with db.read() as session:
        known = GraphIndex(map_rows(session))
        names = {row.code: row.name for row in summary(session).categories}
    drawing = picture(known, PictureRequest(78, Mode.OVERVIEW, names=names)).drawing
    assert drawing is not None
    compare_lines(FOLDER / "overview-78.txt", drawing.text.split("\n"))


def test_no_file_is_left_over() -> None:
    assert {file.stem for file in FOLDER.iterdir()} == {*DRAWINGS, "overview-78"}
