"""PostgreSQL's index of words reads what stands between signs: the parts of addresses, of "and/or", of amounts"""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_BETWEEN_SIGNS = r"to_tsvector('simple', regexp_replace(left(text, 100000), '[!-/:-@\[-`{-~]', ' ', 'g'))"
_AS_PARSED = "to_tsvector('simple', left(text, 100000))"


def upgrade() -> None:
    _index(_BETWEEN_SIGNS)


def downgrade() -> None:
    _index(_AS_PARSED)


def _index(words: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("drop index ix_clause_words")
        op.execute(f"create index ix_clause_words on clause using gin ({words})")
