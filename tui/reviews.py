"""Reviews of an open register: what changes and what asks for them, each carried out on its worker thread."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from store.errors import OverwriteError
from tui.lazy import Lazy
from tui.render.text import readable
from tui.verbs import Verbs, on_thread

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from store.audit import log as audit_log
    from store.audit.log import Done
    from store.db.reader import Reader
    from store.enums import FollowUpState
    from store.fields import FieldValue
    from store.formats import reports
    from store.queries import follow_ups as follow_up_queries
    from store.queries.follow_ups import FollowUpRow
    from store.review import commands as review_commands
    from store.review import minutes as review_minutes
    from store.review import queries as review_queries
    from store.review import queue as queue_queries
    from store.review.minutes import Diff
    from store.review.queries import ReviewLine, ReviewRow, ReviewView
else:
    audit_log = Lazy("store.audit.log")
    reports = Lazy("store.formats.reports")
    follow_up_queries = Lazy("store.queries.follow_ups")
    review_commands = Lazy("store.review.commands")
    review_minutes = Lazy("store.review.minutes")
    review_queries = Lazy("store.review.queries")
    queue_queries = Lazy("store.review.queue")

T = TypeVar("T")


class Reviews(Verbs):
    """Begins, goes through and ends reviews. Raises what the store raises."""

    async def _ask(self, read: Callable[[Reader], T]) -> T:
        raise NotImplementedError

    @property
    def skip_days(self) -> int:
        """Days for which a review leaves out what was reviewed, unless it is asked for others."""
        from store.review.queue import SKIP_DAYS

        return SKIP_DAYS

    async def start_review(
        self, *, title: str, participants: Sequence[str], query: str | None, skip_days: int
    ) -> tuple[Done, int]:
        """Start a review: what was done, and its number."""

        def run() -> tuple[Done, int]:
            started = review_commands.start(
                self._database, title=title, participants=participants, query=query, skip_days=skip_days
            )
            self.note_own(started.done)
            return started.done, started.number

        return await on_thread(self._executor, run)

    async def decide(self, number: int, key: str, *, seconds: int) -> Done:
        """Decide to keep an item unchanged."""
        return await self._do(review_commands.decide, number, key, seconds=seconds)

    async def follow_up(self, number: int, key: str, *, text: str, owner: str | None, due_on: date | None) -> Done:
        """Record what is to be done about an item."""
        return await self._do(review_commands.follow_up, number, key, text=text, owner=owner, due_on=due_on)

    async def follow_ups(self, key: str | None = None) -> tuple[FollowUpRow, ...]:
        """All follow-ups, or those of an item, in whatever state; the open ones first."""
        return await self._ask(lambda reader: follow_up_queries.follow_ups(reader, key=key))

    async def follow_up_author(self, number: int, field: str | None) -> str:
        """Who changed a follow-up, or a field of it, last."""
        return await self._ask(lambda reader: audit_log.who_changed(reader, "follow-up", number, field))

    async def mark_follow_up(self, number: int, state: FollowUpState, *, before: FollowUpState) -> Done:
        """Mark a follow-up done, drop it or reopen it."""
        return await self._do(review_commands.mark_follow_ups, (number,), state, before={number: before})

    async def edit_follow_up(
        self, number: int, changes: Mapping[str, FieldValue], *, before: Mapping[str, FieldValue]
    ) -> Done:
        """Change the text, owner or due date of a follow-up."""
        return await self._do(review_commands.edit_follow_up, number, changes, before=before)

    async def finish_review(self, number: int) -> Done:
        """End a review."""
        return await self._do(review_commands.finish, number)

    async def reopen_review(self, number: int) -> Done:
        """Open a review again that has ended."""
        return await self._do(review_commands.reopen, number)

    async def edit_review(self, before: ReviewRow, *, title: str, participants: Sequence[str]) -> Done:
        """Change the title of an open review and who takes part."""
        return await self._do(
            review_commands.edit_review, before.number, title=title, participants=participants, before=before
        )

    @property
    def default_title(self) -> str:
        """The title of a review that starts now."""
        return review_commands.default_title(self._database.clock())

    async def planned(self, query: str | None, skip_days: int) -> int:
        """How many items a review would hold that began now."""
        return await self._ask(lambda reader: queue_queries.planned(reader, query=query, skip_days=skip_days))

    async def unfinished(self) -> ReviewRow | None:
        """The review that is not ended."""
        return await self._ask(review_queries.unfinished)

    async def review(self, number: int) -> ReviewRow:
        """A review with its queue."""
        return await self._ask(lambda reader: review_queries.review(reader, number))

    async def review_view(self, number: int, pick: Callable[[ReviewRow], int]) -> ReviewView:
        """A review and the item of its queue whose index is picked."""
        return await self._ask(lambda reader: review_queries.review_view(reader, number, pick))

    async def reviews(self) -> tuple[ReviewLine, ...]:
        """All reviews, the newest first."""
        return await self._ask(review_queries.reviews)

    async def minutes_text(self, number: int) -> tuple[str, bool]:
        """The minutes of a review so far as Markdown, and whether it has ended."""

        def read(reader: Reader) -> tuple[str, bool]:
            found = review_minutes.minutes(reader, number)
            return reports.minutes_markdown(found), found.review.ended is not None

        return await self._ask(read)

    async def since_review(self) -> Diff | None:
        """What happened since the last review ended, None where none has."""

        def read(reader: Reader) -> Diff | None:
            ended = any(row.ended for row in review_queries.reviews(reader))
            return review_minutes.diff(reader) if ended else None

        return await self._ask(read)

    async def export_minutes(self, number: int, path: Path, *, force: bool = False) -> tuple[str, bool]:
        """Write the minutes to a Markdown file: a sentence, and whether the review has ended.

        Another text is replaced only with `force`.
        """

        def write() -> tuple[str, bool]:
            from store.db.files import replacing

            with self._database.read() as reader:
                found = review_minutes.minutes(reader, number)
            data, is_over = readable(reports.minutes_markdown(found)).encode(), found.review.ended is not None
            with replacing(path, register=self._database.path) as file:
                there = file.read()
                if there == data:
                    return f"{path} is up to date", is_over
                if there is not None and not force:
                    raise OverwriteError(f"{path} already exists", "choose another name")
                file.replace(data)
            return f"Exported the minutes to {path}", is_over

        return await on_thread(self._executor, write)
