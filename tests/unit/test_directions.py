# ruff: noqa: E501  (one sentence pair a line)
"""Which way a rule says that a change goes: by who bears what came or went; backwards it goes the other way."""

import pytest

from tracker.compare import compare
from tracker.words import ClauseClass, Direction

AROUND = "We lend tools to neighbours. Our shed is in the old mill.\n\n"

#: before, after (better for the person), the rule that says so forwards
BETTER: dict[str, list[tuple[str, str, str]]] = {
    "time that a person has": [
        ("You may opt out of the newsletter for one year on this page.", "You may opt out of the newsletter on this page.", "limit_lost"),
        ("Members may, for ninety days, use the new saw for their own repairs.", "Members may use the new saw for their own repairs.", "limit_lost"),
        ("We may suspend your card if you fail to answer a claim of the shed within two days.", "We may suspend your card if you fail to answer a claim of the shed.", "limit_lost"),
    ],
    "time that is asked of a person": [
        ("You may cancel your membership by giving us thirty days' notice in writing.", "You may cancel your membership by giving us notice in writing.", "limit_lost"),
    ],
    "time that the organisation takes": [
        ("We keep your name, phone number and address, but the reasons for that vary from one loan to another.", "We keep your name, phone number and address, but the reasons vary, and in no case do we keep them for more than 24 months.", "limit_set"),
    ],
    "keeping that goes on at its end": [
        ("We retain your loan records during the term of your membership and for twelve months after it.", "We retain your loan records during the term of your membership.", "limit_lost"),
        ("We keep your loan records until you unsubscribe and for a further two years.", "We keep your loan records until you unsubscribe.", "limit_lost"),
    ],
    "what burdens a person": [
        ("You are responsible for all fees associated with your loan.", "You are responsible for all fees (except the deposit) associated with your loan.", "exception_added"),
        ("Your use of the tools is at your own risk.", "Your use of the tools is at your own risk, except where a tool was broken before.", "exception_added"),
        ("Your membership grants you no right to use our name.", "Your membership grants you no right to use our name, except that members may show it on a badge.", "exception_added"),
    ],
    "what a document covers": [
        ("This policy describes the security standards that we keep for the tool shed, other than the annex.", "This policy describes the security standards that we keep for the tool shed.", "exception_removed"),
    ],
    "what takes out": [
        ("By borrowing a drill you agree to the rules of the mill.", "By borrowing a drill you agree to the rules of the mill, their arbitration clause excluded.", "items_added"),
    ],
    "what is asked first": [
        ("You can exercise this right by writing to the shed and providing us with your name and a copy of your driver's license.", "You can exercise this right by writing to the shed and providing us with your name.", "items_removed"),
        ("Upon request and payment of a fee, we will provide you with a list of your loans.", "Upon request, we will provide you with a list of your loans.", "items_removed"),
    ],
    "the wider of two promises": [
        ("We will not sell your personal data to any company outside the valley.", "We will not share your personal data with any company outside the valley.", "promise_added"),
    ],
}  # fmt: skip


#: before, after, a rule that tells no way there, so that the rest of the clause does
UNTOLD: dict[str, list[tuple[str, str, str]]] = {
    "an item that went from what was said anew": [
        ("We may collect your name, phone number and device identifiers when you borrow a drill.", "We may collect your name, phone number and whatever you write on the slip when you borrow a drill.", "data_type_removed"),
    ],
    "a practice told with its safeguard": [
        ("We lend drills and saws to our members.", "We lend drills and saws to our members, and transfer data abroad under standard contractual clauses only.", "practice_added"),
    ],
    "how long, said as a condition": [
        ("We will retain your loan records for no longer than needed and treat them well.", "We will retain your loan records for as long as they may prove useful and treat them well.", "condition_added"),
    ],
}  # fmt: skip


@pytest.mark.parametrize(("before", "after", "rule"), [pair for pairs in UNTOLD.values() for pair in pairs])
def test_a_rule_that_cannot_know_tells_no_way(before: str, after: str, rule: str) -> None:
    """What fired is told, not which way it goes."""
    verdict = compare(AROUND + before, AROUND + after)
    told = [reason.sentence for change in verdict.changes for reason in change.judgement.reasons if reason.rule == rule]
    assert told, [change.judgement for change in verdict.changes]
    assert not any(sentence.endswith(("Better for you.", "Weaker for you.")) for sentence in told), told


@pytest.mark.parametrize(("before", "after", "rule"), [pair for pairs in BETTER.values() for pair in pairs])
def test_a_rule_tells_the_way_both_ways(before: str, after: str, rule: str) -> None:
    """Better for the person forwards, weaker backwards."""
    forwards, backwards = (compare(AROUND + one, AROUND + other) for one, other in ((before, after), (after, before)))
    told = [
        reason.sentence for change in forwards.changes for reason in change.judgement.reasons if reason.rule == rule
    ]
    assert told, [change.judgement for change in forwards.changes]
    assert all(sentence.endswith("Better for you.") for sentence in told)
    assert (forwards.direction, backwards.direction) == (Direction.STRONGER, Direction.WEAKER)


def test_a_sure_scorer_settles_what_rules_leave_open() -> None:
    """Rules tell both ways of the clause: a machine-readable copy came, "a copy" went; it is no mixed change."""
    before = "You can request a copy of the personal information that we maintain about you."
    after = (
        "You can request, at no charge, a machine-readable copy of the personal information that we maintain about you."
    )
    verdict = compare(AROUND + before, AROUND + after)
    (change,) = [change for change in verdict.changes if change.judgement.cls is ClauseClass.MATERIAL]
    closings = {reason.sentence.rsplit(". ", 1)[-1] for reason in change.judgement.reasons}
    assert closings == {"Weaker for you.", "Better for you."}
    assert change.judgement.direction is Direction.STRONGER
