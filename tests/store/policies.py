"""Short ways to ask about policy in tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from store import policy
from store.commands.conflicts import add_row
from store.filters.ast import ItemFilter
from store.models import SavedQuery
from store.queries.items import item, page

if TYPE_CHECKING:
    from store.db.database import Database
    from store.enums import Flag, SavedKind
    from store.policy import AcceptedRow, OwnerRow, RuleRow
    from store.queries.items import ItemRow

DAY = timedelta(days=1)
SHARE = "High-severity debt once it affects > 10% of all ML projects"
"""The rule that the sample brings."""
HIGH = ("BE-001", "EN-001", "EN-002", "DD-001", "PD-001", "PD-002")
"""The sample's open High items."""


class Calendar:
    """A clock that stops until it is moved."""

    def __init__(self, moment: datetime = datetime(2026, 3, 3, 9, tzinfo=UTC)) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        return self.moment

    def pass_days(self, number: int) -> None:
        """Let days go by."""
        self.moment += number * DAY


def save_unchecked(db: Database, kind: SavedKind, name: str, query: str) -> None:
    """Save a query as another release might that knows other words."""
    with db.write("save-query") as writer:
        add_row(writer, SavedQuery(kind=kind, name=name, query=query, position=99))


def rules(db: Database) -> dict[str, RuleRow]:
    """The rules by name."""
    with db.read() as session:
        return {row.name: row for row in policy.rules(session)}


def escalated(db: Database) -> dict[str, tuple[str, ...]]:
    """What breaks which rules."""
    with db.read() as session:
        return policy.escalated(session)


def accepted(db: Database) -> tuple[AcceptedRow, ...]:
    """The accepted items."""
    with db.read() as session:
        return policy.accepted(session)


def owners(db: Database) -> dict[str | None, OwnerRow]:
    """The owners by name, in order."""
    with db.read() as session:
        return {row.owner: row for row in policy.owners(session)}


def listed(db: Database) -> dict[str, ItemRow]:
    """The rows of the list of all items."""
    with db.read() as session:
        return {row.key: row for row in page(session, ItemFilter()).items}


def flags(db: Database, key: str) -> frozenset[Flag]:
    """The flags of an item in the list, which are those of its page."""
    row = listed(db)[key]
    with db.read() as session:
        assert item(session, key).flags == row.flags
    return row.flags
