"""`ai-debt register`: the register's own facts, and changing them."""

from typing import TYPE_CHECKING, Annotated

import typer

from store.errors import InvalidValueError
from tui.cli import output, shapes
from tui.cli.editing import tell
from tui.cli.help import Command, Group
from tui.cli.options import AsJson, Db
from tui.cli.target import database, reading

if TYPE_CHECKING:
    from store.formats.document.model import CadenceEntry

app = typer.Typer(cls=Group, rich_markup_mode=None)

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


@app.callback(invoke_without_command=True, epilog=SHOW)
def register(context: typer.Context, as_json: AsJson = False, db: Db = None) -> None:
    """Show the register's own facts: title, system, purpose, review cadence."""
    if context.invoked_subcommand is not None:
        return
    from store.audit.log import head
    from store.queries.overview import summary
    from tui.cli import pages

    with reading(context, db) as reader:
        row, newest = summary(reader).register, head(reader)
    if as_json:
        output.emit_json("register", shapes.register(row), head=shapes.head(newest))
    else:
        output.emit(pages.register(row))


def complete_field(incomplete: str) -> list[str]:
    """The fields of a register."""
    return [name for name in FIELDS if name.startswith(incomplete)]


@app.command("set", cls=Command, epilog=SET)
def set_(
    context: typer.Context,
    field: Annotated[
        str, typer.Argument(metavar="FIELD", help=f"One of {', '.join(FIELDS)}.", autocompletion=complete_field)
    ],
    value: Annotated[
        list[str],
        typer.Argument(metavar="VALUE", help="Its value, empty to clear; of cadence, each entry as LABEL: TEXT."),
    ],
    as_json: AsJson = False,
    db: Db = None,
) -> None:
    """Set one of the register's facts."""
    from store.commands.settings import set_register

    name = field.strip().lower().replace("_", "-")
    if name not in FIELDS:
        raise typer.BadParameter(f"there is no field {field!r}: use one of {', '.join(FIELDS)}", ctx=context)
    if name != "cadence" and len(value) != 1:
        raise typer.BadParameter(f"{name} takes one value: put it in quotes", ctx=context)
    read = _cadence(value) if name == "cadence" else value[0]
    with database(context, db) as opened:
        tell(set_register(opened, {name.replace("-", "_"): read}), as_json=as_json)


def _cadence(typed: list[str]) -> "tuple[CadenceEntry, ...]":
    from store.fields import clean_line
    from store.formats.document.model import CadenceEntry

    entries: list[CadenceEntry] = []
    for each in typed:
        if not each.strip():
            continue
        label, sign, text = clean_line("cadence", each).partition(":")
        if not sign or not label.strip():
            raise InvalidValueError("cadence", f"{each!r} is no LABEL: TEXT", 'write it as "Review: every quarter"')
        entries.append(CadenceEntry(label.strip(), text.strip()))
    return tuple(entries)
