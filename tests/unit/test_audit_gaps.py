"""Gaps in observation, and cells that no spreadsheet runs."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.export.spreadsheet import safe_cell
from tracker.history.audit import gaps_between

START = datetime(2026, 1, 1, tzinfo=UTC)


def day(number: float) -> datetime:
    return START + timedelta(days=number)


def test_a_gap_is_a_stretch_longer_than_the_threshold() -> None:
    """Exactly so many days are none."""
    found = gaps_between([day(-1), day(6), day(14)], day(0), day(20), 7)
    assert [(gap.start, gap.end, gap.unfollowed) for gap in found] == [(day(6), day(14), False)]
    assert found[0].days == 8


def test_a_gap_is_cut_at_the_ends_of_the_span() -> None:
    """It counts whole, also where the span begins or ends in the middle of it."""
    found = gaps_between([day(-6), day(2)], day(0), day(30), 7)
    assert [(gap.start, gap.end) for gap in found] == [(day(0), day(2)), (day(2), day(30))]


def test_what_was_never_observed_before_is_told_apart() -> None:
    """A source that came later has a gap from the beginning of the span, marked as unfollowed."""
    (gap,) = gaps_between([day(10), day(15)], day(0), day(20), 7)
    assert (gap.start, gap.end, gap.unfollowed) == (day(0), day(10), True)
    (all_,) = gaps_between([], day(0), day(20), 7)
    assert (all_.start, all_.end, all_.unfollowed) == (day(0), day(20), True)


@given(st.lists(st.floats(0, 100), max_size=20), st.floats(0.1, 30))
def test_gaps_lie_within_the_span_in_order_and_hold_no_sight(offsets: list[float], least: float) -> None:
    """Whatever the sights are."""
    sights = sorted(day(offset) for offset in offsets)
    found = gaps_between(sights, day(0), day(100), least)
    for before, after in pairwise(found):
        assert before.end <= after.start
    for gap in found:
        assert day(0) <= gap.start < gap.end <= day(100)
        assert not [sight for sight in sights if gap.start < sight < gap.end]


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t=", "\r\n=", " =", "|", "%", "＝", "＋", "－", "＠"])
def test_what_begins_like_a_formula_becomes_text(begin: str) -> None:
    """Also behind white space, which spreadsheets skip."""
    assert safe_cell(f"{begin}HYPERLINK(1)")[0] == "'"


def test_other_cells_stay_as_they_are() -> None:
    """On one line, without control characters; None is blank."""
    assert [safe_cell(value) for value in ("a = b", "x\r\ny\x00", None, 3)] == ["a = b", "x y", "", "3"]
