"""The forms of signals: attach them, detach them, mute them, and make an item or a rule of one."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from store.enums import Direction, Severity, Status
from store.errors import InvalidValueError, QueryError
from store.formats.dates import parse_date
from store.formats.signals.matchers import parse_matchers, propose_matchers
from store.text import join_few, number_of
from tui.editing.drafts import Purpose
from tui.editing.fields import FormField, Values, from_list, from_list_of_many
from tui.editing.form import ask_form
from tui.editing.item_dialogs import add_item, propose_items
from tui.lazy import signal_commands, signal_queries
from tui.render.text import cut, line

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from store.queries.signals import SignalRow
    from tui.screens.base import StoreScreen
    from tui.widgets.suggestions import Proposal

MUTED_DAYS = 7
"""For how many days a signal is proposed to be muted."""
NAME = 40
"""The cells of a signal's name in a title."""


def called(rows: Sequence[SignalRow]) -> str:
    """What a title calls some signals: the name of one, the number of several."""
    return cut(line(rows[0].name), NAME) if len(rows) == 1 else number_of(len(rows), "signal")


def _numbers(rows: Sequence[SignalRow]) -> list[int]:
    return [row.number for row in rows]


def _purpose(command: str, rows: Sequence[SignalRow]) -> Purpose:
    return Purpose(command, " ".join(map(str, _numbers(rows))))


def typed_keys(typed: str) -> list[str]:
    """The keys of items in a field, which `;` separates. Raises InvalidValueError without any."""
    keys = [part.strip() for part in typed.split(";") if part.strip()]
    if not keys:
        raise InvalidValueError("items", "no item is named", "type the key of an item")
    return keys


async def attach(screen: StoreScreen, rows: Sequence[SignalRow], *, proposed: str | None = None) -> bool:
    """Attach signals to items, the one of the key `proposed` to begin with; whether that was done."""
    is_new = any(proposed not in row.keys for row in rows)

    async def propose(typed: str) -> Sequence[Proposal]:
        *before, last = typed.split(";")
        head = "".join(f"{part.strip()}; " for part in before)
        return [replace(each, value=f"{head}{each.value}") for each in await propose_items(screen.store, last)]

    async def save(values: Values) -> None:
        keys = typed_keys(values["items"])
        await screen.change_or_raise(screen.store.write(signal_commands.attach, _numbers(rows), keys))

    hint = "a key or words of the item; several keys with ; between them"
    value = (proposed or "") if is_new else ""
    field = FormField("items", "Item", value, hint, check=typed_keys, propose=propose)
    purpose = _purpose("signal.attach", rows)
    return await ask_form(screen, f"Attach {called(rows)}", (field,), save, purpose=purpose, verb="attach")


async def detach(screen: StoreScreen, rows: Sequence[SignalRow]) -> bool:
    """Detach signals from the one item that they are attached to, else ask from which."""
    keys = list(dict.fromkeys(key for row in rows for key in row.keys))
    if not keys:
        screen.say(f"{line(called(rows))}: attached to no item")
        return False

    async def write(named: Sequence[str]) -> None:
        await screen.change_or_raise(screen.store.write(signal_commands.detach, _numbers(rows), named))

    if len(keys) == 1:
        await write(keys)
        return True

    async def save(values: Values) -> None:
        await write(typed_keys(values["items"]))

    hint = f"attached to {join_few(keys)}; several keys with ; between them"
    field = FormField("items", "Item", "", hint, check=typed_keys, propose=from_list_of_many(keys))
    purpose = _purpose("signal.detach", rows)
    return await ask_form(screen, f"Detach {called(rows)}", (field,), save, purpose=purpose, verb="detach")


async def mute(screen: StoreScreen, rows: Sequence[SignalRow]) -> bool:
    """Mute signals through a day; whether that was done."""
    today = screen.host.target.today

    def day(typed: str) -> date:
        return parse_date(typed, "until", today, Direction.AHEAD)

    def in_numbers(typed: str) -> str:
        return day(typed).isoformat()

    async def save(values: Values) -> None:
        await screen.change_or_raise(screen.store.write(signal_commands.mute, _numbers(rows), day(values["until"])))

    known = max((row.muted_until for row in rows if row.muted_until and row.is_muted), default=None)
    until = known or today + timedelta(days=MUTED_DAYS)
    hint = "the last day on which it is muted, such as 2026-06-30, 2w or friday"
    field = FormField("until", "Until", until.isoformat(), hint, check=day, in_numbers=in_numbers)
    purpose = _purpose("signal.mute", rows)
    return await ask_form(screen, f"Mute {called(rows)}", (field,), save, purpose=purpose, verb="mute")


async def new_item(screen: StoreScreen, row: SignalRow, category: str | None) -> bool:
    """Add an item that says what a signal says, and attach the signal to it; whether that was done."""
    severity = Severity.MEDIUM
    with suppress(InvalidValueError):
        severity = Severity.parse(row.severity or "")
    values = {
        "title": row.name if row.summary else "",
        "description": row.summary or row.name,
        "severity": severity.value,
        "status": Status.OPEN.value,
    }
    title = f"New item from {called([row])}"
    purpose = _purpose("signal.new-item", [row])
    return await add_item(screen, title, values, category, signal=row.number, purpose=purpose)


def check_matchers(typed: str) -> None:
    """Refuse matchers that cannot be read, next to their field."""
    try:
        parse_matchers(typed)
    except QueryError as error:
        raise InvalidValueError("matchers", f"column {error.column + 1}: {error.what}", error.remedy) from None


async def make_rule(screen: StoreScreen, row: SignalRow | None) -> bool:
    """Add a rule that attaches signals like one, or like none in particular; whether that was done."""
    label = await screen.store.read(signal_queries.item_label)
    matchers = str(propose_matchers(row.name, row.labels, item_label=label)) if row is not None else ""
    names = [name for name, _ in row.labels if name != label] if row is not None else []

    async def propose(typed: str) -> Sequence[Proposal]:
        return await propose_items(screen.store, typed)

    async def save(values: Values) -> None:
        key, component = values["item"].strip(), values["label"].strip()
        if bool(key) is bool(component):
            words = "both an item and a label are named" if key else "neither an item nor a label is named"
            raise InvalidValueError("item", words, "fill in one of the two")
        add = signal_commands.add_rule
        verb = screen.store.write(add, values["matchers"], key=key or None, label=component or None)
        await screen.change_or_raise(verb)

    fields = (
        FormField(
            "matchers",
            "Matchers",
            matchers,
            'as Alertmanager writes them, such as alertname="FeatureDrift", model=~"mdl-rec.*"',
            long=True,
            check=check_matchers,
        ),
        FormField(
            "item",
            "Item",
            row.keys[0] if row is not None and len(row.keys) == 1 else "",
            "a key or words of the item to attach what matches to",
            propose=propose,
        ),
        FormField(
            "label",
            "or by label",
            "",
            "instead of an item: the label that names a component of open items",
            propose=from_list(names),
        ),
    )
    title = "New rule" if row is None else f"New rule from {called([row])}"
    purpose = _purpose("signal.new-rule", [row] if row is not None else [])
    return await ask_form(screen, title, fields, save, purpose=purpose, verb="add")
