"""Differences between two documents, or two sides of one, as sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.cli import output
from tui.render.text import line, safe

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from store.formats.document.diff import Difference
    from tui.cli.output import Json

SHORT = 60
"""The most characters of a value that is shown within a sentence; others have a line of their own."""
AROUND = 30
"""The characters shown before and after what differs in a long value."""


def told(found: Difference) -> Iterator[str]:
    """A difference as a sentence; long values have lines of their own."""
    from store.audit.describe import difference

    whole = found.field is None or found.field == "position"
    if whole or (_is_short(found.before) and _is_short(found.after)):
        yield output.sentence(difference(found, cut=line))
        return
    yield output.sentence(difference(found._replace(before=None, after=None))).removesuffix(".") + ":"
    for sign, value in zip("-+", _differing(found.before or "", found.after or ""), strict=True):
        yield from (f"  {sign} {safe(each)}" for each in value.splitlines())


def shape(found: Iterable[Difference]) -> list[Json]:
    """Differences as JSON."""
    return [
        {
            "entity": each.entity,
            "key": each.key or None,
            "field": each.field,
            "before": each.before,
            "after": each.after,
        }
        for each in found
    ]


def _differing(before: str, after: str) -> tuple[str, str]:
    """Two texts without the words that both begin and end with, but for some around what differs."""
    start = _alike(before, after)
    end = _alike(before[start:][::-1], after[start:][::-1])
    first = before.rfind(" ", 0, start - AROUND) + 1 if start > AROUND else 0
    more = output.glyphs().more

    def part(text: str) -> str:
        last = text.find(" ", len(text) - end + AROUND) if end > AROUND else -1
        return (more if first else "") + (text[first:] if last < 0 else text[first:last] + more)

    return part(before), part(after)


def _alike(one: str, other: str) -> int:
    """How many characters two texts begin with that are the same."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((number for number, (mine, yours) in pairs if mine != yours), min(len(one), len(other)))


def _is_short(value: str | None) -> bool:
    return value is None or (len(value) <= SHORT and "\n" not in value)
