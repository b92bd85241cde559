"""One daemon per store; commands run safely beside it."""

import os
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from tracker.errors import StoreBusyError
from tracker.store.database import Database, StoreLock
from tracker.store.meta import read_meta, write_meta

_TAKE = text("select pg_try_advisory_lock(:lock)").bindparams(lock=StoreLock.DAEMON.value)
_GIVE_BACK = text("select pg_advisory_unlock(:lock)").bindparams(lock=StoreLock.DAEMON.value)

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
            write_meta(session, HOLDER, _here())
        yield


class Leadership:
    """The same hold, kept as long as it can be: one of several planners acts, the others stand by and take over.

    For PostgreSQL only. The server frees it when the process dies or loses its connection: a restart of the server
    ends it, so whoever acts makes sure of it at every step.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._connection: Connection | None = None
        #: whether the last look found this process in the lead
        self.leads = False
        database.before_close(self.give_up)

    def hold(self) -> bool:
        """Return whether this process leads now, taking the lead if nobody has it."""
        with self._lock:
            try:
                self.leads = self._take()
            except DBAPIError:
                self._drop()
                raise
            return self.leads

    def require(self) -> None:
        """Take the lead.

        Raises:
            StoreBusyError: another daemon has it; the message names its process and host where known.

        """
        if not self.hold():
            raise _busy(self._database)

    def give_up(self) -> None:
        """Let another lead."""
        with self._lock:
            if self.leads and self._connection is not None:
                with suppress(DBAPIError):
                    self._connection.execute(_GIVE_BACK)
            self._drop()

    def _take(self) -> bool:
        if self._connection is None:
            self._connection = self._database.own_connection()
        elif self.leads:
            # The lock is the connection's: while that answers, it is held.
            self._connection.execute(text("select 1"))
            return True
        if not self._connection.execute(_TAKE).scalar():
            return False
        with self._database.write() as session:
            write_meta(session, HOLDER, _here())
        return True

    def _drop(self) -> None:
        self.leads = False
        if self._connection is not None:
            with suppress(DBAPIError):
                self._connection.close()
            self._connection = None


def _here() -> str:
    return f"process {os.getpid()} on {socket.gethostname()}"


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
    connection = database.own_connection()
    try:
        if not connection.execute(_TAKE).scalar():
            raise _busy(database)
        try:
            yield
        finally:
            # The server notices a closed connection a little later; the next daemon need not wait for that.
            with suppress(DBAPIError):
                connection.execute(_GIVE_BACK)
    finally:
        connection.close()
