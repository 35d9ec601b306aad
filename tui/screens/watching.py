"""A row that a person edits: what they saw of it, what it says now, and what others changed meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from store.errors import ConflictError, NotFoundError, RegisterError
from store.fields import FIELDS, FieldValue, show

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Sequence

    from store.queries.items import ItemDetail
    from tui.gateway import Gateway

Side = Literal["mine", "theirs", "before"]
Single = FieldValue | int
Value = Single | Mapping[str, Single]
"""What a field of an item, a category or the register says; of many items, what it says of each by its key."""


@dataclass(frozen=True, slots=True)
class Contest:
    """A field that somebody changed while a person was about to, as texts; `now` is the value of `theirs`.

    key: the item, where it is one of many.
    """

    name: str
    label: str
    before: str
    theirs: str
    mine: str
    by: str
    now: Value
    key: str = ""

    @property
    def id(self) -> str:
        """What tells it from the others."""
        return f"{self.key} {self.name}"

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
        return show(value) if not isinstance(value, int | Mapping) else str(value)

    def same(self, field: str, value: Value) -> bool:
        """Whether a field says what was seen of it."""
        return self.text(field, value) == self.text(field, self.seen[field])

    def value(self, field: str, text: str) -> Value:  # noqa: ARG002 (items tell by it)
        """The value that a form shows as `text`. Raises RegisterError where it is none."""
        return text

    def texts(self) -> dict[str, str]:
        """What was seen, as `recall` takes it."""
        return {name: self.text(name, value) for name, value in self.seen.items()}

    def recall(self, texts: Mapping[str, str], names: Collection[str]) -> None:
        """Let some fields have been seen as they once were shown."""
        for name in names:
            text = texts.get(name)
            if text is not None and name in self.seen and self.text(name, self.seen[name]) != text:
                with suppress(RegisterError):
                    self.seen[name] = self.value(name, text)

    def label(self, field: str) -> str:
        """What people call a field."""
        return field.replace("_", " ").capitalize()

    async def author(self, field: str | None = None) -> str:
        """Who changed a field last."""
        return await self.store.author(self.entity, self.name, field)

    async def told(self, field: str, now: Value) -> tuple[str, str]:  # noqa: ARG002 (many items tell by it)
        """Who changed a field, and of which of many rows."""
        return await self.author(field), ""

    def hint(self, field: str) -> str:  # noqa: ARG002 (many items tell by it)
        """What a form says of a field that it cannot show the value of."""
        return ""

    @property
    def takes_long(self) -> str:
        """What is said while it is written, where that takes long."""
        return ""

    @property
    def losses(self) -> Sequence[str]:
        """Which of many rows are gone, in sentences."""
        return ()

    async def gone(self) -> RegisterError:
        """The refusal to write to what is not there any more."""
        return RegisterError(f"{await self.author()} removed {self.called} meanwhile", "nothing was written")

    async def contests(self, error: ConflictError) -> list[Contest]:
        """The fields of a refused write as they are now, for a person to decide.

        A field that came back to what was seen, or says already what is wanted, is settled by that and left out.
        Raises RegisterError where the row is gone, and the refusal itself where it is about something else.
        """
        now = await self.now()
        if now is None:
            raise await self.gone()
        found = []
        for conflict in error.conflicts:
            name = conflict.field
            if name not in now or name not in self.seen:
                raise error
            before, theirs = (self.text(name, value) for value in (self.seen[name], now[name]))
            if theirs in (before, conflict.mine):
                self.seen[name] = now[name]
                continue
            by = await self.author(name)
            found.append(Contest(name, self.label(name), before, theirs, conflict.mine, by, now[name]))
        return found

    def settle(self, contest: Contest) -> None:
        """What was decided is held against what was shown for it."""
        self.seen[contest.name] = contest.now

    def take(self, contest: Contest, side: Side) -> bool:  # noqa: ARG002 (many items do)
        """Whether the row keeps what was decided by itself."""
        return False

    async def follow(self) -> bool:
        """Whether the row has another name now, and can be written under it. Raises RegisterError where it is gone."""
        name = self.name
        if await self.now() is None:
            raise await self.gone() from None
        return self.name != name


class WatchedItem(Watched):
    """An item."""

    entity = "item"

    @classmethod
    def of(cls, store: Gateway, detail: ItemDetail, names: Sequence[str]) -> WatchedItem:
        """Some fields of an item as it is shown."""
        return cls(store, detail.key, {name: getattr(detail, name) for name in names})

    @property
    def keys(self) -> tuple[str, ...]:
        """The items, as the store's verbs take them."""
        return (self.name,)

    def before(self, names: Collection[str] | None = None) -> Mapping[str, Mapping[str, FieldValue]]:
        """What was seen of some fields, or of all, as the store takes it."""
        seen = {name: value for name, value in self.seen.items() if not isinstance(value, int | Mapping)}
        return {self.name: {name: value for name, value in seen.items() if names is None or name in names}}

    @property
    def versions(self) -> Mapping[str, int]:
        """The version that was seen, as the store takes it; empty where none was."""
        version = self.seen.get("version")
        return {self.name: version} if isinstance(version, int) else {}

    def check(self, field: str, typed: str) -> str:  # noqa: ARG002 (many items tell by it)
        """What was typed, as the field takes it."""
        return typed

    def changes(self, values: Mapping[str, str]) -> dict[str, FieldValue]:
        """The fields of a form that differ from what was seen."""
        found: dict[str, FieldValue] = {}
        for name, typed in values.items():
            seen = self.seen[name]
            if typed != self.text(name, seen) and (value := FIELDS[name].read(typed)) != seen:
                found[name] = value
        return found

    def instead(self, changes: Mapping[str, FieldValue]) -> Mapping[str, Mapping[str, FieldValue]]:  # noqa: ARG002
        """What single items of many get in place of `changes`."""
        return {}

    def expect(self, key: str, values: Mapping[str, Single]) -> None:
        """Take in what the person's own write left in fields of an item."""
        if key == self.name:
            self.seen |= {name: value for name, value in values.items() if name in self.seen}

    async def complete(self) -> bool:
        """Take what was not shown as it is now; whether anything is there."""
        now = await self.now()
        self.seen = {**(now or {}), **self.seen}
        return now is not None

    async def now(self) -> Mapping[str, Value] | None:
        """Its fields, also when its key is another one now."""
        detail = await self.store.item(self.name)
        if detail is None:
            became = await self.store.current_key(self.name)
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
        try:
            await attempt()
        except ConflictError as error:
            asked = await watched.contests(error)
            if asked and not await decide(asked):
                return False
            for contest in asked:
                watched.settle(contest)
        except NotFoundError:
            if not await watched.follow():
                raise
        else:
            return True
