"""Three-way merges of registers by key and field: what one of two sides changed since both were the same."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from store.errors import FieldConflict
from store.fields import EXTRA, ITEM_FIELDS, FieldValue, same, text_of
from store.formats.document.diff import Difference
from store.formats.document.model import CadenceEntry, Dependency, pair_edges
from store.text import name_key, same_name

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from store.formats.document.diff import Entity
    from store.formats.document.model import Category, Item, Register

Value = FieldValue | int | tuple[CadenceEntry, ...] | tuple[tuple[str, str], ...]
FACTS = ("title", "extends", "system", "purpose", "note", "project_total", "cadence")
_ITEM = tuple(known.name for known in ITEM_FIELDS if known.name != "key")


@dataclass(frozen=True, slots=True)
class Edit:
    """A field that takes the file's value; `key` is the present key or code, `SOURCE -> TARGET`, or `register`."""

    entity: Entity
    key: str
    field: str
    before: Value
    after: Value

    @property
    def difference(self) -> Difference:
        """The edit as people read it."""
        return Difference(self.entity, self.key, self.field, text_of(self.before) or None, text_of(self.after) or None)


class Names(NamedTuple):
    """The present keys and codes of what once had another."""

    keys: Mapping[str, str] = {}
    codes: Mapping[str, str] = {}


@dataclass(slots=True)
class Merge:
    """What an import would do; everything in present keys and codes.

    `edits`, `items`, `categories` and `edges` come from the file without contradiction; `disputed` are
    the edits, and `readded` the items and edges, that take effect only where the file is preferred. `keys`
    (None: not here) and `codes` say what the file's items and categories are called here.
    """

    edits: list[Edit] = field(default_factory=list)
    disputed: list[Edit] = field(default_factory=list)
    categories: list[Category] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    edges: list[Dependency] = field(default_factory=list)
    readded_items: list[Item] = field(default_factory=list)
    readded_edges: list[Dependency] = field(default_factory=list)
    missing_items: list[str] = field(default_factory=list)
    missing_categories: list[str] = field(default_factory=list)
    missing_edges: list[Dependency] = field(default_factory=list)
    register_only: list[str] = field(default_factory=list)
    conflicts: list[FieldConflict] = field(default_factory=list)
    keys: dict[str, str | None] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)
    categories_moved: bool = False

    def with_file(self) -> Merge:
        """The same with every conflict resolved in favor of the file."""
        return replace(
            self,
            edits=self.edits + self.disputed,
            items=self.items + self.readded_items,
            keys=self.keys | {item.key: item.key for item in self.readded_items},
            edges=self.edges + [edge for edge in dict.fromkeys(self.readded_edges) if edge not in self.edges],
        )


def merge(
    base: Register | None, file: Register, present: Register, names: Names, who: Callable[[str, str, str], str]
) -> Merge:
    """Compare three ways; `who` says who changed (entity, key, field) last in the register.

    A field that only the file changed is its edit; one that only the register changed stays; one that both
    changed differently is a conflict. Without a base, a register without items takes the file's values.
    """
    return _Merging(base, file, present, names, who).merged()


@dataclass(slots=True)
class _Merging:
    base: Register | None
    file: Register
    present: Register
    names: Names
    who: Callable[[str, str, str], str]
    found: Merge = field(default_factory=Merge)

    def merged(self) -> Merge:
        """All of it."""
        was = self.base or (self.present if not self.present.items else None)
        for name in FACTS:
            before = getattr(was, name) if was else None
            now = getattr(self.present, name)
            self._compare("register", "register", name, before, getattr(self.file, name), now, disputed=was is None)
        self._categories(was)
        self._items()
        self._edges()
        if self.base:
            here = [category.code for category in self.present.categories]
            seen = [self.found.codes[category.code] for category in self.base.categories]
            self.found.categories_moved = [c for c in here if c in seen] != [c for c in seen if c in here]
        return self.found

    def _compare(
        self, entity: Entity, key: str, name: str, was: Value, file: Value, now: Value, *, disputed: bool
    ) -> None:
        """Compare one field that the file and the register both have; if `disputed`, `was` is unknown."""
        if same(name, file, now) or (not disputed and same(name, file, was)):
            return
        edit = Edit(entity, key, name, now, file)
        if not disputed and same(name, now, was):
            self.found.edits.append(edit)
        else:
            self.found.disputed.append(edit)
            self._conflict(entity, key, name, was, file, now)

    def _conflict(self, entity: str, key: str, name: str, was: Value, file: Value, now: Value) -> None:
        before, mine, theirs = (text_of(value) or "" for value in (was, file, now))
        self.found.conflicts.append(FieldConflict(key, name, before, mine, theirs, self.who(entity, key, name)))

    def _categories(self, was: Register | None) -> None:
        """Compare the categories, and find the code here of every code in the file or the base."""
        own = {category.code: category for category in self.present.categories}
        former = {category.code: category for category in was.categories} if was else {}
        file = self.file.categories
        known = names_here(own, {*former, *(category.code for category in file)}, self.names.codes)
        codes = {code: code for code in (*former, *own)} | {code: here for code, here in known.items() if here}
        codes |= self._same_names(codes)
        self.found.codes = codes
        needed = {item.category for item in self.file.items}
        for category in file:
            code = codes.setdefault(category.code, category.code)
            before = former.get(category.code) or next((former[old] for old in former if codes[old] == code), None)
            if code not in own:
                # One that was removed here comes back only with something in it.
                if before is None or category.code in needed:
                    self.found.categories.append(category)
                continue
            for name in ("name", "definition"):
                values = [getattr(one, name) if one else None for one in (before, category, own[code])]
                self._compare("category", code, name, *values, disputed=before is None)
            if before and before.code == code != category.code:
                self.found.edits.append(Edit("category", code, "code", code, category.code))
        written = {codes[category.code] for category in file}
        self.found.missing_categories += [c for code in former if (c := codes[code]) in own and c not in written]

    def _same_names(self, codes: Mapping[str, str]) -> dict[str, str]:
        """The codes here of categories that the file calls the same by another code."""
        met = {codes.get(category.code) for category in self.file.categories}
        free: dict[str, list[str]] = {}
        for category in self.present.categories:
            if category.code not in met:
                free.setdefault(name_key(category.name), []).append(category.code)
        found: dict[str, str] = {}
        for category in self.file.categories:
            if category.code not in codes and (alike := free.get(name_key(category.name))):
                found[category.code] = alike.pop(0)
        return found

    def _items(self) -> None:
        """Compare the items, and find the key here of every key in the file or the base."""
        found, file, codes = self.found, self.file.items, self.found.codes
        own = {item.key: item for item in self.present.items}
        former = {item.key: item for item in self.base.items} if self.base else {}
        found.keys = keys = names_here(own, {*former, *(item.key for item in file)}, self.names.keys)
        spelled = {name_key(key): item for key, item in former.items()}
        for item in file:
            key, was = keys[item.key], former.get(item.key) or spelled.get(name_key(item.key))
            if key is not None:
                self._compare_items(was, item, own[key])
                if item.key != key and (item.key not in former if was else same_name(item.key, key)):
                    # Spelled otherwise, as in `en-001` for EN-001.
                    self._compare("item", key, "key", was.key if was else None, item.key, key, disputed=was is None)
            elif was is None:
                found.items.append(_placed(item, codes[item.category]))
                keys[item.key] = item.key
            elif any(not same(name, getattr(was, name), getattr(item, name)) for name in _ITEM):
                found.readded_items.append(_placed(item, codes[item.category]))
                self._conflict("item", item.key, "key", was.key, item.key, None)
        written = {keys[item.key] for item in file}
        here = [keys[old] for old in former]
        found.missing_items += [known for known in here if known is not None and known not in written]
        met = set(keys.values())
        found.register_only += [item.key for item in self.present.items if item.key not in met]

    def _compare_items(self, was: Item | None, item: Item, now: Item) -> None:
        if was == item:
            return
        codes = self.found.codes
        for name in _ITEM:
            values: list[Value] = [getattr(one, name) if one else None for one in (was, item, now)]
            if name == "category":
                values[:2] = [codes.get(str(value), str(value)) if value else None for value in values[:2]]
            if name == EXTRA:
                self._compare_columns(was, item, now)
                continue
            self._compare("item", now.key, name, *values, disputed=was is None)

    def _compare_columns(self, was: Item | None, item: Item, now: Item) -> None:
        """Compare the extra columns, each by itself; where one is in conflict, the file's value is disputed."""
        before, file, here = (dict(one.extra) if one else {} for one in (was, item, now))
        merged, clean = dict(here), True
        for name in dict.fromkeys((*before, *file)):
            if file.get(name, "") in (before.get(name, ""), here.get(name, "")):
                continue
            clean = clean and here.get(name, "") == before.get(name, "")
            merged[name] = file.get(name, "")
        columns = tuple((name, text) for name, text in merged.items() if text)
        if dict(columns) == here:
            return
        edit = Edit("item", now.key, EXTRA, now.extra, columns)
        if clean:
            self.found.edits.append(edit)
        else:
            self.found.disputed.append(edit)
            self._conflict("item", now.key, EXTRA, was.extra if was else None, item.extra, now.extra)

    def _edges(self) -> None:
        found, keys, now = self.found, self.found.keys, self.present.dependencies
        before = edges_here(self.base.dependencies if self.base else (), keys)
        pairs = pair_edges(before, edges_here(self.file.dependencies, keys))
        for old, new in pairs.relabeled:
            key = new.key
            between = [edge for edge in now if edge.ends == new.ends]
            if new in between:
                continue
            if old in between:
                found.edits.append(Edit("dependency", key, "label", old.label, new.label))
                continue
            if between:
                found.disputed.append(Edit("dependency", key, "label", between[0].label, new.label))
            else:
                found.readded_edges.append(new)
            self._conflict("dependency", key, "label", old.label, new.label, between[0].label if between else None)
        present = set(now)
        found.edges += [edge for edge in dict.fromkeys(pairs.added) if edge not in present]
        found.missing_edges += [edge for edge in pairs.removed if edge in present]
        # Edges of an item that comes back only where the file is preferred come with it.
        back = {item.key for item in found.readded_items}
        for edge in self.file.dependencies:
            if back & {*edge.ends}:
                source, target = (end if end in back else keys.get(end) for end in edge.ends)
                if source and target:
                    found.readded_edges.append(Dependency(source, target, edge.label))


def names_here(own: Collection[str], names: Collection[str], renamed: Mapping[str, str]) -> dict[str, str | None]:
    """The present name of each name in some texts: the same, another spelling, or a later one; None if it is gone."""
    spelled = {name_key(name): name for name in own}
    written = {name_key(name) for name in names}
    once: dict[str, str] = {}
    for name, present in renamed.items():
        once.setdefault(name_key(name), present)

    def here(name: str) -> str | None:
        if name in own:
            return name
        if (alike := spelled.get(name_key(name))) is not None:
            return alike
        present = renamed.get(name) or once.get(name_key(name))
        # What is called otherwise here is the same one unless the texts know that name, too.
        return present if present and present in own and name_key(present) not in written else None

    return {name: here(name) for name in names}


def differing_fields(was: Item, now: Item, codes: Mapping[str, str]) -> Iterator[tuple[str, Value, Value]]:
    """The fields that differ between a text and the register, with both values; `codes` maps to present codes."""
    for name in ("key", *_ITEM):
        before, after = getattr(was, name), getattr(now, name)
        if name == "category":
            before = codes.get(before, before)
        # A text without a column for it does not say when an item was opened.
        if not same(name, before, after) and (name != "opened_on" or before is not None):
            yield name, before, after


def _placed(item: Item, category: str) -> Item:
    """The item in a category; the same object where it is already in it, since a first import adds all items."""
    return item if item.category == category else item._replace(category=category)


def edges_here(edges: Iterable[Dependency], keys: Mapping[str, str | None]) -> list[Dependency]:
    """Edges by the keys their items have here, without those of items that are not here."""
    named = ((keys.get(edge.source), keys.get(edge.target), edge.label) for edge in edges)
    return [Dependency(source, target, label) for source, target, label in named if source and target]
