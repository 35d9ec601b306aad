"""Flags of items that follow from time and rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from store.db.reader import id_list
from store.enums import Flag, SavedKind
from store.errors import QueryError
from store.filters.expressions import any_of, together
from store.filters.parser import parse
from store.filters.sql import condition, situations_of, uncertain
from store.queries.saved_queries import saved

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from store.db.reader import Reader
    from store.filters.ast import Query
    from store.filters.cache import QueryCache
    from store.filters.expressions import Condition
    from store.queries.rows import SavedRow


OWN = (Flag.OVERDUE, Flag.ENDED, Flag.ENDING)
"""The flags that need no rule."""


class Conditions(NamedTuple):
    """What to ask of items: each rule that is understood, and each flag that needs none; three-valued.

    `problems` has the sentence of why a rule, by name, is not understood.
    """

    rules: tuple[tuple[SavedRow, Condition], ...]
    own: tuple[Condition, ...]
    problems: dict[str, str]

    @classmethod
    def of(cls, reader: Reader, cache: QueryCache | None = None) -> Conditions:
        """Those of a register at this moment; `cache` as in `condition`."""
        rules: list[tuple[SavedRow, Condition]] = []
        problems: dict[str, str] = {}
        for row in saved(reader, SavedKind.RULE):
            try:
                rules.append((row, condition(reader, parse(row.query, rule=True), cache)))
            except QueryError as error:
                problems[row.name] = str(error)
        return cls(tuple(rules), situations_of(reader, OWN), problems)

    @property
    def escalated(self) -> Condition:
        """Whether any rule is broken."""
        return any_of(met for _, met in self.rules)

    @property
    def columns(self) -> tuple[Condition, ...]:
        """What to select for each flag."""
        return (self.escalated, *self.own)

    @property
    def any(self) -> Condition:
        """Whether an item has any flag."""
        return any_of(self.columns)


def flags_of(answers: Iterable[bool | None]) -> frozenset[Flag]:
    """The flags that the columns say; what one cannot tell is none."""
    return frozenset(flag for flag, is_so in zip(Flag, answers, strict=True) if is_so)


class Standing(NamedTuple):
    """What an item's flags and rules are."""

    flags: frozenset[Flag] = frozenset()
    broken: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


_NOTHING = Standing()


def standings(reader: Reader, ids: Sequence[int]) -> dict[int, Standing]:
    """What some items break, by id; one statement however many they are."""
    asked = Conditions.of(reader)
    names = [row.name for row, _ in asked.rules]
    columns, parameters = together(*(met for _, met in asked.rules), *asked.own)
    sql = f"SELECT item.id, {', '.join(columns)} FROM item WHERE item.id IN (SELECT value FROM json_each(:ids))"
    found: dict[int, Standing] = {}
    for item, *answers in reader.tuples(sql, {**parameters, "ids": id_list(ids)}):
        if not any(answers) and None not in answers:
            found[item] = _NOTHING
            continue
        rules, own = answers[: len(names)], answers[len(names) :]
        found[item] = Standing(
            flags_of([any(rules), *own]),
            tuple(name for name, is_so in zip(names, rules, strict=True) if is_so),
            tuple(name for name, is_so in zip(names, rules, strict=True) if is_so is None),
        )
    return found


def counts(reader: Reader, cache: QueryCache | None = None) -> tuple[tuple[Flag, int], ...]:
    """How many items have each flag that any has."""
    # One statement for each, so that an index answers what it can.
    numbers = (
        reader.value(f"SELECT count(*) FROM item WHERE {met.sql}", met.parameters)
        for met in Conditions.of(reader, cache).columns
    )
    return tuple((flag, number) for flag, number in zip(Flag, numbers, strict=True) if number)


FLAGS = "SELECT {key}, {flags} FROM item WHERE ({any}) AND ({met})"


def flagged(reader: Reader, met: Condition) -> dict[int, frozenset[Flag]]:
    """The flags of those items that have any and meet a condition, by id."""
    asked = Conditions.of(reader)
    (*flags, any_, wanted), parameters = together(*asked.columns, asked.any, met)
    sql = FLAGS.format(key="item.id", flags=", ".join(flags), any=any_, met=wanted)
    return {item: flags_of(answers) for item, *answers in reader.tuples(sql, parameters)}


UNKNOWN_KEYS = """
SELECT item.key FROM item JOIN category ON category.id = item.category_id WHERE ({met}) IS NULL
ORDER BY category.position, category.id, item.position, item.id
"""


def unknown(reader: Reader, query: Query, cache: QueryCache | None = None) -> tuple[str, ...]:
    """The keys of the items that may meet a query or not, in document order: what it asks of them is not known."""
    if not uncertain(query):
        return ()
    met = condition(reader, query, cache)
    return tuple(reader.column(UNKNOWN_KEYS.format(met=met.sql), met.parameters))
