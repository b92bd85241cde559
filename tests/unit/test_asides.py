"""Verbs that state no practice, and words that only look like data."""

import pytest

from tracker.compare import compare
from tracker.compare.facts.facts import Fact, read
from tracker.compare.findings.delta import Delta
from tracker.compare.model import Block, BlockKind, Document
from tracker.compare.text.clauses import cut
from tracker.words import Direction


def _acts(text: str) -> set[tuple[str, str]]:
    return {(fact.actor.value, fact.act) for fact in read(text).facts}


def _only(text: str, act: str) -> Fact:
    (fact,) = (fact for fact in read(text).facts if fact.act == act)
    return fact


@pytest.mark.parametrize(
    "text",
    [
        "You have the right to learn to whom we sold your address.",
        "Residents of Oregon have the right to know the categories of partners with whom we share their data.",
        "You may exercise your right to object to profiling and to our use of your data for marketing.",
        "Your rights include: to have us restrict how your records are shared.",
        "For questions about how your data is shared or sold, please write to us.",
        "Find out what we share with advertisers in our help centre.",
        "You can ask us to stop sharing your profile with partners.",
    ],
)
def test_a_right_or_a_question_states_no_practice(text: str) -> None:
    """What one may know, ask or object to is not done by being named."""
    assert not {act for _, act in _acts(text)} & {"sell", "share", "use"}


@pytest.mark.parametrize(
    ("text", "act"),
    [
        ("We reserve the right to share your profile with partners.", "share"),
        ("You have the right to know this, and we may also share your profile with partners.", "share"),
        ("We have the right to obtain and share your credit record.", "share"),
    ],
)
def test_what_the_organisation_may_do_is_a_practice(text: str, act: str) -> None:
    """Its own rights, and a clause of its own after a person's right, are read."""
    assert ("company", act) in _acts(text)


@pytest.mark.parametrize(
    ("text", "acts"),
    [
        ("We keep your messages and other information we receive for two years.", {("company", "retain")}),
        ("The data that you provide to us is encrypted.", {("company", "secure")}),
        ("The information we collect includes your name.", {("company", "collect")}),
        ("We may store traces even after your profile is deleted.", {("company", "retain")}),
        ("Your data will be deleted once your account is deleted.", {("company", "delete")}),
        ("Traces may remain until your profile has been erased.", set()),
    ],
)
def test_a_verb_that_says_which_or_when_states_nothing_of_its_own(text: str, acts: set[tuple[str, str]]) -> None:
    """A relative or temporal clause describes; alone in its sentence it is what is said."""
    assert _acts(text) == acts


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("We use your data where our legitimate interests require it.", set()),
        ("We use your data unless your interests and rights prevail.", set()),
        ("We use your interests to choose advertisements.", {"preferences"}),
        ("If you object to how we use cookies, tell us by e-mail or by telephone.", {"cookies"}),
        ("We collect your e-mail address when you contact us by e-mail.", {"email"}),
    ],
)
def test_grounds_in_law_and_ways_to_write_are_no_data(text: str, data: set[str]) -> None:
    """A legitimate interest is nobody's hobby, and a letter box collects no address."""
    assert {name for fact in read(text).facts for name in fact.slots["data_types"]} == data


@pytest.mark.parametrize(
    ("text", "act", "actor", "denied"),
    [
        ("If you do not log in for a year, your messages will be deleted.", "delete", "company", False),
        ("If you close your account, your records are not shared with partners.", "share", "company", True),
        ("Data that is no longer needed is deleted.", "delete", "company", False),
        ("If you are a customer abroad, Brightmail may share your records with partners.", "share", "company", False),
        ("If you stop using the app, tell us.", "use", "user", True),
    ],
)
def test_a_condition_lends_the_rest_neither_its_denial_nor_its_subject(
    text: str, act: str, actor: str, denied: bool
) -> None:
    """Where an account is deleted if one does not come back, the deletion is promised."""
    fact = _only(text, act)
    assert (fact.actor.value, fact.denied) == (actor, denied)


def test_a_condition_before_one_purpose_binds_that_alone() -> None:
    """What is shared for hosting and, unless one objects, for training is shared for hosting whatever one says."""
    part = "We share your messages with partners for hosting"
    assert _only(f"{part} and, unless you opt out, for training AI models.", "share").exposure == 5
    assert _only(f"{part}, unless you opt out.", "share").exposure == 3


def test_a_word_denied_by_its_prefix_is_not_spoken_of() -> None:
    """A licence that is non-sublicensable cannot be passed on."""
    assert "sublicense" in read("You grant a worldwide, sublicensable licence.").phrases
    assert "sublicense" not in read("You grant a worldwide, non-sublicensable licence.").phrases


def _documents(old: str, new: str) -> tuple[Document, Document]:
    before, after = (cut([Block(BlockKind.PARAGRAPH, text)]) for text in (old, new))
    return before, after


def _directions(old: str, new: str) -> dict[str, Direction]:
    found = Delta(*_documents(old, new)).findings(read(old), read(new), old, new)
    return {finding.kind: finding.direction for finding in found}


@pytest.mark.parametrize(
    ("old", "new", "kind", "way"),
    [
        (
            "Members may not share their login.", "Members may share their login.",
            "negation_flip", Direction.STRONGER,
        ),
        (
            "We may raise prices once a year, by no more than 5 %, after notice.",
            "We may raise prices once a year, after notice.",
            "items_removed", Direction.NEUTRAL,
        ),
        (
            "We keep your messages as long as we need them.",
            "We keep your messages as long as we need them, never for more than two years.",
            "limit_set", Direction.STRONGER,
        ),
    ],
)  # fmt: skip
def test_a_turn_goes_the_way_it_goes_for_the_person(old: str, new: str, kind: str, way: Direction) -> None:
    """A freedom given is better; what bounds a statement is no item of its list; "never more" is a limit."""
    assert _directions(old, new).get(kind, way) is way


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Shops cannot be transferred.", "Shops can be transferred to another seller."),
        ("Tickets cannot be sold.", "Tickets can be sold at the door."),
    ],
)
def test_goods_are_not_data(old: str, new: str) -> None:
    """Selling a ticket is no sale of personal data."""
    assert not {"sale", "international_transfer"} & {
        topic.value
        for finding in Delta(*_documents(old, new)).findings(read(old), read(new), old, new)
        for topic in finding.topics
    }


def test_money_back_within_a_time_is_given_not_limited() -> None:
    """A refund that was ruled out and now is given for a time is better, whatever its time."""
    old, new = "Purchases are not refunded.", "Purchases are refunded if you tell us within 90 days."
    assert set(_directions(old, new)) == {"negation_flip"}


def test_an_ai_tool_is_no_training() -> None:
    """Working with AI and training it are told apart."""
    old = "We use software to answer you."
    using, training = (
        {reason.sentence for change in compare(*_documents(old, new)).changes for reason in change.judgement.reasons}
        for new in (
            "We use software and AI tools to answer you.",
            "We use software and your messages to train AI models.",
        )
    )
    assert not any("training" in sentence for sentence in using)
    assert any("training" in sentence for sentence in training)


@pytest.mark.parametrize(
    "text",
    [
        "The offers that we show you do not depend on your postcode.",
        "No change was made to how we use your data.",
        "As we announced, we erased the old logs.",
        "We treat this signal as a request to opt out of the sale and sharing of data.",
    ],
)
def test_what_is_described_or_past_states_nothing(text: str) -> None:
    """Offers that are shown, changes that were not made and what was erased once promise nothing."""
    assert not _acts(text)


@pytest.mark.parametrize(
    ("text", "denied"),
    [
        ("We are not answerable for companies that receive your data.", False),
        ("We work with companies that do not sell your data.", True),
        ("We never collected your data from brokers.", True),
    ],
)
def test_a_relative_clause_has_a_denial_of_its_own(text: str, denied: bool) -> None:
    """What denies the main verb does not deny what others do."""
    (fact,) = read(text).facts
    assert fact.denied is denied


@pytest.mark.parametrize(
    ("text", "spoken_of"),
    [
        ("Any dispute is settled by binding arbitration.", True),
        ("Consumers in Europe are not bound by the binding arbitration of section 9.", False),
        ("Tickets are non-refundable.", True),
        ("Taxes are paid back, even where the ticket is non-refundable.", False),
    ],
)
def test_a_phrase_of_law_that_does_not_hold_is_not_spoken_of(text: str, spoken_of: bool) -> None:
    """Whoever is not bound by arbitration is not told of one."""
    assert bool({"arbitration", "non_refundable"} & set(read(text).phrases)) is spoken_of


def test_what_is_done_with_consent_alone_is_no_gain_when_it_goes() -> None:
    """A sale that needed consent and is no longer spoken of is neither better nor worse by itself."""
    old, new = "We sell your data only with your consent. We like tea.", "We like tea."
    assert _directions(old, new)["practice_removed"] is Direction.NEUTRAL
    old = "We sell your data. We like tea."
    assert _directions(old, new)["practice_removed"] is Direction.STRONGER
