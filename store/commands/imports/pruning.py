"""What an import removes: what a new document no longer has, and which of that was changed here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from store.errors import FieldConflict
from store.fields import text_of
from store.formats.document.merge import differing_fields, edges_here, names_here
from store.formats.document.model import pair_edges
from store.queries.documents import document_steps, review_traces, stored_document
from store.queries.history import author

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
    from contextlib import AbstractContextManager

    from store.db.reader import Reader
    from store.formats.document.merge import Merge, Names, Value
    from store.formats.document.model import Dependency, Item, Register
    from store.formats.document.reader import ParsedTexts

    Read = Callable[[], AbstractContextManager[Reader]]
    """Starts a short read of the register."""


class Removals(NamedTuple):
    """What is removed: keys of items, codes of categories, and dependencies."""

    items: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    edges: tuple[Dependency, ...] = ()


NO_REMOVALS = Removals()


class PrunePlan(NamedTuple):
    """What pruning removes: everything missing, or what is missing and was not changed here, and what was changed."""

    conflicts: tuple[FieldConflict, ...] = ()
    all: Removals = NO_REMOVALS
    unchanged: Removals = NO_REMOVALS


NO_PRUNING = PrunePlan()


def plan_pruning(
    read: Read, texts: ParsedTexts, found: Merge, base: Register, file: Register, present: Register, names: Names
) -> PrunePlan:
    """What pruning would remove of what is missing in the file."""
    return _Pruning(read, texts, found, present, names).plan(base, file)


@dataclass(slots=True)
class _Pruning:
    """Finds what someone changed here and the file no longer has."""

    read: Read
    texts: ParsedTexts
    found: Merge
    present: Register
    names: Names

    def plan(self, base: Register, file: Register) -> PrunePlan:
        """What is removed, and all of the conflicts."""
        items, categories = list(self._items(base)), list(self._categories(base))
        edges = list(self._edges(base, file))
        conflicts = tuple(conflict for _, conflict in (*items, *categories, *edges))
        changed = Removals(
            tuple(key for key, _ in items), tuple(code for code, _ in categories), tuple(edge for edge, _ in edges)
        )
        return PrunePlan(conflicts, self._removals(changed, all_of_it=True), self._removals(changed, all_of_it=False))

    def _removals(self, changed: Removals, *, all_of_it: bool) -> Removals:
        """What is removed, with or without what was changed here; a category only when nothing is left in it."""
        found, kept = self.found, NO_REMOVALS if all_of_it else changed
        items = {key: None for key in found.missing_items if key not in set(kept.items)}
        edges = [edge for edge in found.missing_edges if not {*edge.ends} & {*kept.items}]
        edits = found.edits + found.disputed if all_of_it else found.edits
        moved = {edit.key: str(edit.after) for edit in edits if (edit.entity, edit.field) == ("item", "category")}
        used = {moved.get(item.key, item.category) for item in self.present.items if item.key not in items}
        used |= {item.category for item in (*found.items, *(found.readded_items if all_of_it else ()))}
        categories = (code for code in found.missing_categories if code not in {*kept.categories, *used})
        return Removals(tuple(items), tuple(categories), (*edges, *(changed.edges if all_of_it else ())))

    def _conflict(self, entity: str, key: str, field: str, before: Value, now: Value) -> FieldConflict:
        by = author_of(self.read, entity, key, field)
        return FieldConflict(key, field, text_of(before) or "", "", text_of(now) or "", by)

    def _items(self, base: Register) -> Iterator[tuple[str, FieldConflict]]:
        own = {item.key: item for item in self.present.items}
        texts = {key: (item, base) for item in base.items if (key := self.found.keys.get(item.key)) is not None}
        lost = {key for key in self.found.missing_items if key not in texts}
        texts |= self._earlier(lost) if lost else {}
        registers = {id(register): register for _, register in texts.values()}
        known = {number: set(edges_here(one.dependencies, self._keys(one))) for number, one in registers.items()}
        linked: dict[str, list[Dependency]] = {}
        for edge in self.present.dependencies:
            for end in {edge.source, edge.target}:
                linked.setdefault(end, []).append(edge)
        reviewed = self._reviewed(self.found.missing_items)
        for key in self.found.missing_items:
            if (known_as := texts.get(key)) is not None:
                was, register = known_as
                for name, before, now in differing_fields(was, own[key], self.found.codes):
                    yield key, self._conflict("item", key, name, before, now)
                for edge in linked.get(key, ()):
                    if edge not in known[id(register)]:
                        by = author_of(self.read, "dependency", edge.key, "label")
                        yield key, FieldConflict(key, "dependency", "", "", edge.text, by)
            yield from ((key, conflict) for conflict in reviewed.get(key, ()))

    def _keys(self, register: Register) -> Mapping[str, str | None]:
        """The keys here of a register's items."""
        own = {item.key for item in self.present.items}
        return names_here(own, {item.key for item in register.items}, self.names.keys)

    def _earlier(self, lost: Collection[str]) -> dict[str, tuple[Item, Register]]:
        """Items that only an earlier text had, each with the newest text that had it."""
        found: dict[str, tuple[Item, Register]] = {}
        with self.read() as reader:
            steps = document_steps(reader, undone=True)
        for before, _ in steps:
            number = (before.get("synced") or before["document"]) if isinstance(before, dict) else None
            with self.read() as reader:
                document = stored_document(reader, number)
            register = document.parse(self.texts).register if document is not None else None
            if register is not None:
                keys = self._keys(register)
                for item in register.items:
                    if (key := keys[item.key]) in lost and key is not None:
                        found.setdefault(key, (item, register))
            if len(found) == len(lost):
                break
        return found

    def _reviewed(self, keys: Iterable[str]) -> dict[str, list[FieldConflict]]:
        """The follow-ups and review decisions of items since the text last imported or exported."""
        found: dict[str, set[FieldConflict]] = {}
        with self.read() as reader:
            for one in review_traces(reader, keys):
                found.setdefault(one.key, set()).add(FieldConflict(one.key, one.kind, "", "", one.text, one.actor))
        return {key: sorted(conflicts, key=lambda each: (each.field, each.theirs)) for key, conflicts in found.items()}

    def _categories(self, base: Register) -> Iterator[tuple[str, FieldConflict]]:
        own = {category.code: category for category in self.present.categories}
        for was in base.categories:
            code = self.found.codes[was.code]
            if code not in self.found.missing_categories:
                continue
            for name in ("code", "name", "definition"):
                before, now = getattr(was, name), getattr(own[code], name)
                if (before or None) != (now or None):
                    yield code, self._conflict("category", code, name, before, now)

    def _edges(self, base: Register, file: Register) -> Iterator[tuple[Dependency, FieldConflict]]:
        """Dependencies relabeled here whose items the file has and which it no longer has itself."""
        before = edges_here(base.dependencies, self.found.keys)
        written = edges_here(file.dependencies, self.found.keys)
        gone = set(pair_edges(before, written).removed)
        missing = set(self.found.missing_items)
        for old, new in pair_edges(before, self.present.dependencies).relabeled:
            if old in gone and new not in written and not {*new.ends} & missing:
                yield new, self._conflict("dependency", new.key, "label", old.label, new.label)


def author_of(read: Read, entity: str, key: str, field: str) -> str:
    """Who changed a field last."""
    with read() as reader:
        return author(reader, entity, key, field)
