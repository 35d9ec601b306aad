"""What the keys do to the chosen item: statuses at once, forms, links, undo."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.errors import RegisterError
from store.fields import FIELDS, ITEM_FIELDS, clean_text, required_line, show
from store.words import Effort, Severity, Status
from tui.screens.base import Flows
from tui.screens.confirm import Choice, ChoiceScreen, ConfirmScreen
from tui.screens.form import FormField, FormScreen, Values, from_list, from_list_of_many
from tui.text import cut, line
from tui.widgets.proposals import Proposal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store.fields import FieldValue
    from store.rows import ItemDetail

FORM_ORDER = (
    "title",
    "severity",
    "status",
    "status_note",
    "owner",
    "due_on",
    "effort",
    "components",
    "affected",
    "description",
    "mitigation_plan",
    "category",
    "key",
    "opened_on",
    "accepted_by",
    "accepted_until",
)
NEW_ORDER = ("category", "key", "title", "severity", "status", "description", "components", "mitigation_plan", "owner")
WORDS: dict[str, tuple[str, ...]] = {
    "severity": tuple(Severity),
    "status": tuple(Status),
    "effort": tuple(Effort),
}


class Editing(Flows):
    """The commands of the chosen item."""

    # Status

    def do_item_set_status_open(self) -> None:
        """Open."""
        self._set_status(Status.OPEN)

    def do_item_set_status_in_progress(self) -> None:
        """In Progress."""
        self._set_status(Status.IN_PROGRESS)

    def do_item_set_status_mitigated(self) -> None:
        """Mitigated."""
        self._set_status(Status.MITIGATED)

    def _set_status(self, status: Status) -> None:
        if self.chosen and self.gateway:
            self.flow(self.change(self.gateway.set_status((self.chosen,), status)))

    def do_item_mitigate_with_note(self) -> None:
        """Mitigated, with a note."""
        key = self.need_item()

        async def save(values: Values) -> None:
            await self.change_or_raise(self.store.set_status((key,), Status.MITIGATED, note=values["note"]))

        field = FormField(
            "note", "Note", hint="what was done, what remains; stands in brackets behind the status", long=True
        )
        self.ask(f"{key} is Mitigated, with a note", (field,), save)

    def do_item_accept(self) -> None:
        """Accept, with rationale, by whom, until when."""
        key = self.need_item()

        async def save(values: Values) -> None:
            until = FIELDS["accepted_until"].read(values["accepted_until"])
            assert until is None or not isinstance(until, (str, tuple))
            await self.change_or_raise(
                self.store.accept((key,), rationale=values["rationale"], by=values["accepted_by"], until=until)  # type: ignore[arg-type]
            )

        async def fields() -> Sequence[FormField]:
            known = await self.store.known()
            return (
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
                    self.store.actor,
                    "who takes the decision",
                    check=lambda typed: required_line("accepted_by", typed),
                    propose=from_list(known.owners),
                ),
                self.item_field("accepted_until", "", "a date such as 2026-03-31; empty means no end"),
            )

        self.ask_later(f"Accept {key}", fields, save)

    # One field at a time

    def do_item_set_severity(self) -> None:
        """Choose a severity."""
        key = self.need_item()

        async def flow() -> None:
            choices = [Choice(word.value[0].lower(), word.value, word.value) for word in Severity]
            chosen = await self.app.push_screen_wait(ChoiceScreen(f"Severity of {key}", choices))
            if chosen is not None:
                await self.change(self.store.edit_items((key,), {"severity": Severity(chosen)}))

        self.flow(flow())

    def do_item_set_owner(self) -> None:
        """Name the owner."""
        self._one_field("owner")

    def do_item_set_due(self) -> None:
        """Name the due date."""
        self._one_field("due_on")

    def _one_field(self, name: str) -> None:
        detail = self.need_detail()

        async def fields() -> Sequence[FormField]:
            owners = (await self.store.known()).owners
            field = self.item_field(name, show(getattr(detail, name)))
            return (field if name != "owner" else FormField(**{**_parts(field), "propose": from_list(owners)}),)  # type: ignore[arg-type]

        async def save(values: Values) -> None:
            await self._save_edit(detail, values)

        self.ask_later(f"{FIELDS[name].label} of {detail.key}", fields, save)

    def do_item_comment(self) -> None:
        """Write a comment."""
        key = self.need_item()

        async def save(values: Values) -> None:
            await self.change_or_raise(self.store.comment((key,), values["comment"]))

        check = FormField("comment", "Comment", long=True, check=lambda typed: required_line("comment", typed))
        self.ask(f"Comment on {key}", (check,), save)

    # Whole items

    @staticmethod
    def item_field(name: str, value: str, hint: str = "") -> FormField:
        """An item's field as a form asks for it."""
        spec = FIELDS[name]
        propose = from_list([str(word) for word in WORDS[name]]) if name in WORDS else None
        return FormField(
            name,
            spec.label,
            value,
            hint or spec.hint,
            long=spec.long or name == "status_note",
            check=spec.read,
            propose=propose,
        )

    async def _item_fields(self, names: Sequence[str], values: Values) -> list[FormField]:
        known = await self.store.known()
        categories = (
            [Proposal(c.code, f"{c.code}  {line(c.name)}") for c in self.view.summary.categories] if self.view else []
        )

        async def propose_category(typed: str) -> Sequence[Proposal]:
            wanted = typed.strip().casefold()
            return [
                p for p in categories if wanted in p.shown.casefold() and p.value.casefold() != wanted
            ] or categories

        async def propose_key(typed: str) -> Sequence[Proposal]:
            codes = [p.value for p in categories if typed.upper().startswith(p.value.upper())] or [
                values.get("category", "")
            ]
            return [
                Proposal(key, f"{key}  the next free one") for key in [await self.store.next_key(c) for c in codes if c]
            ]

        propose = {
            "owner": from_list(known.owners),
            "accepted_by": from_list(known.owners),
            "components": from_list_of_many(known.components),
            "category": propose_category,
            "key": propose_key,
        }
        fields = [self.item_field(name, values.get(name, "")) for name in names]
        return [FormField(**{**_parts(f), "propose": propose.get(f.name, f.propose)}) for f in fields]  # type: ignore[arg-type]

    def do_item_edit(self) -> None:
        """Edit every field."""
        detail = self.need_detail()

        async def fields() -> Sequence[FormField]:
            return await self._item_fields(FORM_ORDER, {name: show(getattr(detail, name)) for name in FORM_ORDER})

        async def save(values: Values) -> None:
            await self._save_edit(detail, values)

        self.ask_later(f"{detail.key}  {line(detail.title) or 'Edit the item'}", fields, save)

    async def _save_edit(self, detail: ItemDetail, values: Values) -> None:
        """Write the fields that differ from what was seen."""
        changes: dict[str, FieldValue] = {}
        before: dict[str, FieldValue] = {}
        for name, typed in values.items():
            seen = getattr(detail, name)
            if typed != show(seen) and (value := FIELDS[name].read(typed)) != seen:
                changes[name], before[name] = value, seen
        if changes:
            key = str(changes.get("key", detail.key))
            await self.change_or_raise(self.store.edit_items((detail.key,), changes, before=before), choose=key)

    def do_item_new(self) -> None:
        """Add an item."""
        code = self.category or (self.detail.category if self.detail else "")
        if not code and self.view and self.view.summary.categories:
            code = self.view.summary.categories[0].code

        async def fields() -> Sequence[FormField]:
            key = await self.store.next_key(code) if code else ""
            values = {"category": code, "key": key, "severity": "Medium", "status": "Open"}
            return await self._item_fields(NEW_ORDER, values)

        async def save(values: Values) -> None:
            known = {field.name: field for field in ITEM_FIELDS}
            read = {name: known[name].read(typed) for name, typed in values.items()}
            await self.change_or_raise(self.store.add_item(read), choose=str(read["key"]))

        self.ask_later("A new item", fields, save)

    def do_item_remove(self) -> None:
        """Remove the item, after another key."""
        detail = self.need_detail()
        edges = len(detail.feeds) + len(detail.fed_by)
        also = f" and its {edges} {'dependency' if edges == 1 else 'dependencies'}" if edges else ""

        async def flow() -> None:
            question = f"Remove {detail.key}{also}? u brings it back."
            if await self.app.push_screen_wait(ConfirmScreen(question, yes="y", label="remove")):
                await self.change(self.store.remove_items((detail.key,)))

        self.flow(flow())

    def do_item_edit_texts(self) -> None:
        """Edit the long texts in an editor."""
        detail = self.need_detail()

        async def flow() -> None:
            from tui.editor import LONG_FIELDS, EditorError, edit_texts

            before = {name: show(getattr(detail, name)) for name in LONG_FIELDS}
            try:
                with self.app.suspend():
                    texts = edit_texts(detail.key, before)
                self.refresh(layout=True)
            except EditorError as error:
                self.refuse(error)
                return
            if texts != before:
                await self.guarded(self._save_edit(detail, texts))

        self.flow(flow())

    def do_item_copy_key(self) -> None:
        """Copy the key."""
        key = self.need_item()
        self.app.copy_to_clipboard(key)
        self.say(f"{key} is on the clipboard, if this terminal allows it")

    # Dependencies

    def do_item_link(self) -> None:
        """Link to another item."""
        detail = self.need_detail()

        async def propose(typed: str) -> Sequence[Proposal]:
            page = await self.store.find(typed.split())
            rows = [row for row in page.items if row.key.casefold() != typed.strip().casefold()]
            return [Proposal(row.key, f"{row.key}  {line(row.lead)}") for row in rows]

        async def save(values: Values) -> None:
            await self.change_or_raise(self.store.link(detail.key, values["target"].strip(), values["label"]))

        fields = (
            FormField(
                "target",
                "Makes worse",
                hint="type a key or words of the item it makes worse",
                check=FIELDS["key"].read,
                propose=propose,
            ),
            FormField(
                "label",
                "Label",
                hint=f"reads: {detail.key} LABEL target",
                check=lambda typed: clean_text("label", typed),
            ),
        )
        self.ask(f"Link {detail.key}  {line(detail.title)}", fields, save)

    async def _pick_edge(self, title: str) -> tuple[str, str, str] | None:
        """One of the chosen item's dependencies as source, target, label."""
        detail = self.need_detail()
        edges = [(detail.key, n.key, n.label) for n in detail.feeds] + [
            (n.key, detail.key, n.label) for n in detail.fed_by
        ]
        if not edges:
            self.say(f"{detail.key} has no dependencies yet")
            return None
        if len(edges) == 1:
            return edges[0]
        keys = "123456789abcdefghijklmopqrstuvwxyz"
        arrow = self.host.glyphs.arrow
        choices = [
            Choice(key, cut(f"{line(s)} {line(label)} {arrow} {line(t)}", 60), str(number))
            for number, (key, (s, t, label)) in enumerate(zip(keys, edges, strict=False))
        ]
        chosen = await self.app.push_screen_wait(ChoiceScreen(title, choices))
        return edges[int(chosen)] if chosen is not None else None

    def do_item_relabel(self) -> None:
        """Change a dependency's label."""

        async def flow() -> None:
            edge = await self._pick_edge("Which label?")
            if edge is None:
                return
            source, target, old = edge

            async def save(values: Values) -> None:
                await self.change_or_raise(self.store.relabel(source, target, old, values["label"]))

            field = FormField(
                "label", "Label", old, f"reads: {source} LABEL {target}", check=lambda typed: clean_text("label", typed)
            )
            await self.app.push_screen_wait(FormScreen(f"{source} to {target}", (field,), save))

        self.flow(flow())

    def do_item_unlink(self) -> None:
        """Remove a dependency."""

        async def flow() -> None:
            edge = await self._pick_edge("Which dependency goes?")
            if edge is not None:
                await self.change(self.store.unlink(*edge))

        self.flow(flow())

    # Undo

    def do_change_undo(self) -> None:
        """Undo my newest change; an import is asked about."""
        self.flow(self._undo())

    async def _undo(self) -> None:
        from tui.gateway import ImportUndoError

        try:
            await self.show_done(await self.store.undo())
        except ImportUndoError as error:
            if await self.app.push_screen_wait(ConfirmScreen(str(error), yes="y", label="undo the import")):
                await self.change(self.store.undo(confirmed=True))
        except RegisterError as error:
            self.refuse(error)

    def do_change_redo(self) -> None:
        """Redo what was undone."""
        self.flow(self.change(self.store.redo()))


def _parts(field: FormField) -> dict[str, object]:
    return {name: getattr(field, name) for name in field.__slots__}
