"""Commands on dependencies: link, relabel, unlink."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlmodel import col, select

from store.audit.log import CHANGES, ChangeRecord, Done
from store.audit.snapshots import id_of
from store.commands.conflicts import NOTHING, add_row, edit_row, next_position, remove_row
from store.commands.items import item_row, item_rows
from store.errors import NotFoundError, RegisterError
from store.fields import clean_text, text_of
from store.models import Dependency, Item
from store.text import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlmodel import Session

    from store.audit.log import UnitOfWork
    from store.db.database import Database
    from store.db.reader import Reader


def link(db: Database, source: str, target: str, label: str) -> Done:
    """Say that `source` makes `target` worse: "source LABEL target". The same dependency twice is refused."""
    return link_items(db, (source,), target, label)


def link_items(db: Database, sources: Sequence[str], target: str, label: str) -> Done:
    """Say that each of some items makes `target` worse: all of them, or none where one is linked like that already."""
    text = clean_text("label", label)
    with db.write("link") as writer:
        items, other = item_rows(writer, sources), item_row(writer, target)
        for position, item in enumerate(items, start=next_position(writer.reader, "dependency")):
            _refuse_duplicate(writer.session, item, other, text)
            edge = Dependency(source_id=id_of(item), target_id=id_of(other), label=text, position=position)
            add_row(writer, edge)
    keys = tuple(item.key for item in items)
    return writer.done(f"Linked {counted(keys)} to {other.key}", (*keys, other.key))


def relabel(db: Database, source: str, target: str, old_label: str | None, label: str) -> Done:
    """Give the dependency that has `old_label`, or without one the only one, another label.

    Raises RegisterError naming who changed or removed it when it no longer has that label.
    """
    text = clean_text("label", label)
    with db.write("relabel") as writer:
        item, other = item_row(writer, source), item_row(writer, target)
        old = _find(writer, item, other, None).label if old_label is None else clean_text("label", old_label)
        labels = [edge.label for edge in _between(writer.session, item, other)]
        # Setting the label that it has already overwrites no one.
        if text in labels and (old == text or old not in labels):
            return Done(NOTHING, (item.key, other.key))
        edge = _find(writer, item, other, old)
        _refuse_duplicate(writer.session, item, other, text)
        edit_row(writer, edge, {"label": text})
    now = f"is now labeled {text!r}" if text else "no longer has a label"
    return writer.done(f"{item.key} to {other.key} {now}", (item.key, other.key))


def unlink(db: Database, source: str, target: str, label: str | None = None) -> Done:
    """Remove a dependency; of several between the same items the label says which."""
    with db.write("unlink") as writer:
        item, other = item_row(writer, source), item_row(writer, target)
        remove_row(writer, _find(writer, item, other, None if label is None else clean_text("label", label)))
    return writer.done(f"Unlinked {item.key} from {other.key}", (item.key, other.key))


def _between(session: Session, source: Item, target: Item) -> Sequence[Dependency]:
    query = select(Dependency).where(Dependency.source_id == source.id, Dependency.target_id == target.id)
    return session.exec(query.order_by(col(Dependency.position), col(Dependency.id))).all()


def _find(writer: UnitOfWork, source: Item, target: Item, label: str | None) -> Dependency:
    edges = _between(writer.session, source, target)
    found = [edge for edge in edges if label is None or edge.label == label]
    if len(found) == 1:
        return found[0]
    labels = ", ".join(repr(edge.label) for edge in edges)
    if found:
        several = f"{source.key} has several dependencies on {target.key}"
        raise RegisterError(several, f"specify the current label: {labels}")
    if label is not None and (change_since := _later_change(writer.reader, f"{source.key} -> {target.key}", label)):
        raise RegisterError(change_since, "check the label, then try again")
    what = f"{source.key} is not linked to {target.key}" + (f" with the label {label!r}" if label and edges else "")
    raise NotFoundError(what, f"its labels are {labels}" if edges else f"`ai-debt show {source.key}` lists its links")


OF_DEPENDENCY = f"{CHANGES} where entity = 'dependency' and key = :key order by sequence desc"


def _later_change(reader: Reader, key: str, label: str) -> str | None:
    """Who removed or relabeled the dependency `SOURCE -> TARGET` that had a label; None if it never had it."""
    for change in reader.each(OF_DEPENDENCY, {"key": key}, row=ChangeRecord):
        if change.field == "label" and (change.before or "") == label:
            after = text_of(change.after) or ""
            return f"{change.actor} has since changed the label of {key} from {label!r} to {after!r}"
        if change.field is None and isinstance(change.before, dict) and (change.before.get("label") or "") == label:
            named = f" labeled {label!r}" if label else ""
            return f"{change.actor} has since removed the dependency {key}{named}"
    return None


def _refuse_duplicate(session: Session, source: Item, target: Item, label: str) -> None:
    if any(edge.label == label for edge in _between(session, source, target)):
        named = f" labeled {label!r}" if label else ""
        raise RegisterError(f"{source.key} is already linked to {target.key}{named}", "use another label")
