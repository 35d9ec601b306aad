"""Series drawn in cells by plotext: told apart by their markers, coloured by roles, in Unicode or ASCII."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from itertools import groupby
from math import ceil, floor, log10
from typing import TYPE_CHECKING

from tui.text import ASCII

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.lines import Line
    from tui.text import Glyphs

_ONE_AT_A_TIME = threading.Lock()
"""The library draws on one figure for the whole process."""
_STYLES = re.compile(r"\x1b\[[\d;]*m")
_IN_ASCII = str.maketrans("─│┌┐└┘├┤┬┴┼", "-|++++||+++")
_AXES = "┤│└"
_TICK_ROWS, _TICK_CELLS = 3, 14
"""How far apart ticks are at least."""


@dataclass(frozen=True, slots=True)
class Series:
    """Values over places on the x axis, drawn with one marker: points that are joined, or else single ones."""

    marker: str
    role: str
    at: tuple[float, ...]
    values: tuple[float, ...]
    joined: bool = True


@dataclass(frozen=True, slots=True)
class Axis:
    """The range of the x axis, and the names of its places in their order."""

    first: float
    last: float
    names: tuple[tuple[float, str], ...]


def lines(series: Sequence[Series], axis: Axis, width: int, height: int, glyphs: Glyphs) -> list[Line]:
    """Lines over places in time, from zero up; the last of the series is drawn over the others."""
    import plotext

    with _ONE_AT_A_TIME:
        _begin(width, height, max((value for each in series for value in each.values), default=0))
        for each in series:
            draw = plotext.plot if each.joined else plotext.scatter
            draw(list(each.at), list(each.values), marker=each.marker)
        # A single place has no width of its own.
        plotext.xlim(axis.first, max(axis.last, axis.first + 1))
        shown = _spread(axis.names, max(width // _TICK_CELLS, 2))
        plotext.xticks([at for at, _ in shown], [name for _, name in shown])
        built = plotext.build()
        plotext.clear_figure()
    return _styled(built, {each.marker: each.role for each in series}, glyphs)


def bars(names: Sequence[str], series: Sequence[Series], width: int, height: int, glyphs: Glyphs) -> list[Line]:
    """Groups of bars, one bar of each series in every group."""
    import plotext

    with _ONE_AT_A_TIME:
        _begin(width, height, max((value for each in series for value in each.values), default=0))
        values = [list(each.values) for each in series]
        plotext.multiple_bar(list(names), values, marker=[each.marker for each in series], width=0.8)
        built = plotext.build()
        plotext.clear_figure()
    return _styled(built, {each.marker: each.role for each in series}, glyphs)


def _begin(width: int, height: int, most: float) -> None:
    """An empty figure of some cells whose y axis goes from zero to at least `most`."""
    import plotext

    plotext.clear_figure()
    plotext.theme("clear")
    plotext.limit_size(False, False)
    plotext.plotsize(width, height)
    plotext.xaxes(True, False)
    plotext.yaxes(True, False)
    ticks = _ticks(most, max((height - 2) // _TICK_ROWS, 1))
    plotext.ylim(0, ticks[-1])
    plotext.yticks(ticks, [f"{tick:,}" for tick in ticks])


def _ticks(most: float, number: int) -> list[int]:
    """Round whole numbers from zero to at least `most`, about so many steps."""
    wanted = max(most / number, 1)
    scale = 10 ** floor(log10(wanted))
    step = next(int(scale * part) for part in (1, 2, 5, 10) if scale * part >= wanted)
    return [step * at for at in range(ceil(max(most, 1) / step) + 1)]


def _spread(names: Sequence[tuple[float, str]], most: int) -> list[tuple[float, str]]:
    """At most so many of the names, from the first to the last."""
    if len(names) <= most:
        return list(names)
    picked = {round(at * (len(names) - 1) / (most - 1)) for at in range(most)}
    return [names[at] for at in sorted(picked)]


def _styled(built: str, roles: dict[str, str], glyphs: Glyphs) -> list[Line]:
    found: list[Line] = []
    for row in _STYLES.sub("", built).split("\n"):
        end = next((at + 1 for at, char in enumerate(row) if char in _AXES), len(row))
        head, body = row[:end], row[end:].rstrip()
        if "┤" not in head and "│" not in head:
            head, body = row.rstrip(), ""
        if glyphs is ASCII:
            head = head.translate(_IN_ASCII)
        spans = [(head, "quiet")]
        spans += [("".join(run), role) for role, run in groupby(body, key=lambda char: roles.get(char, ""))]
        found.append(tuple(span for span in spans if span[0]))
    while found and not found[-1]:
        found.pop()
    return found
