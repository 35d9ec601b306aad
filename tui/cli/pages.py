"""What the reading commands print for people: rows as text, safe for the terminal."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from store.audit import describe
from store.enums import Flag, rating
from store.fields import no_value, policy_text
from tui.cli import output
from tui.cli.tables import FAINT, STRONG, STYLES, Cell, Column, one_line, pairs, paragraph, table
from tui.render import insights
from tui.render.badges import FLAG_WORDS, flag_words, follow_up_state, follow_up_terms
from tui.render.text import line, plain_line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from store.enums import Severity, Status
    from store.queries.dependency_map import BlastRadius
    from store.queries.follow_ups import FollowUpRow
    from store.queries.history import ChangeRow
    from store.queries.items import ItemDetail, ItemRow, Neighbor
    from store.queries.overview import CategoryRow, RegisterRow, Summary
    from tui.commands import Command

NARROW = 60
FLAGGED = "1;31"
BAR = 20
FEW = 5
PROSE = frozenset(
    ("Status", "Affected projects", "Affected components", "Description", "Mitigation plan", "Follow-ups", "Comments")
)
"""The facts of an item with inline Markdown, besides its extra columns."""


def state(severity: Severity | None, status: Status) -> str:
    """Severity letter and status mark."""
    return output.glyphs().state(severity, status)


def lead(text: str) -> str:
    """The words that stand for an item, cut as stdout can say it."""
    return line(text.removesuffix("…")) + output.glyphs().more if text.endswith("…") else line(text)


def prose_line(text: str | None) -> str:
    """A text on one line: without the marks of Markdown at a terminal, as it is written elsewhere."""
    return plain_line(text) if output.is_terminal(sys.stdout) else line(text)


def status_words(status: Status) -> str:
    """The status's word, at a terminal with its mark before it."""
    return f"{output.glyphs().mark(status)} {status.value}" if output.is_terminal(sys.stdout) else status.value


def _name(row: ItemRow) -> str:
    """What names an item: its title; without one its lead words at a terminal, or all it says elsewhere."""
    return lead(row.lead) if output.is_terminal(sys.stdout) else line(row.title or row.description)


def items(rows: Sequence[ItemRow], words: tuple[str, ...] = ()) -> str:
    """The items as a table: words where there is room, letter and mark where there is little.

    Where stdout takes styles, the `words` that were looked for stand out.
    """
    if (output.width() or NARROW) < NARROW:
        columns = [Column("Key"), Column(""), Column("Title", shrinks=True)]
        return table(
            columns,
            [
                (
                    Cell.of(row.key, STRONG),
                    Cell(state(row.severity, row.status) + signs(row.flags), STYLES[rating(row.severity)]),
                    Cell(_name(row), words=words),
                )
                for row in rows
            ],
        )
    flagged = any(row.flags for row in rows)
    columns = [Column("Key"), Column("Severity"), Column("Status"), Column("Category")]
    columns += [Column("Flags", shrinks=True)] if flagged else []
    columns += [Column("Owner", shrinks=True), Column("Title", shrinks=True, least=16)]
    return table(
        columns,
        [
            (
                Cell.of(row.key, STRONG),
                Cell(rating(row.severity), STYLES[rating(row.severity)]),
                Cell(status_words(row.status), STYLES[row.status.value]),
                Cell.of(row.category),
                *([Cell(flag_names(row.flags), FLAGGED)] if flagged else []),
                Cell.of(row.owner, words=words),
                Cell(_name(row), words=words),
            )
            for row in rows
        ],
    )


def signs(flags: frozenset[Flag]) -> str:
    """The signs of some flags, after a blank; nothing for none."""
    return " " * bool(flags) + "".join(output.glyphs().flag(flag) for flag in Flag if flag in flags)


def flag_names(flags: frozenset[Flag]) -> str:
    """Some flags in words."""
    return ", ".join(FLAG_WORDS[flag] for flag in Flag if flag in flags)


def unknown(keys: Sequence[str]) -> str:
    """The items of which a query cannot tell, in a sentence."""
    named = ", ".join(map(line, keys[:FEW]))
    more = f" and {len(keys) - FEW:,} more" if len(keys) > FEW else ""
    return f"cannot tell of {named}{more}: their share or age is not known"


def _feeds(rows: Sequence[Neighbor]) -> str:
    """What an item cascades to, a line each: how, and to which."""
    arrow = output.glyphs().arrow
    return "\n".join(line(f"{row.label} {arrow} {_named(row)}") for row in rows)


def _fed_by(rows: Sequence[Neighbor]) -> str:
    """What feeds an item, a line each: which, and how."""
    arrow = output.glyphs().arrow
    return "\n".join(
        line(f"{_named(row)}: {row.label} {arrow}" if row.label else f"{_named(row)} {arrow}") for row in rows
    )


def _named(row: Neighbor) -> str:
    return f"{state(row.severity, row.status)} {row.key} {lead(row.lead)}"


def change_words(row: ChangeRow) -> str:
    """What one change did: verb, field, before and after, and its note."""
    arrow = output.glyphs().arrow
    words = row.verb
    if row.field is not None:
        before, after = (text or no_value(row.field, "-") for text in (row.before, row.after))
        words = f"{row.field.replace('_', ' ')}: {before} {arrow} {after}"
    return f"{words} ({row.note})" if row.note else words


def when(row: ChangeRow) -> str:
    """The time of a change, UTC, to the second."""
    return row.time.strftime("%Y-%m-%d %H:%M:%SZ")


def item(row: ItemDetail, radius: BlastRadius | None = None) -> str:
    """One item with everything that is known about it, its blast radius included."""
    note = f" ({row.status_note})" if row.status_note else ""
    opened = row.opened_on.isoformat() if row.opened_on else ""
    entries = [
        ("Severity", rating(row.severity)),
        ("Status", status_words(row.status) + note),
        ("Category", f"{row.category_name} ({row.category})"),
        ("Owner", row.owner or ""),
        ("Effort", row.effort.value if row.effort else ""),
        ("Due", row.due_on.isoformat() if row.due_on else ""),
        ("Opened", f"{opened} ({_age(row)})" if opened else _age(row)),
        ("Accepted by", row.accepted_by or ""),
        ("Accepted until", row.accepted_until.isoformat() if row.accepted_until else ""),
        ("Standing", ", ".join(flag_words(row, flag) for flag in Flag if flag in row.flags)),
        ("Escalated by", "\n".join(line(name) for name in row.broken_rules)),
        ("Cannot tell", "\n".join(line(name) for name in row.unknown_rules)),
        ("Affected projects", row.affected.text if row.affected else ""),
        ("Affected components", "\n".join(line(name) for name in row.components)),
        *((line(name), text) for name, text in row.extra),
        ("Description", row.description),
        ("Mitigation plan", row.mitigation_plan or ""),
        ("Follow-ups", "\n".join(line(follow_up(each)) for each in row.follow_ups)),
        ("Cascades to", _feeds(row.feeds)),
        ("Fed by", _fed_by(row.fed_by)),
        ("Blast radius", "\n".join(insights.radius(radius)) if radius else ""),
        ("Comments", "\n".join(f"{when(each)} {line(each.actor)}: {line(each.note)}" for each in row.comments)),
    ]
    if last := row.last_change:
        entries.append(("Changed", line(f"{when(last)} by {last.actor}, {change_words(last)}")))
    head = paragraph(f"{line(row.key)}  {prose_line(row.title)}".rstrip(), STRONG)
    return f"{head}\n\n{pairs(entries, prose=PROSE.union(line(name) for name, _ in row.extra))}"


def follow_up(row: FollowUpRow) -> str:
    """A follow-up in a line: `#3 open, overdue by 5 days: ask the vendor (owner bo, due 2026-04-15)`."""
    return f"#{row.number} {follow_up_state(row)}: {row.text} ({follow_up_terms(row)})"


def follow_ups(rows: Sequence[FollowUpRow]) -> str:
    """Follow-ups as a table; in little room who does it and when is left out."""
    narrow = (output.width() or NARROW) < NARROW
    columns = [Column("No", right=True), Column("Key"), Column("State", shrinks=True, least=4)]
    columns += [] if narrow else [Column("Due"), Column("Owner", shrinks=True)]
    columns += [Column("Follow-up", shrinks=True, least=12)]
    return table(
        columns,
        [
            (
                Cell(str(row.number)),
                Cell.of(f"{row.key} (removed)" if row.gone else row.key, STRONG),
                Cell.of(follow_up_state(row), FLAGGED if row.overdue_days else ""),
                *([] if narrow else [Cell(row.due_on.isoformat() if row.due_on else ""), Cell.of(row.owner)]),
                Cell(prose_line(row.text)),
            )
            for row in rows
        ],
    )


def _age(row: ItemDetail) -> str:
    """How long an item has been there."""
    if row.age_days == 0 and not row.age_at_least:
        return "today"
    return f"{'>= ' if row.age_at_least else ''}{row.age_days} day{'' if row.age_days == 1 else 's'} ago"


def register_title(row: RegisterRow) -> str:
    """The register's title and its system."""
    return prose_line(f"{row.title} {output.glyphs().dot} {row.system}" if row.system else row.title)


def dashboard(summary: Summary) -> str:
    """Counts by category with bars; a status that no item has anywhere gets no column."""
    total = summary.total.counts
    counted: list[tuple[str, Callable[[CategoryRow], int], bool]] = [
        ("Open", lambda row: row.counts.open, True),
        ("In Progress", lambda row: row.counts.in_progress, total.in_progress > 0),
        ("Mitigated", lambda row: row.counts.mitigated, True),
        ("Accepted", lambda row: row.counts.accepted, total.accepted > 0),
        ("Total", lambda row: row.counts.total, True),
    ]
    shown = [(title, count) for title, count, wanted in counted if wanted]
    most = max([row.counts.total for row in summary.categories], default=0)
    bars = output.width() is None or (output.width() or 0) >= 80
    columns = [Column("Category", shrinks=True, least=12), *(Column(title, right=True) for title, _ in shown)]
    columns += [Column("Unresolved")] if bars and most else []

    def cells(row: CategoryRow, style: str) -> list[Cell]:
        made = [Cell.of(row.name, style), *(Cell(str(count(row)), style) for _, count in shown)]
        return [*made, Cell(_bar(row, most))] if bars and most else made

    rows = [cells(row, "") for row in summary.categories]
    total_cells = [Cell("Total", STRONG), *(Cell(str(count(summary.total)), STRONG) for _, count in shown)]
    rows.append([*total_cells, Cell(" ")] if bars and most else total_cells)
    split = ", ".join(f"{number} {rating(severity)}" for severity, number in summary.total.by_severity)
    words = f"Unresolved: {total.unresolved} of {total.total}, {split}"
    head = one_line(register_title(summary.register), STRONG)
    found = ", ".join(f"{number:,} {FLAG_WORDS[flag]}" for flag, number in summary.flagged)
    told = "\n".join([paragraph(words), *([one_line(f"Flagged: {found}", FLAGGED)] if found else [])])
    return f"{head}\n\n{table(columns, rows)}\n\n{told}"


def _bar(row: CategoryRow, most: int) -> str:
    """A bar as long as the category's items, filled as far as they are unresolved."""
    signs = output.glyphs()
    whole = max(round(BAR * row.counts.total / most), 1) if row.counts.total else 0
    filled = round(whole * row.counts.unresolved / row.counts.total) if whole else 0
    if row.counts.unresolved and not filled:
        filled = 1
    return signs.bar * filled + signs.track * (whole - filled) or " "


def register(row: RegisterRow) -> str:
    """The register's own facts."""
    return pairs(
        [
            ("Title", row.title),
            ("Extends", row.extends or ""),
            ("System", row.system or ""),
            ("Last updated", row.last_updated.isoformat() if row.last_updated else ""),
            ("Projects", "" if row.project_total is None else f"{row.project_total:,}"),
            ("Purpose", row.purpose or ""),
            ("Note", row.note or ""),
            ("Review cadence", "\n".join(line(f"{entry.label}: {entry.text}") for entry in row.cadence)),
            ("Mitigate within", policy_text("mitigate_within", row.mitigate_within)),
            ("Accept for", policy_text("accept_for", row.accept_for)),
            ("Document", row.document_path or ""),
        ],
        prose=frozenset(("Title", "Extends", "System", "Purpose", "Note", "Review cadence")),
    )


def history(rows: Sequence[ChangeRow]) -> str:
    """Changes in words, the newest first."""
    columns = [Column("Time (UTC)", shrinks=True, least=10), Column("By", shrinks=True)]
    columns += [Column("Change", shrinks=True, least=16)]
    return table(
        columns,
        [(Cell(when(row), FAINT), Cell.of(row.actor, STRONG), Cell.of(describe.deed(row))) for row in rows],
    )


def categories(summary: Summary) -> str:
    """The categories with their definitions."""
    columns = [Column("Code"), Column("Name", shrinks=True), Column("Open", right=True), Column("Total", right=True)]
    columns += [Column("Definition", shrinks=True, least=12)]
    return table(
        columns,
        [
            (
                Cell.of(row.code, STRONG),
                Cell.of(row.name),
                Cell(str(row.counts.unresolved)),
                Cell(str(row.counts.total)),
                Cell(prose_line(row.definition)),
            )
            for row in summary.categories
        ],
    )


def keys(commands: Sequence[Command]) -> str:
    """The dashboard's keys by context."""
    from tui.commands import CONTEXTS

    parts: list[str] = []
    for context, title in CONTEXTS.items():
        rows = [each for each in commands if each.context == context]
        if rows:
            body = table(
                [Column("Keys"), Column("Does", shrinks=True), Column("Id", shrinks=True)],
                [(Cell(" ".join(each.keys), STRONG), Cell.of(each.help), Cell(each.id, FAINT)) for each in rows],
            )
            parts.append(f"{one_line(title, STRONG)}\n{body}")
    return "\n\n".join(parts)
