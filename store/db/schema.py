"""Checks a register's schema: others can change it, and triggers in it would act on behalf of whoever writes."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from store.errors import DamagedError, RegisterError

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

GUARDS = {
    name: f"CREATE TRIGGER {name} BEFORE {doing} ON change BEGIN SELECT RAISE(ABORT, 'the trail is append-only'); END"
    for name, doing in (("change_is_never_changed", "UPDATE"), ("change_is_never_removed", "DELETE"))
}
"""The triggers of our own revisions."""
_ASKED = "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type DESC, name"
_ACTING = re.compile(
    r"\b(?:CASCADE|SET|CONFLICT|COLLATE|GENERATED|AS|VIRTUAL)\b|\bDEFAULT\b(?!\s+''\s)", re.IGNORECASE | re.ASCII
)
"""Clauses by which a table changes or removes other rows, or stores another value than was written.

No table of ours has one. Constraints without them refuse at most.
"""


def refuse_foreign(path: Path, connection: sqlite3.Connection) -> None:
    """Raise the first refusal of `foreign`."""
    for refusal in foreign(path, connection):
        raise refusal


def foreign(path: Path, connection: sqlite3.Connection) -> Iterator[RegisterError]:
    """A refusal for each trigger or view that is not ours, and each table that acts; DamagedError if reading is unsafe.

    In a transaction it says what holds for the rest of it.
    """
    # SQLite goes by the schema as it read it once: have it read what is looked at here.
    connection.execute("PRAGMA writable_schema = RESET")
    for kind, name, sql in connection.execute(_ASKED).fetchall():
        acting = _ACTING.search(str(sql))
        if kind == "trigger" and GUARDS.get(name) != sql:
            yield RegisterError(*_not_ours(path, kind, name))
        elif kind == "view" or (kind == "table" and acting and acting[0].upper() == "VIRTUAL"):
            yield DamagedError(*_not_ours(path, kind, name))
        elif kind == "table" and acting:
            yield DamagedError(
                f"the table {name} of {path} was changed and would act on your behalf ({acting[0]})",
                "ask who changed it, then restore the register from a backup: `ai-debt restore FILE`",
            )


def _not_ours(path: Path, kind: object, name: object) -> tuple[str, str]:
    quoted = str(name).replace('"', '""')
    removing = shlex.join(["sqlite3", str(path), f'DROP {str(kind).upper()} "{quoted}"'])
    return (
        f"{path} holds a {kind} that is not ours, {str(name)!r}, which would act in your name",
        f"ask who put it there, then remove it: {removing}",
    )


def missing_guards(execute: Callable[[str], Iterable[Sequence[object]]]) -> tuple[str, ...]:
    """The triggers of ours that somebody removed; `execute` returns the rows of a statement."""
    there = {row[1] for row in execute(_ASKED)}
    return tuple(name for name in GUARDS if name not in there)
