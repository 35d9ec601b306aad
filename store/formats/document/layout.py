"""Where everything of a register stands in its document."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from store.formats.document.model import Register
    from store.formats.document.outline import Block
    from store.formats.document.table import Columns, Row, Table
    from store.formats.document.text import Text
    from store.formats.document.unread import Unread
    from store.formats.mermaid.chart import Chart


@dataclass(frozen=True, slots=True)
class Problem:
    """What forbids to take a document in: its line (from 1), what is wrong and what to do."""

    line: int
    what: str
    remedy: str

    def __str__(self) -> str:
        """The problem as one sentence."""
        return f"line {self.line}: {self.what}: {self.remedy}"


@dataclass(frozen=True, slots=True)
class Notice:
    """What a reader of the document should know although it can be taken in; the line counts from 1."""

    line: int
    what: str

    def __str__(self) -> str:
        """The notice as one sentence."""
        return f"line {self.line}: {self.what}"


@dataclass(frozen=True, slots=True)
class Span:
    """A value on a line: where its source starts and ends."""

    line: int
    start: int
    end: int
    source: str


@dataclass(frozen=True, slots=True)
class Prose:
    """Lines `start` up to, not including, `end` that hold a text; `marks` are the emphasis around it."""

    start: int
    end: int
    text: str
    marks: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the review cadence: lines `start` up to, not including, `end`, and the list marker before it."""

    start: int
    end: int
    marker: str
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Facts:
    """The register's own facts: title, labelled values by folded label, purpose, note and cadence.

    `purpose_rest` is the part of the purpose that stands behind the note.
    """

    title: Block | None
    labels: dict[str, Span]
    purpose_heading: Block | None
    purpose: Prose | None
    purpose_rest: Prose | None
    note: Prose | None
    cadence_heading: Block | None
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class ItemTable:
    """A table of items; `rows` holds the key of every row that could be read, by line."""

    table: Table
    columns: Columns
    rows: tuple[tuple[str, Row], ...] = ()


@dataclass(slots=True)
class Section:
    """A category's place: its first heading and all of them, its written code, its definition and its tables."""

    name: str
    heading: Block | None
    written: str | None
    code_line: int | None
    definition: Prose | None
    tables: list[ItemTable] = field(default_factory=list)
    headings: list[Block] = field(default_factory=list)
    code: str = ""

    @property
    def line(self) -> int:
        """The line (from 0) of its code, else of its heading, else of its first table."""
        if self.code_line is not None:
            return self.code_line
        return self.heading.start if self.heading else self.tables[0].table.header.line


@dataclass(frozen=True, slots=True)
class Dashboard:
    """A table of counts: the category column, the count columns by word, and the category of each row (None: total)."""

    table: Table
    name_column: int
    columns: dict[str, int]
    rows: tuple[tuple[str | None, Row], ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """A document taken apart."""

    text: Text
    blocks: tuple[Block, ...]
    facts: Facts
    sections: tuple[Section, ...]
    dashboards: tuple[Dashboard, ...]
    chart: Chart | None
    fence: Block | None
    diagrams: tuple[Diagram, ...] = ()
    unread: Unread | None = None


@dataclass(frozen=True, slots=True)
class Diagram:
    """A mermaid block that is not a flowchart: its line (from 0), the text there, its kind (None: cannot be read)."""

    line: int
    text: str
    kind: str | None


@dataclass(frozen=True, slots=True)
class MapAlone:
    """The map of a text without a table of items, and the system that the text names."""

    chart: Chart
    system: str | None


@dataclass(frozen=True, slots=True)
class Reading:
    """What a document holds. With problems the register is what could be read, and must not be stored.

    Where the only problem is that the text holds a map and no items, `map` is that map. `dashboard` are
    the numbers the document's dashboards show: line, category's name, then (word, number) for each column;
    the register is None where there is no item table. `unread` is what its map may hold on lines that cannot be read.
    """

    register: Register | None
    problems: tuple[Problem, ...] = ()
    notices: tuple[Notice, ...] = ()
    dashboard: tuple[tuple[int, str, tuple[tuple[str, int], ...]], ...] = ()
    map: MapAlone | None = None
    unread: Unread | None = None
