"""The conversations about the whole register: export, import, its own page, its categories."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from store.errors import OutdatedPlanError, OverwriteError
from store.text import command_line
from tui.editing.fields import FormField, Values, complete_path, propose_path, readable_path, typed_path
from tui.editing.form import ask_form
from tui.lazy import export_commands, import_apply, overview_queries
from tui.screens.dialogs import confirm
from tui.screens.import_preview import PreviewScreen

if TYPE_CHECKING:
    from collections.abc import Callable

    from tui.render.import_plan import Preview
    from tui.screens.base import StoreScreen

DEFAULT_NAME = "ai-debt-register.md"


async def _document_path(screen: StoreScreen) -> str:
    return (await screen.store.read(overview_queries.register_row)).document_path or str(Path.cwd() / DEFAULT_NAME)


async def _file_field(screen: StoreScreen, hint: str, check: Callable[[str], Path]) -> FormField:
    return FormField(
        "path", "File", await _document_path(screen), hint, check=check, propose=propose_path, complete=complete_path
    )


def _only_read(screen: StoreScreen, command: str, does: str) -> bool:
    """Whether nothing can be saved here; tells the user that, and which command works instead."""
    target = screen.host.target
    way = f"`{command_line(command, str(target.place) if target.named else None)}` {does}"
    refusal = screen.store.refusal(way) if screen.store.frozen is None else None
    if refusal is not None:
        screen.refuse(refusal)
    return refusal is not None


async def export(screen: StoreScreen, _: str) -> None:
    """Export to a file, in the format of its suffix; a refusal can be overruled."""
    if _only_read(screen, "export - > FILE", "writes the document without recording the export"):
        return
    refused: list[tuple[Path, str]] = []

    async def save(values: Values) -> None:
        path = typed_path(values["path"])
        try:
            await screen.change_or_raise(screen.store.write(export_commands.export_to, path))
        except OverwriteError as error:
            refused.append((path, str(error)))

    field = await _file_field(screen, "the Markdown file to write; .csv or .json for a copy", typed_path)
    await ask_form(screen, "Export", (field,), save, verb="export")
    for path, why in refused:
        question = f"{why}.\n\nReplace {path} anyway?"
        if await confirm(screen, question, yes="R", label="replace the file"):
            await screen.change_or_raise(screen.store.write(export_commands.export_to, path, force=True))


async def import_file(screen: StoreScreen, _: str) -> None:
    """Import a Markdown file, after a preview."""
    if _only_read(screen, "import FILE --dry-run", "shows what importing would do"):
        return
    chosen: list[tuple[Preview, Path]] = []

    async def save(values: Values) -> None:
        path = readable_path(values["path"])
        chosen.append((await screen.store.plan_import(path), path))

    field = await _file_field(screen, "the Markdown file to read", readable_path)
    if not await ask_form(screen, "Import", (field,), save, verb="import"):
        return
    found, path = chosen[-1]
    outdated = False
    while True:
        preview = PreviewScreen(found, path, partial(screen.store.plan_import, path))
        await screen.show(preview, expected=not outdated)
        if (answer := preview.answer) is None:
            return
        plan = preview.plan
        try:
            verb = screen.store.write(import_apply.apply_import, plan, prune=answer.prune, prefer=answer.prefer)
            await screen.change_or_raise(verb)
            return
        except OutdatedPlanError as error:
            screen.refuse(error)
            outdated = True
            found = await preview.planned_again()
