"""Links every change to the one before it, and keeps changes from being edited or removed by accident."""

from __future__ import annotations

import hashlib
import json

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

LINKED = (
    "sequence", "time", "actor", "batch", "reverses", "verb", "entity", "entity_id", "key", "field",
    "before", "after", "note",
)  # fmt: skip
GUARDS = {
    "change_is_never_changed": "UPDATE",
    "change_is_never_removed": "DELETE",
}


def upgrade() -> None:
    """Add the digests, also to the existing changes."""
    op.add_column("change", sa.Column("digest", sa.Text(), nullable=False, server_default=""))
    connection = op.get_bind()
    previous = "0" * 64
    rows = connection.exec_driver_sql(f"SELECT {', '.join(LINKED)} FROM change ORDER BY sequence").all()
    for row in rows:
        text = json.dumps([previous, *row], separators=(",", ":"), default=repr)
        previous = hashlib.sha256(text.encode()).hexdigest()
        connection.execute(
            sa.text("UPDATE change SET digest = :digest WHERE sequence = :sequence"),
            {"digest": previous, "sequence": row[0]},
        )
    if connection.dialect.name == "sqlite":
        for name, doing in GUARDS.items():
            op.execute(
                f"CREATE TRIGGER {name} BEFORE {doing} ON change "
                "BEGIN SELECT RAISE(ABORT, 'the trail is append-only'); END"
            )


def downgrade() -> None:
    """Take the digests away."""
    if op.get_bind().dialect.name == "sqlite":
        for name in GUARDS:
            op.execute(f"DROP TRIGGER {name}")
    op.drop_column("change", "digest")
