"""The top row that says which register this is, and the bottom row of keys and messages."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len
from textual.widget import Widget

from store.enums import Flag
from tui.dispatch import action_of
from tui.render.badges import FLAG_ROLES, FLAG_WORDS, IN_PROGRESS
from tui.render.lines import Line, between, width_of
from tui.render.text import UNICODE, Glyphs, cut, line, plain_line
from tui.widgets.painted import Inelastic, Painted

if TYPE_CHECKING:
    from textual import events
    from textual.timer import Timer

    from tui.commands import Command

MESSAGE_SECONDS = 6.0
COUNTED = (Flag.CONTRADICTED, Flag.ESCALATED, Flag.FIRING)
"""The flags whose items the header counts, the most urgent first."""
WORDS_FROM = 60
"""The cells of a header from which flags are in words."""
ALWAYS = ("app.help", "app.quit")
GAP = 3
"""The cells between a message and the keys."""
LEAVING = (".close", ".cancel")
"""Commands that a narrow bar keeps: how to get help, and how to get out."""


def _size(command: Command) -> int:
    return cell_len(command.keys[0]) + 1 + cell_len(command.label)


class Bar(Inelastic, Painted, Widget):
    """One painted row."""

    ALLOW_SELECT = False

    DEFAULT_CSS = """
    Bar { height: 1; background: $panel; color: $foreground; }
    """

    def __init__(self, *, id: str | None = None, glyphs: Glyphs = UNICODE) -> None:  # noqa: A002 (Textual's name)
        super().__init__(id=id)
        self.glyphs = glyphs

    @abstractmethod
    def line(self, width: int) -> Line:
        """What the row shows."""

    def content(self, y: int) -> tuple[Line, bool]:  # noqa: ARG002 (a bar is one row)
        """The row."""
        return self.line(self.size.width), False


class HeaderBar(Bar):
    """Register and counts; grows shorter from the left's end in narrow terminals."""

    def __init__(self, *, glyphs: Glyphs = UNICODE) -> None:
        super().__init__(id="header", glyphs=glyphs)
        self.place = ""
        self.counts: tuple[str, ...] = ()
        self.actor = ""
        self.supposed = ""
        self.others: tuple[str, ...] = ()
        self.trouble = ""
        self.day = ""
        self.flagged: tuple[tuple[Flag, int], ...] = ()

    def show(
        self,
        *,
        place: str | None = None,
        counts: tuple[str, ...] | None = None,
        actor: str | None = None,
        supposed: str | None = None,
        others: tuple[str, ...] | None = None,
        trouble: str | None = None,
        day: str | None = None,
        flagged: tuple[tuple[Flag, int], ...] | None = None,
    ) -> None:
        """Change what is given; repaint only if something differs.

        supposed: what is assumed fixed. others: who else has changed something recently, the newest first.
        trouble: why nothing is saved, in a word or two. day: the day that is shown where that is not today.
        flagged: how many items have each flag.
        """
        before = self._shown
        self.place = self.place if place is None else plain_line(place)
        self.counts = self.counts if counts is None else counts
        self.actor = self.actor if actor is None else line(actor)
        self.supposed = self.supposed if supposed is None else line(supposed)
        self.others = self.others if others is None else tuple(line(name) for name in others)
        self.trouble = self.trouble if trouble is None else line(trouble)
        self.day = self.day if day is None else line(day)
        self.flagged = self.flagged if flagged is None else flagged
        if before != self._shown:
            self.repaint((0,))

    @property
    def _shown(self) -> tuple[object, ...]:
        said = (self.place, self.counts, self.actor, self.supposed, self.others, self.trouble, self.day)
        return (*said, self.flagged)

    def line(self, width: int) -> Line:
        """` AI Debt Register · System      11 open · 4 mitigated   ana `."""
        left: Line = ((" AI Debt Register", "strong"),)
        if self.place:
            left += ((f" {self.glyphs.dot} ", "quiet"), (self.place, ""))
        if width < 50:
            left = ((f" {self.place or 'AI Debt Register'}", "strong"),)
        actor = f"   {self.actor} " if self.actor and width >= 70 else " "
        room = width * 3 // 5 - cell_len(actor)
        flags = self._flags(width, room)
        counts = self._counts(room - width_of(flags))
        right: Line = ((f"  {counts}", ""), *flags, (actor, "quiet"), *self._company(width))
        for warning in (self.supposed, self.trouble, self.day):
            if warning:
                right = ((f"  {warning}", "warning"), *right)
        return between(left, right, width, more=self.glyphs.more)

    def _flags(self, width: int, room: int) -> Line:
        """` ≠ 1 contradicted ▲2`: the most urgent in words, as many as leave room for the counts of open items.

        Of the others, it has the sign and the number, as of all in a narrow terminal.
        """
        numbers = dict(self.flagged)
        shown = [flag for flag in COUNTED if numbers.get(flag)]
        unresolved = self.counts[: 2 if self.counts[1:2] and self.counts[1].endswith(IN_PROGRESS) else 1]
        least = f" {self.glyphs.dot} ".join(unresolved)

        def spans(words: int) -> Line:
            return tuple(
                (self._flag(flag, numbers[flag], in_words=at < words), FLAG_ROLES[flag])
                for at, flag in enumerate(shown)
            )

        for words in range(len(shown) if width >= WORDS_FROM else 0, 0, -1):
            left = room - width_of(spans(words))
            if cell_len(least) <= left and self._counts(left).startswith(least):
                return spans(words)
        return spans(0)

    def _flag(self, flag: Flag, number: int, *, in_words: bool) -> str:
        sign = self.glyphs.flag(flag)
        return f" {sign} {number:,} {FLAG_WORDS[flag]}" if in_words else f" {sign}{number:,}"

    def _company(self, width: int) -> Line:
        """` with bo, carla `: as many names as there is room for, and how many more."""
        if not self.others or width < 50:
            return (("with ", "quiet"), (f"{len(self.others)} ", "accent")) if self.others else ()
        room = max(width // 4, 10)
        for number in range(len(self.others), 0, -1):
            more = f" +{len(self.others) - number}" if number < len(self.others) else ""
            words = ", ".join(self.others[:number])
            if cell_len(words + more) <= room:
                break
        words = cut(words, room - len(more), self.glyphs.more) + more
        return ((" with ", "quiet"), (f"{words} ", "accent"))

    def _counts(self, room: int) -> str:
        """As many counts as there is room for."""
        joined = f" {self.glyphs.dot} ".join
        for number in range(len(self.counts), 1, -1):
            words = joined(self.counts[:number]) + (f" {self.glyphs.more}" if number < len(self.counts) else "")
            if cell_len(words) <= room:
                return words
        return joined(self.counts[:1])


class Entry(NamedTuple):
    """A command of the key bar, the column where it begins, and what shows of it."""

    command: Command
    at: int
    label: str

    @property
    def end(self) -> int:
        """The column behind it."""
        return self.at + cell_len(self.command.keys[0]) + (1 + cell_len(self.label) if self.label else 0)


class KeyBar(Bar):
    """The keys of the moment; for some seconds after a change, what was done before them."""

    def __init__(self, *, id: str = "keys", glyphs: Glyphs = UNICODE) -> None:  # noqa: A002 (Textual's name)
        super().__init__(id=id, glyphs=glyphs)
        self.commands: tuple[Command, ...] = ()
        self.note = ""
        self.message = ""
        self._timer: Timer | None = None

    def show(self, commands: tuple[Command, ...], *, note: str = "") -> None:
        """The commands to name, most useful first, behind what they act on; repaint only if they differ."""
        if (commands, note) != (self.commands, self.note):
            self.commands, self.note = commands, note
            self.repaint((0,))

    def say(self, message: str) -> None:
        """Show a message before the keys for a while."""
        self._show(message)
        self._timer = self.set_timer(MESSAGE_SECONDS, self.hush)

    def work_on(self, what: str) -> None:
        """Say what takes long, until there is something else to say; nothing where nothing does."""
        if what:
            self._show(f"{what} {self.glyphs.more}")

    def _show(self, message: str) -> None:
        self.message = line(message)
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        self.repaint((0,))

    def hush(self) -> None:
        """Show the keys alone."""
        if self.message:
            self.message = ""
            self.repaint((0,))

    @property
    def room(self) -> int:
        """The cells that a message can take: at least one key stays next to it."""
        return self.size.width - 1 - (1 + cell_len(self._always[0].keys[0]) if self._always else 0)

    @property
    def _always(self) -> list[Command]:
        return [c for c in self.commands if c.id in ALWAYS or c.id.endswith(LEAVING)]

    def _entries(self, width: int) -> list[Entry]:
        """The commands that fit behind the message or the note, the last ones being those that always show."""
        before = self.message or cut(self.note, self.room, self.glyphs.more)
        gap = GAP if self.message else 2
        start = 1 + (cell_len(before) + gap if before else 0)
        always = self._always
        while len(always) > 1 and before and start + sum(_size(c) + 2 for c in always) - 2 > width:
            always.pop()
        room = width - sum(_size(command) + 2 for command in always)
        shown: list[Command] = []
        used = start
        for command in self.commands:
            if command.id in ALWAYS or command.id.endswith(LEAVING):
                continue
            if used + _size(command) > room:
                break
            shown.append(command)
            used += _size(command) + 2
        entries: list[Entry] = []
        at = start
        for command in (*shown, *always):
            entry = Entry(command, at, command.label)
            if entry.end > width and before and not entries:
                # What is before it needs the room of the label.
                entry = Entry(command, max(min(at, width - cell_len(command.keys[0])), 0), "")
            if entry.end <= width:
                entries.append(entry)
            at += _size(command) + 2
        return entries

    def line(self, width: int) -> Line:
        """` o open  p progress  ...`, behind the message or the note."""
        entries = self._entries(width)
        spans: list[tuple[str, str]] = []
        if self.message:
            room = entries[0].at - 2 if entries else width - 1
            spans.append((f" {cut(self.message, room, self.glyphs.more)}", "mitigated strong"))
        elif self.note:
            spans.append((f" {cut(self.note, self.room, self.glyphs.more)}", "accent strong"))
        for entry in entries:
            spans.append((" " * (entry.at - width_of(tuple(spans))), ""))
            spans.append((entry.command.keys[0], "accent strong"))
            spans.append((f" {entry.label}" if entry.label else "", ""))
        return tuple(spans)

    async def on_click(self, event: events.Click) -> None:
        """Run the command under the pointer; on a message, show the keys alone."""
        for entry in self._entries(self.size.width):
            if entry.at <= event.x < entry.end:
                await self.screen.run_action(action_of(entry.command))
                return
        self.hush()
