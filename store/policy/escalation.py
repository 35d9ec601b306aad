"""Escalation rules: what breaks them, and the verbs that keep them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select as columns
from sqlmodel import col

from store.commands.saved_queries import edit_query, remove_query, rename_query, save_query
from store.enums import SavedKind
from store.errors import InvalidValueError
from store.fields import required_line
from store.filters.parser import parse
from store.filters.sql import condition
from store.models import Category, Item
from store.policy.builtin import BUILTIN
from store.policy.rows import RuleRow
from store.queries.flags import Conditions
from store.queries.saved import saved
from store.sameness import same_name

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlmodel import Session

    from store.db.database import Database
    from store.queries.changes import Done

MOST_RULES = 50
"""Rules that a register may have: each is asked of every item that is shown."""


def rules(session: Session) -> tuple[RuleRow, ...]:
    """The rules in order, each with the items that break it and those of which one cannot tell."""
    asked = Conditions.of(session)
    met = {row.name: met for row, met in asked.rules}
    return tuple(
        _found(session, RuleRow(row.name, row.query), met[row.name])
        if row.name in met
        else RuleRow(row.name, row.query, problem=asked.problems[row.name])
        for row in saved(session, SavedKind.RULE)
    )


def all_rules(session: Session) -> tuple[RuleRow, ...]:
    """The rules of the register, then those that come with the program."""
    own = (
        _found(session, RuleRow(name, query, builtin=True), condition(session, parse(query)))
        for name, query in BUILTIN.items()
    )
    return (*rules(session), *own)


def _found(session: Session, row: RuleRow, met: ColumnElement[bool]) -> RuleRow:
    query = (
        columns(col(Item.key), met.label("met"))
        .join(Category, col(Category.id) == col(Item.category_id))
        .where(met.is_(None) | met)
        .order_by(col(Category.position), col(Category.id), col(Item.position), col(Item.id))
    )
    told = session.execute(query).all()
    return RuleRow(
        row.name,
        row.query,
        broken=tuple(key for key, is_so in told if is_so is not None),
        untold=tuple(key for key, is_so in told if is_so is None),
        builtin=row.builtin,
    )


def escalated(session: Session) -> dict[str, tuple[str, ...]]:
    """The items that break a rule, by key, each with the names of its rules: those of the first rule first."""
    found: dict[str, list[str]] = {}
    for rule in rules(session):
        for key in rule.broken:
            found.setdefault(key, []).append(rule.name)
    return {key: tuple(names) for key, names in found.items()}


def save_rule(db: Database, name: str, query: str, *, before: str | None = None) -> Done:
    """Keep a rule under a name; one that has the name is replaced, if it still says `before`.

    Raises QueryError for a query that is not understood, InvalidValueError for what can be no rule.
    """
    _refuse_builtin(name)
    text = _checked(query)
    with db.read() as session:
        kept = [row.name for row in saved(session, SavedKind.RULE)]
    if len(kept) >= MOST_RULES and not any(same_name(name, one) for one in kept):
        raise InvalidValueError("name", f"there are {MOST_RULES} rules already", "remove one, or join two with a comma")
    return save_query(db, SavedKind.RULE, name, text, before=before)


def edit_rule(db: Database, name: str, *, new_name: str, query: str, before: str | None = None) -> Done:
    """Give a rule another name and query in one step; `before` is the query as the person saw it.

    Raises what `save_rule` and `edit_query` raise.
    """
    _refuse_builtin(name)
    _refuse_builtin(new_name)
    changes = {"name": new_name, "query": _checked(query)}
    return edit_query(db, SavedKind.RULE, name, changes, before=None if before is None else {"query": before})


def rename_rule(db: Database, name: str, new: str) -> Done:
    """Give a rule another name; what was recorded of it counts for the new one."""
    _refuse_builtin(name)
    _refuse_builtin(new)
    return rename_query(db, SavedKind.RULE, name, new)


def remove_rule(db: Database, name: str) -> Done:
    """Remove a rule; undo brings it back."""
    _refuse_builtin(name)
    return remove_query(db, SavedKind.RULE, name)


def _checked(query: str) -> str:
    """The text of a query that can be a rule."""
    text = required_line("query", query)
    parsed = parse(text, rule=True)
    if parsed.sort is not None:
        raise InvalidValueError("query", "a rule has no order", "leave out sort:")
    if not parsed.terms:
        raise InvalidValueError("query", "a rule without a condition would be broken by every item", "name one")
    return text


def _refuse_builtin(name: str) -> None:
    if (called := next((known for known in BUILTIN if same_name(known, name)), None)) is not None:
        raise InvalidValueError("name", f"{called} is a rule that comes with the program", "choose another name")
