"""A label broken into lines: as few as fit a width, then as narrow as that many lines allow."""

from __future__ import annotations

from functools import lru_cache

from rich.cells import cell_len, split_graphemes

from tui.render.text import line, split_word


def label_of(text: str | None) -> str:
    """A label as it is drawn: safe, on one line, without marks that have no character to stand on."""
    label = line(text)
    spans, _ = split_graphemes(label)
    first = next((start for start, end, size in spans if size and label[start:end] != " "), len(label))
    return label[first:]


@lru_cache(maxsize=4096)
def wrapped_label(label: str, width: int) -> tuple[str, ...]:
    """The lines of a label, none wider than `width` cells but for a character that is; no lines for no label."""
    words = label.split()
    if not words:
        return ()
    lines = _lines(words, width)
    low, high = max(width // 4, 1), max(cell_len(line) for line in lines)
    # The narrowest width that takes no more lines: the picture grows in neither direction.
    while low < high:
        middle = (low + high) // 2
        tried = _lines(words, middle)
        if len(tried) <= len(lines) and not _splits(words, middle, width):
            high = middle
        else:
            low = middle + 1
    return tuple(_lines(words, high))


@lru_cache(maxsize=4096)
def narrowed_label(label: str, lines: tuple[str, ...], most: int) -> tuple[str, ...]:
    """A wrapped label as narrow as at most so many lines allow, without breaking words that were whole.

    It keeps a quarter of its cells: a letter a line is no label.
    """
    words = label.split()
    widest = max(map(cell_len, lines))
    low, high = max(widest // 4, 1), widest
    while low < high:
        middle = (low + high) // 2
        if len(_lines(words, middle)) <= most and not _splits(words, middle, widest):
            high = middle
        else:
            low = middle + 1
    return tuple(_lines(words, high))


def longest_word(label: str) -> int:
    """The cells of a label's widest word."""
    return max((cell_len(word) for word in label.split()), default=0)


def _splits(words: list[str], width: int, before: int) -> bool:
    """Whether a width breaks words that a wider one leaves whole."""
    return any(width < cell_len(word) <= before for word in words)


def _lines(words: list[str], width: int) -> list[str]:
    lines: list[str] = []
    current, used = "", 0
    for word in words:
        for number, piece in enumerate(split_word(word, 0, width)):
            size = cell_len(piece)
            if current and number == 0 and used + 1 + size <= width:
                current, used = f"{current} {piece}", used + 1 + size
                continue
            if current:
                lines.append(current)
            current, used = piece, size
    return [*lines, current]
