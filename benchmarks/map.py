"""Measures what pictures of the map cost: our layout next to networkx's own text, and phart where it is installed."""

from __future__ import annotations

import random
import statistics
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import networkx as nx  # noqa: E402 - the source tree is on the path only from here on

from store.enums import Severity, Status  # noqa: E402
from store.graph import cascade  # noqa: E402
from store.queries.dependency_map import EdgeRow, MapRows, NodeRow  # noqa: E402
from tui.map_layout.graph_index import GraphIndex  # noqa: E402
from tui.map_layout.layered import layout  # noqa: E402
from tui.map_layout.layers import TooNarrowError  # noqa: E402
from tui.map_layout.model import Mode, PictureRequest  # noqa: E402
from tui.map_layout.views import picture  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable

WIDTH = 78
LIMITS = {12: 20.0, 20: 50.0, 25: 80.0, 60: 600.0}
"""Milliseconds at the limit of the median time of a layout, by its number of nodes."""
LARGE = (1_000, 100_000)
MAPS = 21
EDGES = 1.2
"""Edges for each node."""
WORDS = ("dead", "jobs", "mask", "skew", "schema", "breaks", "cascade to", "misleading", "signal", "feeds", "stale")
SIZES = (44, 11, 9, 7, 7, 9)
CODES = ("BE", "EN", "FL", "DD", "PD", "CD", "MS")


def rows(count: int, seed: int) -> MapRows:
    """A map of a number of items in seven categories, with labels of one to five words."""
    chance = random.Random(seed)
    keys = [f"{CODES[number * len(CODES) // count]}-{number:06}" for number in range(count)]
    pairs = [(chance.choice(keys), chance.choice(keys)) for _ in range(round(EDGES * count))]
    found = cascade(keys, pairs)
    depth = found.depth
    rank = {key: number for number, key in enumerate(keys)}
    nodes = tuple(
        NodeRow(
            key=key,
            lead="A title of some words",
            severity=chance.choice(tuple(Severity)),
            status=chance.choice(tuple(Status)),
            category=key[:2],
            depth=depth[key],
            in_cycle=key in found.in_cycle,
            rank=rank[key],
        )
        for key in found.order
    )
    edges = tuple(
        EdgeRow(
            source=source,
            target=target,
            label=" ".join(chance.choices(WORDS, k=chance.randint(1, 5))),
            back=(source, target) in found.back,
            position=number,
        )
        for number, (source, target) in enumerate(pairs)
    )
    return MapRows(nodes, edges)


def graph_of(map_rows: MapRows) -> nx.MultiDiGraph[str]:
    """The graph that is laid out."""
    index = GraphIndex(map_rows)
    return index.graph(index.nodes, index.within(set(index.nodes)), PictureRequest(WIDTH).glyphs)


def milliseconds(work: Callable[..., object], *arguments: object) -> float:
    """How long something takes."""
    began = time.perf_counter()
    work(*arguments)
    return (time.perf_counter() - began) * 1000


def row(*cells: str) -> None:
    """Print a line of the table."""
    fitted = (f"{cell:<{size}}" for cell, size in zip(cells, SIZES, strict=True))
    sys.stdout.write("  ".join(fitted).rstrip() + "\n")


def renderers() -> list[tuple[str, Callable[[nx.MultiDiGraph[str]], str]]]:
    """What others make of the same graph."""
    found: list[tuple[str, Callable[[nx.MultiDiGraph[str]], str]]] = [
        ("networkx text", lambda graph: "\n".join(nx.generate_network_text(graph)))
    ]
    if find_spec("phart"):
        from phart import ASCIIRenderer

        found.append(("phart", lambda graph: str(ASCIIRenderer(nx.DiGraph(graph)).render())))
    return found


def other(name: str, render: Callable[[nx.MultiDiGraph[str]], str], graphs: list[nx.MultiDiGraph[str]]) -> None:
    """A line on another renderer; none of those tried draws labels."""
    times, heights = [], []
    for graph in graphs:
        try:
            times.append(milliseconds(render, graph))
            heights.append(len(render(graph).splitlines()))
        except Exception as error:  # what others raise is theirs; a picture that fails is counted
            failed = type(error).__name__
    if len(heights) < len(graphs):
        name += f" ({len(graphs) - len(heights)} of {len(graphs)} fail, {failed})"
    if heights:
        high = f"{statistics.median(heights):.0f}"
        row(name, f"{statistics.median(times):.1f} ms", "-", "-", high, "none")
    else:
        row(name, *"-----")


def layouts() -> None:
    """Our layout and those of others, at the sizes that have a limit."""
    others = renderers()
    for count, limit in LIMITS.items():
        graphs = [graph_of(rows(count, seed)) for seed in range(MAPS)]
        times, heights, labeled = [], [], True
        for graph in graphs:
            try:
                times.append(milliseconds(layout, graph, WIDTH))
                drawing = layout(graph, WIDTH)
            except TooNarrowError:
                continue
            heights.append(drawing.height)
            labeled = labeled and all(edge.whole for edge in drawing.edges)
        median = statistics.median(times)
        fits = f"{len(heights)} of {MAPS}"
        met = "met" if median <= limit else "NOT MET"
        high, labels = f"{statistics.median(heights):.0f}", "all whole" if labeled else "some cut"
        row(f"{count} nodes, layout ({fits} fit)", f"{median:.1f} ms", f"<= {limit:.0f} ms", met, high, labels)
        for name, render in others:
            other(f"{count} nodes, {name}", render, graphs)
    if len(others) < 2:
        sys.stdout.write("phart is not installed\n")


def large() -> None:
    """What a large map costs as an overview, a list and a focus; none of it runs on the screen's thread."""
    for count in LARGE:
        known = rows(count, 1)
        index = GraphIndex(known)
        row(f"{count:,} nodes, taken in", f"{milliseconds(GraphIndex, known):.1f} ms", "-", "-", "-", "-")
        for mode in (Mode.OVERVIEW, Mode.LIST, Mode.FOCUS):
            request = PictureRequest(WIDTH, mode=mode, key=known.nodes[count // 2].key)
            shown = picture(index, request)
            taken = statistics.median(milliseconds(picture, index, request) for _ in range(3))
            height = shown.drawing.height if shown.drawing else len(shown.listing or ())
            row(f"{count:,} nodes, {mode.value} ({shown.mode.value})", f"{taken:.1f} ms", "-", "-", f"{height:,}", "-")


def main() -> None:
    """Print the table."""
    row("", "median", "limit", "", "rows", "labels")
    layouts()
    large()


if __name__ == "__main__":
    main()
