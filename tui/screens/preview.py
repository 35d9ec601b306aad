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
    from collections.abc import Iterable
    from pathlib import Path

    from textual.binding import BindingType

    from store.register import ImportPlan
    from tui.widgets.built_view import Built

SHOWN = 200
TEXT_CELLS = 60


@dataclass(frozen=True, slots=True)
class Answer:
    """How to import: with removals or without, and which side wins where both changed."""

    prune: bool = False
    prefer: Literal["file", "register"] | None = None


def plan_lines(plan: ImportPlan, path: Path, width: int, glyphs: Glyphs) -> Built:
    """What was found, every problem and notice with its line, every difference."""
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
    section(
        "Changed in both",
        len(plan.conflicts),
        (
            f"{line(c.key)} {_words(c.field)}: file {value(c.mine)}, register {value(c.theirs)} by {line(c.by)}"
            for c in plan.conflicts
        ),
        "warning",
    )
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
    missing = (*plan.missing, *plan.missing_categories, *plan.missing_links)
    section("Missing in the file, kept unless removals are asked for", len(missing), map(line, missing))
    section("Only in the register, kept", len(plan.kept), map(line, plan.kept))
    if not (plan.problems or changes_anything(plan) or is_prunable(plan)):
        lines += [(), (("Nothing differs from the register.", ""),)]
    return lines, {}


def _words(name: str) -> str:
    return name.replace("_", " ")


def changes_anything(plan: ImportPlan) -> bool:
    """Whether a plain import would change a row."""
    return bool(plan.first or plan.changed or plan.added or plan.added_categories or plan.links or plan.conflicts)


def is_prunable(plan: ImportPlan) -> bool:
    """Whether the file no longer has something that it had."""
    return bool(plan.missing or plan.missing_categories or plan.missing_links)


class PreviewScreen(PageScreen):
    """Shows a plan; when it closes, `answer` says how to import it, None for not at all."""

    CONTEXT = "import"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("import")]

    def __init__(self, plan: ImportPlan, path: Path) -> None:
        super().__init__("Import")
        self.plan = plan
        self.path = path
        self.answer: Answer | None = None

    async def load(self, *, choose: str | None = None) -> None:  # noqa: ARG002 (nothing to choose)
        """The plan's lines."""
        glyphs = self.host.glyphs
        self.lines.show(lambda width: plan_lines(self.plan, self.path, width, glyphs))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only the ways of importing that this plan allows."""
        if action != "run":
            return True
        plan, sound = self.plan, not self.plan.problems
        return {
            "import.apply": sound and not plan.conflicts,
            "import.prune": sound and not plan.conflicts and is_prunable(plan),
            "import.prefer-file": sound and bool(plan.conflicts),
            "import.prefer-register": sound and bool(plan.conflicts),
        }.get(str(parameters[0]), True)

    def do_import_apply(self) -> None:
        """Import what is shown."""
        self._leave(Answer())

    def do_import_prune(self) -> None:
        """Import with removals."""
        self._leave(Answer(prune=True))

    def do_import_prefer_file(self) -> None:
        """Import; the file wins."""
        self._leave(Answer(prefer="file"))

    def do_import_prefer_register(self) -> None:
        """Import; the register wins."""
        self._leave(Answer(prefer="register"))

    def do_import_cancel(self) -> None:
        """Leave without importing."""
        self._leave(None)

    def _leave(self, answer: Answer | None) -> None:
        self.answer = answer
        self.dismiss(None)
