"""The fields of a form, and what it proposes while one is typed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date

from store.errors import InvalidValueError
from store.formats.dates import with_weekday
from tui.widgets.proposals import Proposal

Values = dict[str, str]
Propose = Callable[[str], Awaitable[Sequence[Proposal]]]
Complete = Callable[[str], Awaitable[str]]
Save = Callable[[Values], Awaitable[None]]
Tell = Callable[[Values], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class FormField:
    """One field of a form.

    check: raises InvalidValueError for text the field cannot take. propose: what fits the text typed so
    far. complete: a text as far on as there is no choice, for the key that goes to the next field. long: several
    lines. in_numbers: a date that was typed as YYYY-MM-DD, other text as it is; raises InvalidValueError. not_before:
    an earlier date in it is asked about before it is saved.
    """

    name: str
    label: str
    value: str = ""
    hint: str = ""
    long: bool = False
    check: Callable[[str], object] | None = None
    propose: Propose | None = None
    complete: Complete | None = None
    in_numbers: Callable[[str], str] | None = None
    not_before: date | None = None

    def understood(self, typed: str) -> str:
        """The day that was typed in another way than as YYYY-MM-DD, as people name it; else nothing."""
        if self.in_numbers is None:
            return ""
        with suppress(ValueError, InvalidValueError):
            written = self.in_numbers(typed)
            return with_weekday(date.fromisoformat(written)) if written != typed.strip() else ""
        return ""

    def is_past(self, typed: str) -> bool:
        """Whether what was typed is a date that is asked about."""
        with suppress(ValueError):
            return self.not_before is not None and date.fromisoformat(typed) < self.not_before
        return False


def from_list(choices: Sequence[str]) -> Propose:
    """Proposals out of a list: those that hold the text typed, those that begin with it first."""

    async def propose(typed: str) -> Sequence[Proposal]:
        wanted = typed.strip().casefold()
        if any(choice.casefold() == wanted for choice in choices):
            return [Proposal(choice, choice) for choice in choices if choice.casefold() != wanted]
        found = [choice for choice in choices if wanted in choice.casefold()]
        found.sort(key=lambda choice: not choice.casefold().startswith(wanted))
        return [Proposal(choice, choice) for choice in found]

    return propose


def from_list_of_many(choices: Sequence[str]) -> Propose:
    """Like from_list for the last of several values separated by `;`."""

    async def propose(typed: str) -> Sequence[Proposal]:
        *before, last = typed.split(";")
        taken = {part.strip().casefold() for part in before}
        head = "; ".join(part.strip() for part in before)
        found = await from_list([choice for choice in choices if choice.casefold() not in taken])(last)
        return [Proposal(f"{head}; {p.value}" if head else p.value, p.shown) for p in found]

    return propose
