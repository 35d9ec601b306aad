"""Recognizes the items of a document that have no keys: which of the items known from another text each one is."""

from __future__ import annotations

import re
from collections import defaultdict
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, NamedTuple

from store.formats.document.sections import key_prefix
from store.formats.document.vocabulary import fold
from store.text import name_key

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from store.formats.document.model import Item


NEW = "new"
_SURE, _POSSIBLE, _LEAD = 0.75, 0.5, 0.15
_MOST = 300
"""With more items left than this, only their places are compared."""


class Uncertain(NamedTuple):
    """An item that may be one of some known ones: its key so far, its text, and their keys, the likeliest first."""

    key: str
    text: str
    candidates: tuple[str, ...]


class Identified(NamedTuple):
    """The keys of items without one, in document order, and those that could not be decided."""

    keys: tuple[str, ...]
    uncertain: tuple[Uncertain, ...]


def identify(
    items: Sequence[Item], known: Sequence[Item], taken: Collection[str], settled: Mapping[str, str]
) -> Identified:
    """The keys of some items in document order, given those that were known before, in theirs.

    The same text is the same item; what is left is compared by place and likeness. `taken` are keys that new items may
    not get, `settled` gives the keys of some texts (folded), or `new`.
    """
    found: dict[int, str] = {}
    free = {item.key: item for item in known}
    for number, item in enumerate(items):
        if (key := settled.get(fold(text_of(item)))) is not None and (key in free or key == NEW):
            found[number] = key
            free.pop(key, None)
    _exact(items, free, found)
    _by_place(items, known, free, found)
    uncertain = _by_likeness(items, free, found)
    keys = _new_keys(items, found, taken)
    return Identified(keys, tuple(each._replace(key=keys[number]) for number, each in uncertain))


def text_of(item: Item) -> str:
    """What an item without a key is known by."""
    return item.title or item.description


def _exact(items: Sequence[Item], free: dict[str, Item], found: dict[int, str]) -> None:
    """Items whose texts are the same, in their order where several are."""
    alike: defaultdict[str, list[str]] = defaultdict(list)
    for key, item in free.items():
        alike[fold(text_of(item))].append(key)
    for number, item in enumerate(items):
        if number not in found and (keys := alike.get(fold(text_of(item)))):
            found[number] = keys.pop(0)
            del free[found[number]]


def _by_place(items: Sequence[Item], known: Sequence[Item], free: dict[str, Item], found: dict[int, str]) -> None:
    """As many unknown items in a row as known ones between the same neighbors, if they are somewhat alike."""
    order = {item.key: number for number, item in enumerate(known)}
    run: list[int] = []
    before = -1
    for number in range(len(items) + 1):
        if number < len(items) and number not in found:
            run.append(number)
            continue
        after = order.get(found[number], len(known)) if number < len(items) else len(known)
        between = [known[at].key for at in range(before + 1, after) if known[at].key in free] if before < after else []
        if run and len(run) == len(between):
            pairs = list(zip(run, between, strict=True))
            if all(_likeness(items[one], free[key]) >= _POSSIBLE for one, key in pairs):
                for one, key in pairs:
                    found[one] = key
                    del free[key]
        run, before = [], after


def _by_likeness(items: Sequence[Item], free: dict[str, Item], found: dict[int, str]) -> list[tuple[int, Uncertain]]:
    """Items that are much like one known item and not like another; those that are somewhat like one are uncertain."""
    left = [number for number in range(len(items)) if number not in found]
    uncertain: list[tuple[int, Uncertain]] = []
    if not free or max(len(left), len(free)) > _MOST:
        return uncertain
    for number in left:
        ranked = sorted(((_likeness(items[number], item), key) for key, item in free.items()), reverse=True)
        best, second = ranked[0], ranked[1] if len(ranked) > 1 else (0.0, "")
        if best[0] >= _SURE and best[0] - second[0] >= _LEAD:
            found[number] = best[1]
            del free[best[1]]
            if not free:
                break
        elif best[0] >= _POSSIBLE:
            candidates = tuple(key for share, key in ranked[:3] if share >= _POSSIBLE)
            uncertain.append((number, Uncertain("", text_of(items[number]), candidates)))
    return uncertain


def _likeness(one: Item, other: Item) -> float:
    """How alike two items are, from 0 to 1: by the words of their texts."""
    words, others = (re.findall(r"\w+", fold(text_of(item)))[:60] for item in (one, other))
    return SequenceMatcher(None, words, others, autojunk=False).ratio()


def _new_keys(items: Sequence[Item], found: Mapping[int, str], taken: Collection[str]) -> tuple[str, ...]:
    """The keys of all items: those that are new keep the one they have, or get the next that is free."""
    used = {name_key(key) for key in (*taken, *(key for key in found.values() if key != NEW))}
    last: dict[str, int] = {}
    keys: list[str] = []
    for number, item in enumerate(items):
        key = found.get(number, NEW)
        if key == NEW:
            key, code = item.key, key_prefix(item.key)
            while name_key(key) in used:
                last[code] = last.get(code, 0) + 1
                key = f"{code}-{last[code]:03}"
        used.add(name_key(key))
        keys.append(key)
    return tuple(keys)
