"""The commands that copy a register and bring a copy back."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from store.text import command_line
from tui.cli import output, shapes
from tui.cli.editing import confirmed, tell
from tui.cli.help import Command
from tui.cli.options import AsJson, Db, Yes, named_path
from tui.cli.target import database, target

if TYPE_CHECKING:
    from store.maintenance.restore import RestorePlan

SHOWN = 20
"""Differences that are shown one by one."""


def add_to(app: typer.Typer) -> None:
    """Add these commands to a Typer."""
    app.command("backup", cls=Command, epilog=BACKUP)(backup)
    app.command("restore", cls=Command, epilog=RESTORE)(restore)


BACKUP = """\b
Examples:
  ai-debt backup
  ai-debt backup /mnt/usb/debt.db
  ai-debt backup --dir /var/backups/debt --keep 30      such as every night, by cron
"""
RESTORE = """\b
Examples:
  ai-debt restore register.backup-20260302T090000Z.db
  ai-debt restore /mnt/usb/debt.db --yes
"""


def backup(
    context: typer.Context,
    path: Annotated[
        str | None,
        typer.Argument(metavar="PATH", help="A new file, or a directory.", show_default=False, callback=named_path),
    ] = None,
    directory: Annotated[
        str | None,
        typer.Option(
            "--dir",
            metavar="DIR",
            help="A directory; the file's name gets the time.",
            show_default=False,
            callback=named_path,
        ),
    ] = None,
    keep: Annotated[
        int | None,
        typer.Option("--keep", metavar="N", min=1, help="Leave only the newest N backups of this register in DIR."),
    ] = None,
    as_json: AsJson = False,
    db: Db = None,
) -> None:
    """Copy the register while people work on it, and look that the copy holds.

    Without a place it goes beside the register, under a name with the time.
    """
    from store.maintenance.backup import back_up

    if path is not None and directory is not None:
        raise typer.BadParameter("give a PATH or --dir, not both", ctx=context)
    if keep is not None and directory is None:
        raise typer.BadParameter("--keep needs --dir, the directory to keep them in", ctx=context)
    place = Path(path).expanduser() if path is not None else None
    folder = Path(directory).expanduser() if directory is not None else None
    if place is not None and os.path.isdir(place):
        place, folder = None, place
    with database(context, db) as opened:
        made = back_up(opened, to=place, directory=folder, keep=keep)
    if as_json:
        output.emit_json("backup", shapes.backup(made), head=shapes.head(made.head))
        return
    gone = f" Removed {len(made.removed)} older." if made.removed else ""
    of = f"change {made.head.sequence}, head {made.head.digest}"
    output.say(f"Backed up {_counted(made.items, 'item')} to {made.path}, as of {of}.{gone}")


def restore(
    context: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="A backup.", callback=named_path)],
    yes: Yes = False,
    as_json: AsJson = False,
    db: Db = None,
) -> None:
    """Bring a backup back into the register, after showing what that changes.

    Whoever has the register open sees the restored one. The register as it was is kept beside it.
    """
    from store.clock import now
    from store.db.database import path_of
    from store.db.filesystem import read_only_refusal
    from store.maintenance.restore import plan_restore
    from store.maintenance.restore import restore as bring_back

    place = target(context, db)
    path = path_of(place.address)
    plan = plan_restore(path, Path(file).expanduser().absolute())
    if not as_json:
        output.emit(_page(plan))
    if os.path.lexists(path) and (trouble := read_only_refusal(path)) is not None:
        raise trouble.but(f"`{command_line('list', file)}` reads the backup itself")
    confirmed(f"Restore {file}?", yes=yes)
    tell(bring_back(path, plan, clock=now), as_json=as_json)


def _page(plan: "RestorePlan") -> str:
    """What restoring changes, for people."""
    from tui.cli.preview import difference_rows

    lines = [output.sentence(f"the backup holds {_counted(plan.items, 'item')} as of change {plan.head.sequence}")]
    if plan.damaged is not None:
        lines.append(output.sentence(plan.damaged))
    elif plan.present is None:
        lines.append("There is no register here yet.")
    elif not plan.lost and not plan.regained:
        lines.append("The register has not changed since.")
    if plan.lost:
        number = sum(count for _, count in plan.lost)
        who = ", ".join(f"{count} by {actor}" for actor, count in plan.lost)
        lines.append(output.sentence(f"{_counted(number, 'change')} made since would go: {who}"))
    if plan.regained:
        back = _counted(plan.regained, "change")
        lines.append(output.sentence(f"{back} that this register no longer has would return"))
    if plan.differences:
        lines.append(difference_rows(plan.differences[:SHOWN]))
    if more := len(plan.differences) - SHOWN:
        lines += [f"And {more} more."] if more > 0 else []
    return "\n".join(lines)


def _counted(number: int, thing: str) -> str:
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"
