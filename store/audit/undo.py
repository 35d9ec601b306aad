"""Undo and redo: the newest batch of one actor reversed as a new batch, never over the edit of someone else."""

from __future__ import annotations

import json
from itertools import groupby
from typing import TYPE_CHECKING, cast

from sqlmodel import col, select

from store.audit.log import CHANGES, IMPORTS, NOT_UNDOABLE, UNDONE_BATCHES, ChangeRecord, stored_time, who_changed
from store.audit.snapshots import (
    TABLES,
    assign,
    id_of,
    key_of,
    link_components,
    states_of,
    stored_columns,
    unlink_components,
)
from store.db.bulk import insert, update
from store.db.reader import id_list
from store.db.values import kinds_of
from store.errors import ImportUndoError, RegisterError
from store.fields import same
from store.models import (
    Category,
    Decision,
    Dependency,
    FollowUp,
    Item,
    RegisterFacts,
    Review,
    SavedQuery,
    Signal,
    SignalItem,
    SignalRule,
)
from store.queries.lookup import chunks
from store.text import counted, join_few, name_key

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlmodel import Session

    from store.audit.log import Done, UnitOfWork
    from store.audit.snapshots import Row, State
    from store.db.database import Database
    from store.db.reader import Reader
    from store.models import Json

_MODELS: dict[str, type[Row]] = {
    str(model.__tablename__): model
    for model in (
        *(RegisterFacts, Category, Item, Dependency, SavedQuery, Review, Decision, FollowUp),
        *(Signal, SignalItem, SignalRule),
    )
}
_UNIQUE = {"item": ("key",), "category": ("code", "name"), "view": ("name",), "rule": ("name",)}
"""The fields whose value only one row of an entity may have, in any case."""
_SCOPES = {
    "category": "0",
    "item": "category_id",
    "dependency": "0",
    "view": "kind",
    "rule": "kind",
    "signal-rule": "0",
}
"""The entities that have positions, and the column within whose values these are unique."""
ROOM = "made room"
"""The note on a change of position that only made room for a row that an undo or redo brought back."""
OF_ENDED_REVIEW = """
((change.entity = 'review' and change.entity_id in (select id from review where ended is not null))
 or (change.entity = 'decision' and change.entity_id in (
     select decision.id from decision join review on review.id = decision.review_id where review.ended is not null)))
"""
"""Whether a change is one of an ended review: its minutes do not change any more."""
LAST_EDIT = f"""
select batch from change
where actor = :actor and reverses is null and verb not in {NOT_UNDOABLE}
order by batch desc limit 1
"""
LAST_UNDOABLE = f"""
select batch from change
where actor = :actor and reverses is null and verb not in {NOT_UNDOABLE}
  and batch not in ({UNDONE_BATCHES}) and not {OF_ENDED_REVIEW}
order by batch desc limit 1
"""
LAST_UNDO = """
select batch from change
where actor = :actor and verb = 'undo'
  and not exists (select 1 from change as redone where redone.reverses = change.batch)
order by batch desc limit 1
"""
OF_BATCH = f"{CHANGES} where batch = :batch order by sequence desc"


def undo(db: Database, *, confirmed: bool = False, batch: int | None = None) -> Done:
    """Reverse the actor's newest batch that is neither a reversal nor undone.

    Raises ImportUndoError for an import unless `confirmed`, and RegisterError when there is nothing to undo, when
    someone else has since changed what it touched, or when it is not the `batch` that the user was asked about.
    """
    with db.write("undo") as writer:
        reader = writer.reader
        newest: int | None = reader.value(LAST_UNDOABLE, {"actor": writer.actor})
        if newest is None:
            raise RegisterError("nothing to undo")
        if batch is not None and newest != batch:
            raise RegisterError("your newest change is not the one you were asked about", "undo again to see it")
        changes = _changes(reader, newest)
        if changes[0].verb in IMPORTS and not confirmed:
            raise ImportUndoError(newest)
        return _reverse(writer, newest, changes, "Undid")


def redo(db: Database) -> Done:
    """Reverse the actor's newest undo, unless the actor has edited something since."""
    with db.write("redo") as writer:
        reader = writer.reader
        batch: int | None = reader.value(LAST_UNDO, {"actor": writer.actor})
        if batch is None or (reader.value(LAST_EDIT, {"actor": writer.actor}) or 0) > batch:
            raise RegisterError("nothing to redo")
        return _reverse(writer, batch, _changes(reader, batch), "Redid")


def _changes(reader: Reader, batch: int) -> tuple[ChangeRecord, ...]:
    """The changes of a batch, newest first."""
    return reader.rows(OF_BATCH, {"batch": batch}, row=ChangeRecord)


def _reverse(writer: UnitOfWork, batch: int, changes: Sequence[ChangeRecord], done: str) -> Done:
    writer.reverses = batch
    reader, original = writer.reader, changes[0]
    while original.reverses is not None:
        original = _changes(reader, original.reverses)[0]
    # A position that only made room for another row is not an edit: it stays.
    changes = [change for change in _reversible(reader, changes) if not only_made_room(change)]
    # Their rows may be removed below.
    reviews = tuple(dict.fromkeys(_review_of(reader, change) for change in changes if change.entity == "decision"))
    for (entity, effect), group in groupby(changes, key=lambda change: (change.entity, _effect(change))):
        _EFFECTS[effect](writer, entity, list(group))
    moved = _make_room(writer, changes)
    keys = tuple(dict.fromkeys(change.key for change in reversed(changes) if change.entity in ("item", "decision")))
    room = f"; {join_few(moved)} moved down to make room" if moved else ""
    return writer.done(f"{done}: {_summary(original.verb, changes, keys, reviews)}{room}", keys)


REVIEW_ENDED = "select ended from review where id = :id"
REVIEW_OF_DECISION = "select review_id from decision where id = :id"


def _reversible(reader: Reader, changes: Sequence[ChangeRecord]) -> list[ChangeRecord]:
    """The changes of a batch that can be reversed.

    An ended review does not change; a decision that an undo could not bring back, because its review had ended by
    then, need not be removed. Raises RegisterError where nothing is left.
    """
    found, ended = [], 0
    for change in changes:
        if change.entity in ("review", "decision"):
            number = change.entity_id if change.entity == "review" else _review_of(reader, change)
            if reader.value(REVIEW_ENDED, {"id": number}) is not None:
                ended = number
                continue
            gone = reader.value(REVIEW_OF_DECISION, {"id": change.entity_id}) is None
            if change.entity == "decision" and change.after and gone:
                continue
        found.append(change)
    if not found and ended:
        raise RegisterError(f"review {ended} has ended", f"reopen it with `ai-debt review reopen {ended}`")
    return found


def _review_of(reader: Reader, change: ChangeRecord) -> int:
    """The number of the review that a decision belongs to; 0 where the log does not say."""
    whole = change.before if isinstance(change.before, dict) else change.after
    number = reader.value(REVIEW_OF_DECISION, {"id": change.entity_id})
    return int(number or (str(whole["review_id"]) if isinstance(whole, dict) else 0))


def only_made_room(change: ChangeRecord) -> bool:
    """Whether a change only made room for what an undo or redo brought back."""
    return change.reverses is not None and change.field == "position" and change.note == ROOM


def _effect(change: ChangeRecord) -> str:
    """What a change did to its row."""
    if change.field is not None:
        return "changed"
    if change.before is None and change.after is None:
        return "remarked"
    return "created" if change.before is None else "removed"


# Reversing changes of one effect on rows of one entity, given newest first


def _repeat_remarks(writer: UnitOfWork, entity: str, changes: Sequence[ChangeRecord]) -> None:
    for change in changes:
        writer.record(entity, change.entity_id, change.key, None, None, None, note=change.note)


def _restore_fields(writer: UnitOfWork, entity: str, changes: Sequence[ChangeRecord]) -> None:
    reader = writer.reader
    states = states_of(reader, entity, [change.entity_id for change in changes])
    rows = _rows(writer.session, entity, list(states))
    edited = _edited_by_others(writer, entity, changes)
    for change in changes:
        if change.entity_id not in states:
            raise _since(reader, change, f"removed {change.key}")
        row, name, state = rows[change.entity_id], str(change.field), states[change.entity_id]
        # Someone may have set the same value again: it is theirs now.
        if not _is_as_left(name, state.get(name), change.after) or (change.entity_id, name) in edited:
            raise _since(reader, change, f"changed {_called(entity, name, key_of(entity, state))}", name)
        if name in _UNIQUE.get(entity, ()):
            _refuse_taken(writer.reader, entity, name, {change.entity_id: str(change.before)})
        if name == "label":
            _refuse_duplicate(writer.reader, state, change.entity_id, change.before)
        if name == "category":
            _refuse_missing(writer.reader, "category", change.before)
        assign(writer, row, {name: change.before})
        if isinstance(row, Item):
            row.updated = writer.time
        before = state.get(name)
        state[name] = change.before
        writer.record(entity, change.entity_id, key_of(entity, state), name, before, change.before)
    writer.session.flush()


def _rows(session: Session, entity: str, ids: Sequence[int]) -> dict[int, Row]:
    model = _MODELS[TABLES[entity]]
    found: dict[int, Row] = {}
    for chunk in chunks(ids):
        rows = cast("Sequence[Row]", session.exec(select(model).where(col(model.id).in_(chunk))).all())
        found |= {id_of(row): row for row in rows}
    return found


def _remove_rows(writer: UnitOfWork, entity: str, changes: Sequence[ChangeRecord]) -> None:
    reader, ids = writer.reader, [change.entity_id for change in changes]
    states = states_of(reader, entity, ids)
    edited = _edited_by_others(writer, entity, changes)
    for change in changes:
        if change.entity_id not in states:
            raise _since(reader, change, f"removed {change.key}")
        created = change.after if isinstance(change.after, dict) else {}
        for name, value in states[change.entity_id].items():
            moved = name == "position" and (change.entity_id, name) in edited
            if moved or not _is_as_left(name, value, created.get(name)):
                raise _since(reader, change, f"changed {_called(entity, name, change.key)}", name)
    _refuse_referred(reader, entity, ids)
    if entity == "item":
        unlink_components(reader, ids)
    for row in ids:
        writer.record(entity, row, key_of(entity, states[row]), None, states[row], None)
    sql = f"delete from {TABLES[entity]} where id in (select value from json_each(:ids))"
    reader.connection.execute(sql, {"ids": id_list(ids)})


def _recreate_rows(writer: UnitOfWork, entity: str, changes: Sequence[ChangeRecord]) -> None:
    reader, table = writer.reader, TABLES[entity]
    for name in _UNIQUE.get(entity, ()):
        names = {change.entity_id: str(change.before[name]) for change in changes if isinstance(change.before, dict)}
        _refuse_taken(reader, entity, name, names)
    more: dict[str, object] = {"version": 1} if "version" in kinds_of(table) else {}
    if entity == "item":
        more["updated"] = stored_time(writer.time)
    for change in changes:
        state = change.before if isinstance(change.before, dict) else {}
        _refuse_impossible(reader, entity, state, change)
        insert(reader.connection, table, {**stored_columns(state), **more, "id": change.entity_id})
        writer.record(entity, change.entity_id, key_of(entity, state), None, None, change.before)
    if entity == "item":
        link_components(reader, {c.entity_id: c.before["components"] for c in changes if isinstance(c.before, dict)})


_EFFECTS = {
    "remarked": _repeat_remarks,
    "changed": _restore_fields,
    "created": _remove_rows,
    "removed": _recreate_rows,
}


EDITED_BY_OTHERS = f"""
select entity_id, field from change
where entity = :entity and entity_id in (select value from json_each(:ids)) and sequence > :sequence
  and actor <> :actor and field is not null and batch not in ({UNDONE_BATCHES})
  and (reverses is null
       or (verb = 'redo' and not (field = 'position' and coalesce(note, '') = '{ROOM}')
           and not exists (
               select 1 from change as undone
               where undone.batch = change.reverses and undone.reverses in ({UNDONE_BATCHES}))))
"""


def _edited_by_others(writer: UnitOfWork, entity: str, changes: Sequence[ChangeRecord]) -> set[tuple[int, str]]:
    """The fields, by row, that someone else has changed since these changes, and has not taken back."""
    asked = {
        "entity": entity,
        "ids": id_list({change.entity_id for change in changes}),
        "sequence": min(change.sequence for change in changes),
        "actor": writer.actor,
    }
    found = set(writer.reader.tuples(EDITED_BY_OTHERS, asked))
    # The time of creation and the position among its siblings are not edits.
    own = {"created"} if entity == "category" else {"created", "position"}
    return {(row, name) for row, name in found if name not in own}


def _is_as_left(name: str, present: Json, left: Json) -> bool:
    """Whether a field is as the batch left it; of positions only the log tells, as rows move to make room."""
    return name in ("created", "position") or same(name, present, left)


def _refuse_impossible(reader: Reader, entity: str, state: State, change: ChangeRecord) -> None:
    match entity:
        case "item":
            _refuse_missing(reader, "category", state["category"])
        case "dependency":
            for end in ("source", "target"):
                _refuse_missing(reader, "item", state[end])
            _refuse_duplicate(reader, state, change.entity_id, state["label"])
        case "decision":
            # A decision comes back only while no one else has decided the item.
            for actor, key in reader.tuples(DECIDED, state):
                what = f"{actor} has since decided {key} in review {state['review_id']}"
                raise RegisterError(what, "nothing was redone; see the history")


def _refuse_taken(reader: Reader, entity: str, name: str, wanted: Mapping[int, str]) -> None:
    """A key, code or name, by row, goes back only while no other row has it."""
    folded = {name_key(text) for text in wanted.values()}
    sql = f"select id, {name} from {TABLES[entity]}"
    if entity == "item":
        # Keys are ASCII, whose case the database knows: of 100,000 items only those that matter are read.
        sql += " where lower(key) in (select value from json_each(:names))"
    elif entity != "category":
        sql += " where kind = :entity"
    for row, text in reader.tuples(sql, {"names": json.dumps(list(folded)), "entity": entity}):
        if row not in wanted and name_key(text) in folded:
            who = who_changed(reader, entity, row)
            raise RegisterError(f"{who} has since used {text} for another {entity}", "rename that one first")


DECIDED = "select actor, key from decision where review_id = :review_id and item_id = :item_id"
DUPLICATE = """
select id from dependency where source_id = :source and target_id = :target and label = :label and id <> :id
"""
DEPENDENCY_OF_ITEMS = """
select id from dependency
where source_id in (select value from json_each(:ids)) or target_id in (select value from json_each(:ids))
order by id limit 1
"""
ITEM_OF_CATEGORIES = "select id, key from item where category_id in (select value from json_each(:ids)) limit 1"


def _refuse_missing(reader: Reader, entity: str, row: Json) -> None:
    """A row goes back only to a category, or items, that still exist."""
    if isinstance(row, dict) and reader.value(f"select id from {entity} where id = :id", {"id": row["id"]}) is None:
        who = who_changed(reader, entity, int(str(row["id"])))
        name = row.get("key") or row.get("code")
        raise RegisterError(f"{who} has since removed the {entity} {name}", "restore it first")


def _refuse_duplicate(reader: Reader, state: State, row: int, label: Json) -> None:
    """Refuse to restore a dependency if someone has added the same one since."""
    ends = {end: value["id"] for end in ("source", "target") if isinstance(value := state[end], dict)}
    duplicate = reader.value(DUPLICATE, {**ends, "label": label, "id": row})
    if duplicate is not None:
        who = who_changed(reader, "dependency", duplicate)
        what = f"{who} has since linked {key_of('dependency', state)} with that label"
        raise RegisterError(what, "remove that link first")


def _refuse_referred(reader: Reader, entity: str, ids: Sequence[int]) -> None:
    """A row goes away only while nothing else needs it."""
    asked = {"ids": id_list(ids)}
    if entity == "item" and (edge := reader.value(DEPENDENCY_OF_ITEMS, asked)) is not None:
        named = key_of("dependency", states_of(reader, "dependency", (edge,))[edge])
        who = who_changed(reader, "dependency", edge)
        raise RegisterError(f"{who} has since linked {named}", "unlink them first")
    if entity == "category":
        for item, key in reader.tuples(ITEM_OF_CATEGORIES, asked):
            who = who_changed(reader, "item", item)
            raise RegisterError(f"{who} has since moved {key} to this category", "move or remove it first")


def _called(entity: str, name: str, key: str) -> str:
    """What a refusal calls a field; who decided an item, and when, is one thing."""
    if entity in ("decision", "follow-up"):
        return f"the {entity} on {key}"
    return f"the {name.replace('_', ' ')} of {'the register' if entity == 'register' else key}"


def _since(reader: Reader, change: ChangeRecord, what: str, field: str | None = None) -> RegisterError:
    who = who_changed(reader, change.entity, change.entity_id, field)
    return RegisterError(f"{who} has since {what}", "nothing was undone; see the history")


def _make_room(writer: UnitOfWork, changes: Sequence[ChangeRecord]) -> tuple[str, ...]:
    """Give every row a unique position after these changes were reversed; the names of the rows that moved.

    A row that came back gets the position that it had; the row that took it since moves after it.
    """
    back: dict[str, set[int]] = {}
    for change in changes:
        came_back = change.field is None and change.after is None and change.before is not None
        if change.entity in _SCOPES and (came_back or change.field in ("position", "category")):
            back.setdefault(change.entity, set()).add(change.entity_id)
    moved: list[str] = []
    for entity, ids in back.items():
        sql = f"""
        select {_SCOPES[entity]}, position from {TABLES[entity]}
        where id in (select value from json_each(:ids)) order by id
        """
        placed = writer.reader.tuples(sql, {"ids": id_list(ids)})
        for scope in dict.fromkeys(scope for scope, _ in placed):
            taken = {position for other, position in placed if other == scope}
            named = _spread(writer, entity, scope, taken, ids)
            moved += named if entity != "dependency" else []
    return tuple(moved)


def _spread(writer: UnitOfWork, entity: str, scope: int | str, taken: set[int], back: set[int]) -> list[str]:
    """Move rows of a scope apart where two have one of the `taken` positions; the names of those that moved."""
    reader = writer.reader
    placed = f"from {TABLES[entity]} where {_SCOPES[entity]} = :scope"
    sql = f"""
    select min(position) from (
        select position {placed} and position in (select value from json_each(:taken))
        group by position having count(*) > 1
    )
    """
    first = reader.value(sql, {"scope": scope, "taken": id_list(taken)})
    if first is None:
        return []
    rows = reader.tuples(f"select id, position {placed} and position >= :first", {"scope": scope, "first": first})
    last = first - 1
    positions: dict[int, int] = {}
    for row, position in sorted(rows, key=lambda found: (found[1], found[0] not in back, found[0])):
        last = max(position, last + 1)
        if last != position:
            positions[row] = last
    states = states_of(reader, entity, list(positions))
    names = []
    for row, position in positions.items():
        names.append(key_of(entity, states[row]))
        writer.record(entity, row, names[-1], "position", states[row]["position"], position, note=ROOM)
        update(reader.connection, TABLES[entity], row, {"position": position})
    return names


_NOUNS = {
    "accept": "acceptance",
    "add": "addition",
    "attach": "attachment",
    "close": "closing",
    "comment": "comment",
    "decide": "decision",
    "detach": "detachment",
    "follow": "follow-up",
    "link": "link",
    "move": "move",
    "mute": "mute",
    "relabel": "label change",
    "remove": "removal",
    "rename": "rename",
    "reopen": "reopening",
    "save": "saving",
    "set": "status change",
    "unlink": "unlinking",
    "unmute": "unmute",
}
"""What a verb did, by its first word; else it was an edit."""


def _summary(verb: str, changes: Sequence[ChangeRecord], keys: tuple[str, ...], reviews: Sequence[int]) -> str:
    """`EN-001 status change`, `edit of 3 items`; `reviews`: the numbers of those in which it decided the items."""
    if verb in IMPORTS:
        return "import"
    entities = {change.entity for change in changes}
    if "register" in entities:
        return "register edit"
    edges = {change.key for change in changes if change.entity == "dependency"}
    follow_ups = {change.entity_id for change in changes if change.entity == "follow-up"}
    many = f"{len(edges)} dependencies" if len(edges) > 1 else ""
    about = changes[0].key
    signals = {change.entity_id for change in changes if change.entity == "signal"}
    attached = {change.entity_id for change in changes if change.entity == "signal-item"}
    if rules := [change.key for change in changes if change.entity == "signal-rule"]:
        # The attachments that it made are undone with it.
        about = f"rule {rules[0]}"
    elif len(signals) > 1:
        many = f"{len(signals)} signals"
    if follow_ups and verb != "follow-up":
        many = f"{len(follow_ups)} follow-ups" if len(follow_ups) > 1 else ""
        about = f"{changes[0].key} follow-up"
    if keys:
        many, about = counted(keys) if len(keys) > 1 else "", keys[0]
    noun = "decision" if entities == {"decision"} else _NOUNS.get(verb.partition("-")[0], "edit")
    if entities == {"signal-item"} and len(attached) > 1:
        return f"{len(attached)} {noun}s"
    of = "on" if noun == "comment" else "of"
    summary = f"{noun} {of} {many}" if many else f"{about} {noun}"
    if entities == {"decision"}:
        return f"{summary} in review {reviews[0]}"
    return summary + "".join(f" and its decision in review {number}" for number in reviews)
