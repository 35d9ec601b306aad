"""Commands on saved queries: views to come back to, and rules that must match nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlmodel import col, select

from store.commands.conflicts import NOTHING, add_row, edit_row, next_position, remove_row
from store.enums import SavedKind
from store.errors import InvalidValueError, NotFoundError, quoted
from store.fields import NAME_LIMIT, required_line
from store.filters.parser import parse
from store.models import SavedQuery
from store.policy import BUILTIN
from store.queries.overview import BUILT_IN_VIEWS
from store.text import same_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlmodel import Session

    from store.audit.log import Done
    from store.db.database import Database

MOST_RULES = 50
"""Rules that a register may have: each is evaluated for every item that is shown."""


def save_query(db: Database, kind: SavedKind, name: str, query: str, *, before: str | None = None) -> Done:
    """Save a query under a name; one that has the name is replaced.

    `before` is its text as the user saw it; raises ConflictError if it is another one now. Raises QueryError for a
    query that cannot be parsed, InvalidValueError for a name or a query that cannot be used.
    """
    name, query = _checked(kind, "name", name), _checked(kind, "query", query)
    with db.write("save-query") as writer:
        rows = _saved(writer.session, kind)
        row = _named(rows, name)
        if row is None:
            if kind is SavedKind.RULE and len(rows) >= MOST_RULES:
                what = f"there are already {MOST_RULES} rules"
                raise InvalidValueError("name", what, "remove one, or join two with a comma")
            position = next_position(writer.reader, "saved_query", "kind = :kind", kind=kind.value)
            row, replaced = SavedQuery(kind=kind, name=name, query=query, position=position), ""
            add_row(writer, row)
        else:
            replaced = f", replacing {quoted(row.query)}"
            edit_row(writer, row, {"query": query}, before={} if before is None else {"query": before})
    return writer.done(f"Saved {kind} {row.name}{replaced}" if writer.batch else NOTHING)


def edit_query(
    db: Database, kind: SavedKind, name: str, changes: Mapping[str, str], *, before: Mapping[str, str] | None = None
) -> Done:
    """Change the `name` or the `query` of a saved query; `before` is what the user saw of them.

    Raises what `save_query` raises, and InvalidValueError for a name that is in use.
    """
    return _edit(db, "edit-query", kind, name, changes, "Changed {kind} {name}", before=before)


def rename_query(db: Database, kind: SavedKind, name: str, new: str) -> Done:
    """Give a saved query another name; what was recorded of a rule counts for the new one."""
    return _edit(db, "rename-query", kind, name, {"name": new}, "Renamed {kind} to {name}")


def remove_query(db: Database, kind: SavedKind, name: str) -> Done:
    """Remove a saved query; undo brings it back."""
    _refuse_built_in(kind, name)
    with db.write("remove-query") as writer:
        row = find_query(writer.session, kind, name)
        remove_row(writer, row)
    return writer.done(f"Removed {kind} {row.name}")


def _edit(
    db: Database,
    verb: str,
    kind: SavedKind,
    name: str,
    changes: Mapping[str, str],
    done: str,
    *,
    before: Mapping[str, str] | None = None,
) -> Done:
    _refuse_built_in(kind, name)
    wanted = {field: _checked(kind, field, text) for field, text in changes.items()}
    with db.write(verb) as writer:
        row = find_query(writer.session, kind, name)
        other = _named(_saved(writer.session, kind), wanted.get("name", row.name))
        if other is not None and other.id != row.id:
            raise InvalidValueError("name", f"there is already a {kind} {other.name}", "choose another name")
        edit_row(writer, row, wanted, before=before)
    return writer.done(done.format(kind=kind, name=row.name) if writer.batch else NOTHING)


def find_query(session: Session, kind: SavedKind, name: str) -> SavedQuery:
    """The saved query of a name. Raises NotFoundError naming the existing ones."""
    rows = _saved(session, kind)
    row = _named(rows, name.strip())
    if row is None:
        names = ", ".join(other.name for other in rows)
        remedy = f"use one of {names}" if names else f"no {kind} has been saved yet; save one first"
        raise NotFoundError(f"unknown {kind} {name.strip()}", remedy)
    return row


def _saved(session: Session, kind: SavedKind) -> list[SavedQuery]:
    query = select(SavedQuery).where(SavedQuery.kind == kind)
    return list(session.exec(query.order_by(col(SavedQuery.position), col(SavedQuery.id))))


def _named(rows: Sequence[SavedQuery], name: str) -> SavedQuery | None:
    """The row of a name as written, else in any case."""
    exact = next((row for row in rows if row.name == name), None)
    return exact or next((row for row in rows if same_name(row.name, name)), None)


def _checked(kind: SavedKind, field: str, typed: str) -> str:
    """A name or a query as stored."""
    text = required_line(field, typed)
    if field == "name":
        if len(text) > NAME_LIMIT:
            raise InvalidValueError("name", f"the name is {len(text)} characters long", f"use at most {NAME_LIMIT}")
        _refuse_built_in(kind, text)
        return text
    parsed = parse(text, rule=kind is SavedKind.RULE)
    if kind is SavedKind.RULE and parsed.sort is not None:
        raise InvalidValueError("query", "a rule cannot have an order", "leave out sort:")
    if kind is SavedKind.RULE and not parsed.terms:
        raise InvalidValueError("query", "a rule needs a condition: every item would break this one", "add one")
    return text


def _refuse_built_in(kind: SavedKind, name: str) -> None:
    names = BUILTIN if kind is SavedKind.RULE else [view.name for view in BUILT_IN_VIEWS]
    if (found := next((known for known in names if same_name(known, name)), None)) is None:
        return
    if kind is SavedKind.RULE:
        raise InvalidValueError("name", f"{found} is a built-in rule", "choose another name")
    what = f"{found} is a built-in view and cannot be changed"
    raise InvalidValueError("name", what, "save yours under another name")
