"""Opens the store: SQLite by default, PostgreSQL by its address; one kind of session for readers, one for writers."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import IntEnum, unique
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, Insert, create_engine, event, func
from sqlalchemy import select as select_value
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, SQLModel

from tracker.errors import SettingsError, StoreError

#: Kinds of database a store can live in.
BACKENDS = ("sqlite", "postgresql")

#: Bound variables per statement; both databases take more.
CHUNK = 4_000

UNSTORABLE = re.compile("[\0\ud800-\udfff]")

Item = TypeVar("Item")


@unique
class StoreLock(IntEnum):
    """Names of the advisory locks on PostgreSQL. Any numbers will do, but no two may be the same."""

    CONTENT = 0x7472_6163_6B01  #: guards shared content (blobs, clauses)
    CREATE = 0x7472_6163_6B02  #: under which a new store is made
    DAEMON = 0x7472_6163_6B03  #: of the daemon, or of the planner that leads, as long as it runs
    JOBS = 0x7472_6163_6B04  #: under which the tables of the job queue are made
    TRAIL = 0x7472_6163_6B05  #: under which one entry of the trail follows the other


class Database:
    """A store's connection pool. Safe to share between threads.

    Raises:
        SettingsError: the address is none, or of another kind of database.
        StoreError: the folder of the store cannot be made.

    """

    def __init__(self, url: str) -> None:
        self.url = _parsed(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        reads: dict[str, Any] = {}
        if self.is_sqlite:
            if self.url.database:
                _make_folder(Path(self.url.database).parent)
            self.engine = create_engine(self.url, connect_args={"timeout": 30})
            _tune_sqlite(self.engine)
        else:
            self.engine = create_engine(self.url, pool_pre_ping=True)
            _tune_postgres(self.engine)
            reads = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        self._reading = self.engine.execution_options(**reads)
        self._writing = self.engine.execution_options(tracker_writes=True)
        self._closing: list[Callable[[], None]] = []

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Give a session that sees one consistent state and writes nothing; it never waits for a writer."""
        with Session(self._reading, expire_on_commit=False) as session:
            # Closing it rolls back and, other than a rollback by hand, leaves what was loaded readable.
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Give a session whose work is one transaction: committed at the end, rolled back on any error.

        On SQLite it takes the write lock at once (BEGIN IMMEDIATE), so that what it read cannot change under it. On
        PostgreSQL rows are locked as they are asked for: `source_row` in such a session holds the source to the end.
        """
        with Session(self._writing, expire_on_commit=False, info={"writes": True}) as session:
            try:
                yield session
                session.commit()
            except BaseException:
                session.rollback()
                raise

    def own_connection(self) -> Connection:
        """Return a connection that is no part of the pool, for what ends with it. The caller closes it."""
        connection = self.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        connection.detach()
        return connection

    def before_close(self, action: Callable[[], None]) -> None:
        """Have something done before the connections are closed."""
        self._closing.append(action)

    def close(self) -> None:
        """Close all connections."""
        while self._closing:
            self._closing.pop()()
        self.engine.dispose()


def writes(session: Session) -> bool:
    """Return whether a session came from `Database.write`."""
    return bool(session.info.get("writes"))


def hold_content(session: Session, *, exclusive: bool) -> None:
    """Keep shared content (blobs, clauses) from being removed, or used, by others until this transaction ends.

    Who adds or uses content holds it shared, who removes content exclusively. SQLite has one writer at a time anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        lock = func.pg_advisory_xact_lock if exclusive else func.pg_advisory_xact_lock_shared
        session.execute(select_value(lock(StoreLock.CONTENT.value)))


def queue_up(session: Session, name: int | str) -> None:
    """Wait until no other transaction holds a name, then hold it to the end of this one.

    What the next statements read holds what the others wrote. SQLite has one writer at a time anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        key = int(name) if isinstance(name, int) else func.hashtextextended(name, 0)
        session.execute(select_value(func.pg_advisory_xact_lock(key)))


def insert_new(session: Session, table: type[SQLModel], rows: Sequence[Mapping[str, Any]]) -> int:
    """Insert the rows that break no unique constraint, leave the others alone; return how many went in.

    The rows need the same keys. A row another writer inserts meanwhile counts as present.
    """
    if not rows:
        return 0
    build = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement: Insert = build(table).on_conflict_do_nothing()
    # Without the option the count of an INSERT is only kept by some drivers.
    result = session.connection().execute(statement, list(rows), execution_options={"preserve_rowcount": True})
    return result.rowcount


def chunked(items: Sequence[Item], size: int = CHUNK) -> Iterator[Sequence[Item]]:
    """Yield a sequence in slices that fit one statement."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def storable(text: str) -> str:
    """Return text without what no database stores: NUL and lone surrogates become the replacement character."""
    if text.isascii() and "\0" not in text:
        return text
    return UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def _parsed(url: str) -> URL:
    # The address may hold a password, so no message repeats it.
    try:
        parsed = make_url(url)
        known = parsed.get_backend_name() in BACKENDS
        if parsed.host and not parsed.host.startswith("/"):
            parsed.host.encode("idna")  # what no host can be called fails where it is looked up, in nobody's words
    except (SQLAlchemyError, ValueError):
        known = False
    if not known:
        raise SettingsError(
            "database_url: not the address of a store (write sqlite:////path/to/file or postgresql+psycopg://user@host/name)"
        )
    return parsed


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"the store's folder {folder} cannot be made: {error.strerror}; "
            "name another in TRACKER_DATA_DIR, or give this user the right to make it"
        ) from None


def _tune_postgres(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        # The server asks whether a silent client is there: a machine that vanished holds nothing beyond half a minute.
        connection.execute(
            "set tcp_keepalives_idle = 10; set tcp_keepalives_interval = 5; set tcp_keepalives_count = 3"
        )
        connection.commit()


def _tune_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in ("busy_timeout=30000", "journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        immediate = connection.get_execution_options().get("tracker_writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")
