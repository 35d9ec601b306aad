"""The fields of a form, and what it proposes while one is typed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

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
    lines.
    """

    name: str
    label: str
    value: str = ""
    hint: str = ""
    long: bool = False
    check: Callable[[str], object] | None = None
    propose: Propose | None = None
    complete: Complete | None = None


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
