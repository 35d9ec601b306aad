"""Makes a register of any size through the store's own tables: `python benchmarks/make_register.py PATH N`."""

from __future__ import annotations

import random
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import insert
from sqlmodel import select

from store.audit.snapshots import key_of, states_of
from store.commands.settings import create
from store.db.database import Database
from store.enums import Effort, Severity, Status
from store.models import Category, Component, Dependency, Item, ItemComponent

if TYPE_CHECKING:
    from datetime import datetime

_WORDS = (
    "feature",
    "model",
    "pipeline",
    "stream",
    "schema",
    "batch",
    "job",
    "training",
    "serving",
    "drift",
    "ranking",
    "table",
    "topic",
    "embedding",
    "window",
    "label",
    "experiment",
    "threshold",
    "owner",
    "store",
    "metadata",
    "catalog",
    "latency",
    "contract",
    "version",
    "monitor",
    "backfill",
    "partition",
)
_COMPONENTS = tuple(f"SVC-{number:03d}" for number in range(400))
_OWNERS = tuple(f"team-{word}" for word in _WORDS)
_CHUNK = 5_000
_FIRST_ID = 1


def make_register(path: Path, number: int, *, edges: int | None = None, seed: int = 7) -> None:
    """Make a register of `number` items where nothing is; `edges` dependencies, by default one for five items."""
    chance = random.Random(seed)
    with Database.create(path, actor="generator") as db:
        create(db, title=f"Register of {number:,} items", system="Generated")
        with db.write("import") as writer:
            session = writer.session
            codes = session.exec(select(Category.id, Category.code)).all()
            session.execute(insert(Component), [{"name": name} for name in _COMPONENTS])
            components = list(session.exec(select(Component.id)).all())
            for start in range(0, number, _CHUNK):
                rows = [
                    _item(chance, at, codes[at * len(codes) // number], writer.time)
                    for at in range(start, min(start + _CHUNK, number))
                ]
                session.execute(insert(Item), rows)
                session.execute(
                    insert(ItemComponent), [link for row in rows for link in _links(chance, row, components)]
                )
            pairs = {_pair(chance, number) for _ in range(number // 5 if edges is None else edges) if number}
            if pairs:
                session.execute(insert(Dependency), [_edge(pair, at) for at, pair in enumerate(sorted(pairs))])
            reader = writer.reader
            for entity in ("item", "dependency"):
                for row_id, state in states_of(reader, entity).items():
                    writer.record(entity, row_id, key_of(entity, state), None, None, state)


def _item(chance: random.Random, at: int, category: tuple[int | None, str], time: datetime) -> dict[str, object]:
    category_id, code = category
    words = chance.choices(_WORDS, k=60)
    return {
        "id": at + _FIRST_ID,
        "key": f"{code}-{at + 1:06d}",
        "category_id": category_id,
        "position": at,
        "title": " ".join(words[:4]).capitalize() if at % 3 else None,
        "description": " ".join(words[:40]).capitalize() + ".",
        "severity": chance.choice(tuple(Severity)),
        "status": chance.choices(tuple(Status), (60, 10, 25, 5))[0],
        "status_note": "ongoing" if at % 11 == 0 else None,
        "mitigation_plan": " ".join(words[40:]).capitalize() + ".",
        "owner": chance.choice(_OWNERS) if at % 4 else None,
        "effort": chance.choice(tuple(Effort)),
        "version": 1,
        "created": time,
        "updated": time,
    }


def _links(chance: random.Random, row: dict[str, object], components: list[int | None]) -> list[dict[str, object]]:
    chosen = chance.sample(components, k=chance.randint(1, 3))
    return [{"item_id": row["id"], "position": place, "component_id": one} for place, one in enumerate(chosen)]


def _pair(chance: random.Random, number: int) -> tuple[int, int]:
    return chance.randint(_FIRST_ID, number), chance.randint(_FIRST_ID, number)


def _edge(pair: tuple[int, int], at: int) -> dict[str, object]:
    return {"source_id": pair[0], "target_id": pair[1], "label": "makes worse", "position": at}


if __name__ == "__main__":
    make_register(Path(sys.argv[1]), int(sys.argv[2]))
