"""Commands on dependencies: link, relabel, unlink."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func
from sqlmodel import col, select

from store.audit.snapshots import id_of, state_of
from store.commands.conflicts import NOTHING, change, created, removed, what_became_of
from store.commands.items import item_row, item_rows
from store.db.reader import reader_of
from store.errors import NotFoundError, RegisterError
from store.fields import clean_text
from store.models import Dependency, Item
from store.queries.rows import Done
from store.text import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlmodel import Session

    from store.db.database import Database


def link(db: Database, source: str, target: str, label: str) -> Done:
    """Say that `source` makes `target` worse: "source LABEL target". The same dependency twice is refused."""
    return link_items(db, (source,), target, label)


def link_items(db: Database, sources: Sequence[str], target: str, label: str) -> Done:
    """Say that each of some items makes `target` worse: all of them, or none where one is linked like that already."""
    text = clean_text("label", label)
    with db.write("link") as writer:
        session = writer.session
        ones, other = item_rows(session, sources), item_row(session, target)
        last = session.exec(select(func.max(Dependency.position))).one()
        for place, one in enumerate(ones, start=0 if last is None else last + 1):
            _refuse_twin(session, one, other, text)
            edge = Dependency(source_id=id_of(one), target_id=id_of(other), label=text, position=place)
            session.add(edge)
            session.flush()
            created(writer, edge)
    keys = tuple(one.key for one in ones)
    return writer.done(f"Linked {counted(keys)} to {other.key}", (*keys, other.key))


def relabel(db: Database, source: str, target: str, old_label: str, label: str) -> Done:
    """Give the dependency that has `old_label` another label.

    Raises RegisterError naming who changed or removed it when it no longer has that label.
    """
    text = clean_text("label", label)
    with db.write("relabel") as writer:
        session = writer.session
        one, other = item_row(session, source), item_row(session, target)
        old = clean_text("label", old_label)
        labels = [edge.label for edge in _between(session, one, other)]
        # Whoever wants what is there already overwrites nobody.
        if text in labels and (old == text or old not in labels):
            return Done(NOTHING, (one.key, other.key))
        edge = _the_one(session, one, other, old)
        _refuse_twin(session, one, other, text)
        change(writer, edge, state_of(reader_of(session), edge), {"label": text})
    said = (
        f"{one.key} to {other.key} is now labelled {text!r}" if text else f"{one.key} to {other.key} has no label now"
    )
    return writer.done(said, (one.key, other.key))


def unlink(db: Database, source: str, target: str, label: str | None = None) -> Done:
    """Remove a dependency; of several between the same items the label says which."""
    with db.write("unlink") as writer:
        session = writer.session
        one, other = item_row(session, source), item_row(session, target)
        edge = _the_one(session, one, other, None if label is None else clean_text("label", label))
        removed(writer, edge, state_of(reader_of(session), edge))
        session.delete(edge)
    return writer.done(f"Unlinked {one.key} from {other.key}", (one.key, other.key))


def _between(session: Session, source: Item, target: Item) -> Sequence[Dependency]:
    query = select(Dependency).where(Dependency.source_id == source.id, Dependency.target_id == target.id)
    return session.exec(query.order_by(col(Dependency.position), col(Dependency.id))).all()


def _the_one(session: Session, source: Item, target: Item, label: str | None) -> Dependency:
    edges = _between(session, source, target)
    meant = [edge for edge in edges if label is None or edge.label == label]
    if len(meant) == 1:
        return meant[0]
    labels = ", ".join(repr(edge.label) for edge in edges)
    key = f"{source.key} -> {target.key}"
    if label is not None and not meant and (became := what_became_of(session, key, label)):
        raise RegisterError(f"{became} since", "look again, then decide")
    if meant:
        raise RegisterError(f"{source.key} has several dependencies on {target.key}", f"say which label: {labels}")
    what = f"{source.key} is not linked to {target.key}" + (f" with the label {label!r}" if label and edges else "")
    raise NotFoundError(what, f"its labels are {labels}" if edges else f"`ai-debt show {source.key}` lists its links")


def _refuse_twin(session: Session, source: Item, target: Item, label: str) -> None:
    if any(edge.label == label for edge in _between(session, source, target)):
        named = f" labelled {label!r}" if label else ""
        raise RegisterError(f"{source.key} is linked to {target.key}{named} already", "give it another label")
