"""Adds severity Critical, items without a severity, and how the words and keys of a document are understood."""

from __future__ import annotations

import re

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_TABLE = re.compile(r'^CREATE TABLE "?item"? ?\(')
_SQL = "SELECT sql FROM sqlite_master WHERE tbl_name = 'item' AND type = ? AND sql IS NOT NULL ORDER BY rowid"
_NEWEST_ID = "SELECT seq FROM sqlite_sequence WHERE name = 'item'"
_CHECK = "ck_item_severity"
_BEFORE, _AFTER = (
    f"severity IN ({words})" for words in ("'High', 'Medium', 'Low'", "'Critical', 'High', 'Medium', 'Low'")
)
_REQUIRED, _OPTIONAL = "severity VARCHAR(16) NOT NULL", "severity VARCHAR(16)"


def upgrade() -> None:
    """Let an item be Critical or unrated, and add the columns of the document."""
    for name in ("mapping", "keys"):
        op.add_column("document", sa.Column(name, sa.JSON(none_as_null=True), nullable=True))
    if op.get_bind().dialect.name == "sqlite":
        _rebuild((_REQUIRED, _OPTIONAL), (_BEFORE, _AFTER))
    else:
        _alter(_AFTER, nullable=True)


def downgrade() -> None:
    """Take the columns away; Critical becomes High, and unrated Medium."""
    op.execute("UPDATE item SET severity = 'High' WHERE severity = 'Critical'")
    op.execute("UPDATE item SET severity = 'Medium' WHERE severity IS NULL")
    if op.get_bind().dialect.name == "sqlite":
        _rebuild((_OPTIONAL, _REQUIRED), (_AFTER, _BEFORE))
    else:
        _alter(_BEFORE, nullable=False)
    for name in ("keys", "mapping"):
        op.drop_column("document", name)


def _alter(check: str, *, nullable: bool) -> None:
    op.drop_constraint(_CHECK, "item", type_="check")
    op.alter_column("item", "severity", existing_type=sa.String(16), nullable=nullable)
    op.create_check_constraint(_CHECK, "item", check)


def _rebuild(*replaced: tuple[str, str]) -> None:
    """Rebuild the table of items with changed SQL; SQLite cannot change a column or a CHECK.

    Its indexes are rebuilt, also those that someone added, and no id of a removed item is used again. Alembic
    does neither, and writes the constraints in any order.
    """
    connection = op.get_bind()
    (sql,) = connection.exec_driver_sql(_SQL, ("table",)).scalars()
    indexes = connection.exec_driver_sql(_SQL, ("index",)).scalars().all()
    newest = connection.exec_driver_sql(_NEWEST_ID).scalar()
    made, number = _TABLE.subn("CREATE TABLE item_rebuilt (", sql)
    for before, after in replaced:
        number += made.count(before)
        made = made.replace(before, after)
    if number != len(replaced) + 1:
        raise ValueError("the table of items is not the one that was made")
    connection.exec_driver_sql(made)
    connection.exec_driver_sql("INSERT INTO item_rebuilt SELECT * FROM item")
    connection.exec_driver_sql("DROP TABLE item")
    connection.exec_driver_sql("ALTER TABLE item_rebuilt RENAME TO item")
    if newest is not None:
        connection.exec_driver_sql("DELETE FROM sqlite_sequence WHERE name = 'item'")
        connection.exec_driver_sql("INSERT INTO sqlite_sequence (name, seq) VALUES ('item', ?)", (newest,))
    for index in indexes:
        connection.exec_driver_sql(index)
