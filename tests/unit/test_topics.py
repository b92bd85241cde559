import pytest

from tracker.compare.text.topics import has_signal, topic_evidence, topics_of
from tracker.words import Topic


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        (
            "If Brightmail is involved in a merger or bankruptcy, your data may go to the new owner.",
            Topic.BUSINESS_TRANSFER,
        ),
        ("We share your email address with advertising partners and other third parties.", Topic.THIRD_PARTY_SHARING),
        ("We do not sell your personal information.", Topic.SALE),
        ("We keep your records for 30 days after you close your account and then delete them.", Topic.RETENTION),
        ("All communication is encrypted and protected against unauthorized access.", Topic.SECURITY),
        ("We may use your messages to train our artificial intelligence models.", Topic.AI_TRAINING),
        ("Any dispute will be resolved by binding arbitration, and you waive class actions.", Topic.DISPUTE_RESOLUTION),
        ("Acme is not liable for any indirect or consequential damages.", Topic.LIABILITY),
        ("Our site is not directed to children under 13 and we do not knowingly collect their data.", Topic.CHILDREN),
        (
            "We transfer data outside the European Economic Area under Standard Contractual Clauses.",
            Topic.INTERNATIONAL_TRANSFER,
        ),
        ("We disclose information in response to a subpoena or court order.", Topic.LEGAL_DISCLOSURE),
        ("You can unsubscribe or opt out of marketing messages at any time.", Topic.CHOICE_CONSENT),
        ("You have the right to access, correct or erase your personal data.", Topic.ACCESS_RIGHTS),
        ("We may change this policy from time to time and will post the new version here.", Topic.POLICY_CHANGE),
        ("You grant us a worldwide, royalty-free licence to use the content you post.", Topic.CONTENT_LICENSE),
        ("Subscription fees are billed monthly and are not refundable.", Topic.PAYMENT),
        ("We may suspend or terminate your account if you breach these terms.", Topic.ACCOUNT_TERMINATION),
        ("We use cookies and pixels to track how you use the site.", Topic.TRACKING),
    ],
)
def test_a_plain_clause_has_its_topic(text: str, topic: Topic) -> None:
    """A clause that says one thing in common words is filed under it."""
    assert topic in topics_of(text)


def test_a_list_item_is_read_with_its_lead_in() -> None:
    """An item that says nothing alone belongs to what its lead-in speaks of."""
    assert Topic.THIRD_PARTY_SHARING in topics_of(
        "Acme Analytics", lead_in="We share your data with these service providers:"
    )


def test_empty_text_is_about_nothing() -> None:
    """No words, no topic but `other`."""
    assert topics_of(" ") == (Topic.OTHER,)


def test_evidence_quotes_the_words_that_name_the_topic() -> None:
    """The phrases that explain a label stand in the clause."""
    evidence = topic_evidence("We may sell your data after a merger.")
    assert evidence[Topic.SALE] == ("sell your data",)
    assert evidence[Topic.BUSINESS_TRANSFER] == ("merger",)


def test_signals_are_seen() -> None:
    """Do Not Track and named regions are facts of a clause without being topics."""
    assert has_signal("do_not_track", "We do not respond to Do Not Track signals.")
    assert not has_signal("do_not_track", "We track orders.")
    assert has_signal("region", "California residents may ask us.")
