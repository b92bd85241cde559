"""A policy's history: observations in time order, the versions they show, and the changes between them."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, update
from sqlmodel import Session, col, select

from tracker.errors import UnknownChangeError, UsageError
from tracker.store.database import chunked
from tracker.store.history.sources import all_sources, source_row
from tracker.store.schema.tables import Change, Observation, SourceRow, Version
from tracker.store.texts.verdicts import read_verdicts
from tracker.words import ChangeState, Severity, Topic

#: Unique within a source, so one order on every machine whatever arrived first.
IN_TIME = (col(Observation.observed_at), col(Observation.origin))

_AT_A_TIME = 200  #: changes of a stream


@dataclass(frozen=True, slots=True)
class VersionEntry:
    """A version as people see it: numbered from 1 in the order the texts were first seen."""

    number: int
    version: Version
    first_seen: datetime
    last_seen: datetime
    observations: int
    origins: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Transition:
    """A step from one version to another that follows it in observed time."""

    before_version_id: int
    after_version_id: int
    last_seen_before: datetime  #: the old text was seen for the last time
    first_seen_after: datetime  #: the new text was seen for the first time
    origin: str  #: of the observation that brought the new text


@dataclass(frozen=True, slots=True)
class ChangeEntry:
    """A change with the source it belongs to."""

    change: Change
    source: SourceRow


def observe(
    session: Session,
    *,
    source_key: int,
    observed_at: datetime,
    origin: str,
    archive: str | None,
    version_id: int,
    extraction_id: int | None,
    region: str | None = None,
    language: str | None = None,
) -> tuple[Observation, bool]:
    """Record that a source showed a version at a time; the flag says whether that is new.

    There is one observation per source, time and origin: the first one stays.
    """
    query = select(Observation).where(
        Observation.source_key == source_key, Observation.observed_at == observed_at, Observation.origin == origin
    )
    known = session.exec(query).first()
    if known is not None:
        return known, False
    observation = Observation(
        source_key=source_key,
        observed_at=observed_at,
        origin=origin,
        archive=archive,
        version_id=version_id,
        extraction_id=extraction_id,
        region=region,
        language=language,
    )
    session.add(observation)
    session.flush()
    # What lands before the end of the clause runs makes them wrong; they are made anew from the first observation.
    late = (col(SourceRow.key) == source_key, col(SourceRow.runs_until) >= observed_at)
    session.execute(update(SourceRow).where(*late).values(runs_until=None))
    return observation, True


def observations(
    session: Session, source_key: int, since: datetime | None = None, until: datetime | None = None
) -> list[Observation]:
    """Return a source's observations in time order, both ends of the span included."""
    query = select(Observation).where(Observation.source_key == source_key)
    if since is not None:
        query = query.where(Observation.observed_at >= since)
    if until is not None:
        query = query.where(Observation.observed_at <= until)
    return list(session.exec(query.order_by(*IN_TIME)))


def latest_observation(
    session: Session,
    source_key: int,
    *,
    before: datetime | None = None,
    origin: str | None = None,
    but: int | None = None,
) -> Observation | None:
    """Return a source's last observation; strictly before a time, of one origin, not of a version where asked for."""
    query = select(Observation).where(Observation.source_key == source_key)
    if before is not None:
        query = query.where(Observation.observed_at < before)
    if origin is not None:
        query = query.where(Observation.origin == origin)
    if but is not None:
        query = query.where(Observation.version_id != but)
    return session.exec(query.order_by(*(column.desc() for column in IN_TIME)).limit(1)).first()


def observation_at(session: Session, source_key: int, when: datetime) -> Observation | None:
    """Return what stood at a time: the last observation then or before; None before the first."""
    query = select(Observation).where(Observation.source_key == source_key, Observation.observed_at <= when)
    return session.exec(query.order_by(*(column.desc() for column in IN_TIME)).limit(1)).first()


def numbered_versions(session: Session, source_key: int) -> list[VersionEntry]:
    """Return the versions a source was seen with, in the order they were first seen."""
    seen: dict[int, list[tuple[datetime, str]]] = {}
    for version_id, observed_at, origin in _sights(session, source_key):
        seen.setdefault(version_id, []).append((observed_at, origin))
    versions: dict[int | None, Version] = {}
    for part in chunked(list(seen)):
        versions.update((row.id, row) for row in session.exec(select(Version).where(col(Version.id).in_(part))))
    return [
        VersionEntry(
            number=number,
            version=versions[version_id],
            first_seen=sights[0][0],
            last_seen=sights[-1][0],
            observations=len(sights),
            origins=tuple(sorted({origin for _, origin in sights})),
        )
        for number, (version_id, sights) in enumerate(seen.items(), 1)
    ]


def transitions(session: Session, source_key: int) -> list[Transition]:
    """Return the steps between versions in observed time; runs of one version count as one sight of it."""
    steps = []
    before: tuple[int, datetime] | None = None
    for version_id, observed_at, origin in _sights(session, source_key):
        if before is not None and before[0] != version_id:
            steps.append(Transition(before[0], version_id, before[1], observed_at, origin))
        before = version_id, observed_at
    return steps


@dataclass(frozen=True, slots=True)
class ChangeFilter:
    """Which changes are wanted; what is empty or None wants all, but superseded ones only where `states` names them."""

    since: datetime | None = None  #: the new text was first seen then or later
    until: datetime | None = None  #: then or earlier
    source: str | None = None  #: id of one source
    tags: Collection[str] = ()  #: of the source; any of them
    topics: Collection[str] = ()  #: of the change; any of them
    severity: str | None = None  #: at least
    directions: Collection[str] = ()
    states: Collection[str] = ()
    material: bool = False  #: only those that are worth an alert


def change_conditions(session: Session, wanted: ChangeFilter) -> list[ColumnElement[bool]]:
    """Return what rows of changes have to fit.

    Raises:
        UnknownSourceError: no source has the id of the filter.

    """
    found: list[ColumnElement[bool]] = []
    if wanted.since is not None:
        found.append(col(Change.first_seen_after) >= wanted.since)
    if wanted.until is not None:
        found.append(col(Change.first_seen_after) <= wanted.until)
    if wanted.source is not None:
        found.append(col(Change.source_key) == source_row(session, wanted.source).key)
    if wanted.tags:
        keys = [row.key for row in all_sources(session, tags=tuple(wanted.tags))]
        found.append(col(Change.source_key).in_(keys))
    if wanted.topics:
        found.append(col(Change.topic_mask).op("&")(Topic.mask(set(wanted.topics))) != 0)
    if wanted.severity is not None:
        enough = [step.value for step in Severity if step.rank >= Severity(wanted.severity).rank]
        found.append(col(Change.severity).in_(enough))
    if wanted.directions:
        found.append(col(Change.direction).in_(wanted.directions))
    if wanted.states:
        found.append(col(Change.state).in_(wanted.states))
    else:
        found.append(col(Change.state) != ChangeState.SUPERSEDED.value)
    if wanted.material:
        found.append(col(Change.alert).is_(True))
    return found


def changes(
    session: Session,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    source: str | None = None,
    tags: Collection[str] = (),
    topics: Collection[str] = (),
    severity: str | None = None,
    directions: Collection[str] = (),
    states: Collection[str] = (),
    material: bool = False,
    limit: int | None = None,
) -> list[ChangeEntry]:
    """Return changes, the newest first.

    Args:
        session: of a reader.
        since: the new text was first seen then or later.
        until: then or earlier.
        source: id of one source.
        tags: of the source; any of them.
        topics: of the change; any of them.
        severity: at least.
        directions: any of them.
        states: any of them; every state but `superseded` unless given.
        material: only those that are worth an alert.
        limit: how many at most.

    Raises:
        UnknownSourceError: no source has this id.

    """
    wanted = ChangeFilter(since, until, source, tags, topics, severity, directions, states, material)
    query = select(Change, SourceRow).join(SourceRow, col(SourceRow.key) == col(Change.source_key))
    query = query.where(*change_conditions(session, wanted))
    query = query.order_by(col(Change.first_seen_after).desc(), col(SourceRow.id), col(Change.id)).limit(limit)
    found = [ChangeEntry(row, owner) for row, owner in session.exec(query)]
    read_verdicts(session, [one.change for one in found])
    return found


def change_stream(
    session: Session, wanted: ChangeFilter, source_keys: Collection[int] | None = None
) -> Iterator[ChangeEntry]:
    """Yield changes, the newest first, a few at a time in memory; read them to the end, or close the iterator.

    Args:
        session: of a reader.
        wanted: which.
        source_keys: only of these sources.

    """
    query = select(Change, SourceRow).join(SourceRow, col(SourceRow.key) == col(Change.source_key))
    query = query.where(*change_conditions(session, wanted))
    if source_keys is not None:
        query = query.where(col(Change.source_key).in_(source_keys))
    query = query.order_by(col(Change.first_seen_after).desc(), col(SourceRow.id), col(Change.id))
    for part in session.exec(query.execution_options(yield_per=_AT_A_TIME)).partitions(_AT_A_TIME):
        read_verdicts(session, [row for row, _ in part])
        for row, owner in part:
            session.expunge(row)
            yield ChangeEntry(row, owner)


def change(session: Session, ident: str) -> ChangeEntry:
    """Return the change whose id is or begins with `ident`.

    Raises:
        UnknownChangeError: none does.
        UsageError: several do.

    """
    query = select(Change, SourceRow).join(SourceRow, col(SourceRow.key) == col(Change.source_key))
    # The whole id, as links have it, is looked up; only for the beginning of one every change has to be gone through.
    found = session.exec(query.where(Change.id == ident)).all()
    if ident and not found:
        prefix = col(Change.id).startswith(ident, autoescape=True)
        found = session.exec(query.where(prefix).order_by(Change.id).limit(4)).all()
    if len(found) > 1:
        names = ", ".join(row.id for row, _ in found)
        raise UsageError(f"several changes begin with {ident!r} ({names}); write more of the id")
    if not found:
        raise UnknownChangeError(f"no change {ident!r}; `tracker changes --all` shows the ids")
    row, owner = found[0]
    read_verdicts(session, [row])
    return ChangeEntry(row, owner)


def neighbours(session: Session, row: Change) -> tuple[str | None, str | None]:
    """Return the ids of the changes of the same source that come before and after one in time."""

    def nearest(*, later: bool) -> str | None:
        at = col(Change.first_seen_after)
        query = select(Change.id).where(
            Change.source_key == row.source_key,
            Change.state != ChangeState.SUPERSEDED.value,
            at > row.first_seen_after if later else at < row.first_seen_after,
        )
        return session.exec(query.order_by(at if later else at.desc()).limit(1)).first()

    return nearest(later=False), nearest(later=True)


def _sights(session: Session, source_key: int) -> Iterator[tuple[int, datetime, str]]:
    query = select(Observation.version_id, Observation.observed_at, Observation.origin)
    yield from session.exec(query.where(Observation.source_key == source_key).order_by(*IN_TIME)).all()
