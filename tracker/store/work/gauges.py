"""How a store stands at a moment, as numbers for monitoring: the same whichever process of a cluster is asked."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlmodel import Session, col, func, or_, select

from tracker.store.schema.held_tables import HeldText
from tracker.store.schema.tables import Change, CheckLog, ClauseRun, Delivery, HostSlot, SourceRow
from tracker.store.work.operations import blocked_hosts
from tracker.words import ChangeState, Topic

_SPAN = timedelta(hours=1)  #: over which outcomes of checks are counted
_ARCHIVE = "archive:"


@dataclass(frozen=True, slots=True)
class Gauge:
    """One number, or one per label."""

    name: str  #: in the manner of Prometheus
    help: str
    values: dict[str, float]  #: by the value of the label; "" alone where there is none
    label: str = field(default="")


def gauges(session: Session, now: datetime) -> Iterator[Gauge]:
    """Yield what is asked often: counts of sources, checks, deliveries. Reads indexes, not contents."""
    active = col(SourceRow.state) == "active"
    watched = (active, col(SourceRow.paused).is_(False))
    states = dict(session.exec(select(SourceRow.state, func.count()).group_by(col(SourceRow.state))).all())
    paused = session.exec(select(func.count()).select_from(SourceRow).where(active, col(SourceRow.paused))).one()
    yield Gauge(
        "tracker_sources",
        "Sources by state.",
        {"active": states.get("active", 0) - paused, "paused": paused, "archived": states.get("archived", 0)},
        "state",
    )
    unleased = or_(col(SourceRow.lease_until).is_(None), col(SourceRow.lease_until) <= now)
    due = (*watched, unleased, col(SourceRow.next_check_at) <= now)
    waiting, oldest = session.exec(select(func.count(), func.min(SourceRow.next_check_at)).where(*due)).one()
    yield Gauge("tracker_checks_due", "Checks that are due and not begun.", {"": waiting})
    yield Gauge(
        "tracker_due_lag_seconds", "How long the check that is due longest has waited.", {"": _age(oldest, now)}
    )
    failing = select(func.count()).select_from(SourceRow).where(*watched, SourceRow.failures > 0)
    yield Gauge(
        "tracker_failing_sources", "Followed sources whose last check failed.", {"": session.exec(failing).one()}
    )
    unstable = select(func.count()).select_from(SourceRow).where(*watched, col(SourceRow.unstable_since).is_not(None))
    yield Gauge(
        "tracker_unstable_sources", "Sources that flip between known texts.", {"": session.exec(unstable).one()}
    )
    held = select(func.count(func.distinct(HeldText.source_key))).where(HeldText.state == "held")
    yield Gauge("tracker_suspect_sources", "Sources with a text held back as suspect.", {"": session.exec(held).one()})
    outcomes = select(CheckLog.outcome, func.count()).where(col(CheckLog.at) > now - _SPAN).group_by(CheckLog.outcome)
    yield Gauge(
        "tracker_checks_last_hour",
        "Checks of the last hour, by outcome.",
        dict(session.exec(outcomes).all()),
        "outcome",
    )
    awaiting = select(func.count()).select_from(Change).where(Change.state == ChangeState.AWAITING.value)
    yield Gauge("tracker_changes_awaiting", "Changes that wait for confirmation.", {"": session.exec(awaiting).one()})
    yield from _outbox(session, now)
    yield from _archives(session, now)


def slow_gauges(session: Session) -> Iterator[Gauge]:
    """Yield what takes a look at every standing clause, and so is asked seldom."""
    standing = col(ClauseRun.gone_at).is_(None)
    total = session.exec(select(func.count()).select_from(ClauseRun).where(standing)).one()
    unread = col(ClauseRun.topics).in_([0, Topic.OTHER.bit])
    unknown = session.exec(select(func.count()).select_from(ClauseRun).where(standing, unread)).one()
    yield Gauge(
        "tracker_unclassified_share",
        "Share of the clauses in force that no topic was told for.",
        {"": unknown / total if total else 0.0},
    )


def _outbox(session: Session, now: datetime) -> Iterator[Gauge]:
    counts = dict(session.exec(select(Delivery.state, func.count()).group_by(col(Delivery.state))).all())
    yield Gauge(
        "tracker_deliveries_stored",
        "Deliveries by state.",
        {state: counts.get(state, 0) for state in ("pending", "sent", "dead")},
        "state",
    )
    waiting = col(Delivery.state) == "pending"
    oldest = session.exec(select(func.min(Delivery.created_at)).where(waiting, col(Delivery.digest).is_(None))).one()
    yield Gauge(
        "tracker_outbox_age_seconds", "Age of the oldest alert not delivered; digests wait.", {"": _age(oldest, now)}
    )


def _archives(session: Session, now: datetime) -> Iterator[Gauge]:
    names = session.exec(select(HostSlot.key).where(col(HostSlot.key).startswith(_ARCHIVE, autoescape=True))).all()
    waits = {slot.key: (slot.until - now).total_seconds() for slot in blocked_hosts(session, now)}
    yield Gauge(
        "tracker_archive_blocked_seconds",
        "How long an archive asked us to wait from now on.",
        {name.removeprefix(_ARCHIVE): waits.get(name, 0.0) for name in names},
        "archive",
    )
    hosts = sum(not name.startswith(_ARCHIVE) for name in waits)
    yield Gauge("tracker_hosts_blocked", "Hosts that asked us to wait.", {"": hosts})


def _age(moment: datetime | None, now: datetime) -> float:
    return 0.0 if moment is None else max(0.0, (now - moment).total_seconds())
