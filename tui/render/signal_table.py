"""The rows of the signals page, and the details of one signal."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len

from store.enums import Flag
from tui.render.lines import Line, labeled, packed, wrapped
from tui.render.signals import signal_facts, state_role, state_word, state_words
from tui.render.table import GAP
from tui.render.text import Glyphs, cut, fit, line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from store.queries.signals import SignalRow
    from tui.render.lines import Span
    from tui.widgets.line_list import Built

WORDY = 110
"""The cells of a row from which its state says since when."""
GLANCE_ROWS = 3
"""The rows of a summary in the details below the list; all of it shows in the details alone."""
SHORT = ("Severity", "Started", "Resolved", "Last seen", "Count", "Source")
"""The facts that are next to one another."""


class SignalColumn(NamedTuple):
    """A column of the list: what it says about a signal, in its style.

    most, least: the cells that it takes at most, and where there is little room. since: the cells of a row from which
    it shows.
    """

    cell: Callable[[SignalRow], Span]
    most: int
    least: int
    since: int = 0
    is_number: bool = False


def _items(row: SignalRow) -> Span:
    return line(", ".join(row.keys)), "accent"


COLUMNS = (
    SignalColumn(lambda row: (f"{row.number:,}", "quiet"), 9, 9, is_number=True),
    SignalColumn(lambda row: (state_word(row), state_role(row)), 8, 8),
    SignalColumn(lambda row: (line(row.name), "strong" if row.is_firing else ""), 48, 12),
    SignalColumn(_items, 32, 7),
    SignalColumn(lambda row: (f"{row.reports:,}x" if row.reports else "", "quiet"), 10, 4, 50, is_number=True),
    SignalColumn(lambda row: (line(row.severity), ""), 12, 5, 50),
    SignalColumn(lambda row: (line(row.summary), "quiet"), 4_000, 8, 64),
)
STATE, NAME = 1, 2
SINCE = SignalColumn(lambda row: (state_words(row), state_role(row)), 23, 23)


class Fitted(NamedTuple):
    """A column with the cells that it has."""

    column: SignalColumn
    width: int


def fitted(rows: Iterable[SignalRow], width: int) -> tuple[Fitted, ...]:
    """The columns that have something to say about some signals and fit `width` cells, the later ones giving way."""
    shown = [column for column in COLUMNS if width >= column.since]
    if width >= WORDY:
        shown[STATE] = SINCE
    sizes = [0] * len(shown)
    for row in rows:
        for at, column in enumerate(shown):
            if sizes[at] < column.most:
                text, _ = column.cell(row)
                sizes[at] = max(sizes[at], min(len(text) if text.isascii() else cell_len(text), column.most))
    found = [Fitted(column, size) for column, size in zip(shown, sizes, strict=True) if size]
    excess = sum(each.width + GAP for each in found) - GAP - width
    for at in reversed(range(len(found))):
        taken = max(min(excess, found[at].width - found[at].column.least), 0)
        found[at] = found[at]._replace(width=found[at].width - taken)
        excess -= taken
    while excess > 0 and len(found) > NAME + 1:
        excess -= found.pop().width + GAP
    return tuple(found)


def signal_row(row: SignalRow, columns: Sequence[Fitted], glyphs: Glyphs) -> Line:
    """A signal in its columns."""
    spans: list[Span] = []
    for column, width in columns:
        text, role = column.cell(row)
        shown = cut(text, width, glyphs.more)
        spans.append((f"{shown:>{width}}" if column.is_number else fit(shown, width, glyphs.more), role))
        spans.append((" " * GAP, ""))
    return tuple(spans[:-1])


def detail_lines(row: SignalRow, width: int, glyphs: Glyphs, *, attach: str, whole: bool) -> Built:
    """Everything about a signal. `attach` is the key that attaches it, if one does.

    whole: they are looked at alone: nothing is cut, and each of its items can be gone to.
    """
    facts = dict(signal_facts(row))
    sign = f"{glyphs.flag(Flag.FIRING)} " if row.is_firing else ""
    name = line(row.name) if whole else cut(line(row.name), 2 * width, glyphs.more)
    lines = wrapped(((f"{sign}{name}", "strong accent"), (f"  {facts['State']}", state_role(row))), width, "  ")
    targets: dict[int, str] = {}
    summary = line(facts["Summary"])
    if summary:
        lines += wrapped(((summary if whole else cut(summary, GLANCE_ROWS * width, glyphs.more), ""),), width)
    short = [_fact(name, line(facts[name]), width, glyphs) for name in SHORT if facts[name]]
    if not row.keys:
        words = f"none; {attach} attaches it" if attach else "none"
        lines += wrapped((("Items  ", "quiet"), (words, "warning")), width)
    elif whole:
        lines.append((("Items", "quiet"),))
        for key in row.keys:
            targets[len(lines)] = key
            lines += wrapped((("  ", ""), (line(key), "strong accent")), width)
    else:
        lines += labeled("Items", cut(line(", ".join(row.keys)), 2 * width, glyphs.more), width)
    lines += packed(short, width)
    if row.link:
        lines += labeled("Link", row.link, width)
    pairs = (f"{line(name)}={line(value)}" for name, value in row.labels)
    parts = [((each if whole else cut(each, width, glyphs.more), ""),) for each in pairs]
    lines += packed([(("Labels", "quiet"),), *parts], width, "  ") if parts else []
    return [*lines, *labeled("Fingerprint", row.fingerprint, width)], targets


def _fact(name: str, text: str, width: int, glyphs: Glyphs) -> Line:
    return (f"{name} ", "quiet"), (cut(text, max(width - len(name) - 1, 8), glyphs.more), "")
