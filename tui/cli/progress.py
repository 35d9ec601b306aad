"""A bar at the terminal while a command is at work that may take long."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from threading import Event, Thread
from time import monotonic
from typing import TYPE_CHECKING

from tui.cli import output

if TYPE_CHECKING:
    from collections.abc import Iterator

_AFTER = 1.0
"""Seconds before the bar is shown: most commands are done by then."""
_EVERY = 0.2
_WIDTH, _BLOCK = 20, 5


@contextmanager
def working(what: str) -> Iterator[None]:
    """Show on stderr what is going on and for how long, if it takes a while and stderr is a terminal.

    Nothing else may be written meanwhile; the line is cleared at the end.
    """
    if not output.is_terminal(sys.stderr) or os.environ.get("TERM", "dumb") == "dumb":
        yield
        return
    done = Event()
    painter = Thread(target=_paint, args=(what, done), daemon=True)
    painter.start()
    try:
        yield
    finally:
        done.set()
        painter.join()


def _paint(what: str, done: Event) -> None:
    start, step = monotonic(), 0
    if done.wait(_AFTER):
        return
    way = _WIDTH - _BLOCK
    while not done.wait(_EVERY):
        at = way - abs(way - step % (2 * way))
        bar = "-" * at + "=" * _BLOCK + "-" * (way - at)
        output.repaint(f"{what} [{bar}] {monotonic() - start:.0f} s")
        step += 1
    output.repaint("")
