"""What a review shows of one item: why it is in the queue, what it is, what changed, its neighbors and its history."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from store.audit import describe
from store.enums import Flag
from tui.render.badges import state
from tui.render.item import (
    BLANK,
    affects,
    contradiction_of,
    edges,
    facts,
    follow_ups,
    links,
    section,
    signals,
    standing,
    timeline,
)
from tui.render.lines import Line, emphasized, labeled, labeled_prose, packed, width_of, wrapped
from tui.render.text import Glyphs, cut, line, plain_line

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from store.queries.history import ChangeRow
    from store.queries.items import ItemDetail
    from store.review.queries import ItemActivity, QueueRow, ReviewView
    from tui.widgets.line_list import Built

SLIM = 60
"""The cells below which the description comes first."""
COLUMNS = 110
"""The cells from which there are two columns."""
GAP = 3
NEVER = "never reviewed"
"""What the reason says about most items that never were."""
FEW, MANY = 4, 12
"""The changes since the last review that are before the description, and those in a separate column."""
VALUE = 60
"""The cells that a value takes in a change."""


@dataclass(frozen=True, slots=True)
class Shown:
    """An item under review.

    me: who looks at it. today: the day it is looked at. keys: those that open an ended acceptance again, that accept
    it again, and that undo. fresh: what others did while it was on the screen. just: whether someone decided it just
    now.
    """

    view: ReviewView
    me: str
    today: date
    keys: tuple[str, str, str]
    fresh: tuple[str, ...] = ()
    just: bool = False

    @property
    def row(self) -> QueueRow:
        """The item in the queue."""
        return self.view.review.queue[self.view.at]


def item_page(shown: Shown, width: int, glyphs: Glyphs) -> Built:
    """An item in `width` cells, the most important first; in two columns where there is room, but not in words."""
    item, news = shown.view.item, shown.view.news
    if item is None or news is None:
        return _gone(shown, width, glyphs), {}
    wide, is_slim = width >= COLUMNS and not glyphs.words, width < SLIM
    lines = _head(shown, item, width, glyphs)
    if news.reviewed is None and NEVER not in shown.row.reason:
        lines += wrapped(((f"{NEVER} before".capitalize(), "quiet"),), width)
    since, told = _since(news, column_width(width) if wide else width, MANY if wide else FEW, glyphs)
    if not wide:
        texts = _texts(item, width, glyphs, is_described=is_slim)
        return [*lines, *since, *texts, *_around(shown, item, told, width, glyphs)], {}
    left = column_width(width)
    right = width - left - GAP
    lines += _beside(_texts(item, left, glyphs), [*since, *_around(shown, item, told, right, glyphs)], left)
    return lines, {}


def column_width(width: int) -> int:
    """The left one of two columns."""
    return (width - GAP) // 2


def _beside(left: list[Line], right: list[Line], width: int) -> list[Line]:
    rows: list[Line] = []
    for at in range(max(len(left), len(right))):
        one = left[at] if at < len(left) else ()
        other = right[at] if at < len(right) else ()
        fill = (" " * (width - width_of(one) + GAP), "")
        rows.append((*one, fill, *other) if other else one)
    return rows


def _gone(shown: Shown, width: int, glyphs: Glyphs) -> list[Line]:
    """An item that was removed since the review began."""
    row = shown.row
    lines = wrapped(((f"{line(row.key)}  ", "strong accent"), (plain_line(row.lead), "strong")), width)
    said = f"This item was removed. {shown.keys[2]} restores what you removed yourself."
    return [*lines, *wrapped(((said, "warning"),), width), *_decided(shown, width, glyphs)]


def _head(shown: Shown, item: ItemDetail, width: int, glyphs: Glyphs) -> list[Line]:
    """Key and title, who decided it, what is new; the facts, why it is here, and what is still to do.

    Where there is little room, the description follows the title.
    """
    title = emphasized(line(item.title), "strong") if item.title else ((plain_line(shown.row.lead), "strong"),)
    states: Line = (*state(item.severity, item.status, glyphs), (" ", "")) if width < SLIM else ((" ", ""),)
    heading = wrapped(((f"{line(item.key)} ", "strong accent"), *states, *title), width)
    said = packed(facts(item, glyphs), width, ", " if glyphs.words else "   ")
    signaled = signals(item, width, glyphs, shown.keys[0])
    # Why it is contradicted is a part of what its signals say.
    if not (signaled and shown.row.reason == contradiction_of(item)):
        said += labeled("Here because", shown.row.reason, width)
    news = _decided(shown, width, glyphs)
    for words in shown.fresh:
        news += wrapped(((f"{glyphs.news} {line(words)} just now", "accent strong"),), width, "  ")
    if Flag.ENDED in item.flags:
        again, anew, _ = shown.keys
        words = f"Accepted until {item.accepted_until}, ended: {again} reopens it, {anew} accepts it again"
        news += wrapped(((words, "warning strong"),), width, "  ")
    news += signaled
    described = [*news, *_description(item, width), BLANK, *said]
    lines = [*heading, *(described if width < SLIM else [*said, *news])]
    lines += standing(item, width)
    return lines + follow_ups([row for row in item.follow_ups if row.is_open], width)


def _description(item: ItemDetail, width: int) -> list[Line]:
    return section("", item.description or "No description yet.", width)[2:]


def _decided(shown: Shown, width: int, glyphs: Glyphs) -> list[Line]:
    row = shown.row
    if row.decided_by is None or row.decided_at is None:
        return []
    who = "you" if row.decided_by == shown.me else line(row.decided_by)
    when = "just now" if shown.just else f"at {row.decided_at:%H:%M} UTC"
    if not shown.just and row.decided_at.date() != shown.today:
        when = f"on {row.decided_at:%Y-%m-%d} {when}"
    return wrapped(((f"{glyphs.marks[2]} reviewed by {who} {when}", "mitigated strong"),), width, "  ")


def _deeds(changes: Iterable[ChangeRow], width: int, glyphs: Glyphs) -> list[Line]:
    """A line for each change: when, who, what from and to."""
    lines: list[Line] = []
    for change in changes:
        words = describe.deed(change, cut=lambda text: cut(plain_line(text), VALUE, glyphs.more))
        head = ((f"{change.time:%Y-%m-%d}  ", "quiet"), (f"{line(change.actor)} ", "strong"))
        lines += wrapped((*head, (line(words), "")), width, "  ")
    return lines


def _since(news: ItemActivity, width: int, most: int, glyphs: Glyphs) -> tuple[list[Line], set[int]]:
    """What changed since the item was last reviewed, and the sequences of the changes that are shown."""
    if news.reviewed is None:
        return [], set()
    title = f" ({line(news.title)})" if news.title else ""
    by = f" by {line(news.by)}" if news.by else ""
    heading = f"Since review {news.review}{title}, {news.reviewed:%Y-%m-%d}{by}"
    lines = [BLANK, *wrapped(((heading, "label"),), width)]
    if not news.changes:
        return [*lines, *wrapped((("Nothing has changed.", "quiet"),), width)], set()
    changes = news.changes[:most]
    lines += _deeds(changes, width, glyphs)
    if news.total > len(changes):
        lines += wrapped(((f"{glyphs.more} {news.total - len(changes):,} more, in the history", "quiet"),), width)
    return lines, {change.sequence for change in changes}


def _texts(item: ItemDetail, width: int, glyphs: Glyphs, *, is_described: bool = False) -> list[Line]:
    """What the debt is, unless that was described above, and what it touches."""
    lines: list[Line] = [] if is_described else [BLANK, *_description(item, width)]
    if item.mitigation_plan:
        lines += section("Mitigation plan", item.mitigation_plan, width)
    lines += [*affects(item, width, glyphs), *links(item, width)]
    for name, value in item.extra:
        lines += labeled_prose(line(name), value, width)
    return lines


def _around(shown: Shown, item: ItemDetail, told: set[int], width: int, glyphs: Glyphs) -> list[Line]:
    """Neighbors, follow-ups that are closed, and the history."""
    built: Built = ([], {})
    if item.feeds:
        edges("Cascades to", item.feeds, width, glyphs, built)
    if item.fed_by:
        edges("Fed by", item.fed_by, width, glyphs, built)
    lines = built[0]
    lines += follow_ups([row for row in item.follow_ups if not row.is_open], width)
    lines += timeline(item, width, glyphs)
    trail = shown.view.trail
    rows = [change for change in trail.changes if change.sequence not in told] if trail is not None else []
    if rows:
        lines += [BLANK, (("History", "label"),), *_deeds(rows, width, glyphs)]
    if trail is not None and trail.older:
        lines += wrapped(((f"{glyphs.more} {trail.older:,} older", "quiet"),), width)
    return lines
