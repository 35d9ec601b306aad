"""Items by their ids as reviews show them: those that are there, and those that are gone as they were last."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func
from sqlalchemy import select as columns
from sqlmodel import col, select

from store.enums import Severity, Status
from store.lead import lead_of
from store.models import Change, Item
from store.queries.lookup import chunks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlmodel import Session

    from store.audit.snapshots import State
    from store.models import Json


@dataclass(frozen=True, slots=True)
class Shown:
    """What stands for an item; one that is `gone` is as it was when it was removed."""

    key: str
    lead: str
    severity: Severity
    status: Status
    gone: bool = False


def shown(session: Session, ids: Sequence[int]) -> dict[int, Shown]:
    """The items of some ids, as far as the trail knows them."""
    found: dict[int, Shown] = {}
    said = func.substr(col(Item.description), 1, 480)
    wanted = columns(col(Item.id), col(Item.key), col(Item.title), said, col(Item.severity), col(Item.status))
    for chunk in chunks(ids):
        for item, key, title, text, severity, status in session.execute(wanted.where(col(Item.id).in_(chunk))):
            found[item] = Shown(key, lead_of(title, text), severity, status)
    gone = last_states(session, [item for item in ids if item not in found])
    return found | {item: shown_by(state, gone=True) for item, state in gone.items()}


def shown_by(state: State, *, gone: bool = False) -> Shown:
    """The item that says this."""
    return Shown(
        key=str(state["key"]),
        lead=lead_of(_text(state.get("title")), _text(state.get("description")) or ""),
        severity=Severity(str(state["severity"])),
        status=Status(str(state["status"])),
        gone=gone,
    )


def last_states(session: Session, ids: Sequence[int]) -> dict[int, State]:
    """What items said when they were removed last, by id."""
    found: dict[int, State] = {}
    for chunk in chunks(ids):
        query = (
            select(Change)
            .where(Change.entity == "item", col(Change.entity_id).in_(chunk), col(Change.field).is_(None))
            .where(col(Change.before).is_not(None), col(Change.after).is_(None))
            .order_by(col(Change.sequence))
        )
        for change in session.exec(query):
            if isinstance(change.before, dict):
                found[change.entity_id] = change.before
    return found


def _text(value: Json) -> str | None:
    return None if value is None else str(value)
