"""The commands that list, show, add, change and remove items."""

from __future__ import annotations

import sys
from shlex import quote
from typing import TYPE_CHECKING, NamedTuple

import typer

from store.enums import Flag, Status, rating, shown_flags
from store.errors import NO_ITEMS, InvalidValueError
from store.fields import FACTS, FIELDS, REQUIRED_FOR_NEW, text_of
from store.filters.ast import ItemFilter
from store.text import days
from tui.cli import output
from tui.cli.command import PAST, Commands, Found, QueryCommand, Session
from tui.cli.json import shaped, snapshot
from tui.cli.options import (
    AddLink,
    AllowPast,
    Extra,
    InCategory,
    Key,
    Keys,
    OfComponent,
    OfView,
    OwnedBy,
    Severities,
    Sorted,
    Statuses,
    Terms,
    Was,
    Yes,
    apart,
    composed,
    expected,
    extras,
    field_options,
    qualifiers,
    refuse_past,
    values,
)
from tui.cli.output import confirmed
from tui.cli.target import day_of
from tui.cli.text import (
    FLAGGED,
    STRONG,
    change_words,
    follow_up_line,
    is_narrow,
    lead,
    pairs,
    paragraph,
    prose_line,
    severity_cell,
    signs,
    state,
    status_cell,
    status_words,
    table,
    when,
)
from tui.lazy import dependency_map, item_commands, item_queries, overview_queries
from tui.render import insights
from tui.render.badges import FLAG_WORDS, flag_words
from tui.render.table import Cell, Column
from tui.render.text import line

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from store.audit.log import Done
    from store.db.database import Database
    from store.db.reader import Reader
    from store.fields import FieldValue
    from store.queries.dependency_map import BlastRadius
    from store.queries.items import ItemDetail, ItemRow, Neighbor


commands = Commands()


@commands.session("list", cls=QueryCommand, epilog=qualifiers(), shared=PAST)
def list_(
    session: Session,
    query: Terms = None,
    status: Statuses = None,
    severity: Severities = None,
    category: InCategory = None,
    component: OfComponent = None,
    owner: OwnedBy = None,
    sort: Sorted = None,
    view: OfView = None,
) -> None:
    """List all items, or those that match a query.

    A comma means "or", a space "and", and - before a term "not". --status and --severity can be repeated: any of
    them matches.

    Examples:
      ai-debt list
      ai-debt list flink window
      ai-debt list severity:high status:open,in-progress -component:Amber
      ai-debt list "exact words" owner:none sort:age
      ai-debt list --view "Fix first" category:EN
      ai-debt list --owner "ML Platform" --json
      ai-debt list --as-of 2026-03-01
    """
    from store.queries.flags import unknown_keys

    single = {"category": category, "component": component, "owner": owner}
    options = {"status": apart(status), "severity": apart(severity)}
    options |= {name: [value] for name, value in single.items() if value is not None}
    asked = composed(query or (), options, sort)
    with session.reading() as reader:
        if view is not None:
            asked = overview_queries.view(reader, view).and_(asked)
        wanted = ItemFilter(asked)
        rows = () if session.as_json else item_queries.list_items(reader, wanted)
        found = item_queries.details(reader, wanted) if session.as_json else rows
        uncertain = unknown_keys(reader, asked)
        at = snapshot(reader)
    empty = "no item matches" if asked.terms else NO_ITEMS
    more = {"query": str(asked), "cannot_tell": uncertain}
    notes = (unknown_text(uncertain),) if uncertain else ()
    session.show(Found("items", found, lambda: items_text(rows, asked.words), empty=empty, more=more, notes=notes), at)


@commands.reads("show", shared=PAST)
def show(reader: Reader, key: Key) -> Found:
    """Show everything about one item.

    Examples:
      ai-debt show EN-001
      ai-debt show EN-001 --json
    """
    row = item_queries.item(reader, key)
    radius = dependency_map.blast_radius(reader, row.key) if row.feeds or row.fed_by else None
    more = {**shaped("more of an item", row), "blast_radius": radius}
    return Found("item", row, lambda: item_text(row, radius), more=more)


@commands.writes("add")
@field_options(required=REQUIRED_FOR_NEW)
def add(
    opened: Database,
    extra: Extra = None,
    allow_past: AllowPast = False,
    **typed: str | None,
) -> Done:
    """Add an item. Without --key it gets the next free one of its category.

    Examples:
      ai-debt add --category EN --severity high --description "Ranking and ads share one embedding"
      ai-debt add --category PD --severity low --description "Nightly job" --owner MLP
    """
    today = day_of(opened)
    given = _with_extra(values(typed, today), extra)
    if not allow_past:
        refuse_past(given, tuple, today)
    return item_commands.add_item(opened, given)


@commands.session("set")
@field_options()
def set_(
    session: Session,
    keys: Keys,
    extra: Extra = None,
    add_link: AddLink = None,
    was: Was = None,
    allow_past: AllowPast = False,
    **typed: str | None,
) -> None:
    """Set fields of one or more items, as one step for `undo`. An empty text clears a field.

    With --was, it is refused if someone else has changed the field since you read it, and names who did. If the field
    already has the value that you set, it is accepted.

    Examples:
      ai-debt set EN-001 --status mitigated --note "pinned versions"
      ai-debt set EN-001 EN-002 --owner "Search team" --due-on 2w
      ai-debt set EN-001 --status accepted --note "cheaper" --accepted-until 1y     or: none
      ai-debt set EN-001 --due-on "next friday"      or: 2w, 31.12.2026
      ai-debt set EN-001 --due-on ""                 clears the due date
      ai-debt set EN-001 --extra "Ticket=ML-42"      an extra column
      ai-debt set EN-001 --add-link "Runbook https://wiki.example/drift"
      ai-debt set EN-001 --status mitigated --was status=open     only if no one changed it
    """
    until = typed.get("accepted_until")
    if until is not None and not until.strip():
        raise InvalidValueError("accepted_until", "--accepted-until is empty", "give a date, or none for no end")
    if not extra and not add_link and all(text is None for text in typed.values()):
        raise typer.BadParameter("nothing to set: add an option such as --status mitigated")
    with session.database() as opened:
        today = day_of(opened)
        given, seen = _with_extra(values(typed, today), extra), expected(was or (), today)
        if add_link and "links" in given:
            raise typer.BadParameter("--links replaces what --add-link adds to: use one of them")
        if not allow_past:
            refuse_past(given, lambda: _rows(opened, keys), today)
        session.tell(_edit(opened, keys, given, seen, add_link or ()))


def _edit(
    opened: Database,
    keys: Sequence[str],
    given: Mapping[str, FieldValue],
    seen: Mapping[str, FieldValue],
    links: Sequence[str],
) -> Done:
    """The verb for these changes: a status alone follows the rules of a status."""
    status = given.get("status")
    before = dict.fromkeys(keys, seen) if seen else None
    if links:
        # Loaded here, since few changes are of links.
        from store.formats.links import with_links

        typed, rows = "\n".join(str(FIELDS["links"].check_typed(text)) for text in links), _rows(opened, keys)
        before = {row.key: {"links": row.links, **seen} for row in rows}
        instead = {row.key: {"links": with_links(row.links or "", typed)} for row in rows}
        return item_commands.edit_items(opened, keys, given, before=before, exactly=True, instead=instead)
    if isinstance(status, Status) and given.keys() <= {"status", "status_note"}:
        note = given.get("status_note")
        text = note if isinstance(note, str) else None
        return item_commands.set_status(opened, keys, status, note=text, before=before, exactly=True)
    return item_commands.edit_items(opened, keys, given, before=before, exactly=True)


def _with_extra(given: dict[str, FieldValue], extra: list[str] | None) -> dict[str, FieldValue]:
    return {**given, **{f"extra.{name}": value for name, value in extras(extra or ()).items()}}


@commands.writes("remove")
def remove(opened: Database, keys: Keys, yes: Yes = False) -> Done:
    """Remove items with their dependencies. `undo` restores them.

    Examples:
      ai-debt remove PD-001
      ai-debt remove PD-001 PD-002 --yes
    """
    seen = {row.key: row.version for row in _rows(opened, keys)}
    confirmed(f"Remove {', '.join(keys)} and its dependencies?", yes=yes)
    return item_commands.remove_items(opened, keys, seen=seen)


def _rows(opened: Database, keys: Sequence[str]) -> list[ItemDetail]:
    """Some items. Raises NotFoundError."""
    with opened.read() as reader:
        return [item_queries.item(reader, key) for key in keys]


FEW = 5
PROSE = frozenset(
    ("Status", "Affected projects", "Affected components", "Description", "Mitigation plan", "Follow-ups", "Comments")
)
"""The facts of an item with inline Markdown, besides its extra columns."""


def _item_name(row: ItemRow) -> str:
    """What names an item: its title; without one its lead words at a terminal, or all it says elsewhere."""
    return lead(row.lead) if output.is_terminal(sys.stdout) else line(row.title or row.description)


class ListColumn(NamedTuple):
    """A column of the list of items, and its cell of a row, in which words may be highlighted.

    is_optional: it is left out where no row has a value.
    """

    column: Column
    cell: Callable[[ItemRow, tuple[str, ...]], Cell]
    is_optional: bool = False


LIST_COLUMNS = (
    ListColumn(Column("Key"), lambda row, _: Cell.of(row.key, STRONG)),
    ListColumn(Column("Severity"), lambda row, _: severity_cell(row.severity)),
    ListColumn(Column("Status"), lambda row, _: status_cell(row.status)),
    ListColumn(Column("Category"), lambda row, _: Cell.of(row.category)),
    ListColumn(Column("Flags", shrinks=True), lambda row, _: Cell(flag_names(row.flags), FLAGGED), is_optional=True),
    ListColumn(Column("Owner", shrinks=True), lambda row, words: Cell.of(row.owner, words=words)),
    ListColumn(Column("Title", shrinks=True, least=16), lambda row, words: Cell(_item_name(row), words=words)),
)
NARROW_COLUMNS = (LIST_COLUMNS[0], ListColumn(Column(""), lambda row, _: _state_cell(row)), LIST_COLUMNS[-1])


def items_text(rows: Sequence[ItemRow], words: tuple[str, ...] = ()) -> str:
    """The items as a table: words where there is room, letter and mark where there is little.

    Where stdout takes styles, the `words` that were searched for are highlighted.
    """
    every = NARROW_COLUMNS if is_narrow() else LIST_COLUMNS
    found = [(each, [each.cell(row, words) for row in rows]) for each in every]
    shown = [(each, cells) for each, cells in found if not each.is_optional or any(cell.text for cell in cells)]
    return table([each.column for each, _ in shown], [*zip(*(cells for _, cells in shown), strict=True)])


def _state_cell(row: ItemRow) -> Cell:
    return severity_cell(row.severity, state(row.severity, row.status) + signs(row.flags))


def flag_names(flags: frozenset[Flag]) -> str:
    """Some flags in words."""
    return ", ".join(FLAG_WORDS[flag] for flag in shown_flags(flags))


def unknown_text(keys: Sequence[str]) -> str:
    """The items for which the answer to a query is unknown, in a sentence."""
    named = ", ".join(map(line, keys[:FEW]))
    more = f" and {len(keys) - FEW:,} more" if len(keys) > FEW else ""
    return f"could not check {named}{more}: share of projects or age unknown"


def _feeds(rows: Sequence[Neighbor]) -> str:
    """What an item cascades to, a line each: how, and to which."""
    arrow = output.glyphs().arrow
    return "\n".join(line(f"{row.label} {arrow} {_named(row)}") for row in rows)


def _fed_by(rows: Sequence[Neighbor]) -> str:
    """What feeds an item, a line each: which, and how."""
    arrow = output.glyphs().arrow
    return "\n".join(
        line(f"{_named(row)}: {row.label} {arrow}" if row.label else f"{_named(row)} {arrow}") for row in rows
    )


def _named(row: Neighbor) -> str:
    return f"{state(row.severity, row.status)} {row.key} {lead(row.lead)}"


def item_text(row: ItemDetail, radius: BlastRadius | None = None) -> str:
    """One item with everything that is known about it, its blast radius included."""
    note = f" ({row.status_note})" if row.status_note else ""
    opened = row.opened_on.isoformat() if row.opened_on else ""
    entries = [
        ("Severity", rating(row.severity)),
        ("Status", status_words(row.status) + note),
        ("Category", f"{row.category_name} ({row.category})"),
        ("Owner", row.owner or ""),
        *((field.label, text_of(getattr(row, field.name)) or "") for field in FACTS),
        ("Opened", f"{opened} ({_age(row)})" if opened else _age(row)),
        ("Accepted by", row.accepted_by or ""),
        ("Accepted until", row.accepted_until.isoformat() if row.accepted_until else ""),
        ("Flags", ", ".join(flag_words(row, flag) for flag in shown_flags(row.flags))),
        *_signals(row),
        ("Escalated by", "\n".join(line(name) for name in row.broken_rules)),
        ("Not checked", "\n".join(line(name) for name in row.unknown_rules)),
        ("Affected projects", row.affected.text if row.affected else ""),
        ("Affected components", "\n".join(line(name) for name in row.components)),
        ("Links", _links(row)),
        *((line(name), text) for name, text in row.extra),
        ("Description", row.description),
        ("Mitigation plan", row.mitigation_plan or ""),
        ("Follow-ups", "\n".join(line(follow_up_line(each)) for each in row.follow_ups)),
        ("Timeline", _timeline(row)),
        ("Cascades to", _feeds(row.feeds)),
        ("Fed by", _fed_by(row.fed_by)),
        ("Blast radius", "\n".join(insights.radius(radius)) if radius else ""),
        ("Comments", "\n".join(f"{when(each)} {line(each.actor)}: {line(each.note)}" for each in row.comments)),
    ]
    if last := row.last_change:
        entries.append(("Changed", line(f"{when(last)} by {last.actor}, {change_words(last)}")))
    head = paragraph(f"{line(row.key)}  {prose_line(row.title)}".rstrip(), STRONG)
    return f"{head}\n\n{pairs(entries, prose=PROSE.union(line(name) for name, _ in row.extra))}"


def _links(row: ItemDetail) -> str:
    """The links of an item, a line each; all of the text if there is none in it."""
    return "\n".join(line(f"{each.label}  {each.url}".strip()) for each in row.found_links) or row.links or ""


def _signals(row: ItemDetail) -> list[tuple[str, str]]:
    """What the signals of an item say, and why they contradict it."""
    if not row.signals:
        return []
    from tui.render.item import contradiction_of
    from tui.render.signals import signals_text

    why = contradiction_of(row)
    reopen = line(f"{why} (`ai-debt set {quote(row.key)} --status open` reopens it)") if why else ""
    return [("Contradicted", reopen), ("Signals", signals_text(row, output.glyphs()))]


def _timeline(row: ItemDetail) -> str:
    """The events of an item's signals against its statuses, a line each, oldest first."""
    if not row.timeline:
        return ""
    from tui.render.signals import event_text

    return "\n".join(map(event_text, row.timeline))


def _age(row: ItemDetail) -> str:
    """How long an item has been there."""
    if row.age_days == 0 and not row.age_at_least:
        return "today"
    return f"{days(row.age_days, at_least=row.age_at_least)} ago"
