"""Health of the installation: what an operator has to be told, once, and again only after it was over.

Each look finds all that is wrong now. What was not wrong at the look before is an alarm, told in one message with the
others that belong to it (fifty sources of one host); what is no longer wrong is forgotten.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from sqlmodel import Session

from tracker.alerts.notices import HEALTH, Telling, tell_operators
from tracker.counting import counted
from tracker.daemon.runtime import Runtime
from tracker.fetch.browser import lacking
from tracker.hosts import host_of, site_of
from tracker.settings import Settings
from tracker.store.people.subscriptions import paused
from tracker.store.schema.routing_tables import Alarm
from tracker.store.schema.tables import SourceRow
from tracker.store.upkeep.disk import disk_of
from tracker.store.work.alarms import (
    dead_lanes,
    end_alarms,
    moved_pages,
    open_alarms,
    raise_alarm,
    watched_sources,
)
from tracker.store.work.events import log_event
from tracker.store.work.operations import blocked_hosts
from tracker.words import FailureKind, Severity

#: Sources or the like named in one message.
NAMED = 25

#: Sources that follow others of their host into the same trouble within so long are a part of it, not told of again.
TOGETHER = timedelta(hours=24)

#: An archive that asks us to wait for less is no news.
BLOCKED = timedelta(hours=1)

#: Selectors that catch nothing do not mend themselves; the second time is enough.
NOTHING_SELECTED = 2

#: An alarm of the disk is over when there is so much more room than it takes to raise it.
DISK_MARGIN = 1.2


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that is wrong now."""

    key: str  #: the same as long as it lasts
    kind: str
    together: str  #: those of one group are one message
    line: str  #: what is wrong, in words
    source_key: int | None = None
    severity: Severity = Severity.MEDIUM


#: Titles of messages by kind; `what` is the first line where there is but one.
_TITLES = {
    "failing": "{count} sources of {place} fail",
    "stale": "{count} sources of {place} have not been fetched for long",
    "selectors": "The selectors of {count} sources of {place} catch nothing",
    "gone": "{count} documents of {place} are gone",
    "moved": "{count} pages of {place} lead elsewhere now",
    "dead": "Messages were given up for {count} destinations",
    "blocked": "{count} archives or hosts asked us to stay away",
    "bounced": "{count} subscriptions are paused: their addresses refuse mail",
    "disk": "{count} disks are nearly full",
    "browser": "Pages cannot be read in a browser",
}


def watch_health(runtime: Runtime) -> int:
    """Tell operators of what became wrong since the last look; return how many messages are new."""
    now = runtime.clock.now()
    with runtime.database.read() as session:
        known = open_alarms(session)
        troubles = {one.key: one for one in _troubles(session, runtime, now, known)}
    over = [key for key in known if key not in troubles]
    fresh = [one for one in troubles.values() if one.key not in known]
    if not over and not fresh:
        return 0
    with runtime.database.write() as session:
        end_alarms(session, over)
        return _raise(session, runtime, fresh, known, now)


def _raise(session: Session, runtime: Runtime, fresh: Iterable[Trouble], known: dict[str, Alarm], now: datetime) -> int:
    groups: dict[str, list[Trouble]] = {}
    for one in fresh:
        if raise_alarm(session, one.key, kind=one.kind, together=one.together, source_key=one.source_key, at=now):
            log_event(session, now, one.source_key, f"health_{one.kind}", one.line)
            groups.setdefault(one.together, []).append(one)
    shaken = _shaken(session)
    recent = {alarm.together for alarm in known.values() if alarm.source_key and alarm.raised_at > now - TOGETHER}
    return sum(
        tell_operators(
            session,
            runtime.sources_file.routes,
            _telling(group, troubles, shaken[group] - len(troubles), now),
            now,
            runtime.settings,
        )
        for group, troubles in groups.items()
        if group not in recent
    )


def _telling(group: str, troubles: list[Trouble], others: int, now: datetime) -> Telling:
    """Return a message on troubles that belong together; `others` share their host's failure, but not for so long."""
    first = troubles[0]
    place = first.together.split(":")[1]
    title = first.line
    if len(troubles) > 1:
        title = _TITLES[first.kind].format(count=len(troubles), place=place or "several hosts")
    lines = [one.line for one in troubles[:NAMED]]
    if len(troubles) > NAMED:
        lines.append(f"and {len(troubles) - NAMED} more: tracker sources list")
    if others > 0:
        lines.append(f"Of the same host {others} more failed so at their last check.")
    return Telling(
        key=f"health:{group}:{now.isoformat()}",
        kind=HEALTH,
        title=title,
        lines=tuple(lines),
        severity=max((one.severity for one in troubles), key=lambda severity: severity.rank),
    )


def _troubles(session: Session, runtime: Runtime, now: datetime, known: dict[str, Alarm]) -> Iterator[Trouble]:
    for row in watched_sources(session):
        yield from _of_source(row, runtime, now)
    for move in moved_pages(session):
        if _place(move.first_url) == _place(move.final_url):
            continue
        place = host_of(move.url)
        line = f"{move.source.id}: {move.url} leads to {move.final_url}, it led to {move.first_url} at first"
        yield Trouble(f"moved:{move.source.key}:{move.final_url}", "moved", f"moved:{place}", line, move.source.key)
    for lane in dead_lanes(session):
        line = f"route {lane.route}, {lane.label}: {lane.dead} given up; {lane.last_error}"
        yield Trouble(f"dead:{lane.route}:{lane.label}", "dead", "dead:", line, severity=Severity.HIGH)
    for refusing in paused(session):
        line = f"subscription {refusing.id} is paused, its address refuses mail (tracker subscriptions list)"
        yield Trouble(f"bounced:{refusing.id}", "bounced", "bounced:", line)
    for one in blocked_hosts(session, now):
        key = f"blocked:{one.key}"
        if one.key.startswith("archive:") and (one.until - now >= BLOCKED or key in known):
            until = f"{one.until.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
            line = f"{one.key.removeprefix('archive:')} may be asked nothing until {until}"
            yield Trouble(key, "blocked", "blocked:", line)
    yield from _disk(runtime, known)
    yield from _browser(session, runtime)


def _browser(session: Session, runtime: Runtime) -> Iterator[Trouble]:
    """Yield one trouble for the installation where sources failed since there is no browser."""
    missing = lacking(runtime.settings)
    stuck = [row.id for row in watched_sources(session) if row.last_failure == FailureKind.BROWSER.value]
    if missing and stuck:
        line = f"{counted(len(stuck), 'source')} cannot be read, such as {stuck[0]}: {missing}"
        yield Trouble("browser", "browser", "browser:", line, severity=Severity.HIGH)


def _shaken(session: Session) -> Counter[str]:
    """Return how many sources failed at their last check, by host and kind of failure."""
    return Counter(f"failing:{host_of(row.url)}:{row.last_failure}" for row in watched_sources(session) if row.failures)


def _of_source(row: SourceRow, runtime: Runtime, now: datetime) -> Iterator[Trouble]:
    settings = runtime.settings

    def trouble(kind: str, line: str, severity: Severity = Severity.MEDIUM, part: str = "") -> Trouble:
        # Sources that never brought a text are one matter, whatever their hosts: the report on new ones named them.
        group = f"{kind}:{host_of(row.url)}{part}" if row.onboarded_at else f"{kind}:"
        return Trouble(f"{kind}:{row.key}", kind, group, f"{row.id}: {line}", row.key, severity)

    last = row.last_success_at or row.onboarded_at
    if last is not None and now - last > timedelta(days=settings.alarm_days):
        span = counted((now - last).days, "day")
        yield trouble("stale", f"not fetched since {last:%Y-%m-%d}, for {span}", Severity.HIGH)
    if row.gone_since is not None and row.failures >= settings.held_checks:
        yield trouble("gone", f"the host has no such document since {row.gone_since:%Y-%m-%d}", Severity.HIGH)
    elif row.last_failure == FailureKind.NOTHING_SELECTED.value and row.failures >= NOTHING_SELECTED:
        yield trouble("selectors", "its selectors match nothing", Severity.HIGH)
    elif row.failures >= settings.alarm_failures and not _told_at_once(row, settings):
        detail = f" ({row.last_failure_detail})" if row.last_failure_detail else ""
        why = (row.last_failure or "failed").replace("_", " ")
        yield trouble(
            "failing", f"{why}, {counted(row.failures, 'time')} in a row{detail}", part=f":{row.last_failure}"
        )


def _told_at_once(row: SourceRow, settings: Settings) -> bool:
    """Return whether a source fails for want of a browser, which is told once for all of them."""
    return row.last_failure == FailureKind.BROWSER.value and bool(lacking(settings))


def _disk(runtime: Runtime, known: dict[str, Alarm]) -> Iterator[Trouble]:
    share = runtime.settings.alarm_disk_free
    disk = disk_of(runtime.database, runtime.settings) if share else None
    if disk is None:
        return
    key = f"disk:{disk.folder}"
    if disk.free_share < share * (DISK_MARGIN if key in known else 1):
        line = f"the disk of {disk.folder} has {disk.free_share:.1%} left"
        yield Trouble(key, "disk", "disk:", line, severity=Severity.HIGH)


def _place(url: str) -> tuple[str, str]:
    """Return host and path as far as they tell one place from another."""
    return site_of(url), urlsplit(url).path.rstrip("/")
