"""Whether a register is sound, as the product itself judges it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.audit import log
from store.audit.verify import verify
from store.db.database import Database
from store.errors import RegisterError

if TYPE_CHECKING:
    from pathlib import Path


def wrong(path: Path) -> list[str]:
    """What is wrong with the register of a file, the first thing first; nothing where it is sound."""
    try:
        with Database.open(path, actor="auditor") as db:
            return [finding.what for finding in verify(db)]
    except RegisterError as refused:
        return [str(refused)]


def newest_change(db: Database) -> int:
    """How far the trail goes."""
    with db.read() as session:
        return log.head(session).sequence
