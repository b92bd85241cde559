"""What waits for a destination of a route and what it was sent lately, for the choice of what goes out next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, CursorResult, func, or_, update
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from tracker.store.database import queue_up
from tracker.store.schema.tables import Change, Delivery, Notice, Version

#: Waiting deliveries that are looked at for one choice.
MOST_WAITING = 2_000


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """A delivery that is due, with what decides when and with what it goes out."""

    id: int
    created_at: datetime
    severity: str
    digest: str | None
    batch: str | None
    before_sha256: str | None  #: of the texts of its change; None for a notice
    after_sha256: str | None
    source_key: int | None


@dataclass(frozen=True, slots=True)
class ToldRow:
    """A change a destination was told of."""

    before_sha256: str
    after_sha256: str
    source_key: int
    sent_at: datetime


def claimable(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of a delivery that is due and that no sender holds."""
    return (
        col(Delivery.state) == "pending",
        col(Delivery.next_attempt_at) <= now,
        or_(col(Delivery.lease_until).is_(None), col(Delivery.lease_until) <= now),
    )


def in_lane(route: str, destination: str) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of a delivery of one route to one destination."""
    return col(Delivery.route) == route, col(Delivery.destination) == destination


def hold_choice(session: Session, route: str, destination: str) -> None:
    """Let no other sender choose from a lane until this transaction ends: what it takes counts for their limits."""
    queue_up(session, f"lane\n{route}\n{destination}")


def waiting_in_lane(session: Session, route: str, destination: str, now: datetime) -> list[WaitingRow]:
    """Return what is due in a lane, the longest due first."""
    before, after = aliased(Version), aliased(Version)
    query = (
        select(  # type: ignore[call-overload]
            Delivery.id,
            Delivery.created_at,
            func.coalesce(Change.severity, Notice.severity),
            Delivery.digest,
            Delivery.batch,
            before.text_sha256,
            after.text_sha256,
            Change.source_key,
        )
        .join(Change, col(Change.id) == col(Delivery.change_id), isouter=True)
        .join(before, col(before.id) == col(Change.before_version_id), isouter=True)
        .join(after, col(after.id) == col(Change.after_version_id), isouter=True)
        .join(Notice, col(Notice.id) == col(Delivery.notice_id), isouter=True)
        .where(*in_lane(route, destination), *claimable(now))
        .order_by(col(Delivery.next_attempt_at), col(Delivery.id))
        .limit(MOST_WAITING)
    )
    return [WaitingRow(*row) for row in session.exec(query)]


def sent_at_once(session: Session, route: str, destination: str, since: datetime) -> list[datetime]:
    """Return when messages that are no digests were sent in a lane after a time, oldest first."""
    message = func.coalesce(Delivery.batch, Delivery.idempotency_key)
    query = (
        select(func.max(Delivery.sent_at))
        .where(*in_lane(route, destination), col(Delivery.state) == "sent", col(Delivery.sent_at) > since)
        .where(col(Delivery.digest).is_(None))
        .group_by(message)
        .order_by(func.max(Delivery.sent_at))
    )
    return [moment for moment in session.exec(query) if moment is not None]


def in_flight(session: Session, route: str, destination: str, now: datetime) -> int:
    """Return how many messages that are no digests senders hold in a lane."""
    message = func.coalesce(Delivery.batch, Delivery.idempotency_key)
    held = (col(Delivery.state) == "pending", col(Delivery.lease_until) > now, col(Delivery.digest).is_(None))
    query = select(func.count(message.distinct())).where(*in_lane(route, destination), *held)
    return session.exec(query).one()


def told_in_lane(session: Session, route: str, destination: str, since: datetime) -> list[ToldRow]:
    """Return the changes of which a lane was told after a time, digests left out, oldest first."""
    before, after = aliased(Version), aliased(Version)
    query = (
        select(before.text_sha256, after.text_sha256, Change.source_key, Delivery.sent_at)
        .join(Change, col(Change.id) == col(Delivery.change_id))
        .join(before, col(before.id) == col(Change.before_version_id))
        .join(after, col(after.id) == col(Change.after_version_id))
        .where(*in_lane(route, destination), col(Delivery.state) == "sent", col(Delivery.sent_at) > since)
        .where(col(Delivery.digest).is_(None))
        .order_by(col(Delivery.sent_at))
    )
    return [ToldRow(*row) for row in session.exec(query.select_from(Delivery))]


def batch_members(session: Session, batch: str, now: datetime) -> Sequence[Delivery]:
    """Return the claimable deliveries of a message that was tried before, in order."""
    query = select(Delivery).where(Delivery.batch == batch, *claimable(now)).order_by(col(Delivery.id))
    return session.exec(query).all()


def deliveries_of(session: Session, ids: Sequence[int]) -> Sequence[Delivery]:
    """Return deliveries by their ids, in order."""
    return session.exec(select(Delivery).where(col(Delivery.id).in_(ids)).order_by(col(Delivery.id))).all()


def failing_lanes(session: Session) -> set[tuple[str, str]]:
    """Return routes with destinations in which a message that was tried in vain is still to be sent."""
    query = select(Delivery.route, Delivery.destination).distinct()
    return set(session.exec(query.where(Delivery.state == "pending", col(Delivery.attempts) > 0)))


def free_deliveries(session: Session, route: str, destination: str, claimed_before: datetime) -> int:
    """End the leases of deliveries of a lane whose sender is known to be dead; return how many.

    Args:
        session: of a writer.
        route: of the lane.
        destination: of the lane.
        claimed_before: leases that end before this time were taken out before the sender died.

    """
    held = (col(Delivery.state) == "pending", col(Delivery.lease_until) < claimed_before)
    freed = session.execute(
        update(Delivery)
        .where(*in_lane(route, destination), *held)
        .values(lease_until=None)
        .execution_options(synchronize_session=False)
    )
    assert isinstance(freed, CursorResult)
    return freed.rowcount
