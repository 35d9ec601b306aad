"""Registers as earlier releases left them, each as the SQL that makes it again."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable
    from pathlib import Path

from importlib.resources import files


def kept() -> dict[str, Traversable]:
    """The SQL of every release, by the revision it made."""
    found = (entry for entry in files(__name__).iterdir() if entry.name.endswith(".sql"))
    return {entry.name.removesuffix(".sql"): entry for entry in sorted(found, key=lambda entry: entry.name)}


def rebuild(revision: str, path: Path) -> Path:
    """Make the register of a release at `path`, where nothing is."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(kept()[revision].read_text(encoding="utf-8"))
    return path
