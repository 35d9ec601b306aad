"""The tables of a register. Values are checked when they are read: SQLite itself lets any column hold anything."""

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

from store.db.values import DECODERS, nullable
from store.enums import Effort, Severity, SignalState, Status, Word

if TYPE_CHECKING:
    from sqlalchemy import Dialect
    from sqlalchemy.engine.interfaces import DBAPIType

    from store.db.values import Decoder


Json = JsonValue
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_OWN_IDS = {"sqlite_autoincrement": True}
_WORDS: dict[str, type[Word]] = {"Severity": Severity, "Status": Status, "Effort": Effort}
_TYPES: dict[str, type[TypeEngine[Any]]] = {
    **dict.fromkeys(("int", "Days", "Seconds"), Integer),
    "BigInteger": BigInteger,
    "float": Float,
    "date": Date,
    "datetime": UTCDateTime,
}


def _type(kind: str) -> TypeEngine[Any]:
    if kind in _WORDS:
        return Enum(
            _WORDS[kind],
            values_callable=lambda words: [word.value for word in words],
            native_enum=False,
            create_constraint=True,
            name=kind.lower(),
            length=16,
        )
    if kind in ("Json", "Pairs", "Texts", "QueuedItems", "DaysBySeverity"):
        return JSON(none_as_null=True)
    return _TYPES.get(kind, Text)()


class Stored(TypeDecorator[Any]):
    """A column whose stored values are checked and decoded by their kind, a name of `store.db.values`."""

    impl = Text
    cache_ok = True

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind
        self.impl = _type(kind)  # type: ignore[assignment]

    def result_processor(self, dialect: Dialect, coltype: DBAPIType) -> Decoder:  # noqa: ARG002 (SQLAlchemy's)
        """The decoder of the kind."""
        return nullable(DECODERS[self.kind])


class Table(SQLModel):
    """The base of every table: metadata that names every constraint."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


def _required(kind: str, *constraints: ForeignKey, **options: Any) -> Any:
    return Field(sa_column=Column(Stored(kind), *constraints, nullable=False, **options))


def _optional(kind: str, *constraints: ForeignKey) -> Any:
    return Field(default=None, sa_column=Column(Stored(kind), *constraints))


def _id() -> Any:
    """A row id that is never used again, so that the trail stays true and a removal can be undone."""
    return Field(default=None, sa_column=Column(Stored("int"), primary_key=True, autoincrement=True))


def _to(table: str, **options: Any) -> Any:
    """A reference to a row of another table; its command removes it first, no cascade does."""
    return _required("int", ForeignKey(f"{table}.id"), **options)


def _version() -> Column[int]:
    return Column("version", Stored("int"), nullable=False)


_register_version, _category_version, _item_version = _version(), _version(), _version()


class Document(Table, table=True):
    """A text that was imported or exported, or that an export was about to write; never changed, so the trail can
    point to it.

    `mapping` is how its words and columns are understood, `keys` are those that its items were given.
    """

    __table_args__ = (_OWN_IDS,)

    id: int | None = _id()
    text: str = _required("str")
    sha256: str = _required("str")
    mapping: Json = _optional("Json")
    keys: Json = _optional("Json")


class RegisterFacts(Table, table=True):
    """The register's own facts: one row, id 1.

    `document_id` is the text last imported, the template of exports; `synced_id` the text last exported
    since then. `document_sha256` is that of the file last imported or exported. `mitigate_within` and `accept_for`
    are days by severity: how long an item may stay open, and how long it is accepted by default. `signal_label` is the
    label of a signal that names its item.
    """

    __tablename__ = "register"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)
    __mapper_args__: ClassVar[dict[str, Any]] = {"version_id_col": _register_version}

    id: int = Field(default=1, sa_column=Column(Stored("int"), primary_key=True, autoincrement=False))
    title: str = _required("str")
    extends: str | None = _optional("str")
    system: str | None = _optional("str")
    last_updated: date | None = _optional("date")
    purpose: str | None = _optional("str")
    note: str | None = _optional("str")
    project_total: int | None = _optional("BigInteger")
    cadence: list[list[str]] | None = _optional("Pairs")
    document_id: int | None = _optional("int", ForeignKey("document.id"))
    synced_id: int | None = _optional("int", ForeignKey("document.id"))
    document_path: str | None = _optional("str")
    document_sha256: str | None = _optional("str")
    imported_at: datetime | None = _optional("datetime")
    mitigate_within: dict[str, int] | None = _optional("DaysBySeverity")
    accept_for: dict[str, int] | None = _optional("DaysBySeverity")
    signal_label: str | None = _optional("str")
    version: int = Field(default=1, sa_column=_register_version)


class Category(Table, table=True):
    """A category; `position` orders the register, `origin` is the code its document gives it."""

    __table_args__ = (_OWN_IDS,)
    __mapper_args__: ClassVar[dict[str, Any]] = {"version_id_col": _category_version}

    id: int | None = _id()
    code: str = _required("str", unique=True)
    name: str = _required("str")
    definition: str | None = _optional("str")
    position: int = _required("int")
    origin: str | None = _optional("str")
    version: int = Field(default=1, sa_column=_category_version)


_POLICY = (
    "accepted_until", "due_on", "status", "severity", "opened_on", "created", "affected_percent", "affected_count",
    "owner", "category_id",
)  # fmt: skip


class Item(Table, table=True):
    """An item; `components_text` is the cell as written while the component links say the same."""

    __table_args__ = (
        # The grouped count of the dashboard reads this index alone.
        Index("ix_item_count", "category_id", "status", "severity"),
        # A page follows this index from row to row; a filter on status or severity reads nothing else.
        Index("ix_item_place", "category_id", "position", "id", "status", "severity"),
        Index("ix_item_owner", "owner"),
        # How many items are overdue, ended or in breach of a usual rule is counted on this index alone.
        Index("ix_item_policy", *_POLICY),
        _OWN_IDS,
    )
    __mapper_args__: ClassVar[dict[str, Any]] = {"version_id_col": _item_version}

    id: int | None = _id()
    key: str = _required("str", unique=True)
    category_id: int = _to("category")
    position: int = _required("int")
    severity: Severity | None = _optional("Severity")
    status: Status = _required("Status")
    effort: Effort | None = _optional("Effort")
    owner: str | None = _optional("str")
    due_on: date | None = _optional("date")
    opened_on: date | None = _optional("date")
    links: str | None = _optional("str")
    accepted_by: str | None = _optional("str")
    accepted_until: date | None = _optional("date")
    affected_text: str | None = _optional("str")
    affected_count: int | None = _optional("BigInteger")
    affected_percent: float | None = _optional("float")
    origin: str | None = _optional("str")
    version: int = Field(default=1, sa_column=_item_version)
    created: datetime = Field(default=_EPOCH, sa_column=Column(Stored("datetime"), nullable=False))
    updated: datetime = Field(default=_EPOCH, sa_column=Column(Stored("datetime"), nullable=False))
    title: str | None = _optional("str")
    description: str = _required("str")
    status_note: str | None = _optional("str")
    components_text: str | None = _optional("str")
    mitigation_plan: str | None = _optional("str")
    extra: list[list[str]] | None = _optional("Pairs")


class Component(Table, table=True):
    """A part of the system that items affect."""

    __table_args__ = (_OWN_IDS,)

    id: int | None = _id()
    name: str = _required("str", unique=True)


class ItemComponent(Table, table=True):
    """The components of an item, in the order they were written."""

    __tablename__ = "item_component"
    __table_args__ = (Index("ix_item_component_component", "component_id", "item_id"),)

    item_id: int = _to("item", primary_key=True)
    position: int = Field(sa_column=Column(Stored("int"), primary_key=True, autoincrement=False))
    component_id: int = _to("component")


class Dependency(Table, table=True):
    """A cascade: source LABEL target."""

    __table_args__ = (
        UniqueConstraint("source_id", "target_id", "label"),
        Index("ix_dependency_target", "target_id"),
        _OWN_IDS,
    )

    id: int | None = _id()
    source_id: int = _to("item")
    target_id: int = _to("item")
    label: str = _required("str")
    position: int = _required("int")


class Change(Table, table=True):
    """One entry of the audit trail: append-only.

    `field` is null where the whole row is meant: created (`before` null), removed (`after` null) or, with
    both null, commented. `reverses` is the batch that this undo or redo reversed; `digest` links it to the change
    before it (`store.audit.log`).
    """

    __table_args__ = (
        Index("ix_change_entity", "entity", "entity_id", "sequence"),
        Index("ix_change_key", "key"),
        Index("ix_change_batch", "batch"),
        Index("ix_change_actor", "actor", "batch"),
        Index("ix_change_reverses", "reverses"),
        _OWN_IDS,
    )

    sequence: int | None = _id()
    time: datetime = _required("datetime")
    actor: str = _required("str")
    batch: int = _required("int")
    reverses: int | None = _optional("int")
    verb: str = _required("str")
    entity: str = _required("str")
    entity_id: int = _required("int")
    key: str = _required("str")
    field: str | None = _optional("str")
    before: Json = _optional("Json")
    after: Json = _optional("Json")
    note: str | None = _optional("str")
    digest: str = Field(default="", sa_column=Column(Stored("str"), nullable=False, server_default=""))


class SavedQuery(Table, table=True):
    """A query with a name: a `view` to come back to, or a `rule` that must find nothing."""

    __tablename__ = "saved_query"
    __table_args__ = (
        CheckConstraint("kind IN ('view', 'rule')", name="kind"),
        UniqueConstraint("kind", "name"),
        _OWN_IDS,
    )

    id: int | None = _id()
    kind: str = _required("SavedKind")
    name: str = _required("str")
    query: str = _required("str")
    position: int = _required("int")


class Review(Table, table=True):
    """One retrospective; its id is its number.

    `queue` are the items to review: id, key and reason. `first_sequence` and `last_sequence` are the
    newest changes at its start and end, `before` and `after` what was counted and escalated then.
    """

    __table_args__ = (_OWN_IDS,)

    id: int | None = _id()
    title: str = _required("str")
    participants: list[str] | None = _optional("Texts")
    query: str | None = _optional("str")
    skip_days: int = _required("Days")
    queue: list[list[int | str]] | None = _optional("QueuedItems")
    started: datetime = _required("datetime")
    started_by: str = _required("str")
    ended: datetime | None = _optional("datetime")
    ended_by: str | None = _optional("str")
    first_sequence: int = _required("int")
    last_sequence: int | None = _optional("int")
    before: Json = _optional("Json")
    after: Json = _optional("Json")


class Decision(Table, table=True):
    """An item was reviewed; the trail has what was decided.

    The item may have been removed since, and restored: its id is never reused. `key` is its key at the time.
    """

    __table_args__ = (UniqueConstraint("review_id", "item_id"), Index("ix_decision_item", "item_id", "time"), _OWN_IDS)

    id: int | None = _id()
    review_id: int = _to("review")
    item_id: int = _required("int")
    key: str = _required("str")
    actor: str = _required("str")
    time: datetime = _required("datetime")
    seconds: int = _required("Seconds")


class FollowUp(Table, table=True):
    """A task after a review; its id is its number, and the item may have been removed since.

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
    item_id: int = _required("int")
    key: str = _required("str")
    text: str = _required("str")
    owner: str | None = _optional("str")
    due_on: date | None = _optional("date")
    actor: str = _required("str")
    time: datetime = _required("datetime")
    resolution: str | None = _optional("Resolution")


class Signal(Table, table=True):
    """What a monitor says about a debt, identified by its source and fingerprint.

    It fires from `starts`, until `ends` once it is resolved, and is muted through the day `muted_until`. The columns
    from `severity` on are those of its newest report and are not in the trail: `origin` is the address of the monitor,
    `count` how often it was reported as firing.
    """

    __table_args__ = (
        CheckConstraint("state IN ('firing', 'resolved')", name="state"),
        UniqueConstraint("source", "fingerprint"),
        Index("ix_signal_state", "state", "muted_until"),
        Index("ix_signal_name", "name"),
        _OWN_IDS,
    )

    id: int | None = _id()
    source: str = _required("str")
    name: str = _required("str")
    fingerprint: str = _required("str")
    state: SignalState = _required("SignalState")
    starts: datetime = _required("datetime")
    ends: datetime | None = _optional("datetime")
    muted_until: date | None = _optional("date")
    severity: str | None = _optional("str")
    summary: str | None = _optional("str")
    labels: list[list[str]] | None = _optional("Pairs")
    link: str | None = _optional("str")
    origin: str | None = _optional("str")
    last_seen: datetime | None = _optional("datetime")
    count: int | None = _optional("int")


class SignalItem(Table, table=True):
    """A signal is attached to an item, or was detached from it by a person (`attached` is 0): rules leave that alone.

    The item may have been removed since, and restored: its id is never reused. `key` is its key at the time.
    """

    __tablename__ = "signal_item"
    __table_args__ = (
        CheckConstraint("attached IN (0, 1)", name="attached"),
        UniqueConstraint("signal_id", "item_id"),
        Index("ix_signal_item_item", "item_id", "attached", "signal_id"),
        _OWN_IDS,
    )

    id: int | None = _id()
    signal_id: int = _to("signal")
    item_id: int = _required("int")
    key: str = _required("str")
    attached: int = _required("int")


class SignalRule(Table, table=True):
    """Attaches the signals that match to an item, or to the open items whose components the value of `label` names.

    The first rule that matches wins.
    """

    __tablename__ = "signal_rule"
    __table_args__ = (CheckConstraint("(item_id IS NULL) <> (label IS NULL)", name="target"), _OWN_IDS)

    id: int | None = _id()
    matchers: str = _required("str")
    item_id: int | None = _optional("int")
    label: str | None = _optional("str")
    position: int = _required("int")
