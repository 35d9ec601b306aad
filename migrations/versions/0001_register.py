"""The tables of a register: facts, categories, items, components, dependencies and the audit trail."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make every table."""
    _document()
    _register()
    _category()
    _item()
    _component()
    _item_component()
    _dependency()
    _change()


def downgrade() -> None:
    """Remove every table, and all that they hold."""
    for table in ("item_component", "dependency", "item", "component", "category", "register", "document", "change"):
        op.drop_table(table)


def _document() -> None:
    """Texts imported or exported."""
    op.create_table(
        "document",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document")),
        sqlite_autoincrement=True,
    )


def _register() -> None:
    """The register's own facts."""
    op.create_table(
        "register",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("extends", sa.Text(), nullable=True),
        sa.Column("system", sa.Text(), nullable=True),
        sa.Column("last_updated", sa.Date(), nullable=True),
        sa.Column("purpose", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("project_total", sa.BigInteger(), nullable=True),
        sa.Column("cadence", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("document_id", sa.Integer(), nullable=True),
        sa.Column("synced_id", sa.Integer(), nullable=True),
        sa.Column("document_path", sa.Text(), nullable=True),
        sa.Column("document_sha256", sa.Text(), nullable=True),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_register_one_row")),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_register_document_id_document")),
        sa.ForeignKeyConstraint(["synced_id"], ["document.id"], name=op.f("fk_register_synced_id_document")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_register")),
    )


def _category() -> None:
    """Categories."""
    op.create_table(
        "category",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("definition", sa.Text(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_category")),
        sa.UniqueConstraint("code", name=op.f("uq_category_code")),
        sqlite_autoincrement=True,
    )


def _item() -> None:
    """Items."""
    op.create_table(
        "item",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("category_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "severity",
            sa.Enum(
                "High", "Medium", "Low", name="ck_item_severity", native_enum=False, create_constraint=True, length=16
            ),
            nullable=False,
        ),
        sa.Column(
            "status",
            sa.Enum(
                "Open",
                "In Progress",
                "Mitigated",
                "Accepted",
                name="ck_item_status",
                native_enum=False,
                create_constraint=True,
                length=16,
            ),
            nullable=False,
        ),
        sa.Column(
            "effort",
            sa.Enum("S", "M", "L", "XL", name="ck_item_effort", native_enum=False, create_constraint=True, length=16),
            nullable=True,
        ),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("opened_on", sa.Date(), nullable=True),
        sa.Column("accepted_by", sa.Text(), nullable=True),
        sa.Column("accepted_until", sa.Date(), nullable=True),
        sa.Column("affected_text", sa.Text(), nullable=True),
        sa.Column("affected_count", sa.BigInteger(), nullable=True),
        sa.Column("affected_percent", sa.Float(), nullable=True),
        sa.Column("origin", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated", sa.DateTime(timezone=True), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("status_note", sa.Text(), nullable=True),
        sa.Column("components_text", sa.Text(), nullable=True),
        sa.Column("mitigation_plan", sa.Text(), nullable=True),
        sa.Column("extra", sa.JSON(none_as_null=True), nullable=True),
        sa.ForeignKeyConstraint(["category_id"], ["category.id"], name=op.f("fk_item_category_id_category")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item")),
        sa.UniqueConstraint("key", name=op.f("uq_item_key")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_item_count", "item", ["category_id", "status", "severity"], unique=False)
    op.create_index("ix_item_owner", "item", ["owner"], unique=False)
    op.create_index("ix_item_place", "item", ["category_id", "position", "id", "status", "severity"], unique=False)


def _component() -> None:
    """Components."""
    op.create_table(
        "component",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_component")),
        sa.UniqueConstraint("name", name=op.f("uq_component_name")),
        sqlite_autoincrement=True,
    )


def _item_component() -> None:
    """The ordered link of items and components."""
    op.create_table(
        "item_component",
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("component_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["component_id"], ["component.id"], name=op.f("fk_item_component_component_id_component")
        ),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_item_component_item_id_item")),
        sa.PrimaryKeyConstraint("item_id", "position", name=op.f("pk_item_component")),
    )
    op.create_index("ix_item_component_component", "item_component", ["component_id", "item_id"], unique=False)


def _dependency() -> None:
    """Dependencies."""
    op.create_table(
        "dependency",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("target_id", sa.Integer(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["item.id"], name=op.f("fk_dependency_source_id_item")),
        sa.ForeignKeyConstraint(["target_id"], ["item.id"], name=op.f("fk_dependency_target_id_item")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dependency")),
        sa.UniqueConstraint("source_id", "target_id", "label", name=op.f("uq_dependency_source_id_target_id_label")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_dependency_target", "dependency", ["target_id"], unique=False)


def _change() -> None:
    """The audit trail."""
    op.create_table(
        "change",
        sa.Column("sequence", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("batch", sa.Integer(), nullable=False),
        sa.Column("reverses", sa.Integer(), nullable=True),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("entity_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=True),
        sa.Column("before", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("after", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_change")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_change_actor", "change", ["actor", "batch"], unique=False)
    op.create_index("ix_change_batch", "change", ["batch"], unique=False)
    op.create_index("ix_change_entity", "change", ["entity", "entity_id", "sequence"], unique=False)
    op.create_index("ix_change_key", "change", ["key"], unique=False)
    op.create_index("ix_change_reverses", "change", ["reverses"], unique=False)
