"""What importing a document would do, for people and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.fields import no_value
from store.text import number_of
from tui.cli import output
from tui.cli.text import STRONG, paint, paragraph, table
from tui.render.import_plan import MOST, is_new, list_row, name_row, shortened, text_left, word_row
from tui.render.table import Cell, Column
from tui.render.text import line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store.commands.imports.plan import ImportPlan, Prefer
    from store.commands.imports.pruning import Removals
    from store.formats.document.diff import Difference
    from store.formats.document.model import Item
    from store.formats.document.understanding import Understanding


def name_of(file: str) -> str:
    """The document as named before a line number."""
    return "stdin" if file == "-" else file


def differs(plan: ImportPlan, going: Removals) -> bool:
    """Whether importing changes anything but the text that exports are written into; `going` is what it removes."""
    gone = bool(going.items or going.categories or going.edges)
    return plan.first or gone or plan.brings_news


def import_text(
    plan: ImportPlan, file: str, *, prune: bool, prefer: Prefer | None, found_in: Understanding | None = None
) -> str:
    """What was found, understood and noticed, and how it differs from the register."""
    name, found = name_of(file), plan.counts
    counts = (
        (found.categories, "category", "categories"),
        (found.items, "item", "items"),
        (found.dependencies, "dependency", "dependencies"),
        (found.cadence, "cadence entry", "cadence entries"),
    )
    said = counts[2:3] if plan.map_alone else counts
    words = ", ".join(number_of(number, one, many) for number, one, many in said)
    if plan.map_alone:
        words = f"a map alone, {words} between items"
    parts = [paragraph(line(f"{name}: {words}"), STRONG)]
    parts += understood_parts(found_in, name) if found_in is not None else []
    if plan.uncertain:
        parts.append(uncertain_text(plan))
    if plan.notices:
        notices = [paragraph(line(f"{name}, line {notice.line}: {notice.what}")) for notice in plan.notices]
        parts.append("\n".join([paint("Notices", STRONG), *notices]))
    if rows := [] if plan.first or plan.problems else _plan_rows(plan, prune=prune, prefer=prefer):
        columns = [
            Column("Difference"),
            Column("Where", shrinks=True, least=10),
            Column("What", shrinks=True, least=16),
        ]
        parts.append(table(columns, rows))
    return "\n\n".join(parts)


def _plan_rows(plan: ImportPlan, *, prune: bool, prefer: Prefer | None) -> list[tuple[Cell, Cell, Cell]]:
    arrow = output.glyphs().arrow
    items = {item.key: item for item in plan.content.items} if plan.content else {}
    rows = [("added", "category", name) for name in plan.added_categories]
    rows += [("added", key, _lead(items.get(key))) for key in plan.added]
    rows += [("added", "dependency", edge) for edge in plan.links]
    for each in plan.changed:
        field = (each.field or each.entity).replace("_", " ")
        before, after = _field_value(each.field, each.before), _field_value(each.field, each.after)
        rows.append(("changed", each.key or each.entity, f"{field}: {before} {arrow} {after}"))
    rows += _missing(plan, prune=prune, prefer=prefer)
    for gone in plan.pruning.conflicts if prune else ():
        now = f"{gone.field.replace('_', ' ')}: {_field_value(gone.field, gone.theirs)}"
        words = f"removed in the file, changed here by {gone.by}: {now}"
        rows.append(("conflict", gone.key, words))
    for both in plan.conflicts:
        field = both.field.replace("_", " ")
        mine, theirs, before = (_field_value(both.field, each) for each in (both.mine, both.theirs, both.before))
        sides = f"the file says {mine}, the register {theirs} (by {both.by})"
        rows.append(("conflict", both.key or "register", f"{field}: it was {before}, {sides}"))
    return [(Cell(what), Cell.of(where, STRONG), Cell.of(words)) for what, where, words in rows]


def _field_value(field: str | None, text: str | None) -> str:
    return text or no_value(field, "-")


def _missing(plan: ImportPlan, *, prune: bool, prefer: Prefer | None) -> list[tuple[str, str, str]]:
    """What the file no longer has, and what happens to it."""
    going, changed = plan.removed(prefer), {conflict.key: conflict.by for conflict in plan.pruning.conflicts}
    goes = {*going.items, *going.categories, *(edge.text for edge in going.edges)}

    def fate(name: str, key: str) -> str:
        if key in changed and prefer is None:
            return f"changed here by {changed[key]}, " + ("choose with --prefer" if prune else "stays")
        if name not in goes:
            return "stays, changed here" if key in changed else "stays, it is still used"
        return "will be removed" if prune else "stays, --prune removes it"

    rows = [("missing", "category", f"{code}, {fate(code, code)}") for code in plan.missing_categories]
    rows += [("missing", key, fate(key, key)) for key in plan.missing]
    rows += [("missing", "dependency", f"{edge}, {fate(edge, edge)}") for edge in plan.missing_links]
    return rows


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
            before, after = _field_value(each.field, each.before), _field_value(each.field, each.after)
            words = f"{each.field.replace('_', ' ')}: {before} {arrow} {after}"
        rows.append((Cell(what), Cell.of(each.key or each.entity, STRONG), Cell.of(words)))
    columns = [Column("Would be"), Column("Where", shrinks=True, least=10), Column("What", shrinks=True, least=16)]
    return table(columns, rows)


def _lead(item: Item | None) -> str:
    return "" if item is None else item.title or item.description


CHANGE = 'Change it with --map "NAME=FIELD", --map-severity or --map-status "WORD=VALUE".'


def understood_parts(found: Understanding, name: str) -> list[str]:
    """The lists, what columns and words mean, and what is left; nothing for a document in the usual shape."""
    if found.is_usual:
        return []
    shown = []
    if found.lists:
        rows = [list_row(each) for each in found.lists]
        shown.append(_understood_table(("List", "Contents"), [(row.name, row.means) for row in rows]))
    if found.names:
        rows = [name_row(each, found) for each in found.names]
        shown.append(_understood_table(("Column or label", "Means"), [(row.name, row.means) for row in rows]))
    if words := [word_row(each) for each in found.words if is_new(each)]:
        shown.append(_understood_table(("Word", "Means"), [(row.name, row.means) for row in words]))
    if found.not_items:
        said = shortened(f"{name}, line {each.line}: {each.what}" for each in found.not_items)
        shown.append("\n".join([paint("Not items", STRONG), *(paragraph(line(each)) for each in said)]))
    if found.text:
        shown.append(paragraph(line(f"Left as text: {', '.join(shortened(text_left(found)))}")))
    if found.names or words:
        shown.append(paragraph(CHANGE))
    return shown


def _understood_table(titles: tuple[str, str], rows: Sequence[tuple[str, str]]) -> str:
    columns = [Column(titles[0], shrinks=True, least=16), Column(titles[1], shrinks=True, least=20)]
    cells = [(Cell.of(name, STRONG), Cell.of(means)) for name, means in rows[:MOST]]
    more = f"\nand {len(rows) - MOST} more" if len(rows) > MOST else ""
    return table(columns, cells) + more


def uncertain_text(plan: ImportPlan) -> str:
    """The items without keys that may be known ones."""
    rows = [f"{line(each.text)}: {' or '.join(each.candidates)}, or new" for each in plan.uncertain]
    title = paint("Items without a key that may be known ones", STRONG)
    return "\n".join([title, *(paragraph(each) for each in shortened(rows))])
