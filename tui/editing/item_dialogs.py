"""The conversations about an item, or all that are marked: forms, choices, confirmations, each read straight down."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from textual.app import SuspendNotSupported

from store.enums import UNRATED, Severity, Status, Term
from store.errors import InvalidValueError, RegisterError
from store.fields import (
    BULK_FORM_ORDER,
    FIELDS,
    FORM_ORDER,
    LONG_FIELDS,
    NEW_FORM_ORDER,
    STATUS_FIELDS,
    clean_text,
    required_line,
    show,
)
from store.filters.ast import ItemFilter, phrases
from store.text import join_few, number_of, plural
from tui.editing.drafts import Draft, Purpose, keep_claimed, register_of
from tui.editing.fields import NO_END, FormField, Values, end_field, from_list, item_fields, read_end
from tui.editing.form import ask_form
from tui.editing.session import ItemSession
from tui.lazy import dependency_commands, item_commands, item_queries, lookup, overview_queries, policy
from tui.private_files import PrivateError
from tui.render.text import cut, line, plain_line
from tui.screens.dialogs import Choice, choose, confirm
from tui.widgets.suggestions import Proposal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from store.fields import FieldValue
    from tui.async_store import AsyncStore
    from tui.editing.drafts import Claim
    from tui.editing.item_actions import ItemScreen
    from tui.screens.base import StoreScreen

EDGE_KEYS = "123456789abcdefghijklmopqrstuvwxyz"
LINK_FRAME = 7
"""The rows of a question about links besides the links."""
LINK_INDENT = 7
"""The cells next to a URL in it."""
QUESTION_CELLS = 76
"""The widest question."""
MOST_PROPOSED = 20
"""The items that are proposed as the target of a dependency."""


async def save_edit(screen: ItemScreen, item: ItemSession, values: Mapping[str, str]) -> None:
    """Write the fields that differ from what was seen."""
    changes = item.changes(values)
    if not changes:
        return
    if len(item.keys) > 1:
        await screen.item_actions.write_exactly(item, changes)
        return
    renamed = str(changes["key"]) if "key" in changes and screen.item_actions.items.selected == item.name else None
    verb = screen.store.write(item_commands.edit_items, item.keys, changes, before=item.before())
    await screen.change_or_raise(verb, choose=renamed)


async def _edit_fields(screen: ItemScreen, name: str, title: str, names: Sequence[str]) -> None:
    """Edit some fields of one item, or of several, in a form that follows what others do to them."""
    if " " in name:
        standing = STATUS_FIELDS if "status" in names else ()
        item = await screen.item_actions.session(name, tuple(dict.fromkeys((*names, *standing))))
        values = {each: item.text(each, item.seen[each]) for each in names}
        fields = [_of_many(item, field) for field in await item_fields(screen, names, values)]
        title = title.format(name=item.display_name, title="")
    else:
        detail = await screen.fetch(name)
        item = ItemSession.of(screen.store, detail, names)
        fields = await item_fields(screen, names, {each: show(getattr(detail, each)) for each in names})
        title = title.format(name=name, title=plain_line(detail.title) or "Edit the item")
        if detail.status is Status.ACCEPTED:
            today = screen.host.target.today
            fields = [
                end_field(field.value or NO_END, today) if field.name == "accepted_until" else field for field in fields
            ]

    async def save(values: Values) -> None:
        await save_edit(screen, item, values)

    await ask_form(screen, title, fields, save, session=item)


def _of_many(items: ItemSession, field: FormField) -> FormField:
    """A field that may stay empty where the items say different things."""

    def check(typed: str) -> None:
        if field.check is not None and (typed.strip() or not items.hint(field.name)):
            field.check(items.check(field.name, typed))

    return replace(field, check=check)


async def mitigate_with_note(screen: ItemScreen, name: str) -> None:
    """Mitigated, with a note."""
    item = await screen.item_actions.session(name, STATUS_FIELDS)

    async def save(values: Values) -> None:
        status = Status.parse(values.get("status", Status.MITIGATED.value))
        note = values["status_note"]
        if item.instead({"status": status}):
            await screen.item_actions.write_exactly(item, {"status": status, "status_note": note})
        else:
            before, decision = item.before(), screen.item_actions.items.decision
            verb = screen.store.write(
                item_commands.set_status, item.keys, status, note=note, before=before, decision=decision
            )
            await screen.change_or_raise(verb)

    hint = "what was done, what remains; shown in brackets after the status"
    field = FormField("status_note", "Note", hint=hint, long=True)
    title = f"{item.display_name}: Mitigated, with a note"
    await ask_form(screen, title, (field,), save, session=item, verb="mitigate")


async def accept(screen: ItemScreen, name: str) -> None:
    """Accept, with rationale, by whom, until when."""
    item, today = await screen.item_actions.session(name, STATUS_FIELDS), screen.host.target.today

    async def save(values: Values) -> None:
        status = Status.parse(values.get("status", Status.ACCEPTED.value))
        why, by, until = values["status_note"], values["accepted_by"], read_end(values["accepted_until"], today)
        if status is Status.ACCEPTED and not item.instead({"status": status}):
            before, decision = item.before(), screen.item_actions.items.decision
            verb = screen.store.write(
                item_commands.accept, item.keys, rationale=why, by=by, until=until, before=before, decision=decision
            )
            await screen.change_or_raise(verb)
        else:
            # Someone gave it another status in the meantime, which must stay.
            texts: dict[str, FieldValue] = {"status_note": why, "accepted_by": by}
            texts |= {"accepted_until": until} if not isinstance(until, Term) else {}
            await screen.item_actions.write_exactly(item, {"status": status, **texts})

    known = await screen.store.read(overview_queries.names_in_use)
    ends = await screen.store.read(policy.proposed_ends)
    proposed = {ends[row.severity] for row in await screen.store.read(item_queries.selected_by_key, item.keys)}
    days = [NO_END if day is None else day.isoformat() for day in proposed]
    fields = (
        FormField(
            "status_note",
            "Why",
            long=True,
            hint="why you accept this debt",
            check=lambda typed: required_line("rationale", typed),
        ),
        FormField(
            "accepted_by",
            "Accepted by",
            screen.store.actor,
            "who decides",
            check=lambda typed: required_line("accepted_by", typed),
            propose=from_list(known.owners),
        ),
        end_field(days[0] if len(days) == 1 else Term.BY_SEVERITY.value, today),
    )
    await ask_form(screen, f"Accept {item.display_name}", fields, save, session=item, verb="accept")


async def set_severity(screen: ItemScreen, name: str) -> None:
    """Choose a severity."""
    item = await screen.item_actions.session(name, ("severity",))
    choices = [Choice(word.value[0].lower(), word.value, word.value) for word in Severity]
    choices.append(Choice(UNRATED[0], UNRATED, UNRATED))
    chosen = await choose(screen, f"Severity of {item.display_name}", choices)
    if chosen is not None:
        await screen.item_actions.write(item, {"severity": None if chosen == UNRATED else Severity(chosen)})


async def set_owner(screen: ItemScreen, name: str) -> None:
    """Name the owner."""
    await _edit_fields(screen, name, "Owner of {name}", ("owner",))


async def set_due(screen: ItemScreen, name: str) -> None:
    """Name the due date."""
    await _edit_fields(screen, name, "Due of {name}", ("due_on",))


async def comment(screen: ItemScreen, name: str) -> None:
    """Write a comment."""
    item = await screen.item_actions.session(name, ())

    async def save(values: Values) -> None:
        await screen.change_or_raise(screen.store.write(item_commands.comment, item.keys, values["comment"]))

    field = FormField("comment", "Comment", long=True, check=lambda typed: required_line("comment", typed))
    await ask_form(screen, f"Comment on {item.display_name}", (field,), save, session=item, verb="comment")


async def edit(screen: ItemScreen, name: str) -> None:
    """Edit every field; of several items those that many can be given."""
    names = BULK_FORM_ORDER if " " in name else FORM_ORDER
    await _edit_fields(screen, name, "{name}  {title}", names)


async def edit_texts(screen: ItemScreen, key: str) -> None:
    """Edit the long texts in an editor, with the screen suspended."""
    detail = await screen.fetch(key)
    before = {name: show(getattr(detail, name)) for name in LONG_FIELDS}
    item = ItemSession.of(screen.store, detail, LONG_FIELDS)

    async def save(values: Values) -> None:
        await save_edit(screen, item, values)

    if screen.resuming is not None:
        fields = await item_fields(screen, LONG_FIELDS, before)
        await ask_form(screen, f"Texts of {key}", fields, save, session=item)
        return
    texts = _in_editor(screen, key, before)
    try:
        await save(texts)
    except RegisterError:
        # What was typed in the editor continues in a form, which says or asks what the matter is.
        fields = await item_fields(screen, LONG_FIELDS, before)
        await ask_form(screen, f"Texts of {key}", fields, save, session=item, typed=texts)


def _in_editor(screen: ItemScreen, key: str, before: Mapping[str, str]) -> Values:
    """The texts as the editor leaves them; its file is found again if the program ends first."""
    from tui.editing import external_editor

    texts, target = dict(before), screen.host.target
    claims: list[Claim] = []

    def opened(file: Path) -> None:
        if target.sample:
            return
        draft = Draft(
            Purpose("item.edit-texts", key), texts=before, base=before, seen=before, ended=target.now, file=str(file)
        )
        with suppress(PrivateError):
            claims.append(keep_claimed(register_of(target.place), draft))

    try:
        with screen.app.suspend():
            # An error must not pass through: the terminal would not be taken up again.
            try:
                texts = external_editor.edit_texts(key, before, opened=opened)
            except external_editor.EditorError as error:
                screen.refuse(error)
    except SuspendNotSupported:
        raise RegisterError("this terminal cannot run an editor", "edit the texts in the form instead") from None
    for claim in claims:
        if claim.is_kept_elsewhere:
            claim.release()
        else:
            claim.forget()
    screen.refresh(layout=True)
    return texts


async def new(screen: ItemScreen, key: str) -> None:
    """Add an item, proposed for the chosen category or the category of the chosen item."""
    code = await category_of(screen.store, screen.item_actions.items.category, key)
    values = {"severity": Severity.MEDIUM.value, "status": Status.OPEN.value}
    await add_item(screen, "New item", values, code)


async def category_of(store: AsyncStore, chosen: str | None, key: str | None) -> str | None:
    """The code of the category that is chosen, else that of an item."""
    detail = await store.item(key) if key and not chosen else None
    return chosen or (detail.category if detail else None)


async def add_item(
    screen: StoreScreen,
    title: str,
    values: Values,
    code: str | None,
    *,
    signal: int | None = None,
    purpose: Purpose | None = None,
) -> bool:
    """Add an item, proposed for a category or else the first one; whether that was done.

    signal: the number of the signal to attach to it, on whose page the cursor stays.
    """
    if not code:
        code = next((category.code for category in await screen.store.categories()), "")
    if code:
        values = {**values, "category": code, "key": await screen.store.read(lookup.next_key, code)}

    async def save(values: Values) -> None:
        read = {name: FIELDS[name].read(typed) for name, typed in values.items()}
        verb = screen.store.write(item_commands.add_item, read, signal=signal)
        await screen.change_or_raise(verb, choose=str(read["key"]) if signal is None else None)

    fields = await item_fields(screen, NEW_FORM_ORDER, values)
    return await ask_form(screen, title, fields, save, purpose=purpose, verb="add")


async def propose_items(store: AsyncStore, typed: str) -> Sequence[Proposal]:
    """The items that have the words of a text, but the one whose key it is."""
    page = await store.read(item_queries.page, ItemFilter(phrases(*typed.split())), limit=MOST_PROPOSED)
    rows = [row for row in page.items if row.key.casefold() != typed.strip().casefold()]
    return [Proposal(row.key, f"{row.key}  {plain_line(row.lead)}") for row in rows]


async def remove(screen: ItemScreen, name: str) -> None:
    """Remove the item, or several, after another key."""
    stays = ""
    if " " in name:
        item = await screen.item_actions.session(name, ("version",))
        also = f" ({join_few(item.keys)}) and their dependencies"
        seen = item.versions
    else:
        detail = await screen.fetch(name)
        item = ItemSession.of(screen.store, detail, ())
        shown, edges = screen.item_actions.seen((name,), ("version",)), len(detail.feeds) + len(detail.fed_by)
        also = f" and its {number_of(edges, 'dependency', 'dependencies')}" if edges else ""
        seen = {name: detail.version, **shown.versions}
        if left := sum(row.is_open for row in detail.follow_ups):
            stays = f"\nIts {number_of(left, 'open follow-up')} {plural(left, 'stays', 'stay')} listed."
    back = plural(len(item.keys), "restores it", "restores them")
    undo = screen.key_of("change.undo")
    if await confirm(screen, f"Remove {item.display_name}{also}? {undo} {back}.{stays}", yes="y", label="remove"):
        screen.keys.work_on(item.progress_message)
        try:
            await screen.change_or_raise(screen.store.write(item_commands.remove_items, item.keys, seen=seen))
        except RegisterError:
            screen.keys.hush()
            # It says what someone changed, and asks to look again.
            item.seen = dict(await item.current() or {})
            screen.item_actions.items.saw(item)
            raise


async def open_link(screen: ItemScreen, key: str) -> None:
    """Show the links of an item: a terminal opens the one that is clicked, and a key copies one."""
    links = (await screen.fetch(key)).every_link
    if not links:
        screen.say(f"{key} has no links; {screen.key_of('item.edit')} adds some")
        return
    width, height = screen.app.size
    more, room, choices = screen.host.glyphs.more, height - LINK_FRAME, list[Choice]()
    for letter, each in zip(EDGE_KEYS, links, strict=False):
        room -= 2 + len(each.url) // max(min(width, QUESTION_CELLS) - LINK_INDENT, 1)
        if room < 0 and choices:
            break
        choices.append(Choice(letter, cut(plain_line(each.label) or "link", 60, more), each.url, link=each.url))
    left = len(links) - len(choices)
    leave = f"back; {left:,} more in the item's details" if left else "back"
    if (url := await choose(screen, f"Links of {key}: click to open, key to copy", choices, leave=leave)) is not None:
        screen.item_actions.copy_link(url)


async def link(screen: ItemScreen, name: str) -> None:
    """Link the item, or each of several, to another that it makes worse."""
    item = await screen.item_actions.session(name, ())
    detail = await screen.fetch(name) if len(item.keys) == 1 else None

    async def propose(typed: str) -> Sequence[Proposal]:
        return await propose_items(screen.store, typed)

    async def save(values: Values) -> None:
        target = values["target"].strip()
        found = await screen.store.item(target)
        if found is None:
            raise InvalidValueError("target", f"unknown item {target}", "choose one from the list")
        if detail is None and found.key in item.keys:
            raise InvalidValueError(
                "target", f"{found.key} is one of the marked items", "choose another, or unmark it first"
            )
        verb = screen.store.write(dependency_commands.link_items, item.keys, target, values["label"])
        await screen.change_or_raise(verb)

    makes = "it makes" if detail is not None else "they make"
    fields = (
        FormField(
            "target",
            "Makes worse" if detail is not None else "Make worse",
            hint=f"type a key or words of the item {makes} worse",
            check=FIELDS["key"].read,
            propose=propose,
        ),
        _label_field("", f"reads: {item.keys[0]} LABEL target"),
    )
    title = f"Link {item.display_name}" if detail is None else f"Link {item.display_name}  {plain_line(detail.title)}"
    await ask_form(screen, title, fields, save, session=None if detail is not None else item, verb="link")


def _label_field(label: str, hint: str) -> FormField:
    return FormField("label", "Label", label, hint, check=lambda typed: clean_text("label", typed))


async def _pick_edge(screen: ItemScreen, key: str, title: str) -> tuple[str, str, str] | None:
    """The dependency that is highlighted in the map, else one of the item's, as source, target, label."""
    if screen.resuming is not None and screen.purpose is not None and screen.purpose.edge is not None:
        return screen.purpose.edge
    if screen.item_actions.items.edge is not None:
        return screen.item_actions.items.edge
    detail = await screen.fetch(key)
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
    chosen = await choose(screen, title, choices)
    return edges[int(chosen)] if chosen is not None else None


async def relabel(screen: ItemScreen, key: str) -> None:
    """Change a dependency's label."""
    edge = await _pick_edge(screen, key, "Which label?")
    if edge is None:
        return
    source, target, old = edge

    async def save(values: Values) -> None:
        verb = screen.store.write(dependency_commands.relabel, source, target, old, values["label"])
        await screen.change_or_raise(verb)

    fields = (_label_field(old, f"reads: {source} LABEL {target}"),)
    purpose = Purpose("item.relabel", key, edge)
    await ask_form(screen, f"{source} to {target}", fields, save, purpose=purpose, verb="relabel")


async def unlink(screen: ItemScreen, key: str) -> None:
    """Remove a dependency."""
    edge = await _pick_edge(screen, key, "Remove which dependency?")
    if edge is not None:
        await screen.change_or_raise(screen.store.write(dependency_commands.unlink, *edge))
