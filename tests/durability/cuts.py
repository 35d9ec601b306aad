"""What a disk holds after the power was cut: what was not synced has arrived, or in part, or not at all."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable, Mapping, Sequence

    from tests.durability.recorder import Step

SECTOR = 512
"""Bytes that a disk writes whole or not at all."""


@dataclass(slots=True)
class _Kept:
    """A file: what is on the disk for certain, and what was asked for since."""

    certain: bytearray
    named: bool
    """Whether its name is in the directory for certain."""
    pending: list[Step] = field(default_factory=list)


@dataclass(slots=True)
class Disk:
    """The files of a directory on their way to the disk, from what it held at first.

    A removed file is gone for certain only once the directory was synced: until then it may come back.
    """

    files: dict[str, _Kept]
    removed: dict[str, bytes] = field(default_factory=dict)
    told: int = 0
    """The newest change that was acknowledged."""

    @classmethod
    def holding(cls, files: Mapping[str, bytes]) -> Disk:
        """A disk on which these files have long been."""
        return cls({name: _Kept(bytearray(data), named=True) for name, data in files.items()})

    def take(self, steps: Iterable[Step]) -> None:
        """Go on through what was asked of the disk."""
        for step in steps:
            match step.kind:
                case "told":
                    self.told = step.at
                case "delete":
                    self._delete(step)
                case "sync":
                    self._sync(self.files[step.name])
                case _:
                    self.files.setdefault(step.name, _Kept(bytearray(), named=False)).pending.append(step)

    def _delete(self, step: Step) -> None:
        gone = self.files.pop(step.name, None)
        if gone is not None and gone.named:
            self.removed[step.name] = bytes(gone.certain)
        if step.at:
            self.removed.clear()

    def _sync(self, file: _Kept) -> None:
        for step in file.pending:
            _apply(file.certain, step)
        file.pending.clear()
        if not file.named:
            # SQLite syncs the directory with the first sync of a file that it made.
            file.named = True
            self.removed.clear()

    def after_cut(self, chance: random.Random) -> dict[str, bytes]:
        """What may be there when the power comes back."""
        found: dict[str, bytes] = {name: data for name, data in self.removed.items() if chance.random() < 0.5}
        for name, file in self.files.items():
            if not file.named and chance.random() < 0.5:
                continue
            data = bytearray(file.certain)
            for step in file.pending:
                _arrive(data, step, chance)
            found[name] = bytes(data)
        return found


def _apply(data: bytearray, step: Step) -> None:
    if step.kind == "truncate":
        del data[step.at :]
        return
    data.extend(bytes(max(step.at - len(data), 0)))
    data[step.at : step.at + len(step.data)] = step.data


def _arrive(data: bytearray, step: Step, chance: random.Random) -> None:
    """Let a step that was not synced happen: whole, not at all, or some of its sectors."""
    fate = chance.choice(("whole", "lost", "torn"))
    if fate == "whole" or (fate == "torn" and step.kind == "truncate"):
        _apply(data, step)
    elif fate == "torn":
        for start in _sectors(step):
            if chance.random() < 0.5:
                end = min((step.at + start) // SECTOR * SECTOR + SECTOR - step.at, len(step.data))
                _apply(data, type(step)("write", step.name, step.at + start, step.data[start:end]))


def _sectors(step: Step) -> Sequence[int]:
    """Where in the data of a write each sector of the disk begins."""
    first = SECTOR - step.at % SECTOR
    return [0, *range(first, len(step.data), SECTOR)]
