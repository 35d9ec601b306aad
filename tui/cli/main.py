"""The way in and out of `ai-debt`: what is asked for runs, every error is a sentence, every end an exit code."""

from __future__ import annotations

import os
import sys
from itertools import pairwise
from typing import TYPE_CHECKING, NoReturn

from tui import signals

if TYPE_CHECKING:
    from tui.cli.target import Target


def main() -> None:
    """Run `ai-debt` with the process's arguments and leave with its exit code."""
    signals.take(signals.leave)
    try:
        run()
    finally:
        # An exception that a signal raises in the midst of an import may come out of it as another.
        if (number := signals.received()) is not None:
            from tui.cli import output

            output.let_go()
            raise SystemExit(128 + number)


def run(arguments: list[str] | None = None) -> NoReturn:
    """Run a command line (the process's own without `arguments`) and leave with its exit code."""
    from store.errors import QueryError, RegisterError
    from store.text import mask
    from tui.cli import output
    from tui.cli.target import NamesNothingError

    arguments = sys.argv[1:] if arguments is None else arguments
    output.prepare_streams()
    if _tells_password(arguments):
        output.refuse(
            "every user of this machine can read a password on a command line: a register is an SQLite file, which "
            "needs none; name the file with --db or in $AI_DEBT_DB"
        )
        raise SystemExit(output.USAGE)
    try:
        register = _dashboard_alone(arguments)
        if register is not None:
            from tui.cli.dashboard import open_dashboard

            open_dashboard(register)
        else:
            from tui.cli.application import command_for

            command_for(arguments).main(args=arguments, prog_name="ai-debt")
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
        output.refuse(f"{error.filename}: {reason}" if error.filename else f"cannot write the output: {reason}")
    except Exception as error:
        if signals.received() is None:
            _unexpected(error)
    raise SystemExit(output.REFUSED)


def _dashboard_alone(arguments: list[str]) -> Target | None:
    """The register whose dashboard is asked for, where the arguments are so plain that nothing has to parse them.

    Loading what parses all others takes as long as drawing half of the dashboard.
    """
    from tui.cli.target import ALLOW_NETWORK_FS, chosen, names_something

    named, allow_network_fs, rest = None, False, list(arguments)
    while rest:
        option = rest.pop(0)
        if option == ALLOW_NETWORK_FS:
            allow_network_fs = True
            continue
        if option == "--db" and rest:
            named = rest.pop(0)
        elif option.startswith("--db="):
            named = option.removeprefix("--db=")
        else:
            return None
        if not names_something(named):
            return None
    asks_for_completion = "_AI_DEBT_COMPLETE" in os.environ
    return None if asks_for_completion else chosen(named, allow_network_fs=allow_network_fs)


def _tells_password(arguments: list[str]) -> bool:
    """Whether the URL of a database on a command line holds a password."""
    from store.text import has_password, is_database_url

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
        from tui.cli import output

        output.refuse(crash.sentence(error))
