"""The register's own page: title, system, purpose, note, project total and the review cadence."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from store.fields import clean_text, required_line
from store.formats.document.model import CadenceEntry
from tui.drafts import Purpose
from tui.lines import Line, emphasised, labelled, wrapped
from tui.screens.form_field import FormField, Values
from tui.screens.page import PageScreen
from tui.screens.register_facts import (
    FACTS,
    HINTS,
    WatchedEntry,
    WatchedFacts,
    fact_text,
    fact_value,
    read_fact,
    shown_fact,
)
from tui.screens.rules import MARK, RuleForms, rule_lines
from tui.text import line
from tui.widgets.runs import bindings

if TYPE_CHECKING:
    from textual.binding import BindingType

    from store.policy import RuleRow
    from store.queries.overview import RegisterRow
    from tui.drafts import Draft
    from tui.gateway import Gateway
    from tui.text import Glyphs
    from tui.widgets.built_view import Built
    from tui.widgets.line_view import LineView


def page_lines(row: RegisterRow, rules: tuple[RuleRow, ...], width: int, glyphs: Glyphs) -> Built:
    """The facts, then the cadence and the rules; their lines are stops."""
    lines: list[Line] = [*wrapped(((line(row.title), "strong accent"),), width)]
    for name, label, long in FACTS[1:]:
        if long:
            lines += [(), ((label, "label"),), *wrapped(emphasised(fact_text(row, name) or "none yet"), width)]
        else:
            lines += labelled(label, shown_fact(row, name), width)
    lines.append(())
    if row.last_updated:
        lines += labelled("Last updated", f"{row.last_updated.isoformat()}, as the document says", width)
    if row.document_path:
        lines += labelled("Document", row.document_path, width)
    lines += [(), (("Review cadence", "label"),)]
    targets: dict[int, str] = {}
    for number, entry in enumerate(row.cadence):
        targets[len(lines)] = str(number)
        lines += wrapped(((f"{line(entry.label)}: ", "strong"), *emphasised(entry.text)), width, "  ")
    if not row.cadence:
        lines.append((("none yet", "quiet"),))
    built: Built = (lines, targets)
    rule_lines(rules, built, width, glyphs)
    return built


class RegisterScreen(RuleForms, PageScreen):
    """Shows the register's facts and edits them."""

    CONTEXT = "register"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("register")]

    def __init__(self, gateway: Gateway) -> None:
        super().__init__("Register", gateway)
        self.row: RegisterRow | None = None
        self.rules: tuple[RuleRow, ...] = ()

    async def load(self, *, choose: str | None = None) -> None:  # noqa: ARG002 (no item here)
        """The facts and the rules as they are now."""
        row = self.row = await self.store.facts()
        rules = self.rules = await self.store.rules()
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
            entry = WatchedEntry(self.store, CadenceEntry(draft.seen.get("label", ""), draft.seen.get("text", "")))
            now = await entry.now()
            if now is None:
                raise await entry.gone()
            await self._cadence_form(CadenceEntry(str(now["label"]), str(now["text"])))

    def do_register_edit(self) -> None:
        """Edit the facts."""
        if self.row is not None:
            self.converse(self._edit(self.row))

    async def _edit(self, row: RegisterRow) -> None:
        facts = WatchedFacts(self.store, "register", {name: fact_value(row, name) for name, _, _ in FACTS})

        async def save(values: Values) -> None:
            new = {name: read_fact(name, typed) for name, typed in values.items()}
            changes = {name: value for name, value in new.items() if value != facts.seen[name]}
            if changes:
                await self.change_or_raise(self.store.set_register(changes, before=facts.before))

        fields = [
            FormField(name, label, fact_text(row, name), HINTS.get(name, ""), long=long, check=partial(read_fact, name))
            for name, label, long in FACTS
        ]
        await self.ask("The register", fields, save, watched=facts, purpose=Purpose("register.edit"))

    def do_register_cadence_new(self) -> None:
        """Add a cadence entry."""
        if self.row is not None:
            self.converse(self._cadence_form(None))

    def do_register_rule_new(self) -> None:
        """Add a rule."""
        if self.row is not None:
            self.converse(self.rule_form(None))

    @property
    def _chosen_rule(self) -> RuleRow | None:
        """The rule of the chosen line."""
        return next((rule for rule in self.rules if self.lines.chosen == MARK + rule.name), None)

    def do_register_cadence_edit(self) -> None:
        """Edit the chosen cadence entry or rule."""
        if (rule := self._chosen_rule) is not None:
            self.converse(self.rule_form(rule.name, rule.query))
        elif self.row is not None and self.lines.chosen is not None:
            self.converse(self._cadence_form(self.row.cadence[int(self.lines.chosen)]))

    async def _cadence_form(self, seen: CadenceEntry | None) -> None:
        entry = WatchedEntry(self.store, seen)

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
        watched = entry if seen is not None else None
        verb = "add" if seen is None else "save"
        await self.ask("Review cadence", fields, save, watched=watched, purpose=purpose, verb=verb)

    def do_register_cadence_remove(self) -> None:
        """Remove the chosen cadence entry or rule."""
        if (rule := self._chosen_rule) is not None:
            self.converse(self.remove_rule(rule.name))
            return
        row, target = self.row, self.lines.chosen
        if row is None or target is None:
            return
        entry = row.cadence[int(target)]

        async def flow() -> None:
            if await self.confirm(f"Remove {line(entry.label)!r} from the cadence?", yes="y", label="remove"):
                await self.change(WatchedEntry(self.store, entry).write(None))

        self.converse(flow())

    def on_line_view_opened(self, event: LineView.Opened) -> None:
        """Enter edits the cadence entry or the rule."""
        event.stop()
        self.do_register_cadence_edit()

    def do_register_close(self) -> None:
        """Back to the dashboard."""
        self.dismiss(None)
