"""The commands that check the escalation rules, and list accepted items and owners."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from store.enums import letter
from store.errors import NO_ITEMS
from store.text import days, join_few, number_of, plural
from tui.cli import output
from tui.cli.command import PAST, Commands, Found, Session, argument, flag
from tui.cli.json import shaped, snapshot
from tui.cli.options import complete_key
from tui.cli.text import (
    FAINT,
    NARROW,
    STRONG,
    WARNING,
    is_narrow,
    lead,
    one_line,
    paragraph,
    severity_cell,
    state,
    status_cell,
    table_of,
)
from tui.lazy import item_commands, overview_queries, policy
from tui.render.table import Cell, Column
from tui.render.text import line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from store.db.reader import Reader
    from store.policy import AcceptedRow, CheckRows, OwnerRow, RuleRow
    from store.queries.items import ItemRow


commands = Commands()


@commands.session("check", shared=PAST)
def check(
    session: Session,
    quiet: Annotated[bool, flag("--quiet -q", "Print nothing; use the exit code.")] = False,
    record: Annotated[bool, flag("--record", "Record what newly breaks a rule, and what no longer does.")] = False,
) -> None:
    """Check for broken rules, overdue items and ended acceptances.

    Exit code 3 if there are any, or if a rule is invalid. Unknown answers, such as for a missing share of projects,
    are listed, but do not change the exit code.

    Examples:
      ai-debt check
      ai-debt check --quiet || mail -s "debt" lead@example.org
      ai-debt check --record --quiet                 for cron: records what is new
      ai-debt check --json
    """
    with session.database() as opened:
        found = policy.check(opened, record=record)
        with opened.read() as reader:
            at = snapshot(reader)
    if not quiet:
        recorded, cleared = ([shaped("rule pair", pair) for pair in pairs] for pairs in (found.recorded, found.cleared))
        more = {"broken": found.is_broken, "recorded": recorded, "cleared": cleared}
        notes = (_recorded(found),) if record else ()
        session.show(Found("rules", found.rules, lambda: check_text(found), more=more, notes=notes), at)
    if found.is_broken:
        raise typer.Exit(output.FOUND)


def _recorded(found: CheckRows) -> str:
    """What went into the trail."""
    if not found.recorded and not found.cleared:
        return "Nothing new was recorded."
    return f"Recorded: {number_of(len(found.recorded), 'new escalation')}, {len(found.cleared):,} cleared."


@commands.session("accepted", shared=PAST)
def accepted(
    session: Session,
    keys: Annotated[list[str] | None, argument("KEY", "With --reopen, only these items.", complete_key)] = None,
    reopen: Annotated[
        bool, flag("--reopen", "Reopen these items, ended or not; without keys, all whose acceptance has ended.")
    ] = False,
    markdown: Annotated[bool, flag("--markdown", "Print a Markdown document.")] = False,
) -> None:
    """List the accepted items: by whom, why, since and until when. Ended acceptances come first.

    Examples:
      ai-debt accepted
      ai-debt accepted --markdown > accepted.md
      ai-debt accepted --reopen                      all whose acceptance has ended
      ai-debt accepted --reopen EN-001               this one, ended or not
    """
    if keys and not reopen:
        raise typer.BadParameter("name items with --reopen, or leave them out")
    if markdown and (session.as_json or reopen):
        raise typer.BadParameter("--markdown cannot be combined with other options")
    if reopen:
        with session.database() as opened:
            session.tell(item_commands.reopen(opened, keys or None))
        return
    with session.reading() as reader:
        rows, facts = policy.accepted(reader), overview_queries.register_row(reader)
        day, at = reader.today, snapshot(reader)
    if markdown:
        from store.formats.reports import accepted_markdown

        output.emit_text(accepted_markdown(rows, title=facts.title, system=facts.system, day=day))
    else:
        session.show(Found("accepted", rows, lambda: accepted_text(rows), empty="nothing is accepted"), at)


@commands.reads("owners", shared=PAST)
def owners(reader: Reader) -> Found:
    """List the owners with their open debt, unassigned debt first.

    Examples:
      ai-debt owners
      ai-debt owners --json
    """
    rows = policy.owners(reader)
    return Found("owners", rows, lambda: owners_text(rows), empty=NO_ITEMS)


WIDE = 84
MOST = 20
"""The keys that a sentence names; `--json` has them all."""


def check_text(found: CheckRows) -> str:
    """The broken rules with their items, then unknown answers, then a summary."""
    parts = []
    for rule in found.rules:
        if rule.problem:
            parts.append(f"{_rule_head(rule)}\n{paragraph(f'Invalid: {line(rule.problem)}', WARNING)}")
        elif rule.broken:
            parts.append(f"{_rule_head(rule)}\n{_broken_items([found.items[key] for key in rule.broken])}")
    for rule in found.rules:
        if rule.unknown:
            keys = join_few([line(key) for key in rule.unknown], most=MOST)
            parts.append(paragraph(f"Could not check {keys} against {line(rule.name)}."))
    parts.append(one_line(_summary(found)))
    return "\n\n".join(parts)


def _rule_head(rule: RuleRow) -> str:
    return f"{one_line(line(rule.name), STRONG)}\n{one_line(line(rule.query), FAINT)}"


def _broken_items(rows: Sequence[ItemRow]) -> str:
    if is_narrow():
        return "\n".join(
            one_line(f"{line(row.key)} {state(row.severity, row.status)} {lead(row.lead)}") for row in rows
        )
    return table_of(
        rows,
        (Column("Key"), lambda row: Cell.of(row.key, STRONG)),
        (Column("Severity"), lambda row: severity_cell(row.severity)),
        (Column("Status"), lambda row: status_cell(row.status)),
        (Column("Owner", shrinks=True), lambda row: Cell.of(row.owner)),
        (Column("Title", shrinks=True, least=16), lambda row: Cell.of(lead(row.lead))),
    )


def _summary(found: CheckRows) -> str:
    """`2 rules are broken by 3 items; 4 items could not be checked.`"""
    broken = {key for rule in found.rules for key in rule.broken}
    unknown = {key for rule in found.rules for key in rule.unknown} - broken
    number = sum(1 for rule in found.rules if rule.broken)
    words = f"{number_of(number, 'rule')} {plural(number, 'is', 'are')} broken by {number_of(len(broken), 'item')}"
    if not broken:
        words = "No rule is broken"
    return with_unknown(words, len(unknown))


def with_unknown(words: str, number: int) -> str:
    """What a rule finds, and for how many items that is unknown."""
    return f"{words}; {number_of(number, 'item')} could not be checked." if number else f"{words}."


def accepted_text(rows: Sequence[AcceptedRow]) -> str:
    """The accepted items as a table; with little room a paragraph for each."""
    if is_narrow():
        return "\n".join(
            paragraph(
                f"{line(row.key)} {letter(row.severity)}  {_end(row)}; by {line(row.by) or 'not recorded'}"
                f" since {row.since:%Y-%m-%d}: {line(row.why) or 'no reason given'}"
            )
            for row in rows
        )
    return table_of(
        rows,
        (Column("Key"), lambda row: Cell.of(row.key, STRONG)),
        (Column("Severity"), lambda row: severity_cell(row.severity)),
        (Column("Until"), lambda row: Cell(_end(row), WARNING if row.state == "ended" else "")),
        (Column("Since"), lambda row: Cell(f"{row.since:%Y-%m-%d}")),
        (Column("By", shrinks=True), lambda row: Cell.of(row.by)),
        (Column("Why", shrinks=True, least=16), lambda row: Cell.of(row.why)),
        (Column("Title", shrinks=True), lambda row: Cell.of(lead(row.lead))),
    )


def _end(row: AcceptedRow) -> str:
    """`2026-03-31, ended 5 days ago`; `no end`."""
    if row.until is None or row.days is None:
        return "no end"
    if row.state == "ended":
        return f"{row.until.isoformat()}, ended {days(-row.days)} ago"
    if row.state == "ending":
        return f"{row.until.isoformat()}, ends {f'in {days(row.days)}' if row.days else 'today'}"
    return row.until.isoformat()


def owners_text(rows: Sequence[OwnerRow]) -> str:
    """The owners as a table; unassigned debt is highlighted. With little room the last columns are left out."""
    room = output.width() or WIDE
    narrow, short = room < NARROW, room < WIDE
    critical, unrated = any(row.critical for row in rows), any(row.unrated for row in rows)

    def number(
        short_head: str, head: str, cell: Callable[[OwnerRow], Cell]
    ) -> tuple[Column, Callable[[OwnerRow], Cell]]:
        return Column(short_head if short else head, right=True), cell

    return table_of(
        rows,
        (Column("Owner", shrinks=True, least=8), _owner),
        number("Open", "Open", lambda row: Cell(str(row.open))),
        number("Crit.", "Critical", lambda row: Cell(str(row.critical))) if critical else None,
        number("High", "High", lambda row: Cell(str(row.high))),
        number("Unr.", "Unrated", lambda row: Cell(str(row.unrated))) if unrated else None,
        number("Esc.", "Escalated", lambda row: _warning(row.escalated)),
        None if narrow else number("Late", "Overdue", lambda row: _warning(row.overdue)),
        None if narrow else number("Oldest", "Oldest", lambda row: Cell(oldest(row))),
        None if narrow else number("Items", "Items", lambda row: Cell(str(row.items))),
    )


def _owner(row: OwnerRow) -> Cell:
    return Cell.of(row.owner, STRONG) if row.owner is not None else Cell("unassigned", WARNING)


def _warning(number: int) -> Cell:
    return Cell(str(number), WARNING if number else "")


def oldest(row: OwnerRow) -> str:
    """`41+ days`, empty where nothing is open."""
    return "" if row.oldest_days is None else days(row.oldest_days, at_least=row.oldest_at_least)
