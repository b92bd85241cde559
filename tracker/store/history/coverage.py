"""What checks brought in a span of time, source by source, and how far the digests of routes went."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from tracker.store.database import chunked, insert_new
from tracker.store.schema.routing_tables import RouteState
from tracker.store.schema.tables import CheckLog, Delivery


def outcomes(session: Session, source_keys: Sequence[int], since: datetime, until: datetime) -> dict[int, set[str]]:
    """Return with which outcomes sources were checked after a time and up to another; unchecked ones are left out."""
    found: dict[int, set[str]] = {}
    for part in chunked(source_keys):
        query = select(CheckLog.source_key, CheckLog.outcome).where(
            col(CheckLog.source_key).in_(part), CheckLog.at > since, CheckLog.at <= until
        )
        for key, outcome in session.exec(query.distinct()):
            found.setdefault(key, set()).add(outcome)
    return found


def digest_states(session: Session) -> dict[str, datetime]:
    """Return until when each route's digests looked back, by the route's name."""
    return {row.route: row.digest_until for row in session.exec(select(RouteState))}


def begin_digests(session: Session, route: str, now: datetime) -> None:
    """Let the first digest of a route look back from now on. The session is of a writer."""
    insert_new(session, RouteState, [{"route": route, "digest_until": now}])


def advance_digests(session: Session, route: str, until: datetime) -> datetime | None:
    """Move on how far a route's digests went and return from where; None where somebody was faster.

    The session is of a writer and holds the route until its transaction ends.
    """
    row = session.get(RouteState, route, with_for_update=True, populate_existing=True)
    if row is None or row.digest_until >= until:
        return None
    since, row.digest_until = row.digest_until, until
    session.flush()
    return since


def digest_waits(session: Session, route: str, until: datetime) -> bool:
    """Return whether something waits for the digest of a route that leaves at a time."""
    query = (
        select(func.count())
        .select_from(Delivery)
        .where(
            col(Delivery.route) == route,
            col(Delivery.state) == "pending",
            col(Delivery.digest).is_not(None),
            col(Delivery.next_attempt_at) <= until,
        )
    )
    return session.exec(query).one() > 0
