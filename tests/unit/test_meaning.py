# ruff: noqa: E501  (one sentence pair a line)
"""What a change of one sentence means: the rule that says so and its direction, both ways; and what means nothing."""

import pytest

from tracker.compare import Verdict, compare
from tracker.words import ClauseClass, Direction

AROUND = (
    "We run a service for gardeners. It lets people swap seeds and plan their beds. Our office is open on weekdays.\n\n"
)

CHANGES: dict[str, list[tuple[str, str, str | None]]] = {
    "negation": [
        ("We do not disclose your messages to third parties.", "We disclose your messages to third parties.", "negation_flip"),
        ("We are not allowed to pass your data on to advertisers.", "We are allowed to pass your data on to advertisers.", "negation_flip"),
        ("We refrain from tracking you across websites.", "We track you across websites.", "negation_flip"),
        ("At no time will we sell your data.", "We will sell your data.", "negation_flip"),
        ("Your data is never sold.", "Your data is sold.", "negation_flip"),
        ("Our partners may not use your data for advertising.", "Our partners may use your data for advertising.", "negation_flip"),
        ("Neither we nor our partners sell your data.", "We and our partners sell your data.", "negation_flip"),
        ("We respond to Do Not Track signals.", "We do not respond to Do Not Track signals.", "negation_flip"),
        ("We do not use automated decision-making.", "We use automated decision-making to set your credit limit.", "negation_flip"),
        ("You may delete your account.", "You may not delete your account.", None),
    ],
    "exceptions": [
        ("We will not rent your phone number.", "We will not rent your phone number except to our marketing partners.", "exception_added"),
        ("We do not share your messages with anyone.", "We do not share your messages with anyone, save for our advertising partners.", "exception_added"),
        ("We do not share your data.", "We do not share your data, except with couriers.", "exception_added"),
    ],
    "opt-in, opt-out, defaults": [
        ("We use your photos for advertising only if you opt in.", "We use your photos for advertising unless you opt out.", "consent_weakened"),
        ("We may share your data with partners if you consent.", "We may share your data with partners.", "consent_weakened"),
        ("By default, your profile is private.", "By default, your profile is public.", "term_added"),
        ("Personalisation is off by default.", "Personalisation is on by default.", "term_added"),
    ],
    "modality by who bears it": [
        ("We will encrypt your messages.", "We may encrypt your messages.", "duty_weakened"),
        ("We must delete your account data on request.", "We should delete your account data on request.", "duty_weakened"),
        ("We will tell you when we change these terms.", "We will try to tell you when we change these terms.", "duty_weakened"),
    ],
    "conditions of duties": [
        ("We will delete your data.", "We will delete your data when you ask us to.", "condition_added"),
    ],
    "lists and limits": [
        ("We use your data solely to provide the service.", "We use your data to provide the service.", "limit_dropped"),
        ("We only share your city with organisers.", "We share your city with organisers.", "limit_dropped"),
        ("We share your data with some of our partners.", "We share your data with all of our partners.", "scope_widened"),
    ],
    "definitions": [
        ("“Personal Data” means your name and e-mail address.", "“Personal Data” means your name, e-mail address, and biometric data.", "definition_widened"),
        ("“Affiliates” means our subsidiaries.", "“Affiliates” means our subsidiaries and our advertising partners.", "definition_widened"),
    ],
    "data, recipients, purposes": [
        ("We collect your name and e-mail address.", "We collect your name, e-mail address and precise location data.", "data_type_added"),
        ("We share your e-mail address with service providers.", "We share your e-mail address with service providers and insurance companies.", "recipient_added"),
        ("We log your IP address for security.", "We log your IP address for security and advertising.", "purpose_added"),
        ("We use strictly necessary cookies.", "We use strictly necessary cookies and web beacons.", "data_type_added"),
        ("We use your phone number to send receipts.", "We use your phone number to send receipts and for marketing.", "purpose_added"),
        ("We collect your approximate location.", "We collect your location.", "data_type_added"),
    ],
    "durations": [
        ("We keep your logs for 30 days.", "We keep your logs for 13 months.", "period_changed"),
        ("We will respond to your request within 30 days.", "We will respond to your request within 90 days.", "period_changed"),
        ("We store your chats for at most 90 days.", "We store your chats indefinitely.", "period_changed"),
        ("We keep your backups for at least 90 days.", "We keep your backups for at least 30 days.", "period_changed"),
        ("Recordings are kept no longer than 90 days.", "Recordings are kept as long as we consider useful.", "period_changed"),
        ("Refunds are granted within 14 days of purchase.", "Refunds are granted within 7 days of purchase.", "period_changed"),
        ("We will give you at least 30 days' notice of price changes.", "We will give you at least 7 days' notice of price changes.", "period_changed"),
        ("You have 60 days to appeal a suspension.", "You have 10 days to appeal a suspension.", "period_changed"),
    ],
    "ages and fees": [
        ("You must be at least 16 years old to use the service.", "You must be at least 13 years old to use the service.", "period_changed"),
        ("We charge a late fee of $5.", "We charge a late fee of $15.", "amount_changed"),
        ("We charge a commission of 5% on each sale.", "We charge a commission of 12% on each sale.", "amount_changed"),
    ],
    "effect on the past": [
        ("New terms apply only to data collected after they take effect.", "New terms apply to all data, including data previously collected.", "term_added"),
    ],
    "transfers and safeguards": [
        ("We transfer data to the United States under standard contractual clauses.", "We transfer data to the United States.", "safeguard_removed"),
        ("All messages are end-to-end encrypted.", "All messages are encrypted.", "safeguard_removed"),
    ],
    "sale": [
        ("We never sell your personal data.", "We may sell your personal data to data brokers.", "negation_flip"),
        ("We use your data to run the service.", "We use your data to run the service. We sell your purchase history to data brokers.", "practice_added"),
    ],
    "AI training": [
        ("We do not use your content to train our models.", "We use your content to train our models.", "negation_flip"),
        ("We don't use customer files to develop AI models.", "We may use customer files to develop AI models.", "negation_flip"),
    ],
    "disputes, liability, licences": [
        ("You can bring a claim in the courts of your country.", "Any claim must be settled by binding arbitration on an individual basis.", "term_added"),
        ("Our liability is not limited.", "Our aggregate liability shall not exceed $100.", "term_added"),
        ("You keep all rights to your content.", "You assign all rights to your content to us.", "term_added"),
        ("You grant us a licence to display your content while you use the service.", "You grant us a perpetual, irrevocable licence to use your content.", "term_added"),
    ],
    "accounts and payment": [
        ("We may suspend your account after giving you notice.", "We may suspend your account without notice.", None),
        ("You can get a refund within 30 days.", "Payments are non-refundable.", "term_added"),
        ("We bill your plan each year.", "We bill your plan each year and it will automatically renew.", "term_added"),
    ],
    "promises that go": [
        ("We use cookies. We do not use fingerprinting.", "We use cookies.", "promise_removed"),
    ],
}  # fmt: skip

SAME = [
    ("We collect your name and your phone number.", "We collect not only your name but also your phone number."),
    ("We will never share or disclose your health data.", "We will neither share nor disclose your health data."),
    ("We do not sell data unless you give us permission.", "We sell data only with your permission."),
    ("We won't disclose your address without your consent.", "We will disclose your address only with your consent."),
    ("Your data is not shared with advertisers by us.", "We do not share your data with advertisers."),
    ("We collect your name, your phone number and your gender.", "We collect your gender, your name and your phone number."),
    ("We retain call recordings for two years.", "We retain call recordings for 24 months."),
    ("We erase your data within a week.", "We erase your data within 7 days."),
    ("We share your data with Acme Group companies.", "We share your data with companies of the Acme Group."),
    ("Welcome to our privacy policy.", "Thank you for reading our privacy policy."),
    ("We use your data to improve our services and to send receipts.", "We use your data to send receipts and to improve our services."),
    ("We share data with our service providers.", "We share data with our vendors."),
    ("We share your city with couriers. We share your gender with couriers.", "We share your city and gender with couriers."),
    ("2.1 We share your name with couriers.", "3.4 We share your name with couriers."),
    ("Last updated: 1 May 2024", "Last updated: 3 June 2025"),
    ("You can email us at a@acme.example.", "You can email us at b@acme.example."),
]  # fmt: skip

TABLE = [
    pytest.param(before, after, rule, id=f"{item}-{number}")
    for item, rows in CHANGES.items()
    for number, (before, after, rule) in enumerate(rows, 1)
]


def judged(before: str, after: str) -> Verdict:
    return compare(AROUND + before, AROUND + after)


def rules(verdict: Verdict) -> set[str]:
    return {reason.rule for change in verdict.material() for reason in change.judgement.reasons}


@pytest.mark.parametrize(("before", "after", "rule"), TABLE)
def test_a_change_for_the_worse_alerts_with_its_rule(before: str, after: str, rule: str | None) -> None:
    """The verdict alerts, says weaker, and names the rule where facts decide."""
    verdict = judged(before, after)
    assert (verdict.alert, verdict.direction) == (True, Direction.WEAKER)
    assert rule is None or rule in rules(verdict)


@pytest.mark.parametrize(("before", "after", "rule"), TABLE)
def test_the_same_change_read_backwards_is_one_for_the_better(before: str, after: str, rule: str | None) -> None:
    """Exchanging the sides turns the direction around and keeps the alert."""
    verdict = judged(after, before)
    assert (verdict.alert, verdict.direction) == (True, Direction.STRONGER)


@pytest.mark.parametrize(
    ("denial", "contrary"),
    [
        ("We do not sell your data.", "We sell your data."),
        ("We never share your information.", "We share your information."),
        ("We will not transfer your data.", "We may transfer your data."),
    ],
)
def test_a_denial_that_stays_hides_no_contrary_beside_it(denial: str, contrary: str) -> None:
    """What was only ever ruled out is told for the first time by who does it."""
    verdict = judged(denial, f"{denial} {contrary}")
    assert (verdict.alert, verdict.direction) == (True, Direction.WEAKER)
    assert "practice_added" in rules(verdict)


@pytest.mark.parametrize(("before", "after"), [*SAME, *((after, before) for before, after in SAME)])
def test_what_says_the_same_does_not_alert(before: str, after: str) -> None:
    """Paraphrase, order, equal spans of time, merged sentences, numbers, dates and addresses stay silent."""
    assert judged(before, after).alert is False


def test_every_material_reason_quotes_the_words_it_rests_on() -> None:
    """A lawyer can check each sentence against quoted words."""
    for rows in CHANGES.values():
        for before, after, _ in rows:
            for change in judged(before, after).material():
                assert change.judgement.reasons
                for reason in change.judgement.reasons:
                    assert reason.sentence
                    assert reason.before or reason.after


def test_a_fact_raises_what_stands_in_a_list_under_its_lead_in() -> None:
    """An item is read with the sentence that opens its list."""
    before = AROUND + "We share your data with the following recipients:"
    verdict = compare(before + "\n\nCouriers.", before + "\n\nCouriers.\n\nWe also share it with insurance companies.")
    assert "recipient_added" in rules(verdict)


def test_a_clause_of_its_own_on_biometric_data_is_for_the_worse() -> None:
    """What a new clause says of grave things is taken as new."""
    verdict = judged("We collect your name.", "We collect your name. We also collect your fingerprints.")
    assert (verdict.alert, verdict.direction) == (True, Direction.WEAKER)
    assert "data_type_added" in rules(verdict)


def test_a_severity_is_the_sum_of_its_named_terms() -> None:
    """Each term can be shown; sale that was denied weighs more than a longer deadline."""
    sale = judged("We never sell your personal data.", "We may sell your personal data to data brokers.")
    slow = judged("We will respond to your request within 30 days.", "We will respond to your request within 90 days.")
    assert sale.material()[0].judgement.severity_terms[0] == ("negation flip", 4)
    assert sale.severity.rank > slow.severity.rank


def test_a_mended_slip_is_cosmetic() -> None:
    """A letter that was missing changes nothing."""
    verdict = judged("We recieve reports from gardeners.", "We receive reports from gardeners.")
    assert {change.judgement.cls for change in verdict.changes} == {ClauseClass.COSMETIC}


def test_what_came_is_told_of_the_half_that_came() -> None:
    """Where a clause stands anew elsewhere, what it says more is no reason to alert on the heading it replaced."""
    rest = "We keep letters for 30 days.\n\nYou may write to us.\n\nWe sell seeds."
    heading = "Details of guests who use the shop"
    clause = (
        "For guests who use the shop, we collect details of their precise location and share them with advertisers."
    )
    verdict = compare(f"We run a shop.\n\n{heading}\n\n{rest}", f"We run a shop.\n\n{rest}\n\n{clause}")
    assert [change.after for change in verdict.material()] == [clause]
