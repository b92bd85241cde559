"""texts of clauses packed together on SQLite, layouts and verdicts against what they resemble, hashes as bytes"""

import json
from collections.abc import Callable, Iterator
from itertools import accumulate
from typing import Any

import sqlalchemy as sa
from alembic import op

from tracker.errors import DamagedError
from tracker.store.texts.compression import MAX_PLAIN, compress, decompress

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

LENGTH = 4
BATCH = 200
PACK = 256
WORTHWHILE = 0.5

CLAUSE = sa.table("clause", sa.column("id"), sa.column("sha256"), sa.column("text"))
PACKS = sa.table("clause_pack", sa.column("id"), sa.column("data", sa.LargeBinary()))
VERSION = sa.table(
    "version",
    *(sa.column("id"), sa.column("source_key"), sa.column("layout", sa.LargeBinary()), sa.column("layout_base_id")),
)
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _rewrite_verdicts(lambda data, prefix: _packed(_plain(data), prefix))
    # Not in batch mode, which would make the table anew without its triggers.
    op.add_column("version", sa.Column("layout_base_id", BIG, nullable=True))
    _lean_layouts()
    op.create_table(
        "clause_pack",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_clause_pack"),
    )
    if op.get_bind().dialect.name == "sqlite":
        _pack_clauses()
    else:
        op.execute("alter table clause alter column sha256 type bytea using decode(sha256, 'hex')")
        op.execute("alter table clause alter column text drop not null")


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _unpack_clauses()
    else:
        op.execute("alter table clause alter column text set not null")
        op.execute("alter table clause alter column sha256 type varchar using encode(sha256, 'hex')")
    op.drop_table("clause_pack")
    _upright_layouts()
    op.drop_column("version", "layout_base_id")
    _rewrite_verdicts(lambda data, prefix: _packed(_plain(data, prefix)))


def _plain(data: bytes, prefix: bytes = b"") -> bytes:
    return decompress(data[LENGTH:], min(int.from_bytes(data[:LENGTH], "big"), MAX_PLAIN), prefix)


def _packed(plain: bytes, prefix: bytes = b"") -> bytes:
    return len(plain).to_bytes(LENGTH, "big") + compress(plain, prefix)


def _parts(query: Any) -> Iterator[list[Any]]:
    """Yield the keys of a table in parts."""
    keys = list(op.get_bind().execute(query).scalars())
    for start in range(0, len(keys), BATCH):
        yield keys[start : start + BATCH]


# Verdicts


def _rewrite_verdicts(convert: Callable[[bytes, bytes], bytes]) -> None:
    """Replace every verdict, a part in memory at a time. One that cannot be read stays, for `tracker verify`."""
    change = sa.table("change", *map(sa.column, ("id", "before_version_id", "after_version_id")))
    for name, key in (("change", "id"), ("past_verdict", "change_id")):
        table = sa.table(name, sa.column("id"), sa.column("change_id"), sa.column("verdict", sa.LargeBinary()))
        update = sa.update(table).where(table.c.id == sa.bindparam("its")).values(verdict=sa.bindparam("value"))
        pairs = sa.select(change.c.before_version_id, change.c.after_version_id)
        for part in _parts(sa.select(table.c.id).order_by(table.c.id)):
            rows = sa.select(table.c.id, table.c[key], table.c.verdict).where(table.c.id.in_(part))
            for ident, its_change, data in op.get_bind().execute(rows).all():
                pair = op.get_bind().execute(pairs.where(change.c.id == its_change)).one()
                op.get_bind().execute(update, {"its": ident, "value": _converted(convert, data, *pair)})


def _converted(convert: Callable[[bytes, bytes], bytes], data: bytes, before_id: int, after_id: int) -> bytes:
    try:
        return convert(data, _spoken_of(before_id, after_id))
    except DamagedError:
        return data


def _spoken_of(before_id: int, after_id: int) -> bytes:
    """Return the clauses that one text shows and the other does not, the lost ones first."""
    lost, new = (dict.fromkeys(_clause_ids(ident)) for ident in (before_id, after_id))
    differing = [*(ident for ident in lost if ident not in new), *(ident for ident in new if ident not in lost)]
    texts: dict[int, str] = {}
    for start in range(0, len(differing), BATCH):
        query = sa.select(CLAUSE.c.id, CLAUSE.c.text).where(CLAUSE.c.id.in_(differing[start : start + BATCH]))
        texts.update(op.get_bind().execute(query).all())
    if len(texts) < len(differing):
        raise DamagedError("a clause is missing")
    return "\n".join(texts[ident] for ident in differing).encode()


def _clause_ids(version_id: int) -> list[int]:
    layout = op.get_bind().execute(sa.select(VERSION.c.layout).where(VERSION.c.id == version_id)).scalar()
    try:
        return list(accumulate(json.loads(_plain(layout or b""))["columns"][0]))
    except (KeyError, TypeError, ValueError) as error:
        raise DamagedError(str(error)) from None


# Layouts


def _lean_layouts() -> None:
    """Keep each layout against an earlier one of its source, where that is worth it."""
    update = sa.update(VERSION).where(VERSION.c.id == sa.bindparam("its"))
    update = update.values(layout=sa.bindparam("value"), layout_base_id=sa.bindparam("base"))
    source, base = None, (0, b"")
    for part in _parts(sa.select(VERSION.c.id).order_by(VERSION.c.source_key, VERSION.c.id)):
        query = sa.select(VERSION.c.id, VERSION.c.source_key, VERSION.c.layout).where(VERSION.c.id.in_(part))
        for ident, key, layout in op.get_bind().execute(query.order_by(VERSION.c.source_key, VERSION.c.id)).all():
            try:
                plain = _plain(layout)
            except DamagedError:
                continue
            against = _packed(plain, base[1]) if key == source else layout
            if key == source and len(against) <= len(layout) * WORTHWHILE:
                op.get_bind().execute(update, {"its": ident, "value": against, "base": base[0]})
            else:
                source, base = key, (ident, plain)


def _upright_layouts() -> None:
    """Keep each layout by itself."""
    base = VERSION.alias("base")
    update = sa.update(VERSION).where(VERSION.c.id == sa.bindparam("its"))
    update = update.values(layout=sa.bindparam("value"), layout_base_id=None)
    for part in _parts(sa.select(VERSION.c.id).where(VERSION.c.layout_base_id.is_not(None)).order_by(VERSION.c.id)):
        query = sa.select(VERSION.c.id, VERSION.c.layout, base.c.layout).where(VERSION.c.id.in_(part))
        query = query.join_from(VERSION, base, base.c.id == VERSION.c.layout_base_id)
        for ident, layout, beside in op.get_bind().execute(query).all():
            try:
                alone = _packed(_plain(layout, _plain(beside)))
            except DamagedError:
                continue
            op.get_bind().execute(update, {"its": ident, "value": alone})


# Clauses on SQLite

_SEARCH = "create virtual table clause_fts using fts5(text, {content}tokenize='unicode61 remove_diacritics 2')"


def _pack_clauses() -> None:
    for trigger in ("clause_fts_insert", "clause_fts_delete"):
        op.execute(f"drop trigger {trigger}")
    op.execute("drop table clause_fts")
    op.execute(_SEARCH.format(content="content='', "))
    _new_table("blob", "text")
    for first, part in _by_pack():
        slots = [""] * (part[-1][0] - first + 1)
        for ident, _, words in part:
            slots[ident - first] = f"+{words}"
        data = _packed("\0".join(slots).encode())
        op.get_bind().execute(sa.insert(PACKS), {"id": first // PACK, "data": data})
        _insert(
            *("insert into clause_new(id, sha256) values (:id, :sha256)", part),
            lambda ident, sha256, _: {"id": ident, "sha256": bytes.fromhex(sha256)},
        )
        _insert("insert into clause_fts(rowid, text) values (:id, :text)", part, _worded)
    _put_in_place()


def _unpack_clauses() -> None:
    op.execute("drop table clause_fts")
    _new_table("varchar", "text not null")
    for first, part in _by_pack():
        data = op.get_bind().execute(sa.select(PACKS.c.data).where(PACKS.c.id == first // PACK)).scalar_one()
        slots = _plain(data).decode().split("\0")
        _insert(
            *("insert into clause_new(id, sha256, text) values (:id, :sha256, :text)", part),
            lambda ident, sha256, _, slots=slots: {
                "id": ident,
                "sha256": sha256.hex(),
                "text": slots[ident % PACK][1:],
            },
        )
    _put_in_place()
    op.execute(_SEARCH.format(content="content='clause', content_rowid='id', "))
    op.execute(
        "create trigger clause_fts_insert after insert on clause begin "
        "insert into clause_fts(rowid, text) values (new.id, new.text); end"
    )
    op.execute(
        "create trigger clause_fts_delete after delete on clause begin "
        "insert into clause_fts(clause_fts, rowid, text) values ('delete', old.id, old.text); end"
    )
    op.execute("insert into clause_fts(clause_fts) values ('rebuild')")


def _new_table(digest: str, words: str) -> None:
    op.execute(
        f"create table clause_new (id integer not null, sha256 {digest} not null, text {words}, "
        "constraint pk_clause primary key (id), constraint uq_clause_sha256 unique (sha256))"
    )


def _put_in_place() -> None:
    op.execute("drop table clause")
    op.execute("alter table clause_new rename to clause")


def _by_pack() -> Iterator[tuple[int, list[Any]]]:
    """Yield the clauses whose texts lie in one pack, with the first id that does."""
    last = op.get_bind().execute(sa.select(sa.func.max(CLAUSE.c.id))).scalar() or -1
    for first in range(0, last + 1, PACK):
        query = sa.select(CLAUSE).where(CLAUSE.c.id >= first, CLAUSE.c.id < first + PACK)
        part = op.get_bind().execute(query.order_by(CLAUSE.c.id)).all()
        if part:
            yield first, list(part)


def _insert(statement: str, rows: list[Any], told: Callable[..., dict[str, Any]]) -> None:
    op.get_bind().execute(sa.text(statement), [told(*row) for row in rows])


def _worded(ident: int, _: str, words: str) -> dict[str, Any]:
    return {"id": ident, "text": words}
