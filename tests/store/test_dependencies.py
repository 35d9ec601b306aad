"""The verbs on dependencies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from store.commands.dependencies import link, relabel, unlink
from store.errors import InvalidValueError, NotFoundError, RegisterError
from tests.store.asking import edges, item, trail

if TYPE_CHECKING:
    from store.db.database import Database


def test_link_relabel_unlink(db: Database) -> None:
    assert link(db, "en-003", "CD-002", " blurs\r\nthis ").message == "Linked EN-003 to CD-002"
    assert ("EN-003", "CD-002", "blurs\nthis") in edges(db)
    assert relabel(db, "EN-003", "CD-002", "blurs\nthis", "hides").message == "EN-003 to CD-002 is now labeled 'hides'"
    assert relabel(db, "EN-003", "CD-002", "hides", "").message == "EN-003 to CD-002 no longer has a label"
    assert relabel(db, "EN-003", "CD-002", "", "").batch is None
    assert unlink(db, "EN-003", "CD-002").message == "Unlinked EN-003 from CD-002"
    assert len(edges(db)) == 7
    told = [(change.verb, change.before, change.after) for change in trail(db, "EN-003")[:4]]
    assert told == [
        ("unlink", "", None),
        ("relabel", "hides", ""),
        ("relabel", "blurs\nthis", "hides"),
        ("link", None, "blurs\nthis"),
    ]


def test_the_same_items_may_be_linked_twice_but_not_with_one_label(db: Database) -> None:
    link(db, "EN-001", "EN-002", "second way")
    with pytest.raises(RegisterError, match="already linked to EN-002 labeled 'second way'"):
        link(db, "EN-001", "EN-002", "second way")
    with pytest.raises(RegisterError, match="already"):
        relabel(db, "EN-001", "EN-002", "feature changes cascade to", "second way")
    with pytest.raises(RegisterError, match="several dependencies on EN-002: specify the current label: 'feature"):
        unlink(db, "EN-001", "EN-002")
    unlink(db, "EN-001", "EN-002", "second way")
    assert len(edges(db)) == 7


def test_an_item_may_feed_itself(db: Database) -> None:
    link(db, "EN-003", "EN-003", "")
    found = item(db, "EN-003")
    assert [one.key for one in found.feeds] == [one.key for one in found.fed_by] == ["EN-003"]
    with pytest.raises(RegisterError, match="EN-003 is already linked to EN-003"):
        link(db, "EN-003", "EN-003", "")


@pytest.mark.parametrize(
    ("source", "target", "label", "says"),
    [
        ("EN-999", "EN-001", None, "unknown item EN-999"),
        ("EN-001", "EN-999", None, "unknown item EN-999"),
        ("EN-001", "EN-003", None, "EN-001 is not linked to EN-003: `ai-debt show EN-001`"),
        ("EN-001", "EN-002", "no such", "not linked to EN-002 with the label 'no such': its labels are 'feature"),
    ],
)
def test_links_that_are_not_there(db: Database, source: str, target: str, label: str | None, says: str) -> None:
    with pytest.raises(NotFoundError, match=says):
        unlink(db, source, target, label)


def test_labels_that_cannot_be_stored(db: Database) -> None:
    with pytest.raises(InvalidValueError, match="NUL"):
        link(db, "EN-003", "CD-002", "\0")
