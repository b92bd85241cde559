"""Where changes stand in people's work: the queue of what is to be looked at, the weightiest first."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_
from sqlalchemy.orm import defer
from sqlmodel import Session, col, select

from tracker.store.database import chunked
from tracker.store.history.sources import all_sources, source_row
from tracker.store.schema.people_tables import Triage
from tracker.store.schema.tables import Change, SourceRow
from tracker.words import ChangeState, Severity

#: A change without a row is new.
NEW = "new"
STATES = (NEW, "seen", "dismissed")

#: States of changes that were seen as they happened; the rest is history that was filled in.
LIVE = (ChangeState.CONFIRMED.value, ChangeState.AWAITING.value)

#: As `assignee`: only what is nobody's.
NOBODY = "-"

#: Beyond so many nobody cares how long the queue is.
MOST_COUNTED = 1_000


@dataclass(frozen=True, slots=True)
class QueueEntry:
    """A change as the queue shows it; its verdict is read from the store only when asked for."""

    change: Change
    source: SourceRow
    triage: Triage | None

    @property
    def state(self) -> str:
        """Return new, seen or dismissed."""
        return self.triage.state if self.triage else NEW

    @property
    def assignee(self) -> str:
        """Return whose it is; blank where it is nobody's."""
        return self.triage.assignee if self.triage else ""

    @property
    def note(self) -> str:
        """Return what was noted; may be blank."""
        return self.triage.note if self.triage else ""


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """Which changes are wanted; what is empty or None wants all."""

    states: Collection[str] = (NEW,)
    assignee: str | None = None  #: a name, or `NOBODY`
    severity: str | None = None  #: at least
    tags: tuple[str, ...] = ()  #: of the source; any of them
    source: str | None = None
    material: bool = True  #: only what deserves an alert
    history: bool = False  #: what was filled in from archives and imports too


def queue(
    session: Session, wanted: QueueFilter, *, after: str | None = None, limit: int | None = None
) -> list[QueueEntry]:
    """Return the queue: what deserves an alert first, then the weightiest, then the oldest.

    Args:
        session: of a reader.
        wanted: the filter.
        after: id of the change after which to go on; one that is gone begins anew.
        limit: how many at most.

    Raises:
        UnknownSourceError: no source has the id of the filter.

    """
    conditions = _conditions(session, wanted)
    last = session.get(Change, after, options=[defer(Change.packed_verdict)]) if after else None  # type: ignore[arg-type]
    found: list[str] = []
    # Weight by weight, and ids alone: each query reads its part of one index in order and ends early.
    for alert, severity in _weights(wanted, last):
        left = None if limit is None else limit - len(found)
        if left == 0:
            break
        alike = (col(Change.alert).is_(alert), col(Change.severity) == severity)
        here = [_younger(last)] if last is not None and (last.alert, last.severity) == (alert, severity) else []
        query = (
            select(Change.id)
            .join(Triage, col(Triage.change_id) == col(Change.id), isouter=True)
            .where(*alike, *conditions, *here)
            .order_by(col(Change.first_seen_after), col(Change.id))
            .limit(left)
        )
        found += session.exec(query)
    return _entries(session, found)


def queue_size(session: Session, wanted: QueueFilter, *, most: int = MOST_COUNTED) -> int:
    """Return how many changes the queue holds; `most` stands for that many or more."""
    inner = (
        select(Change.id)
        .join(Triage, col(Triage.change_id) == col(Change.id), isouter=True)
        .where(*_conditions(session, wanted))
        .limit(most)
    )
    return session.exec(select(func.count()).select_from(inner.subquery())).one()


def triage_of(session: Session, change_ids: Iterable[str]) -> dict[str, Triage]:
    """Return where changes stand, by their ids; those that nobody touched are left out."""
    found: dict[str, Triage] = {}
    for part in chunked(sorted(set(change_ids))):
        rows = session.exec(select(Triage).where(col(Triage.change_id).in_(part)))
        found.update((row.change_id, row) for row in rows)
    return found


def set_triage(
    session: Session,
    change_id: str,
    *,
    state: str | None,
    assignee: str | None,
    note: str | None,
    by: str,
    at: datetime,
) -> Triage:
    """Say where a change stands; None leaves what was said before. The session is of a writer."""
    row = session.get(Triage, change_id)
    if row is None:
        row = Triage(change_id=change_id, at=at)
        session.add(row)
    row.state = row.state if state is None else state
    row.assignee = row.assignee if assignee is None else assignee
    row.note = row.note if note is None else note
    row.by = by
    row.at = at
    session.flush()
    return row


def assignees(session: Session) -> list[str]:
    """Return everybody to whom a change is assigned, by name."""
    query = select(Triage.assignee).where(Triage.assignee != "").distinct().order_by(col(Triage.assignee))
    return list(session.exec(query))


def _entries(session: Session, change_ids: Sequence[str]) -> list[QueueEntry]:
    entries: dict[str, QueueEntry] = {}
    for part in chunked(change_ids):
        query = (
            select(Change, SourceRow, Triage)
            .join(SourceRow, col(SourceRow.key) == col(Change.source_key))
            .join(Triage, col(Triage.change_id) == col(Change.id), isouter=True)
            .options(defer(Change.packed_verdict))  # type: ignore[arg-type]
            .where(col(Change.id).in_(part))
        )
        entries.update(
            (change.id, QueueEntry(change, source, triage)) for change, source, triage in session.exec(query)
        )
    return [entries[ident] for ident in change_ids]


def _conditions(session: Session, wanted: QueueFilter) -> list[ColumnElement[bool]]:
    states = [*LIVE, ChangeState.HISTORY.value] if wanted.history else LIVE
    found: list[ColumnElement[bool]] = [col(Change.state).in_(states)]
    if wanted.material:
        found.append(col(Change.alert).is_(True))
    if wanted.states:
        said = col(Triage.state).in_(wanted.states)
        found.append(or_(said, col(Triage.state).is_(None)) if NEW in wanted.states else said)
    if wanted.assignee == NOBODY:
        found.append(or_(col(Triage.assignee).is_(None), col(Triage.assignee) == ""))
    elif wanted.assignee:
        found.append(col(Triage.assignee) == wanted.assignee)
    if wanted.severity:
        least = Severity(wanted.severity).rank
        found.append(col(Change.severity).in_([step.value for step in Severity if step.rank >= least]))
    if wanted.source:
        found.append(col(Change.source_key) == source_row(session, wanted.source).key)
    if wanted.tags:
        found.append(col(Change.source_key).in_([row.key for row in all_sources(session, tags=wanted.tags)]))
    return found


def _weights(wanted: QueueFilter, last: Change | None) -> Iterator[tuple[bool, str]]:
    """Yield the weights of the queue from the heaviest on, or from that of the last change that was shown."""
    least = Severity(wanted.severity).rank if wanted.severity else 0
    begun = last is None
    for alert in (True,) if wanted.material else (True, False):
        for severity in reversed(Severity):
            begun = begun or (last is not None and (last.alert, last.severity) == (alert, severity.value))
            if begun and severity.rank >= least:
                yield alert, severity.value


def _younger(last: Change) -> ColumnElement[bool]:
    first_seen = col(Change.first_seen_after)
    return or_(first_seen > last.first_seen_after, and_(first_seen == last.first_seen_after, col(Change.id) > last.id))
