"""The command that writes the report for leadership."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from store.errors import OverwriteError
from store.formats.dates import parse_since
from tui.cli import output
from tui.cli.command import Commands, Found, Session, flag, option
from tui.cli.insights import trend_report
from tui.cli.options import proposed
from tui.lazy import report_queries

if TYPE_CHECKING:
    from datetime import datetime

    from store.db.database import Database
    from store.queries.report import Report


commands = Commands()

LAST_REVIEW: Literal["review"] = "review"


@commands.session("report")
def report(
    session: Session,
    since: Annotated[
        str | None,
        option(
            "--since",
            "DATE|review",
            "What to compare with: a date, 90d, or the end of the last review (default: that, else 90d).",
            proposed((LAST_REVIEW,)),
        ),
    ] = None,
    html: Annotated[str | None, option("--html", "FILE", "Write one HTML file, or - for stdout.", is_path=True)] = None,
    markdown: Annotated[bool, flag("--markdown", "Print Markdown (the default).")] = False,
    force: Annotated[bool, flag("--force", "With --html: overwrite a file that is not a report.")] = False,
) -> None:
    """Write one page for leadership.

    It covers the state of the debt, what moved, and what needs attention, with the reasons; then what to fix first,
    acceptances that ended, owners, trends, the map, and what the last review decided. The HTML file is
    self-contained, and prints on A4.

    Examples:
      ai-debt report
      ai-debt report --html debt.html
      ai-debt report --since 2026-03-31 --markdown > debt.md
      ai-debt report --since review --json
    """
    if (html is not None) + markdown + session.as_json > 1:
        raise typer.BadParameter("choose one of --html, --markdown and --json")
    if force and html in (None, "-"):
        raise typer.BadParameter("--force needs --html FILE")
    with session.database() as opened:
        with output.working("Reading the register"):
            found = report_queries.report(opened, since=_moment(since, opened))
        if html not in (None, "-"):
            path = Path(str(html)).expanduser()
            _write(opened, path, _html(found), force=force)
            output.say(f"Wrote {path}.")
            return
    if html is not None:
        output.emit_document(_html(found))
        return
    more = {"trend": trend_report(found.trend)}
    session.show(
        Found("report", found, lambda: _markdown(found), more=more, write=output.emit_text), {"head": found.head}
    )


def _moment(typed: str | None, opened: Database) -> datetime | Literal["review"] | None:
    """What to compare with. Raises InvalidValueError."""
    if typed is None:
        return None
    return LAST_REVIEW if typed.strip().casefold() == LAST_REVIEW else parse_since(typed, opened.clock())


def _html(found: Report) -> str:
    from tui.report.html import html
    from tui.report.page import page

    return html(page(found), found.trend)


def _markdown(found: Report) -> str:
    from tui.report.markdown import markdown
    from tui.report.page import page

    return markdown(page(found))


def _write(opened: Database, path: Path, text: str, *, force: bool) -> None:
    """Replace a report in one step. Raises OverwriteError for a file that is not one."""
    from store.db.files import replacing
    from tui.report.html import is_report

    with replacing(path, register=opened.path) as file:
        present = file.read()
        if present and not force and not is_report(present):
            file.check()
            raise OverwriteError(f"{path} is not a report", "name another file, or use --force")
        file.replace(text.encode())
