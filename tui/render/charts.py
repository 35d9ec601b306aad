"""Series drawn in cells by plotext: distinguished by their markers, colored by roles, in Unicode or ASCII."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from math import ceil, floor, log10
from string import ascii_uppercase
from typing import TYPE_CHECKING

from store.enums import RATINGS, Severity, letter, rating
from tui.render.lines import packed, wrapped
from tui.render.text import ASCII, cut, line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from store.audit.trends import Mean, Month, Trend
    from tui.render.lines import Line
    from tui.render.text import Glyphs

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
        # A single place has no width.
        plotext.xlim(axis.first, max(axis.last, axis.first + 1))
        shown = spread(axis.names, max(width // _TICK_CELLS, 2))
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
    marks = ticks(most, max((height - 2) // _TICK_ROWS, 1))
    plotext.ylim(0, marks[-1])
    plotext.yticks(marks, [f"{tick:,}" for tick in marks])


def ticks(most: float, number: int) -> list[int]:
    """Round whole numbers from zero to at least `most`, in about that number of steps."""
    wanted = max(most / number, 1)
    scale = 10 ** floor(log10(wanted))
    step = next(int(scale * part) for part in (1, 2, 5, 10) if scale * part >= wanted)
    return [step * at for at in range(ceil(max(most, 1) / step) + 1)]


def spread(names: Sequence[tuple[float, str]], most: int) -> list[tuple[float, str]]:
    """At most `most` of the names, from the first to the last."""
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


MOST_SERIES = 8

"""Categories in one chart; of more, those with the most open debt."""

_LEAST_HEIGHT, _MOST_HEIGHT, _LEAST_WIDTH = 6, 24, 20

_AXIS, _GROUP, _WIDEST_GROUP, _NAME = 5, 9, 20, 24

"""Cells that the axis takes, the two bars of a month with their name, and that a category's name may take."""


class View(StrEnum):
    """What a chart is about."""

    STATUS = "status"
    CATEGORY = "category"
    SEVERITY = "severity"
    FLOW = "flow"
    AGES = "ages"


TITLES = {
    View.STATUS: "Items by status",
    View.CATEGORY: "Open debt by category",
    View.SEVERITY: "Open debt by severity",
    View.FLOW: "Debt added and resolved, by month",
    View.AGES: "Age and time to mitigate, in days",
}


def chart(found: Trend, view: View, width: int, height: int, glyphs: Glyphs) -> list[Line]:
    """A heading, the chart and its legend, in `width` cells and, where it is not too low, `height` lines.

    If there is nothing to draw, a sentence says why. To be called on any thread, but not on the screen's: the
    library is loaded here.
    """
    heading = wrapped(((TITLES[view], "strong"),), width)
    if found.nothing:
        return [*heading, *wrapped(((f"{found.nothing[:1].upper()}{found.nothing[1:]}.", "quiet"),), width)]
    across = max(width, _LEAST_WIDTH)
    if view is View.FLOW and (shown := max((across - _AXIS) // _GROUP, 1)) < len(found.months):
        found = found._replace(months=found.months[-shown:])
        heading = wrapped(((f"{TITLES[view]}, the last {shown}", "strong"),), width)
    series, legend = drawn(found, view, glyphs)
    keys = packed(legend, width)
    room = min(max(height - len(heading) - len(keys), _LEAST_HEIGHT), _MOST_HEIGHT)
    if is_empty(series):
        return [*heading, *wrapped(((f"{NONE[view]}.", "quiet"),), width)]
    if view is View.FLOW:
        names = [f"{month.first:%Y-%m}" for month in found.months]
        across = min(across, _AXIS + _WIDEST_GROUP * len(names))
        return [*heading, *bars(names, series, across, room, glyphs), *keys]
    return [*heading, *lines(series, axis_of(found), across, room, glyphs), *keys]


def drawn(found: Trend, view: View, glyphs: Glyphs) -> Drawn:
    """The series of a chart, the most important one last, and its legend: an entry for each series."""
    return _SERIES[view](found, glyphs)


def is_empty(series: Sequence[Series]) -> bool:
    """Whether there is nothing to see: no series is ever above zero."""
    return not any(value for each in series for value in each.values)


NONE = {
    View.STATUS: "No items",
    View.CATEGORY: "There was no open debt",
    View.SEVERITY: "There was no open debt",
    View.FLOW: "No debt was added or resolved in this period",
    View.AGES: "There was no open High or Critical debt, and no debt was mitigated",
}
"""What an empty chart says."""


def numbers(found: Trend, view: View) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """The headings and the rows of the figures that a chart is drawn from, the oldest first."""
    when = "Day" if found.unit == "day" else "Month until"
    rows: list[tuple[int, ...]]
    match view:
        case View.STATUS:
            rows = [(point.counts.open, point.counts.mitigated, point.counts.accepted) for point in found.points]
            heads: tuple[str, ...] = ("Open", "Mitigated", "Accepted")
        case View.CATEGORY:
            rows = [tuple(each.open for each in point.categories) for point in found.points]
            heads = tuple(line(category.code) for category in found.categories)
        case View.SEVERITY:
            rated = _rated(found)
            rows = [tuple(point.severities[at].open for at in rated) for point in found.points]
            heads = tuple(rating(RATINGS[at]).capitalize() for at in rated)
        case View.FLOW:
            flow = ("Month", "Added", "Reopened", "In", "Mitigated", "Accepted", "Removed", "Out", "Days to mitigate")
            return flow, [(*_flow(month), days(month.mitigation)) for month in found.months]
        case View.AGES:
            ages = (when, f"Open {_high(found)}", "Mean age in days")
            return ages, [
                (str(point.day), f"{point.high_age.number:,}", days(point.high_age)) for point in found.points
            ]
    told = zip(found.points, rows, strict=True)
    return (when, *heads), [(str(point.day), *(f"{number:,}" for number in row)) for point, row in told]


def _flow(month: Month) -> tuple[str, ...]:
    inflow = (month.added, month.reopened, month.inflow)
    outflow = (month.mitigated, month.accepted, month.removed, month.outflow)
    return f"{month.first:%Y-%m}", *(f"{number:,}" for number in (*inflow, *outflow))


def days(mean: Mean) -> str:
    """A mean as people read it: `12`, `12+` where some of it is only a minimum, or `-`."""
    if mean.days is None:
        return "-"
    return f"{mean.days:,.0f}{'+' if mean.at_least else ''}"


def axis_of(found: Trend) -> Axis:
    """The x axis of the charts over time: the days of the points as ordinals."""
    form = "%Y-%m" if found.unit == "month" else "%Y-%m-%d"
    names = tuple((float(point.day.toordinal()), f"{point.day:{form}}") for point in found.points)
    return Axis(names[0][0], names[-1][0], names)


Drawn = tuple[tuple[Series, ...], list["Line"]]
"""Series and their legend, a line for each."""


def _over(found: Trend, marker: str, role: str, values: Sequence[int]) -> Series:
    at = tuple(float(point.day.toordinal()) for point in found.points)
    return Series(marker, role, at, tuple(float(value) for value in values))


def _key(marker: str, role: str, words: str) -> Line:
    return ((marker, role), (f" {words}", ""))


def _status(found: Trend, glyphs: Glyphs) -> Drawn:
    points, (opened, _, mitigated, accepted) = found.points, glyphs.marks
    last = points[-1].counts
    series = (
        _over(found, accepted, "accepted", [point.counts.accepted for point in points]),
        _over(found, mitigated, "mitigated", [point.counts.mitigated for point in points]),
        _over(found, opened, "open", [point.counts.open for point in points]),
    )
    return series, [
        _key(opened, "open", f"open {last.open:,}"),
        _key(mitigated, "mitigated", f"mitigated {last.mitigated:,}"),
        _key(accepted, "accepted", f"accepted {last.accepted:,}"),
    ]


def _category(found: Trend, glyphs: Glyphs) -> Drawn:
    last = found.points[-1].categories
    ranked = sorted(range(len(last)), key=lambda at: (-last[at].open, at))
    shown = sorted(at for at in ranked[:MOST_SERIES])
    letters = dict(zip(shown, _letters([found.categories[at].code for at in shown]), strict=True))
    series, legend = [], []
    for at in shown:
        role, category = _ROLES[shown.index(at) % len(_ROLES)], found.categories[at]
        series.append(_over(found, letters[at], role, [point.categories[at].open for point in found.points]))
        name = cut(line(category.name), _NAME, glyphs.more)
        legend.append(_key(letters[at], role, f"{name} {last[at].open:,}"))
    if more := len(last) - len(shown):
        legend.append(((f"and {more:,} with less", "quiet"),))
    return tuple(reversed(series)), legend


_ROLES = ("accent", "high", "mitigated", "medium", "label", "", "low", "strong")


def _letters(codes: Sequence[str]) -> Iterator[str]:
    """A letter for each code, its own first one where that is free."""
    taken: set[str] = set()
    for code in codes:
        wanted = [*code.upper(), *ascii_uppercase]
        letter = next(each for each in wanted if each in ascii_uppercase and each not in taken)
        taken.add(letter)
        yield letter


def _severity(found: Trend, _: Glyphs) -> Drawn:
    last = found.points[-1].severities
    series, legend = [], []
    for at in _rated(found):
        marker, name = letter(RATINGS[at]), rating(RATINGS[at])
        series.append(_over(found, marker, name.lower(), [point.severities[at].open for point in found.points]))
        legend.append(_key(marker, name.lower(), f"{name} {last[at].open:,}"))
    return tuple(reversed(series)), legend


def _rated(found: Trend) -> list[int]:
    """Where in `RATINGS` the severities are that a trend shows: Critical and unrated only where there ever were any."""
    always = (Severity.HIGH, Severity.MEDIUM, Severity.LOW)
    used = [any(point.severities[at].open for point in found.points) for at in range(len(RATINGS))]
    return [at for at, severity in enumerate(RATINGS) if severity in always or used[at]]


def _high(found: Trend) -> str:
    """What the debt is whose age is shown: `High`, or `High and Critical` where any was Critical."""
    return "High and Critical" if RATINGS.index(Severity.CRITICAL) in _rated(found) else "High"


def _in_and_out(found: Trend, glyphs: Glyphs) -> Drawn:
    came, went = ("+", "-") if glyphs is ASCII else ("█", "░")
    months = found.months
    series = (
        Series(came, "open", (), tuple(float(month.inflow) for month in months)),
        Series(went, "mitigated", (), tuple(float(month.outflow) for month in months)),
    )
    totals = [sum(month.inflow for month in months), sum(month.outflow for month in months)]
    return series, [
        _key(came, "open", f"added {totals[0]:,} (new, reopened)"),
        _key(went, "mitigated", f"resolved {totals[1]:,} (mitigated, accepted, removed)"),
    ]


def _ages(found: Trend, glyphs: Glyphs) -> Drawn:
    known = [point for point in found.points if point.high_age.days is not None]
    fixed = [month for month in found.months if month.mitigation.days is not None]
    first, last = found.points[0].day, found.points[-1].day
    ends = [min(max(month.first.replace(day=15), first), last) for month in fixed]
    mitigated = glyphs.marks[2]
    series = (
        Series(
            mitigated,
            "mitigated",
            tuple(float(end.toordinal()) for end in ends),
            tuple(month.mitigation.days or 0.0 for month in fixed),
            joined=False,
        ),
        Series(
            "H",
            "high",
            tuple(float(point.day.toordinal()) for point in known),
            tuple(point.high_age.days or 0.0 for point in known),
        ),
    )
    age, took = found.points[-1].high_age, fixed[-1].mitigation if fixed else None
    return series, [
        _key("H", "high", f"mean age of open {_high(found)} {days(age)}"),
        _key(mitigated, "mitigated", f"mean time to mitigate {days(took) if took else '-'}"),
    ]


_SERIES = {
    View.STATUS: _status,
    View.CATEGORY: _category,
    View.SEVERITY: _severity,
    View.FLOW: _in_and_out,
    View.AGES: _ages,
}
