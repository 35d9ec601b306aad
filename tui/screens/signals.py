"""The signals page: what monitoring reported, list by list, the details of one, and what is decided about them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.message import Message

from store.errors import RegisterError
from store.queries.signals import SignalList
from store.text import join_few, number_of
from tui.dispatch import bindings
from tui.editing.item_dialogs import category_of
from tui.lazy import signal_commands, signal_queries
from tui.render.lines import wrapped
from tui.render.signal_table import detail_lines, fitted, signal_row
from tui.render.text import Glyphs, cut, line
from tui.screens import signal_dialogs
from tui.screens.dialogs import Choice, choose
from tui.screens.page import UndoPage
from tui.screens.signal_rules import RulesScreen
from tui.widgets.bars import KeyBar
from tui.widgets.frame import Edge, Frame
from tui.widgets.line_list import BuiltView, LineView

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence

    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from store.queries.signals import SignalListing, SignalRow
    from tui.async_store import AsyncStore
    from tui.editing.drafts import Draft
    from tui.editing.item_actions import ItemScreen
    from tui.render.lines import Line
    from tui.render.signal_table import Fitted
    from tui.widgets.line_list import Built

    Act = Callable[[Sequence[SignalRow]], Awaitable[bool]]

PAGE = 200
"""The rows that are asked for at once where some are missing."""
LOW = 16
"""The rows of a terminal below which the details have as few as make sense."""
TITLED = 60
"""The cells of a terminal from which the head has the title of the page."""
ON_ONE = frozenset(
    f"signal.{name}" for name in ("attach", "detach", "new-item", "mute", "unmute", "mark", "mark-all", "zoom")
)
"""The commands that act on the signal under the cursor, or on those that are marked."""
EMPTY = {
    SignalList.INBOX: "The inbox is empty: every signal is attached to an item or muted.",
    SignalList.FIRING: "No signal is firing.",
    SignalList.MUTED: "No signal is muted.",
}
NONE_YET = "No signals yet: take them in with `ai-debt signals pull` or `ai-debt signals ingest`."
ITEM_KEYS = "123456789abcdefghijklmnoprstuvwxyz"


class SignalLines(LineView):
    """The signals of a list; rows that are not here yet are asked for with `Wanted`."""

    class Wanted(Message):
        """Rows of some numbers are missing."""

        def __init__(self, numbers: Sequence[int]) -> None:
            super().__init__()
            self.numbers = numbers

    def __init__(self, *, glyphs: Glyphs) -> None:
        super().__init__(id="lines", glyphs=glyphs)
        self.numbers: tuple[int, ...] = ()
        self.rows: dict[int, SignalRow] = {}
        self.marked: Collection[int] = ()
        self.empty = ""
        self._asked: set[int] = set()
        self._columns: tuple[int, tuple[Fitted, ...]] | None = None
        """The columns, and the width that they fit."""

    @property
    def row_count(self) -> int:
        """The signals, else the lines that say that there are none."""
        return len(self.numbers) or len(self._said(self.size.width))

    def is_stop(self, index: int) -> bool:
        """Every signal."""
        return index < len(self.numbers)

    @property
    def _all_stops(self) -> bool:
        return True

    @property
    def number(self) -> int | None:
        """The number of the signal under the cursor."""
        return self.numbers[self.cursor] if self.cursor < len(self.numbers) else None

    @property
    def chosen(self) -> SignalRow | None:
        """The signal under the cursor, where its row is here."""
        return self.rows.get(self.number or 0)

    def row(self, index: int, width: int) -> Line:
        """A signal in its columns; a quiet row while it is on its way."""
        if not self.numbers:
            return self._said(width)[index]
        row = self.rows.get(self.numbers[index])
        if row is None:
            self._want(index)
            return ((self.glyphs.more, "quiet"),)
        mark = (self.glyphs.marked if row.number in self.marked else " ") if self.marked else ""
        return ((mark, "accent strong"), *signal_row(row, self._fitted(width), self.glyphs))

    def _said(self, width: int) -> list[Line]:
        return wrapped(((self.empty, "quiet"),), max(width - 1, 8))

    def _fitted(self, width: int) -> tuple[Fitted, ...]:
        if self._columns is None or self._columns[0] != width:
            self._columns = width, fitted(self.rows.values(), width - 1)
        return self._columns[1]

    def _want(self, index: int) -> None:
        start = index // PAGE * PAGE
        numbers = [each for each in self.numbers[start : start + PAGE] if each not in self._asked]
        if numbers:
            self._asked |= set(numbers)
            self.tell(self.Wanted(numbers))

    def show(self, numbers: tuple[int, ...], rows: Mapping[int, SignalRow], number: int | None) -> None:
        """A list from new. The cursor goes to a signal; where it has it already, that keeps its row of the screen."""
        before = self.number
        self.numbers, self.rows, self._asked, self._columns = numbers, dict(rows), set(rows), None
        cursor = numbers.index(number) if number in numbers else max(min(self.cursor, len(numbers) - 1), 0)
        self.replace_rows(cursor, is_same=number is not None and number == before and number in numbers)

    def add(self, rows: Mapping[int, SignalRow]) -> None:
        """Rows that were asked for."""
        self.rows |= rows
        self._columns = None
        self.repaint_changed()

    def forget(self) -> None:
        """Begin another list at its top."""
        self.numbers, self.rows, self.cursor = (), {}, 0
        self.scroll_to(y=0, animate=False, force=True, immediate=True)

    def show_marked(self, numbers: Collection[int]) -> None:
        """Show which signals are marked."""
        self.marked = numbers
        self.repaint_changed()


class SignalsScreen(UndoPage):
    """Lists signals; `answer` is the item that Enter goes to.

    key: an item whose signals are a list, too. category: the code that a new item is proposed for. A signal that was
    acted on stays in its list until another one is shown, so that no second key acts on the next one unseen.
    """

    CONTEXT = "signals"
    UNDO, REDO = "signal.undo", "signal.redo"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("signals")]

    def __init__(self, store: AsyncStore, *, key: str | None = None, category: str | None = None) -> None:
        super().__init__("Signals", store)
        self.key, self.category = key, category
        self.lists: tuple[SignalList | None, ...] = (*((None,) if key else ()), *SignalList)
        self.at = 0
        self.answer: str | None = None
        self.marked: set[int] = set()
        self.acted: frozenset[int] = frozenset()
        self.zoomed = False
        self._detailed: tuple[int | None, bool] = None, False
        """The signal of the details, and whether they show alone."""
        self.found: SignalListing | None = None

    # Composing

    def compose(self) -> ComposeResult:
        """The list, below it the details of one signal, the keys."""
        glyphs = self.host.glyphs
        self.signals = SignalLines(glyphs=glyphs)
        self.details = BuiltView(id="details", glyphs=glyphs)
        self.details.can_focus = False
        self.upper = Frame(self.signals, number=0, name="", glyphs=glyphs)
        self.lower = Frame(self.details, number=1, name="", glyphs=glyphs)
        self.keys = KeyBar(glyphs=glyphs)
        self._arrange()
        yield from (self.upper, self.lower, self.keys)

    @property
    def body(self) -> LineView:
        """The list, or the details where they show alone."""
        return self.details if self.zoomed else self.signals

    def on_resize(self, event: events.Resize) -> None:
        """Give the details their part of the height."""
        del event
        self._arrange()
        self._show_head()

    def _arrange(self) -> None:
        """Lay out the list above the details, or the details alone."""
        height = self.app.size.height - 4
        rows = max(height * 2 // 5, 3) if height + 4 >= LOW else 3
        self.upper.display = not self.zoomed
        self.upper.foot.display = False
        self.lower.styles.height = "1fr" if self.zoomed else rows + 2
        self.upper.head.show(lit=not self.zoomed)
        self.lower.head.show(corners=("┌", "┐") if self.zoomed else ("├", "┤"), lit=self.zoomed)

    # Showing

    async def load(self, *, choose: str | None = None) -> None:
        """The list as of now, with what was acted on, marked or is under the cursor; the cursor stays with its signal.

        choose: the number of the signal to go to.
        """
        number = int(choose) if choose else self.signals.number
        also = {*self.acted, *self.marked, *(() if number is None else (number,))}
        found = self.found = await self.store.read(
            signal_queries.listing, self.lists[self.at], key=self.key, also=also, around=number or 0
        )
        self.marked &= set(found.numbers)
        self.signals.empty = self._empty_words(found)
        self.signals.show(found.numbers, found.rows, number)
        self._show_marked()
        self._show_details()

    def _empty_words(self, found: SignalListing) -> str:
        """Why there is nothing, and how to get a first signal."""
        if not found.counts[SignalList.ALL]:
            return NONE_YET
        wanted = self.lists[self.at]
        return EMPTY.get(wanted, "") if wanted else f"{line(self.key)} has no signals."

    def _show_head(self) -> None:
        """The lists with their counts, and where the cursor is."""
        found = self.found
        if found is None:
            return
        counts = [(line(self.key), found.of_item)] if self.key else []
        counts += [(name.value.capitalize(), found.counts[name]) for name in SignalList]
        tabs = [cut(f"{name} {number:,}", 24, self.host.glyphs.more) for name, number in counts]
        title = ("Signals",) if self.size.width >= TITLED else ()
        self.upper.head.show(tabs=(*title, *tabs), current=len(title) + self.at)
        total, at = len(found.numbers), self.signals.cursor
        self.upper.head.show(note=f"{at + 1:,} of {total:,}" if total else "")

    def _show_details(self) -> None:
        """The signal under the cursor, once its row is here."""
        row, glyphs, whole = self.signals.chosen, self.host.glyphs, self.zoomed
        self.lower.head.show(tabs=(f"Signal {row.number:,}",) if row else ())
        self.lower.head.show(note=f"{self.key_of('list.open')} goes to the item" if row and row.keys else "")
        attach = self.key_of("signal.attach") if self.frozen is None else ""

        def build(width: int) -> Built:
            return detail_lines(row, width, glyphs, attach=attach, whole=whole) if row else ([], {})

        subject = (row.number if row else None, whole)
        self.details.rebuild(build, from_top=subject != self._detailed)
        self._detailed = subject
        self._show_head()
        self.show_keys()

    def show_keys(self) -> None:
        """The keys of what can be done, behind what they act on."""
        super().show_keys()
        row, idle = self.signals.chosen, set()
        if row is not None and not self.marked:
            idle = {*(() if row.keys else ("signal.detach",)), *(() if row.is_muted else ("signal.unmute",))}
        commands = tuple(command for command in self.keys.commands if command.id not in idle)
        self.keys.show(commands, note=f"{len(self.marked):,} marked" if self.marked else "")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What acts on a signal needs one."""
        return super().check_action(action, parameters) and (
            bool(self.signals.numbers) or not ON_ONE.intersection(map(str, parameters))
        )

    @on(SignalLines.Wanted)
    def _wanted(self, event: SignalLines.Wanted) -> None:
        self.signals.awaited = self.background(f"rows-{event.numbers[0]}", lambda: self._add(event.numbers))

    async def _add(self, numbers: Iterable[int]) -> None:
        self.signals.add(await self.store.read(signal_queries.signals_by_number, numbers))
        self._show_details()

    @on(LineView.Moved)
    def _moved(self, event: LineView.Moved) -> None:
        if event.view is self.signals:
            self._show_details()

    # Lists

    def action_turn(self, by: int) -> None:
        """Show another list."""
        self._turn_to((self.at + by) % len(self.lists))

    @on(Edge.Chosen)
    def _tab_chosen(self, event: Edge.Chosen) -> None:
        at = event.number - (len(self.upper.head.tabs) - len(self.lists))
        if event.edge is self.upper.head and at >= 0:
            self._turn_to(at)

    def _turn_to(self, at: int) -> None:
        self.at, self.marked, self.acted = at, set(), frozenset()
        self.signals.forget()
        self.converse(self.guarded(self.load()))

    def action_zoom(self) -> None:
        """Show the details alone, or the list again."""
        self.zoomed = not self.zoomed
        self.details.can_focus = self.zoomed
        self._arrange()
        self._show_details()
        self.body.focus()

    def action_close(self) -> None:
        """Go back: from the details to the list, from marks to none, from the page."""
        if self.zoomed:
            self.action_zoom()
        elif self.marked:
            self.marked = set()
            self._show_marked()
        else:
            self.dismiss(None)

    # Marks

    def action_mark(self) -> None:
        """Mark the signal, or remove its mark, and go on to the next one."""
        if self.signals.number is not None:
            self.marked ^= {self.signals.number}
            self._show_marked()
            self.signals.action_down()

    def action_mark_all(self) -> None:
        """Mark all signals of the list; where they are, remove their marks."""
        everything = set(self.signals.numbers)
        self.marked = set() if self.marked == everything else everything
        self._show_marked()

    def _show_marked(self) -> None:
        self.signals.show_marked(frozenset(self.marked))
        self.show_keys()

    # Acting

    async def _act(self, act: Act, *, on_one: bool = False) -> None:
        """Act on the marked signals, or on the one under the cursor; what was acted on stays listed."""
        number = self.signals.number
        numbers = [each for each in self.signals.numbers if each in self.marked]
        if on_one or not numbers:
            numbers = [number] if number is not None else []
        found = await self.store.read(signal_queries.signals_by_number, numbers)
        rows = [found[each] for each in numbers if each in found]
        if not rows:
            raise RegisterError("this signal no longer exists", "nothing was changed")
        before, self.acted = self.acted, self.acted | set(numbers)
        if not await act(rows):
            self.acted = before
        elif not on_one:
            self.marked = set()
            self._show_marked()

    def action_attach(self) -> None:
        """Attach to items."""
        self.converse(self.guarded(self._attach_chosen()))

    async def _attach_chosen(self) -> None:
        await self._act(lambda rows: signal_dialogs.attach(self, rows, proposed=self.key))

    def action_detach(self) -> None:
        """Detach from items."""
        self.converse(self.guarded(self._detach_chosen()))

    async def _detach_chosen(self) -> None:
        await self._act(lambda rows: signal_dialogs.detach(self, rows))

    def action_mute(self) -> None:
        """Mute until a day."""
        self.converse(self.guarded(self._mute_chosen()))

    async def _mute_chosen(self) -> None:
        await self._act(lambda rows: signal_dialogs.mute(self, rows))

    def action_unmute(self) -> None:
        """Unmute."""
        self.converse(self.guarded(self._act(self._unmuted)))

    async def _unmuted(self, rows: Sequence[SignalRow]) -> bool:
        await self.change_or_raise(self.store.write(signal_commands.mute, [row.number for row in rows], None))
        return True

    def action_new_item(self) -> None:
        """Make an item of the signal."""
        self.converse(self.guarded(self._new_item()))

    async def _new_item(self) -> None:
        await self._act(lambda rows: signal_dialogs.new_item(self, rows[0], self.category), on_one=True)

    def action_new_rule(self) -> None:
        """Make a rule of the signal, or without one of nothing."""
        self.converse(self.guarded(self._new_rule()))

    async def _new_rule(self) -> None:
        if self.signals.number is None:
            await signal_dialogs.make_rule(self, None)
        else:
            await self._act(lambda rows: signal_dialogs.make_rule(self, rows[0]), on_one=True)

    def action_rules(self) -> None:
        """The rules."""
        self.converse(self.guarded(self._rules()))

    async def _rules(self) -> None:
        await self.show(RulesScreen(self.store))
        await self.load()

    async def resume(self, draft: Draft) -> None:
        """Open the form of a draft."""
        flows = {
            "signal.attach": self._attach_chosen,
            "signal.detach": self._detach_chosen,
            "signal.mute": self._mute_chosen,
            "signal.new-item": self._new_item,
            "signal.new-rule": self._new_rule,
        }
        numbers = [int(number) for number in draft.purpose.name.split()]
        if numbers:
            self.marked = set(numbers) if len(numbers) > 1 else set()
            await self.load(choose=str(numbers[0]))
            if self.signals.number != numbers[0]:
                raise RegisterError(f"{number_of(len(numbers), 'signal')} no longer exists")
        await flows[draft.purpose.command]()

    # Going to an item

    @on(LineView.Opened)
    def _opened(self, event: LineView.Opened) -> None:
        if event.view is self.details:
            self.answer = self.details.target(event.index)
            self.dismiss(None)
        else:
            self.converse(self.guarded(self._open()))

    async def _open(self) -> None:
        number = self.signals.number or 0
        row = (await self.store.read(signal_queries.signals_by_number, [number])).get(number)
        if row is None or not row.keys:
            self.say(f"This signal is attached to no item; {self.key_of('signal.attach')} attaches it")
            return
        answer: str | None = row.keys[0]
        if len(row.keys) > 1:
            shown = zip(ITEM_KEYS, row.keys, strict=False)
            choices = [Choice(letter, cut(line(key), 60, self.host.glyphs.more), key) for letter, key in shown]
            answer = await choose(self, f"Go to which item of {join_few([cut(line(row.name), 60)])}?", choices)
        if answer is not None:
            self.answer = answer
            self.dismiss(None)


async def signals_page(screen: ItemScreen, _: str) -> None:
    """The signals, in a review those of its item first; Enter there goes to an item."""
    items = screen.item_actions.items
    category = await category_of(screen.store, items.category, items.selected)
    key = items.selected if screen.CONTEXT == "review" else None
    page = SignalsScreen(screen.store, key=key, category=category)
    await screen.show(page)
    await screen.load(choose=page.answer)
