# ruff: noqa: E501  (one sentence pair a line)
"""What the other version of a clause says in another form or order neither came nor went; what is really new did."""

import pytest

from tracker.compare import Verdict, compare
from tracker.compare.facts.facts import read
from tracker.compare.findings.exchanges import name_replaced
from tracker.compare.findings.terms import term_changes
from tracker.compare.findings.versions import Versions, says_words
from tracker.compare.findings.whole import whole_of
from tracker.compare.model import Block, BlockKind
from tracker.compare.text.clauses import cut

AROUND = "We run a service for gardeners. It lets people swap seeds and plan their beds.\n\n"


def _rules(verdict: Verdict) -> set[str]:
    return {reason.rule for change in verdict.material() for reason in change.judgement.reasons}


def _facts(before: str, after: str) -> set[str]:
    """Return the rules of facts that tell of a thing that came or went."""
    found = _rules(compare(AROUND + before, AROUND + after))
    return {rule for rule in found if rule.endswith(("_added", "_removed")) and not rule.startswith("words_")}


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("erasure", "you may ask that it be erased"),
        ("suspension of accounts", "we may suspend an account"),
        ("measure ad effectiveness", "measure how effective ads are"),
        ("right to object", "you may object, and this right is yours"),
    ],
)
def test_words_are_told_in_any_form(phrase: str, text: str) -> None:
    """An ending makes no other word."""
    assert says_words(phrase, text)


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("off by default", "the default is set by you"),
        ("under 16", "people over 16"),
        ("contract", "contact us"),
        ("of the", "of the"),
    ],
)
def test_other_words_are_not_the_same(phrase: str, text: str) -> None:
    """Small words on which the sense hangs count, and likeness of letters alone does not."""
    assert not says_words(phrase, text)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("You can request a copy of what we hold about you.", "A copy of what we hold about you can be requested by you."),
        ("You may ask for a copy of your data.", "A copy of your data may be requested by you."),
        ("Your details will be transferred to and processed in Norway.", "Your details will be transferred to, and processed in, Norway."),
        ("We keep a copy of your account information to run the service.", "A copy of your account information is kept by us to run the service."),
        ("We use the pixels to measure the effectiveness of campaigns.", "We use the pixels to measure how effective campaigns are."),
        ("We may disclose your personal data where the law requires it.", "Disclosure of your personal data may be made by us where the law requires it."),
    ],
)  # fmt: skip
def test_what_is_said_in_another_form_neither_came_nor_went(before: str, after: str) -> None:
    """Passive, noun or other order: the words are there on both sides."""
    assert _facts(before, after) == set()
    assert _facts(after, before) == set()


@pytest.mark.parametrize(
    ("before", "after", "rule"),
    [
        ("We collect your email address.", "We collect your email address and your location.", "data_type_added"),
        ("We collect your location and share your name with couriers.", "We collect your location and share your name and your location with couriers.", "data_type_added"),
        ("We use your email address to answer you.", "We use your email address to answer you and for advertising.", "purpose_added"),
        ("Location sharing is off by default on your phone.", "Location sharing is on by default on your phone.", "term_added"),
    ],
)  # fmt: skip
def test_what_is_new_still_came(before: str, after: str, rule: str) -> None:
    """The word may stand in the other version for another matter: a statement of that side took it in."""
    assert rule in _facts(before, after)


def test_what_another_thing_took_the_place_of_is_gone() -> None:
    """Its name stands there for what held before."""
    before, after = (
        "We use your content to improve it.",
        "We improve it by using sample pictures in place of your content.",
    )
    versions = Versions((read(before), read(after)), (before, after))
    assert not versions.says("your content", 1)
    assert versions.says("improve", 1)


def test_a_promise_to_try_says_less_than_one_to_do() -> None:
    """That the verb stands on both sides is not enough."""
    before = "The deletion of your address after a year, where practicable."
    after = "We delete your address after a year."
    (fact,) = (fact for fact in read(after).facts if fact.act == "delete")
    assert not Versions((read(before), read(after)), (before, after)).does(fact, 0)
    assert Versions((read("x"), read(after)), ("The deletion of your address comes after a year.", after)).does(fact, 0)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Claims are determined by an arbitrator.", "Determinations on claims are made by an arbitrator."),
        ("You grant us a perpetual, worldwide right and license.", "You grant us a right and license, perpetual and worldwide."),
        ("You may withdraw your consent at any time.", "That consent of yours may at any time be withdrawn."),
        ("The site owes no liability to you.", "Responsibility for it does not lie with us."),
        ("We may change it, and are not liable to you.", "We may change it without liability to you."),
        ("Goods that you post belong to you, and you retain all rights.", "Goods that you post belong to you, and all rights remain with you."),
        ("We reserve the right to terminate your access.", "We may end your access."),
        ("It is liable unless it proves that it is not responsible for the loss.", "It is liable unless the loss is proved to be none of its doing."),
    ],
)  # fmt: skip
def test_a_legal_phrase_in_other_words_neither_came_nor_went(before: str, after: str) -> None:
    """Each of its words stands on the other side, or it is a phrase of the same kind; access that ends is no right."""
    assert _terms(before, after) == set()


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ("You give us a license.", "You give us a perpetual license.", "term_added"),
        ("We are not responsible for losses.", "We are responsible for losses, though not for yours.", "term_removed"),
        ("Claims go to court.", "Claims go to binding arbitration.", "term_added"),
        ("You have the right to access your data.", "You have the right to correct your data.", "mention_removed"),
        ("Sharing is off by default.", "Sharing is on by default.", "term_added"),
    ],
)
def test_a_legal_phrase_that_is_new_came(before: str, after: str, kind: str) -> None:
    """A word of it is not there, what denies it is gone, or its contrary stood in its place."""
    assert kind in _terms(before, after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Manage it in the Settings section.", "Manage it in the Privacy Hub (previously the Settings section)."),
        ("We keep to the Usage Policy of ours.", "We keep to the Usage Standards (the former Usage Policy) of ours."),
        ("It is stored outside the European Economic Area (EEA).", "It is stored outside the EEA (European Economic Area)."),
        ("We ask Copper or Silver first.", "We ask Copper (Copper Gate) or Silver (Silver Door) first."),
    ],
)  # fmt: skip
def test_a_name_that_the_text_itself_explains_is_no_other(before: str, after: str) -> None:
    """It says what the former name was, or sets the long one beside the short one."""
    assert name_replaced(before, after) is None


@pytest.mark.parametrize(
    "aside",
    [
        "(renamed “Garden Travel” in the app stores)",
        "(whose brand name is now Plot)",
        "(the product now sold as Garden Mail)",
        "(formerly the Seed Phone)",
    ],
)
def test_a_name_told_in_brackets_states_nothing(aside: str) -> None:
    """No name of a person is kept, nothing is sold."""
    before, after = (f"We use the Seed app {said}for your photos." for said in ("", f"{aside} "))
    assert [fact.slots for fact in read(before).facts] == [fact.slots for fact in read(after).facts]
    assert [fact.act for fact in read(before).facts] == [fact.act for fact in read(after).facts]


def test_an_aside_that_says_more_than_a_name_is_read() -> None:
    """What is shared in brackets is shared."""
    acts = {fact.act for fact in read("We keep your photos (and share them with partners).").facts}
    assert acts == {"retain", "share"}


@pytest.mark.parametrize(
    ("text", "act"),
    [
        ("The app is licensed to you and not sold.", "sell"),
        ("Seeds and other products are sold on this site to members whose data we hold.", "sell"),
        ("Your information is protected from being accessed or destroyed without authorization.", "delete"),
        ("We weigh the harm to your data if it were used or disclosed by others.", "share"),
        ("We say in this notice whether it is collected, shared or stored.", "collect"),
        ("The days are counted from the date on which the financial data was collected.", "collect"),
    ],
)
def test_goods_and_what_is_feared_are_no_practice(text: str, act: str) -> None:
    """Data is neither sold, destroyed, disclosed nor collected here."""
    assert act not in {fact.act for fact in read(text).facts}


@pytest.mark.parametrize(
    ("text", "act"),
    [
        ("Your data is sold to brokers.", "sell"),
        ("We protect your data from theft and delete it after a year.", "delete"),
        ("We disclose your data if it is asked for.", "share"),
        ("On the date of your order we collect your address.", "collect"),
    ],
)
def test_data_that_is_sold_deleted_or_disclosed_is(text: str, act: str) -> None:
    """The same verbs, said of data and done."""
    assert act in {fact.act for fact in read(text).facts}


def test_what_a_denial_rules_out_is_not_what_stands_before_it() -> None:
    """A short form of "will not" opens a clause of its own, as the long one does."""
    facts = read("Your art may be used to mend our tools, but your content won't be used to train AI.").facts
    assert [(fact.denied, "content" in fact.slots["data_types"]) for fact in facts if fact.act == "use"] == [
        (False, False),
        (True, True),
    ]


def test_messages_that_are_sent_to_you_are_no_data() -> None:
    """They are a way to reach you, however many kinds are named."""
    (fact,) = read("We may send you email and other messages about your membership.").facts
    assert "messages" not in fact.slots["data_types"]


@pytest.mark.parametrize(
    "said",
    ["be it express or implied,", "by which we mean the app,", "which were last revised in May 2025,"],
)
def test_what_says_it_again_is_no_item(said: str) -> None:
    """It takes in the more and the less alike, or tells of the text alone."""
    before, after = (f"You get no licence{aside} to use our marks." for aside in ("", f", {said}"))
    assert "items_added" not in _facts(before, after)


def test_an_item_that_came_is_told() -> None:
    """The rule stands where the insertion names a thing."""
    before, after = (f"You may lend{aside} or sell your seeds." for aside in ("", ", plant"))
    assert "items_added" in _facts(before, after)


def _terms(before: str, after: str) -> set[str]:
    sides = [cut([Block(BlockKind.PARAGRAPH, text)]) for text in (before, after)]
    found = term_changes([whole_of(side) for side in sides], Versions((read(before), read(after)), (before, after)))
    return {one.kind for one in found}
