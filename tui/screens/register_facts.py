"""The register's own facts while somebody edits them: what was seen, what they say now, one entry of the cadence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.errors import ConflictError, FieldConflict, InvalidValueError, RegisterError
from store.fields import clean_line, clean_text, days_text, policy_text, required_line, typed_days
from store.formats.document.model import CadenceEntry
from tui.screens.watching import Value, Watched

if TYPE_CHECKING:
    from collections.abc import Mapping

    from store.audit.log import Done
    from store.commands.settings import FactValue
    from store.queries.overview import RegisterRow
    from tui.gateway import Gateway

DAYS = ("mitigate_within", "accept_for")
"""The facts that are days by severity."""
FACTS = (
    ("title", "Title", False),
    ("system", "System", False),
    ("extends", "Extends", False),
    ("project_total", "Projects in all", False),
    ("mitigate_within", "Mitigate within", False),
    ("accept_for", "Accept for", False),
    ("purpose", "Purpose", True),
    ("note", "Note", True),
)

HINTS = {
    "mitigate_within": "days until open debt is overdue, such as high 30, medium 90",
    "accept_for": "days that debt is accepted for by default, such as high 90, low 365",
}


def project_total(typed: str) -> int | None:
    """A whole number of projects, None where blank."""
    text = typed.strip().replace(",", "")
    if not text:
        return None
    if not text.isdigit() or int(text) == 0 or len(text) > 12:
        raise InvalidValueError("project_total", f"{typed.strip()!r} is no number of projects", "write it as 3000")
    return int(text)


def read_fact(name: str, typed: str) -> str | int | None:
    """The stored value of a register fact. Raises InvalidValueError."""
    if name == "project_total":
        return project_total(typed)
    if name in DAYS:
        return typed_days(name, typed) or None
    if name == "title":
        return required_line(name, typed)
    return (clean_text if name in ("purpose", "note") else clean_line)(name, typed) or None


def fact_text(row: RegisterRow, name: str) -> str:
    """A register fact as a form shows it."""
    return "" if (value := fact_value(row, name)) is None else str(value)


def shown_fact(row: RegisterRow, name: str) -> str:
    """A register fact as its page shows it, with what holds where it says nothing."""
    return policy_text(name, getattr(row, name)) if name in DAYS else fact_text(row, name) or "not said"


def fact_value(row: RegisterRow, name: str) -> str | int | None:
    """A register fact as forms know it; days by severity as the text that is typed."""
    value = getattr(row, name)
    return days_text(value) or None if name in DAYS else value


class WatchedFacts(Watched):
    """The register's facts but the cadence."""

    entity = "register"
    called = "The register"

    @property
    def before(self) -> Mapping[str, FactValue]:
        """What was seen, as the store takes it."""
        return {name: value for name, value in self.seen.items() if value is None or isinstance(value, str | int)}

    async def now(self) -> Mapping[str, Value] | None:
        """As they are now."""
        row = await self.store.facts()
        return {name: fact_value(row, name) for name in self.seen}

    def value(self, field: str, text: str) -> Value:
        """As forms read it."""
        return read_fact(field, text)

    def label(self, field: str) -> str:
        """As the page has it."""
        return next((label for name, label, _ in FACTS if name == field), super().label(field))


class WatchedEntry(Watched):
    """One entry of the review cadence, or with `entry` None one that is new; the others are left as they are."""

    entity = "register"
    called = "The cadence"

    def __init__(self, store: Gateway, entry: CadenceEntry | None) -> None:
        super().__init__(store, "register", {"label": entry.label, "text": entry.text} if entry else {})
        self.is_new = entry is None

    @property
    def entry(self) -> CadenceEntry:
        """The entry as it was seen."""
        return CadenceEntry(str(self.seen["label"]), str(self.seen["text"]))

    async def author(self, field: str | None = None) -> str:  # noqa: ARG002 (the trail knows the cadence as a whole)
        """Who changed the cadence last."""
        return await self.store.author(self.entity, self.name, "cadence")

    async def gone(self) -> RegisterError:
        """The refusal to write to an entry that is not there any more."""
        return RegisterError(
            f"{await self.author()} removed this entry of the cadence meanwhile", "nothing was written"
        )

    async def now(self) -> Mapping[str, Value] | None:
        """What it says now: the entry as it was, else the one that has its label or its text."""
        cadence = (await self.store.facts()).cadence
        at = self._place(cadence)
        return None if at is None else {"label": cadence[at].label, "text": cadence[at].text}

    def _place(self, cadence: tuple[CadenceEntry, ...]) -> int | None:
        """Where the entry stands now."""
        if self.is_new:
            return None
        seen = self.entry
        same = [each == seen for each in cadence]
        alike = [each.label == seen.label for each in cadence], [each.text == seen.text for each in cadence]
        return next((found.index(True) for found in (same, *alike) if True in found), None)

    async def write(self, new: CadenceEntry | None) -> Done:
        """Let it say something else, or with None be gone. Raises ConflictError where others changed the same of it."""
        cadence = (await self.store.facts()).cadence
        at = self._place(cadence)
        if at is None and not self.is_new:
            raise await self.gone()
        entries = list(cadence)
        if at is None:
            entries += [new] if new else []
        else:
            entries[at : at + 1] = [await self._merged(cadence[at], new)] if new else []
            if new is None and cadence[at] != self.entry:
                who = await self.author()
                raise RegisterError(f"{who} changed this entry since you looked at it", "look again, then remove it")
        return await self.store.set_register({"cadence": tuple(entries)}, before={"cadence": cadence})

    async def _merged(self, theirs: CadenceEntry, mine: CadenceEntry) -> CadenceEntry:
        """What I changed beside what they changed. Raises ConflictError where both changed the same."""
        seen = self.entry
        label = mine.label if mine.label != seen.label else theirs.label
        text = mine.text if mine.text != seen.text else theirs.text
        sides = (("label", seen.label, mine.label, theirs.label), ("text", seen.text, mine.text, theirs.text))
        contested = [side for side in sides if side[1] not in side[2:] and side[2] != side[3]]
        if contested:
            who = await self.author()
            raise ConflictError(
                tuple(
                    FieldConflict(key="the review cadence", field=name, before=was, mine=own, theirs=now, by=who)
                    for name, was, own, now in contested
                )
            )
        return CadenceEntry(label, text)
