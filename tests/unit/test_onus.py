# ruff: noqa: E501  (one sentence pair a line)
"""Who has to prove, who decides, from which fault on one answers, and spans that bind either party alike."""

import pytest

from tracker.compare import compare
from tracker.words import Direction

POLICY = "We collect your name when you open an account.\n\n{}\n\nYou may ask us for a copy.\n\n"


@pytest.mark.parametrize(
    ("before", "after", "rule"),
    [
        ("We pay you back unless we can prove that you broke the lock.", "We pay you back if you can prove that you did not break the lock.", "proof_moved"),
        ("We repair a bike unless we show that it was not broken before.", "We repair a bike if the hirer shows that it was broken before.", "proof_moved"),
        ("We send data only to places that the European Commission has found that are safe.", "We send data only to places that our lawyers have found that are safe.", "decider_changed"),
        ("We pay the damage that an independent expert has assessed.", "We pay the damage that we have assessed.", "decider_changed"),
        ("The club is liable only for gross negligence of its staff.", "The club is liable only for wilful misconduct of its staff.", "fault_changed"),
        ("The club is liable for any negligence of its staff.", "The club is liable only for gross negligence of its staff.", "fault_changed"),
        ("The club is not liable for gross negligence of its staff.", "The club is not liable for negligence of its staff.", "fault_changed"),
        ("The club is not liable save for negligence of its staff.", "The club is not liable save for gross negligence of its staff.", "fault_changed"),
        ("You are liable only for damage caused by gross negligence.", "You are liable for damage caused by negligence.", "fault_changed"),
        ("We may remove reviews that break the law.", "We may remove reviews that we believe break the law.", "discretion_added"),
        ("We may refuse bags that are damaged.", "We may refuse bags that in our opinion are damaged.", "discretion_added"),
        ("We refund you £50 or the price paid, whichever is the larger sum.", "We refund you £50 or the price paid, whichever is the smaller sum.", "amount_changed"),
    ],
)  # fmt: skip
def test_who_proves_decides_or_answers_tells_the_way(before: str, after: str, rule: str) -> None:
    """What moves the onus to the person is weaker, and the same step back is stronger."""
    there = compare(POLICY.format(before), POLICY.format(after))
    back = compare(POLICY.format(after), POLICY.format(before))
    assert there.alert
    assert there.direction is Direction.WEAKER
    assert {change.judgement.reasons[0].rule for change in there.changes} == {rule}
    assert back.direction is Direction.STRONGER


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("We pay you back unless we can prove that you broke the lock.", "Unless we can prove that you broke the lock, we pay you back."),
        ("We pay the damage that an independent expert has assessed.", "We pay the damage which an independent expert has assessed."),
        ("A commission is charged, which we have determined.", "We charge a commission, which we have determined."),
        ("The club is liable only for gross negligence of its staff.", "The club is liable solely for gross negligence of its staff."),
    ],
)  # fmt: skip
def test_the_same_onus_in_other_words_alerts_nobody(before: str, after: str) -> None:
    """Who bears it stays."""
    assert not compare(POLICY.format(before), POLICY.format(after)).alert


@pytest.mark.parametrize(
    ("who", "way"),
    [
        ("Each party", Direction.NEUTRAL),
        ("Either you or we", Direction.NEUTRAL),
        ("You", Direction.STRONGER),
    ],
)
def test_a_span_that_binds_either_party_is_good_for_neither(who: str, way: Direction) -> None:
    """More notice that both must give takes no side; more that one gets does."""
    said = f"{who} may end the contract with {{}} weeks' notice."
    verdict = compare(POLICY.format(said.format("two")), POLICY.format(said.format("four")))
    assert verdict.alert
    assert verdict.direction is way
