"""Brings back what was planned and noted by a clock that ran ahead and was set right again.

Left as they are, such times would stop the work on what they belong to until the clock gets there: a source would not
be checked, an alert not be sent, an account stay locked for as long as the clock had run ahead.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, func, or_, update
from sqlmodel import Session, col, select

from tracker.store.schema.copy_tables import ArchiveCopy
from tracker.store.schema.held_tables import HeldText
from tracker.store.schema.order_tables import BackfillOrder
from tracker.store.schema.people_tables import LoginFailures
from tracker.store.schema.routing_tables import Alarm, RouteState
from tracker.store.schema.tables import Change, Delivery, HostSlot, SourceRow

#: Longer than any check or delivery keeps what it has claimed.
LONGEST_LEASE = timedelta(minutes=30)

#: Longer than the queue of a host and its spacing.
LONGEST_TURN = timedelta(hours=1)

#: Longer than a host is left alone that asked for it.
LONGEST_BLOCK = timedelta(days=8)


def latest_check(session: Session) -> datetime | None:
    """Return when the latest check of all was, by the clock of its time."""
    return session.exec(select(func.max(SourceRow.last_checked_at))).one()


def bring_back(session: Session, now: datetime, confirm_delay: timedelta) -> int:
    """Make due now what waits for a time that only the wrong clock could name; return how many rows that were.

    What may be early is: a further look, a further try of a message. What is recorded of pages stays as it is.

    Args:
        session: of a writer.
        now: the time, which is right again.
        confirm_delay: how long a change waits for its second look at most.

    """
    changed = 0
    for table, conditions, values in (*_checks(now, confirm_delay), *_deliveries(now), *_others(now)):
        done = session.execute(
            update(table).where(*conditions).values(values).execution_options(synchronize_session=False)
        )
        assert isinstance(done, CursorResult)
        changed += done.rowcount
    return changed


#: A table, which rows of it, and what becomes of them.
Mending = tuple[type[Any], Sequence[ColumnElement[bool]], dict[str, Any]]


def _checks(now: datetime, confirm_delay: timedelta) -> list[Mending]:
    lease, looked = col(SourceRow.lease_until), col(SourceRow.last_checked_at)
    held = col(HeldText.state) == "held"
    return [
        (SourceRow, [lease > now + LONGEST_LEASE], {"lease_owner": None, "lease_until": None}),
        (SourceRow, [looked > now], {"last_checked_at": now, "next_check_at": now}),
        # From these on a span is counted, after which somebody is told or a text is accepted.
        (SourceRow, [col(SourceRow.last_success_at) > now], {"last_success_at": now}),
        (SourceRow, [col(SourceRow.gone_since) > now], {"gone_since": now}),
        (HeldText, [held, col(HeldText.first_seen_at) > now], {"first_seen_at": now, "last_seen_at": now}),
        (Change, [col(Change.confirm_at) > now + confirm_delay], {"confirm_at": now}),
    ]


def _deliveries(now: datetime) -> list[Mending]:
    pending, due = col(Delivery.state) == "pending", col(Delivery.next_attempt_at)
    # A digest that was planned before waits for its hour, like everybody who gets it.
    early = or_(col(Delivery.digest).is_(None), col(Delivery.attempts) > 0, col(Delivery.created_at) > now)
    return [
        (Delivery, [pending, col(Delivery.lease_until) > now + LONGEST_LEASE], {"lease_until": None}),
        (Delivery, [pending, due > now, early], {"next_attempt_at": now}),
        # Counted by rate limits, which look back from now on.
        (Delivery, [col(Delivery.sent_at) > now], {"sent_at": now}),
        (RouteState, [col(RouteState.digest_until) > now], {"digest_until": now}),
    ]


def _others(now: datetime) -> list[Mending]:
    turn, block = (now + LONGEST_TURN).timestamp(), (now + LONGEST_BLOCK).timestamp()
    waiting = col(ArchiveCopy.state).in_(("pending", "asked"))
    return [
        (HostSlot, [col(HostSlot.next_at) > turn], {"next_at": now.timestamp()}),
        (HostSlot, [col(HostSlot.blocked_until) > block], {"blocked_until": 0.0}),
        (ArchiveCopy, [waiting, col(ArchiveCopy.lease_until) > now + LONGEST_LEASE], {"lease_until": None}),
        (ArchiveCopy, [waiting, col(ArchiveCopy.next_attempt_at) > now], {"next_attempt_at": now}),
        (BackfillOrder, [col(BackfillOrder.next_try_at) > now], {"next_try_at": now}),
        (LoginFailures, [col(LoginFailures.last_at) > now], {"last_at": now}),
        # What is raised shortly after another one of the same host is not told.
        (Alarm, [col(Alarm.raised_at) > now], {"raised_at": now}),
    ]
