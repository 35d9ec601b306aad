"""Restores a backup into a register that may be in use, after showing what changes."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import Counter
from contextlib import contextmanager, suppress
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from store.audit.log import RESTORE, Head, head, identity
from store.audit.verify import verify
from store.db.database import Database
from store.db.files import JOURNAL_SUFFIXES, check_register, make_register
from store.db.filesystem import is_missing
from store.errors import DamagedError, RegisterError
from store.formats.document.diff import differences
from store.maintenance.backup import copy, copy_before_restore
from store.queries.documents import content
from store.text import number_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from store.audit.log import Done
    from store.clock import Clock
    from store.formats.document.diff import Difference


class RestorePlan(NamedTuple):
    """What restoring a backup would do; nothing is written yet.

    `present` is the head of the present register, None if there is none or it cannot be read. `differences` go
    from the present register to the backup. `lost` are the changes made since the backup, counted by who made them,
    `regained` those of the backup that the present log lacks. `damaged`: why the present register cannot be read.
    """

    source: Path
    head: Head
    items: int
    present: Head | None = None
    differences: tuple[Difference, ...] = ()
    lost: tuple[tuple[str, int], ...] = ()
    regained: int = 0
    damaged: str | None = None


def plan_restore(path: Path, source: Path) -> RestorePlan:
    """What restoring the backup `source` to the register at `path` would do.

    Raises RegisterError for a backup that fails verification, or one of another register.
    """
    if os.path.exists(path) and os.path.exists(source) and os.path.samefile(path, source):
        raise RegisterError(f"{source} is the register itself", "choose a backup of it")
    with _opened(source) as backup:
        return _planned(path, source, backup)


def restore(path: Path, plan: RestorePlan, *, clock: Clock, actor: str | None = None) -> Done:
    """Restore what a plan showed, and record that in the trail; the previous register is saved next to it.

    The open file is rewritten, so that everyone who has it open sees the restored register. Raises RegisterError when
    the register or the backup changed since the plan was made.
    """
    with _opened(plan.source) as backup:
        if _planned(path, plan.source, backup) != plan:
            raise RegisterError("the register or the backup changed since this was shown", "try again")
        # The restore is recorded in the copy, so that one commit replaces the register and records that.
        note = f"from {plan.source.name}, as of change {plan.head.sequence}"
        with Database.open(backup.path, clock=clock, actor=actor) as db, db.write(RESTORE, note=note) as writer:
            writer.record("register", 1, "register", None, None, None)
        former = _replace(path, plan, backup.path, clock, actor)
    also = f"; the previous register is saved as {former}" if former else ""
    return writer.done(f"Restored {number_of(plan.items, 'item')} from {plan.source}{also}")


@contextmanager
def _opened(source: Path) -> Iterator[Database]:
    """A private copy of a backup, upgraded and verified; the backup itself is not changed."""
    try:
        check_register(source).close()
    except RegisterError as error:
        raise RegisterError(error.what, "choose a backup of a register") from None
    folder = Path(tempfile.mkdtemp(prefix="ai-debt-restore-"))
    try:
        private = folder / "register.db"
        private.touch(mode=0o600)
        copy(source, private)
        try:
            opened = Database.open(private)
        except RegisterError as error:
            raise RegisterError(error.what.replace(str(private), str(source)), "restore another backup") from None
        with opened as db:
            if found := verify(db):
                raise RegisterError(f"{source} failed verification: {found[0].what}", "restore another backup")
            yield db
    finally:
        shutil.rmtree(folder, ignore_errors=True)


DIGESTS = "select digest, actor from change order by sequence"


def _planned(path: Path, source: Path, backup: Database) -> RestorePlan:
    with backup.read() as reader:
        there = content(reader)
        plan = RestorePlan(source, head(reader), len(there.items))
        if is_missing(path):
            return plan
        try:
            with Database.open(path) as db, db.read() as present:
                found = present.value("pragma integrity_check(1)")
                if found != "ok":
                    raise DamagedError(f"{path} is damaged ({str(found).splitlines()[-1]})")
                if identity(present) not in (None, identity(reader)):
                    raise RegisterError(
                        f"{source} is a backup of another register, {there.title!r}",
                        "restore it to another path with --db",
                    )
                ours, theirs = present.tuples(DIGESTS), reader.tuples(DIGESTS)
                common = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(ours, theirs, strict=False)))
                lost = Counter(actor for _, actor in ours[common:])
                return plan._replace(
                    present=head(present),
                    differences=differences(content(present), there, by="key"),
                    lost=tuple(sorted(lost.items())),
                    regained=len(theirs) - common,
                )
        except DamagedError as error:
            return plan._replace(damaged=str(error))


def _replace(path: Path, plan: RestorePlan, private: Path, clock: Clock, actor: str | None) -> Path | None:
    """Put the restored register in place; the path of the previous one."""
    if plan.damaged is not None:
        return _replace_damaged(path, private, clock())
    if plan.present is None:
        if not make_register(path, lambda unfinished: copy(private, unfinished)):
            raise RegisterError(f"{path} was created since this was shown", "try again")
        return None
    with Database.open(path, clock=clock, actor=actor) as db:
        former = copy_before_restore(db)
        try:
            db.replace_with(private, expected=plan.present)
        except RegisterError:
            former.unlink()
            raise
    return former


def _replace_damaged(path: Path, private: Path, now: datetime) -> Path:
    """Rename an unreadable file and its journal, and put the restored one there; the new path."""
    aside = path.with_name(f"{path.name}.damaged-{now:%Y%m%dT%H%M%SZ}")
    status = path.stat()
    if os.path.lexists(aside):
        raise RegisterError(f"{aside} already exists", "nothing was restored; try again in a moment")
    try:
        os.rename(path, aside)
        for suffix in JOURNAL_SUFFIXES:
            # SQLite would apply it to the new file.
            with suppress(FileNotFoundError):
                os.rename(f"{path}{suffix}", f"{aside}{suffix}")
    except OSError as error:
        raise RegisterError(
            f"{path} could not be moved aside ({error.strerror})", "nothing was restored; check the directory"
        ) from error
    if not make_register(path, lambda unfinished: copy(private, unfinished), mode=status.st_mode & 0o777, like=aside):
        raise RegisterError(f"{path} was created by someone else", f"the damaged register is in {aside}")
    return aside
