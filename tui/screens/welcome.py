"""The first start: import a file, load the sample, or begin a new register."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Protocol

from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from store.errors import RegisterError
from store.fields import clean_line, required_line
from tui.commands import of_context
from tui.dispatch import bindings
from tui.editing.fields import FormField, Values, complete_path, propose_path, readable_path
from tui.editing.form import FormScreen
from tui.render.text import safe
from tui.screens.base import BaseScreen
from tui.screens.import_preview import PreviewScreen
from tui.widgets.bars import KeyBar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine
    from pathlib import Path

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from store.commands.imports.plan import ImportPlan, Same
    from store.formats.document.rules import ReadingRules
    from tui.render.import_plan import Preview

    class Plan(Protocol):
        """Reads a document, as was settled. Raises RegisterError."""

        async def __call__(
            self, path: Path, settled: ReadingRules | None = None, same: Same | None = None
        ) -> Preview: ...


@dataclass(frozen=True, slots=True)
class Beginning:
    """How a register begins: with what an import planned, with the sample, or with a title."""

    plan: ImportPlan | None = None
    sample: bool = False
    title: str = ""
    system: str | None = None


class WelcomeScreen(BaseScreen[bool]):
    """Offers the three beginnings.

    `plan` reads a document for the preview, `begin` makes the register; both raise RegisterError to refuse.
    """

    CONTEXT = "welcome"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("welcome")]
    DEFAULT_CSS = """
    WelcomeScreen { align: center middle; }
    WelcomeScreen > Vertical { width: 68; max-width: 100%; height: auto; max-height: 100%;
        padding: 0 2; overflow-y: auto; }
    WelcomeScreen Static { height: auto; }
    WelcomeScreen .title { text-style: bold; color: $accent; }
    WelcomeScreen .error { color: $error; display: none; }
    WelcomeScreen .error.-shown { display: block; }
    WelcomeScreen KeyBar { dock: bottom; }
    """

    def __init__(
        self,
        place: str,
        plan: Plan,
        begin: Callable[[Beginning], Awaitable[None]],
    ) -> None:
        super().__init__()
        self.place = place
        self.plan = plan
        self.begin = begin

    def compose(self) -> ComposeResult:
        """What this is, the three beginnings, where it will be kept."""
        commands = [c for c in of_context("welcome", self.host.commands) if c.id != "welcome.close"]
        rows = [
            part
            for c in commands
            for part in ("\n", (f"{c.keys[0]}  ", "bold $accent"), (c.label, "bold"), f"\n   {c.help}\n")
        ]
        with Vertical():
            yield Static(Content("AI Debt Register"), classes="title")
            yield Static("", classes="error")
            yield Static(
                Content("\nWhich debt hurts us, who owns it, what do we fix first? There is no register here yet.")
            )
            yield Static(Content.assemble(*rows))
            yield Static(Content(f"\nIt will be stored in {safe(self.place)}"))
        self.keys = KeyBar(glyphs=self.host.glyphs)
        yield self.keys

    def on_mount(self) -> None:
        """The keys."""
        commands = of_context("welcome", self.host.commands) + of_context("anywhere", self.host.commands)
        self.keys.show(tuple(c for c in commands if c.bar))
        self.call_after_refresh(self.host.typing.note_painted, self)

    async def _begin(self, beginning: Beginning) -> None:
        """Make the register and leave; a refusal is shown, and the welcome stays."""
        try:
            await self.begin(beginning)
        except RegisterError as error:
            self._refuse(str(error))
        else:
            self.dismiss(True)

    def _refuse(self, sentence: str) -> None:
        error = self.query_one(".error", Static)
        error.update(Content(f"\n{safe(sentence)}" if sentence else ""))
        error.set_class(bool(sentence), "-shown")

    def _converse(self, flow: Coroutine[None, None, None]) -> None:
        self._refuse("")
        self.converse(flow)

    def action_import(self) -> None:
        """Import a file, after a preview."""
        chosen: list[tuple[Preview, Path]] = []
        hint = "the Markdown file to read"
        field = FormField("path", "File", hint=hint, check=readable_path, propose=propose_path, complete=complete_path)

        async def save(values: Values) -> None:
            path = readable_path(values["path"])
            chosen.append((await self.plan(path), path))

        async def flow() -> None:
            if not await self.show(FormScreen("Import a register", (field,), save, verb="import")):
                return
            found, path = chosen[-1]
            preview = PreviewScreen(found, path, partial(self.plan, path))
            await self.show(preview)
            if preview.answer is not None:
                await self._begin(Beginning(plan=preview.plan))

        self._converse(flow())

    def action_sample(self) -> None:
        """Load the sample."""
        self._converse(self._begin(Beginning(sample=True)))

    def action_begin(self) -> None:
        """Begin a new register."""
        fields = (
            FormField("title", "Title", "AI Debt Register", "", check=lambda typed: required_line("title", typed)),
            FormField(
                "system", "System", "", "the system that it is about", check=lambda typed: clean_line("system", typed)
            ),
        )

        async def save(values: Values) -> None:
            await self.begin(Beginning(title=values["title"], system=clean_line("system", values["system"]) or None))

        async def flow() -> None:
            if await self.show(FormScreen("New register", fields, save, verb="create")):
                self.dismiss(True)

        self._converse(flow())

    def action_close(self) -> None:
        """Leave without a register."""
        self.dismiss(False)
