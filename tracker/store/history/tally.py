"""Reads the counts that SQLite keeps beside the history; `tally_ddl` says how they are kept."""

import json
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Row, text
from sqlmodel import Session

from tracker.store.history.counts import ChangeCount, Column, Scope
from tracker.words import Severity

#: What the rows of a column are called.
_KINDS = {
    Column.SOURCE: "source",
    Column.TOPICS: "topics",
    Column.SEVERITY: "severity",
    Column.DIRECTION: "direction",
    Column.PERIOD: "slot",
}

_LEVELS = tuple(severity.value for severity in sorted(Severity, key=lambda one: one.rank) if severity.rank)

_NUMBERS = ("changes", "material", "weaker", "stronger", "mixed", "alerts", "silent", *_LEVELS)

_SPACINGS = text(
    "select key, json_group_array(days), json_group_array(times) from spacing_tally "
    "where kind = :kind and times <> 0 group by key"
)

Seen = Literal["versions", "firsts", "observations", "captures"]


def keeps(session: Session, scope: Scope, column: Column) -> bool:
    """Return whether counts by a column are kept: those of the whole history, on SQLite.

    Periods have to begin where a slot does, as those of every time zone have since 1972.
    """
    whole = scope.since is None and scope.until is None and scope.source_keys is None and not scope.material
    return whole and session.get_bind().dialect.name == "sqlite" and _fit(column, scope.bounds)


def kept_changes(session: Session, scope: Scope, column: Column) -> dict[tuple[Any, ...], ChangeCount]:
    """Return counts of changes by a column."""
    found: dict[tuple[Any, ...], ChangeCount] = {}
    for row in _summed(session, "change_tally", _NUMBERS, scope, column):
        numbers: list[int] = list(row[1:])
        weight = max((rank for rank, times in enumerate(numbers[7:], start=1) if times), default=0)
        found[(row[0],)] = ChangeCount(*[*numbers[:7], weight])
    return found


def kept_spacings(session: Session, scope: Scope, column: Column) -> Mapping[Any, Mapping[int, int]]:
    """Return how often how many days passed from the change before of the same source, by a column."""
    starts = [_slot(bound) for bound in scope.bounds[1:]]
    found: dict[Any, Counter[int]] = {}
    for key, days, times in session.execute(_SPACINGS, {"kind": _KINDS[column]}):
        place = bisect_right(starts, key) if column is Column.PERIOD else key
        found.setdefault(place, Counter()).update(dict(zip(json.loads(days), json.loads(times), strict=True)))
    return found


def kept_rows(session: Session, scope: Scope, column: Column, what: Seen) -> dict[Any, int]:
    """Return how many versions, observations or captures there are by source, period or nothing."""
    if column is not Column.NOTHING:
        return dict(tuple(row) for row in _summed(session, "seen_tally", (what,), scope, column))
    number = session.execute(text(f"select sum({what}) from seen_tally where kind = 'source'")).scalar()
    return {0: number} if number else {}


def _summed(session: Session, table: str, names: Sequence[str], scope: Scope, column: Column) -> Iterable[Row[Any]]:
    """Return the value of a column and the numbers that stand there, where the first is not nothing."""
    if column is not Column.PERIOD:
        query = text(f"select key, {', '.join(names)} from {table} where kind = :kind and {names[0]} <> 0")
        return session.execute(query, {"kind": _KINDS[column]})
    starts = [_slot(bound) for bound in scope.bounds[1:]]
    spans = list(zip(["", *starts], [*starts, "~"], strict=True))
    sums = ", ".join(f"sum({name})" for name in names)
    query = text(
        f"select p.key, {sums} from json_each(:spans) p cross join {table} t on t.kind = 'slot' and t.key >= "
        f"json_extract(p.value, '$[0]') and t.key < json_extract(p.value, '$[1]') group by p.key having sum({names[0]})"
    )
    return session.execute(query, {"spans": json.dumps(spans)})


def _fit(column: Column, bounds: Sequence[datetime]) -> bool:
    if column is not Column.PERIOD:
        return True
    for moment in (bound.astimezone(UTC) for bound in bounds[1:]):
        turn = (moment + timedelta(hours=14)).month != (moment - timedelta(hours=12)).month
        if (not turn and _slot(moment)[8:] != "01 12:00") or moment.minute % 15 or moment.second or moment.microsecond:
            return False
    return True


def _slot(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(" ", "minutes")[:16]
