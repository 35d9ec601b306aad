"""Adds the links of an item: its ticket, dashboard or runbook."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("item", sa.Column("links", sa.Text(), nullable=True))


def downgrade() -> None:
    """Remove it, and all links."""
    op.drop_column("item", "links")
