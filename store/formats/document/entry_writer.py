"""Writes what changed into items that are headings or list entries: values in their places, and new fields."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

from store.enums import UNRATED, Severity, Status
from store.fields import FIELDS, Affected, same
from store.formats.dates import find_date
from store.formats.document.cells import struck
from store.formats.document.columns import roles_of
from store.formats.document.entries import Entry, Slot, labels_in
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
from store.formats.document.items import entry_fields, repeated_keys
from store.formats.document.values import guarded, write_severity, write_value
from store.formats.markdown import encode_cell

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from store.formats.document.entry_style import EntryStyle
    from store.formats.document.model import Item


class EntryWriter:
    """Writes what changed into the items of one document that are headings or list entries."""

    def __init__(self, style: EntryStyle) -> None:
        self._style = style
        self._edits, self._words, self._rules = style.edits, style.words, style.rules

    def change(self, entry: Entry, item: Item, former: Item, implied: tuple[Severity | None, Status]) -> None:
        """Write what differs between an item and what the document has; `implied` is what its headings say."""
        fields, _ = entry_fields(entry, self._rules, self._words)
        added: list[tuple[str, str]] = []
        if item.key != former.key and (item.key, former.key) != (former.origin, item.origin):
            self._key(entry, item, fields)
        names = ("title", "description")
        texts = [name for name in names if not same(name, getattr(item, name), getattr(former, name))]
        if texts and entry.kind == "list" and not item.title and "description" not in fields:
            added += self._describe(entry, item)
            texts = []
        if "title" in texts:
            self._title(entry, item, fields)
        if "description" in texts:
            self._description(entry, item, fields)
        if (item.status, item.status_note) != (former.status, former.status_note) or implied[1] is not former.status:
            added += self._status(entry, item, former, fields, implied[1])
        if item.severity is not former.severity or implied[0] is not former.severity:
            added += self._severity(entry, item, former, fields, implied[0])
        for name in WRITTEN:
            if not same(name, getattr(item, name), getattr(former, name)):
                added += self._field(entry, item, name, fields)
        added += self._extra(entry, item, former)
        for label, source in added:
            self._add_field(entry, label, source)

    def is_keyed(self, entry: Entry) -> bool:
        """Whether an item has its key in the document."""
        return entry.head.key != (0, 0) or "key" in entry_fields(entry, self._rules, self._words)[0]

    def _splice(self, slot: Slot, source: str) -> None:
        self._edits.splice_lines(slot.line, slot.start, slot.last, slot.end, source)

    def _key(self, entry: Entry, item: Item, fields: dict[str, str]) -> None:
        line, column = entry.head_at
        if entry.head.key != (0, 0):
            self._edits.splice(line, column + entry.head.key[0], column + entry.head.key[1], item.key)
        for slot in [entry.cells[fields["key"]]] if "key" in fields else repeated_keys(entry, self._rules):
            self._splice(slot, write_value(item, "key", self._words, slot.source))

    def _title(self, entry: Entry, item: Item, fields: dict[str, str]) -> None:
        source = line_source(item.title or "")
        if "title" in fields:
            self._splice(entry.cells[fields["title"]], source)
            return
        if not source:
            self._untitle(entry, item)
            return
        line, (start, end) = entry.head_at[0], entry.head.title
        column = entry.head_at[1]
        text = entry.text[start:end]
        if start == end and source:
            before = entry.text[:start].rstrip()
            apart = bool(before) and not entry.text[:start].endswith(" ")
            if entry.kind == "list":
                source = f"{' ' if apart else ''}**{source}**{' ' if entry.text[start:].strip() else ''}"
            elif apart:
                source = f" - {source}"
        elif text.startswith("**") and text.endswith("**"):
            source = f"**{source}**"
        self._edits.splice(line, column + start, column + end, source)

    def _untitle(self, entry: Entry, item: Item) -> None:
        """Leave an item without a title its key."""
        (_, keyed), (start, end), (line, column) = entry.head.key, entry.head.title, entry.head_at
        if keyed:
            start = keyed + (1 if entry.text[keyed : keyed + 1] in "])*_`" else 0)
        self._edits.splice(line, column + start, column + end, "" if keyed else item.key)

    def _describe(self, entry: Entry, item: Item) -> Iterator[tuple[str, str]]:
        """Leave a list entry without a title its key, and give it its description as a field."""
        (line, column), (start, end) = entry.head_at, entry.head.title
        while start and entry.text[start - 1] in "*_~":
            start -= 1
        while end < len(entry.text) and entry.text[end] in "*_~":
            end += 1
        keyed = entry.head.key != (0, 0)
        last, stop = (entry.rest.last, entry.rest.end) if entry.rest else (line, column + end)
        self._edits.splice_lines(line, column + start, last, stop, "" if keyed else f"[{item.key}]")
        if item.description:
            yield self._style.label("description"), encode_cell(item.description)

    def _description(self, entry: Entry, item: Item, fields: dict[str, str]) -> None:
        if "description" in fields:
            slot = entry.cells[fields["description"]]
            self._splice(slot, _prose_source(item.description, slot, self._edits.lines))
        elif entry.kind == "list":
            self._list_description(entry, item)
        else:
            self._prose(entry, item)

    def _list_description(self, entry: Entry, item: Item) -> None:
        line, column = entry.head_at
        indent = " " * column
        source = indented(item.description, indent)
        if entry.rest and not source:
            at, after = entry.rest.start - column, entry.head.title[1]
            between = re.sub(r"\s*[-:,;.\u2013\u2014]*\s*\Z", "", entry.text[after:at])
            self._edits.splice_lines(line, column + after + len(between), entry.rest.last, entry.rest.end, "")
        elif entry.rest:
            self._splice(entry.rest, source)
        elif source:
            start, end = entry.head.title
            text, mark = entry.text[end:], ""
            if start < end and not entry.text[:start].endswith(("**", "__", "~~")):
                # Without marks, the whole line is the title.
                self._edits.splice(line, column + start, column + start, "**")
                mark = "**"
            self._edits.splice(
                line, column + end, column + len(entry.text), f"{mark}{text}{self._style.joint(entry)}{source}"
            )

    def _prose(self, entry: Entry, item: Item) -> None:
        lines = safe_lines(item.description)
        if not entry.prose:
            name, slot = max(entry.cells.items(), key=lambda cell: cell[1][:2], default=("", None))
            if lines and slot and self._style.swallows(name, slot.source, self._edits.lines[slot.line]):
                self._edits.insert(self._field_anchor(entry), ["", *lines], rank=0)
            elif lines:
                last = self._last_field_line(entry)
                self._edits.insert(last, ["", *lines], rank=2)
            return
        (start, end), *others = entry.prose
        if lines:
            self._edits.remove(start, end)
            # Right below a list, a line would continue its last entry.
            right_below = start - 1 > entry.head_at[0] and not self._edits.is_blank(start - 1)
            self._edits.replace(start, *([""] if right_below else []), *lines)
        else:
            others = [(start, end), *others]
        for first, last in others:
            self._edits.remove(first, last)
            if first and self._edits.is_blank(first - 1) and first - 1 > entry.start:
                self._edits.remove(first - 1, first)

    def _last_field_line(self, entry: Entry) -> int:
        """The last line of an item's labeled fields, else of its heading."""
        lines = [slot.last for name, slot in entry.cells.items() if slot.last < entry.end]
        return max(lines, default=entry.head_at[0] + (1 if self._is_underlined(entry) else 0))

    def _is_underlined(self, entry: Entry) -> bool:
        """Whether the heading of an item is underlined with `=` or `-`."""
        return entry.kind == "heading" and not self._edits.lines[entry.start].lstrip().startswith("#")

    def _status(
        self, entry: Entry, item: Item, former: Item, fields: dict[str, str], implied: Status
    ) -> Iterator[tuple[str, str]]:
        self._mark(entry, item, former)
        if "status" in fields:
            slot = entry.cells[fields["status"]]
            noted = "status_note" in fields
            if noted:
                note = entry.cells[fields["status_note"]]
                self._splice(note, guarded(write_value(item, "status_note", self._words)))
            written = item._replace(status_note=None) if noted else item
            self._splice(slot, write_value(written, "status", self._words, slot.source))
            return
        if tag := next((tag for tag in entry.head.tags if tag.field == "status"), None):
            line, column = entry.head_at
            like = entry.part((tag.start, tag.end))
            self._edits.splice(
                line, column + tag.start, column + tag.end, write_value(item, "status", self._words, like)
            )
            return
        said = implied
        if "severity" in fields and (rated := struck((slot := entry.cells[fields["severity"]]).source)):
            # `~~High~~ Resolved`: the severity says the status, too.
            if (item.status, item.status_note) == (former.status, former.status_note):
                return
            if item.status is not former.status and item.severity is former.severity:
                self._splice(slot, rated)
            else:
                said = former.status
        elif entry.box is not None:
            said = self._check(entry.box, item) or implied
        elif self._style.strikes or entry.head.marked:
            said = Status.MITIGATED if item.status is Status.MITIGATED else implied
            if implied is Status.MITIGATED and item.status is not Status.MITIGATED:
                said = implied
        if item.status is not said or item.status_note:
            yield self._style.label("status"), write_value(item, "status", self._words)

    def _check(self, box: Slot, item: Item) -> Status | None:
        """Write the checkbox of an item, and return the status that it says then, if it says one."""
        begun = next((e.box.source for e in self._style.every if e.box and e.box.source in "~/"), None)
        said = item.status if item.status is Status.MITIGATED or (item.status is Status.IN_PROGRESS and begun) else None
        if begun and said is Status.IN_PROGRESS:
            self._splice(box, box.source if box.source in "~/" else begun)
        elif said is None or box.source not in "xX":
            self._splice(box, "x" if said else " ")
        return said

    def _mark(self, entry: Entry, item: Item, former: Item) -> None:
        """Strike the title of an item that becomes mitigated, or take the marks off one that no longer is."""
        done, was = item.status is Status.MITIGATED, former.status is Status.MITIGATED
        line, column = entry.head_at
        start, end = column + entry.head.title[0], column + entry.head.title[1]
        text = self._edits.lines[line]
        if was and not done and entry.head.marked:
            while text[:start].endswith(("*", "_")) and text[end:].startswith(("*", "_")):
                start, end = start - 1, end + 1
            closing = text.find("~~", end)
            if text[:start].endswith("~~") and closing >= 0:
                # The title of a list entry is its leading phrase in bold or struck through.
                bold = "" if entry.kind == "heading" or text[start:end].startswith("**") else "**"
                self._edits.splice(line, start - 2, start, bold)
                is_said = any(tag.start > entry.head.title[1] for tag in entry.head.tags if tag.field == "status")
                joint = " -" if is_said and entry.kind == "heading" else ""
                self._edits.splice(line, closing, closing + 2, f"{bold}{joint}")
            if entry.head.symbol != (0, 0):
                self._edits.splice(line, column + entry.head.symbol[0], column + entry.head.symbol[1], "")
        elif done and not was and self._style.strikes and not entry.head.marked and entry.box is None:
            while text[:start].endswith(("*", "_")) and text[end:].startswith(("*", "_")):
                start, end = start - 1, end + 1
            if start < end:
                self._edits.splice(line, start, start, "~~")
                self._edits.splice(line, end, end, "~~")

    def _severity(
        self, entry: Entry, item: Item, former: Item, fields: dict[str, str], implied: Severity | None
    ) -> Iterator[tuple[str, str]]:
        if "severity" in fields:
            if item.severity is not former.severity:
                slot = entry.cells[fields["severity"]]
                word = self._words.severity(slot.source)
                trailing = slot.source[word.end :] if word and not item.severity else ""
                self._splice(slot, (write_value(item, "severity", self._words, slot.source) or UNRATED) + trailing)
            return
        if tag := next((tag for tag in entry.head.tags if tag.field == "severity"), None):
            if item.severity is not former.severity:
                line, column = entry.head_at
                like = entry.part((tag.start, tag.end))
                source = write_severity(item.severity, self._words, like) if item.severity else UNRATED
                self._edits.splice(line, column + tag.start, column + tag.end, source)
            return
        if item.severity is not implied:
            yield self._style.label("severity"), write_value(item, "severity", self._words) or UNRATED

    def _field(self, entry: Entry, item: Item, name: str, fields: dict[str, str]) -> Iterator[tuple[str, str]]:
        if (
            name == "effort"
            and (tag := next((t for t in entry.head.tags if t.field == "effort"), None))
            and item.effort
        ):
            line, column = entry.head_at
            self._edits.splice(line, column + tag.start, column + tag.end, item.effort.value)
        elif name in fields:
            slot = entry.cells[fields[name]]
            self._splice(slot, self._value(item, name, slot) or self._nothing(entry, slot))
        elif source := self._style.written(item, name):
            label = next((n for n in entry.cells if name in roles_of(n, self._rules)[:1]), None)
            if label is not None and label not in fields.values():
                self._splice(entry.cells[label], source)
            elif FIELDS[name].written != "when there" or self._style.own_label(name):
                yield self._style.label(name), source

    def _nothing(self, entry: Entry, slot: Slot) -> str:
        """How a field says that it has no value: a label at the end of a line would continue with the text below."""
        line = self._edits.lines[slot.line]
        return "-" if entry.prose and not MARKER.match(line) and not line[slot.end :].strip() else ""

    def _value(self, item: Item, name: str, slot: Slot) -> str:
        value = getattr(item, name)
        if isinstance(value, str) and "\n" in value and name == "mitigation_plan":
            return _prose_source(value, slot, self._edits.lines)
        if isinstance(value, Affected):
            return encode_cell(value.text)
        if isinstance(value, date) and find_date(slot.source) is None:
            return self._style.written(item, name)
        return guarded(write_value(item, name, self._words, slot.source))

    def _extra(self, entry: Entry, item: Item, former: Item) -> Iterator[tuple[str, str]]:
        old, new = dict(former.extra), dict(item.extra)
        for name in dict.fromkeys((*old, *new)):
            if old.get(name, "") == new.get(name, ""):
                continue
            if slot := entry.cells.get(name):
                if not any(getattr(item, field, None) for field in roles_of(name, self._rules)[:1]):
                    source = _prose_source(new.get(name, ""), slot, self._edits.lines)
                    self._splice(slot, source or self._nothing(entry, slot))
            elif new.get(name):
                yield name, encode_cell(new[name])

    def _add_field(self, entry: Entry, label: str, source: str) -> None:
        """Add a labeled field in the manner of those that the item has, else of those around it."""
        like = entry if entry.cells else next((each for each in self._style.neighbors(entry) if each.cells), None)
        if like is None:
            self._first_field(entry, label, source)
            return
        name, slot = _last_short(like)
        line = self._edits.lines[slot.line]
        if self._style.swallows(label, source, line) and entry.kind == "heading" and entry.prose:
            # What is below the fields must not become a part of this one.
            self._put_first(entry, label, source) if like is entry else self._first_field(entry, label, source)
            return
        at = slot.last if like is entry else self._field_anchor(entry)
        labels = [each for each in labels_in(line, content_start(line), self._rules) if each[0] == name]
        if not labels and in_table(line, name):
            self._edits.insert(at, [table_line(line, name, label, source)], rank=1)
            return
        joined = labels_in(line, content_start(line), self._rules)
        if len(joined) > 1 and like is entry:
            last = entry.cells.get(joined[-1][0])
            if last and last.last > slot.line:
                # The value of the last one continues below the line.
                self._put_first(entry, label, source)
            else:
                self._join_field(slot.line, label, source)
            return
        if not labels:
            self._first_field(entry, label, source)
            return
        start = labels[0][1]
        before = one_label(line, labels[0])
        prefix = self._style.label_source(before, name, label)
        lead = line[: line.index(before)] if before in line[:start] else ""
        ending = re.search(r"(?:\\|[ ]{2,})\Z", line)
        new = f"{lead}{prefix}{source}{ending[0] if ending else ''}"
        lines = [new] if like is entry or at != entry.head_at[0] or entry.kind == "list" else ["", new]
        if like is entry and slot.last > slot.line:
            at, lines = slot.line - 1, [new, ""]
        elif like is entry and self._are_paragraphs(entry):
            lines = ["", new]
        self._edits.insert(at, lines, rank=1)

    def _put_first(self, entry: Entry, label: str, source: str) -> None:
        """Add a labeled field before the others of an item."""
        slot = min(entry.cells.values())
        line = self._edits.lines[slot.line]
        labels = labels_in(line, content_start(line), self._rules)
        first = one_label(line, labels[0])
        prefix, at = self._style.label_source(first, labels[0][0], label), line.index(first.rstrip())
        if len(labels) > 1:
            between = line[labels[0][2] : line.index(labels[1][0], labels[0][2])]
            self._edits.splice(slot.line, at, at, prefix + source + re.sub(r"[*_]+\Z", "", between))
            return
        ending = re.search(r"(?:\\|[ ]{2,})\Z", line)
        new = f"{line[:at]}{prefix}{source}{ending[0] if ending else ''}"
        self._edits.insert(slot.line - 1, [new, ""] if self._are_paragraphs(entry) else [new], rank=1)

    def _are_paragraphs(self, entry: Entry) -> bool:
        """Whether each labeled field of an item is a separate paragraph, as far as there are several."""
        for each in (entry, *self._style.neighbors(entry)):
            lines = {slot.line for slot in each.cells.values()}
            if len(lines) > 1:
                return all(self._edits.is_blank(line - 1) for line in lines)
        return False

    def _field_anchor(self, entry: Entry) -> int:
        """The line after which the first field of an item goes."""
        if entry.kind == "list":
            return entry.rest.last if entry.rest else entry.start
        return entry.head_at[0] + (1 if self._is_underlined(entry) else 0)

    def _join_field(self, number: int, label: str, source: str) -> None:
        """Add a field at the end of a line that has several."""
        line = self._edits.lines[number]
        labels = labels_in(line, content_start(line), self._rules)
        last = labels[-1]
        separator = line[labels[-2][2] : line.index(last[0], labels[-2][2])]
        separator = re.sub(r"[*_]+\Z", "", separator)
        prefix = self._style.label_source(one_label(line, last), last[0], label)
        at = len(line.rstrip())
        self._edits.splice(number, at, at, f"{separator}{prefix}{source}")

    def _first_field(self, entry: Entry, label: str, source: str) -> None:
        """Add a labeled field to an item of a document that has none like it."""
        if entry.kind == "list":
            marker = re.match(r"[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]+", self._edits.lines[entry.start])
            indent = " " * len(marker[0]) if marker else "  "
            field = f"{indent}- {self._style.label_source(f'{label}: ', label, label)}{source}"
            self._edits.insert(self._field_anchor(entry), [field], rank=1)
            return
        at = self._field_anchor(entry)
        self._edits.insert(
            at,
            ["", f"- **{label}:** {source}"] if self._edits.is_blank(at + 1) else ["", f"- **{label}:** {source}", ""],
            rank=1,
        )


def _last_short(entry: Entry) -> tuple[str, Slot]:
    """The last labeled field of an item that is one line, else the first one."""
    cells = list(entry.cells.items())
    return next(((name, slot) for name, slot in reversed(cells) if slot.last == slot.line), cells[0])


def _prose_source(text: str, slot: Slot, lines: Sequence[str]) -> str:
    """A text of several lines in place of another: in a row of a table with line breaks."""
    if "\n" not in text or "|" in lines[slot.line][: slot.start]:
        return encode_cell(text)
    indent = re.match(r"[ \t]*", lines[slot.last]) if slot.last > slot.line else None
    return text.replace("\n", f"\n{indent[0] if indent else ''}")
