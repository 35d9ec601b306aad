"""The dashboard's App: theme, commands, lifetime; it paints before the store is opened."""

from __future__ import annotations

import asyncio
import gc
import os
import select
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any, ClassVar

from rich.cells import cell_len
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual.app import App
from textual.events import Key, Paste, Resize
from textual.filter import LineFilter

from store.db.suspend import between_transactions
from store.text import number_of
from tui import signals
from tui.commands import COMMANDS, Command
from tui.compat import PrivateApp
from tui.dashboard.screen import DashboardScreen
from tui.dispatch import Runs, bindings
from tui.keys import latin_positions, textual_keys
from tui.render.text import ASCII, UNICODE, ZWNJ, Glyphs, encodable, evened, is_utf8, line
from tui.screens.base import BaseScreen, StoreScreen
from tui.settings import AUTO, FILE_NAME, Settings, load, settings_path
from tui.terminal import CLIPBOARD_BYTES, COPIED, TerminalDriver
from tui.terminal_input import LayoutKey, ask_background
from tui.theme import DARK, LIGHT, SIXTEEN, role_styles, theme_like
from tui.type_ahead import TypeAhead
from tui.widgets.line_list import LineView

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from types import FrameType

    from textual.await_complete import AwaitComplete
    from textual.binding import BindingType
    from textual.color import Color
    from textual.driver import Driver
    from textual.events import Event
    from textual.message_pump import MessagePump
    from textual.screen import Screen
    from textual.widget import Widget

    from tui.async_store import WriteQueue
    from tui.editing.drafts import Draft
    from tui.host import Target as Target

HANG_UP_SECONDS = 1.0
PROBLEM_SECONDS = 10.0
"""How long the dashboard shows what is wrong with the settings."""


class AttributesOnly(LineFilter):
    """Takes every color away and leaves bold, italic, underline and reverse: what NO_COLOR asks for."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002 (no color is mixed)
        """The segments without color."""
        return [Segment(text, _without_color(style) if style else None, control) for text, style, control in segments]


class Bearable(LineFilter):
    """The last net before the terminal: no character that it acts on or that `encoding` cannot write gets through.

    What is ours is safe already; this is for text in widgets that are not ours, such as the palette's.
    """

    def __init__(self, encoding: str) -> None:
        super().__init__()
        self.encoding = encoding

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002 (no color is mixed)
        """The segments, with unchanged widths."""
        return [
            segment
            if segment.control or self._passes(segment.text)
            else segment._replace(text=self._cured(segment.text))
            for segment in segments
        ]

    def _passes(self, text: str) -> bool:
        is_shown = text.isascii() or evened(text) == text
        shown = text.replace(ZWNJ, "")
        return is_shown and shown.isprintable() and (is_utf8(self.encoding) or encodable(text, self.encoding) == text)

    def _cured(self, text: str) -> str:
        return "".join(char if self._passes(char) else "?" * cell_len(char) for char in evened(text))


def _without_color(style: Style) -> Style:
    kept = ("bold", "dim", "italic", "underline", "reverse", "strike")
    return Style(**{name: getattr(style, name) for name in kept})


def between_writes(stop: Callable[[int, FrameType | None], object]) -> Callable[[int, FrameType | None], None]:
    """A stop signal's handler that waits for the transaction under way: a program stopped in one keeps others out.

    It waits in the event loop: what a signal interrupts may hold a lock that the transaction needs, as imports do.
    """
    loop = asyncio.get_running_loop()

    def suspend(number: int) -> None:
        with between_transactions():
            stop(number, None)

    def handler(number: int, _: FrameType | None) -> None:
        if loop.is_closed():
            suspend(number)
        else:
            loop.call_soon_threadsafe(suspend, number)

    return handler


class RegisterApp(Runs, PrivateApp, inherit_bindings=False):
    """The application. `return_code` is 0 unless it ended badly; `parting` is then what is left to say."""

    TITLE = "AI Debt Register"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("anywhere")]
    COMMAND_PALETTE_BINDING = "f24"
    CSS_PATH: ClassVar = ["app.tcss", "dashboard/screen.tcss"]
    HORIZONTAL_BREAKPOINTS: list[tuple[int, str]] | None = [(0, "-narrow"), (80, "-wide")]  # noqa: RUF012 (as Textual has it)

    def __init__(
        self, target: Target, settings: Settings | None = None, *, encoding: str = "utf-8", typed: bytes = b""
    ) -> None:
        super().__init__()
        self.target = target
        self.typed = typed
        """What was typed before there was a driver to read it."""
        self.settings = settings or Settings()
        # The nearest of 16 colors to those of a theme are often the same for two of them.
        self._take_theme(SIXTEEN.name if self.console.color_system == "standard" else self.settings.theme)
        use_ascii = self.settings.ascii if self.settings.ascii is not None else not is_utf8(encoding)
        self.glyphs: Glyphs = ASCII if use_ascii else UNICODE
        self._roles: tuple[str, dict[str, Style]] = ("", {})
        self.parting = ""
        self._is_ending = self._asks_to_leave = self._knows_layout = False
        self.typing = TypeAhead(self, self._hand_out, self._screen_ready, self._pumps)
        # What it writes goes through a stream that shows escape sequences: without styles it writes none.
        self.error_console = Console(markup=False, highlight=False, stderr=True, color_system=None)
        self.executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")
        self._is_utf8 = is_utf8(encoding)
        as_textual = () if self.native_ansi_color else super().get_line_filters()
        self._line_filters = (*((AttributesOnly(),) if self.no_color else as_textual), Bearable(encoding))

    @property
    def commands(self) -> tuple[Command, ...]:
        """The command table with this user's keys."""
        return self.settings.commands

    def get_line_filters(self) -> Sequence[LineFilter]:
        """What every row passes before it is painted."""
        return self._line_filters

    @property
    def roles(self) -> dict[str, Style]:
        """The style of each role in the present theme."""
        if self._roles[0] != self.theme:
            self._roles = (self.theme, role_styles(self.theme_variables))
        return self._roles[1]

    def on_mount(self) -> None:
        """Keys, and what is wrong with the settings."""
        self.set_class(self.glyphs is ASCII, "-ascii")
        default = {command.id: command.keys for command in COMMANDS}
        changed = {c.id: textual_keys(c.keys) for c in self.commands if c.keys != default[c.id]}
        if changed:
            self.set_keymap(changed)
        stop = signal.getsignal(signal.SIGTSTP)
        # The driver of a real terminal has a handler that gives the terminal back first.
        if callable(stop):
            signal.signal(signal.SIGTSTP, between_writes(stop))
        if self.settings.problems:
            first, *others = self.settings.problems
            more = f" ({len(others)} more: `ai-debt keys` lists them)" if others else ""
            said = line(f"{first.told(FILE_NAME)}{more}")
            self.notify(said, severity="warning", timeout=PROBLEM_SECONDS, markup=False)

    def on_ready(self) -> None:
        """Open the register now that the frame shows."""
        for screen in self.screen_stack:
            if isinstance(screen, DashboardScreen):
                screen.open_register()

    @staticmethod
    def note_loaded() -> None:
        """Look for garbage from now on, though not among what was loaded until the first rows were shown."""
        if not gc.isenabled():
            gc.freeze()
            gc.enable()

    @property
    def canvas(self) -> TerminalDriver | None:
        """The terminal, where it can show every character: what changes may be painted on it at once."""
        return self.driver if isinstance(self.driver, TerminalDriver) and self._is_utf8 else None

    def get_default_screen(self) -> Screen[None]:
        """The dashboard."""
        return DashboardScreen()

    def _take_theme(self, name: str) -> None:
        """Begin with a theme: one that is taken later is parsed and applied to every widget once more."""
        for theme in (DARK, LIGHT, SIXTEEN):
            self.register_theme(theme)
        self.set_reactive(App.theme, name)
        self.set_class(self.current_theme.dark, "-dark-mode", update=False)
        self.set_class(not self.current_theme.dark, "-light-mode", update=False)
        self.stylesheet.set_variables(self.get_css_variables())
        self._applied = name

    def refresh_css(self, animate: bool = True) -> None:
        """Apply the style rules of another theme. At the start Textual asks for those that everything begins with."""
        if self.theme != self._applied:
            self._applied = self.theme
            super().refresh_css(animate)

    async def on_event(self, event: Event) -> None:
        """Take in an event: what is typed waits for its turn."""
        if isinstance(event, Resize) and isinstance(self.driver, TerminalDriver):
            self.driver.forget_screen()
        if isinstance(event, Key | Paste) and not event.is_forwarded:
            if self.screen_stack and self.screen.selections:
                self.screen.clear_selection()
            self.typing.add(event)
        else:
            await super().on_event(event)

    def on_text_selected(self) -> None:
        """Copy what was selected with the mouse, and say so."""
        if not (text := self.screen.get_selected_text() or "").strip():
            return
        if len(text.encode()) > CLIPBOARD_BYTES:
            said = f"The selected text is too long for the clipboard ({CLIPBOARD_BYTES:,} bytes)"
        else:
            self.copy_to_clipboard(text)
            number = len(text.splitlines())
            said = COPIED.format(number_of(number, "line"))
        self.tell(said)

    async def _hand_out(self, event: Key | Paste) -> bool:
        """Give a key to its command; whether the command has run.

        A list handles no keys itself, so they need not pass the containers that it is in.
        """
        if isinstance(event, Key):
            self._take_layout(event)
        if isinstance(event, Key) and isinstance(self.focused, LineView):
            await self.run_binding(event.key)
            return True
        await super().on_event(event)
        return False

    def _take_layout(self, event: Key) -> None:
        """Take a letter of another script that no command has for the key in its place on a Latin layout.

        Where the terminal does not say which that is, say once what it is likely to be.
        """
        char = event.character or ""
        if not char or char.isascii() or (self.focused and self.focused.check_consume_key(event.key, char)):
            return
        if any(char in command.keys for command in self.commands):
            return
        if isinstance(event, LayoutKey):
            event.key, event.character = event.latin.key, event.latin.character
        elif not self._knows_layout and (latin := latin_positions().get(char)):
            self._knows_layout = True
            self.tell(f"{char} is {latin} on a Latin layout; switch the keyboard layout to use keys")

    def tell(self, said: str) -> None:
        """Say something on whatever screen is shown."""
        if isinstance(self.screen, StoreScreen):
            self.screen.say(said)
        else:
            self.notify(said, markup=False)

    def _pumps(self, widget: Widget) -> Iterable[MessagePump]:
        """What the messages of a widget pass; those of a list go to the screen."""
        return (widget, widget.screen, self) if isinstance(widget, LineView) else widget.ancestors_with_self

    async def _screen_ready(self) -> bool:
        return isinstance(self.screen, BaseScreen) and await self.screen.ready()

    def pop_screen(self) -> AwaitComplete:
        """Close the screen on top; whoever asked by it has the keys back at once."""
        closing = self.screen
        popped = super().pop_screen()
        self.typing.closed(closing)
        return popped

    def action_help(self) -> None:
        """Show the keys."""
        from tui.screens.help import HelpScreen

        if not isinstance(self.screen, HelpScreen):
            here = self.screen.context if isinstance(self.screen, BaseScreen) else "anywhere"
            self.push_screen(HelpScreen(here))

    async def action_quit(self) -> None:
        """Leave, once what was typed before is written."""
        self.run_worker(self._exit_when_written(0))

    def action_command_palette(self) -> None:
        """Show the command palette; Textual would show its own."""
        from tui.screens.palette import Palette

        if not isinstance(self.screen, Palette):
            self.push_screen(Palette())

    def action_leave(self) -> None:
        """Quit from anywhere; where something is typed that is not saved, after a question or the same key again."""
        unsaved = [screen for screen in self._conversing if screen.has_unsaved]
        if not unsaved or self._asks_to_leave:
            self._leave_now()
        else:
            self._conversing[-1].converse(self._ask_to_leave(unsaved))

    async def _ask_to_leave(self, unsaved: Sequence[BaseScreen[Any]]) -> None:
        from tui.screens.dialogs import confirm

        is_kept = not self.target.sample and all(screen.left_open("") is not None for screen in unsaved)
        becomes = "is kept for the next time" if is_kept else "will be lost"
        self._asks_to_leave = True
        try:
            if await confirm(self._conversing[-1], f"Quit? What you typed {becomes}.", yes="y", label="quit"):
                self._leave_now()
        finally:
            self._asks_to_leave = False

    def _leave_now(self) -> None:
        self.keep_drafts("you quit")
        self.run_worker(self._exit_when_written(0))

    @property
    def _conversing(self) -> list[BaseScreen[Any]]:
        return [screen for screen in self.screen_stack if isinstance(screen, BaseScreen)]

    async def _exit_when_written(self, result: int | None, code: int = 0) -> None:
        with self.typing.held():
            for queue in self._queues:
                await queue.drained()
            self.exit(result, code)

    @property
    def _queues(self) -> list[WriteQueue]:
        """The changes that were asked for, of each register that is open."""
        screens = [screen for screen in self.screen_stack if isinstance(screen, StoreScreen)]
        return [screen.opened.queue for screen in screens if screen.opened is not None]

    def get_driver_class(self) -> type[Driver]:
        """The driver of a real terminal."""
        return TerminalDriver

    def leave(self, number: int) -> None:
        """End because a signal asks for it, with what is being typed kept and what was asked for written."""
        if self._is_ending:
            return
        self.keep_drafts(_ended_by(number))
        if any(queue.is_busy for queue in self._queues):
            self.run_worker(self._exit_when_written(None, 128 + number))
        else:
            self.exit(None, 128 + number)

    def abandon(self, number: int) -> None:
        """Keep what is being typed and give the terminal back, when `leave` does not finish."""
        if isinstance(self.driver, TerminalDriver):
            self.driver.give_back_now()
        self.keep_drafts(_ended_by(number))

    def keep_drafts(self, how: str) -> None:
        """Keep what was typed in the forms that are open, once; `how` the program ends."""
        if self._is_ending:
            return
        self._is_ending = True
        # Nothing that fails here may keep the program from ending.
        with suppress(Exception):
            found = [draft for screen in self.screen_stack if (draft := self._left_open(screen, how)) is not None]
            if found and not self.target.sample:
                from tui.editing import drafts

                for draft in found:
                    drafts.save(drafts.register_of(self.target.place), draft)

    @staticmethod
    def _left_open(screen: Screen[object], how: str) -> Draft | None:
        return screen.left_open(how) if isinstance(screen, BaseScreen) else None

    def failed(self, error: Exception) -> bool:
        """End on a sentence instead of a traceback with its locals; $AI_DEBT_DEBUG asks for the traceback."""
        if os.environ.get("AI_DEBT_DEBUG"):
            return False
        from tui import crash

        self.keep_drafts("the program failed")
        self.parting = f"ai-debt: {crash.sentence(error)}; all saved changes are safe"
        return True

    async def on_unmount(self) -> None:
        """Let the worker thread finish what it began."""
        self.typing.stop()
        self.executor.shutdown(wait=True, cancel_futures=True)


def _ended_by(number: int) -> str:
    """How a signal ends the program, in words."""
    return "the terminal went away" if number == signal.SIGHUP else "the program was ended"


async def _until_left(app: RegisterApp) -> int | None:
    loop = asyncio.get_running_loop()

    # Raising from here would end whatever runs at this moment, which may be a place that swallows it.
    def end(number: int) -> None:
        # A terminal that takes no more output can hold up everything, also what would hear of the signal.
        signals.cut_short_later(number, partial(app.abandon, number))
        if not loop.is_closed():
            loop.call_soon_threadsafe(app.leave, number)

    signals.take(end)
    watch = asyncio.create_task(_hung_up(end))
    try:
        return await app.run_async()
    finally:
        watch.cancel()


async def _hung_up(end: Callable[[int], None]) -> None:
    """End when the terminal is gone, even if no signal tells (in a session that the terminal does not control)."""
    terminal = select.poll()
    terminal.register(sys.stdin.fileno(), 0)
    for _ in count():
        if terminal.poll(0):
            end(signal.SIGHUP)
            return
        await asyncio.sleep(HANG_UP_SECONDS)


def run(target: Target, theme: str | None = None) -> int:
    """Open the dashboard until it is left, in another theme than the one that is set. Returns the exit code."""
    path = settings_path()
    settings = load(path)
    typed = b""
    if (theme or settings.theme) == AUTO:
        background, typed = ask_background(sys.stdin.fileno())
        theme = theme_like(background, os.environ)
    for problem in settings.problems:
        sys.stderr.write(f"ai-debt: {line(problem.told(path))}\n")
    settings = settings._replace(theme=theme or settings.theme)
    app = RegisterApp(target, settings, encoding=sys.stdout.encoding or "ascii", typed=typed)
    result = asyncio.run(_until_left(app))
    if app.parting:
        with suppress(OSError):
            print(line(app.parting), file=sys.stderr, flush=True)
    code = app.return_code or 0
    return code or (result or 0)
