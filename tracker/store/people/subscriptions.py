"""Queries of subscriptions by mail."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func
from sqlalchemy import select as select_value
from sqlmodel import Session, col, delete, select

from tracker.store.database import chunked, writes
from tracker.store.schema.message_tables import Subscription
from tracker.store.schema.people_tables import Account
from tracker.store.schema.tables import Delivery, Notice

ASKED, CONFIRMED, ENDED = "asked", "confirmed", "ended"


def subscription(session: Session, ident: int) -> Subscription | None:
    """Return a subscription that has not ended; in a writer's session it is held to the end of the transaction."""
    query = select(Subscription).where(Subscription.id == ident, Subscription.state != ENDED)
    return session.exec(query.with_for_update() if writes(session) else query).first()


def subscriptions(session: Session, *, owner: str | None = None, limit: int | None = None) -> Sequence[Subscription]:
    """Return subscriptions that have not ended, the newest first: those of one account, or all."""
    query = select(Subscription).where(Subscription.state != ENDED)
    if owner is not None:
        query = query.where(Subscription.owner == owner)
    return session.exec(query.order_by(col(Subscription.id).desc()).limit(limit)).all()


def served(session: Session, ident: int | None = None) -> Sequence[Subscription]:
    """Return what may get mail, or one of that: what has not ended, is not paused, and whose owner may still log in."""
    disabled = select_value(col(Account.name)).where(col(Account.disabled_at).is_not(None))
    query = select(Subscription).where(
        Subscription.state != ENDED, col(Subscription.paused_at).is_(None), col(Subscription.owner).not_in(disabled)
    )
    if ident is not None:
        query = query.where(Subscription.id == ident)
    return session.exec(query.order_by(col(Subscription.id))).all()


def count_asked(session: Session, since: datetime, *, owner: str | None = None, address: str | None = None) -> int:
    """Return how many subscriptions were asked for since a time: in all, by an account, or for an address."""
    query = select(func.count()).select_from(Subscription).where(col(Subscription.created_at) > since)
    if owner is not None:
        query = query.where(col(Subscription.owner) == owner)
    if address is not None:
        query = query.where(func.lower(Subscription.address) == address.lower())
    return session.exec(query).one()


def paused(session: Session) -> Sequence[Subscription]:
    """Return the subscriptions to which nothing is sent since their addresses refuse mail."""
    query = select(Subscription).where(Subscription.state != ENDED, col(Subscription.paused_at).is_not(None))
    return session.exec(query.order_by(col(Subscription.id))).all()


def pause_subscription(session: Session, row: Subscription, route: str, now: datetime) -> None:
    """Send nothing more to a subscription, nor what waits to be sent. The session is of a writer."""
    row.paused_at = now
    session.add(row)
    _drop_waiting(session, route)


def resume_subscription(session: Session, row: Subscription) -> None:
    """Send to an address again. The session is of a writer."""
    row.refusals, row.paused_at = 0, None
    session.add(row)


def end_subscription(session: Session, row: Subscription, route: str) -> None:
    """End a subscription; what waits to be sent for its route is never sent. The session is of a writer."""
    row.state = ENDED
    session.add(row)
    _drop_waiting(session, route)


def _drop_waiting(session: Session, route: str) -> None:
    session.execute(delete(Delivery).where(col(Delivery.route) == route, col(Delivery.state) == "pending"))


def forget_subscriptions(session: Session, before: datetime) -> int:
    """Delete what ended, or was never confirmed, and was asked for before a time; return how many."""
    over = col(Subscription.created_at) < before, col(Subscription.state).in_((ASKED, ENDED))
    found = [ident for ident in session.exec(select(Subscription.id).where(*over)) if ident is not None]
    for some in chunked(found):
        notices = select_value(col(Notice.id)).where(col(Notice.key).in_([notice_key(ident) for ident in some]))
        session.execute(delete(Delivery).where(col(Delivery.notice_id).in_(notices)))
        session.execute(delete(Notice).where(col(Notice.key).in_([notice_key(ident) for ident in some])))
        session.execute(delete(Subscription).where(col(Subscription.id).in_(some)))
    return len(found)


def notice_key(ident: int) -> str:
    """Return the key of the notice that asks for the confirmation of a subscription."""
    return f"subscription:{ident}"
