"""What is done as what we do, and what that must never make alike."""

import pytest

from tracker.compare.findings.plain import same_plainly
from tracker.compare.findings.voice import in_active_voice


@pytest.mark.parametrize(
    ("passive", "active"),
    [
        ("Your recordings are deleted after 30 days.", "We delete your recordings after 30 days."),
        ("Recordings are transferred to the United States.", "We transfer recordings to the US."),
        ("Recordings are translated by us.", "We translate recordings."),
        ("Your recordings will never be sold by us.", "We will never sell your recordings."),
        ("Recordings may not be shared without your consent.", "We may not share recordings without your consent."),
        ("You are charged twice a year.", "We charge you twice a year."),
        ("Copies of your recordings are kept for a year.", "We keep copies of your recordings for one year."),
    ],
)
def test_what_is_done_is_what_we_do(passive: str, active: str) -> None:
    """A text of ours says what is done by us."""
    assert same_plainly(passive, active)
    assert same_plainly(active, passive)


@pytest.mark.parametrize(
    ("passive", "active"),
    [
        ("Your recordings are deleted by our partners.", "We delete your recordings."),
        ("Your recordings are not sold.", "We sell your recordings."),
        ("You are charged by the shop.", "You charge the shop."),
        ("You are required to pay.", "We require you to pay twice."),
        ("You are allowed to record.", "We record you."),
        ("Your recordings may be sold.", "We sell your recordings."),
        ("Your recordings are shared if you agree.", "We share your recordings."),
        ("Recordings of you are sold.", "You sell recordings."),
        ("Fees are paid in advance.", "We pay fees in advance."),
        ("Goods are returned to us within 14 days.", "We return goods to us within 14 days."),
        ("Disputes are decided by arbitration.", "We decide disputes by arbitration."),
    ],
)
def test_who_does_it_whether_and_when_stay_apart(passive: str, active: str) -> None:
    """Another agent, a denial, a leave and a condition are differences in law."""
    assert not same_plainly(passive, active)


@pytest.mark.parametrize("said", ["", "we are here", "you are entitled to it", "a b c", "it are sold"])
def test_what_is_not_done_by_us_stays_as_it_is(said: str) -> None:
    """States, and what nobody does, have no other voice."""
    assert in_active_voice(said) == said
