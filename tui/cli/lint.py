"""The command that checks documents, without any register."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from store.text import number_of
from tui.cli import output
from tui.cli.documents import MORE_THAN_FITS
from tui.cli.options import AsJson, Command, named_paths
from tui.cli.output import working
from tui.render.text import line, safe

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from store.formats.document.lint import Finding


def add_to(app: typer.Typer) -> None:
    """Add these commands to a Typer."""
    app.command("lint", cls=Command, epilog=LINT)(lint)


FORMATS = ("text", "json", "github")

LINT = """\b
Examples:
  ai-debt lint docs/ai-debt-register.md
  ai-debt lint docs/*.md --fix
  ai-debt lint docs/ai-debt-register.md --format github      annotations of a pull request
  ai-debt lint docs/ai-debt-register.md --ignore overdue --ignore wrong-color
  git show main:docs/ai-debt-register.md | ai-debt lint -
"""


class Checked(NamedTuple):
    """A document that was checked: what was found, and what was corrected."""

    name: str
    findings: tuple[Finding, ...]
    fixed: tuple[Finding, ...] = ()


class FileFinding(NamedTuple):
    """What was found in a file."""

    file: str
    finding: Finding


def complete_rule(incomplete: str) -> list[tuple[str, str]]:
    """The ids of the rules and what they find."""
    from store.formats.document.lint import RULES

    return [(name, rule.finds) for name, rule in RULES.items() if name.startswith(incomplete)]


def lint(
    context: typer.Context,
    files: Annotated[
        list[str],
        typer.Argument(metavar="FILE", help="Markdown documents; - reads stdin.", callback=named_paths),
    ],
    fix: Annotated[
        bool, typer.Option("--fix", help="Correct the numbers of dashboards and the colors of maps in the files.")
    ] = False,
    ignore: Annotated[
        list[str] | None,
        typer.Option("--ignore", metavar="RULE", help="Ignore this rule.", autocompletion=complete_rule),
    ] = None,
    shape: Annotated[
        str,
        typer.Option(
            "--format",
            metavar="|".join(FORMATS),
            help="How to print the findings.",
            autocompletion=lambda incomplete: [each for each in FORMATS if each.startswith(incomplete)],
        ),
    ] = "text",
    as_json: AsJson = False,
) -> None:
    """Check documents without a register: keys, words, dependencies, counts, dates.

    Exit code 3 if there are findings that were not corrected.
    """
    from store import clock
    from store.errors import RegisterError

    ignored = frozenset(ignore or ())
    if shape not in FORMATS:
        raise typer.BadParameter(f"unknown format {shape!r}: use text, json or github", ctx=context)
    _check_usage(context, files, ignored, fix=fix)
    today = clock.now().date()
    checked, failed = [], False
    for file in files:
        try:
            with working(f"Checking {file}"):
                checked.append(_checked(file, today, ignored, fix=fix))
        except RegisterError as error:
            output.refuse(str(error))
            failed = True
    _PRINTERS["json" if as_json else shape](checked)
    if failed:
        raise typer.Exit(output.REFUSED)
    if any(each.findings for each in checked):
        raise typer.Exit(output.FOUND)


def _check_usage(context: typer.Context, files: Sequence[str], ignored: frozenset[str], *, fix: bool) -> None:
    from store.formats.document.lint import RULES

    if unknown := sorted(ignored - RULES.keys()):
        known = ", ".join(RULES)
        raise typer.BadParameter(f"unknown rule {unknown[0]!r}: use one of {known}", ctx=context, param_hint="--ignore")
    if fix and "-" in files:
        raise typer.BadParameter("--fix writes into files: name one instead of -", ctx=context)


def _checked(file: str, today: date, ignored: frozenset[str], *, fix: bool) -> Checked:
    """What is found in a file, after it was corrected if that is asked for. Raises RegisterError."""
    from store.formats.document.lint import lint as find
    from store.formats.lines import decode, read_file

    if file == "-":
        text = decode(sys.stdin.buffer.read(MORE_THAN_FITS), "stdin")
        return Checked("stdin", find(text, today=today, ignore=ignored))
    text = read_file(Path(file))
    found = find(text, today=today, ignore=ignored)
    if not fix or not any(each.is_derived for each in found):
        return Checked(file, found)
    after = find(_corrected(file, ignored), today=today, ignore=ignored)
    kept = {(each.rule, each.message) for each in after}
    return Checked(file, after, tuple(each for each in found if (each.rule, each.message) not in kept))


def _corrected(file: str, ignored: frozenset[str]) -> str:
    """The text of a file after its derived text was corrected there. Raises RegisterError."""
    from store.db.files import replacing
    from store.formats.document.derived import DERIVED_RULES, corrected
    from store.formats.lines import decode

    with replacing(Path(file), register=None) as opened:
        text = decode(opened.read() or b"", file)
        better = corrected(text, rules=DERIVED_RULES - ignored)
        if better != text:
            opened.replace(better.encode())
    return better


def _print_text(checked: Sequence[Checked]) -> None:
    lines = []
    for each in checked:
        lines += [f"{each.name}:{one.line}: fixed: {one.message} [{one.rule}]" for one in each.fixed]
        lines += [f"{each.name}:{one.line}: {one.level}: {_words(one)} [{one.rule}]" for one in each.findings]
    found = [one for each in checked for one in each.findings]
    fixed = sum(len(each.fixed) for each in checked)
    summary = [f"{number_of(fixed, 'finding')} fixed"] if fixed else []
    for level in ("error", "warning"):
        if number := sum(one.level == level for one in found):
            summary.append(number_of(number, level))
    if checked:
        words = f"{', '.join(summary) or 'No problems'} in {number_of(len(checked), 'file')}"
        fixable = sum(one.is_derived for one in found)
        lines.append(f"{words}; {fixable} can be fixed with --fix." if fixable else f"{words}.")
        output.emit("\n".join(map(line, lines)))


def _print_json(checked: Sequence[Checked]) -> None:
    found = [FileFinding(each.name, one) for each in checked for one in each.findings]
    fixed = [FileFinding(each.name, one) for each in checked for one in each.fixed]
    output.emit_json("findings", found, fixed=fixed)


def _print_github(checked: Sequence[Checked]) -> None:
    lines = [
        f"::{one.level} file={_property(each.name)},line={one.line},title={one.rule}::{_escaped(_words(one))}"
        for each in checked
        for one in each.findings
    ]
    output.emit("\n".join(map(safe, lines)))


_PRINTERS: dict[str, Callable[[Sequence[Checked]], None]] = dict(
    zip(FORMATS, (_print_text, _print_json, _print_github), strict=True)
)


def _words(found: Finding) -> str:
    return f"{found.message}: {found.remedy}" if found.remedy else found.message


def _escaped(text: str) -> str:
    """A text as the message of a workflow command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """A text as the value of a property of a workflow command."""
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")
