"""The verbs on follow-ups: mark them done, drop them, reopen them, or change what they say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlmodel import col, select

from store.audit.log import who_changed
from store.audit.snapshots import id_of, plain_state, put
from store.commands.conflicts import NOTHING, changed_fields, conflicts_of, dumped, refuse_conflicts
from store.enums import FollowUpState
from store.errors import FieldConflict, InvalidValueError, NotFoundError
from store.fields import clean_line, clean_text
from store.models import FollowUp, Item
from store.queries.follow_ups import item_keys

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlmodel import Session

    from store.audit.log import Writer
    from store.audit.snapshots import State
    from store.db.database import Database
    from store.fields import FieldValue
    from store.queries.changes import Done

ENTITY = "follow-up"
_VERBS = {FollowUpState.DONE: "close-follow-up", FollowUpState.DROPPED: "close-follow-up"}
_SAID = {
    FollowUpState.OPEN: "Reopened {}",
    FollowUpState.DONE: "Marked {} done",
    FollowUpState.DROPPED: "Dropped {}",
}


def mark_follow_ups(
    db: Database,
    numbers: Sequence[int],
    state: FollowUpState,
    *,
    before: Mapping[int, FollowUpState] | None = None,
) -> Done:
    """Mark some follow-ups done, drop them, or reopen them; `before` is what the person saw of each.

    Raises NotFoundError, and ConflictError where one is in another state than the person saw and than they want.
    """
    with db.write(_VERBS.get(state, "reopen-follow-up")) as writer:
        rows = [_find(writer.session, number) for number in dict.fromkeys(numbers)]
        keys = _keys(writer.session, rows)
        changed = [row for row in rows if _state(row) is not state]
        refuse_conflicts(
            [
                _conflict(writer.session, row, keys[id_of(row)], mine=state, before=before[id_of(row)])
                for row in changed
                if before and before.get(id_of(row), _state(row)) is not _state(row)
            ]
        )
        resolution = None if state is FollowUpState.OPEN else state.value
        for row in changed:
            _change(writer, row, keys[id_of(row)], {"resolution": resolution})
        named = _named(changed, keys)
        about = _items(writer.session, changed)
    return writer.done(_SAID[state].format(named) if changed else NOTHING, about)


def edit_follow_up(
    db: Database, number: int, changes: Mapping[str, FieldValue], *, before: Mapping[str, FieldValue] | None = None
) -> Done:
    """Change the `text`, `owner` or `due_on` of a follow-up; `before` is what the person saw of them.

    Raises NotFoundError, InvalidValueError beside the field that is wrong, and ConflictError where one of the fields
    says something else now.
    """
    wanted = dumped({name: _clean(name, value) for name, value in changes.items()})
    with db.write("edit-follow-up") as writer:
        row = _find(writer.session, number)
        state = plain_state(row)
        fields = changed_fields(state, wanted)
        refuse_conflicts(conflicts_of(writer.session, row, state, wanted=fields, before=dumped(before or {})))
        keys = _keys(writer.session, [row])
        _change(writer, row, keys[number], fields)
        about = _items(writer.session, [row])
    return writer.done(f"Changed {_named([row], keys)}" if fields else NOTHING, about if fields else ())


def clean_task(text: str) -> str:
    """What is to be done, as it is stored. Raises InvalidValueError."""
    if task := clean_text("text", text):
        return task
    raise InvalidValueError("text", "the follow-up is empty", "say what is to be done")


def clean_owner(owner: str | None) -> str | None:
    """Who does it, as it is stored; None for nobody."""
    return clean_line("owner", owner) or None if owner else None


def _clean(name: str, value: FieldValue) -> FieldValue:
    match name, value:
        case "text", str() | None:
            return clean_task(value or "")
        case "owner", str() | None:
            return clean_owner(value)
        case "due_on", _ if not isinstance(value, str):
            return value
    raise InvalidValueError(name, f"{value!r} is not a {name.replace('_', ' ')} of a follow-up", "use another value")


def _find(session: Session, number: int) -> FollowUp:
    row = session.get(FollowUp, number)
    if row is None:
        raise NotFoundError(f"there is no follow-up {number}", "`ai-debt followups --all` lists them")
    return row


def _state(row: FollowUp) -> FollowUpState:
    return FollowUpState(row.resolution) if row.resolution else FollowUpState.OPEN


def _change(writer: Writer, row: FollowUp, key: str, fields: State) -> None:
    """Let a follow-up say these fields, and record each under the present key of its item."""
    state = plain_state(row)
    put(writer.session, row, fields)
    for name, value in fields.items():
        writer.record(ENTITY, id_of(row), key, name, state[name], value)


def _keys(session: Session, rows: Sequence[FollowUp]) -> dict[int, str]:
    """The keys that the items of follow-ups have now, or had last, by the number of the follow-up."""
    keys, _ = item_keys(session, sorted({row.item_id for row in rows}))
    return {id_of(row): keys.get(row.item_id, row.key) for row in rows}


def _items(session: Session, rows: Sequence[FollowUp]) -> tuple[str, ...]:
    """The keys of the items that are still there."""
    ids = {row.item_id for row in rows}
    return tuple(session.exec(select(Item.key).where(col(Item.id).in_(ids)).order_by(col(Item.key))))


def _named(rows: Sequence[FollowUp], keys: Mapping[int, str]) -> str:
    if len(rows) == 1:
        return f"follow-up {id_of(rows[0])} on {keys[id_of(rows[0])]}"
    return f"{len(rows):,} follow-ups"


def _conflict(
    session: Session, row: FollowUp, key: str, *, mine: FollowUpState, before: FollowUpState
) -> FieldConflict:
    return FieldConflict(
        key=f"follow-up {id_of(row)} on {key}",
        field="state",
        before=before.value,
        mine=mine.value,
        theirs=_state(row).value,
        by=who_changed(session, ENTITY, id_of(row), "resolution"),
    )
