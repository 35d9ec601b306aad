"""Compiles a query to an SQL condition in three-valued logic."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from sqlalchemy import and_, false, func, not_, or_, true
from sqlmodel import col, select

from store.audit.snapshots import id_of
from store.clock import moment
from store.enums import Effort, SavedKind, Severity, Status
from store.errors import NotFoundError, QueryError
from store.filters import situations, times
from store.filters.ast import Operator, Pattern
from store.filters.cache import Kept
from store.filters.expressions import is_nowhere, matching, named, says
from store.filters.parser import parse
from store.filters.qualifiers import LONGEST, TOO_LONG, near
from store.models import Category, Component, Dependency, Item, ItemComponent, RegisterFacts, SavedQuery
from store.queries.lookup import find_item
from store.text import same_name

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from sqlalchemy import ColumnElement

    from store.db.reader import Reader
    from store.filters.ast import Query, Term, Value

_EFFORTS = list(Effort)
_TIMELESS = ("open", "resolved", "root", "cycle", "changed-since-review")


def condition(session: Reader, query: Query, kept: Kept | None = None) -> ColumnElement[bool]:
    """What an item must meet. NULL where one cannot tell, so `-` keeps what is unknown unknown.

    Raises QueryError for what the register does not know. `kept` spares working out the cycles each time.
    """
    return and_(true(), *conditions(session, query, kept))


def conditions(session: Reader, query: Query, kept: Kept | None = None) -> list[ColumnElement[bool]]:
    """What an item must meet, all of it."""
    asking = Asking(session, query, kept or Kept())
    return [asking.term(term) for term in query.terms]


def problems(session: Reader, query: Query, kept: Kept | None = None) -> tuple[QueryError, ...]:
    """What the register does not know of a query: its categories, the items it names; `kept` as in `condition`."""
    asking = Asking(session, query, kept or Kept())
    found: list[QueryError] = []
    for term in query.terms:
        try:
            asking.term(term)
        except QueryError as error:
            found.append(error)
    return tuple(found)


def on_index(query: Query) -> bool:
    """Whether the index of places alone answers the query, wherever in the list."""
    return query.sort is None and all(
        term.name in ("status", "severity", "category")
        or (term.name == "is" and all(value.meant in ("open", "resolved") for value in term.values))
        for term in query.terms
    )


def uncertain(query: Query) -> bool:
    """Whether it asks what is not known of every item."""
    return any(
        term.name in ("share", "age", "opened")
        or (term.name == "is" and any(value.meant in ("escalated", "overdue") for value in term.values))
        for term in query.terms
    )


def timely(query: Query) -> bool:
    """Whether what meets the query changes as time goes by, though nobody changes anything."""
    return any(
        term.name in ("age", "opened", "changed", "reviewed", "due")
        or (term.name == "is" and not all(value.meant in _TIMELESS for value in term.values))
        or (term.name == "followup" and any(value.meant == "overdue" for value in term.values))
        for term in query.terms
    )


class Asking:
    """One query asked of one session, at one moment."""

    def __init__(self, session: Reader, query: Query, kept: Kept) -> None:
        self._session = session
        self._query = query
        self._kept = kept

    @cached_property
    def _now(self) -> datetime:
        return moment(self._session)

    @property
    def _today(self) -> date:
        return self._now.date()

    @cached_property
    def _facts(self) -> RegisterFacts | None:
        return self._session.get(RegisterFacts, 1)

    def term(self, term: Term) -> ColumnElement[bool]:
        """What a term asks for."""
        met = self._met(term)
        return not_(met) if term.negated else met

    def _met(self, term: Term) -> ColumnElement[bool]:
        match term.name:
            case "":
                return self._word(term.values[0])
            case "status":
                return col(Item.status).in_([Status(str(value.meant)) for value in term.values])
            case "severity":
                return col(Item.severity).in_([Severity(str(value.meant)) for value in term.values])
            case "category":
                return col(Item.category_id).in_([at for value in term.values for at in self._category(value)])
            case "owner":
                return self._owners(term.values)
            case _:
                return or_(*(self._one(term.name, value) for value in term.values))

    def _word(self, value: Value) -> ColumnElement[bool]:
        if len(value.text) > LONGEST:
            raise self._refusal(value, *TOO_LONG)
        return says(value.text)

    def _one(self, name: str, value: Value) -> ColumnElement[bool]:
        match name:
            case "component":
                return self._component(value)
            case "effort":
                return _effort(value)
            case "share":
                return self._share(value)
            case "age" | "opened":
                return times.opened(value, self._today)
            case "due":
                return times.due(value, self._today)
            case "changed":
                return times.changed(value, self._now)
            case "reviewed":
                return times.reviewed(value, self._now)
            case "is":
                return self._situation(str(value.meant))
            case "has":
                return situations.filled(str(value.meant), self._facts)
            case "no":
                return not_(situations.filled(str(value.meant), self._facts))
            case "followup":
                return situations.follow_up(str(value.meant), self._today)
            case "key":
                return _key(value)
            case _:
                return self._linked(name, value)

    def _category(self, value: Value) -> Sequence[int]:
        """The rows of the categories that have a code or a name."""
        rows = self._session.exec(select(Category).order_by(col(Category.position), col(Category.id))).all()
        if found := [id_of(row) for row in rows if any(same_name(value.text, one) for one in (row.code, row.name))]:
            return found
        codes = [row.code for row in rows]
        meant = near(value.text, [*codes, *(row.name for row in rows)])
        code = next((row.code for row in rows if meant in (row.code, row.name)), None)
        remedy = f"use one of {', '.join(codes)}" if codes else "add it first"
        if code is not None:
            remedy = f"did you mean category:{code}?"
        raise self._refusal(value, f"there is no category {value.text}", remedy)

    def _owners(self, values: Sequence[Value]) -> ColumnElement[bool]:
        owner = col(Item.owner)
        names = [value.meant for value in values if isinstance(value.meant, str | Pattern)]
        met: list[ColumnElement[bool]] = []
        if names:
            # Every spelling there is, looked up first: the index on owners then finds the items.
            known = [name for name in self._session.exec(select(Item.owner).distinct()) if name is not None]
            met.append(and_(owner.is_not(None), owner.in_({each for name in names for each in matching(known, name)})))
        if len(names) < len(values):
            met.append(owner.is_(None))
        return or_(*met)

    def _component(self, value: Value) -> ColumnElement[bool]:
        links = select(ItemComponent.item_id)
        if not isinstance(value.meant, str | Pattern):
            return col(Item.id).not_in(links)
        ids = select(Component.id).where(named(col(Component.name), value.meant))
        if isinstance(value.meant, str):
            # Few components have a name: the index then finds the items.
            return col(Item.id).in_(links.where(col(ItemComponent.component_id).in_(self._session.exec(ids).all())))
        return col(Item.id).in_(links.where(col(ItemComponent.component_id).in_(ids)))

    def _share(self, value: Value) -> ColumnElement[bool]:
        share = situations.share(self._facts)
        if value.meant is None:
            return share.is_(None)
        assert isinstance(value.meant, float)
        match value.operator:
            case Operator.BELOW:
                return share < value.meant
            case Operator.AT_MOST:
                return share <= value.meant
            case Operator.ABOVE:
                return share > value.meant
            case Operator.AT_LEAST:
                return share >= value.meant
            case Operator.IS:
                return share == value.meant

    def _situation(self, name: str) -> ColumnElement[bool]:
        match name:
            case "open":
                return situations.unresolved()
            case "resolved":
                return not_(situations.unresolved())
            case "escalated":
                return self._escalated()
            case "overdue":
                return situations.overdue(self._facts, self._today)
            case "ended":
                return situations.ended(self._today)
            case "ending":
                return situations.ending(self._today)
            case "root":
                return situations.root()
            case "cycle":
                return situations.circling(self._kept.graph(self._session).circling)
            case _:
                return situations.changed_since_review(self._session)

    def _escalated(self) -> ColumnElement[bool]:
        """Whether any rule is broken; of a rule that does not hold any more, nothing can be told."""
        rules = self._session.exec(select(SavedQuery.query).where(SavedQuery.kind == SavedKind.RULE)).all()
        met: list[ColumnElement[bool]] = []
        for text in rules:
            try:
                rule = parse(text, rule=True)
                asking = Asking(self._session, rule, self._kept)
                met.append(and_(true(), *(asking.term(term) for term in rule.terms)))
            except QueryError:
                continue
        return situations.any_of(met, cannot_tell=len(met) < len(rules))

    def _linked(self, name: str, value: Value) -> ColumnElement[bool]:
        """What feeds an item, or is fed by it."""
        try:
            if is_nowhere(value.text):
                raise NotFoundError("no item has this key", "`ai-debt list` shows the keys there are")
            end = find_item(self._session, value.text).id
        except NotFoundError as error:
            raise self._refusal(value, error.what, error.remedy) from None
        if name == "feeds":
            return col(Item.id).in_(select(Dependency.source_id).where(Dependency.target_id == end))
        return col(Item.id).in_(select(Dependency.target_id).where(Dependency.source_id == end))

    def _refusal(self, value: Value, what: str, remedy: str) -> QueryError:
        return QueryError(what, remedy, query=self._query.text, column=value.column, length=value.length)


def _effort(value: Value) -> ColumnElement[bool]:
    effort = col(Item.effort)
    if not isinstance(value.meant, Effort):
        return effort.is_(None)
    at = _EFFORTS.index(value.meant)
    wanted = {
        Operator.IS: _EFFORTS[at : at + 1],
        Operator.BELOW: _EFFORTS[:at],
        Operator.AT_MOST: _EFFORTS[: at + 1],
        Operator.ABOVE: _EFFORTS[at + 1 :],
        Operator.AT_LEAST: _EFFORTS[at:],
    }
    return and_(effort.is_not(None), effort.in_(wanted[value.operator]))


def _key(value: Value) -> ColumnElement[bool]:
    if isinstance(value.meant, Pattern):
        return named(col(Item.key), value.meant)
    if is_nowhere(value.text):
        return false()
    return func.lower(Item.key) == value.text.lower()
