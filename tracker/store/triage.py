"""Where changes stand in people's work: the queue of what is to be looked at, the weightiest first."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, func, or_
from sqlalchemy.orm import defer
from sqlmodel import Session, col, select

from tracker.store.database import chunked
from tracker.store.sources import all_sources, source_row
from tracker.store.tables import Change, SourceRow, Triage
from tracker.words import ChangeState, Severity

#: A change without a row is new.
NEW = "new"
STATES = (NEW, "seen", "dismissed")

#: States of changes that were seen as they happened; the rest is history that was filled in.
LIVE = (ChangeState.CONFIRMED.value, ChangeState.AWAITING.value)

#: As `assignee`: only what is nobody's.
NOBODY = "-"


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
    last = session.get(Change, after, options=[defer(Change.verdict)]) if after else None  # type: ignore[arg-type]
    if last is not None:
        conditions.append(_behind(last))
    query = (
        select(Change, SourceRow, Triage)
        .join(SourceRow, col(SourceRow.key) == col(Change.source_key))
        .join(Triage, col(Triage.change_id) == col(Change.id), isouter=True)
        .options(defer(Change.verdict))  # type: ignore[arg-type]
        .where(*conditions)
        .order_by(col(Change.alert).desc(), _weight().desc(), col(Change.first_seen_after), col(Change.id))
        .limit(limit)
    )
    return [QueueEntry(change, source, triage) for change, source, triage in session.exec(query)]


def queue_size(session: Session, wanted: QueueFilter) -> int:
    """Return how many changes the queue holds."""
    query = (
        select(func.count())
        .select_from(Change)
        .join(Triage, col(Triage.change_id) == col(Change.id), isouter=True)
        .where(*_conditions(session, wanted))
    )
    return session.exec(query).one()


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


def _weight() -> ColumnElement[int]:
    return case({step.value: step.rank for step in Severity}, value=col(Change.severity))


def _behind(last: Change) -> ColumnElement[bool]:
    """Return what comes after a change in the order of the queue."""
    weight, rank = _weight(), Severity(last.severity).rank
    first_seen = col(Change.first_seen_after)
    same_weight = or_(
        weight < rank,
        and_(weight == rank, first_seen > last.first_seen_after),
        and_(weight == rank, first_seen == last.first_seen_after, col(Change.id) > last.id),
    )
    alike = and_(col(Change.alert).is_(last.alert), same_weight)
    return or_(col(Change.alert).is_(False), alike) if last.alert else alike
