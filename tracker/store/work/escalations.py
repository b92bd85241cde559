"""Changes that people were told of and that nobody acknowledged."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, exists, func, or_
from sqlmodel import Session, col, select

from tracker.store.people.triage import NEW
from tracker.store.schema.people_tables import Review, Triage
from tracker.store.schema.tables import Change, Delivery
from tracker.words import ChangeState


@dataclass(frozen=True, slots=True)
class Unacknowledged:
    """A change that nobody acknowledged, and since when a route told of it, or tried in vain."""

    change: Change
    since: datetime
    reached: bool  #: False where not one destination accepted the message


def unacknowledged(
    session: Session, route: str, severities: Collection[str], *, after: datetime, before: datetime
) -> list[Unacknowledged]:
    """Return the changes a route told of, or tried in vain to, within a span, and that nobody acknowledged since.

    Whoever reviews a clause of a change, sets where it stands or takes it on acknowledges it. What waits in quiet hours
    or for a digest was not told of yet.
    """
    tried = or_(col(Delivery.sent_at).is_not(None), col(Delivery.attempts) > 0)
    sent = func.min(Delivery.sent_at)
    # A destination that does not answer must not put off the time of others.
    since = func.min(func.coalesce(Delivery.sent_at, Delivery.created_at))
    told = (
        select(col(Delivery.change_id), since.label("since"), case((sent.is_(None), 0), else_=1).label("reached"))
        .where(col(Delivery.route) == route, tried, col(Delivery.change_id).is_not(None))
        .where(col(Delivery.created_at) > after)
        .group_by(col(Delivery.change_id))
        .having(since <= before)
        .subquery()
    )
    handled = exists().where(
        col(Triage.change_id) == col(Change.id), or_(col(Triage.state) != NEW, col(Triage.assignee) != "")
    )
    reviewed = exists().where(col(Review.change_id) == col(Change.id))
    query = (
        select(Change, told.c.since, told.c.reached)
        .join(told, told.c.change_id == col(Change.id))
        .where(Change.state == ChangeState.CONFIRMED.value, col(Change.severity).in_(severities), ~handled, ~reviewed)
        .order_by(told.c.since, col(Change.id))
    )
    return [Unacknowledged(change, when, bool(reached)) for change, when, reached in session.exec(query)]
