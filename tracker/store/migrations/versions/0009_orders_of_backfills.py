"""back-fills that workers of a cluster are to do"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

STRING = sqlmodel.sql.sqltypes.AutoString()
TIME = sqlmodel.sql.sqltypes.UTCDateTime()
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "backfill_order",
        sa.Column("source_key", ID, autoincrement=False, nullable=False),
        sa.Column("since", STRING, nullable=True),
        sa.Column("until", STRING, nullable=True),
        sa.Column("every_seconds", sa.Float(), nullable=True),
        sa.Column("archives", sa.JSON(), nullable=True),
        sa.Column("asked_at", TIME, nullable=False),
        sa.Column("next_try_at", TIME, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("finished_at", TIME, nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_key"], ["source.key"], name=op.f("fk_backfill_order_source_key_source"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("source_key", name=op.f("pk_backfill_order")),
    )
    op.create_index(op.f("ix_backfill_order_finished_at"), "backfill_order", ["finished_at"], unique=False)


def downgrade() -> None:
    op.drop_table("backfill_order")
