"""The commands: which module defines each, and the Typer application of those that a command line may mean."""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, Annotated

import typer
from typer.main import get_command

from tui.cli import output
from tui.cli.command import Db, Group, target
from tui.cli.dashboard import open_dashboard
from tui.cli.options import AllowNetworkFs, Theme, program_version
from tui.cli.target import ALLOW_NETWORK_FS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from typer._click import Command

_IN_ORDER = """\
documents    demo import init export
sync         sync
git          lint diff merge-file git-setup
items        list show
insights     dashboard
register     history
maintenance  keys schema
register     path
map          map
insights     first trend
policy       check accepted owners
report       report
metrics      metrics
maintenance  verify backup restore doctor
triage       triage
items        add set remove
map          link relabel unlink
register     undo redo register
views        rule
register     category
reviews      review followups
signals      signals
views        view
"""
COMMANDS = {name: module for module, *names in map(str.split, _IN_ORDER.splitlines()) for name in names}
"""The commands in the order of the help, and the module that defines each."""

EXAMPLES = """\b
Examples:
  ai-debt demo                                   the dashboard on a sample
  ai-debt import docs/ai-debt-register.md        start with your document
  ai-debt                                        the dashboard on your register
  ai-debt set EN-001 --status mitigated --note "pinned versions"
  ai-debt export docs/ai-debt-register.md        write the changes back

\b
Exit codes:
  0 done, 1 refused in a sentence, 2 usage or no terminal where one is needed,
  3 a check found something
"""


def _version(wanted: bool) -> None:
    if wanted:
        output.emit(program_version())
        raise typer.Exit


def ai_debt(
    context: typer.Context,
    db: Db = None,
    theme: Theme = None,
    allow_network_fs: AllowNetworkFs = False,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """A register of ML-specific technical debt, in the terminal and in your Markdown file.

    Without a command it opens the dashboard.
    """
    del db, version, allow_network_fs
    if context.invoked_subcommand is None:
        open_dashboard(target(context), theme)


def app_of(modules: Iterable[str] = frozenset(COMMANDS.values())) -> typer.Typer:
    """The application with the commands of some modules."""
    app = typer.Typer(
        name="ai-debt",
        cls=Group,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback(invoke_without_command=True, epilog=EXAMPLES)(ai_debt)
    for name in modules:
        found = import_module(f"tui.cli.{name}").commands
        app.registered_commands += found.registered_commands
        app.registered_groups += found.registered_groups
    order = list(COMMANDS)
    for each in (app.registered_commands, app.registered_groups):
        each.sort(key=lambda each: order.index(each.name or ""))
    return app


def command_for(arguments: list[str]) -> Command:
    """What parses and runs a command line: the one module that it needs, or all where that is not plain."""
    module = COMMANDS.get(_first_word(arguments))
    if module is None or "_AI_DEBT_COMPLETE" in os.environ:
        return get_command(app_of())
    return get_command(app_of((module,)))


def _first_word(arguments: list[str]) -> str:
    """The first argument that is neither an option nor an option's value."""
    rest = iter(arguments)
    for argument in rest:
        if argument in ("--db", "--theme"):
            next(rest, "")
        elif not argument.startswith(("--db=", "--theme=")) and argument != ALLOW_NETWORK_FS:
            return argument
    return ""
