"""Many processes edit few items at once: every acknowledged edit is in the trail, and none was written over unseen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from store.commands.items import add_item
from store.db.database import Database
from tests.counts import count
from tests.durability.audit import audit, versions
from tests.durability.checks import wrong
from tests.durability.crew import Crew
from tests.store.asking import content

if TYPE_CHECKING:
    from pathlib import Path

WRITERS = count(4, 50)
EDITS = count(15, 200)
ITEMS = count(5, 20)


def keys_to_edit(path: Path) -> list[str]:
    """The keys of this many items, made where the sample has fewer."""
    with Database.open(path, actor="ana") as db:
        keys = [item.key for item in content(db).items]
        while len(keys) < ITEMS:
            keys += add_item(db, {"category": "EN", "description": "one more", "severity": "low"}).keys
    return keys[:ITEMS]


@pytest.mark.soak
def test_no_edit_is_lost(sample_copy: Path) -> None:
    keys = keys_to_edit(sample_copy)
    before = versions(sample_copy)
    with Crew() as crew:
        crew.hire("editor", *((str(sample_copy), f"w{number}", str(EDITS), *keys) for number in range(WRITERS)))
        crew.finish()
        assert crew.complaints == []
        acknowledged = crew.acknowledged
    assert len(acknowledged) == WRITERS * EDITS
    found = audit(sample_copy, acknowledged, versions_before=before)
    assert found.clean, found
    assert found.changes == len(acknowledged)
    assert wrong(sample_copy) == []


def test_edits_made_from_an_old_look_are_seen_to_be_lost(sample_copy: Path) -> None:
    before = versions(sample_copy)
    with Crew() as crew:
        crew.hire("careless", *((str(sample_copy), f"w{number}", "5", "EN-001", "stale") for number in range(3)))
        crew.finish()
        assert crew.complaints == []
        found = audit(sample_copy, crew.acknowledged, versions_before=before)
    assert found.changes == 15
    # All three began from the same look.
    assert len(found.broken) >= 2
    assert found.version_increase < found.changes
    assert wrong(sample_copy)


def test_edits_without_the_lock_are_seen_to_fail(sample_copy: Path) -> None:
    with Crew() as crew:
        crew.hire("careless", *((str(sample_copy), f"w{number}", "5", "EN-001", "deferred") for number in range(3)))
        crew.finish()
        assert [complaint for complaint in crew.complaints if "locked" in complaint]
