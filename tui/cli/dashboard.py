"""The commands that open the dashboard; nothing here loads what parses a command line."""

import gc
import os
import re
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Literal, NoReturn

from tui import host
from tui.cli import output

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, MutableMapping

    from tui.cli.target import Target


_DIVERTING = re.compile(r"TEXTUAL(?!_ANIMATIONS$|_FPS$|_DISABLE_KITTY_KEY$|_SMOOTH_SCROLL$)")

STDOUT = 1
COLOR_SYSTEM = "TEXTUAL_COLOR_SYSTEM"


def need_screen() -> None:
    """Leave with exit code 2 where no dashboard can be drawn."""
    if output.has_screen():
        return
    words = "the dashboard needs a terminal: run it in one, or see `ai-debt --help` for commands that print"
    if output.is_terminal(sys.stdin) and output.is_terminal(sys.stdout):
        instead = "`ai-debt triage` reviews the register in plain text, and `ai-debt --help` lists commands that print"
        words = f"the dashboard needs a terminal that can move its cursor, and TERM is {os.environ['TERM']}: {instead}"
    output.refuse(words)
    raise SystemExit(output.USAGE)


def open_dashboard(register: "Target", theme: str | None = None, *, review: bool = False) -> NoReturn:
    """Open the dashboard on a register, or its open `review`; on the welcome where none was named and none is there.

    Without a `theme` it has the one that is set.
    """
    need_screen()
    if register.named is not None:
        register.require()
    named, network = register.named is not None, register.allow_network_fs
    place = host.Target(register.address, named=named, allow_network_fs=network, review=review)
    _leave_with(_dashboard()(place, theme))


def open_sample(theme: str | None) -> NoReturn:
    """Open the dashboard on a temporary sample register."""
    import tempfile
    from pathlib import Path

    need_screen()
    run = _dashboard()
    # A private directory that only its user can enter (0700), as others may share the machine.
    with tempfile.TemporaryDirectory(prefix="ai-debt-demo-", ignore_cleanup_errors=True) as folder:
        code = run(host.Target(Path(folder) / "register.db", sample=True), theme)
    _leave_with(code)


def forget_diversions(environment: "MutableMapping[str, str]") -> None:
    """Take the variables away that make Textual press keys, write files, listen or fail; $AI_DEBT_DEBUG keeps them."""
    if not environment.get("AI_DEBT_DEBUG"):
        for name in [name for name in environment if _DIVERTING.match(name)]:
            del environment[name]


def color_system(environment: "Mapping[str, str]") -> Literal["auto", "256"]:
    """What Textual is to take the terminal for: "auto", or "256" where only its description says that it has as many.

    Over SSH $COLORTERM is usually missing, and few terminals of many colors say so in their names.
    """
    name = environment.get("TERM", "")
    if not environment.get("COLORTERM") and not name.endswith(("-256color", "-kitty", "-16color")):
        with suppress(ImportError):
            import curses

            with suppress(curses.error):
                curses.setupterm(name, STDOUT)
                return "256" if curses.tigetnum("colors") >= 256 else "auto"
    return "auto"


def _dashboard() -> "Callable[[host.Target, str | None], int]":
    """The dashboard, loaded."""
    forget_diversions(os.environ)
    # Textual reads it when it is loaded; it is not for the programs that the dashboard starts.
    os.environ[COLOR_SYSTEM] = os.environ.get(COLOR_SYSTEM) or color_system(os.environ)
    # What is loaded stays: to look for garbage among it finds none. The dashboard turns this on again.
    gc.disable()
    # asyncio does without what it takes to open a connection, which the dashboard never does.
    sys.modules.setdefault("ssl", None)  # type: ignore[arg-type]  # as the import system has it for what is not there
    try:
        from tui.app import run
    finally:
        del os.environ[COLOR_SYSTEM]
        if sys.modules["ssl"] is None:
            del sys.modules["ssl"]
    return run


def _leave_with(code: int) -> NoReturn:
    output.let_go()
    raise SystemExit(code)
