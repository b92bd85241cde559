"""When sources are due."""

from datetime import UTC, datetime, timedelta

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


def test_a_held_text_is_looked_at_soon_then_ever_later() -> None:
    """The wait doubles with each sight and never exceeds the source's own interval."""
    acme = source(Schedule(interval=timedelta(hours=2), jitter=0))
    waits = [recheck_held(acme, NOW, times) - NOW for times in (1, 2, 3, 9)]
    assert waits == [HELD_RECHECK, HELD_RECHECK * 2, timedelta(hours=2), timedelta(hours=2)]
