"""The first start: import a file, load the sample, or begin a new register."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from store.errors import RegisterError
from store.fields import clean_line, required_line
from tui.commands import of_context
from tui.paths import complete_path, propose_path, readable_path
from tui.screens.conversing import Converses
from tui.screens.form import FormScreen
from tui.screens.form_field import FormField, Values
from tui.text import safe
from tui.widgets.bars import KeyBar
from tui.widgets.runs import bindings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from textual.app import ComposeResult
    from textual.binding import BindingType


@dataclass(frozen=True, slots=True)
class Beginning:
    """How a register begins: from a document, from the sample, or with a title."""

    document: Path | None = None
    sample: bool = False
    title: str = ""
    system: str | None = None


class WelcomeScreen(Converses, Screen[bool]):
    """Offers the three beginnings; `begin` makes the register and raises RegisterError to refuse."""

    CONTEXT = "welcome"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("welcome"), Binding("escape", "leave", "leave", show=False)]
    DEFAULT_CSS = """
    WelcomeScreen { align: center middle; }
    WelcomeScreen > Vertical { width: 68; max-width: 100%; height: auto; max-height: 100%;
        padding: 0 2; overflow-y: auto; }
    WelcomeScreen Static { height: auto; }
    WelcomeScreen .title { text-style: bold; color: $accent; }
    WelcomeScreen .error { color: $error; }
    WelcomeScreen KeyBar { dock: bottom; }
    """

    def __init__(self, place: str, begin: Callable[[Beginning], Awaitable[None]]) -> None:
        super().__init__()
        self.place = place
        self.begin = begin

    def compose(self) -> ComposeResult:
        """What this is, the three beginnings, where it will be kept."""
        commands = of_context("welcome", self.host.commands)
        rows = [
            part
            for c in commands
            for part in ("\n", (f"{c.keys[0]}  ", "bold $accent"), (c.label, "bold"), f"\n   {c.help}\n")
        ]
        with Vertical():
            yield Static(Content("AI Debt Register"), classes="title")
            yield Static(
                Content("\nWhich debt hurts us, who owns it, what do we fix first? There is no register here yet.")
            )
            yield Static(Content.assemble(*rows))
            yield Static(Content(f"\nIt will be kept in {safe(self.place)}"))
            yield Static("", classes="error")
        self.keys = KeyBar(glyphs=self.host.glyphs)
        yield self.keys

    def on_mount(self) -> None:
        """The keys."""
        commands = of_context("welcome", self.host.commands) + of_context("anywhere", self.host.commands)
        self.keys.show(tuple(c for c in commands if c.bar))

    def _ask(
        self, title: str, fields: tuple[FormField, ...], beginning: Callable[[Values], Beginning], verb: str
    ) -> None:
        async def save(values: Values) -> None:
            await self.begin(beginning(values))

        async def flow() -> None:
            if await self.show(FormScreen(title, fields, save, verb=verb)):
                self.dismiss(True)

        self.converse(flow())

    def do_welcome_import(self) -> None:
        """Import a file."""
        field = FormField(
            "path",
            "File",
            hint="the Markdown file to read",
            check=readable_path,
            propose=propose_path,
            complete=complete_path,
        )
        self._ask(
            "Import a register", (field,), lambda values: Beginning(document=readable_path(values["path"])), "import"
        )

    def do_welcome_sample(self) -> None:
        """Load the sample."""

        async def flow() -> None:
            try:
                await self.begin(Beginning(sample=True))
            except RegisterError as error:
                self.query_one(".error", Static).update(Content(f"\n{safe(str(error))}"))
            else:
                self.dismiss(True)

        self.converse(flow())

    def do_welcome_begin(self) -> None:
        """Begin a new register."""
        fields = (
            FormField("title", "Title", "AI Debt Register", "", check=lambda typed: required_line("title", typed)),
            FormField(
                "system", "System", "", "the system whose debt this is", check=lambda typed: clean_line("system", typed)
            ),
        )
        self._ask(
            "A new register",
            fields,
            lambda values: Beginning(title=values["title"], system=clean_line("system", values["system"]) or None),
            "create",
        )

    def action_leave(self) -> None:
        """Leave without a register."""
        self.dismiss(False)
