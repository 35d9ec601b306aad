"""How a review is started or resumed, who takes part, its follow-ups, and what happened since the last one."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from store.errors import InvalidValueError, QueryError, RegisterError, no_participant
from store.fields import FIELDS, required_line
from store.review.queue import SKIP_DAYS, default_title, planned
from store.text import number_of
from tui.editing.fields import FormField, Values, from_list_of_many
from tui.editing.form import ask_form
from tui.lazy import filter_completion, overview_queries, review_commands, review_queries
from tui.render.text import line
from tui.review.changes import SinceScreen
from tui.review.list import ReviewsScreen
from tui.review.minutes import MinutesScreen, end
from tui.review.progress import so_far, still_open
from tui.review.screen import ReviewScreen
from tui.screens.dialogs import Choice, choose
from tui.screens.followups import follow_up_fields
from tui.screens.views import check_filter
from tui.widgets.suggestions import Proposal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store.review.queries import ReviewRow
    from tui.async_store import AsyncStore
    from tui.screens.base import StoreScreen


async def resume(screen: StoreScreen) -> None:
    """Go on with the review that is open."""
    if (review := await screen.store.read(review_queries.unfinished)) is not None:
        await _go_through(screen, review)


async def open_review(screen: StoreScreen, _: str) -> None:
    """Start a review, or ask what to do with the one that is open."""
    review = await screen.store.read(review_queries.unfinished)
    if review is None:
        await _begin(screen)
        return
    choices = (
        Choice("r", "resume it", "resume"),
        Choice("m", "show its minutes so far", "minutes"),
        Choice("e", "end it", "end"),
        Choice("l", "list all reviews", "list"),
    )
    while review is not None:
        answer = await choose(screen, "\n".join(still_open(review)), choices, enter="resume")
        if answer == "resume":
            await _go_through(screen, review)
            return
        if answer == "minutes":
            await screen.show(MinutesScreen(screen.store, review.number))
        elif answer == "end":
            ending = await end(screen, review.number)
            if ending != "open":
                await screen.show(MinutesScreen(screen.store, review.number, ended_now=ending == "now"))
        elif answer == "list":
            await screen.show(ReviewsScreen(screen.store))
        else:
            return
        review = await screen.store.read(review_queries.unfinished)


async def _go_through(screen: StoreScreen, review: ReviewRow, said: str = "") -> None:
    await screen.show(ReviewScreen(screen.store, review, said=said))
    await screen.load()
    now = await screen.store.read(review_queries.review, review.number)
    if not now.is_over:
        key = screen.key_of("review.open")
        screen.say(f"{so_far(now)}; {key} resumes it")


def _check_people(typed: str) -> None:
    if not typed.strip(" ;,"):
        raise no_participant()


def _check_query(typed: str) -> None:
    if typed.strip():
        check_filter(typed)


def _days(typed: str) -> int:
    """Days as typed. Raises InvalidValueError."""
    text = typed.strip() or "0"
    if not (text.isascii() and text.isdigit() and len(text) <= 4):
        raise InvalidValueError("skip_days", f"{line(typed)} is not a number of days", "type a number such as 14")
    return int(text)


def _title(value: str) -> FormField:
    hint = "the title of the minutes"
    return FormField("title", "Title", value, hint, check=lambda typed: required_line("title", typed))


def _people(value: str, known: Sequence[str]) -> FormField:
    return FormField(
        "participants",
        "Participants",
        value,
        "participants, separated by ;",
        check=_check_people,
        propose=from_list_of_many(known),
    )


async def _fields(store: AsyncStore) -> tuple[FormField, ...]:
    """How a review begins, with what it usually is."""
    known = await store.read(overview_queries.names_in_use)

    async def propose(typed: str) -> Sequence[Proposal]:
        found = await store.read(filter_completion.complete, typed, len(typed))
        return [Proposal(typed[: one.start] + one.text, f"{one.text}  {one.help}".rstrip()) for one in found]

    return (
        _title(default_title(store.now)),
        _people(store.actor, known.owners),
        FormField(
            "query",
            "Filter",
            "",
            "empty: the whole register; such as severity:high category:EN",
            check=_check_query,
            propose=propose,
        ),
        FormField(
            "skip_days",
            "Skip the last",
            str(SKIP_DAYS),
            "days: items reviewed since then are skipped; 0 skips none",
            check=_days,
        ),
    )


async def _begin(screen: StoreScreen) -> None:
    """Ask how to start a review, then go through it."""
    store = screen.store
    begun: list[tuple[int, str]] = []

    async def tell(values: Values) -> str:
        try:
            query, skip_days = values["query"].strip() or None, _days(values["skip_days"])
            number = await store.read(planned, query=query, skip_days=skip_days)
        except RegisterError:
            # Errors are shown next to their fields.
            return ""
        return f"{number_of(number, 'item')} to review"

    async def save(values: Values) -> None:
        try:
            await store.parse_filter(values["query"])
        except QueryError as error:
            raise InvalidValueError("query", error.what, error.remedy) from None
        started = await store.write(
            review_commands.start,
            title=values["title"],
            participants=(values["participants"],),
            query=values["query"].strip() or None,
            skip_days=_days(values["skip_days"]),
        )
        begun.append((started.number, started.done.message))

    fields = await _fields(store)
    if await ask_form(screen, "Start a review", fields, save, tell=tell, verb="start") and begun:
        number, said = begun[-1]
        await _go_through(screen, await store.read(review_queries.review, number), said)


async def participants(screen: StoreScreen, _: str) -> None:
    """Change who takes part in the open review, and its title."""
    review = await screen.store.read(review_queries.unfinished)
    if review is None:
        raise RegisterError("no review is open", f"{screen.key_of('review.open')} on the dashboard starts one")
    known = await screen.store.read(overview_queries.names_in_use)

    async def save(values: Values) -> None:
        people = (values["participants"],)
        verb = screen.store.write(
            review_commands.edit_review, review.number, title=values["title"], participants=people, before=review
        )
        await screen.change_or_raise(verb)

    fields = (_people("; ".join(review.participants), known.owners), _title(review.title))
    await ask_form(screen, f"Participants of review {review.number}", fields, save)


async def follow_up(screen: StoreScreen, key: str) -> None:
    """Record what is to be done about an item, who does it, and until when."""
    review = await screen.store.read(review_queries.unfinished)
    if review is None:
        raise RegisterError("no review is open", f"{screen.key_of('review.open')} starts one")

    today = screen.host.target.today

    async def save(values: Values) -> None:
        due = FIELDS["due_on"].read(values["due_on"], today)
        assert due is None or isinstance(due, date)
        owner = values["owner"].strip() or None
        verb = screen.store.write(
            review_commands.follow_up, review.number, key, text=values["text"], owner=owner, due_on=due
        )
        await screen.change_or_raise(verb)

    detail, known = await screen.fetch(key), await screen.store.read(overview_queries.names_in_use)
    fields = follow_up_fields(known.owners, today, owner=detail.owner or "")
    await ask_form(screen, f"Follow up on {key}", fields, save, verb="add")


async def since(screen: StoreScreen, _: str) -> None:
    """What happened since the last review; Enter there goes to an item."""
    page = SinceScreen(screen.store)
    await screen.show(page)
    await screen.load(choose=page.answer)
