"""verdicts packed: their JSON takes a tenth"""

import json
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op

from tracker.store.texts.compression import MAX_PLAIN, compress, decompress

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

LENGTH = 4
BATCH = 200


def upgrade() -> None:
    for table in ("change", "past_verdict"):
        _rewrite(table, sa.JSON(), sa.LargeBinary(), _packed)


def downgrade() -> None:
    for table in ("change", "past_verdict"):
        _rewrite(table, sa.LargeBinary(), sa.JSON(), _unpacked)


def _packed(value: Any) -> bytes:
    plain = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    return len(plain).to_bytes(LENGTH, "big") + compress(plain)


def _unpacked(value: bytes) -> Any:
    size = min(int.from_bytes(value[:LENGTH], "big"), MAX_PLAIN)
    return json.loads(decompress(value[LENGTH:], size))


def _rewrite(name: str, old: Any, new: Any, convert: Callable[[Any], Any]) -> None:
    """Fill a column of the new kind from the old one, a batch of rows in memory at a time, and put it in its place."""
    op.add_column(name, sa.Column("verdict_new", new, nullable=True))
    table = sa.table(name, sa.column("id"), sa.column("verdict", old), sa.column("verdict_new", new))
    connection = op.get_bind()
    ids = [row[0] for row in connection.execute(sa.select(table.c.id).order_by(table.c.id))]
    update = (
        sa.update(table).where(table.c.id == sa.bindparam("its")).values(verdict_new=sa.bindparam("value", type_=new))
    )
    for start in range(0, len(ids), BATCH):
        part = ids[start : start + BATCH]
        rows = connection.execute(sa.select(table.c.id, table.c.verdict).where(table.c.id.in_(part))).all()
        connection.execute(update, [{"its": ident, "value": convert(value)} for ident, value in rows])
    with op.batch_alter_table(name) as batch:
        batch.drop_column("verdict")
        batch.alter_column("verdict_new", new_column_name="verdict", existing_type=new, nullable=False)
