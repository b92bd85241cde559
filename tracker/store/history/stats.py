"""Counts over the whole history, made by the database: one query per question, whatever the size of the history.

What SQLite keeps counted (see `tally_ddl`) is read off; all else is counted now. No query here reads a verdict; what a
change weighs stands in columns of its own.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from math import inf
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    SQLColumnExpression,
    String,
    and_,
    case,
    cast,
    func,
    literal,
)
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from tracker.store.history.counts import ChangeCount, Column, Scope
from tracker.store.history.tally import keeps, kept_changes, kept_rows, kept_spacings
from tracker.store.schema.tables import Change, Observation, Snapshot, SourceRow, Version
from tracker.words import ChangeState, Direction, Flag, Severity


def change_counts(session: Session, scope: Scope, *columns: Column) -> dict[tuple[Any, ...], ChangeCount]:
    """Return counts of changes, by the values of some columns; superseded changes are left out."""
    if len(columns) == 1 and keeps(session, scope, columns[0]):
        return kept_changes(session, scope, columns[0])
    keys: list[Any] = [_change_key(column, scope).label(f"k{place}") for place, column in enumerate(columns)]
    material = col(Change.severity) != Severity.NONE.value
    rank = case({step.value: step.rank for step in Severity}, value=col(Change.severity), else_=0)
    query: Select[Any] = select_columns(
        *keys,
        func.count(),
        _count(material),
        *(
            _count(and_(material, col(Change.direction) == direction.value))
            for direction in (Direction.WEAKER, Direction.STRONGER, Direction.MIXED)
        ),
        _count(col(Change.alert).is_(True)),
        _count(cast(col(Change.flags), String).contains(f'"{Flag.SILENT.value}"')),
        func.max(rank),
    )
    query = query.where(*_told(scope)).group_by(*keys) if keys else query.where(*_told(scope))
    size = len(columns)
    # Without a group the one row is there although nothing was counted.
    return {tuple(row[:size]): ChangeCount(*row[size:]) for row in session.execute(query) if row[size]}


def spacings(session: Session, scope: Scope, column: Column) -> Mapping[Any, Mapping[int, int]]:
    """Return how many days passed from the change before of the same source, as days -> how often, by a column.

    The change before counts although it lies before the scope. Of moments only whole seconds count.
    """
    if keeps(session, scope, column):
        return kept_spacings(session, scope, column)
    # One row per source, read off the index: a window over all changes would take the database several times as long.
    keyed = column in {Column.TOPICS, Column.SEVERITY, Column.DIRECTION}
    moment = col(Change.first_seen_after)
    shown: ColumnElement[str] = cast(_seconds(session, moment), String)
    if keyed:
        micros = cast(_seconds(session, moment) * 1_000_000 + _micros(session, moment), String)
        shown = micros + " " + col(Change.id) + " " + cast(_change_key(column, scope), String)
    query = select_columns(col(Change.source_key), func.aggregate_strings(shown, ","))
    query = query.where(*_told(replace(scope, since=None))).group_by(col(Change.source_key))
    since = -inf if scope.since is None else int(scope.since.timestamp())
    bounds = [bound.timestamp() for bound in scope.bounds[1:]]
    found: dict[Any, Counter[int]] = {}
    for source, joined in session.execute(query):
        parts = joined.split(",")
        if column is Column.SOURCE or column is Column.NOTHING:
            key = source if column is Column.SOURCE else 0
            found.setdefault(key, Counter()).update(_days_between(sorted(map(int, parts)), since))
            continue
        if column is Column.PERIOD:
            seconds = sorted(map(int, parts))
            keys: list[Any] = [bisect_right(bounds, second) for second in seconds[1:] if second >= since]
        else:
            # Of changes at one moment the id says which comes first, and so which of them has no days before it.
            told = sorted((int(micros), ident, key) for micros, ident, key in map(str.split, parts))
            seconds = [micros // 1_000_000 for micros, _, _ in told]
            keys = [key for (_, _, key), second in zip(told[1:], seconds[1:], strict=True) if second >= since]
        if column is Column.TOPICS:
            keys = list(map(int, keys))
        for key, passed in zip(keys, _days_between(seconds, since), strict=True):
            found.setdefault(key, Counter())[passed] += 1
    return found


def _days_between(seconds: Sequence[int], since: float) -> list[int]:
    """Return the whole days before each moment but the first, of those at or after a moment."""
    return [(second - before) // 86_400 for before, second in pairwise(seconds) if second >= since]


def version_counts(session: Session, scope: Scope, column: Column) -> dict[Any, int]:
    """Return how many versions were seen for the first time, by source, period or nothing."""
    if keeps(session, scope, column):
        return kept_rows(session, scope, column, "firsts" if column is Column.PERIOD else "versions")
    if scope.since is None and scope.until is None and column is not Column.PERIOD:
        # A version is there because it was seen, so none has to be looked for among the observations.
        return _counted(session, scope, column, col(Version.source_key), None)
    first = (
        select_columns(col(Observation.source_key).label("source"), func.min(Observation.observed_at).label("at"))
        .where(*_of_sources(scope, col(Observation.source_key)))
        .group_by(col(Observation.source_key), col(Observation.version_id))
        .subquery()
    )
    return _counted(session, scope, column, first.c.source, first.c.at)


def observation_counts(session: Session, scope: Scope, column: Column) -> dict[Any, int]:
    """Return how many observations there are, by source, period or nothing."""
    if keeps(session, scope, column):
        return kept_rows(session, scope, column, "observations")
    return _counted(session, scope, column, col(Observation.source_key), col(Observation.observed_at))


def capture_counts(session: Session, scope: Scope, column: Column) -> dict[Any, int]:
    """Return how many snapshots are kept, by source, period or nothing."""
    if keeps(session, scope, column):
        return kept_rows(session, scope, column, "captures")
    return _counted(session, scope, column, col(Snapshot.source_key), col(Snapshot.captured_at))


def history_span(session: Session, scope: Scope) -> tuple[datetime, datetime] | None:
    """Return when the first and the last observation of a scope were made; None where there is none."""
    # The first and last of each source are read off the index; all observations would be many times as many.
    moment = col(Observation.observed_at)
    within = _within(replace(scope, source_keys=None), col(Observation.source_key), moment)
    own = select_columns(moment).where(col(Observation.source_key) == col(SourceRow.key), *within).limit(1)
    first, last = (own.order_by(order).correlate(SourceRow).scalar_subquery() for order in (moment, moment.desc()))
    query = select_columns(func.min(first), func.max(last)).where(*_of_sources(scope, col(SourceRow.key)))
    found: Sequence[Any] = session.execute(query.select_from(SourceRow)).one()
    return None if found[0] is None else (found[0], found[1])


def source_rows(session: Session, keys: Collection[int] | None) -> list[tuple[int, str, Sequence[str]]]:
    """Return key, id and tags of sources, ordered by id."""
    query = select(SourceRow.key, SourceRow.id, SourceRow.tags).order_by(SourceRow.id)
    if keys is not None:
        query = query.where(col(SourceRow.key).in_(keys))
    return [(key, ident, tags) for key, ident, tags in session.exec(query) if key is not None]


def period_of(moment: SQLColumnExpression[Any], bounds: Sequence[datetime]) -> ColumnElement[int]:
    """Return SQL for the place in `bounds` of the period that holds a moment, found by halving.

    The periods are those of people's own time zone, which no function common to both databases knows.
    """

    def within(low: int, high: int) -> ColumnElement[int]:
        if high - low == 1:
            return literal(low, Integer)
        middle = (low + high) // 2
        return case((moment < bounds[middle], within(low, middle)), else_=within(middle, high))

    return within(0, len(bounds))


def _counted(
    session: Session,
    scope: Scope,
    column: Column,
    source: SQLColumnExpression[Any],
    moment: SQLColumnExpression[Any] | None,
) -> dict[Any, int]:
    keys: dict[Column, Any] = {Column.NOTHING: literal(0, Integer), Column.SOURCE: source}
    if moment is not None and column is Column.PERIOD:
        keys[Column.PERIOD] = period_of(moment, scope.bounds)
    query: Select[Any] = select_columns(keys[column].label("k"), func.count(source))
    query = query.where(*_within(scope, source, moment)).group_by("k")
    return {key: times for key, times in session.execute(query) if times}


def _change_key(column: Column, scope: Scope) -> SQLColumnExpression[Any]:
    if column is Column.PERIOD:
        return period_of(col(Change.first_seen_after), scope.bounds)
    keys: dict[Column, SQLColumnExpression[Any]] = {
        Column.NOTHING: literal(0, Integer),
        Column.SOURCE: col(Change.source_key),
        Column.TOPICS: col(Change.topic_mask),
        Column.SEVERITY: col(Change.severity),
        Column.DIRECTION: col(Change.direction),
    }
    return keys[column]


def _told(scope: Scope) -> list[ColumnElement[bool]]:
    found = [col(Change.severity) != Severity.NONE.value] if scope.material else []
    return [
        *found,
        col(Change.state) != ChangeState.SUPERSEDED.value,
        *_within(scope, col(Change.source_key), col(Change.first_seen_after)),
    ]


def _within(
    scope: Scope, source: SQLColumnExpression[Any], moment: SQLColumnExpression[Any] | None
) -> list[ColumnElement[bool]]:
    found = _of_sources(scope, source)
    if moment is not None and scope.since is not None:
        found.append(moment >= scope.since)
    if moment is not None and scope.until is not None:
        found.append(moment <= scope.until)
    return found


def _of_sources(scope: Scope, source: SQLColumnExpression[Any]) -> list[ColumnElement[bool]]:
    return [] if scope.source_keys is None else [source.in_(scope.source_keys)]


def _count(wanted: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((wanted, 1), else_=0)), 0)


def _seconds(session: Session, moment: SQLColumnExpression[Any]) -> ColumnElement[int]:
    """Return SQL for a moment as whole seconds, so that no rounding takes a day from moments whole days apart."""
    if session.get_bind().dialect.name == "postgresql":
        return cast(func.floor(func.extract("epoch", moment)), BigInteger)
    return cast(func.strftime("%s", func.substr(moment, 1, 19)), BigInteger)


def _micros(session: Session, moment: SQLColumnExpression[Any]) -> ColumnElement[int]:
    """Return SQL for the microseconds of a moment beyond its whole second."""
    if session.get_bind().dialect.name == "postgresql":
        return cast(func.extract("microseconds", moment), BigInteger) % 1_000_000
    return cast(func.substr(moment, 21, 6), BigInteger)
