"""The rows of saved views."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ViewRow:
    """A view with how many items it has, and of how many it cannot be told; None where its query is refused.

    problem: why it is, as a sentence; else empty.
    """

    name: str
    query: str
    built_in: bool
    items: int | None
    untold: int | None
    problem: str = ""
