"""Defers a suspend (Ctrl+Z) until the transaction under way has ended."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

_LONGEST = 15.0  # seconds for which a stop waits for transactions to end

_state = threading.Condition()
_under_way = 0
_still = False


class Steady:
    """One transaction's hold on the process: as a context it lets go at the end, whatever happened.

    A stop signal whose default is in force can reach any thread that does not block it: this one does, and those of
    the store do, too. A program that handles the signal stops in the way of `standing_still` instead.
    """

    def __init__(self) -> None:
        self._before: set[signal.Signals] | None = None

    def hold(self) -> None:
        """From here on a stop waits."""
        global _under_way
        if self._before is not None:
            return
        with _state:
            _state.wait_for(lambda: not _still)
            _under_way += 1
        self._before = set(signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTSTP}))  # type: ignore[arg-type]

    def let_go(self) -> None:
        """A stop that came meanwhile happens now."""
        global _under_way
        if self._before is None:
            return
        before, self._before = self._before, None
        with _state:
            _under_way -= 1
            _state.notify_all()
        signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.let_go()


@contextmanager
def standing_still() -> Iterator[None]:
    """A moment between transactions to stop in: those under way end first, and none begins before its end."""
    global _still
    with _state:
        _state.wait_for(lambda: not _under_way, timeout=_LONGEST)
        _still = True
    try:
        yield
    finally:
        with _state:
            _still = False
            _state.notify_all()
