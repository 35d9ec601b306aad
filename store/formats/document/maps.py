"""The maps of a document: what several flowcharts say together, and which of them a change belongs in."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from store.formats.document.model import Dependency, Item, Register

    Map = tuple[dict[str, str | None], tuple[Dependency, ...]]
    """The titles that the nodes of a flowchart give to items, by key, and its dependencies."""


def merged(maps: Sequence[Map]) -> Map:
    """What several flowcharts say: the first one that titles an item decides."""
    if len(maps) == 1:
        return maps[0]
    titles: dict[str, str | None] = {}
    for named, _ in maps:
        for key, title in named.items():
            titles[key] = titles.get(key) or title
    return titles, tuple(dict.fromkeys(edge for _, edges in maps for edge in edges))


def by_map(maps: Sequence[Map], before: Register, after: Register) -> Iterator[tuple[Register, Register]]:
    """For each flowchart, both registers as far as it shows them; the first one gets what is new."""
    if len(maps) == 1:
        yield before, after
        return
    origins = {item.key: item.origin or "" for item in after.items}
    former = {e: e._replace(source=origins[e.source], target=origins[e.target]) for e in after.dependencies}
    gone = set(before.dependencies) - set(former.values())
    places: list[list[Dependency]] = [[] for _ in maps]
    for edge, old in former.items():
        found = [number for number, (_, edges) in enumerate(maps) if old in edges]
        # A label that changed takes the place of the old one.
        renamed = [] if found else [n for n, (_, edges) in enumerate(maps) if gone & _between(edges, old)]
        for number in found or renamed or [0]:
            places[number].append(edge)
    titles = {item.key: item.title for item in before.items}
    for number, (named, edges) in enumerate(maps):
        shown = [_shown(item, number, maps, titles) for item in after.items]
        yield (
            before._replace(
                items=tuple(item._replace(title=named.get(item.key)) for item in before.items), dependencies=edges
            ),
            after._replace(items=tuple(shown), dependencies=tuple(places[number])),
        )


def _between(edges: Sequence[Dependency], like: Dependency) -> set[Dependency]:
    return {edge for edge in edges if edge.ends == like.ends}


def _shown(item: Item, number: int, maps: Sequence[Map], titles: dict[str, str | None]) -> Item:
    """An item with the title that it gets in a flowchart: a new one only where it has a node, else in the first."""
    origin = item.origin or ""
    if origin in (named := maps[number][0]):
        # Where another flowchart titles it, a node without a title stays unchanged.
        stays = item.title == titles.get(origin) or (named[origin] is None and titles.get(origin))
        return item._replace(title=named[origin]) if stays else item
    elsewhere = any(origin in other for other, _ in maps)
    return item if number == 0 and not elsewhere else item._replace(title=None)
