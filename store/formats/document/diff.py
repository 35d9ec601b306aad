"""Differences between two registers, field by field, as texts people read."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Literal, NamedTuple

from store.fields import ITEM_FIELDS, FieldValue, Kind, same, show, text_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from store.formats.document.model import Category, Dependency, Item, Register

Entity = Literal["item", "category", "dependency", "register"]
_FACTS = ("title", "extends", "system", "purpose", "note", "project_total")


class Difference(NamedTuple):
    """One field that differs; `field` None is a whole item, category or dependency added or removed.

    `key` is the present key, code or `SOURCE -> TARGET` (the former one of what was removed), empty for the register.
    """

    entity: Entity
    key: str
    field: str | None
    before: str | None
    after: str | None


class EdgePairs(NamedTuple):
    """How two sets of dependencies relate; an edge whose label alone differs is a relabelled one."""

    relabelled: tuple[tuple[Dependency, Dependency], ...]
    removed: tuple[Dependency, ...]
    added: tuple[Dependency, ...]


def differences(
    before: Register, after: Register, *, by: Literal["origin", "key"] = "origin"
) -> tuple[Difference, ...]:
    """Everything exported that differs.

    Items and categories are matched by the `origin` of those in `after`, or by their own key and code.
    Order counts: what stands elsewhere among its like differs in `position`. `last_updated`,
    `components_text` and `origin` do not count.
    """
    found = list(_facts(before, after))
    codes = _pairs([c.code for c in before.categories], [(c.code, c.origin) for c in after.categories], by)
    keys = _pairs([i.key for i in before.items], [(i.key, i.origin) for i in after.items], by)
    found += _categories(before, after, codes)
    found += _items(before, after, keys, codes)
    found += _dependencies(before, after, keys)
    return tuple(found)


def pair_edges(before: Sequence[Dependency], after: Sequence[Dependency]) -> EdgePairs:
    """Match dependencies: equal ones stay, then those with the same ends are relabelled, in order."""
    same = set(before) & set(after)
    left = [edge for edge in dict.fromkeys(before) if edge not in same]
    new: dict[tuple[str, str], list[Dependency]] = {}
    for edge in dict.fromkeys(after):
        if edge not in same:
            new.setdefault((edge.source, edge.target), []).append(edge)
    relabelled, removed = [], []
    for edge in left:
        if waiting := new.get((edge.source, edge.target)):
            relabelled.append((edge, waiting.pop(0)))
        else:
            removed.append(edge)
    still = {edge for edges in new.values() for edge in edges}
    return EdgePairs(tuple(relabelled), tuple(removed), tuple(edge for edge in after if edge in still))


def in_order(positions: Sequence[int]) -> frozenset[int]:
    """The indices of a longest rising run of `positions`: what need not move to sort them."""
    ends: list[int] = []
    tails: list[int] = []
    previous: list[int | None] = []
    for index, position in enumerate(positions):
        place = bisect_left(tails, position)
        previous.append(ends[place - 1] if place else None)
        ends[place : place + 1] = [index]
        tails[place : place + 1] = [position]
    kept = set()
    at = ends[-1] if ends else None
    while at is not None:
        kept.add(at)
        at = previous[at]
    return frozenset(kept)


def _pairs(
    before: Iterable[str], after: Iterable[tuple[str, str | None]], by: Literal["origin", "key"]
) -> dict[str, str]:
    """The name before to the name after, for all that is in both."""
    there = frozenset(before)
    return {
        old: name for name, origin in after if (old := name if by == "key" else origin) is not None and old in there
    }


def _differ(
    entity: Entity, key: str, field: str, before: FieldValue | int, after: FieldValue | int
) -> list[Difference]:
    if before == after:
        return []
    texts = [None if v is None else str(v) if isinstance(v, int) else show(v) for v in (before, after)]
    return [Difference(entity, key, field, texts[0], texts[1])]


def _facts(before: Register, after: Register) -> Iterable[Difference]:
    for name in _FACTS:
        yield from _differ("register", "", name, getattr(before, name), getattr(after, name))
    texts = ["\n".join(f"{entry.label}: {entry.text}" for entry in r.cadence) for r in (before, after)]
    if before.cadence != after.cadence:
        yield Difference("register", "", "cadence", texts[0], texts[1])


def _categories(before: Register, after: Register, codes: Mapping[str, str]) -> Iterable[Difference]:
    old = {category.code: category for category in before.categories}
    new = {category.code: category for category in after.categories}
    for code, category in old.items():
        if code not in codes:
            yield Difference("category", code, None, category.name, None)
    found = {present: former for former, present in codes.items()}
    yield from _moved("category", list(old), list(new), codes)
    for code, category in new.items():
        if code not in found:
            yield Difference("category", code, None, None, category.name)
            continue
        former: Category = old[found[code]]
        yield from _differ("category", code, "code", former.code, code)
        yield from _differ("category", code, "name", former.name, category.name)
        yield from _differ("category", code, "definition", former.definition, category.definition)


def _moved(
    entity: Entity, before: Sequence[str], after: Sequence[str], names: Mapping[str, str]
) -> Iterable[Difference]:
    places = {name: number for number, name in enumerate(after)}
    shared = [names[name] for name in before if name in names and names[name] in places]
    positions = [places[name] for name in shared]
    kept = in_order(positions)
    for number, name in enumerate(shared):
        if number not in kept:
            yield Difference(entity, name, "position", str(number + 1), str(positions[number] + 1))


def _lead(item: Item) -> str:
    return item.title or item.description


def _items(
    before: Register, after: Register, keys: Mapping[str, str], codes: Mapping[str, str]
) -> Iterable[Difference]:
    old = {item.key: item for item in before.items}
    present = {new: former for former, new in keys.items()}
    for key, item in old.items():
        if key not in keys:
            yield Difference("item", key, None, _lead(item), None)
    for item in after.items:
        if item.key not in present:
            yield Difference("item", item.key, None, None, _lead(item))
            continue
        former = old[present[item.key]]
        if former == item and codes.get(former.category, former.category) == item.category:
            continue
        for field in ITEM_FIELDS:
            was, now = getattr(former, field.name), getattr(item, field.name)
            if field.kind is Kind.CATEGORY:
                was = codes.get(was, was)
            if field.kind is Kind.COLUMNS:
                # In which order an item has them is nobody's edit.
                if dict(was) != dict(now):
                    yield Difference("item", item.key, field.name, text_of(was) or None, text_of(now) or None)
            elif not same(field.name, was, now):
                yield from _differ("item", item.key, field.name, was, now)
    yield from _item_order(before, after, keys, codes)


def _item_order(
    before: Register, after: Register, keys: Mapping[str, str], codes: Mapping[str, str]
) -> Iterable[Difference]:
    homes = {item.key: item.category for item in after.items}
    ordered: dict[str, tuple[list[str], list[str]]] = {}
    for item in before.items:
        code = codes.get(item.category, item.category)
        if homes.get(keys.get(item.key, "")) == code:
            ordered.setdefault(code, ([], []))[0].append(item.key)
    for item in after.items:
        ordered.setdefault(item.category, ([], []))[1].append(item.key)
    for was, now in ordered.values():
        yield from _moved("item", was, now, keys)


def _dependencies(before: Register, after: Register, keys: Mapping[str, str]) -> Iterable[Difference]:
    gone = [e for e in before.dependencies if e.source not in keys or e.target not in keys]
    kept = [e for e in before.dependencies if e.source in keys and e.target in keys]
    former = [type(edge)(keys[edge.source], keys[edge.target], edge.label) for edge in kept]
    pairs = pair_edges(former, after.dependencies)
    for edge in (*gone, *pairs.removed):
        yield Difference("dependency", f"{edge.source} -> {edge.target}", None, edge.label, None)
    for was, now in pairs.relabelled:
        yield Difference("dependency", f"{now.source} -> {now.target}", "label", was.label, now.label)
    for edge in pairs.added:
        yield Difference("dependency", f"{edge.source} -> {edge.target}", None, None, edge.label)
