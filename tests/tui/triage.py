"""Registers to triage in tests: many items, all open."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from store.commands.dependencies import link_items
from store.commands.items import add_item
from store.commands.settings import create
from store.db.database import Database
from store.enums import Severity
from store.filters.ast import ItemFilter
from store.queries.history import changes
from store.queries.items import selected_items
from tests.tui.screen import ACTOR, NOON, as_bo

if TYPE_CHECKING:
    from store.queries.items import SelectedItem

CATEGORIES = ("BE", "EN", "FL", "DD")
WORDS = ("feature", "pipeline", "model", "label", "schema")


def keys_of(count: int) -> tuple[str, ...]:
    """The keys of a register of `count` items, in its order."""
    each, rest = divmod(count, len(CATEGORIES))
    sizes = [each + (at < rest) for at in range(len(CATEGORIES))]
    return tuple(f"{code}-{at:03}" for code, size in zip(CATEGORIES, sizes, strict=True) for at in range(1, size + 1))


def open_register(path: Path, count: int) -> Path:
    """A register with `count` open items in four categories; every fifth is about the same word."""
    path.write_bytes(_open_items(count))
    return path


@cache
def _open_items(count: int) -> bytes:
    """The file of such a register, made once."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "register.db"
        _add_open_items(path, count)
        return path.read_bytes()


def _add_open_items(path: Path, count: int) -> None:
    with Database.create(path, clock=lambda: NOON, actor="bo") as bo:
        create(bo, title="Triage", system=None)
        for number, key in enumerate(keys_of(count)):
            text = f"The {WORDS[number % len(WORDS)]} of part {number}"
            add_item(bo, {"category": key[:2], "key": key, "description": text, "severity": Severity.MEDIUM})


def linked_register(path: Path, count: int) -> Path:
    """As `open_register`, with some dependencies."""
    open_register(path, count)
    with as_bo(path) as bo:
        for source, target in (("BE-001", "EN-002"), ("EN-002", "FL-003"), ("EN-002", "DD-004"), ("DD-004", "BE-001")):
            link_items(bo, (source,), target, "feeds")
    return path


def stored(path: Path) -> dict[str, SelectedItem]:
    """Every item by its key, in the register's order."""
    with as_bo(path) as db, db.read() as session:
        return {row.key: row for row in selected_items(session, ItemFilter())}


def changes_by(path: Path, actor: str = ACTOR) -> list[tuple[str, tuple[str, ...]]]:
    """What someone did, the oldest first: the verb, and the keys of the items that it changed."""
    found: dict[int, tuple[str, dict[str, None]]] = {}
    with as_bo(path) as db, db.read() as session:
        for change in reversed(changes(session)):
            if change.actor == actor and change.entity == "item":
                found.setdefault(change.batch, (change.verb, {}))[1][change.key] = None
    return [(verb, tuple(keys)) for verb, keys in found.values()]
