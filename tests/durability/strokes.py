"""What someone does to the sample, one verb after another, by chance and by a seed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from store.audit.undo import redo, undo
from store.commands.categories import edit_category, move_category
from store.commands.dependencies import link, relabel, unlink
from store.commands.items import add_item, comment, edit_items, remove_items, set_status
from store.enums import Status

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from store.db.database import Database

KEYS = ("EN-001", "EN-002", "EN-003", "MS-001", "BE-001", "BE-002")


def stroke(chance: random.Random, keys: tuple[str, ...] = KEYS) -> Callable[[Database], object]:
    """Any verb on any of the items; it may be refused."""
    key, other = chance.sample(keys, 2)
    word = chance.choice(("", "ML Platform", "Data", "Search"))
    long = " ".join(chance.choices(("drift", "schema", "window", "label"), k=chance.choice((3, 400))))
    edits = [{"owner": word}, {"title": word}, {"description": long}, {"components": f"{word}; A"}, {"category": "GV"}]
    verbs: list[Callable[[Database], object]] = [
        *(partial(edit_items, keys=[key, other][: chance.randint(1, 2)], changes=change) for change in edits),
        partial(set_status, keys=[key], status=chance.choice((Status.OPEN, Status.MITIGATED)), note=word),
        partial(comment, keys=[key], text=long),
        partial(link, source=key, target=other, label=word),
        partial(relabel, source=key, target=other, old_label=word, label=long[:20]),
        partial(unlink, source=key, target=other, label=word),
        partial(add_item, values={"category": "EN", "description": long, "severity": "low"}),
        partial(remove_items, keys=[key]),
        partial(edit_category, code="EN", changes={"name": word or "Entanglement"}),
        partial(move_category, code="EN", offset=chance.choice((-1, 1))),
        undo,
        redo,
    ]
    return chance.choice(verbs)
