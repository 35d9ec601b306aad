"""The dashboard: five panes over one register, kept in step with what is chosen."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar, Self

from rich.text import Text
from textual import on
from textual.events import Key
from textual.worker import WorkerCancelled

from store.errors import NotFoundError, QueryError, RegisterError
from tui.commands import BY_ID, reachable
from tui.dashboard.layout import NAMES, Arrangement, arrange
from tui.dashboard.marks import Marking
from tui.dashboard.time_travel import Past
from tui.dashboard.what_if import PANES, Governing
from tui.dispatch import bindings
from tui.editing.item_actions import Editing
from tui.keys import textual_key
from tui.panes.categories import CategoriesPane
from tui.panes.dashboard import DashboardPane
from tui.panes.fix_first import FirstPane
from tui.panes.item import ItemPane
from tui.panes.items import ItemsPane
from tui.panes.map import MapPane
from tui.panes.owners import OwnersPane
from tui.render.highlight import lit_lines
from tui.render.item import category_lines, item_lines, register_lines
from tui.render.text import line
from tui.widgets.bars import HeaderBar, KeyBar
from tui.widgets.frame import Column, Edge, Frame, Row
from tui.widgets.line_list import Covered, LineView

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.events import Paste
    from textual.geometry import Region
    from textual.widget import Widget

    from store.filters.ast import ItemFilter
    from store.queries.dependency_map import MapRows
    from store.queries.items import ItemDetail, ItemRow
    from store.queries.overview import Counts
    from tui.async_store import Gateway, View
    from tui.dashboard.live_updates import Mark
    from tui.render.text import Glyphs
    from tui.selection_reads import SelectedValues
    from tui.widgets.line_list import Built

LAYOUT_SECONDS = 0.5
"""How long keys wait for a layout at most."""
POLL_SECONDS = 1.0


def counts_words(counts: Counts) -> tuple[str, ...]:
    """`11 open`, `4 mitigated`: every status that is not zero."""
    numbers = (
        (counts.open, "open"),
        (counts.in_progress, "in progress"),
        (counts.mitigated, "mitigated"),
        (counts.accepted, "accepted"),
    )
    return tuple(f"{number:,} {word}" for number, word in numbers if number) or ("no items",)


class MainScreen(Covered, Marking, Past, Governing, Editing):
    """Owns what is chosen; the panes post up, the gateway answers, one `apply` repaints."""

    CONTEXT = "dashboard"
    AUTO_FOCUS = "#items"
    CSS_PATH = "screen.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("dashboard")]

    def __init__(self) -> None:
        super().__init__()
        self.gateway: Gateway | None = None
        self.view: View | None = None
        self.map_rows: MapRows | None = None
        self.detail: ItemDetail | None = None
        self.category: str | None = None
        self.chosen: str | None = None
        self.back: list[str] = []
        self.marks: dict[str, Mark] = {}
        self.marked: dict[str, SelectedValues] = {}
        self.current = 2
        self.right = 3
        self.zoomed = False
        self.wished = (8, 14)
        self.listed: ItemFilter | None = None
        self._arranged: tuple[Arrangement, int, int] | None = None
        self._laid_out = asyncio.Event()
        self._lets_keys_in = asyncio.Event()
        """Cleared while keys wait for the first rows."""
        self._is_shown = False
        """Whether the first frame shows."""
        self._placeless: Widget | None = None
        """The pane that got no size because the terminal is too small."""

    @property
    def glyphs(self) -> Glyphs:
        """The signs this terminal can show."""
        return self.host.glyphs

    def compose(self) -> ComposeResult:
        """Header, panes, keys."""
        # Before Textual does, so that nothing is styled and painted twice.
        self.set_class(self.app.size.width >= 80, "-wide", update=False)
        glyphs = self.glyphs
        self.header = HeaderBar(glyphs=glyphs)
        self.keys = KeyBar(glyphs=glyphs)
        self.categories = CategoriesPane(glyphs=glyphs)
        self.items = ItemsPane(glyphs=glyphs)
        self.item = ItemPane(glyphs=glyphs)
        self.dashboard = DashboardPane(glyphs=glyphs)
        self.first = FirstPane(glyphs=glyphs)
        self.owners = OwnersPane(glyphs=glyphs)
        self.map = MapPane(glyphs=glyphs)
        panes = (self.categories, self.items, self.item, self.dashboard, self.map)
        self.frames = {
            number: Frame(pane, number=number, name=NAMES[number - 1], glyphs=glyphs)
            for number, pane in enumerate(panes, start=1)
        }
        self.left_column, self.right_column = Column(id="left"), Column(id="right")
        self.lower_row = Row(id="lower")
        yield self.header
        with Row(id="body"):
            with self.left_column:
                yield self.frames[1]
                yield self.frames[2]
            with self.right_column:
                yield self.frames[3]
                with self.lower_row:
                    yield self.frames[4]
                    yield self.frames[5]
        yield self.keys

    # Layout

    def on_resize(self, event: events.Resize) -> None:
        """Lay the panes out for the new size."""
        self.lay_out(event.size.width, event.size.height)

    def lay_out(self, width: int | None = None, height: int | None = None) -> None:
        """Show the panes that fit, with the edges they share."""
        width = width or self.size.width
        height = (height or self.size.height) - 1 - self.bottom_rows(height or self.size.height)
        arrangement = arrange(
            width,
            height,
            current=self.current,
            right=self.right,
            zoomed=self.zoomed,
            categories=self.wished[0],
            dashboard=self.wished[1],
        )
        for number, frame in self.frames.items():
            edges = arrangement.panes.get(number)
            frame.display = edges is not None
            if number == 1:
                frame.fold(arrangement.is_folded)
            if edges is None:
                continue
            tabs = tuple(self.frames[tab].title for tab in edges.tabs)
            frame.head.show(corners=edges.head, tabs=tabs, current=edges.tabs.index(number))
            frame.foot.display = edges.foot is not None
            if edges.foot:
                frame.foot.show(corners=edges.foot)
            frame.set_class(edges.joined, "-joined")
        if (arrangement, width, height) != self._arranged:
            self._arranged = arrangement, width, height
            self._laid_out.clear()
        shown = set(arrangement.panes)
        left, right, lower = self.left_column, self.right_column, self.lower_row
        left.display = bool(shown & {1, 2})
        right.display = bool(shown & {3, 4, 5})
        lower.display = bool(shown & {4, 5})
        left.styles.width = arrangement.left_width or "1fr"
        self.frames[1].styles.height = arrangement.categories_height or "1fr"
        lower.styles.height = arrangement.lower_height or "1fr"
        self.call_after_refresh(self.show_notes)

    async def ready(self) -> bool:
        """Wait until the panes have their size, and the one that has the focus shows what was asked for.

        Until the first rows show, keys wait that are for them, with all that was typed after those.
        """
        if self.view is None and not self._acts_without_rows(self.host.typing.next):
            await self._lets_keys_in.wait()
            return True
        pane = self.focused
        if isinstance(pane, LineView) and not pane.size and pane is not self._placeless:
            self._laid_out.clear()
        if self._laid_out.is_set():
            return await super().ready()
        try:
            await asyncio.wait_for(self._laid_out.wait(), LAYOUT_SECONDS)
        except TimeoutError:
            self._laid_out.set()
            self._placeless = pane
        return True

    def _acts_without_rows(self, typed: Key | Paste | None) -> bool:
        """Whether what was typed is for the screen itself, such as a key that leaves or goes to a pane."""
        if not isinstance(typed, Key):
            return typed is None
        found = (c for c in reachable(self.context, self.host.commands) if typed.key in map(textual_key, c.keys))
        command = next(found, None)
        return command is None or (not command.needs and command.context in (self.CONTEXT, "anywhere"))

    def on_screen_suspend(self) -> None:
        """Let keys go to the page above this one."""
        self._lets_keys_in.set()

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """Let keys wait again where there are no rows yet."""
        if self.view is None:
            self._lets_keys_in.clear()
            # The widgets got their styles when they were mounted.
            event.refresh_styles = False

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        """Paint it again, except at the start: the first layout paints all of it."""
        if self._is_shown or layout or recompose:
            super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)
        return self

    def go_to(self, number: int) -> None:
        """Bring a pane to the front and focus it."""
        if number != self.current:
            self.current = number
            if number >= 3:
                self.right = number
            self.lay_out()
        # What is chosen may not show there yet.
        self.map.choose(self.chosen)
        self.first.choose(self.chosen)
        self.frames[number].body.focus()

    @on(Edge.Chosen)
    def _tab_chosen(self, event: Edge.Chosen) -> None:
        for frame in self.frames.values():
            if frame.display and event.edge is frame.head:
                shown = frame.head.tabs[event.number]
                self.go_to(next(each.number for each in self.frames.values() if each.title == shown))
                return

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Highlight the title of the focused pane. The event may arrive after the focus has moved on."""
        if event.widget is self.focused:
            self._light(event.widget)

    def _light(self, widget: Widget) -> None:
        for number, frame in self.frames.items():
            frame.head.show(lit=frame.body is widget)
            if frame.body is widget and number != self.current:
                self.current = number
                self.right = number if number >= 3 else self.right
                self.lay_out()
        self.show_detail()
        self.refresh_keys()

    # Opening and loading

    def on_mount(self) -> None:
        """Paint first; the register is opened afterwards."""
        self.lay_out(*self.app.size)
        self.screen_layout_refresh_signal.subscribe(self, lambda _: self._laid_out.set(), immediate=True)
        self.items.empty = "Opening the register"

    async def on_unmount(self) -> None:
        """Close the register."""
        if self.gateway is not None:
            await self.gateway.close()

    def open_register(self) -> None:
        """Open the register of the target on the worker thread, now that the first frame shows."""
        self._is_shown = True
        self.background("open", self._open)

    async def _open(self) -> None:
        from tui.startup import open_target

        try:
            self.gateway = await open_target(self)
        except RegisterError as error:
            self.app.exit(1, return_code=1, message=Text(f"ai-debt: {line(str(error))}"))
            return
        if self.gateway is None:
            self.app.exit(0)
            return
        self.gateway.queue.follow(self)
        self.header.show(actor=self.gateway.actor)
        await self.load()
        self.host.note_loaded()
        await self.look_round()
        self.set_interval(POLL_SECONDS, self.poll)
        self.background("load", self._load_rest)
        if self.host.target.review:
            from tui.review.start import resume

            await self._to_its_end(self.guarded(resume(self)))
        await self.offer_drafts()

    async def _load_rest(self) -> None:
        """Load what the first change will need, once everything shows."""
        if self.map.awaited is not None:
            try:
                await self.map.awaited.wait()
            except WorkerCancelled:
                # The screen closes, or another map is on its way: a change loads what it needs itself.
                return
        await self.store.load_verbs()

    async def load(self, *, choose: str | None = None) -> None:
        """Ask for everything again and show it in one frame; the map follows."""
        await self.looked()
        await self.look(choose=choose)
        if self.map_rows is None and self.is_current:
            # What the map is made of takes long to import, and the first rows would wait for it.
            await self._painted()
        await self.check_marks()
        self.ask_map(awaited=self.host.typing.is_held)

    async def _painted(self) -> None:
        """Wait until everything that changed shows."""
        painted = asyncio.Event()
        self.call_after_refresh(painted.set)
        await painted.wait()

    async def look(self, *, choose: str | None = None) -> None:
        """Ask for what the choice and the filter show."""
        while (gateway := self.gateway) is not None:
            key, wanted = choose or self.chosen, self.filter
            view = await self._ask(gateway, key, elsewhere=choose is not None or self.elsewhere)
            if gateway is not self.gateway:
                continue
            before = self.chosen
            self.catch_up()
            if self.chosen != before:
                choose = None
            # The cursor or the filter may have moved on while the store answered: what they left must not come back.
            if (choose or key == self.chosen) and wanted == self.filter:
                self.apply(view)
                self.slid = not choose and key is not None and key != self.chosen
                return

    async def _ask(self, gateway: Gateway, key: str | None, *, elsewhere: bool) -> View:
        """A view around an item, which may be `elsewhere` than in the list, or around the cursor's row."""
        from tui.async_store import Wanted

        try:
            view = await gateway.look(Wanted(self.filter, key, self.items.cursor))
        except QueryError as error:
            # Someone removed what the filter names.
            self.wanted = None
            self.refuse(error)
            view = await gateway.look(Wanted(self.filter, key, self.items.cursor))
        except NotFoundError:
            if self.category is None:
                raise
            # Someone removed the category that was chosen.
            self.category = None
            view = await gateway.look(Wanted(self.filter, key, self.items.cursor))
        if view.item is None and key != self.chosen:
            # The item to go to no longer exists.
            return await self._ask(gateway, self.chosen, elsewhere=self.elsewhere)
        is_elsewhere = elsewhere and view.item is not None
        if view.at is None and not is_elsewhere and view.page.items and not self._keeps_row(view):
            view = await gateway.look(Wanted(self.filter, None, self.items.cursor))
        return view

    def _keeps_row(self, view: View) -> bool:
        """Whether the item under the cursor stays where it is, though its user's change puts it elsewhere."""
        item, row = view.item, self.items.chosen
        return (
            item is not None
            and row is not None
            and item.key == row.key == self.edited
            and self.filter == self.listed
            and (view.at, view.page.total) != (self.items.cursor, self.items.total)
        )

    def apply(self, view: View) -> None:
        """Show an answer in every pane at once."""
        with self.app.batch_update():
            keeps_row = self._keeps_row(view)
            self.store.queue.shown(view.writes)
            # A filter that nothing passes leaves nothing for the keys to act on.
            self.view, self.detail = view, view.item if view.page.total or keeps_row else None
            self._lets_keys_in.set()
            self.chosen = self.detail.key if self.detail else None
            self.elsewhere = self.chosen is not None and view.at is None and not keeps_row
            summary = view.summary
            row = summary.register
            place = row.system or (row.title if row.title != self.app.title else "")
            self.header.show(place=place, counts=counts_words(summary.total.counts), escalated=summary.escalated)
            self.categories.show(summary, self.category)
            if keeps_row and self.detail is not None:
                self.items.refresh_rows((*view.page.items, *self._row_of(self.detail)))
            else:
                if self.filter != self.listed or self.chosen != self.edited:
                    self.edited = None
                self.listed = self.filter
                self.items.show(view.page, view.at, empty=self.empty_words(), words=self.looked_for)
            self.dashboard.show(summary, self.category)
            self.show_map()
            self.show_detail()
            self.show_notes()
            self.count_marks()
            self.refresh_keys()
            wished = (self.categories.row_count, self.dashboard.row_count)
            if wished != self.wished:
                self.wished = wished
                self.lay_out()

    def _row_of(self, item: ItemDetail) -> tuple[ItemRow, ...]:
        """The row under the cursor as its item is now."""
        row = self.items.chosen
        if row is None:
            return ()
        return (
            row._replace(
                title=item.title,
                description=item.description,
                severity=item.severity,
                status=item.status,
                category=item.category,
                owner=item.owner,
                flags=item.flags,
            ),
        )

    def show_detail(self) -> None:
        """The item pane: the item, or the category or register while categories are being chosen."""
        if self.view is None:
            return
        glyphs, view = self.glyphs, self.view
        if self.current == 1 and self.category is not None:
            found = next((c for c in view.summary.categories if c.code == self.category), None)
            if found is not None:
                self.item.show(f"category {found.code}", lambda width: category_lines(found, width, glyphs))
                return
        if self.current == 1 or self.detail is None:
            register = view.summary.register
            self.item.show("register", lambda width: register_lines(register, width))
            return
        detail, radius = self.detail, self.radius
        mark = self.marks.get(detail.key)
        news = f"{mark.words} just now" if mark is not None else ""
        words, marked = self.looked_for, detail.key in self.marked

        def build(width: int) -> Built:
            lines, targets = item_lines(detail, width, glyphs, radius, news=news, marked=marked)
            return lit_lines(lines, words), targets

        self.item.show(f"item {detail.key}", build)
        self.ask_radius(detail)

    @property
    def subject(self) -> str | None:
        """The category where the cursor is on one, nothing where it is on an owner, else the item."""
        if self.dashboard.has_focus:
            return self.dashboard.chosen_code(self.dashboard.cursor)
        if self.is_off_items:
            return self.category if self.current == 1 else None
        return self.chosen

    @property
    def _bar_note(self) -> str:
        """What the keys act on, and the filter where the title row has no room for all of it."""
        return f" {self.glyphs.dot} ".join(filter(None, (self.marked_words, self.long_filter)))

    def refresh_keys(self) -> None:
        """The key bar for what is enabled now, the keys of the pane first."""
        commands = [c for c in self.offered(reachable(self.context, self.host.commands)) if c.bar]
        enabled = [c for c in commands if self.check_action("run", (c.id,)) and not self._is_out_of_place(c.id)]
        own = self.context if self.context in PANES else ""
        self.keys.show(tuple(sorted(enabled, key=lambda c: (c.context != own, c.bar))), note=self._bar_note)

    def _is_out_of_place(self, command_id: str) -> bool:
        """Whether a command acts on an item, and the cursor is on something else."""
        return self.is_off_items and self.needs_chosen(command_id)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Whether a command's needs are met."""
        return action != "run" or not parameters or self.has(BY_ID[str(parameters[0])].needs)

    # Panes

    def do_pane_categories(self) -> None:
        """Pane 1."""
        self.go_to(1)

    def do_pane_items(self) -> None:
        """Pane 2."""
        self.go_to(2)

    def do_pane_item(self) -> None:
        """Pane 3."""
        self.go_to(3)

    def do_pane_dashboard(self) -> None:
        """Pane 4."""
        self.go_to(4)

    def do_pane_map(self) -> None:
        """Pane 5."""
        self.go_to(5)

    def do_pane_next(self) -> None:
        """The next pane."""
        self.go_to(self.current % 5 + 1)

    def do_pane_previous(self) -> None:
        """The previous pane."""
        self.go_to((self.current - 2) % 5 + 1)

    def do_pane_zoom(self) -> None:
        """One pane alone, and back."""
        self.zoomed = not self.zoomed
        self.lay_out()
