"""The questions: each takes a session and answers with frozen rows in a total order."""

from store.chain import head
from store.reads.details import details, item
from store.reads.first import Candidates, candidates, first
from store.reads.flags import marked
from store.reads.follow_ups import follow_ups
from store.reads.keys import next_key
from store.reads.map import map_after, map_rows, newest
from store.reads.marks import held, held_of, shown_of, there, written
from store.reads.news import author, fate, lately, since
from store.reads.overview import known, register_row, summary
from store.reads.pages import locate, page
from store.reads.radius import radius
from store.reads.saved import saved
from store.reads.trail import changes, parse_since, trail
from store.reads.untold import untold
from store.reads.whole import content

__all__ = [
    "Candidates",
    "author",
    "candidates",
    "changes",
    "content",
    "details",
    "fate",
    "first",
    "follow_ups",
    "head",
    "held",
    "held_of",
    "item",
    "known",
    "lately",
    "locate",
    "map_after",
    "map_rows",
    "marked",
    "newest",
    "next_key",
    "page",
    "parse_since",
    "radius",
    "register_row",
    "saved",
    "shown_of",
    "since",
    "summary",
    "there",
    "trail",
    "untold",
    "written",
]
