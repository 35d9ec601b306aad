"""The names of keys: as people write them in the command table and in settings, and as Textual calls them."""

from __future__ import annotations

import re
from functools import cache

_NAMED = {
    "Esc": "escape",
    "Enter": "enter",
    "Space": "space",
    "Tab": "tab",
    "PgUp": "pageup",
    "PgDn": "pagedown",
    "Home": "home",
    "End": "end",
    "Up": "up",
    "Down": "down",
    "Left": "left",
    "Right": "right",
    "Backspace": "backspace",
    "Insert": "insert",
    "Delete": "delete",
    **{f"F{number}": f"f{number}" for number in range(1, 21)},
}
_SPELLED = {name.lower(): name for name in _NAMED} | {textual: name for name, textual in _NAMED.items()}
_SPELLED |= {"return": "Enter", "del": "Delete", "ins": "Insert"}
_MODIFIED = re.compile(r"((?:(?:ctrl|alt|shift)\+)+)(.+)", re.IGNORECASE)
_MODIFIERS = ("ctrl", "alt", "shift")
_SAME = {"ctrl+i": "Tab", "ctrl+m": "Enter", "ctrl+[": "Esc", "ctrl+h": "Backspace", "ctrl+?": "Backspace"}
"""What a terminal sends for these keys is what it sends for the other ones, too."""
_MOVING = frozenset({"PgUp", "PgDn", "Home", "End", "Up", "Down", "Left", "Right", "Insert", "Delete"})
_EDITING = frozenset({"Space", "Backspace", "Delete", "Home", "End", "Left", "Right"})
_LAYOUTS = (
    ("йцукенгшщзхъфывапролджэячсмитьбюё", "qwertyuiop[]asdfghjkl;'zxcvbnm,.`"),
    ("іїєґў", "s]'\\o"),
    ("ςερτυθιοπασδφγηξκλζχψωβνμ", "wertyuiopasdfghjklzxcvbnm"),
)
"""Letters of the usual Cyrillic and Greek layouts, and what is on their keys on a Latin one."""
_SHIFTED = dict(zip("`1234567890-=[]\\;',./", '~!@#$%^&*()_+{}|:"<>?', strict=True))
EXAMPLES = "x, X, /, ctrl+r, shift+Tab, Esc, PgDn or F2"


class KeysError(ValueError):
    """Keys that cannot be bound as asked; says why in one sentence."""


def key_name(written: str) -> str:
    """The name of a key in the form that the table has it in, however it was written: `pagedown` is `PgDn`.

    Raises KeysError for what is not a key, and for a key that a terminal cannot tell from another.
    """
    text = written.strip() or ("Space" if written == " " else "")
    if len(text) == 1 and text.isprintable():
        return text
    if (name := _SPELLED.get(text.lower())) is not None:
        return name
    match, unknown = _MODIFIED.fullmatch(text), KeysError(f"unknown key {written!r} (write it like {EXAMPLES})")
    if match is None:
        raise unknown
    given = match[1].lower().split("+")[:-1]
    modifiers = [each for each in _MODIFIERS if each in given]
    base = _SPELLED.get(match[2].lower(), match[2] if len(match[2]) == 1 else "")
    key = "+".join((*modifiers, base.lower() if "ctrl" in modifiers and len(base) == 1 else base))
    if (other := _SAME.get(key)) is not None:
        raise KeysError(f"a terminal cannot tell {key} from {other} (use another key)")
    if len(given) > len(modifiers) or not _is_sent(modifiers, base):
        raise unknown
    return key


def _is_sent(modifiers: list[str], base: str) -> bool:
    """Whether terminals have something to send for a key with modifiers."""
    if len(base) == 1:
        return modifiers == ["alt"] or (modifiers == ["ctrl"] and base.isascii() and base.isalpha())
    return base in _MOVING or (modifiers == ["shift"] and base == "Tab") or (base in _NAMED and base.startswith("F"))


def shifted(char: str) -> str:
    """What a key of a Latin layout types together with Shift."""
    return _SHIFTED.get(char, char.upper())


@cache
def latin_positions() -> dict[str, str]:
    """The letters of Cyrillic and Greek layouts, each with what its key types on a Latin layout."""
    pairs = [pair for letters, keys in _LAYOUTS for pair in zip(letters, keys, strict=True)]
    return {**{letter.upper(): shifted(key) for letter, key in pairs}, **dict(pairs)}


def types_text(key: str) -> bool:
    """Whether a key, by its name, types or edits text in a field."""
    return len(key) == 1 or key in _EDITING


def textual_key(key: str) -> str:
    """Textual's name of a key, by its name: `PgDn` is `pagedown`."""
    *modifiers, base = key.split("+") if len(key) > 1 else [key]
    return "+".join((*modifiers, "comma" if base == "," else _NAMED.get(base, base)))


def textual_keys(keys: tuple[str, ...]) -> str:
    """Textual's names of several keys for one binding."""
    return ",".join(textual_key(key) for key in keys)
