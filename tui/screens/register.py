"""The register's own page: title, system, purpose, note, project total and the review cadence."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from store.enums import Flag, SavedKind
from store.errors import CHECK_AND_REMOVE, ConflictError, FieldConflict, InvalidValueError, RegisterError
from store.fields import SIGNAL_LABEL, clean_line, clean_text, days_text, policy_text, required_line, typed_days
from store.formats.document.model import CadenceEntry
from store.text import number_of, same_name
from tui.dispatch import bindings
from tui.editing.drafts import Purpose
from tui.editing.fields import FormField, Values
from tui.editing.form import ask_form
from tui.editing.session import EditSession
from tui.lazy import history_queries, overview_queries, policy, saved_query_commands, settings_commands
from tui.render.badges import FLAG_ROLES
from tui.render.lines import Line, emphasized, labeled, labeled_prose, wrapped
from tui.render.text import line
from tui.screens.dialogs import confirm
from tui.screens.page import PageScreen

if TYPE_CHECKING:
    from textual.binding import BindingType

    from store.audit.log import Done
    from store.policy import RuleRow
    from store.queries.overview import RegisterRow
    from tui.async_store import AsyncStore
    from tui.editing.drafts import Draft
    from tui.editing.session import Current
    from tui.render.lines import Line
    from tui.render.text import Glyphs
    from tui.screens.base import StoreScreen
    from tui.widgets.line_list import Built, LineView


def page_lines(row: RegisterRow, rules: tuple[RuleRow, ...], width: int, glyphs: Glyphs) -> Built:
    """The facts, then the cadence and the rules; their lines are stops."""
    lines: list[Line] = [*wrapped(emphasized(line(row.title), "strong accent"), width)]
    for name, label, long in FACTS[1:]:
        if long:
            lines += [(), ((label, "label"),), *wrapped(emphasized(fact_text(row, name) or "none yet"), width)]
        else:
            lines += labeled_prose(label, shown_fact(row, name), width)
    lines.append(())
    if row.last_updated:
        lines += labeled("Last updated", f"{row.last_updated.isoformat()}, as the document says", width)
    if row.document_path:
        lines += labeled("Document", row.document_path, width)
    lines += [(), (("Review cadence", "label"),)]
    targets: dict[int, str] = {}
    for number, entry in enumerate(row.cadence):
        targets[len(lines)] = str(number)
        lines += wrapped((*emphasized(f"{line(entry.label)}: ", "strong"), *emphasized(entry.text)), width, "  ")
    if not row.cadence:
        lines.append((("none yet", "quiet"),))
    built: Built = (lines, targets)
    rule_lines(rules, built, width, glyphs)
    return built


DAYS = ("mitigate_within", "accept_for")

"""The facts that are days by severity."""

FACTS = (
    ("title", "Title", False),
    ("system", "System", False),
    ("extends", "Extends", False),
    ("project_total", "Total projects", False),
    ("mitigate_within", "Mitigate within", False),
    ("accept_for", "Accept for", False),
    ("signal_label", "Signal label", False),
    ("purpose", "Purpose", True),
    ("note", "Note", True),
)

HINTS = {
    "mitigate_within": "days until open debt is overdue, such as high 30, medium 90",
    "accept_for": "days that debt is accepted for by default, such as high 90, low 365",
    "signal_label": "the label of a signal that names its item, such as debt_item",
}


def project_total(typed: str) -> int | None:
    """A whole number of projects, None where blank."""
    text = typed.strip().replace(",", "")
    if not text:
        return None
    if not text.isdigit() or int(text) == 0 or len(text) > 12:
        raise InvalidValueError("project_total", f"{typed.strip()!r} is not a number of projects", "write it as 3000")
    return int(text)


def read_fact(name: str, typed: str) -> str | int | None:
    """The stored value of a register fact. Raises InvalidValueError."""
    if name == "project_total":
        return project_total(typed)
    if name in DAYS:
        return typed_days(name, typed) or None
    if name == "title":
        return required_line(name, typed)
    return (clean_text if name in ("purpose", "note") else clean_line)(name, typed) or None


def fact_text(row: RegisterRow, name: str) -> str:
    """A register fact as a form shows it."""
    return "" if (value := fact_value(row, name)) is None else str(value)


def shown_fact(row: RegisterRow, name: str) -> str:
    """A register fact as its page shows it, with what holds where it says nothing."""
    if name in DAYS:
        return policy_text(name, getattr(row, name))
    return fact_text(row, name) or (SIGNAL_LABEL if name == "signal_label" else "not set")


def fact_value(row: RegisterRow, name: str) -> str | int | None:
    """A register fact as forms know it; days by severity as the text that is typed."""
    value = getattr(row, name)
    return days_text(value) or None if name in DAYS else value


def facts_session(store: AsyncStore, row: RegisterRow) -> EditSession:
    """The register's facts but the cadence, while they are edited."""
    labels = {name: label for name, label, _ in FACTS}

    async def fetch(name: str) -> Current:
        row = await store.read(overview_queries.register_row)
        return name, {name: fact_value(row, name) for name in labels}

    seen = {name: fact_value(row, name) for name in labels}
    return EditSession(
        store, "register", "register", seen, fetch, subject="the register", labels=labels, read=read_fact
    )


class CadenceEdit:
    """One entry of the review cadence that is edited, or with `entry` None one that is new; the others stay."""

    def __init__(self, store: AsyncStore, entry: CadenceEntry | None) -> None:
        self.store = store
        self.is_new = entry is None
        seen = {"label": entry.label, "text": entry.text} if entry else {}
        subject = "this entry of the cadence"
        self.session = EditSession(
            store, "register", "register", seen, self._fetch, subject=subject, author=self._author
        )

    @property
    def entry(self) -> CadenceEntry:
        """The entry as seen."""
        return CadenceEntry(str(self.session.seen["label"]), str(self.session.seen["text"]))

    async def _author(self, _: str | None) -> str:
        """Who changed the cadence last: the trail has it as one field."""
        return await self.store.read(history_queries.author, "register", "register", "cadence")

    async def _fetch(self, name: str) -> Current | None:
        """The entry that was edited, else the one that has its label or its text."""
        cadence = (await self.store.read(overview_queries.register_row)).cadence
        at = self._place(cadence)
        return None if at is None else (name, {"label": cadence[at].label, "text": cadence[at].text})

    def _place(self, cadence: tuple[CadenceEntry, ...]) -> int | None:
        """The index of the entry now."""
        if self.is_new:
            return None
        seen = self.entry
        same = [each == seen for each in cadence]
        alike = [each.label == seen.label for each in cadence], [each.text == seen.text for each in cadence]
        return next((found.index(True) for found in (same, *alike) if True in found), None)

    async def write(self, new: CadenceEntry | None) -> Done:
        """Let it say something else, or with None be gone. Raises ConflictError where others changed the same of it."""
        cadence = (await self.store.read(overview_queries.register_row)).cadence
        at = self._place(cadence)
        if at is None and not self.is_new:
            raise await self.session.removed_error()
        entries = list(cadence)
        if at is None:
            entries += [new] if new else []
        else:
            entries[at : at + 1] = [await self._merged(cadence[at], new)] if new else []
            if new is None and cadence[at] != self.entry:
                who = await self._author(None)
                what = f"{who} changed this entry since you looked at it"
                raise RegisterError(what, CHECK_AND_REMOVE)
        changes, before = {"cadence": tuple(entries)}, {"cadence": cadence}
        return await self.store.write(settings_commands.set_register, changes, before=before)

    async def _merged(self, theirs: CadenceEntry, mine: CadenceEntry) -> CadenceEntry:
        """What I changed next to what they changed. Raises ConflictError where both changed the same."""
        seen = self.entry
        label = mine.label if mine.label != seen.label else theirs.label
        text = mine.text if mine.text != seen.text else theirs.text
        sides = (("label", seen.label, mine.label, theirs.label), ("text", seen.text, mine.text, theirs.text))
        contested = [side for side in sides if side[1] not in side[2:] and side[2] != side[3]]
        if contested:
            who = await self._author(None)
            raise ConflictError(
                tuple(
                    FieldConflict(key="the review cadence", field=name, before=was, mine=own, theirs=now, by=who)
                    for name, was, own, now in contested
                )
            )
        return CadenceEntry(label, text)


MARK = "rule "

"""What the target of a rule's line begins with."""


def rule_lines(rules: tuple[RuleRow, ...], built: Built, width: int, glyphs: Glyphs) -> None:
    """Each rule's name and query, and what it finds in words; the names are stops."""
    lines, targets = built
    lines += [(), (("Escalation rules", "label"),)]
    for rule in rules:
        targets[len(lines)] = MARK + rule.name
        lines += wrapped(((line(rule.name), "strong"), (f"  {line(rule.query)}", "code")), width, "  ")
        lines += [((" " * 2, ""), *each) for each in wrapped(_found(rule, glyphs), max(width - 2, 12))]
    if not rules:
        lines.append((("none yet", "quiet"),))


def _found(rule: RuleRow, glyphs: Glyphs) -> Line:
    """`▲ broken by 2 items; 3 items unknown`."""
    if rule.problem:
        return ((f"invalid: {line(rule.problem)}", "warning"),)
    broken = f"{glyphs.flag(Flag.ESCALATED)} broken by {number_of(len(rule.broken), 'item')}"
    first: Line = ((broken, FLAG_ROLES[Flag.ESCALATED]),) if rule.broken else (("not broken", "quiet"),)
    return (*first, (f"; {number_of(len(rule.unknown), 'item')} unknown", "quiet")) if rule.unknown else first


def rule_session(store: AsyncStore, name: str, query: str) -> EditSession:
    """A rule that is edited."""

    async def fetch(name: str) -> Current | None:
        found = next((rule for rule in await store.read(policy.rules) if rule.name == name), None)
        return None if found is None else (name, {"name": found.name, "query": found.query})

    return EditSession(store, "rule", name, {"name": name, "query": query}, fetch, subject="the rule {name}")


class RegisterScreen(PageScreen):
    """Shows the register's facts and edits them."""

    CONTEXT = "register"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("register")]

    def __init__(self, store: AsyncStore) -> None:
        super().__init__("Register", store)
        self.row: RegisterRow | None = None
        self.rules: tuple[RuleRow, ...] = ()

    async def load(self, *, choose: str | None = None) -> None:  # noqa: ARG002 (no item here)
        """The facts and the rules as of now."""
        row = self.row = await self.store.read(overview_queries.register_row)
        rules = self.rules = await self.store.read(policy.rules)
        self.lines.show(lambda width: page_lines(row, rules, width, self.host.glyphs))

    async def resume(self, draft: Draft) -> None:
        """Open the form of a draft."""
        row = self.row
        if row is None:
            return
        if draft.purpose.command == "register.edit":
            await self._edit(row)
        elif draft.purpose.command == "register.cadence-new":
            await self._cadence_form(None)
        elif draft.purpose.command in ("register.rule-new", "register.rule-edit"):
            await self.resume_rule(draft.purpose.name)
        else:
            entry = CadenceEdit(self.store, CadenceEntry(draft.seen.get("label", ""), draft.seen.get("text", "")))
            now = await entry.session.current()
            if now is None:
                raise await entry.session.removed_error()
            await self._cadence_form(CadenceEntry(str(now["label"]), str(now["text"])))

    def action_edit(self) -> None:
        """Edit the facts."""
        if self.row is not None:
            self.converse(self._edit(self.row))

    async def _edit(self, row: RegisterRow) -> None:
        facts = facts_session(self.store, row)

        async def save(values: Values) -> None:
            new = {name: read_fact(name, typed) for name, typed in values.items()}
            changes = {name: value for name, value in new.items() if value != facts.seen[name]}
            if changes:
                seen = facts.seen.items()
                before = {name: value for name, value in seen if value is None or isinstance(value, str | int)}
                await self.change_or_raise(self.store.write(settings_commands.set_register, changes, before=before))

        fields = [
            FormField(name, label, fact_text(row, name), HINTS.get(name, ""), long=long, check=partial(read_fact, name))
            for name, label, long in FACTS
        ]
        await ask_form(self, "The register", fields, save, session=facts, purpose=Purpose("register.edit"))

    def action_cadence_new(self) -> None:
        """Add a cadence entry."""
        if self.row is not None:
            self.converse(self._cadence_form(None))

    def action_rule_new(self) -> None:
        """Add a rule."""
        if self.row is not None:
            self.converse(self.rule_form(None))

    @property
    def _chosen_rule(self) -> RuleRow | None:
        """The rule of the chosen line."""
        return next((rule for rule in self.rules if self.lines.chosen == MARK + rule.name), None)

    def action_cadence_edit(self) -> None:
        """Edit the chosen cadence entry or rule."""
        if (rule := self._chosen_rule) is not None:
            self.converse(self.rule_form(rule.name, rule.query))
        elif self.row is not None and self.lines.chosen is not None:
            self.converse(self._cadence_form(self.row.cadence[int(self.lines.chosen)]))

    async def _cadence_form(self, seen: CadenceEntry | None) -> None:
        entry = CadenceEdit(self.store, seen)

        async def save(values: Values) -> None:
            new = CadenceEntry(required_line("label", values["label"]), clean_text("text", values["text"]))
            await self.change_or_raise(entry.write(new))

        label, text = (seen.label, seen.text) if seen is not None else ("", "")
        hint = "such as Debt review frequency"
        fields = (
            FormField("label", "Label", label, hint, check=lambda t: required_line("label", t)),
            FormField("text", "Text", text, long=True, check=lambda t: clean_text("text", t)),
        )
        purpose = Purpose("register.cadence-edit" if seen is not None else "register.cadence-new")
        watched = entry.session if seen is not None else None
        verb = "add" if seen is None else "save"
        await ask_form(self, "Review cadence", fields, save, session=watched, purpose=purpose, verb=verb)

    def action_cadence_remove(self) -> None:
        """Remove the chosen cadence entry or rule."""
        if (rule := self._chosen_rule) is not None:
            self.converse(self.remove_rule(rule.name))
            return
        row, target = self.row, self.lines.chosen
        if row is None or target is None:
            return
        entry = row.cadence[int(target)]

        async def flow() -> None:
            if await confirm(self, f"Remove {line(entry.label)!r} from the cadence?", yes="y", label="remove"):
                await self.change(CadenceEdit(self.store, entry).write(None))

        self.converse(flow())

    def on_line_view_opened(self, event: LineView.Opened) -> None:
        """Enter edits the cadence entry or the rule."""
        event.stop()
        self.action_cadence_edit()

    # Escalation rules

    async def rule_form(self, name: str | None, query: str = "") -> None:
        """Ask for a rule's name and query; with `name`, of the rule that has it."""
        watched = rule_session(self.store, name, query) if name is not None else None

        async def save(values: Values) -> None:
            if watched is None:
                if any(same_name(rule.name, values["name"]) for rule in await self.store.read(policy.rules)):
                    raise RegisterError(f"there is a rule {values['name'].strip()} already", "choose another name")
                verb = self.store.write(
                    saved_query_commands.save_query, SavedKind.RULE, values["name"], values["query"]
                )
                await self.change_or_raise(verb)
                return
            changes, before = {name: values[name] for name in ("name", "query")}, {"query": str(watched.seen["query"])}
            edit = saved_query_commands.edit_query
            await self.change_or_raise(self.store.write(edit, SavedKind.RULE, watched.name, changes, before=before))

        fields = (
            FormField(
                "name", "Name", name or "", "a name for what must not happen", check=lambda t: required_line("name", t)
            ),
            FormField(
                "query",
                "Query",
                query,
                "what breaks it, such as severity:high status:open,in-progress age:>30d",
                check=lambda t: required_line("query", t),
            ),
        )
        purpose = Purpose("register.rule-new" if name is None else "register.rule-edit", name or "")
        verb = "add" if watched is None else "save"
        await ask_form(self, "An escalation rule", fields, save, session=watched, purpose=purpose, verb=verb)

    async def resume_rule(self, name: str) -> None:
        """Open the form of a draft. Raises RegisterError where the rule is gone."""
        found = next((rule for rule in await self.store.read(policy.rules) if rule.name == name), None)
        if name and found is None:
            raise RegisterError(f"the rule {name} is gone")
        await self.rule_form(found.name if found else None, found.query if found else "")

    async def remove_rule(self, name: str) -> None:
        """Remove a rule, after another key."""
        back = f"{self.key_of('change.undo')} on the dashboard brings it back"
        if await confirm(self, f"Remove the rule {line(name)!r}? {back}.", yes="y", label="remove"):
            await self.change(self.store.write(saved_query_commands.remove_query, SavedKind.RULE, name))


async def register_page(screen: StoreScreen, _: str) -> None:
    """Show and edit the register's settings."""
    await screen.show(RegisterScreen(screen.store))
    await screen.load()
