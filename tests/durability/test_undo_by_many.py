"""Ten people edit, undo and redo in one register: no undo takes back what someone else did since."""

from __future__ import annotations

import random
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from store.audit.log import CHANGES, ChangeRecord
from store.audit.undo import only_made_room, redo, undo
from store.audit.verify import verify
from store.commands.items import edit_items
from store.db.database import Database
from store.errors import RegisterError
from tests.counts import count
from tests.durability.strokes import stroke

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tests.conftest import Ticks

ACTORS = 10
OPERATIONS = count(150, 5000)
PARTS = count(1, 10)
KEYS = ("EN-001", "EN-002", "MS-001")


@dataclass(frozen=True, slots=True)
class Taken:
    """An undo or redo, at `sequence`, that took back what `other` had put there since."""

    sequence: int
    other: str


def taken_back(changes: Sequence[ChangeRecord]) -> list[Taken]:
    """The reversals of a trail that reverted an edit by someone else, according to the trail."""
    batches: dict[int, list[ChangeRecord]] = {}
    for change in changes:
        batches.setdefault(change.batch, []).append(change)
    found = []
    for change in changes:
        of_nobody = (change.field, change.entity) == ("position", "item") or only_made_room(change)
        if change.reverses is None or change.field is None or of_nobody:
            continue
        own = [one for one in batches[change.reverses] if _place(one) == _place(change)]
        assert own, f"change {change.sequence} reverses nothing"
        since = [one for one in changes if own[-1].sequence < one.sequence < change.sequence]  # type: ignore[operator]
        for one in _standing([one for one in since if _place(one) == _place(change)], batches):
            if one.actor != change.actor:
                found.append(Taken(change.sequence or 0, one.actor))
    return found


def _standing(changes: Sequence[ChangeRecord], batches: dict[int, list[ChangeRecord]]) -> list[ChangeRecord]:
    """The edits of one field that nobody has taken back: a redone edit counts again."""
    standing: dict[int, ChangeRecord] = {}
    for change in changes:
        if change.reverses is None:
            standing[change.batch] = change
        elif change.verb == "undo":
            standing.pop(change.reverses, None)
        else:
            standing[batches[change.reverses][0].reverses or 0] = change
    return list(standing.values())


def _place(change: ChangeRecord) -> tuple[str, int, str | None]:
    return change.entity, change.entity_id, change.field


def everything(db: Database) -> list[ChangeRecord]:
    with db.read() as session:
        return list(session.rows(f"{CHANGES} ORDER BY sequence", row=ChangeRecord))


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(PARTS))
def test_nobody_undoes_what_somebody_else_did(sample_copy: Path, clock: Ticks, seed: int) -> None:
    chance = random.Random(seed)
    with ExitStack() as stack:
        people = [
            stack.enter_context(Database.open(sample_copy, clock=clock, actor=f"p{number}")) for number in range(ACTORS)
        ]
        done = {undo: 0, redo: 0}
        for _ in range(OPERATIONS // PARTS):
            verb: Callable[[Database], object] = chance.choice((undo, redo, stroke(chance, KEYS), stroke(chance, KEYS)))
            with suppress(RegisterError):
                verb(chance.choice(people))
                done[verb] = done.get(verb, 0) + 1
        changes = everything(people[0])
        assert taken_back(changes) == []
        reversals = {change.batch: change for change in changes if change.reverses is not None}
        authors = {change.batch: change.actor for change in changes}
        assert all(change.actor == authors[change.reverses] for change in reversals.values())
        told = [change.verb for change in reversals.values()]
        assert told.count("undo") >= done[undo] > 5
        assert told.count("redo") >= done[redo] > 0
        assert verify(people[0]) == ()


def test_an_undo_over_somebody_elses_edit_is_seen(sample_copy: Path, clock: Ticks) -> None:
    with Database.open(sample_copy, clock=clock, actor="ana") as ana, Database.open(sample_copy, actor="bo") as bo:
        edit_items(ana, ["EN-001"], {"owner": "ana's"})
        mine = everything(ana)[-1]
        edit_items(bo, ["EN-001"], {"owner": "bo's"})
        # As a program would that does not look: what was there before, whatever is there now.
        with ana.write("undo", reverses=mine.batch) as writer:
            writer.record("item", mine.entity_id, mine.key, mine.field, "bo's", None)
        assert [taken.other for taken in taken_back(everything(ana))] == ["bo"]
