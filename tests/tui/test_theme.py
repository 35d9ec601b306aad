"""Everything that carries meaning contrasts with its background: in the themes, in the style rules, on the screens."""

from __future__ import annotations

import importlib
import pkgutil
from datetime import timedelta
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

import pytest
from rich.color import Color as RichColor
from rich.color import ColorSystem
from rich.terminal_theme import TerminalTheme
from textual.color import Color
from textual.css.stylesheet import Stylesheet
from textual.widget import Widget

import tui
from tests.tui.screen import NOON, Seat, seat
from tui.app import RegisterApp
from tui.host import Target
from tui.settings import Settings
from tui.theme import DARK, LIGHT, LINES, LIT, ROLES, SIXTEEN, role_styles

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from textual.css.styles import RulesMap
    from textual.theme import Theme

OURS = (DARK, LIGHT)
TEXT, LINE = 4.5, 3.0
"""The least contrast of text, and of a line, a bar or a mark, by WCAG 2.2 (1.4.3 and 1.4.11)."""
DRAWING = frozenset("▲▼◀▶△▽◁▷◆◇") | {chr(code) for code in range(0x2500, 0x25A0)}
"""What is drawn and not read: lines, blocks and the heads of arrows."""

RGB = tuple[int, int, int]


def palette(dim: tuple[RGB, ...], bright: tuple[RGB, ...]) -> TerminalTheme:
    return TerminalTheme((255, 255, 255), (0, 0, 0), list(dim), list(bright))


VGA = palette(
    ((0, 0, 0), (170, 0, 0), (0, 170, 0), (170, 85, 0), (0, 0, 170), (170, 0, 170), (0, 170, 170), (170, 170, 170)),
    (
        *((85, 85, 85), (255, 85, 85), (85, 255, 85), (255, 255, 85)),
        *((85, 85, 255), (255, 85, 255), (85, 255, 255), (255, 255, 255)),
    ),
)
"""The 16 colors of the Linux console, of PuTTY and of many others."""
XTERM = palette(
    ((0, 0, 0), (205, 0, 0), (0, 205, 0), (205, 205, 0), (0, 0, 238), (205, 0, 205), (0, 205, 205), (229, 229, 229)),
    (
        *((127, 127, 127), (255, 0, 0), (0, 255, 0), (255, 255, 0)),
        *((92, 92, 255), (255, 0, 255), (0, 255, 255), (255, 255, 255)),
    ),
)
PALETTES = (VGA, XTERM)


def luminance(rgb: RGB) -> float:
    """How bright a color is, from 0 to 1, as WCAG has it."""
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (v / 255 for v in rgb))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: RGB, other: RGB) -> float:
    """The contrast of two colors, from 1 to 21."""
    darker, brighter = sorted((luminance(one), luminance(other)))
    return (brighter + 0.05) / (darker + 0.05)


def rgb(color: RichColor | None, colors: TerminalTheme = VGA) -> RGB:
    """A color that a style must have; never the terminal's own, which nobody knows."""
    assert color is not None
    assert not color.is_default
    return tuple(color.get_truecolor(colors))


class Rule(NamedTuple):
    """What one of our rules says about colors; None where it says nothing."""

    selectors: str
    text: Color | None
    ground: Color | None
    borders: tuple[Color, ...]


def app_in(theme: str) -> RegisterApp:
    return RegisterApp(Target("register.db"), Settings(theme=theme))


def rules(app: RegisterApp) -> Iterator[Rule]:
    """The colors in each of our style rules: those of the application and of each class in `tui`."""
    sheet = Stylesheet(variables=app.get_css_variables())
    for path in app.css_path:
        sheet.read(path)
    for module in pkgutil.walk_packages(tui.__path__, "tui."):
        if module.name.startswith("tui.cli"):
            continue
        for found in vars(importlib.import_module(module.name)).values():
            if isinstance(found, type) and issubclass(found, Widget) and found.__module__ == module.name:
                sheet.add_source(found.__dict__.get("DEFAULT_CSS", ""), (found.__name__, "DEFAULT_CSS"))
    for rule in sheet.rules:
        if (":ansi" in rule.selectors) is not app.native_ansi_color:
            continue
        given = rule.styles.get_rules()
        text, ground = (given.get(name) for name in ("color", "background"))
        yield Rule(rule.selectors, text, ground, tuple(borders(given)))


def borders(given: RulesMap) -> Iterator[Color]:
    for side in ("top", "right", "bottom", "left"):
        kind, color = given.get(f"border_{side}", ("", None))
        if kind not in ("", "blank") and color is not None:
            yield color


def grounds(app: RegisterApp) -> dict[str, Color]:
    """Every ground that something is drawn on: those of the style rules and the cursor's row."""
    found = {rule.ground.hex: rule.ground for rule in rules(app) if rule.ground is not None and rule.ground.a == 1}
    lit = Color.parse(app.theme_variables[LIT])
    return {**found, lit.hex: lit}


@pytest.mark.parametrize("theme", OURS, ids=lambda theme: theme.name)
def test_every_role_stands_out_from_every_ground(theme: Theme) -> None:
    app = app_in(theme.name)
    on = grounds(app)
    assert {app.theme_variables[name].lower() for name in ("background", "surface", "panel", LIT)} <= {
        color.hex.lower() for color in on.values()
    }
    styles = role_styles(app.theme_variables)
    low = [
        f"{role} on {ground.hex}: {found:.2f}"
        for role, ground in product(ROLES, on.values())
        if styles[role].color is not None
        for found in [contrast(rgb(styles[role].color), ground.rgb)]
        if found < (LINE if role in LINES else TEXT)
    ]
    assert low == []


@pytest.mark.parametrize("theme", OURS, ids=lambda theme: theme.name)
def test_every_color_of_a_style_rule_stands_out_from_every_ground(theme: Theme) -> None:
    app = app_in(theme.name)
    on = tuple(grounds(app).values())
    found = list(rules(app))
    assert any("LineView" in rule.selectors for rule in found)
    low = []
    for rule in found:
        under = on if rule.ground is None or rule.ground.a < 1 else (rule.ground,)
        colors = [(rule.text, TEXT)] * (rule.text is not None) + [(border, LINE) for border in rule.borders]
        for (color, least), ground in product(colors, under):
            if contrast(color.rgb, ground.rgb) < least:
                low.append(f"{rule.selectors}: {color.hex} on {ground.hex}")
    assert low == []


@pytest.mark.parametrize("theme", [*OURS, SIXTEEN], ids=lambda theme: theme.name)
@pytest.mark.parametrize("colors", PALETTES, ids=["VGA", "xterm"])
def test_what_the_theme_gives_a_color_and_a_ground_stands_out(theme: Theme, colors: TerminalTheme) -> None:
    app = app_in(DARK.name)
    app.theme = theme.name
    variables = app.get_css_variables()
    pairs = {
        name: (Color.parse(text), Color.parse(variables[f"{name}-background"]))
        for name in ("block-cursor", "input-cursor", "input-selection", "screen-selection")
        for text in [variables[f"{name}-foreground"]]
    }
    low = {name for name, pair in pairs.items() if contrast(*(rgb(color.rich_color, colors) for color in pair)) < TEXT}
    assert low == set()


@pytest.mark.parametrize("colors", PALETTES, ids=["VGA", "xterm"])
def test_of_16_colors_every_role_stands_out_from_black_and_the_row_of_the_cursor_from_all(
    colors: TerminalTheme, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = app_of_16_colors(monkeypatch)
    styles = role_styles(app.theme_variables)
    for name in ("background", "surface", "panel"):
        assert app.theme_variables[name] == "ansi_black"
    for role in ROLES:
        if styles[role].color is not None:
            least = LINE if role in LINES else TEXT
            assert contrast(rgb(styles[role].color, colors), (0, 0, 0)) >= least, role
        lit = styles[role] + styles["lit"]
        assert contrast(rgb(lit.color, colors), rgb(lit.bgcolor, colors)) >= TEXT
    assert contrast(rgb(styles["lit"].bgcolor, colors), (0, 0, 0)) >= TEXT
    for rule in rules(app):
        if rule.ground is not None and rule.ground.a:
            assert rule.text is not None, f"{rule.selectors}: not every color can be read on this ground"
            pair = rgb(rule.text.rich_color, colors), rgb(rule.ground.rich_color, colors)
            assert contrast(*pair) >= TEXT, rule.selectors


def app_of_16_colors(monkeypatch: pytest.MonkeyPatch) -> RegisterApp:
    monkeypatch.setenv("TERM", "screen")
    monkeypatch.delenv("COLORTERM")
    app = app_in(LIGHT.name)
    assert app.theme == SIXTEEN.name
    return app


@pytest.mark.parametrize("theme", [*OURS, SIXTEEN], ids=lambda theme: theme.name)
@pytest.mark.parametrize("system", [ColorSystem.TRUECOLOR, ColorSystem.EIGHT_BIT], ids=["all", "256"])
def test_colors_that_mean_different_things_are_different(theme: Theme, system: ColorSystem) -> None:
    app = app_in(LIGHT.name)
    app.theme = theme.name
    styles = role_styles(app.get_css_variables())
    sent = {
        variable: styles[role].color.downgrade(system).get_ansi_codes()  # type: ignore[union-attr]
        for role, (variable, _) in ROLES.items()
        if variable is not None
    }
    assert {"error", "warning", "success", "critical", "accent", "secondary", "text-muted"} <= set(sent)
    assert len(set(sent.values())) == len(sent)


@pytest.mark.parametrize("theme", OURS, ids=lambda theme: theme.name)
def test_of_256_colors_every_role_stands_out_from_every_ground(theme: Theme) -> None:
    app = app_in(theme.name)
    styles = role_styles(app.theme_variables)
    on = {color.rich_color.downgrade(ColorSystem.EIGHT_BIT) for color in grounds(app).values()}
    low = [
        f"{role} on {ground.name}: {found:.2f}"
        for role, ground in product(ROLES, on)
        if (color := styles[role].color) is not None
        for found in [contrast(rgb(color.downgrade(ColorSystem.EIGHT_BIT)), rgb(ground))]
        if found < (LINE if role in LINES else TEXT)
    ]
    assert low == []


def shown(app: RegisterApp, colors: TerminalTheme) -> Iterator[tuple[str, RGB, RGB]]:
    """Each character on the screen with its color and its ground; what is under a dialog is left out."""
    screen = app.screen
    inside = [child.region for child in screen.children] if screen.is_modal else [screen.region]
    for y, strip in enumerate(screen._compositor.render_strips()):
        x = 0
        for segment in strip:
            style = segment.style
            for char in segment.text:
                if style is not None and not char.isspace() and any(region.contains(x, y) for region in inside):
                    pair = rgb(style.color, colors), rgb(style.bgcolor, colors)
                    yield (char, *(reversed(pair) if style.reverse else pair))
                x += 1


def check(person: Seat, where: str, low: dict[str, str]) -> None:
    """Note what is hard to see on the current screen."""
    for colors in PALETTES:
        for char, color, ground in shown(person.app, colors):
            if contrast(color, ground) < (LINE if char in DRAWING else TEXT):
                low.setdefault(f"{Color(*color).hex} on {Color(*ground).hex}", f"{where}: {char}")


NEXT_WEEK = NOON + timedelta(days=7)
WALK: Mapping[str, tuple[tuple[str, ...], str]] = {
    "the dashboard with marks": (("2", "j", "j", "space"), "1 marked"),
    "a filter": (("escape", "/", *"flink"), "flink"),
    "the words found": (("enter",), "/flink"),
    "a filter that is wrong": (("/", *":x"), "^"),
    "the map": (("escape", "escape", "5", "z", "]"), "misleading signal feeds"),
    "what if": (("f",), "H? EN-001"),
    "a form": (("escape", "escape", "z", "2", "e"), "Status note"),
    "what a form refuses": (("tab", "x", "ctrl+s"), "unknown"),
    "a question": (("escape",), "y"),
    "the keys": (("y", "?"), "Add an item"),
    "a change": (("escape", "m"), "Mitigated"),
    "a removal": (("D",), "Remove"),
    "the history": (("escape", "h"), "Mitigated"),
    "the register": (("escape", "i"), "cadence"),
    "the trend": (("escape", "H"), "2026-04"),
    "the owners": (("escape", "O"), "Owner"),
    "what to fix first": (("F",), "PD-001"),
    "the views": (("v",), "High and open"),
    "a toast": (("escape", "ctrl+r"), "redo"),
    "the palette": (("ctrl+p",), "Add an item"),
    "the start of a review": (("escape", "r"), "review"),
    "a review": (("ctrl+s",), "15 left"),
    "a decision": (("p",), "1 reviewed"),
}
"""Screens by the keys that lead to each from the one before it, and words that each shows."""


@pytest.mark.parametrize("theme", [*OURS, SIXTEEN], ids=lambda theme: theme.name)
async def test_all_that_shows_stands_out_from_its_ground(
    sample: Path, theme: Theme, monkeypatch: pytest.MonkeyPatch
) -> None:
    low: dict[str, str] = {}
    if theme is SIXTEEN:
        monkeypatch.setenv("TERM", "linux")
        monkeypatch.delenv("COLORTERM")
    settings = Settings(theme=theme.name)
    # There are trends only from the second day on.
    async with seat(sample, (160, 45), settings=settings, notifications=True, clock=lambda: NEXT_WEEK) as person:
        check(person, "the dashboard", low)
        for where, (keys, words) in WALK.items():
            await person.press(*keys)
            await person.wait_for(words)
            check(person, where, low)
    assert low == {}
