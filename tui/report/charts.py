"""The charts of a report as SVG by pygal, without its styles and scripts: the page's stylesheet paints them."""

from __future__ import annotations

import math
import re
import sys
from typing import TYPE_CHECKING, NamedTuple
from xml.etree import ElementTree

from tui.render.charts import TITLES, View, axis_of, drawn, ticks
from tui.render.text import UNICODE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

    from store.audit.trends import Trend
    from tui.render.charts import Series

WIDTH, HEIGHT = 720, 260
TICKS, NAMES = 5, 7
"""About how many numbers the y axis has, and the most names of the x axis."""
LETTER = 12
"""The width of a letter in a narrow window, where texts are larger."""
_KEPT = {
    "g": ("transform",),
    "path": ("d",),
    "rect": ("x", "y", "width", "height"),
    "circle": ("cx", "cy", "r"),
    "text": ("x", "y"),
}
"""What is taken over of what the library draws: elements with some attributes, and their classes."""
_DECIMALS = re.compile(r"-?\d+\.\d+")
_UNUSED = frozenset({"background", "tooltip", "titles", "text-overlay"})
"""Classes of what is left out: it is for scripts, or empty."""


class Key(NamedTuple):
    """An entry of a legend: the class of what it explains, and its words."""

    role: str
    words: str


class ChartPicture(NamedTuple):
    """A chart as one SVG element, and its legend. `is_bars`: the legend shows bars, not lines."""

    svg: str
    legend: tuple[Key, ...]
    is_bars: bool


def picture(found: Trend, view: View) -> ChartPicture:
    """The chart of a view, which says in words what it shows."""
    series, legend = drawn(found, view, UNICODE)
    words = {marker: text.strip() for (marker, _), (text, _) in (entry for entry in legend if len(entry) == 2)}
    is_bars = view is View.FLOW
    # Lines are drawn over those before them, bars next to them.
    keys = tuple(Key(each.role, words[each.marker]) for each in (series if is_bars else reversed(series)))
    root = _bars(found, series) if is_bars else _lines(found, series)
    made = _copy(root, [each.role for each in series])
    assert made is not None
    name = f"chart-{view.value}"
    made.set("role", "img")
    made.set("aria-labelledby", f"{name}-title {name}-desc")
    for at, (tag, content) in enumerate((("title", TITLES[view]), ("desc", _described(found, view, series, words)))):
        element = ElementTree.Element(tag, {"id": f"{name}-{tag}"})
        element.text = content
        made.insert(at, element)
    return ChartPicture(ElementTree.tostring(made, encoding="unicode"), keys, is_bars)


def _described(found: Trend, view: View, series: Sequence[Series], words: dict[str, str]) -> str:
    """What a chart shows, for who cannot see it: how each line begins, and all numbers are in a table."""
    if view is View.FLOW:
        said = [words[each.marker] for each in series]
        return f"From {found.months[0].name} to {found.months[-1].name}: {'; '.join(said)}."
    said = [f"{words[each.marker]}, from {each.values[0]:,.0f}" for each in reversed(series)]
    return f"From {found.points[0].day} to {found.points[-1].day}: {'; '.join(said)}."


def _settings(most: float) -> dict[str, object]:
    marks = ticks(most, TICKS)
    return {
        "width": WIDTH,
        "height": HEIGHT,
        "margin": 6,
        "margin_right": 30,
        "js": (),
        "show_legend": False,
        "range": (0, marks[-1]),
        "y_labels": [{"value": mark, "label": f"{mark:,}"} for mark in marks],
    }


def _most(series: Sequence[Series]) -> float:
    return max(value for each in series for value in each.values)


def _pygal() -> ModuleType:
    """The library, without the hook that it adds to every import: it looks for plugins, of which none is used."""
    import pygal

    sys.meta_path[:] = [each for each in sys.meta_path if not isinstance(each, pygal.PluginImportFixer)]
    return pygal  # type: ignore[no-any-return]  # pygal has no types


def _lines(found: Trend, series: Sequence[Series]) -> ElementTree.Element:
    axis = axis_of(found)
    last = max(axis.last, axis.first + 1)
    gap = (last - axis.first) * (len(axis.names[-1][1]) + 1) * LETTER / WIDTH
    names = [{"value": at, "label": name} for at, name in _named(axis.names, gap)]
    chart = _pygal().XY(**_settings(_most(series)), x_labels=names, xrange=(axis.first, last), dots_size=3)
    for each in series:
        chart.add(each.role, list(zip(each.at, each.values, strict=True)))
    return chart.render_tree()  # type: ignore[no-any-return]  # pygal has no types


def _named(names: Sequence[tuple[float, str]], gap: float = 0) -> list[tuple[float, str]]:
    """Names of an axis at even steps up to the last, of which none is closer to the next than `gap`."""
    kept: list[tuple[float, str]] = []
    for at, name in names[:: -math.ceil(len(names) / NAMES)]:
        if not kept or kept[-1][0] - at >= gap:
            kept.append((at, name))
    return kept[::-1]


def _bars(found: Trend, series: Sequence[Series]) -> ElementTree.Element:
    shown = {name for _, name in _named([(at, month.name) for at, month in enumerate(found.months)])}
    names = [month.name if month.name in shown else "" for month in found.months]
    chart = _pygal().Bar(**_settings(_most(series)), x_labels=names)
    for each in series:
        chart.add(each.role, list(each.values))
    return chart.render_tree()  # type: ignore[no-any-return]  # pygal has no types


def _copy(element: ElementTree.Element, roles: Sequence[str]) -> ElementTree.Element | None:
    """An element with what is kept of it, each series with the class of its role; None where nothing is."""
    tag = element.tag if isinstance(element.tag, str) else ""
    classes = element.get("class", "").split()
    if (tag != "svg" and tag not in _KEPT) or _UNUSED.intersection(classes):
        return None
    made = ElementTree.Element(tag)
    if tag == "svg":
        made.attrib |= {"viewBox": f"0 0 {WIDTH} {HEIGHT}", "class": "chart"}
    else:
        own = [roles[int(name.removeprefix("serie-"))] for name in classes if name.startswith("serie-")]
        kept = [name for name in classes if name in ("axis", "x", "y", "line", "guide", "series", "dot", "rect", *own)]
        made.attrib |= {name: _rounded(value) for name in _KEPT[tag] if (value := element.get(name)) is not None}
        if kept or own:
            made.set("class", " ".join([*kept, *own]))
        made.text = element.text
    for child in element:
        if (copied := _copy(child, roles)) is not None:
            made.append(copied)
    return made if len(made) or tag not in ("g",) else None


def _rounded(value: str) -> str:
    """Numbers with no more decimals than can be seen."""
    return _DECIMALS.sub(lambda found: f"{float(found[0]):.1f}".removesuffix(".0"), value)
