"""What happened to the edits: compares the rows and the trail, read without the product, with what was acknowledged."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from tests.durability.crew import Line


@dataclass(frozen=True, slots=True)
class Audit:
    """What the edits of some fields left behind: how many there are, and whatever does not fit together."""

    changes: int
    version_increase: int
    missing: tuple[Line, ...]
    broken: tuple[int, ...]
    """The sequences of changes that do not begin where the one before them ended."""
    astray: tuple[str, ...]
    """The fields of rows that do not say what their last change says."""

    @property
    def clean(self) -> bool:
        """Whether nothing was lost."""
        return not (self.missing or self.broken or self.astray) and self.changes == self.version_increase


def versions(path: Path) -> int:
    """The versions of all items together."""
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("SELECT sum(version) FROM item").fetchone()[0])


def audit(path: Path, acknowledged: Iterable[Line], *, versions_before: int) -> Audit:
    """Hold the single-field edits of a register against those that were acknowledged."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.row_factory = sqlite3.Row
        # Others may be writing: what is compared must belong together.
        connection.execute("BEGIN")
        rows = connection.execute("SELECT * FROM change WHERE verb = 'edit' ORDER BY sequence").fetchall()
        items = {row["id"]: row for row in connection.execute("SELECT * FROM item")}
    saved = {(row["batch"], row["key"], row["field"], _value(row["after"])) for row in rows}
    return Audit(
        changes=len(rows),
        version_increase=sum(row["version"] for row in items.values()) - versions_before,
        missing=tuple(
            line for line in acknowledged if (line["batch"], line["key"], line["field"], line["after"]) not in saved
        ),
        broken=tuple(_broken(rows)),
        astray=tuple(_astray(rows, items)),
    )


def _value(text: str | None) -> object:
    return None if text is None else json.loads(text)


def _broken(rows: Sequence[sqlite3.Row]) -> Iterable[int]:
    last: dict[tuple[int, str], object] = {}
    for row in rows:
        place = (row["entity_id"], row["field"])
        if place in last and last[place] != _value(row["before"]):
            yield row["sequence"]
        last[place] = _value(row["after"])


def _astray(rows: Sequence[sqlite3.Row], items: dict[int, sqlite3.Row]) -> Iterable[str]:
    last = {(row["entity_id"], row["field"]): _value(row["after"]) for row in rows}
    for (number, field), value in last.items():
        if items[number][field] != value:
            yield f"{field} of {items[number]['key']}"
