"""The time of an open register: what it was on another day, and debt trends."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Self

from store.audit.log import head
from store.errors import InvalidValueError
from tui.lazy import Lazy
from tui.verbs import Verbs, on_thread

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime

    from store.audit import replay, trends
    from store.audit.log import Head
    from store.audit.replay import SuggestedDay
    from store.audit.trends import Trend
else:
    replay = Lazy("store.audit.replay")
    trends = Lazy("store.audit.trends")


class _AbandonedError(Exception):
    """Nobody waits for it any more."""


class Times(Verbs):
    """What the dashboard asks about other days. Raises what the store raises."""

    _trend: tuple[Head, date, Trend] | None = None
    _folder: TemporaryDirectory[str] | None = None

    async def suggested_days(self) -> tuple[SuggestedDay, ...]:
        """The days one may want to go back to, as `replay.suggested_days` lists them."""

        def read() -> tuple[SuggestedDay, ...]:
            with self._database.read() as reader:
                return replay.suggested_days(reader)

        return await on_thread(self._executor, read)

    async def moment(self, typed: str) -> datetime:
        """The moment that someone typed. Raises InvalidValueError where the register did not exist yet."""

        def read() -> datetime:
            moment = replay.parse_moment(typed, self._database.clock())
            with self._database.read() as reader:
                if refused := replay.too_early(reader, moment):
                    raise InvalidValueError("moment", refused.what, refused.remedy)
            return moment

        return await on_thread(self._executor, read)

    async def past(self, moment: datetime, progress: Callable[[int, int], None]) -> Self:
        """The register as of a moment, to be closed like this one.

        It is rebuilt next to the worker thread, which stays free. progress: called on the loop's thread with how many
        changes were read of how many.
        """
        loop, abandoned = asyncio.get_running_loop(), threading.Event()

        def tell(done: int, total: int) -> None:
            if abandoned.is_set():
                raise _AbandonedError
            loop.call_soon_threadsafe(progress, done, total)

        try:
            return await asyncio.to_thread(self._rebuilt, moment, tell)
        except asyncio.CancelledError:
            abandoned.set()
            raise

    def _rebuilt(self, moment: datetime, tell: Callable[[int, int], None]) -> Self:
        folder = TemporaryDirectory(prefix="ai-debt-as-of-")
        try:
            database = replay.rebuild_as_of(self._database, moment, Path(folder.name), progress=tell)
            try:
                # Once more, as nothing asks whether it is still wanted once the changes are read.
                tell(1, 1)
                found = type(self)(database, self._executor)
            except BaseException:
                database.close()
                raise
        except BaseException:
            folder.cleanup()
            raise
        found._folder = folder
        return found

    async def trend(self) -> Trend:
        """Debt trends; the answer is kept until something changes or the day ends."""

        def count() -> Trend:
            with self._database.read() as reader:
                newest = head(reader)
            today = self._database.clock().date()
            if self._trend is None or self._trend[:2] != (newest, today):
                self._trend = (newest, today, trends.trend(self._database))
            return self._trend[2]

        return await asyncio.to_thread(count)

    def leave(self) -> None:
        """Let go of the file, which is removed where it was rebuilt."""
        self._database.close()
        if self._folder is not None:
            self._folder.cleanup()
