"""Where the items of a document are: the lines of each, by its key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.formats.document.reader import parse

if TYPE_CHECKING:
    from store.formats.document.layout import Layout


def item_lines(text: str) -> dict[str, range]:
    """The lines (from 0) of each item that could be read, by its key, in the order of the document."""
    return lines_of_items(parse(text).layout)


def lines_of_items(layout: Layout) -> dict[str, range]:
    """The lines of the items of a parsed document."""
    found = {
        key: range(row.line, row.line + 1)
        for section in layout.sections
        for table in section.tables
        for key, row in table.rows
    }
    return dict(sorted(found.items(), key=lambda each: each[1].start))
