"""What an operator was told of and is not over yet, and what the store knows that an operator should be told of."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from tracker.store.database import insert_new
from tracker.store.schema.held_tables import HeldText
from tracker.store.schema.routing_tables import Alarm
from tracker.store.schema.tables import CheckLog, Delivery, PageState, Snapshot, SourceRow


@dataclass(frozen=True, slots=True)
class DeadLane:
    """A destination that messages were given up for, and that accepted none since."""

    route: str
    label: str
    dead: int
    last_error: str


@dataclass(frozen=True, slots=True)
class PageMove:
    """Where a page of a source leads now, and where it led when it was seen for the first time."""

    source: SourceRow
    url: str
    first_url: str
    final_url: str


def open_alarms(session: Session) -> dict[str, Alarm]:
    """Return the alarms that are not over, by their keys."""
    return {row.key: row for row in session.exec(select(Alarm))}


def alarms(session: Session) -> list[tuple[Alarm, str | None]]:
    """Return the alarms that are not over with the ids of their sources, the latest first."""
    query = select(Alarm, SourceRow.id).join(SourceRow, col(SourceRow.key) == col(Alarm.source_key), isouter=True)
    return list(session.exec(query.order_by(col(Alarm.raised_at).desc(), col(Alarm.key))))


def raise_alarm(session: Session, key: str, *, kind: str, together: str, source_key: int | None, at: datetime) -> bool:
    """Enter an alarm; False where it was raised already. The session is of a writer."""
    row = {"key": key, "kind": kind, "together": together, "source_key": source_key, "raised_at": at}
    return insert_new(session, Alarm, [row]) == 1


def end_alarms(session: Session, keys: Collection[str]) -> None:
    """Forget alarms that are over, so that they are told of when they come again. The session is of a writer."""
    for key in keys:
        row = session.get(Alarm, key)
        if row is not None:
            session.delete(row)
    session.flush()


def watched_sources(session: Session) -> list[SourceRow]:
    """Return the sources that are followed and not paused, by id."""
    query = select(SourceRow).where(SourceRow.state == "active", col(SourceRow.paused).is_(False))
    return list(session.exec(query.order_by(col(SourceRow.id))))


def checks_since(session: Session, source_key: int, since: datetime) -> int:
    """Return how often a source was checked from a time on."""
    query = select(func.count()).select_from(CheckLog)
    return session.exec(query.where(CheckLog.source_key == source_key, CheckLog.at >= since)).one()


def dead_lanes(session: Session) -> list[DeadLane]:
    """Return the destinations that messages were given up for, and that accepted none entered later."""
    last_dead = (
        select(
            col(Delivery.route), col(Delivery.destination), func.max(Delivery.id).label("last"), func.count().label("n")
        )
        .where(col(Delivery.state) == "dead")
        .group_by(col(Delivery.route), col(Delivery.destination))
    )
    found = []
    for route, destination, last, count in session.exec(last_dead).all():
        lane = (col(Delivery.route) == route, col(Delivery.destination) == destination)
        later = select(Delivery.id).where(*lane, Delivery.state == "sent", col(Delivery.id) > last).limit(1)
        if session.exec(later).first() is None:
            row = session.get_one(Delivery, last)
            found.append(DeadLane(route, row.label, count, row.last_error or ""))
    return found


def moved_pages(session: Session) -> list[PageMove]:
    """Return the pages of followed sources that lead elsewhere than when they were seen live for the first time."""
    query = (
        select(SourceRow, PageState.url, Snapshot.final_url)
        .join(PageState, col(PageState.source_key) == col(SourceRow.key))
        .join(Snapshot, col(Snapshot.id) == col(PageState.snapshot_id))
        .where(SourceRow.state == "active", col(Snapshot.final_url) != col(PageState.url))
        .order_by(col(SourceRow.id))
    )
    moved = []
    for source, url, final_url in session.exec(query).all():
        # Along an index and page by page: over all snapshots this would read the whole history each time.
        begun = select(Snapshot.final_url).where(
            Snapshot.source_key == source.key, Snapshot.url == url, Snapshot.origin == "live", Snapshot.status == 200
        )
        first_url = session.exec(begun.order_by(col(Snapshot.captured_at)).limit(1)).first()
        if first_url is not None and first_url != final_url:
            moved.append(PageMove(source, url, first_url, final_url))
    return moved


def accepted_elsewhere(session: Session, reasons: Collection[str], since: datetime) -> list[tuple[HeldText, SourceRow]]:
    """Return the texts held for one of some reasons and accepted since a time, the latest of each source."""
    query = (
        select(HeldText, SourceRow)
        .join(SourceRow, col(SourceRow.key) == col(HeldText.source_key))
        .where(col(HeldText.reason).in_(reasons), HeldText.state == "accepted", SourceRow.state == "active")
        .where(HeldText.last_seen_at >= since)
        .order_by(col(HeldText.id))
    )
    return list({source.id: (held, source) for held, source in session.exec(query)}.values())
