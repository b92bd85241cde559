"""Which sources are due for a check, and who has taken them: leases that end by themselves when their owner dies."""

from collections import Counter
from collections.abc import Container
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, CursorResult, or_, update
from sqlmodel import Session, col, select

from tracker.hosts import host_of
from tracker.store.database import chunked
from tracker.store.schema.tables import SourceRow
from tracker.words import FailureKind


def claim_due(
    session: Session,
    *,
    now: datetime,
    limit: int,
    owner: str,
    lease_seconds: float,
    busy_hosts: Container[str] = frozenset(),
    per_host: int | None = None,
) -> list[SourceRow]:
    """Take out leases on sources that are due, the longest due first, and return them.

    The leases are conditional UPDATEs: whoever changes a row first has it, across threads, processes and machines.

    Args:
        session: of a writer.
        now: the current time.
        limit: how many at most.
        owner: who signs the leases.
        lease_seconds: after that long without `release`, another owner may take the source.
        busy_hosts: hosts whose sources are left for later.
        per_host: how many of one host at most; the rest is left for later.

    """
    wanted = _due_keys(session, now, limit, busy_hosts, per_host)
    lease = update(SourceRow).values(lease_owner=owner, lease_until=now + timedelta(seconds=lease_seconds))
    claimed: set[int | None] = set()
    for part in chunked(sorted(wanted)):  # in one order, so that two planners never wait for each other's rows
        mine = lease.where(col(SourceRow.key).in_(part), *_due(now)).returning(col(SourceRow.key))
        claimed.update(session.scalars(mine.execution_options(synchronize_session=False)))
    found: dict[int | None, SourceRow] = {}
    for part in chunked([key for key in wanted if key in claimed]):
        rows = select(SourceRow).where(col(SourceRow.key).in_(part)).execution_options(populate_existing=True)
        found |= {row.key: row for row in session.exec(rows)}
    return [found[key] for key in wanted if key in claimed]


def _due_keys(
    session: Session, now: datetime, limit: int, busy_hosts: Container[str], per_host: int | None
) -> list[int]:
    """Return keys of sources that are due, the longest due first, with the hosts that are to be left out left out."""
    query = select(SourceRow.key, SourceRow.url).where(*_due(now))
    query = query.order_by(col(SourceRow.next_check_at).asc().nulls_first(), col(SourceRow.key))
    taken: Counter[str] = Counter()
    wanted: list[int] = []
    # Read in portions: behind a long queue of one host, others may be due as well.
    with session.execute(query.execution_options(yield_per=1_000)) as rows:
        for key, url in rows:
            host = host_of(url)
            if host in busy_hosts or (per_host is not None and taken[host] >= per_host):
                continue
            taken[host] += 1
            wanted.append(key)
            if len(wanted) >= limit:
                break
    return wanted


def hosts_in_trouble(session: Session) -> frozenset[str]:
    """Return the hosts of followed sources whose last check ran into silence: no connection, or no end of an answer."""
    silent = col(SourceRow.last_failure).in_((FailureKind.TIMEOUT.value, FailureKind.CONNECT.value))
    query = select(SourceRow.url).where(col(SourceRow.state) == "active", col(SourceRow.failures) > 0, silent)
    return frozenset(host_of(url) for url in session.exec(query))


def free_leases(session: Session, *, keep: str = "") -> int:
    """End all leases but those of one owner: whoever else took them out is gone. Return how many."""
    leased = update(SourceRow).where(col(SourceRow.lease_owner).is_not(None), col(SourceRow.lease_owner) != keep)
    freed = session.execute(
        leased.values(lease_owner=None, lease_until=None).execution_options(synchronize_session=False)
    )
    assert isinstance(freed, CursorResult)
    return freed.rowcount


def release(session: Session, row: SourceRow, owner: str, *, next_check_at: datetime | None = None) -> bool:
    """Give a lease back, and say when the source is due again; False if another owner has taken it over meanwhile."""
    if row.lease_owner != owner:
        return False
    row.lease_owner = row.lease_until = None
    if next_check_at is not None:
        row.next_check_at = next_check_at
    session.add(row)
    session.flush()
    return True


def _due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        col(SourceRow.state) == "active",
        col(SourceRow.paused).is_(False),
        or_(col(SourceRow.next_check_at).is_(None), col(SourceRow.next_check_at) <= now),
        or_(col(SourceRow.lease_until).is_(None), col(SourceRow.lease_until) <= now),
    )
