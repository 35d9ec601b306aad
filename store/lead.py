"""The few words that stand for an item where there is no room for more."""

from __future__ import annotations

import re

_LEAD = 60
_EMPHASIS = re.compile(r"(\*\*|__|\*|`)(?=\S)(.+?)(?<=\S)\1")


def lead_of(title: str | None, description: str) -> str:
    """The title on one line, else the description's first words, cut at a word with `…` after about 60 characters."""
    if title and (line := " ".join(title.split())):
        return line
    # A description may be long: only its beginning is looked at.
    words = " ".join(_EMPHASIS.sub(r"\2", description[: _LEAD * 8]).split())
    if len(words) <= _LEAD:
        return words
    cut = words[: _LEAD + 1].rpartition(" ")[0] or words[:_LEAD]
    return f"{cut.rstrip(' ,;:.-')}…"
