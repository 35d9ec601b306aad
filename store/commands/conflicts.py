"""What every command does: checks a value, detects conflicts with what the user saw, changes a row and records it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.audit.log import CHANGES, ChangeRecord, last_change, who_changed
from store.audit.snapshots import assign, dump, entity_of, id_of, key_of, state_of
from store.db.reader import reader_of
from store.enums import Word
from store.errors import ConflictError, FieldConflict, InvalidValueError, RegisterError
from store.fields import FIELDS, FieldValue, clean_line, clean_text, same, show, text_of
from store.formats.document.model import Affected
from store.text import same_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlmodel import Session

    from store.audit.log import UnitOfWork
    from store.audit.snapshots import Row, State
    from store.models import Category, Item, Json


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


def change(writer: UnitOfWork, row: Row, state: State, fields: State) -> None:
    """Let a row that says `state` say these fields, and record each."""
    if fields:
        change_later(writer, row, state, fields)
        writer.session.flush()


def change_later(writer: UnitOfWork, row: Row, state: State, fields: State) -> None:
    """Like `change`, but the row is written with the next flush: many rows at once are written much faster."""
    assign(writer.session, row, fields)
    if entity_of(row) == "item":
        row.updated = writer.time
    entity, row_id, key = entity_of(row), id_of(row), key_of(entity_of(row), state | fields)
    for name, value in fields.items():
        writer.record(entity, row_id, key, name, state.get(name), value)


def created(writer: UnitOfWork, row: Row) -> None:
    """Record a row that was just made."""
    state = state_of(reader_of(writer.session), row)
    writer.record(entity_of(row), id_of(row), key_of(entity_of(row), state), None, None, state)


def removed(writer: UnitOfWork, row: Row, state: State) -> None:
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
                    by=who_changed(reader_of(session), entity_of(row), id_of(row), name),
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


PREFIX = "extra."
_KNOWN = {name.casefold() for field in FIELDS.values() for name in (field.label, *field.columns)}


def split_extras(changes: Mapping[str, FieldValue]) -> tuple[dict[str, FieldValue], dict[str, str | None]]:
    """The fields among some changes, and the columns of their own: `extra.Ticket` is the column Ticket.

    A column without text is taken away. Raises InvalidValueError for a name that a column of its own cannot have.
    """
    fields = {name: value for name, value in changes.items() if not name.startswith(PREFIX)}
    columns = {
        _column(name): clean_text("extra", show(value)) or None
        for name, value in changes.items()
        if name.startswith(PREFIX)
    }
    return fields, columns


def with_extras(present: Json, columns: Mapping[str, str | None]) -> Json:
    """An item's columns with some of them set or taken away; new ones come last."""
    pairs = present if isinstance(present, list) else []
    kept: dict[str, str | None] = {str(pair[0]): str(pair[1]) for pair in pairs if isinstance(pair, list)}
    kept |= columns
    return [[name, text] for name, text in kept.items() if text is not None] or None


def _column(name: str) -> str:
    column = clean_line("extra", name.removeprefix(PREFIX))
    if not column:
        raise InvalidValueError("extra", "a column of your own has no name", "write it like Ticket=ML-42")
    if column.casefold() in _KNOWN:
        raise InvalidValueError("extra", f"{column} is no column of your own", "set the field of that name")
    return column


def as_seen(session: Session, fields: Mapping[str, FieldValue], state: State) -> State:
    """What the person saw of an item that says `state`, as the trail keeps it.

    Of the columns of its own (`extra.NAME`) only those in `fields` count: the others stand as they are.
    """
    plain, columns = split_extras(fields)
    seen = dumped(plain)
    present = state.get("category")
    if "category" in seen and isinstance(present, dict) and seen["category"] == present["code"]:
        seen["category"] = present
    elif "category" in seen:
        code = str(seen["category"])
        rows = reader_of(session).tuples("select id, code from category")
        found = next((row for row in rows if same_name(row[1], code)), None)
        seen["category"] = {"id": found[0] if found else None, "code": found[1] if found else code}
    if columns:
        seen["extra"] = with_extras(state["extra"], columns)
    return seen


def refuse_newer(session: Session, items: Sequence[Item], seen: Mapping[str, int]) -> None:
    """Raise RegisterError, naming who changed what, where an item is no longer in the version that was seen."""
    newer = [item for item in items if seen.get(item.key, item.version) != item.version]
    if newer:
        raise _changed_since(session, "item", id_of(newer[0]), newer[0].key, more=len(newer) - 1)


def refuse_other(session: Session, category: Category, before: Mapping[str, Json]) -> None:
    """Raise RegisterError, naming who, where a category no longer says what was seen of it."""
    state = state_of(reader_of(session), category)
    for name, value in before.items():
        if not same(name, state[name], value):
            raise _changed_since(session, entity_of(category), id_of(category), key_of("category", state), name)


def _changed_since(
    session: Session, entity: str, row: int, key: str, field: str | None = None, *, more: int = 0
) -> RegisterError:
    """The refusal to remove what somebody changed."""
    change = last_change(reader_of(session), entity, row, field)
    who = change.actor if change else "somebody"
    what = (change.field if change and change.field else field or "something").replace("_", " ")
    since = f"{who} changed {what} of {key} since you looked at it"
    if more:
        return RegisterError(f"{since}, and {more:,} more were changed", "look again, then remove them")
    return RegisterError(since, "look again, then remove it")


CHANGES_OF_DEPENDENCY = f"{CHANGES} where entity = 'dependency' and key = :key order by sequence desc"


def what_became_of(session: Session, key: str, label: str) -> str | None:
    """Who did what to the dependency `SOURCE -> TARGET` that had a label, None where the trail knows of none."""
    for change in reader_of(session).each(CHANGES_OF_DEPENDENCY, {"key": key}, row=ChangeRecord):
        if change.field == "label" and (change.before or "") == label:
            return f"{change.actor} changed the label of {key} from {label!r} to {text_of(change.after) or ''!r}"
        if change.field is None and isinstance(change.before, dict) and (change.before.get("label") or "") == label:
            named = f" labelled {label!r}" if label else ""
            return f"{change.actor} removed the dependency {key}{named}"
    return None
