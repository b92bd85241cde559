"""The job queue's own tables on PostgreSQL: made and brought up to date with what procrastinate brings along.

They hold nothing that is not in our tables too, so they need no backup and may be dropped while nothing runs.
"""

from importlib.util import find_spec
from pathlib import Path

from sqlalchemy import Connection, text

from tracker.errors import SchemaError, SettingsError
from tracker.store.database import Database, StoreLock, queue_up

#: Its comment names the last of procrastinate's scripts that was applied: it goes where the tables go.
JOBS_TABLE = "procrastinate_jobs"


def jobs_installed() -> bool:
    """Return whether the extra that brings the job queue is installed."""
    return find_spec("procrastinate") is not None


def require_jobs(database: Database) -> None:
    """Make sure that jobs can be queued in this store.

    Raises:
        SettingsError: it is SQLite, or the extra `cluster` is not installed.
        SchemaError: the queue's tables are missing, or older or newer than the package.

    """
    if database.is_sqlite:
        raise SettingsError(
            "a cluster needs a PostgreSQL store: set TRACKER_DATABASE_URL to postgresql://user@host/name "
            "(on SQLite the embedded engine does the work: `tracker run`)"
        )
    if not jobs_installed():
        raise SettingsError("a cluster needs the extra `cluster`: pip install 'tracker[cluster]'")
    with database.read() as session:
        present, applied = _state(session.connection())
    newest = _scripts()[-1].name
    if not present or applied is None or applied < newest:
        told = "are missing" if not present else "are older than the installed procrastinate"
        raise SchemaError(f"the tables of the job queue {told}: run `tracker db upgrade`")
    if applied > newest:
        raise SchemaError(
            f"the tables of the job queue are of a newer procrastinate ({applied}) than the one installed here: "
            "install the same release on every machine"
        )


def upgrade_jobs(database: Database) -> bool:
    """Make the queue's tables or bring them up to date; return whether anything was done.

    Nothing is done on SQLite or without the extra.
    """
    if database.is_sqlite or not jobs_installed():
        return False
    scripts = _scripts()
    newest = scripts[-1].name
    with database.write() as session:
        queue_up(session, StoreLock.JOBS)
        connection = session.connection()
        present, applied = _state(connection)
        if not present:
            _run(connection, _whole_schema())
        elif applied is None:
            raise SchemaError(
                "the database holds tables of another program's procrastinate: give the tracker a database of its own"
            )
        elif applied >= newest:
            return False
        else:
            for script in scripts:
                if script.name > applied:
                    _run(connection, script.read_text(encoding="utf-8"))
        connection.execute(text(f"comment on table {JOBS_TABLE} is '{newest}'"))
        return True


def _state(connection: Connection) -> tuple[bool, str | None]:
    """Return whether the tables are there, and the script that was applied last."""
    found = connection.execute(
        text("select to_regclass(:table) is not null, obj_description(to_regclass(:table))"), {"table": JOBS_TABLE}
    ).one()
    return found[0], found[1]


def _scripts() -> list[Path]:
    """Return procrastinate's migrations, oldest first: their names begin with the release."""
    from procrastinate.schema import SchemaManager

    return sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))


def _whole_schema() -> str:
    from procrastinate.schema import SchemaManager

    return SchemaManager.get_schema()


def _run(connection: Connection, script: str) -> None:
    # Without parameters the driver takes several statements at once and leaves `%` alone.
    driver = connection.connection.driver_connection
    assert driver is not None
    driver.execute(script)
