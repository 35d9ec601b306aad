"""A row that a person edits: what they saw of it, what it says now, and what others changed meanwhile."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from store.errors import ConflictError, NotFoundError, RegisterError
from store.fields import FIELDS, FieldValue, show

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from store.rows import ItemDetail
    from tui.gateway import Gateway

Side = Literal["mine", "theirs", "before"]
Value = FieldValue | int
"""What a field of an item, a category or the register says."""

STANDING = ("status", "status_note", "accepted_by", "accepted_until")
"""What another status of an item changes."""


@dataclass(frozen=True, slots=True)
class Contest:
    """A field that somebody changed while a person was about to, as texts; `now` is the value of `theirs`."""

    name: str
    label: str
    before: str
    theirs: str
    mine: str
    by: str
    now: Value

    def text(self, side: Side) -> str:
        """What one of the three says."""
        return {"mine": self.mine, "theirs": self.theirs, "before": self.before}[side]


class Watched:
    """A row of the register.

    name: its key or code, kept up to date when somebody renames it. seen: what the person saw of the fields that
    they may change; what is written is held against it.
    """

    entity = ""

    def __init__(self, store: Gateway, name: str, seen: Mapping[str, Value]) -> None:
        self.store = store
        self.name = name
        self.seen = dict(seen)

    @property
    def called(self) -> str:
        """What sentences call it."""
        return self.name

    async def now(self) -> Mapping[str, Value] | None:
        """What the row says now; None where it is gone."""
        raise NotImplementedError

    def text(self, field: str, value: Value) -> str:  # noqa: ARG002 (the register's facts tell by it)
        """A value as forms show it."""
        return str(value) if isinstance(value, int) else show(value)

    def value(self, field: str, text: str) -> Value:  # noqa: ARG002 (items tell by it)
        """The value that a form shows as `text`. Raises RegisterError where it is none."""
        return text

    def recall(self, texts: Mapping[str, str]) -> None:
        """Let fields have been seen as they once were shown."""
        for name, text in texts.items():
            if name in self.seen and self.text(name, self.seen[name]) != text:
                with suppress(RegisterError):
                    self.seen[name] = self.value(name, text)

    def label(self, field: str) -> str:
        """What people call a field."""
        return field.replace("_", " ").capitalize()

    async def author(self, field: str | None = None) -> str:
        """Who changed a field last."""
        return await self.store.author(self.entity, self.name, field)

    async def gone(self) -> RegisterError:
        """The refusal to write to what is not there any more."""
        return RegisterError(f"{await self.author()} removed {self.called} meanwhile", "nothing was written")


class WatchedItem(Watched):
    """An item."""

    entity = "item"

    @classmethod
    def of(cls, store: Gateway, detail: ItemDetail, names: Sequence[str]) -> WatchedItem:
        """Some fields of an item as it is shown."""
        return cls(store, detail.key, {name: getattr(detail, name) for name in names})

    @property
    def before(self) -> Mapping[str, Mapping[str, FieldValue]]:
        """What was seen, as the store takes it."""
        return {self.name: {name: value for name, value in self.seen.items() if not isinstance(value, int)}}

    async def now(self) -> Mapping[str, Value] | None:
        """Its fields, also when its key is another one now."""
        detail = await self.store.item(self.name)
        if detail is None:
            became = await self.store.fate(self.name)
            if became is None or became.key is None or became.key == self.name:
                return None
            self.name = became.key
            detail = await self.store.item(self.name)
        return None if detail is None else {name: getattr(detail, name) for name in self.seen}

    def value(self, field: str, text: str) -> Value:
        """As forms read it."""
        return FIELDS[field].read(text)

    def label(self, field: str) -> str:
        """As forms have it."""
        return FIELDS[field].label if field in FIELDS else super().label(field)


async def contests(watched: Watched, error: ConflictError) -> list[Contest]:
    """The fields of a refused write as they are now, for a person to decide.

    A field that came back to what was seen, or says already what is wanted, is settled by that and left out.
    Raises RegisterError where the row is gone, and the refusal itself where it is about something else.
    """
    now = await watched.now()
    if now is None:
        raise await watched.gone()
    found = []
    for conflict in error.conflicts:
        name = conflict.field
        if name not in now or name not in watched.seen:
            raise error
        before, theirs = (watched.text(name, value) for value in (watched.seen[name], now[name]))
        if theirs in (before, conflict.mine):
            watched.seen[name] = now[name]
            continue
        by = await watched.author(name)
        found.append(Contest(name, watched.label(name), before, theirs, conflict.mine, by, now[name]))
    return found


async def insist(
    watched: Watched,
    attempt: Callable[[], Awaitable[None]],
    decide: Callable[[Sequence[Contest]], Awaitable[bool]],
) -> bool:
    """Try to write until it is written; whether it was.

    Each time that others changed the same fields, `decide` asks the person and takes in the answer, or says that
    they do not want to go on. What they decided is held against what they were shown.
    """
    while True:
        name = watched.name
        try:
            await attempt()
        except ConflictError as error:
            asked = await contests(watched, error)
            if asked and not await decide(asked):
                return False
            for contest in asked:
                watched.seen[contest.name] = contest.now
        except NotFoundError:
            if await watched.now() is None:
                raise await watched.gone() from None
            if watched.name == name:
                raise
        else:
            return True
