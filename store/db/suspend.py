"""Defers a suspend (Ctrl+Z) until the transaction under way has ended."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONGEST = 15.0  # seconds that a suspend waits for transactions to end

_state = threading.Condition()
_transactions = 0
_suspending = False


class DeferredSuspend:
    """Blocks SIGTSTP in this thread for one transaction; as a context it unblocks it at the end, whatever happened.

    Where the signal's default is in force, it can reach any thread that does not block it: threads of the store
    always do. A program that handles the signal suspends within `between_transactions` instead.
    """

    def __init__(self) -> None:
        self._mask: set[signal.Signals] | None = None

    def begin(self) -> None:
        """Block the signal, once no suspend is under way."""
        global _transactions
        if self._mask is not None:
            return
        with _state:
            _state.wait_for(lambda: not _suspending)
            _transactions += 1
        self._mask = set(signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTSTP}))  # type: ignore[arg-type]

    def end(self) -> None:
        """Unblock the signal: a suspend that is pending happens now."""
        global _transactions
        if self._mask is None:
            return
        mask, self._mask = self._mask, None
        with _state:
            _transactions -= 1
            _state.notify_all()
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()


@contextmanager
def between_transactions() -> Iterator[None]:
    """Wait for transactions to end, and let none start until this ends."""
    global _suspending
    with _state:
        _state.wait_for(lambda: not _transactions, timeout=_LONGEST)
        _suspending = True
    try:
        yield
    finally:
        with _state:
            _suspending = False
            _state.notify_all()
