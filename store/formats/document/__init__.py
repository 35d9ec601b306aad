"""The Markdown document of a register: read into plain values, and written back with only what changed."""

from store.formats.document.layout import Notice, Problem, Reading
from store.formats.document.reader import read
from store.formats.document.text import decode

__all__ = ["Notice", "Problem", "Reading", "decode", "read"]
