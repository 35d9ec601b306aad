"""The questions: each takes a session and answers with frozen rows in a total order."""

from store.chain import head
from store.reads.details import details, item
from store.reads.first import Candidates, candidates, first
from store.reads.keys import next_key
from store.reads.map import map_after, map_rows, newest
from store.reads.overview import known, register_row, summary
from store.reads.pages import locate, page
from store.reads.radius import radius
from store.reads.trail import changes
from store.reads.whole import content

__all__ = [
    "Candidates",
    "candidates",
    "changes",
    "content",
    "details",
    "first",
    "head",
    "item",
    "known",
    "locate",
    "map_after",
    "map_rows",
    "newest",
    "next_key",
    "page",
    "radius",
    "register_row",
    "summary",
]
