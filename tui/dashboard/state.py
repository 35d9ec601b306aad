"""What the dashboard shows and what is selected on it, as one frozen value; and what its parts need of the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from textual.screen import Screen
    from textual.worker import Worker

    from store.errors import RegisterError
    from store.filters.ast import ItemFilter, Query
    from store.queries.dependency_map import BlastRadius, MapRows
    from store.queries.items import ItemDetail
    from store.queries.overview import Summary
    from tui.async_store import AsyncStore, View
    from tui.editing.drafts import Claim, Purpose
    from tui.host import Host
    from tui.panes.categories import CategoriesPane
    from tui.panes.dashboard import DashboardPane
    from tui.panes.fix_first import FirstPane
    from tui.panes.item import ItemPane
    from tui.panes.items import ItemsPane
    from tui.panes.map import MapPane
    from tui.panes.owners import OwnersPane
    from tui.widgets.bars import HeaderBar
    from tui.widgets.frame import Frame

Answer = TypeVar("Answer")


class DashboardState(NamedTuple):
    """What the dashboard shows.

    query: the filter that holds, None for none. category: the code of the category that narrows the list. selected:
    the key of the item under the cursor. is_outside_list: whether that item may be missing from the list, for
    example after undo went to it. edited: the selected item after its user changed it; it keeps its row until the
    cursor leaves. listed: the filter of the list that shows. view: the newest answer of the store, `detail` its
    item. assumed: the keys of the items that are taken as mitigated in the map and the scores, while nothing is
    written. day: the day that is shown, empty for today.
    """

    view: View | None = None
    detail: ItemDetail | None = None
    query: Query | None = None
    category: str | None = None
    selected: str | None = None
    is_outside_list: bool = False
    edited: str | None = None
    listed: ItemFilter | None = None
    map_rows: MapRows | None = None
    blast_radius: BlastRadius | None = None
    assumed: tuple[str, ...] = ()
    day: str = ""

    @property
    def filter(self) -> ItemFilter:
        """What the item list shows."""
        from store.filters.ast import ALL, ItemFilter

        return ItemFilter(self.query or ALL, self.category)

    @property
    def shows_all(self) -> bool:
        """Whether the list shows every item, in document order."""
        return self.query is None and self.category is None

    @property
    def filter_text(self) -> str:
        """The filter as typed."""
        return self.query.text if self.query is not None else ""

    @property
    def words(self) -> tuple[str, ...]:
        """The words that are highlighted where they show."""
        return self.query.words if self.query is not None else ()


@runtime_checkable
class ShowsSummary(Protocol):
    """A pane of counts: it shows each summary of the register that the store answers with."""

    def show_summary(self, summary: Summary, code: str | None) -> None:
        """Show new counts, and the chosen category by its code, None for all."""


class Panes(NamedTuple):
    """The panes that the parts of the dashboard know, and the frames of all panes by number."""

    categories: CategoriesPane
    items: ItemsPane
    item: ItemPane
    dashboard: DashboardPane
    first: FirstPane
    owners: OwnersPane
    map: MapPane
    header: HeaderBar
    frames: dict[int, Frame]


class Dashboard(Protocol):
    """The dashboard, as its parts know it.

    state: replaced as a whole by whoever changes something in it. opened: the register, once it is open.
    """

    state: DashboardState
    opened: AsyncStore | None
    purpose: Purpose | None
    resuming: Claim | None

    @property
    def frozen(self) -> RegisterError | None: ...

    @property
    def host(self) -> Host: ...

    @property
    def store(self) -> AsyncStore: ...

    @property
    def is_filtering(self) -> bool:
        """Whether a filter is being typed."""

    # Work

    def background(self, group: str, work: Callable[[], Coroutine[None, None, None]]) -> Worker[None]: ...

    def converse(self, work: Coroutine[None, None, object]) -> None: ...

    async def guarded(self, work: Awaitable[object]) -> None: ...

    def cancel(self, group: str) -> bool:
        """Cancel background work; whether there was any."""

    async def load(self, *, choose: str | None = None) -> None: ...

    async def fetch(self, key: str) -> ItemDetail: ...

    def catch_up(self) -> None: ...

    # Questions and sentences

    async def show(self, question: Screen[Answer], *, expected: bool = True) -> Answer: ...

    def say(self, message: str) -> None: ...

    def warn(self, words: str) -> None: ...

    def refuse(self, error: Exception) -> None: ...

    def key_of(self, command_id: str) -> str: ...

    # Painting

    def apply(self, view: View, *, keeps_row: bool) -> None:
        """Show an answer in every pane at once."""

    def show_detail(self) -> None: ...

    def show_notes(self) -> None: ...

    def refresh_keys(self) -> None: ...

    def lay_out(self) -> None: ...

    def go_to(self, number: int) -> None: ...
