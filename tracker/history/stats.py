"""How much changed, where, when and for whom: tables of counts, the heat map and the trends."""

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import accumulate
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session

from tracker.history.periods import Period, Unit, periods_between
from tracker.store.history.counts import ChangeCount, Column, Scope
from tracker.store.history.stats import (
    capture_counts,
    change_counts,
    history_span,
    observation_counts,
    source_rows,
    spacings,
    version_counts,
)
from tracker.words import Direction, Severity, Topic

UTC_ZONE = ZoneInfo("UTC")


class By(StrEnum):
    """What counts are told apart by."""

    SOURCE = "source"
    TOPIC = "topic"
    YEAR = "year"
    MONTH = "month"
    TAG = "tag"
    SEVERITY = "severity"
    DIRECTION = "direction"


@dataclass(frozen=True, slots=True)
class StatLine:
    """One line of the table.

    Versions (by when they were first seen), observations and captures belong to sources and times, not to topics or
    verdicts: there they are None.
    """

    name: str
    counts: ChangeCount
    days_between: float | None  #: median of whole days from the change before of the same source
    versions: int | None
    observations: int | None
    captures: int | None

    @property
    def silent_share(self) -> float | None:
        """Return which share of the changes was silent, from 0 to 1; None without changes."""
        return self.counts.silent / self.counts.changes if self.counts.changes else None


#: Columns of the table as people and programs get it, in order.
COLUMNS: tuple[str, ...] = (
    *("changes", "material", "weaker", "stronger", "mixed", "alerts", "silent_share", "days_between"),
    *("versions", "observations", "captures"),
)


@dataclass(frozen=True, slots=True)
class Stats:
    """A table of counts, with everything together."""

    by: By
    lines: tuple[StatLine, ...]
    total: StatLine


@dataclass(frozen=True, slots=True)
class HeatMap:
    """What changed per source and month; only months with a change have a cell."""

    months: tuple[Period, ...]
    cells: Mapping[int, Mapping[int, ChangeCount]]  #: by key of the source, then by place in `months`


@dataclass(frozen=True, slots=True)
class Trends:
    """Material changes per topic and period; only periods with one have a count, only topics with one are there."""

    periods: tuple[Period, ...]
    topics: Mapping[Topic, Mapping[int, ChangeCount]]  #: by topic, then by place in `periods`


COLUMN_OF = {
    By.SOURCE: Column.SOURCE,
    By.TAG: Column.SOURCE,
    By.TOPIC: Column.TOPICS,
    By.YEAR: Column.PERIOD,
    By.MONTH: Column.PERIOD,
    By.SEVERITY: Column.SEVERITY,
    By.DIRECTION: Column.DIRECTION,
}

#: Lines that do not stand in the order of their names.
ORDERS: dict[By, list[str]] = {
    By.TOPIC: list(Topic),
    By.SEVERITY: list(reversed(Severity)),
    By.DIRECTION: list(Direction),
}

#: What is counted beside changes, by its name in a line.
BESIDE = {"versions": version_counts, "observations": observation_counts, "captures": capture_counts}


@dataclass(slots=True)
class _Tally:
    """What is added up for one line."""

    counts: ChangeCount = field(default_factory=ChangeCount)
    days: dict[int, int] = field(default_factory=dict)
    versions: int = 0
    observations: int = 0
    captures: int = 0


def stats(
    session: Session,
    by: By,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    source_keys: Collection[int] | None = None,
    zone: ZoneInfo = UTC_ZONE,
) -> Stats:
    """Return counts of a part of the history.

    Args:
        session: of a reader.
        by: what they are told apart by. A change of two topics, or of a source with two tags, counts in both lines.
        since: the new text was first seen then or later.
        until: then or earlier.
        source_keys: of these sources; None for all.
        zone: whose months and years are meant.

    Raises:
        UsageError: by month or year over more than the calendar of people holds.

    """
    scope = Scope(since, until, source_keys)
    periods: tuple[Period, ...] = ()
    periodic = COLUMN_OF[by] is Column.PERIOD
    if periodic:
        span = history_span(session, scope)
        periods = periods_between(*span, Unit(by.value), zone) if span else ()
        scope = Scope(since, until, source_keys, bounds=[period.start for period in periods])
    names = _names(session, by, scope, periods)
    tallies, total = ({}, _Tally()) if periodic and not periods else _tallies(session, by, scope, names)
    dated = COLUMN_OF[by] in {Column.SOURCE, Column.PERIOD}
    lines = tuple(_line(name, tally, dated=dated) for name, tally in tallies.items())
    return Stats(by, lines, _line("all", total, dated=True))


def heat(
    session: Session,
    source_keys: Collection[int],
    since: datetime,
    until: datetime,
    zone: ZoneInfo = UTC_ZONE,
) -> HeatMap:
    """Return what changed per source and month of a zone, both ends included, by one query."""
    months = periods_between(since, until, Unit.MONTH, zone)
    scope = Scope(since, until, source_keys, bounds=[month.start for month in months])
    cells: dict[int, dict[int, ChangeCount]] = {key: {} for key in source_keys}
    if not months:
        return HeatMap((), cells)
    for (source, place), counts in change_counts(session, scope, Column.SOURCE, Column.PERIOD).items():
        cells[source][place] = counts
    return HeatMap(months, cells)


def trends(
    session: Session,
    since: datetime,
    until: datetime,
    *,
    source_keys: Collection[int] | None = None,
    unit: Unit = Unit.QUARTER,
    zone: ZoneInfo = UTC_ZONE,
) -> Trends:
    """Return material changes per topic and period of a zone, the topic that changed most first, by one query."""
    periods = periods_between(since, until, unit, zone)
    scope = Scope(since, until, source_keys, material=True, bounds=[period.start for period in periods])
    found: dict[Topic, dict[int, ChangeCount]] = {}
    if not periods:
        return Trends((), {})
    for (mask, place), counts in change_counts(session, scope, Column.TOPICS, Column.PERIOD).items():
        for topic in Topic.in_mask(mask):
            row = found.setdefault(topic, {})
            row[place] = row.get(place, ChangeCount()) + counts
    most = sorted(found, key=lambda topic: (-sum(one.material for one in found[topic].values()), topic.bit))
    return Trends(periods, {topic: found[topic] for topic in most})


def stats_json(found: Stats) -> dict[str, Any]:
    """Return the table as plain data."""
    return {
        "by": found.by.value,
        "lines": [{found.by.value: line.name, **line_values(line)} for line in found.lines],
        "total": line_values(found.total),
    }


def median(times: Mapping[int, int]) -> float | None:
    """Return the median of values that are given with how often each occurs; None of nothing."""
    if not times:
        return None
    values = sorted(times)
    passed = list(accumulate(times[value] for value in values))
    lower, upper = (values[bisect_right(passed, place)] for place in ((passed[-1] - 1) // 2, passed[-1] // 2))
    return (lower + upper) / 2


def line_values(line: StatLine) -> dict[str, Any]:
    """Return the columns of a line by name."""
    counts, share = line.counts, line.silent_share
    values = {name: getattr(counts, name) for name in COLUMNS[:6]}
    return values | {
        "silent_share": None if share is None else round(share, 3),
        "days_between": line.days_between,
        "versions": line.versions,
        "observations": line.observations,
        "captures": line.captures,
    }


def _names(session: Session, by: By, scope: Scope, periods: Sequence[Period]) -> Callable[[Any], Iterable[str]]:
    """Return what gives the lines in which a value of the database counts."""
    if by is By.TOPIC:
        return lambda mask: [topic.value for topic in Topic.in_mask(mask)]
    if by in {By.YEAR, By.MONTH}:
        return lambda place: [periods[place].name]
    if by in {By.SOURCE, By.TAG}:
        told = {
            key: [ident] if by is By.SOURCE else sorted(set(tags))
            for key, ident, tags in source_rows(session, scope.source_keys)
        }
        return lambda key: told[key]
    return lambda word: [word]


def _tallies(
    session: Session, by: By, scope: Scope, names: Callable[[Any], Iterable[str]]
) -> tuple[dict[str, _Tally], _Tally]:
    """Return the lines in the order in which people look for them, and everything together."""
    column = COLUMN_OF[by]
    found: dict[str, _Tally] = {}
    total = _Tally()

    def lines(key: Any) -> Iterator[_Tally]:
        yield total
        for name in names(key):
            yield found.setdefault(name, _Tally())

    for (key,), counts in change_counts(session, scope, column).items():
        for tally in lines(key):
            tally.counts += counts
    for key, times in spacings(session, scope, column).items():
        for tally in lines(key):
            tally.days = _together(tally.days, times)
    dated = column in {Column.SOURCE, Column.PERIOD}
    beside = column if dated else Column.NOTHING
    for name, count in BESIDE.items():
        for key, number in count(session, scope, beside).items():
            for tally in lines(key) if dated else (total,):
                setattr(tally, name, getattr(tally, name) + number)
    order = ORDERS.get(by) or sorted(found)
    return {name: found[name] for name in order if name in found}, total


def _together(days: dict[int, int], more: Mapping[int, int]) -> dict[int, int]:
    """Return how often each number occurs in both; the first may be altered."""
    if not days:
        return dict(more)
    for passed, often in more.items():
        days[passed] = days.get(passed, 0) + often
    return days


def _line(name: str, tally: _Tally, *, dated: bool) -> StatLine:
    return StatLine(
        name,
        tally.counts,
        median(tally.days),
        tally.versions if dated else None,
        tally.observations if dated else None,
        tally.captures if dated else None,
    )
