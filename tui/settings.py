"""A user's settings: theme, glyphs, keys and the columns of the item list, in one TOML file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from store.errors import RegisterError
from tui.commands import BY_ID, COMMANDS, Command
from tui.keys import KeysError
from tui.render.item_columns import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
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

AUTO = "auto"
"""In place of a theme: the one of ours that is like the terminal's background."""
DEFAULT_COLUMNS = ("owner", "due")
UNSAVED = "the columns stay as chosen until you quit"


class Problem(NamedTuple):
    """What is ignored of a settings file and why; `line` is 0 where it is about the whole file."""

    line: int
    what: str

    def told(self, file: object) -> str:
        """The sentence, for a file by this name."""
        return f"{file}, line {self.line}: {self.what}" if self.line else f"{file}: {self.what}"


class Settings(NamedTuple):
    """What a user can set.

    theme: one of THEMES, or AUTO. ascii: draw with ASCII only; None asks the terminal's encoding. screen_reader: plain
    text where there is a choice. columns: those of the item list in a wide terminal. commands: the command table with
    the user's keys. problems: what is ignored.
    """

    theme: str = THEMES[0]
    ascii: bool | None = None
    screen_reader: bool = False
    columns: tuple[str, ...] = DEFAULT_COLUMNS
    commands: tuple[Command, ...] = COMMANDS
    problems: tuple[Problem, ...] = ()


def unknown_theme(name: object) -> str:
    """The clause for a theme that there is not."""
    return f"unknown theme {name!r} (use {AUTO} or one of {', '.join(THEMES)})"


def settings_path() -> Path:
    """Where the settings file is looked for."""
    from platformdirs import user_config_path

    return user_config_path("ai-debt", appauthor=False) / FILE_NAME


def load(path: Path) -> Settings:
    """The settings of a file; the defaults if there is none, and in place of each entry that cannot be used."""
    try:
        text = path.read_text(encoding="utf-8")
        data = _parsed(text)
    except FileNotFoundError:
        return Settings()
    except (OSError, ValueError) as error:  # a ValueError: it is not UTF-8, or not TOML
        return Settings(problems=(Problem(0, f"cannot be read: {error}; the defaults are used"),))
    return _File(text).settings(data)


def _parsed(text: str) -> Mapping[str, object]:
    import tomllib

    return tomllib.loads(text)


def save_columns(path: Path, columns: Sequence[str]) -> None:
    """Write the columns of the item list into a settings file, where nothing else changes.

    Raises RegisterError where the file cannot be read or written.
    """
    import tomlkit

    from tui.private_files import PrivateError, replace_locked

    def changed(text: str) -> str:
        document = tomlkit.parse(text)
        document["columns"] = list(columns)
        return tomlkit.dumps(document)

    try:
        replace_locked(path, changed)
    except PrivateError as error:
        raise RegisterError(str(error), UNSAVED) from None
    except ValueError as error:  # it is not UTF-8, or not TOML
        raise RegisterError(f"{path} cannot be read ({error})", UNSAVED) from None


class _File:
    """A settings file: its text gives the line of an entry, for the sentences about what cannot be used."""

    def __init__(self, text: str) -> None:
        self._lines = text.splitlines()
        self._problems: list[Problem] = []

    def settings(self, data: Mapping[str, object]) -> Settings:
        """What can be used of it."""
        for name in data:
            if name not in ("theme", "ascii", "screen_reader", "columns", "keys"):
                self._refuse(name, f"unknown setting {name!r} (use theme, ascii, screen_reader, columns and [keys])")
        theme = data.get("theme", THEMES[0])
        if theme not in (*THEMES, AUTO):
            self._refuse("theme", unknown_theme(theme))
            theme = THEMES[0]
        use_ascii, speaks = self._switch(data, "ascii"), self._switch(data, "screen_reader")
        columns = self._columns(data.get("columns", list(DEFAULT_COLUMNS)))
        commands = self._commands(data.get("keys", {}))
        problems = sorted(self._problems, key=lambda problem: problem.line)
        return Settings(str(theme), use_ascii, bool(speaks), columns, commands, tuple(problems))

    def _columns(self, written: object) -> tuple[str, ...]:
        known = ", ".join(COLUMNS)
        if not isinstance(written, list):
            self._refuse("columns", f'columns must be a list, such as ["owner", "due"] (use {known})')
            return DEFAULT_COLUMNS
        for name in (name for name in written if name not in tuple(COLUMNS)):
            self._refuse("columns", f"unknown column {name!r} (use {known})")
        return tuple(dict.fromkeys(name for name in written if name in tuple(COLUMNS)))

    def _switch(self, data: Mapping[str, object], name: str) -> bool | None:
        value = data.get(name)
        if value is None or isinstance(value, bool):
            return value
        self._refuse(name, f"{name} must be true or false")
        return None

    def _commands(self, table: object) -> tuple[Command, ...]:
        """The command table with those keys that can be used; of two entries that clash the later one is ignored."""
        if not isinstance(table, dict):
            self._refuse("keys", '[keys] must be a table of command ids, such as "item.edit" = "e"')
            return COMMANDS
        if not table:
            return COMMANDS
        from tui.key_overrides import checked_keys, clashes, rebound

        keys: dict[str, tuple[str, ...]] = {}
        for command_id, written in table.items():
            try:
                keys[command_id] = checked_keys(command_id, _listed(written))
            except KeysError as error:
                self._refuse(command_id, f"{command_id}: {error}{_kept(command_id)}")
        commands = rebound(keys)
        while found := clashes(commands):
            clash = found[0]
            wrong = [each for each in keys if each in (clash.first.id, clash.second.id)][-1]
            other = clash.second if wrong == clash.first.id else clash.first
            self._refuse(wrong, f"{wrong}: {clash.key} is the key of {other.id} already{_kept(wrong)}")
            del keys[wrong]
            commands = rebound(keys)
        return commands

    def _refuse(self, name: str, what: str) -> None:
        entry = re.compile(rf"""\s*\[?\s*["']?{re.escape(name)}["']?\s*[=.\]]""")
        number = next((number for number, line in enumerate(self._lines, 1) if entry.match(line)), 0)
        self._problems.append(Problem(number, what))


def _listed(written: object) -> tuple[str, ...]:
    """One key or several. Raises KeysError for anything else."""
    if isinstance(written, dict):
        raise KeysError('put the whole id in quotation marks, as in "item.edit" = "e"')
    several = [written] if isinstance(written, str) else written
    if not isinstance(several, list) or not several or not all(isinstance(key, str) for key in several):
        raise KeysError('write a key such as "e", or a list of keys')
    return tuple(several)


def _kept(command_id: str) -> str:
    return f"; {' '.join(BY_ID[command_id].keys)} is kept" if command_id in BY_ID else ""
