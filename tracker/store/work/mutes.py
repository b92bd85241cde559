"""Mutes: of a source as a whole, and of topics, of one source or of all."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, CursorResult, delete, or_
from sqlmodel import Session, col, select

from tracker.errors import UsageError
from tracker.store.schema.routing_tables import Mute
from tracker.store.schema.tables import Change, Delivery, SourceRow
from tracker.store.work.events import log_event


@dataclass(frozen=True, slots=True)
class MuteEntry:
    """A mute of a topic, with the id of its source; None where it holds for all."""

    mute: Mute
    source: str | None


def is_muted(session: Session, row: SourceRow, topics: Collection[str] | None, now: datetime) -> bool:
    """Return whether nobody is alerted of these topics of a source: it is muted, or each of the topics is.

    `topics` is None for what has none; then only the source counts.
    """
    if row.muted_until is not None and row.muted_until > now:
        return True
    if not topics:
        return False
    mine = or_(col(Mute.source_key).is_(None), col(Mute.source_key) == row.key)
    muted = set(session.exec(select(Mute.topic).where(mine, *_in_force(now))))
    return set(topics) <= muted


def add_mute(
    session: Session,
    *,
    source_key: int | None,
    topic: str,
    until: datetime | None,
    by: str,
    note: str,
    at: datetime,
) -> Mute:
    """Mute a topic; where it is muted already, the newer end and note hold. The session is of a writer."""
    same = col(Mute.source_key).is_(None) if source_key is None else col(Mute.source_key) == source_key
    row = session.exec(select(Mute).where(same, Mute.topic == topic, *_in_force(at))).first()
    if row is None:
        row = Mute(source_key=source_key, topic=topic, at=at)
        session.add(row)
    row.until, row.by, row.note, row.at = until, by, note, at
    session.flush()
    return row


def end_mute(session: Session, ident: int, at: datetime) -> MuteEntry:
    """End a mute of a topic. The session is of a writer.

    Raises:
        UsageError: there is none of this number in force.

    """
    row = session.get(Mute, ident, with_for_update=True)
    if row is None or row.ended_at is not None or (row.until is not None and row.until <= at):
        raise UsageError(f"no mute {ident} is in force; `tracker mute --list` shows those that are")
    row.ended_at = at
    session.flush()
    source = session.get(SourceRow, row.source_key) if row.source_key is not None else None
    return MuteEntry(row, source.id if source else None)


def withdraw_muted(session: Session, now: datetime, source_key: int | None = None) -> int:
    """Take what is muted by now, of one source or of all, out of the outbox, with an event each; return how many.

    What was tried before stays: it may have arrived, and goes again as the message it was. The session is of a writer.
    """
    untried = (col(Delivery.state) == "pending", col(Delivery.batch).is_(None))
    query = select(Delivery, Change, SourceRow).where(*untried)
    query = query.join(Change, col(Change.id) == col(Delivery.change_id))
    query = query.join(SourceRow, col(SourceRow.key) == col(Change.source_key))
    if source_key is not None:
        query = query.where(Change.source_key == source_key)
    withdrawn = 0
    for waiting, change, row in session.exec(query).all():
        if not is_muted(session, row, change.topics, now):
            continue
        # A sender may have taken it meanwhile.
        done = session.execute(delete(Delivery).where(col(Delivery.id) == waiting.id, *untried))
        assert isinstance(done, CursorResult)
        if done.rowcount:
            withdrawn += 1
            detail = f"change {change.id}, route {waiting.route}, {waiting.label}: muted before it was sent"
            log_event(session, now, row.key, "muted_unsent", detail)
    return withdrawn


def mutes_in_force(session: Session, now: datetime, *, source_key: int | None = None) -> list[MuteEntry]:
    """Return the mutes of topics in force, the latest first; of one source those that hold for all too."""
    query = select(Mute, SourceRow.id).join(SourceRow, col(SourceRow.key) == col(Mute.source_key), isouter=True)
    if source_key is not None:
        query = query.where(or_(col(Mute.source_key) == source_key, col(Mute.source_key).is_(None)))
    found = session.exec(query.where(*_in_force(now)).order_by(col(Mute.id).desc()))
    return [MuteEntry(mute, source) for mute, source in found]


def muted_sources(session: Session, now: datetime) -> list[SourceRow]:
    """Return the sources that are muted as a whole, by id."""
    query = select(SourceRow).where(col(SourceRow.muted_until) > now, SourceRow.state == "active")
    return list(session.exec(query.order_by(col(SourceRow.id))))


def _in_force(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return col(Mute.ended_at).is_(None), or_(col(Mute.until).is_(None), col(Mute.until) > now)
