"""An item's fields as forms ask for them: checked by the table of fields, proposed from what is in use."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from store.enums import Direction
from store.errors import InvalidValueError
from store.fields import FIELDS, Kind
from tui.screens.form_field import FormField, Propose, Values, from_list, from_list_of_many
from tui.text import line
from tui.widgets.proposals import Proposal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from tui.screens.base import Flows


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
    return FormField(name, known.label, value, hint, long=known.long, check=known.read, propose=propose)


async def item_fields(screen: Flows, names: Sequence[str], values: Values) -> list[FormField]:
    """Several fields with proposals from the register."""
    known, known_category = await screen.store.known(), FIELDS["category"]
    categories = screen.view.summary.categories if screen.view else ()
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
        keys = [await screen.store.next_key(code) for code in codes if code]
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
