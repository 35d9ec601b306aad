"""What every verb does the same way: check a value, compare with what the person saw, change a row and record it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.audit.log import who_changed
from store.audit.snapshots import dump, entity_of, id_of, key_of, put, same, state_of, text_of
from store.enums import Word
from store.errors import ConflictError, FieldConflict, InvalidValueError
from store.fields import FIELDS, FieldValue, clean_line, show
from store.formats.document.model import Affected
from store.models import Item

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlmodel import Session

    from store.audit.log import Writer
    from store.audit.snapshots import Row, State
    from store.models import Json

NOTHING = "Nothing changed"


def checked(name: str, value: FieldValue) -> FieldValue:
    """An item field's value as it is stored, whatever door it came through. Raises InvalidValueError."""
    if name not in FIELDS:
        raise InvalidValueError(name, f"an item has no field {name!r}", f"use one of {', '.join(FIELDS)}")
    field = FIELDS[name]
    match value:
        case Affected(text, count, percent) if text.strip():
            return Affected(clean_line(name, text), count, percent)
        case tuple() if name == "components":
            names = (clean_line(name, part) for part in value)
            return tuple(dict.fromkeys(part for part in names if part))
        case str() if not isinstance(value, Word):
            return field.read(value)
        case _:
            return field.read(show(value))


def changed_fields(state: State, wanted: Mapping[str, Json]) -> State:
    """The wanted fields that differ from what the row says now."""
    return {name: value for name, value in wanted.items() if not same(name, state.get(name), value)}


def change(writer: Writer, row: Row, state: State, fields: State) -> None:
    """Let a row that says `state` say these fields, and record each."""
    if fields:
        change_later(writer, row, state, fields)
        writer.session.flush()


def change_later(writer: Writer, row: Row, state: State, fields: State) -> None:
    """Like `change`, but the row is written with the next flush: many rows at once are written much faster."""
    put(writer.session, row, fields)
    if isinstance(row, Item):
        row.updated = writer.time
    entity, row_id, key = entity_of(row), id_of(row), key_of(entity_of(row), state | fields)
    for name, value in fields.items():
        writer.record(entity, row_id, key, name, state.get(name), value)


def created(writer: Writer, row: Row) -> None:
    """Record a row that was just made."""
    state = state_of(writer.session, row)
    writer.record(entity_of(row), id_of(row), key_of(entity_of(row), state), None, None, state)


def removed(writer: Writer, row: Row, state: State) -> None:
    """Record a row that is about to go."""
    writer.record(entity_of(row), id_of(row), key_of(entity_of(row), state), None, state, None)


def conflicts_of(
    session: Session, row: Row, state: State, *, wanted: Mapping[str, Json], before: Mapping[str, Json]
) -> list[FieldConflict]:
    """The fields that are about to change and no longer say what the person saw."""
    found = []
    for name, mine in wanted.items():
        theirs = state.get(name)
        # Whoever wants what is there already overwrites nobody.
        if name in before and not same(name, theirs, before[name]) and not same(name, theirs, mine):
            found.append(
                FieldConflict(
                    key=key_of(entity_of(row), state),
                    field=name,
                    before=text_of(before[name]) or "",
                    mine=text_of(mine) or "",
                    theirs=text_of(theirs) or "",
                    by=who_changed(session, entity_of(row), id_of(row), name),
                )
            )
    return found


def refuse_conflicts(conflicts: list[FieldConflict]) -> None:
    """Raise ConflictError if there are any."""
    if conflicts:
        raise ConflictError(tuple(conflicts))


def dumped(values: Mapping[str, FieldValue]) -> State:
    """Field values as the trail keeps them."""
    return {name: dump(value) for name, value in values.items()}


def counted(keys: tuple[str, ...]) -> str:
    """The items a sentence is about: the key of one, the number of several."""
    return keys[0] if len(keys) == 1 else f"{len(keys):,} items"
