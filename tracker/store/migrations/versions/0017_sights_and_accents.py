"""captures that showed a held text as rows of their own; PostgreSQL finds words without their accents"""

import json
from itertools import islice

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
BATCH = 1_000

_READ = "left(text, 100000)"
_PLAIN = rf"regexp_replace(normalize({_READ}, NFD), '([A-Za-z])[\u0300-\u036F]+', '\1', 'g')"
_FOLDED = (
    rf"case when {_READ} ~ '[\u00C0-\u036F\u1E00-\u1EFF\u212A\u212B]' then normalize({_PLAIN}, NFC) else {_READ} end"
)
_WITHOUT_SIGNS = r"to_tsvector('simple', regexp_replace({text}, '[!-/:-@\[-`{{-~]', ' ', 'g'))"
_AS_WRITTEN = _WITHOUT_SIGNS.format(text=_READ)
_WITHOUT_ACCENTS = _WITHOUT_SIGNS.format(text=_FOLDED)


def upgrade() -> None:
    op.create_table(
        "held_sight",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("held_text_id", ID, nullable=False),
        sa.Column("snapshot_id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["held_text_id"], ["held_text.id"], name=op.f("fk_held_sight_held_text_id_held_text"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_held_sight")),
        sa.UniqueConstraint("held_text_id", "snapshot_id", name=op.f("uq_held_sight_held_text_id_snapshot_id")),
    )
    _move_sights()
    op.execute("alter table held_text drop column snapshot_ids")
    _index(_WITHOUT_ACCENTS)


def downgrade() -> None:
    _index(_AS_WRITTEN)
    op.execute("alter table held_text add column snapshot_ids json not null default '[]'")
    sights = sa.text("select snapshot_id from held_sight where held_text_id = :id order by id")
    put = sa.text("update held_text set snapshot_ids = :found where id = :id")
    if op.get_bind().dialect.name == "postgresql":
        put = sa.text("update held_text set snapshot_ids = cast(:found as json) where id = :id")
    connection = op.get_bind()
    for ident in _held():
        found = list(connection.execute(sights, {"id": ident}).scalars())
        connection.execute(put, {"id": ident, "found": json.dumps(found)})
    op.drop_table("held_sight")


def _index(words: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("drop index ix_clause_words")
        op.execute(f"create index ix_clause_words on clause using gin ({words})")


def _held() -> list[int]:
    return list(op.get_bind().execute(sa.text("select id from held_text order by id")).scalars())


def _move_sights() -> None:
    """Write a row for each capture, those of one held text in memory at a time."""
    connection = op.get_bind()
    listed = sa.text("select cast(snapshot_ids as text) from held_text where id = :id")
    insert = sa.text("insert into held_sight (held_text_id, snapshot_id) values (:held, :snapshot)")
    for ident in _held():
        told = iter(dict.fromkeys(json.loads(connection.execute(listed, {"id": ident}).scalar_one() or "[]")))
        while part := list(islice(told, BATCH)):
            connection.execute(insert, [{"held": ident, "snapshot": snapshot} for snapshot in part])
