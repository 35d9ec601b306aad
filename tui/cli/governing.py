"""The commands of governance: what breaks the rules, what was accepted, who owns what."""

from typing import TYPE_CHECKING, Annotated

import typer

from tui.cli import output, shapes
from tui.cli.help import Command
from tui.cli.options import AsJson, AsOf, Db, complete_key
from tui.cli.target import database, reading

if TYPE_CHECKING:
    from store.policy import CheckRows


def add_to(app: typer.Typer) -> None:
    """Add these commands to a Typer."""
    app.command("check", cls=Command, epilog=CHECK)(check)
    app.command("accepted", cls=Command, epilog=ACCEPTED)(accepted)
    app.command("owners", cls=Command, epilog=OWNERS)(owners)


CHECK = """\b
Examples:
  ai-debt check
  ai-debt check --quiet || mail -s "debt" lead@example.org
  ai-debt check --record --quiet                 for cron: what is new goes into the history
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
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing: the exit code says it.")] = False,
    record: Annotated[
        bool, typer.Option("--record", help="Write what is newly broken, and what no longer is, into the history.")
    ] = False,
    as_of: AsOf = None,
    as_json: AsJson = False,
    db: Db = None,
) -> None:
    """Look whether any item breaks an escalation rule, is overdue, or has an acceptance that has ended.

    Exit code 3 when something does, or a rule is not understood. Of what one cannot tell, such as a share of projects
    that nobody said, it is said so; that alone is exit code 0.
    """
    from store import policy
    from store.audit.log import head
    from tui.cli import policypages

    with database(context, db, as_of) as opened:
        found = policy.check(opened, record=record)
        with opened.read() as reader:
            newest, then = head(reader), shapes.as_of(reader)
    if as_json and not quiet:
        output.emit_json("rules", shapes.rules(found.rules), **shapes.checked(found), head=shapes.head(newest), **then)
    elif not quiet:
        output.emit(policypages.check(found))
        if record:
            output.say(_recorded(found))
    if found.is_broken:
        raise typer.Exit(output.FOUND)


def _recorded(found: "CheckRows") -> str:
    """What went into the trail."""
    from tui.render.badges import counted

    if not found.recorded and not found.cleared:
        return "Nothing new was recorded."
    return f"Recorded: {counted(len(found.recorded), 'time')} newly broken, {len(found.cleared)} no longer."


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
        typer.Option("--reopen", help="Open again what is named, ended or not; without names all that has ended."),
    ] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print a Markdown document.")] = False,
    as_of: AsOf = None,
    as_json: AsJson = False,
    db: Db = None,
) -> None:
    """List the accepted items: by whom, why, since and until when. What has ended comes first."""
    from store import policy
    from store.audit.log import head
    from store.commands import items
    from store.queries.overview import register_row
    from tui.cli import policypages
    from tui.cli.editing import tell

    if keys and not reopen:
        raise typer.BadParameter("name items with --reopen, or leave them out", ctx=context)
    if markdown and (as_json or reopen):
        raise typer.BadParameter("--markdown goes with no other of these", ctx=context)
    if reopen:
        with database(context, db, as_of) as opened:
            tell(items.reopen(opened, keys or None), as_json=as_json)
        return
    with reading(context, db, as_of) as reader:
        rows, newest, facts = policy.accepted(reader), head(reader), register_row(reader)
        day, then = reader.today, shapes.as_of(reader)
    if as_json:
        output.emit_json("accepted", shapes.accepted(rows), head=shapes.head(newest), **then)
    elif markdown:
        from store.formats.reports import accepted_markdown as document

        output.emit_text(document(rows, title=facts.title, system=facts.system, day=day))
    elif rows:
        output.emit(policypages.accepted(rows))
    else:
        output.say("nothing is accepted")


def owners(context: typer.Context, as_of: AsOf = None, as_json: AsJson = False, db: Db = None) -> None:
    """List the owners with their open debt, what nobody owns first."""
    from store import policy
    from store.audit.log import head
    from tui.cli import policypages

    with reading(context, db, as_of) as reader:
        rows, newest, then = policy.owners(reader), head(reader), shapes.as_of(reader)
    if as_json:
        output.emit_json("owners", shapes.owners(rows), head=shapes.head(newest), **then)
    elif rows:
        output.emit(policypages.owners(rows))
    else:
        output.say("the register has no items yet")
