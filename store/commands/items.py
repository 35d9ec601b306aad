"""Commands on items: add, edit, set status, accept, reopen, comment, remove."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from sqlmodel import col, select

from store.audit.log import Done
from store.audit.snapshots import assign, dump, id_of, states_of, unlink_components
from store.commands.conflicts import (
    NOTHING,
    add_row,
    change_row,
    changed_fields,
    changed_since,
    conflicts_of,
    dumped,
    next_position,
    not_as_seen,
    refuse_conflicts,
    remove_row,
)
from store.commands.signals import attach_signal, find_signal
from store.enums import Severity, Status, Term, Word
from store.errors import InvalidValueError, RegisterError, quoted
from store.fields import (
    FIELDS,
    REQUIRED_FOR_NEW,
    STATUS_FIELDS,
    Affected,
    clean_line,
    clean_text,
    required_line,
    show,
)
from store.filters.sql import in_ids
from store.models import Dependency, Item, RegisterFacts
from store.policy import accepted, days_of, proposed_end
from store.queries.items import item_records
from store.queries.lookup import categories, chunks, find_category, find_items, find_key, next_key
from store.text import counted, join_words, name_key, number_of, same_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from store.audit.log import UnitOfWork
    from store.audit.snapshots import State
    from store.db.database import Database
    from store.db.reader import Reader
    from store.errors import FieldConflict
    from store.fields import FieldValue
    from store.models import Json
    from store.review.queue import ReviewDecision

    Before = Mapping[str, Mapping[str, FieldValue]]
    """What the user saw: fields by the key of the item."""


def add_item(db: Database, values: Mapping[str, FieldValue], *, signal: int | None = None) -> Done:
    """Add an item at the end of its category; without a key it gets the category's next free one.

    `extra.NAME` is an extra column. The `signal` of a number is attached to the item. Raises InvalidValueError for a
    field that is missing or wrong, or a key in use.
    """
    fields, columns = split_extras(values)
    given = {name: checked(name, value) for name, value in fields.items() if value is not None}
    for name in REQUIRED_FOR_NEW:
        if not given.get(name):
            FIELDS[name].read("")
    with db.write("add") as writer:
        category = find_category(writer.reader, str(given.pop("category")))
        key = str(given.pop("key", None) or next_key(writer.reader, category.code))
        _refuse_taken(writer.reader, key)
        item = Item(
            key=key,
            category_id=category.id,
            position=_end_of(writer.reader, category.id),
            status=Status.OPEN,
            description=str(given["description"]),
            created=writer.time,
            updated=writer.time,
        )
        wanted = {"opened_on": dump(writer.time.date()), "extra": with_extras(None, columns)} | dumped(given)
        begun: State = dict.fromkeys(STATUS_FIELDS) | {"key": key, "status": Status.OPEN.value}
        # An end that is not given is proposed; one that is given as None is none.
        ends: State = {"accepted_until": None} if "accepted_until" in fields else {}
        wanted |= _acceptance(writer, _days(writer), begun, ends | wanted)
        components = wanted.pop("components", None)
        assign(writer, item, wanted)
        add_row(writer, item, components)
        if signal is not None:
            attach_signal(writer, find_signal(writer, signal), id_of(item), key)
    return writer.done(f"Added {key}", (key,))


def edit_items(
    db: Database,
    keys: Sequence[str],
    changes: Mapping[str, FieldValue],
    *,
    verb: Literal["edit", "set-status", "accept"] = "edit",
    before: Before | None = None,
    note: str | None = None,
    exactly: bool = False,
    instead: Before | None = None,
    decision: ReviewDecision | None = None,
) -> Done:
    """Give fields of some items new values; `before` is what the user saw: fields by item key.

    `extra.NAME` is an extra column; the others stay. A new status clears the old status note, and leaving Accepted
    clears by whom and until when, unless they are among the changes. Accepting requires a status note; by default it
    is by the actor and for the severity's days, for unrated debt without an end (`accepted_until` None: no end). Values
    that the user saw and left alone are not written. `instead`: other values, but no key, for single items, by their
    key. Raises ConflictError when a field to change differs from what the user saw; with `exactly`, when any field of
    `before` does. `decision`: the review in which this decides the items.
    """
    fields, columns = split_extras(changes)
    values = _checked(fields)
    others = {name_key(key): _checked(own) for key, own in (instead or {}).items()}
    with db.write(verb, note=clean_text("note", note) or None if note else None) as writer:
        items = item_rows(writer, keys)
        _refuse_rename(writer.reader, items, values.get("key"))
        wanted = _wanted(writer.reader, values)
        wanted_instead = {key: _wanted(writer.reader, own) for key, own in others.items()}
        shown = {name_key(key): seen for key, seen in (before or {}).items()}
        states, days = states_of(writer.reader, "item", [id_of(item) for item in items]), _days(writer)
        edits: list[_ItemEdit] = []
        conflicts: list[FieldConflict] = []
        for item in items:
            state = states[id_of(item)]
            seen = _as_seen(writer.reader, shown.get(name_key(item.key), {}), state)
            own = wanted | wanted_instead.get(name_key(item.key), {})
            own |= {"extra": with_extras(state["extra"], columns)} if columns else {}
            if verb == "edit" and not exactly:
                own = not_as_seen(own, seen)
            changed = _changed(state, own)
            cleared = _cleared(state, changed, own)
            changed |= dict.fromkeys(cleared) | _acceptance(writer, days, state, own, renew=verb == "accept")
            edits.append(_ItemEdit(item, state, changed, cleared))
            # A field that must be unchanged counts as wanted.
            unchanged = {name: value for name, value in seen.items() if exactly and name not in own}
            conflicts += conflicts_of(writer, item, state, wanted=unchanged | changed, before=seen)
        refuse_conflicts(conflicts)
        if decision is not None:
            _decide(writer, decision, items)
        _move_to_ends(writer.reader, [edit.fields for edit in edits])
        for edit in edits:
            change_row(writer, edit.item, edit.state, edit.fields)
    edits = [edit for edit in edits if edit.fields]
    if not edits:
        decided = tuple(item.key for item in items) if decision is not None else ()
        return writer.done(f"Kept {counted(decided)} unchanged" if decided else NOTHING, decided)
    cleared_fields = tuple(dict.fromkeys(name for edit in edits for name in edit.cleared))
    message = _summary(verb, edits, values, others) + _cleared_summary([edit.cleared for edit in edits])
    return writer.done(message, tuple(edit.item.key for edit in edits), cleared=cleared_fields)


def _changed(state: State, wanted: State) -> State:
    """The wanted values that differ; a field that gets one takes the place of a text that could not be read as it."""
    changed = changed_fields(state, wanted)
    if not state["extra"] or not any(changed.values()):
        return changed
    # Loaded only for items that have such columns.
    from store.formats.document.columns import roles_of
    from store.formats.document.rules import EVERYTHING

    # Any text can be read as links.
    changed_values = {field for field, value in changed.items() if value and field != "links"}
    names = (
        [str(pair[0]) for pair in state["extra"] if isinstance(pair, list)] if isinstance(state["extra"], list) else []
    )
    superseded = {name: None for name in names if changed_values.intersection(roles_of(name, EVERYTHING)[:1])}
    extra = with_extras(changed.get("extra", state["extra"]), superseded)
    return changed | changed_fields(state, {"extra": extra})


class _ItemEdit(NamedTuple):
    """An item, its state, the fields that change, and the former values of those that a new status clears."""

    item: Item
    state: State
    fields: State
    cleared: State


def set_status(
    db: Database,
    keys: Sequence[str],
    status: Status,
    *,
    note: str | None = None,
    before: Before | None = None,
    exactly: bool = False,
    decision: ReviewDecision | None = None,
) -> Done:
    """Set the status of some items, with a note that follows it in brackets in the document.

    Accepting, `before`, `exactly` and `decision` as in `edit_items`, but the status is wanted even where it is the one
    that was seen.
    """
    changes: dict[str, FieldValue] = {"status": status}
    if note is not None:
        changes["status_note"] = note
    return edit_items(db, keys, changes, verb="set-status", before=before, exactly=exactly, decision=decision)


def accept(
    db: Database,
    keys: Sequence[str],
    *,
    rationale: str,
    by: str,
    until: date | Term | None = Term.BY_SEVERITY,
    before: Before | None = None,
    decision: ReviewDecision | None = None,
) -> Done:
    """Accept some items: why, by whom, and until when at most.

    By default each is accepted for the days of its severity, unrated debt without an end; None means no end.
    `before` and `decision` as in `edit_items`.
    """
    changes: dict[str, FieldValue] = {
        "status": Status.ACCEPTED,
        "status_note": _required_text("status_note", rationale),
        "accepted_by": required_line("accepted_by", by),
    }
    if not isinstance(until, Term):
        changes["accepted_until"] = until
    return edit_items(db, keys, changes, verb="accept", before=before, decision=decision)


def reopen(db: Database, keys: Sequence[str] | None = None, *, before: Before | None = None) -> Done:
    """Set accepted items to Open in one step: those whose acceptance has ended, or the given ones.

    A given item is reopened whether its acceptance has ended or not. `before` as in `edit_items`. Raises
    RegisterError for an item that is not accepted, ConflictError where someone has renewed its acceptance.
    """
    with db.read() as reader:
        if keys is None:
            ended = [row for row in accepted(reader) if row.state == "ended"]
            seen = {row.key: {"status": Status.ACCEPTED, "accepted_until": row.until} for row in ended}
        else:
            items = item_records(reader, in_ids("item.id", (item.id for item in find_items(reader, keys))))
            for item in items:
                if item.status is not Status.ACCEPTED:
                    raise RegisterError(
                        f"{item.key} is {item.status.value}, not Accepted", "`ai-debt accepted` lists what is accepted"
                    )
            seen = {item.key: {"status": item.status, "accepted_until": item.accepted_until} for item in items}
    if not seen:
        return Done("No acceptance has ended")
    return set_status(db, tuple(seen), Status.OPEN, before=before or seen, exactly=True)


def comment(db: Database, keys: Sequence[str], text: str) -> Done:
    """Put a comment on some items."""
    with db.write("comment", note=_required_text("comment", text)) as writer:
        items = find_items(writer.reader, keys)
        for item in items:
            writer.record("item", item.id, item.key, None, None, None)
    commented = tuple(item.key for item in items)
    return writer.done(f"Commented on {counted(commented)}" if commented else NOTHING, commented)


def remove_items(db: Database, keys: Sequence[str], *, seen: Mapping[str, int] | None = None) -> Done:
    """Remove some items with their dependencies and component links; undo brings them back.

    Raises RegisterError, naming who changed what, when an item is no longer in the version that was `seen`.
    """
    seen = seen or {}
    with db.write("remove") as writer:
        items = item_rows(writer, keys)
        newer = [item for item in items if seen.get(item.key, item.version) != item.version]
        if newer:
            raise changed_since(writer.reader, "item", id_of(newer[0]), newer[0].key, more=len(newer) - 1)
        ids = [id_of(item) for item in items]
        states = states_of(writer.reader, "item", ids)
        edges: dict[int, Dependency] = {}
        for chunk in chunks(ids):
            ends = col(Dependency.source_id).in_(chunk) | col(Dependency.target_id).in_(chunk)
            edges |= {id_of(edge): edge for edge in writer.session.exec(select(Dependency).where(ends))}
        edge_states = states_of(writer.reader, "dependency", list(edges))
        for number, edge in edges.items():
            remove_row(writer, edge, edge_states[number])
        unlink_components(writer.reader, ids)
        for item in items:
            remove_row(writer, item, states[id_of(item)])
    removed = tuple(item.key for item in items)
    also = f" and {number_of(len(edges), 'dependency', 'dependencies')}" if edges else ""
    return writer.done(f"Removed {counted(removed)}{also}" if removed else NOTHING, removed)


def item_row(writer: UnitOfWork, key: str) -> Item:
    """The item of a key. Raises NotFoundError naming the nearest key."""
    return item_rows(writer, (key,))[0]


def item_rows(writer: UnitOfWork, keys: Iterable[str]) -> list[Item]:
    """The items of some keys, each once, in the order given. Raises NotFoundError for the first unknown one."""
    ids = [item.id for item in find_items(writer.reader, keys)]
    rows: dict[int | None, Item] = {}
    for chunk in chunks(ids):
        rows |= {row.id: row for row in writer.session.exec(select(Item).where(col(Item.id).in_(chunk)))}
    return [rows[item] for item in ids]


def _summary(
    verb: str,
    edits: Sequence[_ItemEdit],
    values: Mapping[str, FieldValue],
    others: Mapping[str, Mapping[str, FieldValue]],
) -> str:
    """`EN-001: Mitigated` for a new status alone, else `Changed owner and due of 3 items`."""
    asked = values.keys() | {"extra"} | {name for own in others.values() for name in own}
    names = list(dict.fromkeys(name for edit in edits for name in edit.fields if name in asked))
    about = counted([edit.item.key for edit in edits])
    if verb != "edit" or (names == ["status"] and not others):
        return f"{about}: {show(values['status'])}"
    labels = [FIELDS[name].label.lower() if name in FIELDS else "extra columns" for name in names]
    return f"Changed {join_words(labels)} of {about}"


def _decide(writer: UnitOfWork, decision: ReviewDecision, items: Sequence[Item]) -> None:
    # The commands of reviews import this module.
    from store.review.commands import decide_items

    decide_items(writer, decision, items)


def _wanted(reader: Reader, values: Mapping[str, FieldValue]) -> State:
    wanted = dumped(values)
    if "category" in wanted:
        category = find_category(reader, str(wanted["category"]))
        wanted["category"] = {"id": category.id, "code": category.code}
    return wanted


def _as_seen(reader: Reader, fields: Mapping[str, FieldValue], state: State) -> State:
    """What the user saw of an item, as the audit log stores it; of the extra columns only those in `fields` count."""
    own, columns = split_extras(fields)
    seen = dumped(own)
    present, code = state["category"], seen.get("category")
    if isinstance(present, dict) and code == present["code"]:
        seen["category"] = present
    elif "category" in seen:
        found = next((row for row in categories(reader) if same_name(row.code, str(code))), None)
        seen["category"] = {"id": found.id if found else None, "code": found.code if found else str(code)}
    if columns:
        seen["extra"] = with_extras(state["extra"], columns)
    return seen


def _move_to_ends(reader: Reader, edits: Sequence[State]) -> None:
    """Give every item that changes its category the next position at its end, in order."""
    ends: dict[int, int] = {}
    for fields in edits:
        match fields.get("category"):
            case {"id": int(category)}:
                ends[category] = ends[category] + 1 if category in ends else _end_of(reader, category)
                fields["position"] = ends[category]


def _end_of(reader: Reader, category: int) -> int:
    return next_position(reader, "item", "category_id = :category", category=category)


def _cleared(state: State, fields: State, wanted: State) -> State:
    """What a new status clears: the note and the acceptance of the old one, unless they are set too."""
    if "status" not in fields:
        return {}
    names = ["status_note"]
    if state["status"] == Status.ACCEPTED.value:
        names += ["accepted_by", "accepted_until"]
    return {name: state[name] for name in names if name not in wanted and state[name] is not None}


def _cleared_summary(cleared: Sequence[State]) -> str:
    """What was cleared without being asked for: the values of one item, counts for several."""
    notes = [state["status_note"] for state in cleared if "status_note" in state]
    terms = [state for state in cleared if state.keys() & {"accepted_by", "accepted_until"}]
    parts: list[str] = []
    if notes:
        parts.append(f"its note {quoted(str(notes[0]))}" if len(cleared) == 1 else number_of(len(notes), "note"))
    if terms and len(cleared) == 1:
        by, until = terms[0].get("accepted_by"), terms[0].get("accepted_until")
        parts.append("its acceptance" + (f" by {by}" if by else "") + (f" until {until}" if until else ""))
    elif terms:
        parts.append(number_of(len(terms), "acceptance"))
    return f"; cleared {join_words(parts)}" if parts else ""


def _days(writer: UnitOfWork) -> dict[Severity, int]:
    """The default days of an acceptance, by severity."""
    facts = writer.session.get(RegisterFacts, 1)
    return days_of(facts.accept_for if facts else None)


def _acceptance(
    writer: UnitOfWork, days: Mapping[Severity, int], state: State, wanted: Mapping[str, Json], *, renew: bool = False
) -> State:
    """The terms of its acceptance that an item gets, if the wanted values accept it.

    `renew`: an acceptance begins again. Raises InvalidValueError where a reason or a name is missing.
    """
    after = {**state, **wanted}
    if after["status"] != Status.ACCEPTED.value:
        return {}
    begins = state["status"] != Status.ACCEPTED.value
    if (begins or "status_note" in wanted) and not wanted.get("status_note"):
        what = f"accepting {after['key']} requires a reason"
        raise InvalidValueError("status_note", what, "enter it as the status note (--note on the command line)")
    if "accepted_by" in wanted and not wanted["accepted_by"]:
        raise InvalidValueError("accepted_by", f"accepting {after['key']} requires a name", "enter who accepts it")
    terms: State = {}
    if begins and not after["accepted_by"]:
        terms["accepted_by"] = writer.actor
    if "accepted_until" not in wanted and (renew or (begins and not after["accepted_until"])):
        severity = None if after.get("severity") is None else Severity(str(after["severity"]))
        terms["accepted_until"] = dump(proposed_end(days, severity, writer.time.date()))
    return changed_fields(state, terms)


def _refuse_taken(reader: Reader, key: str) -> None:
    if taken := find_key(reader, key):
        raise InvalidValueError("key", f"the key {taken} is already in use", "choose another one")


def _refuse_rename(reader: Reader, items: Sequence[Item], key: FieldValue) -> None:
    if isinstance(key, str) and len(items) != 1:
        raise InvalidValueError("key", "several items cannot share a key", "rename them one by one")
    if isinstance(key, str) and not same_name(key, items[0].key):
        _refuse_taken(reader, key)


def _required_text(name: str, typed: str) -> str:
    if text := clean_text(name, typed):
        return text
    raise InvalidValueError(name, f"{name.replace('_', ' ')} is empty", "type a few words")


def checked(name: str, value: FieldValue) -> FieldValue:
    """An item field's value as stored, wherever it came from. Raises InvalidValueError."""
    if name not in FIELDS:
        raise InvalidValueError(name, f"unknown field {name!r}", f"use one of {', '.join(FIELDS)}")
    match value:
        case Affected(text, count, percent) if text.strip():
            return Affected(clean_line(name, text), count, percent)
        case tuple() if name == "components":
            parts = (clean_line(name, part) for part in value)
            return tuple(dict.fromkeys(part for part in parts if part))
        case str() if not isinstance(value, Word):
            return FIELDS[name].read(value)
        case _:
            return FIELDS[name].read(show(value))


def _checked(fields: Mapping[str, FieldValue]) -> dict[str, FieldValue]:
    return {name: checked(name, value) for name, value in fields.items()}


PREFIX = "extra."
_RESERVED = {name.casefold() for field in FIELDS.values() for name in (field.label, *field.columns)}


def split_extras(changes: Mapping[str, FieldValue]) -> tuple[dict[str, FieldValue], dict[str, str | None]]:
    """The fields among some changes, and the extra columns: `extra.Ticket` is the column Ticket.

    A column without text is removed. Raises InvalidValueError for a name that an extra column cannot have.
    """
    fields = {name: value for name, value in changes.items() if not name.startswith(PREFIX)}
    columns = {
        _column(name): clean_text("extra", show(value)) or None
        for name, value in changes.items()
        if name.startswith(PREFIX)
    }
    return fields, columns


def with_extras(present: Json, columns: Mapping[str, str | None]) -> Json:
    """An item's extra columns with some of them set or removed; new ones come last."""
    pairs = present if isinstance(present, list) else []
    texts: dict[str, str | None] = {str(pair[0]): str(pair[1]) for pair in pairs if isinstance(pair, list)}
    texts |= columns
    return [[name, text] for name, text in texts.items() if text is not None] or None


def _column(name: str) -> str:
    column = clean_line("extra", name.removeprefix(PREFIX))
    if not column:
        raise InvalidValueError("extra", "an extra column needs a name", "write it like Ticket=ML-42")
    if column.casefold() in _RESERVED:
        raise InvalidValueError("extra", f"{column} is not an extra column", "set the field of that name")
    return column
