"""Differences between two registers, field by field, as texts people read."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Literal, NamedTuple

from store.fields import ITEM_FIELDS, FieldValue, Kind, same, show, text_of
from store.formats.document.model import pair_edges

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from store.formats.document.model import Item, Register

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


def differences(
    before: Register, after: Register, *, by: Literal["origin", "key"] = "origin"
) -> tuple[Difference, ...]:
    """Everything exported that differs.

    Items and categories are matched by the `origin` of those in `after`, or by their own key and code.
    Order counts: what moved among its siblings differs in `position`. `last_updated`,
    `components_text` and `origin` do not count.
    """
    codes = _matches((c.code for c in before.categories), ((c.code, c.origin) for c in after.categories), by)
    keys = _matches((i.key for i in before.items), ((i.key, i.origin) for i in after.items), by)
    found = [*_facts(before, after), *_categories(before, after, codes)]
    renamed = any(former != present for names in (keys, codes) for former, present in names.items())
    if renamed or before.items != after.items:
        found += _items(before, after, keys, codes)
        found += _item_order(before, after, keys, codes)
    return (*found, *_dependencies(before, after, keys))


def in_order(positions: Sequence[int]) -> frozenset[int]:
    """The indices of a longest ascending run of `positions`: what does not have to move to sort them."""
    if list(positions) == sorted(set(positions)):
        return frozenset(range(len(positions)))
    # Of the runs of each length, the one with the lowest end: the index and the position of that end.
    ends: list[int] = []
    tails: list[int] = []
    previous: list[int | None] = []
    for index, position in enumerate(positions):
        length = bisect_left(tails, position)
        previous.append(ends[length - 1] if length else None)
        ends[length : length + 1] = [index]
        tails[length : length + 1] = [position]
    run = set()
    at = ends[-1] if ends else None
    while at is not None:
        run.add(at)
        at = previous[at]
    return frozenset(run)


def _matches(
    before: Iterable[str], after: Iterable[tuple[str, str | None]], by: Literal["origin", "key"]
) -> dict[str, str]:
    """The former name to the present name, for all that is in both."""
    known = frozenset(before)
    if by == "key":
        return {name: name for name, _ in after if name in known}
    return {origin: name for name, origin in after if origin in known}


def _difference(
    entity: Entity, key: str, field: str, before: FieldValue | int, after: FieldValue | int
) -> Iterator[Difference]:
    if before != after:
        texts = [None if v is None else str(v) if isinstance(v, int) else show(v) for v in (before, after)]
        yield Difference(entity, key, field, texts[0], texts[1])


def _facts(before: Register, after: Register) -> Iterator[Difference]:
    for name in _FACTS:
        yield from _difference("register", "", name, getattr(before, name), getattr(after, name))
    if before.cadence != after.cadence:
        texts = ["\n".join(f"{entry.label}: {entry.text}" for entry in r.cadence) for r in (before, after)]
        yield Difference("register", "", "cadence", texts[0], texts[1])


def _categories(before: Register, after: Register, codes: Mapping[str, str]) -> Iterator[Difference]:
    old = {category.code: category for category in before.categories}
    former_codes = {present: former for former, present in codes.items()}
    for code, category in old.items():
        if code not in codes:
            yield Difference("category", code, None, category.name, None)
    yield from _moved("category", list(old), [category.code for category in after.categories], codes)
    for category in after.categories:
        code = category.code
        if code not in former_codes:
            yield Difference("category", code, None, None, category.name)
            continue
        former = old[former_codes[code]]
        yield from _difference("category", code, "code", former.code, code)
        yield from _difference("category", code, "name", former.name, category.name)
        yield from _difference("category", code, "definition", former.definition, category.definition)


def _moved(
    entity: Entity, before: Sequence[str], after: Sequence[str], names: Mapping[str, str]
) -> Iterator[Difference]:
    numbers = {name: number for number, name in enumerate(after)}
    shared = [names[name] for name in before if name in names and names[name] in numbers]
    positions = [numbers[name] for name in shared]
    staying = in_order(positions)
    for number, name in enumerate(shared):
        if number not in staying:
            yield Difference(entity, name, "position", str(number + 1), str(positions[number] + 1))


def _items(
    before: Register, after: Register, keys: Mapping[str, str], codes: Mapping[str, str]
) -> Iterator[Difference]:
    old: dict[str, Item] = {}
    for item in before.items:
        if (present := keys.get(item.key)) is not None:
            old[present] = item
        else:
            yield Difference("item", item.key, None, item.title or item.description, None)
    for item in after.items:
        former = old.get(item.key)
        if former is None:
            yield Difference("item", item.key, None, None, item.title or item.description)
            continue
        if former == item and codes.get(former.category, former.category) == item.category:
            continue
        for field in ITEM_FIELDS:
            was, now = getattr(former, field.name), getattr(item, field.name)
            if field.kind is Kind.CATEGORY:
                was = codes.get(was, was)
            if field.kind is Kind.COLUMNS:
                # The order in which an item has them does not count.
                if dict(was) != dict(now):
                    yield Difference("item", item.key, field.name, text_of(was) or None, text_of(now) or None)
            elif not same(field.name, was, now):
                yield from _difference("item", item.key, field.name, was, now)


def _item_order(
    before: Register, after: Register, keys: Mapping[str, str], codes: Mapping[str, str]
) -> Iterator[Difference]:
    """The items that moved within their category."""
    former = [(keys.get(item.key), codes.get(item.category, item.category)) for item in before.items]
    if former == [(item.key, item.category) for item in after.items]:
        return
    categories = {item.key: item.category for item in after.items}
    ordered: dict[str, tuple[list[str], list[str]]] = {}
    for item in before.items:
        code = codes.get(item.category, item.category)
        if categories.get(keys.get(item.key, "")) == code:
            ordered.setdefault(code, ([], []))[0].append(item.key)
    for item in after.items:
        ordered.setdefault(item.category, ([], []))[1].append(item.key)
    for was, now in ordered.values():
        yield from _moved("item", was, now, keys)


def _dependencies(before: Register, after: Register, keys: Mapping[str, str]) -> Iterator[Difference]:
    shared = [edge for edge in before.dependencies if edge.source in keys and edge.target in keys]
    lost = [edge for edge in before.dependencies if edge.source not in keys or edge.target not in keys]
    renamed = [edge._replace(source=keys[edge.source], target=keys[edge.target]) for edge in shared]
    pairs = pair_edges(renamed, after.dependencies)
    for edge in (*lost, *pairs.removed):
        yield Difference("dependency", edge.key, None, edge.label, None)
    for old, new in pairs.relabeled:
        yield Difference("dependency", new.key, "label", old.label, new.label)
    for edge in pairs.added:
        yield Difference("dependency", edge.key, None, None, edge.label)
