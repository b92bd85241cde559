"""an index that counts are read from, drift as last compared"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

COUNTED = "source_key, first_seen_after, state, severity, direction, alert, topic_mask"


def upgrade() -> None:
    flags = ") include (flags)" if op.get_bind().dialect.name == "postgresql" else ", flags)"
    op.execute(f"create index ix_change_counts on change({COUNTED}{flags}")
    op.create_table(
        "drift",
        sa.Column(
            "source_key", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("compared", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("told", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_key"], ["source.key"], name=op.f("fk_drift_source_key_source"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("source_key", name=op.f("pk_drift")),
    )


def downgrade() -> None:
    op.drop_table("drift")
    op.drop_index("ix_change_counts", table_name="change")
