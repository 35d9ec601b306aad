"""What an import removes: what the file no longer has, unless someone changed it here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from store.commands.imports.merge import changed_fields, edges_here
from store.errors import FieldConflict
from store.fields import text_of
from store.formats.document.diff import pair_edges
from store.queries.documents import document_steps, document_text, review_traces

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from store.commands.imports.merge import Merge, Names
    from store.commands.imports.plan import Read
    from store.formats.document import model as plain
    from store.formats.document.reader import ParsedTexts


@dataclass(frozen=True, slots=True)
class Removals:
    """What is removed: keys of items, codes of categories, and dependencies."""

    items: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    edges: tuple[plain.Dependency, ...] = ()


NOTHING_GOES = Removals()


@dataclass(frozen=True, slots=True)
class RemovalConflicts:
    """What the file removed and somebody changed here: conflicts, keys, codes and dependencies."""

    conflicts: tuple[FieldConflict, ...] = ()
    items: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    edges: tuple[plain.Dependency, ...] = ()


def removals(found: Merge, present: plain.Register, conflicts: RemovalConflicts, *, all_of_it: bool) -> Removals:
    """What is removed: everything missing, or (not `all_of_it`) what is missing and was not changed here.

    A category is removed only when nothing is left in it.
    """
    items = [key for key in found.missing_items if all_of_it or key not in conflicts.items]
    staying = set() if all_of_it else conflicts.items
    edges = [edge for edge in found.missing_edges if not {edge.source, edge.target} & staying]
    edges += conflicts.edges if all_of_it else ()
    edits = found.edits + found.disputed if all_of_it else found.edits
    moved = {edit.key: str(edit.after) for edit in edits if (edit.entity, edit.field) == ("item", "category")}
    gone = set(items)
    used = {moved.get(item.key, item.category) for item in present.items if item.key not in gone}
    used |= {item.category for item in (*found.items, *(found.readded_items if all_of_it else ()))}
    unwanted = [code for code in found.missing_categories if all_of_it or code not in conflicts.categories]
    return Removals(tuple(items), tuple(code for code in unwanted if code not in used), tuple(edges))


@dataclass(slots=True)
class RemovalConflictFinder:
    """Finds what somebody changed here and the file no longer has."""

    read: Read
    texts: ParsedTexts
    found: Merge
    present: plain.Register
    names: Names
    who: Callable[[str, str, str], str]

    def find(self, base: plain.Register, file: plain.Register) -> RemovalConflicts:
        """All of these conflicts."""
        items = list(self._items(base))
        categories = list(self._categories(base))
        edges = list(self._edges(base, file))
        return RemovalConflicts(
            tuple(conflict for _, conflict in (*items, *categories, *edges)),
            frozenset(key for key, _ in items),
            frozenset(code for code, _ in categories),
            tuple(edge for edge, _ in edges),
        )

    def _conflict(self, entity: str, key: str, field: str, before: str | None, now: str | None) -> FieldConflict:
        return FieldConflict(key, field, before or "", "", now or "", self.who(entity, key, field))

    def _items(self, base: plain.Register) -> Iterator[tuple[str, FieldConflict]]:
        own = {item.key: item for item in self.present.items}
        texts = {key: (item, base) for item in base.items if (key := self.found.keys.get(item.key)) is not None}
        lost = {key for key in self.found.missing_items if key not in texts}
        texts |= self._earlier(lost) if lost else {}
        registers = {id(register): register for _, register in texts.values()}
        known = {number: set(edges_here(one.dependencies, self._keys(one))) for number, one in registers.items()}
        linked: dict[str, list[plain.Dependency]] = {}
        for edge in self.present.dependencies:
            for end in {edge.source, edge.target}:
                linked.setdefault(end, []).append(edge)
        told = self._told(self.found.missing_items)
        for key in self.found.missing_items:
            if (known_as := texts.get(key)) is not None:
                was, register = known_as
                for name, before, now in changed_fields(was, own[key], self.found.codes):
                    yield key, self._conflict("item", key, name, text_of(before) or None, text_of(now) or None)
                for edge in linked.get(key, ()):
                    if edge not in known[id(register)]:
                        by = self.who("dependency", f"{edge.source} -> {edge.target}", "label")
                        yield key, FieldConflict(key, "dependency", "", "", edge.text, by)
            yield from ((key, conflict) for conflict in told.get(key, ()))

    def _keys(self, register: plain.Register) -> Mapping[str, str | None]:
        """The keys here of a register's items."""
        find = self.names.finder({item.key for item in self.present.items}, (item.key for item in register.items))
        return {item.key: find.here(item.key) for item in register.items}

    def _earlier(self, lost: Collection[str]) -> dict[str, tuple[plain.Item, plain.Register]]:
        """Items that only an earlier text had, each with the newest text that had it."""
        found: dict[str, tuple[plain.Item, plain.Register]] = {}
        with self.read() as reader:
            steps = document_steps(reader, undone=True)
        for before, _ in steps:
            number = (before.get("synced") or before["document"]) if isinstance(before, dict) else None
            with self.read() as reader:
                text = document_text(reader, number) if isinstance(number, int) else None
            register = self.texts.parse(text).register if text is not None else None
            if register is not None:
                keys = self._keys(register)
                for item in register.items:
                    if (key := keys[item.key]) in lost and key is not None:
                        found.setdefault(key, (item, register))
            if len(found) == len(lost):
                break
        return found

    def _told(self, keys: Iterable[str]) -> dict[str, list[FieldConflict]]:
        """The follow-ups and review decisions of items since the text last imported or exported."""
        found: dict[str, set[FieldConflict]] = {}
        with self.read() as reader:
            for one in review_traces(reader, keys):
                found.setdefault(one.key, set()).add(FieldConflict(one.key, one.kind, "", "", one.text, one.actor))
        return {key: sorted(conflicts, key=lambda each: (each.field, each.theirs)) for key, conflicts in found.items()}

    def _categories(self, base: plain.Register) -> Iterator[tuple[str, FieldConflict]]:
        own = {category.code: category for category in self.present.categories}
        for was in base.categories:
            code = self.found.codes[was.code]
            if code not in self.found.missing_categories:
                continue
            for name in ("code", "name", "definition"):
                before, now = getattr(was, name), getattr(own[code], name)
                if (before or None) != (now or None):
                    yield code, self._conflict("category", code, name, before, now)

    def _edges(self, base: plain.Register, file: plain.Register) -> Iterator[tuple[plain.Dependency, FieldConflict]]:
        """Dependencies relabelled here whose items the file has and which it no longer has itself."""
        before = edges_here(base.dependencies, self.found.keys)
        told = edges_here(file.dependencies, self.found.keys)
        gone = set(pair_edges(before, told).removed)
        missing = set(self.found.missing_items)
        for old, new in pair_edges(before, self.present.dependencies).relabelled:
            if old in gone and new not in told and not {new.source, new.target} & missing:
                key = f"{new.source} -> {new.target}"
                yield new, self._conflict("dependency", key, "label", old.label, new.label)
