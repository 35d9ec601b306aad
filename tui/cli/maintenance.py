"""The commands that check, copy and restore a register, and show the dashboard's keys."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from store import clock
from store.errors import NotFoundError
from store.text import command_line, number_of, plural
from tui.cli import output
from tui.cli.command import Commands, Session, argument, option
from tui.cli.documents import difference_rows
from tui.cli.options import Yes, program_version
from tui.cli.output import confirmed
from tui.cli.text import FAINT, STRONG, one_line, pairs, paragraph, table_of
from tui.lazy import audit_log
from tui.render.table import Cell, Column
from tui.render.text import is_utf8, line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from store.maintenance.doctor import Check
    from store.maintenance.restore import RestorePlan
    from tui.commands import Command as KeyCommand


commands = Commands()


def complete_schema(incomplete: str) -> list[tuple[str, str]]:
    """What there is a JSON schema of."""
    return [(name, each["description"]) for name, each in _schemas().items() if name.startswith(incomplete)]


def _schemas() -> dict[str, dict[str, str]]:
    """The JSON schemas by the words of the commands, as `make docs` writes them."""
    from importlib.resources import files
    from json import loads

    found: dict[str, dict[str, str]] = loads(files("tui.cli").joinpath("schemas.json").read_text(encoding="utf-8"))
    return found


@commands.plain("schema")
def schema(
    name: Annotated[list[str] | None, argument("NAME", "A command, such as list.", complete_schema)] = None,
) -> None:
    """Print the JSON Schema of what a command prints with --json.

    Without a name, it lists the commands that have one.

    Examples:
      ai-debt schema                                 the commands that have a schema
      ai-debt schema list
      ai-debt schema review show
    """
    from json import dumps

    schemas, asked = _schemas(), " ".join(name or ())
    if not asked:
        prints = (Column("Prints", shrinks=True), lambda each: Cell.of(schemas[each]["description"]))
        output.emit(table_of(list(schemas), (Column("Name"), lambda each: Cell(each, STRONG)), prints))
    elif asked in schemas:
        output.emit_text(dumps(schemas[asked], ensure_ascii=not is_utf8(sys.stdout.encoding), indent=2))
    else:
        remedy = "`ai-debt schema` lists them; `done` is what commands that change the register print"
        raise NotFoundError(f"unknown JSON schema {asked}", remedy)


class KeyRow(NamedTuple):
    """A key of a command of the dashboard."""

    command: KeyCommand
    key: str


@commands.session("keys", shared=("as_json",))
def keys(session: Session) -> None:
    """Print the dashboard's keys, with your own key bindings.

    Examples:
      ai-debt keys
      ai-debt keys --json
    """
    from tui.settings import load, settings_path

    path = settings_path()
    settings = load(path)
    for problem in settings.problems:
        output.say(f"ai-debt: {problem.told(path)}")
    if session.as_json:
        output.emit_json("keys", [KeyRow(each, key) for each in settings.commands for key in each.keys])
    else:
        output.emit(keys_text(settings.commands))


@commands.session("verify")
def verify(
    session: Session,
    head: Annotated[
        str | None, option("--head", "DIGEST", "A head noted earlier, or at least its first 8 digits.")
    ] = None,
) -> None:
    """Check that the register matches its audit trail.

    Checks the file, the hash chain over all changes, and every row against the changes. Exit code 3 if
    something is wrong; the first wrong change is listed first.

    Examples:
      ai-debt verify
      ai-debt verify --head 1f0c9a2b                 nothing up to that change was rewritten
      ai-debt verify --json
    """
    from store.audit.verify import LEAST_DIGITS, MOST
    from store.audit.verify import verify as find

    if head is not None and not _is_digest(head, LEAST_DIGITS):
        raise typer.BadParameter(f"a head is {LEAST_DIGITS} to 64 hexadecimal digits", param_hint="--head")
    with session.database() as opened:
        found = find(opened, head=head)
        with opened.read() as reader:
            newest = audit_log.head(reader)
    if session.as_json:
        output.emit_json("findings", found, head=newest)
    else:
        for each in found:
            output.emit(output.sentence(each.what))
        if len(found) == MOST:
            output.emit(f"Only the first {MOST} findings are shown.")
        if not found:
            match = plural(newest.sequence, "matches", "match")
            output.emit(f"Verified: {number_of(newest.sequence, 'change')} {match} the data.")
        output.emit(f"Head: {newest.digest}, change {newest.sequence}.")
    if found:
        raise typer.Exit(output.FOUND)


def _is_digest(typed: str, least: int) -> bool:
    digits = typed.strip().lower()
    return least <= len(digits) <= 64 and not set(digits) - set("0123456789abcdef")


SHOWN = 20
"""Differences that are shown one by one."""


@commands.session("backup")
def backup(
    session: Session,
    path: Annotated[str | None, argument("PATH", "A new file, or a directory.", is_path=True)] = None,
    directory: Annotated[
        str | None, option("--dir", "DIR", "A directory; the time is added to the file's name.", is_path=True)
    ] = None,
    keep: Annotated[
        int | None, option("--keep", "N", "Keep only the newest N backups of this register in DIR.", min=1)
    ] = None,
) -> None:
    """Back up the register, also while people work on it.

    The copy is verified. Without a PATH, it goes next to the register, with the time in its name.

    Examples:
      ai-debt backup
      ai-debt backup /mnt/usb/debt.db
      ai-debt backup --dir /var/backups/debt --keep 30      for example every night, from cron
    """
    from store.maintenance.backup import back_up

    if path is not None and directory is not None:
        raise typer.BadParameter("give a PATH or --dir, not both")
    if keep is not None and directory is None:
        raise typer.BadParameter("--keep needs --dir, the directory to keep them in")
    place = Path(path).expanduser() if path is not None else None
    folder = Path(directory).expanduser() if directory is not None else None
    if place is not None and os.path.isdir(place):
        place, folder = None, place
    with session.database() as opened:
        made = back_up(opened, to=place, directory=folder, keep=keep)
    if session.as_json:
        output.emit_json("backup", made, head=made.head)
        return
    gone = f" Removed {number_of(len(made.removed), 'older backup')}." if made.removed else ""
    of = f"change {made.head.sequence}, head {made.head.digest}"
    output.say(f"Backed up {number_of(made.items, 'item')} to {made.path}, as of {of}.{gone}")


@commands.session("restore")
def restore(
    session: Session,
    file: Annotated[str, argument("FILE", "A backup.", is_path=True)],
    yes: Yes = False,
) -> None:
    """Restore a backup, after showing what that changes.

    Everyone who has the register open sees the restored one. The previous register is kept next to it.

    Examples:
      ai-debt restore register.backup-20260302T090000Z.db
      ai-debt restore /mnt/usb/debt.db --yes
    """
    from store.db.database import path_of
    from store.db.filesystem import read_only_refusal
    from store.maintenance.restore import plan_restore
    from store.maintenance.restore import restore as bring_back

    place = session.target
    path = path_of(place.address)
    plan = plan_restore(path, Path(file).expanduser().absolute())
    if not session.as_json:
        output.emit(_restore_text(plan))
    if os.path.lexists(path) and (trouble := read_only_refusal(path)) is not None:
        raise trouble.but(f"`{command_line('list', file)}` reads the backup itself")
    confirmed(f"Restore {file}?", yes=yes)
    session.tell(bring_back(path, plan, clock=clock.now))


def _restore_text(plan: RestorePlan) -> str:
    """What restoring changes, for people."""
    lines = [output.sentence(f"the backup holds {number_of(plan.items, 'item')} as of change {plan.head.sequence}")]
    if plan.damaged is not None:
        lines.append(output.sentence(plan.damaged))
    elif plan.present is None:
        lines.append("No register here yet.")
    elif not plan.lost and not plan.regained:
        lines.append("The register has not changed since.")
    if plan.lost:
        number = sum(count for _, count in plan.lost)
        who = ", ".join(f"{count} by {actor}" for actor, count in plan.lost)
        lines.append(output.sentence(f"{number_of(number, 'change')} made since would be lost: {who}"))
    if plan.regained:
        back = number_of(plan.regained, "change")
        lines.append(output.sentence(f"{back} that this register no longer has would return"))
    if plan.differences:
        lines.append(difference_rows(plan.differences[:SHOWN]))
    if more := len(plan.differences) - SHOWN:
        lines += [f"And {more} more."] if more > 0 else []
    return "\n".join(lines)


LEAST_COLUMNS, LEAST_ROWS = 40, 12
"""The smallest terminal that the dashboard is drawn for."""


@commands.session("doctor")
def doctor(session: Session) -> None:
    """Check the register, its file, its disk and this terminal.

    Suggests what to change, and changes nothing. Problems come first; exit code 3 if there is one.

    Examples:
      ai-debt doctor
      ai-debt doctor --db /srv/debt/register.db
      ai-debt doctor --json
    """
    from store.maintenance.doctor import State, examine, ok

    place = session.target
    examined = examine(place.address, allow_network_fs=place.allow_network_fs)
    found = (ok("program", program_version()), *examined.checks, *_terminal(), _editor(), _settings())
    if session.as_json:
        head = examined.head if examined.head else None
        output.emit_json("findings", found, head=head)
    else:
        output.emit(_doctor_text(found))
    if any(check.state is State.PROBLEM for check in found):
        raise typer.Exit(output.FOUND)


def _doctor_text(checks: Iterable[Check]) -> str:
    """What was found, the worst first, and how much of it is bad."""
    from store.maintenance.doctor import State

    marks = {State.PROBLEM: "PROBLEM", State.WARNING: "Warning", State.OK: "ok"}
    found = sorted(checks, key=lambda check: list(marks).index(check.state))
    entries = [(marks[check.state], _check_words(check)) for check in found]
    number = Counter(check.state for check in found)
    bad = [number_of(number[s], s) for s in (State.PROBLEM, State.WARNING) if number[s]]
    return f"{pairs(entries)}\n\n{paragraph(output.sentence(' and '.join(bad) if bad else 'everything is in order'))}"


def _check_words(check: Check) -> str:
    """What was found, and on the next line what to change, which may be a command and gets no full stop."""
    said = f"{check.subject}: {line(check.what)}."
    return f"{said}\n{output.glyphs().arrow} {line(check.remedy)}" if check.remedy else said


def _colors() -> str:
    """`in 16 colors`: as many as the dashboard takes the terminal to have."""
    from rich.console import Console

    from tui.cli.dashboard import color_system

    if not output.colored():
        return "without color"
    found = Console(color_system=color_system(os.environ), force_terminal=True)
    return {"standard": "in 16 colors", "256": "in 256 colors"}.get(found.color_system or "", "in true color")


def _terminal() -> Iterator[Check]:
    from store.maintenance.doctor import ok, warning

    name, encoding = os.environ.get("TERM", ""), sys.stdout.encoding or "none"
    what = f"TERM is {name or 'not set'}, the encoding {encoding}, drawn {_colors()}"
    if not output.is_terminal(sys.stdout) or not output.is_terminal(sys.stdin):
        yield ok("terminal", f"{what}; input or output is not a terminal, so the dashboard cannot open")
        return
    if not output.has_screen():
        remedy = "use a terminal that can move its cursor, or use `ai-debt triage`"
        yield warning("terminal", f"{what}; it cannot show the dashboard", remedy)
        return
    size = shutil.get_terminal_size()
    what = f"{what}, {size.columns} by {size.lines}"
    if size.columns < LEAST_COLUMNS or size.lines < LEAST_ROWS:
        yield warning("terminal", what, f"make it at least {LEAST_COLUMNS} by {LEAST_ROWS} for the dashboard")
    elif not is_utf8(sys.stdout.encoding):
        yield warning(
            "terminal", f"{what}; symbols are drawn in ASCII, other characters as <U+0000>", "export LC_ALL=C.UTF-8"
        )
    else:
        yield ok("terminal", f"{what}; it can show the dashboard")


def _editor() -> Check:
    from store.maintenance.doctor import ok, warning
    from tui.editing.external_editor import chosen_editor

    editor = chosen_editor()
    try:
        program = next(iter(shlex.split(editor)), "")
    except ValueError:
        program = ""
    if shutil.which(program):
        return ok("editor", f"long texts are edited with {editor}")
    return warning(
        "editor", f"{editor!r} was not found ($VISUAL, $EDITOR, or else vi)", "set it, for example: export EDITOR=nano"
    )


def _settings() -> Check:
    from store.maintenance.doctor import ok, warning
    from tui.settings import load, settings_path

    path = settings_path()
    if path.exists() and not path.is_file():
        return warning("settings", f"{path} is not a file", "move it away")
    if problems := load(path).problems:
        said = "; ".join(problem.told(path) for problem in problems)
        return warning("settings", said, "fix it, or move it away: the dashboard starts without it")
    return ok("settings", f"{path} is valid" if path.exists() else f"there are none at {path}: the defaults are used")


def keys_text(commands: Sequence[KeyCommand]) -> str:
    """The dashboard's keys by context."""
    from tui.commands import CONTEXTS

    parts: list[str] = []
    for context, title in CONTEXTS.items():
        rows = [each for each in commands if each.context == context]
        if rows:
            body = table_of(
                rows,
                (Column("Keys"), lambda row: Cell(" ".join(row.keys), STRONG)),
                (Column("Does", shrinks=True), lambda row: Cell.of(row.help)),
                (Column("Id", shrinks=True), lambda row: Cell(row.id, FAINT)),
            )
            parts.append(f"{one_line(title, STRONG)}\n{body}")
    return "\n\n".join(parts)
