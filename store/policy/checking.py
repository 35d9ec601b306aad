"""The check of all rules, and the record of what breaks and clears."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select as columns
from sqlmodel import col, select

from store.audit.log import CLEAR, ESCALATE
from store.enums import SavedKind
from store.lead import lead_of
from store.models import Change, Item
from store.policy.escalation import all_rules
from store.policy.rows import CheckRows, FoundRow
from store.queries.flags import flagged
from store.queries.lookup import chunks
from store.queries.plain import LEAD

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlmodel import Session

    from store.db.database import Database
    from store.policy.rows import RuleRow

    Pair = tuple[int, str]

ACTOR = "policy"
"""Who the trail says escalates: nobody in person."""


def check(db: Database, *, record: bool = False) -> CheckRows:
    """What breaks the rules now, and of what one cannot tell.

    With `record`, what is newly broken goes into the trail as `escalate`, once for each item and rule until it is
    found whole again, which goes in as `clear`: all in one batch, and nothing where nothing is new. What one cannot
    tell neither escalates nor clears.
    """
    if not record:
        with db.read() as session:
            return _checked(session)
    with db.write(ESCALATE) as writer:
        writer.actor = ACTOR
        session = writer.session
        found = _checked(session)
        ids = dict(session.exec(select(Item.key, Item.id)).all())
        keys = {item or 0: key for key, item in ids.items()}
        standing = _standing(session, keys)
        broken = {(ids[key] or 0, rule.name) for rule in found.rules for key in rule.broken}
        untold = {(ids[key] or 0, rule.name) for rule in found.rules for key in rule.untold}
        fresh, whole = _in_order(broken - standing, found.rules), _in_order(standing - broken - untold, found.rules)
        for verb, pairs in ((ESCALATE, fresh), (CLEAR, whole)):
            writer.verb = verb
            for item, rule in pairs:
                writer.record("item", item, keys[item], None, None, None, note=rule)
    return CheckRows(
        found.rules,
        found.items,
        recorded=tuple((keys[item], rule) for item, rule in fresh),
        cleared=tuple((keys[item], rule) for item, rule in whole),
    )


def _checked(session: Session) -> CheckRows:
    rules = all_rules(session)
    listed = list(dict.fromkeys(key for rule in rules for key in (*rule.broken, *rule.untold)))
    return CheckRows(rules, _items(session, listed))


def _items(session: Session, keys: Sequence[str]) -> dict[str, FoundRow]:
    """Some items as lists show them, by key."""
    found: dict[str, FoundRow] = {}
    shown = (col(Item.id), col(Item.key), *LEAD, col(Item.severity), col(Item.status), col(Item.owner))
    for chunk in chunks(keys):
        flags = flagged(session, col(Item.key).in_(chunk))
        for item, key, title, text, severity, status, owner in session.execute(
            columns(*shown).where(col(Item.key).in_(chunk))
        ):
            found[key] = FoundRow(key, lead_of(title, text), severity, status, owner, flags.get(item, frozenset()))
    return {key: found[key] for key in keys}


def _standing(session: Session, there: Iterable[int]) -> set[Pair]:
    """The items that are there, with the rules that the trail says they break; a rule's new name is taken for it."""
    told = columns(col(Change.entity), col(Change.entity_id), col(Change.verb), col(Change.note))
    names = (col(Change.before), col(Change.after))
    said = col(Change.verb).in_((ESCALATE, CLEAR))
    renamed = (col(Change.entity) == SavedKind.RULE.value) & (col(Change.field) == "name")
    found: set[Pair] = set()
    for entity, item, verb, note, before, new in session.execute(
        told.add_columns(*names).where(said | renamed).order_by(col(Change.sequence))
    ):
        if entity == SavedKind.RULE.value:
            found = {(each, str(new) if rule == before else rule) for each, rule in found}
        elif verb == ESCALATE:
            found.add((item, str(note)))
        else:
            found.discard((item, str(note)))
    alive = set(there)
    return {pair for pair in found if pair[0] in alive}


def _in_order(pairs: set[Pair], rules: Sequence[RuleRow]) -> list[Pair]:
    """By rule, the rules that are no more last, then in the order the items were made."""
    place = {rule.name: number for number, rule in enumerate(rules)}
    return sorted(pairs, key=lambda pair: (place.get(pair[1], len(place)), pair[1], pair[0]))
