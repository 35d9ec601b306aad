"""Styled lines as stdout takes them: the roles that panes paint with, as colours of a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.cli import output
from tui.cli.tables import paint

if TYPE_CHECKING:
    from tui.render.lines import Line

SGR = {
    "strong": "1",
    "quiet": "2",
    "frame": "2",
    "accent": "36",
    "label": "35",
    "warning": "33",
    "critical": "1;35",
    "high": "1;31",
    "medium": "33",
    "low": "36",
    "unrated": "34",
    "open": "31",
    "progress": "33",
    "mitigated": "32",
    "accepted": "34",
}
"""The parameters of the SGR sequence of each role."""


def painted(spans: Line) -> str:
    """A row with its styles, without blanks at its end."""
    text = "".join(span for span, _ in spans)
    if not output.coloured():
        return text.rstrip()
    return "".join(
        paint(span, ";".join(SGR[r] for r in role.split())) if role else span for span, role in spans
    ).rstrip()
