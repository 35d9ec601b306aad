"""The command that reads a document into the register, after a preview of what that would do."""

import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from store.errors import InvalidValueError, RegisterError
from tui.cli import output, preview
from tui.cli.editing import confirmed
from tui.cli.help import Command
from tui.cli.options import AsJson, Db, Yes, named_path
from tui.cli.progress import working
from tui.cli.reading_rules import Map, Mapping, MapSeverity, MapStatus, Same, asked, settled
from tui.cli.reading_rules import refused as uncertain
from tui.cli.reading_rules import same as same_items
from tui.cli.target import Target, target

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.commands.imports.plan import ImportPlan
    from store.commands.imports.pruning import Removals
    from store.db.database import Database
    from store.formats.document.rules import ReadingRules

Side = Literal["file", "register"]
MORE_THAN_FITS = 64 * 1024 * 1024 + 1
"""Bytes to read of stdin: a document that long is refused."""


def add_to(app: typer.Typer) -> None:
    """Add this command to a Typer."""
    app.command("import", cls=Command, epilog=IMPORT)(import_)


IMPORT = """\b
Examples:
  ai-debt import docs/ai-debt-register.md
  ai-debt import docs/ai-debt-register.md --dry-run
  ai-debt import docs/ai-debt-register.md --yes --prune
  ai-debt import map.mmd
  ai-debt import debts.md --map "Risk=title" --map-severity "Sev-1=critical"
  ai-debt import debts.md --mapping debts.toml --same "Flaky tests=TD-003"
  git show main:docs/ai-debt-register.md | ai-debt import - --yes
"""


def import_(
    context: typer.Context,
    file: Annotated[
        str,
        typer.Argument(metavar="FILE", help="A document, JSON, or a Mermaid map; - reads stdin.", callback=named_path),
    ],
    yes: Yes = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what importing would do.")] = False,
    prune: Annotated[bool, typer.Option("--prune", help="Remove what the file no longer has.")] = False,
    prefer: Annotated[
        Side | None,
        typer.Option("--prefer", metavar="file|register", help="Whose value stands where both changed a field."),
    ] = None,
    map_: Map = None,
    map_severity: MapSeverity = None,
    map_status: MapStatus = None,
    mapping: Mapping = None,
    same: Same = None,
    as_json: AsJson = False,
    db: Db = None,
) -> None:
    """Read a Markdown document into the register, after a preview of what that would do.

    The first import makes the database. Importing again merges by key: what the file changed is taken over, and what it
    no longer has is kept unless --prune. A Mermaid map without items adds dependencies and titles to a register that is
    there, and takes nothing away.

    The preview says what was understood of the document. What --map and its like say otherwise is kept with the
    register and holds for the next import, too.
    """
    from store.commands.imports.plan import refuse_pruning
    from store.commands.imports.pruning import NO_REMOVALS

    text, path = _read(file)
    rules, known = settled(text, mapping, map_, map_severity, map_status), same_items(same)
    place = target(context, db)
    with present(place) as opened:
        plan = _planned(opened, text, path, rules, known)
        plan = plan if dry_run else _certain(plan, opened, rules, known, yes=yes)
        if prune:
            refuse_pruning(plan)
        # Nobody who said yes already reads what was understood.
        show = _Preview(plan, file, prune, prefer, as_json, in_full=as_json or dry_run or not yes)
        going = plan.removed(prefer) if prune else NO_REMOVALS
        show.before()
        if plan.problems or dry_run:
            show.after(going, applied=False)
            if plan.problems:
                raise refused(plan, file)
            return
        _require_possible(plan, opened, file, prune=prune, prefer=prefer)
        if preview.differs(plan, going):
            confirmed(f"Import {file}?", yes=yes)
        said = _apply(opened, place, plan, prune=prune, prefer=prefer)
    show.after(going, applied=True)
    if not as_json:
        output.say(f"{said}.")


class _Preview:
    """Shows a plan: as a page before anything is done, or as JSON afterwards."""

    def __init__(
        self, plan: "ImportPlan", file: str, prune: bool, prefer: Side | None, as_json: bool, *, in_full: bool
    ) -> None:
        from store.commands.imports.plan import understanding

        self._plan, self._file, self._prune, self._prefer, self._as_json = plan, file, prune, prefer, as_json
        with working(f"Reading {file}"):
            self._found = understanding(plan) if in_full else None

    def before(self) -> None:
        """The page."""
        if not self._as_json:
            shown = preview.page(self._plan, self._file, prune=self._prune, prefer=self._prefer, found_in=self._found)
            output.emit(shown)

    def after(self, going: "Removals", *, applied: bool) -> None:
        """The JSON; `going` is what the import removes."""
        if self._as_json:
            output.emit_json("import", preview.shape(self._plan, going, self._found, applied=applied))


def _read(file: str) -> tuple[str, str | None]:
    """The text of a document and its path. Raises DocumentError for what cannot be one."""
    from store.formats.lines import decode, read_file

    if file != "-":
        return read_file(Path(file)), os.path.abspath(file)
    return decode(sys.stdin.buffer.read(MORE_THAN_FITS), "stdin"), None


@contextmanager
def present(place: Target) -> "Iterator[Database | None]":
    """The database if there is one already; a register begins with its first import."""
    if place.missing:
        yield None
        return
    opened = place.opened()
    try:
        yield opened
    finally:
        opened.close()


def _planned(
    opened: "Database | None", text: str, path: str | None, rules: "ReadingRules", known: dict[str, str]
) -> "ImportPlan":
    from store.commands.imports.plan import plan_import

    with working(f"Reading {Path(path).name if path else 'stdin'}"):
        plan = plan_import(opened, text, path=path, settled=rules, same=known)
    if (plan.is_copy or plan.map_alone) and rules != type(rules)():
        raise InvalidValueError("map", "this file has no columns or words to map", "omit --map and --mapping")
    return plan


def _certain(
    plan: "ImportPlan", opened: "Database | None", rules: "ReadingRules", known: dict[str, str], *, yes: bool
) -> "ImportPlan":
    """A plan in which every item is known or new: somebody is asked. Raises InvalidValueError where nobody can be."""
    while plan.uncertain:
        settle(plan, known, may_ask=not yes and output.can_ask())
        plan = _planned(opened, plan.text, plan.path, rules, known)
    return plan


def settle(plan: "ImportPlan", known: dict[str, str], *, may_ask: bool) -> None:
    """Ask which item the first uncertain one is, and note it in `known`. Raises InvalidValueError."""
    if not may_ask:
        raise uncertain(plan)
    text, key = asked(plan)
    known[text] = key


def _require_possible(
    plan: "ImportPlan", opened: "Database | None", file: str, *, prune: bool, prefer: Side | None
) -> None:
    """Raises RegisterError where both sides changed and nobody says whose value stands, or nothing can be written."""
    if plan.contested(prune=prune) and prefer is None:
        raise RegisterError(_contested(plan, file, prune=prune), "choose with --prefer file or --prefer register")
    if opened is not None and opened.trouble is not None:
        raise opened.trouble.but("nothing was imported, and --dry-run shows what importing would do")


def _apply(opened: "Database | None", place: Target, plan: "ImportPlan", *, prune: bool, prefer: Side | None) -> str:
    """Write what was planned; the sentence of what was done."""
    from store.commands.imports.apply import apply_import

    if opened is not None:
        with working("Writing the register"):
            return apply_import(opened, plan, prune=prune, prefer=prefer).message
    with place.created() as made, working("Writing the register"):
        return apply_import(made, plan, prune=prune, prefer=prefer).message


def refused(plan: "ImportPlan", file: str) -> typer.Exit:
    """Say every problem with its line, and that nothing was written."""
    name = preview.name_of(file)
    sentences = [f"{name}, line {each.line}: {each.what}: {each.remedy}" for each in plan.problems]
    if len(sentences) == 1:
        return output.refuse(sentences[0])
    for sentence in sentences:
        output.say(sentence)
    return output.refuse(f"{name} has {len(sentences)} problems: nothing was written, mend them and import it again")


def _contested(plan: "ImportPlan", file: str, *, prune: bool) -> str:
    """What changed on both sides."""
    gone = list(dict.fromkeys(conflict.key for conflict in plan.pruning.conflicts)) if prune else []
    parts = []
    if plan.conflicts:
        parts.append(f"{_counted(len(plan.conflicts), 'field')} changed both in {file} and in the register")
    if gone:
        more = f" and {len(gone) - 3} more" if len(gone) > 3 else ""
        parts.append(f"{', '.join(gone[:3])}{more} changed in the register and removed in {file}")
    return ", ".join(parts)


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
