"""User text as Markdown that shows exactly that text, wherever it stands and whoever renders it."""

from __future__ import annotations

import re

# An underscore inside a word is never emphasis, and an ampersand alone no reference.
_MARKUP = re.compile(r"[\\`*\[\]<>|#~^$]|(?<![^\W_])_|_(?![^\W_])|&(?=#?\w+;)")
# What would begin a list, a rule, an underlined heading or a definition at the beginning of a line.
_BEGINS = re.compile(r"^(?:[-+=:]|(\d+)(?=[.)]))")


def inline(text: str) -> str:
    """A text on one line, to stand in a line, a heading or a cell; blanks and line ends are one blank."""
    return _line(" ".join(text.split()))


def block(text: str, indent: str = "") -> str:
    """A text with its lines and paragraphs; what follows its first line is indented."""
    paragraphs = re.split(r"\n[ \t]*(?:\n[ \t]*)+", text.strip())
    broken = (f"\\\n{indent}".join(map(inline, paragraph.split("\n"))) for paragraph in paragraphs)
    return f"\n\n{indent}".join(broken)


def _line(text: str) -> str:
    begun = _BEGINS.match(text)
    escaped = _MARKUP.sub(lambda found: "\\" + found[0], text)
    if begun is None:
        return escaped
    if begun[1]:
        return f"{begun[1]}\\{escaped[len(begun[1]) :]}"
    return f"\\{escaped}"
