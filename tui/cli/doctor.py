"""The command that looks at the register, what it stands on and the terminal, and says what is not as it should be."""

import os
import shlex
import shutil
import sys
from collections import Counter
from typing import TYPE_CHECKING

import typer

from tui.cli import output, shapes
from tui.cli.help import Command, program_version
from tui.cli.options import AsJson, Db
from tui.cli.target import target
from tui.render.text import is_utf8, line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from store.maintenance.doctor import Check

LEAST_COLUMNS, LEAST_ROWS = 40, 12
"""The smallest terminal that the dashboard is drawn for."""


def add_to(app: typer.Typer) -> None:
    """Add the command to a Typer."""
    app.command("doctor", cls=Command, epilog=DOCTOR)(doctor)


DOCTOR = """\b
Examples:
  ai-debt doctor
  ai-debt doctor --db /srv/debt/register.db
  ai-debt doctor --json
"""


def doctor(context: typer.Context, as_json: AsJson = False, db: Db = None) -> None:
    """Look at the register, its file, its disk and this terminal, and say what to change.

    Changes nothing. Problems come first; exit code 3 when there is one.
    """
    from store.maintenance.doctor import State, examine, ok

    place = target(context, db)
    examined = examine(place.address, allow_network_fs=place.allow_network_fs)
    found = (ok("program", program_version()), *examined.checks, *_terminal(), _editor(), _settings())
    if as_json:
        head = shapes.head(examined.head) if examined.head else None
        output.emit_json("findings", shapes.checks(found), head=head)
    else:
        output.emit(_page(found))
    if any(check.state is State.PROBLEM for check in found):
        raise typer.Exit(output.FOUND)


def _page(checks: "Iterable[Check]") -> str:
    """What was found, the worst first, and how much of it is bad."""
    from store.maintenance.doctor import State
    from tui.cli.tables import pairs, paragraph

    marks = {State.PROBLEM: "PROBLEM", State.WARNING: "Warning", State.OK: "ok"}
    found = sorted(checks, key=lambda check: list(marks).index(check.state))
    entries = [(marks[check.state], _words(check)) for check in found]
    number = Counter(check.state for check in found)
    bad = [f"{number[s]} {s}{'' if number[s] == 1 else 's'}" for s in (State.PROBLEM, State.WARNING) if number[s]]
    return f"{pairs(entries)}\n\n{paragraph(output.sentence(' and '.join(bad) if bad else 'everything is in order'))}"


def _words(check: "Check") -> str:
    """What was found, and on a line of its own what to change, which may be a command and gets no full stop."""
    said = f"{check.subject}: {line(check.what)}."
    return f"{said}\n{output.glyphs().arrow} {line(check.remedy)}" if check.remedy else said


def _terminal() -> "Iterator[Check]":
    from store.maintenance.doctor import ok, warning

    name, encoding = os.environ.get("TERM", ""), sys.stdout.encoding or "none"
    colours = "in colour" if output.coloured() else "without colour"
    what = f"TERM is {name or 'not set'}, the encoding {encoding}, drawn {colours}"
    if not output.is_terminal(sys.stdout) or not output.is_terminal(sys.stdin):
        yield ok("terminal", f"{what}; input or output is no terminal here, so that no dashboard opens")
        return
    if not output.has_screen():
        remedy = "run it in one that moves its cursor, or use `ai-debt triage`"
        yield warning("terminal", f"{what}; no dashboard can be drawn here", remedy)
        return
    size = shutil.get_terminal_size()
    what = f"{what}, {size.columns} by {size.lines}"
    if size.columns < LEAST_COLUMNS or size.lines < LEAST_ROWS:
        yield warning("terminal", what, f"make it at least {LEAST_COLUMNS} by {LEAST_ROWS} for the dashboard")
    elif not is_utf8(sys.stdout.encoding):
        yield warning(
            "terminal", f"{what}; signs are drawn in ASCII, other letters as <U+0000>", "export LC_ALL=C.UTF-8"
        )
    else:
        yield ok("terminal", f"{what}; the dashboard can be drawn")


def _editor() -> "Check":
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
        "editor", f"{editor!r} is no program here, by $VISUAL, $EDITOR or else vi", "export EDITOR=nano, or another"
    )


def _settings() -> "Check":
    from store.maintenance.doctor import ok, warning
    from tui.settings import load, settings_path

    path = settings_path()
    if path.exists() and not path.is_file():
        return warning("settings", f"{path} is no file", "move it away")
    if problems := load(path).problems:
        said = "; ".join(problem.told(path) for problem in problems)
        return warning("settings", said, "fix it, or move it away: the dashboard starts without it")
    return ok("settings", f"{path} is understood" if path.exists() else f"there are none at {path}: all is as it comes")
