"""Merge conflict markers in a text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from store.formats.document.layout import Problem

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Sequence

_MARKER = re.compile(r"<{7}(?:[ \t].*)?|>{7}(?:[ \t].*)?|\|{7}[ \t]+[^|\s][^|]*")
# A heading's underline and an empty row of a table look the same.
_DOUBTFUL = re.compile(r"(?:={7}|\|{7})[ \t]*")
_STARTS = frozenset(mark * 7 for mark in "<>|=")


def conflict_markers(lines: Sequence[str], maps: Container[int]) -> Iterator[Problem]:
    """A problem for every conflict marker; `maps` are the numbers, from 0, of the lines inside maps.

    `<<<<<<<`, `>>>>>>>` and `||||||| label` always are markers. A bare `=======` or `|||||||` is one
    where the document holds one of those, or inside a map.
    """
    likely = [number for number, line in enumerate(lines) if line[:7] in _STARTS]
    sure = {number for number in likely if _MARKER.fullmatch(lines[number])}
    for number in likely:
        if number in sure or ((sure or number in maps) and _DOUBTFUL.fullmatch(lines[number])):
            what = "this is a merge conflict marker"
            yield Problem(number + 1, what, "resolve the merge conflict, then import again")


def holds_marker(text: str) -> bool:
    """Whether a line of a text could be read as a conflict marker."""
    return any(_MARKER.fullmatch(line) or _DOUBTFUL.fullmatch(line) for line in text.split("\n"))
