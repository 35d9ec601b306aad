"""The columns of a register's own: one is set by its name, beside the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.errors import InvalidValueError
from store.fields import ITEM_FIELDS, clean_line, clean_text, show

if TYPE_CHECKING:
    from collections.abc import Mapping

    from store.fields import FieldValue
    from store.models import Json

PREFIX = "extra."
_KNOWN = {name.casefold() for field in ITEM_FIELDS for name in (field.label, *field.columns)}


def split_extras(changes: Mapping[str, FieldValue]) -> tuple[dict[str, FieldValue], dict[str, str | None]]:
    """The fields among some changes, and the columns of their own: `extra.Ticket` is the column Ticket.

    A column without text is taken away. Raises InvalidValueError for a name that a column of its own cannot have.
    """
    fields = {name: value for name, value in changes.items() if not name.startswith(PREFIX)}
    columns = {
        _column(name): clean_text("extra", show(value)) or None
        for name, value in changes.items()
        if name.startswith(PREFIX)
    }
    return fields, columns


def with_extras(present: Json, columns: Mapping[str, str | None]) -> Json:
    """An item's columns with some of them set or taken away; new ones come last."""
    pairs = present if isinstance(present, list) else []
    kept: dict[str, str | None] = {str(pair[0]): str(pair[1]) for pair in pairs if isinstance(pair, list)}
    kept |= columns
    return [[name, text] for name, text in kept.items() if text is not None] or None


def _column(name: str) -> str:
    column = clean_line("extra", name.removeprefix(PREFIX))
    if not column:
        raise InvalidValueError("extra", "a column of your own has no name", "write it like Ticket=ML-42")
    if column.casefold() in _KNOWN:
        raise InvalidValueError("extra", f"{column} is no column of your own", "set the field of that name")
    return column
