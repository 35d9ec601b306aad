"""Several items that a person edits as one: what they saw of each, what others changed, what was decided for which."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from store.errors import RegisterError
from store.fields import FIELDS, STATUS_FIELDS
from store.text import join_few
from tui.screens.watching import Contest, WatchedItem

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from store.errors import ConflictError
    from store.fields import FieldValue
    from tui.gateway import Gateway
    from tui.screens.watching import Side, Single, Value

CLEAR = "-"
"""What is typed to clear a field that says different things of different items."""
VERY_MANY = 1_000
"""Items whose writing takes long enough to say so."""
MOST_ASKED = 50
"""Fields that a person is asked about one by one; of more, one sentence tells."""


def named(keys: Sequence[str]) -> str:
    """`EN-001, EN-002 and 3 more`."""
    return join_few(keys)


class WatchedItems(WatchedItem):
    """Several items; what was seen of a field is what it said of each, by key.

    decided: what single items get in place of what is written to all, as the person chose.
    """

    def __init__(self, store: Gateway, keys: Iterable[str], seen: Mapping[str, Mapping[str, Single]]) -> None:
        self._keys = tuple(keys)
        super().__init__(store, " ".join(self._keys), {name: dict(values) for name, values in seen.items()})
        self.decided: defaultdict[str, dict[str, FieldValue]] = defaultdict(dict)
        self._lost: list[str] = []
        self._who = "somebody"

    @property
    def keys(self) -> tuple[str, ...]:
        """The items that are there."""
        return self._keys

    @property
    def called(self) -> str:
        """`5 items`."""
        return self._keys[0] if len(self._keys) == 1 else f"{len(self._keys):,} items"

    @property
    def takes_long(self) -> str:
        """What is said while very many are written."""
        return f"Writing {self.called}" if len(self._keys) >= VERY_MANY else ""

    def _of(self, name: str) -> dict[str, Single]:
        values = self.seen[name]
        assert isinstance(values, dict)
        return values

    @property
    def versions(self) -> Mapping[str, int]:
        """The versions that were seen."""
        values = self.seen.get("version")
        assert isinstance(values, dict)
        return values

    def _has_several(self, name: str) -> bool:
        """Whether the items say different things of a field."""
        values = iter(self._of(name).values())
        first = next(values, None)
        return any(value != first for value in values)

    def text(self, field: str, value: Value) -> str:
        """What all items say, as forms show it; empty where they differ."""
        if not isinstance(value, Mapping):
            return super().text(field, value)
        values = iter(value.values())
        first = next(values, None)
        return "" if any(each != first for each in values) else super().text(field, first)

    def same(self, field: str, value: Value) -> bool:
        """Whether every item that is there says what was seen of it."""
        seen = self._of(field)
        return isinstance(value, Mapping) and all(seen.get(key) == each for key, each in value.items())

    def hint(self, field: str) -> str:
        """What a form says of a field in which the items differ."""
        if field not in self.seen or not self._has_several(field):
            return ""
        return "several values" if FIELDS[field].required else f"several values; {CLEAR} clears them"

    def check(self, field: str, typed: str) -> str:
        """What was typed, as the field takes it; nothing typed over several values leaves them."""
        return "" if typed.strip() == CLEAR and self._has_several(field) else typed

    def before(self, names: Collection[str] | None = None) -> Mapping[str, Mapping[str, FieldValue]]:
        """What was seen of some fields, or of all, as the store takes it."""
        wanted = [name for name in self.seen if names is None or name in names]
        found: dict[str, dict[str, FieldValue]] = {key: {} for key in self._keys}
        for name in wanted:
            for key, value in self._of(name).items():
                if key in found and not isinstance(value, int):
                    found[key][name] = value
        return found

    def changes(self, values: Mapping[str, str]) -> dict[str, FieldValue]:
        """The fields of a form that say something else than all items do."""
        return {
            name: FIELDS[name].read(self.check(name, typed))
            for name, typed in values.items()
            if typed != self.text(name, self.seen[name])
        }

    def instead(self, changes: Mapping[str, FieldValue]) -> Mapping[str, Mapping[str, FieldValue]]:
        """What single items get in place of `changes`: an item that keeps another status keeps what goes with it."""
        found: dict[str, dict[str, FieldValue]] = {}
        for key, own in self.decided.items():
            keeps = own.get("status", changes.get("status")) != changes.get("status")
            names = [name for name in STATUS_FIELDS if name in changes and name in self.seen] if keeps else []
            found[key] = {name: value for name in names if not isinstance(value := self._of(name)[key], int)} | own
        return found

    def expect(self, key: str, values: Mapping[str, Single]) -> None:
        """Take in what the person's own write left in fields of an item."""
        for name, value in values.items():
            if name in self.seen and key in self._of(name):
                self._of(name)[key] = value

    # What others do

    async def complete(self) -> bool:
        """Take what was not shown of an item as it is now; whether any item is there."""
        now = await self.now()
        for name, values in (now or {}).items():
            assert isinstance(values, Mapping)
            self.seen[name] = {**values, **self._of(name)}
        return now is not None

    async def now(self) -> Mapping[str, Value] | None:
        """The fields of the items that are still there under their keys; None where none is."""
        rows = await self.store.selected_by_key(self._keys)
        if len(rows) < len(self._keys):
            await self._lose({row.key for row in rows})
        if not self._keys:
            return None
        return {name: {row.key: getattr(row, name) for row in rows} for name in self.seen}

    async def _lose(self, there: Collection[str]) -> None:
        gone = [key for key in self._keys if key not in there]
        self._keys = tuple(key for key in self._keys if key in there)
        for key in gone:
            self.decided.pop(key, None)
        # What was seen of them goes on to say what a form began with.
        became = await self.store.current_key(gone[0])
        self._who = became.by if became else "somebody"
        self._lost.append(f"{self._who} {'renamed' if became and became.key else 'removed'} {named(gone)} meanwhile")

    @property
    def losses(self) -> Sequence[str]:
        """Which of the items are gone, in sentences."""
        return self._lost

    async def told(self, field: str, now: Value) -> tuple[str, str]:
        """Who changed a field, and of which items."""
        assert isinstance(now, Mapping)
        seen = self._of(field)
        changed = [key for key, value in now.items() if value != seen.get(key)]
        return await self.store.author(self.entity, changed[0], field), named(changed)

    async def author(self, field: str | None = None) -> str:  # noqa: ARG002 (`told` knows who changed which field)
        """Who removed the items."""
        return self._who

    async def gone(self) -> RegisterError:
        """The refusal to write to what is not there any more."""
        return RegisterError("; ".join(self._lost), "nothing was written")

    async def follow(self) -> bool:
        """Nothing is written to the others before the person knows what is gone."""
        told = len(self._lost)
        if await self.now() is None:
            raise await self.gone() from None
        if len(self._lost) > told:
            left = "the other one" if len(self._keys) == 1 else f"the other {len(self._keys):,}"
            raise RegisterError("; ".join(self._lost[told:]), f"nothing was written; try again for {left}") from None
        return False

    async def contests(self, error: ConflictError) -> list[Contest]:
        """The fields of a refused write as they are now, each of its own item."""
        now = await self.now()
        if now is None:
            raise await self.gone()
        found = []
        for conflict in error.conflicts:
            name, key = conflict.field, conflict.key
            present = now.get(name)
            if key not in self._keys:
                continue
            if not isinstance(present, Mapping) or key not in self._of(name):
                raise error
            before, theirs = self.text(name, self._of(name)[key]), self.text(name, present[key])
            if theirs in (before, conflict.mine):
                self._of(name)[key] = present[key]
                continue
            label = self.label(name)
            found.append(Contest(name, label, before, theirs, conflict.mine, conflict.by, present[key], key))
        if len(found) > MOST_ASKED:
            raise RegisterError(
                f"{found[0].by} changed {found[0].label.lower()} of {named([each.key for each in found])} meanwhile",
                "nothing was written; look at them, then mark them anew",
            )
        return found

    def settle(self, contest: Contest) -> None:
        """What was decided is held against what was shown for it."""
        assert not isinstance(contest.now, Mapping)
        self._of(contest.name)[contest.key] = contest.now

    def take(self, contest: Contest, side: Side) -> bool:
        """Take in what was decided for one item."""
        self.decided[contest.key].pop(contest.name, None)
        if side != "mine":
            self.decided[contest.key][contest.name] = FIELDS[contest.name].read(contest.text(side))
        return True

    # Drafts

    def texts(self) -> dict[str, str]:
        """What was seen of each item."""
        return {f"{key} {name}": self.text(name, value) for name in self.seen for key, value in self._of(name).items()}

    def recall(self, texts: Mapping[str, str], names: Collection[str]) -> None:
        """Let some fields have been seen as they once were shown."""
        for name in names:
            values = self._of(name)
            for key, value in values.items():
                text = texts.get(f"{key} {name}")
                if text is not None and text != self.text(name, value):
                    with suppress(RegisterError):
                        values[key] = FIELDS[name].read(text)
