"""The commands of the escalation rules, accepted items and owners."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from store.enums import letter, rating
from store.errors import NO_ITEMS
from store.text import days, join_few, number_of, plural, same_name
from tui.cli import output
from tui.cli.json import shaped, snapshot
from tui.cli.options import AsJson, AsOf, Command, Db, Group, complete_key, completed
from tui.cli.output import tell
from tui.cli.target import database, reading
from tui.cli.text import FAINT, NARROW, STRONG, STYLES, lead, one_line, paragraph, state, status_words, table
from tui.render.table import Cell, Column
from tui.render.text import line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store.db.database import Database
    from store.db.reader import Reader
    from store.policy import AcceptedRow, CheckRows, OwnerRow, RuleRow
    from store.queries.items import ItemRow


def add_to(app: typer.Typer) -> None:
    """Add these commands to a Typer."""
    app.command("check", cls=Command, epilog=CHECK)(check)
    app.command("accepted", cls=Command, epilog=ACCEPTED)(accepted)
    app.command("owners", cls=Command, epilog=OWNERS)(owners)
    app.add_typer(rule_group, name="rule")


CHECK = """\b
Examples:
  ai-debt check
  ai-debt check --quiet || mail -s "debt" lead@example.org
  ai-debt check --record --quiet                 for cron: records what is new
  ai-debt check --json
"""
ACCEPTED = """\b
Examples:
  ai-debt accepted
  ai-debt accepted --markdown > accepted.md
  ai-debt accepted --reopen                      all whose acceptance has ended
  ai-debt accepted --reopen EN-001               this one, ended or not
"""
OWNERS = """\b
Examples:
  ai-debt owners
  ai-debt owners --json
"""


def check(
    context: typer.Context,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing; use the exit code.")] = False,
    record: Annotated[
        bool, typer.Option("--record", help="Record what is newly broken and what no longer is.")
    ] = False,
    as_of: AsOf = None,
    as_json: AsJson = False,
    db: Db = None,
) -> None:
    """Check whether any item breaks an escalation rule, is overdue, or has an acceptance that has ended.

    Exit code 3 if one does, or if a rule is invalid. Unknown answers, such as for a missing share of projects,
    are listed; they alone are exit code 0.
    """
    from store import policy

    with database(context, db, as_of) as opened:
        found = policy.check(opened, record=record)
        with opened.read() as reader:
            at = snapshot(reader)
    if as_json and not quiet:
        recorded, cleared = ([shaped("rule pair", pair) for pair in pairs] for pairs in (found.recorded, found.cleared))
        output.emit_json("rules", found.rules, broken=found.is_broken, recorded=recorded, cleared=cleared, **at)
    elif not quiet:
        output.emit(check_text(found))
        if record:
            output.say(_recorded(found))
    if found.is_broken:
        raise typer.Exit(output.FOUND)


def _recorded(found: CheckRows) -> str:
    """What went into the trail."""
    if not found.recorded and not found.cleared:
        return "Nothing new was recorded."
    return f"Recorded: {number_of(len(found.recorded), 'new escalation')}, {len(found.cleared):,} cleared."


def accepted(
    context: typer.Context,
    keys: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="KEY", help="With --reopen: only these.", show_default=False, autocompletion=complete_key
        ),
    ] = None,
    reopen: Annotated[
        bool,
        typer.Option(
            "--reopen", help="Reopen the named items, ended or not; without names, all whose acceptance ended."
        ),
    ] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print a Markdown document.")] = False,
    as_of: AsOf = None,
    as_json: AsJson = False,
    db: Db = None,
) -> None:
    """List the accepted items: by whom, why, since and until when. Ended acceptances come first."""
    from store import policy
    from store.commands import items
    from store.queries.overview import register_row

    if keys and not reopen:
        raise typer.BadParameter("name items with --reopen, or leave them out", ctx=context)
    if markdown and (as_json or reopen):
        raise typer.BadParameter("--markdown cannot be combined with other options", ctx=context)
    if reopen:
        with database(context, db, as_of) as opened:
            tell(items.reopen(opened, keys or None), as_json=as_json)
        return
    with reading(context, db, as_of) as reader:
        rows, facts = policy.accepted(reader), register_row(reader)
        day, at = reader.today, snapshot(reader)
    if as_json:
        output.emit_json("accepted", rows, **at)
    elif markdown:
        from store.formats.reports import accepted_markdown as document

        output.emit_text(document(rows, title=facts.title, system=facts.system, day=day))
    elif rows:
        output.emit(accepted_text(rows))
    else:
        output.say("nothing is accepted")


def owners(context: typer.Context, as_of: AsOf = None, as_json: AsJson = False, db: Db = None) -> None:
    """List the owners with their open debt, unassigned debt first."""
    from store import policy

    with reading(context, db, as_of) as reader:
        rows, at = policy.owners(reader), snapshot(reader)
    if as_json:
        output.emit_json("owners", rows, **at)
    elif rows:
        output.emit(owners_text(rows))
    else:
        output.say(NO_ITEMS)


rule_group = typer.Typer(cls=Group, rich_markup_mode=None)

Query = Annotated[list[str], typer.Argument(metavar="QUERY", help="What breaks the rule, in the filter language.")]

LIST = """\b
Examples:
  ai-debt rule
  ai-debt rule list --json
  ai-debt rule save "Old and High" severity:high status:open,in-progress "age:>30d"
"""
SAVE = """\b
Examples:
  ai-debt rule save "Old and High" severity:high status:open,in-progress "age:>30d"
  ai-debt rule save "Amber" "component:Amber age:>14d"
"""
RENAME = """\b
Examples:
  ai-debt rule rename "Amber" "Amber, two weeks"
"""
REMOVE = """\b
Examples:
  ai-debt rule remove "Amber"
"""


def complete_rule(context: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """The names of the rules and what they ask."""

    def find(reader: Reader) -> list[tuple[str, str]]:
        from store.enums import SavedKind
        from store.queries.lookup import saved_queries

        rows = saved_queries(reader, SavedKind.RULE)
        return [(row.name, row.query) for row in rows if row.name.startswith(incomplete)]

    return completed(context, find)


Name = Annotated[str, typer.Argument(metavar="NAME", help="The rule's name.", autocompletion=complete_rule)]


@rule_group.callback(invoke_without_command=True, epilog=LIST)
def rule(context: typer.Context, as_json: AsJson = False, db: Db = None) -> None:
    """List the escalation rules, or save, rename and remove them."""
    if context.invoked_subcommand is None:
        _list(context, as_json, db)


@rule_group.command("list", cls=Command, epilog=LIST)
def list_(context: typer.Context, as_json: AsJson = False, db: Db = None) -> None:
    """List the rules: the query of each, how many items break it, and for how many that is unknown."""
    _list(context, as_json, db)


def _list(context: typer.Context, as_json: bool, db: str | None) -> None:
    from store.policy import rules

    with reading(context, db) as reader:
        rows, at = rules(reader), snapshot(reader)
    if as_json:
        output.emit_json("rules", rows, **at)
    elif rows:
        output.emit(rules_text(rows))
    else:
        output.say("there are no rules yet: `ai-debt rule save NAME QUERY` adds one")


@rule_group.command(cls=Command, epilog=SAVE)
def save(context: typer.Context, name: Name, query: Query, as_json: AsJson = False, db: Db = None) -> None:
    """Save a query as a rule; a rule of the same name is replaced."""
    from store.commands.saved_queries import save_query
    from store.enums import SavedKind

    with database(context, db) as opened:
        tell(save_query(opened, SavedKind.RULE, name, " ".join(query)), as_json=as_json)
        if not as_json:
            _say_found(opened, name)


def _say_found(opened: Database, name: str) -> None:
    """What a rule finds now."""
    from store.policy import rules

    with opened.read() as reader:
        rows = rules(reader)
    output.say(rule_text(next(row for row in rows if same_name(row.name, name))))


@rule_group.command(cls=Command, epilog=RENAME)
def rename(
    context: typer.Context,
    name: Name,
    new: Annotated[str, typer.Argument(metavar="NEW", help="Its new name.")],
    as_json: AsJson = False,
    db: Db = None,
) -> None:
    """Rename a rule."""
    from store.commands.saved_queries import rename_query
    from store.enums import SavedKind

    with database(context, db) as opened:
        tell(rename_query(opened, SavedKind.RULE, name, new), as_json=as_json)


@rule_group.command(cls=Command, epilog=REMOVE)
def remove(context: typer.Context, name: Name, as_json: AsJson = False, db: Db = None) -> None:
    """Remove a rule. `undo` restores it."""
    from store.commands.saved_queries import remove_query
    from store.enums import SavedKind

    with database(context, db) as opened:
        tell(remove_query(opened, SavedKind.RULE, name), as_json=as_json)


WARNING = "1;31"
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
    unknown = [rule for rule in found.rules if rule.unknown]
    parts += [
        paragraph(f"Unknown for {line(rule.name)}: {join_few([line(key) for key in rule.unknown], most=MOST)}.")
        for rule in unknown
    ]
    parts.append(one_line(_summary(found)))
    return "\n\n".join(parts)


def _rule_head(rule: RuleRow) -> str:
    return f"{one_line(line(rule.name), STRONG)}\n{one_line(line(rule.query), FAINT)}"


def _broken_items(rows: Sequence[ItemRow]) -> str:
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
    """`2 rules are broken by 3 items; 4 items could not be checked.`"""
    broken = {key for rule in found.rules for key in rule.broken}
    unknown = {key for rule in found.rules for key in rule.unknown} - broken
    number = sum(1 for rule in found.rules if rule.broken)
    words = f"{number_of(number, 'rule')} {plural(number, 'is', 'are')} broken by {number_of(len(broken), 'item')}"
    if not broken:
        words = "No rule is broken"
    return f"{words}; {number_of(len(unknown), 'item')} could not be checked." if unknown else f"{words}."


def rule_text(rule: RuleRow) -> str:
    """What a rule finds, in a sentence."""
    if rule.problem:
        return f"It is invalid: {rule.problem}."
    words = f"{number_of(len(rule.broken), 'item')} {plural(len(rule.broken), 'breaks', 'break')} it"
    if not rule.broken:
        words = "No item breaks it"
    return f"{words}; {number_of(len(rule.unknown), 'item')} could not be checked." if rule.unknown else f"{words}."


def rules_text(rows: Sequence[RuleRow]) -> str:
    """The rules as a table."""
    columns = [Column("Broken by", right=True), Column("Unknown", right=True)]
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


def accepted_text(rows: Sequence[AcceptedRow]) -> str:
    """The accepted items as a table; with little room a paragraph for each."""
    if (output.width() or NARROW) < NARROW:
        return "\n".join(
            paragraph(
                f"{line(row.key)} {letter(row.severity)}  {_end(row)}; by {line(row.by) or 'not recorded'}"
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


def owners_text(rows: Sequence[OwnerRow]) -> str:
    """The owners as a table; unassigned debt is highlighted. With little room the last columns are left out."""
    room = output.width() or WIDE
    narrow, short = room < NARROW, room < WIDE
    critical, unrated = [row.critical for row in rows], [row.unrated for row in rows]
    names = [Cell.of(row.owner, STRONG) if row.owner is not None else Cell("unassigned", WARNING) for row in rows]
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
    """`41+ days`, empty where nothing is open."""
    return "" if row.oldest_days is None else days(row.oldest_days, at_least=row.oldest_at_least)
