"""Sentences that tell by themselves which way they go, and neighbours in much the same words that tell nothing."""

import pytest

from tracker.compare import compare
from tracker.compare.findings.tellings import told
from tracker.words import Direction

POLICY = (
    "# Privacy at Larkspur\n\nWe run a service for gardeners.\n\nOur office is open on weekdays.\n\n"
    "The headings of this page are for convenience.\n\n"
)

TELLING = {
    "signals_honoured": [
        ("Our pages honour Do Not Track.", "stronger"),
        ("We do not respond to the Do Not Track signal of your browser.", "weaker"),
        ("We are unable to recognise DNT requests.", "weaker"),
        ("DNT signals are not supported on our pages.", "weaker"),
        ("We do not alter our practices when we receive such a signal.", "weaker"),
        ("Our collection and use practices do not differ, and we alter no practices upon a DNT request.", "weaker"),
    ],
    "signals_ignored": [("We ignore Do Not Track.", "weaker")],
    "no_sale": [
        ("Larkspur does not now, nor will it in the future, rent its customer lists.", "stronger"),
        ("We will never sell anything about you: not your plans, not your name.", "stronger"),
    ],
    "no_sharing": [
        ("We do not pass your address on to anyone, except to couriers.", "stronger"),
        ("No details of your garden are given to third parties.", "stronger"),
    ],
    "people_followed": [("Pixels in our letters are used to track your visits.", "weaker")],
    "no_tracking": [
        ("We do not and never will track you.", "stronger"),
        ("We do not track visitors to our garden pages.", "stronger"),
        ("The app never records your location.", "stronger"),
        ("The app does not contain third-party analytics.", "stronger"),
    ],
    "free_of_trackers": [("Our pages have no third-party scripts.", "stronger")],
    "no_addresses_logged": [
        ("The server does not log IP addresses.", "stronger"),
        ("We do not store your search queries.", "stronger"),
    ],
    "addresses_shortened": [("IP addresses are truncated before they are written.", "stronger")],
    "bound_recipients": [
        ("All of them have signed data processing agreements with us that limit what they do.", "stronger"),
        ("Couriers are bound by duties of confidentiality.", "stronger"),
        ("We require all our service providers to keep your address secure.", "stronger"),
    ],
    "barred_recipients": [("We do not permit couriers to use it for their own purposes.", "stronger")],
    "shared_with_consent_only": [
        ("We never give your address to a nursery without your permission.", "stronger"),
        ("Nurseries get access to your plans only if you have approved it.", "stronger"),
    ],
    "limited_use": [
        ("Your phone number is used only to arrange deliveries.", "stronger"),
        ("Your phone number is not used for any other purpose.", "stronger"),
        ("We keep it for the sole purpose of arranging deliveries.", "stronger"),
    ],
    "aggregate_only": [
        ("Only aggregated figures are shown to nurseries.", "stronger"),
        ("Nurseries see demographic figures not linked to gardeners.", "stronger"),
    ],
    "as_little_as_needed": [
        ("Photos are kept no longer than necessary.", "stronger"),
        ("We collect only the details that are necessary for a delivery.", "stronger"),
    ],
    "logs_deleted": [
        ("Server logs are deleted after ten days.", "stronger"),
        ("We destroy your plans once they are no longer needed.", "stronger"),
        ("Photos are automatically erased.", "stronger"),
    ],
    "kept_after_deletion": [
        ("We may keep your letters even after you close your account.", "weaker"),
        ("Orders are kept for ten years after termination.", "weaker"),
        ("Removed pictures may persist in backups.", "weaker"),
    ],
    "kept_without_end": [
        ("Orders are kept indefinitely.", "weaker"),
        ("We do not keep orders forever.", "stronger"),
    ],
    "not_deleted": [
        ("You cannot delete your account.", "weaker"),
        ("We are not obliged to delete your reviews.", "weaker"),
    ],
    "requests_declined": [("We may decline requests that are repeated too often.", "weaker")],
    "requests_examined": [("We review the legality of every request.", "stronger")],
    "compelled_only": [
        ("We disclose your address only if a court orders it or the law is binding on us.", "stronger"),
        ("Nobody has access to your plans without a judicial warrant.", "stronger"),
    ],
    "rights_free": [
        ("We answer requests for a copy free of charge.", "stronger"),
        ("Further copies are not free of charge.", "weaker"),
    ],
    "told_of_transfer": [
        ("We will inform you before your plans are transferred to a successor.", "stronger"),
        ("In a merger you will be notified.", "stronger"),
    ],
    "requests_refused": [("We do not participate in surveillance.", "stronger")],
    "requests_reported": [("Every year we publish a transparency report.", "stronger")],
    "told_of_requests": [("We notify you of every subpoena that names you.", "stronger")],
    "told_nobody": [("We may disclose it to the police without notifying you.", "weaker")],
    "disclosed_at_will": [("We release addresses when we believe that is appropriate.", "weaker")],
    "anywhere": [
        ("We store records on servers located around the world.", "weaker"),
        ("Records may be processed in other countries.", "weaker"),
    ],
    "own_data": [
        ("You can export your data as a file.", "stronger"),
        ("You may ask us to erase your data.", "stronger"),
        ("Customers have the option of downloading a backup.", "stronger"),
    ],
    "may_opt_out": [
        ("If you do not want our letters, you can opt out in your settings.", "stronger"),
        ("You can ask us to stop sending letters.", "stronger"),
        ("You can change your preferences for letters.", "stronger"),
        ("You can decide whether neighbours see your garden.", "stronger"),
        ("You may not opt out of notes about your account.", "weaker"),
    ],
    "off_until_chosen": [
        ("Location stays off until you turn it on.", "stronger"),
        ("The diary is not off by default.", "weaker"),
    ],
    "own_staff_only": [("Only employees of ours look at the photos.", "stronger")],
    "needs_no_account": [("You do not need to create an account.", "stronger")],
    "bound_successor": [("A successor must honour the commitments of this page.", "stronger")],
    "guarded": [
        ("We maintain reasonable safeguards.", "stronger"),
        ("We offer two-factor authentication.", "stronger"),
        ("Only our own staff have access to the plans.", "stronger"),
    ],
}


@pytest.mark.parametrize(
    ("name", "text", "way"), [(name, text, way) for name, texts in TELLING.items() for text, way in texts]
)
def test_a_sentence_tells_its_way(name: str, text: str, way: str) -> None:
    """Affirmed and denied alike; the words that say so are quoted from it."""
    found = {one.entry.name: one for one in told(text)}
    assert found[name].way is Direction(way)
    assert found[name].words in text.lower()


@pytest.mark.parametrize(
    "text",
    [
        "Some browsers offer a setting called Do Not Track.",
        "The sale of your information is told of below.",
        "Here you can learn how we sell seeds.",
        "We have no control over third-party cookies.",
        "The sites may not work where you block third-party cookies.",
        "If we track you, we ask first.",
        "You agree not to sell or lend your plans.",
        "If you do not share your address with a courier, nothing can be delivered.",
        "You must not pass your password on to anyone.",
        "We may disclose it where we believe that a warrant is on its way.",
        "The service is free of charge.",
        "You tell us of a merger before it is announced.",
        "Pixels are the dots of a picture.",
        "Your plans are needed no longer.",
        "A court may order new hedges.",
        "We use your phone number to arrange deliveries.",
        "We reserve the right to delete your account.",
        "You grant gardeners the right to access your plans.",
        "You waive the right to opt out of arbitration.",
        "We share figures with nurseries.",
        "A gardener must keep seeds in a dry place.",
        "We do not share recipes in other words.",
        "We cannot guarantee that safeguards work.",
        "Do you use trackers?",
        "The tap in the greenhouse stays on until you close it.",
        "Employees of ours look at the photos.",
        "How we use cookies is told at https://larkspur.example/cookies.",
    ],
)
def test_neighbours_tell_nothing(text: str) -> None:
    """Rights of the organisation, conditions, what others do, and mere mentions."""
    assert [one.entry.name for one in told(text)] == []


def test_under_a_lead_in_the_words_of_the_item_tell() -> None:
    """What stands in the lead-in alone is said once, not by every item; a "not" in it reaches the items."""
    assert {one.way for one in told("log IP addresses", "We do not:")} == {Direction.STRONGER}
    assert told("a watering plan", "You can export your personal data, such as:") == ()


@pytest.mark.parametrize(
    ("text", "way"),
    [
        ("We do not respond to the Do Not Track signals of browsers.", Direction.WEAKER),
        ("We honour the Do Not Track signals of browsers.", Direction.STRONGER),
        ("We share your address with couriers, who are bound by confidentiality obligations.", Direction.STRONGER),
        ("Your phone number and e-mail address will only be used to contact you about deliveries.", Direction.STRONGER),
        ("We may keep your messages even after you delete your account.", Direction.WEAKER),
        ("Your personal information is never sold or shared, unless required by law.", Direction.STRONGER),
        ("We do not and never will sell your personal information to third parties.", Direction.STRONGER),
        ("We share your personal information with advertisers.", Direction.WEAKER),
    ],
)
def test_what_a_sentence_tells_decides_where_it_came_or_went(text: str, way: Direction) -> None:
    """The same sentence goes the other way where it went; that it names data or recipients decides nothing then."""
    came, went = compare(POLICY, POLICY + text), compare(POLICY + text, POLICY)
    assert came.direction is way
    assert went.direction is way.opposite


def test_what_the_other_text_says_too_is_no_news() -> None:
    """A second sentence that says so again tells nothing new."""
    both = POLICY + "Our pages honour Do Not Track.\n\n"
    again = both + "As told above, we also honour Do Not Track on tablets and in our shop.\n\n"
    verdict = compare(both, again)
    rules = {reason.rule for change in verdict.changes for reason in change.judgement.reasons}
    assert "telling_added" not in rules


def test_a_mention_leans_on_what_a_rule_tells_beside_it() -> None:
    """That a browser can send a signal says nothing of what is done with it; the sentence after it does."""
    text = "Your browser can send a signal called Do Not Track.\n\nWe do not respond to Do Not Track signals."
    assert compare(POLICY, POLICY + text).direction is Direction.WEAKER
    assert compare(POLICY + text, POLICY).direction is Direction.STRONGER


def test_a_right_that_is_only_named_does_not_turn_what_is_kept() -> None:
    """The request is the occasion, not what the sentence grants."""
    text = "If you request that we delete your personal data, we may still keep your messages."
    assert compare(POLICY, POLICY + text).direction is Direction.WEAKER
