"""The conversations about one item: forms, choices and confirmations, each read straight down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import SuspendNotSupported

from store.errors import InvalidValueError, NotFoundError, RegisterError
from store.fields import FIELDS, clean_text, required_line, show
from store.words import Severity, Status
from tui.screens.confirm import Choice
from tui.screens.form import FormField, Values, from_list
from tui.screens.item_fields import EDITED, NEW, item_field, item_fields
from tui.text import cut, line
from tui.widgets.proposals import Proposal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from datetime import date

    from store.fields import FieldValue
    from store.rows import ItemDetail
    from tui.screens.base import Flows

EDGE_KEYS = "123456789abcdefghijklmopqrstuvwxyz"


async def fetch(screen: Flows, key: str) -> ItemDetail:
    """The item as it is now. Raises NotFoundError where somebody removed it."""
    detail = await screen.store.item(key)
    if detail is None:
        raise NotFoundError(f"{key} is gone", "somebody removed it; u brings back what you removed yourself")
    return detail


async def save_edit(screen: Flows, detail: ItemDetail, values: Mapping[str, str]) -> None:
    """Write the fields that differ from what was seen."""
    changes: dict[str, FieldValue] = {}
    before: dict[str, FieldValue] = {}
    for name, typed in values.items():
        seen = getattr(detail, name)
        if typed != show(seen) and (value := FIELDS[name].read(typed)) != seen:
            changes[name], before[name] = value, seen
    if changes:
        key = str(changes.get("key", detail.key))
        await screen.change_or_raise(screen.store.edit_items((detail.key,), changes, before=before), choose=key)


async def mitigate_with_note(screen: Flows, key: str) -> None:
    """Mitigated, with a note."""

    async def save(values: Values) -> None:
        await screen.change_or_raise(screen.store.set_status((key,), Status.MITIGATED, note=values["note"]))

    hint = "what was done, what remains; stands in brackets behind the status"
    await screen.ask(f"{key} is Mitigated, with a note", (FormField("note", "Note", hint=hint, long=True),), save)


async def accept(screen: Flows, key: str) -> None:
    """Accept, with rationale, by whom, until when."""

    async def save(values: Values) -> None:
        await screen.change_or_raise(
            screen.store.accept(
                (key,), rationale=values["rationale"], by=values["accepted_by"], until=_date(values["accepted_until"])
            )
        )

    known = await screen.store.known()
    fields = (
        FormField(
            "rationale",
            "Why",
            long=True,
            hint="why the register lives with this debt",
            check=lambda typed: required_line("rationale", typed),
        ),
        FormField(
            "accepted_by",
            "Accepted by",
            screen.store.actor,
            "who takes the decision",
            check=lambda typed: required_line("accepted_by", typed),
            propose=from_list(known.owners),
        ),
        item_field("accepted_until", "", hint="a date such as 2026-03-31; empty means no end"),
    )
    await screen.ask(f"Accept {key}", fields, save)


def _date(typed: str) -> date | None:
    from store.fields import parse_date

    return parse_date(typed, "accepted_until") if typed.strip() else None


async def set_severity(screen: Flows, key: str) -> None:
    """Choose a severity."""
    choices = [Choice(word.value[0].lower(), word.value, word.value) for word in Severity]
    chosen = await screen.choose_one(f"Severity of {key}", choices)
    if chosen is not None:
        await screen.change_or_raise(screen.store.edit_items((key,), {"severity": Severity(chosen)}))


async def set_owner(screen: Flows, key: str) -> None:
    """Name the owner."""
    await _one_field(screen, key, "owner")


async def set_due(screen: Flows, key: str) -> None:
    """Name the due date."""
    await _one_field(screen, key, "due_on")


async def _one_field(screen: Flows, key: str, name: str) -> None:
    detail = await fetch(screen, key)
    fields = await item_fields(screen, (name,), {name: show(getattr(detail, name))})

    async def save(values: Values) -> None:
        await save_edit(screen, detail, values)

    await screen.ask(f"{FIELDS[name].label} of {key}", fields, save)


async def comment(screen: Flows, key: str) -> None:
    """Write a comment."""

    async def save(values: Values) -> None:
        await screen.change_or_raise(screen.store.comment((key,), values["comment"]))

    field = FormField("comment", "Comment", long=True, check=lambda typed: required_line("comment", typed))
    await screen.ask(f"Comment on {key}", (field,), save)


async def edit(screen: Flows, key: str) -> None:
    """Edit every field."""
    detail = await fetch(screen, key)
    fields = await item_fields(screen, EDITED, {name: show(getattr(detail, name)) for name in EDITED})

    async def save(values: Values) -> None:
        await save_edit(screen, detail, values)

    await screen.ask(f"{key}  {line(detail.title) or 'Edit the item'}", fields, save)


async def edit_texts(screen: Flows, key: str) -> None:
    """Edit the long texts in an editor, with the screen suspended."""
    from tui import editor

    detail = await fetch(screen, key)
    before = {name: show(getattr(detail, name)) for name in editor.LONG_FIELDS}
    texts = before
    try:
        with screen.app.suspend():
            # An error must not pass through: the terminal would not be taken up again.
            try:
                texts = editor.edit_texts(key, before)
            except editor.EditorError as error:
                screen.refuse(error)
    except SuspendNotSupported:
        raise RegisterError(
            "this terminal cannot be handed to an editor", "edit the texts in the form instead"
        ) from None
    screen.refresh(layout=True)
    await save_edit(screen, detail, texts)


async def new(screen: Flows, key: str) -> None:
    """Add an item, proposed for the chosen category or the category of the chosen item."""
    detail = await screen.store.item(key) if key else None
    codes = [category.code for category in screen.view.summary.categories] if screen.view else []
    code = screen.category or (detail.category if detail else "") or (codes[0] if codes else "")
    values = {
        "category": code,
        "key": await screen.store.next_key(code) if code else "",
        "severity": Severity.MEDIUM.value,
        "status": Status.OPEN.value,
    }

    async def save(values: Values) -> None:
        read = {name: FIELDS[name].read(typed) for name, typed in values.items()}
        await screen.change_or_raise(screen.store.add_item(read), choose=str(read["key"]))

    await screen.ask("A new item", await item_fields(screen, NEW, values), save)


async def remove(screen: Flows, key: str) -> None:
    """Remove the item, after another key."""
    detail = await fetch(screen, key)
    edges = len(detail.feeds) + len(detail.fed_by)
    also = f" and its {edges} {'dependency' if edges == 1 else 'dependencies'}" if edges else ""
    if await screen.confirm(f"Remove {key}{also}? u brings it back.", yes="y", label="remove"):
        await screen.change_or_raise(screen.store.remove_items((key,)))


async def link(screen: Flows, key: str) -> None:
    """Link the item to another that it makes worse."""
    detail = await fetch(screen, key)

    async def propose(typed: str) -> Sequence[Proposal]:
        page = await screen.store.find(typed.split())
        rows = [row for row in page.items if row.key.casefold() != typed.strip().casefold()]
        return [Proposal(row.key, f"{row.key}  {line(row.lead)}") for row in rows]

    async def save(values: Values) -> None:
        target = values["target"].strip()
        if await screen.store.item(target) is None:
            raise InvalidValueError("target", f"there is no item {target}", "Down chooses one of those there are")
        await screen.change_or_raise(screen.store.link(key, target, values["label"]))

    target_hint = "type a key or words of the item it makes worse"
    fields = (
        FormField("target", "Makes worse", hint=target_hint, check=FIELDS["key"].read, propose=propose),
        _label_field("", f"reads: {key} LABEL target"),
    )
    await screen.ask(f"Link {key}  {line(detail.title)}", fields, save)


def _label_field(label: str, hint: str) -> FormField:
    return FormField("label", "Label", label, hint, check=lambda typed: clean_text("label", typed))


async def _pick_edge(screen: Flows, key: str, title: str) -> tuple[str, str, str] | None:
    """The dependency that is lit in the map, else one of the item's, as source, target, label."""
    if screen.edge is not None:
        return screen.edge
    detail = await fetch(screen, key)
    edges = [(key, other.key, other.label) for other in detail.feeds]
    edges += [(other.key, key, other.label) for other in detail.fed_by]
    if len(edges) < 2:
        if not edges:
            screen.say(f"{key} has no dependencies yet")
        return edges[0] if edges else None
    arrow = screen.host.glyphs.arrow
    choices = [
        Choice(letter, cut(f"{source} {line(label)} {arrow} {target}", 60, screen.host.glyphs.more), str(number))
        for number, (letter, (source, target, label)) in enumerate(zip(EDGE_KEYS, edges, strict=False))
    ]
    chosen = await screen.choose_one(title, choices)
    return edges[int(chosen)] if chosen is not None else None


async def relabel(screen: Flows, key: str) -> None:
    """Change a dependency's label."""
    edge = await _pick_edge(screen, key, "Which label?")
    if edge is None:
        return
    source, target, old = edge

    async def save(values: Values) -> None:
        await screen.change_or_raise(screen.store.relabel(source, target, old, values["label"]))

    await screen.ask(f"{source} to {target}", (_label_field(old, f"reads: {source} LABEL {target}"),), save)


async def unlink(screen: Flows, key: str) -> None:
    """Remove a dependency."""
    edge = await _pick_edge(screen, key, "Which dependency goes?")
    if edge is not None:
        await screen.change_or_raise(screen.store.unlink(*edge))


CONVERSATIONS: dict[str, Callable[[Flows, str], Awaitable[None]]] = {
    "item.mitigate-with-note": mitigate_with_note,
    "item.accept": accept,
    "item.set-severity": set_severity,
    "item.set-owner": set_owner,
    "item.set-due": set_due,
    "item.comment": comment,
    "item.edit": edit,
    "item.edit-texts": edit_texts,
    "item.new": new,
    "item.remove": remove,
    "item.link": link,
    "item.relabel": relabel,
    "item.unlink": unlink,
}
