"""One person at a register in a separate process: commands come in, one JSON list a line, one line each goes out.

Run as a script: UID GID GROUPS, each `-` for what it is already, GROUPS separated by commas.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import resource
import signal
import sys
import tempfile
from pathlib import Path

from store.commands.imports.apply import apply_import
from store.commands.imports.plan import plan_import
from store.commands.items import comment
from store.commands.settings import create, set_register
from store.db.database import Database
from store.errors import RegisterError
from store.queries.overview import summary
from store.samples import sample_text


class Hand:
    """What a command of that name does; what it returns is the answer."""

    def __init__(self) -> None:
        self.db: Database | None = None
        self.stack = contextlib.ExitStack()

    @property
    def open_db(self) -> Database:
        assert self.db is not None
        return self.db

    def create(self, path: str) -> str:
        self.db = Database.create(Path(path))
        create(self.db, title="Debt")
        return "created"

    def create_deep(self, path: str) -> str:
        self.db = Database.create(Path(path), parents=True)
        return "created"

    def fill(self, path: str) -> str:
        self.db = Database.create(Path(path))
        apply_import(self.db, plan_import(None, sample_text(), path=None))
        return "filled"

    def open(self, path: str) -> str:
        self.db = Database.open(Path(path))
        return "opened"

    def umask(self, mask: int) -> str:
        os.umask(mask)
        return "masked"

    def close(self) -> str:
        self.open_db.close()
        return "closed"

    def changes(self) -> str:
        """How many entries the trail has."""
        with self.open_db.read() as session:
            return str(session.value("SELECT count(*) FROM change"))

    def items(self) -> str:
        with self.open_db.read() as session:
            return str(summary(session).total.counts.total)

    def trouble(self) -> str:
        self.open_db.data_version()
        return str(self.open_db.trouble or "none")

    def caution(self) -> str:
        return self.open_db.caution or "none"

    def comment(self, text: str) -> str:
        comment(self.open_db, ["EN-001"], text)
        return "saved"

    def retitle(self, title: str) -> str:
        set_register(self.open_db, {"title": title})
        return "saved"

    def hold(self, path: str, start: int, length: int) -> str:
        """Hold a shared lock on a part of a file, as whoever may read it can; it is never let go of."""
        fcntl.lockf(os.open(path, os.O_RDONLY), fcntl.LOCK_SH, length, start)
        return "held"

    def hold_turn(self, path: str) -> str:
        """Hold the fair lock of a register; it is never released."""
        fcntl.flock(os.open(path, os.O_RDONLY), fcntl.LOCK_EX)
        return "held"

    def begin(self) -> str:
        """Be in the midst of a write."""
        writer = self.stack.enter_context(self.open_db.write("comment"))
        writer.record("item", 1, "EN-001", None, None, "half", note="half")
        writer.flush()
        return "writing"

    def spill(self) -> str:
        """Be in the midst of a write that has reached the file, so that a kill leaves a hot journal."""
        self.begin()
        raw = self.open_db._file.raw  # type: ignore[union-attr]
        raw.execute("PRAGMA cache_size = 1")
        raw.execute("UPDATE item SET description = description || hex(zeroblob(20000))")
        return "spilled"

    def end(self) -> str:
        """End the write that was started."""
        self.stack.close()
        return "ended"

    def read(self) -> str:
        """Be in the midst of reading."""
        session = self.stack.enter_context(self.open_db.read())
        session.value("SELECT count(*) FROM item")
        return "reading"

    def stop(self) -> str:
        """Take a stop signal, as from Ctrl-Z; the answer comes once the process goes on."""
        os.kill(os.getpid(), signal.SIGTSTP)
        return "went on"

    def limit(self, size: int) -> str:
        """Let no file grow beyond this many bytes."""
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
        return "limited"

    def fork(self) -> str:
        """The message to a forked child that uses the register."""
        inside, out = os.pipe()
        if child := os.fork():
            os.close(out)
            os.waitpid(child, 0)
            return os.read(inside, 1000).decode()
        try:
            self.comment("from the child")
            said = "saved"
        except RegisterError as error:
            said = str(error)
        self.close()
        os.write(out, said.encode())
        os._exit(0)


def become(uid: str, gid: str, groups: str) -> None:
    """Be another user; what is imported late is imported before, since they may not be able to read it."""
    if uid != "-":
        with tempfile.TemporaryDirectory() as place:
            hand = Hand()
            hand.fill(f"{place}/register.db")
            hand.comment("warm")
            hand.changes()
            hand.items()
            hand.close()
        os.setgroups([int(group) for group in groups.split(",") if group])
        os.setgid(int(gid))
        os.setuid(int(uid))


def main() -> None:
    """Answer until the input ends."""
    become(*sys.argv[1:4])
    hand = Hand()
    print("ready", flush=True)
    for line in sys.stdin:
        name, *arguments = json.loads(line)
        try:
            print(getattr(hand, name)(*arguments), flush=True)
        except RegisterError as error:
            print(f"refused: {error}", flush=True)
    hand.stack.pop_all()


if __name__ == "__main__":
    main()
