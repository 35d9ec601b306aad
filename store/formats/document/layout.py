"""Where each part of a register is in its document."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from store.formats.document.rules import EVERYTHING
from store.formats.document.tables import Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store.formats.document.cells import Words
    from store.formats.document.entries import Entries
    from store.formats.document.model import Item, Register
    from store.formats.document.outline import Block
    from store.formats.document.rules import ReadingRules
    from store.formats.document.tables import Row
    from store.formats.lines import Notice, Problem, Text
    from store.formats.mermaid.chart import Chart, Keys
    from store.formats.register_json import Copy
    from store.formats.tabular import Csv


class Span(NamedTuple):
    """A value on a line: where its source starts and ends."""

    line: int
    start: int
    end: int
    source: str


class Prose(NamedTuple):
    """Lines `start` up to, not including, `end` that hold a text; `marks` are the emphasis around it."""

    start: int
    end: int
    text: str
    marks: str = ""


class Entry(NamedTuple):
    """An entry of the review cadence: lines `start` up to, not including, `end`, and the list marker before it."""

    start: int
    end: int
    marker: str
    label: str
    text: str


class Facts(NamedTuple):
    """The register's own facts: title, labeled values by folded label, purpose, note and cadence.

    `purpose_rest` is the part of the purpose after the note.
    """

    title: Block | None
    labels: dict[str, Span]
    purpose_heading: Block | None
    purpose: Prose | None
    purpose_rest: Prose | None
    note: Prose | None
    cadence_heading: Block | None
    entries: tuple[Entry, ...]


@dataclass(slots=True)
class Section:
    """Where a category is: its headings, its written code, its definition, and the numbers of its lists.

    `by_column`: only cells name it, no heading does.
    """

    name: str
    written: str | None
    code_line: int | None
    definition: Prose | None
    lists: list[int] = field(default_factory=list)
    headings: list[Block] = field(default_factory=list)
    code: str = ""
    by_column: bool = False

    @property
    def is_headed(self) -> bool:
        """Whether the document has a heading or a code for it, and not only cells that name it, or nothing."""
        return bool(self.headings) or self.code_line is not None

    @property
    def heading(self) -> Block | None:
        """Its first heading."""
        return self.headings[0] if self.headings else None

    @property
    def line(self) -> int:
        """The line (from 0) of its code, else of its heading, else the first."""
        if self.code_line is not None:
            return self.code_line
        return self.heading.start if self.heading else 0


class Dashboard(NamedTuple):
    """A table of counts: the category column, the count columns by word, and the category of each row (None: total)."""

    table: Table
    name_column: int
    columns: dict[str, int]
    rows: tuple[tuple[str | None, Row], ...]


class Unread(NamedTuple):
    """Items whose titles and dependencies a map may hold on lines that cannot be read; None: any item."""

    keys: frozenset[str] | None

    def covers(self, key: str) -> bool:
        """Whether this item may be on such a line."""
        return self.keys is None or key in self.keys


class Layout(NamedTuple):
    """The parts of a document; `lists` are its lists of items, `repeated` the tables that repeat items, `keys` those of
    its items, `titled` those of items whose titles are in the lists.
    """

    text: Text
    blocks: tuple[Block, ...]
    facts: Facts
    sections: tuple[Section, ...]
    lists: tuple[Table | Entries, ...]
    repeated: tuple[Table, ...]
    tables: tuple[Table, ...]
    words: Words
    rules: ReadingRules
    keys: Keys
    titled: frozenset[str]
    dashboards: tuple[Dashboard, ...]
    charts: tuple[Chart, ...]
    fence: Block | None
    diagrams: tuple[Diagram, ...] = ()
    unread: Unread | None = None
    nested_tables: tuple[Block, ...] = ()
    csv: Csv | None = None

    def can_be_headed(self, section: Section) -> bool:
        """Whether a category has a heading, or could get one: it is one list, of any severity and status."""
        if self.rules.reference_only or section.is_headed:
            return True
        places = [each.context for each in self.lists_of(section)]
        return not section.by_column and len(places) == 1 and not (places[0].severity or places[0].status)

    def lists_of(self, section: Section) -> list[Table | Entries]:
        """The lists of items under the headings of a category."""
        return [self.lists[number] for number in section.lists]

    @property
    def titles_in_lists(self) -> bool:
        """Whether titles are for the lists, and not for the map alone: there are some, or it has another shape."""
        usual = all(isinstance(each, Table) and each.columns.is_usual for each in self.lists)
        return bool(self.titled) or (self.chart is None and not usual)

    def holds_title(self, origin: str | None) -> bool:
        """Whether the list of an item has a place for its title; None is a new item."""
        is_new = origin is None or self.chart is None
        return self.csv is not None or origin in self.titled or (is_new and self.titles_in_lists)

    def is_emptied(self, items: Sequence[Item]) -> bool:
        """Whether only an empty table can say that there are items: there are none left, and no table."""
        return not items and not any(isinstance(each, Table) for each in self.lists)

    @property
    def chart(self) -> Chart | None:
        """The map: its first flowchart, where new dependencies go."""
        return self.charts[0] if self.charts else None

    @property
    def headings(self) -> list[Block]:
        """Its headings in order."""
        return [block for block in self.blocks if block.kind == "heading"]


class Diagram(NamedTuple):
    """A mermaid block that is not a flowchart: its line (from 0), the text there, its kind (None: cannot be read)."""

    line: int
    text: str
    kind: str | None


class StandaloneMap(NamedTuple):
    """The map of a text without a table of items, and the system that the text names."""

    chart: Chart
    system: str | None


class Reading(NamedTuple):
    """What a document holds. With problems, the register is what could be read and must not be stored.

    If the only problem is that the text holds a map and no items, `map` is that map. The register is None without a
    list of items. `unread` is what its map may contain on lines that cannot be read, `rules` how it was read, with the
    keys that items without one were given, and `skipped` what is in a list and is not an item. A `copy` is a text such
    as JSON that no export writes changes into. `items_only`: it says nothing of the register and of dependencies.
    """

    register: Register | None
    problems: tuple[Problem, ...] = ()
    notices: tuple[Notice, ...] = ()
    map: StandaloneMap | None = None
    unread: Unread | None = None
    rules: ReadingRules = EVERYTHING
    skipped: tuple[Notice, ...] = ()
    copy: Copy | None = None
    items_only: bool = False
