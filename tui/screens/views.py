"""The saved views page: every view with its count; choosing one filters by it, saved ones are edited."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len

from store.enums import SavedKind
from store.errors import InvalidValueError, QueryError, RegisterError
from store.fields import required_line
from store.text import number_of
from tui.dispatch import bindings
from tui.editing.drafts import Purpose
from tui.editing.fields import FormField, Values, from_list
from tui.editing.form import ask_form
from tui.editing.session import EditSession
from tui.lazy import lookup, overview_queries, saved_query_commands
from tui.render.lines import Line, between, width_of, wrapped
from tui.render.text import Glyphs, fit, line
from tui.screens.dialogs import confirm
from tui.screens.page import PageScreen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.binding import BindingType

    from store.queries.overview import ViewRow
    from tui.async_store import AsyncStore
    from tui.editing.drafts import Draft
    from tui.editing.session import Current
    from tui.screens.base import StoreScreen
    from tui.widgets.line_list import Built, LineView


def counted(row: ViewRow) -> str:
    """`12 items`, `3 items, 4 unknown`, or `invalid`."""
    if row.items is None:
        return "invalid"
    items = number_of(row.items, "item")
    return f"{items}, {row.unknown:,} unknown" if row.unknown else items


def page_lines(rows: tuple[ViewRow, ...], width: int, glyphs: Glyphs, none_yet: str) -> Built:
    """A row for each view, the built-in ones first; where they are too long for one, the filter under the name.

    none_yet: the text if none was saved.
    """
    lines: list[Line] = []
    targets: dict[int, str] = {}
    names = max((cell_len(line(row.name)) for row in rows), default=0) + 2
    is_wide = all(names + cell_len(line(row.query)) + 2 + cell_len(counted(row)) <= width for row in rows)
    for title, built_in in (("Built in", True), ("Saved", False)):
        lines += [*([()] if lines else []), ((title, "label"),)]
        own = [row for row in rows if row.built_in is built_in]
        for row in own:
            targets[len(lines)] = row.name
            name: Line = ((fit(line(row.name), names, glyphs.more) if is_wide else line(row.name), "strong"),)
            query: Line = ((line(row.query), "quiet"),)
            count: Line = ((f"  {counted(row)}", "warning" if row.problem else ""),)
            if is_wide:
                lines.append(between((*name, *query), count, width))
            else:
                fits = width_of((*name, *count)) <= width
                lines += [between(name, count, width)] if fits else wrapped((*name, *count), width, "  ")
                lines += [(("  ", ""), *part) for part in wrapped(query, width - 2)]
            if row.problem:
                lines += [(("  ", ""), *part) for part in wrapped(((line(row.problem), "high"),), width - 2)]
        if not own:
            lines += wrapped(((none_yet, "quiet"),), width)
    return lines, targets


def view_session(store: AsyncStore, name: str, seen: Mapping[str, str]) -> EditSession:
    """A saved view that is edited."""

    async def fetch(name: str) -> Current | None:
        rows = await store.read(lookup.saved_queries, SavedKind.VIEW)
        row = next((row for row in rows if row.name == name), None)
        return None if row is None else (name, {"name": row.name, "query": row.query})

    return EditSession(store, "view", name, seen, fetch, subject="the view {name}", labels=LABELS)


LABELS = {"name": "Name", "query": "Filter"}


def view_fields(name: str, query: str, known: tuple[str, ...] = ()) -> tuple[FormField, ...]:
    """The fields of a view."""
    return (
        FormField(
            "name",
            LABELS["name"],
            name,
            "the view's name",
            check=lambda typed: required_line("name", typed),
            propose=from_list(known),
        ),
        FormField(
            "query",
            LABELS["query"],
            query,
            "such as severity:high owner:none sort:-age",
            check=check_filter,
        ),
    )


def check_filter(typed: str) -> None:
    """Refuse an invalid filter, next to its field."""
    from store.filters.parser import parse

    text = required_line("query", typed)
    try:
        parse(text)
    except QueryError as error:
        raise InvalidValueError("query", f"column {error.column + 1}: {error.what}", error.remedy) from None


class ViewsScreen(PageScreen):
    """Shows the views; `taken` is the filter of the one that was chosen."""

    CONTEXT = "views"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("views")]

    def __init__(self, store: AsyncStore) -> None:
        super().__init__("Views", store)
        self.rows: tuple[ViewRow, ...] = ()
        self.taken: str | None = None

    async def load(self, *, choose: str | None = None) -> None:
        """The current views; the cursor goes to the one named `choose`."""
        name = choose or self.lines.chosen
        rows = self.rows = await self.store.read(overview_queries.views, self.store.cache)
        glyphs = self.host.glyphs
        new, save = self.key_of("view.new"), self.key_of("view.save")
        none_yet = f"None yet; {new} adds one, and {save} in the dashboard saves its filter."
        self.lines.show(lambda width: page_lines(rows, width, glyphs, none_yet))
        self.frame.note(f"{self.key_of('list.open')} shows the items")
        for at, target in self.lines.built[1].items():
            if target == name:
                self.lines.place_cursor(at)

    def _row(self) -> ViewRow | None:
        """The view under the cursor."""
        stops = list(self.lines.built[1])
        at = self.lines.cursor
        return self.rows[stops.index(at)] if at in stops else None

    def _own(self) -> ViewRow | None:
        """The saved view under the cursor; of a built-in one it says that it stays."""
        row = self._row()
        if row is not None and row.built_in:
            remedy = f"{self.key_of('view.new')} saves a new view"
            self.refuse(RegisterError(f"{row.name} is built in and cannot be changed", remedy))
            return None
        return row

    async def resume(self, draft: Draft) -> None:
        """Open the form of a draft."""
        if draft.purpose.command == "view.new":
            await self._new()
            return
        await self.load(choose=draft.purpose.name)
        row = self._row()
        if row is None or row.name != draft.purpose.name:
            raise await view_session(self.store, draft.purpose.name, {}).removed_error()
        await self._edit(row)

    def on_line_view_opened(self, event: LineView.Opened) -> None:
        """Enter takes the view."""
        event.stop()
        row = self._row()
        if row is not None and row.problem:
            self.refuse(RegisterError(row.problem))
        elif row is not None:
            self.taken = row.query
            self.dismiss(None)

    def action_new(self) -> None:
        """A new view."""
        self.converse(self._new())

    async def _new(self) -> None:
        self.purpose = Purpose("view.new")
        await save_as(self, "New view", "", verb="add")

    def action_edit(self) -> None:
        """Edit the chosen view."""
        row = self._own()
        if row is not None:
            self.converse(self._edit(row))

    async def _edit(self, row: ViewRow) -> None:
        view = view_session(self.store, row.name, {"name": row.name, "query": row.query})

        async def save(values: Values) -> None:
            changes = {name: text for name, text in values.items() if text.strip() != view.seen[name]}
            if changes:
                before = {name: str(value) for name, value in view.seen.items()}
                edit = saved_query_commands.edit_query
                verb = self.store.write(edit, SavedKind.VIEW, view.name, changes, before=before)
                await self.change_or_raise(verb, choose=changes.get("name", view.name))

        fields, purpose = view_fields(row.name, row.query), Purpose("view.edit", row.name)
        await ask_form(self, f"View {line(row.name)}", fields, save, session=view, purpose=purpose)

    def action_remove(self) -> None:
        """Remove the chosen view."""
        row = self._own()
        if row is None:
            return

        async def flow() -> None:
            if await confirm(self, f"Remove the view {line(row.name)}?", yes="y", label="remove"):
                await self.change(self.store.write(saved_query_commands.remove_query, SavedKind.VIEW, row.name))

        self.converse(flow())


async def save_as(screen: StoreScreen, title: str, query: str, *, verb: str = "save") -> None:
    """Save a filter under a name; a name that is there is replaced only after a question."""

    async def save(values: Values) -> None:
        name, text = required_line("name", values["name"]), required_line("query", values["query"])
        rows = await screen.store.read(lookup.saved_queries, SavedKind.VIEW)
        row = next((row for row in rows if row.name.casefold() == name.casefold()), None)
        if row is not None and row.query != text:
            question = f"There is a view {line(row.name)}: {line(row.query)}\n\nReplace it?"
            if not await confirm(screen, question, yes="R", label="replace it"):
                raise InvalidValueError("name", f"there is a view {row.name} already", "choose another name")
        before = row.query if row is not None else None
        choose = name if isinstance(screen, ViewsScreen) else None
        written = screen.store.write(saved_query_commands.save_query, SavedKind.VIEW, name, text, before=before)
        await screen.change_or_raise(written, choose=choose)

    names = tuple(row.name for row in await screen.store.read(lookup.saved_queries, SavedKind.VIEW))
    await ask_form(screen, title, view_fields("", query, names), save, verb=verb)
