"""When a route may speak: quiet hours and digests by the wall clock of its zone. Pure, whatever the season.

Quiet hours are asked of the moment, never stored, so a restart or a change of the clocks in the middle of them loses
nothing. Digests leave at moments that follow from the clock alone.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tracker.settings import Settings
from tracker.sources.model import QuietHours, Route

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)

#: Days that are looked at for the next digest or the end of quiet hours: two weeks, since the one hour of a week that
#: is not quiet may be the one that clocks skip, and some at their ends.
_AHEAD = 16


def zone_of(route: Route, settings: Settings) -> ZoneInfo:
    """Return the zone whose wall clock a route goes by."""
    return ZoneInfo(route.time_zone) if route.time_zone else settings.zone


def is_quiet(quiet: QuietHours | None, moment: datetime, zone: ZoneInfo) -> bool:
    """Return whether a moment lies in quiet hours."""
    if quiet is None:
        return False
    local = moment.astimezone(zone)
    if local.weekday() in quiet.days:
        return True
    clock = local.time()
    return any(start <= clock < end if start < end else clock >= start or clock < end for start, end in quiet.spans)


def quiet_until(quiet: QuietHours | None, moment: datetime, zone: ZoneInfo) -> datetime:
    """Return the first moment, from the given one on, that is not quiet.

    Quiet hours begin and end at full minutes, and clocks are changed at full minutes: so only the ends of spans and
    days, and the quarters of hours at which clocks change, are looked at.
    """
    if quiet is None or not is_quiet(quiet, moment, zone):
        return moment
    local = moment.astimezone(zone).date()
    ends = [time(0), *(end for _, end in quiet.spans)]
    walls = [
        moment_of(local + timedelta(days=day), end, zone, fold)
        for day in range(_AHEAD)
        for end in ends
        for fold in (0, 1)
    ]
    # Where the clocks are put forward over the end, it comes with the change itself.
    walls += [wall - step * timedelta(minutes=15) for wall in walls for step in range(1, 9)]
    later = sorted({wall for wall in walls if wall > moment})
    return next(wall for wall in later if not is_quiet(quiet, wall, zone))


def moment_of(day: date, clock: time, zone: ZoneInfo, fold: int = 0) -> datetime:
    """Return when a wall clock shows a time of a day, in UTC; one that is skipped comes as much later."""
    return datetime.combine(day, clock, tzinfo=zone).replace(fold=fold).astimezone(UTC)


def next_digest(route: Route, now: datetime, settings: Settings) -> datetime:
    """Return when the next digest of a route leaves, strictly after now."""
    return next(moment for moment in _digests(route, now, settings) if moment > now)


def last_digest(route: Route, now: datetime, settings: Settings) -> datetime:
    """Return when the last digest of a route left, at the latest now."""
    return max(moment for moment in _digests(route, now, settings) if moment <= now)


def digest_span(route: Route) -> timedelta:
    """Return how long a digest of a route looks back where none went before."""
    return {"hourly": HOUR, "daily": DAY, "weekly": 7 * DAY}[route.digest or "daily"]


def _digests(route: Route, now: datetime, settings: Settings) -> list[datetime]:
    """Return the moments around now at which digests leave, in order."""
    if route.digest == "hourly":
        full = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        return [full, full + HOUR]
    zone = zone_of(route, settings)
    clock = route.digest_at or time(settings.digest_hour)
    today = now.astimezone(zone).date()
    days = [today + timedelta(days=step) for step in range(-_AHEAD, _AHEAD + 1)]
    if route.digest == "weekly":
        days = [day for day in days if day.weekday() == route.digest_day]
    return [moment_of(day, clock, zone) for day in days]
