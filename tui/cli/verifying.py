"""The command that looks whether a register is what its trail says."""

from typing import Annotated

import typer

from tui.cli import output, shapes
from tui.cli.help import Command
from tui.cli.options import AsJson, Db
from tui.cli.target import database


def add_to(app: typer.Typer) -> None:
    """Add the command to a Typer."""
    app.command("verify", cls=Command, epilog=VERIFY)(verify)


VERIFY = """\b
Examples:
  ai-debt verify
  ai-debt verify --head 1f0c9a2b                 nothing up to there was rewritten since
  ai-debt verify --json
"""


def verify(
    context: typer.Context,
    head: Annotated[
        str | None,
        typer.Option("--head", metavar="DIGEST", help="A head that was noted earlier, or its first 8 digits or more."),
    ] = None,
    as_json: AsJson = False,
    db: Db = None,
) -> None:
    """Check that the register matches its trail.

    Checks the file, the chain over all changes, and every row against the changes that made it. Exit code 3 when
    something is wrong; the first change that is wrong comes first.
    """
    from store.audit import log
    from store.audit.verify import LEAST_DIGITS, MOST
    from store.audit.verify import verify as find

    if head is not None and not _is_digest(head, LEAST_DIGITS):
        raise typer.BadParameter(f"a head is {LEAST_DIGITS} to 64 of the digits 0-9 and a-f", param_hint="--head")
    with database(context, db) as opened:
        found = find(opened, head=head)
        with opened.read() as reader:
            newest = log.head(reader)
    if as_json:
        output.emit_json("findings", shapes.findings(found), head=shapes.head(newest))
    else:
        for each in found:
            output.emit(output.sentence(each.what))
        if len(found) == MOST:
            output.emit(f"Only the first {MOST} findings are shown.")
        if not found:
            number = f"{newest.sequence:,} change{' matches' if newest.sequence == 1 else 's match'}"
            output.emit(f"Verified: {number} the data.")
        output.emit(f"Head: {newest.digest}, change {newest.sequence}.")
    if found:
        raise typer.Exit(output.FOUND)


def _is_digest(typed: str, least: int) -> bool:
    digits = typed.strip().lower()
    return least <= len(digits) <= 64 and not set(digits) - set("0123456789abcdef")
