"""The Markdown document of a register: read into plain values, and written back with only what changed."""

from store.differences import Difference, differences
from store.formats.document.layout import MapAlone, Notice, Problem, Reading
from store.formats.document.reader import read
from store.formats.document.text import decode
from store.formats.document.unread import filled, masked
from store.formats.document.writer import write

__all__ = [
    "Difference",
    "MapAlone",
    "Notice",
    "Problem",
    "Reading",
    "decode",
    "differences",
    "filled",
    "masked",
    "read",
    "write",
]
