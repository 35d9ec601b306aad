"""Writers of one machine take turns: SQLite's own lock lets whoever just had it have it again."""

from __future__ import annotations

import fcntl
import os
import signal
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


class Turnstile:
    """A lock on a directory that is handed on in the order it was asked for.

    It makes waiting fair and protects nothing: who cannot have it goes on without. Not on the database's own
    file, since closing any descriptor of that would drop the locks that SQLite holds in this process.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._waiter: _Waiter | None = None

    @contextmanager
    def passing(self, wait: Callable[[bool], float | None]) -> Iterator[None]:
        """Hold it, after having waited for it. `wait` says how many seconds to wait on, None to go on without.

        It is told whether somebody held it for too long before, and has not let go of it since.
        """
        descriptor = self._pass(wait)
        try:
            yield
        finally:
            if descriptor is not None:
                os.close(descriptor)

    def _pass(self, wait: Callable[[bool], float | None]) -> int | None:
        waiter, self._waiter = self._waiter, None
        held = waiter is not None and waiter.adopt()
        if waiter is None or not held:
            try:
                descriptor = os.open(self._directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            except OSError:
                return None
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                waiter = _Waiter(descriptor)
            except OSError:
                os.close(descriptor)
                return None
            else:
                return descriptor
        try:
            while (seconds := wait(held)) is not None:
                if waiter.done.wait(seconds):
                    return waiter.take()
        except BaseException:
            self._leave(waiter)
            raise
        self._leave(waiter)
        return None

    def _leave(self, waiter: _Waiter) -> None:
        # It cannot be called back from the queue: the next to write here takes over its place.
        if waiter.abandon():
            self._waiter = waiter


class _Waiter:
    """A thread that stands in the queue: the system's wait for this lock has no time limit."""

    def __init__(self, descriptor: int) -> None:
        self.done = threading.Event()
        self._descriptor: int | None = descriptor
        self._lock = threading.Lock()
        self._abandoned = False
        thread = threading.Thread(target=self._stand, args=(descriptor,), name="turnstile", daemon=True)
        # A thread begins with the signals of its maker blocked: a stop is for those who write to take.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTSTP})
        try:
            thread.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def _stand(self, descriptor: int) -> None:
        held = False
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            held = True
        with self._lock:
            if self._abandoned or not held:
                self._close()
            self.done.set()

    def _close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def take(self) -> int | None:
        """The descriptor, once it is `done`; None where the lock is not to be had."""
        descriptor, self._descriptor = self._descriptor, None
        return descriptor

    def abandon(self) -> bool:
        """Let go of it now, or as soon as it is there; whether it is still to come."""
        with self._lock:
            if self.done.is_set():
                self._close()
                return False
            self._abandoned = True
            return True

    def adopt(self) -> bool:
        """Take the place of whoever abandoned it; False where it was reached and left meanwhile."""
        with self._lock:
            self._abandoned = False
            return not self.done.is_set()
