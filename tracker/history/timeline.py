"""A source's history as data for a picture: what stood when, who saw it, when nobody looked, what changes weigh."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby, pairwise
from statistics import median
from typing import Any

from sqlmodel import Session

from tracker.store.history.timeline import (
    Sight,
    StatedDates,
    Weighed,
    held_texts,
    looks,
    sights,
    stated_dates,
    weighed_changes,
)
from tracker.store.schema.tables import SourceRow
from tracker.words import Severity

#: Shorter silences are no gap, however often a source is looked at otherwise ...
LEAST_GAP = timedelta(days=45)
#: ... and neither are those of a few times its usual spacing.
GAP_SPACINGS = 4


@dataclass(frozen=True, slots=True)
class Seen:
    """Observations of one origin that follow each other within a stretch."""

    origin: str  #: live, archive or import
    archive: str | None
    first: datetime
    last: datetime
    times: int


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of time over which a source showed one version."""

    version: int  #: its number, as everywhere: in the order the texts were first seen
    first_seen: datetime
    last_seen: datetime
    seen: tuple[Seen, ...]
    stated: str | None  #: ISO date of its own "last updated" line
    effective: str | None
    returned: bool  #: the text had been there before, and another one since
    back_from: int | None  #: place of the stretch that showed it before; None where it was new or lies outside the span


@dataclass(frozen=True, slots=True)
class Gap:
    """A time in which nobody looked: what happened in it is not known."""

    after: datetime
    until: datetime

    @property
    def days(self) -> int:
        """Return its length in whole days."""
        return (self.until - self.after).days


@dataclass(frozen=True, slots=True)
class Trouble:
    """A time over which looking brought no text: a failure, or a text that was held back."""

    kind: str  #: failed or held
    reason: str  #: the kind of failure, or the guard's name
    first: datetime
    last: datetime
    times: int


@dataclass(frozen=True, slots=True)
class Timeline:
    """A source's history, each part in time order."""

    source: str
    name: str
    stretches: tuple[Stretch, ...]
    gaps: tuple[Gap, ...]
    changes: tuple[Weighed, ...]
    troubles: tuple[Trouble, ...]

    @property
    def first(self) -> datetime | None:
        """Return the first observation; None where there is none."""
        return self.stretches[0].first_seen if self.stretches else None

    @property
    def last(self) -> datetime | None:
        """Return the last observation; None where there is none."""
        return self.stretches[-1].last_seen if self.stretches else None


def timeline(
    session: Session, row: SourceRow, *, since: datetime | None = None, until: datetime | None = None
) -> Timeline:
    """Return a source's history between two times, both included, by a fixed number of queries.

    Numbers of versions, returns and what counts as a gap are those of the whole history.
    """
    assert row.key is not None
    seen = sights(session, row.key)
    stretches = stretches_of(seen, stated_dates(session, row.key))
    troubles = [
        Trouble("held", held.reason, held.first_seen, held.last_seen, 1) for held in held_texts(session, row.key)
    ]
    for failure, group in groupby(looks(session, row.key), key=lambda look: look.failure):
        times = [look.at for look in group]
        if failure is not None:
            troubles.append(Trouble("failed", failure, times[0], times[-1], len(times)))
    whole = Timeline(
        row.id,
        row.name,
        tuple(stretches),
        tuple(gaps_of([sight.at for sight in seen])),
        tuple(weighed_changes(session, row.key)),
        tuple(sorted(troubles, key=lambda trouble: (trouble.first, trouble.kind))),
    )
    return whole if since is None and until is None else _between(whole, since, until)


def stretches_of(seen: Sequence[Sight], dates: dict[int, StatedDates]) -> list[Stretch]:
    """Return the stretches that observations in time order make."""
    numbers: dict[int, int] = {}
    latest: dict[int, int] = {}
    found: list[Stretch] = []
    for version_id, group in groupby(seen, key=lambda sight: sight.version_id):
        of_one = list(group)
        told = dates.get(version_id, StatedDates(None, None))
        found.append(
            Stretch(
                numbers.setdefault(version_id, len(numbers) + 1),
                of_one[0].at,
                of_one[-1].at,
                tuple(_seen(of_one)),
                told.stated,
                told.effective,
                version_id in latest,
                latest.get(version_id),
            )
        )
        latest[version_id] = len(found) - 1
    return found


def gaps_of(moments: Sequence[datetime]) -> list[Gap]:
    """Return the gaps between observations in time order: longer than some times the usual, and than 45 days."""
    spaces = [after - before for before, after in pairwise(moments)]
    if not spaces:
        return []
    longest = max(LEAST_GAP, GAP_SPACINGS * timedelta(seconds=median(space.total_seconds() for space in spaces)))
    return [Gap(before, after) for before, after in pairwise(moments) if after - before > longest]


def weight(change: Weighed) -> int:
    """Return how much a change weighs: 0 for one that is not material, up to 4 for `critical`."""
    return Severity(change.severity).rank


def timeline_json(found: Timeline) -> dict[str, Any]:
    """Return a timeline as plain data."""
    return {
        "source": found.source,
        "name": found.name,
        "stretches": [_stretch_json(stretch) for stretch in found.stretches],
        "gaps": [
            {"after": gap.after.isoformat(), "until": gap.until.isoformat(), "days": gap.days} for gap in found.gaps
        ],
        "changes": [
            change._asdict()
            | {
                "last_seen_before": change.last_seen_before.isoformat(),
                "first_seen_after": change.first_seen_after.isoformat(),
            }
            for change in found.changes
        ],
        "troubles": [
            {
                "kind": trouble.kind,
                "reason": trouble.reason,
                "first": trouble.first.isoformat(),
                "last": trouble.last.isoformat(),
                "times": trouble.times,
            }
            for trouble in found.troubles
        ],
    }


def _stretch_json(stretch: Stretch) -> dict[str, Any]:
    return {
        "version": stretch.version,
        "first_seen": stretch.first_seen.isoformat(),
        "last_seen": stretch.last_seen.isoformat(),
        "seen": [
            {
                "origin": seen.origin,
                "archive": seen.archive,
                "first": seen.first.isoformat(),
                "last": seen.last.isoformat(),
                "times": seen.times,
            }
            for seen in stretch.seen
        ],
        "stated_date": stretch.stated,
        "effective_date": stretch.effective,
        "returned": stretch.returned,
    }


def _seen(of_one: Sequence[Sight]) -> list[Seen]:
    found = []
    for (origin, archive), group in groupby(of_one, key=lambda sight: (sight.origin, sight.archive)):
        times = [sight.at for sight in group]
        found.append(Seen(origin, archive, times[0], times[-1], len(times)))
    return found


def _between(whole: Timeline, since: datetime | None, until: datetime | None) -> Timeline:
    """Return the parts that touch a span of time; a stretch is kept whole, since that is when its text stood."""

    def touches(first: datetime, last: datetime) -> bool:
        return (since is None or last >= since) and (until is None or first <= until)

    kept = [at for at, one in enumerate(whole.stretches) if touches(one.first_seen, one.last_seen)]
    place = {old: new for new, old in enumerate(kept)}
    stretches = [whole.stretches[at] for at in kept]
    return Timeline(
        whole.source,
        whole.name,
        tuple(replace(one, back_from=None if one.back_from is None else place.get(one.back_from)) for one in stretches),
        tuple(gap for gap in whole.gaps if touches(gap.after, gap.until)),
        tuple(one for one in whole.changes if touches(one.first_seen_after, one.first_seen_after)),
        tuple(one for one in whole.troubles if touches(one.first, one.last)),
    )
