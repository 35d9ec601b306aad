"""Commands on categories: add, edit, remove, move."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func
from sqlmodel import col, select

from store.audit.snapshots import state_of
from store.commands.conflicts import (
    NOTHING,
    change,
    changed_fields,
    conflicts_of,
    created,
    refuse_conflicts,
    refuse_other,
    removed,
)
from store.db.reader import reader_of
from store.errors import InvalidValueError, RegisterError
from store.fields import clean_text, parse_code, required_line, same
from store.models import Category, Item
from store.queries.lookup import find_category
from store.text import plural, same_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlmodel import Session

    from store.db.database import Database
    from store.models import Json
    from store.queries.rows import Done


def add_category(db: Database, *, code: str, name: str, definition: str | None = None) -> Done:
    """Add a category behind the others."""
    called: dict[str, str] = {"code": parse_code(code), "name": required_line("name", name)}
    meaning = _checked("definition", definition)
    with db.write("add-category") as writer:
        _refuse_taken(writer.session, dict(called))
        last = writer.session.exec(select(func.max(Category.position))).one()
        place = 0 if last is None else last + 1
        category = Category(code=called["code"], name=called["name"], definition=meaning, position=place)
        writer.session.add(category)
        writer.session.flush()
        created(writer, category)
    return writer.done(f"Added the category {category.name}", (category.code,))


def edit_category(
    db: Database,
    code: str,
    changes: Mapping[str, str | None],
    *,
    before: Mapping[str, str | None] | None = None,
) -> Done:
    """Give a category another code, name or definition; its items keep their keys.

    Raises ConflictError when one of them no longer says what `before` says the person saw.
    """
    seen: dict[str, Json] = {name: value or None for name, value in (before or {}).items()}
    wanted: dict[str, Json] = {name: _checked(name, value) for name, value in changes.items()}
    wanted = {name: value for name, value in wanted.items() if name not in seen or not same(name, value, seen[name])}
    with db.write("edit-category") as writer:
        session = writer.session
        category = category_row(session, code)
        state = state_of(reader_of(session), category)
        fields = changed_fields(state, wanted)
        refuse_conflicts(conflicts_of(session, category, state, wanted=fields, before=seen))
        _refuse_taken(session, fields, but=category)
        change(writer, category, state, fields)
    said = f"Changed {' and '.join(fields)} of the category {category.name}" if fields else NOTHING
    return writer.done(said, (category.code,))


def remove_category(db: Database, code: str, *, before: Mapping[str, str | None] | None = None) -> Done:
    """Remove a category that has no items.

    Raises RegisterError, naming who, when it no longer says what `before` says the person saw.
    """
    with db.write("remove-category") as writer:
        session = writer.session
        category = category_row(session, code)
        refuse_other(session, category, dict(before or {}))
        number = session.exec(select(func.count()).where(Item.category_id == category.id)).one()
        if number:
            items = plural(number, "item")
            raise RegisterError(f"{category.name} still has {number} {items}", "move or remove them first")
        removed(writer, category, state_of(reader_of(session), category))
        session.delete(category)
    return writer.done(f"Removed the category {category.name}", (category.code,))


def move_category(db: Database, code: str, offset: int) -> Done:
    """Move a category this many places down the register (up, if negative), as far as there are places.

    It moves from where it stands now, so that nobody else's move is lost.
    """
    with db.write("move-category") as writer:
        session = writer.session
        ordered = _ordered(session)
        category = category_row(session, code)
        places = sorted(row.position for row in ordered)
        index = ordered.index(category)
        ordered.insert(min(max(index + offset, 0), len(ordered) - 1), ordered.pop(index))
        for row, place in zip(ordered, places, strict=True):
            state = state_of(reader_of(session), row)
            change(writer, row, state, changed_fields(state, {"position": place}))
    said = f"{category.name} is category {ordered.index(category) + 1} of {len(ordered)}"
    return writer.done(said if writer.batch else NOTHING, (category.code,))


def _ordered(session: Session) -> list[Category]:
    return list(session.exec(select(Category).order_by(col(Category.position), col(Category.id))))


def _refuse_taken(session: Session, values: Mapping[str, Json], *, but: Category | None = None) -> None:
    others: Sequence[Category] = [row for row in _ordered(session) if row is not but]
    for name in ("code", "name"):
        wanted = values.get(name)
        if wanted is not None and any(same_name(getattr(row, name), str(wanted)) for row in others):
            raise InvalidValueError(name, f"there is already a category {wanted}", f"choose another {name}")


def _checked(name: str, value: str | None) -> str | None:
    match name:
        case "code":
            return parse_code(value or "")
        case "name":
            return required_line(name, value or "")
        case "definition":
            return clean_text(name, value or "") or None
        case _:
            raise InvalidValueError(name, f"a category has no field {name!r}", "use code, name or definition")


def category_row(session: Session, code: str) -> Category:
    """The category of a code. Raises NotFoundError naming the codes there are."""
    return session.get_one(Category, find_category(reader_of(session), code).id)
