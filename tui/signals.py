"""The signals that end the program, with 128 and the signal's number as its exit code."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Sequence
    from types import FrameType

PATIENCE = 10.0
"""Seconds that an orderly exit may take before it is cut short."""
_NAMES = (
    *("SIGHUP", "SIGINT", "SIGQUIT", "SIGTRAP", "SIGABRT", "SIGUSR1", "SIGUSR2", "SIGALRM", "SIGTERM", "SIGSTKFLT"),
    *("SIGXCPU", "SIGVTALRM", "SIGPROF", "SIGPOLL", "SIGPWR", "SIGSYS"),
)
_FIRST_REAL_TIME, _LAST_REAL_TIME = (getattr(signal, name, 0) for name in ("SIGRTMIN", "SIGRTMAX"))
ENDING = tuple(
    int(number)
    for number in (
        *(getattr(signal, name, 0) for name in _NAMES),
        *range(_FIRST_REAL_TIME, _LAST_REAL_TIME + 1),
    )
    if number
)
"""The signals that end a process by default and can be handled.

Not among them: SIGPIPE and SIGXFSZ, which Python ignores so that the write fails with an error; and the faults SEGV,
BUS, FPE and ILL, after which nothing of Python can be trusted to run.
"""
_KEYBOARD = (signal.SIGINT, signal.SIGQUIT)
"""What ctrl+c and ctrl+\\ send to every program in the foreground."""

_received: int | None = None
_in_front: subprocess.Popen[bytes] | None = None


def received() -> int | None:
    """The signal that ends the program; None while none has come."""
    return _received


def take(end: Callable[[int], object]) -> None:
    """Call `end` with the first signal that ends the program; ignore those after it.

    What this process was started to ignore, as by `nohup`, stays ignored.
    """

    def handle(number: int, _: FrameType | None) -> None:
        global _received
        if _received is not None:
            return
        _received = number
        _pass_on(number)
        end(number)

    for number in ENDING:
        if signal.getsignal(number) not in (signal.SIG_IGN, None):
            signal.signal(number, handle)


def leave(number: int) -> NoReturn:
    """Exit from wherever the program is, running its cleanups."""
    cut_short_later(number)
    if number in _KEYBOARD:
        # The terminal has shown the key, such as ^C, in the midst of a line.
        with suppress(OSError):
            os.write(2, b"\n" if os.isatty(2) else b"")
    raise SystemExit(128 + number)


def cut_short_later(number: int, prepare: Callable[[], object] = lambda: None) -> None:
    """Exit in any case after PATIENCE seconds, having called `prepare`."""
    import threading

    def end() -> None:
        with suppress(Exception):
            prepare()
        os._exit(128 + number)

    timer = threading.Timer(PATIENCE, end)
    timer.daemon = True
    timer.start()


def run_in_front(command: Sequence[str]) -> int:
    """Run a program that has the terminal to itself, such as an editor, and return its exit code.

    Ctrl+C and Ctrl+\\ go to that program alone. Any other signal that ends this one ends that one, too. Raises OSError.
    """
    global _in_front
    import subprocess

    # A handler and not SIG_IGN, which the other program would inherit.
    before = {number: signal.getsignal(number) for number in _KEYBOARD}
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, lambda *_: None)
    try:
        with subprocess.Popen(command) as _in_front:
            if _received is not None:
                _pass_on(_received)
            return _in_front.wait()
    finally:
        _in_front = None
        for number, handler in before.items():
            signal.signal(number, handler)


def _pass_on(number: int) -> None:
    """End the program in front with one of the two signals that programs handle."""
    if _in_front is not None:
        _in_front.send_signal(signal.SIGHUP if number == signal.SIGHUP else signal.SIGTERM)
