"""What screens and widgets know about their application."""

from __future__ import annotations

from datetime import UTC, date, datetime
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from concurrent.futures import ThreadPoolExecutor
    from pathlib import Path

    from rich.style import Style

    from store.clock import Clock
    from tui.commands import Command
    from tui.render.text import Glyphs
    from tui.settings import Settings
    from tui.terminal import Row
    from tui.type_ahead import TypeAhead


class Target(NamedTuple):
    """Which register to open.

    place: a path or URL. named: whether a person named it (then it must be there). sample: fill a new
    database with the sample first. clock, actor: who writes when; by default the system's clock and the user.
    allow_network_fs: write even where other machines may, too. review: go on with the open review at once.
    monotonic: seconds that only go forward.
    """

    place: str | Path
    named: bool = True
    sample: bool = False
    clock: Clock | None = None
    actor: str | None = None
    allow_network_fs: bool = False
    review: bool = False
    monotonic: Callable[[], float] = monotonic

    @property
    def now(self) -> datetime:
        """The present moment."""
        return self.clock() if self.clock is not None else datetime.now(UTC)

    @property
    def today(self) -> date:
        """The present day in UTC."""
        return self.now.astimezone(UTC).date()


class Canvas(Protocol):
    """A terminal that rows can be painted on."""

    def paint(self, rows: Iterable[Row], cursor: tuple[int, int]) -> None: ...


class Host(Protocol):
    """The application.

    settings: what the user has set. glyphs: the signs this terminal can show. commands: the table with this user's
    keys. roles: the theme's style of each role. executor: the store's one thread. typing: the keys that wait for their
    turn.
    """

    target: Target
    settings: Settings
    glyphs: Glyphs
    executor: ThreadPoolExecutor
    typing: TypeAhead

    def note_loaded(self) -> None: ...

    @property
    def commands(self) -> tuple[Command, ...]: ...

    @property
    def canvas(self) -> Canvas | None: ...

    @property
    def roles(self) -> dict[str, Style]: ...
