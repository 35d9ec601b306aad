"""The commands: which module defines each, and the Typer application of those that a command line may mean."""

import os
from importlib import import_module
from typing import TYPE_CHECKING, Annotated

import typer
from typer.main import get_command

from tui.cli import output
from tui.cli.help import Group, program_version
from tui.cli.options import AllowNetworkFs, Db
from tui.cli.target import ALLOW_NETWORK_FS, target

if TYPE_CHECKING:
    from typer._click import Command

COMMANDS = {
    "screens": ("demo",),
    "importing": ("import",),
    "documents": ("init", "export"),
    "syncing": ("sync",),
    "lint": ("lint",),
    "git": ("diff", "merge-file", "git-setup"),
    "reading": ("list", "show", "dashboard", "history", "keys", "path"),
    "mapping": ("map",),
    "first": ("first",),
    "trending": ("trend",),
    "governing": ("check", "accepted", "owners"),
    "verifying": ("verify",),
    "care": ("backup", "restore"),
    "doctor": ("doctor",),
    "triage": ("triage",),
    "editing": ("add", "set", "remove", "link", "relabel", "unlink", "undo", "redo"),
}
"""The modules and their commands, in the order of the help."""
GROUPS = {
    "register": "register",
    "rules": "rule",
    "categories": "category",
    "reviewing": "review",
    "followups": "followups",
    "views": "view",
}
"""The modules whose commands stand behind a word of their own."""

EXAMPLES = """\b
Examples:
  ai-debt demo                                   the dashboard on a sample
  ai-debt import docs/ai-debt-register.md        begin with your document
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
    allow_network_fs: AllowNetworkFs = False,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """A register of ML-specific technical debt, in the terminal and in your Markdown file.

    Without a command it opens the dashboard.
    """
    del version, allow_network_fs
    if context.invoked_subcommand is None:
        from tui.cli.screens import open_dashboard

        open_dashboard(target(context, db))


def app_of(modules: tuple[str, ...] = (*COMMANDS, *GROUPS)) -> typer.Typer:
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
        module = import_module(f"tui.cli.{name}")
        if name in GROUPS:
            app.add_typer(module.app, name=GROUPS[name])
        else:
            module.add_to(app)
    return app


def command_for(arguments: list[str]) -> "Command":
    """What parses and runs a command line: the one module that it needs, or all where that is not plain."""
    word = _first_word(arguments)
    found = tuple(module for module, words in COMMANDS.items() if word in words)
    found += tuple(module for module, group in GROUPS.items() if word == group)
    if not found or "_AI_DEBT_COMPLETE" in os.environ:
        return get_command(app_of())
    return get_command(app_of(found))


def _first_word(arguments: list[str]) -> str:
    """The first argument that is no option and no option's value."""
    rest = iter(arguments)
    for argument in rest:
        if argument == "--db":
            next(rest, "")
        elif not argument.startswith("--db=") and argument != ALLOW_NETWORK_FS:
            return argument
    return ""
