"""What the commands of governance print for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.enums import letter, rating
from store.text import join_few
from tui.cli import output
from tui.cli.pages import NARROW, lead, state, status_words
from tui.cli.tables import FAINT, STRONG, STYLES, Cell, Column, one_line, paragraph, table
from tui.render.badges import counted, days
from tui.render.text import line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store.policy import AcceptedRow, CheckRows, OwnerRow, RuleRow
    from store.queries.items import ItemRow

WARNING = "1;31"
WIDE = 84
MOST = 20
"""The keys that a sentence names; `--json` has them all."""


def check(found: CheckRows) -> str:
    """The rules that are broken with their items, then what one cannot tell, then all in a sentence."""
    parts = []
    for rule in found.rules:
        if rule.problem:
            parts.append(f"{_head(rule)}\n{paragraph(f'Not understood: {line(rule.problem)}', WARNING)}")
        elif rule.broken:
            parts.append(f"{_head(rule)}\n{_items([found.items[key] for key in rule.broken])}")
    untold = [rule for rule in found.rules if rule.unknown]
    parts += [
        paragraph(f"Cannot tell of {line(rule.name)}: {join_few([line(key) for key in rule.unknown], most=MOST)}.")
        for rule in untold
    ]
    parts.append(one_line(_summary(found)))
    return "\n\n".join(parts)


def _head(rule: RuleRow) -> str:
    return f"{one_line(line(rule.name), STRONG)}\n{one_line(line(rule.query), FAINT)}"


def _items(rows: Sequence[ItemRow]) -> str:
    if (output.width() or NARROW) < NARROW:
        return "\n".join(
            one_line(f"{line(row.key)} {state(row.severity, row.status)} {lead(row.lead)}") for row in rows
        )
    columns = [Column("Key"), Column("Severity"), Column("Status"), Column("Owner", shrinks=True)]
    columns.append(Column("Title", shrinks=True, least=16))
    cells = [
        (
            Cell.of(row.key, STRONG),
            Cell(rating(row.severity), STYLES[rating(row.severity)]),
            Cell(status_words(row.status), STYLES[row.status.value]),
            Cell.of(row.owner),
            Cell.of(lead(row.lead)),
        )
        for row in rows
    ]
    return table(columns, cells)


def _summary(found: CheckRows) -> str:
    """`2 rules are broken, by 3 items; of 4 items one cannot tell.`"""
    broken = {key for rule in found.rules for key in rule.broken}
    untold = {key for rule in found.rules for key in rule.unknown} - broken
    number = sum(1 for rule in found.rules if rule.broken)
    words = f"{counted(number, 'rule')} {'is' if number == 1 else 'are'} broken, by {counted(len(broken), 'item')}"
    if not broken:
        words = "No rule is broken"
    return f"{words}; of {counted(len(untold), 'item')} one cannot tell." if untold else f"{words}."


def found(rule: RuleRow) -> str:
    """What a rule finds, in a sentence."""
    if rule.problem:
        return f"It is not understood: {rule.problem}."
    words = f"{counted(len(rule.broken), 'item')} break{'s' if len(rule.broken) == 1 else ''} it"
    if not rule.broken:
        words = "No item breaks it"
    return f"{words}; of {counted(len(rule.unknown), 'item')} one cannot tell." if rule.unknown else f"{words}."


def rules(rows: Sequence[RuleRow]) -> str:
    """The rules as a table."""
    columns = [Column("Broken by", right=True), Column("Cannot tell", right=True)]
    columns += [Column("Rule", shrinks=True, least=16), Column("Query", shrinks=True, least=16)]
    cells = [
        (
            Cell("?", WARNING) if row.problem else Cell(str(len(row.broken)), WARNING if row.broken else ""),
            Cell("?" if row.problem else str(len(row.unknown))),
            Cell.of(row.name, STRONG),
            Cell.of(f"{row.query} ({row.problem})" if row.problem else row.query),
        )
        for row in rows
    ]
    return table(columns, cells)


def accepted(rows: Sequence[AcceptedRow]) -> str:
    """The accepted items as a table; with little room a paragraph for each."""
    if (output.width() or NARROW) < NARROW:
        return "\n".join(
            paragraph(
                f"{line(row.key)} {letter(row.severity)}  {_end(row)}; by {line(row.by) or 'nobody named'}"
                f" since {row.since:%Y-%m-%d}: {line(row.why) or 'no reason given'}"
            )
            for row in rows
        )
    columns = [Column("Key"), Column("Severity"), Column("Until"), Column("Since"), Column("By", shrinks=True)]
    columns += [Column("Why", shrinks=True, least=16), Column("Title", shrinks=True)]
    cells = [
        (
            Cell.of(row.key, STRONG),
            Cell(rating(row.severity), STYLES[rating(row.severity)]),
            Cell(_end(row), WARNING if row.state == "ended" else ""),
            Cell(f"{row.since:%Y-%m-%d}"),
            Cell.of(row.by),
            Cell.of(row.why),
            Cell.of(lead(row.lead)),
        )
        for row in rows
    ]
    return table(columns, cells)


def _end(row: AcceptedRow) -> str:
    """`2026-03-31, ended 5 days ago`; `no end`."""
    if row.until is None or row.days is None:
        return "no end"
    if row.state == "ended":
        return f"{row.until.isoformat()}, ended {days(-row.days)} ago"
    if row.state == "ending":
        return f"{row.until.isoformat()}, ends {f'in {days(row.days)}' if row.days else 'today'}"
    return row.until.isoformat()


def owners(rows: Sequence[OwnerRow]) -> str:
    """The owners as a table; what nobody owns stands out. With little room the last columns are left out."""
    room = output.width() or WIDE
    narrow, short = room < NARROW, room < WIDE
    critical, unrated = [row.critical for row in rows], [row.unrated for row in rows]
    names = [Cell.of(row.owner, STRONG) if row.owner is not None else Cell("nobody", WARNING) for row in rows]
    columns: list[tuple[bool, str, list[Cell]]] = [
        (True, "Open", [Cell(str(row.open)) for row in rows]),
        (any(critical), "Crit." if short else "Critical", [Cell(str(number)) for number in critical]),
        (True, "High", [Cell(str(row.high)) for row in rows]),
        (any(unrated), "Unr." if short else "Unrated", [Cell(str(number)) for number in unrated]),
        (True, "Esc." if short else "Escalated", [_warning(row.escalated) for row in rows]),
        (not narrow, "Late" if short else "Overdue", [_warning(row.overdue) for row in rows]),
        (not narrow, "Oldest", [Cell(oldest(row)) for row in rows]),
        (not narrow, "Items", [Cell(str(row.items)) for row in rows]),
    ]
    shown = [(Column(head, right=True), cells) for wanted, head, cells in columns if wanted]
    heads = [Column("Owner", shrinks=True, least=8), *(column for column, _ in shown)]
    return table(heads, list(zip(names, *(cells for _, cells in shown), strict=True)))


def _warning(number: int) -> Cell:
    return Cell(str(number), WARNING if number else "")


def oldest(row: OwnerRow) -> str:
    """`>= 41 days`, empty where nothing is open."""
    if row.oldest_days is None:
        return ""
    return f"{'>= ' if row.oldest_at_least else ''}{days(row.oldest_days)}"
