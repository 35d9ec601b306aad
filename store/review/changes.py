"""What became of items, as minutes and differences list it: in order, and with the rules that are newly broken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func
from sqlmodel import col, select

from store.audit.between import ITEM
from store.models import Change, Item
from store.queries.items import ordered_categories
from store.queries.lookup import chunks
from store.review.rows import Escalation, ItemChanges
from store.review.shown import shown, shown_by

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlmodel import Session

    from store.audit.between import Became
    from store.review.standing import Broken


def item_changes(one: Became) -> ItemChanges:
    """What became of an item that was there before or after."""
    item = shown_by(one.after or one.before or {})
    return ItemChanges(item.key, item.lead, item.severity, item.status, one.told())


def in_document_order(session: Session, items: Iterable[Became]) -> list[Became]:
    """Items in the order of the document as it was at the end, those that are gone by the keys they had."""
    places = {category.id: at for at, category in enumerate(ordered_categories(session))}

    def place(one: Became) -> tuple[int, int, str]:
        if one.after is None:
            return len(places) + 1, 0, str((one.before or {}).get("key"))
        category, position = one.after.get("category"), one.after.get("position")
        number = category.get("id") if isinstance(category, dict) else None
        at = places.get(number, len(places)) if isinstance(number, int) else len(places)
        return at, position if isinstance(position, int) else 0, str(one.after.get("key"))

    return sorted(items, key=place)


def newly_escalated(
    session: Session, before: Broken, after: Broken, became: Mapping[tuple[str, int], Became]
) -> tuple[Escalation, ...]:
    """The items that break rules after that they did not break before, whatever they were called then."""
    former = {
        str(one.after["key"]): str(one.before["key"])
        for one in became.values()
        if one.entity == ITEM and one.before and one.after
    }
    new = {
        key: tuple(rule for rule in rules if rule not in before.get(former.get(key, key), ()))
        for key, rules in after.items()
    }
    keys = [key for key, rules in new.items() if rules]
    leads = _leads(session, keys)
    return tuple(Escalation(key, leads.get(key, ""), new[key]) for key in keys)


def _leads(session: Session, keys: Sequence[str]) -> dict[str, str]:
    """The words that stand for the items that have or had some keys last."""
    ids: dict[str, int] = {}
    for chunk in chunks(keys):
        last = select(func.max(Change.sequence)).where(Change.entity == ITEM, col(Change.key).in_(chunk))
        named = select(Change.key, Change.entity_id).where(
            col(Change.sequence).in_(last.group_by(col(Change.key))),
        )
        ids |= dict(session.exec(named).all())
        ids |= {key: item or 0 for key, item in session.exec(select(Item.key, Item.id).where(col(Item.key).in_(chunk)))}
    items = shown(session, list(ids.values()))
    return {key: items[item].lead for key, item in ids.items() if item in items}
