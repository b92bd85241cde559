"""What the health endpoint tells: whether the daemon ticks, and how far behind it is."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col, func, or_, select

from tracker import __version__
from tracker.daemon.engine.service import WATCHED, Service
from tracker.daemon.runtime import Runtime
from tracker.store.schema.tables import Delivery, SourceRow

#: Failing sources named; their number is told in any case.
NAMED_FAILING = 20


@dataclass(frozen=True, slots=True)
class Health:
    """The state of a daemon at a moment."""

    status: str  #: ok, degraded or stopping
    details: dict[str, Any]

    @property
    def http_status(self) -> int:
        """Return 503 where somebody should look, else 200."""
        return 503 if self.status == "degraded" else 200

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {"status": self.status, "version": __version__, **self.details}


def health_of(runtime: Runtime, service: Service | None, started: datetime) -> Health:
    """Return the health of this process; a store that cannot be read is degraded, never an exception.

    Args:
        runtime: the parts of the process.
        service: the daemon that runs in it; without one only the store is told of.
        started: when it began.

    """
    now = runtime.clock.now()
    details: dict[str, Any] = {}
    stale: list[str] = []
    if service is not None:
        stale = service.stale(started)
        details["ticks"] = {name: _tick(service.ticks.get(name), now) for name in (*WATCHED, "maintain")}
        details["stale_ticks"] = stale
        details["leads"] = service.leads
    try:
        with runtime.database.read() as session:
            details |= _store_details(session, now)
    except SQLAlchemyError as error:
        # The message may hold the address of the store with its password.
        return Health("degraded", {**details, "store": f"cannot be read ({type(error).__name__})"})
    if service is not None and service.stopping.is_set():
        return Health("stopping", details)
    if service is not None and service.store.remedy is not None:
        return Health("degraded", {**details, "store": f"refuses: {service.store.remedy}"})
    return Health("degraded" if stale else "ok", details)


def _tick(moment: datetime | None, now: datetime) -> dict[str, Any]:
    if moment is None:
        return {"at": None, "age_seconds": None}
    return {"at": moment.isoformat(), "age_seconds": _age(moment, now)}


def _store_details(session: Session, now: datetime) -> dict[str, Any]:
    active = col(SourceRow.state) == "active"
    watched = (active, col(SourceRow.paused).is_(False))
    counted = session.exec(select(SourceRow.state, func.count()).group_by(col(SourceRow.state))).all()
    states = dict(counted)
    paused = session.exec(select(func.count()).select_from(SourceRow).where(active, col(SourceRow.paused))).one()
    unleased = or_(col(SourceRow.lease_until).is_(None), col(SourceRow.lease_until) <= now)
    due = (*watched, unleased, col(SourceRow.next_check_at) <= now)
    overdue, oldest_due = session.exec(select(func.count(), func.min(SourceRow.next_check_at)).where(*due)).one()
    pending = col(Delivery.state) == "pending"
    depth, oldest = session.exec(select(func.count(), func.min(Delivery.created_at)).where(pending)).one()
    dead = session.exec(select(func.count()).select_from(Delivery).where(col(Delivery.state) == "dead")).one()
    failing = session.exec(
        select(SourceRow.id, SourceRow.last_failure, SourceRow.failures)
        .where(*watched, SourceRow.failures > 0)
        .order_by(col(SourceRow.failures).desc(), col(SourceRow.id))
    ).all()
    return {
        "sources": {"active": states.get("active", 0), "archived": states.get("archived", 0), "paused": paused},
        "due": {"waiting": overdue, "lag_seconds": _age(oldest_due, now)},
        "outbox": {"pending": depth, "oldest_seconds": _age(oldest, now), "dead": dead},
        "failing": {
            "count": len(failing),
            "sources": [
                {"id": ident, "failure": failure, "in_a_row": failures}
                for ident, failure, failures in failing[:NAMED_FAILING]
            ],
        },
    }


def _age(moment: datetime | None, now: datetime) -> float:
    """Return how long ago a time was; what a clock noted that ran ahead has no age yet."""
    return 0.0 if moment is None else max(0.0, round((now - moment).total_seconds(), 1))
