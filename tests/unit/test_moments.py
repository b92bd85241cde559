"""Times as HTTP and web archives write them."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.moments import http_date, moment_of, seconds_asked, timestamp_of

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Sun, 01 Mar 2026 12:00:00 GMT", NOON),
        ("Sun, 01 Mar 2026 12:00:00 -0000", NOON),
        ("Sun, 01 Mar 2026 13:00:00 +0100", NOON),
        ("Sunday, 01-Mar-26 12:00:00 GMT", NOON),
        ("Sun Mar  1 12:00:00 2026", NOON),
        ("Fri, 31 Dec 9999 23:00:00 -0200", None),
        ("9" * 5_000, None),
        ("soon", None),
        ("", None),
        (None, None),
    ],
)
def test_dates_are_read_in_every_form(value: str | None, expected: datetime | None) -> None:
    """In UTC, whether a place is told or not; what names no time is none."""
    found = http_date(value)
    assert found == expected
    assert found is None or found.tzinfo is UTC


@given(st.text() | st.text(alphabet="SunMar 0123456789:+-GT,"))
def test_no_header_breaks_the_reader(value: str) -> None:
    """Junk is None, or a time, or a wait within bounds."""
    http_date(value)
    found = seconds_asked(value, NOON, 60.0)
    assert found is None or 0 <= found <= 60


@pytest.mark.parametrize(
    ("digits", "expected"),
    [
        ("20260301120000", NOON),
        ("00010101000000", datetime(1, 1, 1, tzinfo=UTC)),
        ("20260230120000", None),
        ("00000101000000", None),
        ("2026030112000", None),
        ("20260301120060", None),
        ("２０２６０３０１１２００００", None),
        ("", None),
    ],
)
def test_the_digits_of_archives_are_read_and_written(digits: str, expected: datetime | None) -> None:
    """Fourteen of them, of a time that there is."""
    assert moment_of(digits) == expected
    assert expected is None or timestamp_of(expected) == digits
