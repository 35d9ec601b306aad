"""Undo and redo: the newest batch of one actor reversed as a new batch, never over somebody else's edit."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from sqlalchemy import and_, or_
from sqlalchemy import select as columns
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from store.audit.log import IMPORTS, NOT_UNDOABLE
from store.audit.undo import make_room, only_made_room, reverse, reversible, review_of
from store.audit.undone import undone
from store.commands.conflicts import counted
from store.errors import RegisterError
from store.models import Change, Decision, Review
from store.text import few, in_a_row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement
    from sqlmodel import Session

    from store.audit.log import Writer
    from store.db.database import Database
    from store.queries.changes import Done


class ImportUndoError(RegisterError):
    """The batch to undo is an import: it takes everything back that the document brought."""

    def __init__(self, batch: int) -> None:
        super().__init__(
            "undoing the import takes back everything that it brought",
            "confirm it with --yes, or with the key asked for",
        )
        self.batch = batch


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


def _reverse(writer: Writer, batch: int, changes: list[Change], done: str) -> Done:
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
    """What a change did to its row: `field`, `created`, `removed`, or nothing (`told`)."""
    if change.field is not None:
        return "field"
    if change.before is None and change.after is None:
        return "told"
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
