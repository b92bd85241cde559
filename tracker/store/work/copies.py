"""Copies that a public archive is to make of changed pages: planned with the change, taken by lease, marked."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, CursorResult, or_, update
from sqlmodel import Session, col, select

from tracker.store.database import insert_new, storable
from tracker.store.schema.copy_tables import ArchiveCopy

_ERROR_LENGTH = 500


def plan_copy_rows(session: Session, change_id: str, urls: Iterable[str], now: datetime) -> int:
    """Enter the pages of a change that are not entered yet, in the transaction that confirms it; return how many."""
    rows = [
        {
            "change_id": change_id,
            "url": url,
            "state": "pending",
            "attempts": 0,
            "next_attempt_at": now,
            "created_at": now,
        }
        for url in dict.fromkeys(urls)
    ]
    return insert_new(session, ArchiveCopy, rows)


def take_copy(session: Session, now: datetime, lease_until: datetime) -> ArchiveCopy | None:
    """Take the copy that is due longest, for the time of a lease; None where none is, or others were faster."""
    query = select(ArchiveCopy).where(*_due(now)).order_by(col(ArchiveCopy.next_attempt_at), col(ArchiveCopy.id))
    copy = session.exec(query.limit(1)).first()
    if copy is None:
        return None
    taken = update(ArchiveCopy).where(col(ArchiveCopy.id) == copy.id, *_due(now)).values(lease_until=lease_until)
    result = session.execute(taken.execution_options(synchronize_session=False))
    assert isinstance(result, CursorResult)
    return copy if result.rowcount else None


def mark_asked(session: Session, ident: int, job: str, now: datetime, look_at: datetime) -> None:
    """Note that the archive took a page over, and when to ask what became of it."""
    copy = _copy(session, ident)
    copy.state, copy.job, copy.asked_at = "asked", job, now
    copy.next_attempt_at, copy.lease_until = look_at, None


def mark_saved(session: Session, ident: int, memento: str, saved_at: datetime) -> None:
    """Note where the copy is."""
    copy = _copy(session, ident)
    copy.state, copy.memento, copy.saved_at = "saved", storable(memento), saved_at
    copy.job = copy.lease_until = copy.last_error = None


def put_off_copy(session: Session, ident: int, until: datetime) -> None:
    """Look again later; nothing failed."""
    copy = _copy(session, ident)
    copy.next_attempt_at, copy.lease_until = until, None


def mark_copy_failed(session: Session, ident: int, reason: str, again_at: datetime | None) -> None:
    """Note a failed try, and when the next one begins from the start; None ends it."""
    copy = _copy(session, ident)
    copy.attempts += 1
    copy.last_error = storable(reason)[:_ERROR_LENGTH]
    copy.job = copy.lease_until = None
    if again_at is None:
        copy.state = "dead"
    else:
        copy.state, copy.next_attempt_at = "pending", again_at


def revive_copies(session: Session, now: datetime) -> int:
    """Give all copies that were given up a new life, due at once; return how many."""
    dead = update(ArchiveCopy).where(col(ArchiveCopy.state) == "dead")
    result = session.execute(dead.values(state="pending", attempts=0, next_attempt_at=now, lease_until=None))
    assert isinstance(result, CursorResult)
    return result.rowcount


def copies_of(session: Session, change_id: str) -> list[ArchiveCopy]:
    """Return the copies of a change, in the order of the source's pages."""
    return list(
        session.exec(select(ArchiveCopy).where(ArchiveCopy.change_id == change_id).order_by(col(ArchiveCopy.id)))
    )


def _copy(session: Session, ident: int) -> ArchiveCopy:
    return session.get_one(ArchiveCopy, ident, with_for_update=True, populate_existing=True)


def _due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        col(ArchiveCopy.state).in_(("pending", "asked")),
        col(ArchiveCopy.next_attempt_at) <= now,
        or_(col(ArchiveCopy.lease_until).is_(None), col(ArchiveCopy.lease_until) <= now),
    )
