"""What an operator should know: events, and the outcome of every check."""

from collections.abc import Collection
from datetime import datetime

from sqlmodel import Session, col, select

from tracker.store.database import storable
from tracker.store.schema.tables import CheckLog, Event


def log_event(session: Session, at: datetime, source_key: int | None, kind: str, detail: str = "") -> Event:
    """Record something an operator should know, of one source or (None) of the whole installation."""
    event = Event(at=at, source_key=source_key, kind=kind, detail=storable(detail))
    session.add(event)
    session.flush()
    return event


def log_check(
    session: Session, source_key: int, at: datetime, outcome: str, *, failure: str | None = None, detail: str = ""
) -> CheckLog:
    """Record the outcome of a check; `failure` is a kind of failure where it failed."""
    entry = CheckLog(source_key=source_key, at=at, outcome=outcome, failure=failure, detail=storable(detail))
    session.add(entry)
    session.flush()
    return entry


def events(
    session: Session,
    *,
    source_key: int | None = None,
    since: datetime | None = None,
    kinds: Collection[str] | None = None,
    limit: int = 100,
) -> list[Event]:
    """Return events, newest first."""
    query = select(Event)
    if source_key is not None:
        query = query.where(Event.source_key == source_key)
    if since is not None:
        query = query.where(Event.at >= since)
    if kinds is not None:
        query = query.where(col(Event.kind).in_(kinds))
    return list(session.exec(query.order_by(col(Event.at).desc(), col(Event.id).desc()).limit(limit)))


def checks(session: Session, source_key: int, *, limit: int = 100) -> list[CheckLog]:
    """Return the outcomes of a source's checks, newest first."""
    query = select(CheckLog).where(CheckLog.source_key == source_key)
    return list(session.exec(query.order_by(col(CheckLog.at).desc(), col(CheckLog.id).desc()).limit(limit)))
