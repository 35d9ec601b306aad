"""Reports as Markdown: the minutes of a review, the accepted debt, and single items to paste anywhere."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from store.audit.describe import called, sentence
from store.enums import rating
from store.fields import FIELDS, FORM_ORDER, LONG_FIELDS, STATUS_FIELDS, no_value, show
from store.formats.inline import without_marks
from store.formats.markdown import INDENT, block, encode_cell, encode_prose, escape_markup, inline, row_line
from store.text import duration, join_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from store.policy import AcceptedRow
    from store.queries.follow_ups import FollowUpRow
    from store.queries.history import ChangeRow
    from store.queries.items import ItemDetail, Neighbor
    from store.review.minutes import (
        Acceptance,
        Contradiction,
        Escalation,
        ItemChanges,
        Minutes,
        MinutesItem,
        Reopening,
    )


_SHORT = 80
"""The longest value that is part of a sentence; a longer one gets separate lines."""


def minutes_markdown(minutes: Minutes) -> str:
    """The whole document; it ends in a line end."""
    parts = [f"# {inline(minutes.review.title)}", _head(minutes), _counts(minutes)]
    if minutes.contradicted:
        parts += _section("Contradicted by signals", _listed(map(_contradiction, minutes.contradicted)))
    parts += _section("Changes", [_item(item) for item in minutes.changes])
    if minutes.links:
        parts += _section("Dependencies", ["\n".join(f"- {inline(sentence(link))}" for link in minutes.links)])
    parts += _section("Decisions to accept", _listed(map(_acceptance, minutes.accepted)))
    parts += _section("Follow-ups", _listed(map(_follow_up, minutes.follow_ups)))
    if minutes.closed:
        parts += _section("Follow-ups closed", _listed(map(_closed, minutes.closed)))
    parts += _section("New escalations", _listed(map(_escalation, minutes.escalated)))
    parts += _section("Reviewed", [_table(minutes.items)] if minutes.items else [])
    if minutes.left:
        parts += _section("Left undecided", _listed(f"{_name(row)}: {inline(row.reason)}" for row in minutes.left))
    return "\n\n".join(parts) + "\n"


def _section(title: str, parts: Sequence[str]) -> list[str]:
    return [f"## {title}", *(parts or ["None."])]


def _listed(entries: Iterable[str]) -> list[str]:
    found = [f"- {entry}" for entry in entries]
    return ["\n".join(found)] if found else []


def _head(minutes: Minutes) -> str:
    """When, who, and how much."""
    started = f"{minutes.review.started:%Y-%m-%d %H:%M} UTC, started by {inline(minutes.review.started_by)}"
    ended = "still open, so these minutes are not final"
    if minutes.review.ended is not None:
        day = "%H:%M" if minutes.review.ended.date() == minutes.review.started.date() else "%Y-%m-%d %H:%M"
        ended = f"ended {minutes.review.ended.strftime(day)} UTC by {inline(minutes.review.ended_by or 'unknown')}"
    reviewed = f"{len(minutes.items)} of {minutes.queued} reviewed"
    lines = [
        f"**When:** {started}; {ended}",
        f"**Who:** {join_words([inline(name) for name in minutes.review.participants]) or 'not recorded'}",
        f"**Items:** {reviewed}: {minutes.changed} changed, {minutes.unchanged} kept; {len(minutes.left)} left",
    ]
    if minutes.review.query:
        lines.insert(2, f"**Query:** {inline(minutes.review.query)}")
    lines[1:1] = [f"**Reopened:** {_reopening(each)}" for each in minutes.reopened]
    if minutes.seconds and minutes.items:
        each = duration(round(minutes.seconds / len(minutes.items)))
        lines.append(f"**Time:** {duration(minutes.seconds)} total, {each} per item")
    return "\n".join(f"- {line}" for line in (f"**Review:** {minutes.review.number}", *lines))


def _reopening(row: Reopening) -> str:
    after = f"after {inline(row.ended_by)} ended it {row.ended:%Y-%m-%d %H:%M} UTC"
    return f"{row.time:%Y-%m-%d %H:%M} UTC by {inline(row.by)}, {after}"


def _contradiction(row: Contradiction) -> str:
    return f"{inline(row.key)} {inline(row.lead)}: {inline(row.reason)}"


def _counts(minutes: Minutes) -> str:
    before, after = minutes.before, minutes.after
    rows = [
        ("Open", before.open, after.open),
        ("In Progress", before.in_progress, after.in_progress),
        ("Mitigated", before.mitigated, after.mitigated),
        ("Accepted", before.accepted, after.accepted),
        ("Total", before.total, after.total),
        ("Escalated", minutes.escalated_before, minutes.escalated_after),
    ]
    return "\n".join(["| | Before | After |", "|---|---:|---:|", *(row_line(map(str, row)) for row in rows)])


def _item(item: ItemChanges) -> str:
    """An item's heading and its changes."""
    noted: set[str] = set()
    entries = [f"- {_change(item, change, noted)}" for change in item.changes]
    return f"### {inline(item.key)} {inline(item.lead)}\n\n" + "\n".join(entries)


def _change(item: ItemChanges, change: ChangeRow, noted: set[str]) -> str:
    """One change; a note that several changes share is shown with the first."""
    by = f" (by {inline(change.actor)})"
    note = change.note or ""
    if change.field is None:
        if change.before is None and change.after is None:
            return f"comment{by}: {block(note)}"
        state = f"{rating(item.severity)}, {item.status}" if change.before is None else f"was {item.status}"
        return f"{'added' if change.before is None else 'removed'}{by}: {state}"
    before, after = change.before or "", change.after or ""
    lines = change.field != "title" and "\n" in before + after
    if lines or max(len(before), len(after)) > _SHORT:
        was, now = (block(text) if text else "none" for text in (before, after))
        words = f"{called(change.field)}{by}\n\n{INDENT}before: {was}\n\n{INDENT}after: {now}"
    else:
        was, now = (inline(text) or no_value(change.field, "none") for text in (before, after))
        words = f"{called(change.field)}: {was} → {now}{by}"
    if not note or note in noted:
        return words
    noted.add(note)
    return f"{words}\n\n{INDENT}Note: {block(note)}"


def _acceptance(row: Acceptance) -> str:
    end = f"until {row.until}" if row.until else "no end date"
    by = inline(row.by or row.actor)
    wrote = "" if row.by is None or row.by == row.actor else f", recorded by {inline(row.actor)}"
    why = block(row.rationale) if row.rationale else "no rationale"
    return f"{_name(row)}: {end}, by {by}{wrote}\n\n{INDENT}{why}"


def _follow_up(row: FollowUpRow) -> str:
    who = f"{inline(row.owner)}" if row.owner else "unassigned"
    due = f", due {row.due_on}" if row.due_on else ""
    state = "" if row.is_open else f", {row.state.value}"
    return f"**{inline(row.key)}** ({who}{due}{state}): {block(row.text)}"


def _closed(row: FollowUpRow) -> str:
    by = f" by {inline(row.closed_by)}" if row.closed_by else ""
    return f"**{inline(row.key)}** ({row.state.value}{by}): {block(row.text)}"


def _escalation(row: Escalation) -> str:
    return f"{_name(row)}: {join_words([inline(rule) for rule in row.rules])}"


def _name(row: Acceptance | Escalation | MinutesItem) -> str:
    return f"**{inline(row.key)}** {inline(row.lead)}".rstrip()


def _table(items: Sequence[MinutesItem]) -> str:
    lines = ["| Item | | Status | Outcome | By | Time |", "|---|---|---|---|---|---:|"]
    for row in items:
        texts = (inline(row.key), inline(row.lead), row.status.value, row.outcome, inline(row.by or ""))
        lines.append(row_line((*texts, duration(row.seconds))))
    return "\n".join(lines)


def items_markdown(items: Iterable[ItemDetail]) -> str:
    """Items one after another: a heading, the facts as a list, the long texts, the dependencies; ends in a line end.

    The texts of items are Markdown already.
    """
    return "\n".join(map(_whole_item, items))


def _whole_item(item: ItemDetail) -> str:
    heading = " ".join(filter(None, (inline(item.key), inline(without_marks(item.title or "")))))
    values = {name: show(getattr(item, name)) for name in FORM_ORDER if name not in ("key", "title", *_TEXTS)}
    values |= {"severity": rating(item.severity), "category": f"{item.category_name} ({item.category})"}
    facts = [(FIELDS[name].label, value) for name, value in values.items()] + list(item.extra)
    parts = [
        f"## {heading}",
        "\n".join(f"- **{inline(label)}:** {escape_markup(' '.join(text.split()))}" for label, text in facts if text),
    ]
    for name in _TEXTS:
        if text := show(getattr(item, name)).strip():
            parts += [f"**{FIELDS[name].label}**", _SINGLE.sub("\\\\\n", escape_markup(text))]
    for title, rows in (("Cascades to", item.feeds), ("Fed by", item.fed_by)):
        if rows:
            parts += [f"**{title}**", "\n".join(f"- {_neighbor(row)}" for row in rows)]
    return "\n\n".join(parts) + "\n"


_TEXTS = tuple(name for name in LONG_FIELDS if name not in STATUS_FIELDS)
_SINGLE = re.compile(r"(?<=\S)[ \t]*\n(?=[^\s*+#>|`\d-])")
"""The end of a line that goes on in the next one of its paragraph."""


def _neighbor(row: Neighbor) -> str:
    return f"{inline(row.key)} {inline(row.lead)}" + (f": {inline(row.label)}" if row.label else "")


_HEADS = ("ID", "Debt", "Severity", "Accepted by", "Why", "Since", "Until", "State")
_STATES = {"none": "in effect", "ending": "ending", "ended": "ended"}


def accepted_markdown(rows: Sequence[AcceptedRow], *, title: str, system: str | None, day: date) -> str:
    """A heading, the day, and a table of the accepted items, what has ended first."""
    ended = sum(1 for row in rows if row.state == "ended")
    called = f"{title}, {system}" if system else title
    summary = f"{called}, as of {day.isoformat()} (UTC): {len(rows)} accepted, {ended} of them ended"
    lines = ["# Accepted debt", "", f"{encode_prose(' '.join(summary.split()))}."]
    if rows:
        lines += ["", row_line(_HEADS), row_line(("---",) * len(_HEADS))]
        lines += [row_line(map(encode_cell, _cells(row))) for row in rows]
    return "\n".join(lines) + "\n"


def _cells(row: AcceptedRow) -> tuple[str, ...]:
    return (
        row.key,
        row.lead,
        rating(row.severity),
        row.by or "not recorded",
        row.why or "not recorded",
        row.since.date().isoformat(),
        row.until.isoformat() if row.until is not None else "no end date",
        _STATES[row.state],
    )
