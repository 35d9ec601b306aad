"""Lets a follow-up be done or dropped."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the resolution of a follow-up: null while it is open."""
    # On SQLite, Alembic cannot add a CHECK to an existing table, but it can with the column.
    op.execute(
        "ALTER TABLE follow_up ADD COLUMN resolution TEXT "
        "CONSTRAINT ck_follow_up_resolution CHECK (resolution IN ('done', 'dropped'))"
    )


def downgrade() -> None:
    """Take it away."""
    op.drop_column("follow_up", "resolution")
