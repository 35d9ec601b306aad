"""A row that a person edits: what they saw of it, what it says now, and what others have changed since."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

from store.errors import ConflictError, NotFoundError, RegisterError
from store.fields import FIELDS, STATUS_FIELDS, FieldValue, show
from store.text import counted, join_few, plural
from tui.lazy import history_queries, item_queries
from tui.render.text import line

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence

    from store.queries.items import ItemDetail
    from tui.async_store import AsyncStore

Side = Literal["mine", "theirs", "before"]

Single = FieldValue | int

Value = Single | Mapping[str, Single]

"""What a field of an item, a category or the register says; of many items, what it says about each by its key."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """A field that someone changed while a person was about to, as texts; `now` is the value of `theirs`.

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


Current = tuple[str, "Mapping[str, Value]"]
"""The name of a row and its fields, as of now."""


class EditSession:
    """A row of the register that someone edits: what they saw of it, and what others changed since.

    entity, name: the row in the trail; the name is kept up to date when someone renames it. seen: what the user saw
    of the fields that they may change; what is written is held against it. fetch: the row of a name as of now, None
    where it is gone. subject: what sentences call it. labels: what people call its fields. read: the value of a field
    that a form shows as text; raises RegisterError. author: who changed a field last.
    """

    def __init__(
        self,
        store: AsyncStore,
        entity: str,
        name: str,
        seen: Mapping[str, Value],
        fetch: Callable[[str], Awaitable[Current | None]],
        *,
        subject: str = "{name}",
        labels: Mapping[str, str] | None = None,
        read: Callable[[str, str], Value] | None = None,
        author: Callable[[str | None], Awaitable[str]] | None = None,
    ) -> None:
        self.store = store
        self.entity = entity
        self.name = name
        self.seen = dict(seen)
        self._fetch = fetch
        self._subject = subject
        self._labels = labels or {}
        self._read = read
        self._author = author

    @property
    def display_name(self) -> str:
        """What sentences call it."""
        return self._subject.format(name=self.name)

    async def current(self) -> Mapping[str, Value] | None:
        """The current fields; None where the row is gone."""
        found = await self._fetch(self.name)
        if found is None:
            return None
        self.name, values = found
        return values

    def text(self, field: str, value: Value) -> str:  # noqa: ARG002 (of several items it depends on the field)
        """A value as forms show it."""
        return show(value) if not isinstance(value, int | Mapping) else str(value)

    def value(self, field: str, text: str) -> Value:
        """The value that a form shows as `text`. Raises RegisterError where it is none."""
        return text if self._read is None else self._read(field, text)

    def is_unchanged(self, field: str, value: Value) -> bool:
        """Whether a field says what was seen of it."""
        return self.text(field, value) == self.text(field, self.seen[field])

    def texts(self) -> dict[str, str]:
        """What was seen, as `restore` takes it."""
        return {name: self.text(name, value) for name, value in self.seen.items()}

    def restore(self, texts: Mapping[str, str], names: Collection[str]) -> None:
        """Let some fields have been seen as they once were shown."""
        for name in names:
            text = texts.get(name)
            if text is not None and name in self.seen and self.text(name, self.seen[name]) != text:
                with suppress(RegisterError):
                    self.seen[name] = self.value(name, text)

    def label(self, field: str) -> str:
        """What people call a field."""
        return self._labels.get(field) or field.replace("_", " ").capitalize()

    async def author(self, field: str | None = None) -> str:
        """Who changed a field last, or removed the row."""
        if self._author is not None:
            return await self._author(field)
        return await self.store.read(history_queries.author, self.entity, self.name, field)

    async def attribution(self, field: str, now: Value) -> tuple[str, str]:  # noqa: ARG002 (several items need it)
        """Who changed a field, and of which of several items."""
        return await self.author(field), ""

    def hint(self, field: str) -> str:  # noqa: ARG002 (of several items it depends on the field)
        """What a form says about a field that it cannot show the value of."""
        return ""

    @property
    def progress_message(self) -> str:
        """The message while it is written, where that takes long."""
        return ""

    @property
    def removal_notes(self) -> Sequence[str]:
        """Which of several items are gone, in sentences."""
        return ()

    async def removed_error(self) -> RegisterError:
        """The refusal to write to what is not there any more."""
        return RegisterError(f"{await self.author()} removed {self.display_name}", "nothing was written")

    # Saving

    async def save(
        self, attempt: Callable[[], Awaitable[None]], decide: Callable[[Sequence[Conflict]], Awaitable[bool]]
    ) -> bool:
        """Try to write until it is written; whether it was.

        Each time that others changed the same fields, `decide` asks the user and takes in the answer, or says that
        they do not want to go on. What they decided is held against what they were shown.
        """
        while True:
            try:
                await attempt()
            except ConflictError as error:
                asked = await self.conflicts(error)
                if asked and not await decide(asked):
                    return False
                for conflict in asked:
                    self.resolve(conflict)
            except NotFoundError:
                if not await self.find_renamed():
                    raise
            else:
                return True

    async def conflicts(self, error: ConflictError) -> list[Conflict]:
        """The fields of a refused write as of now, for a person to decide.

        A field that came back to what was seen, or says already what is wanted, is settled by that and left out.
        Raises RegisterError where the row is gone, and the refusal itself where it is about something else.
        """
        now = await self.current()
        if now is None:
            raise await self.removed_error()
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
            found.append(Conflict(name, self.label(name), before, theirs, conflict.mine, by, now[name]))
        return found

    def resolve(self, conflict: Conflict) -> None:
        """Hold what was decided against what was shown for it."""
        self.seen[conflict.name] = conflict.now

    def apply_side(self, conflict: Conflict, side: Side) -> bool:  # noqa: ARG002 (several items do)
        """Whether the session keeps what was decided by itself."""
        return False

    async def find_renamed(self) -> bool:
        """Whether the row has another name now, and can be written under it. Raises RegisterError where it is gone."""
        name = self.name
        if await self.current() is None:
            raise await self.removed_error() from None
        return self.name != name


def read_field(name: str, text: str) -> Value:
    """The value of a field of an item. Raises RegisterError where the text is none."""
    return FIELDS[name].read(text)


class ItemSession(EditSession):
    """An item that someone edits."""

    def __init__(self, store: AsyncStore, key: str, seen: Mapping[str, Value]) -> None:
        labels = {name: field.label for name, field in FIELDS.items()}
        super().__init__(store, "item", key, seen, self._item, labels=labels, read=read_field)

    @classmethod
    def of(cls, store: AsyncStore, detail: ItemDetail, names: Sequence[str]) -> ItemSession:
        """Some fields of an item as shown."""
        return cls(store, detail.key, {name: getattr(detail, name) for name in names})

    async def _item(self, key: str) -> Current | None:
        """Its fields, also when its key is another one now."""
        detail = await self.store.item(key)
        if detail is None:
            became = await self.store.read(history_queries.current_key, "item", key)
            if became is None or became.key is None or became.key == key:
                return None
            detail = await self.store.item(became.key)
        return None if detail is None else (detail.key, {name: getattr(detail, name) for name in self.seen})

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
            if typed != self.text(name, seen) and (value := FIELDS[name].check_typed(typed)) != seen:
                found[name] = value
        return found

    def instead(self, changes: Mapping[str, FieldValue]) -> Mapping[str, Mapping[str, FieldValue]]:  # noqa: ARG002
        """What single items of many get in place of `changes`."""
        return {}

    def expect(self, key: str, values: Mapping[str, Single]) -> None:
        """Take in what the user's own write left in fields of an item."""
        if key == self.name:
            self.seen |= {name: value for name, value in values.items() if name in self.seen}

    async def complete(self) -> bool:
        """Take what was not shown as of now; whether anything is there."""
        now = await self.current()
        self.seen = {**(now or {}), **self.seen}
        return now is not None


CLEAR = "-"

"""What is typed to clear a field that says different things of different items."""

VERY_MANY = 1_000

"""Items whose writing takes long enough to say so."""

MOST_ASKED = 50

"""Fields that a person is asked about one by one; of more, one sentence tells."""


class BulkSession(ItemSession):
    """Several items; what was seen of a field is what it said about each, by key.

    decided: what single items get in place of what is written to all, as the user chose.
    """

    def __init__(self, store: AsyncStore, keys: Iterable[str], seen: Mapping[str, Mapping[str, Single]]) -> None:
        self._keys = tuple(keys)
        super().__init__(store, " ".join(self._keys), {name: dict(values) for name, values in seen.items()})
        self.decided: defaultdict[str, dict[str, FieldValue]] = defaultdict(dict)
        self._lost: list[str] = []
        self._who = "someone"

    @property
    def keys(self) -> tuple[str, ...]:
        """The items that are there."""
        return self._keys

    @property
    def display_name(self) -> str:
        """`5 items`."""
        return counted(self._keys)

    @property
    def progress_message(self) -> str:
        """The message while very many are written."""
        return f"Writing {self.display_name}" if len(self._keys) >= VERY_MANY else ""

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

    def is_unchanged(self, field: str, value: Value) -> bool:
        """Whether every item that is there says what was seen of it."""
        seen = self._of(field)
        return isinstance(value, Mapping) and all(seen.get(key) == each for key, each in value.items())

    def hint(self, field: str) -> str:
        """What a form says about a field in which the items differ."""
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
        """Take in what the user's own write left in fields of an item."""
        for name, value in values.items():
            if name in self.seen and key in self._of(name):
                self._of(name)[key] = value

    # What others do

    async def complete(self) -> bool:
        """Take what was not shown of an item as of now; whether any item is there."""
        now = await self.current()
        for name, values in (now or {}).items():
            assert isinstance(values, Mapping)
            self.seen[name] = {**values, **self._of(name)}
        return now is not None

    async def current(self) -> Mapping[str, Value] | None:
        """The fields of the items that are still there under their keys; None where none is."""
        rows = await self.store.read(item_queries.selected_by_key, self._keys)
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
        # What was seen of them continues to say what a form began with.
        became = await self.store.read(history_queries.current_key, "item", gone[0])
        self._who = became.by if became else "someone"
        did = "renamed" if became and became.key else "removed"
        self._lost.append(f"{self._who} {did} {join_few(gone)}")

    @property
    def removal_notes(self) -> Sequence[str]:
        """Which of the items are gone, in sentences."""
        return self._lost

    async def attribution(self, field: str, now: Value) -> tuple[str, str]:
        """Who changed a field, and of which items."""
        assert isinstance(now, Mapping)
        seen = self._of(field)
        changed = [key for key, value in now.items() if value != seen.get(key)]
        by = await self.store.read(history_queries.author, self.entity, changed[0], field)
        return by, join_few(changed)

    async def author(self, field: str | None = None) -> str:  # noqa: ARG002 (`attribution` has it)
        """Who removed the items."""
        return self._who

    async def removed_error(self) -> RegisterError:
        """The refusal to write to what is not there any more."""
        return RegisterError("; ".join(self._lost), "nothing was written")

    async def find_renamed(self) -> bool:
        """Nothing is written to the others before the user knows what is gone."""
        told = len(self._lost)
        if await self.current() is None:
            raise await self.removed_error() from None
        if len(self._lost) > told:
            left = plural(len(self._keys), "the other one", f"the other {len(self._keys):,}")
            raise RegisterError("; ".join(self._lost[told:]), f"nothing was written; try again for {left}") from None
        return False

    async def conflicts(self, error: ConflictError) -> list[Conflict]:
        """The fields of a refused write as of now, by item."""
        now = await self.current()
        if now is None:
            raise await self.removed_error()
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
            found.append(Conflict(name, label, before, theirs, conflict.mine, conflict.by, present[key], key))
        if len(found) > MOST_ASKED:
            what = f"{found[0].by} changed {found[0].label.lower()} of {join_few([each.key for each in found])}"
            remedy = "nothing was written; check them, then mark them again"
            raise RegisterError(f"{what} while you were editing", remedy)
        return found

    def resolve(self, conflict: Conflict) -> None:
        """What was decided is held against what was shown for it."""
        assert not isinstance(conflict.now, Mapping)
        self._of(conflict.name)[conflict.key] = conflict.now

    def apply_side(self, conflict: Conflict, side: Side) -> bool:
        """Take in what was decided for one item."""
        self.decided[conflict.key].pop(conflict.name, None)
        if side != "mine":
            self.decided[conflict.key][conflict.name] = FIELDS[conflict.name].read(conflict.text(side))
        return True

    # Drafts

    def texts(self) -> dict[str, str]:
        """What was seen of each item."""
        return {f"{key} {name}": self.text(name, value) for name in self.seen for key, value in self._of(name).items()}

    def restore(self, texts: Mapping[str, str], names: Collection[str]) -> None:
        """Let some fields have been seen as they once were shown."""
        for name in names:
            values = self._of(name)
            for key, value in values.items():
                text = texts.get(f"{key} {name}")
                if text is not None and text != self.text(name, value):
                    with suppress(RegisterError):
                        values[key] = FIELDS[name].read(text)


# A form that edits a session


class RemoteChange(NamedTuple):
    """What someone changed in a field that a form shows. whose: of which of several items."""

    by: str
    theirs: str
    whose: str = ""


class FormView(Protocol):
    """The fields of a form."""

    def text_of(self, name: str) -> str: ...

    def put_text(self, name: str, text: str) -> None: ...

    async def show_remote_change(self, name: str, change: RemoteChange | None) -> None: ...

    async def show_notes(self, notes: Sequence[str]) -> None: ...


class FormFollower:
    """Keeps a form up with what others do to what it edits, and takes in what was decided about conflicts.

    base: what each field of the form began with, or followed to; a field that says something else is touched.
    settled: what was chosen for fields that the form does not show.
    """

    def __init__(self, session: EditSession | None, base: dict[str, str], view: FormView) -> None:
        self.session = session
        self.base = base
        self.view = view
        self.settled: dict[str, str] = {}

    @property
    def texts(self) -> dict[str, str]:
        """The text of each field."""
        return {name: self.view.text_of(name) for name in self.base}

    @property
    def is_changed(self) -> bool:
        """Whether anything was typed."""
        return self.texts != self.base

    async def follow(self) -> None:
        """Follow where nothing was typed; elsewhere say what saving will ask about."""
        session = self.session
        if session is None:
            return
        now = await session.current()
        if now is None:
            gone = f"{line(await session.author())} removed {line(session.display_name)}"
            await self.view.show_notes([f"{gone}; saving will be refused"])
            return
        notes = [line(loss) for loss in session.removal_notes]
        for name, value in now.items():
            if name not in self.base:
                notes += await self._note(session, name, value)
                continue
            before, theirs = session.text(name, session.seen[name]), session.text(name, value)
            change = None
            if self.base[name] == before and self.view.text_of(name) in (before, theirs):
                session.seen[name] = value
                self.base[name] = theirs
                self.view.put_text(name, theirs)
            elif not session.is_unchanged(name, value):
                by, whose = await session.attribution(name, value)
                change = RemoteChange(line(by), line(theirs), line(whose))
            await self.view.show_remote_change(name, change)
        await self.view.show_notes(notes)

    async def _note(self, session: EditSession, name: str, value: Value) -> list[str]:
        """What someone changed in a field that the form does not show."""
        if session.is_unchanged(name, value):
            return []
        by, whose = await session.attribution(name, value)
        who, label, theirs = line(by), session.label(name).lower(), line(session.text(name, value))
        if whose:
            return [f"{who} changed the {label} of {line(whose)}; saving will ask"]
        return [f"{who} set the {label} to {theirs or 'nothing'}; saving will ask"]

    async def apply_answer(self, conflicts: Sequence[Conflict], answer: Mapping[str, Side]) -> None:
        """Take in what was decided: the side of each conflict, by its id."""
        for conflict in conflicts:
            side, name = answer[conflict.id], conflict.name
            text = conflict.text(side)
            if self.session is not None and self.session.apply_side(conflict, side):
                continue
            if name not in self.base:
                self.settled[name] = text
                continue
            is_touched = self.view.text_of(name) != self.base[name]
            self.base[name] = conflict.theirs
            # What is mine may follow from another field, as a note goes with its status.
            if side != "mine" or not is_touched:
                self.view.put_text(name, text)
            await self.view.show_remote_change(name, None)
