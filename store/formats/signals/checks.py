"""What all readers of monitoring output check alike: JSON, texts, times, links, labels, and how much there is."""

from __future__ import annotations

import json
import math
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, cast

from store.errors import RegisterError, quoted
from store.formats.lines import SIZE_LIMIT
from store.formats.links import why_not_a_link
from store.formats.signals.model import SignalReport
from store.text import join_words, number_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from store.formats.signals.model import Observation

    JsonValue = str | int | float | bool | None | list["JsonValue"] | dict[str, "JsonValue"]

MOST_SIGNALS = 100_000
"""How many signals one report may have."""
LONGEST_TEXT = 4_000
"""How many characters of a text are kept."""
MOST_NOTICES = 100
"""How many notices a report may have; the last one gives the number of the others."""
FUTURE = timedelta(minutes=5)
"""How far in the future a time may be, because clocks differ."""

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_TIME = re.compile(
    r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ](?P<time>[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?)"
    r"(?P<zone>[Zz]|[+-][0-9]{2}:[0-9]{2})?"
)
_NOT_SET = datetime.min.replace(tzinfo=UTC)
_WHOLE_FILE = "send the tool's whole output"


class _NotFiniteError(ValueError):
    """A number that JSON does not have."""


def load_json(text: str, *, line: int | None = None, allow_nan: bool = False) -> JsonValue:
    """The value of a JSON text: of all the input, or of its line with the number `line`.

    Python's tools write NaN and Infinity; `allow_nan` makes them null. Raises RegisterError, with the line, for what is
    empty, over 64 MiB, not JSON, nested too deeply, or has a number that is not finite or too long.
    """
    check_size(text)
    text = text.removeprefix("\ufeff")
    start = text[:200].lstrip()
    if not start and not text.strip():
        raise RegisterError("the input is empty", _WHOLE_FILE)
    if line is None and start.startswith("<"):
        raise RegisterError("the input is a web page or XML, not JSON", "check where it comes from")
    try:
        constant, number = (_null, float) if allow_nan else (_not_finite, _finite)
        return cast("JsonValue", json.loads(text, parse_constant=constant, parse_float=number))
    except json.JSONDecodeError as error:
        what = f"line {line or error.lineno} is not JSON: {error.msg[:1].lower()}{error.msg[1:]}"
        raise RegisterError(what, _WHOLE_FILE) from None
    except _NotFiniteError as error:
        remedy = "write null, or a number that JSON has"
        raise RegisterError(f"{_place(line)} has the number {quoted(str(error))}", remedy) from None
    except ValueError:
        raise RegisterError(f"{_place(line)} has a number with thousands of digits", "write it as a string") from None
    except RecursionError:
        raise RegisterError(f"{_place(line)} is nested too deeply to read", "check where it comes from") from None


def check_size(text: str) -> None:
    """Refuse a text over 64 MiB."""
    if len(text) > SIZE_LIMIT:
        raise RegisterError(f"the input is larger than {SIZE_LIMIT // 1024**2} MiB", "send it in several parts")


def _place(line: int | None) -> str:
    return "the JSON" if line is None else f"line {line}"


def _null(_: str) -> None:
    return None


def _not_finite(text: str) -> None:
    raise _NotFiniteError(text)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise _NotFiniteError(text)
    return number


class ReportBuilder:
    """Builds a report: checks values, adds observations, and notes what is kept in another form.

    `where` names the part of the input that a value is from, such as `alert 3` or `line 7`, and `name` the value, such
    as `the summary`. What cannot be kept raises RegisterError with the `remedy`.
    """

    def __init__(self, now: datetime, *, remedy: str) -> None:
        self.now = now
        self._remedy = remedy
        self._notices: list[str] = []
        self._observations: list[Observation] = []
        self._where: dict[tuple[str, str], str] = {}

    def error(self, where: str, what: str) -> RegisterError:
        """The error for a part of the input: `alert 3 has no fingerprint`."""
        return RegisterError(f"{where} {what}", self._remedy)

    def note(self, where: str, what: str) -> None:
        """Add a notice: `alert 3: the summary has a NUL, ...`."""
        self._notices.append(f"{where}: {what}" if where else what)

    def objects(self, value: JsonValue, name: str) -> list[dict[str, JsonValue]]:
        """The objects of a list; `name` is what each is, such as `alert`, and is followed by its 1-based index."""
        if not isinstance(value, list):
            raise self.error(f"the list of {name}s", f"is {_kind(value)}")
        self.check_number(len(value))
        for index, each in enumerate(value, start=1):
            if not isinstance(each, dict):
                raise self.error(f"{name} {index}", f"is {_kind(each)}, not an object")
        return cast("list[dict[str, JsonValue]]", value)

    def object(self, where: str, name: str, value: JsonValue) -> dict[str, JsonValue]:
        """An object; empty if it is missing."""
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise self.error(f"{where}:", f"{name} is {_kind(value)}, not an object")
        return value

    @staticmethod
    def check_number(number: int) -> None:
        """Refuse more signals than a report may have."""
        if number > MOST_SIGNALS:
            what = f"the input has {number:,} signals, more than {MOST_SIGNALS:,}"
            raise RegisterError(what, "send it in several parts")

    def text(self, where: str, name: str, value: JsonValue) -> str | None:
        """A text, cut and storable; None if it is missing or blank."""
        text = self._string(where, name, value)
        return self._kept(where, name, text) if text and not text.isspace() else None

    def required(self, where: str, name: str, value: JsonValue) -> str:
        """A text that may not be missing; `name` is without its article."""
        text = self.text(where, f"the {name}", value)
        if text is None:
            raise self.error(where, f"has no {name}")
        return text

    def word(self, where: str, name: str, value: JsonValue, *, known: Sequence[str]) -> str:
        """One of the known words; anything else is refused."""
        word = self.required(where, name, value)
        if word not in known:
            raise self.error(where, f"has the {name} {quoted(word)}, not {join_words(known, 'or')}")
        return word

    def _string(self, where: str, name: str, value: JsonValue) -> str:
        if value is not None and not isinstance(value, str):
            raise self.error(f"{where}:", f"{name} is {_kind(value)}, not a string")
        return value or ""

    def _kept(self, where: str, name: str, text: str) -> str:
        if len(text) > LONGEST_TEXT:
            self.note(where, f"{name} has {len(text):,} characters and is cut to {LONGEST_TEXT:,}")
            text = f"{text[: LONGEST_TEXT - 1]}…"
        if _UNSTORABLE.search(text):
            self.note(where, f"{name} has characters that cannot be stored; each is replaced by U+FFFD")
            text = _UNSTORABLE.sub("\ufffd", text)
        return text

    def fingerprint(self, where: str, value: JsonValue, *, name: str = "fingerprint") -> str:
        """What identifies a signal; a missing or overlong one is refused, because a cut one could name another."""
        if isinstance(value, str) and len(value) > LONGEST_TEXT:
            raise self.error(where, f"has a {name} of {len(value):,} characters, more than {LONGEST_TEXT:,}")
        return self.required(where, name, value)

    def labels(self, where: str, value: JsonValue) -> tuple[tuple[str, str], ...]:
        """Labels, sorted by name; None has none."""
        if value is None:
            return ()
        if not isinstance(value, dict):
            raise self.error(f"{where}:", f"the labels are {_kind(value)}, not an object")
        kept: dict[str, str] = {}
        for name, text in value.items():
            if not name:
                raise self.error(where, "has a label without a name")
            if not isinstance(text, str):
                raise self.error(f"{where}:", f"the label {quoted(name)} is {_kind(text)}, not a string")
            name = self._kept(where, "the name of a label", name)
            kept[name] = self._kept(where, f"the label {quoted(name)}", text)
        return tuple(sorted(kept.items()))

    def link(self, where: str, value: JsonValue, *, name: str = "the link") -> str | None:
        """An http or https link without a user or password; another text is left out, with a notice."""
        link = self._string(where, name, value).strip()
        if link and (why := why_not_a_link(link)):
            self.note(where, f"{name} {why} and is left out")
            return None
        return link or None

    def time(self, where: str, name: str, value: JsonValue, *, zone: tzinfo | None = None) -> datetime | None:
        """A time of RFC 3339 in UTC, to the microsecond; None if it is missing or is Go's zero time.

        `zone` is that of a time without one; if it is None, such a time is refused.
        """
        text = self._string(where, name, value)
        if not text:
            return None
        found = _TIME.fullmatch(text)
        try:
            if found is None:
                raise ValueError(text)
            moment = datetime.fromisoformat(f"{found['day']}T{found['time']}{(found['zone'] or '').upper()}")
            if moment.tzinfo is None:
                if zone is None:
                    raise self.error(f"{where}:", f"{name} {quoted(text)} has no time zone")
                moment = moment.replace(tzinfo=zone)
            moment = moment.astimezone(UTC)
        except (ValueError, OverflowError):
            what = f"{name} {quoted(text)} is not a time such as 2026-03-31T14:00:00Z"
            raise self.error(f"{where}:", what) from None
        return None if moment == _NOT_SET else moment

    def past(self, where: str, name: str, moment: datetime | None) -> datetime:
        """A time that is not in the future: the present one if it is missing, or over five minutes ahead (a notice)."""
        if moment is None:
            return self.now
        if moment - self.now > FUTURE:
            self.note(where, f"{name} {moment:%Y-%m-%d %H:%M} UTC is in the future and counts as now")
            return self.now
        return moment

    def add(self, where: str, observation: Observation) -> None:
        """Add an observation; of two with a fingerprint both count, the later one is the state."""
        self.check_number(len(self._observations) + 1)
        if observation.ends is not None and observation.ends < observation.starts:
            self.note(where, "the end is before the start and counts as the start")
            observation = observation._replace(ends=observation.starts)
        identity = (observation.source, observation.fingerprint)
        if (earlier := self._where.get(identity)) is not None:
            shown = quoted(observation.fingerprint)
            self.note(where, f"the fingerprint {shown} is also that of {earlier}; the later one is the state")
        self._where[identity] = where
        self._observations.append(observation)

    def report(self, *, origin: str | None = None, is_complete: bool = False) -> SignalReport:
        """The report of what was added."""
        notices = self._notices
        if len(notices) > MOST_NOTICES:
            others = number_of(len(notices) - MOST_NOTICES + 1, "more notice")
            notices = [*notices[: MOST_NOTICES - 1], f"{others} like these"]
        return SignalReport(tuple(self._observations), tuple(notices), origin, is_complete)


def _kind(value: JsonValue) -> str:
    """What a JSON value is, in words."""
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "a string"
        case list():
            return "a list"
    return "an object"
