"""From a key to its command's action: bindings made from the command table, whether a command can run, running it."""

from __future__ import annotations

import inspect
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple, Protocol, cast

from textual.actions import parse
from textual.binding import Binding
from textual.events import Key

from tui.commands import BY_ID, of_context, reachable
from tui.keys import textual_key, textual_keys

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Iterable

    from textual.dom import DOMNode as _Node
    from textual.events import Paste
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


def key_of(host: Host, command_id: str) -> str:
    """The key of a command, as this user has it."""
    return next(command.keys[0] for command in host.commands if command.id == command_id)


def keys_of(host: Host, command_id: str) -> tuple[str, ...]:
    """Textual's names of the keys of a command, as this user has them."""
    return tuple(textual_key(key) for c in host.commands if c.id == command_id for key in c.keys)


# Running


class OpensDialogs(Protocol):
    """A screen whose commands may be conversations."""

    def open_dialog(self, command: Command) -> None: ...


async def run(node: object, command_id: str) -> None:
    """Run a command on the screen or widget that has its key."""
    command = BY_ID[command_id]
    if is_dialog(command):
        cast("OpensDialogs", node).open_dialog(command)
        return
    part, name, arguments = parse(command.action)
    method: Callable[..., Awaitable[None] | None]
    method = getattr(getattr(node, part), name) if part else getattr(node, f"action_{name}")
    result = method(*arguments)
    if inspect.isawaitable(result):
        await result


def arguments_of(command: Command) -> tuple[object, ...]:
    """The arguments in the action of a command."""
    return parse(command.action)[2]


def is_dialog(command: Command) -> bool:
    """Whether the action of a command is a function that holds a conversation."""
    return ":" in command.action


def dialog_of(command: Command) -> Callable[[OpensDialogs, str], Awaitable[None]]:
    """The function that holds the conversation of a command, on a screen and the names of what it is about."""
    module, _, name = command.action.partition(":")
    found: Callable[[OpensDialogs, str], Awaitable[None]] = getattr(import_module(f"tui.{module}"), name)
    return found


PAGES = {
    "categories": "register.categories",
    "followups": "followup.list",
    "register": "register.page",
    "signals": "signal.list",
    "views": "view.list",
}
"""The commands that open the pages whose forms leave drafts, by the context of the page."""


def opener(command: Command) -> Callable[[OpensDialogs, str], Awaitable[None]]:
    """The function that holds the conversation of a command, or opens the page that the command belongs to."""
    return dialog_of(command if is_dialog(command) else BY_ID[PAGES[command.context]])


# Whether a command can run


class Situation(NamedTuple):
    """What decides whether a command can run on the dashboard.

    item: whether an item is selected, or its row is being read. marked: whether items are marked. day: the day that is
    shown, empty for today. is_off_items: whether the cursor is in a pane of something else than items. box: the name
    of the category whose box the cursor is on.
    """

    is_open: bool
    item: bool
    marked: bool
    day: str = ""
    is_off_items: bool = False
    box: str = ""


class Refusal(NamedTuple):
    """Why a command cannot run, as a sentence; empty where that is obvious. is_warning: it wants attention."""

    sentence: str = ""
    is_warning: bool = False


def acts_on_selected(command: Command, *, marked: bool) -> bool:
    """Whether a command acts on the selected item: not where it acts on those that are marked."""
    return command.needs == "item" or (command.needs == "items" and not marked)


def has_needs(command: Command, now: Situation) -> bool:
    """Whether what a command needs is there."""
    met = {"": True, "register": now.is_open, "item": now.item, "items": now.item or now.marked}
    return met[command.needs]


def is_category(name: str, host: Host) -> str:
    """The message where an item is needed and a category of the map is selected."""
    return f"{name} is a category; {key_of(host, 'list.open')} opens it"


def can_run(command: Command, now: Situation, host: Host) -> Refusal | None:
    """Why a command cannot run; None where it can."""
    if now.day and command.writes:
        back = f"{key_of(host, 'register.as-of')} or {key_of(host, 'items.clear')} returns to today"
        return Refusal(f"this is the register as of {now.day}: {back}", is_warning=True)
    if acts_on_selected(command, marked=now.marked):
        if now.box:
            return Refusal(is_category(now.box, host))
        if now.is_off_items:
            return Refusal(f"Select an item first: {key_of(host, 'pane.items')} goes to the items")
    return None if has_needs(command, now) else Refusal()


def in_key_bar(commands: Iterable[Command], now: Situation, pane: str) -> tuple[Command, ...]:
    """The commands that the key bar names, those of a pane first.

    On another day, these are the one that returns to today, and what changes nothing.
    """
    found = [
        command._replace(label="today", bar=1) if now.day and command.id == "register.as-of" else command
        for command in commands
        if command.bar
        and has_needs(command, now)
        and not (now.day and command.writes)
        and not (now.is_off_items and acts_on_selected(command, marked=now.marked))
    ]
    return tuple(sorted(found, key=lambda command: (command.context != pane, command.bar)))


def acts_without_rows(typed: Key | Paste | None, context: str, host: Host) -> bool:
    """Whether what was typed is for the dashboard itself, such as a key that leaves or goes to a pane."""
    if not isinstance(typed, Key):
        return typed is None
    found = (c for c in reachable(context, host.commands) if typed.key in map(textual_key, c.keys))
    command = next(found, None)
    return command is None or (not command.needs and command.context in ("dashboard", "anywhere"))


class Hosted(_Node):
    """A widget of the application."""

    @property
    def host(self) -> Host:
        """The application, with its glyphs, commands and styles."""
        return cast("Host", self.app)

    def key_of(self, command_id: str) -> str:
        """The key of a command, as this user has it."""
        return key_of(self.host, command_id)

    def keys_of(self, command_id: str) -> tuple[str, ...]:
        """Textual's names of the keys of a command, as this user has them."""
        return keys_of(self.host, command_id)


class Runs(Hosted):
    """A widget whose keys run the actions of their commands."""

    def background(self, group: str, work: Callable[[], Coroutine[None, None, None]]) -> Worker[None]:
        """Run work in a worker, in place of older work of its group."""
        return self.run_worker(work, group=group, exclusive=True)

    async def action_run(self, command_id: str) -> None:
        """Run a command of this widget."""
        await run(self, command_id)
