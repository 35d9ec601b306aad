"""Column types that refuse a value of the wrong kind: SQLite itself lets any column hold anything."""

from __future__ import annotations

import math
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar

from sqlalchemy import JSON, BigInteger, Date, Enum, Float, Integer, Text
from sqlalchemy.types import TypeDecorator
from sqlmodel.sql.sqltypes import UTCDateTime

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Dialect
    from sqlalchemy.engine.interfaces import DBAPIType

    Read = Callable[[Any], Any]

LARGEST = 2**53
"""The largest ordinary number: adding to the largest that a database can hold would overflow."""
_CANNOT = (TypeError, ValueError, LookupError, ArithmeticError, RecursionError)
_DATE_TEXT, _TIME_TEXT = 10, 26
_SHOWN = 40


class UnreadableValueError(ValueError):
    """A stored value of the wrong kind, and what its column should hold."""

    def __init__(self, value: object, wanted: str) -> None:
        shown = repr(value)
        shown = shown if len(shown) <= _SHOWN else f"{shown[: _SHOWN - 3]}..."
        super().__init__(f"{shown} is not {wanted}")
        self.shown = shown
        self.wanted = wanted


def _checked(accept: Callable[[Any], bool], wanted: str, read: Read | None = None) -> Read:
    """A result processor: None stays None, an accepted value is returned, anything else raises UnreadableValueError."""

    def process(value: Any) -> Any:
        if value is None:
            return None
        try:
            found = value if read is None else read(value)
            if accept(found):
                return found
        except _CANNOT:
            pass
        raise UnreadableValueError(value, wanted)

    return process


def _of_text(read: Read | None, length: int, wanted: str) -> Read | None:
    """The same for a value stored as text of a fixed length: SQLAlchemy would ignore what follows it."""
    if read is None:
        return None
    keeper: Read = read

    def process(value: Any) -> Any:
        if value is None:
            return None
        try:
            if len(value) == length:
                return keeper(value)
        except _CANNOT:
            pass
        raise UnreadableValueError(value, wanted)

    return process


class Words(Text):
    """Text, optionally one of a few words."""

    def __init__(self, among: tuple[str, ...] = ()) -> None:
        super().__init__()
        self.among = among

    def result_processor(self, dialect: Dialect, coltype: DBAPIType) -> Read:  # noqa: ARG002 (SQLAlchemy's)
        """Text only."""
        if self.among:
            return _checked(self.among.__contains__, f"one of {', '.join(self.among)}")

        def process(value: Any) -> Any:
            # There is one of these calls for every text that is read.
            if value is None or value.__class__ is str:
                return value
            raise UnreadableValueError(value, "a text")

        return process


class Number(Integer):
    """A whole number, not beyond `most` and its negative."""

    def __init__(self, most: int = LARGEST) -> None:
        super().__init__()
        self.most = most

    def result_processor(self, dialect: Dialect, coltype: DBAPIType) -> Read:  # noqa: ARG002 (SQLAlchemy's)
        """Whole numbers only."""
        most = self.most

        def process(value: Any) -> Any:
            if value is None or (value.__class__ is int and -most <= value <= most):
                return value
            raise UnreadableValueError(value, "a whole number of a usual size")

        return process


class BigNumber(BigInteger):
    """A whole number as large as the database can hold."""

    def result_processor(self, dialect: Dialect, coltype: DBAPIType) -> Read:  # noqa: ARG002 (SQLAlchemy's)
        """Whole numbers only."""
        return _checked(lambda value: value.__class__ is int, "a whole number")


class Share(Float[float]):
    """A finite number."""

    def result_processor(self, dialect: Dialect, coltype: DBAPIType) -> Read:  # noqa: ARG002 (SQLAlchemy's)
        """Finite numbers only."""
        return _checked(lambda value: value.__class__ in (int, float) and math.isfinite(value), "a number")


class Word(Enum):
    """One of a fixed set of words."""

    def result_processor(self, dialect: Dialect, coltype: DBAPIType) -> Read:
        """Words of the set only."""
        read: Read = super().result_processor(dialect, coltype)  # type: ignore[no-untyped-call]
        return _checked(bool, f"one of {', '.join(self.enums)}", read)


class Day(TypeDecorator[date]):
    """A date."""

    impl = Date
    cache_ok = True

    def result_processor(self, dialect: Dialect, coltype: DBAPIType) -> Read | None:
        """ISO dates only."""
        return _of_text(super().result_processor(dialect, coltype), _DATE_TEXT, "a date")


class Moment(UTCDateTime):
    """An aware time in UTC."""

    cache_ok = True

    def result_processor(self, dialect: Dialect, coltype: DBAPIType) -> Read | None:
        """Times in the stored format only."""
        read = super().result_processor(dialect, coltype)
        return _of_text(read, _TIME_TEXT, "a time") if dialect.name == "sqlite" else read


class Values(TypeDecorator[Any]):
    """JSON of a given shape."""

    impl = JSON
    cache_ok = True
    shapes: ClassVar[dict[str, Callable[[Any], bool]]]

    def __init__(self, shape: str = "JSON") -> None:
        super().__init__(none_as_null=True)
        self.shape = shape

    def result_processor(self, dialect: Dialect, coltype: DBAPIType) -> Read:
        """JSON of that shape only; SQLite stores a JSON number as a number."""
        read = super().result_processor(dialect, coltype)

        def decode(value: Any) -> Any:
            if isinstance(value, bytes):
                raise TypeError
            return value if read is None else read(value)

        return _checked(self.shapes[self.shape], self.shape, decode)


def _is_list_of(value: object, holds: Callable[[Any], bool]) -> bool:
    return isinstance(value, list) and all(holds(each) for each in value)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_pair(value: object) -> bool:
    return _is_list_of(value, _is_text) and len(value) == 2  # type: ignore[arg-type]


def _is_queued(value: object) -> bool:
    return isinstance(value, list) and [each.__class__ for each in value] == [int, str, str]


def _is_days(value: object) -> bool:
    return isinstance(value, dict) and all(each.__class__ is int and 0 <= each < 100_000 for each in value.values())


Values.shapes = {
    "JSON": lambda value: not isinstance(value, float) or math.isfinite(value),
    "a list of pairs of texts": lambda value: _is_list_of(value, _is_pair),
    "a list of texts": lambda value: _is_list_of(value, _is_text),
    "a list of items": lambda value: _is_list_of(value, _is_queued),
    "days by severity": _is_days,
}
