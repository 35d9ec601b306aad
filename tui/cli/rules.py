"""`ai-debt rule`: the escalation rules, and changing them."""

from typing import TYPE_CHECKING, Annotated

import typer

from store.text import same_name
from tui.cli import output, shapes
from tui.cli.editing import tell
from tui.cli.help import Command, Group
from tui.cli.options import AsJson, Db
from tui.cli.target import database, reading

if TYPE_CHECKING:
    from store.db.database import Database

app = typer.Typer(cls=Group, rich_markup_mode=None)

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
    """The names of the rules and what they ask; none where the register cannot be read."""
    try:
        from store.enums import SavedKind
        from store.queries.lookup import saved_queries
        from tui.render.text import line

        with reading(context, None) as reader:
            rows = saved_queries(reader, SavedKind.RULE)
        return [(row.name, line(row.query)) for row in rows if row.name.startswith(incomplete)]
    except Exception:
        return []


Name = Annotated[str, typer.Argument(metavar="NAME", help="The rule's name.", autocompletion=complete_rule)]


@app.callback(invoke_without_command=True, epilog=LIST)
def rule(context: typer.Context, as_json: AsJson = False, db: Db = None) -> None:
    """List the escalation rules, or save, rename and remove them."""
    if context.invoked_subcommand is None:
        _list(context, as_json, db)


@app.command("list", cls=Command, epilog=LIST)
def list_(context: typer.Context, as_json: AsJson = False, db: Db = None) -> None:
    """List the rules: what each asks, how many items break it, and of how many one cannot tell."""
    _list(context, as_json, db)


def _list(context: typer.Context, as_json: bool, db: str | None) -> None:
    from store.audit.log import head
    from store.policy import rules
    from tui.cli import policypages

    with reading(context, db) as reader:
        rows, newest = rules(reader), head(reader)
    if as_json:
        output.emit_json("rules", shapes.rules(rows), head=shapes.head(newest))
    elif rows:
        output.emit(policypages.rules(rows))
    else:
        output.say("there are no rules yet: `ai-debt rule save NAME QUERY` makes one")


@app.command(cls=Command, epilog=SAVE)
def save(context: typer.Context, name: Name, query: Query, as_json: AsJson = False, db: Db = None) -> None:
    """Keep a query as a rule; the one that has the name is replaced."""
    from store.commands.saved_queries import save_query
    from store.enums import SavedKind

    with database(context, db) as opened:
        tell(save_query(opened, SavedKind.RULE, name, " ".join(query)), as_json=as_json)
        if not as_json:
            _say_found(opened, name)


def _say_found(opened: "Database", name: str) -> None:
    """What a rule finds now."""
    from store.policy import rules
    from tui.cli import policypages

    with opened.read() as reader:
        rows = rules(reader)
    output.say(policypages.found(next(row for row in rows if same_name(row.name, name))))


@app.command(cls=Command, epilog=RENAME)
def rename(
    context: typer.Context,
    name: Name,
    new: Annotated[str, typer.Argument(metavar="NEW", help="Its new name.")],
    as_json: AsJson = False,
    db: Db = None,
) -> None:
    """Give a rule another name."""
    from store.commands.saved_queries import rename_query
    from store.enums import SavedKind

    with database(context, db) as opened:
        tell(rename_query(opened, SavedKind.RULE, name, new), as_json=as_json)


@app.command(cls=Command, epilog=REMOVE)
def remove(context: typer.Context, name: Name, as_json: AsJson = False, db: Db = None) -> None:
    """Remove a rule. `undo` brings it back."""
    from store.commands.saved_queries import remove_query
    from store.enums import SavedKind

    with database(context, db) as opened:
        tell(remove_query(opened, SavedKind.RULE, name), as_json=as_json)
