"""What reasons say: a sentence that quotes the clause; those that hold for several changes once, with their number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.compare.model import ClauseChange, Judgement, Reason
from tracker.compare.reasons import Group, sentences_of, told_once
from tracker.words import ChangeKind, ClauseClass


def changed(kind: str, before: str, after: str, *reasons: Reason) -> ClauseChange:
    return ClauseChange(ChangeKind(kind), Judgement(ClauseClass.MATERIAL, reasons=reasons), before, after)


def scored(name: str, title: str, before: str, after: str) -> Reason:
    """Return a reason in the form in which the scorer gives it."""
    parts = [f"drops “{before}”" if before else "", f"adds “{after}”" if after else ""]
    return Reason(f"words_{name}", f"The clause {' and '.join(filter(None, parts))} ({title}).", before, after)


OLD = "We use Your data for Legitimate Interests."
NEW = "We use your location for advertising, as GDPR allows."


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            changed("changed", OLD, NEW, scored("purpose", "a purpose", "legitimate interests", "advertising")),
            "“Legitimate Interests” became “advertising” (a purpose).",
        ),
        (
            changed(
                "changed",
                OLD,
                NEW,
                Reason("words_region", "The clause adds “gdpr” (a region or group).", OLD, "gdpr"),
                Reason("words_data", "The clause adds “location” (location data).", OLD, "location"),
            ),
            "Now also says “GDPR” and “location” (a region or group, location data).",
        ),
        (
            changed(
                "changed", OLD, NEW, Reason("words_a", "The clause drops “your data” (a right).", "your data", NEW)
            ),
            "No longer says “Your data” (a right).",
        ),
        (
            changed("added", "", NEW, scored("ads", "advertising", "", "advertising")),
            "A new clause, on advertising: “We use your location for advertising, as GDPR allows”.",
        ),
        (
            changed("removed", OLD, "", scored("permission", "a permission", "may", "")),
            "A clause is gone: “We use Your data for Legitimate Interests”.",
        ),
        (
            changed("changed", OLD, NEW, Reason("wording", "The wording of the clause changed.", OLD, NEW)),
            "“Your data for Legitimate Interests” became “your location for advertising, as GDPR allows”.",
        ),
    ],
)
def test_what_the_scorer_goes_by_is_told_in_the_words_of_the_clause(change: ClauseChange, sentence: str) -> None:
    """One sentence, with quotes that stand in the displayed text letter by letter."""
    assert sentences_of(change) == (sentence,)


def test_what_a_rule_says_stays_as_it_is() -> None:
    """Beside it the scorer's words are told once, where the first of them stood."""
    rule = Reason("longer", "Kept longer: “30 days” became “60 days”.", "30 days", "60 days")
    told = (scored("ads", "advertising", "", "advertising"), rule, scored("ai", "AI", "", "gdpr"))
    assert sentences_of(changed("changed", OLD, NEW, *told)) == (
        "Now also says “advertising” and “GDPR” (advertising, AI).",
        rule.sentence,
    )


@given(st.text(max_size=200), st.text(max_size=200), st.text(max_size=20), st.text(max_size=20))
def test_any_text_is_told(before: str, after: str, went: str, came: str) -> None:
    """Blank sides, odd letters and words that stand nowhere give one sentence with an end."""
    for kind in ChangeKind:
        (said,) = sentences_of(changed(kind.value, before, after, scored("ads", "advertising", went, came)))
        assert said.endswith(".")


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
