"""Quotes and lines of messages stay short, printable and true to what changed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.alerts.wording import line, plain, sides, timing_in_words
from tracker.compare.model import When


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


@pytest.mark.parametrize(
    ("effective", "objection", "ahead", "said"),
    [
        (None, None, False, ""),
        (("2026-03-01", "March 1, 2026", "on"), None, True, "Takes effect 1 March 2026"),
        (("2026-03-01", "March 1, 2026", "on"), None, False, "In effect from 1 March 2026"),
        (("2026-03-31", "end of March", "on"), None, True, "Takes effect 31 March 2026"),
        (
            ("2026-03-01", "30 days after posting", "on"),
            ("2026-02-15", "15 February 2026", "by"),
            True,
            "Takes effect 1 March 2026 (30 days after posting); object by 15 February 2026",
        ),
        ((None, "30 days after posting", "on"), None, True, "Takes effect 30 days after posting"),
        (None, ("2026-02-15", "15 February 2026", "before"), True, "Object before 15 February 2026"),
        (None, ("2026-02-15", "15 February 2026", "after"), True, "Using it after 15 February 2026 counts as consent"),
        (
            None,
            ("2026-02-15", "14 days of this notice", "within"),
            True,
            "Object by 15 February 2026 (within 14 days of this notice)",
        ),
        (None, (None, "14 days of this notice", "within"), True, "Object within 14 days of this notice"),
        ((None, "1 October", "on"), (None, "31 August", "by"), True, "Takes effect 1 October; object by 31 August"),
        (None, (None, "", ""), True, "How to object is said in the text"),
    ],
)
def test_the_days_of_a_change_are_said_in_one_phrase(
    effective: tuple[str, str, str] | None, objection: tuple[str, str, str] | None, ahead: bool, said: str
) -> None:
    """What is to come takes effect, what is past is in effect; a deadline keeps the word it was given with."""
    told = [When(*when, "Quoted.") if when else None for when in (effective, objection)]
    assert timing_in_words(told[0], told[1], ahead=ahead) == said
