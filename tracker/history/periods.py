"""Months, quarters and years as people of a time zone count them."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from tracker.errors import UsageError

#: More than a screen, a table or one query holds; two hundred years of months.
MOST = 2_400

MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


class Unit(StrEnum):
    """How long a period is."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"

    @property
    def months(self) -> int:
        """Return how many months it has."""
        return {Unit.MONTH: 1, Unit.QUARTER: 3, Unit.YEAR: 12}[self]


@dataclass(frozen=True, slots=True)
class Period:
    """A month, quarter or year: its days, and the moment (in UTC) at which it begins in its zone."""

    unit: Unit
    first_day: date
    last_day: date
    start: datetime

    @property
    def name(self) -> str:
        """Return its short name, which sorts by time: 2024, 2024-Q2 or 2024-05."""
        year = f"{self.first_day.year:04}"
        if self.unit is Unit.YEAR:
            return year
        if self.unit is Unit.QUARTER:
            return f"{year}-Q{(self.first_day.month + 2) // 3}"
        return f"{year}-{self.first_day.month:02}"

    @property
    def words(self) -> str:
        """Return its name as people say it: 2024, 2nd quarter of 2024 or May 2024."""
        if self.unit is Unit.YEAR:
            return self.name
        if self.unit is Unit.QUARTER:
            ordinal = ("1st", "2nd", "3rd", "4th")[(self.first_day.month - 1) // 3]
            return f"{ordinal} quarter of {self.first_day.year}"
        return f"{MONTHS[self.first_day.month - 1]} {self.first_day.year}"


def periods_between(first: datetime, last: datetime, unit: Unit, zone: ZoneInfo) -> tuple[Period, ...]:
    """Return the periods from the one that holds a moment to the one that holds another, in a zone.

    Raises:
        UsageError: these are more than a table can hold.

    """
    begin, end = (_place(moment.astimezone(zone).date(), unit) for moment in (first, last))
    if end - begin >= MOST:
        raise UsageError(f"from {first:%Y-%m-%d} to {last:%Y-%m-%d} is too long a time by {unit}; name a shorter one")
    return tuple(_period(place, unit, zone) for place in range(begin, end + 1))


def _place(day: date, unit: Unit) -> int:
    return (day.year * 12 + day.month - 1) // unit.months


def _first_day(place: int, unit: Unit) -> date:
    year, month = divmod(place * unit.months, 12)
    return date(year, month + 1, 1)


def _period(place: int, unit: Unit, zone: ZoneInfo) -> Period:
    first = _first_day(place, unit)
    last_month = place * unit.months + unit.months - 1
    year, month = divmod(last_month, 12)
    last = date(year, 12, 31) if month == 11 else date(year, month + 2, 1) - timedelta(days=1)
    start = datetime(first.year, first.month, 1, tzinfo=zone).astimezone(UTC)
    return Period(unit, first, last, start)
