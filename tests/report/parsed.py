"""A report's HTML as a browser reads it: its elements, texts and tables."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

EMPTY = frozenset({"meta", "link"})
"""The elements without content."""


@dataclass
class Element:
    """An element: its attributes, and its content in order."""

    tag: str
    attributes: dict[str, str]
    content: list[Element | str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The text in it."""
        return "".join(each if isinstance(each, str) else each.text for each in self.content)

    def walk(self) -> Iterator[Element]:
        """It and all elements in it, in order."""
        yield self
        for each in self.content:
            if isinstance(each, Element):
                yield from each.walk()

    def all(self, *tags: str) -> list[Element]:
        """The elements in it that have one of some tags."""
        return [each for each in self.walk() if each.tag in tags]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("", {})
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs), f"{tag} repeats an attribute"
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].content.append(element)
        if tag not in EMPTY:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().tag == tag, f"</{tag}> closes something else"

    def handle_data(self, data: str) -> None:
        self.open[-1].content.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")


def parsed(html: str) -> Element:
    """The document, whose elements must all be closed in order."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert reader.open == [reader.root]
    (document,) = reader.root.all("html")
    return document


def tables(document: Element) -> dict[str, list[list[str]]]:
    """The rows below the heads of all tables, by the ids of the tables without `table-`."""
    return {
        table.attributes["id"].removeprefix("table-"): [
            [cell.text.strip() for cell in row.all("th", "td")] for body in table.all("tbody") for row in body.all("tr")
        ]
        for table in document.all("table")
    }
