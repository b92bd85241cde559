"""The outbox: deliveries are written with the change they tell of, claimed by lease, marked with what became of them.

At least once: a message goes out a second time only if the process dies between its acceptance and `mark_sent`, and
then under the same idempotency key.
"""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import CursorResult, update
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import Session, col, select

from tracker.alerts.choosing import GATHER, Bundle, Choice, Past, Told, Waiting, choose
from tracker.alerts.destinations import Destination, destinations
from tracker.alerts.routing import route_matches
from tracker.alerts.timing import next_digest, zone_of
from tracker.counting import counted
from tracker.errors import UsageError
from tracker.settings import Settings
from tracker.sources.model import Route, Source
from tracker.store.database import insert_new, storable
from tracker.store.schema.tables import Change, Delivery, Notice, SourceRow
from tracker.store.work.events import log_event
from tracker.store.work.lanes import (
    batch_members,
    claimable,
    deliveries_of,
    hold_choice,
    in_flight,
    sent_at_once,
    told_in_lane,
    waiting_in_lane,
)
from tracker.store.work.mutes import is_muted
from tracker.words import Severity

#: How long a claimed delivery belongs to its sender; far longer than the slowest destination may take to answer.
LEASE = timedelta(minutes=5)

_ERROR_LENGTH = 500


@dataclass(frozen=True, slots=True)
class Lane:
    """What is sent in order and by one sender at a time: the messages of one route to one destination."""

    route: str
    destination: str


@dataclass(frozen=True, slots=True)
class Parcel:
    """Claimed deliveries that go out as one message: a single one, or those of a digest."""

    key: str  #: idempotency key of the message
    deliveries: tuple[Delivery, ...]
    lease_until: datetime
    bundle: Bundle | None = None  #: why they go together, where they are several and no digest

    @property
    def lane(self) -> Lane:
        """Return the lane it was claimed from."""
        first = self.deliveries[0]
        return Lane(first.route, first.destination)

    @property
    def ids(self) -> list[int]:
        """Return the ids of the deliveries."""
        return [delivery.id for delivery in self.deliveries if delivery.id is not None]


def plan_deliveries(
    session: Session,
    routes: Sequence[Route],
    source: Source,
    row: SourceRow,
    change: Change,
    now: datetime,
    settings: Settings,
) -> int:
    """Enter one delivery per matching route and destination; return how many are new.

    Call it inside the transaction that confirms the change: both are kept or neither. What is muted gets none; what was
    entered before is not entered again.
    """
    if is_muted(session, row, change.topics, now):
        return 0
    session.flush()
    rows = [
        delivery_row(route, destination, now, settings, change_id=change.id)
        for route in routes
        if route_matches(route, source, change)
        for url in route.urls
        for destination in destinations(url)
    ]
    return insert_new(session, Delivery, rows)


def delivery_row(
    route: Route,
    destination: Destination,
    now: datetime,
    settings: Settings,
    *,
    change_id: str | None = None,
    notice: tuple[int | None, str] | None = None,
) -> dict[str, Any]:
    """Return the row of a delivery of a change, or of a notice (its id and its key), to one destination of a route."""
    about = (change_id,) if notice is None else ("notice", notice[1])
    return {
        "idempotency_key": _key(*(str(part) for part in about), route.name, destination.digest),
        "route": route.name,
        "destination": destination.digest,
        "label": destination.label,
        "change_id": change_id,
        "notice_id": None if notice is None else notice[0],
        "digest": route.digest,
        "state": "pending",
        "attempts": 0,
        "next_attempt_at": next_digest(route, now, settings) if route.digest else now,
        "created_at": now,
    }


def due_lanes(session: Session, now: datetime) -> list[Lane]:
    """Return the lanes that hold something to be sent now, the longest waiting first."""
    query = select(Delivery.route, Delivery.destination).where(*claimable(now)).order_by(col(Delivery.next_attempt_at))
    return list(dict.fromkeys(Lane(route, destination) for route, destination in session.exec(query)))


def claim(
    session: Session, lane: Lane, now: datetime, route: Route | None = None, settings: Settings | None = None
) -> Parcel | None:
    """Take what goes out next in a lane, for the time of a lease; None when nothing may go or others were faster.

    `route` is the one whose quiet hours and limits hold; without it (an escalation, a route that is gone) none do.
    What goes out together keeps its members from its first try on, so that a second try carries the same key and
    content.
    """
    hold_choice(session, lane.route, lane.destination)
    waiting = [
        Waiting(
            id=row.id,
            created_at=row.created_at,
            severity=Severity(row.severity),
            digest=row.digest,
            batch=row.batch,
            pair=(row.before_sha256, row.after_sha256) if row.before_sha256 and row.after_sha256 else None,
            source_key=row.source_key,
        )
        for row in waiting_in_lane(session, lane.route, lane.destination, now)
    ]
    if not waiting:
        return None
    zone = zone_of(route, settings) if route is not None and settings is not None else ZoneInfo("UTC")
    choice = choose(waiting, route, _past(session, lane, route, now), now, zone)
    if choice is None:
        return None
    lease_until = now + LEASE
    members = batch_members(session, choice.batch, now) if choice.batch else deliveries_of(session, choice.ids)
    taken = [member for member in members if _lease(session, member, now, lease_until)]
    return _parcel(session, choice, taken, lease_until) if taken else None


def _past(session: Session, lane: Lane, route: Route | None, now: datetime) -> Past:
    told: dict[tuple[str, str], Told] = {}
    for row in told_in_lane(session, lane.route, lane.destination, now - GATHER):
        pair = row.before_sha256, row.after_sha256
        known = told.get(pair, Told(row.sent_at, frozenset()))
        told[pair] = Told(known.first_at, known.source_keys | {row.source_key})
    if route is None or route.limit is None:
        return Past(told=told)
    # What another sender holds may be sent the next moment; counted first, it is counted twice then rather than never.
    held = in_flight(session, lane.route, lane.destination, now)
    sent = sent_at_once(session, lane.route, lane.destination, now - route.limit.every)
    return Past((*sent, *([now] * held)), told)


def _parcel(session: Session, choice: Choice, taken: Sequence[Delivery], lease_until: datetime) -> Parcel:
    """Return what was taken as a message, with its key, and note what is in it for a second try."""
    if choice.batch is not None:
        bundle = Bundle(taken[0].bundle) if taken[0].bundle else None
        return Parcel(choice.batch, tuple(taken), lease_until, bundle)
    # One that went alone stays alone: it may have arrived, and in a message of another key nobody could tell.
    alone = choice.digest is None and choice.bundle is None
    keys = [member.idempotency_key for member in taken]
    key = keys[0] if alone else _key(choice.digest or "together", *keys)
    session.execute(
        update(Delivery)
        .where(col(Delivery.id).in_([one.id for one in taken]))
        .values(batch=key, bundle=choice.bundle.value if choice.bundle else None)
    )
    return Parcel(key, tuple(taken), lease_until, choice.bundle)


def mark_sent(session: Session, parcel: Parcel, now: datetime) -> None:
    """Note that a message was accepted. Holds even when the lease ran out meanwhile: accepted is accepted."""
    values = {"state": "sent", "sent_at": now, "lease_until": None, "last_error": None}
    session.execute(
        update(Delivery)
        .where(col(Delivery.id).in_(parcel.ids))
        .values(**values, attempts=col(Delivery.attempts) + 1)
        .execution_options(synchronize_session=False)
    )


def mark_failed(
    session: Session,
    parcel: Parcel,
    error: str,
    now: datetime,
    settings: Settings,
    *,
    for_good: bool = False,
    wait: float | None = None,
) -> bool:
    """Plan the next try of a message that was not accepted; return whether it is dead instead.

    Waits double from `delivery_retry_base` to `delivery_retry_cap` seconds, and are no shorter than the `wait` that the
    destination asked for. Dead after `delivery_attempts` tries or when the failure is `for_good`; an event tells the
    operator.
    """
    attempts = max(delivery.attempts for delivery in parcel.deliveries) + 1
    dead = for_good or attempts >= settings.delivery_attempts
    # The exponent is bounded: two to the power of any number of attempts is no float.
    pause = min(settings.delivery_retry_cap, settings.delivery_retry_base * 2 ** min(attempts - 1, 40))
    values = {
        "state": "dead" if dead else "pending",
        "attempts": attempts,
        "next_attempt_at": now + timedelta(seconds=max(pause, wait or 0)),
        "lease_until": None,
        "last_error": storable(error)[:_ERROR_LENGTH],
    }
    result = session.execute(
        update(Delivery)
        .where(col(Delivery.id).in_(parcel.ids), *_held(parcel))
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    assert isinstance(result, CursorResult)
    if not result.rowcount:
        return False  # the lease ran out and another sender has it now
    if dead:
        first = parcel.deliveries[0]
        tries = counted(attempts, "try", "tries")
        detail = f"route {first.route}, {first.label}, after {tries}: {error[:_ERROR_LENGTH]}"
        log_event(session, now, _source_key(session, first), "delivery_dead", detail)
    return dead


def hold_lane(session: Session, lane: Lane, until: datetime) -> None:
    """Let nothing leave a lane before a time, since its destination asked us to wait; what is later stays as it is."""
    session.execute(
        update(Delivery)
        .where(
            col(Delivery.route) == lane.route,
            col(Delivery.destination) == lane.destination,
            col(Delivery.state) == "pending",
            col(Delivery.next_attempt_at) < until,
        )
        .values(next_attempt_at=until)
        .execution_options(synchronize_session=False)
    )


def retry(session: Session, now: datetime, ids: Collection[int] | None = None) -> int:
    """Give dead deliveries (those of `ids`, or all) a new life, due at once; return how many.

    Raises:
        UsageError: one of the ids is no dead delivery.

    """
    query = select(Delivery).where(Delivery.state == "dead")
    if ids is not None:
        query = query.where(col(Delivery.id).in_(ids))
    found = list(session.exec(query))
    missing = set(ids or ()) - {delivery.id for delivery in found}
    if missing:
        named = ", ".join(str(ident) for ident in sorted(missing))
        raise UsageError(f"no dead delivery {named}; `tracker alerts list --state dead` shows them")
    for delivery in found:
        delivery.state = "pending"
        delivery.attempts = 0
        delivery.next_attempt_at = now
        delivery.lease_until = None
        delivery.batch = delivery.bundle = None
        session.add(delivery)
    session.flush()
    return len(found)


def list_deliveries(session: Session, *, state: str | None = None, limit: int = 100) -> list[Delivery]:
    """Return deliveries, newest first."""
    query = select(Delivery)
    if state is not None:
        query = query.where(Delivery.state == state)
    return list(session.exec(query.order_by(col(Delivery.id).desc()).limit(limit)))


def _held(parcel: Parcel) -> tuple[ColumnElement[bool], ...]:
    return col(Delivery.state) == "pending", col(Delivery.lease_until) == parcel.lease_until


def _lease(session: Session, delivery: Delivery, now: datetime, lease_until: datetime) -> bool:
    """Take a delivery unless another sender did; the condition is checked by the statement that takes it."""
    result = session.execute(
        update(Delivery)
        .where(
            col(Delivery.id) == delivery.id, col(Delivery.batch).is_not_distinct_from(delivery.batch), *claimable(now)
        )
        .values(lease_until=lease_until)
        .execution_options(synchronize_session=False)
    )
    assert isinstance(result, CursorResult)
    return result.rowcount == 1


def _source_key(session: Session, delivery: Delivery) -> int | None:
    if delivery.change_id is not None:
        change = session.get(Change, delivery.change_id)
        return change.source_key if change else None
    notice = session.get(Notice, delivery.notice_id) if delivery.notice_id is not None else None
    return notice.source_key if notice else None


def _key(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]
