# ruff: noqa: E501  (one sentence a line)
"""Examples, summaries and whereabouts set beside what a text says bind nobody; their neighbours that do, alert."""

import pytest

from tracker.compare import compare

POLICY = (
    "We collect your name when you open an account.\n\n"
    "We keep your logs for ninety days and share them with our hosting provider.\n\n"
    "{}\n\n"
    "You may ask us for a copy.\n\n"
)


def _alerts(before: str, after: str) -> set[bool]:
    """Say whether a step alerts, in both directions."""
    return {
        compare(POLICY.format(one), POLICY.format(other)).alert for one, other in ((before, after), (after, before))
    }


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("We are not liable for acts of God.", "We are not liable for acts of God. A storm that closes a port would be such an event."),
        ("You may not use bots or any other tool to win.", "You may not use bots or any other tool, such as macros, to win."),
        ("We check the answers you give about your boat.", "We check the answers you give about your boat (for instance, its length)."),
        ("We keep invoices for as long as tax law obliges us.", "We keep invoices for as long as tax law obliges us (for example, ten years in Norway)."),
        ("Our desk answers questions.", "Our desk (Monday to Friday, 9 a.m. to 5 p.m. GMT) answers questions."),
        ("Our desk answers questions.", "Our desk, whose number is printed on your card, answers questions."),
        ("Our officer answers questions.", "Our officer, Dr. Ana Silva, answers questions."),
        ("Bikes are lent by the hour.", "Bikes are lent by the hour.\n\nIn short, your logs are gone after ninety days."),
        ("Bikes are lent by the hour.", "Put simply, our hosting provider sees your logs.\n\nBikes are lent by the hour."),
        ("We lend your bike to nobody.", "In full: we lend your bike to nobody."),
    ],
)  # fmt: skip
def test_what_is_set_beside_a_rule_alerts_nobody(before: str, after: str) -> None:
    """What the rule says stays, whether the aside comes or goes."""
    assert _alerts(before, after) == {False}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("We check the answers you give about your boat.", "We check the answers you give about your boat (for instance, your precise location)."),
        ("You may not use bots or any other tool to win.", "You may not use bots or any other tool, except macros, to win."),
        ("You may cancel through our desk.", "You may cancel through our desk (Monday to Friday, 9 a.m. to 5 p.m. GMT)."),
        ("Our desk answers questions.", "Our desk (a partner in India) answers questions."),
        ("We keep invoices for as long as we need them.", "We keep invoices for as long as we need them (at least ten years)."),
        ("Bikes are lent by the hour.", "Bikes are lent by the hour.\n\nPut simply, we keep your logs for a year."),
        ("Bikes are lent by the hour.", "Bikes are lent by the hour.\n\nIn short, we sell your logs."),
        ("Bikes are lent by the hour.", "Bikes are lent by the hour.\n\nIn a nutshell, we never share your logs."),
        ("Bikes are lent by the hour.", "Bikes are lent by the hour.\n\nIn plain words, you must pay for your logs."),
    ],
)  # fmt: skip
def test_what_adds_or_bounds_alerts_however_it_opens(before: str, after: str) -> None:
    """A bracket or the opening of a summary hides no new data, limit, denial or duty."""
    assert _alerts(before, after) == {True}
