"""A name of which the text says that it was another one stands for the same."""

import pytest

from tracker.compare import compare
from tracker.words import ClauseClass

BEFORE = """
# Your choices

If you switch off Brindle Activity in My Hub, new conversations are not used for improving our models.

You can change that to 3 months in My Hub.

We share conversations with Fenwick Labs.
"""
AFTER = BEFORE.replace("My Hub, new", "Privacy Centre (formerly My Hub), new").replace("My Hub.", "Privacy Centre.")


def test_a_name_the_text_says_was_another_is_minor_both_ways() -> None:
    """Where the former name is told once, it is known in every clause."""
    for before, after in ((BEFORE, AFTER), (AFTER, BEFORE)):
        verdict = compare(before, after)
        assert [change.judgement.cls for change in verdict.changes] == [ClauseClass.MINOR] * 2
        assert {reason.rule for change in verdict.changes for reason in change.judgement.reasons} == {"entity_renamed"}


@pytest.mark.parametrize(
    "told",
    [
        "Post Office Mail, formerly known as Acme Post, is",
        "Post Office Mail (previously called “Acme Post”) is",
        "Post Office Mail (which used to be called Acme Post) is",
        "Post Office Mail (the new name of Acme Post) is",
    ],
)
def test_a_former_name_is_told_in_many_ways(told: str) -> None:
    """In brackets or between commas, with or without quotes."""
    rest = "free of charge for everybody who lives in the town or works in one of its shops."
    before = f"Acme Post is {rest}\n\nAcme Post keeps letters for 30 days."
    after = f"{told} {rest}\n\nPost Office Mail keeps letters for 30 days."
    assert not compare(before, after).alert


def test_what_changed_beside_the_name_is_judged() -> None:
    """A period that changed with the name alerts; a name that nobody says was this one is no such name."""
    assert compare(BEFORE, AFTER.replace("3 months", "36 months")).alert
    verdict = compare(BEFORE, BEFORE.replace("Fenwick Labs", "Marlow Data"))
    assert all(reason.rule != "entity_renamed" for change in verdict.changes for reason in change.judgement.reasons)
