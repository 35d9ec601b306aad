"""The register that a three-way merge gives, with every conflict resolved in favor of one side."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from store.fields import EXTRA
from store.formats.document.merge import Names, differing_fields, edges_here, merge
from store.formats.document.model import Dependency, pair_edges
from store.text import name_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from store.formats.document.merge import Edit, Merge
    from store.formats.document.model import Category, Item, Register
    from store.formats.line_merge import Side


class Resolved(NamedTuple):
    """What a merge gives: the categories that its items may be in, the items and the dependencies."""

    categories: tuple[Category, ...]
    items: tuple[Item, ...]
    dependencies: tuple[Dependency, ...]


class Resolution:
    """A three-way merge of two registers that were changed since they were `base`.

    What one side changed or removed is so in both ways to resolve it; what both did to the same field, or one removed
    and the other changed, is as the preferred side has it.
    """

    def __init__(self, base: Register | None, ours: Register, theirs: Register) -> None:
        self._base, self._ours, self._theirs = base, ours, theirs
        self._former = {name_key(item.key): item for item in base.items} if base else {}
        self._file = {name_key(item.key): item for item in theirs.items}
        self._found = found = merge(base, theirs, ours, Names(), lambda *_: "")
        self._before = edges_here(base.dependencies, found.keys) if base else []
        self._kept = set(self._changed_here())
        self._readded = (*found.readded_items, *self._linked_there())

    @property
    def codes(self) -> Mapping[str, str]:
        """What the codes of categories in the base and in theirs are in ours."""
        return self._found.codes

    def prefer(self, side: Side) -> Resolved:
        """The result with every conflict resolved in favor of a side."""
        taken = self._found if side == "ours" else self._found.with_file()
        items = {item.key: item for item in self._ours.items}
        for key in self._found.missing_items:
            if side == "theirs" or key not in self._kept:
                del items[key]
        for edit in taken.edits:
            if edit.entity == "item":
                items[edit.key] = self._edited(items[edit.key], edit)
        for edit in self._found.disputed:
            if edit.entity == "item":
                items[edit.key] = self._disputed(items[edit.key], edit, side)
        for item in (*taken.items, *(self._readded if side == "theirs" else ())):
            items.setdefault(item.key, item)
        edges = list(dict.fromkeys(self._edges(taken, side)))
        # A key that is only spelled differently.
        names = {key: item.key for key, item in items.items()}
        renamed = (Dependency(names.get(one.source, ""), names.get(one.target, ""), one.label) for one in edges)
        categories = (*self._ours.categories, *self._found.categories)
        return Resolved(categories, tuple(items.values()), tuple(edge for edge in renamed if all(edge.ends)))

    def _edited(self, item: Item, edit: Edit) -> Item:
        changed = item._replace(**{edit.field: edit.after})  # type: ignore[arg-type]  # a value of that field
        if edit.field != "components":
            return changed
        return changed._replace(components_text=self._file[name_key(item.key)].components_text)

    def _disputed(self, item: Item, edit: Edit, side: Side) -> Item:
        """An item with what else depends on the side that is preferred."""
        if edit.field == "status" and side == "theirs":
            # A note belongs to its status.
            return item._replace(status_note=self._file[name_key(item.key)].status_note)
        if edit.field == EXTRA and side == "ours":
            # Of columns that only they changed, the value is theirs.
            was, own = (dict(one.extra) if one else {} for one in (self._former.get(name_key(item.key)), item))
            file = dict(self._file[name_key(item.key)].extra)
            names = dict.fromkeys((*own, *file))
            merged = {name: (file if own.get(name) == was.get(name) else own).get(name) for name in names}
            return item._replace(extra=tuple((name, text) for name, text in merged.items() if text))
        return item

    def _changed_here(self) -> Iterator[str]:
        """The items that they removed and we changed, or linked to another one."""
        own = {item.key: item for item in self._ours.items}
        former = {self._found.keys[item.key]: item for item in self._base.items} if self._base else {}
        linked = {end for edge in self._ours.dependencies if edge not in self._before for end in edge.ends}
        for key in self._found.missing_items:
            if key in linked or any(differing_fields(former[key], own[key], self._found.codes)):
                yield key

    def _linked_there(self) -> Iterator[Item]:
        """The items that we removed and they did not change, but linked to another one."""
        before = self._base.dependencies if self._base else ()
        linked = {end for edge in self._theirs.dependencies if edge not in before for end in edge.ends}
        changed = {item.key for item in self._found.readded_items}
        for item in self._theirs.items:
            if self._found.keys.get(item.key) is None and item.key in linked - changed:
                yield item._replace(category=self._found.codes[item.category])

    def _edges(self, taken: Merge, side: Side) -> Iterator[Dependency]:
        """The dependencies, also some of items that are not there."""
        labels = {(e.key, e.before): str(e.after or "") for e in taken.edits if e.entity == "dependency"}
        kept = self._kept if side == "ours" else set()
        gone = {edge for edge in self._found.missing_edges if kept.isdisjoint(edge.ends)}
        gone.update(self._relabeled_here() if side == "theirs" else ())
        for edge in self._ours.dependencies:
            if edge not in gone:
                yield edge._replace(label=labels.get((edge.key, edge.label), edge.label))
        yield from taken.edges
        if side == "theirs":
            back = {item.key for item in self._readded}
            yield from self._theirs_of(edge for edge in self._theirs.dependencies if back.intersection(edge.ends))

    def _theirs_of(self, edges: Iterable[Dependency]) -> Iterator[Dependency]:
        keys = self._found.keys
        for edge in edges:
            yield Dependency(keys.get(edge.source) or edge.source, keys.get(edge.target) or edge.target, edge.label)

    def _relabeled_here(self) -> Iterator[Dependency]:
        """The dependencies that they removed and we relabeled."""
        written = edges_here(self._theirs.dependencies, self._found.keys)
        gone = set(pair_edges(self._before, written).removed)
        for old, new in pair_edges(self._before, self._ours.dependencies).relabeled:
            if old in gone and new not in written:
                yield new
