"""copies of changed pages that a public archive is asked to make"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

STRING = sqlmodel.sql.sqltypes.AutoString()
TIME = sqlmodel.sql.sqltypes.UTCDateTime()
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "archive_copy",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("change_id", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("state", STRING, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", TIME, nullable=False),
        sa.Column("lease_until", TIME, nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("job", STRING, nullable=True),
        sa.Column("asked_at", TIME, nullable=True),
        sa.Column("memento", sa.Text(), nullable=True),
        sa.Column("saved_at", TIME, nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.CheckConstraint("state in ('pending', 'asked', 'saved', 'dead')", name=op.f("ck_archive_copy_state")),
        sa.ForeignKeyConstraint(
            ["change_id"], ["change.id"], name=op.f("fk_archive_copy_change_id_change"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_archive_copy")),
        sa.UniqueConstraint("change_id", "url", name=op.f("uq_archive_copy_change_id_url")),
    )
    op.create_index("ix_archive_copy_due", "archive_copy", ["state", "next_attempt_at"], unique=False)


def downgrade() -> None:
    op.drop_table("archive_copy")
