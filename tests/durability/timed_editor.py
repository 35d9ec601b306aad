"""A worker that edits at a given rate for a given time, and reports how long each edit took."""

from __future__ import annotations

import random
import sys
import time

from store.commands.items import edit_items
from store.db.database import Database
from store.errors import RegisterError
from tests.durability.crew import say, wait_for_go

KEYS = ("EN-001", "EN-002", "MS-001", "BE-001", "BE-002")


def main(path: str, name: str, every: str, seconds: str, *keys: str) -> None:
    """Edit one of the items at this interval in seconds (0: one edit after the other) until the time has passed."""
    keys = keys or KEYS
    chance = random.Random(name)
    pause = float(every)
    with Database.open(path, actor=name) as db:
        # The very first edit of each does not count, which loads and compiles what all others find there.
        edit_items(db, [chance.choice(keys)], {"owner": name})
        wait_for_go()
        end = time.monotonic() + float(seconds)
        # People do not all begin at the same moment.
        due = time.monotonic() + chance.uniform(0, pause)
        while due < end:
            time.sleep(max(due - time.monotonic(), 0))
            asked = time.monotonic()
            try:
                done = edit_items(db, [chance.choice(keys)], {"owner": f"{name} {asked}"})
                say(batch=done.batch, waited=time.monotonic() - asked)
            except RegisterError as error:
                say(error=str(error))
            due = max(due + pause, time.monotonic())
        # Whoever leaves keeps the machine busy: the others are to end as they worked.
        time.sleep(pause + 1)


if __name__ == "__main__":
    main(*sys.argv[1:])
