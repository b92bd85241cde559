"""layouts kept column by column"""

import json
from collections.abc import Callable
from itertools import accumulate, pairwise
from typing import Any

import sqlalchemy as sa
from alembic import op

from tracker.errors import DamagedError
from tracker.store.texts.compression import MAX_PLAIN, compress, decompress

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

LENGTH = 4
BATCH = 200


def upgrade() -> None:
    _rewrite(_by_column)


def downgrade() -> None:
    _rewrite(_by_row)


def _by_column(rows: list[list[Any]]) -> Any:
    ids, kinds, levels, markers, blocks, cells, headers = zip(*rows, strict=True) if rows else ((),) * 7
    return {"columns": [_steps(ids), kinds, levels, markers, _steps(blocks), cells, headers]}


def _by_row(found: dict[str, Any]) -> Any:
    ids, kinds, levels, markers, blocks, cells, headers = found["columns"]
    return list(zip(accumulate(ids), kinds, levels, markers, accumulate(blocks), cells, headers, strict=True))


def _steps(numbers: tuple[int, ...]) -> list[int]:
    return [number - before for before, number in pairwise((0, *numbers))]


def _rewrite(convert: Callable[[Any], Any]) -> None:
    """Replace every layout, a batch of rows in memory at a time. Damaged ones stay, for `tracker verify` to name."""
    table = sa.table("version", sa.column("id"), sa.column("layout", sa.LargeBinary()))
    connection = op.get_bind()
    ids = [row[0] for row in connection.execute(sa.select(table.c.id).order_by(table.c.id))]
    update = sa.update(table).where(table.c.id == sa.bindparam("its")).values(layout=sa.bindparam("value"))
    for start in range(0, len(ids), BATCH):
        part = ids[start : start + BATCH]
        rows = connection.execute(sa.select(table.c.id, table.c.layout).where(table.c.id.in_(part))).all()
        connection.execute(update, [{"its": ident, "value": _rewritten(value, convert)} for ident, value in rows])


def _rewritten(value: bytes, convert: Callable[[Any], Any]) -> bytes:
    try:
        return _packed(convert(_plain(value)))
    except (DamagedError, KeyError, TypeError, ValueError):
        return value


def _plain(value: bytes) -> Any:
    return json.loads(decompress(value[LENGTH:], min(int.from_bytes(value[:LENGTH], "big"), MAX_PLAIN)))


def _packed(found: Any) -> bytes:
    plain = json.dumps(found, separators=(",", ":")).encode("ascii")
    return len(plain).to_bytes(LENGTH, "big") + compress(plain)
