"""One daemon per store; commands run safely beside it."""

import os
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tracker.errors import StoreBusyError
from tracker.store.database import Database
from tracker.store.meta import read_meta, write_meta

#: Names the advisory lock of the daemon on PostgreSQL.
DAEMON_LOCK = 0x7472_6163_6B03

#: Fact of the store that says who holds the lock, or held it last.
HOLDER = "daemon"

#: Locks on files are the process's, not the thread's, so what this process holds is kept here.
_held: set[Path] = set()
_guard = threading.Lock()


@contextmanager
def daemon_lock(database: Database) -> Iterator[None]:
    """Hold the store as its one daemon; freed at the end, and by the system if the process dies.

    Raises:
        StoreBusyError: another daemon holds it; the message names its process and host where known.

    """
    with _file_lock(database) if database.is_sqlite else _advisory_lock(database):
        with database.write() as session:
            write_meta(session, HOLDER, f"process {os.getpid()} on {socket.gethostname()}")
        yield


def _busy(database: Database) -> StoreBusyError:
    with database.read() as session:
        holder = read_meta(session, HOLDER)
    named = f" ({holder})" if holder else ""
    return StoreBusyError(f"another daemon{named} runs on this store; stop it first")


@contextmanager
def _file_lock(database: Database) -> Iterator[None]:
    assert database.url.database is not None
    path = Path(database.url.database).resolve().with_suffix(".daemon-lock")
    with _guard:
        if path in _held:
            raise _busy(database)
        file = path.open("a+b")
        if not _take(file):
            file.close()
            raise _busy(database)
        _held.add(path)
    try:
        yield
    finally:
        with _guard:
            _held.discard(path)
            file.close()


def _take(file: IO[bytes]) -> bool:
    """Lock a file for this process alone: forked children do not inherit the lock, so it ends with the daemon."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


@contextmanager
def _advisory_lock(database: Database) -> Iterator[None]:
    connection = database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    try:
        if not connection.execute(text("select pg_try_advisory_lock(:lock)"), {"lock": DAEMON_LOCK}).scalar():
            raise _busy(database)
        try:
            yield
        finally:
            # The server notices a closed connection a little later; the next daemon need not wait for that.
            with suppress(DBAPIError):
                connection.execute(text("select pg_advisory_unlock(:lock)"), {"lock": DAEMON_LOCK})
    finally:
        # The lock is the connection's: closed for good, not given back to the pool.
        connection.invalidate()
        connection.close()
