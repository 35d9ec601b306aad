"""Everything about an item, a category or the register as lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.enums import Flag, rating, shown_flags
from store.fields import FACTS, no_value, show
from store.text import days
from tui.render import insights
from tui.render.badges import (
    FLAG_ROLES,
    FOLLOW_UP_ROLES,
    STATUS_ROLES,
    bar,
    flag_words,
    follow_up_state,
    follow_up_terms,
    state,
)
from tui.render.lines import Line, emphasized, labeled, labeled_prose, packed, wrapped
from tui.render.text import Glyphs, line, plain_line, safe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store.queries.dependency_map import BlastRadius
    from store.queries.follow_ups import FollowUpRow
    from store.queries.history import ChangeRow
    from store.queries.items import ItemDetail, Neighbor
    from store.queries.overview import CategoryRow, RegisterRow
    from tui.widgets.line_list import Built

BLANK: Line = ()
OF_SIGNALS = (Flag.CONTRADICTED, Flag.FIRING)
"""The flags that signals give."""
GLANCE_BYTES = 8 * 1024


def when(change: ChangeRow) -> str:
    """`2026-11-23 14:05 UTC by ana`."""
    return f"{change.time:%Y-%m-%d %H:%M} UTC by {line(change.actor)}"


def change_words(change: ChangeRow, glyphs: Glyphs) -> str:
    """What a change did, in words."""
    if change.field is None:
        return line(change.verb.replace("-", " "))
    name = change.field.replace("_", " ")
    before, after = (text or no_value(change.field) for text in (change.before, change.after))
    if before and after and len(before) + len(after) < 80:
        return f"{name} {line(before)} {glyphs.arrow} {line(after)}"
    return name


def _flags(item: ItemDetail, glyphs: Glyphs) -> list[Line]:
    """What time and the rules make of an item; what its signals do follows in sentences."""
    shown = [flag for flag in shown_flags(item.flags) if not (item.signals and flag in OF_SIGNALS)]
    return [((f"{glyphs.flag(flag)} {flag_words(item, flag)}", FLAG_ROLES[flag]),) for flag in shown]


def facts(item: ItemDetail, glyphs: Glyphs) -> list[Line]:
    """The facts of an item in a word or two, each one whole."""
    found: list[Line] = [
        ((f"{glyphs.mark(item.status)} {item.status.value}", f"strong {STATUS_ROLES[item.status.value]}"),),
        *_flags(item, glyphs),
        ((rating(item.severity), f"strong {rating(item.severity).lower()}"),),
        ((line(item.category_name), ""),),
        (("owner ", "quiet"), (line(item.owner), "")) if item.owner else (("unassigned", "warning"),),
        (
            ("open " if item.status.is_open else "known for ", "quiet"),
            (days(item.age_days, at_least=item.age_at_least), ""),
        ),
    ]
    values = ((field.label.lower(), show(getattr(item, field.name))) for field in FACTS)
    return found + [((f"{label} ", "quiet"), (line(value), "")) for label, value in values if value]


def standing(item: ItemDetail, width: int) -> list[Line]:
    """What belongs to the status: a note, who accepted the debt and until when; and which rules it breaks."""
    lines: list[Line] = []
    if item.status_note:
        note = "Why accepted" if item.status.value == "Accepted" else "Status note"
        lines += labeled_prose(note, item.status_note, width)
    if item.accepted_by or item.accepted_until:
        until = item.accepted_until.isoformat() if item.accepted_until else "no end"
        lines += labeled("Accepted by", f"{item.accepted_by or 'not recorded'}, until {until}", width)
    if item.broken_rules:
        lines += labeled("Escalated by", "; ".join(item.broken_rules), width)
    return lines


def affects(item: ItemDetail, width: int, glyphs: Glyphs) -> list[Line]:
    """The components and projects that the debt touches, and the rules of which that does not tell."""
    lines: list[Line] = []
    if item.components:
        joined = f" {glyphs.dot} ".join(line(name) for name in item.components)
        lines += [BLANK, (("Affected components", "label"),), *wrapped(emphasized(joined), width)]
    if item.affected:
        lines += labeled_prose("Affected projects", item.affected.text, width)
    if item.unknown_rules:
        lines += labeled("Not checked", "; ".join(item.unknown_rules), width)
    return lines


def links(item: ItemDetail, width: int) -> list[Line]:
    """A heading and the links of an item, each with its whole URL; nothing where it has none."""
    if not item.links:
        return []
    found = item.found_links
    if not found:
        return labeled_prose("Links", item.links, width)
    lines: list[Line] = [BLANK, (("Links", "label"),)]
    for each in found:
        label = f"{line(each.label)}  " if each.label else ""
        lines += wrapped(((label, ""), (safe(each.url), "link")), width, "  ")
    return lines


def section(title: str, text: str, width: int) -> list[Line]:
    """A blank line, a heading, and a text with its emphasis."""
    shown = text if len(text) <= GLANCE_BYTES else text[:GLANCE_BYTES] + "… (shortened; edit the texts to see all)"
    return [BLANK, ((title, "label"),), *wrapped(emphasized(shown), width)]


def glance(text: str) -> str:
    """A text, or as much of it as is read at a glance."""
    return text if len(text) <= GLANCE_BYTES else text[:GLANCE_BYTES] + "…"


def follow_up(row: FollowUpRow) -> Line:
    """`open, overdue by 5 days  ask the vendor  owner bo, due 2026-04-15`."""
    role = "warning strong" if row.overdue_days else FOLLOW_UP_ROLES[row.state]
    text = emphasized(glance(row.text))
    return ((line(follow_up_state(row)), role), ("  ", ""), *text, (f"  {line(follow_up_terms(row))}", "quiet"))


def follow_ups(rows: Sequence[FollowUpRow], width: int) -> list[Line]:
    """A heading and the follow-ups of an item; nothing where it has none."""
    if not rows:
        return []
    lines: list[Line] = [BLANK, (("Follow-ups", "label"),)]
    for row in rows:
        lines += wrapped(follow_up(row), width, "  ")
    return lines


def signals(item: ItemDetail, width: int, glyphs: Glyphs, reopen: str) -> list[Line]:
    """Why an item is contradicted, with the key that reopens it, and its signals; nothing where it has none."""
    if not item.signals:
        return []
    # Loaded here, since most registers have none.
    from tui.render.signals import item_signals

    return item_signals(item, contradiction_of(item), width, glyphs, reopen)


def contradiction_of(item: ItemDetail) -> str:
    """Why an item is contradicted, in words; nothing for others."""
    if Flag.CONTRADICTED not in item.flags:
        return ""
    from store.queries.signals import contradiction

    firing = sorted((row for row in item.signals if row.is_firing), key=lambda row: (row.starts, row.id))
    return contradiction(item.status, firing)


def timeline(item: ItemDetail, width: int, glyphs: Glyphs) -> list[Line]:
    """A heading and the events of an item's signals against its statuses; nothing where it has no signals."""
    if not item.timeline:
        return []
    from tui.render.signals import timeline_lines

    return timeline_lines(item.timeline, width, glyphs)


def edges(title: str, neighbors: tuple[Neighbor, ...], width: int, glyphs: Glyphs, built: Built) -> None:
    """Add a heading and the neighbors on one side, with labels and states; each leads to its item."""
    lines, targets = built
    lines += [BLANK, ((title, "label"),)]
    for edge in neighbors:
        spans = _edge_in_words(edge, glyphs) if glyphs.words else _edge(edge, glyphs, is_source=title == "Fed by")
        targets[len(lines)] = edge.key
        lines += wrapped(spans, width, indent="   ")


def _edge(edge: Neighbor, glyphs: Glyphs, *, is_source: bool) -> Line:
    label = f"{line(edge.label)} {glyphs.arrow} " if edge.label else f"{glyphs.arrow} "
    return (
        *state(edge.severity, edge.status, glyphs),
        (" ", ""),
        ("" if is_source else label, "quiet"),
        (line(edge.key), "strong"),
        (f" {glyphs.arrow} {line(edge.label)}" if is_source and edge.label else "", "quiet"),
        (f"  {plain_line(edge.lead)}", ""),
    )


def _edge_in_words(edge: Neighbor, glyphs: Glyphs) -> Line:
    """`DD-001, Schema Dependency (High, Open): dead jobs mask`."""
    rating = "".join(text for text, _ in state(edge.severity, edge.status, glyphs))
    label = f": {line(edge.label)}" if edge.label else ""
    return ((f"{line(edge.key)}, {plain_line(edge.lead)} ({rating}){label}", ""),)


def item_lines(
    item: ItemDetail,
    width: int,
    glyphs: Glyphs,
    radius: BlastRadius | None = None,
    *,
    reopen: str,
    news: str = "",
    marked: bool = False,
) -> Built:
    """Every field of an item in `width` cells, its blast radius once that is known, and what is new about it.

    reopen: the key that sets its status to Open.
    """
    mark = f"{glyphs.marked} " if marked else ""
    heading: Line = ((f"{mark}{line(item.key)}  ", "strong accent"), *emphasized(line(item.title), "strong"))
    lines: list[Line] = [*wrapped(heading, width), *packed(facts(item, glyphs), width)]
    if news:
        lines += wrapped(((f"{glyphs.news} ", "accent strong"), (news, "accent strong")), width, "  ")
    lines += [*signals(item, width, glyphs, reopen), *standing(item, width)]
    lines += [BLANK, *section("", item.description or "No description yet.", width)[2:]]
    built: Built = (lines, {})
    lines += affects(item, width, glyphs)
    if item.mitigation_plan:
        lines += section("Mitigation plan", item.mitigation_plan, width)
    lines += [*links(item, width), *follow_ups(item.follow_ups, width), *timeline(item, width, glyphs)]
    if item.feeds:
        edges("Cascades to", item.feeds, width, glyphs, built)
    if item.fed_by:
        edges("Fed by", item.fed_by, width, glyphs, built)
    if radius is not None and radius.key == item.key:
        lines += [BLANK, (("Blast radius", "label"),)]
        for sentence in insights.radius(radius):
            lines += wrapped(((sentence, ""),), width, indent="  ")
    if item.extra:
        lines.append(BLANK)
        for name, value in item.extra:
            lines += labeled_prose(line(name), value, width)
    if item.comments:
        lines += [BLANK, (("Comments", "label"),)]
        for comment in item.comments:
            lines += wrapped(((f"{when(comment)}  ", "quiet"), *emphasized(comment.note)), width, indent="  ")
    if item.last_change:
        words = change_words(item.last_change, glyphs)
        lines += [BLANK, *wrapped(((f"Changed {when(item.last_change)}: {words}", "quiet"),), width)]
    return built


def category_lines(category: CategoryRow, width: int, glyphs: Glyphs) -> Built:
    """A category's definition and counts."""
    counts = category.counts
    lines = wrapped(((f"{line(category.code)}  ", "strong accent"), *emphasized(line(category.name), "strong")), width)
    lines += [
        BLANK,
        *wrapped(emphasized(category.definition or "No definition yet."), width),
        BLANK,
    ]
    size = min(max(width - 24, 5), 30)
    for name, number in (
        ("Open", counts.open),
        ("In Progress", counts.in_progress),
        ("Mitigated", counts.mitigated),
        ("Accepted", counts.accepted),
    ):
        lines.append(((f"{name:<12}{number:>5}  ", ""), *bar(number, counts.total, size, glyphs, STATUS_ROLES[name])))
    return lines, {}


def register_lines(register: RegisterRow, width: int) -> Built:
    """The register's title, system and purpose."""
    lines = wrapped(emphasized(line(register.title), "strong accent"), width)
    for label, value in (("System", register.system), ("Extends", register.extends)):
        if value:
            lines += labeled_prose(label, value, width)
    if register.purpose:
        lines += [BLANK, *wrapped(emphasized(register.purpose), width)]
    return lines, {}
