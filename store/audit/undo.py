"""Undo and redo: the newest batch of one actor reversed as a new batch, never over the edit of someone else."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING, cast

from sqlalchemy import and_, func, or_
from sqlalchemy import select as columns
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from store.audit.log import IMPORTS, NOT_UNDOABLE, who_changed
from store.audit.snapshots import (
    drop_components,
    edge_states,
    id_of,
    item_states,
    key_of,
    put,
    put_components,
    state_of,
)
from store.audit.unit_of_work import undone
from store.commands.conflicts import counted
from store.db.reader import reader_of
from store.enums import Severity, Status
from store.errors import ImportUndoError, RegisterError
from store.fields import same
from store.models import Category, Change, Decision, Dependency, FollowUp, Item, RegisterFacts, Review, SavedQuery
from store.queries.lookup import chunks
from store.text import few, in_a_row, name_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlmodel import Session

    from store.audit.snapshots import Row, State
    from store.audit.unit_of_work import UnitOfWork
    from store.db.database import Database
    from store.models import Json
    from store.queries.rows import Done


_MODELS: dict[str, type[Row]] = {
    "register": RegisterFacts,
    "category": Category,
    "item": Item,
    "dependency": Dependency,
    "view": SavedQuery,
    "rule": SavedQuery,
    "review": Review,
    "decision": Decision,
    "follow-up": FollowUp,
}
"""The tables of the kinds of rows, by the audit log's words for these."""
ROOM = "made room"
"""The note on a change of position that an undo or redo made beside what it reversed."""


def reverse(writer: UnitOfWork, entity: str, kind: str, changes: Sequence[Change]) -> None:
    """Reverse changes of one kind to rows of one kind, given newest first."""
    match kind:
        case "remark":
            for change in changes:
                writer.record(entity, change.entity_id, change.key, None, None, None, note=change.note)
        case "removed":
            _bring_back(writer, entity, changes)
        case "created":
            _take_away(writer, entity, changes)
        case _:
            _put_back(writer, entity, changes)
    writer.session.flush()


def review_of(session: Session, change: Change) -> int:
    """The number of the review that a decision belongs to; 0 where the trail does not say."""
    decision = session.get(Decision, change.entity_id)
    if decision is not None:
        return decision.review_id
    whole = change.before if isinstance(change.before, dict) else change.after
    return int(str(whole["review_id"])) if isinstance(whole, dict) else 0


def reversible(session: Session, changes: Sequence[Change]) -> list[Change]:
    """The changes of a batch that can be reversed.

    What a review came to does not change once it has ended; a decision that an undo could not bring back, because the
    review had ended by then, need not be taken away. Raises RegisterError where nothing is left.
    """
    found, ended = [], 0
    for change in changes:
        if change.entity in ("review", "decision"):
            number = change.entity_id if change.entity == "review" else review_of(session, change)
            review = session.get(Review, number)
            if review is not None and review.ended is not None:
                ended = number
                continue
            if change.entity == "decision" and change.after and session.get(Decision, change.entity_id) is None:
                continue
        found.append(change)
    if not found and ended:
        raise RegisterError(f"review {ended} has ended", f"reopen it with `ai-debt review reopen {ended}`")
    return found


def _rows(session: Session, entity: str, ids: Iterable[int]) -> dict[int, Row]:
    table = _MODELS[entity]
    found: dict[int, Row] = {}
    for chunk in chunks(sorted(set(ids))):
        rows = cast("Sequence[Row]", session.exec(select(table).where(col(table.id).in_(chunk))).all())
        found |= {id_of(row): row for row in rows}
    return found


def _states(session: Session, rows: Iterable[Row]) -> dict[int, State]:
    listed = list(rows)
    items = [row for row in listed if isinstance(row, Item)]
    edges = [row for row in listed if isinstance(row, Dependency)]
    states = item_states(reader_of(session), items) if items else {}
    states |= edge_states(reader_of(session), edges) if edges else {}
    return states | {
        id_of(row): state_of(reader_of(session), row) for row in listed if not isinstance(row, Item | Dependency)
    }


def _put_back(writer: UnitOfWork, entity: str, changes: Sequence[Change]) -> None:
    session = writer.session
    rows = _rows(session, entity, (change.entity_id for change in changes))
    states = _states(session, rows.values())
    edited = _edited_by_others(writer, entity, changes)
    for change in changes:
        row = rows.get(change.entity_id)
        if row is None:
            raise _since(session, change, f"{change.key} was removed")
        name, state = str(change.field), states[change.entity_id]
        stands = _stands(name, state.get(name), change.after)
        # Somebody may have come to the same value again: it is theirs now.
        if not stands or (change.entity_id, name) in edited:
            raise _since(session, change, f"{_called(entity, name, key_of(entity, state))} was changed", name)
        if name in _NAMES.get(entity, ()):
            _refuse_used(session, entity, name, {change.entity_id: str(change.before)})
        if name == "label":
            _refuse_twin(session, state, change)
        if name == "category":
            _refuse_gone(session, change.before)
        put(session, row, {name: change.before})
        if isinstance(row, Item):
            row.updated = writer.time
        before = state.get(name)
        state[name] = change.before
        writer.record(entity, change.entity_id, key_of(entity, state), name, before, change.before)


def _edited_by_others(writer: UnitOfWork, entity: str, changes: Sequence[Change]) -> set[tuple[int, str]]:
    """The fields, by row, that somebody else has changed since these changes, and has not taken back."""
    found: set[tuple[int, str]] = set()
    begun = min(change.sequence or 0 for change in changes)
    redone = aliased(Change)
    undone_again = select(redone.sequence).where(
        redone.batch == col(Change.reverses), col(redone.reverses).in_(undone())
    )
    for chunk in chunks(sorted({change.entity_id for change in changes})):
        query = columns(col(Change.entity_id), col(Change.field)).where(
            col(Change.entity) == entity,
            col(Change.entity_id).in_(chunk),
            col(Change.sequence) > begun,
            col(Change.actor) != writer.actor,
            or_(
                col(Change.reverses).is_(None),
                and_(col(Change.verb) == "redo", ~undone_again.exists(), ~_made_room()),
            ),
            col(Change.batch).not_in(undone()),
            col(Change.field).is_not(None),
        )
        found |= {(row, str(name)) for row, name in writer.session.execute(query) if not _of_nobody(entity, str(name))}
    return found


def only_made_room(change: Change) -> bool:
    """Whether a change only made room for what an undo or redo brought back."""
    return change.reverses is not None and change.field == "position" and change.note == ROOM


def _made_room() -> ColumnElement[bool]:
    """The same of changes in the database."""
    reversing = col(Change.reverses).is_not(None) & (col(Change.field) == "position")
    return reversing & (func.coalesce(col(Change.note), "") == ROOM)


def _of_nobody(entity: str, name: str) -> bool:
    """Whether a field is nobody's edit: when a row was made, and where it is among its like."""
    return name == "created" or (name == "position" and entity != "category")


def _stands(name: str, present: Json, left: Json) -> bool:
    """Whether a field still says what the batch left; of positions only the trail tells, as some make room."""
    return name in ("created", "position") or same(name, present, left)


def _take_away(writer: UnitOfWork, entity: str, changes: Sequence[Change]) -> None:
    session = writer.session
    rows = _rows(session, entity, (change.entity_id for change in changes))
    states = _states(session, rows.values())
    edited = _edited_by_others(writer, entity, changes)
    for change in changes:
        if change.entity_id not in rows:
            raise _since(session, change, f"{change.key} was removed")
        made = change.after if isinstance(change.after, dict) else {}
        state = states[change.entity_id]
        # An older release may not have said all that a row says now.
        for name, value in state.items():
            moved = name == "position" and (change.entity_id, name) in edited
            if moved or not _stands(name, value, made.get(name)):
                raise _since(session, change, f"{_called(entity, name, change.key)} was changed", name)
    _refuse_referred(session, entity, list(rows))
    if entity == "item":
        drop_components(session, list(rows))
    for change in changes:
        state = states[change.entity_id]
        writer.record(entity, change.entity_id, key_of(entity, state), None, state, None)
        session.delete(rows[change.entity_id])


def _bring_back(writer: UnitOfWork, entity: str, changes: Sequence[Change]) -> None:
    session = writer.session
    names: dict[int, list[str]] = {}
    rows = []
    for name in _NAMES.get(entity, ()):
        called = {each.entity_id: str(each.before[name]) for each in changes if isinstance(each.before, dict)}
        _refuse_used(session, entity, name, called)
    for change in changes:
        state = change.before if isinstance(change.before, dict) else {}
        _refuse_impossible(session, entity, state, change)
        row = _blank(entity, change.entity_id, writer.time)
        fields = dict(state)
        match fields.pop("components", None):
            case {"names": list(listed), "text": text}:
                names[change.entity_id] = [str(name) for name in listed]
                row.components_text = text
        put(session, row, fields)
        if isinstance(row, Item):
            row.updated = writer.time
        rows.append(row)
        writer.record(entity, change.entity_id, key_of(entity, state), None, None, change.before)
    session.add_all(rows)
    session.flush()
    put_components(session, names)


def _blank(entity: str, row_id: int, moment: datetime) -> Row:
    """A row that says nothing yet."""
    match entity:
        case "item":
            return Item(
                id=row_id, key="", category_id=0, position=0, severity=Severity.LOW, status=Status.OPEN, description=""
            )
        case "category":
            return Category(id=row_id, code="", name="", position=0)
        case "dependency":
            return Dependency(id=row_id, source_id=0, target_id=0, label="", position=0)
        case "view" | "rule":
            return SavedQuery(id=row_id, kind=entity, name="", query="", position=0)
        case "decision":
            return Decision(id=row_id, review_id=0, item_id=0, key="", actor="", time=moment, seconds=0)
        case "follow-up":
            return FollowUp(id=row_id, review_id=0, item_id=0, key="", text="", actor="", time=moment)
        case _:
            return RegisterFacts(title="")


def _refuse_impossible(session: Session, entity: str, state: State, change: Change) -> None:
    match entity:
        case "item":
            _refuse_gone(session, state["category"])
        case "dependency":
            for end in ("source", "target"):
                _refuse_gone(session, state[end], Item)
            _refuse_twin(session, state, change, label=state["label"])
        case "decision":
            _refuse_decided(session, state)


_NAMES = {"item": ("key",), "category": ("code", "name"), "view": ("name",), "rule": ("name",)}
"""What only one row of a kind may be called, in any case."""


def _refuse_used(session: Session, entity: str, name: str, wanted: Mapping[int, str]) -> None:
    """Keys, codes and names, by row, go back only while no other row is called the same, as when one is added."""
    table = _MODELS[entity]
    column = col(getattr(table, name))
    query = columns(col(table.id), column)
    folded = {name_key(text) for text in wanted.values()}
    if entity == "item":
        # Keys are ASCII, whose case the database knows: of 100,000 items only those that matter are read.
        found = [
            row for part in chunks(sorted(folded)) for row in session.execute(query.where(func.lower(column).in_(part)))
        ]
    else:
        rows = session.execute(query.where(col(SavedQuery.kind) == entity) if table is SavedQuery else query)
        found = [row for row in rows if name_key(row[1]) in folded]
    for row, text in found:
        if row not in wanted:
            who = who_changed(reader_of(session), entity, row)
            raise RegisterError(f"{who} has since used {text} for another {entity}", "rename that one first")


def _refuse_decided(session: Session, state: State) -> None:
    """A decision comes back only while nobody else has decided the item."""
    query = select(Decision).where(Decision.review_id == state["review_id"], Decision.item_id == state["item_id"])
    there = session.exec(query).first()
    if there is not None:
        what = f"{there.actor} has since decided {there.key} in review {there.review_id}"
        raise RegisterError(what, "nothing was redone; look at the history")


def _refuse_gone(session: Session, end: Json, table: type[Item] | type[Category] = Category) -> None:
    """A row goes back only to what is still there."""
    if isinstance(end, dict) and session.get(table, end["id"]) is None:
        name = end.get("key") or end.get("code")
        entity = "item" if table is Item else "category"
        who = who_changed(reader_of(session), entity, int(str(end["id"])))
        raise RegisterError(f"{who} has since removed the {entity} {name}", "bring it back first")


def _refuse_twin(session: Session, state: State, change: Change, *, label: Json = None) -> None:
    """A dependency goes back only while there is none like it."""
    ends = [end["id"] for end in (state["source"], state["target"]) if isinstance(end, dict)]
    wanted = change.before if label is None else label
    query = select(Dependency.id).where(col(Dependency.source_id) == ends[0], col(Dependency.target_id) == ends[1])
    twin = session.exec(query.where(Dependency.label == wanted, col(Dependency.id) != change.entity_id)).first()
    if twin is not None:
        who = who_changed(reader_of(session), "dependency", twin)
        raise RegisterError(
            f"{who} has since linked {key_of('dependency', state)} with that label", "remove that link first"
        )


def _refuse_referred(session: Session, entity: str, ids: Sequence[int]) -> None:
    """A row goes away only while nothing else needs it."""
    for chunk in chunks(ids):
        if entity == "item":
            ends = col(Dependency.source_id).in_(chunk) | col(Dependency.target_id).in_(chunk)
            edge = session.exec(select(Dependency).where(ends).order_by(col(Dependency.id)).limit(1)).first()
            if edge is not None:
                named = key_of("dependency", state_of(reader_of(session), edge))
                who = who_changed(reader_of(session), "dependency", id_of(edge))
                raise RegisterError(f"{who} has since linked {named}", "unlink them first")
        if entity == "category":
            item = session.exec(select(Item).where(col(Item.category_id).in_(chunk)).limit(1)).first()
            if item is not None:
                who = who_changed(reader_of(session), "item", id_of(item))
                raise RegisterError(f"{who} has since put {item.key} into its category", "move or remove it first")


def _called(entity: str, name: str, key: str) -> str:
    """What a refusal calls a field; who decided an item, and when, is one thing."""
    if entity in ("decision", "follow-up"):
        return f"the {entity} on {key}"
    return f"{name.replace('_', ' ')} of {key}"


def _since(session: Session, change: Change, what: str, field: str | None = None) -> RegisterError:
    who = who_changed(reader_of(session), change.entity, change.entity_id, field)
    return RegisterError(f"{what} by {who} since then", "nothing was undone; look at the history")


def make_room(writer: UnitOfWork, changes: Sequence[Change]) -> tuple[str, ...]:
    """Let no two rows have one position once these changes are reversed; the names of what moved for what came back.

    What came back gets the position that it had; what took it in the meantime moves behind it.
    """
    back: dict[str, set[int]] = {}
    for change in changes:
        if _places_row(change):
            back.setdefault(change.entity, set()).add(change.entity_id)
    moved: list[str] = []
    for entity, ids in back.items():
        rows = _rows(writer.session, entity, ids)
        for scope in dict.fromkeys(_scope(row) for row in rows.values()):
            came = {row.position for row in rows.values() if _scope(row) == scope}  # type: ignore[union-attr]
            named = _spread(writer, entity, scope, came, ids)
            moved += named if entity != "dependency" else []
    return tuple(moved)


def _places_row(change: Change) -> bool:
    """Whether reversing a change puts a row somewhere among its like."""
    came_back = change.field is None and change.after is None and change.before is not None
    return change.entity in _PLACED and (came_back or change.field in ("position", "category"))


_PLACED = ("category", "item", "dependency", "view", "rule")


def _scope(row: Row) -> int | str | None:
    """What a row's position counts in: the items of a category, the saved queries of a kind, else all of its kind."""
    match row:
        case Item():
            return row.category_id
        case SavedQuery():
            return row.kind
        case _:
            return None


def _spread(writer: UnitOfWork, entity: str, scope: int | str | None, came: set[int], back: set[int]) -> list[str]:
    """Give the rows of a scope a position each, where rows came to some; the names of those that had to move."""
    session = writer.session
    table = _MODELS[entity]
    place = col(table.position)  # type: ignore[union-attr]
    query = columns(col(table.id), place)
    if scope is not None:
        query = query.where((col(Item.category_id) if table is Item else col(SavedQuery.kind)) == scope)
    there = [position for part in chunks(sorted(came)) for _, position in session.execute(query.where(place.in_(part)))]
    twice = [position for position, number in Counter(there).items() if number > 1]
    if not twice:
        return []
    last = min(twice) - 1
    behind = session.execute(query.where(place > last))
    places: dict[int, int] = {}
    for row, position in sorted(behind, key=lambda found: (found[1], found[0] not in back, found[0])):
        last = max(position, last + 1)
        if last != position:
            places[row] = last
    rows = _rows(session, entity, places)
    states = _states(session, rows.values())
    names = []
    for row, position in places.items():
        names.append(key_of(entity, states[row]))
        writer.record(entity, row, names[-1], "position", states[row]["position"], position, note=ROOM)
        put(session, rows[row], {"position": position})
    session.flush()
    return names


def undo(db: Database, *, confirmed: bool = False, batch: int | None = None) -> Done:
    """Reverse the actor's newest batch that is neither a reversal nor undone.

    Raises ImportUndoError for an import unless `confirmed`, and RegisterError when there is nothing to
    undo, somebody has since changed what it touched, or it is not the `batch` that the person was asked about.
    """
    with db.write("undo") as writer:
        newest = _newest_edit(writer.session, writer.actor, undone_too=False)
        if newest is None:
            raise RegisterError("there is nothing of yours to undo")
        if batch is not None and newest != batch:
            raise RegisterError("your newest change is another one since you were asked", "undo again to see which")
        changes = _changes(writer.session, newest)
        if changes[0].verb in IMPORTS and not confirmed:
            raise ImportUndoError(newest)
        return _reverse(writer, newest, changes, "Undid")


def redo(db: Database) -> Done:
    """Reverse the actor's newest undo, unless a new edit of the actor's came after it."""
    with db.write("redo") as writer:
        again = aliased(Change)
        redone = select(again.sequence).where(again.reverses == col(Change.batch)).exists()
        query = columns(col(Change.batch)).where(col(Change.actor) == writer.actor, col(Change.verb) == "undo", ~redone)
        batch = writer.session.scalars(query.order_by(col(Change.batch).desc()).limit(1)).first()
        edit = _newest_edit(writer.session, writer.actor, undone_too=True)
        if batch is None or (edit is not None and edit > batch):
            raise RegisterError("there is nothing of yours to redo")
        return _reverse(writer, batch, _changes(writer.session, batch), "Redid")


def _newest_edit(session: Session, actor: str, *, undone_too: bool) -> int | None:
    query = columns(col(Change.batch)).where(
        col(Change.actor) == actor, col(Change.reverses).is_(None), col(Change.verb).not_in(NOT_UNDOABLE)
    )
    if not undone_too:
        query = query.where(col(Change.batch).not_in(undone()), ~_of_ended_review())
    return session.scalars(query.order_by(col(Change.batch).desc()).limit(1)).first()


def _changes(session: Session, batch: int) -> list[Change]:
    """The changes of a batch, newest first."""
    return list(session.exec(select(Change).where(Change.batch == batch).order_by(col(Change.sequence).desc())))


def _of_ended_review() -> ColumnElement[bool]:
    """A change to a review that has ended, or a decision in it: a batch of nothing else stays, as its minutes do."""
    ended = columns(col(Review.id)).where(col(Review.ended).is_not(None))
    decisions = columns(col(Decision.id)).where(col(Decision.review_id).in_(ended))
    return or_(
        and_(col(Change.entity) == "review", col(Change.entity_id).in_(ended)),
        and_(col(Change.entity) == "decision", col(Change.entity_id).in_(decisions)),
    )


def _reverse(writer: UnitOfWork, batch: int, changes: list[Change], done: str) -> Done:
    writer.reverses = batch
    session, verb = writer.session, _first(writer.session, changes[0]).verb
    # What only made room for something is nobody's edit: it stays where it is.
    changes = [change for change in reversible(session, changes) if not only_made_room(change)]
    # Their rows may be gone afterwards.
    reviews = tuple(dict.fromkeys(review_of(session, change) for change in changes if change.entity == "decision"))
    for (entity, kind), group in groupby(changes, key=lambda change: (change.entity, _kind(change))):
        reverse(writer, entity, kind, list(group))
    moved = make_room(writer, changes)
    keys = tuple(dict.fromkeys(change.key for change in reversed(changes) if change.entity in ("item", "decision")))
    room = f"; {in_a_row(few(moved, len(moved)))} moved down to make room" if moved else ""
    return writer.done(f"{done} {_what(verb, changes, keys, reviews)}{room}", keys)


def _kind(change: Change) -> str:
    """What a change did to its row: `field`, `created`, `removed`, or nothing (`remark`)."""
    if change.field is not None:
        return "field"
    if change.before is None and change.after is None:
        return "remark"
    return "created" if change.before is None else "removed"


def _first(session: Session, change: Change) -> Change:
    """The change that an undo, or the redo of an undo, goes back to."""
    while change.reverses is not None:
        change = _changes(session, change.reverses)[0]
    return change


_DEEDS = {
    "accept": "the acceptance of",
    "add": "the adding of",
    "add-category": "the adding of",
    "close-follow-up": "the closing of",
    "comment": "the comment on",
    "edit": "the edit of",
    "edit-category": "the edit of",
    "edit-follow-up": "the edit of",
    "edit-query": "the edit of",
    "edit-review": "the edit of",
    "follow-up": "the follow-up of",
    "link": "the link of",
    "move-category": "the move of",
    "relabel": "the new label of",
    "remove": "the removal of",
    "remove-category": "the removal of",
    "remove-query": "the removal of",
    "rename-query": "the new name of",
    "reopen-follow-up": "the reopening of",
    "save-query": "the saving of",
    "set-register": "the edit of",
    "set-status": "the new status of",
    "unlink": "the unlinking of",
}


def _what(verb: str, changes: Sequence[Change], keys: tuple[str, ...], reviews: Sequence[int]) -> str:
    """What a batch of a verb did to these items, in words; `reviews`: the numbers of those in which it decided them."""
    if verb in IMPORTS:
        return "the import"
    entities = {change.entity for change in changes}
    if "register" in entities:
        return "the edit of the register"
    edges = {change.key for change in changes if change.entity == "dependency"}
    follow_ups = {change.entity_id for change in changes if change.entity == "follow-up"}
    about = f"{len(edges)} dependencies" if len(edges) > 1 else changes[0].key
    if follow_ups and verb != "follow-up":
        about = f"{len(follow_ups)} follow-ups" if len(follow_ups) > 1 else f"the follow-up on {changes[0].key}"
    if keys:
        about = counted(keys)
    if entities == {"decision"}:
        return f"the decision on {about} in review {reviews[0]}"
    return f"{_DEEDS.get(verb, verb)} {about}" + "".join(f" and its decision in review {number}" for number in reviews)
