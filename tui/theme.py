"""The program's themes, and how any theme shows a role such as High or quiet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.style import Style
from textual.color import Color, ColorParseError
from textual.theme import Theme

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tui.terminal_input import RGB


def _derived(*, ground: str, lit: str, frame: str, quiet: str, text: str, selected: str) -> dict[str, str]:
    """Textual's variables for what has no color in the program's themes."""
    return {
        "border-blurred": frame,
        "text-muted": quiet,
        "text-disabled": quiet,
        "surface-lighten-1": lit,
        "block-cursor-background": lit,
        "block-cursor-foreground": text,
        "block-cursor-blurred-background": lit,
        "block-hover-background": lit,
        "input-selection-background": selected,
        "input-selection-foreground": text,
        "screen-selection-background": selected,
        "screen-selection-foreground": text,
        "scrollbar": frame,
        "scrollbar-hover": quiet,
        "scrollbar-active": quiet,
        "scrollbar-background": ground,
    }


DARK = Theme(
    name="register-dark",
    dark=True,
    primary="#7aa2c8",
    secondary="#8fb8a8",
    accent="#8ab4e8",
    foreground="#d6dae0",
    background="#15171b",
    surface="#1a1d22",
    panel="#22252b",
    success="#8cc28c",
    warning="#e0b46a",
    error="#ea8a83",
    variables={
        **_derived(
            ground="#22252b", lit="#272c34", frame="#6f7986", quiet="#949da9", text="#d6dae0", selected="#3a4656"
        ),
        "critical": "#e08ad0",
    },
)
LIGHT = Theme(
    name="register-light",
    dark=False,
    primary="#2f5d8a",
    secondary="#2f6f5e",
    accent="#1d5fa8",
    foreground="#22262c",
    background="#fbfaf7",
    surface="#f4f2ed",
    panel="#ebe9e4",
    success="#266f2d",
    warning="#80540a",
    error="#b3261e",
    variables={
        **_derived(
            ground="#ebe9e4", lit="#e3e6ea", frame="#827f77", quiet="#585d64", text="#22262c", selected="#c3d2e4"
        ),
        "critical": "#8a1c7c",
    },
)
SIXTEEN = Theme(
    name="register-16",
    dark=True,
    ansi=True,
    primary="ansi_bright_blue",
    secondary="ansi_cyan",
    accent="ansi_bright_cyan",
    foreground="ansi_bright_white",
    background="ansi_black",
    success="ansi_bright_green",
    warning="ansi_bright_yellow",
    error="ansi_bright_red",
    variables={
        **_derived(
            ground="ansi_black",
            lit="ansi_cyan",
            frame="ansi_bright_blue",
            quiet="ansi_white",
            text="ansi_black",
            selected="ansi_white",
        ),
        "block-cursor-blurred-foreground": "ansi_black",
        # What Textual takes from other themes, but not from one of ANSI colors, or misses in it.
        "surface": "ansi_black",
        "panel": "ansi_black",
        "ansi-background": "ansi_black",
        "ansi-foreground": "ansi_bright_white",
        "input-cursor-background": "ansi_bright_white",
        "input-cursor-foreground": "ansi_black",
        "critical": "ansi_bright_magenta",
    },
)
"""What a terminal of 16 colors gets, whatever theme is set: on black, as the terminal's background is not known, and in
the bright colors, as only those can be read on black with every common palette."""

ROLES: dict[str, tuple[str | None, str]] = {
    "strong": (None, "bold"),
    "emphasis": (None, "italic"),
    "code": ("secondary", ""),
    "strike": (None, "strike"),
    "link": (None, "underline"),
    "selected": (None, "reverse"),
    "quiet": ("text-muted", ""),
    "frame": ("border-blurred", ""),
    "accent": ("accent", ""),
    "label": ("secondary", ""),
    "critical": ("critical", "bold"),
    "high": ("error", ""),
    "medium": ("warning", ""),
    "low": ("text-muted", ""),
    "unrated": ("accent", ""),
    "open": ("error", ""),
    "progress": ("warning", ""),
    "mitigated": ("success", ""),
    "accepted": ("text-muted", ""),
    "warning": ("warning", "bold"),
    "hit": ("warning", "bold underline"),
    "wrong": ("error", "bold underline"),
}
"""The color variable and the attributes of each role that a span can have."""
LINES = frozenset({"frame"})
"""The roles of what is drawn and not read."""
LIT = "surface-lighten-1"
"""The variable of the ground under the cursor's row."""


def role_styles(variables: Mapping[str, str]) -> dict[str, Style]:
    """A style for each role, and `lit` for the cursor's row, in a theme's colors."""
    styles = {role: Style.parse(attributes) if attributes else Style() for role, (_, attributes) in ROLES.items()}
    for role, (name, _) in ROLES.items():
        if name is not None:
            styles[role] += Style(color=_color(variables, name).rich_color)
    lit = _color(variables, LIT)
    # Of 16 colors none is both dark enough for a ground and apart from black: on a bright one all text is black.
    over = _color(variables, "block-cursor-foreground").rich_color if lit.ansi is not None else None
    return {**styles, "lit": Style(color=over, bgcolor=lit.rich_color)}


def _color(variables: Mapping[str, str], name: str) -> Color:
    try:
        # Other themes have no color for Critical.
        return Color.parse(variables["error" if name == "critical" and name not in variables else name])
    except (KeyError, ColorParseError):
        # Such as "auto 60%": a share of the way from the ground to the text.
        return Color.parse(variables["background"]).blend(Color.parse(variables["foreground"]), 0.6)


def theme_like(background: RGB | None, environment: Mapping[str, str]) -> str:
    """The theme of ours that is like a background; the dark one where that is not known.

    $COLORFGBG, which some terminals set, ends with the number of the background among the 16 colors.
    """
    if background is not None:
        red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in background)
        # As far from black as from white to the eye.
        is_light = 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.18
    else:
        is_light = environment.get("COLORFGBG", "").rpartition(";")[2] in ("7", "15")
    return (LIGHT if is_light else DARK).name
