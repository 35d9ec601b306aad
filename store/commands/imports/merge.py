"""Three-way merges by key, between the text last seen, the new one, and the register."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from store.errors import FieldConflict
from store.fields import ITEM_FIELDS, FieldValue, same, text_of
from store.formats.document.diff import Difference, pair_edges
from store.formats.document.model import CadenceEntry, Dependency
from store.queries.documents import document_steps, document_text, review_traces
from store.text import name_key, same_name

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
    from contextlib import AbstractContextManager

    from store.db.reader import Reader
    from store.formats.document.diff import Entity
    from store.formats.document.model import Category, Item, Register
    from store.formats.document.reader import ParsedTexts

    Read = Callable[[], AbstractContextManager[Reader]]
    """Begins a short read of the register."""

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


@dataclass(frozen=True, slots=True)
class Names:
    """The present keys and codes of what once had another."""

    keys: Mapping[str, str]
    codes: Mapping[str, str]

    def finder(self, own: Collection[str], told: Iterable[str]) -> Finder:
        """A finder of the items with these present keys by the keys in a text."""
        return Finder(own, told, self.keys)


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
    kept: list[str] = field(default_factory=list)
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
    changed differently is a conflict. Without a base, a register without items takes what the file says.
    """
    found = Merge()
    there = base or (present if not present.items else None)
    merging = _FieldMerge(found, who, in_dispute=there is None)
    for name in FACTS:
        was = getattr(there, name) if there else None
        merging.field("register", "register", name, was, getattr(file, name), getattr(present, name))
    found.codes = _categories(merging, there, file, present, names)
    found.keys = _items(merging, base, file, present, names, found.codes)
    _edges(merging, base, file, present, found.keys)
    if base:
        here = [category.code for category in present.categories]
        seen = [found.codes[category.code] for category in base.categories]
        found.categories_moved = [c for c in here if c in seen] != [c for c in seen if c in here]
    return found


@dataclass(slots=True)
class _FieldMerge:
    """Decides field by field what the file changed and where the register did too."""

    found: Merge
    who: Callable[[str, str, str], str]
    in_dispute: bool

    def field(
        self, entity: Entity, key: str, name: str, was: Value, file: Value, now: Value, *, disputed: bool | None = None
    ) -> None:
        """Weigh one field of what the file and the register both have."""
        if same(name, file, now):
            return
        in_dispute = self.in_dispute if disputed is None else disputed
        if not in_dispute and same(name, file, was):
            return
        edit = Edit(entity, key, name, now, file)
        if not in_dispute and same(name, now, was):
            self.found.edits.append(edit)
        else:
            self.found.disputed.append(edit)
            self.conflict(entity, key, name, was, file, now)

    def conflict(self, entity: Entity, key: str, name: str, was: Value, file: Value, now: Value) -> None:
        texts = [text_of(value) or "" for value in (was, file, now)]
        by = self.who(entity, key, name)
        self.found.conflicts.append(
            FieldConflict(key=key, field=name, before=texts[0], mine=texts[1], theirs=texts[2], by=by)
        )


def _categories(
    merging: _FieldMerge, there: Register | None, file: Register, present: Register, names: Names
) -> dict[str, str]:
    """Weigh the categories; the answer is the code here of every code in the file or the base."""
    own = {category.code: category for category in present.categories}
    former = {category.code: category for category in there.categories} if there else {}
    told = {*former, *(category.code for category in file.categories)}
    codes = {code: code for code in (*former, *own)}
    find = Finder(own, told, names.codes)
    codes |= {code: here for code in told if (here := find.here(code)) is not None}
    codes |= _same_names(file, present, codes)
    needed = {item.category for item in file.items}
    for category in file.categories:
        code = codes.setdefault(category.code, category.code)
        was = former.get(category.code) or next((former[old] for old in former if codes[old] == code), None)
        if code not in own:
            # One that was removed here comes back only with something in it.
            if was is None or category.code in needed:
                merging.found.categories.append(category)
            continue
        for name in ("name", "definition"):
            before = getattr(was, name) if was else None
            disputed = was is None
            merging.field(
                "category", code, name, before, getattr(category, name), getattr(own[code], name), disputed=disputed
            )
        if was and was.code == code != category.code:
            merging.found.edits.append(Edit("category", code, "code", code, category.code))
    there_still = {codes[category.code] for category in file.categories}
    merging.found.missing_categories += [c for code in former if (c := codes[code]) in own and c not in there_still]
    return codes


def _same_names(file: Register, present: Register, codes: Mapping[str, str]) -> dict[str, str]:
    """The codes here of categories that the file calls the same by another code: one not written follows from keys."""
    met = {codes.get(category.code) for category in file.categories}
    free: dict[str, list[str]] = {}
    for category in present.categories:
        if category.code not in met:
            free.setdefault(name_key(category.name), []).append(category.code)
    found: dict[str, str] = {}
    for category in file.categories:
        if category.code not in codes and (same := free.get(name_key(category.name))):
            found[category.code] = same.pop(0)
    return found


def _items(
    merging: _FieldMerge,
    base: Register | None,
    file: Register,
    present: Register,
    names: Names,
    codes: Mapping[str, str],
) -> dict[str, str | None]:
    """Weigh the items; the answer is the key here of every key in the file or the base, None for what is not here."""
    found = merging.found
    own = {item.key: item for item in present.items}
    former = {item.key: item for item in base.items} if base else {}
    told = {*former, *(item.key for item in file.items)}
    find = names.finder(own, told)
    keys = {name: find.here(name) for name in told}
    spelled = {name_key(key): item for key, item in former.items()}
    for item in file.items:
        key, was = keys[item.key], former.get(item.key) or spelled.get(name_key(item.key))
        if key is None and was is None:
            found.items.append(_in_category(item, codes[item.category]))
            keys[item.key] = item.key
        elif key is None:
            if was is not None and _changed(was, item):
                found.readded_items.append(_in_category(item, codes[item.category]))
                merging.conflict("item", item.key, "key", was.key, item.key, None)
        else:
            _weigh(merging, was, item, own[key], codes)
            if item.key != key and (item.key not in former if was else same_name(item.key, key)):
                # Spelled otherwise, as in `en-001` for EN-001.
                merging.field("item", key, "key", was.key if was else None, item.key, key, disputed=was is None)
    in_file = {keys[item.key] for item in file.items}
    here = [keys[old] for old in former]
    found.missing_items += [known for known in here if known is not None and known not in in_file]
    met = set(keys.values())
    found.kept += [item.key for item in present.items if item.key not in met]
    return keys


def _in_category(item: Item, code: str) -> Item:
    return item if item.category == code else item._replace(category=code)


class Finder:
    """Finds the present name of each name in a text: the same, another spelling, or a later rename."""

    def __init__(self, own: Collection[str], told: Iterable[str], renamed: Mapping[str, str]) -> None:
        self._own, self._renamed = own, renamed
        self._spelled = {name_key(name): name for name in own}
        self._told = {name_key(name) for name in told}
        self._once: dict[str, str] = {}
        for name, present in renamed.items():
            self._once.setdefault(name_key(name), present)

    def here(self, name: str) -> str | None:
        """The present name, or None."""
        if name in self._own:
            return name
        if (spelled := self._spelled.get(name_key(name))) is not None:
            return spelled
        renamed = self._renamed.get(name) or self._once.get(name_key(name))
        # What is called otherwise here is the same one unless the texts know that name, too.
        return renamed if renamed and renamed in self._own and name_key(renamed) not in self._told else None


def _weigh(merging: _FieldMerge, was: Item | None, item: Item, now: Item, codes: Mapping[str, str]) -> None:
    if was == item:
        return
    for name in _ITEM:
        values: list[Value] = [getattr(one, name) if one else None for one in (was, item, now)]
        if name == "category":
            values[:2] = [codes.get(str(value), str(value)) if value else None for value in values[:2]]
        if name == "extra" and dict(item.extra) == dict(now.extra):
            continue
        merging.field("item", now.key, name, *values, disputed=was is None)


def _changed(was: Item, item: Item) -> bool:
    return any(not same(name, getattr(was, name), getattr(item, name)) for name in _ITEM)


def changed_fields(was: Item, now: Item, codes: Mapping[str, str]) -> Iterator[tuple[str, Value, Value]]:
    """The fields that differ between a text and the register, with both values; `codes` maps to present codes."""
    for name in ("key", *_ITEM):
        before, after = getattr(was, name), getattr(now, name)
        if name == "category":
            before = codes.get(before, before)
        # A text without a column for it does not say when an item was opened.
        if not same(name, before, after) and (name != "opened_on" or before is not None):
            yield name, before, after


def _edges(
    merging: _FieldMerge, base: Register | None, file: Register, present: Register, keys: Mapping[str, str | None]
) -> None:
    found = merging.found
    now = present.dependencies
    pairs = pair_edges(edges_here(base.dependencies if base else (), keys), edges_here(file.dependencies, keys))
    for old, new in pairs.relabeled:
        key = f"{new.source} -> {new.target}"
        between = [edge for edge in now if (edge.source, edge.target) == (new.source, new.target)]
        if new in between:
            continue
        if old in between:
            found.edits.append(Edit("dependency", key, "label", old.label, new.label))
        elif between:
            found.disputed.append(Edit("dependency", key, "label", between[0].label, new.label))
            merging.conflict("dependency", key, "label", old.label, new.label, between[0].label)
        else:
            found.readded_edges.append(new)
            merging.conflict("dependency", key, "label", old.label, new.label, None)
    there = set(now)
    found.edges += [edge for edge in dict.fromkeys(pairs.added) if edge not in there]
    found.missing_edges += [edge for edge in pairs.removed if edge in there]
    # Edges of an item that comes back only where the file is preferred come with it.
    back = {item.key for item in found.readded_items}
    for edge in file.dependencies:
        if back & {edge.source, edge.target}:
            ends = [end if end in back else keys.get(end) for end in (edge.source, edge.target)]
            if ends[0] and ends[1]:
                found.readded_edges.append(Dependency(ends[0], ends[1], edge.label))


def edges_here(edges: Iterable[Dependency], keys: Mapping[str, str | None]) -> list[Dependency]:
    """Edges by the keys their items have here, without those of items that are not here."""
    named = ((keys.get(edge.source), keys.get(edge.target), edge.label) for edge in edges)
    return [Dependency(source, target, label) for source, target, label in named if source and target]


@dataclass(frozen=True, slots=True)
class Removals:
    """What is removed: keys of items, codes of categories, and dependencies."""

    items: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    edges: tuple[Dependency, ...] = ()


NO_REMOVALS = Removals()


@dataclass(frozen=True, slots=True)
class RemovalConflicts:
    """What the file removed and somebody changed here: conflicts, keys, codes and dependencies."""

    conflicts: tuple[FieldConflict, ...] = ()
    items: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    edges: tuple[Dependency, ...] = ()


def removals(found: Merge, present: Register, conflicts: RemovalConflicts, *, all_of_it: bool) -> Removals:
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
    present: Register
    names: Names
    who: Callable[[str, str, str], str]

    def find(self, base: Register, file: Register) -> RemovalConflicts:
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

    def _keys(self, register: Register) -> Mapping[str, str | None]:
        """The keys here of a register's items."""
        find = self.names.finder({item.key for item in self.present.items}, (item.key for item in register.items))
        return {item.key: find.here(item.key) for item in register.items}

    def _earlier(self, lost: Collection[str]) -> dict[str, tuple[Item, Register]]:
        """Items that only an earlier text had, each with the newest text that had it."""
        found: dict[str, tuple[Item, Register]] = {}
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
        """Dependencies relabelled here whose items the file has and which it no longer has itself."""
        before = edges_here(base.dependencies, self.found.keys)
        told = edges_here(file.dependencies, self.found.keys)
        gone = set(pair_edges(before, told).removed)
        missing = set(self.found.missing_items)
        for old, new in pair_edges(before, self.present.dependencies).relabeled:
            if old in gone and new not in told and not {new.source, new.target} & missing:
                key = f"{new.source} -> {new.target}"
                yield new, self._conflict("dependency", key, "label", old.label, new.label)
