"""Opens a store of the right schema, makes a new one, or brings an older one up to date after a backup."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text
from sqlmodel import Session, SQLModel

from tracker.errors import SchemaError, StoreError, UsageError
from tracker.settings import Settings
from tracker.store.database import Database, StoreLock
from tracker.store.migrations import HEAD, REVISIONS
from tracker.store.people.trail import append
from tracker.store.schema import ddl as _ddl  # noqa: F401 - fills the metadata, tables included
from tracker.store.schema.jobs_schema import upgrade_jobs

if TYPE_CHECKING:
    from alembic.config import Config


def open_store(settings: Settings) -> Database:
    """Return the store of an installation, made new where there is none.

    Raises:
        SchemaError: it is older or newer than this program.

    """
    database = Database(settings.store_url)
    try:
        _require_head(database)
    except BaseException:
        database.close()
        raise
    return database


def existing_store(settings: Settings) -> Database:
    """Return the store of an installation that is to be copied or moved: a new one would be an empty copy.

    Raises:
        UsageError: there is none.
        SchemaError: it is older or newer than this program.

    """
    with closing(Database(settings.store_url)) as database:
        # Connecting to a file of SQLite makes it.
        is_file = database.is_sqlite and bool(database.url.database)
        if (is_file and not Path(str(database.url.database)).exists()) or _revision(database) is None:
            raise UsageError(
                f"there is no store at {database.url.render_as_string()}, so there is nothing to copy; "
                "TRACKER_DATA_DIR or TRACKER_DATABASE_URL says where it is"
            )
    return open_store(settings)


def upgrade_store(settings: Settings, now: datetime, *, backup: bool = True, actor: str = "") -> Path | None:
    """Bring a store up to date, after a backup; return where the backup is, None if none was needed or wanted.

    The trail keeps from which schema to which, and who did it (`actor`).

    Raises:
        SchemaError: it is newer than this program, no store of it at all, or on PostgreSQL, whose backup is the user's.

    """
    with closing(Database(settings.store_url)) as database:
        revision = _revision(database)
        if revision is None:
            create_store(database)
        if revision is None or revision == HEAD:
            upgrade_jobs(database)
            return None
        if revision not in REVISIONS:
            raise SchemaError(_newer(revision))
        saved = None
        if backup:
            if not database.is_sqlite:
                raise SchemaError(
                    "PostgreSQL stores are not backed up by this command: take a dump with pg_dump, then run "
                    "`tracker db upgrade --no-backup`"
                )
            saved = _back_up(database, settings.data_dir.expanduser() / "backups", revision, now)
        detail = {"from": revision, "to": HEAD, "backup": saved.name if saved else None}
        _migrate(database, lambda session: append(session, at=now, actor=actor, action="store.upgrade", detail=detail))
        upgrade_jobs(database)
        return saved


def create_store(database: Database) -> None:
    """Make all tables of the newest schema, unless somebody else was faster."""
    with database.engine.execution_options(tracker_writes=True).begin() as connection:
        if not database.is_sqlite:
            connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": StoreLock.CREATE.value})
        if _stored_revision(connection) is not None:
            return
        SQLModel.metadata.create_all(connection)
        connection.execute(
            text(
                "create table alembic_version (version_num varchar(32) not null, "
                "constraint alembic_version_pkc primary key (version_num))"
            )
        )
        connection.execute(text("insert into alembic_version values (:revision)"), {"revision": HEAD})


def alembic_config(connection: Connection) -> "Config":
    """Return what Alembic needs to work on a connection."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parents[1] / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _require_head(database: Database) -> None:
    revision = _revision(database)
    if revision is None:
        create_store(database)
    elif revision in REVISIONS[:-1]:
        raise SchemaError(f"the store has schema {revision}, this program needs {HEAD}: run `tracker db upgrade`")
    elif revision != HEAD:
        raise SchemaError(_newer(revision))


def _newer(revision: str) -> str:
    return (
        f"the store has schema {revision}, this program knows none newer than {HEAD}: "
        "install the release that wrote the store, or a later one"
    )


def _revision(database: Database) -> str | None:
    with database.engine.connect() as connection:
        return _stored_revision(connection)


def _stored_revision(connection: Connection) -> str | None:
    """Return the revision a database is at, None where it is empty."""
    names = set(inspect(connection).get_table_names())
    if not names:
        return None
    found = None
    if "alembic_version" in names:
        found = connection.execute(text("select version_num from alembic_version")).scalar()
    if found is None:
        raise SchemaError("the database holds tables, but is no store of this program; name an empty one")
    return str(found)


def _back_up(database: Database, folder: Path, revision: str, now: datetime) -> Path:
    """Copy a live SQLite store with the online backup, whole or not at all."""
    assert database.url.database is not None
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"tracker-{revision}-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}.sqlite"
    part = target.with_suffix(".part")
    part.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(database.url.database)) as source, closing(sqlite3.connect(part)) as copy:
            source.backup(copy)
            intact = copy.execute("pragma quick_check").fetchone()[0]
    except sqlite3.Error as error:
        raise StoreError(f"no backup could be made in {folder}: {error}") from None
    if intact != "ok":
        raise StoreError(f"the backup is damaged, so nothing was upgraded: {intact}; run `tracker verify`")
    part.replace(target)
    return target


def _migrate(database: Database, then: Callable[[Session], object]) -> None:
    """Bring a store to the newest schema and do something there, in one transaction."""
    from alembic import command

    with database.engine.execution_options(tracker_writes=True).connect() as connection:
        if database.is_sqlite:
            # Batch mode drops and renames tables; with foreign keys on, that would delete what refers to them.
            raw = connection.connection.dbapi_connection
            assert raw is not None
            raw.cursor().execute("PRAGMA foreign_keys=OFF")
        with connection.begin():
            command.upgrade(alembic_config(connection), "head")
            with Session(connection) as session:
                then(session)
                session.commit()  # of the session: the transaction is the connection's
            if database.is_sqlite and connection.execute(text("pragma foreign_key_check")).first() is not None:
                raise SchemaError("the upgrade would leave dangling references, so it was undone: run `tracker verify`")
        connection.invalidate()
