"""Which changes of a part of the trail still stand at its end: neither taken back in it, nor a taking back."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store.models import Change


def in_effect(changes: Sequence[Change]) -> list[Change]:
    """The changes that no later one of them took back, in their order.

    An undo, or a redo, of something older than all of them is a change like any other.
    """
    batches = {change.batch: change.reverses for change in changes}
    taken_back: set[int] = set()
    for batch in sorted(batches, reverse=True):
        reverses = batches[batch]
        if reverses is not None and reverses in batches and batch not in taken_back:
            taken_back.add(reverses)
    return [change for change in changes if change.batch not in taken_back and change.reverses not in batches]
