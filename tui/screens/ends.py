"""Until when debt is accepted, as forms ask for it: a day, the severity's own, or plainly no end."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from store.errors import InvalidValueError
from store.fields import parse_end
from store.words import Term
from tui.screens.item_fields import item_field

if TYPE_CHECKING:
    from datetime import date

    from tui.screens.form_field import FormField

NO_END = "no end"
HINT = "a date such as 2026-03-31, or: no end"


def read_end(typed: str) -> date | Term | None:
    """The day of a typed end, None for no end. Raises InvalidValueError; nothing typed is no choice."""
    if not typed.strip():
        raise InvalidValueError("accepted_until", "nobody says until when", f"type {HINT}")
    if " ".join(typed.split()).casefold() == Term.BY_SEVERITY.value:
        return Term.BY_SEVERITY
    return parse_end(typed, "accepted_until")


def end_field(value: str, *, hint: str = HINT) -> FormField:
    """The field of an end; blank is refused beside it."""
    return replace(item_field("accepted_until", value, hint=hint), check=read_end)
