"""How states and shares look in a line, the same in every pane."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from store.words import Severity, Status
    from tui.lines import Line
    from tui.text import Glyphs

STATUS_ROLES = {"Open": "open", "In Progress": "progress", "Mitigated": "mitigated", "Accepted": "accepted"}
"""The role of each status."""


SUPPOSED = "?"
"""The mark of an item that is only taken to be mitigated."""


def state(severity: Severity, status: Status, glyphs: Glyphs, *, supposed: bool = False) -> Line:
    """Severity letter and status mark, two cells, each in its role."""
    mark = (SUPPOSED, "warning strong") if supposed else (glyphs.mark(status), STATUS_ROLES[status.value])
    return (severity.value[0], severity.value.lower()), mark


def bar(part: int, whole: int, width: int, glyphs: Glyphs, role: str = "accent") -> Line:
    """`part` of `whole` as filled and empty cells; neither what is there nor what is missing rounds away."""
    filled = round(width * part / whole) if whole else 0
    if part:
        filled = max(1, min(filled, width - (1 if part < whole else 0)))
    return (glyphs.bar * filled, role), (glyphs.track * (width - filled), "quiet")
