"""What a route would have sent: its rules as they are now, played over the stored history.

The same functions decide as in sending, so quiet hours, digests, limits and shared texts count. What is not known of
the past is assumed away: every destination accepts at once, nothing was muted, and every change was told of when it was
confirmed (or, in history from archives, when its text was first seen).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from tracker.alerts.choosing import GATHER, Bundle, Choice, Past, Told, Waiting, choose, next_chance
from tracker.alerts.routing import route_matches
from tracker.alerts.timing import digest_span, next_digest, zone_of
from tracker.settings import Settings
from tracker.sources.model import Route, Source
from tracker.store.history.simulation import PastChange
from tracker.words import Severity


@dataclass(frozen=True, slots=True)
class SimulatedMessage:
    """One message that would have gone to each destination of the route."""

    at: datetime
    kind: str  #: alert, shared, limit, quiet or digest
    changes: tuple[PastChange, ...]  #: none in a digest that says that all is quiet


@dataclass(frozen=True, slots=True)
class Week:
    """What a route would have sent in one week, from Monday on in its time zone."""

    start: date
    changes: int
    messages: int
    all_quiet: int  #: of the messages: digests without a change


@dataclass(frozen=True, slots=True)
class Simulation:
    """What a route would have sent over a span of time."""

    messages: tuple[SimulatedMessage, ...]
    weeks: tuple[Week, ...]  #: all of the span, empty ones too
    waiting: int  #: changes that would still wait at its end

    @property
    def changes(self) -> int:
        """Return how many changes would have been told of."""
        return sum(week.changes for week in self.weeks)


def simulate(
    route: Route,
    sources: Iterable[Source],
    past: Sequence[PastChange],
    settings: Settings,
    *,
    since: datetime,
    until: datetime,
) -> Simulation:
    """Return what a route would have sent.

    Args:
        route: the rules.
        sources: that are followed; changes of others are left out.
        past: changes that deserved an alert, in the order they would have been told.
        settings: for digests and time zone.
        since: from when changes count, aware.
        until: when the simulated time ends, aware.

    """
    by_id = {name: source for source in sources for name in (source.id, *source.formerly)}
    wanted = [
        one
        for one in past
        if since <= one.told_at < until and one.source_id in by_id and route_matches(route, by_id[one.source_id], one)
    ]
    lane = _Lane(route, settings, wanted, since, until)
    lane.run()
    zone = zone_of(route, settings)
    return Simulation(tuple(lane.sent), _weeks(lane.sent, since, until, zone), len(lane.waiting))


@dataclass
class _Lane:
    """One destination of the route; all of them would get the same."""

    route: Route
    settings: Settings
    changes: Sequence[PastChange]
    since: datetime
    until: datetime
    sent: list[SimulatedMessage] = field(default_factory=list)
    waiting: dict[int, tuple[datetime, Waiting]] = field(default_factory=dict)  #: each with when it is due

    def run(self) -> None:
        """Let time pass from one moment at which something may happen to the next."""
        arrivals = list(enumerate(self.changes))[::-1]
        quiet = self._next_digest(self.since)
        moment: datetime | None = self.since
        while moment is not None and moment < self.until:
            while arrivals and arrivals[-1][1].told_at <= moment:
                self._arrive(*arrivals.pop())
            self._send(moment)
            if quiet is not None and quiet <= moment:
                self._say_all_quiet(quiet)
                quiet = self._next_digest(quiet)
            chances = [arrivals[-1][1].told_at] if arrivals else []
            chances += [quiet] if quiet is not None else []
            chances += self._chances(moment)
            moment = min((chance for chance in chances if chance > moment), default=None)

    def _arrive(self, number: int, one: PastChange) -> None:
        due = next_digest(self.route, one.told_at, self.settings) if self.route.digest else one.told_at
        self.waiting[number] = (
            due,
            Waiting(
                id=number,
                created_at=one.told_at,
                severity=Severity(one.severity),
                digest=self.route.digest,
                pair=(one.before_sha256, one.after_sha256),
                source_key=one.source_key,
            ),
        )

    def _send(self, now: datetime) -> None:
        zone = zone_of(self.route, self.settings)
        while (choice := choose(self._due(now), self.route, self._past(now), now, zone)) is not None:
            changes = tuple(self.changes[number] for number in choice.ids)
            self.sent.append(SimulatedMessage(now, _kind(choice), changes))
            for number in choice.ids:
                del self.waiting[number]

    def _chances(self, now: datetime) -> list[datetime]:
        zone = zone_of(self.route, self.settings)
        dues = [due for due, _ in self.waiting.values() if due > now]
        chance = next_chance(self._due(now), self.route, self._past(now), now, zone)
        return [*dues, *([chance] if chance is not None else [])]

    def _due(self, now: datetime) -> list[Waiting]:
        ready = sorted((due, number) for number, (due, _) in self.waiting.items() if due <= now)
        return [self.waiting[number][1] for _, number in ready]

    def _past(self, now: datetime) -> Past:
        limit = self.route.limit
        recent: list[SimulatedMessage] = []
        longest = max(GATHER, limit.every if limit is not None else timedelta(0))
        for message in reversed(self.sent):
            if message.at <= now - longest:
                break
            recent.append(message)
        recent = [message for message in reversed(recent) if message.kind != "digest"]
        told: dict[tuple[str, str], Told] = {}
        for message in recent:
            for one in message.changes if message.at > now - GATHER else ():
                pair = one.before_sha256, one.after_sha256
                known = told.get(pair, Told(message.at, frozenset()))
                told[pair] = Told(known.first_at, known.source_keys | {one.source_key})
        at_once = tuple(one.at for one in recent if limit is not None and one.at > now - limit.every)
        return Past(at_once, told)

    def _next_digest(self, after: datetime) -> datetime | None:
        wanted = self.route.digest is not None and self.route.all_quiet
        return next_digest(self.route, after, self.settings) if wanted else None

    def _say_all_quiet(self, at: datetime) -> None:
        told = any(message.kind == "digest" and message.at > at - digest_span(self.route) for message in self.sent[-3:])
        held = any(due <= at for due, _ in self.waiting.values())
        if not told and not held:
            self.sent.append(SimulatedMessage(at, "digest", ()))


def _kind(choice: Choice) -> str:
    if choice.digest is not None:
        return "digest"
    return choice.bundle.value if isinstance(choice.bundle, Bundle) else "alert"


def _weeks(messages: Sequence[SimulatedMessage], since: datetime, until: datetime, zone: ZoneInfo) -> tuple[Week, ...]:
    def monday(moment: datetime) -> date:
        day = moment.astimezone(zone).date()
        return day - timedelta(days=day.weekday())

    by_week: dict[date, list[SimulatedMessage]] = {}
    for message in messages:
        by_week.setdefault(monday(message.at), []).append(message)
    start, end = monday(since), monday(until - timedelta(microseconds=1))
    weeks = []
    while start <= end:
        found = by_week.get(start, [])
        changes = sum(len(message.changes) for message in found)
        weeks.append(Week(start, changes, len(found), sum(not message.changes for message in found)))
        start += timedelta(days=7)
    return tuple(weeks)
