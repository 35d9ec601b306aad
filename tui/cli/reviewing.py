"""`ai-debt review`: reviews, their minutes, and what differs since one."""

from typing import Annotated

import typer

from tui.cli import output, shapes
from tui.cli.editing import tell
from tui.cli.help import Command, Group
from tui.cli.options import AsJson, Db
from tui.cli.target import database, reading

app = typer.Typer(cls=Group, rich_markup_mode=None)

Number = Annotated[
    int | None, typer.Argument(metavar="N", min=1, help="A review's number; else the newest.", show_default=False)
]

REVIEW = """\b
Examples:
  ai-debt review
  ai-debt review start --with bo --with cy
  ai-debt review minutes > minutes.md
"""
LIST = """\b
Examples:
  ai-debt review list
  ai-debt review list --json
"""
START = """\b
Examples:
  ai-debt review start
  ai-debt review start --title "Spring review" --with bo --with cy
  ai-debt review start --query "severity:high" --skip-days 0
"""
SHOW = """\b
Examples:
  ai-debt review show
  ai-debt review show 3 --json
"""
MINUTES = """\b
Examples:
  ai-debt review minutes
  ai-debt review minutes 3 > minutes.md
"""
DIFF = """\b
Examples:
  ai-debt review diff                            since the newest review
  ai-debt review diff 3 4                        from the end of one to that of another
"""
SET = """\b
Examples:
  ai-debt review set 3 --participants "ana; bo"
  ai-debt review set 3 --title "Spring review"
"""
FINISH = """\b
Examples:
  ai-debt review finish 3
"""
REOPEN = """\b
Examples:
  ai-debt review reopen 3
"""

ItsNumber = Annotated[int, typer.Argument(metavar="N", min=1, help="The review's number.")]


@app.callback(invoke_without_command=True, epilog=REVIEW)
def review(context: typer.Context, as_json: AsJson = False, db: Db = None) -> None:
    """List the reviews; start one, change it, show it, end it, reopen it, print its minutes, or what differs since.

    In the dashboard `r` goes through a review item by item.
    """
    if context.invoked_subcommand is None:
        _list(context, as_json=as_json, db=db)


@app.command("list", cls=Command, epilog=LIST)
def list_(context: typer.Context, as_json: AsJson = False, db: Db = None) -> None:
    """List the reviews, the newest first."""
    _list(context, as_json=as_json, db=db)


def _list(context: typer.Context, *, as_json: bool, db: str | None) -> None:
    from store.audit.log import head
    from store.review.queries import reviews
    from tui.cli import reviewpage, reviewshapes

    with reading(context, db) as reader:
        rows, newest = reviews(reader), head(reader)
    if as_json:
        output.emit_json("reviews", reviewshapes.reviews(rows), head=shapes.head(newest))
    elif rows:
        output.emit(reviewpage.reviews(rows))
    else:
        output.say("no reviews yet; start one with `ai-debt review start`")


@app.command("start", cls=Command, epilog=START)
def start(
    context: typer.Context,
    title: Annotated[
        str | None,
        typer.Option("--title", metavar="TEXT", help="What it is called; else Retrospective and the date."),
    ] = None,
    with_: Annotated[
        list[str] | None,
        typer.Option("--with", metavar="NAME", help="Who takes part beside you; may be given several times."),
    ] = None,
    query: Annotated[
        str | None, typer.Option("--query", metavar="QUERY", help="Review what it finds; else everything.")
    ] = None,
    skip_days: Annotated[
        int,
        typer.Option("--skip-days", metavar="N", min=0, help="Leave out what was reviewed within N days."),
    ] = 14,
    as_json: AsJson = False,
    db: Db = None,
) -> None:
    """Start a review and print its queue: the items to review, and why, in this order.

    Items with an open follow-up come first, whenever they were reviewed; then acceptances that ended, what is
    escalated, what is open by its score, and the rest. Only one review can be open at a time.
    """
    from store.review import commands as review_commands
    from store.review import queries as review_queries
    from tui.cli import reviewpage

    with database(context, db) as opened:
        people = [opened.actor, *with_] if with_ else None
        started = review_commands.start(opened, title=title, participants=people, query=query, skip_days=skip_days)
        with opened.read() as reader:
            row = review_queries.review(reader, started.number)
    if as_json:
        output.emit_json("done", shapes.done(started.done), review=started.number)
    else:
        tell(started.done, as_json=False)
        output.emit(reviewpage.queue(row))


@app.command("show", cls=Command, epilog=SHOW)
def show(context: typer.Context, number: Number = None, as_json: AsJson = False, db: Db = None) -> None:
    """Show a review: its queue with reasons, and who decided what."""
    from store.audit.log import head
    from store.review import queries as review_queries
    from tui.cli import reviewpage, reviewshapes

    with reading(context, db) as reader:
        row, newest = review_queries.review(reader, number), head(reader)
    if as_json:
        output.emit_json("review", reviewshapes.review(row), head=shapes.head(newest))
    else:
        output.emit(reviewpage.review(row))


@app.command("minutes", cls=Command, epilog=MINUTES)
def minutes(context: typer.Context, number: Number = None, as_json: AsJson = False, db: Db = None) -> None:
    """Print the minutes of a review as Markdown; of an open one, those so far."""
    from store.audit.log import head
    from store.formats.reports import minutes_markdown
    from store.review import minutes as minutes_queries
    from tui.cli import reviewshapes

    with reading(context, db) as reader:
        row, newest = minutes_queries.minutes(reader, number), head(reader)
    if as_json:
        output.emit_json("minutes", reviewshapes.minutes(row), head=shapes.head(newest))
    else:
        output.emit_text(minutes_markdown(row))


@app.command("diff", cls=Command, epilog=DIFF)
def diff(
    context: typer.Context,
    number: Annotated[
        int | None, typer.Argument(metavar="N", min=1, help="Since the end of this review.", show_default=False)
    ] = None,
    other: Annotated[
        int | None, typer.Argument(metavar="M", min=1, help="To the end of this one.", show_default=False)
    ] = None,
    as_json: AsJson = False,
    db: Db = None,
) -> None:
    """List what differs since a review: new, mitigated, accepted, reopened, changed, removed, newly escalated.

    Without numbers it is since the newest review that ended, up to now. What was changed and changed back is no
    difference.
    """
    from store.audit.log import head
    from store.review import minutes as minutes_queries
    from tui.cli import reviewpage, reviewshapes

    with reading(context, db) as reader:
        row, newest = minutes_queries.diff(reader, number, other), head(reader)
    if as_json:
        output.emit_json("diff", reviewshapes.diff(row), head=shapes.head(newest))
    else:
        output.emit(reviewpage.diff(row))


@app.command("set", cls=Command, epilog=SET)
def set_(
    context: typer.Context,
    number: ItsNumber,
    title: Annotated[str | None, typer.Option("--title", metavar="TEXT", help="What it is called.")] = None,
    participants: Annotated[
        str | None, typer.Option("--participants", metavar="NAMES", help="Everybody who takes part, separated by ;")
    ] = None,
    as_json: AsJson = False,
    db: Db = None,
) -> None:
    """Change an open review: its title, or who takes part. `ai-debt undo` takes it back."""
    from store.review.commands import edit_review

    if title is None and participants is None:
        raise typer.BadParameter("say what to set: --title or --participants", ctx=context)
    people = None if participants is None else (participants,)
    with database(context, db) as opened:
        tell(edit_review(opened, number, title=title, participants=people), as_json=as_json)


@app.command("finish", cls=Command, epilog=FINISH)
def finish(context: typer.Context, number: ItsNumber, as_json: AsJson = False, db: Db = None) -> None:
    """End a review; what nobody decided is left."""
    from store.review import commands as review_commands

    with database(context, db) as opened:
        tell(review_commands.finish(opened, number), as_json=as_json)


@app.command("reopen", cls=Command, epilog=REOPEN)
def reopen(context: typer.Context, number: ItsNumber, as_json: AsJson = False, db: Db = None) -> None:
    """Reopen a review that has ended. Only one review can be open at a time."""
    from store.review import commands as review_commands

    with database(context, db) as opened:
        tell(review_commands.reopen(opened, number), as_json=as_json)
