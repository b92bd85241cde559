"""Reads the routes of the sources file: which changes go where, and when."""

import re
from collections.abc import Callable, Mapping
from datetime import time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tracker.sources.checker import Table, exactly_one, near_word, one_of
from tracker.sources.model import Escalation, QuietHours, RateLimit, Route
from tracker.sources.values import BadValue, read_destination, read_duration, read_ident
from tracker.words import Direction, Severity, Topic

ROUTE_KEYS = (
    *("name", "url", "urls", "tags", "topics", "severity", "directions", "digest", "digest_at", "digest_day"),
    *("all_quiet", "time_zone", "quiet", "quiet_days", "quiet_unless", "limit", "escalate_after", "escalate_to"),
    *("escalate_severity", "operator", "enabled"),
)
DIGESTS = ("hourly", "daily", "weekly")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)
_MOST_MESSAGES = 10_000


def read_route(table: Table, environ: Mapping[str, str]) -> Route:
    """Return a route; `environ` is what `${NAME}` in its addresses stands for."""
    table.only(ROUTE_KEYS)
    enabled = table.flag("enabled", True)
    exactly_one(table, ("url", "urls"))

    # A route that is switched off may wait for its variables, so its addresses are not even expanded.
    def addresses(*keys: str) -> tuple[str, ...]:
        reader: Callable[[str], str] = lambda text: read_destination(text, environ)  # noqa: E731
        return tuple(url for key in keys if enabled for url in table.read_all(key, reader))

    digest = table.choice("digest", DIGESTS, "daily") if table.has("digest") else None
    _only_with(table, "digest", ("digest_at", "digest_day", "all_quiet"))
    if digest == "hourly" and table.has("digest_at"):
        table.add("digest_at", "goes with daily and weekly digests")
    if digest in {"hourly", "daily"} and table.has("digest_day"):
        table.add("digest_day", "goes with weekly digests")
    return Route(
        name=table.read("name", read_ident, "", required=True),
        urls=addresses("url", "urls"),
        tags=table.texts("tags"),
        topics=tuple(Topic(word) for word in table.read_all("topics", one_of(Topic))),
        severity=Severity(table.choice("severity", Severity, Severity.LOW)),
        directions=tuple(Direction(word) for word in table.read_all("directions", one_of(Direction))),
        digest=digest,
        digest_at=table.read("digest_at", read_clock, None) if table.has("digest_at") else None,
        digest_day=table.read("digest_day", read_weekday, 0) if table.has("digest_day") else 0,
        all_quiet=table.flag("all_quiet", digest != "hourly"),
        time_zone=table.read("time_zone", read_zone, None) if table.has("time_zone") else None,
        quiet=_read_quiet(table),
        limit=table.read("limit", read_limit, None) if table.has("limit") else None,
        escalation=_read_escalation(table, addresses("escalate_to")),
        operator=table.flag("operator", False),
        enabled=enabled,
    )


def _only_with(table: Table, key: str, others: tuple[str, ...]) -> None:
    for other in others:
        if table.has(other) and not table.has(key):
            table.add(other, f"goes with {key}")


def _read_quiet(table: Table) -> QuietHours | None:
    if not table.has("quiet") and not table.has("quiet_days"):
        if table.has("quiet_unless"):
            table.add("quiet_unless", "goes with quiet or quiet_days")
        return None
    quiet = QuietHours(
        spans=table.read_all("quiet", read_span),
        days=table.read_all("quiet_days", read_weekday),
        unless=_severity(table, "quiet_unless"),
    )
    if len(quiet.days) == len(DAYS) or _covers_the_day(quiet.spans):
        table.add("quiet" if quiet.spans else "quiet_days", "leaves no time to send", "enabled = false ends a route")
        return None
    return quiet


def _covers_the_day(spans: tuple[tuple[time, time], ...]) -> bool:
    """Return whether no minute of a day is outside of all spans."""
    minutes = {minute for start, end in spans for minute in _minutes(start, end)}
    return len(minutes) == 24 * 60


def _minutes(start: time, end: time) -> list[int]:
    first, last = start.hour * 60 + start.minute, end.hour * 60 + end.minute
    return [*range(first, last)] if first < last else [*range(first, 24 * 60), *range(last)]


def _read_escalation(table: Table, urls: tuple[str, ...]) -> Escalation | None:
    if not table.has("escalate_after") and not table.has("escalate_to"):
        if table.has("escalate_severity"):
            table.add("escalate_severity", "goes with escalate_after and escalate_to")
        return None
    for key, other in (("escalate_after", "escalate_to"), ("escalate_to", "escalate_after")):
        if not table.has(key):
            table.add(other, f"goes with {key}")
            return None
    after = table.read("escalate_after", read_duration, None)
    if after is None or not urls:
        return None  # a mistake was noted, or the route is switched off
    return Escalation(after, urls, _severity(table, "escalate_severity") or Severity.CRITICAL)


def _severity(table: Table, key: str) -> Severity | None:
    known = [severity for severity in Severity if severity is not Severity.NONE]
    word = table.choice(key, known, "") if table.has(key) else ""
    return Severity(word) if word else None


def read_clock(text: str) -> time:
    """Return a time of day such as 07:00."""
    found = _CLOCK.fullmatch(text)
    if found is None:
        raise BadValue(f'"{text[:60]}" is no time of day', 'write one like "07:00"')
    return time(int(found[1]), int(found[2]))


def read_span(text: str) -> tuple[time, time]:
    """Return a stretch of the day such as 22:00-07:00, which may pass midnight."""
    start, dash, end = text.partition("-")
    if not dash:
        raise BadValue(f'"{text[:60]}" is no stretch of the day', 'write one like "22:00-07:00"')
    span = read_clock(start.strip()), read_clock(end.strip())
    if span[0] == span[1]:
        raise BadValue(f'"{text[:60]}" begins and ends at the same time', "enabled = false ends a route")
    return span


def read_weekday(text: str) -> int:
    """Return a day of the week as a number, 0 for mon."""
    if text not in DAYS:
        raise BadValue(f'"{text[:60]}" is no day of the week', near_word(text, DAYS))
    return DAYS.index(text)


def read_zone(text: str) -> str:
    """Return the name of a time zone."""
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadValue(f'"{text[:60]}" is no time zone', 'write one like "Europe/Berlin"') from None
    return text


def read_limit(text: str) -> RateLimit:
    """Return a rate such as 10/1h."""
    number, slash, span = text.partition("/")
    if not slash or not number.strip().isascii() or not number.strip().isdigit():
        raise BadValue(f'"{text[:60]}" is no rate', 'write messages per span: "10/1h"')
    messages = int(number.strip()[:9])
    if not 1 <= messages <= _MOST_MESSAGES:
        raise BadValue(f'"{text[:60]}" is out of bounds', f"from 1 to {_MOST_MESSAGES:,} messages")
    return RateLimit(messages, read_duration(span))
