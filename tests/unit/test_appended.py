"""Sentences that state nothing, set beside what stays; and sentences that do state something."""

import pytest

from tracker.compare import compare


@pytest.mark.parametrize(
    "sentence",
    [
        "For step-by-step instructions see our FAQ.",
        "Learn more in our help centre.",
        "Cookies are small text files.",
        "What does that mean?",
    ],
)
def test_a_sentence_that_states_nothing_beside_another_alerts_nobody(sentence: str) -> None:
    """What stays says what it said."""
    said = "You may cancel the box before the end of each month."
    for before, after in ((said, f"{said} {sentence}"), (f"{said} {sentence}", said)):
        verdict = compare(before, after)
        assert not verdict.alert
        assert verdict.changes


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "You may cancel the box before the end of each month.",
            "You may cancel the box before the end of each month. For that we charge $20.",
        ),
        (
            "You may cancel the box before the end of each month.",
            "You may cancel the box before the end of each year. For step-by-step instructions see our FAQ.",
        ),
        (
            "You may cancel the box before the end of each month.",
            "You may cancel the box before the end of each month. To cancel you must visit our shop.",
        ),
    ],
)
def test_a_sentence_that_states_something_or_another_change_alerts(before: str, after: str) -> None:
    """A sentence that states nothing hides nothing."""
    assert compare(before, after).alert
