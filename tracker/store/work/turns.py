"""Turns at hosts that hold across machines: advisory locks of PostgreSQL, freed by the server when a process dies."""

import threading
from contextlib import suppress

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from tracker.store.database import Database

_TAKE = text("select pg_try_advisory_lock(hashtextextended(:key, 0))")
_GIVE_BACK = text("select pg_advisory_unlock(hashtextextended(:key, 0))")


class Turns:
    """The turns this process holds, all on one connection. Only for PostgreSQL.

    A process must not ask for a turn it holds: the server would grant it again. If the connection breaks, the server
    frees what it held; requests that run at that moment end without protection.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._connection: Connection | None = None
        database.before_close(self.close)

    def take(self, key: str) -> bool:
        """Take the turn of a key if nobody holds it; return whether it was taken."""
        with self._lock:
            try:
                return bool(self._open().execute(_TAKE, {"key": key}).scalar())
            except DBAPIError:
                # The server was restarted, or the line was cut while nothing was asked for: once more on a new one.
                self._drop()
                return bool(self._open().execute(_TAKE, {"key": key}).scalar())

    def give_back(self, key: str) -> None:
        """Give a turn back; one that was lost with its connection needs no giving back."""
        with self._lock:
            if self._connection is not None:
                try:
                    self._connection.execute(_GIVE_BACK, {"key": key})
                except DBAPIError:
                    self._drop()

    def close(self) -> None:
        """Give everything back."""
        with self._lock:
            self._drop()

    def _open(self) -> Connection:
        if self._connection is None:
            self._connection = self._database.own_connection()
        return self._connection

    def _drop(self) -> None:
        if self._connection is not None:
            with suppress(DBAPIError):
                self._connection.close()
            self._connection = None
