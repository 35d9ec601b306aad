"""Writes items that are headings or list entries: changed values in their places, new fields and new items."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

from store.enums import UNRATED, Severity, Status
from store.fields import EXTRA, FIELDS, IDENTIFYING, Affected, same
from store.formats.dates import find_date
from store.formats.document.cells import struck
from store.formats.document.columns import TEXTS, header, roles_of
from store.formats.document.entries import Entries, Entry, Slot, labels_in
from store.formats.document.items import entry_fields, repeated_keys
from store.formats.document.values import guarded, write_severity, write_value
from store.formats.markdown import decode_prose, encode_cell, encode_prose, escape_markup

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from store.formats.document.cells import Words
    from store.formats.document.layout import Layout
    from store.formats.document.model import Item
    from store.formats.lines import Edits


_ELSEWHERE = {*IDENTIFYING, *TEXTS} | {"category", "status_note", EXTRA}
_WRITTEN = tuple(name for name in FIELDS if name not in _ELSEWHERE)
"""The fields that are written as labels and nothing else."""
_MARKER = re.compile(r"[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]+")
_BLOCK_START = re.compile(
    r"[ \t]*(?:#{1,6}(?:[ \t]|\Z)|(?:[-*+]|\d{1,9}[.)])(?:[ \t]|\Z)|>|`{3}|~{3}|\||<|={2,}[ \t]*\Z|-{2,}[ \t]*\Z|\[)"
)


class EntryWriter:
    """Writes the items of one document that are headings or list entries."""

    def __init__(self, edits: Edits, layout: Layout) -> None:
        self._edits = edits
        self._layout = layout
        self._words: Words = layout.words
        self._rules = layout.rules
        self._every = [entry for each in layout.lists if isinstance(each, Entries) for entry in each.entries]
        self._strikes = any(entry.head.marked and "~~" in _around(entry) for entry in self._every)

    def change(self, entry: Entry, item: Item, former: Item, implied: tuple[Severity | None, Status]) -> None:
        """Write what differs between an item and what the document has; `implied` is what its headings say."""
        fields, _ = entry_fields(entry, self._rules, self._words)
        added: list[tuple[str, str]] = []
        if item.key != former.key and (item.key, former.key) != (former.origin, item.origin):
            self._key(entry, item, fields)
        if not same("title", item.title, former.title):
            self._title(entry, item, fields)
        if not same("description", item.description, former.description):
            self._description(entry, item, fields)
        if (item.status, item.status_note) != (former.status, former.status_note) or implied[1] is not former.status:
            added += self._status(entry, item, former, fields, implied[1])
        if item.severity is not former.severity or implied[0] is not former.severity:
            added += self._severity(entry, item, former, fields, implied[0])
        for name in _WRITTEN:
            if not same(name, getattr(item, name), getattr(former, name)):
                added += self._field(entry, item, name, fields)
        added += self._extra(entry, item, former)
        for label, source in added:
            self._add_field(entry, label, source)

    def _splice(self, slot: Slot, source: str) -> None:
        self._edits.splice_lines(slot.line, slot.start, slot.last, slot.end, source)

    def _key(self, entry: Entry, item: Item, fields: dict[str, str]) -> None:
        line, column = entry.head_at
        if entry.head.key != (0, 0):
            self._edits.splice(line, column + entry.head.key[0], column + entry.head.key[1], item.key)
        for slot in [entry.cells[fields["key"]]] if "key" in fields else repeated_keys(entry, self._rules):
            self._splice(slot, write_value(item, "key", self._words, slot.source))

    def _title(self, entry: Entry, item: Item, fields: dict[str, str]) -> None:
        source = _line_source(item.title or "")
        if "title" in fields:
            self._splice(entry.cells[fields["title"]], source)
            return
        if not source and (entry.kind == "heading" or entry.rest is None):
            self._untitle(entry, item)
            return
        line, (start, end) = entry.head_at[0], entry.head.title
        column = entry.head_at[1]
        text = entry.text[start:end]
        if start == end and source:
            before = entry.text[:start].rstrip()
            source = (
                f"**{source}** "
                if entry.kind == "list"
                else f" - {source}"
                if before and not entry.text[:start].endswith(" ")
                else source
            )
        elif text.startswith("**") and text.endswith("**"):
            source = f"**{source}**"
        self._edits.splice(line, column + start, column + end, source)

    def _untitle(self, entry: Entry, item: Item) -> None:
        """Leave an item without a title its key."""
        (_, keyed), (start, end), (line, column) = entry.head.key, entry.head.title, entry.head_at
        if keyed:
            start = keyed + (1 if entry.text[keyed : keyed + 1] in "])*_`" else 0)
        self._edits.splice(line, column + start, column + end, "" if keyed else item.key)

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
        source = f"\n{indent}".join(_safe_line(text) for text in item.description.split("\n") if text.strip())
        if entry.rest:
            self._splice(entry.rest, source)
        else:
            at = len(self._edits.lines[line].rstrip())
            self._edits.splice(line, at, at, f"{self._joint(entry)}{source}")

    def _joint(self, entry: Entry) -> str:
        """What is between the title and the text of list entries: that of the nearest one with both."""
        for each in (entry, *self._neighbors(entry)):
            if each.rest and each.rest.line == each.start and each.head.title[1]:
                between = self._edits.lines[each.start][each.head_at[1] + each.head.title[1] : each.rest.start]
                match = re.fullmatch(r"[*_~]*(?P<joint>:|[ \t]+[-\u2013\u2014])?[ \t]+", between)
                return f"{match['joint'] or ''} " if match else " "
        return " "

    def _prose(self, entry: Entry, item: Item) -> None:
        lines = _safe_lines(item.description)
        if not entry.prose:
            if lines:
                last = self._last_field_line(entry)
                self._edits.insert(last, ["", *lines], rank=5)
            return
        (start, end), *others = entry.prose
        if lines:
            self._edits.remove(start, end)
            self._edits.replace(start, *lines)
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
            if (item.status, item.status_note, item.severity) == (implied, None, former.severity):
                self._splice(slot, rated)
                return
            said = former.status
        elif entry.box is not None:
            checked = item.status is Status.MITIGATED
            if checked != (entry.box.source in "xX"):
                self._splice(entry.box, "x" if checked else " ")
            said = Status.MITIGATED if checked else Status.OPEN
        elif self._strikes or entry.head.marked:
            said = Status.MITIGATED if item.status is Status.MITIGATED else implied
            if implied is Status.MITIGATED and item.status is not Status.MITIGATED:
                said = implied
        if item.status is not said or item.status_note:
            yield self._label("status"), write_value(item, "status", self._words)

    def _mark(self, entry: Entry, item: Item, former: Item) -> None:
        """Strike the title of an item that becomes mitigated, or take the marks off one that no longer is."""
        done, was = item.status is Status.MITIGATED, former.status is Status.MITIGATED
        line, column = entry.head_at
        start, end = column + entry.head.title[0], column + entry.head.title[1]
        text = self._edits.lines[line]
        if was and not done and entry.head.marked:
            while text[:start].endswith(("*", "_")) and text[end:].startswith(("*", "_")):
                start, end = start - 1, end + 1
            if text[:start].endswith("~~") and text[end:].startswith("~~"):
                # The title of a list entry is its leading phrase in bold or struck through.
                bold = "" if entry.kind == "heading" or text[start:end].startswith("**") else "**"
                self._edits.splice(line, start - 2, start, bold)
                self._edits.splice(line, end, end + 2, bold)
            if entry.head.symbol != (0, 0):
                self._edits.splice(line, column + entry.head.symbol[0], column + entry.head.symbol[1], "")
        elif done and not was and self._strikes and not entry.head.marked and entry.box is None:
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
                source = write_value(item, "severity", self._words, slot.source)
                self._splice(slot, source or UNRATED)
            return
        if tag := next((tag for tag in entry.head.tags if tag.field == "severity"), None):
            if item.severity is not former.severity:
                line, column = entry.head_at
                like = entry.part((tag.start, tag.end))
                source = write_severity(item.severity, self._words, like) if item.severity else UNRATED
                self._edits.splice(line, column + tag.start, column + tag.end, source)
            return
        if item.severity is not implied:
            yield self._label("severity"), write_value(item, "severity", self._words) or UNRATED

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
            self._splice(slot, self._value(item, name, slot))
        elif source := self._written(item, name):
            label = next((n for n in entry.cells if name in roles_of(n, self._rules)[:1]), None)
            if label is not None and label not in fields.values():
                self._splice(entry.cells[label], source)
            elif FIELDS[name].written != "when there" or self._own_label(name):
                yield self._label(name), source

    def _value(self, item: Item, name: str, slot: Slot) -> str:
        value = getattr(item, name)
        if isinstance(value, str) and "\n" in value and name == "mitigation_plan":
            return _prose_source(value, slot, self._edits.lines)
        if isinstance(value, Affected):
            return encode_cell(value.text)
        if isinstance(value, date) and find_date(slot.source) is None:
            return self._written(item, name)
        return guarded(write_value(item, name, self._words, slot.source))

    def _written(self, item: Item, name: str) -> str:
        """The source of a value where there was none: a date in the form that the document uses."""
        like = self._date_style(name) if isinstance(getattr(item, name), date) else None
        return guarded(write_value(item, name, self._words, like))

    def _date_style(self, name: str) -> str | None:
        """The first date of a field whose day is certain."""
        for entry in self._every:
            label = entry_fields(entry, self._rules, self._words)[0].get(name)
            if label and (found := find_date(entry.cells[label].source)) and found.certain:
                return entry.cells[label].source
        return None

    def _extra(self, entry: Entry, item: Item, former: Item) -> Iterator[tuple[str, str]]:
        old, new = dict(former.extra), dict(item.extra)
        for name in dict.fromkeys((*old, *new)):
            if old.get(name, "") == new.get(name, ""):
                continue
            if slot := entry.cells.get(name):
                if not any(getattr(item, field, None) for field in roles_of(name, self._rules)[:1]):
                    self._splice(slot, _prose_source(new.get(name, ""), slot, self._edits.lines))
            elif new.get(name):
                yield name, encode_cell(new[name])

    def _label(self, field: str) -> str:
        """What the document calls a field, else what documents in its language do."""
        return self._own_label(field) or _capital(header(field, self._words.language))

    def _own_label(self, field: str) -> str | None:
        names = dict.fromkeys(name for entry in self._every for name in entry.cells)
        return next((name for name in names if field in roles_of(name, self._rules)[:1]), None)

    def _add_field(self, entry: Entry, label: str, source: str) -> None:
        """Add a labeled field in the manner of those that the item has, else of those around it."""
        like = entry if entry.cells else next((each for each in self._neighbors(entry) if each.cells), None)
        if like is None:
            self._first_field(entry, label, source)
            return
        name, slot = _last_short(like)
        line = self._edits.lines[slot.line]
        at = slot.last if like is entry else self._field_anchor(entry)
        labels = [each for each in labels_in(line, _content_start(line), self._rules) if each[0] == name]
        if line.lstrip().startswith("|") and not labels:
            self._edits.insert(at, [_table_line(line, name, label, source)], rank=1)
            return
        if len(labels_in(line, _content_start(line), self._rules)) > 1 and like is entry:
            self._join_field(slot.line, label, source)
            return
        if not labels:
            self._first_field(entry, label, source)
            return
        start = labels[0][1]
        before = _one_label(line, labels[0], self._rules)
        prefix = before.replace(name, label, 1) if name in before else f"**{label}:** "
        lead = line[: line.index(before)] if before in line[:start] else ""
        ending = re.search(r"(?:\\|[ ]{2,})\Z", line)
        new = f"{lead}{prefix}{source}{ending[0] if ending else ''}"
        lines = [new] if like is entry or at != entry.head_at[0] or entry.kind == "list" else ["", new]
        if like is entry and slot.last > slot.line:
            at, lines = slot.line - 1, [new, ""]
        elif like is entry and self._are_paragraphs(entry):
            lines = ["", new]
        self._edits.insert(at, lines, rank=1)

    def _are_paragraphs(self, entry: Entry) -> bool:
        """Whether each labeled field of an item is a paragraph of its own."""
        lines = {slot.line for slot in entry.cells.values()}
        return len(lines) > 1 and all(self._edits.is_blank(line - 1) for line in lines)

    def _neighbors(self, entry: Entry) -> Iterator[Entry]:
        """The other items of the same kind, the nearest first."""
        same_kind = [each for each in self._every if each.kind == entry.kind and each is not entry]
        yield from sorted(same_kind, key=lambda each: abs(each.start - entry.start))

    def _field_anchor(self, entry: Entry) -> int:
        """The line after which the first field of an item goes."""
        if entry.kind == "list":
            return entry.rest.last if entry.rest else entry.start
        return entry.head_at[0] + (1 if self._is_underlined(entry) else 0)

    def _join_field(self, number: int, label: str, source: str) -> None:
        """Add a field at the end of a line that has several."""
        line = self._edits.lines[number]
        labels = labels_in(line, _content_start(line), self._rules)
        last = labels[-1]
        separator = line[labels[-2][2] : line.index(last[0], labels[-2][2])]
        separator = re.sub(r"[*_]+\Z", "", separator)
        prefix = _one_label(line, last, self._rules).replace(last[0], label, 1)
        at = len(line.rstrip())
        self._edits.splice(number, at, at, f"{separator}{prefix}{source}")

    def _first_field(self, entry: Entry, label: str, source: str) -> None:
        """Add a labeled field to an item of a document that has none like it."""
        if entry.kind == "list":
            marker = re.match(r"[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]+", self._edits.lines[entry.start])
            indent = " " * len(marker[0]) if marker else "  "
            self._edits.insert(self._field_anchor(entry), [f"{indent}- {label}: {source}"], rank=1)
            return
        at = self._field_anchor(entry)
        self._edits.insert(
            at,
            ["", f"- **{label}:** {source}"] if self._edits.is_blank(at + 1) else ["", f"- **{label}:** {source}", ""],
            rank=1,
        )

    def like_others(self, each: Entries, lines: list[str]) -> list[str]:
        """The lines of an item that moves to a list: an entry gets the marker of the others there."""
        old, new = _MARKER.match(lines[0]), _MARKER.match(self._edits.lines[each.entries[-1].start])
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
        lines = (
            self._list_lines(like, item, fields, implied)
            if each.kind == "list"
            else self._heading_lines(like, item, fields, keyed=keyed)
        )
        return lines

    def _new_fields(
        self, like: Entry, item: Item, implied: tuple[Severity | None, Status]
    ) -> Iterator[tuple[str, str]]:
        """The labeled fields of a new item: in the order of the item that it is like, then the others."""
        known, _ = entry_fields(like, self._rules, self._words)
        values = {
            "severity": write_value(item, "severity", self._words) or (UNRATED if implied[0] else "")
            if item.severity is not implied[0] or "severity" in known
            else "",
            "status": write_value(item, "status", self._words)
            if item.status is not implied[1] or "status" in known or item.status_note
            else "",
        }
        for name in _WRITTEN:
            if FIELDS[name].written != "when there" or name in known:
                values[name] = self._written(item, name)
        if (
            like.box is not None
            and item.status in (Status.OPEN, Status.MITIGATED)
            and not item.status_note
            and "status" not in known
        ):
            values["status"] = ""
        if item.severity and any(tag.field == "severity" for tag in like.head.tags):
            values["severity"] = ""
        if "key" in known and item.title:
            values["key"] = item.key
        if "description" in known and self._says_description(like, item):
            values["description"] = encode_cell(item.description)
        places = list(like.cells)
        order = [*sorted(known, key=lambda name: places.index(known[name])), *(n for n in values if n not in known)]
        for name in order:
            if source := values.get(name):
                yield known.get(name) or self._label(name), source
        for name, text in item.extra:
            if name != EXTRA:
                yield name, encode_cell(text)

    def _says_description(self, like: Entry, item: Item) -> bool:
        """Whether a labeled field holds the description of an item like another one: not what would be its title."""
        label = entry_fields(like, self._rules, self._words)[0].get("description")
        return label is not None and (bool(item.title) or roles_of(label, self._rules)[0] != "title")

    def _heading_lines(self, like: Entry, item: Item, fields: Sequence[tuple[str, str]], *, keyed: bool) -> list[str]:
        title = _line_source(item.title or "")
        text = like.text
        if like.head.key != (0, 0) and keyed:
            between = text[like.head.key[1] : like.head.title[0]]
            before = re.sub(r"^\s*\d+[.)]\s+", "", text[: like.head.key[0]])
            heading = f"{before.replace('~~', '')}{item.key}{between.replace('~~', '') if title else ''}{title}"
        else:
            heading = title or item.key
            if match := re.match(r"(\d+)([.)]\s+)", text):
                heading = f"{int(match[1]) + 1}{match[2]}{heading}"
        lines = [f"{'#' * like.level} {heading}", ""]
        lines += self._field_lines(like, fields)
        if item.description and not self._says_description(like, item):
            lines += [*([""] if fields else []), *_safe_lines(item.description)]
        while not lines[-1]:
            lines.pop()
        return lines

    def _field_lines(self, like: Entry, fields: Sequence[tuple[str, str]]) -> list[str]:
        """Labeled fields in the manner of another item."""
        source = like if like.cells else next((each for each in self._neighbors(like) if each.cells), None)
        slot = next(iter(source.cells.values())) if source else None
        line = self._edits.lines[slot.line] if slot else ""
        if slot and line.lstrip().startswith("|"):
            name = next(iter(source.cells)) if source else ""
            top = slot.line
            while top and self._edits.lines[top - 1].lstrip().startswith("|"):
                top -= 1
            return [
                *self._edits.lines[top : top + 2],
                *(_table_line(line, name, label, value) for label, value in fields),
            ]
        labels = labels_in(line, _content_start(line), self._rules) if slot else []
        if not labels:
            return [f"- **{label}:** {value}" for label, value in fields]
        first = _one_label(line, labels[0], self._rules)
        lead = line[: line.index(first)]
        parts = [f"{first.replace(labels[0][0], label, 1)}{value}" for label, value in fields]
        if len(labels) > 1:
            separator = re.sub(r"[*_]+\Z", "", line[labels[0][2] : line.index(labels[1][0], labels[0][2])])
            return [lead + separator.join(parts)] if parts else []
        ending = re.search(r"(?:\\|[ ]{2,})\Z", line)
        return [f"{lead}{part}{ending[0] if ending else ''}" for part in parts]

    def _list_lines(
        self, like: Entry, item: Item, fields: Sequence[tuple[str, str]], implied: tuple[Severity | None, Status]
    ) -> list[str]:
        line = self._edits.lines[like.start]
        marker = line[: like.head_at[1]]
        if like.box is not None:
            done = item.status is Status.MITIGATED
            marker = marker[: like.box.start] + ("x" if done else " ") + marker[like.box.end :]
        if number := re.match(r"([ \t]*)(\d+)([.)].*)", marker):
            marker = f"{number[1]}{int(number[2]) + 1}{number[3]}"
        tags = ""
        if item.severity and item.severity is not implied[0] and any(tag.field == "severity" for tag in like.head.tags):
            tags = f"[{self._words.spell(item.severity)}] "
        title = _line_source(item.title or "")
        bold = f"**{title}**" if title else ""
        if self._strikes and like.box is None and item.status is Status.MITIGATED and bold:
            bold = f"~~{bold}~~"
        rest = " ".join(_safe_line(text) for text in item.description.split("\n") if text.strip())
        indent = " " * (len(marker) if like.box is None else like.box.start - 1)
        first = f"{marker}{tags}{bold}{self._joint(like) if bold and rest else ''}{rest}".rstrip()
        return [first, *(f"{indent}- {label}: {source}" for label, source in fields)]


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip(" "))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _last_short(entry: Entry) -> tuple[str, Slot]:
    """The last labeled field of an item that is one line, else the first one."""
    cells = list(entry.cells.items())
    return next(((name, slot) for name, slot in reversed(cells) if slot.last == slot.line), cells[0])


def _around(entry: Entry) -> str:
    start, end = entry.head.title
    return entry.text[max(0, start - 4) : end + 4]


def _content_start(line: str) -> int:
    match = re.match(r"[ \t]*(?:>[ \t]?)*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)?", line)
    return match.end() if match else 0


def _one_label(line: str, label: tuple[str, int, int, bool], _rules: object) -> str:
    """The source of a label on a line: its marks, its name, its colon and the blanks behind."""
    name, start, _, _ = label
    at = line.rindex(name, 0, start)
    while at and line[at - 1] in "*_":
        at -= 1
    source = line[at:start]
    return source if source.endswith((" ", "\t")) else f"{source} "


def _table_line(line: str, name: str, label: str, source: str) -> str:
    """A row of a table of fields, as another one is written."""
    cell = re.search(rf"\|([^|]*?){re.escape(name)}([^|]*?)\|", line)
    before, after = (cell[1], cell[2]) if cell else (" ", " ")
    marks = after.rstrip()
    blanks = " " * max(1, len(name) - len(label) + len(after) - len(marks))
    return f"|{before}{label}{marks}{blanks}| {source} |"


def _line_source(text: str) -> str:
    return escape_markup(" ".join(text.split()))


def _safe_line(text: str) -> str:
    """A line of prose as it is, or with references where it would begin another block."""
    line = text.strip()
    return encode_prose(line, punctuation=True) if _BLOCK_START.match(line) or decode_prose(line) != line else line


def _safe_lines(text: str) -> list[str]:
    """Prose as lines: Markdown stays as it is, where that reads back."""
    return [line.rstrip() for line in text.split("\n")] if text else []


def _prose_source(text: str, slot: Slot, lines: Sequence[str]) -> str:
    """A text of several lines in place of another: in a row of a table with line breaks."""
    if lines[slot.line].lstrip().startswith("|") or "\n" not in text:
        return encode_cell(text)
    indent = re.match(r"[ \t]*", lines[slot.last]) if slot.last > slot.line else None
    return text.replace("\n", f"\n{indent[0] if indent else ''}")
