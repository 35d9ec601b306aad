"""Where the words of a query occur in a text, to show them there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def spans(text: str, words: Sequence[str]) -> tuple[tuple[int, int], ...]:
    """Where any of the words stands in a text, in any case: start and end of each stretch, in order, apart."""
    found: list[tuple[int, int]] = []
    hits = sorted(
        (hit.start(), hit.end())
        for word in set(words)
        if word
        for hit in re.finditer(re.escape(word), text, re.IGNORECASE)
    )
    for start, end in hits:
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return tuple(found)
