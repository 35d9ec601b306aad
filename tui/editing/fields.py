"""The fields of a form, and what it proposes while one is typed."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from store.enums import Direction, Term
from store.errors import InvalidValueError
from store.fields import FIELDS, Kind, parse_day
from store.formats.dates import with_weekday
from tui.lazy import lookup, overview_queries
from tui.render.text import line
from tui.widgets.suggestions import Proposal

if TYPE_CHECKING:
    from store.fields import FieldValue
    from tui.async_store import AsyncStore
    from tui.host import Host

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
    lines. in_numbers: a date that was typed as YYYY-MM-DD, other text unchanged; raises InvalidValueError. not_before:
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
    """Like `from_list`, for the last of several values separated by `;`."""

    async def propose(typed: str) -> Sequence[Proposal]:
        *before, last = typed.split(";")
        taken = {part.strip().casefold() for part in before}
        head = "; ".join(part.strip() for part in before)
        found = await from_list([choice for choice in choices if choice.casefold() not in taken])(last)
        return [Proposal(f"{head}; {p.value}" if head else p.value, p.shown) for p in found]

    return propose


def item_field(name: str, value: str, today: date, *, hint: str = "", propose: Propose | None = None) -> FormField:
    """One field with its check and its fixed words; dates count from `today`."""
    known = FIELDS[name]
    hint = hint or known.hint
    if known.direction is not None:
        return FormField(
            name,
            known.label,
            value,
            hint,
            check=lambda typed: known.read(typed, today),
            in_numbers=lambda typed: known.in_numbers(typed, today),
            not_before=today if known.direction is Direction.AHEAD else None,
        )
    if known.words is not None:
        propose = from_list([*(word.value for word in known.words), *known.absent[:1]])

    def check(typed: str) -> FieldValue:
        return known.check_typed(typed, before=value)

    return FormField(name, known.label, value, hint, long=known.long, check=check, propose=propose)


class OverRegister(Protocol):
    """A screen over an open register."""

    @property
    def store(self) -> AsyncStore: ...

    @property
    def host(self) -> Host: ...


async def item_fields(screen: OverRegister, names: Sequence[str], values: Values) -> list[FormField]:
    """Several fields with proposals from the register."""
    known, known_category = await screen.store.read(overview_queries.names_in_use), FIELDS["category"]
    categories = await screen.store.categories() if "category" in names else ()
    choices = [Proposal(category.code, f"{category.code}  {line(category.name)}") for category in categories]

    def check_category(typed: str) -> None:
        code = str(known_category.read(typed))
        if code.casefold() not in {p.value.casefold() for p in choices}:
            raise InvalidValueError("category", f"unknown category {code}", "choose one from the list")

    async def propose_category(typed: str) -> Sequence[Proposal]:
        wanted = typed.strip().casefold()
        others = [p for p in choices if p.value.casefold() != wanted]
        fitting = [p for p in others if wanted in p.shown.casefold()]
        # A whole code is chosen already: then all the others are the proposals.
        return fitting if fitting and len(others) == len(choices) else others

    async def propose_key(typed: str) -> Sequence[Proposal]:
        codes = [p.value for p in choices if typed.upper().startswith(p.value.upper())] or [values.get("category", "")]
        keys = [await screen.store.read(lookup.next_key, code) for code in codes if code]
        return [Proposal(key, f"{key}  the next free one") for key in keys]

    propose: dict[Kind, Propose] = {
        Kind.PERSON: from_list(known.owners),
        Kind.COMPONENTS: from_list_of_many(known.components),
        Kind.CATEGORY: propose_category,
        Kind.KEY: propose_key,
    }
    today = screen.host.target.today
    fields = [item_field(name, values.get(name, ""), today) for name in names]
    checks = {"category": check_category}
    return [
        replace(
            field,
            propose=propose.get(FIELDS[field.name].kind, field.propose),
            check=checks.get(field.name, field.check),
        )
        for field in fields
    ]


NO_END = "no end"

HINT = "a date such as 2026-03-31, 3m or next friday, or: no end"


def read_end(typed: str, today: date) -> date | Term | None:
    """The day of a typed end, None for no end. Raises InvalidValueError; nothing typed is not a choice."""
    if not typed.strip():
        raise InvalidValueError("accepted_until", "accepting requires an end", f"type {HINT}")
    return Term.BY_SEVERITY if _is_by_severity(typed) else parse_day(typed, "accepted_until", today, allows_no_end=True)


def end_field(value: str, today: date) -> FormField:
    """The field of an end; blank is refused next to it."""
    field = item_field("accepted_until", value, today, hint=HINT)

    def in_numbers(typed: str) -> str:
        return typed if _is_by_severity(typed) or field.in_numbers is None else field.in_numbers(typed)

    return replace(field, check=lambda typed: read_end(typed, today), in_numbers=in_numbers)


def _is_by_severity(typed: str) -> bool:
    return " ".join(typed.split()).casefold() == Term.BY_SEVERITY.value


MOST_PROPOSED = 50

_SHOWN = frozenset({".md", ".markdown", ".txt", ".mmd", ".mermaid"})


def typed_path(typed: str) -> Path:
    """A path as typed, `~` and all. Raises InvalidValueError where it is empty or a folder."""
    if not typed.strip():
        raise InvalidValueError("path", "the path is empty", "type a file name")
    if "\0" in typed:
        raise InvalidValueError("path", "the path contains a NUL character", "remove it")
    path = Path(os.path.expanduser(typed.strip()))
    if os.path.isdir(path):
        raise InvalidValueError("path", f"{path} is a folder", "add a file name")
    return path


def readable_path(typed: str) -> Path:
    """A path of a file that is there. Raises InvalidValueError."""
    path = typed_path(typed)
    if not os.path.isfile(path):
        raise InvalidValueError("path", f"{path} does not exist", "check the name")
    return path


async def propose_path(typed: str) -> Sequence[Proposal]:
    """Folders, Markdown and Mermaid files that begin with what was typed."""
    return await asyncio.to_thread(_proposals, typed)


async def complete_path(typed: str) -> str:
    """What was typed, as far on as all paths that begin with it agree, as a shell completes it."""
    return await asyncio.to_thread(_completed, typed)


def _proposals(typed: str) -> Sequence[Proposal]:
    folder, names = _fitting(typed)
    paths = [f"{folder / name}{'/' if name.endswith('/') else ''}" for name in names[:MOST_PROPOSED]]
    return [Proposal(path, path) for path in paths if path != typed]


def _completed(typed: str) -> str:
    text = typed.strip()
    folder, start = os.path.split(text)
    _, names = _fitting(typed)
    if not names or (not folder and start.startswith("~")):
        return typed
    common = os.path.commonprefix(names)  # noqa: RUF071 (character by character is meant)
    return text.removesuffix(start) + common


def _fitting(typed: str) -> tuple[Path, list[str]]:
    """The folder of what was typed, and the names in it that begin so; those of folders end in a slash."""
    text = os.path.expanduser(typed.strip())
    folder, start = Path(os.path.dirname(text) or "."), os.path.basename(text)
    try:
        found = sorted(name for name in os.listdir(folder) if name.startswith(start) and not name.startswith("."))
    except (OSError, ValueError):
        return folder, []
    names = [f"{name}/" if os.path.isdir(folder / name) else name for name in found]
    return folder, [name for name in names if name.endswith("/") or os.path.splitext(name)[1].lower() in _SHOWN]
