"""What the page of a report says, section by section, before it is HTML or Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from store.enums import RATINGS, Flag, Status, letter, rating
from store.formats.inline import without_marks
from store.text import days, join_words, number_of, plural
from tui.render.badges import FLAG_WORDS
from tui.render.charts import NONE, TITLES, View, drawn, is_empty, numbers
from tui.render.text import UNICODE, readable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from store.audit.trends import Trend
    from store.policy import AcceptedRow, OwnerRow
    from store.queries.follow_ups import FollowUpRow
    from store.queries.overview import Counts
    from store.queries.report import AlarmingItem, MapPart, Movement, Report, Since


LONG = 20
"""The characters of a word that a table does not break."""


class Quote(str):
    """A text that a user may have written; all other words of a page are fixed."""

    __slots__ = ()

    @property
    def has_long_word(self) -> bool:
        """Whether a word in it would make the column of a table too wide."""
        return any(len(word) > LONG for word in self.split())


class Paragraph(NamedTuple):
    """Sentences in pieces, of which some are quotes."""

    pieces: tuple[str, ...]

    @property
    def kind(self) -> str:
        """What a template calls it."""
        return "paragraph"


class Column(NamedTuple):
    """A column of a table: `kind` is `key`, `number`, `severity`, `status`, or empty for texts."""

    title: str
    kind: str = ""


class TableBlock(NamedTuple):
    """Rows of texts, each beginning with its heading. `more` says what is left out, else it is empty."""

    name: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Quote, ...], ...]
    more: str = ""

    @property
    def kind(self) -> str:
        """What a template calls it."""
        return "table"

    @property
    def is_numeric(self) -> bool:
        """Whether it has nothing but numbers behind its headings."""
        return all(column.kind == "number" for column in self.columns[1:])


class ChartBlock(NamedTuple):
    """A chart of a trend; `table` has the numbers that it is drawn from."""

    view: View
    title: str
    table: TableBlock

    @property
    def kind(self) -> str:
        """What a template calls it."""
        return "chart"


class MapBlock(NamedTuple):
    """The dependency map; `key` explains its boxes, `table` has what it shows."""

    part: MapPart
    names: dict[str, str]
    key: str
    table: TableBlock

    @property
    def kind(self) -> str:
        """What a template calls it."""
        return "map"


Block = Paragraph | TableBlock | ChartBlock | MapBlock


class Section(NamedTuple):
    """A part of the page under a heading."""

    name: str
    title: str
    blocks: tuple[Block, ...]


class Figure(NamedTuple):
    """A number that is seen first; `note` is how it changed, `is_alarming` that someone has to act."""

    label: str
    number: int
    note: str = ""
    is_alarming: bool = False


class Page(NamedTuple):
    """A whole report, in the order in which leadership reads it."""

    title: Quote
    system: Quote
    time: str
    state: str
    figures: tuple[Figure, ...]
    sections: tuple[Section, ...]
    source: str


MOST = 300
"""The characters of a text that a cell shows."""


def text(value: str | None) -> Quote:
    """A text in a cell: as a name, without the marks of Markdown."""
    return name_of(without_marks(value or ""))


def name_of(value: str | None) -> Quote:
    """A name in a cell: on one line, without hidden characters, and not too long."""
    words = " ".join(readable(value or "").split())
    if len(words) > MOST:
        words = words[:MOST].rsplit(" ", 1)[0].rstrip(" ,;:.-") + "…"
    return Quote(words)


def titled(key: str, lead: str) -> Quote:
    """An item by its key and its title."""
    return Quote(f"{name_of(key)} {text(lead)}")


def page(report: Report) -> Page:
    """The page of a report."""
    return Page(
        title=text(report.register.title or "AI Debt Register"),
        system=text(report.register.system),
        time=f"{report.time:%Y-%m-%d %H:%M} UTC",
        state=_state(report),
        figures=_figures(report),
        sections=(
            _movement(report),
            _attention(report),
            _first(report),
            _acceptances(report),
            _owners(report),
            _categories(report),
            _trends(report.trend),
            _map(report),
            _decisions(report),
        ),
        source=f"Change {report.head.sequence:,} of the register, digest {report.head.digest[:16]}",
    )


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d}"


def _state(report: Report) -> str:
    """`11 open, 4 mitigated, 15 in total; 2 more open than on 2026-11-02.`"""
    counts = report.counts
    if not counts.total and not report.before.total:
        return "No items yet."
    words = f"{counts.unresolved:,} open"
    if counts.in_progress:
        words += f" ({counts.in_progress:,} of them in progress)"
    words += f", {counts.mitigated:,} mitigated, "
    words += f"{counts.accepted:,} accepted, " if counts.accepted else ""
    change = counts.unresolved - report.before.unresolved
    compared = f"{abs(change):,} {'more' if change > 0 else 'fewer'} open than" if change else "as many open as"
    return f"{words}{counts.total:,} in total; {compared} on {_day(report.since.time)}."


def signed(number: int) -> str:
    """A change with its sign: `+2`, `-1`, `0`."""
    return f"{number:+,}" if number else "0"


_ALARMS = (Flag.CONTRADICTED, Flag.ESCALATED, Flag.OVERDUE, Flag.ENDED)


def _figures(report: Report) -> tuple[Figure, ...]:
    found = dict(report.flagged)
    changed = (
        ("Open", report.counts.unresolved, report.before.unresolved),
        ("Mitigated", report.counts.mitigated, report.before.mitigated),
        ("Accepted", report.counts.accepted, report.before.accepted),
    )
    flags = ((FLAG_WORDS[flag].capitalize(), found.get(flag, 0)) for flag in _ALARMS)
    return (
        *(Figure(label, now, signed(now - then)) for label, now, then in changed),
        *(Figure(label, number, is_alarming=number > 0) for label, number in flags),
    )


def _compared(since: Since) -> tuple[str, ...]:
    """The moment that the report compares with: `the end of review 3, Spring review, on 2026-11-02`."""
    if since.kind == "review":
        return (f"the end of review {since.review}, ", name_of(since.title), f", on {_day(since.time)}")
    if since.kind == "beginning":
        return (f"the register's beginning on {_day(since.time)}",)
    return (_day(since.time),)


EFFECTS = {
    "new": "New",
    "mitigated": "Mitigated",
    "accepted": "Accepted",
    "reopened": "Reopened",
    "changed": "Changed",
    "removed": "Removed",
}
"""What happened to items, in words."""
STATUSES: tuple[tuple[str, Callable[[Counts], int]], ...] = (
    ("Open", lambda counts: counts.open),
    ("In Progress", lambda counts: counts.in_progress),
    ("Mitigated", lambda counts: counts.mitigated),
    ("Accepted", lambda counts: counts.accepted),
    ("Total", lambda counts: counts.total),
)
"""The counts of a table, and how they are named."""


def _movement(report: Report) -> Section:
    since, now, before = report.since, report.counts, report.before
    why = ""
    if since.is_default and since.kind != "review":
        why = " No review has ended yet."
    head = Paragraph(("Compared with ", *_compared(since), f".{why}"))
    counted = TableBlock(
        "counts",
        "Items by status",
        (Column("Status"), Column("Then", "number"), Column("Now", "number"), Column("Change", "number")),
        tuple(
            (Quote(name), *_numbers(count(before), count(now)), Quote(signed(count(now) - count(before))))
            for name, count in STATUSES
        ),
    )
    groups = [group for group in report.movement if group.effect != "changed"]
    moved = [(EFFECTS[group.effect], item) for group in groups for item in group.items]
    changed = sum(group.total for group in report.movement if group.effect == "changed")
    rest = _said(f"{number_of(changed, 'other item')} changed without a new status.") if changed else None
    if not moved:
        return _section(
            "movement", "What moved", head, counted, _said("Nothing was added, resolved or reopened."), rest
        )
    listed = TableBlock(
        "moved",
        "Items that moved",
        _columns("Item:key", "Title", "What", "Severity:severity", "Status:status", "By", "Note"),
        tuple(
            (
                name_of(item.key),
                text(item.lead),
                Quote(what),
                *_rated(item.severity, item.status),
                name_of(item.by),
                text(item.note),
            )
            for what, item in moved
        ),
        more=_not_listed(groups),
    )
    return _section("movement", "What moved", head, counted, listed, rest)


def _not_listed(groups: Iterable[Movement]) -> str:
    """`Not listed: 480 new and 12 mitigated items.`"""
    left = {group.effect: group.total - len(group.items) for group in groups if group.total > len(group.items)}
    words = join_words([f"{number:,} {effect}" for effect, number in left.items()]) if left else ""
    return f"Not listed: {words} {plural(sum(left.values()), 'item')}." if left else ""


def _attention(report: Report) -> Section:
    blocks: list[Block | None] = []
    if not (report.contradicted or report.escalated or report.overdue):
        blocks.append(_said("Nothing is contradicted by monitoring, escalated or overdue."))
    if report.contradicted:
        total = report.contradicted_total
        blocks.append(_alarms("contradicted", "Contradicted by monitoring", report.contradicted, total))
    if report.escalated:
        blocks.append(_alarms("escalated", "Escalated", report.escalated, report.escalated_total))
    if report.unchecked:
        blocks.append(_said(f"{number_of(report.unchecked, 'item')} could not be checked against the rules."))
    if report.overdue:
        blocks.append(_alarms("overdue", "Overdue", report.overdue, report.overdue_total))
    waiting = report.signals
    if waiting.firing or waiting.inbox:
        firing = f"{number_of(waiting.firing, 'signal')} {plural(waiting.firing, 'is', 'are')} firing"
        blocks.append(_said(f"{firing}; {waiting.inbox:,} {plural(waiting.inbox, 'waits', 'wait')} in the inbox."))
    return _section("attention", "Needs attention", *blocks)


def _alarms(name: str, caption: str, rows: Sequence[AlarmingItem], total: int) -> TableBlock:
    return TableBlock(
        name,
        caption,
        _columns("Item:key", "Title", "Severity:severity", "Status:status", "Owner", "Why"),
        tuple(
            (
                name_of(row.key),
                text(row.lead),
                *_rated(row.severity, row.status),
                _owner(row.owner),
                name_of(row.reason),
            )
            for row in rows
        ),
        more=_more(len(rows), total, "item"),
    )


def _first(report: Report) -> Section:
    rows = report.first
    if not rows:
        return _section("first", "What to fix first", _said("Nothing is open."))
    table = TableBlock(
        "first",
        "Open items by score",
        _columns("Item:key", "Title", "Severity:severity", "Status:status", "Owner", "Score:number", "Why"),
        tuple(
            (
                *(name_of(row.key), text(row.lead), *_rated(row.severity, row.status), _owner(row.owner)),
                *(Quote(f"{row.score:.2f}"), name_of(row.reason)),
            )
            for row in rows
        ),
        more=_more(len(rows), report.counts.unresolved, "open item"),
    )
    about = "A score adds up the severity of an item and of all open debt that it makes worse, halved with each step."
    return _section("first", "What to fix first", table, _said(about))


def _acceptances(report: Report) -> Section:
    title = "Acceptances that ended or are ending"
    rows = report.acceptances
    if not rows:
        accepted = report.counts.accepted
        words = "No acceptance has ended or ends within 14 days." if accepted else "Nothing is accepted."
        return _section("acceptances", title, _said(words))
    table = TableBlock(
        "acceptances",
        "Accepted items, by the end of their acceptance",
        _columns("Item:key", "Title", "Severity:severity", "Accepted by", "Why", "Until"),
        tuple(
            (
                *(name_of(row.key), text(row.lead), Quote(rating(row.severity)), name_of(row.by or "not recorded")),
                *(text(row.why or "not recorded"), Quote(end_words(row))),
            )
            for row in rows
        ),
        more=_more(len(rows), report.acceptances_total, "acceptance"),
    )
    return _section("acceptances", title, table)


def end_words(row: AcceptedRow) -> str:
    """`2026-03-31, ended 5 days ago`, `2026-03-31, ends in 3 days`."""
    assert row.until is not None
    assert row.days is not None
    if row.state == "ended":
        return f"{row.until}, ended {days(-row.days)} ago"
    return f"{row.until}, ends {f'in {days(row.days)}' if row.days else 'today'}"


OWNER_NUMBERS = ("open", "critical", "high", "unrated", "escalated", "overdue", "items")
"""The columns of owners that are numbers."""


def _owners(report: Report) -> Section:
    if not report.owners:
        return _section("owners", "Owners", _said("No items yet."))
    heads = [f"{'All items' if name == 'items' else name.capitalize()}:number" for name in OWNER_NUMBERS]
    table = TableBlock(
        "owners",
        "Open debt by owner",
        _columns("Owner", *heads, "Oldest open"),
        tuple(
            (
                _owner(row.owner),
                *_numbers(*(getattr(row, name) for name in OWNER_NUMBERS)),
                Quote(oldest(row)),
            )
            for row in report.owners
        ),
        more=_more(len(report.owners), report.owners_total, "owner"),
    )
    return _section("owners", "Owners", table)


def oldest(row: OwnerRow) -> str:
    """`41+ days`, empty where nothing is open."""
    return "" if row.oldest_days is None else days(row.oldest_days, at_least=row.oldest_at_least)


def _categories(report: Report) -> Section:
    table = TableBlock(
        "categories",
        "Items by category and status",
        _columns("Category", *(f"{name}:number" for name, _ in STATUSES)),
        tuple(
            (name_of(row.name), *_numbers(*(count(row.counts) for _, count in STATUSES))) for row in report.categories
        ),
    )
    return _section("categories", "Debt by category", table if table.rows else _said("No categories yet."))


def _trends(found: Trend) -> Section:
    if found.nothing:
        return _section("trends", "Trends", _said(f"{found.nothing[:1].upper()}{found.nothing[1:]}."))
    blocks: list[Block | None] = []
    for view in (View.STATUS, View.SEVERITY, View.FLOW):
        heads, rows = numbers(found, view)
        columns = tuple(Column(head, "number" if at else "") for at, head in enumerate(heads))
        shown = tuple(tuple(map(Quote, row)) for row in rows)
        table = TableBlock(f"trend-{view.value}", f"{TITLES[view]}, in numbers", columns, shown)
        series, _ = drawn(found, view, UNICODE)
        blocks.append(_said(f"{NONE[view]}.") if is_empty(series) else ChartBlock(view, TITLES[view], table))
    return _section("trends", "Trends", *blocks)


def _key_of_map() -> str:
    """What is in the boxes of a map, sign by sign."""
    ratings = join_words([f"{letter(severity)} {rating(severity)}" for severity in RATINGS])
    statuses = join_words([f"{UNICODE.mark(status)} {status.value}" for status in Status])
    flags = join_words([f"{UNICODE.flag(flag)} {FLAG_WORDS[flag]}" for flag in Flag])
    return f"Each box shows the severity ({ratings}), the status ({statuses}), and a sign for {flags}."


def _map(report: Report) -> Section:
    part = report.map
    if not part.dependencies:
        return _section("map", "Dependency map", _said("No dependencies yet."))
    names = {row.code: row.name for row in report.categories}
    leads = {node.key: node.lead for node in part.rows.nodes}
    counted = f"{number_of(part.items, 'item')} with {number_of(part.dependencies, 'dependency', 'dependencies')}"
    if part.by_category:
        columns = _columns("Category", "Makes worse", "Dependencies:number")
        rows = tuple(
            (name_of(names[link.source]), name_of(names[link.target]), *_numbers(link.number)) for link in part.links
        )
        words = f"{counted}, counted by category."
        key = "Each box shows how many of a category's items that have dependencies are open."
    else:
        columns = _columns("Item", "Label", "Makes worse")
        rows = tuple(
            (
                titled(link.source, leads[link.source]),
                name_of(link.label),
                titled(link.target, leads[link.target]),
            )
            for link in part.links
        )
        words = f"{counted}: which debt makes which worse."
        key = _key_of_map()
    more = _more(len(part.links), part.links_total, "pair of categories", "pairs of categories")
    table = TableBlock("map", "Dependencies", columns, rows, more)
    return _section("map", "Dependency map", _said(words), MapBlock(part, names, key, table))


def _decisions(report: Report) -> Section:
    review, blocks = report.review, list[Block | None]()
    if review is None:
        blocks.append(_said("No review has ended yet."))
    else:
        ended = "" if review.ended is None else f" ended on {_day(review.ended)}"
        reviewed = f"{review.reviewed:,} of {number_of(review.items, 'item')} reviewed."
        who = _listed([name_of(each) for each in review.participants])
        took_part = (" With ", *who, ".") if who else ()
        blocks.append(
            Paragraph((f"Review {review.number}, ", name_of(review.title), f",{ended}: {reviewed}", *took_part))
        )
        table = TableBlock(
            "decisions",
            "What was decided",
            _columns("Item:key", "Title", "Decision", "Status then:status", "Recorded by"),
            tuple(
                (name_of(row.key), text(row.lead), text("; ".join(row.what)), Quote(row.status.value), name_of(row.by))
                for row in review.decisions
            ),
            more=_more(len(review.decisions), review.decisions_total, "item"),
        )
        blocks.append(table if table.rows else _said("No item was changed."))
    blocks.append(_follow_ups(report.follow_ups, report.follow_ups_total))
    return _section("decisions", "Decisions and follow-ups", *blocks)


def _listed(names: Sequence[Quote]) -> tuple[str, ...]:
    """Names as a list in a sentence, each of them a quote."""
    between = [", "] * (len(names) - 2) + [" and "] * (len(names) > 1) + [""]
    return tuple(piece for pair in zip(names, between, strict=False) for piece in pair if piece)


def _follow_ups(rows: Sequence[FollowUpRow], total: int) -> Block:
    if not rows:
        return _said("No open follow-ups.")
    return TableBlock(
        "follow-ups",
        "Open follow-ups",
        _columns("Item:key", "Task", "Owner", "Due"),
        tuple((name_of(row.key), text(row.text), _owner(row.owner), Quote(due_words(row))) for row in rows),
        more=_more(len(rows), total, "follow-up"),
    )


def due_words(row: FollowUpRow) -> str:
    """`2026-03-31, overdue by 5 days`; `no date`."""
    if row.due_on is None:
        return "no date"
    return f"{row.due_on}, overdue by {days(row.overdue_days)}" if row.overdue_days else f"{row.due_on}"


def _said(words: str) -> Paragraph:
    return Paragraph((words,))


def _section(name: str, title: str, *blocks: Block | None) -> Section:
    return Section(name, title, tuple(block for block in blocks if block is not None))


def _columns(*heads: str) -> tuple[Column, ...]:
    """Columns from their titles, each with its kind behind a colon."""
    return tuple(Column(*head.split(":")) for head in heads)


def _numbers(*numbers: int) -> tuple[Quote, ...]:
    return tuple(Quote(f"{number:,}") for number in numbers)


def _rated(severity: object, status: object) -> tuple[Quote, Quote]:
    return Quote(severity or "unrated"), Quote(status)


def _owner(owner: str | None) -> Quote:
    return Quote("unassigned") if owner is None else name_of(owner)


def _more(shown: int, total: int, noun: str, nouns: str = "") -> str:
    return f"The first {shown:,} of {number_of(total, noun, nouns)}." if shown < total else ""
