# ruff: noqa: E501  (one sentence pair a line)
"""Denials, bounds and conditions in one form, and what that must never make alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.compare.findings.logic import in_one_form
from tracker.compare.findings.plain import same_plainly


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Couriers have no access.", "Couriers do not have access."),
        ("Couriers do not have any access.", "Couriers have no access."),
        ("Access is not given for longer than 24 hours.", "Access is given for 24 hours at most."),
        ("We do not keep recordings for more than 30 days.", "We keep recordings for at most 30 days."),
        ("No nurse may open a chart unless the patient has agreed.", "Nurses may open a chart only if the patient has agreed."),
        ("We do not lend your bike unless you agree.", "We lend your bike only if you agree."),
        ("You must not lend it unless we agree.", "You may lend it only if we agree."),
        ("We will not inform any third party.", "We will inform no third party."),
        ("You cannot leave the list, as it is part of the service.", "As it is part of the service, you cannot leave the list."),
        ("If you object, we stop.", "We stop if you object."),
        ("Unless the law forbids it, we tell you.", "We tell you, unless the law forbids it."),
        ("If you have not signed, we do not publish the photo.", "Unless you have signed, we do not publish the photo."),
        ("We charge the fee if you do not return the bike by noon.", "We charge the fee unless you return the bike by noon."),
        ("Tenants must not sublet.", "Tenants may not sublet."),
        ("Third parties must not copy it.", "Third parties may not copy it."),
        ("The lender is not entitled to charge interest.", "The lender may not charge interest."),
        ("Guests shall return the key.", "Guests are to return the key."),
        ("Guests must return the key.", "Guests shall return the key."),
        ("We wipe any disks that come back.", "We wipe all disks that come back."),
        ("Either you or we may end the contract.", "Either party may end the contract."),
        ("A parcel shall be deemed to have been delivered at noon.", "A parcel is treated as delivered at noon."),
        ("“Working day” means a day other than a Saturday.", "Working day: a day that is not a Saturday."),
        ("At no time do we weigh your parcels.", "We never weigh your parcels."),
        ("Under no circumstances will we weigh your parcels.", "We will never weigh your parcels."),
        ("Under no circumstances are your parcels weighed.", "Your parcels are never weighed."),
        ("We do not weigh parcels.", "We never weigh parcels."),
        ("We hand keys to no one but the porter.", "We hand keys only to the porter."),
        ("Nobody except the porter keeps a key.", "Only the porter keeps a key."),
        ("We keep nothing but your name.", "We only keep your name."),
        ("We hand the keys of your flat to nobody.", "We do not hand the keys of your flat to anybody."),
        ("It is forbidden to lend keys.", "You may not lend keys."),
        ("Lending keys to others is not allowed.", "It is prohibited to lend keys to others."),
        ("We weigh parcels only while you watch.", "We do not weigh parcels unless you watch."),
        ("Where the law so requires, we open parcels.", "We open parcels if required by law."),
        ("You must be at least 16 to rent a boat.", "You may not rent a boat if you are under 16."),
        ("Nobody under 18 may rent a boat.", "Only people aged 18 or over may rent a boat."),
        ("The user may lend the user's key.", "You may lend your key."),
        ("You retain ownership of your songs.", "You own your songs."),
        ("You may send it back without charge.", "You may send it back free of charge."),
    ],
)  # fmt: skip
def test_one_thing_denied_bounded_or_ordered_otherwise_is_the_same(one: str, other: str) -> None:
    """A lawyer reads the same rule in both."""
    assert same_plainly(one, other)
    assert same_plainly(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("We do not lend your bike unless you agree.", "We lend your bike unless you agree."),
        ("We do not lend your bike unless you agree.", "We do not lend your bike if you agree."),
        ("We lend your bike only if you agree.", "We lend your bike if you agree."),
        ("We do not keep recordings for more than 30 days.", "We keep recordings for at least 30 days."),
        ("We do not keep recordings for less than 30 days.", "We keep recordings for at most 30 days."),
        ("No nurse may open a chart unless the patient has agreed.", "Nurses may open a chart unless the patient has agreed."),
        ("No nurse may refuse to never open it unless asked.", "Nurses may refuse to never open it only if asked."),
        ("You must not lend it unless we agree.", "You must lend it only if we agree."),
        ("We will not inform any third party.", "We will inform any third party."),
        ("If you object, we stop.", "If we stop, you object."),
        ("Unless you object, we sell it.", "We object unless you sell it."),
        ("Couriers do not have access.", "Couriers have access."),
        ("You do not have to pay.", "You have to pay no."),
        ("At no time do we weigh your parcels.", "At any time we weigh your parcels."),
        ("We hand keys to no one but the porter.", "We hand keys to no one, not even the porter."),
        ("Nobody except the porter keeps a key.", "Nobody keeps a key."),
        ("We keep nothing but your name.", "We keep nothing, not your name."),
        ("We hand your keys to nobody.", "We hand your keys to anybody."),
        ("It is forbidden to lend keys.", "You may lend keys."),
        ("It is not forbidden to lend keys.", "You may not lend keys."),
        ("You must be at least 16 to rent a boat.", "You may not rent a boat if you are under 18."),
        ("You must be at least 16 to rent a boat.", "You may rent a boat if you are under 16."),
        ("Members must be at least 18 to vote.", "Visitors must be at least 18 to vote."),
        ("Members under 18 may not vote.", "Visitors under 18 may not vote."),
        ("The user must pay you.", "You must pay the user."),
        ("Only the porter keeps a key.", "The porter keeps only a key."),
        ("We charge the fee if you return the bike by noon.", "We charge the fee unless you return the bike by noon."),
        ("We charge the fee if you do not return the bike or the lock.", "We charge the fee unless you return the bike and the lock."),
        ("We may not open parcels.", "We must not open parcels."),
        ("Guests may return the key.", "Guests must return the key."),
        ("The lender is entitled to charge interest.", "The lender may not charge interest."),
        ("We do not share any photos.", "We do not share all photos."),
        ("You may pick any tools.", "You may pick all tools."),
        ("Neither you nor we may end the contract.", "Either party may end the contract."),
        ("You may end the contract.", "Either party may end the contract."),
    ],
)  # fmt: skip
def test_what_is_denied_bounded_or_conditioned_otherwise_in_law_stays_apart(one: str, other: str) -> None:
    """No form takes a denial, a bound or a condition away."""
    assert not same_plainly(one, other)
    assert not same_plainly(other, one)


@given(st.lists(st.sampled_from(["no", "not", "we", "do", "may", "any", "unless", "if", ",", "keep", "more than", "30 days", "at most"])))  # fmt: skip
def test_any_words_come_to_a_form_that_stays(words: list[str]) -> None:
    """Whatever stands in a sentence, a form is found, and nothing is lost that denies and comes back as less."""
    form = in_one_form(" ".join(words))
    assert isinstance(form, str)
    assert ("keep" in form) == ("keep" in words)


def test_a_long_condition_is_read_at_once() -> None:
    """A condition of many words that ends in none of its stops costs no more than its length."""
    condition = "if you do not " + "keep " * 300
    assert in_one_form(f"we stop {condition}*") == f"we stop {condition}*"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Your rights under the California Consumer Privacy Act stay.", "Your rights under the CCPA stay."),
        ("As the Health Insurance Portability and Accountability Act of 1996 demands.", "As HIPAA demands."),
        ("Records are protected by FERPA.", "Records are protected by the Family Educational Rights and Privacy Act (20 U.S.C. § 1232g)."),
        ("We rely on Art. 6 GDPR.", "We rely on Art. 6 of Regulation (EU) 2016/679."),
        ("The commission is 2.5%.", "The commission is two and a half percent."),
        ("Damage above £1,000 is paid.", "Damage above one thousand pounds is paid."),
    ],
)  # fmt: skip
def test_laws_and_numbers_have_two_names(one: str, other: str) -> None:
    """The full name and the short one, words and digits."""
    assert same_plainly(one, other)
    assert same_plainly(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("As the EU GDPR demands.", "As the UK GDPR demands."),
        ("As the CCPA demands.", "As the CPRA demands."),
        ("The commission is two percent.", "The commission is two and a half percent."),
        ("Damage above two thousand pounds is paid.", "Damage above two hundred pounds is paid."),
    ],
)
def test_another_law_or_number_is_another_rule(one: str, other: str) -> None:
    """Close names and numbers are not the same."""
    assert not same_plainly(one, other)
