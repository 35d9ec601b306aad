"""`ai-debt followups`: what is still to do after reviews, and marking it done."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from store.enums import FollowUpState
from store.errors import NotFoundError
from tui.cli import output, shapes
from tui.cli.editing import tell
from tui.cli.fieldoptions import AllowPast, refuse_past, values
from tui.cli.help import Command, Group
from tui.cli.options import AsJson, AsOf, Db, Key, complete_follow_up, complete_key
from tui.cli.target import database, day_of, reading

if TYPE_CHECKING:
    from typer._click import Context
    from typer._click.shell_completion import CompletionItem

    from store.db.database import Database
    from store.fields import FieldValue


class KeyOrCommand(Group):
    """A group whose first word may be the key of an item: without a subcommand it lists."""

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """Take `list` for granted where no subcommand is named, unless a shell is still to complete it."""
        named = {*self.commands, *ctx.help_option_names}.intersection(args)
        is_complete = named or (ctx.resilient_parsing and not args)
        return super().parse_args(ctx, args if is_complete else ["list", *args])

    def shell_complete(self, ctx: Context, incomplete: str) -> list[CompletionItem]:
        """The subcommands, and what `list` takes."""
        command = self.commands["list"]
        key = next(param for param in command.params if param.name == "key")
        with command.make_context("list", [], parent=ctx, resilient_parsing=True) as listing:
            found = [*command.shell_complete(listing, incomplete), *key.shell_complete(listing, incomplete)]
        own = super().shell_complete(ctx, incomplete)
        known = {each.value for each in own}
        return [*own, *(each for each in found if each.value not in known)]

    def collect_usage_pieces(self, ctx: Context) -> list[str]:
        """The pieces of the usage line, with the arguments that are understood without a subcommand."""
        del ctx
        return ["[OPTIONS] [KEY] | COMMAND [ARGS]..."]


app = typer.Typer(cls=KeyOrCommand, rich_markup_mode=None)

OptionalKey = Annotated[
    str | None,
    typer.Argument(metavar="KEY", help="Only those of this item.", show_default=False, autocompletion=complete_key),
]
Numbers = Annotated[
    list[int],
    typer.Argument(metavar="N", min=1, help="Numbers of follow-ups.", autocompletion=complete_follow_up),
]
Owner = Annotated[str | None, typer.Option("--owner", metavar="NAME", help="Who does it.")]
DueOn = Annotated[str | None, typer.Option("--due-on", metavar="DATE", help="When it is due, such as 2026-06-30.")]
Number = Annotated[
    int, typer.Argument(metavar="N", min=1, help="The number of a follow-up.", autocompletion=complete_follow_up)
]

FOLLOW_UPS = """\b
Examples:
  ai-debt followups                              what is open, the next due at the top
  ai-debt followups EN-001 --all                 also what was done or dropped
  ai-debt followups --overdue --owner bo
  ai-debt followups done 3
  ai-debt followups list --help                  the options of the list
"""
LIST = """\b
Examples:
  ai-debt followups list
  ai-debt followups list EN-001 --all
  ai-debt followups list --overdue --owner none
  ai-debt followups list --done --dropped --json
"""
ADD = """\b
Examples:
  ai-debt followups add EN-001 "ask the vendor"
  ai-debt followups add EN-001 "ask the vendor" --owner bo --due-on 2026-06-30
"""
DONE = """\b
Examples:
  ai-debt followups done 3
  ai-debt followups done 3 4 5
"""
DROP = """\b
Examples:
  ai-debt followups drop 3
"""
REOPEN = """\b
Examples:
  ai-debt followups reopen 3
"""
EDIT = """\b
Examples:
  ai-debt followups edit 3 --owner bo --due-on 2026-06-30
  ai-debt followups edit 3 --due-on ""           clears the due date
"""


@app.callback(epilog=FOLLOW_UPS)
def followups(db: Db = None) -> None:
    """List the follow-ups of reviews; add one, mark them done, drop them, reopen them, or edit them.

    Without a command it lists those that are open, with KEY those of one item.
    """
    del db


@app.command("list", cls=Command, epilog=LIST)
def list_(
    context: typer.Context,
    key: OptionalKey = None,
    all_: Annotated[bool, typer.Option("--all", "-a", help="In whatever state.")] = False,
    open_: Annotated[bool, typer.Option("--open", help="Those that are open; also without an option.")] = False,
    overdue: Annotated[bool, typer.Option("--overdue", help="Open ones that are past their due date.")] = False,
    done: Annotated[bool, typer.Option("--done", help="Those that were done.")] = False,
    dropped: Annotated[bool, typer.Option("--dropped", help="Those that were dropped.")] = False,
    owner: Annotated[
        str | None,
        typer.Option("--owner", metavar="NAME", help="Only those of an owner: a name, * for any letters, or none."),
    ] = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
    db: Db = None,
) -> None:
    """List the follow-ups: open ones first, the next due at the top. Several states may be asked for at once."""
    from store.audit.log import head
    from store.queries.follow_ups import follow_ups
    from tui.cli import pages

    asked = {FollowUpState.OPEN: open_ or overdue, FollowUpState.DONE: done, FollowUpState.DROPPED: dropped}
    states = [state for state, wanted in asked.items() if wanted] or [FollowUpState.OPEN]
    with reading(context, db, as_of) as reader:
        rows = follow_ups(reader, key=key, states=None if all_ else states, owner=owner)
        newest, then = head(reader), shapes.as_of(reader)
        known = rows or follow_ups(reader)
    if overdue and not (all_ or open_):
        rows = tuple(row for row in rows if not row.is_open or row.overdue_days)
    if as_json:
        output.emit_json("followups", shapes.follow_ups(rows), head=shapes.head(newest), **then)
    elif rows:
        output.emit(pages.follow_ups(rows))
    elif known:
        only_open = states == [FollowUpState.OPEN] and not (all_ or overdue or owner)
        output.say("no open follow-ups" if only_open and key is None else "no follow-up matches")
    else:
        output.say("there are no follow-ups yet; a review records them")


@app.command("add", cls=Command, epilog=ADD)
def add(
    context: typer.Context,
    key: Key,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What is to be done.")],
    owner: Owner = None,
    due_on: DueOn = None,
    allow_past: AllowPast = False,
    as_json: AsJson = False,
    db: Db = None,
) -> None:
    """Record a follow-up in the review that is open, on an item of its queue."""
    from store.review.commands import follow_up
    from store.review.queries import unfinished

    with database(context, db) as opened:
        due = _due(opened, due_on, allow_past=allow_past)
        with opened.read() as reader:
            review = unfinished(reader)
        if review is None:
            raise NotFoundError("no review is open to record it in", "start one with `ai-debt review start`")
        tell(follow_up(opened, review.number, key, text=text, owner=owner, due_on=due), as_json=as_json)


def _due(opened: Database, typed: str | None, *, allow_past: bool, number: int | None = None) -> date | None:
    """A due date as typed, of a new follow-up or the one of a number. Raises InvalidValueError."""
    from store.queries.follow_ups import follow_ups

    today = day_of(opened)
    given = values({"due_on": typed}, today)
    if not allow_past:
        with opened.read() as reader:
            rows = [row for row in follow_ups(reader) if row.number == number]
        refuse_past(given, lambda: rows, today)
    due = given.get("due_on")
    return due if isinstance(due, date) else None


def _mark(context: typer.Context, numbers: list[int], state: FollowUpState, *, as_json: bool, db: str | None) -> None:
    from store.review.commands import mark_follow_ups

    with database(context, db) as opened:
        tell(mark_follow_ups(opened, numbers, state), as_json=as_json)


@app.command("done", cls=Command, epilog=DONE)
def done(context: typer.Context, numbers: Numbers, as_json: AsJson = False, db: Db = None) -> None:
    """Mark follow-ups done, as one step that `undo` takes back."""
    _mark(context, numbers, FollowUpState.DONE, as_json=as_json, db=db)


@app.command("drop", cls=Command, epilog=DROP)
def drop(context: typer.Context, numbers: Numbers, as_json: AsJson = False, db: Db = None) -> None:
    """Drop follow-ups that nobody will do, as one step that `undo` takes back."""
    _mark(context, numbers, FollowUpState.DROPPED, as_json=as_json, db=db)


@app.command("reopen", cls=Command, epilog=REOPEN)
def reopen(context: typer.Context, numbers: Numbers, as_json: AsJson = False, db: Db = None) -> None:
    """Reopen follow-ups that were done or dropped."""
    _mark(context, numbers, FollowUpState.OPEN, as_json=as_json, db=db)


@app.command("edit", cls=Command, epilog=EDIT)
def edit(
    context: typer.Context,
    number: Number,
    text: Annotated[str | None, typer.Option("--text", metavar="TEXT", help="What is to be done.")] = None,
    owner: Owner = None,
    due_on: DueOn = None,
    allow_past: AllowPast = False,
    as_json: AsJson = False,
    db: Db = None,
) -> None:
    """Change the text, the owner or the due date of a follow-up. An empty owner or date clears it."""
    from store.review.commands import edit_follow_up

    changes: dict[str, FieldValue] = {
        name: typed for name, typed in (("text", text), ("owner", owner)) if typed is not None
    }
    if not changes and due_on is None:
        raise typer.BadParameter("nothing to change: add --text, --owner or --due-on", context)
    with database(context, db) as opened:
        if due_on is not None:
            changes["due_on"] = _due(opened, due_on, allow_past=allow_past, number=number)
        tell(edit_follow_up(opened, number, changes), as_json=as_json)
