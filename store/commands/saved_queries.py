"""Commands on saved queries: views to come back to, and rules that must match nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlmodel import col, select

from store.commands.conflicts import NOTHING, add_row, edit_row, next_position, remove_row
from store.enums import SavedKind
from store.errors import InvalidValueError, NotFoundError, quoted
from store.fields import required_line
from store.filters.parser import parse
from store.models import SavedQuery
from store.policy import BUILTIN
from store.queries.lookup import saved
from store.queries.overview import BUILT_IN_VIEWS
from store.text import same_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlmodel import Session

    from store.audit.log import Done
    from store.db.database import Database

LONGEST_NAME = 120
MOST_RULES = 50
"""Rules that a register may have: each is evaluated for every item that is shown."""


def save_query(db: Database, kind: SavedKind, name: str, query: str, *, before: str | None = None) -> Done:
    """Save a query under a name; one that has the name is replaced.

    `before` is its text as the user saw it; raises ConflictError where it says something else now.
    """
    name, query = _name(name), required_line("query", query)
    with db.write("save-query") as writer:
        row = _find(writer.session, kind, name)
        if row is None:
            position = next_position(writer.reader, "saved_query", "kind = :kind", kind=kind.value)
            row, instead = SavedQuery(kind=kind, name=name, query=query, position=position), ""
            add_row(writer, row)
        else:
            instead = f", replacing {quoted(row.query)}"
            edit_row(writer, row, {"query": query}, before={} if before is None else {"query": before})
    return writer.done(f"Saved {kind} {row.name}{instead}" if writer.batch else NOTHING)


def edit_query(
    db: Database, kind: SavedKind, name: str, changes: Mapping[str, str], *, before: Mapping[str, str] | None = None
) -> Done:
    """Change the `name` or the `query` of a saved query; `before` is what the user saw of them.

    Raises InvalidValueError for a name that is in use, ConflictError where one of them says something else now.
    """
    wanted = {field: _name(text) if field == "name" else required_line(field, text) for field, text in changes.items()}
    with db.write("edit-query") as writer:
        row = find_query(writer.session, kind, name)
        _refuse_taken(writer.session, row, wanted.get("name", row.name))
        edit_row(writer, row, wanted, before=before)
    return writer.done(f"Changed {kind} {row.name}" if writer.batch else NOTHING)


def rename_query(db: Database, kind: SavedKind, name: str, new: str) -> Done:
    """Give a saved query another name. Raises InvalidValueError for one that is in use."""
    new = _name(new)
    with db.write("rename-query") as writer:
        row = find_query(writer.session, kind, name)
        _refuse_taken(writer.session, row, new)
        edit_row(writer, row, {"name": new})
    return writer.done(f"Renamed {kind} to {new}" if writer.batch else NOTHING)


def remove_query(db: Database, kind: SavedKind, name: str) -> Done:
    """Remove a saved query; undo brings it back."""
    with db.write("remove-query") as writer:
        row = find_query(writer.session, kind, name)
        remove_row(writer, row)
    return writer.done(f"Removed {kind} {row.name}")


def find_query(session: Session, kind: SavedKind, name: str) -> SavedQuery:
    """The saved query of a name. Raises NotFoundError naming those there are."""
    row = _find(session, kind, name.strip())
    if row is None:
        names = ", ".join(other.name for other in _all(session, kind))
        remedy = f"use one of {names}" if names else f"none was saved; save it as a {kind} first"
        raise NotFoundError(f"unknown {kind} {name.strip()}", remedy)
    return row


def _find(session: Session, kind: SavedKind, name: str) -> SavedQuery | None:
    """As written, else in any case."""
    rows = _all(session, kind)
    exact = next((row for row in rows if row.name == name), None)
    return exact or next((row for row in rows if same_name(row.name, name)), None)


def _all(session: Session, kind: SavedKind) -> list[SavedQuery]:
    query = select(SavedQuery).where(SavedQuery.kind == kind)
    return list(session.exec(query.order_by(col(SavedQuery.position), col(SavedQuery.id))))


def _refuse_taken(session: Session, row: SavedQuery, name: str) -> None:
    """Refuse a name that another saved query has."""
    other = _find(session, SavedKind(row.kind), name)
    if other is not None and other.id != row.id:
        raise InvalidValueError("name", f"there is already a {row.kind} {other.name}", "choose another name")


def _name(typed: str) -> str:
    name = required_line("name", typed)
    if len(name) > LONGEST_NAME:
        raise InvalidValueError("name", f"the name is {len(name)} characters long", f"use at most {LONGEST_NAME}")
    return name


def save_rule(db: Database, name: str, query: str, *, before: str | None = None) -> Done:
    """Save a rule; one that has the name is replaced, if it still says `before`.

    Raises QueryError for a query that cannot be parsed, InvalidValueError for one that cannot be a rule.
    """
    _refuse_builtin_rule(name)
    text = _rule_text(query)
    with db.read() as reader:
        rules = saved(reader, SavedKind.RULE)
    if len(rules) >= MOST_RULES and not any(same_name(name, rule.name) for rule in rules):
        raise InvalidValueError("name", f"there are already {MOST_RULES} rules", "remove one, or join two with a comma")
    return save_query(db, SavedKind.RULE, name, text, before=before)


def edit_rule(db: Database, name: str, *, new_name: str, query: str, before: str | None = None) -> Done:
    """Give a rule another name and query in one step; `before` is the query as the user saw it.

    Raises what `save_rule` and `edit_query` raise.
    """
    _refuse_builtin_rule(name)
    _refuse_builtin_rule(new_name)
    changes = {"name": new_name, "query": _rule_text(query)}
    return edit_query(db, SavedKind.RULE, name, changes, before=None if before is None else {"query": before})


def rename_rule(db: Database, name: str, new: str) -> Done:
    """Give a rule another name; what was recorded of it counts for the new one."""
    _refuse_builtin_rule(name)
    _refuse_builtin_rule(new)
    return rename_query(db, SavedKind.RULE, name, new)


def remove_rule(db: Database, name: str) -> Done:
    """Remove a rule; undo brings it back."""
    _refuse_builtin_rule(name)
    return remove_query(db, SavedKind.RULE, name)


def _rule_text(query: str) -> str:
    """The text of a query that can be a rule."""
    text = required_line("query", query)
    parsed = parse(text, rule=True)
    if parsed.sort is not None:
        raise InvalidValueError("query", "a rule cannot have an order", "leave out sort:")
    if not parsed.terms:
        raise InvalidValueError("query", "a rule needs a condition: every item would break this one", "add one")
    return text


def _refuse_builtin_rule(name: str) -> None:
    if (found := next((rule for rule in BUILTIN if same_name(rule, name)), None)) is not None:
        raise InvalidValueError("name", f"{found} is a built-in rule", "choose another name")


def save_view(db: Database, name: str, query: str, *, before: str | None = None) -> Done:
    """Save a query as a view, in place of the saved one of that name; `before` as in `save_query`."""
    _refuse_builtin_view(name)
    parse(query)
    return save_query(db, SavedKind.VIEW, name, query, before=before)


def edit_view(db: Database, name: str, changes: Mapping[str, str], *, before: Mapping[str, str] | None = None) -> Done:
    """Change the `name` or the `query` of a saved view."""
    _refuse_builtin_view(name)
    _refuse_builtin_view(changes.get("name", ""))
    parse(changes.get("query", ""))
    return edit_query(db, SavedKind.VIEW, name, changes, before=before)


def remove_view(db: Database, name: str) -> Done:
    """Remove a saved view."""
    _refuse_builtin_view(name)
    return remove_query(db, SavedKind.VIEW, name)


def _refuse_builtin_view(name: str) -> None:
    if (found := next((view.name for view in BUILT_IN_VIEWS if same_name(view.name, name)), None)) is not None:
        raise InvalidValueError(
            "name", f"{found} is a built-in view and cannot be changed", "save yours under another name"
        )
