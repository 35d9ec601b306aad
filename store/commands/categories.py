"""Commands on categories: add, edit, remove, move."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.audit.snapshots import id_of, key_of, state_of
from store.commands.conflicts import (
    NOTHING,
    add_row,
    changed_since,
    edit_row,
    next_position,
    not_as_seen,
    remove_row,
)
from store.errors import InvalidValueError, RegisterError
from store.fields import clean_text, parse_code, required_line, same
from store.models import Category
from store.queries.lookup import categories, find_category
from store.text import number_of, same_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from store.audit.log import Done, UnitOfWork
    from store.db.database import Database
    from store.db.reader import Reader
    from store.models import Json


def add_category(db: Database, *, code: str, name: str, definition: str | None = None) -> Done:
    """Add a category after the others."""
    category = Category(
        code=parse_code(code),
        name=required_line("name", name),
        definition=_checked("definition", definition),
        position=0,
    )
    with db.write("add-category") as writer:
        _refuse_taken(writer.reader, {"code": category.code, "name": category.name})
        category.position = next_position(writer.reader, "category")
        add_row(writer, category)
    return writer.done(f"Added category {category.name}", (category.code,))


def edit_category(
    db: Database,
    code: str,
    changes: Mapping[str, str | None],
    *,
    before: Mapping[str, str | None] | None = None,
) -> Done:
    """Give a category another code, name or definition; its items keep their keys.

    Raises ConflictError if one of them differs from what the user saw, which is in `before`.
    """
    seen: dict[str, Json] = {name: value or None for name, value in (before or {}).items()}
    wanted = not_as_seen({name: _checked(name, value) for name, value in changes.items()}, seen)
    with db.write("edit-category") as writer:
        category = category_row(writer, code)
        _refuse_taken(writer.reader, wanted, other_than=id_of(category))
        fields = edit_row(writer, category, wanted, before=seen)
    message = f"Changed {' and '.join(fields)} of category {category.name}" if fields else NOTHING
    return writer.done(message, (category.code,))


ITEMS_OF = "select count(*) from item where category_id = :category"


def remove_category(db: Database, code: str, *, before: Mapping[str, str | None] | None = None) -> Done:
    """Remove a category that has no items.

    Raises RegisterError, naming who changed it, if it differs from what the user saw, which is in `before`.
    """
    with db.write("remove-category") as writer:
        category = category_row(writer, code)
        state = state_of(writer.reader, category)
        for name, value in (before or {}).items():
            if not same(name, state[name], value):
                raise changed_since(writer.reader, "category", id_of(category), key_of("category", state), name)
        if number := writer.reader.value(ITEMS_OF, {"category": category.id}):
            raise RegisterError(f"{category.name} still has {number_of(number, 'item')}", "move or remove them first")
        remove_row(writer, category, state)
    return writer.done(f"Removed category {category.name}", (category.code,))


def move_category(db: Database, code: str, offset: int) -> Done:
    """Move a category down by this many positions (up, if negative), or as far as it can go.

    It moves from its present position, so that no one else's move is lost.
    """
    with db.write("move-category") as writer:
        ordered = [writer.session.get_one(Category, found.id) for found in categories(writer.reader)]
        category = category_row(writer, code)
        positions = sorted(row.position for row in ordered)
        index = ordered.index(category)
        ordered.insert(min(max(index + offset, 0), len(ordered) - 1), ordered.pop(index))
        for row, position in zip(ordered, positions, strict=True):
            edit_row(writer, row, {"position": position})
    message = f"{category.name}: position {ordered.index(category) + 1} of {len(ordered)}"
    return writer.done(message if writer.batch else NOTHING, (category.code,))


def category_row(writer: UnitOfWork, code: str) -> Category:
    """The category of a code. Raises NotFoundError naming the codes in use."""
    return writer.session.get_one(Category, find_category(writer.reader, code).id)


def _refuse_taken(reader: Reader, wanted: Mapping[str, Json], *, other_than: int | None = None) -> None:
    others = [row for row in categories(reader) if row.id != other_than]
    for name in ("code", "name"):
        text = wanted.get(name)
        if text is not None and any(same_name(getattr(row, name), str(text)) for row in others):
            raise InvalidValueError(name, f"there is already a category {text}", f"choose another {name}")


def _checked(name: str, value: str | None) -> str | None:
    match name:
        case "code":
            return parse_code(value or "")
        case "name":
            return required_line(name, value or "")
        case "definition":
            return clean_text(name, value or "") or None
        case _:
            raise InvalidValueError(name, f"unknown field {name!r}", "use code, name or definition")
