"""Building blocks of SQL conditions: how they combine, and text matches in any case."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from store.filters.ast import Pattern

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_PARAMETER = re.compile(r":p(\d+)\b")


class Condition(NamedTuple):
    """A boolean expression of SQL in three-valued logic; `values` are those of its parameters `:p0`, `:p1` and so on.

    Conditions that go into one statement are numbered through by `together`.
    """

    sql: str
    values: tuple[object, ...] = ()

    @property
    def parameters(self) -> dict[str, object]:
        """The values by the names that they have in `sql`."""
        return _named(self.values)

    def __and__(self, other: Condition) -> Condition:
        return all_of((self, other))

    def __or__(self, other: Condition) -> Condition:
        return any_of((self, other))

    def __invert__(self) -> Condition:
        return Condition(f"NOT ({self.sql})", self.values)

    @property
    def is_unknown(self) -> Condition:
        """Whether one cannot tell."""
        return Condition(f"({self.sql}) IS NULL", self.values)


TRUE, FALSE, UNKNOWN = Condition("TRUE"), Condition("FALSE"), Condition("NULL")


def together(*conditions: Condition) -> tuple[list[str], dict[str, object]]:
    """The SQL of several conditions that are parts of one statement, and the parameters of that."""
    values: list[object] = []
    texts: list[str] = []
    for condition in conditions:
        texts.append(_shifted(condition.sql, len(values)) if values and condition.values else condition.sql)
        values += condition.values
    return texts, _named(values)


def all_of(conditions: Iterable[Condition]) -> Condition:
    """Whether all are met."""
    return _joined(" AND ", [each for each in conditions if each is not TRUE], TRUE)


def any_of(conditions: Iterable[Condition]) -> Condition:
    """Whether any is met; unknown where none is and one cannot be told."""
    return _joined(" OR ", [each for each in conditions if each is not FALSE], FALSE)


def _joined(operator: str, conditions: Sequence[Condition], empty: Condition) -> Condition:
    if len(conditions) < 2:
        return conditions[0] if conditions else empty
    texts, _ = together(*conditions)
    return Condition(
        operator.join(f"({text})" for text in texts), tuple(value for each in conditions for value in each.values)
    )


def _named(values: Iterable[object]) -> dict[str, object]:
    return {f"p{number}": value for number, value in enumerate(values)}


def _shifted(sql: str, by: int) -> str:
    return _PARAMETER.sub(lambda found: f":p{int(found[1]) + by}", sql)


def one_of(column: str, values: Sequence[object]) -> Condition:
    """Whether a column has one of some values."""
    if not values:
        return FALSE
    names = ", ".join(f":p{number}" for number in range(len(values)))
    return Condition(f"{column} IN ({names})", tuple(values))


def is_nowhere(text: str) -> bool:
    """Whether a text holds what no stored text can: NUL, or half of a character."""
    return "\0" in text or any("\ud800" <= character <= "\udfff" for character in text)


def any_case(column: str, pattern: str) -> Condition:
    """Whether a text is like a pattern of LIKE, in any case, with `\\` as the escape; NULL where there is no text."""
    # SQLite's LIKE disregards the case of ASCII letters, several times as fast as comparing what is folded.
    if pattern.isascii():
        return Condition(f"{column} LIKE :p0 ESCAPE '\\'", (pattern,))
    return Condition(f"casefold({column}) LIKE :p0 ESCAPE '\\'", (pattern.casefold(),))


def any_holds(columns: Sequence[str], word: str) -> Condition:
    """Whether one of some texts holds a word, in any case; never NULL."""
    if word.isascii():
        likes = " OR ".join(f"{column} LIKE :p0 ESCAPE '\\'" for column in columns)
        return Condition(f"coalesce({likes}, FALSE)", (_inside(word),))
    # One call for all of a row's texts.
    return Condition(f"any_holds(:p0, {', '.join(columns)})", (word.casefold(),))


def named(column: str, name: str | Pattern) -> Condition:
    """Equal in any case, or like a pattern; NULL where there is no text."""
    text = name.text if isinstance(name, Pattern) else name
    if is_nowhere(text):
        return FALSE
    parts = text.split("*") if isinstance(name, Pattern) else [text]
    return any_case(column, "%".join(map(escaped, parts)))


def matching(names: Iterable[str], name: str | Pattern) -> list[str]:
    """Those of some names that `named` finds, compared here: a few names that many rows have."""
    text = (name.text if isinstance(name, Pattern) else name).casefold()
    parts = text.split("*") if isinstance(name, Pattern) else [text]
    return [each for each in names if _is_like(each.casefold(), parts)]


def _is_like(text: str, parts: Sequence[str]) -> bool:
    """Whether a text is these parts, in order, with anything between them."""
    if len(parts) == 1:
        return text == parts[0]
    first, *inner, last = parts
    at, end = len(first), len(text) - len(last)
    if at > end or not text.startswith(first) or not text.endswith(last):
        return False
    for part in inner:
        found = text.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return True


def holds(column: str, text: str) -> Condition:
    """Whether a column has a text in it, in any case; NULL where there is none."""
    return any_case(column, _inside(text))


_SEARCHED = (
    "item.key",
    "item.title",
    "item.description",
    "item.status_note",
    "item.mitigation_plan",
    "item.owner",
    "item.affected_text",
    "item.accepted_by",
    "item.severity",
    "item.status",
    "CAST(item.extra AS TEXT)",
)


def says(word: str) -> Condition:
    """Whether some field or component of an item has a text in it, in any case; never NULL."""
    if is_nowhere(word):
        return FALSE
    linked = holds("component.name", word)
    by_component = Condition(
        "item.id IN (SELECT item_component.item_id FROM item_component"
        f" JOIN component ON component.id = item_component.component_id WHERE {linked.sql})",
        linked.values,
    )
    return any_holds(_SEARCHED, word) | by_component


def _inside(text: str) -> str:
    return f"%{escaped(text)}%"


def escaped(text: str) -> str:
    """A text as a pattern of LIKE that means just it, with `\\` as the escape."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
