"""Until when debt is accepted, as forms ask for it: a day, the severity's own, or plainly no end."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from store.enums import Term
from store.errors import InvalidValueError
from store.fields import parse_day
from tui.screens.item_fields import item_field

if TYPE_CHECKING:
    from datetime import date

    from tui.screens.form_field import FormField

NO_END = "no end"
HINT = "a date such as 2026-03-31, 3m or next friday, or: no end"


def read_end(typed: str, today: date) -> date | Term | None:
    """The day of a typed end, None for no end. Raises InvalidValueError; nothing typed is not a choice."""
    if not typed.strip():
        raise InvalidValueError("accepted_until", "accepting requires an end", f"type {HINT}")
    return Term.BY_SEVERITY if _is_by_severity(typed) else parse_day(typed, "accepted_until", today, allows_no_end=True)


def end_field(value: str, today: date) -> FormField:
    """The field of an end; blank is refused beside it."""
    field = item_field("accepted_until", value, today, hint=HINT)

    def in_numbers(typed: str) -> str:
        return typed if _is_by_severity(typed) or field.in_numbers is None else field.in_numbers(typed)

    return replace(field, check=lambda typed: read_end(typed, today), in_numbers=in_numbers)


def _is_by_severity(typed: str) -> bool:
    return " ".join(typed.split()).casefold() == Term.BY_SEVERITY.value
