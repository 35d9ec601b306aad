"""What tests of imports share: the sample with changes, plans and imports of texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.commands.imports.apply import apply_import
from store.commands.imports.plan import ImportPlan, plan_import
from store.samples import sample_text

if TYPE_CHECKING:
    from store.db.database import Database

EDGE = '    EN001 -->|"feature changes cascade to"| EN002\n'


def changed(*pairs: tuple[str, str]) -> str:
    """The sample with some of its text replaced, once each."""
    text = sample_text()
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new, 1)
    return text


def row(key: str) -> str:
    """An item's line in the sample."""
    return next(line for line in sample_text().splitlines(keepends=True) if line.startswith(f"| {key} |"))


def plan(db: Database, text: str) -> ImportPlan:
    return plan_import(db, text, path="debt.md")


def take(db: Database, text: str, **how: object) -> str:
    return apply_import(db, plan(db, text), **how).message  # type: ignore[arg-type]
