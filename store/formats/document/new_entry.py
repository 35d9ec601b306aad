"""Writes new items that are headings or list entries, in the manner of the items around them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from store.enums import UNRATED, Severity, Status
from store.fields import EXTRA, FIELDS
from store.formats.document.columns import roles_of
from store.formats.document.entries import Entries, Entry, goes_on, labels_in
from store.formats.document.entry_style import (
    MARKER,
    WRITTEN,
    content_start,
    in_table,
    indented,
    line_source,
    one_label,
    safe_lines,
    table_line,
)
from store.formats.document.items import entry_fields
from store.formats.document.values import write_value
from store.formats.markdown import encode_cell

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from store.formats.document.entry_style import EntryStyle
    from store.formats.document.model import Item


class NewEntries:
    """Writes the items that are new in the lists of headings or list entries of one document."""

    def __init__(self, style: EntryStyle) -> None:
        self._style = style
        self._edits, self._words, self._rules = style.edits, style.words, style.rules

    def like_others(self, each: Entries, lines: list[str]) -> list[str]:
        """The lines of an item that moves to a list: an entry gets the marker of the others there."""
        old, new = MARKER.match(lines[0]), MARKER.match(self._edits.lines[each.entries[-1].start])
        if each.kind != "list" or old is None or new is None:
            return lines
        number = re.fullmatch(r"(\s*)(\d+)(.*)", new[0])
        marker = f"{number[1]}{int(number[2]) + 1}{number[3]}" if number else new[0]
        more = len(marker) - len(old[0])
        inner = [" " * more + text if more > 0 else text[min(-more, _indent(text)) :] for text in lines[1:]]
        return [marker + lines[0][old.end() :], *(text if text.strip() else "" for text in inner)]

    def new_lines(
        self, each: Entries, item: Item, implied: tuple[Severity | None, Status], *, keyed: bool
    ) -> list[str]:
        """The lines of a new item, in the manner of the last one of a list."""
        like = each.entries[-1]
        fields = list(self._new_fields(like, item, implied))
        if not fields and like.cells and like.box is None:
            # Among items with fields, one without any would not be known as an item.
            fields = [(self._style.label("status"), write_value(item, "status", self._words))]
        lines = (
            self._list_lines(like, item, fields, implied, keyed=keyed)
            if each.kind == "list"
            else self._heading_lines(like, item, fields, implied, keyed=keyed)
        )
        return lines

    def _new_fields(
        self, like: Entry, item: Item, implied: tuple[Severity | None, Status]
    ) -> Iterator[tuple[str, str]]:
        """The labeled fields of a new item: in the order of the item that it is like, then the others."""
        known, _ = entry_fields(like, self._rules, self._words)
        values = {
            "severity": write_value(item, "severity", self._words)
            or (UNRATED if implied[0] or "severity" in known else "")
            if item.severity is not implied[0] or "severity" in known
            else "",
            "status": write_value(item, "status", self._words)
            if item.status is not implied[1] or "status" in known or item.status_note
            else "",
        }
        for name in WRITTEN:
            if FIELDS[name].written != "when there" or name in known:
                values[name] = self._style.written(item, name)
        if (
            like.box is not None
            and item.status in (Status.OPEN, Status.MITIGATED)
            and not item.status_note
            and "status" not in known
        ):
            values["status"] = ""
        for tag in like.head.tags:
            if getattr(item, tag.field, None):
                values[tag.field] = ""
        if "key" in known and item.title:
            values["key"] = item.key
        if "description" in known and self._says_description(like, item):
            values["description"] = encode_cell(item.description)
        places = list(like.cells)
        order = [*sorted(known, key=lambda name: places.index(known[name])), *(n for n in values if n not in known)]
        for name in order:
            if source := values.get(name):
                yield known.get(name) or self._style.label(name), source
        for name, text in item.extra:
            if name != EXTRA:
                yield name, encode_cell(text)

    def _says_description(self, like: Entry, item: Item) -> bool:
        """Whether a labeled field holds the description of an item like another one: not what would be its title."""
        label = entry_fields(like, self._rules, self._words)[0].get("description")
        return label is not None and (bool(item.title) or roles_of(label, self._rules)[0] != "title")

    def _heading_lines(
        self,
        like: Entry,
        item: Item,
        fields: Sequence[tuple[str, str]],
        implied: tuple[Severity | None, Status],
        *,
        keyed: bool,
    ) -> list[str]:
        title = line_source(item.title or "")
        text = like.text
        lead, tail = self._style.tags(like, item, implied[0])
        if like.head.key != (0, 0) and keyed:
            between = text[like.head.key[1] : like.head.title[0]].replace("~~", "")
            opening = re.search(r"[\[(*_`]*\Z", text[: like.head.key[0]])
            assert opening
            heading = f"{lead}{opening[0]}{item.key}{between if title else between.strip(' :-')}{title}"
        else:
            heading = lead + (title or item.key)
            if match := re.match(r"(\d+)([.)]\s+)", text):
                heading = f"{int(match[1]) + 1}{match[2]}{heading}"
        lines = [f"{'#' * like.level} {heading}{tail}", ""]
        prose = item.description and not self._says_description(like, item)
        if prose and fields and goes_on(*fields[-1], self._rules):
            # The last field must not continue with the text below.
            last = next((each for each in fields if not goes_on(*each, self._rules)), None)
            status = self._style.label("status"), write_value(item, "status", self._words)
            fields = [*(each for each in fields if each != last), last or status]
        lines += self._field_lines(like, fields)
        if prose:
            lines += [*([""] if fields else []), *safe_lines(item.description)]
        while not lines[-1]:
            lines.pop()
        return lines

    def _field_lines(self, like: Entry, fields: Sequence[tuple[str, str]]) -> list[str]:
        """Labeled fields in the manner of another item."""
        source = like if like.cells else next((each for each in self._style.neighbors(like) if each.cells), None)
        slot = next(iter(source.cells.values())) if source else None
        line = self._edits.lines[slot.line] if slot else ""
        name = next(iter(source.cells)) if source else ""
        if slot and not labels_in(line, content_start(line), self._rules) and in_table(line, name):
            top = slot.line
            while top and "|" in self._edits.lines[top - 1]:
                top -= 1
            return [
                *self._edits.lines[top : top + 2],
                *(table_line(line, name, label, value) for label, value in fields),
            ]
        labels = labels_in(line, content_start(line), self._rules) if slot else []
        if not labels:
            mark = "- {}: {}" if like.kind == "list" else "- **{}:** {}"
            return [mark.format(label, value) for label, value in fields]
        first = one_label(line, labels[0])
        lead = line[: line.index(first)]
        parts = [f"{self._style.label_source(first, labels[0][0], label)}{value}" for label, value in fields]
        if len(labels) > 1:
            separator = re.sub(r"[*_]+\Z", "", line[labels[0][2] : line.index(labels[1][0], labels[0][2])])
            return [lead + separator.join(parts)] if parts else []
        ending = re.search(r"(?:\\|[ ]{2,})\Z", line)
        return [f"{lead}{part}{ending[0] if ending else ''}" for part in parts]

    def _list_lines(
        self,
        like: Entry,
        item: Item,
        fields: Sequence[tuple[str, str]],
        implied: tuple[Severity | None, Status],
        *,
        keyed: bool,
    ) -> list[str]:
        line = self._edits.lines[like.start]
        marker = line[: like.head_at[1]]
        if like.box is not None:
            done = item.status is Status.MITIGATED
            marker = marker[: like.box.start] + ("x" if done else " ") + marker[like.box.end :]
        if number := re.match(r"([ \t]*)(\d+)([.)].*)", marker):
            marker = f"{number[1]}{int(number[2]) + 1}{number[3]}"
        lead, tail = self._style.tags(like, item, implied[0])
        lead += self._key_tag(like, item) if keyed else ""
        title = line_source(item.title or "")
        bold = f"**{title}**" if title else ""
        if self._style.strikes and like.box is None and item.status is Status.MITIGATED and bold:
            bold = f"~~{bold}~~"
        indent = " " * (len(marker) if like.box is None else like.box.start - 1)
        rest = indented(item.description, indent)
        if not title:
            # Without a title, a text would be one.
            bold = "" if self._key_tag(like, item) and keyed else f"[{item.key}]"
            rest = ""
            text = encode_cell(item.description)
            fields = [*([(self._style.label("description"), text)] if text else []), *fields]
        closes = like.rest is not None and any(tag.start >= like.rest.end - like.head_at[1] for tag in like.head.tags)
        trailing, tail = ("", tail) if closes else (tail, "")
        joint = self._style.joint(like) if bold and rest else ""
        first = f"{marker}{lead}{bold}{trailing}{joint}{rest}".rstrip() + tail
        return [*first.split("\n"), *(indent + line.lstrip() for line in self._field_lines(like, fields))]

    def _key_tag(self, like: Entry, item: Item) -> str:
        """The key before the title of a new list entry, in the brackets of another one."""
        start, end = like.head.key
        before = re.search(r"[\[(`]?\Z", like.text[:start])
        after = re.match(r"[\])`]?[ \t]*(?::|[-\u2013\u2014](?=[ \t]))?", like.text[end:])
        assert before
        assert after
        return f"{before[0]}{item.key}{after[0].rstrip()} " if end else ""


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip(" "))
