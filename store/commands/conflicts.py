"""What commands share: changing rows, recording it, and refusing to overwrite what others have changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.audit.log import last_change, who_changed
from store.audit.snapshots import assign, dump, entity_of, id_of, key_of, state_of
from store.errors import CHECK_AND_REMOVE, ConflictError, FieldConflict, RegisterError
from store.fields import FieldValue, same, text_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from store.audit.log import UnitOfWork
    from store.audit.snapshots import Row, State
    from store.db.reader import Reader
    from store.models import Json

NOTHING = "Nothing changed"


def dumped(values: Mapping[str, FieldValue]) -> State:
    """Field values as the audit log stores them."""
    return {name: dump(value) for name, value in values.items()}


def changed_fields(state: State, wanted: Mapping[str, Json]) -> State:
    """The wanted fields that differ from a row's state."""
    return {name: value for name, value in wanted.items() if not same(name, state.get(name), value)}


def not_as_seen(wanted: Mapping[str, Json], seen: Mapping[str, Json]) -> State:
    """The wanted fields without those that the user saw and left alone, whatever they are now."""
    return {name: value for name, value in wanted.items() if name not in seen or not same(name, value, seen[name])}


def add_row(writer: UnitOfWork, row: Row, components: Json = None) -> None:
    """Insert a row, and the components of an item, and record it."""
    writer.session.add(row)
    if components is not None:
        writer.session.flush()
        assign(writer, row, {"components": components})
    state = state_of(writer.reader, row)
    writer.record(entity_of(row), id_of(row), key_of(entity_of(row), state), None, None, state)


def remove_row(writer: UnitOfWork, row: Row, state: State | None = None) -> None:
    """Delete a row, whose state is `state`, and record it."""
    state = state_of(writer.reader, row) if state is None else state
    writer.record(entity_of(row), id_of(row), key_of(entity_of(row), state), None, state, None)
    writer.session.delete(row)


def change_row(writer: UnitOfWork, row: Row, state: State, fields: State, *, key: str | None = None) -> None:
    """Give a row, whose state is `state`, new values, and record each, under its own key or the given one."""
    assign(writer, row, fields)
    entity = entity_of(row)
    if entity == "item" and fields:
        row.updated = writer.time
    key = key or key_of(entity, state | fields)
    for name, value in fields.items():
        writer.record(entity, id_of(row), key, name, state.get(name), value)


def edit_row(
    writer: UnitOfWork,
    row: Row,
    wanted: Mapping[str, Json],
    *,
    before: Mapping[str, Json] | None = None,
    key: str | None = None,
) -> State:
    """Give a row the wanted values; the fields that changed.

    Raises ConflictError if one of them differs from what the user saw, which is in `before`.
    """
    state = state_of(writer.reader, row)
    fields = changed_fields(state, wanted)
    refuse_conflicts(conflicts_of(writer, row, state, wanted=fields, before=before or {}))
    change_row(writer, row, state, fields, key=key)
    return fields


def conflicts_of(
    writer: UnitOfWork, row: Row, state: State, *, wanted: Mapping[str, Json], before: Mapping[str, Json]
) -> list[FieldConflict]:
    """The wanted fields, which all change something, that differ from what the user saw."""
    return [
        FieldConflict(
            key=key_of(entity_of(row), state),
            field=name,
            before=text_of(before[name]) or "",
            mine=text_of(mine) or "",
            theirs=text_of(state.get(name)) or "",
            by=who_changed(writer.reader, entity_of(row), id_of(row), name),
        )
        for name, mine in wanted.items()
        if name in before and not same(name, state.get(name), before[name])
    ]


def refuse_conflicts(conflicts: Sequence[FieldConflict]) -> None:
    """Raise ConflictError if there are any."""
    if conflicts:
        raise ConflictError(tuple(conflicts))


def changed_since(
    reader: Reader, entity: str, row: int, key: str, field: str | None = None, *, more: int = 0
) -> RegisterError:
    """The refusal to remove a row that someone has changed, and `more` others."""
    change = last_change(reader, entity, row, field)
    who = change.actor if change else "someone"
    what = (change.field if change and change.field else field or "something").replace("_", " ")
    since = f"{who} changed {what} of {key} since you looked at it"
    if more:
        return RegisterError(f"{since}, and {more:,} more changed", "check the change, then remove them")
    return RegisterError(since, CHECK_AND_REMOVE)


def next_position(reader: Reader, table: str, met: str = "true", **parameters: object) -> int:
    """The position after the last row of a table, or of those that meet a condition."""
    last = reader.value(f"select max(position) from {table} where {met}", parameters)
    return 0 if last is None else last + 1
