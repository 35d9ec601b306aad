"""The one table of an item's fields: name, label, document columns, how typed text becomes a value and back."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from store.enums import Effort, Severity, Status, Word
from store.errors import InvalidValueError, quoted
from store.formats.dates import Direction, parse_date
from store.formats.document.model import Affected
from store.formats.markdown import join_components, split_components

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from store.models import Json


FieldValue = str | tuple[str, ...] | date | Affected | Word | None
TEXT_LIMIT = 64 * 1024
_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.]*(?:-[A-Za-z0-9_.]+)+|[A-Za-z][A-Za-z_.]*[0-9][A-Za-z0-9_.]*")
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_.]{0,11}")


def clean_text(name: str, typed: str) -> str:
    """Text of several lines as it is stored: line ends are `\\n`, blank ends are cut.

    Raises InvalidValueError for what no store or terminal can carry (NUL, lone surrogates) and past 64 KiB.
    """
    if "\0" in typed:
        raise InvalidValueError(name, f"{name} holds a NUL character", "remove it")
    try:
        size = len(typed.encode())
    except UnicodeEncodeError:
        raise InvalidValueError(name, f"{name} holds half of a character", "type it again") from None
    if size > TEXT_LIMIT:
        raise InvalidValueError(name, f"{name} is {size:,} bytes long, the limit is {TEXT_LIMIT:,}", "shorten it")
    return typed.replace("\r\n", "\n").replace("\r", "\n").strip()


def clean_line(name: str, typed: str) -> str:
    """Text of one line as it is stored: a line end becomes one space."""
    return re.sub(r"\s*\n\s*", " ", clean_text(name, typed))


def parse_key(typed: str, name: str = "key") -> str:
    """An item key such as `EN-001`."""
    key = clean_line(name, typed)
    if not _KEY.fullmatch(key) or len(key) > 40:
        raise InvalidValueError(
            name, f"{quoted(key)} is no item key", "write it like EN-001: letters, a dash, a number"
        )
    return key


def parse_code(typed: str, name: str = "code") -> str:
    """A category code such as `EN`."""
    code = clean_line(name, typed)
    if not _CODE.fullmatch(code):
        raise InvalidValueError(
            name, f"{quoted(code)} is no category code", "use a letter, then up to 11 letters or digits"
        )
    return code


NO_END = frozenset({"none", "no end", "no-end"})
"""What says that there is no end, in any case."""
END = ", or none for no end"


def is_no_end(typed: str) -> bool:
    """Whether `none` or `no end` was typed."""
    return " ".join(typed.split()).casefold() in NO_END


def parse_end(typed: str, name: str, today: date | None = None) -> date | None:
    """A date, None for `none` or `no end`."""
    return None if is_no_end(typed) else parse_date(typed, name, today, also=END)


def required_line(name: str, typed: str) -> str:
    """A line that may not be empty."""
    if line := clean_line(name, typed):
        return line
    raise InvalidValueError(name, f"{name} is empty", "type a few words")


@dataclass(frozen=True, slots=True)
class ItemField:
    """One field of an item.

    `parse` makes the stored value of typed text that is not blank; blank text is None, or `blank`
    raises. `columns` are the document headers that mean this field, the first is the one we write. `direction`: of
    a date, whether it lies ahead or back.
    """

    name: str
    label: str
    parse: Callable[[str], FieldValue]
    columns: tuple[str, ...] = ()
    required: bool = False
    long: bool = False
    hint: str = ""
    direction: Direction | None = None

    def read(self, typed: str, today: date | None = None) -> FieldValue:
        """The value of what was typed; `2w` and `friday` are dates only where it is known which day `today` is.

        Raises InvalidValueError beside this field.
        """
        if not typed.strip():
            if self.required:
                raise InvalidValueError(self.name, f"{self.label} is empty", self.hint or "type a few words")
            return () if self.name == "components" else None
        try:
            return self.parse(self.in_numbers(typed, today))
        except InvalidValueError as error:
            raise InvalidValueError(self.name, error.what, error.remedy) from None

    def in_numbers(self, typed: str, today: date | None) -> str:
        """A date as YYYY-MM-DD, whatever else was typed as it is. Raises InvalidValueError for what is not a date."""
        if self.direction is None or not typed.strip() or is_no_end(typed):
            return typed
        also = END if self.name == "accepted_until" else ""
        return parse_date(typed, self.name, today, self.direction, also=also).isoformat()


def show(value: FieldValue) -> str:
    """A field's value as text that `ItemField.read` reads back."""
    match value:
        case None:
            return ""
        case Word():
            return value.value
        case Affected():
            return value.text
        case date():
            return value.isoformat()
        case tuple():
            return join_components(value)
        case _:
            return value


def _components(typed: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(split_components(clean_line("components", typed))))


ITEM_FIELDS: tuple[ItemField, ...] = (
    ItemField(
        "key", "Key", parse_key, ("ID", "Key", "Debt ID", "Item", "#"), required=True, hint="write it like EN-001"
    ),
    ItemField("category", "Category", parse_code, required=True, hint="a category code, such as EN"),
    ItemField("title", "Title", lambda t: clean_text("title", t), hint="a short name; the map shows it"),
    ItemField(
        "description",
        "Description",
        lambda t: clean_text("description", t),
        ("Description", "Debt", "Debt Item", "Issue"),
        required=True,
        long=True,
        hint="say what the debt is",
    ),
    ItemField("severity", "Severity", Severity.parse, ("Severity",), required=True, hint="high, medium or low"),
    ItemField(
        "status", "Status", Status.parse, ("Status",), required=True, hint="open, in-progress, mitigated or accepted"
    ),
    ItemField(
        "status_note",
        "Status note",
        lambda t: clean_text("status_note", t),
        hint="stands in brackets behind the status",
    ),
    ItemField(
        "components",
        "Affected components",
        _components,
        ("Affected Components", "Components", "Component", "Affected Component"),
        hint="separate them with ;",
    ),
    ItemField(
        "mitigation_plan",
        "Mitigation plan",
        lambda t: clean_text("mitigation_plan", t),
        ("Mitigation Plan", "Mitigation", "Plan", "Remediation"),
        long=True,
    ),
    ItemField("owner", "Owner", lambda t: clean_line("owner", t), ("Owner", "Owners")),
    ItemField("effort", "Effort", Effort.parse, ("Effort",), hint="S, M, L or XL"),
    ItemField(
        "affected",
        "Affected projects",
        lambda t: Affected.of(clean_line("affected", t)),
        ("Affected Projects", "Projects Affected", "Affected"),
        hint="a count or a share, such as 450 or 12%",
    ),
    ItemField(
        "due_on",
        "Due",
        lambda t: parse_date(t, "due_on"),
        ("Due", "Due On", "Due Date"),
        hint="a date such as 2026-03-31, 2w or next friday",
        direction=Direction.AHEAD,
    ),
    ItemField(
        "opened_on",
        "Opened",
        lambda t: parse_date(t, "opened_on"),
        ("Opened", "Opened On", "Date Opened"),
        hint="a date such as 2026-03-31, 2w (ago) or last friday",
        direction=Direction.BACK,
    ),
    ItemField("accepted_by", "Accepted by", lambda t: clean_line("accepted_by", t), ("Accepted By",)),
    ItemField(
        "accepted_until",
        "Accepted until",
        lambda t: parse_end(t, "accepted_until"),
        ("Accepted Until",),
        hint="a date such as 2026-03-31, 3m or next friday, or none for no end",
        direction=Direction.AHEAD,
    ),
)
FIELDS: dict[str, ItemField] = {field.name: field for field in ITEM_FIELDS}


def past_dates(values: Mapping[str, FieldValue], today: date) -> dict[str, date]:
    """The dates among some fields that ought to lie ahead and are past: people are asked whether they mean it."""
    found: dict[str, date] = {}
    for name, value in values.items():
        field = FIELDS.get(name)
        if field and field.direction is Direction.AHEAD and isinstance(value, date) and value < today:
            found[name] = value
    return found


ACCEPT_FOR = {Severity.HIGH: 90, Severity.MEDIUM: 180, Severity.LOW: 365}
"""The days that debt is accepted for where neither the register nor anybody says."""
ENDING_DAYS = 14
"""An acceptance is ending when no more than so many days of it are left."""
_DAYS = re.compile(r"(?P<severity>[A-Za-z]+)\s*[:=]?\s*(?P<days>\d{1,5})\s*(?:d|days?)?")


def parse_days(name: str, typed: str) -> dict[str, Json]:
    """Days by severity of `high 30, medium 90`. Raises InvalidValueError."""
    found: dict[str, Json] = {}
    for part in re.split(r"[,;]", clean_line(name, typed)):
        if not part.strip():
            continue
        match = _DAYS.fullmatch(part.strip())
        if match is None or int(match["days"]) == 0:
            raise InvalidValueError(name, f"{part.strip()!r} is no number of days", "write it like high 30, medium 90")
        found[Severity.parse(match["severity"]).value] = int(match["days"])
    return found


def days_text(days: Iterable[tuple[Severity, int]]) -> str:
    """Days by severity as `parse_days` reads them."""
    return ", ".join(f"{severity.typed} {number}" for severity, number in days)


def typed_days(name: str, typed: str) -> str:
    """Days by severity as they were typed, the highest severity first. Raises InvalidValueError."""
    found = parse_days(name, typed)
    return days_text((severity, int(str(found[severity.value]))) for severity in Severity if severity.value in found)


def accept_days(said: Iterable[tuple[Severity, int]]) -> dict[Severity, int]:
    """The days that debt is accepted for: what a register says, else what is built in."""
    return ACCEPT_FOR | dict(said)


def policy_text(name: str, days: Iterable[tuple[Severity, int]]) -> str:
    """What holds of `mitigate_within` or `accept_for`, in words."""
    own = dict(days)
    if name == "mitigate_within":
        return days_text(own.items()) or "no limit"
    default = "" if len(own) == len(Severity) else " by default" if not own else " (the rest by default)"
    return days_text(accept_days(own.items()).items()) + default
