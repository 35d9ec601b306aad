"""Lets a follow-up be done or dropped."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what became of a follow-up: nothing is said of those that are open."""
    # Alembic adds no CHECK to a table that is there on SQLite, which takes one with the column.
    op.execute(
        "ALTER TABLE follow_up ADD COLUMN resolution TEXT "
        "CONSTRAINT ck_follow_up_resolution CHECK (resolution IN ('done', 'dropped'))"
    )


def downgrade() -> None:
    """Take it away."""
    op.drop_column("follow_up", "resolution")
