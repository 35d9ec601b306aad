"""A user's settings: theme, glyphs and keys, read from one TOML file."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tui.commands import COMMANDS, Command, KeysError, rebound

if TYPE_CHECKING:
    from pathlib import Path

FILE_NAME = "config.toml"
THEMES = (
    "register-dark",
    "register-light",
    "textual-dark",
    "textual-light",
    "nord",
    "gruvbox",
    "solarized-light",
    "catppuccin-mocha",
    "catppuccin-latte",
)


@dataclass(frozen=True, slots=True)
class Settings:
    """What a user can set.

    theme: one of THEMES. ascii: draw with ASCII only; None asks the terminal's encoding.
    commands: the command table with the user's keys.
    """

    theme: str = "register-dark"
    ascii: bool | None = None
    commands: tuple[Command, ...] = field(default=COMMANDS)


class SettingsError(ValueError):
    """A settings file that cannot be used; says which, what and what to do, in one sentence."""


def settings_path() -> Path:
    """Where the settings file is looked for."""
    from platformdirs import user_config_path

    return user_config_path("ai-debt", appauthor=False) / FILE_NAME


def load(path: Path) -> Settings:
    """The settings of a file; the defaults where there is none.

    Raises SettingsError for a file that cannot be read or says what is not understood.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Settings()
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{path} cannot be read: {error}") from None
    try:
        return _settings(data)
    except (SettingsError, KeysError) as error:
        raise SettingsError(f"{path}: {error}") from None


def _settings(data: dict[str, object]) -> Settings:
    unknown = sorted(set(data) - {"theme", "ascii", "keys"})
    if unknown:
        raise SettingsError(f"there is no setting {unknown[0]!r}; use theme, ascii and [keys]")
    theme = data.get("theme", "register-dark")
    if theme not in THEMES:
        raise SettingsError(f"there is no theme {theme!r}; use one of {', '.join(THEMES)}")
    use_ascii = data.get("ascii")
    if use_ascii is not None and not isinstance(use_ascii, bool):
        raise SettingsError("ascii is true or false")
    return Settings(theme=str(theme), ascii=use_ascii, commands=rebound(_keys(data.get("keys", {}))))


def _keys(table: object) -> dict[str, tuple[str, ...]]:
    if not isinstance(table, dict):
        raise SettingsError('[keys] is a table of command ids, such as "item.edit" = "e"')
    found: dict[str, tuple[str, ...]] = {}
    for command_id, keys in table.items():
        several = [keys] if isinstance(keys, str) else keys
        if not isinstance(several, list) or not several or not all(isinstance(k, str) and k.strip() for k in several):
            raise SettingsError(f'{command_id} wants a key such as "e", or a list of keys')
        found[str(command_id)] = tuple(several)
    return found
