"""The categories page: add, edit, move and remove categories."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from store.fields import clean_text, parse_code, required_line
from store.text import number_of
from tui.dispatch import bindings
from tui.editing.drafts import Purpose
from tui.editing.fields import FormField, Values
from tui.editing.form import ask_form
from tui.editing.session import EditSession
from tui.lazy import category_commands, history_queries
from tui.render.lines import Line, emphasized, wrapped
from tui.render.text import line
from tui.screens.dialogs import confirm
from tui.screens.page import PageScreen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.binding import BindingType

    from store.queries.overview import CategoryRow
    from tui.async_store import AsyncStore
    from tui.editing.drafts import Draft
    from tui.editing.session import Current
    from tui.screens.base import StoreScreen
    from tui.widgets.line_list import Built, LineView


def page_lines(rows: tuple[CategoryRow, ...], width: int, new: str) -> Built:
    """A row for each category, its definition under it; `new` is the key that adds one."""
    lines: list[Line] = []
    targets: dict[int, str] = {}
    for row in rows:
        targets[len(lines)] = row.code
        items = number_of(row.counts.total, "item")
        lines += wrapped(
            ((f"{line(row.code)}  ", "strong accent"), (line(row.name), "strong"), (f"  {items}", "quiet")), width
        )
        lines += [*wrapped(emphasized(row.definition or "no definition yet"), width), ()]
    return lines or [((f"No categories yet; {new} adds one.", "quiet"),)], targets


def category_session(store: AsyncStore, code: str, seen: Mapping[str, str | None]) -> EditSession:
    """A category that is edited, also when its code is another one by now."""

    async def fetch(code: str) -> Current | None:
        rows = await store.categories()
        if not any(row.code == code for row in rows):
            became = await store.read(history_queries.current_key, "category", code)
            code = became.key or "" if became is not None else ""
        return next(((row.code, _facts(row)) for row in rows if row.code == code), None)

    return EditSession(store, "category", code, seen, fetch, read=lambda _, text: text or None)


class CategoriesScreen(PageScreen):
    """Shows the categories and edits them."""

    CONTEXT = "categories"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("categories")]

    def __init__(self, store: AsyncStore) -> None:
        super().__init__("Categories", store)
        self.rows: tuple[CategoryRow, ...] = ()

    async def load(self, *, choose: str | None = None) -> None:
        """The current categories; the cursor goes to the code `choose`."""
        code = choose or self.lines.chosen
        rows = self.rows = await self.store.categories()
        new = self.key_of("category.new")
        self.lines.show(lambda width: page_lines(rows, width, new))
        for at, target in self.lines.built[1].items():
            if target == code:
                self.lines.place_cursor(at)

    def _chosen_row(self) -> CategoryRow | None:
        return next((row for row in self.rows if row.code == self.lines.chosen), None)

    async def resume(self, draft: Draft) -> None:
        """Open the form of a draft."""
        if draft.purpose.command == "category.new":
            await self._new()
            return
        category = category_session(self.store, draft.purpose.name, {})
        if await category.current() is None:
            raise await category.removed_error()
        await self.load(choose=category.name)
        row = self._chosen_row()
        if row is not None:
            await self._edit(row)

    def action_new(self) -> None:
        """Add a category."""
        self.converse(self._new())

    async def _new(self) -> None:
        async def save(values: Values) -> None:
            read = _read(values)
            code, name, definition = read["code"], read["name"], read["definition"]
            assert code is not None
            assert name is not None
            verb = self.store.write(category_commands.add_category, code=code, name=name, definition=definition)
            await self.change_or_raise(verb, choose=code)

        await ask_form(self, "New category", _fields("", "", ""), save, purpose=Purpose("category.new"), verb="add")

    def action_edit(self) -> None:
        """Edit the chosen category."""
        row = self._chosen_row()
        if row is not None:
            self.converse(self._edit(row))

    async def _edit(self, row: CategoryRow) -> None:
        category = category_session(self.store, row.code, _facts(row))

        async def save(values: Values) -> None:
            changes = {name: value for name, value in _read(values).items() if value != category.seen[name]}
            if changes:
                before = {name: None if value is None else str(value) for name, value in category.seen.items()}
                verb = self.store.write(category_commands.edit_category, category.name, changes, before=before)
                await self.change_or_raise(verb, choose=changes.get("code") or category.name)

        fields = _fields(row.code, row.name, row.definition or "")
        purpose = Purpose("category.edit", row.code)
        await ask_form(self, f"Category {line(row.name)}", fields, save, session=category, purpose=purpose)

    def action_move(self, offset: int) -> None:
        """Move the chosen category down by `offset` places, or up."""
        row = self._chosen_row()
        if row is not None:
            verb = self.store.write(category_commands.move_category, row.code, offset)
            self.converse(self.change(verb, choose=row.code))

    def action_remove(self) -> None:
        """Remove the chosen category."""
        row = self._chosen_row()
        if row is None:
            return

        async def flow() -> None:
            if await confirm(self, f"Remove {line(row.name)}?", yes="y", label="remove"):
                await self.change(self.store.write(category_commands.remove_category, row.code, before=_facts(row)))

        self.converse(flow())

    def on_line_view_opened(self, event: LineView.Opened) -> None:
        """Enter edits the category."""
        event.stop()
        self.action_edit()


def _facts(row: CategoryRow) -> dict[str, str | None]:
    return {"code": row.code, "name": row.name, "definition": row.definition}


def _fields(code: str, name: str, definition: str) -> tuple[FormField, ...]:
    return (
        FormField("code", "Code", code, "the prefix of its items' keys, such as BE", check=parse_code),
        FormField(
            "name", "Name", name, "as in the document's heading", check=lambda typed: required_line("name", typed)
        ),
        FormField(
            "definition", "Definition", definition, long=True, check=lambda typed: clean_text("definition", typed)
        ),
    )


def _read(values: Values) -> dict[str, str | None]:
    return {
        "code": parse_code(values["code"]),
        "name": required_line("name", values["name"]),
        "definition": clean_text("definition", values["definition"]) or None,
    }


async def categories_page(screen: StoreScreen, _: str) -> None:
    """Show and edit the categories."""
    await screen.show(CategoriesScreen(screen.store))
    await screen.load()
