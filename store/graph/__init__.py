"""Dependencies as a graph of plain nodes and edges: cascades, cycles, reach and what to fix first; no database."""

from store.graph.back import back_edges
from store.graph.cascade import Cascade, cascade, depths
from store.graph.cycles import Cycle, cycles
from store.graph.links import Links, freed, nearest, roots
from store.graph.scores import DEPTH, Score, scores

__all__ = [
    "DEPTH",
    "Cascade",
    "Cycle",
    "Links",
    "Score",
    "back_edges",
    "cascade",
    "cycles",
    "depths",
    "freed",
    "nearest",
    "roots",
    "scores",
]
