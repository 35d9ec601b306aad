"""A file system for SQLite that records what is asked of the disk, and that fails on request."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Literal

import apsw

from store.db.files import umask

_numbers = count()


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was asked of the disk: `at` is an offset, or a size where a file is cut there.

    A `delete` with `at` 1 also syncs the directory. `told` is not a file operation: by then, change `at`
    was acknowledged.
    """

    kind: Literal["write", "truncate", "sync", "delete", "told"]
    name: str = ""
    at: int = 0
    data: bytes = b""


class Recorder(apsw.VFS):
    """Passes everything on to the real file system, but the write or sync `fails`, counted from 0.

    That one raises an error, or is `silent`: said to be done, and not done.
    """

    def __init__(self, *, fails: int | None = None, silent: bool = False) -> None:
        self.name = f"recorder-{next(_numbers)}"
        self.steps: list[Step] = []
        self.asked = 0
        self.journal_masks: list[int] = []
        self.failed = False
        self._fails = fails
        self._silent = silent
        super().__init__(self.name, "")

    def told(self, sequence: int) -> None:
        """Note that everything up to a change was acknowledged."""
        self.steps.append(Step("told", at=sequence))

    def fails(self) -> bool:
        """Count a write or sync: whether it is the one that fails. Raises the disk's error unless that is silent."""
        self.asked += 1
        if self._fails != self.asked - 1:
            return False
        self.failed = True
        if not self._silent:
            raise apsw.exception_for(apsw.SQLITE_IOERR)
        return True

    def xOpen(self, name: object, flags: list[int]) -> _File:
        if flags[0] & apsw.SQLITE_OPEN_MAIN_JOURNAL:
            self.journal_masks.append(umask())
        return _File(self, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:
        super().xDelete(filename, syncdir)
        self.steps.append(Step("delete", Path(filename).name, int(syncdir)))


class _File(apsw.VFSFile):
    def __init__(self, recorder: Recorder, name: object, flags: list[int]) -> None:
        super().__init__("", name, flags)
        self._recorder = recorder
        text = name.filename() if isinstance(name, apsw.URIFilename) else name
        # A file without a name is SQLite's own for the moment.
        self._name = Path(str(text)).name if text else None

    def _note(self, step: Step) -> None:
        if self._name:
            self._recorder.steps.append(step)

    def xWrite(self, data: bytes, offset: int) -> None:
        if self._recorder.fails():
            return
        super().xWrite(data, offset)
        self._note(Step("write", self._name or "", offset, bytes(data)))

    def xTruncate(self, newsize: int) -> None:
        super().xTruncate(newsize)
        self._note(Step("truncate", self._name or "", newsize))

    def xSync(self, flags: int) -> None:
        if self._recorder.fails():
            return
        super().xSync(flags)
        self._note(Step("sync", self._name or ""))
