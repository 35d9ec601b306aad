"""The Typer door: every command in one place, and every way out of it a sentence and an exit code."""

import os
import sys
from itertools import pairwise
from typing import Annotated, NoReturn

import typer
from typer.main import get_command

from store.errors import QueryError, RegisterError
from store.text import has_password, is_database_url, mask
from tui import signals
from tui.cli import (
    care,
    categories,
    doctor,
    documents,
    editing,
    first,
    followups,
    governing,
    importing,
    mapping,
    output,
    reading,
    register,
    reviewing,
    rules,
    screens,
    trending,
    verifying,
    views,
)
from tui.cli.help import program_version
from tui.cli.options import AllowNetworkFs, Db
from tui.cli.target import NamesNothingError

app = typer.Typer(
    name="ai-debt",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
_PARTS = (screens, importing, documents, reading, mapping, first, trending, governing, verifying, care, doctor, editing)
for part in _PARTS:
    part.add_to(app)
app.add_typer(register.app, name="register")
app.add_typer(rules.app, name="rule")
app.add_typer(categories.app, name="category")
app.add_typer(reviewing.app, name="review")
app.add_typer(followups.app, name="followups")
app.add_typer(views.app, name="view")

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


@app.callback(invoke_without_command=True, epilog=EXAMPLES)
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
        screens.open_dashboard(context, db)


def run(arguments: list[str] | None = None) -> NoReturn:
    """Run a command line (the process's own without `arguments`) and leave with its exit code."""
    output.prepare_streams()
    if _tells_password(sys.argv[1:] if arguments is None else arguments):
        output.refuse(
            "everybody on this machine can read a password on a command line: keep it in the file or variable that "
            "the driver reads, such as ~/.pgpass or $PGPASSWORD, or the whole URL in $AI_DEBT_DB"
        )
        raise SystemExit(output.USAGE)
    try:
        get_command(app).main(args=arguments, prog_name="ai-debt")
    except QueryError as error:
        output.refuse(str(error))
        if mask(error.query) == error.query:
            output.point(error.query, error.column, error.length)
    except NamesNothingError as error:
        output.refuse(str(error))
        raise SystemExit(output.USAGE) from None
    except RegisterError as error:
        output.refuse(str(error))
    except OSError as error:
        reason = error.strerror or type(error).__name__
        output.refuse(f"{error.filename}: {reason}" if error.filename else f"cannot write what was asked for: {reason}")
    except Exception as error:
        if signals.received() is None:
            _unexpected(error)
    raise SystemExit(output.REFUSED)


def _tells_password(arguments: list[str]) -> bool:
    """Whether the URL of a database on a command line holds a password."""
    named = [after for option, after in pairwise(arguments) if option == "--db"]
    named += [each for each in arguments if each.startswith("--db=") or is_database_url(each)]
    return any(has_password(each) for each in named)


def _unexpected(error: Exception) -> None:
    """Say that the program failed and where that is written down; nothing of what it was working on."""
    if os.environ.get("AI_DEBT_DEBUG"):
        import traceback

        traceback.print_exception(error, file=sys.stderr)
    else:
        from tui import crash

        output.refuse(crash.sentence(error))
