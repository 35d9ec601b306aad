"""The commands of saved queries: views, and the rules that escalate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from store.enums import SavedKind
from store.fields import required_line
from store.text import number_of, plural, same_name
from tui.cli import output
from tui.cli.command import Commands, Found, QueryCommand, Session, argument
from tui.cli.options import Yes, complete_rule, complete_view, composed
from tui.cli.output import confirmed
from tui.cli.policy import with_unknown
from tui.cli.text import STRONG, WARNING, table_of
from tui.lazy import lookup, overview_queries, policy, saved_query_commands
from tui.render.table import Cell, Column

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store.audit.log import Done
    from store.db.database import Database
    from store.db.reader import Reader
    from store.policy import RuleRow
    from store.queries.overview import ViewRow

commands, view_group, rule_group = Commands(), Commands(), Commands()
commands.add_typer(view_group, name="view")
commands.add_typer(rule_group, name="rule")


View = Annotated[str, argument("NAME", "The view's name; case does not matter.", complete_view)]
Rule = Annotated[str, argument("NAME", "The rule's name.", complete_rule)]
NewName = Annotated[str, argument("NEW", "Its new name.")]


@view_group.lists
def view(reader: Reader) -> Found:
    """List the views with their counts; save, rename, remove them.

    Examples:
      ai-debt view
      ai-debt view save "Amber, by age" "component:Amber status:open sort:age"
      ai-debt list --view "Amber, by age"
    """
    rows = overview_queries.views(reader)
    problems = tuple(f"{row.name}: {row.problem}" for row in rows if row.problem)
    return Found("views", rows, lambda: views_text(rows), notes=problems)


@view_group.session("save", cls=QueryCommand)
def save_view(
    session: Session,
    name: View,
    query: Annotated[list[str], argument("QUERY", 'Its filter, such as "severity:high owner:none".')],
    yes: Yes = False,
) -> None:
    """Save a filter as a view. A view of the same name is replaced, after a question.

    Examples:
      ai-debt view save Mine "owner:ana status:open,in-progress"
      ai-debt view save Mine "owner:ana sort:-age" --yes
    """
    name, text = required_line("name", name), composed(query, {}).text
    with session.database() as opened:
        with opened.read() as reader:
            rows = lookup.saved_queries(reader, SavedKind.VIEW)
        row = next((row for row in rows if same_name(row.name, name)), None)
        if row is not None and row.query != text:
            confirmed(f"Replace the view {row.name}, which is {row.query}?", yes=yes)
        before = row.query if row is not None else None
        session.tell(saved_query_commands.save_query(opened, SavedKind.VIEW, name, text, before=before))


@view_group.writes("rename")
def rename_view(opened: Database, name: View, new: NewName) -> Done:
    """Rename a saved view.

    Examples:
      ai-debt view rename Mine "Ana's debt"
    """
    return saved_query_commands.edit_query(opened, SavedKind.VIEW, name, {"name": new})


@view_group.writes("remove")
def remove_view(opened: Database, name: View) -> Done:
    """Remove a saved view; `ai-debt undo` restores it.

    Examples:
      ai-debt view remove Mine
    """
    return saved_query_commands.remove_query(opened, SavedKind.VIEW, name)


@rule_group.lists
def rule(reader: Reader) -> Found:
    """List the escalation rules, or save, rename and remove them.

    Examples:
      ai-debt rule
      ai-debt rule list --json
      ai-debt rule save "Old and High" severity:high status:open,in-progress "age:>30d"
    """
    return list_rules(reader)


@rule_group.reads("list")
def list_rules(reader: Reader) -> Found:
    """List the rules, with their queries and how many items break them.

    Examples:
      ai-debt rule
      ai-debt rule list --json
      ai-debt rule save "Old and High" severity:high status:open,in-progress "age:>30d"
    """
    rows, empty = policy.rules(reader), "no rules yet: add one with `ai-debt rule save NAME QUERY`"
    return Found("rules", rows, lambda: rules_text(rows), empty=empty)


@rule_group.session("save")
def save_rule(
    session: Session,
    name: Rule,
    query: Annotated[list[str], argument("QUERY", "What breaks the rule, in the filter language.")],
) -> None:
    """Save a query as a rule; a rule of the same name is replaced.

    Examples:
      ai-debt rule save "Old and High" severity:high status:open,in-progress "age:>30d"
      ai-debt rule save "Amber" "component:Amber age:>14d"
    """
    name = required_line("name", name)
    with session.database() as opened:
        session.tell(saved_query_commands.save_query(opened, SavedKind.RULE, name, " ".join(query)))
        if not session.as_json:
            with opened.read() as reader:
                rows = policy.rules(reader)
            output.say(rule_text(next(row for row in rows if same_name(row.name, name))))


@rule_group.writes("rename")
def rename_rule(opened: Database, name: Rule, new: NewName) -> Done:
    """Rename a rule.

    Examples:
      ai-debt rule rename "Amber" "Amber, two weeks"
    """
    return saved_query_commands.rename_query(opened, SavedKind.RULE, name, new)


@rule_group.writes("remove")
def remove_rule(opened: Database, name: Rule) -> Done:
    """Remove a rule. `undo` restores it.

    Examples:
      ai-debt rule remove "Amber"
    """
    return saved_query_commands.remove_query(opened, SavedKind.RULE, name)


def views_text(rows: Sequence[ViewRow]) -> str:
    """The views as a table; a column for unknown answers only where there is one."""
    has_unknown = any(row.unknown for row in rows)
    return table_of(
        rows,
        (Column("View", shrinks=True, least=12), lambda row: Cell.of(row.name, STRONG)),
        (Column("Items", right=True), lambda row: Cell(_number(row.items))),
        (Column("Unknown", right=True), lambda row: Cell(_number(row.unknown))) if has_unknown else None,
        (Column("Filter", shrinks=True, least=12), lambda row: Cell.of(row.query)),
    )


def _number(number: int | None) -> str:
    return "?" if number is None else f"{number:,}"


def rule_text(rule: RuleRow) -> str:
    """What a rule finds, in a sentence."""
    if rule.problem:
        return f"It is invalid: {rule.problem}."
    words = f"{number_of(len(rule.broken), 'item')} {plural(len(rule.broken), 'breaks', 'break')} it"
    if not rule.broken:
        words = "No item breaks it"
    return with_unknown(words, len(rule.unknown))


def rules_text(rows: Sequence[RuleRow]) -> str:
    """The rules as a table."""
    return table_of(
        rows,
        (Column("Broken by", right=True), _broken),
        (Column("Unknown", right=True), lambda row: Cell("?" if row.problem else str(len(row.unknown)))),
        (Column("Rule", shrinks=True, least=16), lambda row: Cell.of(row.name, STRONG)),
        (
            Column("Query", shrinks=True, least=16),
            lambda row: Cell.of(f"{row.query} ({row.problem})" if row.problem else row.query),
        ),
    )


def _broken(row: RuleRow) -> Cell:
    return Cell("?" if row.problem else str(len(row.broken)), WARNING if row.problem or row.broken else "")
