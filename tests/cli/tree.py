"""The commands of `ai-debt` and their parameters, as the program itself knows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from tui.cli.application import app_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typer.core import TyperArgument, TyperOption


def commands() -> dict[tuple[str, ...], TyperCommand | TyperGroup]:
    """Every command by the words that call it; `()` is the program without any."""
    root = get_command(app_of())
    assert isinstance(root, TyperGroup)
    return dict(_below((), root))


def _below(
    words: tuple[str, ...], command: TyperCommand | TyperGroup
) -> Iterator[tuple[tuple[str, ...], TyperCommand | TyperGroup]]:
    yield words, command
    if isinstance(command, TyperGroup):
        for name, each in command.commands.items():
            assert isinstance(each, TyperCommand | TyperGroup)
            yield from _below((*words, name), each)


def parameters(command: TyperCommand | TyperGroup) -> Iterator[TyperArgument | TyperOption]:
    """The arguments and options of a command."""
    yield from command.params  # type: ignore[misc]  # declared as what they derive from
