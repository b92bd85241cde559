"""Times as HTTP writes them, dates and how long to wait; the 14 digits of web archives; times as reports write them."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

#: By how much the day of some time zone is before that of UTC, and some for clocks that differ.
_ZONES = timedelta(days=1)

_DIGITS = re.compile(r"[0-9]{14}")


def lies_ahead(moment: datetime, now: datetime) -> bool:
    """Return whether a moment has come nowhere on earth, so that nothing can have been seen at it."""
    return moment > now + _ZONES


def http_date(value: str | None) -> datetime | None:
    """Return the time that a header names (RFC 9110, 5.6.7), in UTC; None where it names none."""
    try:
        moment = parsedate_to_datetime(value or "")
        # The zone `-0000` is UTC of a clock whose place is not told; it comes without any.
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def seconds_asked(value: str | None, now: datetime, longest: float) -> float | None:
    """Return the seconds a Retry-After header asks for (RFC 9110, 10.2.3); None where it says nothing readable.

    Args:
        value: of the header.
        now: what time it is, by the clock of who sent it where that is known.
        longest: seconds that longer waits are cut to.

    """
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:12]), longest)
    until = http_date(text)
    return None if until is None else min(max((until - now).total_seconds(), 0.0), longest)


def moment_of(timestamp: str) -> datetime | None:
    """Return the time 14 digits stand for, in UTC; None where they are no time."""
    if not _DIGITS.fullmatch(timestamp):
        return None
    parts = (int(timestamp[:4]), *(int(timestamp[start : start + 2]) for start in range(4, 14, 2)))
    try:
        return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]  # six integers, year to second
    except ValueError:
        return None


def timestamp_of(moment: datetime) -> str:
    """Return a time as the 14 digits archives use, fractions of seconds dropped."""
    return f"{moment.astimezone(UTC):%Y%m%d%H%M%S}".zfill(14)


def iso_seconds(moment: datetime) -> str:
    """Return a time as ISO 8601 writes it, in UTC and to the second."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")
