"""Moves a whole store into another one, of the same or another kind of database, and proves that nothing was lost."""

import base64
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Table, func, insert, select, text
from sqlmodel import Session, SQLModel

from tracker.clock import exact
from tracker.errors import StoreError, UsageError
from tracker.store.database import Database
from tracker.store.lock import HOLDER
from tracker.store.schema.tables import ClausePack, ClauseText, Meta, SourceRow
from tracker.store.texts.clause_packs import add_texts, is_packed
from tracker.store.texts.clause_texts import texts_of
from tracker.store.upkeep.verify import Damage, verify_store

#: Rows read and written at a time: few, since each may hold a whole capture.
BATCH = 100

_SOURCES: Table = SQLModel.metadata.tables[str(SourceRow.__tablename__)]

#: Called with the table at work and the number of its rows that are done.
Progress = Callable[[str, int], None]
Rows = Iterable[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Moved:
    """What came over, by table, and what was found when it was checked."""

    rows: dict[str, int]
    damages: tuple[Damage, ...]  #: of the new store; what was damaged before is damaged still


def tables() -> Sequence[Table]:
    """Return the tables that move; each comes after those it refers to. Packs of texts go with their clauses."""
    return [table for table in SQLModel.metadata.sorted_tables if table.name != ClausePack.__tablename__]


def move_store(source: Database, target: Database, progress: Progress | None = None) -> Moved:
    """Copy everything from one store into an empty one, in one transaction, and compare the two.

    Neither a reader nor a crash ever sees half a store: on any error the target is as empty as before. A target that
    holds the same already, since an earlier move was stopped while it verified, is verified.

    Raises:
        UsageError: the target holds something else.
        StoreError: the two do not hold the same afterwards.

    """
    counts = _moved_before(source, target)
    if counts is None:
        counts = _copied(source, target, progress)
    report = verify_store(target, progress)
    return Moved(counts, tuple(report.damages))


def _copied(source: Database, target: Database, progress: Progress | None) -> dict[str, int]:
    with source.read() as old, target.write() as new:
        require_empty(new)
        counts = {
            table.name: write_rows(new, table, read_rows(old, table), of_table(progress, table.name))
            for table in tables()
        }
        continue_numbers(new)
        for table in tables():
            if digest_of(read_rows(old, table)) != digest_of(read_rows(new, table)):
                raise StoreError(
                    f"table {table.name} does not hold the same in the new store, so that one was left empty: "
                    "run `tracker verify` on the old one"
                )
    return counts


def _moved_before(source: Database, target: Database) -> dict[str, int] | None:
    """Return the number of rows by table where both hold the same already; who holds the old one is no difference."""
    counts = {}
    with source.read() as old, target.read() as new:
        if new.connection().execute(select(_SOURCES).limit(1)).first() is None:
            return None
        for table in tables():
            here, there = (digest_of(_lasting(table, read_rows(session, table))) for session in (old, new))
            if here != there:
                return None
            counts[table.name] = here[0]
    return counts


def _lasting(table: Table, rows: Rows) -> Rows:
    return (row for row in rows if table.name != Meta.__tablename__ or row["key"] != HOLDER)


def require_empty(session: Session) -> None:
    """Refuse a store that somebody has used.

    Raises:
        UsageError: it holds rows.

    """
    for table in tables():
        if session.connection().execute(select(table).limit(1)).first() is not None:
            raise UsageError(
                f"the store that everything should go to is not empty (table {table.name} holds rows): "
                "name a new database, or one whose tables were dropped"
            )


def read_rows(session: Session, table: Table) -> Iterator[Mapping[str, Any]]:
    """Yield the rows of a table in the order of its key, a batch in memory at a time."""
    keys = list(table.primary_key.columns)
    # An option of this one query: one of the connection would hold for the rows written after it, too, and PostgreSQL
    # takes none through a cursor that reads in parts.
    ordered = select(table).order_by(*keys).execution_options(yield_per=BATCH)
    found = session.connection().execute(ordered)
    for part in found.mappings().partitions(BATCH):
        rows = list(map(dict, part))
        yield from _with_texts(session, rows) if table.name == ClauseText.__tablename__ else rows


def write_rows(session: Session, table: Table, rows: Rows, progress: Callable[[int], None] | None = None) -> int:
    """Insert rows as they are, their numbers included; return how many."""
    done = 0
    for part in _parts(rows):
        packed = table.name == ClauseText.__tablename__ and is_packed(session)
        session.connection().execute(insert(table), [{**row, "text": None} for row in part] if packed else part)
        if packed:
            add_texts(session, {row["id"]: row["text"] for row in part})
        done += len(part)
        if progress is not None:
            progress(done)
    return done


def continue_numbers(session: Session) -> None:
    """Let the next row of each table get the number after the highest; PostgreSQL counts apart from the rows."""
    if session.get_bind().dialect.name != "postgresql":
        return
    for table in tables():
        column = table.autoincrement_column
        if column is not None:
            highest = session.connection().execute(select(func.max(column))).scalar()
            if highest is not None:
                session.connection().execute(
                    text("select setval(pg_get_serial_sequence(:table, :column), :highest)"),
                    {"table": f'"{table.name}"', "column": column.name, "highest": highest},
                )


#: One for all rows: `json.dumps` would make another for each.
_told = json.JSONEncoder(ensure_ascii=False, sort_keys=True).encode


def line_of(row: Mapping[str, Any]) -> str:
    """Return a row as a line of JSON, the same whatever database it came from: moments in UTC, bytes in base64."""
    return _told({name: _plain(value) for name, value in row.items()})


def digest_of(rows: Rows) -> tuple[int, str]:
    """Return how many rows there are, and 64 hexadecimal digits over their lines."""
    digest, count = hashlib.sha256(), 0
    for row in rows:
        digest.update(f"{line_of(row)}\n".encode())
        count += 1
    return count, digest.hexdigest()


def _with_texts(session: Session, rows: list[dict[str, Any]]) -> Rows:
    """Return the rows of clauses with their texts, wherever the store keeps them."""
    texts = texts_of(session, [row["id"] for row in rows])
    return [row | {"text": texts.get(row["id"])} for row in rows]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return exact(value)
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


def _parts(rows: Rows) -> Iterator[list[Mapping[str, Any]]]:
    part: list[Mapping[str, Any]] = []
    for row in rows:
        part.append(row)
        if len(part) >= BATCH:
            yield part
            part = []
    if part:
        yield part


def of_table(progress: Progress | None, name: str) -> Callable[[int], None] | None:
    """Return what to call with the rows of one table that are done."""
    if progress is None:
        return None
    return lambda done: progress(name, done)
