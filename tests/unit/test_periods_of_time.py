"""Months, quarters and years of any time zone follow each other without a hole, whatever its clocks do."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.errors import UsageError
from tracker.history.periods import Unit, periods_between

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Apia", "Pacific/Kiritimati")
MOMENTS = st.integers(0, 36_500 * 24).map(lambda hours: datetime(1990, 1, 2, tzinfo=UTC) + timedelta(hours=hours))


@given(MOMENTS, st.integers(0, 3_000), st.sampled_from(Unit), st.sampled_from(ZONES))
def test_periods_cover_a_span_without_holes(first: datetime, days: int, unit: Unit, name: str) -> None:
    """The first holds its beginning, the last its end, and each begins the day after the one before ended."""
    last, zone = first + timedelta(days=days), ZoneInfo(name)
    found = periods_between(first, last, unit, zone)
    assert found[0].start <= first
    assert found[0].first_day <= first.astimezone(zone).date() <= found[0].last_day
    assert found[-1].first_day <= last.astimezone(zone).date() <= found[-1].last_day
    for before, after in pairwise(found):
        assert before.last_day + timedelta(days=1) == after.first_day
        assert before.start < after.start
        assert before.name < after.name
    assert all(period.start.astimezone(zone).date() == period.first_day for period in found)


def test_the_same_moment_is_in_another_month_elsewhere() -> None:
    """New Year's Eve in London is New Year's Day in Berlin."""
    moment = datetime(2023, 12, 31, 23, 30, tzinfo=UTC)
    (london,) = periods_between(moment, moment, Unit.MONTH, ZoneInfo("Europe/London"))
    (berlin,) = periods_between(moment, moment, Unit.MONTH, ZoneInfo("Europe/Berlin"))
    assert (london.name, berlin.name) == ("2023-12", "2024-01")
    assert berlin.start == datetime(2023, 12, 31, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("unit", "name", "words"),
    [
        (Unit.MONTH, "2024-05", "May 2024"),
        (Unit.QUARTER, "2024-Q2", "2nd quarter of 2024"),
        (Unit.YEAR, "2024", "2024"),
    ],
)
def test_a_period_has_a_name_that_sorts_and_one_that_people_say(unit: Unit, name: str, words: str) -> None:
    """May 2024 in each unit."""
    moment = datetime(2024, 5, 31, tzinfo=UTC)
    (period,) = periods_between(moment, moment, unit, ZoneInfo("UTC"))
    assert (period.name, period.words) == (name, words)


def test_a_span_that_no_table_holds_is_refused() -> None:
    """The message says what to do."""
    with pytest.raises(UsageError, match="name a shorter one"):
        periods_between(datetime(1, 2, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC), Unit.MONTH, ZoneInfo("UTC"))
