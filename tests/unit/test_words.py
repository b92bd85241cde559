"""The shared words."""

import pytest

from tracker.words import Direction, Severity


@pytest.mark.parametrize(
    ("directions", "overall"),
    [
        ([], Direction.NEUTRAL),
        ([Direction.NEUTRAL], Direction.NEUTRAL),
        ([Direction.WEAKER, Direction.NEUTRAL], Direction.WEAKER),
        ([Direction.WEAKER, Direction.STRONGER], Direction.MIXED),
        ([Direction.MIXED, Direction.STRONGER], Direction.MIXED),
    ],
)
def test_overall_direction_leaves_neutral_aside(directions: list[Direction], overall: Direction) -> None:
    assert Direction.overall(directions) is overall


def test_severities_are_ordered_by_rank() -> None:
    assert [severity.rank for severity in Severity] == [0, 1, 2, 3, 4]


def test_reading_backwards_twice_gives_the_direction_again() -> None:
    assert all(direction.opposite.opposite is direction for direction in Direction)
