# ruff: noqa: E501  (one sentence pair a line)
"""Numbers, groups and places that changed: class, direction, topic and the sentence that says so, both ways."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.compare import Verdict, compare
from tracker.compare.facts.facts import read
from tracker.compare.findings.amounts import amount_changes
from tracker.compare.findings.limits import time_changes
from tracker.compare.findings.regions import scope_changes
from tracker.compare.findings.transfers import with_mechanisms
from tracker.words import ClauseClass, Direction, Topic

AROUND = (
    "We run a service for gardeners. It lets people swap seeds and plan their beds. Our office is open on weekdays.\n\n"
)

#: What is weaker for the person from the first sentence to the second, with its topic, and what the reason says.
WEAKER: dict[str, list[tuple[str, str, Topic, str]]] = {
    "how long data is kept": [
        ("We keep your chats for six (6) months.", "We keep your chats for two and a half years.", Topic.RETENTION, "How long data is kept: “six (6) months” became “two and a half years”."),
        ("We keep access logs for a fortnight.", "We keep access logs for ninety (90) days.", Topic.RETENTION, "How long data is kept: “a fortnight” became “ninety (90) days”."),
        ("An 18-month retention period applies to recordings.", "A 36-month retention period applies to recordings.", Topic.RETENTION, "How long data is kept: “18-month” became “36-month”."),
        ("We keep logs for 30 to 60 days.", "We keep logs for 60 to 90 days.", Topic.RETENTION, "How long data is kept: “30 to 60 days” became “60 to 90 days”."),
        ("We keep your searches for 18 months.", "We keep your searches until you delete them.", Topic.RETENTION, "How long data is kept: “18 months” became “until you delete”."),
        ("We keep your searches until you delete them.", "We keep your searches for as long as we need.", Topic.RETENTION, "How long data is kept: “until you delete” became “as long as we need”."),
        ("We keep your searches for as long as we need.", "We keep your searches indefinitely.", Topic.RETENTION, "How long data is kept: “as long as we need” became “indefinitely”."),
    ],
    "a most that became a least": [
        ("We keep identity documents for at most five years.", "We keep identity documents for at least five years.", Topic.RETENTION, "How long data is kept at least: “at most five years” became “at least five years”."),
        ("We keep your backups for at least 90 days.", "We keep your backups for at most 90 days.", Topic.RETENTION, "How long data is kept: “at least 90 days” became “at most 90 days”."),
    ],
    "from when a span runs": [
        ("We keep lesson videos for one year from the day they are recorded.", "We keep lesson videos for one year from the day you leave.", Topic.RETENTION, "How long data is kept: it ran from the day it is recorded or collected, now it runs from the end of the relationship."),
    ],
    "time the organisation has": [
        ("We answer requests within 30 days.", "We answer requests within 30 business days.", Topic.ACCESS_RIGHTS, "The time the organisation has: “within 30 days” became “within 30 business days”."),
        ("We will answer your request within 30 days.", "We will answer your request.", Topic.ACCESS_RIGHTS, "The time the organisation has: “within 30 days” is no longer said."),
        ("We will tell you of a breach within 24 hours.", "We will tell you of a breach within 72 hours.", Topic.SECURITY, "The time in which a breach must be told: “within 24 hours” became “within 72 hours”."),
        ("We refund the price within 14 days.", "We refund the price within 45 days.", Topic.PAYMENT, "The time in which money is paid back: “within 14 days” became “within 45 days”."),
        ("We test our backups every month.", "We test our backups every year.", Topic.SECURITY, "How often it is done: “every month” became “every year”."),
    ],
    "notice, by who gives it": [
        ("We give 60 days' notice of new prices.", "We give 14 days' notice of new prices.", Topic.POLICY_CHANGE, "How long before notice is given: “60 days” became “14 days”."),
        ("You must give us 30 days' notice to cancel.", "You must give us 90 days' notice to cancel.", Topic.ACCOUNT_TERMINATION, "The notice you must give: “30 days” became “90 days”."),
    ],
    "time the person has": [
        ("You must bring any claim within two years.", "You must bring any claim within one year.", Topic.DISPUTE_RESOLUTION, "The time you have to bring a claim: “within two years” became “within one year”."),
        ("You may cancel up to 24 hours before the course.", "You may cancel up to 7 days before the course.", Topic.CHOICE_CONSENT, "The time before which you must act: “up to 24 hours” became “up to 7 days”."),
        ("You have 30 days to appeal a ban.", "You have 7 days to appeal a ban.", Topic.CHOICE_CONSENT, "The time you have to object: “30 days” became “7 days”."),
        ("Refunds are granted within 14 days of purchase.", "Refunds are granted within 7 days of purchase.", Topic.PAYMENT, "The time you have to get your money back: “within 14 days” became “within 7 days”."),
        ("The trial is free for 30 days.", "The trial is free for 7 days.", Topic.PAYMENT, "The time that is free: “30 days” became “7 days”."),
        ("The minimum term is one year.", "The minimum term is two years.", Topic.PAYMENT, "The time you are bound: “one year” became “two years”."),
        ("Deleted beds can be restored for 30 days.", "Deleted beds can be restored for 7 days.", Topic.ACCESS_RIGHTS, "The time in which you can get your data back: “30 days” became “7 days”."),
    ],
    "ages, each of its kind": [
        ("You must be 16 or older.", "You must be 13 or older.", Topic.CHILDREN, "The age: “16 or older” became “13 or older”."),
        ("If you are under 16, a parent must consent.", "If you are under 13, a parent must consent.", Topic.CHOICE_CONSENT, "The age below which a parent must agree: “under 16” became “under 13”."),
    ],
    "money, by who pays": [
        ("A late fee of $5 applies.", "A late fee of $15 applies.", Topic.PAYMENT, "What you pay: “$5” became “$15”."),
        ("We keep 5% of each sale.", "We keep 12 per cent of each sale.", Topic.PAYMENT, "What you pay: “5%” became “12 per cent”."),
        ("Transfers up to 400 euro are free.", "Transfers up to 200 euro are free.", Topic.PAYMENT, "What is free: “400 euro” became “200 euro”."),
        ("A copy of your data is free of charge.", "A copy of your data costs a fee of 15 pounds.", Topic.PAYMENT, "What you pay: “free” became “15 pounds”."),
        ("You are liable for losses up to 50 euros.", "You are liable for losses up to 500 euros.", Topic.LIABILITY, "What you must answer for: “50 euros” became “500 euros”."),
        ("We refund 80% of the price.", "We refund 50% of the price.", Topic.PAYMENT, "What is paid to you: “80%” became “50%”."),
        ("The minimum order is $20.", "The minimum order is $50.", Topic.PAYMENT, "The least you must pay or reach: “$20” became “$50”."),
    ],
    "caps on what can be claimed": [
        ("Our liability does not exceed $500.", "Our liability does not exceed $100.", Topic.LIABILITY, "What you can claim: “$500” became “$100”."),
        ("Our liability is limited to the greater of $100 and the fees paid.", "Our liability is limited to the lesser of $100 and the fees paid.", Topic.LIABILITY, "What you can claim: the greater of two bounds became the lesser of two bounds."),
        ("Our liability is limited to the fees you paid in the last 12 months.", "Our liability is limited to the fees you paid in the last 3 months.", Topic.LIABILITY, "The time whose payments count for what you can claim: “12 months” became “3 months”."),
    ],
    "for whom a right or a burden holds": [
        ("Residents of the EEA and the UK may object.", "Residents of the EEA may object.", Topic.ACCESS_RIGHTS, "What this clause says no longer holds for the United Kingdom."),
        ("You can ask for a copy of your data.", "If you live in the European Union, you can ask for a copy of your data.", Topic.ACCESS_RIGHTS, "What this clause says now holds only for the European Union."),
        ("Content of business and personal accounts is not used to train our models.", "Content of business accounts is not used to train our models.", Topic.AI_TRAINING, "What this clause says no longer holds for personal accounts."),
        ("We share data of business accounts with advertisers.", "We share data of business and free accounts with advertisers.", Topic.THIRD_PARTY_SHARING, "What this clause says now holds for free accounts too."),
        ("You have a right to a refund, except in Germany.", "You have a right to a refund, except in Germany and France.", Topic.PAYMENT, "What this clause says no longer holds for France."),
        ("Everyone can delete their posts.", "Users under 18 can delete their posts.", Topic.CHILDREN, "What this clause says no longer holds for everyone."),
    ],
    "where data goes": [
        ("We store your data in Ireland.", "We store your data in Ireland and India.", Topic.INTERNATIONAL_TRANSFER, "Where data goes or is kept: added: India."),
        ("We store your data in Ireland.", "We store your data in the US.", Topic.INTERNATIONAL_TRANSFER, "Where data goes or is kept: added: the United States; removed: Ireland."),
    ],
    "whose law decides": [
        ("These terms are governed by the law of Ireland.", "These terms are governed by the law of Singapore.", Topic.DISPUTE_RESOLUTION, "Which law or court decides: added: Singapore; removed: Ireland."),
    ],
    "what a transfer rests on": [
        ("We transfer data under standard contractual clauses.", "We transfer data on the basis of your consent.", Topic.INTERNATIONAL_TRANSFER, "What a transfer rests on: “standard contractual clauses” became “your consent”."),
        ("Our call centre in Tunis sees your tickets under binding corporate rules.", "Our call centre in Tunis sees your tickets.", Topic.INTERNATIONAL_TRANSFER, "A transfer no longer rests on binding corporate rules."),
    ],
    "definitions": [
        ("“Buddies” means our subsidiaries. We disclose your data to Buddies.", "“Buddies” means our subsidiaries and our advertising partners. We disclose your data to Buddies.", Topic.THIRD_PARTY_SHARING, "The definition of “Buddies” now takes in more (added: “our advertising partners”); 1 clause uses it (tracking, third party sharing)."),
        ("“Request” means any message about your data. We honour every Request.", "“Request” means a completed form about your data. We honour every Request.", Topic.ACCESS_RIGHTS, "The definition of “Request” now takes in less"),
    ],
}  # fmt: skip

#: Material, and neither better nor worse.
EVEN = [
    ("These terms are governed by the law of Ohio.", "These terms are governed by the law of Texas.", "Which law or court decides: added: Texas; removed: Ohio."),
    ("This shop is for residents of Ireland.", "This shop is for residents of Spain.", "For whom this clause holds: added: Spain; removed: Ireland."),
    ("We transfer data to the US under the Privacy Shield.", "We transfer data to the US under standard contractual clauses.", "What a transfer rests on: “the Privacy Shield” became “standard contractual clauses”."),
]  # fmt: skip

#: Material, but for whom it is good the facts do not say.
OPEN = [
    ("An account that nobody uses for two years is removed.", "An account that nobody uses for six months is removed.", "The time without use after which an account ends: “two years” became “six months”."),
]  # fmt: skip

SAME = [
    ("Deleted beds can be restored for 14 days.", "Deleted beds can be restored for two weeks."),
    ("Notices count as read 3 business days after posting.", "Notices count as read three (3) business days after posting."),
    ("You may cancel up until 24 hours prior to departure.", "You can cancel until a full day (24 hours) before departure."),
    ("You have to be at least eighteen years old to trade.", "You must be 18 or older to trade."),
    ("The minimum term is one quarter.", "The minimum term is three months."),
    ("Cover is limited to £10,000 per claim.", "Cover is limited to GBP 10.000,00 per claim."),
    ("We process data in the U.S. and the U.K.", "We process data in the United States and the United Kingdom."),
    ("“Device” means a phone, tablet or computer.", "“Device” means a tablet, phone or computer."),
]  # fmt: skip

TABLE = [
    pytest.param(*row, id=f"{item}-{number}") for item, rows in WEAKER.items() for number, row in enumerate(rows, 1)
]


def judged(before: str, after: str) -> Verdict:
    return compare(AROUND + before, AROUND + after)


def sentences(verdict: Verdict) -> str:
    return " ".join(reason.sentence for change in verdict.material() for reason in change.judgement.reasons)


@pytest.mark.parametrize(("before", "after", "topic", "said"), TABLE)
def test_what_is_worse_for_the_person_is_told_as_such(before: str, after: str, topic: Topic, said: str) -> None:
    """The verdict is material and weaker, about its topic, and a reason says what became what."""
    verdict = judged(before, after)
    assert (verdict.alert, verdict.direction) == (True, Direction.WEAKER)
    assert topic in verdict.topics
    assert said in sentences(verdict)


@pytest.mark.parametrize(("before", "after", "topic", "said"), TABLE)
def test_the_same_read_backwards_is_better_for_the_person(before: str, after: str, topic: Topic, said: str) -> None:
    """Exchanging the sides keeps the alert and turns the direction around."""
    verdict = judged(after, before)
    assert (verdict.alert, verdict.direction) == (True, Direction.STRONGER)


@pytest.mark.parametrize(("before", "after", "said"), OPEN)
def test_what_cuts_both_ways_is_told_without_taking_sides(before: str, after: str, said: str) -> None:
    """What is good for some and bad for others is material, and the reason leaves the rest to a reader."""
    verdict = judged(before, after)
    assert verdict.alert
    assert f"{said} Whether that is better or worse for you, the facts do not say." in sentences(verdict)


@pytest.mark.parametrize(("before", "after", "said"), EVEN)
def test_what_is_only_another_is_neutral(before: str, after: str, said: str) -> None:
    """Another law or mechanism is material and neutral, whatever the words around it suggest."""
    verdict = judged(before, after)
    assert (verdict.alert, verdict.direction) == (True, Direction.NEUTRAL)
    assert f"{said} By itself that is neither better nor worse for you." in sentences(verdict)


@pytest.mark.parametrize(("before", "after"), [*SAME, *((after, before) for before, after in SAME)])
def test_the_same_value_in_other_words_is_no_change(before: str, after: str) -> None:
    """Spans, ages, amounts and places that are equal stay silent, however they are said."""
    verdict = judged(before, after)
    assert not verdict.alert
    assert {change.judgement.cls for change in verdict.changes} <= {ClauseClass.COSMETIC}


SENTENCES = [text for rows in WEAKER.values() for row in rows for text in row[:2]]


def directions(before: str, after: str) -> list[Direction]:
    old, new = read(before), read(after)
    found = [
        *time_changes(old.periods, new.periods, before, after),
        *amount_changes(before, after),
        *scope_changes(before, after, old, new),
        *with_mechanisms(before, after, ()),
    ]
    return sorted(finding.direction for finding in found)


@given(st.sampled_from(SENTENCES), st.sampled_from(SENTENCES))
def test_whatever_is_worse_one_way_is_better_the_other_way(before: str, after: str) -> None:
    """Between any two sentences, exchanging the sides turns each finding around and finds nothing more."""
    assert sorted(way.opposite for way in directions(after, before)) == directions(before, after)


@given(st.sampled_from(SENTENCES))
def test_a_sentence_does_not_differ_from_itself(text: str) -> None:
    """Equal sides give nothing."""
    assert directions(text, text) == []
