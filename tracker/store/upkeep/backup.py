"""Copies an SQLite store to one file while it is in use, and puts such a copy in its place."""

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from tracker.errors import StoreBusyError, StoreError, UsageError, unwritable
from tracker.store.database import Database

_PAGES = 2_000  #: copied at a time; between two steps writers get their turn
_TABLES = ("alembic_version", "snapshot", "version")  #: some that every store has
_PAUSE = 0.001  #: seconds between two steps
_PATIENCE = 3.0  #: seconds in which a command that is about to end may leave the store
#: Called with the number of pages that are left and of all pages.
Progress = Callable[[int, int], None]


def back_up(database: Database, target: Path, progress: Progress | None = None) -> int:
    """Copy a store in use to a file, whole or not at all; return the number of bytes of the copy.

    The copy is one consistent state, captures included, and opens as a store by itself.

    Raises:
        UsageError: the store is no SQLite file, or the file exists already or cannot be written there.
        StoreError: the disk is full or fails, or the store is damaged.

    """
    if not database.is_sqlite or not database.url.database:
        raise UsageError("PostgreSQL has its own backups: use pg_dump, or `tracker export --all FILE`")
    if target.exists():
        raise UsageError(f"{target} exists already; name another file")
    part = target.with_name(f"{target.name}.part")
    try:
        _make_empty(target, part)
        with closing(sqlite3.connect(database.url.database)) as source, closing(sqlite3.connect(part)) as copy:
            _copy(source, copy, progress)
            # One file, readable without the companions of a store in use.
            copy.execute("pragma journal_mode=delete")
            intact = copy.execute("pragma quick_check").fetchone()[0]
        if intact != "ok":
            raise StoreError(f"the backup is damaged ({intact}) and was not kept; run `tracker verify`")
        _flush(part)
        part.replace(target)
        _flush(target.parent)
    except (sqlite3.Error, OSError) as error:
        raise StoreError(f"no backup could be made at {target}: {error}") from None
    finally:
        _remove(part)
    return target.stat().st_size


def _make_empty(target: Path, part: Path) -> None:
    """Make the file that is to become the copy, so that one that cannot be written is told before anything is done."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(b"")
    except OSError as error:
        raise unwritable(target, error) from None


def restore(database: Database, saved: Path, now: datetime, progress: Progress | None = None) -> Path | None:
    """Put a backup in the place of the store, which nobody may have open; return where the store before is kept.

    None where there was none. A crash leaves either the old store or the new one.

    Raises:
        StoreBusyError: another program has the store open.
        UsageError: the file is not there or no backup, or the store is no SQLite file.
        StoreError: the backup is damaged, or cannot be put in place; the store is as it was then.

    """
    if not database.is_sqlite or not database.url.database:
        raise UsageError("PostgreSQL has its own backups: use pg_restore, or `tracker import all FILE`")
    store = Path(database.url.database)
    _require_store(saved)
    _require_alone(database, store)
    part = store.with_name(f"{store.name}.restoring")
    try:
        part.unlink(missing_ok=True)
        with closing(_opened(saved)) as source, closing(sqlite3.connect(part)) as copy:
            _copy(source, copy, progress)
        _flush(part)
        kept = _keep(database, store, now)
        # Once more: the copies may have taken long.
        _require_alone(database, store)
        for companion in ("-wal", "-shm"):
            Path(f"{store}{companion}").unlink(missing_ok=True)
        part.replace(store)
        _flush(store.parent)
    except (sqlite3.Error, OSError) as error:
        raise StoreError(f"{saved} could not be put in place of {store}: {error}") from None
    finally:
        _remove(part)
    return kept


def _keep(database: Database, store: Path, now: datetime) -> Path | None:
    """Copy the store of now beside itself; return where, None where there is none."""
    if not store.exists():
        return None
    stem = f"{store.stem}-before-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    kept = store.with_name(f"{stem}.sqlite")
    for again in count(2):
        if not kept.exists():
            break
        kept = store.with_name(f"{stem}-{again}.sqlite")  # a restore in the same second, perhaps killed, left one
    try:
        back_up(database, kept)
    except StoreError:
        # A damaged store is often why a backup is put back; what is left of it is kept as it is.
        shutil.copy2(store, kept)
    return kept


def _require_alone(database: Database, store: Path) -> None:
    """Refuse while another program has the store open: it would go on writing into a file that is no store any more.

    Only who has a store alone may end its write-ahead log, so that asks; whoever opens the store next begins another.
    """
    database.close()
    if not store.exists():
        return
    # A damaged store cannot be asked, and is often why a backup is put back.
    with suppress(sqlite3.DatabaseError), closing(sqlite3.connect(store, timeout=_PATIENCE)) as connection:
        try:
            connection.execute("pragma journal_mode=delete").fetchone()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
                raise StoreBusyError(
                    "another program has the store open: stop the daemon, `tracker web` and commands that still run"
                ) from None


def _require_store(saved: Path) -> None:
    try:
        with closing(_opened(saved)) as connection:
            intact = connection.execute("pragma quick_check").fetchone()[0]
            marks = ", ".join("?" * len(_TABLES))
            query = f"select count(*) from sqlite_master where name in ({marks})"  # noqa: S608 - marks alone
            named = connection.execute(query, _TABLES).fetchone()[0]
    except sqlite3.Error as error:
        raise UsageError(f"{saved}: cannot be read as a backup of a store: {error}") from None
    if intact != "ok":
        raise StoreError(f"{saved}: damaged; nothing was restored")
    if named != len(_TABLES):
        raise UsageError(f"{saved}: no backup of a store; nothing was restored")


def _opened(saved: Path) -> sqlite3.Connection:
    if not saved.is_file():
        raise UsageError(f"{saved}: no such file")
    return sqlite3.connect(f"{saved.resolve().as_uri()}?mode=ro", uri=True)


def _copy(source: sqlite3.Connection, target: sqlite3.Connection, progress: Progress | None) -> None:
    def told(_status: int, left: int, total: int) -> None:
        if progress is not None:
            progress(left, total)

    # A reading transaction holds one state: writers go on beside it and the copy never has to begin again.
    source.execute("begin")
    source.execute("select count(*) from sqlite_master").fetchone()
    source.backup(target, pages=_PAGES, progress=told, sleep=_PAUSE)
    source.rollback()


def _remove(part: Path) -> None:
    """Remove a copy that was begun, and what SQLite keeps beside one that it could not finish."""
    for suffix in ("", "-journal"):
        with suppress(OSError):
            Path(f"{part}{suffix}").unlink(missing_ok=True)


def _flush(path: Path) -> None:
    """Have the system write a file or folder to the disk, where it can."""
    with suppress(OSError):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
