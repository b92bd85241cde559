"""What an operator has to know: texts held back, deliveries, hosts that asked us to wait, how large the store is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import func, text
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from tracker.errors import UsageError
from tracker.store.schema.held_tables import HeldText
from tracker.store.schema.tables import (
    Blob,
    Change,
    ClauseText,
    Delivery,
    HostSlot,
    Observation,
    Snapshot,
    SourceRow,
    Version,
)


@dataclass(frozen=True, slots=True)
class HeldEntry:
    """A text held as suspect, with its source."""

    held: HeldText
    source: SourceRow


@dataclass(frozen=True, slots=True)
class Blocked:
    """A host or archive that is asked nothing for a while."""

    key: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Storage:
    """How much the store holds."""

    rows: tuple[tuple[str, int], ...]  #: by what it is, in words
    plain_bytes: int  #: of all payloads as they came
    stored_bytes: int  #: of the same, compressed
    database_bytes: int | None  #: of the whole; None where the database does not say


def held_texts(session: Session) -> list[HeldEntry]:
    """Return the texts that are held back, those held longest first."""
    query = select(HeldText, SourceRow).join(SourceRow, col(SourceRow.key) == col(HeldText.source_key))
    found = session.exec(query.where(HeldText.state == "held").order_by(col(HeldText.first_seen_at)))
    return [HeldEntry(held, source) for held, source in found]


def release_held(session: Session, held_id: int) -> HeldEntry:
    """Let a held text through: at the next check that shows it, it is accepted and judged.

    Raises:
        UsageError: no such text is held.

    """
    row = session.get(HeldText, held_id, with_for_update=True)
    if row is None or row.state != "held":
        raise UsageError("this text is held no more; the source has moved on")
    row.state = "released"
    source = session.get_one(SourceRow, row.source_key)
    session.flush()
    return HeldEntry(row, source)


def failing_sources(session: Session, limit: int) -> Sequence[SourceRow]:
    """Return followed sources whose last checks failed, the most failures first."""
    query = select(SourceRow).where(SourceRow.state == "active", SourceRow.failures > 0)
    return session.exec(query.order_by(col(SourceRow.failures).desc(), col(SourceRow.id)).limit(limit)).all()


def delivery_counts(session: Session) -> dict[str, int]:
    """Return how many deliveries are in which state."""
    return dict(session.exec(select(Delivery.state, func.count()).group_by(col(Delivery.state))).all())


def blocked_hosts(session: Session, now: datetime) -> list[Blocked]:
    """Return who asked us to wait beyond now, the longest first."""
    query = select(HostSlot).where(HostSlot.blocked_until > now.timestamp())
    rows = session.exec(query.order_by(col(HostSlot.blocked_until).desc()))
    return [Blocked(row.key, datetime.fromtimestamp(row.blocked_until, UTC)) for row in rows]


def storage(session: Session) -> Storage:
    """Return how much the store holds. Reads sizes, not contents."""
    counted = (
        ("sources", SourceRow),
        ("snapshots", Snapshot),
        ("versions", Version),
        ("distinct clauses", ClauseText),
        ("observations", Observation),
        ("changes", Change),
    )
    rows = tuple(
        (name, session.execute(select_columns(func.count()).select_from(table)).scalar_one()) for name, table in counted
    )
    plain, stored = session.execute(
        select_columns(func.coalesce(func.sum(Blob.size), 0), func.coalesce(func.sum(func.length(Blob.data)), 0))
    ).one()
    return Storage(rows, int(plain), int(stored), database_bytes(session))


def database_bytes(session: Session) -> int | None:
    """Return the bytes of the whole database, None where it does not say."""
    if session.get_bind().dialect.name == "sqlite":
        pages = session.execute(text("select page_count from pragma_page_count()")).scalar_one()
        size = session.execute(text("select page_size from pragma_page_size()")).scalar_one()
        return int(pages) * int(size)
    found = session.execute(text("select pg_database_size(current_database())")).scalar()
    return None if found is None else int(found)
