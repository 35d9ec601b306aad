"""Keys reach the screen one at a time, in the order typed, each after everything that the key before it caused."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import ExitStack, contextmanager, suppress
from time import monotonic
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from textual.app import ScreenStackError
from textual.events import Callback, Key
from textual.worker import WorkerError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator

    from textual.events import Paste
    from textual.message_pump import MessagePump
    from textual.screen import Screen
    from textual.widget import Widget
    from textual.worker import Worker

    from tui.compat import PrivateApp

NEVER = float("inf")
REPEAT_SECONDS = 0.06
"""A key that comes again sooner is being held down."""


class _Delivered(asyncio.Event):
    """Set when it is called."""

    _param_count = 0
    """Spares Textual looking for the parameters of the call each time, which takes longer than the call."""

    def __call__(self) -> None:
        self.set()


class TypeAhead:
    """The queue of keys and pasted text between the terminal and the screen.

    Textual posts every key of a packet to the widget that has the focus when the packet arrives. Here a key is
    handed out only after the key before it was handled: its action has run, its messages are delivered, the focus is
    where it led, and the screen is `ready`: what has the focus shows what that key asked for. While anything `held`
    is under way, such as a form on its way to the screen or a change that moves the cursor, keys wait; `lift` lets
    them through to a question in the middle of it.

    hand_out gives a key to the screen and tells whether its command has run; pumps: what the messages of a widget pass.

    current: the key that is being handled, None between keys. count: how many have been handed out.
    """

    def __init__(
        self,
        app: PrivateApp,
        hand_out: Callable[[Key | Paste], Awaitable[bool]],
        ready: Callable[[], Awaitable[bool]],
        pumps: Callable[[Widget], Iterable[MessagePump]],
    ) -> None:
        self._app = app
        self._hand_out = hand_out
        self._ready = ready
        self._pumps = pumps
        self._queue: deque[Key | Paste] = deque()
        self._task: asyncio.Task[None] | None = None
        self._holds: set[object] = set()
        self._free = asyncio.Event()
        self._caught_up = asyncio.Event()
        self._lifted: dict[Screen[Any], set[object]] = {}
        self._painted: WeakKeyDictionary[MessagePump, float] = WeakKeyDictionary()
        self._early: Key | Paste | None = None
        self._tried: tuple[Key, Worker[None]] | None = None
        self.current: Key | Paste | None = None
        self.count = 0

    @property
    def is_held(self) -> bool:
        """Whether keys wait for something that is under way."""
        return bool(self._holds)

    @property
    def has_more(self) -> bool:
        """Whether keys are waiting."""
        return bool(self._queue)

    @property
    def next(self) -> Key | Paste | None:
        """What is handed out next."""
        return self._queue[0] if self._queue else None

    def add(self, event: Key | Paste) -> None:
        """Queue what was typed."""
        self._queue.append(event)
        self._caught_up.clear()
        if self._task is None:
            self._task = asyncio.create_task(self._run())

    async def caught_up(self) -> None:
        """Wait until the last key of a burst is handed out: what each key in it would ask for is asked once."""
        if self._queue:
            await self._caught_up.wait()

    def stop(self) -> None:
        """Hand out no more keys."""
        self._queue.clear()
        if self._task is not None:
            self._task.cancel()

    # Holding keys back

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep keys waiting inside the block."""
        hold = object()
        self._holds.add(hold)
        try:
            yield
        finally:
            self._holds.discard(hold)
            for holds in self._lifted.values():
                holds.discard(hold)
            self._wake()

    def hold_until(self, worker: Worker[None]) -> None:
        """Keep keys waiting until a worker is done."""
        hold = ExitStack()
        hold.enter_context(self.held())

        async def wait() -> None:
            with hold, suppress(WorkerError):
                await worker.wait()

        self._app.run_worker(wait(), group="hold")

    def tries_again_after(self, worker: Worker[None]) -> bool:
        """Handle the current key again after a worker has loaded what it needs.

        Returns False if that was already done for this worker, or if no key is being handled: clicks do not wait.
        """
        key = self.current
        if not isinstance(key, Key) or self._tried == (key, worker):
            return False
        again = Key(key.key, key.character)
        again.time = key.time
        self._tried = again, worker
        self._queue.appendleft(again)
        self.hold_until(worker)
        return True

    def lift(self, question: Screen[Any], *, expected: bool = True) -> None:
        """Let keys through to a question, from when it can take them until it is closed.

        A question that is not `expected`, because no key asked for it, ignores what was typed before it was painted.
        """
        holds = set(self._holds)
        self._lifted[question] = set()
        if not expected:
            self.ignore_until_painted(question)

        def begin() -> None:
            if question in self._lifted:
                self._lifted[question] = holds & self._holds
                self._holds -= holds
                self._wake()

        question.call_later(begin)

    def closed(self, screen: Screen[Any]) -> None:
        """Take the keys back for whoever asked, at the moment the question closes."""
        self._holds |= self._lifted.pop(screen, set())

    def _wake(self) -> None:
        if not self._holds:
            self._free.set()

    # What was typed before it could be seen

    def ignore_until_painted(self, shown: MessagePump) -> None:
        """Note that `shown` changed; what is typed before it is painted was not meant for what it shows now."""
        self._painted[shown] = NEVER

    def note_painted(self, shown: MessagePump) -> None:
        """Note that `shown`, a widget or screen, is being painted."""
        if self._painted.get(shown) == NEVER:
            self._painted[shown] = monotonic()

    def was_seen(self, shown: MessagePump) -> bool:
        """Whether the key that is being handled was typed after `shown` was painted."""
        return self.current is None or self.current.time >= self._painted.get(shown, 0)

    def is_fresh(self, shown: MessagePump) -> bool:
        """Whether the key that is being handled was pressed after `shown` was painted.

        A key that is held down was not: after one that came too early, its repeats do not count until it is let go.
        """
        key, early = self.current, self._early
        repeats = (
            isinstance(key, Key)
            and isinstance(early, Key)
            and key.key == early.key
            and key.time - early.time < REPEAT_SECONDS
        )
        self._early = key if repeats or not self.was_seen(shown) else None
        return self._early is None

    # Handing out

    async def _run(self) -> None:
        try:
            while self._queue:
                await self._turn()
                await self._next()
        except ScreenStackError:
            self._queue.clear()
        except Exception as error:
            self._app.handle_failure(error)
        finally:
            self.current = None
            self._task = None

    async def _turn(self) -> None:
        """Wait until everything that must finish before the next key is done."""
        while self._holds or await self._ready():
            if self._holds:
                self._free.clear()
                await self._free.wait()
            await self._settle()

    async def _next(self) -> None:
        if not self._queue:
            return
        event = self.current = self._queue.popleft()
        self.count += 1
        if not self._queue:
            self._caught_up.set()
        if self.was_seen(self._app.screen):
            target = self._target
            if not await self._hand_out(event):
                # The key is still on its way to its command.
                await self._deliver(target)
            await self._settle()
        self.current = None

    @property
    def _target(self) -> Widget:
        return self._app.focused or self._app.screen

    async def _settle(self) -> None:
        """Wait until the messages of whatever has the focus are delivered and none of them moves the focus on."""
        target = None
        while target is not self._target:
            target = self._target
            await self._deliver(target)

    async def _deliver(self, target: Widget) -> None:
        """Wait until a widget and all that its messages pass have taken in theirs, from the inside out."""
        for pump in self._pumps(target):
            delivered = _Delivered()
            if pump.post_message(Callback(callback=delivered)):
                await delivered.wait()
