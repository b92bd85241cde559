"""Sentences that hold for several clause changes are said once, with their number."""

from hypothesis import given
from hypothesis import strategies as st

from tracker.compare.reasons import Group, told_once


def test_equal_sentences_join_and_are_counted() -> None:
    """The second change joins the first; what it does not share stays its own."""
    assert told_once([("Longer.",), ("Sold.",), ("Longer.",), ("Longer.", "New.")]) == (
        Group((0, 2), (("Longer.", 3),)),
        Group((1,), (("Sold.", 1),)),
        Group((3,), (("New.", 1),)),
    )
    assert told_once([("Longer.",), ("Longer.",)])[0].said == ("Longer. (2 clauses)",)


def test_changes_of_which_nothing_is_said_stay_apart() -> None:
    """No sentence is no sentence in common."""
    assert [group.members for group in told_once([(), ()])] == [(0,), (1,)]


@given(st.lists(st.lists(st.sampled_from("abcd"), max_size=4), max_size=8))
def test_nothing_is_lost_and_nothing_said_twice(said: list[list[str]]) -> None:
    """Each change is in one group, each sentence in one place, its count the number of changes that have it."""
    groups = told_once(said)
    assert sorted(member for group in groups for member in group.members) == list(range(len(said)))
    told = [sentence for group in groups for sentence in group.sentences]
    assert sorted(told) == sorted({(one, sum(one in other for other in said)) for part in said for one in part})
