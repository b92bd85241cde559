# ruff: noqa: E501  (one sentence a line)
"""Which way a sentence of terms goes by itself: burdens, rights, risks, and neighbours in like words."""

import pytest

from tracker.compare import Verdict, compare
from tracker.compare.findings.finding import kinds
from tracker.compare.findings.stipulations import alerting, exchanged, stipulated, weighed
from tracker.compare.vocabulary.lexicon import lexicon
from tracker.compare.vocabulary.lexicons import active
from tracker.words import Direction

_WEAKER, _STRONGER = Direction.WEAKER, Direction.STRONGER
AROUND = "We bake bread on four days of the week. Guests pick their loaves up in the courtyard behind the mill.\n\n"

#: The rules that a sentence holds, none where it is a neighbour that must not be caught.
SENTENCES = [
    ("If we amend these terms, we will send you an e-mail a month ahead.", {"changes_told"}),
    ("We may revise these terms at any time and will notify you of it.", {"changes_told"}),
    ("We will notify you when your loaves change hands, with offers for the season.", set()),
    ("When we do, we will let you know.", {"changes_told"}),
    ("If so, we will post a notice in the courtyard.", {"changes_told"}),
    ("If we do, we will revise the date above and put up a notice of it.", set()),
    ("You must notify us of changes to your address.", set()),
    ("We may notify you of changes.", set()),
    ("These terms may be changed without prior notice.", {"changes_at_will"}),
    ("These terms may not be changed without notice.", set()),
    ("It is your responsibility to review these terms from time to time.", {"own_inquiry"}),
    ("You are responsible for everything that is ordered under your name.", {"your_responsibility"}),
    ("You are not responsible for orders that somebody else placed.", set()),
    ("We are responsible for the bread until you hold it.", {"liability_kept"}),
    ("You must keep your password secret.", {"account_kept_safe"}),
    ("You agree to preserve the confidentiality of your login.", {"account_kept_safe"}),
    ("We will keep your password encrypted.", set()),
    ("You agree to provide your true name and current details.", {"true_data_owed"}),
    ("You do not have to use your real name.", {"pseudonym_allowed"}),
    ("You are free to choose a pseudonym.", {"pseudonym_allowed"}),
    ("Pseudonyms are not accepted.", {"true_data_owed"}),
    ("We store a pseudonymous identifier in a cookie.", set()),
    ("You must not resell our loaves.", {"forbidden"}),
    ("You will not be charged for a crumb.", set()),
    ("The notice must come by registered letter.", {"formal_demand"}),
    ("You must sign the form by hand.", {"formal_demand"}),
    ("We send your loaf by registered mail.", set()),
    ("An e-mail is sufficient.", {"informal_way"}),
    ("An e-mail is not sufficient.", set()),
    ("You waive any right to take part in a class action.", {"rights_waived"}),
    ("We waive the fee for the first loaf.", set()),
    ("Our silence does not constitute a waiver of any right.", set()),
    ("You waive your moral rights in recipes.", {"moral_rights_waived"}),
    ("Disputes will be resolved by binding arbitration, though you may opt out of arbitration.", {"arbitration_forced"}),
    ("We do not require arbitration.", {"arbitration_free"}),
    ("Any claim must be filed within one year.", {"suit_shortened"}),
    ("We will answer your claim within one year.", set()),
    ("You agree to indemnify us against claims of others.", {"you_indemnify"}),
    ("We will indemnify you against claims of others.", set()),
    ("These provisions survive the termination of your account.", {"survives_the_end"}),
    ("Our obligation to protect your recipes survives termination.", set()),
    ("We reserve the right to close the courtyard.", {"reserved_right"}),
    ("You reserve the right to return a loaf.", set()),
    ("We reserve the right to suspend your access for any reason.", {"ended_at_will"}),
    ("We will delete your account when you ask us to.", set()),
    ("Your right to use the ovens will end at once.", {"use_ends"}),
    ("We may discontinue the service whenever we like.", {"service_may_end"}),
    ("We will give you a warning two weeks before we close your account.", {"end_announced"}),
    ("If we suspend your account, we will tell you the reasons.", {"reasons_given"}),
    ("We do not guarantee that the oven is hot.", {"no_guarantee"}),
    ("The data cannot be disclosed to any baker.", set()),
    ("We guarantee that the oven is hot.", set()),
    ("We are not liable for crumbs.", {"not_answerable"}),
    ("You are not liable for crumbs.", set()),
    ("Neither party is liable for crumbs.", set()),
    ("Nothing in these terms limits our liability for fraud.", {"liability_kept"}),
    ("We have no obligation to keep your recipes.", {"no_duty"}),
    ("You have no obligation to order again.", set()),
    ("You keep the ownership of your recipes.", {"content_stays_yours"}),
    ("We do not claim copyright in your recipes.", {"content_stays_yours"}),
    ("We keep the ownership of our recipes.", set()),
    ("You represent and warrant that you own your recipes.", {"rights_warranted"}),
    ("You grant us a worldwide licence to print your recipes.", {"license_given"}),
    ("We print your recipes unless you give us no permission.", set()),
    ("We grant you a limited, personal licence to use the oven.", {"license_received"}),
    ("You may close your account at any time.", {"leave_at_will"}),
    ("Should you wish to close your account, please write to us.", {"leave_at_will"}),
    ("If you would like your account deleted, please write to us.", {"leave_at_will"}),
    ("Should you wish to order a cake, please write to us.", set()),
    ("You may not close your account.", {"forbidden"}),
    ("We will refund the price of a stale loaf.", {"refund_due"}),
    ("We accept returns within three days.", {"refund_due"}),
    ("Guests return every week.", set()),
    ("You may send us a counter-notice.", {"counter_notice"}),
    ("Send us a notice of infringement.", set()),
    ("Our support team will help you.", {"help_given"}),
    ("Our support team cannot help with ovens.", set()),
    ("We do not refund the price of a loaf.", {"refund_denied"}),
    ("You can pay by credit card.", set()),
    ("Disputes are heard only by the courts of the city where the mill stands.", {"forum_fixed"}),
    ("The courts of Ghent have exclusive jurisdiction.", {"forum_fixed"}),
    ("The courts of Ghent have non-exclusive jurisdiction.", set()),
    ("A dispute may be brought only in the courts of your home country.", set()),
    ("Disputes are heard by the courts of Ghent.", set()),
    ("A dispute must be started within one year.", {"suit_shortened"}),
    ("Whoever copies recipes owes us 40 euros for each recipe.", {"sum_fixed"}),
    ("You pay us 40 euros for each month of the subscription.", set()),
    ("You may ask us for a copy of the clauses.", {"safeguards_shown"}),
    ("You may ask us for a copy of your recipes.", set()),
]  # fmt: skip


@pytest.mark.parametrize(("text", "rules"), SENTENCES)
def test_a_sentence_holds_what_it_says_and_not_what_its_neighbour_does(text: str, rules: set[str]) -> None:
    """The words of a rule turn round with who bears them and with a denial."""
    assert {one.rule.name for one in stipulated(text)} == rules


def test_every_rule_is_tried_here() -> None:
    """A rule without a sentence of its own could say anything."""
    assert set(active().table("stipulations.toml")) == {name for _, rules in SENTENCES for name in rules}


def test_what_a_rule_sets_aside_exists() -> None:
    """A slip in `over` would set nothing aside, and nobody would notice."""
    families = {name.rsplit("_", 1)[0] for name in kinds()}
    known = families | set(lexicon().legal_phrases.entries) | set(active().table("stipulations.toml"))
    assert {name for table in active().table("stipulations.toml").values() for name in table.get("over", ())} <= known


def _ways(verdict: Verdict) -> set[Direction]:
    return {change.judgement.direction for change in verdict.material()}


@pytest.mark.parametrize(
    ("text", "way"),
    [
        ("You may close your account at any time.", _STRONGER),
        ("We may close your account at any time and for any reason.", _WEAKER),
        ("We reserve the right to terminate your access to the service at any time.", _WEAKER),
        ("You are solely responsible for all activity under your account and must keep your password secret.", _WEAKER),
        ("We do not warrant that the service will be uninterrupted, secure or free of errors.", _WEAKER),
        ("We will notify you by e-mail before we change these terms.", _STRONGER),
        ("We will not be liable for any loss that results from the use or disclosure of your content.", _WEAKER),
        ("You represent and warrant that you own all rights in the content that you upload.", _WEAKER),
    ],
)
def test_a_clause_alone_goes_the_way_it_stipulates(text: str, way: Direction) -> None:
    """What it takes when it comes it gives back when it goes, whatever else its words remind of."""
    assert _ways(compare(AROUND, AROUND + text)) == {way}
    assert _ways(compare(AROUND + text, AROUND)) == {way.opposite}


@pytest.mark.parametrize(
    ("text", "way"),
    [
        ("If you wish to close your account, please write to us.", _STRONGER),
        ("We may modify this agreement without notice.", _WEAKER),
        ("The bakery makes no warranty that its pages will be available or free of errors.", _WEAKER),
    ],
)
def test_some_rules_alert_by_themselves(text: str, way: Direction) -> None:
    """A way out, a warning and a warranty matter, even to one who reads nothing else; not where both texts say so."""
    verdict = compare(AROUND, AROUND + text)
    assert verdict.alert
    assert verdict.direction is way
    assert not alerting(text, lambda cues: True)


def test_other_rules_alone_alert_nobody() -> None:
    """Of them only what the facts or the scorer find worth an alert gets a direction."""
    assert not any(kinds()[f"mention_{end}"].alone for end in ("added", "removed"))
    (finding,) = weighed("You must not resell our loaves.", (), added=True)
    assert finding.kind == "mention_added"
    assert finding.direction is _WEAKER
    assert finding.items == "what you must not do (“You must not”)"


@pytest.mark.parametrize(
    ("before", "after", "ways"),
    [
        ("Disputes are heard by the courts of Ghent.", "Disputes are heard only by the courts of Ghent, and must be started within a year.", {_WEAKER}),
        ("Disputes are heard only by the courts of Ghent.", "Disputes are heard only by the courts of Bruges.", set()),
        ("Disputes are heard only by the courts of Ghent.", "A dispute must be started within a year.", set()),
        ("You must keep your password secret.", "Your password opens the oven.", set()),
    ],
)  # fmt: skip
def test_between_two_versions_only_how_disputes_are_settled_tells(
    before: str, after: str, ways: set[Direction]
) -> None:
    """What both hold, what goes either way and what is of another matter says nothing; backwards it is the opposite."""
    assert {finding.direction for finding in exchanged(before, after)} == ways
    assert {finding.direction for finding in exchanged(after, before)} == {way.opposite for way in ways}
