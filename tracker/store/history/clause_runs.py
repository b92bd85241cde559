"""Runs of clauses: over which stretches of time a source displayed which words. Derived from observations."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import delete, insert, update
from sqlmodel import Session, col, func, or_, select

from tracker.store.database import chunked
from tracker.store.history.history import IN_TIME
from tracker.store.schema.tables import ClauseRun, Observation, SourceRow, Version
from tracker.store.texts.layouts import clause_ids_of

#: What gives the topics of clauses of a version as masks, by clause id.
ReadTopics = Callable[[int, Collection[int]], Mapping[int, int]]


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of time over which a source showed one version."""

    version_id: int
    first_seen: datetime
    last_seen: datetime


@dataclass(frozen=True, slots=True)
class RunSpan:
    """What a row of `clause_run` says, before it is one."""

    clause_id: int
    appeared_at: datetime
    unseen_at: datetime | None
    version_id: int  #: which showed it first, for reading its topics in their place
    gone_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RunPlan:
    """What has to be written so that a source's runs fit its observations, and what that was concluded from."""

    source_key: int
    found: tuple[datetime | None, str]  #: `runs_until` and `runs_rules` as they were read
    anew: bool  #: nothing of the runs there are is kept
    until: datetime  #: the last observation looked at
    observations: int  #: how many there were by then
    opened: tuple[RunSpan, ...]
    closed: tuple[tuple[int, datetime], ...]  #: clause ids of runs that stood and when they were gone
    topics: Mapping[tuple[int, int], int]  #: of opened ones by (version id, clause id)


def spans_of(
    stretches: Sequence[Stretch], clauses_of: Callable[[int], frozenset[int]], standing: Iterable[RunSpan] = ()
) -> list[RunSpan]:
    """Return the runs of clauses that follow from stretches of versions in time order, in the order they appeared.

    Args:
        stretches: in time order; neighbours show different versions.
        clauses_of: gives the ids of a version's clauses.
        standing: runs that stood before the first stretch; they come back too, closed where they ended.

    """
    standing_now = {span.clause_id: span for span in standing}
    ended: list[RunSpan] = []
    unseen_at: datetime | None = None
    for stretch in stretches:
        shown = clauses_of(stretch.version_id)
        gone = sorted(standing_now.keys() - shown)
        ended.extend(replace(standing_now.pop(clause_id), gone_at=stretch.first_seen) for clause_id in gone)
        for clause_id in sorted(shown - standing_now.keys()):
            standing_now[clause_id] = RunSpan(clause_id, stretch.first_seen, unseen_at, stretch.version_id)
        unseen_at = stretch.last_seen
    return sorted([*ended, *standing_now.values()], key=lambda span: (span.appeared_at, span.clause_id))


def plan_runs(session: Session, source_key: int, rules: str, read_topics: ReadTopics) -> RunPlan | None:
    """Return what has to be written for the runs of a source to fit its observations; None where nothing has.

    Args:
        session: of a reader.
        source_key: the source.
        rules: under which topics are read; runs whose topics were read under others are made anew.
        read_topics: gives the topics of clauses of a version.

    """
    row = session.get(SourceRow, source_key)
    stretches = _stretches(session, source_key)
    if row is None or not stretches:
        return None
    based_on = row.runs_until if row.runs_rules == rules else None
    until = stretches[-1].last_seen
    state = (row.runs_until, row.runs_rules)
    if based_on is not None:
        if until <= based_on:
            return None
        # The stretch that holds `based_on` stays, as what the next ones are set off from.
        stretches = [stretch for stretch in stretches if stretch.last_seen >= based_on]
    standing = _standing(session, source_key) if based_on is not None else []
    layouts: dict[int, frozenset[int]] = {}

    def clauses_of(version_id: int) -> frozenset[int]:
        if version_id not in layouts:
            layouts[version_id] = _clauses_shown(session, version_id)
        return layouts[version_id]

    found = spans_of(stretches, clauses_of, standing)
    known = {span.clause_id: span.appeared_at for span in standing}
    opened = tuple(span for span in found if known.get(span.clause_id) != span.appeared_at)
    closed = tuple(
        (span.clause_id, span.gone_at)
        for span in found
        if span.gone_at is not None and known.get(span.clause_id) == span.appeared_at
    )
    topics: dict[tuple[int, int], int] = {}
    first_shown: dict[int, list[int]] = defaultdict(list)
    for span in opened:
        first_shown[span.version_id].append(span.clause_id)
    for version_id, wanted in first_shown.items():
        masks = read_topics(version_id, wanted)
        topics.update(((version_id, clause_id), masks.get(clause_id, 0)) for clause_id in wanted)
    count = _observations_by(session, source_key, until)
    return RunPlan(source_key, state, based_on is None, until, count, opened, closed, topics)


def write_runs(session: Session, plan: RunPlan, rules: str) -> bool:
    """Write a plan; return whether it still fitted. One that does not is to be made again."""
    query = select(SourceRow).where(SourceRow.key == plan.source_key).with_for_update()
    row = session.exec(query.execution_options(populate_existing=True)).first()
    if row is None or (row.runs_until, row.runs_rules) != plan.found:
        return False
    if _observations_by(session, plan.source_key, plan.until) != plan.observations:
        return False
    if plan.anew:
        session.execute(delete(ClauseRun).where(col(ClauseRun.source_key) == plan.source_key))
    for clause_id, gone_at in plan.closed:
        session.execute(
            update(ClauseRun)
            .where(
                col(ClauseRun.source_key) == plan.source_key,
                col(ClauseRun.clause_id) == clause_id,
                col(ClauseRun.gone_at).is_(None),
            )
            .values(gone_at=gone_at)
        )
    rows = [
        {
            "source_key": plan.source_key,
            "clause_id": span.clause_id,
            "appeared_at": span.appeared_at,
            "unseen_at": span.unseen_at,
            "gone_at": span.gone_at,
            "topics": plan.topics[span.version_id, span.clause_id],
        }
        for span in plan.opened
    ]
    for part in chunked(rows):
        session.execute(insert(ClauseRun), list(part))
    row.runs_until = plan.until
    row.runs_rules = rules
    session.add(row)
    return True


def stale_runs(session: Session, rules: str) -> list[int]:
    """Return the keys of sources whose runs do not reach to their last observation, or have other rules' topics."""
    last = (
        select(col(Observation.source_key).label("key"), func.max(Observation.observed_at).label("at"))
        .group_by(col(Observation.source_key))
        .subquery()
    )
    query = (
        select(SourceRow.key)
        .join(last, last.c.key == col(SourceRow.key))
        .where(
            or_(
                col(SourceRow.runs_until).is_(None),
                col(SourceRow.runs_until) < last.c.at,
                col(SourceRow.runs_rules) != rules,
            )
        )
    )
    return [key for key in session.exec(query.order_by(col(SourceRow.key))) if key is not None]


def _stretches(session: Session, source_key: int) -> list[Stretch]:
    query = select(Observation.version_id, Observation.observed_at).where(Observation.source_key == source_key)
    found: list[Stretch] = []
    for version_id, observed_at in session.exec(query.order_by(*IN_TIME)):
        if found and found[-1].version_id == version_id:
            found[-1] = replace(found[-1], last_seen=observed_at)
        else:
            found.append(Stretch(version_id, observed_at, observed_at))
    return found


def _standing(session: Session, source_key: int) -> list[RunSpan]:
    query = select(ClauseRun).where(ClauseRun.source_key == source_key, col(ClauseRun.gone_at).is_(None))
    return [RunSpan(run.clause_id, run.appeared_at, run.unseen_at, version_id=0) for run in session.exec(query)]


def _clauses_shown(session: Session, version_id: int) -> frozenset[int]:
    version = session.get(Version, version_id)
    assert version is not None
    return frozenset(clause_ids_of(session, version))


def _observations_by(session: Session, source_key: int, until: datetime) -> int:
    query = select(func.count()).select_from(Observation)
    return session.exec(query.where(Observation.source_key == source_key, Observation.observed_at <= until)).one()
