"""The table of an item's fields, from which everything that lists them is made; their values as text and back."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import Enum, auto
from typing import TYPE_CHECKING, Literal, NamedTuple

from store.enums import UNRATED, Direction, Effort, Severity, Status, Word
from store.errors import InvalidValueError, quoted
from store.text import lead_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from store.models import Json


_PERCENT = re.compile(r"(?<![\d.,])(?P<number>\d{1,9}(?:[.,]\d{1,9})?)\s*%")
_COUNT = re.compile(r"(?<![\w.,])(?P<number>\d{1,3}(?:,\d{3}){1,4}|\d{1,15})(?![\w%]|[.,]\d|\s*%)")


@dataclass(frozen=True, slots=True)
class Affected:
    """The projects an item affects: the text as written, and the number or percentage it gives."""

    text: str
    count: int | None = None
    percent: float | None = None

    @classmethod
    def of(cls, text: str) -> Affected:
        """Read `12 %`, `450`, `3,000+ projects`; other texts have neither a count nor a percentage."""
        if match := _PERCENT.search(text):
            return cls(text, percent=float(match["number"].replace(",", ".")))
        if match := _COUNT.search(text):
            return cls(text, count=int(match["number"].replace(",", "")))
        return cls(text)


FieldValue = str | tuple[str, ...] | date | Affected | Word | None
EXTRA = "extra"
TEXT_LIMIT = 64 * 1024
NAME_LIMIT = 120
"""The most characters of the name of a saved query."""
_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.]*(?:-[A-Za-z0-9_.]+)+|[A-Za-z][A-Za-z_.]*[0-9][A-Za-z0-9_.]*")
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_.]{0,11}")


def clean_text(name: str, typed: str) -> str:
    """Text of several lines as stored: line ends are `\\n`, surrounding space is stripped.

    Raises InvalidValueError for NUL, lone surrogates, and more than 64 KiB.
    """
    if "\0" in typed:
        raise InvalidValueError(name, f"{name} contains a NUL character", "remove it")
    try:
        size = len(typed.encode())
    except UnicodeEncodeError:
        what = f"{name} contains a character that is not valid Unicode"
        raise InvalidValueError(name, what, "type it again") from None
    if size > TEXT_LIMIT:
        raise InvalidValueError(name, f"{name} is {size:,} bytes long, the limit is {TEXT_LIMIT:,}", "shorten it")
    return typed.replace("\r\n", "\n").replace("\r", "\n").strip()


def clean_line(name: str, typed: str) -> str:
    """Text of one line as stored: a line end becomes one space."""
    return re.sub(r"\s*\n\s*", " ", clean_text(name, typed))


def is_key(text: str) -> bool:
    """Whether a text is an item key."""
    return len(text) <= 40 and _KEY.fullmatch(text) is not None


def parse_key(typed: str, name: str = "key") -> str:
    """An item key such as `EN-001`."""
    key = clean_line(name, typed)
    if not is_key(key):
        raise InvalidValueError(
            name, f"{quoted(key)} is not an item key", "use a key such as EN-001: letters, a dash, a number"
        )
    return key


def is_code(text: str) -> bool:
    """Whether a text is a category code."""
    return _CODE.fullmatch(text) is not None


def parse_code(typed: str, name: str = "code") -> str:
    """A category code such as `EN`."""
    code = clean_line(name, typed)
    if not is_code(code):
        raise InvalidValueError(
            name, f"{quoted(code)} is not a category code", "use a letter, then up to 11 letters or digits"
        )
    return code


NO_END = frozenset({"none", "no end", "no-end"})
"""What is typed for no end, ignoring case."""
NO_END_HINT = ", or none for no end"


def is_no_end(typed: str) -> bool:
    """Whether `none` or `no end` was typed."""
    return " ".join(typed.split()).casefold() in NO_END


def parse_day(
    typed: str,
    name: str,
    today: date | None = None,
    direction: Direction = Direction.AHEAD,
    *,
    allows_no_end: bool = False,
) -> date | None:
    """A date as `parse_date` reads it; None for `none` or `no end` if that is allowed."""
    # Loaded here, since reads parse no dates.
    from store.formats.dates import parse_date

    if allows_no_end and is_no_end(typed):
        return None
    return parse_date(typed, name, today, direction, also=NO_END_HINT if allows_no_end else "")


def required_line(name: str, typed: str) -> str:
    """A line that may not be empty."""
    if line := clean_line(name, typed):
        return line
    raise InvalidValueError(name, f"{name} is empty", "type a few words")


class Kind(Enum):
    """The type of a field's value, which decides how it is typed, shown, compared and stored."""

    KEY = auto()
    CATEGORY = auto()
    TEXT = auto()
    PERSON = auto()
    WORD = auto()
    DATE = auto()
    COMPONENTS = auto()
    AFFECTED = auto()
    LINKS = auto()
    COLUMNS = auto()


class ItemField(NamedTuple):
    """One field of an item.

    `words` are those of a WORD. `noun` names the field in sentences about changes, `option` on the command line; both
    are made from the name by default. `columns` are the headers of this field in documents, the first one is written;
    `written` says when. `default`: a new item has a value without being given one. `in_new_form`: it is in the form of
    a new item; `in_bulk_form`: in the form of several items. `fact`: the details of an item show it by its label.
    `direction`: whether a date is in the future or the past; `allows_no_end`: the date may be `none`. `absent` are the
    words that may be typed for no value, besides nothing. A field that is not `typed` is not in forms and commands.
    """

    name: str
    label: str
    kind: Kind
    columns: tuple[str, ...] = ()
    words: type[Word] | None = None
    required: bool = False
    default: bool = False
    long: bool = False
    hint: str = ""
    noun: str = ""
    option: str = ""
    written: Literal["always", "when set", "when there"] = "when set"
    direction: Direction | None = None
    allows_no_end: bool = False
    absent: tuple[str, ...] = ()
    in_new_form: bool = False
    in_bulk_form: bool = False
    fact: bool = False
    typed: bool = True

    def parse(self, typed: str) -> FieldValue:
        """The value to store of typed text that is not blank. Raises InvalidValueError."""
        match self.kind:
            case Kind.KEY:
                return parse_key(typed, self.name)
            case Kind.CATEGORY:
                return parse_code(typed, self.name)
            case Kind.PERSON:
                return clean_line(self.name, typed)
            case Kind.WORD if self.words is not None:
                return self.words.parse(typed)
            case Kind.DATE:
                return parse_day(typed, self.name, allows_no_end=self.allows_no_end)
            case Kind.COMPONENTS:
                from store.formats.markdown import split_components

                return tuple(dict.fromkeys(split_components(clean_line(self.name, typed))))
            case Kind.AFFECTED:
                return Affected.of(clean_line(self.name, typed))
            case _:
                return clean_text(self.name, typed)

    def read(self, typed: str, today: date | None = None) -> FieldValue:
        """The value of what was typed; `2w` and `friday` are dates only if `today` is given.

        Blank text means no value, or is an error. Raises InvalidValueError for this field.
        """
        if not typed.strip() or typed.strip().casefold() in self.absent:
            if self.required:
                raise InvalidValueError(self.name, f"{self.label} is empty", self.hint or "type a few words")
            return () if self.kind is Kind.COMPONENTS else None
        try:
            return self.parse(self.in_numbers(typed, today))
        except InvalidValueError as error:
            remedy = f"use {self.hint}" if self.absent else error.remedy
            raise InvalidValueError(self.name, error.what, remedy) from None

    def check_typed(self, typed: str, today: date | None = None, *, before: str = "") -> FieldValue:
        """The value of what a person typed in place of a text: links have to be links, though documents may say more.

        Raises InvalidValueError.
        """
        value = self.read(typed, today)
        if self.kind is Kind.LINKS and typed != before and isinstance(value, str):
            from store.formats.links import check_links

            check_links(self.name, value)
        return value

    def in_numbers(self, typed: str, today: date | None) -> str:
        """A date as YYYY-MM-DD, any other text unchanged. Raises InvalidValueError for an invalid date."""
        if self.direction is None or not typed.strip() or is_no_end(typed):
            return typed
        day = parse_day(typed, self.name, today, self.direction, allows_no_end=self.allows_no_end)
        return day.isoformat() if day else typed


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
            from store.formats.markdown import join_components

            return join_components(value)
        case _:
            return value


# fmt: off
ITEM_FIELDS: tuple[ItemField, ...] = (
    ItemField("key", "Key", Kind.KEY, ("ID", "Key", "Debt ID", "Item", "#"), required=True, default=True,
              hint="a key such as EN-001", written="always", in_new_form=True),
    ItemField("category", "Category", Kind.CATEGORY, required=True, hint="a category code, such as EN",
              in_new_form=True, in_bulk_form=True),
    ItemField("title", "Title", Kind.TEXT, hint="a short name, shown on the map", in_new_form=True),
    ItemField("description", "Description", Kind.TEXT, ("Description", "Debt", "Debt Item", "Issue"), required=True,
              long=True, hint="describe the debt", written="always", in_new_form=True),
    ItemField("severity", "Severity", Kind.WORD, ("Severity",), words=Severity, absent=(UNRATED, "none"),
              hint="critical, high, medium, low or unrated", written="always", in_new_form=True, in_bulk_form=True),
    ItemField("status", "Status", Kind.WORD, ("Status",), words=Status, required=True, default=True,
              hint="open, in-progress, mitigated or accepted", written="always", in_new_form=True, in_bulk_form=True),
    ItemField("status_note", "Status note", Kind.TEXT, long=True, hint="shown in brackets after the status",
              option="note", in_bulk_form=True),
    ItemField("components", "Affected components", Kind.COMPONENTS,
              ("Affected Components", "Components", "Component", "Affected Component"),
              hint="separated by ;", noun="affected components", written="always", in_new_form=True),
    ItemField("mitigation_plan", "Mitigation plan", Kind.TEXT,
              ("Mitigation Plan", "Mitigation", "Plan", "Remediation"), long=True, written="always", in_new_form=True),
    ItemField("owner", "Owner", Kind.PERSON, ("Owner", "Owners"), in_new_form=True, in_bulk_form=True),
    ItemField("effort", "Effort", Kind.WORD, ("Effort",), words=Effort, hint="S, M, L or XL", in_bulk_form=True,
              fact=True),
    ItemField("affected", "Affected projects", Kind.AFFECTED, ("Affected Projects", "Projects Affected", "Affected"),
              hint="a count or a share, such as 450 or 12%", noun="affected projects"),
    ItemField("due_on", "Due", Kind.DATE, ("Due", "Due On", "Due Date"),
              hint="a date such as 2026-03-31, 2w or next friday", noun="due date",
              direction=Direction.AHEAD, in_bulk_form=True, fact=True),
    ItemField("opened_on", "Opened", Kind.DATE, ("Opened", "Opened On", "Date Opened"),
              hint="a date such as 2026-03-31, 2w (ago) or last friday", noun="opening date", written="when there",
              direction=Direction.BACK, in_bulk_form=True),
    ItemField("accepted_by", "Accepted by", Kind.PERSON, ("Accepted By",), noun="acceptor"),
    ItemField("accepted_until", "Accepted until", Kind.DATE, ("Accepted Until",),
              hint="a date such as 2026-03-31, 3m or next friday, or none for no end", noun="end of the acceptance",
              direction=Direction.AHEAD, allows_no_end=True),
    ItemField("links", "Links", Kind.LINKS, long=True, hint="such as Runbook https://wiki.example/drift; one per line",
              written="when there"),
    ItemField(EXTRA, "Extra columns", Kind.COLUMNS, noun="extra columns", typed=False),
)
# fmt: on
FIELDS: dict[str, ItemField] = {field.name: field for field in ITEM_FIELDS if field.typed}
"""The fields that forms and commands set."""
REQUIRED_FOR_NEW = tuple(name for name, field in FIELDS.items() if field.required and not field.default)
"""The fields that a new item must be given."""
WHEN_THERE = frozenset(field.name for field in ITEM_FIELDS if field.written == "when there")
"""The fields that are written only to documents that have a place for them."""
STATUS_FIELDS = ("status", "status_note", "accepted_by", "accepted_until")
"""The fields that change with the status."""
IDENTIFYING = ("key", "severity", "status")
"""The columns that a table of items must have."""


def of_kind(*kinds: Kind) -> tuple[str, ...]:
    """The names of the fields of some kinds, in the order of the table."""
    return tuple(field.name for field in ITEM_FIELDS if field.kind in kinds)


STORED_FIELDS = of_kind(Kind.KEY, Kind.TEXT, Kind.PERSON, Kind.WORD, Kind.DATE, Kind.LINKS)
"""The fields that are columns of the same name in the database."""


def _arranged(*first: str) -> tuple[str, ...]:
    """The names of the typed fields: these first, the others after them in the order of the table."""
    return (*first, *(name for name in FIELDS if name not in first))


JSON_ORDER = _arranged("key", "title", "category", "severity", "status", "status_note", "description")
"""The order of fields in the JSON of an item, before extra columns."""
REVIEW_ORDER = _arranged(
    *("key", "category", "title", "description", "severity", "status", "status_note", "accepted_by"),
    *("accepted_until", "owner", "due_on", "effort", "affected", "components", "mitigation_plan"),
)
"""The order of changed fields in a review, before extra columns."""
FORM_ORDER = _arranged(
    *("title", "severity", "status", "status_note", "owner", "due_on", "effort", "components", "affected"),
    *("description", "mitigation_plan", "links", "category", "key"),
)
"""The order of fields in the form of an item."""
BULK_FORM_ORDER = tuple(name for name in FORM_ORDER if FIELDS[name].in_bulk_form)
"""The fields in the form of several items."""
NEW_FORM_ORDER = tuple(
    name
    for name in _arranged("category", "key", "title", "severity", "status", "description", "components")
    if FIELDS[name].in_new_form
)
"""The fields in the form of a new item."""
FACTS = tuple(field for field in FIELDS.values() if field.fact)
"""The fields that the details of an item show by their labels."""
LONG_FIELDS = tuple(name for name in _arranged("description", "mitigation_plan") if FIELDS[name].long)
"""The texts of several lines, in their order in an editor."""


COMPARED = {
    **dict.fromkeys(of_kind(Kind.CATEGORY), "id"),
    **dict.fromkeys(of_kind(Kind.COMPONENTS), "names"),
    **dict.fromkeys(of_kind(Kind.AFFECTED), "text"),
    "document": "document",
    "source": "id",
    "target": "id",
}
"""The part by which two values are compared, of fields that the audit log stores in parts."""


def same(field: str, one: object, other: object) -> bool:
    """Whether two values of a field mean the same to people, however they were written or ordered.

    They are what `ItemField.read` gives, or as the audit log stores them.
    """
    part = COMPARED.get(field)
    if part and isinstance(one, dict) and isinstance(other, dict):
        return bool(one.get(part) == other.get(part))
    if isinstance(one, Affected) and isinstance(other, Affected):
        return one.text == other.text
    return one == other or (not one and not other)


def text_of(value: object) -> str | None:
    """A value as text for people, whether it is of a field or from the audit log; None without a value."""
    match value:
        case None:
            return None
        case Word() | Affected() | date():
            return show(value)
        case {"names": list(names), "text": text}:
            return str(text) if text else show(tuple(map(str, names))) or None
        case {"code": code}:
            return str(code)
        case {"state": state, "starts": _}:
            return str(state)
        case {"path": path, "sha256": _}:
            return str(path) if path else None
        case {"text": text} | {"key": text}:
            return str(text)
        case dict() if value and all(isinstance(part, int) for part in value.values()):
            return ", ".join(f"{name.lower()} {number}" for name, number in value.items())
        case tuple() if all(isinstance(part, str) for part in value):
            return show(value)
        case list() | tuple():
            parts = (each if isinstance(each, list | tuple) else [each] for each in value)
            return "; ".join(": ".join(map(str, part)) for part in parts)
        case _:
            return str(value)


def no_value(field: str | None, otherwise: str = "") -> str:
    """The word for no value of an item's field, such as `unrated`; `otherwise` for a field that has no such word."""
    known = FIELDS.get(field or "")
    return known.absent[0] if known and known.absent else otherwise


def whole_text(state: Json) -> str | None:
    """A short text for a whole row: empty for a row without text, None for a missing row."""
    if not isinstance(state, dict):
        return None
    if "description" in state:
        return lead_of(str(state.get("title") or ""), str(state["description"]))
    return str(next((state[name] for name in ("title", "text", "query", "name", "label") if state.get(name)), ""))


def past_dates(values: Mapping[str, FieldValue], today: date) -> dict[str, date]:
    """The dates among some fields that should be in the future and are past, which users are asked to confirm."""
    return {
        name: value
        for name, value in values.items()
        if name in FIELDS and FIELDS[name].direction is Direction.AHEAD and isinstance(value, date) and value < today
    }


ACCEPT_FOR = {Severity.CRITICAL: 30, Severity.HIGH: 90, Severity.MEDIUM: 180, Severity.LOW: 365}
"""The days that debt is accepted for by default; unrated debt has no end by default."""
SIGNAL_LABEL = "debt_item"
"""The label of a signal whose value is the key of its item by default."""
ENDING_DAYS = 14
"""An acceptance is ending when at most this many days are left."""
_DAYS = re.compile(r"(?P<severity>[A-Za-z]+)\s*[:=]?\s*(?P<days>\d{1,5})\s*(?:d|days?)?")


def parse_days(name: str, typed: str) -> dict[str, Json]:
    """Days by severity of `high 30, medium 90`. Raises InvalidValueError."""
    found: dict[str, Json] = {}
    for part in re.split(r"[,;]", clean_line(name, typed)):
        if not part.strip():
            continue
        match = _DAYS.fullmatch(part.strip())
        if match is None or int(match["days"]) == 0:
            what = f"{part.strip()!r} is not a number of days"
            raise InvalidValueError(name, what, "use a format such as high 30, medium 90")
        found[Severity.parse(match["severity"]).value] = int(match["days"])
    return found


def days_text(days: Iterable[tuple[Severity, int]]) -> str:
    """Days by severity as `parse_days` reads them."""
    return ", ".join(f"{severity.typed} {number}" for severity, number in days)


def typed_days(name: str, typed: str) -> str:
    """Days by severity as typed, the highest severity first. Raises InvalidValueError."""
    found = parse_days(name, typed)
    return days_text((severity, int(str(found[severity.value]))) for severity in Severity if severity.value in found)


def accept_days(said: Iterable[tuple[Severity, int]]) -> dict[Severity, int]:
    """The days that debt is accepted for: the settings of a register, else the defaults."""
    return ACCEPT_FOR | dict(said)


def policy_text(name: str, days: Iterable[tuple[Severity, int]]) -> str:
    """The setting `mitigate_within` or `accept_for` as text."""
    own = dict(days)
    if name == "mitigate_within":
        return days_text(own.items()) or "no limit"
    default = "" if len(own) == len(Severity) else " by default" if not own else " (the rest by default)"
    return days_text(accept_days(own.items()).items()) + default
