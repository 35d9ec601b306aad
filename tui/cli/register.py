"""The commands of the register as a whole: where it is, its settings, its categories and its history."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from store.audit import describe
from store.errors import SHOWS_KEYS, ImportUndoError, InvalidValueError, NotFoundError
from store.fields import clean_line, clean_text, parse_code, policy_text, required_line
from store.formats.dates import parse_since
from store.text import mask, same_name
from tui.cli import output
from tui.cli.command import Commands, Found, Session, argument, option
from tui.cli.json import shaped, snapshot
from tui.cli.options import OptionalKey, Yes, complete_category, proposed
from tui.cli.output import confirmed
from tui.cli.text import FAINT, STRONG, pairs, prose_line, table_of, when
from tui.lazy import audit_undo, category_commands, history_queries, overview_queries, settings_commands
from tui.render.table import Cell, Column
from tui.render.text import line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store.audit.log import Done
    from store.db.database import Database
    from store.db.reader import Reader
    from store.formats.document.model import CadenceEntry
    from store.queries.history import ChangeRow
    from store.queries.overview import RegisterRow, Summary

commands, settings, categories = Commands(), Commands(), Commands()
commands.add_typer(settings, name="register")
commands.add_typer(categories, name="category")

FIELDS = (
    *("title", "system", "extends", "purpose", "note", "project-total", "cadence", "mitigate-within", "accept-for"),
    "signal-label",
)


@commands.session("path")
def path(session: Session) -> None:
    """Print where the register's database is, or would be.

    Examples:
      ls -l "$(ai-debt path)"
      ai-debt backup                 copies the register; never use cp while someone has it open
    """
    chosen = session.target
    place = mask(str(chosen.address))
    if session.as_json:
        output.emit_json("path", place, exists=None if chosen.path is None else not chosen.missing)
    else:
        output.emit(line(place))


@settings.lists
def register(reader: Reader) -> Found:
    """Show the register's settings, such as its title and cadence.

    Examples:
      ai-debt register
      ai-debt register set project-total 3000
    """
    row = overview_queries.summary(reader).register
    return Found("register", row, lambda: register_text(row))


@settings.session("set")
def set_(
    session: Session,
    field: Annotated[str, argument("FIELD", f"One of {', '.join(FIELDS)}.", proposed(FIELDS))],
    value: Annotated[list[str], argument("VALUE", "The value, empty to clear; for cadence, entries as LABEL: TEXT.")],
) -> None:
    """Set one of the register's settings.

    Examples:
      ai-debt register set title "AI Debt Register"
      ai-debt register set project-total 3000
      ai-debt register set note ""                   clears it
      ai-debt register set mitigate-within "high 30, medium 90"      days until open debt is overdue
      ai-debt register set accept-for "high 60"      days that debt is accepted for by default
      ai-debt register set cadence "Review: every quarter" "Reporting: monthly"
      ai-debt register set signal-label debt_item    the label of a signal that names its item
    """
    name = field.strip().lower().replace("_", "-")
    if name not in FIELDS:
        raise typer.BadParameter(f"unknown field {field!r}: use one of {', '.join(FIELDS)}")
    if name != "cadence" and len(value) != 1:
        raise typer.BadParameter(f"{name} takes one value: put it in quotes")
    read = _cadence(value) if name == "cadence" else value[0]
    with session.database() as opened:
        session.tell(settings_commands.set_register(opened, {name.replace("-", "_"): read}))


def _cadence(typed: list[str]) -> tuple[CadenceEntry, ...]:
    from store.formats.document.model import CadenceEntry

    entries: list[CadenceEntry] = []
    for each in typed:
        if not each.strip():
            continue
        label, sign, text = clean_line("cadence", each).partition(":")
        if not sign or not label.strip():
            raise InvalidValueError("cadence", f"{each!r} is not LABEL: TEXT", 'write it as "Review: every quarter"')
        entries.append(CadenceEntry(label.strip(), text.strip()))
    return tuple(entries)


def register_text(row: RegisterRow) -> str:
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
            ("Signal label", row.signal_label or ""),
            ("Document", row.document_path or ""),
        ],
        prose=frozenset(("Title", "Extends", "System", "Purpose", "Note", "Review cadence")),
    )


Code = Annotated[str, argument("CODE", "The category's code, such as EN.", complete_category)]
Definition = Annotated[str | None, option("--definition", "TEXT", "Its definition.")]


class Where(StrEnum):
    """Where a category goes."""

    UP = "up"
    DOWN = "down"
    FIRST = "first"
    LAST = "last"


@categories.lists
def category(reader: Reader) -> Found:
    """List the categories, or add, edit, move and remove them.

    Examples:
      ai-debt category
      ai-debt category add SD "Serving Debt" --definition "Debt in the serving layer."
      ai-debt category move SD first
    """
    row = overview_queries.summary(reader)
    return Found(
        "categories",
        row.categories,
        lambda: categories_text(row),
        empty="the register has no categories yet",
        more={"total": shaped("total", row.total)},
    )


@categories.session("add")
def add(
    session: Session,
    code: Code,
    name: Annotated[str, argument("NAME", "Its name.")],
    definition: Definition = None,
) -> None:
    """Add a category at the end.

    Examples:
      ai-debt category add SD "Serving Debt" --definition "Debt in the serving layer."
    """
    code, name = parse_code(code), required_line("name", name)
    with session.database() as opened:
        session.tell(category_commands.add_category(opened, code=code, name=name, definition=definition or None))


@categories.session("edit")
def edit(
    session: Session,
    code: Code,
    new_code: Annotated[str | None, option("--code", "CODE", "A new code; item keys do not change.")] = None,
    name: Annotated[str | None, option("--name", "TEXT", "A new name.")] = None,
    definition: Definition = None,
) -> None:
    """Change a category's code, name or definition. An empty definition clears it.

    Examples:
      ai-debt category edit SD --name "Serving"
      ai-debt category edit SD --code SV
    """
    changes: dict[str, str | None] = {}
    if new_code is not None:
        changes["code"] = parse_code(new_code)
    if name is not None:
        changes["name"] = required_line("name", name)
    if definition is not None:
        changes["definition"] = clean_text("definition", definition) or None
    if not changes:
        raise typer.BadParameter("nothing to change: add --code, --name or --definition")
    with session.database() as opened:
        session.tell(category_commands.edit_category(opened, code, changes))


@categories.writes("remove")
def remove(opened: Database, code: Code, yes: Yes = False) -> Done:
    """Remove a category that has no items.

    Examples:
      ai-debt category remove SD --yes
    """
    with opened.read() as reader:
        row = next((row for row in overview_queries.summary(reader).categories if same_name(row.code, code)), None)
    seen = {"code": row.code, "name": row.name, "definition": row.definition} if row is not None else {}
    confirmed(f"Remove the category {code}?", yes=yes)
    return category_commands.remove_category(opened, code, before=seen)


@categories.writes("move")
def move(
    opened: Database,
    code: Code,
    where: Annotated[Where, argument("WHERE", "up, down, first or last.")],
) -> Done:
    """Move a category among the others.

    Examples:
      ai-debt category move SD up
    """
    with opened.read() as reader:
        count = len(overview_queries.summary(reader).categories)
    offset = {Where.UP: -1, Where.DOWN: 1, Where.FIRST: -count, Where.LAST: count}[where]
    return category_commands.move_category(opened, code, offset)


def categories_text(summary: Summary) -> str:
    """The categories with their definitions."""
    return table_of(
        summary.categories,
        (Column("Code"), lambda row: Cell.of(row.code, STRONG)),
        (Column("Name", shrinks=True), lambda row: Cell.of(row.name)),
        (Column("Open", right=True), lambda row: Cell(str(row.counts.unresolved))),
        (Column("Total", right=True), lambda row: Cell(str(row.counts.total))),
        (Column("Definition", shrinks=True, least=12), lambda row: Cell(prose_line(row.definition))),
    )


@commands.session("history")
def history(
    session: Session,
    key: OptionalKey = None,
    limit: Annotated[int | None, option("--limit -n", "N", "Only the newest N changes.", min=1)] = None,
    since: Annotated[
        str | None, option("--since", "DATE|7d", "Since a date or time (UTC), or within the last 12h, 7d.")
    ] = None,
    by: Annotated[
        str | None, option("--by", "NAME", "Only by this person: a name or part of one, ignoring case.")
    ] = None,
) -> None:
    """Show the history, the newest change first.

    Examples:
      ai-debt history
      ai-debt history EN-001 --json
      ai-debt history --since 7d --by ana
    """
    with session.database() as opened, opened.read() as reader:
        moment = None if since is None else parse_since(since, opened.clock())
        rows = history_queries.changes(reader, key=key, since=moment, by=by, limit=limit)
        at = snapshot(reader)
        known = rows or key is None or history_queries.changes(reader, key=key, limit=1)
    if not known:
        raise NotFoundError(f"no item or category ever had the key {key}", SHOWS_KEYS)
    empty = "nothing has changed yet" if since is None and by is None else "no change matches"
    session.show(Found("changes", rows, lambda: history_text(rows), empty=empty), at)


@commands.writes("undo")
def undo(opened: Database, yes: Yes = False) -> Done:
    """Undo your last change. Undoing an import asks first.

    Examples:
      ai-debt undo
      ai-debt undo --yes             even if it undoes an import
    """
    try:
        return audit_undo.undo(opened, confirmed=yes)
    except ImportUndoError as error:
        confirmed(f"{error.what}. Undo it?", yes=yes)
        return audit_undo.undo(opened, confirmed=True, batch=error.batch)


@commands.writes("redo")
def redo(opened: Database) -> Done:
    """Redo your last undo.

    Examples:
      ai-debt redo
    """
    return audit_undo.redo(opened)


def history_text(rows: Sequence[ChangeRow]) -> str:
    """Changes in words, the newest first."""
    return table_of(
        rows,
        (Column("Time (UTC)", shrinks=True, least=10), lambda row: Cell(when(row), FAINT)),
        (Column("By", shrinks=True), lambda row: Cell.of(row.actor, STRONG)),
        (Column("Change", shrinks=True, least=16), lambda row: Cell.of(describe.deed(row, cut=prose_line))),
    )
