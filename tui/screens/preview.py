"""What an import would do, before anything is written."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, ClassVar, Literal

from tui.lines import Line, wrapped
from tui.screens.page import PageScreen
from tui.text import Glyphs, cut, line
from tui.widgets.runs import bindings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from textual.binding import BindingType

    from store.commands.imports.plan import ImportPlan
    from tui.widgets.built_view import Built

SHOWN = 200
TEXT_CELLS = 60


@dataclass(frozen=True, slots=True)
class Answer:
    """How to import: with removals or without, and which side wins where both changed."""

    prune: bool = False
    prefer: Literal["file", "register"] | None = None


def plan_lines(plan: ImportPlan, path: Path, width: int, glyphs: Glyphs, *, prune: bool = False) -> Built:
    """What was found, every problem and notice with its line, every difference; with `prune`, what removals contest."""
    counts = plan.counts
    found = (
        f"{counts.categories} categories, {counts.items} items, {counts.dependencies} dependencies, "
        f"{counts.cadence} cadence entries"
    )
    if plan.map_alone:
        number = counts.dependencies
        found = f"a map alone, {number} {'dependency' if number == 1 else 'dependencies'} between items"
    lines: list[Line] = [*wrapped(((line(str(path)), "strong"),), width), *wrapped(((found, ""),), width)]

    def section(title: str, number: int, rows: Iterable[str], style: str = "") -> None:
        if not number:
            return
        lines.extend([(), ((f"{title} ({number})", "label"),)])
        for row in islice(rows, SHOWN):
            lines.extend(wrapped(((row, style),), width, "  "))
        if number > SHOWN:
            lines.append(((f"{glyphs.more} and {number - SHOWN} more", "quiet"),))

    def value(text: str | None) -> str:
        return cut(line(text) or "nothing", TEXT_CELLS, glyphs.more)

    problems = (f"line {problem.line}: {line(problem.what)}: {line(problem.remedy)}" for problem in plan.problems)
    section("Problems, nothing can be imported", len(plan.problems), problems, "high")
    notices = (f"line {notice.line}: {line(notice.what)}" for notice in plan.notices)
    section("Notices", len(plan.notices), notices, "warning")
    both = [
        f"{line(c.key)} {_words(c.field)}: file {value(c.mine)}, register {value(c.theirs)} by {line(c.by)}"
        for c in plan.conflicts
    ]
    both += [
        f"{line(c.key)} {_words(c.field)}: removed in the file, register {value(c.theirs)} by {line(c.by)}"
        for c in (plan.pruning.conflicts if prune else ())
    ]
    section("Changed in both", len(both), both, "warning")
    section(
        "Changed",
        len(plan.changed),
        (
            f"{line(d.key)} {_words(d.field or d.entity)}: {value(d.before)} {glyphs.arrow} {value(d.after)}"
            for d in plan.changed
        ),
    )
    section("Added categories", len(plan.added_categories), map(line, plan.added_categories))
    section("Added items", len(plan.added), map(line, plan.added))
    section("Added dependencies", len(plan.links), map(line, plan.links))
    what = "removed" if prune else "kept unless removals are asked for"
    section(f"Missing in the file, {what}", len(_missing(plan)), map(line, _fates(plan)))
    section("Only in the register, kept", len(plan.register_only), map(line, plan.register_only))
    if not (plan.problems or changes_anything(plan) or is_prunable(plan)):
        lines += [(), (("Nothing differs from the register.", ""),)]
    return lines, {}


def _words(name: str) -> str:
    return name.replace("_", " ")


def _missing(plan: ImportPlan) -> tuple[str, ...]:
    return (*plan.missing, *plan.missing_categories, *plan.missing_links)


def _fates(plan: ImportPlan) -> Iterator[str]:
    """What is missing, and why it does not simply go where removals are asked for."""
    changed = {conflict.key: conflict.by for conflict in plan.pruning.conflicts}
    goes = {*plan.pruning.all.items, *plan.pruning.all.categories, *(edge.text for edge in plan.pruning.all.edges)}
    for name in _missing(plan):
        if name in changed:
            yield f"{name}, changed here by {changed[name]}"
        else:
            yield name if name in goes else f"{name}, stays: it is still used"


def changes_anything(plan: ImportPlan) -> bool:
    """Whether a plain import would change a row."""
    return bool(plan.first or plan.changed or plan.added or plan.added_categories or plan.links or plan.conflicts)


def is_prunable(plan: ImportPlan) -> bool:
    """Whether the file no longer has something that it had."""
    return bool(_missing(plan) or plan.pruning.conflicts)


class PreviewScreen(PageScreen):
    """Shows a plan; when it closes, `answer` says how to import it, None for not at all."""

    CONTEXT = "import"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("import")]

    def __init__(self, plan: ImportPlan, path: Path) -> None:
        super().__init__("Import")
        self.plan = plan
        self.path = path
        self.prune = False
        self.answer: Answer | None = None

    async def load(self, *, choose: str | None = None) -> None:  # noqa: ARG002 (nothing to choose)
        """The plan's lines."""
        glyphs = self.host.glyphs
        self.lines.show(lambda width: plan_lines(self.plan, self.path, width, glyphs, prune=self.prune))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only the ways of importing that this plan allows."""
        if action != "run":
            return True
        sound, contested = not self.plan.problems, bool(self.plan.contested(prune=self.prune))
        return {
            "import.apply": sound and not contested,
            "import.prune": sound and not self.prune and is_prunable(self.plan),
            "import.prefer-file": sound and contested,
            "import.prefer-register": sound and contested,
        }.get(str(parameters[0]), True)

    def do_import_apply(self) -> None:
        """Import what is shown."""
        self._leave(Answer())

    def do_import_prune(self) -> None:
        """Import with removals; where somebody changed what goes, ask which side wins."""
        self.prune = True
        if not self.plan.contested(prune=True):
            self._leave(Answer(prune=True))
            return
        self.flow(self._show_contested())

    async def _show_contested(self) -> None:
        await self.load()
        self.show_keys()

    def do_import_prefer_file(self) -> None:
        """Import; the file wins."""
        self._leave(Answer(prune=self.prune, prefer="file"))

    def do_import_prefer_register(self) -> None:
        """Import; the register wins."""
        self._leave(Answer(prune=self.prune, prefer="register"))

    def do_import_cancel(self) -> None:
        """Leave without importing."""
        self._leave(None)

    def _leave(self, answer: Answer | None) -> None:
        self.answer = answer
        self.dismiss(None)
