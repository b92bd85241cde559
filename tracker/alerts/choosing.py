"""What goes out next in a lane, and with what: digests, summaries, and one message for one text of many sources. Pure.

A lane is one destination of one route. Nothing here is stored: what waits, what was sent and what time it is decide, so
the same choice is made after a restart, and a simulation over stored history makes the choices that sending makes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from tracker.alerts.timing import is_quiet, quiet_until
from tracker.sources.model import Route
from tracker.words import Severity

#: Most deliveries that go out as one message; the rest follow in the next.
MOST_TOGETHER = 200

#: Where a lane was told of a change, the same change of other sources is gathered so long and told in one message.
GATHER = timedelta(hours=12)

#: The texts before and after a change, by hash: equal for sources that share one document.
Pair = tuple[str, str]


class Bundle(StrEnum):
    """Why deliveries that are no digest go out together."""

    LIMIT = "limit"  #: the route's rate limit leaves one message for all of them
    QUIET = "quiet"  #: they came in quiet hours
    SHARED = "shared"  #: one change of a text that many sources share


@dataclass(frozen=True, slots=True)
class Waiting:
    """A delivery that waits and is due."""

    id: int
    created_at: datetime
    severity: Severity
    digest: str | None = None
    batch: str | None = None  #: of a message that was tried before
    pair: Pair | None = None  #: None for what is no change
    source_key: int | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What a lane was told of a pair of texts lately."""

    first_at: datetime
    source_keys: frozenset[int]


@dataclass(frozen=True, slots=True)
class Past:
    """What a lane sent lately, as far as it matters for what it may send now."""

    sent_at: tuple[datetime, ...] = ()  #: of messages at once within the span of the rate limit, oldest first
    told: Mapping[Pair, Told] = field(default_factory=dict)  #: within `GATHER`


@dataclass(frozen=True, slots=True)
class Choice:
    """Deliveries that go out as one message."""

    ids: tuple[int, ...]
    digest: str | None = None
    batch: str | None = None
    bundle: Bundle | None = None  #: None for a message of its own, a digest, or one that is tried again


def choose(waiting: Sequence[Waiting], route: Route | None, past: Past, now: datetime, zone: ZoneInfo) -> Choice | None:
    """Return what goes out now.

    Args:
        waiting: what is due, in the order it is to go.
        route: whose rules hold; None where none do (an escalation, or a route that is gone).
        past: what the lane sent lately.
        now: when.
        zone: of the route.

    """
    able = [one for one in waiting if _may_go(one, route, past, now, zone)]
    if not able:
        return None
    first = able[0]
    if first.batch is not None:
        # Tried before: the same members under the same key, whatever holds for each of them now.
        return Choice(tuple(one.id for one in waiting if one.batch == first.batch), first.digest, first.batch)
    fresh = [one for one in able if one.batch is None and one.digest == first.digest]
    if first.digest is not None:
        # What is no change goes first: counts that are left over for a second message would say that all is quiet.
        notices = sorted((one for one in fresh if one.pair is None), key=lambda one: -one.id)
        return Choice(_ids([*notices, *(one for one in fresh if one.pair is not None)]), first.digest)
    left = _left(route, past, now)
    if left is not None and len(fresh) > left:
        alike = _alike(fresh, first)
        # What goes together anyway needs no summary.
        return Choice(_ids(fresh), bundle=Bundle.LIMIT) if left <= 1 and len(alike) < len(fresh) else _shared(alike)
    if route is not None and route.quiet is not None and is_quiet(route.quiet, first.created_at, zone):
        held = [one for one in fresh if is_quiet(route.quiet, one.created_at, zone)]
        if len(held) > 1 and len(_alike(held, first)) < len(held):
            return Choice(_ids(held), bundle=Bundle.QUIET)
    return _shared(_alike(fresh, first))


def next_chance(
    waiting: Sequence[Waiting], route: Route | None, past: Past, now: datetime, zone: ZoneInfo
) -> datetime | None:
    """Return when a lane from which nothing goes now is to be looked at again; None where nothing waits."""
    chances = []
    for one in waiting:
        moment = now
        if one.batch is None and (told := _told_of(one, past)) is not None:
            moment = max(moment, told.first_at + GATHER)
        if route is not None and not _is_loud(one, route):
            moment = quiet_until(route.quiet, moment, zone)
        limit = route.limit if route is not None and one.digest is None else None
        if limit is not None and len(past.sent_at) >= limit.messages:
            moment = max(moment, past.sent_at[-limit.messages] + limit.every)
        chances.append(moment)
    return min(chances, default=None)


def _may_go(one: Waiting, route: Route | None, past: Past, now: datetime, zone: ZoneInfo) -> bool:
    if route is not None:
        if is_quiet(route.quiet, now, zone) and not _is_loud(one, route):
            return False
        if one.digest is None and _left(route, past, now) == 0:
            return False
    if one.batch is not None:
        return True
    told = _told_of(one, past)
    return told is None or told.first_at + GATHER <= now


def _is_loud(one: Waiting, route: Route) -> bool:
    """Return whether a delivery goes out in quiet hours too."""
    unless = route.quiet.unless if route.quiet is not None else None
    return unless is not None and one.severity.rank >= unless.rank


def _told_of(one: Waiting, past: Past) -> Told | None:
    """Return what was told of the same texts of other sources; a source that changes so again is news."""
    if one.digest is not None or one.pair is None:
        return None
    told = past.told.get(one.pair)
    return told if told is not None and one.source_key not in told.source_keys else None


def _left(route: Route | None, past: Past, now: datetime) -> int | None:
    """Return how many messages the rate limit still allows; None where there is none."""
    if route is None or route.limit is None:
        return None
    limit = route.limit
    return max(0, limit.messages - sum(moment > now - limit.every for moment in past.sent_at))


def _alike(waiting: Sequence[Waiting], first: Waiting) -> list[Waiting]:
    """Return those of the same change of text as the first, itself included."""
    return [one for one in waiting if one is first or (first.pair is not None and one.pair == first.pair)]


def _shared(alike: Sequence[Waiting]) -> Choice:
    return Choice(_ids(alike), bundle=Bundle.SHARED if len(alike) > 1 else None)


def _ids(waiting: Sequence[Waiting]) -> tuple[int, ...]:
    return tuple(one.id for one in waiting[:MOST_TOGETHER])
