"""threads of messages and subscriptions by mail"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

STRING = sqlmodel.sql.sqltypes.AutoString()
TIME = sqlmodel.sql.sqltypes.UTCDateTime()


def upgrade() -> None:
    op.create_table(
        "message_thread",
        sa.Column("destination", STRING, nullable=False),
        sa.Column("thread", STRING, nullable=False),
        sa.Column("handle", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("destination", "thread", name=op.f("pk_message_thread")),
    )
    op.create_table(
        "subscription",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("sources", sa.JSON(), nullable=False),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("topics", sa.JSON(), nullable=False),
        sa.Column("severity", STRING, nullable=False),
        sa.Column("digest", STRING, nullable=True),
        sa.Column("secret", STRING, nullable=False),
        sa.Column("state", STRING, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("confirmed_at", TIME, nullable=True),
        sa.CheckConstraint("state in ('asked', 'confirmed', 'ended')", name=op.f("ck_subscription_state")),
        sa.CheckConstraint(
            "severity in ('none', 'low', 'medium', 'high', 'critical')", name=op.f("ck_subscription_severity")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription")),
    )
    op.create_index(op.f("ix_subscription_state"), "subscription", ["state"], unique=False)
    op.create_index(op.f("ix_subscription_created_at"), "subscription", ["created_at"], unique=False)


def downgrade() -> None:
    op.drop_table("subscription")
    op.drop_table("message_thread")
