"""unstable sources and volatile blocks"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("source", schema=None) as batch_op:
        batch_op.add_column(sa.Column("unstable_since", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))
        batch_op.add_column(sa.Column("quiet_checks", sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "volatile_block",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("source_key", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("mask", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("state", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("sample", sa.Text(), nullable=False),
        sa.Column("section", sa.Text(), nullable=False),
        sa.Column("recent", sa.Integer(), nullable=False),
        sa.Column("checks", sa.Integer(), nullable=False),
        sa.Column("times_moved", sa.Integer(), nullable=False),
        sa.Column("wordings", sa.JSON(), nullable=False),
        sa.Column("first_moved_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("last_moved_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("set_by", sa.Text(), nullable=False),
        sa.Column("set_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.CheckConstraint("kind in ('numbers', 'place')", name=op.f("ck_volatile_block_kind")),
        sa.CheckConstraint("state in ('watched', 'learnt', 'pinned', 'never')", name=op.f("ck_volatile_block_state")),
        sa.ForeignKeyConstraint(
            ["source_key"], ["source.key"], name=op.f("fk_volatile_block_source_key_source"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_volatile_block")),
        sa.UniqueConstraint("source_key", "mask", name=op.f("uq_volatile_block_source_key_mask")),
    )


def downgrade() -> None:
    op.drop_table("volatile_block")
    with op.batch_alter_table("source", schema=None) as batch_op:
        batch_op.drop_column("quiet_checks")
        batch_op.drop_column("unstable_since")
