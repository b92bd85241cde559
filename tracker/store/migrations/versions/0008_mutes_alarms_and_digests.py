"""mutes of topics, alarms of the operator, how far digests went, what goes out together"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

STRING = sqlmodel.sql.sqltypes.AutoString()
TIME = sqlmodel.sql.sqltypes.UTCDateTime()
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "mute",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("source_key", ID, nullable=True),
        sa.Column("topic", STRING, nullable=False),
        sa.Column("until", TIME, nullable=True),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("ended_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(
            ["source_key"], ["source.key"], name=op.f("fk_mute_source_key_source"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mute")),
    )
    op.create_index(op.f("ix_mute_source_key"), "mute", ["source_key"], unique=False)
    op.create_index(op.f("ix_mute_ended_at"), "mute", ["ended_at"], unique=False)
    op.create_table(
        "alarm",
        sa.Column("key", STRING, nullable=False),
        sa.Column("kind", STRING, nullable=False),
        sa.Column("together", STRING, nullable=False),
        sa.Column("source_key", ID, nullable=True),
        sa.Column("raised_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["source_key"], ["source.key"], name=op.f("fk_alarm_source_key_source"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_alarm")),
    )
    op.create_index(op.f("ix_alarm_source_key"), "alarm", ["source_key"], unique=False)
    op.create_table(
        "route_state",
        sa.Column("route", STRING, nullable=False),
        sa.Column("digest_until", TIME, nullable=False),
        sa.PrimaryKeyConstraint("route", name=op.f("pk_route_state")),
    )
    op.add_column("delivery", sa.Column("bundle", STRING, nullable=True))
    op.create_index("ix_delivery_lane", "delivery", ["route", "destination", "sent_at"], unique=False)
    op.add_column("source", sa.Column("gone_since", TIME, nullable=True))


def downgrade() -> None:
    op.drop_index("ix_delivery_lane", table_name="delivery")
    with op.batch_alter_table("source", schema=None) as batch_op:
        batch_op.drop_column("gone_since")
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.drop_column("bundle")
    op.drop_table("route_state")
    op.drop_table("alarm")
    op.drop_table("mute")
