"""The commands that begin a register, read documents into it, and write it out."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

from store.errors import InvalidValueError, RegisterError, quoted
from store.fields import clean_line, no_value, required_line
from store.formats.document.rules import ReadingRules, read_mapping
from store.text import command_line, number_of
from tui.cli import output
from tui.cli.command import Commands, Session, argument, flag, option
from tui.cli.dashboard import open_sample
from tui.cli.options import Theme, Yes
from tui.cli.output import confirmed, working
from tui.cli.text import STRONG, paint, paragraph, table_of
from tui.lazy import export_commands, file_lines, import_apply, import_plan, settings_commands
from tui.render.import_plan import MOST, content_words, is_new, list_row, name_row, shortened, text_left, word_row
from tui.render.table import Cell, Column
from tui.render.text import line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import typer

    from store.commands.export import Format
    from store.commands.imports.plan import ImportPlan, Prefer
    from store.commands.imports.pruning import Removals
    from store.db.database import Database
    from store.formats.document.diff import Difference
    from store.formats.document.model import Item
    from store.formats.document.understanding import Understanding
    from tui.cli.target import Target
    from tui.render.import_plan import Row


commands = Commands()


@commands.session("demo", shared=())
def demo(session: Session, theme: Theme = None) -> None:
    """Open the dashboard on a sample register.

    The sample is deleted when you quit.

    Examples:
      ai-debt demo
    """
    parent = session.context.parent
    open_sample(theme if theme is not None or parent is None else parent.params["theme"])


@commands.session("init")
def init(
    session: Session,
    title: Annotated[str, option("--title", "TEXT", "The register's title.", show_default=True)] = "AI Debt Register",
    system: Annotated[str | None, option("--system", "TEXT", "The system it covers.")] = None,
) -> None:
    """Create an empty register.

    It starts with the seven categories of ML-specific debt.

    Examples:
      ai-debt init --system "Search platform"
      ai-debt init --db team.db --title "AI debt in search"
    """
    title, system = required_line("title", title), clean_line("system", system or "") or None
    with session.target.created() as made:
        session.tell(settings_commands.create(made, title=title, system=system))


@commands.session("export", shared=("db",))
def export(
    session: Session,
    file: Annotated[str | None, argument("FILE", "The file to write (default: stdout).", is_path=True)] = None,
    force: Annotated[bool, flag("--force", "Overwrite a file that changed since it was imported or exported.")] = False,
    format_: Annotated[
        Literal["markdown", "csv", "json"] | None,
        option("--format", "markdown|csv|json", "The format (default: by FILE's suffix, or the document's)."),
    ] = None,
    blank: Annotated[bool, flag("--blank", "Write an empty register with the same categories and columns.")] = False,
) -> None:
    """Write the register to its document, or as CSV or JSON.

    In the document, only what changed is different from the imported text. A copy has the items as CSV, or
    everything as JSON.

    Examples:
      ai-debt export | diff docs/ai-debt-register.md -
      ai-debt export docs/ai-debt-register.md
      ai-debt export debt.csv
      ai-debt export --format json | jq '.items[].key'
      ai-debt export --blank new-register.md
    """
    path = None if file is None or file == "-" else Path(file)
    if blank:
        chosen = format_ or (export_commands.format_of(path) if path else "markdown")
        _blank(session, path, chosen, force=force)
        return
    with session.database() as opened:
        if path is None:
            with working("Writing the document"):
                text = export_commands.text_in(opened, format_)
        else:
            shape = format_ or export_commands.format_of(path)
            if opened.trouble is not None and export_commands.is_document(opened, shape):
                way = command_line(f"export - > {shlex.quote(str(path))}", session.target.named)
                raise opened.trouble.but(f"`{way}` writes the document without recording the export")
            with working(f"Writing {path}"):
                done = export_commands.export_to(opened, path, format_, force=force)
            session.tell(done)
    if path is None:
        output.emit_document(text)


def _blank(session: Session, path: Path | None, chosen: Format, *, force: bool) -> None:
    """Write an empty register; without a database, one of the taxonomy."""
    place = session.target
    with place.present() as opened:
        if opened is None and place.named is not None:
            output.say(f"ai-debt: no register at {place.named}; showing the categories that a new one starts with")
        text = export_commands.blank_text(opened, chosen)
        if path is not None:
            session.tell(export_commands.export_copy(opened, path, text, force=force))
    if path is None:
        output.emit_document(text)


Side = Literal["file", "register"]
CHOOSE = "choose with --prefer file or --prefer register"
"""What to do where the file and the register have both changed something."""
MORE_THAN_FITS = 64 * 1024 * 1024 + 1
"""Bytes to read of stdin: a document that long is refused."""

ImportedFile = Annotated[str, argument("FILE", "A document, JSON, or a Mermaid map; - reads stdin.", is_path=True)]
Preferred = Annotated[Side | None, option("--prefer", "file|register", "Whose value wins if both changed a field.")]
Map = Annotated[
    list[str] | None,
    option(
        "--map",
        "NAME=FIELD",
        "What a column or a label means, as in --map Risk=title; also extra or ignore. May be repeated.",
    ),
]
MapSeverity = Annotated[
    list[str] | None,
    option(
        "--map-severity",
        "WORD=SEVERITY",
        "What a word means, as in --map-severity Sev-1=critical; also unrated. May be repeated.",
    ),
]
MapStatus = Annotated[
    list[str] | None,
    option("--map-status", "WORD=STATUS", "What a word means, as in --map-status Parked=accepted. May be repeated."),
]
Mapping = Annotated[
    str | None,
    option(
        "--mapping",
        "FILE",
        "The same from a TOML file with the tables [columns], [severities] and [statuses].",
        is_path=True,
    ),
]
Same = Annotated[
    list[str] | None,
    option("--same", "TITLE=KEY", "Match an item without a key to a known one; =new for a new item. May be repeated."),
]


@commands.session("import")
def import_(
    session: Session,
    file: ImportedFile,
    yes: Yes = False,
    dry_run: Annotated[bool, flag("--dry-run", "Only show what importing would do.")] = False,
    prune: Annotated[bool, flag("--prune", "Remove what the file no longer has.")] = False,
    prefer: Preferred = None,
    map_: Map = None,
    map_severity: MapSeverity = None,
    map_status: MapStatus = None,
    mapping: Mapping = None,
    same: Same = None,
) -> None:
    """Import a document into the register, after a preview.

    The first import creates the database. Importing again merges by key: it takes what changed in the file, and keeps
    what the file no longer has, unless --prune is given. A Mermaid map without items adds dependencies and titles to an
    existing register, and removes nothing.

    The preview shows how the document was understood. --map, --map-severity, --map-status and --mapping correct
    that, and are remembered for the next import.

    Examples:
      ai-debt import docs/ai-debt-register.md
      ai-debt import docs/ai-debt-register.md --dry-run
      ai-debt import docs/ai-debt-register.md --yes --prune
      ai-debt import map.mmd
      ai-debt import debts.md --map "Risk=title" --map-severity "Sev-1=critical"
      ai-debt import debts.md --mapping debts.toml --same "Flaky tests=TD-003"
      git show main:docs/ai-debt-register.md | ai-debt import - --yes
    """
    from store.commands.imports.pruning import NO_REMOVALS

    text, path = read_document(file), None if file == "-" else os.path.abspath(file)
    rules, known = settled(text, mapping, map_, map_severity, map_status), same_items(same)
    place = session.target
    with place.present() as opened:
        plan = _planned(opened, text, path, rules, known)
        plan = plan if dry_run else _certain(plan, opened, rules, known, yes=yes)
        if prune:
            import_plan.refuse_pruning(plan)
        going = plan.removed(prefer) if prune else NO_REMOVALS
        # Nobody who said yes already reads what was understood.
        understood = _read_as(plan, file) if session.as_json or dry_run or not yes else None
        if not session.as_json:
            output.emit(import_text(plan, file, prune=prune, prefer=prefer, found_in=understood))
        is_applied = not plan.problems and not dry_run
        if is_applied:
            _require_possible(plan, opened, file, prune=prune, prefer=prefer)
            if differs(plan, going):
                confirmed(f"Import {file}?", yes=yes)
            said = _apply(opened, place, plan, prune=prune, prefer=prefer)
    if session.as_json:
        output.emit_json("import", ImportReport(plan, going, understood, is_applied))
    elif is_applied:
        output.say(f"{said}.")
    if plan.problems:
        raise refused(plan, file)


class ImportReport(NamedTuple):
    """What an import did or would do; `going` is what it removes."""

    plan: ImportPlan
    going: Removals
    understood: Understanding | None
    applied: bool


def _read_as(plan: ImportPlan, file: str) -> Understanding | None:
    with working(f"Reading {file}"):
        return import_plan.understanding(plan)


def read_document(file: str) -> str:
    """The text of a document; `-` is stdin. Raises DocumentError for what cannot be one."""
    if file != "-":
        return file_lines.read_file(Path(file))
    return file_lines.decode(sys.stdin.buffer.read(MORE_THAN_FITS), name_of(file))


def _planned(
    opened: Database | None, text: str, path: str | None, rules: ReadingRules, known: dict[str, str]
) -> ImportPlan:
    with working(f"Reading {Path(path).name if path else 'stdin'}"):
        plan = import_plan.plan_import(opened, text, path=path, settled=rules, same=known)
    if (plan.is_copy or plan.map_alone) and rules != type(rules)():
        raise InvalidValueError("map", "this file has no columns or words to map", "omit --map and --mapping")
    return plan


def _certain(
    plan: ImportPlan, opened: Database | None, rules: ReadingRules, known: dict[str, str], *, yes: bool
) -> ImportPlan:
    """A plan in which every item is known or new: someone is asked. Raises InvalidValueError where nobody can be."""
    while plan.uncertain:
        settle(plan, known, may_ask=not yes and output.can_ask())
        plan = _planned(opened, plan.text, plan.path, rules, known)
    return plan


def settle(plan: ImportPlan, known: dict[str, str], *, may_ask: bool) -> None:
    """Ask which item the first uncertain one is, and note it in `known`. Raises InvalidValueError."""
    if not may_ask:
        raise uncertain_error(plan)
    text, key = asked(plan)
    known[text] = key


def _require_possible(
    plan: ImportPlan, opened: Database | None, file: str, *, prune: bool, prefer: Side | None
) -> None:
    """Raises RegisterError where both sides changed and neither is preferred, or nothing can be written."""
    if plan.contested(prune=prune) and prefer is None:
        raise RegisterError(_contested(plan, file, prune=prune), CHOOSE)
    if opened is not None and opened.trouble is not None:
        raise opened.trouble.but("nothing was imported, and --dry-run shows what importing would do")


def _apply(opened: Database | None, place: Target, plan: ImportPlan, *, prune: bool, prefer: Side | None) -> str:
    """Write what was planned; the sentence of what was done."""
    if opened is not None:
        with working("Writing the register"):
            return import_apply.apply_import(opened, plan, prune=prune, prefer=prefer).message
    with place.created() as made, working("Writing the register"):
        return import_apply.apply_import(made, plan, prune=prune, prefer=prefer).message


def refused(plan: ImportPlan, file: str) -> typer.Exit:
    """Say every problem with its line, and that nothing was written."""
    name = name_of(file)
    sentences = [f"{name}, line {each.line}: {each.what}: {each.remedy}" for each in plan.problems]
    if len(sentences) == 1:
        return output.refuse(sentences[0])
    for sentence in sentences:
        output.say(sentence)
    return output.refuse(f"{name} has {len(sentences)} problems: nothing was written; fix them and import it again")


def _contested(plan: ImportPlan, file: str, *, prune: bool) -> str:
    """What changed on both sides."""
    gone = list(dict.fromkeys(conflict.key for conflict in plan.pruning.conflicts)) if prune else []
    parts = []
    if plan.conflicts:
        parts.append(f"{number_of(len(plan.conflicts), 'field')} changed both in {file} and in the register")
    if gone:
        more = f" and {len(gone) - 3} more" if len(gone) > 3 else ""
        parts.append(f"{', '.join(gone[:3])}{more} changed in the register and removed in {file}")
    return ", ".join(parts)


def settled(
    text: str,
    mapping: str | None,
    columns: Iterable[str] | None,
    severities: Iterable[str] | None,
    statuses: Iterable[str] | None,
) -> ReadingRules:
    """How a document is to be read: what the file says, then the options.

    Raises InvalidValueError, also for an option about what is not in the document.
    """
    rules = ReadingRules()
    options: tuple[tuple[str, Iterable[str] | None, Callable[[ReadingRules, str, str], ReadingRules]], ...] = (
        ("map", columns, ReadingRules.with_role),
        ("map-severity", severities, ReadingRules.with_severity),
        ("map-status", statuses, ReadingRules.with_status),
    )
    for name, given, settle in options:
        for each in given or ():
            rules = settle(rules, *_pair(name, each))
    if rules != ReadingRules():
        _require_used(text, rules)
    return rules.over(read_mapping(file_lines.read_file(Path(mapping)))) if mapping is not None else rules


def _require_used(text: str, rules: ReadingRules) -> None:
    from store.formats.document.understanding import unused

    if (name := unused(text, rules)) is not None:
        what = f"{quoted(name)} is not in the document"
        raise InvalidValueError("map", what, "--dry-run lists its columns, labels and words")


_EXAMPLES = {"map": "Risk=title", "map-severity": "Sev-1=critical", "map-status": "Parked=accepted"}
_EXAMPLES |= {"same": "Flaky tests=TD-003"}


def _pair(option: str, given: str) -> tuple[str, str]:
    """What is before and after the last `=`. Raises InvalidValueError."""
    name, _, value = (part.strip() for part in given.rpartition("="))
    if not name or not value:
        what = f"--{option} {quoted(given)} is incomplete"
        raise InvalidValueError(option, what, f'write it like --{option} "{_EXAMPLES[option]}"')
    return name, value


def same_items(given: Iterable[str] | None) -> dict[str, str]:
    """The keys of items without one, by their titles. Raises InvalidValueError."""
    return dict(_pair("same", each) for each in given or ())


def asked(plan: ImportPlan) -> tuple[str, str]:
    """Ask which item the first uncertain one is: its title and the key. Exits if the answer is empty."""
    first, known = plan.uncertain[0], plan.leads
    output.say(f"{quoted(line(first.text))} has no key. It may be")
    for key in first.candidates:
        output.say(f"  {key}  {line(known.get(key, ''))}".rstrip())
    answer = output.ask_for(f"Which one is it? ({', '.join(first.candidates)}, or new)")
    if not answer:
        raise output.refuse("nothing was changed")
    return first.text, answer


def uncertain_error(plan: ImportPlan) -> InvalidValueError:
    """The refusal where it is unknown which known item an item is."""
    first = plan.uncertain[0]
    more = f" (and {len(plan.uncertain) - 1} more like it)" if len(plan.uncertain) > 1 else ""
    what = f"{quoted(first.text)} has no key and may be {' or '.join(first.candidates)}{more}"
    key = first.candidates[0]
    return InvalidValueError("same", what, f'choose with --same "{first.text}={key}", or =new for none of them')


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
    name = name_of(file)
    parts = [paragraph(line(f"{name}: {content_words(plan)}"), STRONG)]
    parts += understood_parts(found_in, name) if found_in is not None else []
    if plan.uncertain:
        parts.append(uncertain_text(plan))
    if plan.notices:
        notices = [paragraph(line(f"{name}, line {notice.line}: {notice.what}")) for notice in plan.notices]
        parts.append("\n".join([paint("Notices", STRONG), *notices]))
    if rows := [] if plan.first or plan.problems else _plan_rows(plan, prune=prune, prefer=prefer):
        parts.append(_differences("Difference", rows))
    return "\n\n".join(parts)


def _plan_rows(plan: ImportPlan, *, prune: bool, prefer: Prefer | None) -> list[tuple[str, str, str]]:
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
    return rows


def _differences(title: str, rows: Sequence[tuple[str, str, str]]) -> str:
    """What differs: how, where, and from what to what."""
    return table_of(
        rows,
        (Column(title), lambda row: Cell(row[0])),
        (Column("Where", shrinks=True, least=10), lambda row: Cell.of(row[1], STRONG)),
        (Column("What", shrinks=True, least=16), lambda row: Cell.of(row[2])),
    )


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
        rows.append((what, each.key or each.entity, words))
    return _differences("Would be", rows)


def _lead(item: Item | None) -> str:
    return "" if item is None else item.title or item.description


CHANGE = 'Change it with --map "NAME=FIELD", --map-severity or --map-status "WORD=VALUE".'


def understood_parts(found: Understanding, name: str) -> list[str]:
    """The lists, what columns and words mean, and what is left; nothing for a document in the usual shape."""
    if found.is_usual:
        return []
    shown = []
    if found.lists:
        shown.append(_understood("List", "Contents", [list_row(each) for each in found.lists]))
    if found.names:
        shown.append(_understood("Column or label", "Means", [name_row(each, found) for each in found.names]))
    if words := [word_row(each) for each in found.words if is_new(each)]:
        shown.append(_understood("Word", "Means", words))
    if found.not_items:
        said = shortened(f"{name}, line {each.line}: {each.what}" for each in found.not_items)
        shown.append("\n".join([paint("Not items", STRONG), *(paragraph(line(each)) for each in said)]))
    if found.text:
        shown.append(paragraph(line(f"Left as text: {', '.join(shortened(text_left(found)))}")))
    if found.names or words:
        shown.append(paragraph(CHANGE))
    return shown


def _understood(name: str, means: str, rows: Sequence[Row]) -> str:
    shown = table_of(
        rows[:MOST],
        (Column(name, shrinks=True, least=16), lambda row: Cell.of(row.name, STRONG)),
        (Column(means, shrinks=True, least=20), lambda row: Cell.of(row.means)),
    )
    return shown + (f"\nand {len(rows) - MOST} more" if len(rows) > MOST else "")


def uncertain_text(plan: ImportPlan) -> str:
    """The items without keys that may already exist."""
    rows = [f"{line(each.text)}: {' or '.join(each.candidates)}, or new" for each in plan.uncertain]
    title = paint("Items without a key that may already exist", STRONG)
    return "\n".join([title, *(paragraph(each) for each in shortened(rows))])
