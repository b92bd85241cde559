"""Quotes and lines of messages stay short, printable and true to what changed."""

from hypothesis import given
from hypothesis import strategies as st

from tracker.alerts.wording import line, plain, sides


def test_a_long_quote_keeps_what_differs() -> None:
    """Shared stretches are left out in the middle; the changed words stay."""
    before = "same words " * 500 + "for 30 days " + "and so on " * 500
    after = before.replace("30 days", "13 months")
    old, new = (plain(side) for side in sides(before, after, 300))
    assert "for 30 days and so on" in old
    assert "for 13 months and so on" in new
    assert len(old) < 320


def test_a_quote_that_fits_is_whole() -> None:
    """Nothing is left out without need."""
    assert [plain(side) for side in sides("We sell nothing.", "We sell data.", 300)] == [
        "We sell nothing.",
        "We sell data.",
    ]


@given(st.text(), st.integers(min_value=1, max_value=80))
def test_a_line_is_one_line_within_its_limit(text: str, limit: int) -> None:
    """No character that steers a terminal or ends a header is left."""
    shown = line(text, limit)
    assert len(shown) <= limit
    assert shown == "" or shown.isprintable()


@given(st.text(max_size=200), st.text(max_size=200), st.integers(min_value=20, max_value=100))
def test_quotes_stay_within_their_limit(before: str, after: str, limit: int) -> None:
    """Each side is at most the limit and what marks a cut."""
    for side in sides(before, after, limit):
        assert len(plain(side)) <= limit + 3
