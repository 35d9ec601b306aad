"""The dashboard: panes over one register, kept in step with what is selected."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar, Self, TypeVar

from rich.text import Text
from textual import on
from textual.geometry import Size
from textual.reactive import Reactive
from textual.worker import WorkerCancelled

from store.errors import RegisterError
from tui import dispatch
from tui.commands import BY_ID, reachable
from tui.dashboard.filtering import Filtering
from tui.dashboard.layout import LEFT, LOWER, RIGHT, UPPER, Arrangement, arrange, make_pane, show_arrangement
from tui.dashboard.live_updates import LiveUpdates
from tui.dashboard.marks import DashboardItems, Marks
from tui.dashboard.selection import ItemSelection, row_of
from tui.dashboard.state import DashboardState, Panes, ShowsSummary
from tui.dashboard.time_travel import TimeTravel
from tui.dashboard.what_if import WhatIf
from tui.dispatch import bindings
from tui.editing.item_actions import ItemActions, ItemScreen
from tui.panes.categories import CategoriesPane
from tui.panes.dashboard import DashboardPane
from tui.panes.fix_first import FirstPane
from tui.panes.item import ItemPane
from tui.panes.items import ItemsPane
from tui.panes.map import MapPane
from tui.panes.owners import OwnersPane
from tui.panes.registry import BY_NAME, FRAMED, NUMBERS, PANES
from tui.render.badges import counts_words
from tui.render.highlight import lit_lines
from tui.render.item import category_lines, item_lines, register_lines
from tui.render.text import line
from tui.screens.base import BaseScreen
from tui.widgets.bars import HeaderBar, KeyBar
from tui.widgets.frame import Column, Edge, Frame, Row
from tui.widgets.line_list import LineView
from tui.widgets.painted import blank_line

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.geometry import Region
    from textual.strip import Strip
    from textual.widget import Widget

    from store.audit.log import Done
    from tui.async_store import View
    from tui.commands import Command
    from tui.widgets.filter_bar import FilterBar
    from tui.widgets.line_list import Built

LAYOUT_SECONDS = 0.5
"""How long keys wait for a layout at most."""
POLL_SECONDS = 1.0
PANE_CONTEXTS = ("map", "first")
"""Contexts of panes that have their own keys."""
Body = TypeVar("Body", bound=LineView)
ONE_ONLY = ("item.edit-texts", "item.relabel", "item.unlink", "item.history")
"""Commands of the selected item alone, also where others are marked."""


class DashboardScreen(ItemScreen):
    """Owns the state of the dashboard; the panes post up, the parts change the state, one `apply` repaints."""

    CONTEXT = "dashboard"
    AUTO_FOCUS = "#items"
    CSS_PATH = "screen.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("dashboard")]
    # The panes cover it: whatever size they give it, it asks for no other layout.
    virtual_size = Reactive(Size(0, 0), repaint=False)

    def __init__(self) -> None:
        super().__init__()
        self.state = DashboardState()
        self.current = NUMBERS["items"]
        self.right = NUMBERS["item"]
        self.is_zoomed = False
        self._arranged: tuple[Arrangement, int, int] | None = None
        self._laid_out = asyncio.Event()
        """Cleared while panes await their size."""
        self._lets_keys_in = asyncio.Event()
        """Cleared while keys wait for the first rows."""
        self._is_shown = False
        """Whether the first frame shows."""
        self._placeless: Widget | None = None
        """The pane that got no size because the terminal is too small."""

    def compose(self) -> ComposeResult:
        """Header, panes, keys."""
        # Before Textual does, so that nothing is styled and painted twice.
        self.set_class(self.app.size.width >= 80, "-wide", update=False)
        glyphs = self.host.glyphs
        header = HeaderBar(glyphs=glyphs)
        self.keys = KeyBar(glyphs=glyphs)
        self.bodies = {pane.name: make_pane(pane, glyphs) for pane in PANES}
        frames = {
            number: Frame(self.bodies[pane.name], number=number, name=pane.title, glyphs=glyphs)
            for number, pane in FRAMED.items()
        }
        self.panes = Panes(
            categories=self._body(CategoriesPane),
            items=self._body(ItemsPane),
            item=self._body(ItemPane),
            dashboard=self._body(DashboardPane),
            first=self._body(FirstPane),
            owners=self._body(OwnersPane),
            map=self._body(MapPane),
            header=header,
            frames=frames,
        )
        self.panes.items.choose_columns(self.host.settings.columns)
        self.wished = (8, 14, self.panes.items.wished)
        self._make_parts()
        self.left_column = Column(*(frames[number] for number in LEFT), id="left")
        self.lower_row = Row(*(frames[number] for number in LOWER), id="lower")
        self.right_column = Column(*(frames[number] for number in UPPER), self.lower_row, id="right")
        yield header
        yield Row(self.left_column, self.right_column, id="body")
        yield self.keys

    def _body(self, kind: type[Body]) -> Body:
        return next(body for body in self.bodies.values() if isinstance(body, kind))

    def _make_parts(self) -> None:
        panes = self.panes
        self.what_if = WhatIf(self, panes)
        self.selection = ItemSelection(
            self,
            panes,
            read_item=self.what_if.read_item,
            first_moved=lambda: self.what_if.first_moved(self.selection),
        )
        self.filtering = Filtering(self, panes, self.selection)
        self.marks = Marks(self, panes)
        self.live_updates = LiveUpdates(
            self, panes, self.selection, notify=self._notify_others, set_timer=self.set_timer
        )
        self.time_travel = TimeTravel(self, swapped=self._show_day)
        self.selected_items = DashboardItems(self, panes, self.marks)
        self.item_actions = ItemActions(self, self.selected_items)

    def render_lines(self, crop: Region) -> list[Strip]:
        """Blank rows: the panes cover them."""
        return [blank_line(crop.width, self.rich_style)] * crop.height

    # Layout

    def on_resize(self, event: events.Resize) -> None:
        """Lay the panes out for the new size."""
        self.lay_out(event.size.width, event.size.height)

    def lay_out(self, width: int | None = None, height: int | None = None) -> None:
        """Show the panes that fit, with the edges they share."""
        width, height = width or self.size.width, height or self.size.height
        bar, panes = self.filtering.bar, self.panes
        self.set_class(bar is not None, "-filtering")
        height -= 1 + (bar.rows(height) if bar is not None else 1)
        arrangement = arrange(
            width,
            height,
            current=self.current,
            right=self.right,
            zoomed=self.is_zoomed,
            categories=self.wished[0],
            dashboard=self.wished[1],
            columns=panes.items.wished,
        )
        if (arrangement, width, height) != self._arranged:
            self._arranged = arrangement, width, height
            self._laid_out.clear()
        show_arrangement(arrangement, panes.frames, (self.left_column, self.right_column, self.lower_row))
        panes.items.show_columns(width)
        self.call_after_refresh(self.show_notes)

    async def ready(self) -> bool:
        """Wait until the panes have their size, and the one that has the focus shows what was asked for.

        Until the first rows show, keys wait that are for them, with all that was typed after those.
        """
        if self.state.view is None and not dispatch.acts_without_rows(self.host.typing.next, self.context, self.host):
            await self._lets_keys_in.wait()
            return True
        pane = self.focused
        if isinstance(pane, LineView) and not pane.size and pane is not self._placeless:
            self._laid_out.clear()
        if self._laid_out.is_set():
            return await self.selection.ready()
        try:
            await asyncio.wait_for(self._laid_out.wait(), LAYOUT_SECONDS)
        except TimeoutError:
            self._laid_out.set()
            self._placeless = pane
        return True

    def on_screen_suspend(self) -> None:
        """Let keys go to the page above this one."""
        self._lets_keys_in.set()

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """Hold keys back again until the first rows are read."""
        if self.state.view is None:
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
        frames = self.panes.frames
        if number != self.current:
            self.current = number
            if number in RIGHT:
                self.right = number
            self.lay_out()
        # What is selected may not show there yet.
        self.selection.point_at(self.state.selected)
        frames[number].body.focus()

    @on(Edge.Chosen)
    def _tab_chosen(self, event: Edge.Chosen) -> None:
        frames = self.panes.frames.values()
        for frame in frames:
            if frame.display and event.edge is frame.head:
                shown = frame.head.tabs[event.number]
                self.go_to(next(each.number for each in frames if each.title == shown))
                return

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Highlight the title of the focused pane. The event may arrive after the focus has moved on."""
        if event.widget is self.focused:
            self._highlight(event.widget)
        self.what_if.focus_moved(event.widget, self.focused)

    def _highlight(self, widget: Widget) -> None:
        for number, frame in self.panes.frames.items():
            frame.head.show(lit=frame.body is widget)
            if frame.body is widget and number != self.current:
                self.current = number
                self.right = number if number in RIGHT else self.right
                self.lay_out()
        self.show_detail()
        self.refresh_keys()

    # Opening and loading

    def on_mount(self) -> None:
        """Paint first; the register is opened afterwards."""
        self.lay_out(*self.app.size)
        self.screen_layout_refresh_signal.subscribe(self, lambda _: self._laid_out.set(), immediate=True)
        self.panes.items.empty = "Opening the register"

    async def on_unmount(self) -> None:
        """Close the register."""
        await self.time_travel.close()
        if self.opened is not None:
            await self.opened.close()

    def open_register(self) -> None:
        """Open the register of the target on the worker thread, now that the first frame shows."""
        self._is_shown = True
        self.background("open", self._open)

    async def _open(self) -> None:
        from tui.startup import open_target

        try:
            self.opened = await open_target(self)
        except RegisterError as error:
            self.app.exit(1, return_code=1, message=Text(f"ai-debt: {line(str(error))}"))
            return
        if self.opened is None:
            self.app.exit(0)
            return
        self.opened.queue.follow(self.marks)
        self.panes.header.show(actor=self.opened.actor)
        await self.load()
        self.host.note_loaded()
        await self.live_updates.start()
        self.set_interval(POLL_SECONDS, self.live_updates.poll)
        self.background("load", self._load_rest)
        if self.host.target.review:
            from tui.review.start import resume

            await self._to_its_end(self.guarded(resume(self)))
        from tui.editing.resuming import offer_drafts

        await offer_drafts(self)

    async def _load_rest(self) -> None:
        """Load what the first change will need, once everything shows."""
        if self.panes.map.awaited is not None:
            try:
                await self.panes.map.awaited.wait()
            except WorkerCancelled:
                # The screen closes, or another map is on its way: a change loads what it needs itself.
                return
        await self.store.load_commands()

    async def load(self, *, choose: str | None = None) -> None:
        """Ask for everything again and show it in one frame; the map follows."""
        await self.selection.settled()
        await self.selection.refresh(select=choose)
        if self.state.map_rows is None and self.is_current:
            # What the map is made of takes long to import, and the first rows would wait for it.
            await self._painted()
        await self.marks.check()
        self.what_if.reload(awaited=self.host.typing.is_held)

    async def _painted(self) -> None:
        """Wait until everything that changed shows."""
        painted = asyncio.Event()
        self.call_after_refresh(painted.set)
        await painted.wait()

    async def _notify_others(self) -> None:
        """Let the screens above show what others changed."""
        for screen in self.app.screen_stack:
            if isinstance(screen, BaseScreen):
                await screen.others_changed()

    def _show_day(self, day: str) -> None:
        """Show that another day is shown, and nothing that belongs to the day before."""
        if not day:
            self.app.clear_notifications()
        self.marks.clear()
        self.live_updates.unmark()
        is_read_only = day or self.live_updates.trouble
        self.panes.header.show(
            day=f"as of {day}" if day else "", trouble="read only" if is_read_only else "", supposed="", others=()
        )

    # Showing

    def apply(self, view: View, *, keeps_row: bool) -> None:
        """Show an answer in every pane at once."""
        panes = self.panes
        with self.app.batch_update():
            self.store.queue.shown(view.writes)
            # A filter that nothing passes leaves nothing for the keys to act on.
            detail = view.item if view.page.total or keeps_row else None
            selected = detail.key if detail else None
            self.state = state = self.state._replace(
                view=view,
                detail=detail,
                selected=selected,
                is_outside_list=selected is not None and view.at is None and not keeps_row,
            )
            self._lets_keys_in.set()
            summary = view.summary
            row = summary.register
            place = row.system or (row.title if row.title != self.app.title else "")
            panes.header.show(place=place, counts=counts_words(summary.total.counts), flagged=summary.flagged)
            if keeps_row and detail is not None:
                kept = panes.items.chosen
                panes.items.refresh_rows((*view.page.items, *([row_of(kept, detail)] if kept is not None else ())))
            else:
                is_edited = state.filter == state.listed and selected == state.edited
                self.state = state = state._replace(edited=state.edited if is_edited else None, listed=state.filter)
                panes.items.show(view.page, view.at, empty=self.filtering.empty_words, words=state.words)
            for body in self.bodies.values():
                if isinstance(body, ShowsSummary):
                    body.show_summary(summary, state.category)
            self.what_if.show_map()
            self.show_detail()
            self.show_notes()
            self.marks.count_hidden()
            self.refresh_keys()
            wished = (panes.categories.row_count, panes.dashboard.row_count, panes.items.wished)
            if wished != self.wished:
                self.wished = wished
                self.lay_out()

    def show_detail(self) -> None:
        """The item pane: the item, or the category or register while categories are being chosen."""
        state, pane = self.state, self.panes.item
        if state.view is None:
            return
        glyphs, summary = self.host.glyphs, state.view.summary
        if self.current == NUMBERS["categories"] and state.category is not None:
            found = next((c for c in summary.categories if c.code == state.category), None)
            if found is not None:
                pane.show(f"category {found.code}", lambda width: category_lines(found, width, glyphs))
                return
        if self.current == NUMBERS["categories"] or state.detail is None:
            pane.show("register", lambda width: register_lines(summary.register, width))
            return
        detail, radius, words = state.detail, state.blast_radius, state.words
        news, marked = self.live_updates.words_of(detail.key), detail.key in self.marks.marked
        reopen = self.key_of("item.set-status-open")

        def build(width: int) -> Built:
            lines, targets = item_lines(detail, width, glyphs, radius, reopen=reopen, news=news, marked=marked)
            return lit_lines(lines, words), targets

        pane.show(f"item {detail.key}", build)
        self.what_if.measure(detail)

    def show_notes(self) -> None:
        """Where the cursor is in the list, its order, and the filter."""
        self.filtering.show_notes(self.marks)

    def refresh_keys(self) -> None:
        """The key bar for what is enabled now, the keys of the pane first."""
        commands = reachable(self.context, self.host.commands)
        pane = self.context if self.context in PANE_CONTEXTS else ""
        note = f" {self.host.glyphs.dot} ".join(filter(None, (self.marks.label, self.filtering.long_filter)))
        self.keys.show(dispatch.in_key_bar(commands, self._situation, pane), note=note)

    # Commands

    @property
    def context(self) -> str:
        """Whose keys act: those of the pane that has the focus, where it has any."""
        if self.panes.map.has_focus:
            return "map"
        return "first" if self.panes.first.has_focus else self.CONTEXT

    @property
    def is_filtering(self) -> bool:
        """Whether a filter is being typed."""
        return self.filtering.bar is not None

    @property
    def has_unsaved(self) -> bool:
        """Whether a filter is being typed."""
        return self.filtering.bar is not None and self.filtering.bar.is_changed

    @property
    def subject(self) -> str | None:
        """The category where the cursor is on one, nothing where it is on an owner, else the item."""
        pane = self.panes.dashboard
        if pane.has_focus:
            return pane.chosen_code(pane.cursor)
        if self._situation.is_off_items:
            return self.state.category if self.current == NUMBERS["categories"] else None
        return self.state.selected

    @property
    def _situation(self) -> dispatch.Situation:
        panes = self.panes
        return dispatch.Situation(
            is_open=self.state.view is not None,
            item=self.state.selected is not None or self.selection.is_row_missing,
            marked=bool(self.marks.marked),
            day=self.state.day,
            is_off_items=any(pane.has_focus for pane in (panes.categories, panes.dashboard, panes.owners)),
            box=(panes.map.category or "") if panes.map.has_focus else "",
        )

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Whether a command's needs are met."""
        return action != "run" or not parameters or dispatch.has_needs(BY_ID[str(parameters[0])], self._situation)

    async def action_run(self, command_id: str) -> None:
        """Run a command where it can run, on the rows that its user saw."""
        command = BY_ID[command_id]
        if self.marks.marked and command_id in ONE_ONLY and self.state.selected is not None:
            key = self.key_of(command_id)
            self.say(f"{key} acts on one item: {self.state.selected}, not on the marked ones")
        if self.selected_items.may_be_hidden(command):
            self.converse(self.guarded(self._run_on_marked(command)))
            return
        self.catch_up()
        refusal = dispatch.can_run(command, self._situation, self.host)
        if refusal is not None:
            if refusal.sentence:
                (self.warn if refusal.is_warning else self.say)(refusal.sentence)
        elif command.context in PANE_CONTEXTS:
            await (self.panes.map if command.context == "map" else self.panes.first).action_run(command_id)
        elif not self._waits_for_rows(command):
            await super().action_run(command_id)

    def _waits_for_rows(self, command: Command) -> bool:
        """Whether a command has to wait for the rows that it acts on, or is ignored because they changed."""
        typing, on_selected = self.host.typing, dispatch.acts_on_selected(command, marked=bool(self.marks.marked))
        pane = self.focused
        rows = pane.awaited if isinstance(pane, LineView) and on_selected else None
        for worker in (self.selection.refreshing, rows):
            if worker is not None and not worker.is_finished and typing.tries_again_after(worker):
                return True
        if on_selected and not typing.was_seen(self.panes.items):
            self.say("The list has changed; the key was ignored")
            return True
        if on_selected and self.selection.is_row_missing:
            typing.tries_again_after(self.run_worker(self.selection.read_row(), group="row"))
            return True
        return False

    async def _run_on_marked(self, command: Command) -> None:
        """Run a command on the marked items; where the filter hides some, ask on which."""
        if keys := await self.selected_items.ask_which():
            await self.item_actions.carry_out(command, keys)

    def will_change(self, keys: Collection[str]) -> None:
        """Prepare for a change of some items: those under a cursor keep their rows."""
        self.selection.will_change(keys)
        self.what_if.will_change(keys)

    def destination(self, keys: Sequence[str]) -> str | None:
        """The item to go to for what was undone or redone; marked ones show by their marks."""
        if self.state.selected in keys:
            return self.state.selected
        return None if any(key in self.marks.marked for key in keys) else min(keys)

    async def show_done(self, done: Done, *, choose: str | None = None, undone: bool = False, go: bool = False) -> None:
        """Show what was done, with no mark on what was removed."""
        await self.marks.check(own=done.keys)
        await super().show_done(done, choose=choose, undone=undone, go=go)

    def cancel(self, group: str) -> bool:
        """Cancel background work; whether there was any."""
        was_running = any(worker.group == group and not worker.is_finished for worker in self.workers)
        self.workers.cancel_group(self, group)
        return was_running

    def action_clear(self) -> None:
        """Clear the first of these that there is something of."""
        in_order = (
            self.filtering.leave,
            self.marks.clear,
            self.time_travel.cancel,
            self.what_if.clear,
            self.filtering.clear,
            self.time_travel.leave,
            self.selection.clear_category,
        )
        any(clear() for clear in in_order)

    # Panes

    def action_step(self, by: int) -> None:
        """Go to the next pane, or the one before."""
        self.go_to((self.current - 1 + by) % len(FRAMED) + 1)

    def action_zoom(self) -> None:
        """Give the pane the whole screen, and back."""
        self.is_zoomed = not self.is_zoomed
        self.lay_out()

    async def action_swap(self, name: str) -> None:
        """Show a pane in place of the one that it replaces or, where it shows already, that one again."""
        pane, replaced = BY_NAME[name], BY_NAME[BY_NAME[name].replaces]
        number = NUMBERS[name]
        frame, body = self.panes.frames[number], self.bodies[name]
        if frame.body is body:
            await frame.put(self.bodies[replaced.name], replaced.title)
        else:
            await frame.put(body, pane.title)
            self.what_if.reload()
        self._laid_out.clear()
        frame.note("")
        self.go_to(number)
        self.lay_out()
        frame.body.focus()

    # What the panes post

    @on(LineView.Moved)
    def catch_up(self) -> None:
        """Take in every move, also one whose message is still on its way."""
        self.selection.catch_up()

    @on(LineView.Back)
    def _back(self) -> None:
        self.selection.go_back()

    @on(ItemsPane.Wanted)
    def _page_wanted(self, event: ItemsPane.Wanted) -> None:
        self.background(f"page-{event.start}", lambda: self.selection.add_page(event))

    @on(ItemsPane.ScoresWanted)
    def _scores_wanted(self) -> None:
        # The first rows come before any scores.
        if self.state.view is not None:
            self.what_if.reload(awaited=False)

    @on(MapPane.Captioned)
    def _captioned(self, event: MapPane.Captioned) -> None:
        self.what_if.show_caption(event.caption)

    @on(MapPane.Drilled)
    def _drilled(self, event: MapPane.Drilled) -> None:
        self.selection.select_category(event.code)

    @on(MapPane.Supposed)
    @on(FirstPane.Supposed)
    def _supposed(self) -> None:
        if box := self._situation.box:
            self.say(dispatch.is_category(box, self.host))
        else:
            self.what_if.toggle()

    @on(LineView.Opened)
    def _opened(self, event: LineView.Opened) -> None:
        panes = self.panes
        if event.view is panes.categories:
            self.go_to(NUMBERS["items"])
        elif event.view in (panes.items, panes.first):
            self.go_to(NUMBERS["item"])
        elif event.view is panes.dashboard:
            self.selection.select_category(panes.dashboard.chosen_code(event.index))
            self.go_to(NUMBERS["items"])
        elif event.view is panes.item and (target := panes.item.target(event.index)):
            self.selection.visit(target)
        elif event.view is panes.owners and (owner := panes.owners.target(event.index)) is not None:
            self.filtering.show_owner(owner)

    # The filter

    async def action_filter(self) -> None:
        """Type a filter."""
        is_new = self.filtering.bar is None
        bar = self.filtering.open()
        if is_new:
            await self.mount(bar, before=self.keys)
        if not self.panes.frames[NUMBERS["items"]].display:
            self.go_to(NUMBERS["items"])
        self.lay_out()
        bar.field.focus()

    def on_filter_bar_typed(self, event: FilterBar.Typed) -> None:
        """Filter as typed."""
        event.stop()
        self.filtering.typed(event)

    def on_filter_bar_kept(self, event: FilterBar.Kept) -> None:
        """Apply the filter."""
        event.stop()
        self.filtering.applied(event.text)

    def on_filter_bar_left(self, event: FilterBar.Left) -> None:
        """Leave, and clear the filter."""
        event.stop()
        self.filtering.leave()
