"""Clauses that hang on another one of the same change: ways out of what came, limits of what went."""

import pytest

from tracker.compare import compare
from tracker.compare.judging.answers import ANSWER
from tracker.words import Direction

AROUND = "We bake bread on four days of the week. Guests pick their loaves up in the courtyard behind the mill.\n\n"
DUTY = "You and the bakery settle every dispute by final and binding arbitration."


def _answering(before: str, after: str) -> list[str]:
    verdict = compare(AROUND + before, AROUND + after)
    return [
        change.after or change.before
        for change in verdict.changes
        if any(reason.rule == ANSWER for reason in change.judgement.reasons)
    ]


@pytest.mark.parametrize(
    "text",
    [
        "You may opt out of this by sending us the form for objections.",
        "You may decline this by filling in the form for objections.",
        "You may opt out of arbitration by sending us the form for objections.",
    ],
)
def test_a_way_out_of_what_came_with_it_gives_nothing(text: str) -> None:
    """Nobody was bound before, so that the way out is no gain beside the duty."""
    assert _answering("", f"{DUTY} {text}") == [text]
    assert compare(AROUND, f"{AROUND}{DUTY} {text}").direction is Direction.WEAKER
    assert compare(f"{AROUND}{DUTY} {text}", AROUND).direction is Direction.STRONGER


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "You may opt out of our newsletter by sending us the form for objections."),
        (DUTY, f"{DUTY} You may opt out of this by sending us the form for objections."),
        ("", f"{DUTY} You may unsubscribe from the letter on flour at the counter."),
    ],
)
def test_a_way_out_of_something_else_is_a_gain(before: str, after: str) -> None:
    """What stood there before, or is another matter, is not what came with it."""
    assert _answering(before, after) == []
