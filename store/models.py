"""Column types that refuse a value of the wrong kind: SQLite itself lets any column hold anything."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import JsonValue
from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    Enum,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Text,
    UniqueConstraint,
)
from sqlalchemy.types import TypeDecorator, TypeEngine
from sqlmodel import Field, SQLModel
from sqlmodel.sql.sqltypes import UTCDateTime

from store.db import values
from store.db.values import nullable
from store.enums import Effort, Severity, Status, Word
from store.errors import UnreadableValueError

if TYPE_CHECKING:
    from sqlalchemy import Dialect
    from sqlalchemy.engine.interfaces import DBAPIType

    from store.db.values import Decoder


class TextType(Text):
    """Text, optionally one of a few words."""

    def __init__(self, among: tuple[str, ...] = ()) -> None:
        super().__init__()
        self.among = among

    def result_processor(self, dialect: Dialect, coltype: DBAPIType) -> Decoder:  # noqa: ARG002 (SQLAlchemy's)
        """Text only."""
        if not self.among:
            return nullable(values.text)

        def decode(value: Any) -> Any:
            if value not in self.among:
                raise UnreadableValueError(value, f"one of {', '.join(self.among)}")
            return value

        return nullable(decode)


class IntegerType(Integer):
    """A whole number, not beyond `most` and its negative."""

    def __init__(self, most: int = values.LARGEST) -> None:
        super().__init__()
        self.most = most

    def result_processor(self, dialect: Dialect, coltype: DBAPIType) -> Decoder:  # noqa: ARG002 (SQLAlchemy's)
        """Whole numbers only."""
        most = self.most
        return nullable(lambda value: values.integer(value, most))


class BigIntegerType(BigInteger):
    """A whole number as large as the database can hold."""

    def result_processor(self, dialect: Dialect, coltype: DBAPIType) -> Decoder:  # noqa: ARG002 (SQLAlchemy's)
        """Whole numbers only."""
        return nullable(values.big_integer)


class FloatType(Float[float]):
    """A finite number."""

    def result_processor(self, dialect: Dialect, coltype: DBAPIType) -> Decoder:  # noqa: ARG002 (SQLAlchemy's)
        """Finite numbers only."""
        return nullable(values.number)


class EnumType(Enum):
    """One of a fixed set of words."""

    def result_processor(self, dialect: Dialect, coltype: DBAPIType) -> Decoder:  # noqa: ARG002 (SQLAlchemy's)
        """Words of the set only."""
        return nullable(values.one_of(self.enum_class))  # type: ignore[arg-type]


class DateType(TypeDecorator[date]):
    """A date."""

    impl = Date
    cache_ok = True

    def result_processor(self, dialect: Dialect, coltype: DBAPIType) -> Decoder:  # noqa: ARG002 (SQLAlchemy's)
        """ISO dates only."""
        return nullable(values.day)


class TimestampType(UTCDateTime):
    """An aware time in UTC."""

    cache_ok = True

    def result_processor(self, dialect: Dialect, coltype: DBAPIType) -> Decoder:  # noqa: ARG002 (SQLAlchemy's)
        """Times in the stored format only."""
        return nullable(values.timestamp)


class JsonType(TypeDecorator[Any]):
    """JSON of a given shape."""

    impl = JSON
    cache_ok = True

    def __init__(self, shape: str = "JSON") -> None:
        super().__init__(none_as_null=True)
        self.shape = shape

    def result_processor(self, dialect: Dialect, coltype: DBAPIType) -> Decoder:  # noqa: ARG002 (SQLAlchemy's)
        """JSON of that shape only."""
        return nullable(values.json_of(self.shape))


Json = JsonValue
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_OWN_IDS = {"sqlite_autoincrement": True}


class Table(SQLModel):
    """What every table shares: metadata of its own, with names for every constraint."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


def _word(kind: type[Word]) -> EnumType:
    """A column of a fixed set, stored by value and held to it by a named CHECK."""
    return EnumType(
        kind,
        values_callable=lambda words: [word.value for word in words],
        native_enum=False,
        create_constraint=True,
        name=kind.__name__.lower(),
        length=16,
    )


def _id() -> Any:
    """A row id that is never used again, so that the trail stays true and a removal can be undone."""
    return Field(default=None, sa_column=Column(IntegerType(), primary_key=True, autoincrement=True))


def _to(table: str, **options: Any) -> Any:
    """A reference to a row of another table; its verb removes it first, no cascade does."""
    return Field(sa_column=Column(IntegerType(), ForeignKey(f"{table}.id"), nullable=False, **options))


def _text(**options: Any) -> Any:
    return Field(default=None, sa_column=Column(TextType(), **options))


def _json(shape: str = "JSON") -> Any:
    return Field(default=None, sa_column=Column(JsonType(shape)))


def _of(kind: TypeEngine[Any]) -> Any:
    """A required column."""
    return Field(sa_column=Column(kind, nullable=False))


def _if_any(kind: TypeEngine[Any]) -> Any:
    """An optional column."""
    return Field(default=None, sa_column=Column(kind))


_register_version = Column("version", IntegerType(), nullable=False)
_category_version = Column("version", IntegerType(), nullable=False)
_item_version = Column("version", IntegerType(), nullable=False)


class Document(Table, table=True):
    """A text that was imported or exported, or that an export was about to write; never changed, so the trail can
    point to it.
    """

    __tablename__ = "document"
    __table_args__ = (_OWN_IDS,)

    id: int | None = _id()
    text: str = _text(nullable=False)
    sha256: str = _text(nullable=False)


class RegisterFacts(Table, table=True):
    """The register's own facts: one row, id 1.

    `document_id` is the text last imported, the template of exports; `synced_id` the text last exported
    since then. `document_sha256` is that of the file last imported or exported. `mitigate_within` and `accept_for`
    are days by severity: how long an item may stay open, and how long it is accepted for where nobody says.
    """

    __tablename__ = "register"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)
    __mapper_args__: ClassVar[dict[str, Any]] = {"version_id_col": _register_version}

    id: int = Field(default=1, sa_column=Column(IntegerType(), primary_key=True, autoincrement=False))
    title: str = _text(nullable=False)
    extends: str | None = _text()
    system: str | None = _text()
    last_updated: date | None = _if_any(DateType())
    purpose: str | None = _text()
    note: str | None = _text()
    project_total: int | None = _if_any(BigIntegerType())
    cadence: list[list[str]] | None = _json("a list of pairs of texts")
    document_id: int | None = Field(default=None, sa_column=Column(IntegerType(), ForeignKey("document.id")))
    synced_id: int | None = Field(default=None, sa_column=Column(IntegerType(), ForeignKey("document.id")))
    document_path: str | None = _text()
    document_sha256: str | None = _text()
    imported_at: datetime | None = _if_any(TimestampType())
    mitigate_within: dict[str, int] | None = _json("days by severity")
    accept_for: dict[str, int] | None = _json("days by severity")
    version: int = Field(default=1, sa_column=_register_version)


class Category(Table, table=True):
    """A category; `position` orders the register, `origin` is the code its document gives it."""

    __tablename__ = "category"
    __table_args__ = (_OWN_IDS,)
    __mapper_args__: ClassVar[dict[str, Any]] = {"version_id_col": _category_version}

    id: int | None = _id()
    code: str = _text(nullable=False, unique=True)
    name: str = _text(nullable=False)
    definition: str | None = _text()
    position: int = _of(IntegerType())
    origin: str | None = _text()
    version: int = Field(default=1, sa_column=_category_version)


_POLICY = (
    "accepted_until", "due_on", "status", "severity", "opened_on", "created", "affected_percent", "affected_count",
    "owner", "category_id",
)  # fmt: skip


class Item(Table, table=True):
    """An item; `components_text` is the cell as written while the component links say the same."""

    __tablename__ = "item"
    __table_args__ = (
        # The grouped count of the dashboard reads this index alone.
        Index("ix_item_count", "category_id", "status", "severity"),
        # A page follows this index from one place to the next; a filter on status or severity reads nothing else.
        Index("ix_item_place", "category_id", "position", "id", "status", "severity"),
        Index("ix_item_owner", "owner"),
        # How many items are overdue, ended or in breach of a usual rule is counted on this index alone.
        Index("ix_item_policy", *_POLICY),
        _OWN_IDS,
    )
    __mapper_args__: ClassVar[dict[str, Any]] = {"version_id_col": _item_version}

    id: int | None = _id()
    key: str = _text(nullable=False, unique=True)
    category_id: int = _to("category")
    position: int = _of(IntegerType())
    severity: Severity = Field(sa_column=Column(_word(Severity), nullable=False))
    status: Status = Field(sa_column=Column(_word(Status), nullable=False))
    effort: Effort | None = Field(default=None, sa_column=Column(_word(Effort)))
    owner: str | None = _text()
    due_on: date | None = _if_any(DateType())
    opened_on: date | None = _if_any(DateType())
    accepted_by: str | None = _text()
    accepted_until: date | None = _if_any(DateType())
    affected_text: str | None = _text()
    affected_count: int | None = _if_any(BigIntegerType())
    affected_percent: float | None = _if_any(FloatType())
    origin: str | None = _text()
    version: int = Field(default=1, sa_column=_item_version)
    created: datetime = Field(default=_EPOCH, sa_column=Column(TimestampType(), nullable=False))
    updated: datetime = Field(default=_EPOCH, sa_column=Column(TimestampType(), nullable=False))
    title: str | None = _text()
    description: str = _text(nullable=False)
    status_note: str | None = _text()
    components_text: str | None = _text()
    mitigation_plan: str | None = _text()
    extra: list[list[str]] | None = _json("a list of pairs of texts")


class Component(Table, table=True):
    """A part of the system that items affect."""

    __tablename__ = "component"
    __table_args__ = (_OWN_IDS,)

    id: int | None = _id()
    name: str = _text(nullable=False, unique=True)


class ItemComponent(Table, table=True):
    """The components of an item, in the order they were written."""

    __tablename__ = "item_component"
    __table_args__ = (Index("ix_item_component_component", "component_id", "item_id"),)

    item_id: int = _to("item", primary_key=True)
    position: int = Field(sa_column=Column(IntegerType(), primary_key=True, autoincrement=False))
    component_id: int = _to("component")


class Dependency(Table, table=True):
    """A cascade: source LABEL target."""

    __tablename__ = "dependency"
    __table_args__ = (
        UniqueConstraint("source_id", "target_id", "label"),
        Index("ix_dependency_target", "target_id"),
        _OWN_IDS,
    )

    id: int | None = _id()
    source_id: int = _to("item")
    target_id: int = _to("item")
    label: str = _text(nullable=False)
    position: int = _of(IntegerType())


class Change(Table, table=True):
    """One entry of the audit trail: append-only.

    `field` is null where the whole row is meant: created (`before` null), removed (`after` null) or, with
    both null, commented. `reverses` is the batch that this undo or redo reversed; `digest` links it to the change
    before it (`store.audit.log`).
    """

    __tablename__ = "change"
    __table_args__ = (
        Index("ix_change_entity", "entity", "entity_id", "sequence"),
        Index("ix_change_key", "key"),
        Index("ix_change_batch", "batch"),
        Index("ix_change_actor", "actor", "batch"),
        Index("ix_change_reverses", "reverses"),
        _OWN_IDS,
    )

    sequence: int | None = _id()
    time: datetime = _of(TimestampType())
    actor: str = _text(nullable=False)
    batch: int = _of(IntegerType())
    reverses: int | None = _if_any(IntegerType())
    verb: str = _text(nullable=False)
    entity: str = _text(nullable=False)
    entity_id: int = _of(IntegerType())
    key: str = _text(nullable=False)
    field: str | None = _text()
    before: Json = _json()
    after: Json = _json()
    note: str | None = _text()
    digest: str = Field(default="", sa_column=Column(TextType(), nullable=False, server_default=""))


class SavedQuery(Table, table=True):
    """A query with a name: a `view` to come back to, or a `rule` that must find nothing."""

    __tablename__ = "saved_query"
    __table_args__ = (
        CheckConstraint("kind IN ('view', 'rule')", name="kind"),
        UniqueConstraint("kind", "name"),
        _OWN_IDS,
    )

    id: int | None = _id()
    kind: str = _of(TextType(("view", "rule")))
    name: str = _text(nullable=False)
    query: str = _text(nullable=False)
    position: int = _of(IntegerType())


class Review(Table, table=True):
    """One retrospective; its id is its number.

    `queue` are the items to go through: id, key and why in words. `first_sequence` and `last_sequence` are the
    newest changes at its start and end, `before` and `after` what was counted and escalated then.
    """

    __tablename__ = "review"
    __table_args__ = (_OWN_IDS,)

    id: int | None = _id()
    title: str = _text(nullable=False)
    participants: list[str] | None = _json("a list of texts")
    query: str | None = _text()
    skip_days: int = _of(IntegerType(36_500))
    queue: list[list[int | str]] | None = _json("a list of items")
    started: datetime = _of(TimestampType())
    started_by: str = _text(nullable=False)
    ended: datetime | None = _if_any(TimestampType())
    ended_by: str | None = _text()
    first_sequence: int = _of(IntegerType())
    last_sequence: int | None = _if_any(IntegerType())
    before: Json = _json()
    after: Json = _json()


class Decision(Table, table=True):
    """Somebody went through an item in a review; what they decided, the trail tells.

    The item may be gone meanwhile, and come back: its id is never used again. `key` is how it was called.
    """

    __tablename__ = "decision"
    __table_args__ = (UniqueConstraint("review_id", "item_id"), Index("ix_decision_item", "item_id", "time"), _OWN_IDS)

    id: int | None = _id()
    review_id: int = _to("review")
    item_id: int = _of(IntegerType())
    key: str = _text(nullable=False)
    actor: str = _text(nullable=False)
    time: datetime = _of(TimestampType())
    seconds: int = _of(IntegerType(2**31))


class FollowUp(Table, table=True):
    """What somebody is to do after a review; its id is its number, and the item may have been removed since.

    `resolution` is `done` or `dropped`, null while the follow-up is open; who closed it and when is in the trail.
    """

    __tablename__ = "follow_up"
    __table_args__ = (
        CheckConstraint("resolution IN ('done', 'dropped')", name="resolution"),
        Index("ix_follow_up_item", "item_id"),
        _OWN_IDS,
    )

    id: int | None = _id()
    review_id: int = _to("review")
    item_id: int = _of(IntegerType())
    key: str = _text(nullable=False)
    text: str = _text(nullable=False)
    owner: str | None = _text()
    due_on: date | None = _if_any(DateType())
    actor: str = _text(nullable=False)
    time: datetime = _of(TimestampType())
    resolution: str | None = _if_any(TextType(("done", "dropped")))
