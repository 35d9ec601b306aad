"""Commands on signals: attach them to items, detach and mute them, and keep the rules that attach them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from sqlmodel import col, select

from store.audit.log import prepare_change
from store.audit.snapshots import id_of
from store.commands.conflicts import NOTHING, add_row, edit_row, next_position, remove_row
from store.db.bulk import Insert
from store.db.reader import id_list
from store.enums import Status
from store.errors import InvalidValueError, NotFoundError
from store.formats.signals.matchers import Answers, parse_matchers
from store.formats.signals.model import known_labels
from store.models import Signal, SignalItem, SignalRule
from store.queries.lookup import find_item, find_items
from store.queries.signals import IN_INBOX, find_signals, item_label, signal_rules
from store.text import join_few, name_key, number_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from store.audit.log import Done, PreparedChange, UnitOfWork
    from store.audit.snapshots import State
    from store.db.database import Database
    from store.db.reader import Reader
    from store.formats.signals.matchers import Matchers

    Labels = Sequence[tuple[str, str]]

MOST_RULES = 200
"""Rules that a register may have: each is tried for every signal of a report."""
KEYS = re.compile(r"[\s,;]+")
"""What separates the keys in the value of the label that names items."""


def attach(db: Database, numbers: Sequence[int], keys: Sequence[str]) -> Done:
    """Attach signals to items. Raises NotFoundError for an unknown signal or item."""
    with db.write("attach-signal") as writer:
        items = find_items(writer.reader, keys)
        rows = _signals(writer, numbers)
        for row in rows:
            for item in items:
                attach_signal(writer, row, item.id, item.key)
    named = tuple(item.key for item in items)
    return writer.done(f"Attached {_called(rows)} to {join_few(named)}" if writer.batch else NOTHING, named)


def attach_signal(writer: UnitOfWork, row: Signal, item: int, key: str) -> None:
    """Attach a signal to an item, again if it was detached."""
    present = _attachment(writer, id_of(row), item)
    if present is None:
        add_row(writer, SignalItem(signal_id=id_of(row), item_id=item, key=key, attached=1))
    else:
        edit_row(writer, present, {"attached": 1})


def find_signal(writer: UnitOfWork, number: int) -> Signal:
    """The signal of a number. Raises NotFoundError."""
    return _signals(writer, (number,))[0]


def detach(db: Database, numbers: Sequence[int], keys: Sequence[str]) -> Done:
    """Detach signals from items; rules do not attach them to these items again."""
    with db.write("detach-signal") as writer:
        items = find_items(writer.reader, keys)
        rows = _signals(writer, numbers)
        for row in rows:
            for item in items:
                present = _attachment(writer, id_of(row), item.id)
                if present is not None:
                    edit_row(writer, present, {"attached": 0})
    named = tuple(item.key for item in items)
    return writer.done(f"Detached {_called(rows)} from {join_few(named)}" if writer.batch else NOTHING, named)


def mute(db: Database, numbers: Sequence[int], until: date | None) -> Done:
    """Mute signals through a day, or with None unmute them: a muted signal counts as not firing."""
    with db.write("mute-signal" if until else "unmute-signal") as writer:
        if until is not None and until < writer.time.date():
            raise InvalidValueError("until", f"{until} is past", "choose today or a later day")
        rows = _signals(writer, numbers)
        for row in rows:
            edit_row(writer, row, {"muted_until": None if until is None else until.isoformat()})
    done = f"Muted {_called(rows)} until {until}" if until else f"Unmuted {_called(rows)}"
    return writer.done(done if writer.batch else NOTHING)


def add_rule(db: Database, matchers: str, *, key: str | None = None, label: str | None = None) -> Done:
    """Add a rule at the end: signals that match are attached to the item `key`, or to the open items with a component
    that the value of `label` names. What waits in the inbox and matches is attached at once.

    Raises QueryError for matchers that cannot be read, NotFoundError for an unknown item.
    """
    parsed = str(parse_matchers(matchers))
    with db.write("add-signal-rule") as writer:
        rules = signal_rules(writer.reader)
        if len(rules) >= MOST_RULES:
            raise InvalidValueError("matchers", f"there are already {MOST_RULES} rules", "remove one first")
        item = None if key is None else find_item(writer.reader, key)
        wanted = (parsed, None if item is None else item.id, label)
        for rule in rules:
            if (rule.matchers, rule.item_id, rule.label) == wanted:
                raise InvalidValueError("matchers", f"rule {rule.number} is the same", "change or remove that one")
        position = next_position(writer.reader, "signal_rule")
        row = SignalRule(matchers=parsed, item_id=wanted[1], label=label, position=position)
        add_row(writer, row)
        made = _apply_rules(writer)
    to = item.key if item else f"the open items with the component in {label}"
    also = f"; attached {number_of(len({number for number, _ in made}), 'signal')}" if made else ""
    return writer.done(f"Added rule {id_of(row)}: {parsed} to {to}{also}", (item.key,) if item else ())


def remove_rule(db: Database, number: int) -> Done:
    """Remove a rule; what it attached stays attached. Raises NotFoundError."""
    with db.write("remove-signal-rule") as writer:
        row = _rule(writer, number)
        remove_row(writer, row)
    return writer.done(f"Removed rule {number}: {row.matchers}")


def move_rule(db: Database, number: int, *, before: int | None = None) -> Done:
    """Move a rule before another one, or with None to the end. Raises NotFoundError."""
    with db.write("move-signal-rule") as writer:
        row = _rule(writer, number)
        others = [rule.number for rule in signal_rules(writer.reader) if rule.number != number]
        at = len(others) if before is None else others.index(id_of(_rule(writer, before))) if before != number else 0
        if before != number:
            for position, each in enumerate([*others[:at], number, *others[at:]]):
                edit_row(writer, _rule(writer, each), {"position": position})
    return writer.done(f"Moved rule {number}: {row.matchers}" if writer.batch else NOTHING)


def _apply_rules(writer: UnitOfWork) -> list[tuple[int, int]]:
    """Attach what waits in the inbox and matches a rule: the pairs of signal and item."""
    reader = writer.reader
    waiting = find_signals(reader, IN_INBOX._replace(values=(reader.today.isoformat(),)))
    matching = Matching.of(reader)
    wanted = {row.number: matching.items(row.source, row.name, row.labels) for row in waiting}
    changes: list[PreparedChange] = []
    made = prepare_attachments(reader, writer.verb, wanted, {row.number: row.name for row in waiting}, changes)
    if changes:
        writer.record_prepared(changes)
    return made


class _Target(NamedTuple):
    """An item that a signal may be attached to."""

    id: int
    key: str


class Matching:
    """Which items a signal is about: those that its label names, else those of the first rule that matches."""

    def __init__(
        self,
        label: str,
        keys: Mapping[str, _Target],
        rules: Sequence[tuple[Matchers, _Target | str]],
        components: Mapping[str, Sequence[_Target]],
    ) -> None:
        self._label = label
        self._keys = keys
        answers = {matcher: Answers(matcher) for matchers, _ in rules for matcher in matchers}
        self._rules = [([(each.name, answers[each]) for each in matchers], target) for matchers, target in rules]
        self._components = components

    @classmethod
    def of(cls, reader: Reader) -> Matching:
        """The label, the items and the rules of a register; a rule whose item was removed is skipped."""
        targets = [_Target(*row) for row in reader.tuples("select id, key from item")]
        rules: list[tuple[Matchers, _Target | str]] = []
        for row in signal_rules(reader):
            if row.label is not None:
                rules.append((parse_matchers(row.matchers), row.label))
            elif row.key is not None and row.item_id is not None:
                rules.append((parse_matchers(row.matchers), _Target(row.item_id, row.key)))
        components: dict[str, list[_Target]] = {}
        if any(isinstance(target, str) for _, target in rules):
            for name, item, key in reader.tuples(OPEN_COMPONENTS):
                components.setdefault(name_key(name), []).append(_Target(item, key))
        return cls(item_label(reader), {name_key(each.key): each for each in targets}, rules, components)

    def items(self, source: str, name: str, labels: Labels) -> Sequence[_Target]:
        """The items of a signal; its name and source count as labels where it has none of these names."""
        known = dict(labels)
        named = [self._keys.get(name_key(key)) for key in KEYS.split(known.get(self._label, "")) if key]
        if found := [target for target in dict.fromkeys(named) if target is not None]:
            return found
        known = known_labels(source, name, labels)
        for tests, target in self._rules:
            if all(answers[known.get(name, "")] for name, answers in tests):
                if isinstance(target, str):
                    return self._components.get(name_key(known.get(target, "")), ())
                return (target,)
        return ()


OPEN_COMPONENTS = f"""
select component.name, item.id, item.key
from component join item_component on component.id = item_component.component_id
join item on item.id = item_component.item_id
where item.status in ('{Status.OPEN.value}', '{Status.IN_PROGRESS.value}') order by item.id
"""
PAIRS = """
select signal_id, item_id from signal_item where signal_id in (select value from json_each(:ids))
"""
NEXT_ID = "select coalesce(max(entity_id), 0) + 1 from change where entity = :entity"


def next_id(reader: Reader, entity: str) -> int:
    """The first id that no row of an entity ever had; the trail knows removed rows, too."""
    number: int = reader.value(NEXT_ID, {"entity": entity})
    return number


def prepare_attachments(
    reader: Reader,
    verb: str,
    wanted: Mapping[int, Iterable[_Target]],
    names: Mapping[int, str],
    changes: list[PreparedChange],
) -> list[tuple[int, int]]:
    """Attach signals, by number, to items, except where a person detached one; the pairs that are new.

    What is to be recorded is added to `changes`.
    """
    known = set(reader.tuples(PAIRS, {"ids": id_list(wanted)}))
    made = [
        (number, target) for number, targets in wanted.items() for target in targets if (number, target.id) not in known
    ]
    rows: list[tuple[object, ...]] = []
    for row, (number, target) in enumerate(made, next_id(reader, "signal-item") if made else 0):
        state: State = {
            "signal": {"id": number, "name": names[number]},
            "item_id": target.id,
            "key": target.key,
            "attached": 1,
        }
        called = f"{names[number]} -> {target.key}"
        changes.append(prepare_change(verb, "signal-item", row, called, None, None, state))
        rows.append((row, number, target.id, target.key, 1))
    if rows:
        columns = ("id", "signal_id", "item_id", "key", "attached")
        Insert("signal_item", columns, rows, len(rows)).execute(reader.connection)
    return [(number, target.id) for number, target in made]


def _signals(writer: UnitOfWork, numbers: Sequence[int]) -> list[Signal]:
    """The signals of some numbers, each once. Raises NotFoundError for the first unknown one."""
    wanted = list(dict.fromkeys(numbers))
    found = {id_of(row): row for row in writer.session.exec(select(Signal).where(col(Signal.id).in_(wanted)))}
    for number in wanted:
        if number not in found:
            raise NotFoundError(f"unknown signal {number}", "`ai-debt signals --all` shows their numbers")
    return [found[number] for number in wanted]


def _attachment(writer: UnitOfWork, signal: int, item: int) -> SignalItem | None:
    query = select(SignalItem).where(SignalItem.signal_id == signal, SignalItem.item_id == item)
    return writer.session.exec(query).first()


def _rule(writer: UnitOfWork, number: int) -> SignalRule:
    if (row := writer.session.get(SignalRule, number)) is None:
        raise NotFoundError(f"unknown rule {number}", "`ai-debt signals rules` shows their numbers")
    return row


def _called(rows: Sequence[Signal]) -> str:
    """The name of one signal, the number of several."""
    return rows[0].name if len(rows) == 1 else number_of(len(rows), "signal")
