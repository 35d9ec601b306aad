"""The commands that leave the panes: export, import, the register's page, the categories page."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from store.errors import InvalidValueError, RegisterError
from tui.screens.base import Flows
from tui.screens.confirm import ConfirmScreen
from tui.screens.form import FormField, FormScreen, Values
from tui.widgets.proposals import Proposal

if TYPE_CHECKING:
    from collections.abc import Sequence

DEFAULT_NAME = "ai-debt-register.md"


def typed_path(typed: str) -> Path:
    """A path as typed, `~` and all. Raises InvalidValueError where it is empty or a folder."""
    if not typed.strip():
        raise InvalidValueError("path", "the path is empty", "type a file name")
    path = Path(typed.strip()).expanduser()
    if path.is_dir():
        raise InvalidValueError("path", f"{path} is a folder", "add a file name")
    return path


def readable_path(typed: str) -> Path:
    """A path of a file that is there. Raises InvalidValueError."""
    path = typed_path(typed)
    if not path.is_file():
        raise InvalidValueError("path", f"there is no file {path}", "check the name")
    return path


async def propose_path(typed: str) -> Sequence[Proposal]:
    """Folders and Markdown files that begin with what was typed."""
    return await asyncio.to_thread(_paths, typed)


def _paths(typed: str) -> Sequence[Proposal]:
    path = Path(typed.strip() or ".").expanduser()
    folder, start = (path, "") if typed.strip().endswith("/") or not typed.strip() else (path.parent, path.name)
    try:
        found = sorted(p for p in folder.iterdir() if p.name.startswith(start) and not p.name.startswith("."))
    except OSError:
        return ()
    shown = [p for p in found if p.is_dir() or p.suffix.lower() in (".md", ".markdown", ".txt")][:50]
    return [
        Proposal(f"{p}/" if p.is_dir() else str(p), f"{p}/" if p.is_dir() else str(p)) for p in shown if str(p) != typed
    ]


class Files(Flows):
    """Documents and pages."""

    def _document_path(self) -> str:
        path = self.view.summary.register.document_path if self.view else None
        return path or str(Path.cwd() / DEFAULT_NAME)

    def do_register_export(self) -> None:
        """Export to a Markdown file; a refusal can be overruled."""

        async def flow() -> None:
            refused: list[tuple[Path, str]] = []

            async def save(values: Values) -> None:
                path = typed_path(values["path"])
                try:
                    await self.change_or_raise(self.store.export_file(path))
                except InvalidValueError:
                    raise
                except RegisterError as error:
                    if not path.is_file():
                        raise
                    refused.append((path, str(error)))

            hint = "the Markdown file that is written"
            field = FormField("path", "File", self._document_path(), hint, check=typed_path, propose=propose_path)
            await self.app.push_screen_wait(FormScreen("Export", (field,), save))
            for path, why in refused:
                question = f"{why}.\n\nReplace {path} all the same?"
                if await self.app.push_screen_wait(ConfirmScreen(question, yes="R", label="replace the file")):
                    await self.change(self.store.export_file(path, force=True))

        self.flow(flow())

    def do_register_import(self) -> None:
        """Import a Markdown file, after a preview."""

        async def flow() -> None:
            from tui.screens.preview import PreviewScreen

            chosen: list[Path] = []

            async def save(values: Values) -> None:
                chosen.append(readable_path(values["path"]))

            field = FormField(
                "path",
                "File",
                self._document_path(),
                "the Markdown file to read",
                check=readable_path,
                propose=propose_path,
            )
            if not await self.app.push_screen_wait(FormScreen("Import", (field,), save)):
                return
            try:
                plan = await self.store.plan_import(chosen[-1])
            except RegisterError as error:
                self.refuse(error)
                return
            preview = PreviewScreen(plan, chosen[-1])
            await self.app.push_screen_wait(preview)
            if (answer := preview.answer) is not None:
                await self.change(self.store.apply_import(plan, prune=answer.prune, prefer=answer.prefer))

        self.flow(flow())

    def do_register_page(self) -> None:
        """The register's own page."""

        async def flow() -> None:
            from tui.screens.register import RegisterScreen

            await self.app.push_screen_wait(RegisterScreen(self.store))
            await self.load()

        self.flow(flow())

    def do_register_categories(self) -> None:
        """The categories page."""

        async def flow() -> None:
            from tui.screens.categories import CategoriesScreen

            await self.app.push_screen_wait(CategoriesScreen(self.store))
            await self.load()

        self.flow(flow())
