"""The commands that change items and dependencies, and take changes back."""

from typing import TYPE_CHECKING, Annotated

import typer

from store.errors import InvalidValueError
from store.fields import REQUIRED_FOR_NEW
from tui.cli import output, shapes
from tui.cli.fieldoptions import AllowPast, Extra, Was, expected, extras, field_options, refuse_past, values
from tui.cli.help import Command
from tui.cli.options import AsJson, Db, Destination, Keys, Source, Yes
from tui.cli.target import database, day_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from store.audit.log import Done
    from store.db.database import Database
    from store.fields import FieldValue
    from store.queries.items import ItemDetail


def add_to(app: typer.Typer) -> None:
    """Add these commands to a Typer."""
    app.command("add", cls=Command, epilog=ADD)(add)
    app.command("set", cls=Command, epilog=SET)(set_)
    app.command("remove", cls=Command, epilog=REMOVE)(remove)
    app.command("link", cls=Command, epilog=LINK)(link)
    app.command("relabel", cls=Command, epilog=RELABEL)(relabel)
    app.command("unlink", cls=Command, epilog=UNLINK)(unlink)
    app.command("undo", cls=Command, epilog=UNDO)(undo)
    app.command("redo", cls=Command, epilog=REDO)(redo)


ADD = """\b
Examples:
  ai-debt add --category EN --severity high --description "Ranking and ads share one embedding"
  ai-debt add --category PD --severity low --description "Nightly job" --owner MLP
"""
SET = """\b
Examples:
  ai-debt set EN-001 --status mitigated --note "pinned versions"
  ai-debt set EN-001 EN-002 --owner "Search team" --due-on 2w
  ai-debt set EN-001 --status accepted --note "cheaper" --accepted-until 1y     or: none
  ai-debt set EN-001 --due-on "next friday"      or: 2w, 31.12.2026
  ai-debt set EN-001 --due-on ""                 clears the due date
  ai-debt set EN-001 --extra "Ticket=ML-42"      a column of your own
  ai-debt set EN-001 --status mitigated --was status=open     only if nobody changed it
"""
REMOVE = """\b
Examples:
  ai-debt remove PD-001
  ai-debt remove PD-001 PD-002 --yes
"""
LINK = """\b
Examples:
  ai-debt link PD-001 DD-001 "dead jobs mask"
"""
RELABEL = """\b
Examples:
  ai-debt relabel PD-001 DD-001 "dead jobs hide"
"""
UNLINK = """\b
Examples:
  ai-debt unlink PD-001 DD-001
  ai-debt unlink PD-001 DD-001 "dead jobs mask"
"""
UNDO = """\b
Examples:
  ai-debt undo
  ai-debt undo --yes             also where it takes back an import
"""
REDO = """\b
Examples:
  ai-debt redo
"""


def tell(done: "Done", *, as_json: bool) -> None:
    """Say what a verb did, on stderr; as JSON on stdout."""
    if as_json:
        output.emit_json("done", shapes.done(done))
    else:
        back = " (`ai-debt undo` restores it)" if done.cleared else ""
        output.say(f"{done.message}{back}.")


def confirmed(question: str, *, yes: bool) -> None:
    """Go on only if somebody said yes. Leaves with exit code 2 where nobody can be asked, with 1 on a no."""
    if yes:
        return
    if not output.can_ask():
        raise output.refuse("there is no terminal to ask at: add --yes", output.USAGE)
    if not output.ask(question):
        raise output.refuse("nothing was changed")


@field_options(required=REQUIRED_FOR_NEW)
def add(
    context: typer.Context,
    extra: Extra = None,
    allow_past: AllowPast = False,
    as_json: AsJson = False,
    db: Db = None,
    **typed: str | None,
) -> None:
    """Add an item. Without --key it gets the next free one of its category."""
    from store.commands.items import add_item

    with database(context, db) as opened:
        today = day_of(opened)
        given = _with_extra(values(typed, today), extra)
        if not allow_past:
            refuse_past(given, tuple, today)
        tell(add_item(opened, given), as_json=as_json)


@field_options()
def set_(
    context: typer.Context,
    keys: Keys,
    extra: Extra = None,
    was: Was = None,
    allow_past: AllowPast = False,
    as_json: AsJson = False,
    db: Db = None,
    **typed: str | None,
) -> None:
    """Set fields of one or more items, as one step that `undo` takes back. An empty text clears a field.

    With --was it is refused where a field says something else than you read before, unless it says already what you
    set; who changed it is named.
    """
    until = typed.get("accepted_until")
    if until is not None and not until.strip():
        raise InvalidValueError("accepted_until", "--accepted-until is empty", "name a day, or say none for no end")
    if not extra and all(text is None for text in typed.values()):
        raise typer.BadParameter("say what to set, such as --status mitigated", ctx=context)
    with database(context, db) as opened:
        today = day_of(opened)
        given, seen = _with_extra(values(typed, today), extra), expected(was or (), today)
        if not allow_past:
            refuse_past(given, lambda: _rows(opened, keys), today)
        tell(_edit(opened, keys, given, seen), as_json=as_json)


def _edit(
    opened: "Database", keys: "Sequence[str]", given: "Mapping[str, FieldValue]", seen: "Mapping[str, FieldValue]"
) -> "Done":
    """The verb for these changes: a status alone follows the rules of a status."""
    from store.commands.items import edit_items, set_status
    from store.enums import Status

    status = given.get("status")
    before = dict.fromkeys(keys, seen) if seen else None
    if isinstance(status, Status) and given.keys() <= {"status", "status_note"}:
        note = given.get("status_note")
        text = note if isinstance(note, str) else None
        return set_status(opened, keys, status, note=text, before=before, exactly=True)
    return edit_items(opened, keys, given, before=before, exactly=True)


def _with_extra(given: "dict[str, FieldValue]", extra: list[str] | None) -> "dict[str, FieldValue]":
    return {**given, **{f"extra.{name}": value for name, value in extras(extra or ()).items()}}


def remove(context: typer.Context, keys: Keys, yes: Yes = False, as_json: AsJson = False, db: Db = None) -> None:
    """Remove items with their dependencies. `undo` brings them back."""
    from store.commands.items import remove_items

    with database(context, db) as opened:
        seen = _versions(opened, keys)
        confirmed(f"Remove {', '.join(keys)} and every dependency of it?", yes=yes)
        tell(remove_items(opened, keys, seen=seen), as_json=as_json)


def _versions(opened: "Database", keys: "Sequence[str]") -> dict[str, int]:
    """The versions of some items as they are when the person is asked. Raises NotFoundError."""
    return {row.key: row.version for row in _rows(opened, keys)}


def _rows(opened: "Database", keys: "Sequence[str]") -> "list[ItemDetail]":
    """Some items. Raises NotFoundError."""
    from store.queries.items import item

    with opened.read() as reader:
        return [item(reader, key) for key in keys]


def link(
    context: typer.Context,
    source: Source,
    destination: Destination,
    label: Annotated[str, typer.Argument(metavar="LABEL", help="How: the sentence reads SRC LABEL DST.")],
    as_json: AsJson = False,
    db: Db = None,
) -> None:
    """Say that one item makes another worse: SRC LABEL DST."""
    from store.commands.dependencies import link as link_items

    with database(context, db) as opened:
        tell(link_items(opened, source, destination, label), as_json=as_json)


def relabel(
    context: typer.Context,
    source: Source,
    destination: Destination,
    label: Annotated[str, typer.Argument(metavar="LABEL", help="The new label.")],
    old: Annotated[
        str | None, typer.Option("--old", metavar="LABEL", help="The present label, where there are several.")
    ] = None,
    as_json: AsJson = False,
    db: Db = None,
) -> None:
    """Change the label of a dependency."""
    from store.commands.dependencies import relabel as relabel_items

    with database(context, db) as opened:
        present = _only_label(opened, source, destination) if old is None else old
        tell(relabel_items(opened, source, destination, present, label), as_json=as_json)


def _only_label(opened: "Database", source: str, destination: str) -> str:
    """The label of the one dependency between two items. Raises RegisterError where there is not exactly one."""
    from store.errors import NotFoundError, RegisterError
    from store.queries.items import item

    with opened.read() as reader:
        one, other = item(reader, source), item(reader, destination)
    labels = [each.label for each in one.feeds if each.key == other.key]
    if not labels:
        raise NotFoundError(f"{one.key} is not linked to {other.key}", f"`ai-debt show {one.key}` lists its links")
    if len(labels) > 1:
        raise RegisterError(
            f"{one.key} has several dependencies on {other.key}", f"say which with --old: {', '.join(labels)}"
        )
    return labels[0]


def unlink(
    context: typer.Context,
    source: Source,
    destination: Destination,
    label: Annotated[
        str | None, typer.Argument(metavar="LABEL", help="Its label, where there are several.", show_default=False)
    ] = None,
    as_json: AsJson = False,
    db: Db = None,
) -> None:
    """Remove a dependency."""
    from store.commands.dependencies import unlink as unlink_items

    with database(context, db) as opened:
        tell(unlink_items(opened, source, destination, label), as_json=as_json)


def undo(context: typer.Context, yes: Yes = False, as_json: AsJson = False, db: Db = None) -> None:
    """Take back your newest change. Taking back an import asks first."""
    from store.audit.undo import undo as undo_change
    from store.errors import ImportUndoError

    with database(context, db) as opened:
        try:
            done = undo_change(opened, confirmed=yes)
        except ImportUndoError as error:
            confirmed(f"{error.what}. Take it back?", yes=yes)
            done = undo_change(opened, confirmed=True, batch=error.batch)
        tell(done, as_json=as_json)


def redo(context: typer.Context, as_json: AsJson = False, db: Db = None) -> None:
    """Do again what `undo` took back."""
    from store.audit.undo import redo as redo_change

    with database(context, db) as opened:
        tell(redo_change(opened), as_json=as_json)
