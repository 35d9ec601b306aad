"""The command that brings a file and the register to the same state, field by field."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from store.audit.describe import called
from store.clock import format_time
from store.errors import RegisterError
from store.fields import no_value
from store.formats.document.rules import EVERYTHING
from store.text import join_few, number_of
from tui.cli import output
from tui.cli.command import Commands, Session, argument, flag, option
from tui.cli.documents import CHOOSE, Same, Side, import_text, refused, same_items, settle
from tui.cli.options import Yes
from tui.cli.output import confirmed, working
from tui.cli.text import difference_lines
from tui.lazy import file_lines, import_plan, sync_commands
from tui.render.text import line, safe

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from store.commands.imports.plan import ImportPlan
    from store.commands.sync import OlderState, Synced, SyncPlan
    from store.db.database import Database
    from store.errors import FieldConflict
    from store.formats.document.diff import Difference
    from tui.cli.target import Target


commands = Commands()

_ATTEMPTS = 10
"""How often a sync starts over because someone else changed the file or the register."""


@commands.session("sync")
def sync(
    session: Session,
    file: Annotated[str, argument("FILE", "A document, CSV or JSON; created if missing.", is_path=True)],
    yes: Yes = False,
    dry_run: Annotated[bool, flag("--dry-run", "Only show what would change on both sides.")] = False,
    prune: Annotated[
        bool | None,
        flag(
            "--prune/--no-prune", "Remove what the file no longer has, or write it back into the file (default: ask)."
        ),
    ] = None,
    prefer: Annotated[
        Side | None,
        option(
            "--prefer",
            "file|register",
            "Whose value wins if both changed a field, or if the file is older (default: ask).",
        ),
    ] = None,
    same: Same = None,
) -> None:
    """Merge the changes in a file and in the register.

    Only what changed since the last sync counts. Both are written.

    If both changed the same field, it asks whose value wins. A file that is an older state of the register reverts
    nothing unless you say so. If it would have to ask, but there is no terminal, or --yes is given, nothing
    is changed, and the exit code is 1.

    Examples:
      ai-debt sync docs/ai-debt-register.md
      ai-debt sync docs/ai-debt-register.md --dry-run
      ai-debt sync docs/ai-debt-register.md --prefer register --no-prune
    """
    if file == "-":
        raise typer.BadParameter("stdin cannot be written: name a file")
    run = _Sync(Path(os.path.abspath(file)), file, session.target, yes=yes, as_json=session.as_json)
    run.prune, run.prefer, run.known = prune, prefer, same_items(same)
    run.run(dry_run=dry_run)


class SyncReport(NamedTuple):
    """What a sync changed, or would change."""

    path: Path
    applied: bool
    register: tuple[Difference, ...]
    file: tuple[Difference, ...]
    conflicts: tuple[FieldConflict, ...]
    missing: tuple[str, ...]
    older: datetime | None


class _Sync:
    """One sync of a file, with what was answered so far."""

    prune: bool | None = None
    prefer: Side | None = None

    def __init__(self, path: Path, name: str, place: Target, *, yes: bool, as_json: bool) -> None:
        self._path, self._name, self._place = path, name, place
        self._yes, self._as_json, self._can_ask = yes, as_json, output.can_ask() and not yes
        self.known: dict[str, str] = {}
        self._older: Side | None = None
        self._chosen: dict[tuple[str, ...], Side] = {}

    def run(self, *, dry_run: bool) -> None:
        """Sync; start over where someone else changed the file or the register in between."""
        from store.commands.sync import CHANGED_SINCE

        for attempt in range(1, _ATTEMPTS + 1):
            try:
                if os.path.lexists(self._path):
                    self._sync(dry_run=dry_run)
                else:
                    self._write_new(dry_run=dry_run)
                return
            except CHANGED_SINCE:
                if attempt == _ATTEMPTS:
                    raise

    def _write_new(self, *, dry_run: bool) -> None:
        """Write the register to a file that is not there."""
        if self._place.missing and self._place.named is None:
            what = f"there is neither {self._name} nor a register yet"
            raise RegisterError(what, "check the path, or run `ai-debt init`")
        with self._place.opened() as opened:
            done = (
                f"{self._name} does not exist: it would be written"
                if dry_run
                else sync_commands.write_new(opened, self._path)
            )
        if self._as_json:
            self._emit((), (), applied=not dry_run)
        else:
            output.say(f"{done}.")

    def _sync(self, *, dry_run: bool) -> None:
        """Sync with a file that is there."""
        text = file_lines.read_file(self._path)
        with self._place.present() as opened:
            found = self._planned(opened, text)
            # What someone else has synced since it was read is not older.
            while found.older is not None and (now := file_lines.read_file(self._path)) != text:
                text, found = now, self._planned(opened, now)
            if found.older is not None and dry_run:
                self._show_older(found.older)
                return
            if found.older is not None:
                self._older = self._choose_older(found.older)
                found = self._planned(opened, text)
            if opened is None or found.plan.first:
                self._preview_first(found.plan, dry_run=dry_run)
            if opened is None:
                self._begin(found, dry_run=dry_run)
                return
            plan, found = found.plan, self._resolved(found, dry_run=dry_run)
            if dry_run:
                self._show_preview(sync_commands.preview_sync(opened, found, prune=bool(self.prune)), plan)
                return
            if opened.trouble is not None:
                raise opened.trouble.but("nothing was changed, and --dry-run shows what syncing would do")
            with working(f"Writing {self._name}"):
                synced = sync_commands.sync_file(opened, self._path, found, prune=bool(self.prune))
            self._show(synced)

    def _planned(self, opened: Database | None, text: str) -> SyncPlan:
        """What is taken over from the file, with every item known or new."""

        def planned() -> SyncPlan:
            prefer = self._older or self.prefer
            with working(f"Reading {self._name}"):
                return sync_commands.plan_sync(
                    opened, text, path=self._path, settled=EVERYTHING, same=self.known, prefer=prefer
                )

        found = planned()
        while not found.plan.problems and found.plan.uncertain:
            settle(found.plan, self.known, may_ask=self._can_ask)
            found = planned()
        if found.plan.problems:
            raise refused(found.plan, self._name)
        if found.plan.map_alone:
            what = f"{self._name} is a map without items, which cannot be synced"
            raise RegisterError(what, f"read it with `ai-debt import {self._name}`")
        return found

    def _preview_first(self, plan: ImportPlan, *, dry_run: bool) -> None:
        """Show what was understood of a file that begins a register, and ask whether that is right."""
        if self._as_json:
            return
        if self._can_ask or dry_run:
            found = import_plan.understanding(plan)
            output.emit(import_text(plan, self._name, prune=False, prefer=None, found_in=found))
        if not dry_run:
            confirmed(f"Import {self._name}?", yes=not self._can_ask)

    def _begin(self, found: SyncPlan, *, dry_run: bool) -> None:
        """Begin the register with the file."""
        if dry_run:
            self._emit((), (), applied=False)
            return
        with self._place.created() as made, working(f"Writing {self._name}"):
            synced = sync_commands.sync_file(made, self._path, found, prune=False)
        self._show(synced)

    def _resolved(self, found: SyncPlan, *, dry_run: bool) -> SyncPlan:
        """The same without conflicts: someone is asked. Raises RegisterError where nobody can be."""
        from store.commands.imports.resolution import resolved

        plan = found.plan
        missing = plan.absent
        if missing and self.prune is None and not dry_run:
            self.prune = self._ask_to_prune(missing)
        contested = plan.contested(prune=bool(self.prune))
        prefer = self._older or self.prefer or ("register" if dry_run else None)
        removed = set(plan.pruning.conflicts)
        if contested and prefer is None and not self._can_ask:
            for each in contested:
                output.say(_conflict(each, removed=each in removed))
            number = number_of(len(contested), "conflict")
            raise RegisterError(f"{number} between {self._name} and the register", CHOOSE)

        def choose(conflict: FieldConflict) -> Side:
            if prefer is not None:
                return prefer
            # An item that the file no longer has is removed or kept as a whole.
            name = (conflict.key,) if conflict in removed else (*conflict[:5],)
            if name not in self._chosen:
                output.say(_conflict(conflict, removed=conflict in removed))
                self._chosen[name] = self._ask_side("Keep which side? (file or register)")
            return self._chosen[name]

        return found._replace(plan=resolved(plan, choose, prune=bool(self.prune)))

    def _ask_side(self, question: str) -> Side:
        """Ask until a side is named. An empty answer exits, with nothing changed."""
        sides: tuple[Side, Side] = ("file", "register")
        while answer := output.ask_for(question).casefold():
            for side in sides:
                if side.startswith(answer):
                    return side
        raise output.refuse("nothing was changed")

    def _ask_to_prune(self, missing: Sequence[str]) -> bool:
        words = f"{self._name} no longer has {join_few(missing)}"
        if not self._can_ask:
            remedy = "--prune removes that from the register, too, and --no-prune writes it back into the file"
            raise RegisterError(words, remedy)
        answer = output.ask_for(f"{words}. Remove that from the register, too, or write it back? (remove or write)")
        while answer:
            for word in ("remove", "write"):
                if word.startswith(answer.casefold()):
                    return word == "remove"
            answer = output.ask_for("remove or write?")
        raise output.refuse("nothing was changed")

    def _choose_older(self, older: OlderState) -> Side:
        """Say what an older file would take back, and ask. Raises RegisterError where nobody can be asked."""
        for each in self._older_lines(older):
            output.say(each)
        if self._can_ask:
            return self._ask_side("Revert these changes (file), or update the file (register)?")
        remedy = "--prefer register updates it, and --prefer file reverts these changes"
        raise RegisterError(f"{self._name} is older than the register's last sync", remedy)

    def _older_lines(self, older: OlderState) -> Iterator[str]:
        was = "an edited copy of the file" if older.is_changed else "the file"
        done = "exported" if older.verb == "export" else "imported"
        yield f"{self._name} is {was} that was {done} on {format_time(older.time)}: it is older than the last sync"
        yield "It would revert:"
        for each in older.taken_back:
            yield from (f"  {words}" for words in difference_lines(each))

    def _show_older(self, older: OlderState) -> None:
        if self._as_json:
            self._emit(older.taken_back, (), applied=False, older=older)
            return
        output.emit("\n".join(map(safe, self._older_lines(older))))

    def _show(self, synced: Synced) -> None:
        """What was done."""
        self._emit(synced.register, synced.file, applied=True)
        if self._as_json:
            return
        if synced.register or synced.file or synced.is_written:
            output.say(f"Synced {self._name}.")
        else:
            output.say(f"Nothing changed: {self._name} and the register match.")

    def _show_preview(self, synced: Synced, plan: ImportPlan) -> None:
        """What would be done, and what someone would be asked about."""
        conflicts = () if self.prefer else plan.contested(prune=bool(self.prune))
        missing = plan.absent if self.prune is None else ()
        asked: set[tuple[str, str | None]] = {(each.key, each.field) for each in conflicts}
        asked |= {(key, None) for key in (*plan.missing, *plan.missing_categories) if missing}
        asked |= {(edge.key, None) for edge in plan.merge.missing_edges if missing}
        file = [each for each in synced.file if (each.key or "register", each.field) not in asked]
        self._emit(synced.register, file, applied=False, conflicts=conflicts, missing=missing)
        if self._as_json:
            return
        if conflicts:
            removed = set(plan.pruning.conflicts)
            lines = (_conflict(each, removed=each in removed) for each in conflicts)
            output.emit("\n".join(["Conflicts:", *(f"  {safe(each)}" for each in lines)]))
        if missing:
            words = f"{self._name} no longer has {join_few(missing)}: choose --prune or --no-prune"
            output.emit(output.sentence(words))
        if not (synced.register or file or conflicts or missing):
            output.say(f"Nothing would change: {self._name} and the register match.")

    def _emit(
        self,
        register: Iterable[Difference],
        file: Iterable[Difference],
        *,
        applied: bool,
        conflicts: Sequence[FieldConflict] = (),
        missing: Sequence[str] = (),
        older: OlderState | None = None,
    ) -> None:
        """What changes on both sides, as sentences or as JSON."""
        if self._as_json:
            found = SyncReport(
                self._path,
                applied,
                tuple(register),
                tuple(file),
                tuple(conflicts),
                tuple(missing),
                older.time if older else None,
            )
            output.emit_json("sync", found)
            return
        for where, changed in (("the register", list(register)), (self._name, list(file))):
            if changed:
                lines = [f"  {words}" for each in changed for words in difference_lines(each)]
                output.emit("\n".join([line(f"In {where}:"), *lines]))


def _conflict(each: FieldConflict, *, removed: bool = False) -> str:
    """What both sides made of a field, or of an item that is `removed` in the file."""
    if removed:
        return f"{each.key} is not in the file, and its {called(each.field)} was changed here (by {each.by})"
    what = f"the {called(each.field)} of {each.key}" if each.key != "register" else f"the {called(each.field)}"
    before, file, register = (text or no_value(each.field, "-") for text in (each.before, each.mine, each.theirs))
    return f"{what} was {before}: the file says {file}, and the register {register} (by {each.by})"
