"""The conflict page: what a field said before, what someone made of it, what I want; one of them is chosen."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, ClassVar, Final

from store.fields import no_value
from store.text import join_few
from tui.dispatch import bindings
from tui.render.lines import Line, Span, wrapped
from tui.render.text import Glyphs, line, safe
from tui.screens.page import PageScreen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from textual.binding import BindingType

    from tui.editing.session import Conflict, Side
    from tui.screens.dialogs import Asks
    from tui.widgets.line_list import Built, LineView

SIDES: Final[tuple[Side, ...]] = ("before", "theirs", "mine")
COMPARED = 1500
"""Words up to which two texts are compared word by word."""
_WORDS = re.compile(r"\S+\s*")


def told_apart(text: str, other: str) -> Iterator[Span]:
    """A text in spans: the words that `other` has not are strong."""
    words, others = _WORDS.findall(text), _WORDS.findall(other)
    if max(len(words), len(others)) > COMPARED:
        yield text, ""
        return
    ours, theirs = ([word.strip() for word in each] for each in (words, others))
    for kind, start, end, _, _ in SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes():
        yield "".join(words[start:end]), "" if kind == "equal" else "strong warning"


def sides(conflict: Conflict) -> tuple[Side, ...]:
    """What can be chosen: what it said before only where that is neither mine nor theirs."""
    return SIDES if conflict.before not in (conflict.mine, conflict.theirs) else ("theirs", "mine")


def conflict_lines(
    conflicts: Sequence[Conflict], chosen: Mapping[str, Side], keys: Mapping[Side, str], width: int, glyphs: Glyphs
) -> Built:
    """Each field with its old, current and chosen values; its heading is a stop."""
    lines: list[Line] = []
    targets: dict[int, str] = {}
    intro = "Nothing is saved yet. Choose a value for each field."
    lines += wrapped(((intro, "quiet"),), width)
    for conflict in conflicts:
        names = {"before": "before", "theirs": line(conflict.by), "mine": "mine"}
        side = chosen.get(conflict.id)
        state = f"{glyphs.arrow} {names[side]}" if side else "not chosen yet"
        lines.append(())
        targets[len(lines)] = conflict.id
        label = f"{conflict.key} {conflict.label}" if conflict.key else conflict.label
        heading: Line = ((f"{line(label)}  ", "strong"), (state, "mitigated strong" if side else "warning"))
        lines += wrapped(heading, width)
        for each in SIDES:
            key = keys[each] if each in sides(conflict) else " "
            text, other = safe(conflict.text(each)), conflict.text("mine" if each == "theirs" else "theirs")
            spans = told_apart(text, safe(other)) if text else iter(((no_value(conflict.name, "nothing"), "quiet"),))
            mark = glyphs.cursor if each == side else " "
            rows = wrapped(((f"{names[each]}: ", "label"), *spans), width - 4, "  ")
            lines.append(((mark, "accent strong"), (f" {key} ", "accent strong"), *rows[0]))
            lines += [(("    ", ""), *row) for row in rows[1:]]
    return lines, targets


async def ask_conflicts(screen: Asks, about: str, conflicts: Sequence[Conflict]) -> Mapping[str, Side] | None:
    """Ask which side each field should have, by the conflict's id; None where its user went back."""
    page = ConflictScreen(about, conflicts)
    await screen.show(page, expected=False)
    return page.answer


class ConflictScreen(PageScreen):
    """Asks for one of the texts of each field; `answer` has them by the conflict's id, None where they went back."""

    CONTEXT = "conflict"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("conflict")]

    def __init__(self, about: str, conflicts: Sequence[Conflict]) -> None:
        keys = list(dict.fromkeys(each.key for each in conflicts if each.key)) or [about]
        title = line(join_few(keys))
        super().__init__(f"{title[:1].upper()}{title[1:]} changed while you were editing")
        self.conflicts = tuple(conflicts)
        self.sides: dict[str, Side] = {}
        self.answer: dict[str, Side] | None = None

    async def load(self, *, choose: str | None = None) -> None:  # noqa: ARG002 (the fields are what they are)
        """Show the fields; the cursor begins at the first."""
        self._show()
        first = next(iter(self.lines.built[1]))
        self.lines.place_cursor(first)

    async def others_changed(self) -> None:
        """What is asked about stays as shown: a further change is asked about when this is written."""

    def _show(self) -> None:
        keys = {c.id: c.keys[0] for c in self.host.commands}
        by_side: dict[Side, str] = {side: keys[f"conflict.{side}"] for side in SIDES}
        glyphs, chosen = self.host.glyphs, dict(self.sides)
        self.lines.show(lambda width: conflict_lines(self.conflicts, chosen, by_side, width, glyphs))

    def show_keys(self) -> None:
        """The keys of what is enabled; once every field is chosen, the one that saves comes first."""
        super().show_keys()
        if len(self.sides) == len(self.conflicts):
            self.keys.show(tuple(sorted(self.keys.commands, key=lambda command: command.id != "conflict.save")))

    def action_choose(self, side: Side) -> None:
        """Choose one of the three texts for the field under the cursor, and go to the next field."""
        conflict = next((each for each in self.conflicts if each.id == self.lines.chosen), None)
        if conflict is None or side not in sides(conflict):
            return
        self.sides[conflict.id] = side
        self._show()
        self.show_keys()
        left = [at for at, field in self.lines.built[1].items() if field not in self.sides]
        if left:
            self._go(next((at for at in left if at > self.lines.cursor), left[0]))

    def action_step(self, step: int) -> None:
        """Go to the next field, or the one before."""
        stops = list(self.lines.built[1])
        at = stops.index(self.lines.cursor) if self.lines.cursor in stops else 0
        self._go(stops[(at + step) % len(stops)])

    def _go(self, at: int) -> None:
        """To a field, with all its lines in view where they fit."""
        end = next((stop for stop in self.lines.built[1] if stop > at), self.lines.row_count)
        self.lines.place_cursor(at)
        if end > self.lines.scroll_offset.y + self.lines.size.height:
            self.lines.scroll_to(y=min(at, end - self.lines.size.height), animate=False, force=True)

    def action_save(self) -> None:
        """Go on, once every field is chosen."""
        left = [each for each in self.conflicts if each.id not in self.sides]
        if left:
            self.say(f"Choose for {line(f'{left[0].key} {left[0].label}')} first")
            return
        self.answer = self.sides
        self.dismiss(None)

    def on_line_view_opened(self, event: LineView.Opened) -> None:
        """Enter continues."""
        event.stop()
        self.action_save()

    def action_cancel(self) -> None:
        """Back to where I was, with all that I typed."""
        self.dismiss(None)
