"""How a document writes items that are headings or list entries: its labels, its dates, the marks around them."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

from store.fields import EXTRA, FIELDS, IDENTIFYING
from store.formats.dates import find_date
from store.formats.document.columns import TEXTS, header, is_label, roles_of
from store.formats.document.entries import Entries, Entry, goes_on, labels_in
from store.formats.document.items import entry_fields
from store.formats.document.values import guarded, write_severity, write_value
from store.formats.markdown import decode_prose, encode_prose, escape_markup

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.enums import Severity
    from store.formats.document.cells import Words
    from store.formats.document.layout import Layout
    from store.formats.document.model import Item
    from store.formats.lines import Edits


_ELSEWHERE = {*IDENTIFYING, *TEXTS} | {"category", "status_note", EXTRA}
WRITTEN = tuple(name for name in FIELDS if name not in _ELSEWHERE)
"""The fields that are written as labels and nothing else."""
MARKER = re.compile(r"[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]+")
_BLOCK_START = re.compile(
    r"[ \t]*(?:#{1,6}(?:[ \t]|\Z)|(?:[-*+]|\d{1,9}[.)])(?:[ \t]|\Z)|>|`{3}|~{3}|\||<|={2,}[ \t]*\Z|-{2,}[ \t]*\Z|\[)"
)

_TAGS = r"(?:[ \t]*(?:\[[^\[\]()]{1,40}\]|\([^()]{1,40}\)))*"


class EntryStyle:
    """How the items of one document that are headings or list entries are written."""

    def __init__(self, edits: Edits, layout: Layout) -> None:
        self.edits = edits
        self.words: Words = layout.words
        self.rules = layout.rules
        self.every = [entry for each in layout.lists if isinstance(each, Entries) for entry in each.entries]
        self.strikes = any(entry.head.marked and "~~" in _around(entry) for entry in self.every)

    def joint(self, entry: Entry) -> str:
        """What is between the title and the text of list entries: that of the nearest one with both."""
        for each in (entry, *self.neighbors(entry)):
            if each.rest and each.rest.line == each.start and each.head.title[1]:
                between = self.edits.lines[each.start][each.head_at[1] + each.head.title[1] : each.rest.start]
                match = re.fullmatch(rf"[*_~]*{_TAGS}(?P<joint>:|[ \t]+[-\u2013\u2014])?[ \t]+", between)
                return f"{match['joint'] or ''} " if match else " "
        return " "

    def written(self, item: Item, name: str) -> str:
        """The source of a value where there was none: a date in the form that the document uses."""
        like = self.date_style(name) if isinstance(getattr(item, name), date) else None
        return guarded(write_value(item, name, self.words, like))

    def date_style(self, name: str) -> str | None:
        """The first date of a field whose day is certain."""
        for entry in self.every:
            label = entry_fields(entry, self.rules, self.words)[0].get(name)
            if label and (found := find_date(entry.cells[label].source)) and found.certain:
                return entry.cells[label].source
        return None

    def label(self, field: str) -> str:
        """What the document calls a field, else what documents in its language do."""
        return self.own_label(field) or capital(header(field, self.words.language))

    def own_label(self, field: str) -> str | None:
        names = dict.fromkeys(name for entry in self.every for name in entry.cells)
        return next((name for name in names if field in roles_of(name, self.rules)[:1]), None)

    def swallows(self, label: str, source: str, line: str) -> bool:
        """Whether the text below a label on such a line would belong to its value."""
        in_paragraph = not MARKER.match(line) and bool(labels_in(line, content_start(line), self.rules))
        return in_paragraph and goes_on(label, source, self.rules)

    def label_source(self, source: str, name: str, label: str) -> str:
        """A label as another one is written; where it means no field, only bold type makes it one."""
        if not is_label(label, self.rules) and "**" not in source and "__" not in source:
            return f"**{label}:** "
        return source.replace(name, label, 1)

    def tags(self, like: Entry, item: Item, implied: Severity | None) -> tuple[str, str]:
        """The tags before and after the title of a new item, in the manner of another one: those it has values for."""
        sources = {
            "severity": item.severity and item.severity is not implied and self.words.spell(item.severity),
            "status": write_value(item, "status", self.words),
            "effort": item.effort and item.effort.value,
        }
        before = [tag for tag in like.head.tags if tag.end <= max(like.head.title[0], like.head.key[0])]
        trailing = sorted(tag for tag in like.head.tags if tag.start >= like.head.title[1] and sources.get(tag.field))
        lead = ""
        for tag in before:
            if source := sources.get(tag.field):
                if like.text[tag.start - 1 : tag.start] == "[":
                    lead += f"[{source}] "
                elif item.severity:
                    lead += f"{write_severity(item.severity, self.words, like.part(tag[1:]))} "
        if not trailing:
            return lead, ""
        opening = like.text[trailing[0].start - 1]
        between = like.text[trailing[0].end : trailing[1].start] if len(trailing) > 1 else ""
        joint = between if re.fullmatch(r"\s*[/,|;\u00b7]\s*", between) else " / "
        inner = joint.join(str(sources[tag.field]) for tag in trailing)
        return lead, f" [{inner}]" if opening == "[" else f" ({inner})"

    def neighbors(self, entry: Entry) -> Iterator[Entry]:
        """The other items of the same kind, the nearest first."""
        same_kind = [each for each in self.every if each.kind == entry.kind and each is not entry]
        yield from sorted(same_kind, key=lambda each: abs(each.start - entry.start))


def _around(entry: Entry) -> str:
    start, end = entry.head.title
    return entry.text[max(0, start - 4) : end + 4]


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def content_start(line: str) -> int:
    match = re.match(r"[ \t]*(?:>[ \t]?)*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)?", line)
    return match.end() if match else 0


def one_label(line: str, label: tuple[str, int, int, bool]) -> str:
    """The source of a label on a line: its marks, its name, its colon and the blanks after it."""
    name, start, _, _ = label
    at = line.rindex(name, 0, start)
    while at and line[at - 1] in "*_":
        at -= 1
    source = line[at:start]
    return source if source.endswith((" ", "\t")) else f"{source} "


def table_line(line: str, name: str, label: str, source: str) -> str:
    """A row of a table of fields, as another one is written."""
    cell = re.search(rf"(?:\A|\|)([^|]*?){re.escape(name)}([^|]*?)\|", line)
    before, after = (cell[1], cell[2]) if cell else (" ", " ")
    marks = after.rstrip()
    blanks = " " * max(1, len(name) - len(label) + len(after) - len(marks))
    opening, closing = "|" if line.lstrip().startswith("|") else "", " |" if line.rstrip().endswith("|") else ""
    return f"{opening}{before}{label}{marks}{blanks}| {source}{closing}"


def line_source(text: str) -> str:
    """The source of a title, which may be put in bold type."""
    line = " ".join(text.split())
    return encode_prose(line, punctuation=True) if line.startswith(("**", "__", "~~")) else escape_markup(line)


def safe_line(text: str) -> str:
    """A line of prose unchanged, or with references where it would begin another block."""
    line = text.strip()
    return encode_prose(line, punctuation=True) if _BLOCK_START.match(line) or decode_prose(line) != line else line


def safe_lines(text: str) -> list[str]:
    """Prose as lines: Markdown stays unchanged, where that reads back."""
    return [line.rstrip() for line in text.split("\n")] if text else []


def indented(text: str, indent: str) -> str:
    """The text of a list entry, whose other lines are indented."""
    return "\n".join(f"{indent}{safe_line(line)}".rstrip() for line in text.split("\n")).strip()


def in_table(line: str, name: str) -> bool:
    """Whether a label is in a row of a table of fields."""
    return re.search(rf"(?:\A|\|)[^|]*?{re.escape(name)}[^|]*?\|", line) is not None
