"""What an import would do and what was understood of its document, before anything is written."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, ClassVar, Literal

from rich.cells import cell_len

from store.enums import UNRATED, Severity, Status
from store.formats.document.rules import EVERYTHING, EXTRA, FIELD_NAMES, IGNORED
from tui.dispatch import bindings
from tui.editing.fields import FormField, Values, from_list
from tui.editing.form import FormScreen
from tui.render.import_plan import Row, content_words, list_row, name_row, text_left, word_row
from tui.render.lines import Line, wrapped
from tui.render.text import Glyphs, cut, line
from tui.screens.page import PageScreen
from tui.widgets.suggestions import Proposal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from textual.binding import BindingType

    from store.commands.imports.plan import ImportPlan, Same
    from store.formats.document.rules import ReadingRules
    from store.formats.document.understanding import Understanding
    from tui.render.import_plan import Preview
    from tui.widgets.line_list import Built, LineView

    PlanAgain = Callable[[ReadingRules, Same], Awaitable[Preview]]
    """Reads the document again as was settled. Raises RegisterError."""

SHOWN = 200
TEXT_CELLS = 60
NAME_CELLS = 28
_HINTS = {
    "column": "a field, extra or ignore",
    "severity": "a severity, or unrated",
    "status": "a status",
    "item": "a key, or new",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """How to import: with removals or without, and which side wins where both changed."""

    prune: bool = False
    prefer: Literal["file", "register"] | None = None


class _Page:
    """Lines in sections, some of which can be chosen."""

    def __init__(self, width: int, glyphs: Glyphs) -> None:
        self.lines: list[Line] = []
        self.targets: dict[int, str] = {}
        self.width, self.glyphs = width, glyphs

    def text(self, text: str, style: str = "") -> None:
        """A paragraph."""
        self.lines += wrapped(((text, style),), self.width)

    def section(self, title: str, number: int, rows: Iterable[str], style: str = "") -> None:
        """A title and its rows, of which the first are shown."""
        if not number:
            return
        self.lines.extend([(), ((f"{title} ({number})", "label"),)])
        for row in islice(rows, SHOWN):
            self.lines.extend(wrapped(((row, style),), self.width, "  "))
        self._more(number)

    def table(self, title: str, rows: Sequence[tuple[str | None, Row]]) -> None:
        """A section of rows of two cells, each with what choosing it means."""
        if not rows:
            return
        self.lines.extend([(), ((f"{title} ({len(rows)})", "label"),)])
        cells = min(max(cell_len(row.name) for _, row in rows), NAME_CELLS, self.width // 2)
        for target, row in rows[:SHOWN]:
            if target is not None:
                self.targets[len(self.lines)] = target
            name = cut(row.name, cells, self.glyphs.more)
            first, *rest = wrapped(((row.means, ""),), self.width - cells - 2)
            self.lines.append(((name, "strong"), (" " * (cells - cell_len(name) + 2), ""), *first))
            self.lines += [((" " * (cells + 2), ""), *more) for more in rest]
        self._more(len(rows))

    def value(self, text: str | None) -> str:
        """A value in short."""
        return cut(line(text) or "nothing", TEXT_CELLS, self.glyphs.more)

    def _more(self, number: int) -> None:
        if number > SHOWN:
            self.lines.append(((f"{self.glyphs.more} and {number - SHOWN} more", "quiet"),))


def plan_lines(
    plan: ImportPlan, found: Understanding | None, path: Path, width: int, glyphs: Glyphs, *, prune: bool = False
) -> Built:
    """What was found and understood, every problem and difference; with `prune`, what removals contest."""
    page = _Page(width, glyphs)
    page.text(line(str(path)), "strong")
    page.text(content_words(plan))
    problems = (f"line {problem.line}: {line(problem.what)}: {line(problem.remedy)}" for problem in plan.problems)
    page.section("Problems, nothing can be imported", len(plan.problems), problems, "high")
    rows = ((f"item:{u.text}", Row(line(u.text), f"{' or '.join(u.candidates)}, or new")) for u in plan.uncertain)
    page.table("Items without a key that may already exist; choose for each", list(rows))
    if found is not None and not found.is_usual:
        _add_understood(page, found)
    notices = (f"line {notice.line}: {line(notice.what)}" for notice in plan.notices)
    page.section("Notices", len(plan.notices), notices, "warning")
    _add_differences(page, plan, prune=prune)
    if not (plan.problems or changes_anything(plan) or is_prunable(plan)):
        page.lines += [(), (("No differences from the register.", ""),)]
    return page.lines, page.targets


def _add_understood(page: _Page, found: Understanding) -> None:
    """The lists, what columns and words mean, and what is left."""
    page.table("Lists of items", [(None, list_row(each)) for each in found.lists])
    names = [(f"column:{each.name}", name_row(each, found)) for each in found.names]
    page.table("Columns and labels, and what they mean", names)
    words = [(f"{each.field}:{each.word}", word_row(each)) for each in found.words]
    page.table("Words, and what they mean", words)
    page.section("Not items", len(found.not_items), (f"line {n.line}: {line(n.what)}" for n in found.not_items))
    left = text_left(found)
    page.section("Left as text", len(left), map(line, left))


def _add_differences(page: _Page, plan: ImportPlan, *, prune: bool) -> None:
    value, glyphs = page.value, page.glyphs
    both = [
        f"{line(c.key)} {_words(c.field)}: file {value(c.mine)}, register {value(c.theirs)} by {line(c.by)}"
        for c in plan.conflicts
    ]
    both += [
        f"{line(c.key)} {_words(c.field)}: removed in the file, register {value(c.theirs)} by {line(c.by)}"
        for c in (plan.pruning.conflicts if prune else ())
    ]
    page.section("Changed in both", len(both), both, "warning")
    changed = (
        f"{line(d.key)} {_words(d.field or d.entity)}: {value(d.before)} {glyphs.arrow} {value(d.after)}"
        for d in plan.changed
    )
    page.section("Changed", len(plan.changed), changed)
    page.section("Added categories", len(plan.added_categories), map(line, plan.added_categories))
    page.section("Added items", len(plan.added), map(line, plan.added))
    page.section("Added dependencies", len(plan.links), map(line, plan.links))
    what = "removed" if prune else "kept unless you import with removals"
    page.section(f"Missing in the file, {what}", len(plan.absent), map(line, _fates(plan)))
    page.section("Only in the register, kept", len(plan.register_only), map(line, plan.register_only))


def _words(name: str) -> str:
    return name.replace("_", " ")


def _fates(plan: ImportPlan) -> Iterator[str]:
    """What is missing, and why it does not simply go where removals are asked for."""
    changed = {conflict.key: conflict.by for conflict in plan.pruning.conflicts}
    goes = {*plan.pruning.all.items, *plan.pruning.all.categories, *(edge.text for edge in plan.pruning.all.edges)}
    for name in plan.absent:
        if name in changed:
            yield f"{name}, changed here by {changed[name]}"
        else:
            yield name if name in goes else f"{name}, stays: it is still used"


def changes_anything(plan: ImportPlan) -> bool:
    """Whether a plain import would change a row."""
    return bool(plan.first or plan.changed or plan.added or plan.added_categories or plan.links or plan.conflicts)


def is_prunable(plan: ImportPlan) -> bool:
    """Whether the file no longer has something that it had."""
    return bool(plan.absent or plan.pruning.conflicts)


class PreviewScreen(PageScreen):
    """Shows a plan; when it closes, `answer` says how to import it, None for not at all."""

    CONTEXT = "import"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("import")]

    def __init__(self, preview: Preview, path: Path, plan_again: PlanAgain) -> None:
        super().__init__("Import")
        self.plan, self.found = preview
        self.path = path
        self.plan_again = plan_again
        self.prune = False
        self.answer: Answer | None = None

    async def load(self, *, choose: str | None = None) -> None:  # noqa: ARG002 (nothing to choose)
        """The plan's lines."""
        plan, found, glyphs = self.plan, self.found, self.host.glyphs
        self.lines.show(lambda width: plan_lines(plan, found, self.path, width, glyphs, prune=self.prune))
        self.show_keys()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only the ways of importing that this plan allows."""
        if action != "run":
            return True
        sound = not (self.plan.problems or self.plan.uncertain)
        contested = bool(self.plan.contested(prune=self.prune))
        return {
            "import.apply": sound and not contested,
            "import.prune": sound and not self.prune and is_prunable(self.plan),
            "import.prefer-file": sound and contested,
            "import.prefer-register": sound and contested,
            "import.change": bool(self.lines.built[1]),
        }.get(str(parameters[0]), True)

    def action_change(self) -> None:
        """Change what the column, the label or the word under the cursor means, or which item one is."""
        if (target := self.lines.chosen) is not None:
            self.flow(self._change(*target.split(":", 1)))

    def on_line_view_opened(self, event: LineView.Opened) -> None:
        """Enter changes it, too."""
        event.stop()
        self.action_change()

    async def _change(self, kind: str, name: str) -> None:
        choices = self._choices(kind, name)
        question = "Which item is it" if kind == "item" else "Means"
        now = self._meaning(kind, name)

        async def propose(typed: str) -> list[Proposal]:
            found = await from_list(list(choices))(typed)
            return [Proposal(each.value, choices[each.value]) for each in found]

        async def save(values: Values) -> None:
            self.plan, self.found = await self.plan_again(*self._settled(kind, name, values[kind].strip()))

        field = FormField(kind, question, now, hint=_HINTS[kind], propose=propose)
        if await self.show(FormScreen(line(name) or "(no header)", (field,), save, verb="change")):
            await self._show_anew()

    def _choices(self, kind: str, name: str) -> dict[str, str]:
        """What something may mean, and how that is shown."""
        if kind == "severity":
            return {value: value for value in (*(each.value for each in Severity), UNRATED)}
        if kind == "status":
            return {each.value: each.value for each in Status}
        if kind == "column":
            names = (*(each.replace("_", " ") for each in FIELD_NAMES), EXTRA, IGNORED)
            return {each: each for each in names}
        known = self.plan.leads
        keys = next((each.candidates for each in self.plan.uncertain if each.text == name), ())
        return {**{key: f"{key}  {line(known.get(key, ''))}".rstrip() for key in keys}, "new": "new"}

    def _meaning(self, kind: str, name: str) -> str:
        """What something means now; nothing where that is to be said."""
        found = self.found
        if found is None or kind == "item":
            return ""
        if kind == "column":
            role = next((each.role for each in found.names if each.name == name), None)
            return "" if role is None else role.replace("_", " ")
        word = next((each for each in found.words if (each.field, each.word) == (kind, name)), None)
        return "" if word is None or not word.known else word.value.value if word.value else UNRATED

    async def planned_again(self) -> Preview:
        """The plan for the register as of now, read as was settled."""
        return await self.plan_again(self._rules, self.plan.same)

    @property
    def _rules(self) -> ReadingRules:
        return self.plan.reading.rules if self.plan.reading else EVERYTHING

    def _settled(self, kind: str, name: str, means: str) -> tuple[ReadingRules, Same]:
        """The rules and the known items with one more. Raises InvalidValueError."""
        rules = self._rules
        if kind == "item":
            return rules, {**self.plan.same, name: means}
        settle = {"severity": rules.with_severity, "status": rules.with_status, "column": rules.with_role}
        return settle[kind](name, means), self.plan.same

    def action_apply(self) -> None:
        """Import what is shown."""
        self._leave(Answer())

    def action_prune(self) -> None:
        """Import with removals; where someone changed what goes, ask which side wins."""
        self.prune = True
        if not self.plan.contested(prune=True):
            self._leave(Answer(prune=True))
            return
        self.flow(self._show_anew())

    async def _show_anew(self) -> None:
        await self.load()

    def action_prefer_file(self) -> None:
        """Import; the file wins."""
        self._leave(Answer(prune=self.prune, prefer="file"))

    def action_prefer_register(self) -> None:
        """Import; the register wins."""
        self._leave(Answer(prune=self.prune, prefer="register"))

    def action_cancel(self) -> None:
        """Leave without importing."""
        self._leave(None)

    def _leave(self, answer: Answer | None) -> None:
        self.answer = answer
        self.dismiss(None)
