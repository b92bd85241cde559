"""One thing said more narrowly or more widely, and which way that goes."""

import pytest

from tracker.compare.findings.narrowed import narrowed
from tracker.words import Direction

STRONGER, WEAKER = Direction.STRONGER, Direction.WEAKER


@pytest.mark.parametrize(
    ("wide", "narrow", "way"),
    [
        ("You must not resell seats that you won.", "You must not resell seats that you won in our lottery.", STRONGER),
        ("You may return skis that you hired.", "You may return skis that you hired within the last week.", WEAKER),
        ("We may share data with firms.", "We may share data with firms that repair our lifts.", STRONGER),
        ("We never sell data.", "We never sell data that you enter in a form.", WEAKER),
    ],
)
def test_what_is_said_of_less_is_good_or_bad_by_who_bears_it(wide: str, narrow: str, way: Direction) -> None:
    """A narrower ban or leave is good for the person, a narrower right or promise is not."""
    told, back = narrowed(wide, narrow), narrowed(narrow, wide)
    assert told is not None
    assert back is not None
    assert (told.kind, told.direction) == ("said_narrower", way)
    assert (back.kind, back.direction) == ("said_wider", way.opposite)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("You must not resell seats.", "You must not resell seats or meals."),
        ("You must not resell seats that you won.", "You must not resell meals that you won in our lottery."),
        ("Seats are blue.", "Seats that you won are blue."),
        ("You must not resell seats.", "You must not resell seats. You must not resell meals that you won."),
        ("", "You must not resell seats that you won."),
    ],
)
def test_nothing_is_told_where_more_differs_or_nobody_bears_it(before: str, after: str) -> None:
    """An item that came, another thing, a statement of nobody's and a second sentence are no narrower ones."""
    assert narrowed(before, after) is None
    assert narrowed(after, before) is None
