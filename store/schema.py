"""What a register's schema may hold beside its tables: others can write it, and a trigger acts for whoever writes."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from store.errors import RegisterError

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

GUARDS = {
    name: f"CREATE TRIGGER {name} BEFORE {doing} ON change BEGIN SELECT RAISE(ABORT, 'the trail is append-only'); END"
    for name, doing in (("change_is_never_changed", "UPDATE"), ("change_is_never_removed", "DELETE"))
}
"""The triggers of our own revisions."""
_ASKED = "SELECT type, name, sql FROM sqlite_master WHERE type IN ('trigger', 'view') ORDER BY name"


def refuse_foreign(path: Path, connection: sqlite3.Connection) -> None:
    """Raise RegisterError, naming it, for a trigger or view that is not ours."""
    for refusal in foreign(path, connection):
        raise refusal


def foreign(path: Path, connection: sqlite3.Connection) -> Iterator[RegisterError]:
    """A refusal for each trigger or view that is not ours."""
    for kind, name, sql in connection.execute(_ASKED):
        if GUARDS.get(name) != sql:
            quoted = str(name).replace('"', '""')
            removing = shlex.join(["sqlite3", str(path), f'DROP {str(kind).upper()} "{quoted}"'])
            yield RegisterError(
                f"{path} holds a {kind} that is not ours, {str(name)!r}, which would act in your name",
                f"ask who put it there, then remove it: {removing}",
            )


def missing_guards(execute: Callable[[str], Iterable[Sequence[object]]]) -> tuple[str, ...]:
    """The triggers of ours that somebody removed; `execute` returns the rows of a statement."""
    there = {row[1] for row in execute(_ASKED)}
    return tuple(name for name in GUARDS if name not in there)
