"""What importing a document would do, for people and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.cli import output
from tui.cli.tables import STRONG, Cell, Column, paint, paragraph, table
from tui.text import line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store.content import Item
    from store.differences import Difference
    from store.register import ImportPlan
    from tui.cli.output import Json


def name_of(file: str) -> str:
    """The document as it is named before a line number."""
    return "stdin" if file == "-" else file


def differs(plan: ImportPlan, *, prune: bool) -> bool:
    """Whether importing changes anything but the text that exports are written into."""
    gone = bool(plan.missing or plan.missing_categories or plan.missing_links) and prune
    return (
        plan.first or gone or bool(plan.added or plan.added_categories or plan.links or plan.changed or plan.conflicts)
    )


def page(plan: ImportPlan, file: str, *, prune: bool) -> str:
    """What was found, what was noticed, and how it differs from the register."""
    name, found = name_of(file), plan.counts
    counts = (
        (found.categories, "category", "categories"),
        (found.items, "item", "items"),
        (found.dependencies, "dependency", "dependencies"),
        (found.cadence, "cadence entry", "cadence entries"),
    )
    said = counts[2:3] if plan.map_alone else counts
    words = ", ".join(f"{number} {one if number == 1 else many}" for number, one, many in said)
    if plan.map_alone:
        words = f"a map alone, {words} between items"
    parts = [paragraph(line(f"{name}: {words}"), STRONG)]
    if plan.notices:
        notices = [paragraph(line(f"{name}, line {notice.line}: {notice.what}")) for notice in plan.notices]
        parts.append("\n".join([paint("Notices", STRONG), *notices]))
    if rows := [] if plan.first or plan.problems else _rows(plan, prune=prune):
        columns = [
            Column("Difference"),
            Column("Where", shrinks=True, least=10),
            Column("What", shrinks=True, least=16),
        ]
        parts.append(table(columns, rows))
    return "\n\n".join(parts)


def _rows(plan: ImportPlan, *, prune: bool) -> list[tuple[Cell, Cell, Cell]]:
    arrow = output.glyphs().arrow
    items = {item.key: item for item in plan.content.items} if plan.content else {}
    kept = "will be removed" if prune else "stays, --prune removes it"
    rows = [("added", "category", name) for name in plan.added_categories]
    rows += [("added", key, _lead(items.get(key))) for key in plan.added]
    rows += [("added", "dependency", edge) for edge in plan.links]
    for each in plan.changed:
        field = (each.field or each.entity).replace("_", " ")
        rows.append(("changed", each.key or each.entity, f"{field}: {each.before or '-'} {arrow} {each.after or '-'}"))
    rows += [("missing", "category", f"{code}, {kept}") for code in plan.missing_categories]
    rows += [("missing", key, kept) for key in plan.missing]
    rows += [("missing", "dependency", f"{edge}, {kept}") for edge in plan.missing_links]
    for both in plan.conflicts:
        field = both.field.replace("_", " ")
        sides = f"the file says {both.mine or '-'}, the register {both.theirs or '-'} (by {both.by})"
        rows.append(("conflict", both.key or "register", f"{field}: it was {both.before or '-'}, {sides}"))
    return [(Cell(what), Cell.of(where, STRONG), Cell.of(words)) for what, where, words in rows]


def difference_rows(found: Sequence[Difference]) -> str:
    """What differs, a row each: added, removed, or a field before and after."""
    arrow = output.glyphs().arrow
    rows = []
    for each in found:
        if each.field is None:
            what = "added" if each.before is None else "removed"
            words = (each.after if each.before is None else each.before) or ""
        else:
            what = "changed"
            words = f"{each.field.replace('_', ' ')}: {each.before or '-'} {arrow} {each.after or '-'}"
        rows.append((Cell(what), Cell.of(each.key or each.entity, STRONG), Cell.of(words)))
    columns = [Column("Would be"), Column("Where", shrinks=True, least=10), Column("What", shrinks=True, least=16)]
    return table(columns, rows)


def _lead(item: Item | None) -> str:
    return "" if item is None else item.title or item.description


def shape(plan: ImportPlan, *, applied: bool) -> Json:
    """The plan as JSON."""
    found = plan.counts
    return {
        "path": plan.path,
        "applied": applied,
        "found": {
            "categories": found.categories,
            "items": found.items,
            "dependencies": found.dependencies,
            "cadence": found.cadence,
        },
        "problems": [{"line": each.line, "what": each.what, "remedy": each.remedy} for each in plan.problems],
        "notices": [{"line": each.line, "what": each.what} for each in plan.notices],
        "added": list(plan.added),
        "added_categories": list(plan.added_categories),
        "added_dependencies": list(plan.links),
        "changed": [
            {"entity": each.entity, "key": each.key, "field": each.field, "before": each.before, "after": each.after}
            for each in plan.changed
        ],
        "missing": list(plan.missing),
        "missing_categories": list(plan.missing_categories),
        "missing_dependencies": list(plan.missing_links),
        "kept": list(plan.kept),
        "conflicts": [
            {
                "key": each.key,
                "field": each.field,
                "before": each.before or None,
                "file": each.mine or None,
                "register": each.theirs or None,
                "by": each.by,
            }
            for each in plan.conflicts
        ],
    }
