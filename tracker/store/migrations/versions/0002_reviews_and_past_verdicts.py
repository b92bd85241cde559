"""reviews and past verdicts"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "past_verdict",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("change_id", sa.Text(), nullable=False),
        sa.Column("replaced_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("rules_version", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("verdict", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["change_id"], ["change.id"], name=op.f("fk_past_verdict_change_id_change"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_past_verdict")),
    )
    with op.batch_alter_table("past_verdict", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_past_verdict_change_id"), ["change_id"], unique=False)

    op.create_table(
        "review",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("source_key", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("change_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("before_sha256", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("after_sha256", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("clause_class", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("topics", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("direction", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("reviewer", sa.Text(), nullable=False),
        sa.Column("at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.CheckConstraint(
            "clause_class in ('material', 'minor', 'cosmetic', 'noise')", name=op.f("ck_review_clause_class")
        ),
        sa.CheckConstraint("direction in ('weaker', 'stronger', 'neutral', 'mixed')", name=op.f("ck_review_direction")),
        sa.ForeignKeyConstraint(
            ["source_key"], ["source.key"], name=op.f("fk_review_source_key_source"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review")),
    )
    with op.batch_alter_table("review", schema=None) as batch_op:
        batch_op.create_index("ix_review_source_texts", ["source_key", "before_sha256", "after_sha256"], unique=False)
        batch_op.create_index(batch_op.f("ix_review_change_id"), ["change_id"], unique=False)


def downgrade() -> None:
    op.drop_table("review")
    op.drop_table("past_verdict")
