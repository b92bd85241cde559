"""clause runs, search, triage, approvals, notices, accounts, tokens, trail"""

import json

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
STRING = sqlmodel.sql.sqltypes.AutoString()
TIME = sqlmodel.sql.sqltypes.UTCDateTime()

#: The topics in the order of their bits, as this revision knew them.
TOPICS = (
    "first_party_collection", "first_party_use", "tracking", "third_party_sharing", "sale", "business_transfer",
    "legal_disclosure", "international_transfer", "retention", "security", "choice_consent", "access_rights",
    "children", "sensitive_data", "ai_training", "policy_change", "content_license", "dispute_resolution", "liability",
    "account_termination", "payment", "acceptable_use", "contact", "other",
)  # fmt: skip


def upgrade() -> None:
    _new_columns()
    _runs()
    _people()
    _baselines()
    _search()
    _trail()
    _fill_changes()


def _key() -> sa.Column:
    return sa.Column("id", BIG, autoincrement=True, nullable=False)


def _refers(table: str, column: str, target: str, field: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{target}")
    return sa.ForeignKeyConstraint([column], [f"{target}.{field}"], name=name, ondelete="CASCADE")


def _index(table: str, *columns: str) -> None:
    op.create_index(op.f(f"ix_{table}_{columns[0]}"), table, list(columns), unique=False)


def _new_columns() -> None:
    with op.batch_alter_table("source", schema=None) as batch_op:
        batch_op.add_column(sa.Column("runs_until", TIME, nullable=True))
        batch_op.add_column(sa.Column("runs_rules", STRING, nullable=False, server_default=""))
    with op.batch_alter_table("change", schema=None) as batch_op:
        batch_op.add_column(sa.Column("effective_on", STRING, nullable=True))
        batch_op.add_column(sa.Column("object_by", STRING, nullable=True))
        batch_op.add_column(sa.Column("topic_mask", sa.BigInteger(), nullable=False, server_default="0"))
        batch_op.create_index("ix_change_time", ["first_seen_after", "source_key"], unique=False)
        batch_op.create_index("ix_change_queue", ["alert", "severity", "first_seen_after", "id", "state"])
        batch_op.create_index("ix_change_state", ["state", "alert", "source_key"], unique=False)
        batch_op.create_index(batch_op.f("ix_change_effective_on"), ["effective_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_change_object_by"), ["object_by"], unique=False)


def _runs() -> None:
    op.create_table(
        "clause_run",
        _key(),
        sa.Column("source_key", BIG, nullable=False),
        sa.Column("clause_id", BIG, nullable=False),
        sa.Column("appeared_at", TIME, nullable=False),
        sa.Column("unseen_at", TIME, nullable=True),
        sa.Column("gone_at", TIME, nullable=True),
        sa.Column("topics", sa.BigInteger(), nullable=False),
        _refers("clause_run", "source_key", "source", "key"),
        _refers("clause_run", "clause_id", "clause", "id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clause_run")),
        sa.UniqueConstraint(
            "source_key", "clause_id", "appeared_at", name=op.f("uq_clause_run_source_key_clause_id_appeared_at")
        ),
    )
    _index("clause_run", "clause_id")


def _people() -> None:
    op.create_table(
        "triage",
        sa.Column("change_id", sa.Text(), nullable=False),
        sa.Column("state", STRING, nullable=False),
        sa.Column("assignee", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.CheckConstraint("state in ('new', 'seen', 'dismissed')", name=op.f("ck_triage_state")),
        _refers("triage", "change_id", "change", "id"),
        sa.PrimaryKeyConstraint("change_id", name=op.f("pk_triage")),
    )
    _index("triage", "state")
    op.create_table(
        "account",
        _key(),
        sa.Column("name", STRING, nullable=False),
        sa.Column("role", STRING, nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("disabled_at", TIME, nullable=True),
        sa.CheckConstraint("role in ('reader', 'reviewer', 'admin')", name=op.f("ck_account_role")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("name", name=op.f("uq_account_name")),
    )
    op.create_table(
        "login_session",
        _key(),
        sa.Column("secret_sha256", STRING, nullable=False),
        sa.Column("account_id", BIG, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        _refers("login_session", "account_id", "account", "id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_session")),
        sa.UniqueConstraint("secret_sha256", name=op.f("uq_login_session_secret_sha256")),
    )
    _index("login_session", "account_id")
    _index("login_session", "expires_at")
    op.create_table(
        "api_token",
        _key(),
        sa.Column("name", STRING, nullable=False),
        sa.Column("secret_sha256", STRING, nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=True),
        sa.Column("last_used_at", TIME, nullable=True),
        sa.Column("revoked_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("name", name=op.f("uq_api_token_name")),
        sa.UniqueConstraint("secret_sha256", name=op.f("uq_api_token_secret_sha256")),
    )


def _baselines() -> None:
    op.create_table(
        "approval",
        _key(),
        sa.Column("source_key", BIG, nullable=False),
        sa.Column("version_id", BIG, nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("review_by", STRING, nullable=True),
        _refers("approval", "source_key", "source", "key"),
        _refers("approval", "version_id", "version", "id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval")),
    )
    _index("approval", "source_key")
    _index("approval", "version_id")
    _index("approval", "review_by")
    op.create_table(
        "notice",
        _key(),
        sa.Column("key", STRING, nullable=False),
        sa.Column("kind", STRING, nullable=False),
        sa.Column("source_key", BIG, nullable=True),
        sa.Column("change_id", STRING, nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("severity", STRING, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.CheckConstraint(
            "severity in ('none', 'low', 'medium', 'high', 'critical')", name=op.f("ck_notice_severity")
        ),
        _refers("notice", "source_key", "source", "key"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("key", name=op.f("uq_notice_key")),
    )
    _index("notice", "source_key")
    _index("notice", "change_id")
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.add_column(sa.Column("notice_id", BIG, nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_delivery_notice_id_notice"), "notice", ["notice_id"], ["id"], ondelete="CASCADE"
        )
        batch_op.create_index(batch_op.f("ix_delivery_notice_id"), ["notice_id"], unique=False)


def _search() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("create index ix_clause_words on clause using gin (to_tsvector('simple', left(text, 100000)))")
        return
    op.execute(
        "create virtual table clause_fts using fts5("
        "text, content='clause', content_rowid='id', tokenize='unicode61 remove_diacritics 2')"
    )
    op.execute(
        "create trigger clause_fts_insert after insert on clause begin "
        "insert into clause_fts(rowid, text) values (new.id, new.text); end"
    )
    op.execute(
        "create trigger clause_fts_delete after delete on clause begin "
        "insert into clause_fts(clause_fts, rowid, text) values ('delete', old.id, old.text); end"
    )
    op.execute("insert into clause_fts(clause_fts) values ('rebuild')")


def _trail() -> None:
    op.create_table(
        "trail",
        _key(),
        sa.Column("at", TIME, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", STRING, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("chain_previous", STRING, nullable=False),
        sa.Column("chain_hash", STRING, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trail")),
        sa.UniqueConstraint("chain_hash", name=op.f("uq_trail_chain_hash")),
    )
    _index("trail", "at")
    _index("trail", "action")
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "create or replace function trail_refuse() returns trigger language plpgsql as "
            "$$ begin raise exception 'the trail is append-only'; end $$"
        )
        op.execute(
            "create trigger trail_refuse before update or delete on trail for each row execute function trail_refuse()"
        )
        return
    for action in ("update", "delete"):
        op.execute(
            f"create trigger trail_no_{action} before {action} on trail begin "
            "select raise(abort, 'the trail is append-only'); end"
        )


def _fill_changes() -> None:
    """Bring what the new columns hold out of the verdicts."""
    change = sa.table(
        "change",
        sa.column("id", STRING),
        sa.column("topics", sa.JSON()),
        sa.column("verdict", sa.JSON()),
        sa.column("effective_on", STRING),
        sa.column("object_by", STRING),
        sa.column("topic_mask", sa.BigInteger()),
    )
    connection = op.get_bind()
    for ident in connection.execute(sa.select(change.c.id)).scalars().all():
        topics, verdict = connection.execute(
            sa.select(change.c.topics, change.c.verdict).where(change.c.id == ident)
        ).one()
        verdict = json.loads(verdict) if isinstance(verdict, str) else verdict
        connection.execute(
            change.update()
            .where(change.c.id == ident)
            .values(
                effective_on=verdict.get("effective_date"),
                object_by=verdict.get("objection_deadline"),
                topic_mask=sum(1 << TOPICS.index(topic) for topic in set(topics) & set(TOPICS)),
            )
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("drop index ix_clause_words")
    else:
        op.execute("drop trigger clause_fts_insert")
        op.execute("drop trigger clause_fts_delete")
        op.execute("drop table clause_fts")
    op.drop_table("trail")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("drop function trail_refuse()")
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_delivery_notice_id"))
        batch_op.drop_constraint(batch_op.f("fk_delivery_notice_id_notice"), type_="foreignkey")
        batch_op.drop_column("notice_id")
    for table in ("notice", "approval", "api_token", "login_session", "account", "triage", "clause_run"):
        op.drop_table(table)
    with op.batch_alter_table("change", schema=None) as batch_op:
        for index in (
            "ix_change_object_by",
            "ix_change_effective_on",
            "ix_change_state",
            "ix_change_queue",
            "ix_change_time",
        ):
            batch_op.drop_index(index)
        for column in ("topic_mask", "object_by", "effective_on"):
            batch_op.drop_column(column)
    with op.batch_alter_table("source", schema=None) as batch_op:
        batch_op.drop_column("runs_rules")
        batch_op.drop_column("runs_until")
