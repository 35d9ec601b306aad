"""Bindings made from the command table, and the one action that runs a command by its id."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, cast

from textual.actions import parse
from textual.binding import Binding

from tui.commands import BY_ID, of_context
from tui.keys import textual_key, textual_keys

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from textual.dom import DOMNode as _Node
    from textual.worker import Worker

    from tui.commands import Command
    from tui.host import Host
else:
    # At run time a plain mixin: Textual takes a class's style rules from the first of its bases that is a node.
    _Node = object


def bindings(context: str, *, priority: bool = False) -> list[Binding]:
    """The bindings of a context; `priority`: they act before what has the focus, as leaving always does."""
    return [
        Binding(
            textual_keys(command.keys),
            f"run('{command.id}')",
            command.label,
            id=command.id,
            tooltip=command.help,
            priority=priority or command.id == "app.leave",
        )
        for command in of_context(context)
    ]


def action_of(command: Command) -> str:
    """The action that runs a command from a screen it is reachable on, without its key."""
    where = "app." if command.context == "anywhere" else "screen."
    return f"{where}run('{command.id}')"


class Hosted(_Node):
    """A node of our application."""

    @property
    def host(self) -> Host:
        """The application, with its glyphs, commands and styles."""
        return cast("Host", self.app)

    def key_of(self, command_id: str) -> str:
        """The key of a command, as this user has it."""
        return next(command.keys[0] for command in self.host.commands if command.id == command_id)

    def keys_of(self, command_id: str) -> tuple[str, ...]:
        """Textual's names of the keys of a command, as this user has them."""
        return tuple(textual_key(key) for c in self.host.commands if c.id == command_id for key in c.keys)


class Runs(Hosted):
    """Runs a command as the action of its row in the command table, awaited when it is a coroutine."""

    def background(self, group: str, work: Callable[[], Coroutine[None, None, None]]) -> Worker[None]:
        """Run work in a worker, in place of older work of its group."""
        return self.run_worker(work, group=group, exclusive=True)

    async def action_run(self, command_id: str) -> None:
        """Run a command of this context."""
        method, arguments = handler(self, BY_ID[command_id])
        result = method(*arguments)
        if inspect.isawaitable(result):
            await result


def handler(node: object, command: Command) -> tuple[Callable[..., Awaitable[None] | None], tuple[object, ...]]:
    """The method that carries out a command on a screen or widget, and its arguments."""
    if not command.action:
        return getattr(node, method_name(command.id)), ()
    part, name, arguments = parse(command.action)
    owner, method = (getattr(node, part), name) if part else (node, f"action_{name}")
    found: Callable[..., Awaitable[None] | None] = getattr(owner, method)
    return found, arguments


def method_name(command_id: str) -> str:
    """The method of a command that is not a row of one action yet."""
    return "do_" + command_id.replace(".", "_").replace("-", "_")
