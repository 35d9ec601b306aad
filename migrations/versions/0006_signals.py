"""Adds signals of monitoring, the items they are attached to, and the rules that attach them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, and the register's column for the label that names an item."""
    op.add_column("register", sa.Column("signal_label", sa.Text(), nullable=True))
    _signal()
    _signal_item()
    _signal_rule()


def downgrade() -> None:
    """Remove them, and all that they hold."""
    for table in ("signal_rule", "signal_item", "signal"):
        op.drop_table(table)
    op.drop_column("register", "signal_label")


def _signal() -> None:
    """What a monitor says: firing or resolved."""
    op.create_table(
        "signal",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("starts", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends", sa.DateTime(timezone=True), nullable=True),
        sa.Column("muted_until", sa.Date(), nullable=True),
        sa.Column("severity", sa.Text(), nullable=True),
        sa.Column("summary", sa.Text(), nullable=True),
        sa.Column("labels", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("link", sa.Text(), nullable=True),
        sa.Column("origin", sa.Text(), nullable=True),
        sa.Column("last_seen", sa.DateTime(timezone=True), nullable=True),
        sa.Column("count", sa.Integer(), nullable=True),
        sa.CheckConstraint("state IN ('firing', 'resolved')", name=op.f("ck_signal_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signal")),
        sa.UniqueConstraint("source", "fingerprint", name=op.f("uq_signal_source_fingerprint")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_signal_state", "signal", ["state", "muted_until"], unique=False)
    op.create_index("ix_signal_name", "signal", ["name"], unique=False)


def _signal_item() -> None:
    """The items that a signal is attached to, and those that it was detached from."""
    op.create_table(
        "signal_item",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("signal_id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("attached", sa.Integer(), nullable=False),
        sa.CheckConstraint("attached IN (0, 1)", name=op.f("ck_signal_item_attached")),
        sa.ForeignKeyConstraint(["signal_id"], ["signal.id"], name=op.f("fk_signal_item_signal_id_signal")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signal_item")),
        sa.UniqueConstraint("signal_id", "item_id", name=op.f("uq_signal_item_signal_id_item_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_signal_item_item", "signal_item", ["item_id", "attached", "signal_id"], unique=False)


def _signal_rule() -> None:
    """Which items the signals that match are attached to: one, or those whose components a label names."""
    op.create_table(
        "signal_rule",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("matchers", sa.Text(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=True),
        sa.Column("label", sa.Text(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.CheckConstraint("(item_id IS NULL) <> (label IS NULL)", name=op.f("ck_signal_rule_target")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signal_rule")),
        sqlite_autoincrement=True,
    )
