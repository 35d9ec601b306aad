"""The commands that show and change the register's own facts, and say where its database is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from store.errors import InvalidValueError
from store.fields import policy_text
from tui.cli import output
from tui.cli.json import snapshot
from tui.cli.options import AsJson, Command, Db, Group
from tui.cli.output import tell
from tui.cli.target import database, reading, target
from tui.cli.text import pairs
from tui.render.text import line

if TYPE_CHECKING:
    from store.formats.document.model import CadenceEntry
    from store.queries.overview import RegisterRow


def add_to(app: typer.Typer) -> None:
    """Add these commands to a Typer."""
    app.command("path", cls=Command, epilog=PATH)(path)
    app.add_typer(register_group, name="register")


register_group = typer.Typer(cls=Group, rich_markup_mode=None)

FIELDS = ("title", "system", "extends", "purpose", "note", "project-total", "cadence", "mitigate-within", "accept-for")
SHOW = """\b
Examples:
  ai-debt register
  ai-debt register set project-total 3000
"""
SET = """\b
Examples:
  ai-debt register set title "AI Debt Register"
  ai-debt register set project-total 3000
  ai-debt register set note ""                   clears it
  ai-debt register set mitigate-within "high 30, medium 90"      days until open debt is overdue
  ai-debt register set accept-for "high 60"      days that debt is accepted for by default
  ai-debt register set cadence "Review: every quarter" "Reporting: monthly"
"""


@register_group.callback(invoke_without_command=True, epilog=SHOW)
def register(context: typer.Context, as_json: AsJson = False, db: Db = None) -> None:
    """Show the register's settings: title, system, purpose, review cadence."""
    if context.invoked_subcommand is not None:
        return
    from store.queries.overview import summary

    with reading(context, db) as reader:
        row, at = summary(reader).register, snapshot(reader)
    if as_json:
        output.emit_json("register", row, **at)
    else:
        output.emit(register_text(row))


def complete_field(incomplete: str) -> list[str]:
    """The fields of a register."""
    return [name for name in FIELDS if name.startswith(incomplete)]


@register_group.command("set", cls=Command, epilog=SET)
def set_(
    context: typer.Context,
    field: Annotated[
        str, typer.Argument(metavar="FIELD", help=f"One of {', '.join(FIELDS)}.", autocompletion=complete_field)
    ],
    value: Annotated[
        list[str],
        typer.Argument(metavar="VALUE", help="The value, empty to clear; for cadence, entries as LABEL: TEXT."),
    ],
    as_json: AsJson = False,
    db: Db = None,
) -> None:
    """Set one of the register's settings."""
    from store.commands.settings import set_register

    name = field.strip().lower().replace("_", "-")
    if name not in FIELDS:
        raise typer.BadParameter(f"unknown field {field!r}: use one of {', '.join(FIELDS)}", ctx=context)
    if name != "cadence" and len(value) != 1:
        raise typer.BadParameter(f"{name} takes one value: put it in quotes", ctx=context)
    read = _cadence(value) if name == "cadence" else value[0]
    with database(context, db) as opened:
        tell(set_register(opened, {name.replace("-", "_"): read}), as_json=as_json)


def _cadence(typed: list[str]) -> tuple[CadenceEntry, ...]:
    from store.fields import clean_line
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


PATH = """\b
Examples:
  ls -l "$(ai-debt path)"
  ai-debt backup                 copies the register; never use cp while someone has it open
"""


def path(context: typer.Context, as_json: AsJson = False, db: Db = None) -> None:
    """Print where the register's database is, or would be."""
    from store.text import mask
    from tui.render.text import line

    chosen = target(context, db)
    place = mask(str(chosen.address))
    if as_json:
        output.emit_json("path", place, exists=None if chosen.path is None else not chosen.missing)
    else:
        output.emit(line(place))


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
            ("Document", row.document_path or ""),
        ],
        prose=frozenset(("Title", "Extends", "System", "Purpose", "Note", "Review cadence")),
    )
