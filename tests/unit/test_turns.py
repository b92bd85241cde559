# ruff: noqa: E501  (one sentence pair a line)
"""What turns a statement whatever its verb: denials, exceptions, conditions, force, limits, quantifiers, lists, terms."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.compare import Verdict, compare
from tracker.compare.facts.statements import Bearing, bearing_of, statements, stem
from tracker.compare.findings.turns import differences
from tracker.words import ClauseClass, Direction, Topic

AROUND = (
    "We lend tools to neighbours. Members book a drill or a ladder and bring it back. Our shed is in the old mill.\n\n"
)

#: before, after (weaker for the person), the rule that says so, a topic it must carry; None where the scorer finds it
WEAKER: dict[str, list[tuple[str, str, str, Topic | None]]] = {
    "negation and its idioms": [
        ("In no event will we disclose your address to debt collectors.", "We will disclose your address to debt collectors.", "negation_flip", Topic.THIRD_PARTY_SHARING),
        ("Under no circumstances do we sell your data.", "We sell your data.", "negation_flip", Topic.SALE),
        ("On no account will we share your phone number with advertisers.", "We will share your phone number with advertisers.", "negation_flip", Topic.THIRD_PARTY_SHARING),
        ("We no longer sell your data.", "We sell your data.", "negation_flip", Topic.SALE),
        ("We have ceased to share your data with data brokers.", "We share your data with data brokers.", "negation_flip", Topic.THIRD_PARTY_SHARING),
        ("Neither we nor our partners sell your data.", "We and our partners sell your data.", "negation_flip", Topic.SALE),
        ("This policy prevents us from sharing your photos with advertisers.", "Nothing in this policy prevents us from sharing your photos with advertisers.", "negation_flip", Topic.THIRD_PARTY_SHARING),
        ("We do not listen in on the calls you make through the shed's phone.", "We do listen in on the calls you make through the shed's phone.", "negation_flip", None),
        ("We never peek into your tool bag.", "We peek into your tool bag.", "negation_flip", None),
        ("We guarantee that tools are safe.", "We do not guarantee that tools are safe.", "negation_flip", None),
        ("We will notify you of a breach.", "We will not notify you of a breach.", "negation_flip", Topic.POLICY_CHANGE),
    ],
    "data within all data": [
        ("We do not share your personal information with advertisers.", "We do not share your name with advertisers.", "denial_narrowed", Topic.THIRD_PARTY_SHARING),
    ],
    "exceptions": [
        ("We never show your bookings to neighbours.", "We never show your bookings to neighbours, other than those on your street.", "exception_added", None),
        ("Deposits are never kept.", "Deposits are never kept, save for those of members who return a tool late.", "exception_added", None),
        ("We will repair every tool you report.", "We will repair every tool you report, apart from those older than a decade.", "exception_added", None),
        ("You may bring a guest.", "You may bring a guest, unless the shed is full.", "exception_added", None),
        ("You must return tools clean, except on rainy days.", "You must return tools clean.", "exception_removed", None),
    ],
    "exceptions to exceptions": [
        ("We do not share your data, except with couriers, unless they are abroad.", "We do not share your data, except with couriers.", "exception_removed", Topic.THIRD_PARTY_SHARING),
    ],
    "conditions by who bears them": [
        ("We will answer your complaint.", "We will answer your complaint provided that you sign it.", "condition_added", Topic.ACCESS_RIGHTS),
        ("You may cancel a booking.", "You may cancel a booking if nobody waits for the tool.", "condition_added", None),
        ("We may open your locker if we smell smoke.", "We may open your locker.", "condition_removed", None),
    ],
    "leave of the organisation": [
        ("You may print photos of the hall.", "You may print photos of the hall with our written consent.", "condition_added", None),
        ("Members may hold a party in the hall if they clean it.", "Members may hold a party in the hall if they clean it and we have agreed.", "condition_added", None),
    ],
    "a right of every one": [
        ("Every guest on the booking may use the sauna for free.", "The guest who made the booking may use the sauna for free.", "scope_narrowed", None),
        ("Each hirer can take a friend along to the courses in the old mill.", "The hirer who pays can take a friend along to the courses in the old mill.", "scope_narrowed", None),
    ],
    "modality by who bears it": [
        ("You may keep a tool over the weekend.", "You must not keep a tool over the weekend.", "leave_changed", None),
        ("You may wear gloves.", "You must wear gloves.", "leave_changed", None),
        ("Either party may go to court.", "Neither party may go to court.", "leave_changed", None),
        ("We keep your notes confidential.", "We try to keep your notes confidential.", "duty_weakened", Topic.SECURITY),
        ("We must obtain your consent before we track you.", "We may obtain your consent before we track you.", "duty_weakened", Topic.CHOICE_CONSENT),
        ("You are invited to leave a deposit.", "You are required to leave a deposit.", "leave_changed", None),
        ("You do not have to show a passport.", "You have to show a passport.", "leave_changed", None),
        ("Our suppliers must tell us about faulty tools.", "Our suppliers may tell us about faulty tools.", "duty_weakened", None),
        ("We will replace a broken tool.", "We will endeavour to replace a broken tool.", "duty_weakened", None),
        ("The club will give you a copy of your file.", "The club may give you a copy of your file.", "duty_weakened", None),
    ],
    "discretion and qualifiers": [
        ("We return your deposit at the end of the season.", "We return your deposit at the end of the season at our sole discretion.", "discretion_added", None),
        ("We do not read members' letters.", "We do not knowingly read members' letters.", "qualifier_added", None),
    ],
    "limits and lists": [
        ("The door camera notes two things only: the hour and the door.", "The door camera notes things such as the hour and the door.", "list_opened", None),
        ("We may look into your locker only after a theft.", "We may look into your locker after a theft.", "limit_dropped", None),
        ("You can bring back tools on any day.", "You can bring back tools only on Mondays.", "limit_added", None),
        ("We do not lend your ladder to builders, painters or schools.", "We do not lend your ladder to builders or painters.", "items_removed", None),
        ("You must bring back drills and ladders.", "You must bring back drills, ladders and buckets.", "items_added", None),
    ],
    "quantifiers": [
        ("You can see all of the notes about you.", "You can see some of the notes about you.", "scope_narrowed", None),
        ("We may share your data with certain third parties.", "We may share your data with any third party.", "scope_widened", Topic.THIRD_PARTY_SHARING),
    ],
    "conditions joined": [
        ("You may join if you live nearby or you work nearby.", "You may join if you live nearby and you work nearby.", "conditions_joined", None),
        ("We ring you only if you are a member and you agreed.", "We ring you only if you are a member or you agreed.", "conditions_parted", None),
    ],
    "how people learn of changes": [
        ("We will e-mail you about changes of these rules.", "We will post changes of these rules on our website.", "notice_public", Topic.POLICY_CHANGE),
    ],
    "choice and consent": [
        ("We share your data with partners only with your consent.", "We share your data with partners by default, unless you opt out.", "consent_weakened", Topic.CHOICE_CONSENT),
        ("The box for our newsletter is empty.", "The box for our newsletter is pre-selected.", "term_added", Topic.CHOICE_CONSENT),
        ("We will ask you to accept new terms.", "By continuing to use the shed you agree to new terms.", "term_added", Topic.POLICY_CHANGE),
        ("We will ask you to accept new terms.", "You are deemed to have accepted new terms.", "term_added", Topic.POLICY_CHANGE),
    ],
    "effect on the past": [
        ("The new licence covers pictures you post from May on.", "The new licence also applies to pictures you posted before May.", "term_added", Topic.POLICY_CHANGE),
    ],
    "licences to content": [
        ("You grant us a licence to show your pictures.", "You grant us a perpetual, irrevocable, royalty-free licence to show your pictures.", "term_added", Topic.CONTENT_LICENSE),
        ("You grant us a licence to show your pictures solely in our newsletter.", "You grant us a licence to show your pictures in our newsletter.", "limit_dropped", None),
        ("Your pictures stay yours.", "Your pictures become our property.", "term_added", Topic.CONTENT_LICENSE),
    ],
    "AI training": [
        ("We will not use your messages to train our models.", "We may use your messages to train our models.", "negation_flip", Topic.AI_TRAINING),
        ("We use your messages to train our models only if you opt in.", "We use your messages to train our models unless you opt out.", "consent_weakened", Topic.AI_TRAINING),
    ],
    "disputes and liability": [
        ("Disputes go to the district court.", "Disputes are decided by a single arbitrator.", "term_added", Topic.DISPUTE_RESOLUTION),
        ("You may bring claims together with others.", "You may not bring a class action.", "term_added", Topic.DISPUTE_RESOLUTION),
        ("You may elect to take us to a small claims court.", "You may write to us.", "mention_removed", Topic.DISPUTE_RESOLUTION),
        ("We are liable for broken ladders.", "Our total liability for broken ladders is the fee you paid.", "term_added", Topic.LIABILITY),
    ],
    "accounts and payment": [
        ("We may end your membership after a warning.", "We may terminate your membership at any time.", "term_added", Topic.ACCOUNT_TERMINATION),
        ("Membership ends in December.", "Membership renews automatically in December.", "term_added", Topic.PAYMENT),
        ("You get a refund for unused days.", "There are no refunds for unused days.", "term_added", Topic.PAYMENT),
    ],
}  # fmt: skip

#: What says the same in other turns, or turns nothing.
SAME = [
    ("You will not get a key unless you pay a deposit.", "You get a key only if you pay a deposit."),
    ("We won't show your bookings without your permission.", "We show your bookings only with your permission."),
    ("We do not lend ladders to children, nor do we lend them saws.", "We lend neither ladders nor saws to children."),
    ("You may borrow two tools at a time.", "You can borrow two tools at a time."),
    ("You must return the drill.", "You have to return the drill."),
    ("We cannot but warn you about the old saw.", "We warn you about the old saw."),
    ("We will repair the drill and the saw.", "We will repair the saw and the drill."),
    ("You must wear boots in the mill.", "You must wear boots (such as rubber ones) in the mill."),
]

ROWS = [
    pytest.param(before, after, rule, topic, id=f"{item}-{number}")
    for item, rows in WEAKER.items()
    for number, (before, after, rule, topic) in enumerate(rows, 1)
]


def judged(before: str, after: str) -> Verdict:
    return compare(AROUND + before, AROUND + after)


def rules(verdict: Verdict) -> set[str]:
    return {reason.rule for change in verdict.material() for reason in change.judgement.reasons}


@pytest.mark.parametrize(("before", "after", "rule", "topic"), ROWS)
def test_a_turn_for_the_worse_is_material_weaker_and_named(
    before: str, after: str, rule: str, topic: Topic | None
) -> None:
    """The clause is material, weaker for the person, on its topic, by the rule that a lawyer would name."""
    verdict = judged(before, after)
    assert (verdict.alert, verdict.direction) == (True, Direction.WEAKER)
    assert rule in rules(verdict)
    assert topic is None or topic in verdict.topics


@pytest.mark.parametrize(("before", "after", "rule", "topic"), ROWS)
def test_the_same_turn_read_backwards_is_for_the_better(
    before: str, after: str, rule: str, topic: Topic | None
) -> None:
    """Exchanging the sides turns the direction around."""
    verdict = judged(after, before)
    assert (verdict.alert, verdict.direction) == (True, Direction.STRONGER)


@pytest.mark.parametrize(("before", "after"), [*SAME, *((after, before) for before, after in SAME)])
def test_what_says_the_same_has_no_turn(before: str, after: str) -> None:
    """Equal meanings in other words give no finding by their turns."""
    assert differences(before, after) == []


@pytest.mark.parametrize(
    ("text", "bearing"),
    [
        ("We do not open parcels.", Bearing.PROMISE),
        ("We will refund the fee.", Bearing.DUTY),
        ("We may open parcels.", Bearing.PERMISSION),
        ("You may open parcels.", Bearing.RIGHT),
        ("You must open parcels.", Bearing.BURDEN),
        ("You may not open parcels.", Bearing.BURDEN),
        ("You grant us a licence.", Bearing.PERMISSION),
        ("We are not liable for parcels.", Bearing.UNKNOWN),
        ("Parcels arrive on Mondays.", Bearing.UNKNOWN),
    ],
)
def test_what_a_statement_is_to_the_person_follows_from_who_bears_it(text: str, bearing: Bearing) -> None:
    """A "may" is a right of the person and a permission of the organisation."""
    (statement,) = statements(text)
    predicate = statement.predicates[0] if statement.predicates else None
    assert bearing_of(predicate, predicate) is bearing


@pytest.mark.parametrize(
    ("one", "other"),
    [("gives", "given"), ("sharing", "share"), ("stopped", "stop"), ("selling", "sold"), ("carries", "carry")],
)
def test_forms_of_a_verb_have_one_stem(one: str, other: str) -> None:
    """What is compared is the verb, whatever its form."""
    assert stem(one) == stem(other)


@given(st.text(max_size=200), st.text(max_size=200))
def test_any_two_texts_can_be_held_against_each_other(before: str, after: str) -> None:
    """Hostile text raises nothing, and a text has no turn against itself."""
    assert differences(before, before) == []
    for finding in differences(before, after):
        assert finding.reason().sentence


def test_every_turn_is_material_by_itself_in_a_clause_with_a_counterpart() -> None:
    """Nothing is found that the lexicon of findings would then keep silent."""
    for rows in WEAKER.values():
        for before, after, _, _ in rows:
            for finding in differences(before, after):
                assert finding.material(alone=False)


def test_class_of_the_change_is_material() -> None:
    """The one clause that changed carries the class."""
    verdict = judged("You may wear gloves.", "You must wear gloves.")
    assert [change.judgement.cls for change in verdict.changes] == [ClauseClass.MATERIAL]
