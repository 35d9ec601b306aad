"""Compiles a query to an SQL condition in three-valued logic, and caches what needs the whole register."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from store.audit.log import UNDONE_BATCHES, head, stored_time
from store.db.reader import id_list
from store.enums import Direction, Effort, Flag, SavedKind, Severity, Status, Word
from store.errors import SHOWS_KEYS, NotFoundError, QueryError, quoted
from store.fields import ENDING_DAYS
from store.filters.ast import ALL, Operator, Pattern, RelativeDate, error_at
from store.filters.parser import parse
from store.filters.qualifiers import BY_NAME, MAX_SEARCH_LENGTH, TOO_LONG, closest
from store.queries.lookup import IN_DOCUMENT_ORDER, categories, find_item, saved_queries
from store.text import is_storable, join_words, same_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from store.audit.log import Head
    from store.db.reader import Reader
    from store.db.values import BigInteger, DaysBySeverity
    from store.filters.ast import Query, Term, Value
    from store.graph import OpenGraph
    from store.queries.lookup import SavedRow

    Positions = list[tuple[int, int, int]]
    """Where items are in the document, in the order of a list: category position, position in it, row id."""
    FlagCounts = tuple[tuple[Flag, int], ...]
    """How many items have a flag, of the flags that any has."""


class Condition(NamedTuple):
    """A boolean expression of SQL in three-valued logic; `values` are those of its parameters `:p0`, `:p1` and so on.

    `combined` renumbers the parameters of conditions that go into one statement.
    """

    sql: str
    values: tuple[object, ...] = ()

    @property
    def parameters(self) -> dict[str, object]:
        """The values by the names that they have in `sql`."""
        return {f"p{number}": value for number, value in enumerate(self.values)}

    def __and__(self, other: Condition) -> Condition:
        return all_of((self, other))

    def __or__(self, other: Condition) -> Condition:
        return any_of((self, other))

    def __invert__(self) -> Condition:
        return Condition(f"not ({self.sql})", self.values)

    @property
    def is_unknown(self) -> Condition:
        """Whether the answer is not known."""
        return Condition(f"({self.sql}) is null", self.values)


TRUE, FALSE, UNKNOWN = Condition("true"), Condition("false"), Condition("null")
_PARAMETER = re.compile(r":p(\d+)\b")


def combined(*conditions: Condition) -> tuple[list[str], dict[str, object]]:
    """The SQL of several conditions that are parts of one statement, and the parameters of that."""
    joined: list[object] = []
    texts: list[str] = []
    for sql, own in conditions:
        texts.append(_renumbered(sql, len(joined)) if joined and own else sql)
        joined += own
    return texts, Condition("", tuple(joined)).parameters


def _renumbered(sql: str, by: int) -> str:
    return _PARAMETER.sub(lambda found: f":p{int(found[1]) + by}", sql)


def all_of(conditions: Iterable[Condition]) -> Condition:
    """Whether all are met."""
    return _joined(" and ", [each for each in conditions if each is not TRUE], TRUE)


def any_of(conditions: Iterable[Condition]) -> Condition:
    """Whether any is met; unknown if none is met and one is unknown."""
    return _joined(" or ", [each for each in conditions if each is not FALSE], FALSE)


def _joined(operator: str, conditions: Sequence[Condition], empty: Condition) -> Condition:
    if len(conditions) < 2:
        return conditions[0] if conditions else empty
    texts, parameters = combined(*conditions)
    return Condition(operator.join(f"({text})" for text in texts), tuple(parameters.values()))


def one_of(column: str, values: Sequence[object]) -> Condition:
    """Whether a column has one of some values."""
    names = ", ".join(f":p{number}" for number in range(len(values)))
    return Condition(f"{column} in ({names})", tuple(values)) if values else FALSE


def in_ids(column: str, ids: Iterable[int]) -> Condition:
    """Whether a column has one of some row ids, however many they are."""
    return Condition(f"{column} in (select value from json_each(:p0))", (id_list(ids),))


def escaped(text: str) -> str:
    """A text as a literal in a pattern of LIKE, with `\\` as the escape."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _like(column: str, pattern: str) -> Condition:
    """Whether a column matches a pattern of LIKE, ignoring case; NULL without a value."""
    # SQLite's LIKE ignores the case of ASCII letters, several times as fast as `casefold`.
    if pattern.isascii():
        return Condition(f"{column} like :p0 escape '\\'", (pattern,))
    return Condition(f"casefold({column}) like :p0 escape '\\'", (pattern.casefold(),))


def contains(column: str, text: str) -> Condition:
    """Whether a column contains a text, ignoring case; NULL without a value."""
    return _like(column, f"%{escaped(text)}%")


def matches_name(column: str, name: str | Pattern) -> Condition:
    """Whether a column equals a name or matches a pattern, ignoring case; NULL without a value."""
    parts = name.text.split("*") if isinstance(name, Pattern) else [name]
    return _like(column, "%".join(map(escaped, parts))) if all(map(is_storable, parts)) else FALSE


_SEARCHED = [
    *("item.key", "item.title", "item.description", "item.status_note", "item.mitigation_plan", "item.owner"),
    *("item.affected_text", "item.accepted_by", "item.severity", "item.status", "item.links"),
    "cast(item.extra as text)",
]
_WITH_COMPONENT = """item.id in (
    select item_component.item_id from item_component
    join component on component.id = item_component.component_id where {where}
)"""


def _text_search(word: str) -> Condition:
    """Whether some field or component of an item contains a text, ignoring case; never NULL."""
    if not is_storable(word):
        return FALSE
    if word.isascii():
        likes = " or ".join(f"{column} like :p0 escape '\\'" for column in _SEARCHED)
        fields = Condition(f"coalesce({likes}, false)", (f"%{escaped(word)}%",))
    else:
        # One call for all texts of a row.
        fields = Condition(f"any_holds(:p0, {', '.join(_SEARCHED)})", (word.casefold(),))
    component = contains("component.name", word)
    return fields | Condition(_WITH_COMPONENT.format(where=component.sql), component.values)


T = TypeVar("T")


class QueryCache:
    """Caches slow answers until the register changes; not thread-safe."""

    def __init__(self) -> None:
        self._head: Head | None = None
        self._answers: dict[str, tuple[object, Any]] = {}

    def get(self, reader: Reader, name: str, find: Callable[[], T], *, key: object = None) -> T:
        """The cached answer of a name; each name has one answer at a time, for the last key."""
        now = head(reader)
        if now != self._head:
            self._head, self._answers = now, {}
        if name not in self._answers or self._answers[name][0] != key:
            self._answers[name] = (key, find())
        answer: T = self._answers[name][1]
        return answer

    def graph(self, reader: Reader) -> OpenGraph:
        """The open items and their dependencies."""
        return self.get(reader, "graph", lambda: open_graph(reader))


OPEN_SQL = "('" + "', '".join(status.value for status in Status if status.is_open) + "')"
"""The statuses of what is open, as a list of SQL."""
IS_OPEN = Condition(f"item.status in {OPEN_SQL}")
OPEN_NODES = f"select item.id, item.severity, {{share}} as share from {IN_DOCUMENT_ORDER.format(where=IS_OPEN.sql)}"
EDGES = "select source_id, target_id from dependency"


def open_graph(reader: Reader) -> OpenGraph:
    """The open items and their dependencies."""
    # Loaded here, since only scores and cycles need it.
    from store.graph import OpenGraph, OpenNode

    share = share_condition(policy(reader))
    nodes = reader.rows(OPEN_NODES.format(share=share.sql), share.parameters, row=OpenNode)
    return OpenGraph(nodes, reader.tuples(EDGES))


class Policy(NamedTuple):
    """The settings that items are judged by: the number of projects, and days to mitigate by severity."""

    project_total: BigInteger | None = None
    mitigate_within: DaysBySeverity | None = None


POLICY = "select project_total, mitigate_within from register where id = 1"


def policy(reader: Reader) -> Policy:
    """The settings of a register; none in a database without a register yet."""
    return reader.first(POLICY, row=Policy) or Policy()


def condition(reader: Reader, query: Query, cache: QueryCache | None = None) -> Condition:
    """Whether an item meets a query; NULL if the answer is unknown, which `-` keeps unknown.

    Raises QueryError for an unknown category or key. `cache` saves finding the cycles each time.
    """
    compiler = _Compiler(reader, query, cache or QueryCache())
    return all_of(compiler.term(term) for term in query.terms)


def flag_conditions(reader: Reader, cache: QueryCache | None = None) -> dict[Flag, Condition]:
    """Whether an item has each flag, in their order."""
    compiler = _Compiler(reader, ALL, cache or QueryCache())
    return {flag: compiler.has_state(flag) for flag in Flag}


def rule_conditions(reader: Reader, cache: QueryCache | None = None) -> list[tuple[SavedRow, Condition | QueryError]]:
    """Whether an item breaks each rule of the register, in their order; or why the rule is invalid."""
    found: list[tuple[SavedRow, Condition | QueryError]] = []
    for row in saved_queries(reader, SavedKind.RULE):
        try:
            found.append((row, condition(reader, parse(row.query, rule=True), cache)))
        except QueryError as error:
            found.append((row, error))
    return found


def problems(reader: Reader, query: Query, cache: QueryCache | None = None) -> tuple[QueryError, ...]:
    """The unknown categories and keys of a query; `cache` as in `condition`."""
    compiler = _Compiler(reader, query, cache or QueryCache())
    found: list[QueryError] = []
    for term in query.terms:
        try:
            compiler.term(term)
        except QueryError as error:
            found.append(error)
    return tuple(found)


def follows_index(query: Query) -> bool:
    """Whether the index of positions answers the query, so that a page costs the same anywhere in the list."""
    return query.sort is None and all(
        term.name in ("status", "severity", "category")
        or (term.name == "is" and all(value.parsed in ("open", "resolved") for value in term.values))
        for term in query.terms
    )


def can_be_unknown(query: Query) -> bool:
    """Whether the answer can be unknown for some items."""
    return _has_term(query, ("share", "age", "opened"), {"is": ("escalated", "overdue")})


def depends_on_time(query: Query) -> bool:
    """Whether the answer changes as time passes, even without a change; a mute ends, too."""
    states = {
        "is": ("escalated", "overdue", "ended", "ending", "firing", "contradicted"),
        "followup": ("overdue",),
    }
    return _has_term(query, ("age", "opened", "changed", "reviewed", "due"), states)


def _has_term(query: Query, names: Sequence[str], values: Mapping[str, Sequence[str]]) -> bool:
    """Whether a query has a qualifier of some names, or one of some values of others."""
    return any(
        term.name in names or any(value.parsed in values.get(term.name, ()) for value in term.values)
        for term in query.terms
    )


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
        return policy(self._reader)

    def term(self, term: Term) -> Condition:
        """Whether an item meets a term. Raises QueryError for an unknown category or key."""
        where = self._qualifier(term.name, term.values)
        return ~where if term.negated else where

    def _qualifier(self, name: str, values: Sequence[Value]) -> Condition:
        match name:
            case "":
                if len(values[0].text) > MAX_SEARCH_LENGTH:
                    raise self._refusal(values[0], *TOO_LONG)
                return _text_search(values[0].text)
            case "status":
                return one_of("item.status", [str(value.parsed) for value in values])
            case "severity" | "effort":
                return _sizes(name, values)
            case "category":
                return one_of("item.category_id", [at for value in values for at in self._category(value)])
            case _ if column := BY_NAME[name].column:
                return self._named(column, values)
            case _:
                return any_of(self._value(name, value) for value in values)

    def _value(self, name: str, value: Value) -> Condition:
        match name:
            case "component":
                return self._component(value)
            case "share":
                share = share_condition(self._policy)
                if value.parsed is None:
                    return share.is_unknown
                compared = f"{share.sql} {value.operator or '='} :p{len(share.values)}"
                return Condition(compared, (*share.values, value.parsed))
            case "age" | "opened":
                return _opened(*_day(value, self._today, Direction.BACK), self._today)
            case "due":
                return self._due(value)
            case "changed" | "reviewed":
                return self._happened(name, value)
            case "is":
                return self.has_state(str(value.parsed))
            case "has" | "no":
                has = self._has(str(value.parsed))
                return has if name == "has" else ~has
            case "followup":
                return self._follow_up(str(value.parsed))
            case "key":
                return _key(value)
            case "signal":
                return _signal(value)
            case "signals":
                return Condition(f"{_SIGNALS} {value.operator or '='} :p0", (value.parsed,))
            case _:
                return self._linked(name, value)

    def _category(self, value: Value) -> Sequence[int]:
        """The rows of the categories that have a code or a name."""
        rows = categories(self._reader)
        if found := [row.id for row in rows if any(same_name(value.text, one) for one in (row.code, row.name))]:
            return found
        codes = [row.code for row in rows]
        suggestion = closest(value.text, [*codes, *(row.name for row in rows)])
        code = next((row.code for row in rows if suggestion in (row.code, row.name)), None)
        remedy = f"use {join_words(codes, 'or')}" if codes else "add it first"
        if code is not None:
            remedy = f"did you mean category:{code}?"
        raise self._refusal(value, f"unknown category {value.text}", remedy)

    def _named(self, column: str, wanted: Sequence[Value]) -> Condition:
        """Whether a column of items has one of some names, or none."""
        where: list[Condition] = []
        if names := [value.parsed for value in wanted if isinstance(value.parsed, str | Pattern)]:
            # All spellings of the names are looked up first: an index then finds the items.
            called = any_of(matches_name(column, name) for name in names)
            spelled = self._reader.column(NAMES.format(column=column, where=called.sql), called.parameters)
            where.append(Condition(f"item.{column} is not null") & one_of(f"item.{column}", spelled))
        if len(names) < len(wanted):
            where.append(Condition(f"item.{column} is null"))
        return any_of(where)

    def _component(self, value: Value) -> Condition:
        if not isinstance(value.parsed, str | Pattern):
            return ~_HAS_COMPONENTS
        # Few components match a name: they are looked up first, and an index then finds the items.
        called = matches_name("component.name", value.parsed)
        ids = self._reader.column(f"select component.id from component where {called.sql}", called.parameters)
        where = in_ids("item_component.component_id", ids)
        linked = f"item.id in (select item_component.item_id from item_component where {where.sql})"
        return Condition(linked, where.values)

    def has_state(self, name: str) -> Condition:
        """Whether an item meets `is:NAME`."""
        match name:
            case "open":
                return IS_OPEN
            case "resolved":
                return ~IS_OPEN
            case "firing":
                return self._firing()
            case "contradicted":
                return ~IS_OPEN & self._firing()
            case "escalated":
                rules = [where for _, where in rule_conditions(self._reader, self._cache)]
                # The answer of an invalid rule is unknown.
                return any_of(where if isinstance(where, Condition) else UNKNOWN for where in rules)
            case "overdue":
                return self._overdue()
            case "ended":
                return Condition(f"{_ACCEPTED_UNTIL} < :p0", (self._today.isoformat(),))
            case "ending":
                last = self._today + timedelta(days=ENDING_DAYS)
                return Condition(f"{_ACCEPTED_UNTIL} between :p0 and :p1", (self._today.isoformat(), last.isoformat()))
            case "root":
                return IS_OPEN & _FED_BY_NO_OPEN_ITEM
            case "cycle":
                return in_ids("item.id", self._cache.graph(self._reader).in_cycles)
            case _:
                last_review = self._reader.value("select max(ended) from review")
                return TRUE if last_review is None else Condition("item.updated > :p0", (last_review,))

    def _firing(self) -> Condition:
        return Condition(f"item.id in ({FIRING_ITEMS.format(day=':p0')})", (self._today.isoformat(),))

    def _overdue(self) -> Condition:
        """Open and past its due date, or open longer than its severity allows; NULL if that is unknown."""
        days = self._policy.mitigate_within or {}
        late = [Condition("item.due_on is not null and item.due_on < :p0", (self._today.isoformat(),))]
        late += [
            Condition("item.severity = :p0", (severity.value,))
            & _opened(Operator.BELOW, self._today - timedelta(days=days[severity.value]), self._today)
            for severity in Severity
            if severity.value in days
        ]
        return IS_OPEN & any_of(late)

    def _has(self, part: str) -> Condition:
        """Whether a field of an item is set."""
        if part == "share":
            return ~share_condition(self._policy).is_unknown
        return _HAS.get(part) or Condition(f"item.{_COLUMNS.get(part, part)} is not null")

    def _due(self, value: Value) -> Condition:
        """When an item is due; without a due date it never is."""
        if value.parsed is None:
            return Condition("item.due_on is null")
        operator, day = _day(value, self._today, Direction.AHEAD)
        return Condition(f"item.due_on is not null and item.due_on {operator or '='} :p0", (day.isoformat(),))

    def _happened(self, name: str, value: Value) -> Condition:
        """When an item was last changed or reviewed; never is before any time."""
        if value.parsed is None:
            return Condition("item.id not in (select decision.item_id from decision)")
        if isinstance(value.parsed, timedelta):
            bounds = [(_AGO[value.operator], self._now - value.parsed)]
        else:
            _, day = _day(value, self._today, Direction.BACK)
            bounds = [
                (operator, _end(day) if operator in (Operator.ABOVE, Operator.AT_MOST) else _start(day))
                for operator in ([value.operator] if value.operator else [Operator.AT_LEAST, Operator.AT_MOST])
            ]
        return all_of(
            Condition(
                f"item.updated {operator} :p0" if name == "changed" else _REVIEWED[operator], (stored_time(bound),)
            )
            for operator, bound in bounds
        )

    def _follow_up(self, state: str) -> Condition:
        """Whether an item has a follow-up in a state, or one that is overdue."""
        if state == "open":
            return _HAS["followup"]
        if state == "overdue":
            late = "follow_up.resolution is null and follow_up.due_on < :p0"
            return Condition(_WITH_FOLLOW_UP.format(where=late), (self._today.isoformat(),))
        return Condition(_WITH_FOLLOW_UP.format(where="follow_up.resolution = :p0"), (state,))

    def _linked(self, name: str, value: Value) -> Condition:
        """The items that feed an item, or are fed by it."""
        try:
            if not is_storable(value.text):
                raise NotFoundError(f"unknown item {quoted(value.text)}", SHOWS_KEYS)
            end = find_item(self._reader, value.text).id
        except NotFoundError as error:
            raise self._refusal(value, error.what, error.remedy) from None
        near, far = ("source_id", "target_id") if name == "feeds" else ("target_id", "source_id")
        return Condition(f"item.id in (select dependency.{near} from dependency where dependency.{far} = :p0)", (end,))

    def _refusal(self, value: Value, what: str, remedy: str) -> QueryError:
        return error_at(value, self._query.text, what, remedy)


NAMES = "select {column} from (select distinct {column} from item) as names where {where}"
_ACCEPTED_UNTIL = "item.status = 'Accepted' and item.accepted_until is not null and item.accepted_until"
_FED_BY_NO_OPEN_ITEM = Condition(f"""item.id not in (
    select dependency.target_id from dependency join item as source on source.id = dependency.source_id
    where source.status in {OPEN_SQL} and dependency.source_id <> dependency.target_id
)""")
_HAS_COMPONENTS = Condition("item.id in (select item_component.item_id from item_component)")
_WITH_FOLLOW_UP = "item.id in (select follow_up.item_id from follow_up where {where})"
_HAS = {
    "components": _HAS_COMPONENTS,
    "comment": Condition(
        "item.id in (select change.entity_id from change where change.entity = 'item'"
        f" and change.verb = 'comment' and change.batch not in ({UNDONE_BATCHES}))"
    ),
    "followup": Condition(_WITH_FOLLOW_UP.format(where="follow_up.resolution is null")),
    "acceptance": Condition("item.accepted_by is not null or item.accepted_until is not null"),
}
_COLUMNS = {"note": "status_note", "plan": "mitigation_plan", "due": "due_on"}
"""Columns whose names differ from the values of `has:`."""
_AGO = {
    Operator.BELOW: Operator.ABOVE,
    Operator.AT_MOST: Operator.AT_LEAST,
    Operator.ABOVE: Operator.BELOW,
    Operator.AT_LEAST: Operator.AT_MOST,
}
"""Less long ago is later."""
_DECIDED = "(select decision.item_id from decision where decision.time"
# The newest decision is before a time if none is after it.
_REVIEWED = {
    Operator.ABOVE: f"item.id in {_DECIDED} > :p0)",
    Operator.AT_LEAST: f"item.id in {_DECIDED} >= :p0)",
    Operator.BELOW: f"item.id not in {_DECIDED} >= :p0)",
    Operator.AT_MOST: f"item.id not in {_DECIDED} > :p0)",
}


def share_condition(policy: Policy) -> Condition:
    """The percentage of projects that an item affects; NULL if it is unknown."""
    percent = "cast(item.affected_percent as float)"
    if not policy.project_total:
        return Condition(percent)
    return Condition(f"coalesce({percent}, 100.0 * item.affected_count / :p0)", (float(policy.project_total),))


def _opened(operator: Operator, bound: date, today: date) -> Condition:
    """When an item was opened: if that is unknown, no later than its import, which may leave the answer unknown."""
    earlier = operator in (Operator.BELOW, Operator.AT_MOST)
    compared = "<=" if operator in (Operator.AT_MOST, Operator.ABOVE) else "<"
    imported = _end(bound) if compared == "<=" else _start(bound)
    # An opening date in the future counts as today.
    return Condition(
        "case when item.opened_on is not null then"
        f" case when item.opened_on > :p0 then :p0 else item.opened_on end {operator or '='} :p1"
        f" when item.created {compared} :p2 then {'true' if earlier else 'false'} else null end",
        (today.isoformat(), bound.isoformat(), stored_time(imported)),
    )


def _day(value: Value, today: date, direction: Direction) -> tuple[Operator, date]:
    """How a day is compared with which: a date, or a duration before or after today."""
    match value.parsed:
        case timedelta() as span if direction is Direction.BACK:
            return _AGO[value.operator], today - span
        case timedelta() as span:
            return value.operator, today + span
        case RelativeDate(text):
            from store.formats.dates import parse_date

            return value.operator, parse_date(text, "date", today, direction)
        case day:
            assert isinstance(day, date)
            return value.operator, day


def _start(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)


def _end(day: date) -> datetime:
    return datetime.combine(day, time.max, UTC)


_RISING: Mapping[str, list[Word]] = {"severity": [*reversed(Severity)], "effort": [*Effort]}
"""The words that are compared, the least first."""


def _sizes(name: str, values: Sequence[Value]) -> Condition:
    """Whether an item has one of some words that are compared; without a word it has no other than `none`."""
    words = dict.fromkeys(word.value for value in values for word in _compared(_RISING[name], value))
    where = [Condition(f"item.{name} is null")] if any(value.parsed is None for value in values) else []
    if words:
        where.append(Condition(f"item.{name} is not null") & one_of(f"item.{name}", [*words]))
    return any_of(where)


def _compared(rising: Sequence[Word], value: Value) -> Sequence[Word]:
    """The words that a value means."""
    if not isinstance(value.parsed, Word):
        return ()
    at = rising.index(value.parsed)
    return {
        Operator.IS: rising[at : at + 1],
        Operator.BELOW: rising[:at],
        Operator.AT_MOST: rising[: at + 1],
        Operator.ABOVE: rising[at + 1 :],
        Operator.AT_LEAST: rising[at:],
    }[value.operator]


FIRING_ITEMS = """
select signal_item.item_id from signal join signal_item on signal_item.signal_id = signal.id
where signal.state = 'firing' and (signal.muted_until is null or signal.muted_until < {day})
  and signal_item.attached = 1
"""
"""The ids of the items that a firing signal is attached to, unless it is muted on a day."""
_SIGNALS = "(select count(*) from signal_item where signal_item.item_id = item.id and signal_item.attached = 1)"
_WITH_SIGNAL = """item.id in (
    select signal_item.item_id from signal join signal_item on signal_item.signal_id = signal.id
    where signal_item.attached = 1 and {where}
)"""


def _signal(value: Value) -> Condition:
    if not isinstance(value.parsed, str | Pattern):
        return Condition(f"{_SIGNALS} = 0")
    called = matches_name("signal.name", value.parsed)
    return Condition(_WITH_SIGNAL.format(where=called.sql), called.values)


def _key(value: Value) -> Condition:
    if isinstance(value.parsed, Pattern):
        return matches_name("item.key", value.parsed)
    return Condition("lower(item.key) = :p0", (value.text.lower(),)) if is_storable(value.text) else FALSE
