"""Import plans: what a document would change, shown before it is applied."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, NamedTuple

from store.audit.log import Head, head
from store.commands.imports.copies import base_of_copy
from store.commands.imports.pruning import NO_PRUNING, author_of, plan_pruning
from store.db.bulk import garbage_collection_paused
from store.db.reader import decode_rows
from store.errors import DocumentError, InvalidValueError, RegisterError, quoted
from store.fields import FIELDS, Kind, clean_text, of_kind, same
from store.formats.document.checks import undirected_arrows, unknown_lines
from store.formats.document.identity import NEW, identify, text_of
from store.formats.document.merge import Edit, Merge, Names, merge
from store.formats.document.model import Dependency, Register
from store.formats.document.reader import ParsedTexts, with_unread
from store.formats.document.reader import read as read_document
from store.formats.document.rules import EVERYTHING
from store.formats.document.sections import free_code
from store.formats.document.understanding import understand
from store.formats.document.vocabulary import fold
from store.formats.lines import Notice, Problem
from store.formats.mermaid.chart import Keys, decode_label
from store.queries.documents import (
    document_steps,
    find_sync_state,
    former_names,
    imported_keys,
    stored_content,
    stored_document,
    unrecorded_ids,
)
from store.text import name_key, plural

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store.commands.imports.pruning import PrunePlan, Read, Removals
    from store.db.database import Database
    from store.db.reader import Reader
    from store.errors import FieldConflict
    from store.formats.document.diff import Difference
    from store.formats.document.identity import Uncertain
    from store.formats.document.layout import Reading
    from store.formats.document.model import Category, Item
    from store.formats.document.reader import Parsed
    from store.formats.document.rules import ReadingRules
    from store.formats.document.understanding import Understanding
    from store.formats.mermaid.chart import Chart
    from store.formats.register_json import Copy
    from store.models import Json
    from store.queries.documents import StoredDocument, SyncState


_SHOWN = 60
_OWN_FIELDS = frozenset(FIELDS) - set(of_kind(Kind.KEY, Kind.CATEGORY, Kind.COMPONENTS))
"""The fields of an item that an import compares each by itself."""


Prefer = Literal["file", "register"]
Same = Mapping[str, str]
NO_MATCHES: Same = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class DocumentCounts:
    """How much a document holds."""

    categories: int = 0
    items: int = 0
    dependencies: int = 0
    cadence: int = 0

    @classmethod
    def of(cls, register: Register) -> DocumentCounts:
        """The counts of a register."""
        lists = (register.categories, register.items, register.dependencies, register.cadence)
        return cls(*map(len, lists))


class Origin(NamedTuple):
    """What a text was made from: the document `since` instead of the one seen last, or a register like a `copy`.

    `is_copy`: exports are not written into the text.
    """

    since: StoredDocument | None = None
    is_copy: bool = False
    copy: Copy | None = None


SEEN_LAST = Origin()
"""Most texts were made from the document that was imported or exported last."""


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What importing a text would do; nothing is written yet.

    With `problems` it cannot be imported. `added`, `missing` (in a text seen before, not in this one) and
    `register_only` (never in any) are item keys; `links` and `missing_links` are dependencies as
    `SOURCE -> TARGET (LABEL)`. `changed` takes the file's value; for `conflicts` (mine: the file's value,
    theirs: the register's) one side must be preferred. When pruning, that holds for the conflicts of `pruning`, too:
    what is missing and was changed here. `first`: the import creates the register.
    `map_alone`: the text holds a map and no items, so it adds titles and dependencies, and no template.
    `reading` is what was read from the text, `head` the register's newest change then, `base` the
    register in the text it was made from (`origin`), and `merge` the plan in values. `uncertain` are items without
    keys that may be known ones, unless `same` says so.
    """

    text: str
    path: str | None
    content: Register | None
    problems: tuple[Problem, ...] = ()
    notices: tuple[Notice, ...] = ()
    counts: DocumentCounts = DocumentCounts()
    first: bool = False
    added: tuple[str, ...] = ()
    added_categories: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    changed: tuple[Difference, ...] = ()
    missing: tuple[str, ...] = ()
    missing_categories: tuple[str, ...] = ()
    missing_links: tuple[str, ...] = ()
    pruning: PrunePlan = NO_PRUNING
    register_only: tuple[str, ...] = ()
    conflicts: tuple[FieldConflict, ...] = ()
    map_alone: bool = False
    reading: Reading | None = field(default=None, repr=False, compare=False)
    head: Head = field(default=Head(), repr=False, compare=False)
    base: Register | None = field(default=None, repr=False, compare=False)
    merge: Merge = field(default_factory=Merge, repr=False, compare=False)
    uncertain: tuple[Uncertain, ...] = ()
    same: Same = field(default_factory=dict, repr=False, compare=False)
    origin: Origin = field(default=SEEN_LAST, repr=False, compare=False)

    @property
    def is_copy(self) -> bool:
        """Whether the text is not a template for exports, such as JSON."""
        return self.origin.is_copy or (self.reading is not None and self.reading.copy is not None)

    @property
    def brings_news(self) -> bool:
        """Whether the text says anything that the register does not, besides what is missing in it."""
        return any((self.added, self.added_categories, self.links, self.changed, self.conflicts))

    @property
    def absent(self) -> tuple[str, ...]:
        """What the text no longer has: items, categories and dependencies."""
        return (*self.missing, *self.missing_categories, *self.missing_links)

    @property
    def leads(self) -> dict[str, str]:
        """What items of the text that it was made from say, by their keys."""
        return {item.key: item.title or item.description for item in (self.base.items if self.base else ())}

    def contested(self, *, prune: bool) -> tuple[FieldConflict, ...]:
        """The conflicts to be resolved, with removals or without."""
        return self.conflicts + self.pruning.conflicts if prune else self.conflicts

    def removed(self, prefer: Prefer | None) -> Removals:
        """What is removed if this side is preferred."""
        return self.pruning.unchanged if prefer == "register" else self.pruning.all


class _MapComparison:
    """What a map adds to a register, and which parts are left out and why."""

    def __init__(self, chart: Chart, present: Register, names: Names) -> None:
        self._chart, self._present, self._names = chart, present, names
        self._nodes: dict[str, str] = {}
        self.merge = Merge()
        self.problems: list[Problem] = []
        self.notices: list[Notice] = []
        self.edges: set[Dependency] = set()
        self._titles()
        self._dependencies()

    def plan(self, text: str, path: str | None, reading: Reading, newest: Head) -> ImportPlan:
        """What importing the map would do."""
        return ImportPlan(
            text=text,
            path=path,
            content=None,
            problems=tuple(self.problems),
            notices=tuple(sorted(self.notices, key=lambda notice: notice.line)),
            counts=DocumentCounts(dependencies=len(self.edges)),
            links=tuple(edge.text for edge in self.merge.edges),
            changed=tuple(edit.difference for edit in self.merge.edits),
            map_alone=True,
            reading=reading,
            head=newest,
            merge=self.merge,
        )

    def _titles(self) -> None:
        """Find the items of the nodes, a former key included, and those that get their title from here."""
        items = {item.key: item for item in self._present.items}
        own, former = Keys(items, any_case=True), Keys(self._names.keys, any_case=True)
        titled: set[str] = set()
        for node, label in self._chart.labels.items():
            line = self._chart.line_of(node)
            key, title = own.identify(node, label)
            if key is None and (known := former.identify(node, label))[0] is not None:
                key, title = self._names.keys[known[0]], known[1]
            if key is None:
                first = (decode_label(label).strip() if label else "") or node
                what = f"the map has a node for {first.split(chr(10))[0][:_SHOWN]}, which is not an item"
                self.notices.append(Notice(line + 1, what))
                continue
            self._nodes[node] = key
            title = self._clean("title", title or "", line)
            if not title or key in titled:
                continue
            titled.add(key)
            present = items[key].title
            if not present:
                self.merge.edits.append(Edit("item", key, "title", None, title))
            elif title.split() != present.split():
                one, other = (" ".join(text.split())[:_SHOWN] for text in (title, present))
                self.notices.append(Notice(line + 1, f"the map calls {key} {one!r}, its title stays {other!r}"))

    def _dependencies(self) -> None:
        """Find the arrows between items that are new dependencies; one without a label adds nothing to a link."""
        present = set(self._present.dependencies)
        linked = {edge.ends for edge in present}
        self.notices += [*unknown_lines(self._chart), *undirected_arrows(self._chart, self._nodes)]
        for arrow in self._chart.arrows:
            line = self._chart.line(arrow.link.start)
            if groups := [node for node in (arrow.source, arrow.target) if node in self._chart.subgraphs]:
                what = f"the dependency {arrow.source} to {arrow.target} is left out: {groups[0]} is a subgraph"
                self.notices.append(Notice(line + 1, what))
            label = self._clean("label", arrow.label, line)
            for source, target in arrow.ends:
                if label is None or source not in self._nodes or target not in self._nodes:
                    continue
                edge = Dependency(self._nodes[source], self._nodes[target], label)
                new = edge not in present and (label or edge.ends not in linked)
                if new and edge not in self.edges:
                    self.merge.edges.append(edge)
                self.edges.add(edge)

    def _clean(self, name: str, text: str, line: int) -> str | None:
        try:
            return clean_text(name, text)
        except InvalidValueError as error:
            self.problems.append(Problem(line + 1, error.what, error.remedy))
            return None


def require_sound(plan: ImportPlan) -> Register:
    """What a plan's document holds. Raises DocumentError naming the first of its problems."""
    if plan.problems:
        first = plan.problems[0]
        others = len(plan.problems) - 1
        more = f" (and {others:,} more {plural(others, 'problem')})" if others else ""
        place = f"{plan.path}, line {first.line}" if plan.path else f"line {first.line}"
        raise DocumentError(f"{place}: {first.what}{more}", first.remedy)
    if plan.content is None:
        raise DocumentError(
            f"{plan.path or 'this text'} does not contain a register", "it needs a table of items with an ID column"
        )
    return plan.content


def plan_import(
    db: Database | None,
    text: str,
    *,
    path: str | None,
    settled: ReadingRules = EVERYTHING,
    same: Same = NO_MATCHES,
    origin: Origin = SEEN_LAST,
) -> ImportPlan:
    """What importing a document's text would do to a register, or to none.

    `settled` are mapping rules for words that are not known: they take precedence over those of the
    document imported last. `same` says which items (by their text) without keys are known ones, by key, or new.
    Raises RegisterError for the document of another system, where the same keys mean other debt, and
    InvalidValueError where `same` names no such item.
    """
    return _plan(db, text, path=path, settled=settled, same=same, origin=origin)


def plan_again(db: Database, plan: ImportPlan) -> ImportPlan:
    """What importing the text of a plan would do now."""
    rules = plan.reading.rules if plan.reading else EVERYTHING
    return _plan(db, plan.text, path=plan.path, settled=rules, same=plan.same, origin=plan.origin, reading=plan.reading)


CHANGES_SINCE = "select verb, entity, key, field from change where sequence > :since"
DIGEST_OF = "select digest from change where sequence = :sequence"


def is_current(plan: ImportPlan, reader: Reader, since: Head) -> bool:
    """Whether what others changed leaves a plan valid: comments, and fields that the file leaves alone."""
    if since.sequence and reader.value(DIGEST_OF, {"sequence": since.sequence}) != since.digest:
        return False
    changes = reader.tuples(CHANGES_SINCE, {"since": since.sequence})
    touched = {key for _, _, key, _ in changes}

    def items(register: Register | None) -> dict[str | None, Item]:
        found = register.items if register and touched else ()
        return {key: item for item in found if (key := plan.merge.keys.get(item.key)) in touched}

    before, file = items(plan.base), items(plan.content)

    def leaves_alone(verb: str, entity: str, key: str, name: str | None) -> bool:
        if verb == "comment":
            return True
        if entity != "item" or name not in _OWN_FIELDS or key not in before or key not in file:
            return False
        return same(name, getattr(before[key], name), getattr(file[key], name))

    return all(leaves_alone(*change) for change in changes)


@garbage_collection_paused()
def _plan(
    db: Database | None,
    text: str,
    *,
    path: str | None,
    settled: ReadingRules,
    same: Same,
    origin: Origin,
    reading: Reading | None = None,
) -> ImportPlan:
    """The plan for a register; `reading` is what was read from the text before.

    Reads keep others from committing, so they are short. Where the head has moved on, they may not belong together.
    """
    texts = ParsedTexts()
    read = db.read if db is not None else None
    here = _here(read)
    facts, present, names = here.facts, here.register, here.names
    reading = reading or read_document(text, texts, settled.over(here.document.rules) if here.document else settled)
    if reading.map is not None and read is not None and facts is not None and present.items:
        _refuse_other_system(reading.map.system, present, base_of(read, facts, texts=texts))
        return _MapComparison(reading.map.chart, present, names).plan(text, path, reading, here.head)
    counts = DocumentCounts.of(reading.register) if reading.register else DocumentCounts()
    if reading.register is None or reading.problems:
        return ImportPlan(text, path, reading.register, reading.problems, reading.notices, counts, reading=reading)
    uncertain: tuple[Uncertain, ...] = ()
    base, pruning = None, NO_PRUNING
    if db is None or read is None or facts is None:
        _require_said(same, (), ())
        # A first import compares with no other document, so it need not keep the parsed text.
        texts = ParsedTexts()
        file = reading.register
        found = merge(Register(title=""), file, Register(title=""), Names(), lambda *_: "")
        found.edits.clear()
    else:
        copy = reading.copy or origin.copy
        copied = base_of_copy(db, copy, here.head, present) if copy else None
        base = copied or _register_of(origin.since, present, texts) or base_of(read, facts, text, texts=texts)
        _refuse_other_system(reading.register.system, present, base)
        reading, uncertain = _recognized(text, reading, base, present, same, texts)
        assert reading.register is not None
        file = with_unread(reading.register, reading.unread, base or present)
        if reading.items_only:
            file = _with_facts(file, base or present)
        found = merge(base, file, present, names, partial(author_of, read))
        _count_imported_as_missing(read, found)
        if base is not None:
            pruning = plan_pruning(read, texts, found, base, file, present, names)
    plan = ImportPlan(text, path, file, notices=reading.notices, counts=counts, first=facts is None, pruning=pruning)
    plan = replace(plan, reading=reading, head=here.head, base=base, uncertain=uncertain, same=same, origin=origin)
    return _shown(plan, found)


def _with_facts(file: Register, known: Register) -> Register:
    """The items of a file that says nothing else, with the facts and the dependencies that are known.

    Its categories are known by their names, since it has no codes.
    """
    keys = {item.key for item in file.items}
    edges = tuple(edge for edge in known.dependencies if keys.issuperset(edge.ends))
    named = {name_key(category.name): category for category in known.categories}
    taken = {category.code for category in known.categories}
    codes: dict[str, str] = {}
    categories: list[Category] = []
    for category in file.categories:
        present = named.get(name_key(category.name))
        code = present.code if present else free_code(category.code, taken)
        taken.add(code)
        codes[category.code] = code
        categories.append(category._replace(code=code, definition=present.definition if present else None))
    items = tuple(item._replace(category=codes[item.category]) for item in file.items)
    return known._replace(categories=tuple(categories), items=items, dependencies=edges)


class _Here(NamedTuple):
    """The present register: what it is in sync with, its content, former names, newest change and last document."""

    facts: SyncState | None
    register: Register
    names: Names
    head: Head
    document: StoredDocument | None


def _here(read: Read | None) -> _Here:
    """The present register; an empty one if there is none yet."""
    if read is None:
        return _Here(None, Register(title=""), Names(), Head(), None)
    with read() as reader:
        facts, decoded = find_sync_state(reader), stored_content(reader)
        names, newest = Names(former_names(reader, "item"), former_names(reader, "category")), head(reader)
        document = stored_document(reader, facts.document_id) if facts else None
    return _Here(facts, decode_rows(read, decoded), names, newest, document)


def _shown(plan: ImportPlan, found: Merge) -> ImportPlan:
    """A plan with what it would do."""
    return replace(
        plan,
        added=tuple(item.key for item in found.items),
        added_categories=tuple(category.name for category in found.categories),
        links=tuple(edge.text for edge in found.edges),
        changed=tuple(edit.difference for edit in found.edits),
        missing=tuple(found.missing_items),
        missing_categories=tuple(found.missing_categories),
        missing_links=tuple(edge.text for edge in found.missing_edges),
        register_only=tuple(found.register_only),
        conflicts=tuple(found.conflicts),
        merge=found,
    )


def _recognized(
    text: str, reading: Reading, base: Register | None, present: Register, same: Same, texts: ParsedTexts
) -> tuple[Reading, tuple[Uncertain, ...]]:
    """The reading with the keys that its items without one had before, and those of which that is not certain."""
    given = reading.rules.keys
    if not given or reading.register is None:
        _require_said(same, (), ())
        return reading, ()
    written = {item.key for item in reading.register.items} - set(given)
    items = {item.key: item for item in reading.register.items}
    known = [item for item in (base or present).items if item.key not in written]
    taken = {item.key for register in (base, present) if register for item in register.items} | written
    keyless = [items[key] for key in given]
    found = identify(keyless, known, taken, _require_said(same, keyless, known))
    if found.keys != given:
        reading = texts.parse(text, reading.rules._replace(keys=found.keys)).reading
    return reading, found.uncertain


def _require_said(same: Same, keyless: Sequence[Item], known: Sequence[Item]) -> Same:
    """The given matches of items without keys, by their folded texts. Raises InvalidValueError for unknown ones."""
    texts, keys = {fold(text_of(item)) for item in keyless}, {name_key(item.key): item.key for item in known}
    found: dict[str, str] = {}
    for text, key in same.items():
        if fold(text) not in texts:
            what = f"no item without a key is called {quoted(text)}"
            raise InvalidValueError("same", what, "use its title as the preview shows it")
        found[fold(text)] = NEW if key.casefold() == NEW else keys.get(name_key(key), "")
        if not found[fold(text)]:
            what = f"{quoted(text)} cannot be {key}, which is not one of the known items without a key"
            raise InvalidValueError("same", what, f"use another key, or {NEW}")
    return found


def understanding(plan: ImportPlan) -> Understanding | None:
    """What was understood of a plan's document; None for a copy such as JSON, and for a map alone."""
    if plan.is_copy or plan.map_alone or plan.reading is None:
        return None
    return understand(plan.text, plan.reading.rules)


def refuse_pruning(plan: ImportPlan) -> None:
    """Raise RegisterError for a map alone."""
    if plan.map_alone:
        raise RegisterError("a map alone does not show what was removed", "omit --prune")


def base_of(read: Read, state: SyncState, text: str | None = None, *, texts: ParsedTexts) -> Register | None:
    """The register in the text last imported or exported, None without one.

    `text`: that of the file to be compared, which tells whether an interrupted export wrote it.
    """
    found: Register | None = None
    for parsed in reversed(_seen(read, state, text, texts)):
        if parsed.register is not None:
            # What cannot be read in this text is taken from the one before it.
            found = with_unread(parsed.register, parsed.layout.unread, found)
    return found


def _register_of(document: StoredDocument | None, present: Register, texts: ParsedTexts) -> Register | None:
    """The register in a document, None without one; what cannot be read in it is taken from the present one."""
    parsed = document.parse(texts) if document is not None else None
    if parsed is None or parsed.register is None:
        return None
    return with_unread(parsed.register, parsed.layout.unread, present)


def _seen(read: Read, state: SyncState, text: str | None, texts: ParsedTexts) -> list[Parsed]:
    """The text last imported or exported, and as long as a text holds what cannot be read, the one seen before it."""
    found: list[Parsed] = []
    pair: tuple[Json, Json] = (state.document_id, state.synced_id)
    with read() as reader:
        last = _last_of(reader, pair)
        pending = unrecorded_ids(reader) if text is not None else ()
        written = [document for each in pending if (document := stored_document(reader, each))]
        steps = iter(document_steps(reader, undone=False))
    if last is not None and text is not None and written:
        lines = set(text.splitlines())
        closest = min((last, *written), key=lambda each: len(set(each.text.splitlines()) ^ lines))
        if closest is not last:
            found.append(closest.parse(texts))
            if found[-1].layout.unread is None:
                return found
    while last is not None:
        found.append(last.parse(texts))
        if found[-1].layout.unread is None:
            break
        before = next((b for b, a in steps if isinstance(a, dict) and (a["document"], a["synced"]) == pair), None)
        if not isinstance(before, dict):
            break
        pair = (before["document"], before["synced"])
        with read() as reader:
            last = _last_of(reader, pair)
    return found


def _last_of(reader: Reader, pair: tuple[Json, Json]) -> StoredDocument | None:
    """The text that was exported last, or else imported."""
    return stored_document(reader, pair[1] or pair[0])


def _count_imported_as_missing(read: Read, found: Merge) -> None:
    """Items that came with an import and that an earlier one missed already are missing, not our own."""
    if found.register_only:
        with read() as reader:
            came = imported_keys(reader)
        found.missing_items += [key for key in found.register_only if key in came]
        found.register_only = [key for key in found.register_only if key not in came]


def _refuse_other_system(system: str | None, present: Register, base: Register | None) -> None:
    known = {present.system, base.system if base else None} - {None}
    if system and known and system not in known:
        raise RegisterError(
            f"this document describes {system}, but the register is for {present.system or (base and base.system)}",
            "use a separate database with --db, or change the register's system first",
        )
