"""Makes the escalation that a document's review cadence tells of into rules, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlmodel import col, select

from store.audit.log import IMPORT
from store.audit.undone import undone
from store.commands.conflicts import created
from store.enums import SavedKind
from store.formats.escalation import escalation_of
from store.models import Change, SavedQuery
from store.sameness import name_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store.audit.log import Writer
    from store.formats.document.model import CadenceEntry


def seed_rules(writer: Writer, cadence: Sequence[CadenceEntry]) -> None:
    """Add the rules that a cadence tells of, in the verb's own batch, unless an import brought some before.

    From then on they are the register's: whatever became of them, another import leaves them as they are.
    """
    session = writer.session
    before = select(Change.sequence).where(
        Change.entity == SavedKind.RULE.value,
        Change.verb == IMPORT,
        col(Change.field).is_(None),
        col(Change.batch).not_in(undone()),
    )
    told = escalation_of(cadence).rules
    if not told or session.exec(before.limit(1)).first() is not None:
        return
    rules = session.exec(select(SavedQuery).where(SavedQuery.kind == SavedKind.RULE)).all()
    known = {name_key(row.name) for row in rules} | {row.query for row in rules}
    end = max((row.position for row in rules), default=-1) + 1
    for position, (name, query) in enumerate(told, end):
        if name_key(name) not in known and query not in known:
            row = SavedQuery(kind=SavedKind.RULE, name=name, query=query, position=position)
            session.add(row)
            session.flush()
            created(writer, row)
