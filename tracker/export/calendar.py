"""Deadlines as an iCalendar feed (RFC 5545): all-day events with alarms, no text ends a line early."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, timedelta

from tracker import __version__
from tracker.history.deadlines import DayKind, Deadline
from tracker.printable import one_line

#: Octets of one line without its end; what is longer is folded.
LINE_OCTETS = 75

MOST_QUOTED = 1_000

_TITLES = {DayKind.EFFECTIVE: "{name}: new text takes effect", DayKind.OBJECTION: "{name}: last day to object"}


def calendar(deadlines: Iterable[Deadline], *, reminders: Sequence[int] = (), public_url: str | None = None) -> bytes:
    """Return deadlines as a calendar; the same ones always give the same bytes.

    Args:
        deadlines: what becomes an event each.
        reminders: days before each at which the calendar program reminds of it.
        public_url: where readers reach the web pages; events then link to their change.

    """
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:-//tracker//tracker {__version__}//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        "X-WR-CALNAME:Policy deadlines",
    ]
    for deadline in deadlines:
        lines += _event(deadline, reminders, public_url)
    lines.append("END:VCALENDAR")
    return b"".join(folded for line in lines for folded in _folded(line))


def _event(deadline: Deadline, reminders: Sequence[int], public_url: str | None) -> Iterator[str]:
    change, source = deadline.entry.change, deadline.entry.source
    title = _TITLES[deadline.kind].format(name=source.name)
    told = [change.summary, deadline.quote[:MOST_QUOTED], f"tracker diff {source.id} --change {change.id}"]
    stamp = (change.confirmed_at or change.created_at).astimezone(UTC)
    yield "BEGIN:VEVENT"
    yield f"UID:{change.id}-{deadline.kind.value}@tracker"
    yield f"DTSTAMP:{stamp:%Y%m%dT%H%M%SZ}"
    yield f"DTSTART;VALUE=DATE:{_day(deadline.day)}"
    if deadline.day < date.max:
        yield f"DTEND;VALUE=DATE:{_day(deadline.day + timedelta(days=1))}"
    yield f"SUMMARY:{_text(title)}"
    yield f"DESCRIPTION:{_text(chr(10).join(part for part in told if part))}"
    yield f"CATEGORIES:{_text(change.severity)}"
    if public_url:
        yield f"URL:{public_url.rstrip('/')}/changes/{change.id}"
    yield "TRANSP:TRANSPARENT"
    for days in sorted(set(reminders), reverse=True):
        yield "BEGIN:VALARM"
        yield "ACTION:DISPLAY"
        yield f"DESCRIPTION:{_text(title)}"
        yield f"TRIGGER:-P{days}D" if days else "TRIGGER:PT0S"
        yield "END:VALARM"
    yield "END:VEVENT"


def _day(day: date) -> str:
    return f"{day.year:04}{day:%m%d}"


def _text(value: str) -> str:
    """Return text as a value: escaped, its line breaks too, and without control characters."""
    escaped = "\n".join(map(one_line, value.splitlines())).replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return escaped.replace("\n", "\\n")


def _folded(line: str) -> Iterator[bytes]:
    """Yield a line in parts of at most `LINE_OCTETS` octets that cut no character; later ones begin with a space."""
    current = b""
    for char in line:
        octets = char.encode("utf-8", "replace")
        if len(current) + len(octets) > LINE_OCTETS:
            yield current + b"\r\n"
            current = b" "
        current += octets
    yield current + b"\r\n"
