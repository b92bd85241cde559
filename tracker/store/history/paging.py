"""Lists read page by page: each page goes on after the last item of the one before, so nothing is told twice or missed.

Positions are values of the order's columns, never counts of rows: what comes in meanwhile moves nothing.
"""

import base64
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, or_, tuple_
from sqlalchemy.orm import defer
from sqlmodel import Session, col, select

from tracker.errors import UsageError
from tracker.store.database import chunked
from tracker.store.history.history import IN_TIME, ChangeEntry, ChangeFilter, change_conditions
from tracker.store.history.sources import all_sources
from tracker.store.schema.people_tables import Approval, Review
from tracker.store.schema.tables import (
    Change,
    ClauseRun,
    Delivery,
    Event,
    Observation,
    Snapshot,
    SourceRow,
    Version,
)
from tracker.store.texts.clause_texts import with_texts
from tracker.store.texts.verdicts import read_verdicts

#: Characters of a cursor; ours are shorter.
LONGEST_CURSOR = 600

_CHECK = 6  #: bytes of the hash that tells a damaged cursor

Item = TypeVar("Item")
Position = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Some items of a list, in its order."""

    items: list[Item]
    next: str | None  #: cursor of the page that follows; None on the last one


@dataclass(frozen=True, slots=True)
class VersionLine:
    """A version as a list shows it, without its text."""

    number: int
    text_sha256: str
    clauses: int
    words: int
    language: str
    stated_date: str | None
    effective_date: str | None
    first_seen: datetime
    last_seen: datetime
    observations: int
    origins: tuple[str, ...]


def cursor_of(kind: str, position: Position) -> str:
    """Return the text that names a place in a list; it holds a hash of itself, so that a damaged one is told."""
    plain = [value.isoformat() if isinstance(value, datetime) else value for value in position]
    told = json.dumps([kind, *plain], separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(_check(told) + told).decode().rstrip("=")


def position_in(kind: str, cursor: str, types: Sequence[type]) -> Position:
    """Return the place that a cursor of a list names.

    Args:
        kind: of the list.
        cursor: what `cursor_of` gave.
        types: of the values of a place.

    Raises:
        UsageError: it is no cursor of this list.

    """
    try:
        if len(cursor) > LONGEST_CURSOR:
            raise ValueError
        raw = base64.b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4), b"-_", validate=True)
        told = raw[_CHECK:]
        if raw[:_CHECK] != _check(told):
            raise ValueError
        name, *values = json.loads(told)
        if name != kind:
            raise ValueError
        return tuple(
            datetime.fromisoformat(value) if wanted is datetime else wanted(value)
            for value, wanted in zip(values, types, strict=True)
        )
    except (ValueError, TypeError):
        raise UsageError("this cursor is damaged or belongs to another list; begin again without one") from None


def source_page(
    session: Session,
    *,
    state: str | None = None,
    paused: bool | None = None,
    failing: bool | None = None,
    tags: Sequence[str] = (),
    cursor: str | None = None,
    limit: int,
) -> Page[SourceRow]:
    """Return sources by id.

    Args:
        session: of a reader.
        state: active or archived.
        paused: only those, or only the others.
        failing: those whose last check failed, or only the others.
        tags: any of them.
        cursor: of the page.
        limit: how many at most.

    Raises:
        UsageError: the cursor is damaged.

    """
    query = select(SourceRow)
    if state is not None:
        query = query.where(SourceRow.state == state)
    if paused is not None:
        query = query.where(col(SourceRow.paused).is_(paused))
    if failing is not None:
        query = query.where(SourceRow.failures > 0 if failing else SourceRow.failures == 0)
    if tags:
        # Tags are JSON, which the two databases search differently.
        keys = [row.key for row in all_sources(session, tags=tags)]
        query = query.where(col(SourceRow.key).in_(keys))
    if cursor is not None:
        query = query.where(SourceRow.id > position_in("source", cursor, (str,))[0])
    rows = list(session.exec(query.order_by(col(SourceRow.id)).limit(limit + 1)))
    return _page("source", rows, limit, lambda row: (row.id,))


def version_page(
    session: Session, source_key: int, *, cursor: str | None = None, limit: int, newest_first: bool = False
) -> Page[VersionLine]:
    """Return the versions of a source by number, or the other way round, without their texts.

    Raises:
        UsageError: the cursor is damaged.

    """
    after = position_in("version", cursor, (int,))[0] if cursor is not None else None
    query = select(Observation.version_id, Observation.observed_at, Observation.origin)
    seen: dict[int, list[tuple[datetime, str]]] = {}
    for ident, at, origin in session.exec(query.where(Observation.source_key == source_key).order_by(*IN_TIME)):
        seen.setdefault(ident, []).append((at, origin))
    numbered = list(enumerate(seen, 1))[:: -1 if newest_first else 1]
    behind = [one for one in numbered if after is None or (one[0] < after if newest_first else one[0] > after)]
    wanted = behind[: limit + 1]
    names = ("text_sha256", "clauses", "words", "language", "stated_date", "effective_date")
    columns = [col(getattr(Version, name)) for name in names]
    told: dict[int, tuple[Any, ...]] = {}
    for part in chunked([ident for _, ident in wanted]):
        rows = session.execute(select(col(Version.id), *columns).where(col(Version.id).in_(part)))
        told.update((row[0], tuple(row[1:])) for row in rows)
    lines = [_line(number, told[ident], seen[ident]) for number, ident in wanted]
    return _page("version", lines, limit, lambda line: (line.number,))


def version_numbers(session: Session, source_key: int) -> dict[int, int]:
    """Return the number of each version of a source by its id."""
    query = select(Observation.version_id).where(Observation.source_key == source_key).order_by(*IN_TIME)
    found: dict[int, int] = {}
    for ident in session.exec(query):
        found.setdefault(ident, len(found) + 1)
    return found


def observation_page(session: Session, source_key: int, *, cursor: str | None = None, limit: int) -> Page[Observation]:
    """Return the observations of a source, the latest first.

    Raises:
        UsageError: the cursor is damaged.

    """
    query = select(Observation).where(Observation.source_key == source_key)
    if cursor is not None:
        place = position_in("observation", cursor, (datetime, str))
        query = query.where(tuple_(*IN_TIME) < _row(IN_TIME, place))
    rows = list(session.exec(query.order_by(*(one.desc() for one in IN_TIME)).limit(limit + 1)))
    return _page("observation", rows, limit, lambda row: (row.observed_at, row.origin))


def snapshot_page(session: Session, source_key: int, *, cursor: str | None = None, limit: int) -> Page[Snapshot]:
    """Return the captures of a source, those that arrived last first; headers and redirects are read when asked for.

    Raises:
        UsageError: the cursor is damaged.

    """
    lazy = (defer(Snapshot.headers), defer(Snapshot.redirects))  # type: ignore[arg-type]
    query = select(Snapshot).where(Snapshot.source_key == source_key).options(*lazy)
    if cursor is not None:
        query = query.where(Snapshot.sequence < position_in("snapshot", cursor, (int,))[0])
    rows = list(session.exec(query.order_by(col(Snapshot.sequence).desc()).limit(limit + 1)))
    return _page("snapshot", rows, limit, lambda row: (row.sequence,))


def clause_page(
    session: Session,
    source_key: int,
    moment: datetime | None = None,
    topics: int = 0,
    *,
    cursor: str | None = None,
    limit: int,
) -> Page[tuple[ClauseRun, str]]:
    """Return the clauses that stand in a source, or stood at a time, with their words; those that came last first.

    Args:
        session: of a reader.
        source_key: the source.
        moment: None for what stands now.
        topics: a mask; only clauses that speak of any of these, where it is not 0.
        cursor: of the page.
        limit: how many at most.

    Raises:
        UsageError: the cursor is damaged.

    """
    order = (col(ClauseRun.appeared_at), col(ClauseRun.id))
    gone = col(ClauseRun.gone_at)
    query = select(ClauseRun).where(ClauseRun.source_key == source_key)
    if moment is None:
        query = query.where(gone.is_(None))
    else:
        query = query.where(ClauseRun.appeared_at <= moment, or_(gone.is_(None), gone > moment))
    if topics:
        query = query.where(col(ClauseRun.topics).op("&")(topics) != 0)
    if cursor is not None:
        query = query.where(tuple_(*order) < _row(order, position_in("clause", cursor, (datetime, int))))
    found = session.exec(query.order_by(*(one.desc() for one in order)).limit(limit + 1)).all()
    told = list(with_texts(session, found))
    return _page("clause", told, limit, lambda one: (one[0].appeared_at, one[0].id))


def change_page(
    session: Session, wanted: ChangeFilter, *, cursor: str | None = None, limit: int, verdicts: bool = False
) -> Page[ChangeEntry]:
    """Return changes, the newest first.

    Args:
        session: of a reader.
        wanted: which.
        cursor: of the page.
        limit: how many at most.
        verdicts: read the verdicts too, which weigh more than all the rest.

    Raises:
        UnknownSourceError: no source has the id of the filter.
        UsageError: the cursor is damaged.

    """
    order = (col(Change.first_seen_after), col(Change.source_key), col(Change.id))
    query = select(Change, SourceRow).join(SourceRow, col(SourceRow.key) == col(Change.source_key))
    query = query.where(*change_conditions(session, wanted))
    if not verdicts:
        query = query.options(defer(Change.packed_verdict))  # type: ignore[arg-type]
    if cursor is not None:
        place = position_in("change", cursor, (datetime, int, str))
        query = query.where(tuple_(*order) < _row(order, place))
    rows = session.exec(query.order_by(*(one.desc() for one in order)).limit(limit + 1))
    entries = [ChangeEntry(row, owner) for row, owner in rows]
    if verdicts:
        read_verdicts(session, [one.change for one in entries[:limit]])
    return _page(
        "change",
        entries,
        limit,
        lambda one: (one.change.first_seen_after, one.change.source_key, one.change.id),
    )


def review_page(
    session: Session, *, source_key: int | None = None, change: str | None = None, cursor: str | None = None, limit: int
) -> Page[tuple[Review, str]]:
    """Return reviews with the ids of their sources, the latest first.

    Raises:
        UsageError: the cursor is damaged.

    """
    query = select(Review, SourceRow.id).join(SourceRow, col(SourceRow.key) == col(Review.source_key))
    if source_key is not None:
        query = query.where(Review.source_key == source_key)
    if change is not None:
        query = query.where(Review.change_id == change)
    if cursor is not None:
        query = query.where(col(Review.id) < position_in("review", cursor, (int,))[0])
    rows = [(row, owner) for row, owner in session.exec(query.order_by(col(Review.id).desc()).limit(limit + 1))]
    return _page("review", rows, limit, lambda found: (found[0].id,))


def approval_page(
    session: Session, *, source_key: int | None = None, cursor: str | None = None, limit: int
) -> Page[tuple[Approval, str, str]]:
    """Return approvals with the id of their source and the hash of the text approved, the latest first.

    Raises:
        UsageError: the cursor is damaged.

    """
    query = (
        select(Approval, SourceRow.id, Version.text_sha256)
        .join(SourceRow, col(SourceRow.key) == col(Approval.source_key))
        .join(Version, col(Version.id) == col(Approval.version_id))
    )
    if source_key is not None:
        query = query.where(Approval.source_key == source_key)
    if cursor is not None:
        query = query.where(col(Approval.id) < position_in("approval", cursor, (int,))[0])
    found = session.exec(query.order_by(col(Approval.id).desc()).limit(limit + 1))
    rows = [(row, owner, text) for row, owner, text in found]
    return _page("approval", rows, limit, lambda one: (one[0].id,))


def delivery_page(
    session: Session, *, state: str | None = None, cursor: str | None = None, limit: int
) -> Page[Delivery]:
    """Return what is in the outbox, the newest first.

    Raises:
        UsageError: the cursor is damaged.

    """
    query = select(Delivery)
    if state is not None:
        query = query.where(Delivery.state == state)
    if cursor is not None:
        query = query.where(col(Delivery.id) < position_in("delivery", cursor, (int,))[0])
    rows = list(session.exec(query.order_by(col(Delivery.id).desc()).limit(limit + 1)))
    return _page("delivery", rows, limit, lambda row: (row.id,))


def event_page(
    session: Session, *, source_key: int | None = None, cursor: str | None = None, limit: int
) -> Page[tuple[Event, str | None]]:
    """Return events with the ids of their sources, the latest first.

    Raises:
        UsageError: the cursor is damaged.

    """
    order = (col(Event.at), col(Event.id))
    query = select(Event, SourceRow.id).join(SourceRow, col(SourceRow.key) == col(Event.source_key), isouter=True)
    if source_key is not None:
        query = query.where(Event.source_key == source_key)
    if cursor is not None:
        query = query.where(tuple_(*order) < _row(order, position_in("event", cursor, (datetime, int))))
    found = session.exec(query.order_by(*(one.desc() for one in order)).limit(limit + 1))
    rows: list[tuple[Event, str | None]] = [(row, owner) for row, owner in found]
    return _page("event", rows, limit, lambda one: (one[0].at, one[0].id))


def _line(number: int, told: tuple[Any, ...], sights: Sequence[tuple[datetime, str]]) -> VersionLine:
    text, clauses, words, language, stated, effective = told
    origins = tuple(sorted({origin for _, origin in sights}))
    first, last = sights[0][0], sights[-1][0]
    return VersionLine(number, text, clauses, words, language, stated, effective, first, last, len(sights), origins)


def _page(kind: str, items: list[Item], limit: int, place: Callable[[Item], Position]) -> Page[Item]:
    """Return a page of items of which one more than wanted was read, if there was one."""
    shown = items[:limit]
    return Page(shown, cursor_of(kind, place(shown[-1])) if len(items) > limit else None)


def _row(columns: Sequence[Any], values: Position) -> ColumnElement[Any]:
    """Return values to compare with columns, each of its column's type."""
    return tuple_(*values, types=[column.type for column in columns])


def _check(told: bytes) -> bytes:
    return hashlib.sha256(b"cursor" + told).digest()[:_CHECK]
