"""Adds saved queries, days by severity, an index for what they flag, reviews, decisions and follow-ups."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_POLICY = (
    "accepted_until", "due_on", "status", "severity", "opened_on", "created", "affected_percent", "affected_count",
    "owner", "category_id",
)  # fmt: skip


def upgrade() -> None:
    """Make the tables, and the register's columns for days by severity."""
    for name in ("mitigate_within", "accept_for"):
        op.add_column("register", sa.Column(name, sa.JSON(none_as_null=True), nullable=True))
    op.create_index("ix_item_policy", "item", list(_POLICY), unique=False)
    _saved_query()
    _review()
    _decision()
    _follow_up()


def downgrade() -> None:
    """Remove them, and all that they hold."""
    for table in ("follow_up", "decision", "review", "saved_query"):
        op.drop_table(table)
    op.drop_index("ix_item_policy", table_name="item")
    for name in ("accept_for", "mitigate_within"):
        op.drop_column("register", name)


def _saved_query() -> None:
    """Views and rules: queries with a name."""
    op.create_table(
        "saved_query",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('view', 'rule')", name=op.f("ck_saved_query_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_query")),
        sa.UniqueConstraint("kind", "name", name=op.f("uq_saved_query_kind_name")),
        sqlite_autoincrement=True,
    )


def _review() -> None:
    """Retrospectives."""
    op.create_table(
        "review",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("participants", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("query", sa.Text(), nullable=True),
        sa.Column("skip_days", sa.Integer(), nullable=False),
        sa.Column("queue", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("started", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_by", sa.Text(), nullable=False),
        sa.Column("ended", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.Column("first_sequence", sa.Integer(), nullable=False),
        sa.Column("last_sequence", sa.Integer(), nullable=True),
        sa.Column("before", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("after", sa.JSON(none_as_null=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review")),
        sqlite_autoincrement=True,
    )


def _decision() -> None:
    """Who reviewed which item in which review, and when."""
    op.create_table(
        "decision",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["review_id"], ["review.id"], name=op.f("fk_decision_review_id_review")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
        sa.UniqueConstraint("review_id", "item_id", name=op.f("uq_decision_review_id_item_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_decision_item", "decision", ["item_id", "time"], unique=False)


def _follow_up() -> None:
    """What someone has to do after a review."""
    op.create_table(
        "follow_up",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["review_id"], ["review.id"], name=op.f("fk_follow_up_review_id_review")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follow_up")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_follow_up_item", "follow_up", ["item_id"], unique=False)
