"""What a person saw before they wrote: as the trail keeps it, and the refusals where it is no longer so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlmodel import col, select

from store.audit.log import last_change
from store.audit.snapshots import entity_of, id_of, key_of, same, state_of, text_of
from store.commands.conflicts import dumped
from store.commands.extras import split_extras, with_extras
from store.errors import RegisterError
from store.models import Category, Change
from store.sameness import same_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlmodel import Session

    from store.audit.snapshots import State
    from store.fields import FieldValue
    from store.models import Item, Json


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
        rows = session.exec(select(Category.id, Category.code)).all()
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
    state = state_of(session, category)
    for name, value in before.items():
        if not same(name, state[name], value):
            raise _changed_since(session, entity_of(category), id_of(category), key_of("category", state), name)


def _changed_since(
    session: Session, entity: str, row: int, key: str, field: str | None = None, *, more: int = 0
) -> RegisterError:
    """The refusal to remove what somebody changed."""
    change = last_change(session, entity, row, field)
    who = change.actor if change else "somebody"
    what = (change.field if change and change.field else field or "something").replace("_", " ")
    since = f"{who} changed {what} of {key} since you looked at it"
    if more:
        return RegisterError(f"{since}, and {more:,} more were changed", "look again, then remove them")
    return RegisterError(since, "look again, then remove it")


def what_became_of(session: Session, key: str, label: str) -> str | None:
    """Who did what to the dependency `SOURCE -> TARGET` that had a label, None where the trail knows of none."""
    query = select(Change).where(Change.entity == "dependency", Change.key == key)
    for change in session.exec(query.order_by(col(Change.sequence).desc())):
        if change.field == "label" and (change.before or "") == label:
            return f"{change.actor} changed the label of {key} from {label!r} to {text_of(change.after) or ''!r}"
        if change.field is None and isinstance(change.before, dict) and (change.before.get("label") or "") == label:
            named = f" labelled {label!r}" if label else ""
            return f"{change.actor} removed the dependency {key}{named}"
    return None
