"""The commands that open the dashboard."""

import shutil
import signal
import tempfile
from pathlib import Path
from types import FrameType
from typing import NoReturn

import typer

from tui.cli import output
from tui.cli.help import Command
from tui.cli.target import target


def add_to(app: typer.Typer) -> None:
    """Add these commands to a Typer."""
    app.command("demo", cls=Command, epilog=DEMO)(demo)


DEMO = """\b
Examples:
  ai-debt demo
"""


def need_screen() -> None:
    """Leave with exit code 2 where no dashboard can be drawn."""
    if not output.has_screen():
        raise output.refuse(
            "the dashboard needs a terminal: run it in one, or see `ai-debt --help` for commands that print",
            output.USAGE,
        )


def open_dashboard(context: typer.Context, db: str | None) -> None:
    """Open the dashboard on the chosen register; without any register, on the welcome."""
    need_screen()
    chosen = target(context, db)
    if chosen.named is not None:
        chosen.require()
    _run(chosen.address, named=chosen.named is not None)


def demo() -> None:
    """Open the dashboard on a sample register.

    Its database is thrown away at the end.
    """
    need_screen()
    # A directory of its own that only its user can enter (0700), as others may share the machine.
    folder = tempfile.mkdtemp(prefix="ai-debt-demo-")
    try:
        _run(Path(folder) / "register.db", sample=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(place: str | Path, *, named: bool = True, sample: bool = False) -> None:
    # A closed terminal or a kill ends the program through its own exits: screen restored, throw-away files gone.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)
    from tui.app import run
    from tui.host import Target

    if code := run(Target(place, named=named, sample=sample)):
        raise typer.Exit(code)


def _leave(number: int, _: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)
