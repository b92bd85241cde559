"""What two sentences have in common in plain words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.compare.findings.plain import same_plainly


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("We keep logs for two weeks.", "We keep logs for 14 days."),
        ("We retain logs for one year.", "We keep logs for 12 months."),
        ("You may cancel prior to delivery.", "You can cancel before delivery."),
        ("A fee of £10,000 applies.", "A fee of GBP 10.000,00 applies."),
        ("We ship to the U.S.A.", "We ship to the United States."),
        ("No one under the age of 13 may join.", "No one under 13 may join."),
        ("Children up to and including the age of 12 need a parent.", "Children under 13 need a parent."),
        ("Children no older than 12 need a parent.", "Children under the age of 13 need a parent."),
        ("Guests who are 15 years of age or younger pay half.", "Guests who are under 16 pay half."),
        ("We answer no later than the tenth day after your letter.", "We answer within 10 days after your letter."),
        ("We answer no later than the 10th working day after it.", "We answer within two weeks after it."),
        ("Clips of 90 seconds are kept.", "Clips of 1.5 minutes are kept."),
        ("Our desk is open until 6 p.m. on Mondays.", "Our desk is open until 18:00 on Mondays."),
        ("Calls before 9.30 a.m. are free.", "Calls before 9:30 am are free."),
        ("The pool opens at 12 pm.", "The pool opens at 12:00."),
        ("Each member gets a key.", "Every member gets a key."),
        ("We do so in order to help you.", "We do so to help you."),
        ("We comply with the Children's Online Privacy Protection Act (COPPA).", "We comply with COPPA."),
        ("Please note that calls are recorded.", "Calls are recorded."),
        ("The rights granted herein are yours.", "The rights granted in this Agreement are yours."),
        ("We show it to a partner.", "We show it to partners."),
        ("If a guest leaves, he or she keeps his or her plans.", "If a guest leaves, they keep their plans."),
        (
            "We check every single seller, including without limitation shops.",
            "We check every seller, including shops.",
        ),
    ],
)
def test_turns_of_phrase_and_ways_to_write_a_value_are_alike(one: str, other: str) -> None:
    """Two ways to say one thing are the same, in either order."""
    assert same_plainly(one, other)
    assert same_plainly(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("We keep logs for two weeks.", "We keep logs for 15 days."),
        ("We keep logs for at most two weeks.", "We keep logs for at least two weeks."),
        ("A fee of £10 applies.", "A fee of €10 applies."),
        ("Children up to and including the age of 13 need a parent.", "Children under 13 need a parent."),
        ("We answer no later than the tenth day after your letter.", "We answer within 12 days after your letter."),
        ("Rent is due no later than the tenth day of each month.", "Rent is due within 10 days of each month."),
        ("Clips of 30 seconds are kept.", "Clips of 30 minutes are kept."),
        ("Our desk is open until 6 p.m. on Mondays.", "Our desk is open until 6 a.m. on Mondays."),
        ("Calls before 9:30 are free.", "Calls before 9:45 are free."),
        ("The pool opens at 12 am.", "The pool opens at 12:00."),
        ("You may cancel.", "We may cancel."),
        ("We ship to Spain.", "We ship to Italy."),
        ("No one under 13 may join.", "No one over 13 may join."),
        ("We may share it.", "We will share it."),
        ("We share it.", "We never share it."),
        ("We comply with COPPA.", "We comply with HIPAA."),
        ("We share it with partners except banks.", "We share it with partners and banks."),
        ("We share it only with banks.", "We share it with banks."),
        ("", ""),
    ],
)
def test_what_differs_in_law_is_never_alike(one: str, other: str) -> None:
    """Another value, bound, person, place, force or denial is another sentence."""
    assert not same_plainly(one, other)


@given(st.text(max_size=100))
def test_any_text_can_be_put_plainly(text: str) -> None:
    """Hostile text raises nothing."""
    assert same_plainly(text, text) in {True, False}
