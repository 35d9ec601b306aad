"""The errors that users see: one sentence each, with what to do next."""

from __future__ import annotations

from typing import NamedTuple

from store.text import mask

_QUOTED = 60


def quoted(text: str) -> str:
    """A text in quotation marks, cut if it is long."""
    return repr(text if len(text) <= _QUOTED else text[: _QUOTED - 3] + "...")


class RegisterError(Exception):
    """`what` went wrong and the `remedy`, each a clause without a final period, and without passwords."""

    def __init__(self, what: str, remedy: str = "") -> None:
        what, remedy = mask(what), mask(remedy)
        super().__init__(what, remedy)
        self.what = what
        self.remedy = remedy

    def __str__(self) -> str:
        """The sentence as people read it."""
        return f"{self.what}: {self.remedy}" if self.remedy else self.what

    def but(self, way: str) -> RegisterError:
        """The same error with another remedy before its own."""
        return RegisterError(self.what, f"{way}; {self.remedy}" if self.remedy else way)


CREATE = "create one with `ai-debt init` or `ai-debt import FILE`"
"""What to do without a register."""
RESTORE = "restore it from a backup"
"""What to do about a damaged register."""
SHOWS_KEYS = "`ai-debt list` shows all keys"
"""What to do about an unknown key."""
CHECK_AND_REMOVE = "check the change, then remove it"
"""What to do about something that others changed before it was removed."""
NO_ITEMS = "the register has no items yet"
"""What lists and reviews say about a register without items."""


def missing_register(path: object = None) -> RegisterError:
    """The error for a missing register file, at the path that the user named or at the default path."""
    if path is None:
        return RegisterError("no register yet", CREATE)
    return RegisterError(f"no register at {path}", f"check the path, or {CREATE}")


class NoRegisterError(RegisterError):
    """A database without a register yet."""

    def __init__(self) -> None:
        super().__init__("this database has no register yet", CREATE)


class DamagedError(RegisterError):
    """A register whose file is damaged."""


class OverwriteError(RegisterError):
    """Replacing a file would lose its text; `force` replaces it anyway."""


class NotFoundError(RegisterError):
    """An unknown key, code or dependency."""


def removed_item(who: str, key: str, undo: str) -> NotFoundError:
    """The refusal where someone has removed the item that was shown; `undo` is the key that undoes."""
    return NotFoundError(f"{who} removed {key}", f"{undo} restores what you removed yourself")


class InvalidValueError(RegisterError):
    """An invalid value of `field`; forms show the error next to that field."""

    def __init__(self, field: str, what: str, remedy: str = "") -> None:
        super().__init__(what, remedy)
        self.field = field


def no_participant() -> InvalidValueError:
    """The refusal of a review without anyone."""
    return InvalidValueError("participants", "a review needs at least one participant", "name one")


class QueryError(RegisterError):
    """A query that is invalid, or names an unknown key or category.

    `column` counts the characters of `query` before the error, `length` those of it; it may be just beyond the end,
    where something is missing.
    """

    def __init__(self, what: str, remedy: str, *, query: str, column: int, length: int = 1) -> None:
        super().__init__(what, remedy)
        self.query = query
        self.column = column
        self.length = max(length, 1)


class UnfinishedError(RegisterError):
    """Another review, of this `number`, is still open."""

    def __init__(self, number: int, started: str) -> None:
        super().__init__(
            f"review {number}, which {started}, is still open",
            f"resume it, or end it with `ai-debt review finish {number}`",
        )
        self.number = number


class FieldConflict(NamedTuple):
    """A field that someone else changed between reading and writing, as texts."""

    key: str
    field: str
    before: str
    mine: str
    theirs: str
    by: str


class ConflictError(RegisterError):
    """Someone else changed the same fields; nothing was written."""

    def __init__(self, conflicts: tuple[FieldConflict, ...]) -> None:
        first = conflicts[0]
        super().__init__(
            f"{first.by} changed {first.field} of {first.key} to {first.theirs or 'nothing'!r} while you were editing",
            "check the new value, then try again",
        )
        self.conflicts = conflicts


class OutdatedPlanError(RegisterError):
    """The register changed after the import preview, so nothing was written."""


class DocumentError(RegisterError):
    """A document that cannot be read as a register; nothing was written."""


_SHOWN = 40


class UnreadableValueError(ValueError):
    """A stored value that is not of the kind `wanted` in its column."""

    def __init__(self, value: object, wanted: str) -> None:
        shown = repr(value)
        shown = shown if len(shown) <= _SHOWN else f"{shown[: _SHOWN - 3]}..."
        super().__init__(f"{shown} is not {wanted}")
        self.shown = shown
        self.wanted = wanted


class ImportUndoError(RegisterError):
    """The batch to undo is an import: everything that it changed is reverted."""

    def __init__(self, batch: int) -> None:
        super().__init__(
            "undoing this import reverts everything it changed", "confirm with --yes, or with the confirmation key"
        )
        self.batch = batch
