"""When sources are due."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.daemon.schedule import HELD_RECHECK, next_due, recheck_held
from tracker.sources.model import Schedule, Source, SourcePage

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def source(schedule: Schedule, ident: str = "acme") -> Source:
    return Source(ident, "Acme", "Privacy Policy", (SourcePage("https://acme.example/privacy"),), schedule=schedule)


@given(st.text("abcdefgh-", min_size=1, max_size=12), st.integers(1, 400))
def test_an_interval_is_kept_within_its_jitter(ident: str, hours: int) -> None:
    """The next check comes no earlier and no later than the jitter allows."""
    schedule = Schedule(interval=timedelta(hours=hours), jitter=0.1)
    wait = next_due(source(schedule, ident), NOW) - NOW
    assert timedelta(hours=hours) * 0.9 <= wait <= timedelta(hours=hours) * 1.1


def test_a_cron_line_says_the_exact_time() -> None:
    """Cron lines are read in UTC and are not jittered."""
    assert next_due(source(Schedule(interval=None, cron="30 6 * * *")), NOW) == datetime(2026, 3, 2, 6, 30, tzinfo=UTC)


def test_a_cron_line_does_not_fire_twice_in_the_second_it_fired() -> None:
    """A check that ran at the very second of its cron line is due at the next one."""
    at = datetime(2026, 3, 2, 6, 30, tzinfo=UTC)
    assert next_due(source(Schedule(interval=None, cron="30 6 * * *")), at) == at + timedelta(days=1)


@pytest.mark.parametrize(
    ("days", "fired"),
    [
        ("*", "Sun Mon Tue Wed Thu Fri Sat"),
        ("1-5", "Mon Tue Wed Thu Fri"),
        ("mon-fri", "Mon Tue Wed Thu Fri"),
        ("0", "Sun"),
        ("7", "Sun"),
        ("SUN", "Sun"),
        ("0-2", "Sun Mon Tue"),
        ("sun-tue", "Sun Mon Tue"),
        ("5-7", "Sun Fri Sat"),
        ("fri-sun", "Sun Fri Sat"),
        ("fri-7", "Sun Fri Sat"),
        ("0-7", "Sun Mon Tue Wed Thu Fri Sat"),
        ("1-5/2", "Mon Wed Fri"),
        ("mon-fri/2", "Mon Wed Fri"),
        ("*/2", "Sun Tue Thu Sat"),
        ("3/2", "Wed Fri"),
        ("1,3,sat", "Mon Wed Sat"),
        ("0,7,6", "Sun Sat"),
        ("sun-sun", "Sun"),
    ],
)
def test_days_of_the_week_count_from_sunday(days: str, fired: str) -> None:
    """In a week that begins on a Sunday each day that cron means is met once, and no other."""
    at, until, seen = datetime(2026, 10, 31, 23, tzinfo=UTC), datetime(2026, 11, 8, tzinfo=UTC), []
    while (at := next_due(source(Schedule(interval=None, cron=f"0 6 * * {days}")), at)) < until:
        seen.append(f"{at:%a}")
    assert " ".join(seen) == fired


def test_a_held_text_is_looked_at_soon_then_ever_later() -> None:
    """The wait doubles with each sight and never exceeds the source's own interval."""
    acme = source(Schedule(interval=timedelta(hours=2), jitter=0))
    waits = [recheck_held(acme, NOW, times) - NOW for times in (1, 2, 3, 9)]
    assert waits == [HELD_RECHECK, HELD_RECHECK * 2, timedelta(hours=2), timedelta(hours=2)]
