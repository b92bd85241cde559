"""A whole store as one file that no database is needed to read: a ZIP of JSON Lines, one member per table.

It is made and read by `tracker export --all` and `tracker import all`, between releases of one schema and kinds of
database. The manifest comes last and holds the number of rows and a digest of every table.
"""

import base64
import hashlib
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import IO, Any, BinaryIO

from sqlalchemy import DateTime, LargeBinary, Table
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, InterfaceError, ProgrammingError, StatementError
from sqlmodel import Session

from tracker import __version__
from tracker.damaged_zip import DAMAGED_ZIP
from tracker.errors import StoreError, UsageError
from tracker.store.database import Database
from tracker.store.migrations import HEAD
from tracker.store.upkeep.moving import (
    Moved,
    Progress,
    continue_numbers,
    digest_of,
    line_of,
    of_table,
    read_rows,
    require_empty,
    tables,
    write_rows,
)
from tracker.store.upkeep.verify import verify_store

#: What a database says of values that do not fit.
_REFUSED = (IntegrityError, DataError, ProgrammingError, InterfaceError)

FORMAT = "tracker-store-1"
MANIFEST = "manifest.json"
_LONGEST_LINE = 1 << 31  #: bytes; a row holds one capture at most
_PIECE = 1 << 20  #: bytes read at a time
_MOST_MANIFEST = 1_000_000  #: bytes


def write_portable(database: Database, file: BinaryIO, progress: Progress | None = None) -> dict[str, int]:
    """Write everything a store holds to a file, as of one moment; return the number of rows by table."""
    counts: dict[str, int] = {}
    digests: dict[str, str] = {}
    with database.read() as session, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for table in tables():
            digest, count = hashlib.sha256(), 0
            with archive.open(f"{table.name}.jsonl", "w", force_zip64=True) as member:
                for row in read_rows(session, table):
                    line = f"{line_of(row)}\n".encode()
                    member.write(line)
                    digest.update(line)
                    count += 1
                    if progress is not None and count % 1000 == 0:
                        progress(table.name, count)
            counts[table.name], digests[table.name] = count, digest.hexdigest()
        told = {"format": FORMAT, "schema": HEAD, "release": __version__, "rows": counts, "sha256": digests}
        archive.writestr(MANIFEST, json.dumps(told, indent=2))
    return counts


def read_portable(database: Database, path: Path, progress: Progress | None = None) -> Moved:
    """Bring everything from a file of `write_portable` into an empty store, in one transaction.

    Raises:
        UsageError: the file is none of these, or the store is not empty.
        StoreError: it is of another schema, or damaged.

    """
    try:
        with zipfile.ZipFile(path) as archive:
            manifest = _manifest(archive, path)
            with database.write() as session:
                require_empty(session)
                for table in tables():
                    digest = manifest["sha256"].get(table.name)
                    if not _bring_in(session, archive, table, path, digest, of_table(progress, table.name)):
                        raise StoreError(f"{path}: {table.name}.jsonl is damaged; nothing was brought in")
                continue_numbers(session)
    except (*DAMAGED_ZIP, OSError) as error:
        raise UsageError(f"{path}: cannot be read as an export of a whole store: {error}") from None
    report = verify_store(database, progress)
    return Moved(manifest["rows"], tuple(report.damages))


def _bring_in(
    session: Session,
    archive: zipfile.ZipFile,
    table: Table,
    path: Path,
    digest: object,
    progress: Callable[[int], None] | None,
) -> bool:
    """Insert the rows of a table; return whether they fit its digest and the database."""
    # First as they lie there: what was altered on the way never reaches the database.
    if _digest_of_member(archive, table, path) != digest:
        return False
    try:
        count = write_rows(session, table, _rows(archive, table, path), progress)
        return (count, digest) == digest_of(read_rows(session, table))
    except StatementError as error:
        # A value of another kind, missing, or one that refers to no row: no store wrote that, whatever its digest. What
        # the database says for itself, such as a full disk, is not the file's fault.
        if isinstance(error, DBAPIError) and not isinstance(error, _REFUSED):
            raise
        return False
    except (ValueError, TypeError, ArithmeticError):
        return False


def _digest_of_member(archive: zipfile.ZipFile, table: Table, path: Path) -> str:
    digest = hashlib.sha256()
    with _member(archive, table, path) as member:
        while part := member.read(_PIECE):
            digest.update(part)
    return digest.hexdigest()


def _member(archive: zipfile.ZipFile, table: Table, path: Path) -> IO[bytes]:
    try:
        return archive.open(f"{table.name}.jsonl")
    except KeyError:
        raise StoreError(f"{path}: {table.name}.jsonl is missing; nothing was brought in") from None


def _manifest(archive: zipfile.ZipFile, path: Path) -> dict[str, Any]:
    try:
        with archive.open(MANIFEST) as member:
            told = json.loads(member.read(_MOST_MANIFEST))
        known = told["format"] == FORMAT and isinstance(told["rows"], dict) and isinstance(told["sha256"], dict)
    except (KeyError, ValueError, TypeError):
        known = False
    if not known:
        raise UsageError(f"{path}: no export of a whole store; make one with `tracker export --all FILE`")
    if told["schema"] != HEAD:
        raise StoreError(
            f"{path}: holds a store of schema {told['schema']}, this program has {HEAD}: import it with release "
            f"{told.get('release')}, then run `tracker db upgrade`"
        )
    return dict(told)


def _rows(archive: zipfile.ZipFile, table: Table, path: Path) -> Iterator[Mapping[str, Any]]:
    with _member(archive, table, path) as member:
        for number in range(1, 1 << 62):
            line = member.readline(_LONGEST_LINE)
            if not line:
                return
            try:
                yield _typed(table, json.loads(line))
            except (ValueError, KeyError, TypeError, AttributeError):
                raise StoreError(f"{path}: {table.name}.jsonl, line {number}: no row of this table") from None


def _typed(table: Table, row: dict[str, Any]) -> Mapping[str, Any]:
    """Return the values of a line as the table has them."""
    found = {}
    for column in table.columns:
        value = row[column.name]
        if value is not None and isinstance(column.type, LargeBinary):
            value = base64.b64decode(value, validate=True)
        elif value is not None and _is_moment(column.type):
            value = datetime.fromisoformat(value)
        found[column.name] = value
    return found


def _is_moment(kind: Any) -> bool:
    return isinstance(kind, DateTime) or isinstance(getattr(kind, "impl", None), DateTime)
