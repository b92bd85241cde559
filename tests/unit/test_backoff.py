"""When to try again."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.fetch.backoff import next_check, parse_retry_after
from tracker.settings import Settings

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SETTINGS = Settings(retry_base=900, retry_cap=86_400)


def wait(failures: int, retry_after: float | None = None) -> float:
    return (next_check(NOW, failures, SETTINGS, retry_after=retry_after, seed="acme") - NOW).total_seconds()


def test_the_wait_doubles_up_to_its_cap() -> None:
    """Within a tenth: 15 minutes, 30 minutes, an hour ... a day."""
    for failures, expected in ((1, 900), (2, 1_800), (3, 3_600), (8, 86_400), (10_000, 86_400)):
        assert expected * 0.9 <= wait(failures) <= expected * 1.1


def test_what_the_host_asked_for_is_the_least() -> None:
    """A longer Retry-After wins, a shorter one does not."""
    assert wait(1, retry_after=10_000) == 10_000
    assert wait(1, retry_after=10) >= 810


def test_a_host_cannot_send_us_away_for_good() -> None:
    """Retry-After is cut at a week."""
    assert wait(1, retry_after=10**12) == 7 * 86_400


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        ("Sun, 01 Mar 2026 12:05:00 GMT", 300.0),
        ("Sun, 01 Mar 2026 12:05:00 -0000", 300.0),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        ("", None),
        (None, None),
        ("9" * 400, 7 * 86_400.0),
    ],
)
def test_retry_after_is_read_in_both_forms(value: str | None, seconds: float | None) -> None:
    """Seconds or an HTTP date; anything else says nothing."""
    assert parse_retry_after(value, NOW) == seconds


@given(st.text())
def test_no_header_breaks_the_reader(value: str) -> None:
    """Junk is None, or a wait within bounds."""
    found = parse_retry_after(value, NOW)
    assert found is None or 0 <= found <= timedelta(days=7).total_seconds()
