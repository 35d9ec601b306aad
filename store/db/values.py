"""Stored values: the kind of each column, checked and decoded, since SQLite lets any column hold anything."""

from __future__ import annotations

import json
import math
from datetime import UTC, date, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from store.enums import Effort, Flag, FollowUpState, SavedKind, Severity, SignalState, Status
from store.errors import UnreadableValueError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from enum import StrEnum

    Decoder = Callable[[Any], Any]

LARGEST = 2**53
"""The largest ordinary number: adding to larger ones could overflow."""
_DATE_LENGTH, _TIME_LENGTH = 10, 26


def decoder_of(kind: str) -> Decoder:
    """What decodes a stored value of an annotated type, such as `date | None`. Raises UnreadableValueError."""
    name = kind.removesuffix(" | None")
    return DECODERS[name] if name == kind else nullable(DECODERS[name])


def nullable(decode: Decoder) -> Decoder:
    """The same for a value that may be missing."""
    return lambda value: None if value is None else decode(value)


def text(value: Any) -> str:
    """A text."""
    if value.__class__ is not str:
        raise UnreadableValueError(value, "text")
    return value


def integer(value: Any, most: int = LARGEST) -> int:
    """A whole number from `-most` to `most`."""
    if value.__class__ is not int or not -most <= value <= most:
        raise UnreadableValueError(value, "a valid whole number")
    return value


def number(value: Any) -> float:
    """A finite number."""
    if value.__class__ not in (int, float) or not math.isfinite(value):
        raise UnreadableValueError(value, "a number")
    return value


def day(value: Any) -> date:
    """A date, stored as `2026-03-31`."""
    try:
        if len(value) == _DATE_LENGTH:
            return date.fromisoformat(value)
    except (TypeError, ValueError):
        pass
    raise UnreadableValueError(value, "a date")


def timestamp(value: Any) -> datetime:
    """A time in UTC, stored as `2026-03-31 14:00:00.000000`."""
    try:
        if len(value) == _TIME_LENGTH:
            found = datetime.fromisoformat(value)
            if found.tzinfo is None:
                return found.replace(tzinfo=UTC)
    except (TypeError, ValueError):
        pass
    raise UnreadableValueError(value, "a time")


def one_of(words: Iterable[StrEnum]) -> Decoder:
    """One of a fixed set of words."""
    known = {word.value: word for word in words}

    def decode(value: Any) -> Any:
        try:
            return known[value]
        except (KeyError, TypeError):
            raise UnreadableValueError(value, f"one of {', '.join(known)}") from None

    return decode


def json_of(shape: str, fits: Callable[[Any], bool]) -> Decoder:
    """JSON of a shape; SQLite stores a JSON number as a number."""

    def decode(value: Any) -> Any:
        try:
            found = json.loads(value) if value.__class__ is str else value
            if value.__class__ is not bytes and fits(found):
                return found
        except (ValueError, TypeError, RecursionError):
            pass
        raise UnreadableValueError(value, shape)

    return decode


def _is_finite(value: object) -> bool:
    return not isinstance(value, float) or math.isfinite(value)


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _is_pairs(value: object) -> bool:
    return isinstance(value, list) and all(_is_texts(each) and len(each) == 2 for each in value)


def _is_queue(value: object) -> bool:
    return isinstance(value, list) and all(
        isinstance(each, list) and [part.__class__ for part in each] == [int, str, str] for each in value
    )


def _is_days(value: object) -> bool:
    return isinstance(value, dict) and all(each.__class__ is int and 0 <= each < 100_000 for each in value.values())


FLAG_SETS = tuple(frozenset(flag for at, flag in enumerate(Flag) if bits >> at & 1) for bits in range(1 << len(Flag)))
"""The sets of flags, each at the number whose bits are its flags."""
DECODERS: dict[str, Decoder] = {
    "str": text,
    "int": integer,
    "BigInteger": partial(integer, most=2**63),
    "Days": partial(integer, most=36_500),
    "Seconds": partial(integer, most=2**31),
    "float": number,
    "bool": bool,
    "date": day,
    "datetime": timestamp,
    "Json": json_of("JSON", _is_finite),
    "Pairs": json_of("a list of pairs of texts", _is_pairs),
    "Texts": json_of("a list of texts", _is_texts),
    "QueuedItems": json_of("a list of items", _is_queue),
    "DaysBySeverity": json_of("days by severity", _is_days),
    "FlagSet": FLAG_SETS.__getitem__,
    "Severity": one_of(Severity),
    "Status": one_of(Status),
    "Effort": one_of(Effort),
    "SavedKind": one_of(SavedKind),
    "FollowUpState": one_of(FollowUpState),
    "SignalState": one_of(SignalState),
    "Resolution": one_of((FollowUpState.DONE, FollowUpState.DROPPED)),
}
"""Decoders by kind, which is the annotation of a field of a row type."""
BigInteger = int
FlagSet = frozenset[Flag]
Pairs = list[list[str]]
DaysBySeverity = dict[str, int]
Texts = list[str]
QueuedItems = list[list[int | str]]
"""The types of the kinds that Python has no name for."""

_COLUMNS = {
    "category": "id int, code str, name str, definition str, position int, origin str, version int",
    "change": (
        "sequence int, time datetime, actor str, batch int, reverses int, verb str, entity str, entity_id int, "
        "key str, field str, before Json, after Json, note str, digest str"
    ),
    "component": "id int, name str",
    "document": "id int, text str, sha256 str, mapping Json, keys Json",
    "review": (
        "id int, title str, participants Texts, query str, skip_days Days, queue QueuedItems, started datetime, "
        "started_by str, ended datetime, ended_by str, first_sequence int, last_sequence int, before Json, after Json"
    ),
    "saved_query": "id int, kind SavedKind, name str, query str, position int",
    "signal": (
        "id int, source str, name str, fingerprint str, state SignalState, starts datetime, ends datetime, "
        "muted_until date, severity str, summary str, labels Pairs, link str, origin str, last_seen datetime, count int"
    ),
    "signal_rule": "id int, matchers str, item_id int, label str, position int",
    "decision": "id int, review_id int, item_id int, key str, actor str, time datetime, seconds Seconds",
    "follow_up": (
        "id int, review_id int, item_id int, key str, text str, owner str, due_on date, actor str, time datetime, "
        "resolution Resolution"
    ),
    "item": (
        "id int, key str, category_id int, position int, severity Severity, status Status, effort Effort, owner str, "
        "due_on date, opened_on date, links str, accepted_by str, accepted_until date, affected_text str, "
        "affected_count BigInteger, affected_percent float, origin str, version int, created datetime, "
        "updated datetime, title str, description str, status_note str, components_text str, mitigation_plan str, "
        "extra Pairs"
    ),
    "register": (
        "id int, title str, extends str, system str, last_updated date, purpose str, note str, "
        "project_total BigInteger, cadence Pairs, document_id int, synced_id int, document_path str, "
        "document_sha256 str, imported_at datetime, mitigate_within DaysBySeverity, accept_for DaysBySeverity, "
        "signal_label str, version int"
    ),
    "signal_item": "id int, signal_id int, item_id int, key str, attached int",
    "dependency": "id int, source_id int, target_id int, label str, position int",
    "item_component": "item_id int, position int, component_id int",
}


def kinds_of(table: str) -> dict[str, str]:
    """The kinds of the columns of a table, as `store.models` has them; what writes rows in plain SQL goes by these."""
    return dict(column.split() for column in _COLUMNS[table].split(", "))


TABLES = tuple(_COLUMNS)
"""The tables, each after those that it refers to."""
