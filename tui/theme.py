"""The two themes of our own: calm grounds, one accent, and a colour for each severity and status."""

from __future__ import annotations

from textual.theme import Theme

DARK = Theme(
    name="register-dark",
    dark=True,
    primary="#7aa2c8",
    secondary="#8fb8a8",
    accent="#8ab4e8",
    foreground="#d6dae0",
    background="#14171c",
    surface="#191d23",
    panel="#20252d",
    success="#8cc28c",
    warning="#e0b46a",
    error="#e8837c",
    variables={"border-blurred": "#3c4450", "text-muted": "#8b94a1", "surface-lighten-1": "#262d37"},
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
    panel="#e9e6df",
    success="#2e7a3a",
    warning="#96620a",
    error="#b3261e",
    variables={"border-blurred": "#b9b5ab", "text-muted": "#6a6f76", "surface-lighten-1": "#dfe6ee"},
)
