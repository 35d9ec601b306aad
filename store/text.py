"""Several names in one sentence, and commands as sentences quote them."""

from __future__ import annotations

import shlex
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MOST = 3


def in_a_row(words: Sequence[str]) -> str:
    """As people list words: "a", "a and b", "a, b and c"."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def few(words: Iterable[str], number: int, *, most: int = MOST) -> list[str]:
    """So many words, or the first of them and how many more: never more than `most` in all (at least 2)."""
    shown = number if number <= most else most - 1
    named = list(islice(words, shown))
    return named if shown == number else [*named, f"{number - shown} more"]


def number_of(number: int, thing: str, things: str = "") -> str:
    """So many of a thing: `1 note`, `2 notes`; `things` is the plural where that takes more than an s."""
    return f"{number:,} {thing if number == 1 else things or f'{thing}s'}"


def duration(seconds: int) -> str:
    """A time as people say it, in two units at most: `42 s`, `3 min 14 s`, `1 h 12 min`."""
    minutes, rest = divmod(seconds, 60)
    if not minutes:
        return f"{rest} s"
    hours, minutes_left = divmod(minutes, 60)
    if not hours:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    return f"{hours} h {minutes_left} min" if minutes_left else f"{hours} h"


def command_line(command: str, place: str | None) -> str:
    """A command of `ai-debt` on the register at `place`, on the user's own without one, to be typed into a shell."""
    return f"ai-debt --db {shlex.quote(place)} {command}" if place is not None else f"ai-debt {command}"
