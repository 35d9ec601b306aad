"""The escalation rules on the register's own page: listed beside the cadence, added, edited, renamed, removed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.enums import Flag
from store.errors import RegisterError
from store.fields import required_line
from store.text import same_name
from tui.drafts import Purpose
from tui.lines import wrapped
from tui.marks import FLAG_ROLES, counted
from tui.screens.base import Flows
from tui.screens.form_field import FormField, Values
from tui.screens.watching import Watched
from tui.text import line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from store.policy import RuleRow
    from tui.gateway import Gateway
    from tui.lines import Line
    from tui.screens.watching import Value
    from tui.text import Glyphs
    from tui.widgets.built_view import Built

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
    """`▲ broken by 2 items; cannot tell of 3`."""
    if rule.problem:
        return ((f"not understood: {line(rule.problem)}", "warning"),)
    broken = f"{glyphs.flag(Flag.ESCALATED)} broken by {counted(len(rule.broken), 'item')}"
    first: Line = ((broken, FLAG_ROLES[Flag.ESCALATED]),) if rule.broken else (("broken by no item", "quiet"),)
    return (*first, (f"; cannot tell of {counted(len(rule.unknown), 'item')}", "quiet")) if rule.unknown else first


class WatchedRule(Watched):
    """A rule while somebody edits it."""

    entity = "rule"

    def __init__(self, store: Gateway, name: str, query: str) -> None:
        super().__init__(store, name, {"name": name, "query": query})

    @property
    def called(self) -> str:
        """What sentences call it."""
        return f"the rule {self.name}"

    async def now(self) -> Mapping[str, Value] | None:
        """Its name and query, None where it is gone."""
        found = next((rule for rule in await self.store.rules() if rule.name == self.name), None)
        return None if found is None else {"name": found.name, "query": found.query}


class RuleForms(Flows):
    """Adds, edits and removes rules."""

    async def rule_form(self, name: str | None, query: str = "") -> None:
        """Ask for a rule's name and query; with `name`, of the rule that has it."""
        watched = WatchedRule(self.store, name, query) if name is not None else None

        async def save(values: Values) -> None:
            if watched is None:
                if any(same_name(rule.name, values["name"]) for rule in await self.store.rules()):
                    raise RegisterError(f"there is a rule {values['name'].strip()} already", "choose another name")
                await self.change_or_raise(self.store.save_rule(values["name"], values["query"]))
                return
            seen = str(watched.seen["query"])
            edit = self.store.edit_rule(watched.name, new_name=values["name"], query=values["query"], before=seen)
            await self.change_or_raise(edit)

        fields = (
            FormField("name", "Name", name or "", "what the rule forbids", check=lambda t: required_line("name", t)),
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
        await self.ask("An escalation rule", fields, save, watched=watched, purpose=purpose, verb=verb)

    async def resume_rule(self, name: str) -> None:
        """Open the form of a draft. Raises RegisterError where the rule is gone."""
        found = next((rule for rule in await self.store.rules() if rule.name == name), None)
        if name and found is None:
            raise RegisterError(f"the rule {name} is gone")
        await self.rule_form(found.name if found else None, found.query if found else "")

    async def remove_rule(self, name: str) -> None:
        """Remove a rule, after another key."""
        back = f"{self.key_of('change.undo')} on the dashboard brings it back"
        if await self.confirm(f"Remove the rule {line(name)!r}? {back}.", yes="y", label="remove"):
            await self.change(self.store.remove_rule(name))
