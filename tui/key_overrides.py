"""Keys that users choose for commands: checked, put into the table, and compared with one another."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tui.commands import BY_ID, COMMANDS, CONTEXTS, reachable
from tui.keys import KeysError, key_name, types_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tui.commands import Command


class Clash(NamedTuple):
    """A key that would mean two commands in one context."""

    key: str
    first: Command
    second: Command


def clashes(commands: Iterable[Command] = COMMANDS) -> tuple[Clash, ...]:
    """The keys that would mean two things in one context."""
    table = tuple(commands)
    found: dict[Clash, None] = {}
    for context in CONTEXTS:
        taken: dict[str, Command] = {}
        for command in reachable(context, table):
            for key in command.keys:
                other = taken.setdefault(key, command)
                # A page may use one of its keys for leaving, as the dashboard uses it for quitting.
                if (other is not command and other.context == command.context) or (
                    other is not command and (other.context, command.context) not in _SHADOWS
                ):
                    found[Clash(key, other, command)] = None
    return tuple(found)


_PAGES = (
    "conflict history trend import register categories views review followups signals signal-rules queue minutes "
    "reviews since help"
)
_SHADOWS = frozenset((page, "anywhere") for page in _PAGES.split())


_TYPING = ("form", "filter", "question")
"""Where keys that type or edit text belong to the text, or to the answers of a question."""


def checked_keys(command_id: str, written: Iterable[str]) -> tuple[str, ...]:
    """Keys for a command by their names, however they were written.

    Raises KeysError for an id that there is none of, and for keys that it cannot have.
    """
    command = BY_ID.get(command_id)
    if command is None:
        raise KeysError(f"unknown command {command_id!r} (`ai-debt keys` lists them)")
    keys = tuple(dict.fromkeys(key_name(each) for each in written))
    typing = [key for key in keys if types_text(key)]
    if command.context in _TYPING and typing:
        raise KeysError(f"{typing[0]} types or edits text there (use a key such as ctrl+r or F2)")
    return keys


def rebound(overrides: Mapping[str, Iterable[str]], commands: Iterable[Command] = COMMANDS) -> tuple[Command, ...]:
    """The table with other keys, by command id, whatever clashes. Raises KeysError as `checked_keys` does."""
    keys = {command_id: checked_keys(command_id, written) for command_id, written in overrides.items()}
    return tuple(command._replace(keys=keys.get(command.id, command.keys)) for command in commands)
