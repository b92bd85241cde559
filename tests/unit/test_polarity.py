# ruff: noqa: E501  (one sentence pair a line)
"""Turns that are only worded otherwise: denials at another word, "only" as "not ... except", conditions as subjects."""

import pytest

from tracker.compare import Verdict, compare
from tracker.compare.facts.facts import read
from tracker.compare.findings.polarity import bounded_alike, bounded_otherwise, denials, denied_alike, exceptions

AROUND = (
    "We lend tools to neighbours. Members book a drill or a ladder and bring it back. Our shed is in the old mill.\n\n"
)


def _rules(before: str, after: str) -> set[str]:
    verdict: Verdict = compare(AROUND + before, AROUND + after)
    return {reason.rule for change in verdict.changes for reason in change.judgement.reasons}


#: before, after, rules of which none may be a reason: both sides say the same
SAME = [
    # A "not" at the verb is a "no" at its object.
    ("The club may not use any builders from outside the valley for repairs.", "For repairs, no builders may be used by the club that come from outside the valley.", "negation_flip"),
    ("You warrant that payment by you does not violate the rights of a neighbour.", "You warrant that no rights of a neighbour are violated when you pay.", "negation_flip"),
    ("Members see this list, but we do not share or store your address.", "Members see this list, but your address is neither shared nor stored by us.", "negation_flip"),
    ("We won't need to ask your parents for their consent.", "There is no need for us to ask your parents for their consent.", "negation_flip"),
    # What another clause denies, this one does not.
    ("The club reserves the right to close your account and cease all lending if you are found to be in breach of this rule.", "If you are found to be breaching this rule, the club reserves the right to cease all lending and to close your account.", "negation_flip"),
    ("While we do not expect many changes to the fees, we reserve the right to change both rules and fees.", "While we do not anticipate many changes to the fees, we retain the right to change both rules and fees.", "negation_flip"),
    ("Please note that the club has not and does not sell your address to shops.", "Please note that the club has not sold and does not sell your address to shops.", "negation_flip"),
    ("We have no control over these caches, and they might retain the data for some time.", "These caches are not under our control, and it is possible that the data is retained by them for some time.", "negation_flip"),
    # "Only" is "not ... except", "no longer than" a limit.
    ("The club does not disclose your address to neighbours except in accordance with this policy.", "The club discloses your address to neighbours only in accordance with this policy.", "negation_flip"),
    ("We only process your data where we have a lawful basis for doing so.", "We do not process your data unless we have a lawful basis for doing so.", "negation_flip"),
    ("We will retain your data for no longer than necessary and will treat it as confidential.", "Your data will be treated as confidential and will not be retained by us for longer than necessary.", "negation_flip"),
    ("No cookie is kept for longer than 13 months.", "The longest time for which a cookie is kept is 13 months.", "negation_flip"),
    ("We examine each request and disclose no more than what is asked for.", "We examine each request and never disclose any more than what is asked for.", "negation_flip"),
    ("We retain your data only as long as necessary for the loans.", "Your data is kept by us for no longer than the loans make necessary.", "limit_dropped"),
    ("Members may use the mill solely for their own projects.", "Members may use the mill for their own projects, and for those alone.", "limit_dropped"),
    ("You use the tools at your sole risk.", "You use the tools solely at your risk.", "limit_added"),
    ("Members may use the mill solely for their own projects.", "Members may use the mill for no purposes other than their own projects.", "exception_added"),
    # An exception in other words.
    ("After this time, your file will be deleted, provided that it is no longer required for a loan.", "When this time is over, your file will be deleted, except where it is still required for a loan.", "exception_added"),
    ("We do not disclose your address other than as described in this policy.", "We do not disclose your address otherwise than this policy describes.", "exception_removed"),
    ("Your booking renews each month until you cancel.", "Unless you cancel, your booking is renewed every month.", "exception_added"),
    # A condition in other words.
    ("If you are a resident of the valley, you have the right to book a stall.", "Residents of the valley have the right to book a stall.", "condition_removed"),
    ("By sending us drawings, you grant us a licence to use them.", "When you send us drawings, you grant us a licence to use them.", "condition_added"),
    ("If there is a flood at the mill, we may cancel your booking.", "Should there be a flood at the mill, we may cancel your booking.", "condition_removed"),
    ("Please write down your number in a safe place, since you need it for a refund.", "Please write down your number (the digits shown when you joined) in a safe place, since you need it for a refund.", "condition_added"),
    ("We delete your file at any time.", "We delete your file whenever you like.", "condition_added"),
    # A way to be asked that is none.
    ("By submitting any drawing, you agree that we may freely use the drawing in our courses.", "When you submit any drawing, you agree that we may freely use the drawing in our courses.", "consent_strengthened"),
    ("You can object and opt out of our newsletter with the link in each letter.", "The link in each letter lets you object and opt out of our newsletter.", "consent_weakened"),
    ("The club does not need your consent where it uses necessary cookies.", "Necessary cookies may be used by the club without your consent.", "consent_weakened"),
    ("How long we retain your file depends on the harm from unauthorized use.", "How long we retain your file depends on the harm if it were used without authorization.", "consent_weakened"),
    # What leave, duty and firmness are not.
    ("If you do not agree to the rules, then you may not enter the mill.", "Entering the mill is not permitted to you unless you agree to the rules.", "leave_changed"),
    ("If you do this, you may have to adjust some tools.", "If you do this, you have to adjust some tools.", "leave_changed"),
    ("You may use the settings of your phone to block our messages.", "You may block our messages in the settings of your phone.", "leave_changed"),
    ("The title of your course must not include the word “mill”.", "The title of your course may not include the word “mill”.", "duty_weakened"),
    ("We cannot control the river.", "We do not control the river.", "duty_strengthened"),
    ("We intend to answer every letter.", "Our intention is to answer every letter.", "duty_strengthened"),
    ("You may be required to pay a tax, which will be added to the fee.", "A tax may have to be paid by you; it will be added to the fee.", "duty_strengthened"),
]  # fmt: skip

#: before, after, the rule that has to be a reason
TURNED = [
    ("The club may not use any builders from outside the valley for repairs.", "Builders from outside the valley may be used by the club for repairs.", "negation_flip"),
    ("Members see this list, but we do not share or store your address.", "Members see this list, but we do not share your address and do store it.", "negation_flip"),
    ("Your letters cannot be changed or removed.", "Your letters cannot be changed but can be removed.", "negation_flip"),
    ("We do not keep your letters.", "We do not keep your letters for longer than a year.", "negation_flip"),
    ("We do not sell your address and have never shared it.", "We do not sell your address and have shared it.", "negation_flip"),
    ("We do not disclose your address except in accordance with this policy.", "We disclose your address in accordance with this policy.", "negation_flip"),
    ("You may use the drawings solely for your own projects.", "You may use the drawings for your own projects.", "limit_dropped"),
    ("We use your address solely to send the bill.", "We use your address chiefly to send the bill.", "limit_dropped"),
    ("The licence to use your drawings is non-exclusive and ends with your membership.", "The licence to use your drawings is non-exclusive and ends only with your membership.", "limit_added"),
    ("We delete your file after a year.", "We delete your file after a year, except where the law requires us to keep it.", "exception_added"),
    ("We will answer your letter.", "We will answer your letter should you have paid the fee.", "condition_added"),
    ("We may send you letters (regardless of any settings in your account).", "We may send you letters (subject to any settings in your account).", "condition_added"),
    ("If a member subscribes to letters, we will notify members of any change.", "Whether or not a member subscribes to letters, we will notify members of any change.", "condition_removed"),
    ("We use cookies.", "We use cookies only once you have agreed to it.", "consent_strengthened"),
    ("A member may repay the deposit of a guest.", "A member shall, within thirty days of the loan, repay the deposit of a guest.", "leave_changed"),
    ("You will not change, remove, or resize any notice of the club.", "You may resize, but will not change or remove any notice of the club.", "leave_changed"),
    ("The title of your course must not include the word “mill”.", "The title of your course should not include the word “mill”.", "duty_weakened"),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after", "rule"), SAME)
def test_the_same_in_other_words_turns_nothing(before: str, after: str, rule: str) -> None:
    """Where a denial, bound or condition only stands elsewhere, no rule says that it came or went, whichever way."""
    opposite = {
        "limit_dropped": "limit_added",
        "consent_weakened": "consent_strengthened",
        "condition_removed": "condition_added",
        "exception_added": "exception_removed",
        "duty_weakened": "duty_strengthened",
    }
    both = {rule, opposite.get(rule, rule), *(one for one, other in opposite.items() if other == rule)}
    assert both.isdisjoint(_rules(before, after) | _rules(after, before))


@pytest.mark.parametrize(("before", "after", "rule"), TURNED)
def test_what_really_turned_is_still_told(before: str, after: str, rule: str) -> None:
    """A denial, bound or condition that came or went fires, beside others that stayed."""
    assert rule in _rules(before, after)


@pytest.mark.parametrize(
    ("sentence", "count"),
    [
        ("We sell it.", 0),
        ("We don't sell it.", 1),
        ("We neither sell nor lend it.", 1),
        ("We do not sell it, nor do we lend it.", 2),
        ("Unless you agree, we never sell it.", 2),
        ("We are free of charges and keep thieves from entering.", 2),
        ("We sell it whether or not you agree, not least to pay for repairs.", 0),
        ("It is kept for no longer than a year.", 0),
        ("It is not kept for longer than a year.", 0),
    ],
)
def test_denials_are_counted(sentence: str, count: int) -> None:
    """Idioms deny nothing; what bounds a time does not either."""
    assert denials(sentence) == count


def test_words_that_merely_changed_places_are_no_wording() -> None:
    """Where the very same words stand in another order, another thing is denied."""
    assert not denied_alike(
        "We sell tools and do not lend ladders.", "We do not sell tools and lend ladders.", "sell", "sell"
    )
    assert denied_alike("We do not sell any tools.", "No tools are sold.", "sell", "sell")


def test_bounds_and_exceptions_are_known_in_other_words() -> None:
    """An exclusive licence is no "only", a non-exclusive one even less."""
    assert bounded_alike("We do not sell tools except to members.", "We sell tools only to members.")
    assert not bounded_alike("We do not sell tools except to members.", "We sell tools to members.")
    assert bounded_otherwise("We sell tools only to members.", "We sell tools to members alone.")
    assert not bounded_otherwise("A non-exclusive licence for use only here.", "A non-exclusive licence for use here.")
    assert exceptions("It is deleted, provided that nobody objects and it is not needed.") == 1
    assert exceptions("It is deleted, provided that you ask.") == 0
    assert exceptions("It is kept unless you ask, except on Sundays.") == 2


def test_someone_other_than_a_party_is_no_exception() -> None:
    """Who is meant is told so, not what is taken out."""
    assert not any(fact.exceptions for fact in read("We share it if someone other than Acme publishes the app.").facts)
    assert any(fact.exceptions for fact in read("We share it with nobody other than Acme.").facts)
