"""Blame for policies: since when each clause of a version stands, and which change brought it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from tracker.store.history.history import VersionEntry
from tracker.store.schema.tables import ClauseRun, SourceRow
from tracker.store.texts.clauses import change_ids_at, clause_order, standing_at
from tracker.store.texts.versions import StoredClause, clauses_of
from tracker.words import Topic


@dataclass(frozen=True, slots=True)
class BlamedClause:
    """A clause of a version with since when it stands."""

    clause: StoredClause
    clause_id: int
    since: datetime | None  #: None where the runs of the source are not made yet
    unseen_at: datetime | None  #: it was not there yet; None where it stood from the first observation on
    gone_at: datetime | None  #: None where it still stands
    change_id: str | None  #: the change that brought it
    topics: tuple[Topic, ...]


def blame(session: Session, row: SourceRow, entry: VersionEntry) -> list[BlamedClause]:
    """Return the clauses of a version in reading order, as they stood when it was last seen."""
    assert row.key is not None
    clauses = clauses_of(session, entry.version)
    assert entry.version.id is not None
    idents = clause_order(session, entry.version.id)
    runs = {item.run.clause_id: item.run for item in standing_at(session, [row.key], entry.last_seen)}
    brought = change_ids_at(session, row.key, {run.appeared_at for run in runs.values() if run.unseen_at is not None})
    return [_blamed(clause, ident, runs.get(ident), brought) for clause, ident in zip(clauses, idents, strict=True)]


def _blamed(clause: StoredClause, ident: int, run: ClauseRun | None, brought: dict[datetime, str]) -> BlamedClause:
    if run is None:
        return BlamedClause(clause, ident, None, None, None, None, ())
    change = brought.get(run.appeared_at) if run.unseen_at is not None else None
    return BlamedClause(clause, ident, run.appeared_at, run.unseen_at, run.gone_at, change, Topic.in_mask(run.topics))


def about(clauses: Sequence[BlamedClause], topics: Sequence[Topic]) -> list[BlamedClause]:
    """Return those clauses that speak of any of some topics."""
    wanted = set(topics)
    return [clause for clause in clauses if wanted & set(clause.topics)]
