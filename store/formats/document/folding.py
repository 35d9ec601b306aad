"""Words and headers for comparing: without case, diacritics and marks."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING
from unicodedata import category, decomposition, normalize

if TYPE_CHECKING:
    from collections.abc import Iterator


LONGEST = 1_000  # of a header that is compared
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,200}>")
_NOTE_MARK = re.compile(r"\[\^[^\[\]\s]{1,40}\]")
LINKED = re.compile(r"\[([^\[\]]{1,200})\](?:\([^()]{0,500}\)|\[[^\[\]]{0,200}\])")
_LETTERS = str.maketrans(
    {
        **dict(zip("\u00f8\u0142\u0111\u00f0\u0131\u0127\u0167", "olddiht", strict=True)),
        **{"\u00e6": "ae", "\u0153": "oe", "\u00fe": "th"},
        **dict.fromkeys("\u2018\u2019\u02bc\u00b4\u2032", "'"),
        **dict.fromkeys("*`~", ""),
    }
)
_DROPPED = frozenset(("So", "Sk", "Cf", "Cc", "Cs"))


def _without_marks(text: str) -> str:
    return "".join(each for each in normalize("NFKD", text) if category(each) not in ("Mn", "Me"))


@lru_cache(4_096)
def fold_character(character: str) -> str:
    """A character for comparing, without case and diacritics; empty for emoji and for marks of emphasis and notes."""
    if character.isspace() or character in "-_\u2010\u2011":
        return " "
    if (bare := character.translate(_LETTERS)) != character:
        return bare
    parts = decomposition(character)
    is_raised = parts.startswith("<super>") and not character.isalpha()
    if is_raised or (category(character) in _DROPPED and not parts.startswith("<compat>")):
        return ""
    return _without_marks(_without_marks(character).casefold()).translate(_LETTERS)


def _fold_once(text: str) -> str:
    if "<" in text:
        text = _TAG.sub(" ", text)
    if "[" in text:
        text = LINKED.sub(r"\1", _NOTE_MARK.sub(" ", text))
    words = "".join(map(fold_character, text)).split()
    folded = " ".join(words)
    start, end = 0, len(folded)
    while start < end and _is_edge(folded[start]):
        start += 1
    while start < end and _is_edge(folded[end - 1]):
        end -= 1
    return folded[start:end][:LONGEST].strip()


def _is_edge(character: str) -> bool:
    return character == " " or (category(character)[0] in "PS" and character not in "#%")


@lru_cache(8_192)
def fold(text: str) -> str:
    """A word or a header for comparing.

    Without case, diacritics, emphasis, code marks, links, emoji, a footnote's mark, and the punctuation around it;
    blanks, `-` and `_` inside are one space each. A very long text is cut.
    """
    text = text[:LONGEST]
    while (folded := _fold_once(text)) != text:
        text = folded
    return text


def split(words: str) -> list[str]:
    return words.split(", ")


_IN_TWO = str.maketrans({"\u00e4": "ae", "\u00f6": "oe", "\u00fc": "ue", "\u00f8": "oe", "\u00e5": "aa"})


def spellings(word: str) -> Iterator[str]:
    """A word folded, and with `ae` for `\u00e4` and the like."""
    yield fold(word)
    if (spelled := word.lower().translate(_IN_TWO)) != word.lower():
        yield fold(spelled)
