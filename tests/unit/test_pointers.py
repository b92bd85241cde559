"""Where a text sends the reader is not what it says."""

import pytest

from tracker.compare import compare
from tracker.compare.text.pointers import same_but_for_pointers
from tracker.words import ClauseClass

OPT_OUT = "You may opt out of this sharing at any time by visiting our {} and choosing a setting."


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (OPT_OUT.format("ad choices page"), OPT_OUT.format("preference centre")),
        (
            "Please click here to read about modules.",
            "Please click “Modules of other companies” to read about modules.",
        ),
        (
            "You may delete your account by following the process described in the section “Your Rights” below.",
            "You may delete your account by following the process described below this table.",
        ),
        (
            "If a school gave you the account, see the section of this notice.",
            "If a school gave you the account, see the Information for pupils section of this notice.",
        ),
        (
            "To leave a mailing list, go to the Letters from time to time page.",
            "To leave a mailing list, go to our Subscriptions page.",
        ),
    ],
)
def test_another_place_to_look_is_no_other_statement(one: str, other: str) -> None:
    """Two clauses that differ in a pointer alone are the same but for it, in either order; the change is minor."""
    assert same_but_for_pointers(one, other)
    assert same_but_for_pointers(other, one)
    verdict = compare(one, other)
    assert not verdict.alert
    assert [change.judgement.cls for change in verdict.changes] == [ClauseClass.MINOR]
    assert verdict.changes[0].judgement.reasons[0].rule == "pointer"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (OPT_OUT.format("settings"), OPT_OUT.format("settings and paying a fee")),
        ("Visit our page if you agree.", "Visit our page unless you agree."),
        ("We share it as described in this policy.", "We sell it as described in this policy."),
        ("We keep it for a month.", "We keep it for a year."),
        ("See the help page.", ""),
        ("See the help page.", "See the rules and pay on the help page."),
        ("Go to the settings page.", "Go to the settings, where you may not object on the page."),
        ("", ""),
    ],
)
def test_what_stands_beside_a_pointer_still_counts(one: str, other: str) -> None:
    """A condition, an act or a price beside a pointer is no part of it."""
    assert not same_but_for_pointers(one, other)
    assert not same_but_for_pointers(other, one)
