"""A worker that edits a register as a person does: look, change what was seen, and look again where it is refused."""

from __future__ import annotations

import random
import select
import sys
from typing import TYPE_CHECKING

from store.commands.items import edit_items
from store.db.database import Database
from store.errors import ConflictError, RegisterError
from store.queries.items import item
from tests.durability.crew import say, wait_for_go

if TYPE_CHECKING:
    from collections.abc import Iterator

FIELDS = ("owner", "title", "mitigation_plan")


def save(db: Database, key: str, field: str, after: str) -> None:
    """Give a field a new value over whatever is there by then, as often as someone else is faster."""
    while True:
        with db.read() as session:
            before = getattr(item(session, key), field)
        try:
            done = edit_items(db, [key], {field: after}, before={key: {field: before}})
        except ConflictError:
            say(conflict=key)
            continue
        say(batch=done.batch, key=key, field=field, after=after)
        return


def turns(most: int) -> Iterator[int]:
    """This many edits, or fewer once no more are wanted (0: as many as are wanted)."""
    turn = 0
    while not most or turn < most:
        # A closed standard input can be read: that is the sign to end.
        if not most and select.select([sys.stdin], [], [], 0)[0]:
            return
        turn += 1
        yield turn


def main(path: str, name: str, edits: str, *keys: str) -> None:
    """Make this many edits, each of a random one of the items, and say each one that is saved."""
    chance = random.Random(name)
    with Database.open(path, actor=name) as db:
        wait_for_go()
        for turn in turns(int(edits)):
            try:
                save(db, chance.choice(keys), chance.choice(FIELDS), f"{name} {turn}")
            except RegisterError as error:
                say(error=str(error))


if __name__ == "__main__":
    main(*sys.argv[1:])
