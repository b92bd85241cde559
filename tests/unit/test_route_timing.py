"""Quiet hours and digests by the wall clock, in every zone and through every change of the clocks."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.alerts.timing import is_quiet, last_digest, next_digest, quiet_until, zone_of
from tracker.settings import Settings
from tracker.sources.model import QuietHours, Route

NIGHT = QuietHours(((time(22), time(7)),))
BERLIN = ZoneInfo("Europe/Berlin")
ZONES = ("UTC", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kolkata", "Pacific/Apia")

moments = st.integers(0, 3 * 366 * 24 * 60).map(
    lambda minutes: datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
# Around the changes of the clocks in Berlin, St John's and on Lord Howe Island.
changes = st.sampled_from(
    [
        datetime(2026, 3, 29, 1, tzinfo=UTC),
        datetime(2026, 10, 25, 1, tzinfo=UTC),
        datetime(2026, 3, 8, 5, 30, tzinfo=UTC),
        datetime(2026, 4, 4, 15, tzinfo=UTC),
        datetime(2026, 10, 3, 15, 30, tzinfo=UTC),
    ]
)
near = st.builds(lambda moment, minutes: moment + timedelta(minutes=minutes), changes, st.integers(-300, 300))
clocks = st.times().map(lambda clock: clock.replace(second=0, microsecond=0))
spans = st.tuples(clocks, clocks).filter(lambda span: span[0] != span[1])


@pytest.mark.parametrize(
    ("at", "quiet"),
    [
        (datetime(2026, 1, 5, 20, 59, tzinfo=UTC), False),
        (datetime(2026, 1, 5, 21, 0, tzinfo=UTC), True),
        (datetime(2026, 1, 6, 5, 59, tzinfo=UTC), True),
        (datetime(2026, 1, 6, 6, 0, tzinfo=UTC), False),
        (datetime(2026, 7, 6, 20, 0, tzinfo=UTC), True),
        (datetime(2026, 7, 7, 5, 0, tzinfo=UTC), False),
    ],
)
def test_quiet_hours_go_by_the_wall_clock(at: datetime, quiet: bool) -> None:
    """22:00 to 07:00 in Berlin is another span of UTC in summer than in winter; the end is left out."""
    assert is_quiet(NIGHT, at, BERLIN) is quiet


def test_a_weekend_and_the_night_after_it_are_one_quiet_time() -> None:
    """From Friday night on nothing goes before Monday morning, also where the clocks change on that Sunday."""
    quiet = QuietHours(NIGHT.spans, days=(5, 6))
    friday = datetime(2026, 3, 27, 23, tzinfo=BERLIN)
    assert quiet_until(quiet, friday, BERLIN) == datetime(2026, 3, 30, 7, tzinfo=BERLIN)
    assert quiet_until(quiet, datetime(2026, 3, 27, 12, tzinfo=BERLIN), BERLIN).hour == 12


def test_the_only_loud_hour_of_a_week_may_be_the_one_that_is_skipped() -> None:
    """Sundays from two to three alone: in Berlin there is no such hour on 29 March 2026, but there is a week later."""
    quiet = QuietHours(((time(3), time(2)),), days=(0, 1, 2, 3, 4, 5))
    after = datetime(2026, 3, 22, 3, tzinfo=BERLIN)
    assert quiet_until(quiet, after, BERLIN) == datetime(2026, 4, 5, 2, tzinfo=BERLIN)


@settings(max_examples=30, deadline=None)
@given(st.one_of(moments, near), st.lists(spans, min_size=1, max_size=3), st.sampled_from(ZONES))
def test_quiet_hours_end_at_the_first_moment_that_is_not_quiet(
    moment: datetime, found: list[tuple[time, time]], name: str
) -> None:
    """Whatever zone and season: the end is not quiet, and every minute before it is."""
    zone, quiet = ZoneInfo(name), QuietHours(tuple(found))
    full = moment.replace(second=0, microsecond=0)
    day = [full + timedelta(minutes=step) for step in range(3 * 24 * 60)]
    expected = next((one for one in day if not is_quiet(quiet, one, zone)), None)
    if expected is None:
        return  # spans that cover the day are refused where the file is read
    assert quiet_until(quiet, full, zone) == expected


@given(st.one_of(moments, near), st.sampled_from(ZONES), clocks, st.sampled_from(["hourly", "daily", "weekly"]))
def test_digests_follow_each_other_without_gap_or_double(moment: datetime, name: str, at: time, digest: str) -> None:
    """The last one lies at or before now, the next one after it, and none in between."""
    told = Settings(time_zone=name)
    route = Route("r", (), digest=digest, digest_at=at if digest != "hourly" else None)
    last, following = last_digest(route, moment, told), next_digest(route, moment, told)
    assert last <= moment < following
    assert next_digest(route, last, told) == following
    assert last_digest(route, following, told) == following
    longest = {"hourly": timedelta(hours=1), "daily": timedelta(hours=25), "weekly": timedelta(days=7, hours=1)}
    assert following - last <= longest[digest]


@given(st.one_of(moments, near), st.sampled_from(ZONES))
def test_a_daily_digest_leaves_once_a_day_by_the_wall_clock(moment: datetime, name: str) -> None:
    """Seven o'clock is never skipped by a change of the clocks, so each digest shows it."""
    told = Settings(time_zone="UTC")
    route = Route("r", (), digest="daily", digest_at=time(7), time_zone=name)
    following = next_digest(route, moment, told).astimezone(zone_of(route, told))
    assert following.time() == time(7)


def test_a_digest_at_a_time_that_is_skipped_leaves_all_the_same() -> None:
    """02:30 does not exist in Berlin on 29 March 2026; the digest of that day leaves at 03:30."""
    route = Route("r", (), digest="daily", digest_at=time(2, 30), time_zone="Europe/Berlin")
    at = next_digest(route, datetime(2026, 3, 28, 12, tzinfo=UTC), Settings())
    assert at == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert next_digest(route, at, Settings()) == datetime(2026, 3, 30, 0, 30, tzinfo=UTC)


def test_a_weekly_digest_leaves_on_its_day() -> None:
    """By default on Monday."""
    at = next_digest(Route("r", (), digest="weekly", digest_at=time(9)), datetime(2026, 3, 4, tzinfo=UTC), Settings())
    assert at == datetime(2026, 3, 9, 9, tzinfo=UTC)
    friday = Route("r", (), digest="weekly", digest_at=time(9), digest_day=4)
    assert next_digest(friday, at, Settings()) == datetime(2026, 3, 13, 9, tzinfo=UTC)
