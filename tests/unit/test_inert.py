"""Sentences that state nothing alert nobody; their neighbours that do, do."""

import pytest

from tracker.compare import compare
from tracker.compare.judging.inert import inert
from tracker.words import ClauseClass

POLICY = (
    "We collect your name and e-mail address when you open an account.\n\n"
    "We use your data to provide the service and to prevent fraud.\n\n"
    "You may ask us for a copy of your data.\n\n"
    "We keep logs for ninety days.\n\n"
)

POINTERS = (
    "For more information about cookies, visit allaboutcookies.example.",
    "To learn more about how we share data, please see our vendor page.",
    "TIP: You will find more information here about how we treat posts.",
    "Please visit our Safety Centre for additional information about using the app, including sign-in codes.",
    "Further details are set out in section 4 below.",
    "See section 9 for details.",
    "Please review our Exchange and Refund Policy.",
    "Read the Complaint Handling Guidelines.",
)
EXPLANATIONS = (
    "A cookie is a small text file that a website stores on your device.",
    "Web beacons, also known as pixels, are tiny graphics with a unique identifier.",
    "An IP address is a number that is assigned to a device when it goes online.",
    "Session cookies are simply files that a browser forgets when it is closed.",
)
COURTESIES = (
    "Thank you for being a member of our community.",
    "We value your privacy and want you to understand this page.",
    "Your trust is important to us.",
    "We are passionate about our craft, and proud of what our guests make with it.",
    "Every day we want to earn your trust.",
)
ABOUT_TEXT = (
    "This notice consists of two parts: a general part and a part for each product.",
    "Headings are for convenience only and do not affect the meaning of these terms.",
    'When we say "you", we mean the person who reads this notice.',
    "In case of differences between translations, the English version prevails.",
)
ABOUT_COMPANY = (
    "Larkspur is a leading provider of cloud software for veterinary practices.",
    "Larkspur won the prize for the best app of the year 2021.",
)
STATISTICS = (
    "In 2022, the median time to respond to a request to know was 11 days, and for a request to delete 14 days.",
    "Between 1 January and 31 December 2023, we received 37 requests from government bodies.",
)
QUESTIONS = ("What data do we collect?", "How can I contact you?")
BROKEN_OFF = (
    "Because late cancellations can spoil the plans of other guests, there are penalties that hosts have to p…",
)


@pytest.mark.parametrize(
    "text",
    [
        *POINTERS,
        *EXPLANATIONS,
        *COURTESIES,
        *QUESTIONS,
        *BROKEN_OFF,
        *ABOUT_TEXT,
        *ABOUT_COMPANY,
        *STATISTICS,
        f"{COURTESIES[0]} {POINTERS[0]}",
    ],
)
def test_a_sentence_that_states_nothing_alerts_nobody(text: str) -> None:
    """Whether it comes or goes, nobody may or must do anything that was not so before."""
    for before, after in ((POLICY, POLICY + text), (POLICY + text, POLICY)):
        verdict = compare(before, after)
        assert not verdict.alert, verdict.changes


@pytest.mark.parametrize(
    ("text", "rule", "cls"),
    [
        (POINTERS[0], "pointer", ClauseClass.MINOR),
        (COURTESIES[0], "courtesy", ClauseClass.COSMETIC),
        (QUESTIONS[0], "question", ClauseClass.COSMETIC),
        (BROKEN_OFF[0], "cut_short", ClauseClass.NOISE),
        (ABOUT_TEXT[0], "about_text", ClauseClass.MINOR),
        (ABOUT_COMPANY[0], "about_company", ClauseClass.MINOR),
        (STATISTICS[0], "statistic", ClauseClass.MINOR),
    ],
)
def test_it_is_said_why_a_sentence_states_nothing(text: str, rule: str, cls: ClauseClass) -> None:
    """The reason names the kind of sentence it is."""
    found = inert(text, alone=True, facts=False)
    assert found is not None
    assert (found.rule, found.cls) == (rule, cls)


@pytest.mark.parametrize(
    "text",
    [
        "To opt out of advertising, visit our settings page.",
        "For more information visit our page, and you must accept the rules there.",
        "For more information, see our help page; your data may be sold to brokers.",
        "More information may be collected from you later.",
        "Read our rules before you post: you must accept them.",
        "If you would like to delete your data, see our privacy centre and submit a request.",
        "Cookies are small files with which we follow you across websites.",
        "Cookies are used to show you advertising.",
        "We value your privacy, but by continuing you agree to these terms.",
        "We collect your name, your address, your photographs, your friends, such as those in your address book…",
        "You can view the data that we hold about you here.",
        "Please review our Refund Policy to request your money back.",
        "Please review our refund choices.",
        "Information about you is available to our partners on request.",
        'In this policy, a "sale" does not include sharing for advertising.',
        "This section applies to residents of Virginia, who may not opt out.",
        "We respond to requests within 30 days on average.",
        "Larkspur is a leading provider of data about households.",
        "Your posts are free for anybody to copy, as described above.",
        "We hope to solve it together, and you will be notified of the reasons.",
        "At any time you are welcome to ask us to send it to you.",
        "Our servers stand in Oslo, yet we may expand to other places around the world.",
        "A pixel tag is a piece of code in the Service that collects what you open.",
        "",
    ],
)
def test_what_tells_of_a_choice_duty_or_practice_is_no_such_sentence(text: str) -> None:
    """A right that is exercised somewhere, a duty, or what the organisation does with a cookie is a statement."""
    assert inert(text, alone=True, facts=False) is None


def test_facts_beside_kind_words_count() -> None:
    """Kind words cover nothing up: "we value your privacy" does not silence the sale of data."""
    assert inert("We value your privacy and sell your data to our partners.", alone=True, facts=True) is None
    assert compare(POLICY, POLICY + "We value your privacy and sell your data to our partners.").alert


def test_a_pointer_that_becomes_a_statement_is_judged() -> None:
    """Only where both sides state nothing, and in the same way, does the change state nothing."""
    verdict = compare(POLICY + POINTERS[0], POLICY + "We sell your data to data brokers for advertising.")
    assert verdict.alert


def test_figures_of_another_year_alert_nobody() -> None:
    """The same sentence with other figures is a statistic still; a promise of days is not."""
    year = "In 2022, the median time to respond to a request to know was 11 days."
    assert not compare(POLICY + year, POLICY + year.replace("2022", "2023").replace("11", "19")).alert
    promise = "We respond to a request within 11 days."
    assert compare(POLICY + promise, POLICY + promise.replace("11", "19")).alert


def test_how_long_ago_something_was_edited_is_noise() -> None:
    """Such a line counts on by itself; a promise of the same days does not."""
    verdict = compare(POLICY + "Updated: 5 days ago", POLICY + "Updated: 6 days ago")
    assert not verdict.alert
    assert [change.judgement.cls for change in verdict.changes] == [ClauseClass.NOISE]
    assert inert("We may ask you again 5 days after you answered.", alone=False, facts=False) is None


def test_what_we_stands_for_is_judged_where_it_is_worded_anew() -> None:
    """That such a sentence comes binds nobody; that another company is meant may."""
    says = 'In this notice, when we say "we", we mean Larkspur Europe Ltd.'
    assert inert(says, alone=True, facts=False) is not None
    assert inert(says, alone=False, facts=False) is None


def test_whom_to_ask_is_no_law() -> None:
    """Another officer or address for questions is minor where the clause changed; that it came or went is judged."""
    old = "If you have questions about this notice, please write to our data protection officer."
    new = "If you have any questions about this notice, please contact our privacy team in Oslo."
    assert {_contact(old), _contact(new)} == {"contact"}
    assert inert(old, alone=True, facts=False) is None
    assert not compare(POLICY + old, POLICY + new).alert


@pytest.mark.parametrize(
    "text",
    [
        "If you have questions about your rights, please write to us within thirty days.",
        "If you have concerns, please call us; each call costs 2 euro.",
        "If you have questions about a flight, we may share your number with the airline.",
        "Please write to us if you wish to withdraw your consent.",
    ],
)
def test_what_asks_for_more_than_an_answer_is_no_mere_contact(text: str) -> None:
    """A right, a time, a price or a practice is more than an address."""
    assert _contact(text) is None


def _contact(text: str) -> str | None:
    found = inert(text, alone=False, facts=False)
    return found.rule if found else None
