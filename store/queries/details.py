"""Everything about items: one of them, or many in a few statements."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from sqlalchemy import func
from sqlmodel import col, select

from store.audit.snapshots import component_names, id_of
from store.audit.undone import is_undone
from store.enums import Flag, Status
from store.filters.cache import Kept
from store.formats.document.model import Affected
from store.lead import lead_of
from store.models import Category, Change, Dependency, FollowUp, Item, RegisterFacts
from store.queries.flags import standings
from store.queries.follow_ups import listed
from store.queries.history import change_row, told
from store.queries.items import placed
from store.queries.lookup import chunks, find_item
from store.queries.plain import plain_edges, plain_items
from store.queries.rows_items import ItemDetail, ItemFilter, Neighbour

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlmodel import Session

    from store.queries.changes import ChangeRow
    from store.queries.flags import Standing
    from store.review.rows import FollowUpRow

_Neighbours = defaultdict[int, list[Neighbour]]


def item(session: Session, key: str, *, today: date) -> ItemDetail:
    """Everything about one item, its age as of `today` (UTC). Raises NotFoundError naming the nearest key."""
    return _details(session, (find_item(session, key),), today)[0]


def details(session: Session, wanted: ItemFilter, *, today: date) -> tuple[ItemDetail, ...]:
    """Everything about the items of a list, in its order; the number of statements hardly depends on theirs."""
    ids = [item for _, _, item in placed(session, wanted, Kept())]
    rows: dict[int, Item] = {}
    for chunk in chunks(ids):
        rows |= {id_of(row): row for row in plain_items(session, col(Item.id).in_(chunk))}
    return _details(session, [rows[item] for item in ids], today)


def _details(session: Session, items: Sequence[Item], today: date) -> tuple[ItemDetail, ...]:
    ids = [id_of(item) for item in items]
    categories = {category.id: category for category in session.exec(select(Category))}
    names = component_names(session, ids)
    feeds, fed_by = _neighbours(session, ids)
    last, comments = _told(session, ids)
    to_do = _follow_ups(session, ids)
    standing, facts = standings(session, ids), session.get(RegisterFacts, 1)
    limits = (facts.mitigate_within if facts is not None else None) or {}
    return tuple(
        _detail(
            item,
            category=categories[item.category_id],
            components=tuple(names[id_of(item)]),
            feeds=tuple(feeds[id_of(item)]),
            fed_by=tuple(fed_by[id_of(item)]),
            last=last.get(id_of(item)),
            comments=tuple(comments[id_of(item)]),
            follow_ups=tuple(to_do[id_of(item)]),
            standing=standing[id_of(item)],
            limit=limits.get(item.severity.value),
            today=today,
        )
        for item in items
    )


def _detail(
    item: Item,
    *,
    category: Category,
    components: tuple[str, ...],
    feeds: tuple[Neighbour, ...],
    fed_by: tuple[Neighbour, ...],
    last: ChangeRow | None,
    comments: tuple[ChangeRow, ...],
    follow_ups: tuple[FollowUpRow, ...],
    standing: Standing,
    limit: int | None,
    today: date,
) -> ItemDetail:
    since = item.opened_on or item.created.date()
    return ItemDetail(
        key=item.key,
        title=item.title,
        category=category.code,
        category_name=category.name,
        severity=item.severity,
        status=item.status,
        status_note=item.status_note,
        description=item.description,
        components=components,
        mitigation_plan=item.mitigation_plan,
        owner=item.owner,
        effort=item.effort,
        affected=affected_of(item),
        due_on=item.due_on,
        opened_on=item.opened_on,
        accepted_by=item.accepted_by,
        accepted_until=item.accepted_until,
        extra=extra_of(item),
        version=item.version,
        created=item.created,
        updated=item.updated,
        age_days=max((today - since).days, 0),
        age_at_least=item.opened_on is None,
        feeds=feeds,
        fed_by=fed_by,
        last_change=last,
        comments=comments,
        follow_ups=follow_ups,
        flags=standing.flags,
        broken_rules=standing.broken,
        untold_rules=standing.untold,
        overdue_days=_overdue(item, limit, today) if Flag.OVERDUE in standing.flags else None,
        acceptance_days=_left(item, today),
    )


def _overdue(item: Item, limit: int | None, today: date) -> int | None:
    """The days since an item should have been mitigated, at least: by its due date, or by the days it may stay open."""
    late = [(today - item.due_on).days] if item.due_on is not None else []
    if limit is not None:
        late.append((today - (item.opened_on or item.created.date())).days - limit)
    return max((days for days in late if days > 0), default=None)


def _left(item: Item, today: date) -> int | None:
    """The days left of an acceptance."""
    if item.status is not Status.ACCEPTED or item.accepted_until is None:
        return None
    return (item.accepted_until - today).days


def affected_of(item: Item) -> Affected | None:
    """The projects an item affects."""
    if item.affected_text is None:
        return None
    return Affected(item.affected_text, item.affected_count, item.affected_percent)


def extra_of(item: Item) -> tuple[tuple[str, str], ...]:
    """The columns of an item's row that are no field of ours, in order."""
    return tuple((header, text) for header, text in item.extra or ())


def _neighbours(session: Session, ids: Sequence[int]) -> tuple[_Neighbours, _Neighbours]:
    """What each item feeds, and what feeds it, in document order."""
    edges: dict[int, Dependency] = {}
    for chunk in chunks(ids):
        ends = col(Dependency.source_id).in_(chunk) | col(Dependency.target_id).in_(chunk)
        edges |= {id_of(edge): edge for edge in plain_edges(session, ends)}
    ordered = sorted(edges.values(), key=lambda edge: (edge.position, id_of(edge)))
    others = sorted({end for edge in ordered for end in (edge.source_id, edge.target_id)})
    rows: dict[int, Item] = {}
    for chunk in chunks(others):
        rows |= {id_of(row): row for row in plain_items(session, col(Item.id).in_(chunk))}
    feeds: _Neighbours = defaultdict(list)
    fed_by: _Neighbours = defaultdict(list)
    for edge in ordered:
        feeds[edge.source_id].append(_neighbour(rows[edge.target_id], edge.label))
        fed_by[edge.target_id].append(_neighbour(rows[edge.source_id], edge.label))
    return feeds, fed_by


def _neighbour(item: Item, label: str) -> Neighbour:
    return Neighbour(item.key, lead_of(item.title, item.description), item.severity, item.status, label)


def _told(session: Session, ids: Sequence[int]) -> tuple[dict[int, ChangeRow], defaultdict[int, list[ChangeRow]]]:
    """The newest change of each item, and its comments that were not taken back, newest first."""
    last: dict[int, ChangeRow] = {}
    comments: defaultdict[int, list[ChangeRow]] = defaultdict(list)
    for chunk in chunks(ids):
        own = (Change.entity == "item", col(Change.entity_id).in_(chunk))
        newest = select(func.max(Change.sequence)).where(*own, told()).group_by(col(Change.entity_id))
        for change in session.exec(select(Change).where(col(Change.sequence).in_(newest))):
            last[change.entity_id] = change_row(change)
        said = select(Change).where(*own, Change.verb == "comment", ~is_undone())
        for change in session.exec(said.order_by(col(Change.sequence).desc())):
            comments[change.entity_id].append(change_row(change))
    return last, comments


def _follow_ups(session: Session, ids: Sequence[int]) -> defaultdict[int, list[FollowUpRow]]:
    """The follow-ups of each item, those that are open first."""
    found: defaultdict[int, list[FollowUpRow]] = defaultdict(list)
    for chunk in chunks(ids):
        for item, row in listed(session, col(FollowUp.item_id).in_(chunk)):
            found[item].append(row)
    return found
