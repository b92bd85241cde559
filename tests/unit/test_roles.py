"""Parties and things that changed places, limits that turned, promises that became attempts, examples of all."""

import pytest

from tracker.compare import compare
from tracker.compare.findings.channels import channel_changed
from tracker.compare.findings.roles import bearer_changed, turned_round
from tracker.words import ClauseClass, Direction, Topic


@pytest.mark.parametrize(
    ("before", "after", "way"),
    [
        ("We are responsible for backups.", "You are responsible for backups.", Direction.WEAKER),
        ("You must pay for the return.", "We must pay for the return.", Direction.STRONGER),
        ("We may end the lease.", "You may end the lease.", Direction.STRONGER),
        ("You pay our costs.", "We pay your costs.", Direction.STRONGER),
        ("We meet on Monday.", "You meet on Monday.", Direction.NEUTRAL),
    ],
)
def test_another_party_bears_it(before: str, after: str, way: Direction) -> None:
    """A duty that comes to the person is worse for them, a right that does is better."""
    found = bearer_changed(before, after)
    assert found is not None
    assert (found.kind, found.direction) == ("bearer_changed", way)
    back = bearer_changed(after, before)
    assert back is not None
    assert back.direction is way.opposite


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("We keep your bike.", "We keep our bike."),
        ("We keep the bike.", "We sell the bike."),
        ("You may cancel.", "You can cancel."),
        ("We keep it.", "We keep it."),
    ],
)
def test_the_same_party_bears_it(before: str, after: str) -> None:
    """What belongs to whom, and what is done, are told by others."""
    assert bearer_changed(before, after) is None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "Refunds are paid by the publisher, not by the store.",
            "Refunds are paid by the store, not by the publisher.",
        ),
        ("Routes are private until you make them public.", "Routes are public until you make them private."),
        ("The file is shredded before the claim is paid.", "The claim is paid before the file is shredded."),
    ],
)
def test_the_same_words_the_other_way_round_are_told(before: str, after: str) -> None:
    """What held of one thing now holds of the other, though no word came or went."""
    assert turned_round(before, after) is not None
    verdict = compare(before, after)
    assert verdict.alert
    assert {reason.rule for change in verdict.changes for reason in change.judgement.reasons} == {"turned_round"}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Unless you object, we lend it.", "We lend it unless you object."),
        ("We lend drills, not ladders.", "Not ladders, drills we lend."),
        ("We lend drills and ladders before noon.", "We lend ladders and drills before noon."),
    ],
)
def test_another_order_alone_is_not(before: str, after: str) -> None:
    """A list or condition may stand in any order."""
    assert turned_round(before, after) is None


def test_the_least_that_became_the_most_alerts() -> None:
    """No word but the bound differs, and no rule says what it bounds."""
    before = "Before a wallet is closed you get two letters, sent not less than four weeks apart."
    verdict = compare(before, before.replace("not less", "not more"))
    assert verdict.alert
    assert [reason.rule for change in verdict.changes for reason in change.judgement.reasons] == ["bound_turned"]
    assert not compare(before, before.replace("not less than", "at least")).alert


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Copies of your files are encrypted.", "Copies of your files are, where practicable, encrypted."),
        (
            "We make certain that the app drops your number.",
            "We take reasonable steps so that the app drops your number.",
        ),
        ("We will repair your drill.", "We will use reasonable efforts to repair your drill."),
    ],
)
def test_a_promise_to_try_is_weaker_than_one_to_do(before: str, after: str) -> None:
    """Steps, efforts and what is practicable take from a promise, and give to it where they go."""
    weaker, stronger = compare(before, after), compare(after, before)
    assert (weaker.alert, weaker.direction) == (True, Direction.WEAKER)
    assert (stronger.alert, stronger.direction) == (True, Direction.STRONGER)


def test_an_effort_of_the_person_is_none_of_ours() -> None:
    """What the person must try is no promise to them."""
    verdict = compare("You must wash the drill.", "You must try to wash the drill.")
    rules = {reason.rule for change in verdict.changes for reason in change.judgement.reasons}
    assert not rules & {"duty_weakened", "duty_strengthened"}


def test_what_a_person_does_not_waive_stays_theirs() -> None:
    """To lose is worse, and no waiver is told where it is denied."""
    verdict = compare("You do not waive your rights.", "You waive your rights.")
    assert (verdict.alert, verdict.direction) == (True, Direction.WEAKER)
    ours = compare("We do not waive our late fee.", "We waive our late fee.")
    assert (ours.alert, ours.direction) == (True, Direction.STRONGER)
    come = compare("We lend drills.", "We lend drills.\n\nYou do not waive your moral rights.")
    rules = {reason.rule for change in come.changes for reason in change.judgement.reasons}
    assert "term_added" not in rules


def test_the_law_of_a_place_that_no_lexicon_knows_is_still_another_law() -> None:
    """The name behind "law of" is that of a place, whatever it is called."""
    verdict = compare("These terms are under the law of Manitoba.", "These terms are under the law of Nova Scotia.")
    assert verdict.alert
    assert verdict.topics == (Topic.DISPUTE_RESOLUTION,)
    other = compare("These terms are shown by Manitoba.", "These terms are shown by Nova Scotia.")
    assert not any(reason.rule == "law_changed" for change in other.changes for reason in change.judgement.reasons)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "You must not offer stolen goods of any kind.",
            "You must not offer stolen goods of any kind (a bicycle, say).",
        ),
        (
            "All staff have signed a duty of silence.",
            "All staff (from surgeons to cleaners) have signed a duty of silence.",
        ),
    ],
)
def test_an_example_of_what_is_said_of_all_is_minor(before: str, after: str) -> None:
    """The sentence held of it before, and does after."""
    for one, other in ((before, after), (after, before)):
        verdict = compare(one, other)
        assert [change.judgement.cls for change in verdict.changes] == [ClauseClass.MINOR]


@pytest.mark.parametrize(
    "after",
    [
        "All staff (except cleaners) have signed a duty of silence.",
        "All staff (if they agree) have signed a duty of silence.",
        "All staff (not surgeons) have signed a duty of silence.",
        "All staff (hired since 2020) have signed a duty of silence.",
        "All staff (from surgeons to cleaners) have signed a duty to speak.",
    ],
)
def test_a_bracket_that_bounds_is_no_example(after: str) -> None:
    """What takes out, conditions or denies is a rule of its own, and so is another sentence."""
    verdict = compare("All staff have signed a duty of silence.", after)
    assert not any(reason.rule == "example" for change in verdict.changes for reason in change.judgement.reasons)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("You can withdraw your permission with one tap.", "You can withdraw your permission by registered letter."),
        ("Members may cancel online.", "Members may cancel by post."),
        ("You may ask for a copy by e-mail.", "You may ask for a copy in person at our head office."),
    ],
)
def test_a_choice_that_asks_more_of_a_person_is_worth_less(before: str, after: str) -> None:
    """A right that only a registered letter can use is hardly one; the other way round it is better."""
    weaker, stronger = compare(before, after), compare(after, before)
    assert (weaker.alert, weaker.direction) == (True, Direction.WEAKER)
    assert (stronger.alert, stronger.direction) == (True, Direction.STRONGER)
    rules = [reason.rule for verdict in (weaker, stronger) for c in verdict.changes for reason in c.judgement.reasons]
    assert set(rules) == {"channel_changed"}


def test_another_way_as_easy_asks_no_more() -> None:
    """A tap or a click, a letter or a fax: neither is taken."""
    assert channel_changed("You can opt out with one tap.", "You can opt out with a click.") is None
    assert channel_changed("You may object by letter.", "You may object by fax.") is None
    assert channel_changed("We write by post.", "We write online.") is None


def test_a_box_to_tick_and_a_box_to_untick_are_two_rules() -> None:
    """What hung on a yes hangs on the lack of a no."""
    before, after = (f"We send the newsletter {when} the box." for when in ("if you tick", "unless you untick"))
    weaker, stronger = compare(before, after), compare(after, before)
    assert [weaker.direction, stronger.direction] == [Direction.WEAKER, Direction.STRONGER]
    rules = [reason.rule for verdict in (weaker, stronger) for c in verdict.changes for reason in c.judgement.reasons]
    assert rules == ["consent_weakened", "consent_strengthened"]


def test_a_number_with_a_comma_is_no_list() -> None:
    """No item "000" left a sentence in which a cap fell."""
    verdict = compare("Our liability to you is limited to €50,000.", "Our liability to you is limited to €50.")
    assert {reason.rule for c in verdict.changes for reason in c.judgement.reasons} == {"amount_changed"}
    assert verdict.direction is Direction.WEAKER


def test_what_denies_a_relative_clause_denies_nothing_of_the_main_one() -> None:
    """The files are destroyed both times."""
    before = "Files of people who were not hired are destroyed after six months."
    verdict = compare(before, "If you are not hired, we destroy your file after six months.")
    assert "negation_flip" not in {reason.rule for change in verdict.changes for reason in change.judgement.reasons}


def test_long_runs_of_digits_and_letters_take_time_in_proportion() -> None:
    """A hostile page cannot keep a core busy with one long word: four times its length is no sixteen times the work."""
    from tests.benchmarks.timing import seconds
    from tracker.compare.learned.shown import shown_by

    for character in ("1", "a", "."):
        short, long = (
            min(seconds(shown_by, character * size + str(turn)) for turn in range(3)) for size in (20_000, 80_000)
        )
        assert long < 10 * short + 0.05
