"""Commands on items: add, edit, set status, accept, reopen, comment, remove."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import func
from sqlmodel import col, select

from store.audit.snapshots import assign, dump, id_of, states_of, unlink_components
from store.commands.conflicts import (
    NOTHING,
    as_seen,
    change_later,
    changed_fields,
    checked,
    conflicts_of,
    created,
    dumped,
    refuse_conflicts,
    refuse_newer,
    removed,
    split_extras,
    with_extras,
)
from store.db.reader import reader_of
from store.enums import Severity, Status, Term
from store.errors import InvalidValueError, RegisterError, quoted
from store.fields import FIELDS, STANDING, TO_ADD, clean_text, required_line, same, show
from store.models import Dependency, Item, RegisterFacts
from store.policy import accepted, days_of, proposed_end
from store.queries.items import in_rows, plain_items
from store.queries.lookup import chunks, find_category, find_items, key_taken, next_key
from store.queries.rows import Done
from store.text import counted, in_a_row, name_key, number_of, same_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from sqlmodel import Session

    from store.audit.log import UnitOfWork
    from store.audit.snapshots import State
    from store.db.database import Database
    from store.errors import FieldConflict
    from store.fields import FieldValue
    from store.models import Json
    from store.queries.rows import ReviewDecision

    Before = Mapping[str, Mapping[str, FieldValue]]


def require_reason(why: object, what: str = "") -> None:
    """Raise InvalidValueError beside the status note where nobody says why debt is accepted."""
    if not why:
        raise InvalidValueError(
            "status_note",
            f"nobody says why {what or 'this'} is accepted",
            "write the reason into the status note (--note on the command line)",
        )


@dataclass(slots=True)
class Terms:
    """The terms of what one verb accepts: who writes, on which day (UTC), in which register."""

    session: Session
    actor: str
    today: date
    _days: dict[Severity, int] = field(default_factory=dict)

    def of(self, state: State, wanted: Mapping[str, Json], *, anew: bool = False) -> State:
        """What an item that says `state` and is to say `wanted` says of its acceptance besides.

        With `anew` the decision is taken again where it stands already. Raises InvalidValueError where debt is
        accepted without a reason or without a name.
        """
        after = {**state, **wanted}
        if after["status"] != Status.ACCEPTED.value:
            return {}
        begins = state["status"] != Status.ACCEPTED.value
        if begins or "status_note" in wanted:
            require_reason(wanted.get("status_note"), str(after["key"]))
        if "accepted_by" in wanted and not wanted["accepted_by"]:
            raise InvalidValueError("accepted_by", f"nobody is named who accepts {after['key']}", "name who decides")
        said: State = {}
        if begins and not after["accepted_by"]:
            said["accepted_by"] = self.actor
        if "accepted_until" not in wanted and (anew or (begins and not after["accepted_until"])):
            self._days = self._days or self._register_days()
            end = proposed_end(self._days, Severity(str(after["severity"])), self.today)
            said["accepted_until"] = end.isoformat()
        return changed_fields(state, said)

    def _register_days(self) -> dict[Severity, int]:
        facts = self.session.get(RegisterFacts, 1)
        return days_of(facts.accept_for if facts else None)


def add_item(db: Database, values: Mapping[str, FieldValue]) -> Done:
    """Add an item at the end of its category; without a key it gets the category's next free one.

    `extra.NAME` is a column of the register's own. Raises InvalidValueError beside the field that is
    missing or wrong, or a key in use.
    """
    plain, columns = split_extras(values)
    given = {name: checked(name, value) for name, value in plain.items() if value is not None}
    for name in TO_ADD:
        if not given.get(name):
            FIELDS[name].read("")
    with db.write("add") as writer:
        session = writer.session
        category = find_category(reader_of(session), str(given.pop("category")))
        key = str(given.pop("key", None) or next_key(reader_of(session), category.code))
        _refuse_taken(session, key)
        item = Item(
            key=key,
            category_id=category.id,
            position=end_of(session, category.id),
            severity=Severity(str(given["severity"])),
            status=Status.OPEN,
            description=str(given["description"]),
            created=writer.time,
            updated=writer.time,
        )
        fields = {"opened_on": dump(writer.time.date()), "extra": with_extras(None, columns)} | dumped(given)
        begun: State = dict.fromkeys(STANDING) | {"key": key, "status": Status.OPEN.value}
        # What is not said at all is proposed; an end that is said to be none is none.
        ends: State = {"accepted_until": None} if "accepted_until" in plain else {}
        fields |= Terms(session, writer.actor, writer.time.date()).of(begun, ends | fields)
        components = fields.pop("components", None)
        assign(session, item, fields)
        session.add(item)
        session.flush()
        if components is not None:
            assign(session, item, {"components": components})
        created(writer, item)
    return writer.done(f"Added {key}", (key,))


def edit_items(
    db: Database,
    keys: Sequence[str],
    changes: Mapping[str, FieldValue],
    *,
    before: Before | None = None,
    note: str | None = None,
    exactly: bool = False,
    instead: Before | None = None,
    decision: ReviewDecision | None = None,
) -> Done:
    """Give fields of some items new values; `before` is what the person saw: fields by item key.

    `extra.NAME` is a column of the register's own; the others stay. A status that really changes drops the
    old status note, and leaving Accepted drops by whom and until when, unless they are among the changes. Accepting
    needs a status note; who decides is the actor, and until when the severity's days, unless they are among the changes
    (`accepted_until` None: no end).
    What is to stay as the person saw it is left alone, whatever it says now. `instead`: values, but no other key,
    that single items get where `changes` says something else, by item key. Raises ConflictError when a field to
    change no longer says what the person saw; with `exactly`, when any field of `before` does. `decision`: the review
    in which this decides the items, which is undone and redone together with it.
    """
    said = _changed if instead else _edited
    return _edit(
        db,
        "edit",
        keys,
        changes,
        before=before,
        note=note,
        exactly=exactly,
        instead=instead,
        decision=decision,
        said=said,
    )


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
    """Set the status of some items, with a note that stands in brackets behind it in the document.

    Accepting, `before`, `exactly` and `decision` as in `edit_items`, but the status is wanted even where it is the one
    that was seen.
    """
    changes: dict[str, FieldValue] = {"status": status}
    if note is not None:
        changes["status_note"] = note
    return _edit(db, "set-status", keys, changes, before=before, exactly=exactly, decision=decision, said=_stands)


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
    """Accept the debt of some items: why, by whom, and until when at most.

    By default each is accepted for the days of its severity; None is no end. `before` and `decision` as in
    `edit_items`.
    """
    changes: dict[str, FieldValue] = {
        "status": Status.ACCEPTED,
        "status_note": _required_text("status_note", rationale),
        "accepted_by": required_line("accepted_by", by),
    }
    if not isinstance(until, Term):
        changes["accepted_until"] = until
    return _edit(db, "accept", keys, changes, before=before, decision=decision, said=_stands)


def comment(db: Database, keys: Sequence[str], text: str) -> Done:
    """Put a comment on some items."""
    note = _required_text("comment", text)
    with db.write("comment", note=note) as writer:
        items = item_rows(writer.session, keys)
        for item in items:
            writer.record("item", id_of(item), item.key, None, None, None)
    touched = tuple(item.key for item in items)
    return writer.done(f"Commented {counted(touched)}" if touched else NOTHING, touched)


def remove_items(db: Database, keys: Sequence[str], *, seen: Mapping[str, int] | None = None) -> Done:
    """Remove some items with their dependencies and component links; undo brings them back.

    Raises RegisterError, naming who changed what, when an item is no longer in the version that was `seen`.
    """
    with db.write("remove") as writer:
        items = item_rows(writer.session, keys)
        refuse_newer(writer.session, items, seen or {})
        edges = drop_items(writer, items)
    gone = tuple(item.key for item in items)
    also = f" and {number_of(edges, 'dependency', 'dependencies')}" if edges else ""
    return writer.done(f"Removed {counted(gone)}{also}" if gone else NOTHING, gone)


def drop_items(writer: UnitOfWork, items: Sequence[Item]) -> int:
    """Remove items with all that refers to them, and record it; how many dependencies went with them."""
    session = writer.session
    ids = [id_of(item) for item in items]
    states = states_of(reader_of(session), "item", [id_of(item) for item in items])
    edges: dict[int, Dependency] = {}
    for chunk in chunks(ids):
        ends = col(Dependency.source_id).in_(chunk) | col(Dependency.target_id).in_(chunk)
        edges |= {id_of(edge): edge for edge in session.exec(select(Dependency).where(ends))}
    says = states_of(reader_of(session), "dependency", list(edges))
    for edge in edges.values():
        removed(writer, edge, says[id_of(edge)])
        session.delete(edge)
    session.flush()
    unlink_components(session, ids)
    for item in items:
        removed(writer, item, states[id_of(item)])
        session.delete(item)
    session.flush()
    return len(edges)


def _edit(
    db: Database,
    verb: str,
    keys: Sequence[str],
    changes: Mapping[str, FieldValue],
    *,
    said: _Sentence,
    before: Before | None = None,
    note: str | None = None,
    exactly: bool = False,
    instead: Before | None = None,
    decision: ReviewDecision | None = None,
) -> Done:
    plain, columns = split_extras(changes)
    values = _checked(plain)
    others = {name_key(key): _checked(fields) for key, fields in (instead or {}).items()}
    with db.write(verb, note=clean_text("note", note) or None if note else None) as writer:
        session = writer.session
        items = item_rows(session, keys)
        if "key" in values:
            _refuse_rename(session, items, str(values["key"]))
        wanted = _wanted(session, values)
        others_wanted = {key: _wanted(session, fields) for key, fields in others.items()}
        states = states_of(reader_of(session), "item", [id_of(item) for item in items])
        shown = {name_key(key): fields for key, fields in (before or {}).items()}
        plans: list[tuple[Item, State, State]] = []
        cleared: list[State] = []
        terms = Terms(session, writer.actor, writer.time.date())
        conflicts: list[FieldConflict] = []
        for item in items:
            state = states[id_of(item)]
            seen = as_seen(session, shown.get(name_key(item.key), {}), state)
            own = wanted | others_wanted.get(name_key(item.key), {})
            own |= {"extra": with_extras(state["extra"], columns)} if columns else {}
            if verb == "edit" and not exactly:
                own = _unlike(own, seen)
            fields = changed_fields(state, own)
            ended = _ended(state, fields, own)
            fields |= dict.fromkeys(ended) | terms.of(state, own, anew=verb == "accept")
            # What must be as it was seen, though it stays, is wanted as it was seen.
            kept = {name: value for name, value in seen.items() if exactly and name not in own}
            conflicts += conflicts_of(session, item, state, wanted=kept | fields, before=seen)
            plans.append((item, state, fields))
            cleared += [{name: state[name] for name in ended}] if ended else []
        refuse_conflicts(conflicts)
        if decision is not None:
            _decide(writer, decision, items)
        _place(session, [fields for _, _, fields in plans])
        for item, state, fields in plans:
            if fields:
                change_later(writer, item, state, fields)
    touched = tuple(item.key for item, _, fields in plans if fields)
    if not touched and decision is None:
        return writer.done(NOTHING)
    if not touched:
        touched, said = tuple(item.key for item in items), _stays
    told = values.keys() | {"extra"} | {name for fields in others.values() for name in fields}
    names = tuple(dict.fromkeys(name for _, _, fields in plans for name in fields if name in told))
    lost = tuple(dict.fromkeys(name for fields in cleared for name in fields))
    return writer.done(said(touched, names, values) + _lost(cleared, len(touched)), touched, cleared=lost)


def _checked(fields: Mapping[str, FieldValue]) -> dict[str, FieldValue]:
    return {name: checked(name, value) for name, value in fields.items()}


def _unlike(wanted: State, seen: State) -> State:
    """What is wanted otherwise than it was seen."""
    return {name: value for name, value in wanted.items() if name not in seen or not same(name, value, seen[name])}


def _decide(writer: UnitOfWork, decision: ReviewDecision, items: Sequence[Item]) -> None:
    # Reviews build upon these verbs.
    from store.review.commands import decide_items

    decide_items(writer, decision, items)


def _wanted(session: Session, values: Mapping[str, FieldValue]) -> State:
    wanted = dumped(values)
    if "category" in wanted:
        category = find_category(reader_of(session), str(wanted["category"]))
        wanted["category"] = {"id": category.id, "code": category.code}
    return wanted


def _place(session: Session, moves: Sequence[State]) -> None:
    """Give every item that moves a place of its own, in order, at the end of its new category."""
    ends: dict[int, int] = {}
    for fields in moves:
        match fields.get("category"):
            case {"id": int(category)}:
                ends[category] = ends[category] + 1 if category in ends else end_of(session, category)
                fields["position"] = ends[category]


def _ended(state: State, fields: State, wanted: State) -> tuple[str, ...]:
    """What a new status empties: what was said about the old one, unless that is set too."""
    if "status" not in fields:
        return ()
    ended = ["status_note"]
    if state["status"] == Status.ACCEPTED.value:
        ended += ["accepted_by", "accepted_until"]
    return tuple(name for name in ended if name not in wanted and state[name] is not None)


def _lost(cleared: Sequence[State], touched: int) -> str:
    """What was emptied although nobody asked for that: the values of one item, counts for several."""
    notes = [state["status_note"] for state in cleared if "status_note" in state]
    terms = [state for state in cleared if state.keys() & {"accepted_by", "accepted_until"}]
    parts: list[str] = []
    if notes:
        parts.append(f"its note {quoted(str(notes[0]))}" if touched == 1 else number_of(len(notes), "note"))
    if terms and touched == 1:
        by, until = terms[0].get("accepted_by"), terms[0].get("accepted_until")
        parts.append("its acceptance" + (f" by {by}" if by else "") + (f" until {until}" if until else ""))
    elif terms:
        parts.append(number_of(len(terms), "acceptance"))
    return f"; removed {in_a_row(parts)}" if parts else ""


def end_of(session: Session, category: int) -> int:
    """The position behind the last item of a category."""
    last = session.exec(select(func.max(Item.position)).where(Item.category_id == category)).one()
    return 0 if last is None else last + 1


def _refuse_taken(session: Session, key: str) -> None:
    if taken := key_taken(reader_of(session), key):
        raise InvalidValueError("key", f"the key {taken} is in use", "choose another one")


def _refuse_rename(session: Session, items: Sequence[Item], key: str) -> None:
    if len(items) != 1:
        raise InvalidValueError("key", "several items cannot have one key", "rename them one by one")
    if not same_name(key, items[0].key):
        _refuse_taken(session, key)


def _required_text(name: str, typed: str) -> str:
    if text := clean_text(name, typed):
        return text
    raise InvalidValueError(name, f"{name.replace('_', ' ')} is empty", "type a few words")


_Sentence = Callable[[tuple[str, ...], tuple[str, ...], "Mapping[str, FieldValue]"], str]


def _edited(touched: tuple[str, ...], names: tuple[str, ...], values: Mapping[str, FieldValue]) -> str:
    if names == ("status",):
        return _stands(touched, names, values)
    return _changed(touched, names, values)


def _changed(touched: tuple[str, ...], names: tuple[str, ...], _: Mapping[str, FieldValue]) -> str:
    labels = [FIELDS[name].label.lower() if name in FIELDS else "columns of its own" for name in names]
    listed = in_a_row(labels)
    return f"Changed {listed} of {counted(touched)}"


def _stays(kept: tuple[str, ...], _: tuple[str, ...], __: Mapping[str, FieldValue]) -> str:
    return f"{counted(kept)} {'stays as it is' if len(kept) == 1 else 'stay as they are'}"


def _stands(touched: tuple[str, ...], _: tuple[str, ...], values: Mapping[str, FieldValue]) -> str:
    return f"{counted(touched)} {'is' if len(touched) == 1 else 'are'} {show(values['status'])}"


def reopen(
    db: Database,
    keys: Sequence[str] | None = None,
    *,
    before: Mapping[str, Mapping[str, FieldValue]] | None = None,
) -> Done:
    """Let accepted debt be Open again, in one step: all whose acceptance has ended, or the items that are named.

    A named item is opened whether its acceptance has ended or not: whoever names it has decided. `before` is what the
    person saw, as in `edit_items`. Raises RegisterError for an item that is not accepted, ConflictError where somebody
    accepted it anew meanwhile.
    """
    with db.read() as session:
        if keys is None:
            ended = [row for row in accepted(session) if row.state == "ended"]
            seen = {row.key: {"status": Status.ACCEPTED, "accepted_until": row.until} for row in ended}
        else:
            items = plain_items(session, in_rows("item.id", (item.id for item in find_items(session, keys))))
            for item in items:
                if item.status is not Status.ACCEPTED:
                    raise RegisterError(
                        f"{item.key} is {item.status.value}, not Accepted", "`ai-debt accepted` lists what is accepted"
                    )
            seen = {item.key: {"status": item.status, "accepted_until": item.accepted_until} for item in items}
    if not seen:
        return Done("No acceptance has ended")
    return set_status(db, tuple(seen), Status.OPEN, before=before or seen, exactly=True)


def item_row(session: Session, key: str) -> Item:
    """The item of a key. Raises NotFoundError naming the nearest key there is."""
    return item_rows(session, (key,))[0]


def item_rows(session: Session, keys: Iterable[str]) -> list[Item]:
    """The items of some keys, each once, in the order given. Raises NotFoundError for the first that is not there."""
    ids = [item.id for item in find_items(reader_of(session), keys)]
    rows: dict[int | None, Item] = {}
    for chunk in chunks(ids):
        rows |= {row.id: row for row in session.exec(select(Item).where(col(Item.id).in_(chunk)))}
    return [rows[item] for item in ids]
