"""Flags of items that follow from time and rules."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlalchemy import case, false, func, or_
from sqlalchemy import select as columns
from sqlmodel import col, select

from store.enums import Flag, SavedKind
from store.errors import QueryError
from store.filters.parser import parse
from store.filters.sql import condition, uncertain
from store.models import Category, Dependency, Item
from store.queries.lookup import chunks
from store.queries.saved_queries import saved

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement

    from store.db.reader import Reader
    from store.filters.ast import Query
    from store.filters.cache import Kept
    from store.queries.rows import MapRows, SavedRow


OWN = (Flag.OVERDUE, Flag.ENDED, Flag.ENDING)
"""The flags that need no rule."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """What to ask of items: each rule that is understood, and each flag that needs none; three-valued.

    `problems` has the sentence of why a rule, by name, is not understood.
    """

    rules: tuple[tuple[SavedRow, ColumnElement[bool]], ...]
    own: tuple[ColumnElement[bool], ...]
    problems: dict[str, str]

    @classmethod
    def of(cls, session: Reader, kept: Kept | None = None) -> Conditions:
        """Those of a register at this moment; `kept` as in `condition`."""
        rules: list[tuple[SavedRow, ColumnElement[bool]]] = []
        problems: dict[str, str] = {}
        for row in saved(session, SavedKind.RULE):
            try:
                rules.append((row, condition(session, parse(row.query, rule=True), kept)))
            except QueryError as error:
                problems[row.name] = str(error)
        own = tuple(condition(session, parse(f"is:{flag.value}")) for flag in OWN)
        return cls(tuple(rules), own, problems)

    @property
    def escalated(self) -> ColumnElement[bool]:
        """Whether any rule is broken."""
        return or_(false(), *(met for _, met in self.rules))

    @property
    def columns(self) -> tuple[ColumnElement[bool], ...]:
        """A column for each flag."""
        return (self.escalated, *self.own)

    @property
    def any(self) -> ColumnElement[bool]:
        """Whether an item has any flag."""
        return or_(*self.columns)


def flags_of(told: Sequence[bool | None]) -> frozenset[Flag]:
    """The flags that the columns say; what one cannot tell is none."""
    return frozenset(flag for flag, is_so in zip(Flag, told, strict=True) if is_so)


@dataclass(frozen=True, slots=True)
class Standing:
    """What an item's flags and rules are."""

    flags: frozenset[Flag] = frozenset()
    broken: tuple[str, ...] = ()
    untold: tuple[str, ...] = ()


def standings(session: Reader, ids: Sequence[int]) -> dict[int, Standing]:
    """What some items break, by id; a few statements however many they are."""
    asked = Conditions.of(session)
    names = [row.name for row, _ in asked.rules]
    found: dict[int, Standing] = {}
    for chunk in chunks(ids):
        query = columns(col(Item.id), *(met for _, met in asked.rules), *asked.own).where(col(Item.id).in_(chunk))
        for item, *told in session.execute(query):
            rules, own = told[: len(names)], told[len(names) :]
            found[item] = Standing(
                flags_of([any(rules), *own]),
                tuple(name for name, is_so in zip(names, rules, strict=True) if is_so),
                tuple(name for name, is_so in zip(names, rules, strict=True) if is_so is None),
            )
    return found


def counts(session: Reader, kept: Kept | None = None) -> tuple[tuple[Flag, int], ...]:
    """How many items have each flag that any has."""
    told = (func.sum(case((met, 1), else_=0)) for met in Conditions.of(session, kept).columns)
    numbers = session.execute(columns(*told).select_from(Item)).one()
    return tuple((flag, number) for flag, number in zip(Flag, numbers, strict=True) if number)


def marked(session: Reader, rows: MapRows, kept: Kept | None = None) -> MapRows:
    """A map whose items have their flags."""
    linked = select(Dependency.source_id).union(select(Dependency.target_id))
    asked = Conditions.of(session, kept)
    query = columns(col(Item.key), *asked.columns).where(asked.any, col(Item.id).in_(linked))
    found = {key: flags_of(told) for key, *told in session.execute(query)}
    if not found:
        return rows
    nodes = tuple(replace(node, flags=found[node.key]) if node.key in found else node for node in rows.nodes)
    return replace(rows, nodes=nodes)


def flagged(session: Reader, *met: ColumnElement[bool]) -> dict[int, frozenset[Flag]]:
    """The flags of those items that have any and meet some conditions, by id."""
    asked = Conditions.of(session)
    query = columns(col(Item.id), *asked.columns).where(asked.any, *met)
    return {item: flags_of(told) for item, *told in session.execute(query)}


def untold(session: Reader, query: Query, kept: Kept | None = None) -> tuple[str, ...]:
    """The keys of the items that may meet a query or not, in document order: what it asks of them is not known."""
    if not uncertain(query):
        return ()
    unknown = condition(session, query, kept).is_(None)
    order = (col(Category.position), col(Category.id), col(Item.position), col(Item.id))
    rows = select(Item.key).join(Category, col(Category.id) == col(Item.category_id)).where(unknown)
    return tuple(session.exec(rows.order_by(*order)))
