"""Reads cron lines: days of the week count from Sunday, as cron counts them."""

import re
from datetime import UTC

from apscheduler.triggers.cron import CronTrigger

DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
SUNDAY_AGAIN = 7
SPAN = re.compile(r"(?:\*|([0-7]|[a-z]{3})(?:-([0-7]|[a-z]{3}))?)(?:/(\d{1,3}))?", re.ASCII)


def cron_trigger(line: str) -> CronTrigger:
    """Return when a cron line of five fields fires, in UTC.

    Raises:
        ValueError: the line is not understood; the scheduler may raise others of its own.

    """
    fields = line.split()
    if len(fields) == 5:
        fields[4] = _named(fields[4])  # the scheduler counts days of the week from Monday
    return CronTrigger.from_crontab(" ".join(fields), timezone=UTC)


def _named(field: str) -> str:
    """Return the field of the days of the week with each day by its name."""
    if field == "*":
        return field
    days = {day % 7 for span in field.split(",") for day in _days(span)}
    return ",".join(DAYS[day] for day in sorted(days))


def _days(span: str) -> range:
    """Return the days of a part between commas, from 0 for Sunday to 7 for the Sunday after."""
    found = SPAN.fullmatch(span.lower())
    if found is None or (found[3] and int(found[3]) == 0):
        raise _no_days(span)
    first = _day(found[1], span) if found[1] else 0
    last = _day(found[2], span) if found[2] else first if found[1] and not found[3] else 6
    if found[2] == DAYS[0] and first > 0:
        last = SUNDAY_AGAIN
    if last < first:
        raise _no_days(span)
    return range(first, last + 1, int(found[3] or 1))


def _day(text: str, span: str) -> int:
    if text.isdigit():
        return int(text)
    if text not in DAYS:
        raise _no_days(span)
    return DAYS.index(text)


def _no_days(span: str) -> ValueError:
    return ValueError(f"{span[:20]!r} names no days of the week: 0 to 7 from Sunday to Sunday, or mon to sun")
