"""Import plans whose conflicts are resolved one by one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from store.commands.imports.pruning import PrunePlan, Removals
from store.text import name_key

if TYPE_CHECKING:
    from collections.abc import Callable

    from store.commands.imports.plan import ImportPlan, Prefer
    from store.errors import FieldConflict
    from store.formats.document.merge import Merge


def resolved(plan: ImportPlan, choose: Callable[[FieldConflict], Prefer], *, prune: bool) -> ImportPlan:
    """A plan without conflicts, given which side wins each of them.

    What the file no longer has and was changed here is removed, with `prune`, where the file is chosen for it.
    """
    contested = plan.contested(prune=prune)
    chosen = {(each.key, each.field) for each in contested if choose(each) == "file"}
    pruning = PrunePlan()
    if prune:
        kept = {each.key for each in plan.pruning.conflicts if (each.key, each.field) not in chosen}
        going = _removed(plan, kept)
        pruning = PrunePlan((), going, going)
    return replace(plan, conflicts=(), merge=_merged(plan.merge, chosen), pruning=pruning)


def _merged(found: Merge, chosen: set[tuple[str, str]]) -> Merge:
    """A merge that takes the disputed values of some keys and fields from the file."""
    back = [item for item in found.readded_items if (item.key, "key") in chosen]
    away = {name_key(item.key) for item in found.readded_items if (item.key, "key") not in chosen}
    edges = [
        edge
        for edge in dict.fromkeys(found.readded_edges)
        if away.isdisjoint(map(name_key, edge.ends))
        and ({edge.source, edge.target} & {item.key for item in back} or (edge.key, "label") in chosen)
        and edge not in found.edges
    ]
    return replace(
        found,
        edits=found.edits + [edit for edit in found.disputed if (edit.key, edit.field) in chosen],
        disputed=[],
        items=found.items + back,
        keys=found.keys | {item.key: item.key for item in back},
        edges=found.edges + edges,
        readded_items=[],
        readded_edges=[],
        conflicts=[],
    )


def _removed(plan: ImportPlan, kept: set[str]) -> Removals:
    """What is removed, without some items, categories and dependencies that were changed here."""
    if not kept:
        return plan.pruning.all
    every, unchanged = plan.pruning.all, plan.pruning.unchanged
    return Removals(
        tuple(key for key in every.items if key not in kept),
        unchanged.categories,
        tuple(edge for edge in every.edges if edge.key not in kept and kept.isdisjoint(edge.ends)),
    )
