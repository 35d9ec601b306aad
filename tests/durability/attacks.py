"""Attacks by someone who can write the file: one row is changed, removed, added or moved, by plain SQL."""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator
    from pathlib import Path

LINKED = (
    "time", "actor", "batch", "reverses", "verb", "entity", "entity_id", "key", "field", "before", "after", "note",
    "digest",
)  # fmt: skip
ROWS = {
    "item": (
        "key", "category_id", "position", "severity", "status", "effort", "owner", "due_on", "opened_on", "accepted_by",
        "accepted_until", "affected_text", "affected_count", "affected_percent", "origin", "created", "title",
        "description", "status_note", "components_text", "mitigation_plan", "links", "extra",
    ),
    "category": ("code", "name", "definition", "position", "origin"),
    "register": (
        "title", "extends", "system", "last_updated", "purpose", "note", "project_total", "cadence", "document_id",
        "document_path", "document_sha256", "imported_at",
    ),
    "dependency": ("source_id", "target_id", "label", "position"),
    "component": ("name",),
    "item_component": ("component_id",),
    "document": ("text", "sha256"),
}  # fmt: skip
"""The columns of every table that hold what people see, or its position."""
_COPIED = {
    "dependency": "INSERT INTO dependency (source_id, target_id, label, position)"
    " SELECT target_id, source_id, label || ' too', position FROM dependency WHERE rowid = ?",
    "item_component": "INSERT INTO item_component (item_id, position, component_id)"
    " SELECT item_id, position + 100, component_id FROM item_component WHERE rowid = ?",
    "item": "INSERT INTO item (key, category_id, position, severity, status, version, created, updated, description)"
    " SELECT 'EN-999', category_id, 99, severity, status, 1, created, updated, description FROM item WHERE rowid = ?",
    "category": "INSERT INTO category (code, name, position, version)"
    " SELECT 'XX', name || ' too', 99, 1 FROM category WHERE rowid = ?",
}
"""How a row is added next to an existing one."""
_OTHER = {
    "severity": ("Critical", "High", "Medium", "Low", None),
    "status": ("Open", "Mitigated", "Accepted"),
    "effort": ("S", "M", "L", None),
    "extra": ('[["Column","other"]]', None),
    "cadence": ('[["Daily","other"]]', None),
    "last_updated": ("2020-02-02", None),
}
_DATES = ("due_on", "opened_on", "accepted_until")
_MOMENTS = ("created", "imported_at", "time")
_NUMBERS = ("position", "affected_count", "affected_percent", "project_total", "batch", "entity_id", "reverses")


@contextmanager
def unguarded(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection without the triggers; they are restored when it is closed."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        yield connection
        for _, sql in triggers:
            connection.execute(sql)


def attack_trail(connection: sqlite3.Connection, chance: random.Random) -> int:
    """Do something to one change; returns the sequence of the first change that is wrong from then on."""
    attacks: tuple[Callable[[sqlite3.Connection, random.Random, int], int], ...] = (edit, edit, remove, add, swap)
    last = connection.execute("SELECT max(sequence) FROM change").fetchone()[0]
    return chance.choice(attacks)(connection, chance, last)


def edit(connection: sqlite3.Connection, chance: random.Random, last: int) -> int:
    """Change one value of one change."""
    sequence = chance.randint(1, last)
    spoil(connection, "change", chance.choice(LINKED), sequence, chance)
    return sequence


def remove(connection: sqlite3.Connection, chance: random.Random, last: int) -> int:
    """Remove one change."""
    sequence = chance.randint(1, last)
    connection.execute("DELETE FROM change WHERE sequence = ?", (sequence,))
    return sequence


def add(connection: sqlite3.Connection, chance: random.Random, last: int) -> int:
    """Add a copy of one change behind the others, or before them all."""
    sequence = chance.choice((last + 1, last + 3, 0))
    columns = ", ".join(LINKED)
    connection.execute(
        f"INSERT INTO change (sequence, {columns}) SELECT ?, {columns} FROM change WHERE sequence = ?",
        (sequence, chance.randint(1, last)),
    )
    return min(sequence, last + 1)


def swap(connection: sqlite3.Connection, chance: random.Random, last: int) -> int:
    """Let two changes change places."""
    one, other = sorted(chance.sample(range(1, last + 1), 2))
    for before, after in ((one, -1), (other, one), (-1, other)):
        connection.execute("UPDATE change SET sequence = ? WHERE sequence = ?", (after, before))
    return one


def attack_row(connection: sqlite3.Connection, chance: random.Random) -> str:
    """Do something to one row that people see; returns what was done."""
    table = chance.choice(tuple(ROWS))
    # A component that no item names is nowhere to be seen.
    seen = " WHERE id IN (SELECT component_id FROM item_component)" if table == "component" else ""
    row = chance.choice([row for (row,) in connection.execute(f"SELECT rowid FROM {table}{seen} ORDER BY rowid")])
    if table in _COPIED and chance.random() < 0.3:
        connection.execute(_COPIED[table], (row,))
        return f"added a copy of {row} of {table}"
    if table in ("dependency", "item_component") and chance.random() < 0.3:
        connection.execute(f"DELETE FROM {table} WHERE rowid = ?", (row,))
        return f"removed {row} of {table}"
    column = chance.choice(ROWS[table])
    return spoil(connection, table, column, row, chance)


def spoil(connection: sqlite3.Connection, table: str, column: str, row: int, chance: random.Random) -> str:
    """Give one column of one row another value, such as a program could read."""
    (old,) = connection.execute(f"SELECT {column} FROM {table} WHERE rowid = ?", (row,)).fetchone()
    new = other_value(connection, column, old, chance)
    connection.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (new, row))
    return f"{column} of {row} of {table}: {old!r} is now {new!r}"


def other_value(connection: sqlite3.Connection, column: str, old: object, chance: random.Random) -> object:
    """A value that the column can take and that is not the one it has."""
    if column in _OTHER:
        return chance.choice([value for value in _OTHER[column] if value != old])
    if column in _DATES:
        return "2020-02-02" if old != "2020-02-02" else None
    if column in _MOMENTS:
        return "2020-02-02 02:02:02.000000"
    if column in _NUMBERS:
        return 7777 if old is None else int(str(old).partition(".")[0]) + 1000
    if column.endswith("_id"):
        kind = {"source_id": "item", "target_id": "item"}.get(column, column.removesuffix("_id"))
        others = [row for (row,) in connection.execute(f"SELECT id FROM {kind}") if row != old]
        return chance.choice(others) if others else None
    if column in ("before", "after"):
        return '"other"' if old != '"other"' else None
    return f"{old or ''}x"
