"""Commands on the register itself: create it, and set its own fields."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from store.commands.conflicts import NOTHING, add_row, edit_row, not_as_seen
from store.errors import InvalidValueError, NoRegisterError, RegisterError
from store.fields import clean_line, clean_text, parse_days, required_line
from store.formats.document.model import TAXONOMY, CadenceEntry
from store.models import Category, RegisterFacts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from store.audit.log import Done
    from store.db.database import Database
    from store.models import Json

FactValue = str | int | tuple[CadenceEntry, ...] | None
DAYS = ("mitigate_within", "accept_for")
"""The facts that are days by severity."""
_LARGEST = 2**31


def create(db: Database, *, title: str, system: str | None = None) -> Done:
    """Create the register of an empty database: its title, and the seven categories of the taxonomy."""
    facts = RegisterFacts(title=required_line("title", title), system=clean_line("system", system or "") or None)
    with db.write("create") as writer:
        if writer.session.get(RegisterFacts, 1) is not None:
            raise RegisterError("this database already has a register", "open it, or choose another path with --db")
        add_row(writer, facts)
        for position, known in enumerate(TAXONOMY):
            category = Category(code=known.code, name=known.name, definition=known.definition, position=position)
            add_row(writer, category)
    return writer.done(f"Created the register {facts.title!r}")


def set_register(
    db: Database, changes: Mapping[str, FactValue], *, before: Mapping[str, FactValue] | None = None
) -> Done:
    """Set facts of the register: title, extends, system, purpose, note, project_total, cadence, and days by severity,
    typed as `high 30, medium 90`: mitigate_within, accept_for. `signal_label` is the label of a signal that names its
    item.

    Raises ConflictError if one of them differs from what the user saw, which is in `before`.
    """
    seen = {name: _dumped(name, value) for name, value in (before or {}).items()}
    wanted = not_as_seen({name: _checked(name, value) for name, value in changes.items()}, seen)
    with db.write("set-register") as writer:
        facts = writer.session.get(RegisterFacts, 1)
        if facts is None:
            raise NoRegisterError
        fields = edit_row(writer, facts, wanted, before=seen)
    names = ", ".join(name.replace("_", " ") for name in fields)
    return writer.done(f"Changed {names} of the register" if fields else NOTHING)


def _dumped(name: str, value: FactValue) -> Json:
    if name in DAYS and isinstance(value, str):
        return parse_days(name, value) or None
    if isinstance(value, tuple):
        return [[entry.label, entry.text] for entry in value] or None
    return value if value != "" else None


_CHECKS: dict[str, Callable[[str, str], Json]] = {
    "title": required_line,
    **dict.fromkeys(("extends", "system", "signal_label"), clean_line),
    **dict.fromkeys(("purpose", "note"), clean_text),
    **dict.fromkeys(DAYS, parse_days),
}
"""What makes the value to store of a text, by fact."""


def _checked(name: str, value: FactValue) -> Json:
    match name, value:
        case "project_total", _:
            return _total(value)
        case "cadence", tuple() | None:
            entries = [CadenceEntry(clean_line(name, e.label), clean_text(name, e.text)) for e in value or ()]
            return _dumped(name, tuple(entry for entry in entries if entry.label or entry.text))
        case _, str() | None if name in _CHECKS:
            return _CHECKS[name](name, value or "") or None
    names = "title, extends, system, purpose, note, project_total, cadence, mitigate_within, accept_for, signal_label"
    raise InvalidValueError(name, f"unknown field {name!r}", f"use one of {names}")


def _total(value: FactValue) -> int | None:
    if isinstance(value, str):
        digits = re.sub(r"[\s,_']", "", value)
        if not digits:
            return None
        value = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 12 else -1
    if value is None or (isinstance(value, int) and 0 < value < _LARGEST):
        return value
    raise InvalidValueError("project_total", "the project total is not a number", "write it like 3000")
