"""The rules page: which signals are attached to which items, in the order in which the rules are tried."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from tui.dispatch import bindings
from tui.lazy import signal_commands, signal_queries
from tui.render.lines import Line, wrapped
from tui.render.signals import rule_target
from tui.render.text import cut, line
from tui.screens.page import UndoPage
from tui.screens.signal_dialogs import make_rule

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.binding import BindingType

    from store.queries.signals import SignalRuleRow
    from tui.async_store import AsyncStore
    from tui.widgets.line_list import Built, LineView

INDENT = "    "
MATCHERS = 1_000
"""The cells of the matchers of a rule that are shown."""
ON_ONE = frozenset({"signal-rule.move-up", "signal-rule.move-down", "signal-rule.remove"})
"""The commands that act on the rule under the cursor."""


def rule_lines(rows: Sequence[SignalRuleRow], none_yet: str, width: int) -> Built:
    """Each rule: its number and target, below it what it matches."""
    lines: list[Line] = []
    targets: dict[int, str] = {}
    for row in rows:
        targets[len(lines)] = str(row.number)
        target = line(rule_target(row))
        lines += wrapped(((f"{row.number}  ", "quiet"), (target, "warning" if row.is_gone else "strong accent")), width)
        matchers = cut(line(row.matchers), MATCHERS)
        lines += [((INDENT, ""), *part) for part in wrapped(((matchers, ""),), width - len(INDENT))]
    words = "They are tried from top to bottom; the first that matches attaches the signal." if rows else none_yet
    return [*lines, *([()] if rows else []), *wrapped(((words, "quiet"),), width)], targets


class RulesScreen(UndoPage):
    """Lists the rules of signals, adds, moves and removes them."""

    CONTEXT = "signal-rules"
    UNDO, REDO = "signal-rule.undo", "signal-rule.redo"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("signal-rules")]

    def __init__(self, store: AsyncStore) -> None:
        super().__init__("Signal rules", store)
        self.rows: tuple[SignalRuleRow, ...] = ()

    async def load(self, *, choose: str | None = None) -> None:
        """The current rules; the cursor goes to the number `choose`."""
        number = choose or self.lines.chosen
        rows = self.rows = await self.store.read(signal_queries.signal_rules)
        none_yet = f"No rules yet: {self.key_of('signal-rule.new')} adds one."
        self.lines.show(lambda width: rule_lines(rows, none_yet, width))
        for at, target in self.lines.built[1].items():
            if target == number:
                self.lines.place_cursor(at)
        self.show_keys()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What acts on a rule needs one."""
        return super().check_action(action, parameters) and (bool(self.rows) or not ON_ONE.intersection(parameters))

    @property
    def _at(self) -> int | None:
        """The place of the rule under the cursor."""
        numbers = [str(row.number) for row in self.rows]
        return numbers.index(self.lines.chosen) if self.lines.chosen in numbers else None

    def action_new(self) -> None:
        """Add a rule."""
        self.converse(self.guarded(make_rule(self, None)))

    def action_move(self, by: int) -> None:
        """Try the rule one earlier, or one later."""
        at = self._at
        if at is None or not 0 <= at + by < len(self.rows):
            return
        others = [row.number for row in self.rows if row is not self.rows[at]]
        before = others[at + by] if at + by < len(others) else None
        number = self.rows[at].number
        verb = self.store.write(signal_commands.move_rule, number, before=before)
        self.converse(self.change(verb, choose=str(number)))

    def action_remove(self) -> None:
        """Remove the rule; what it attached stays attached."""
        if (at := self._at) is not None:
            self.converse(self.change(self.store.write(signal_commands.remove_rule, self.rows[at].number)))

    def on_line_view_opened(self, event: LineView.Opened) -> None:
        """Enter does nothing here."""
        event.stop()
