"""What a document derives from its register: counts and colours."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from store.enums import Status
from store.formats.document.values import NOTHING
from store.formats.mermaid.writer import colour

if TYPE_CHECKING:
    from store.formats.document.model import Register

TOTAL = "Total"
WORDS = (*(status.value for status in Status), TOTAL)
_NUMBER = re.compile(r"\d{1,9}(?:,\d{3})*")
_SHORT = re.compile(r"#([0-9a-f])([0-9a-f])([0-9a-f])")

Counts = dict[str | None, dict[str, int]]


def counts(register: Register) -> Counts:
    """How many items stand where: category code (None: all of them) to word to number."""
    found: Counts = {None: dict.fromkeys(WORDS, 0)}
    for category in register.categories:
        found[category.code] = dict.fromkeys(WORDS, 0)
    for item in register.items:
        for code in (item.category, None):
            row = found.setdefault(code, dict.fromkeys(WORDS, 0))
            row[item.status.value] += 1
            row[TOTAL] += 1
    return found


def colours(register: Register) -> dict[str, str]:
    """The colour of every item's node, by key."""
    return {item.key: colour(item.severity, item.status) for item in register.items}


def same_colour(one: str, other: str) -> bool:
    """Whether two colours are the same, `#f99` being `#ff9999`."""
    full = [
        _SHORT.sub(r"#\1\1\2\2\3\3", text.casefold()) if len(text) == 4 else text.casefold() for text in (one, other)
    ]
    return full[0] == full[1]


def read_number(text: str) -> int | None:
    """The number a cell shows; a dash or nothing is 0, and None where there is none."""
    if match := _NUMBER.search(text):
        return int(match[0].replace(",", ""))
    return 0 if text.strip("*_ ") in NOTHING else None


def write_number(source: str, number: int) -> str:
    """A cell with its number replaced, keeping the emphasis around it."""
    if match := _NUMBER.search(source):
        return source[: match.start()] + str(number) + source[match.end() :]
    return str(number)
