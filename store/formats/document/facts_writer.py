"""Writes changed facts of the register into a document."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from itertools import pairwise
from typing import TYPE_CHECKING

from store.formats.document.facts import LABELS
from store.formats.document.prose import entry_source, note_source, purpose_source, title_source
from store.formats.document.template import PURPOSE_HEADING, cadence_lines, label_values
from store.formats.document_dates import find_date

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from store.formats.document.edits import Edits
    from store.formats.document.layout import Entry, Layout, Prose
    from store.formats.document.model import CadenceEntry, Register
    from store.formats.document.outline import Block

END = 9  # The rank of what comes behind everything else at its line.
_LEAD = re.compile(r"[ \t]*(?:>[ \t]?)*[ \t]*(?:[-*+][ \t]+)?")


class FactsWriter:
    """Writes the facts that differ between the imported register and the present one."""

    def __init__(self, edits: Edits, layout: Layout, imported: Register, register: Register) -> None:
        self._edits = edits
        self._layout = layout
        self._lines = layout.text.lines
        self._facts = layout.facts
        self._imported = imported
        self._register = register

    def write(self, updated: date | None) -> None:
        """Write every fact, and `updated` as the Last Updated date where the document has one."""
        if self._register.title != self._imported.title:
            self._title()
        self._labels(updated)
        self._purpose()
        if self._register.cadence != self._imported.cadence:
            self._cadence()

    def _title(self) -> None:
        source = title_source(self._register.title)
        if self._facts.title:
            replace_heading(self._edits, self._lines, self._facts.title, source)
        else:
            self._edits.insert(-1, [f"# {source}", ""])

    def _labels(self, updated: date | None) -> None:
        was = label_values(self._imported, None)
        now = label_values(self._register, None)
        spans = self._facts.labels
        if updated and (span := spans.get("last updated")):
            found = find_date(span.source)
            day = found.again(updated) if found else updated.isoformat()
            whole = span.source[: found.start] + day + span.source[found.end :] if found else day
            self._set(span.line, span.start, span.end, whole)
        new = []
        for name in ("extends", "system", "project total"):
            if was.get(name) == now.get(name):
                continue
            source = now.get(name)
            if name not in spans:
                new.append(f"**{LABELS[name]}:** {source}")
            elif source is None:
                self._drop_label(spans[name].line)
            else:
                self._set(spans[name].line, spans[name].start, spans[name].end, source)
        if new:
            self._add_labels(new)

    def _set(self, number: int, start: int, end: int, source: str) -> None:
        text = self._lines[number]
        before = text[:start] if text[:start].endswith((" ", "\t")) else f"{text[:start]} "
        self._edits.replace(number, before + source + text[end:])

    def _drop_label(self, number: int) -> None:
        self._edits.replace(number)
        for beside in (number + 1, number - 1):
            if 0 <= beside < len(self._lines) and self._lines[beside].strip() == ">":
                self._edits.replace(beside)
                break

    def _add_labels(self, new: Sequence[str]) -> None:
        places = sorted(span.line for span in self._facts.labels.values())
        if not places:
            anchor = self._facts.title.end - 1 if self._facts.title else -1
            quoted = "\n>\n".join(f"> {text}" for text in new).split("\n")
            self._edits.insert(anchor, self._apart(anchor, quoted) if anchor >= 0 else [*quoted, ""])
            return
        lead = _LEAD.match(self._lines[places[-1]])
        prefix = lead[0] if lead else "> "
        dense = any(one + 1 == other for one, other in pairwise(places))
        between = [prefix.rstrip()] if prefix.strip() == ">" and not dense else []
        self._edits.insert(places[-1], [line for text in new for line in (*between, prefix + text)])

    def _apart(self, anchor: int, lines: Sequence[str]) -> list[str]:
        """The lines with a blank line before them, and one behind where none follows."""
        following = self._lines[anchor + 1] if anchor + 1 < len(self._lines) else ""
        return ["", *lines, *([""] if following.strip() else [])]

    def _purpose(self) -> None:
        register, facts = self._register, self._facts
        new_purpose = register.purpose != self._imported.purpose
        new_note = register.note != self._imported.note
        if not (new_purpose or new_note):
            return
        purpose = purpose_source(register.purpose).split("\n") if register.purpose else []
        marks = facts.note.marks if facts.note else "*"
        note = note_source(register.note, marks).split("\n") if register.note else []
        if facts.purpose_heading is None:
            self._add_purpose(purpose, note)
            return
        anchor = facts.purpose_heading.end - 1
        if new_purpose:
            if facts.purpose_rest:
                self._put(facts.purpose_rest, [])
            self._put_or_add(facts.purpose, anchor, purpose)
        if new_note:
            self._put_or_add(facts.note, facts.purpose.end - 1 if facts.purpose else anchor, note)

    def _put_or_add(self, prose: Prose | None, anchor: int, lines: Sequence[str]) -> None:
        if prose:
            self._put(prose, lines)
        elif lines:
            self._edits.insert(anchor, self._apart(anchor, lines))

    def _put(self, prose: Prose, lines: Sequence[str]) -> None:
        replace_prose(self._edits, self._lines, prose, lines)

    def _add_purpose(self, purpose: Sequence[str], note: Sequence[str]) -> None:
        headings = [b for b in self._layout.blocks if b.kind == "heading" and not b.nested and b != self._facts.title]
        lines = [PURPOSE_HEADING, "", *(line for part in (purpose, note) if part for line in (*part, ""))]
        if not headings:
            append_section(self._edits, self._lines, lines[:-1])
            return
        before = headings[0].start
        blank = before == 0 or not self._lines[before - 1].strip()
        self._edits.insert(before - 1, lines if blank else ["", *lines])

    def _cadence(self) -> None:
        facts = self._facts
        if not facts.entries:
            lines = cadence_lines(self._register.cadence)
            if facts.cadence_heading:
                anchor = facts.cadence_heading.end - 1
                self._edits.insert(anchor, self._apart(anchor, lines[2:]))
            else:
                append_section(self._edits, self._lines, lines)
            return
        old = [(entry.label, entry.text) for entry in facts.entries]
        new = [(entry.label, entry.text) for entry in self._register.cadence]
        for kind, first, last, start, end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
            if kind != "equal":
                self._entries(facts.entries, range(first, last), self._register.cadence[start:end])

    def _entries(self, old: Sequence[Entry], places: range, new: Sequence[CadenceEntry]) -> None:
        for index, place in enumerate(places):
            entry = old[place]
            self._edits.remove(entry.start, entry.end)
            if index < len(new):
                self._edits.replace(entry.start, entry_source(new[index], entry.marker or "- "))
        like = old[max(0, places.stop - 1)]
        anchor = like.end - 1 if places.stop else like.start - 1
        self._edits.insert(anchor, [entry_source(entry, like.marker or "- ") for entry in new[len(places) :]])


def replace_heading(edits: Edits, lines: Sequence[str], heading: Block, source: str) -> None:
    """Give a heading another text; an underlined one becomes one with marks before it."""
    match = re.match(r"( {0,3}#{1,6})([ \t]+|\Z)", lines[heading.start])
    closing = re.search(r"[ \t]+#+[ \t]*\Z", lines[heading.start])
    edits.remove(heading.start, heading.end)
    if match and heading.end == heading.start + 1:
        edits.replace(heading.start, f"{match[1]}{match[2] or ' '}{source}{closing[0] if closing else ''}")
    else:
        edits.replace(heading.start, f"{'#' * heading.level} {source}")


def replace_prose(edits: Edits, lines: Sequence[str], prose: Prose, new: Sequence[str]) -> None:
    """Put lines in the place of a text; without any, the blank lines behind it go too."""
    edits.remove(prose.start, prose.end)
    if new:
        edits.replace(prose.start, *new)
        return
    following = prose.end
    while following < len(lines) and not lines[following].strip():
        following += 1
    if following < len(lines):
        edits.remove(prose.end, following)


def append_section(edits: Edits, lines: Sequence[str], section: Sequence[str]) -> None:
    """Add a section at the end of the document."""
    blank = bool(lines) and not lines[-1].strip()
    edits.insert(len(lines) - 1, section if blank else ["", *section], rank=END)
