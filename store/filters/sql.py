"""Compiles a query to an SQL condition in three-valued logic."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from store.db import values
from store.enums import Effort, SavedKind, Severity, Status
from store.errors import NotFoundError, QueryError
from store.filters import situations
from store.filters.ast import ALL, Operator, Pattern
from store.filters.cache import QueryCache
from store.filters.expressions import (
    FALSE,
    UNKNOWN,
    Condition,
    all_of,
    any_of,
    is_nowhere,
    matching,
    named,
    one_of,
    says,
)
from store.filters.parser import parse
from store.filters.qualifiers import LONGEST, TOO_LONG, near
from store.queries.lookup import categories, find_item
from store.text import same_name

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from store.db.reader import Reader
    from store.filters.ast import Query, Term, Value
    from store.filters.situations import Policy

_EFFORTS = list(Effort)
_TIMELESS = ("open", "resolved", "root", "cycle", "changed-since-review")


def condition(reader: Reader, query: Query, cache: QueryCache | None = None) -> Condition:
    """What an item must meet. NULL where one cannot tell, so `-` keeps what is unknown unknown.

    Raises QueryError for what the register does not know. `cache` spares working out the cycles each time.
    """
    compiler = _Compiler(reader, query, cache or QueryCache())
    return all_of(compiler.term(term) for term in query.terms)


def situations_of(reader: Reader, names: Sequence[str]) -> tuple[Condition, ...]:
    """What `is:NAME` asks for each of some names; nothing is parsed."""
    compiler = _Compiler(reader, ALL, QueryCache())
    return tuple(compiler.situation(name) for name in names)


def problems(reader: Reader, query: Query, cache: QueryCache | None = None) -> tuple[QueryError, ...]:
    """What the register does not know of a query: its categories, the items it names; `cache` as in `condition`."""
    compiler = _Compiler(reader, query, cache or QueryCache())
    found: list[QueryError] = []
    for term in query.terms:
        try:
            compiler.term(term)
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


RULES = "SELECT query FROM saved_query WHERE kind = :kind"
OWNERS = "SELECT DISTINCT owner FROM item WHERE owner IS NOT NULL"


class _Compiler:
    """Compiles one query for one snapshot, at one moment."""

    def __init__(self, reader: Reader, query: Query, cache: QueryCache) -> None:
        self._reader = reader
        self._query = query
        self._cache = cache

    @cached_property
    def _now(self) -> datetime:
        return self._reader.now

    @property
    def _today(self) -> date:
        return self._now.date()

    @cached_property
    def _policy(self) -> Policy:
        return situations.policy(self._reader)

    def term(self, term: Term) -> Condition:
        """What a term asks for."""
        met = self._met(term)
        return ~met if term.negated else met

    def _met(self, term: Term) -> Condition:
        match term.name:
            case "":
                return self._word(term.values[0])
            case "status":
                return one_of("item.status", [Status(str(value.meant)).value for value in term.values])
            case "severity":
                return one_of("item.severity", [Severity(str(value.meant)).value for value in term.values])
            case "category":
                return one_of("item.category_id", [at for value in term.values for at in self._category(value)])
            case "owner":
                return self._owners(term.values)
            case _:
                return any_of(self._one(term.name, value) for value in term.values)

    def _word(self, value: Value) -> Condition:
        if len(value.text) > LONGEST:
            raise self._refusal(value, *TOO_LONG)
        return says(value.text)

    def _one(self, name: str, value: Value) -> Condition:
        match name:
            case "component":
                return self._component(value)
            case "effort":
                return _effort(value)
            case "share":
                return self._share(value)
            case "age" | "opened":
                return situations.opened(value, self._today)
            case "due":
                return situations.due(value, self._today)
            case "changed":
                return situations.changed(value, self._now)
            case "reviewed":
                return situations.reviewed(value, self._now)
            case "is":
                return self.situation(str(value.meant))
            case "has":
                return situations.filled(str(value.meant), self._policy)
            case "no":
                return ~situations.filled(str(value.meant), self._policy)
            case "followup":
                return situations.follow_up(str(value.meant), self._today)
            case "key":
                return _key(value)
            case _:
                return self._linked(name, value)

    def _category(self, value: Value) -> Sequence[int]:
        """The rows of the categories that have a code or a name."""
        rows = categories(self._reader)
        if found := [row.id for row in rows if any(same_name(value.text, one) for one in (row.code, row.name))]:
            return found
        codes = [row.code for row in rows]
        meant = near(value.text, [*codes, *(row.name for row in rows)])
        code = next((row.code for row in rows if meant in (row.code, row.name)), None)
        remedy = f"use one of {', '.join(codes)}" if codes else "add it first"
        if code is not None:
            remedy = f"did you mean category:{code}?"
        raise self._refusal(value, f"there is no category {value.text}", remedy)

    def _owners(self, wanted: Sequence[Value]) -> Condition:
        names = [value.meant for value in wanted if isinstance(value.meant, str | Pattern)]
        met: list[Condition] = []
        if names:
            # Every spelling there is, looked up first: the index on owners then finds the items.
            known = [values.text(name) for name in self._reader.column(OWNERS)]
            spelled = sorted({each for name in names for each in matching(known, name)})
            met.append(Condition("item.owner IS NOT NULL") & one_of("item.owner", spelled))
        if len(names) < len(wanted):
            met.append(Condition("item.owner IS NULL"))
        return any_of(met)

    def _component(self, value: Value) -> Condition:
        if not isinstance(value.meant, str | Pattern):
            return ~_LINKED_COMPONENTS
        called = named("component.name", value.meant)
        ids = f"SELECT component.id FROM component WHERE {called.sql}"
        if isinstance(value.meant, str):
            # Few components have a name: the index then finds the items.
            found = self._reader.column(ids, called.parameters)
            return _of_components(one_of("item_component.component_id", found))
        return _of_components(Condition(f"item_component.component_id IN ({ids})", called.values))

    def _share(self, value: Value) -> Condition:
        if value.meant is None:
            return situations.share(self._policy).is_unknown
        assert isinstance(value.meant, float)
        return situations.share_compared(value.operator, value.meant, self._policy)

    def situation(self, name: str) -> Condition:
        """What `is:NAME` asks for."""
        match name:
            case "open":
                return situations.unresolved()
            case "resolved":
                return ~situations.unresolved()
            case "escalated":
                return self._escalated()
            case "overdue":
                return situations.overdue(self._policy, self._today)
            case "ended":
                return situations.ended(self._today)
            case "ending":
                return situations.ending(self._today)
            case "root":
                return situations.root()
            case "cycle":
                return situations.among(self._cache.graph(self._reader).in_cycles)
            case _:
                return situations.changed_since_review(self._reader)

    def _escalated(self) -> Condition:
        """Whether any rule is broken; of a rule that does not hold any more, nothing can be told."""
        rules = self._reader.column(RULES, {"kind": SavedKind.RULE.value})
        met: list[Condition] = []
        for text in rules:
            try:
                met.append(condition(self._reader, parse(text, rule=True), self._cache))
            except QueryError:
                continue
        return any_of([*met, *([UNKNOWN] if len(met) < len(rules) else [])])

    def _linked(self, name: str, value: Value) -> Condition:
        """What feeds an item, or is fed by it."""
        try:
            if is_nowhere(value.text):
                raise NotFoundError("no item has this key", "`ai-debt list` shows the keys there are")
            end = find_item(self._reader, value.text).id
        except NotFoundError as error:
            raise self._refusal(value, error.what, error.remedy) from None
        near, far = ("source_id", "target_id") if name == "feeds" else ("target_id", "source_id")
        return Condition(f"item.id IN (SELECT dependency.{near} FROM dependency WHERE dependency.{far} = :p0)", (end,))

    def _refusal(self, value: Value, what: str, remedy: str) -> QueryError:
        return QueryError(what, remedy, query=self._query.text, column=value.column, length=value.length)


_LINKED_COMPONENTS = Condition("item.id IN (SELECT item_component.item_id FROM item_component)")


def _of_components(met: Condition) -> Condition:
    """Whether an item has a component whose link meets a condition."""
    return Condition(f"item.id IN (SELECT item_component.item_id FROM item_component WHERE {met.sql})", met.values)


def _effort(value: Value) -> Condition:
    if not isinstance(value.meant, Effort):
        return Condition("item.effort IS NULL")
    at = _EFFORTS.index(value.meant)
    wanted = {
        Operator.IS: _EFFORTS[at : at + 1],
        Operator.BELOW: _EFFORTS[:at],
        Operator.AT_MOST: _EFFORTS[: at + 1],
        Operator.ABOVE: _EFFORTS[at + 1 :],
        Operator.AT_LEAST: _EFFORTS[at:],
    }[value.operator]
    return Condition("item.effort IS NOT NULL") & one_of("item.effort", [effort.value for effort in wanted])


def _key(value: Value) -> Condition:
    if isinstance(value.meant, Pattern):
        return named("item.key", value.meant)
    if is_nowhere(value.text):
        return FALSE
    return Condition("lower(item.key) = :p0", (value.text.lower(),))
