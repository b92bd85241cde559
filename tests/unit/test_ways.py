# ruff: noqa: E501  (one sentence pair a line)
"""Which way a change goes: grounds in law, names, exceptions, disclaimers, terms to report, and clauses beside others."""

from dataclasses import replace

import pytest

from tracker.compare import Verdict, compare
from tracker.compare.facts.asides import without_former
from tracker.compare.facts.facts import read
from tracker.compare.findings.bases import bases_in, basis_changes
from tracker.compare.findings.exchanges import name_replaced
from tracker.compare.judging.leaning import LEANING, agreed
from tracker.compare.judging.severity import WORDING
from tracker.compare.model import Judgement, Reason
from tracker.words import ClauseClass, Direction, Severity

_WEAKER, _STRONGER, _NEUTRAL = Direction.WEAKER, Direction.STRONGER, Direction.NEUTRAL
AROUND = "We bake bread on four days of the week. Guests pick their loaves up in the courtyard behind the mill.\n\n"


def _found(verdict: Verdict) -> set[tuple[str, Direction]]:
    return {
        (reason.rule, change.judgement.direction) for change in verdict.changes for reason in change.judgement.reasons
    }


@pytest.mark.parametrize(
    ("before", "after", "rule", "way"),
    [
        ("We do not share your data with third parties, except with couriers.", "We do not share your data with third parties, except with couriers and advertisers.", "exception_widened", _WEAKER),
        ("We share your data with third parties, except with advertisers and couriers.", "We share your data with third parties, except with couriers.", "exception_narrowed", _WEAKER),
        ("Our liability is limited to the price of the loaf, except for gross negligence.", "Our liability is limited to the price of the loaf.", "exception_removed", _WEAKER),
        ("We are not liable for stale bread unless we baked it badly.", "We are not liable for stale bread.", "exception_removed", _WEAKER),
        ("All sales of cake are final, except where it is spoiled.", "All sales of cake are final.", "exception_removed", _WEAKER),
        ("If a loaf is missing, tell us within a month and we will bake it again.", "If a loaf is missing, tell us within a week and we will bake it again.", "period_changed", _WEAKER),
        ("Let us know within 30 days if a charge is wrong.", "Let us know within 14 days if a charge is wrong.", "period_changed", _WEAKER),
        ("We process your address to send you offers on the basis of your consent.", "We process your address to send you offers on the basis of our legitimate interests.", "basis_replaced", _WEAKER),
    ],
)  # fmt: skip
def test_what_takes_from_a_person_is_weaker_and_its_return_stronger(
    before: str, after: str, rule: str, way: Direction
) -> None:
    """A rule tells the way of each change, and the other way when it is undone."""
    assert (rule, way) in _found(compare(AROUND + before, AROUND + after))
    assert {found for _, found in _found(compare(AROUND + after, AROUND + before))} == {way.opposite}


def test_an_exception_that_no_longer_takes_in_somebody_is_better_where_it_stood_on_a_promise() -> None:
    """Fewer people are taken out of what was ruled out."""
    before = "We do not share your data with third parties, except with couriers and advertisers."
    after = "We do not share your data with third parties, except with couriers."
    assert ("exception_narrowed", _STRONGER) in _found(compare(AROUND + before, AROUND + after))


def test_a_cap_in_the_place_of_no_liability_at_all_takes_nothing() -> None:
    """That liability is capped is worse only where it was not excluded."""
    before = "We are not liable for any loss of your basket."
    after = "We are not liable for any loss of your basket unless we caused it, in which case our liability is limited to 50 euros."
    assert _STRONGER in {way for _, way in _found(compare(AROUND + before, AROUND + after))}
    assert "term_added" not in {rule for rule, _ in _found(compare(AROUND + before, AROUND + after))}
    free = "We are liable for your basket."
    capped = "Our liability for your basket is limited to 50 euros."
    assert "term_added" in {rule for rule, _ in _found(compare(AROUND + free, AROUND + capped))}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("the legal basis is our legitimate interest.", {"legitimate_interests"}),
        ("we rely on the performance of a contract with you.", {"contract"}),
        ("we rely on the public interest rather than on your consent.", {"public_task"}),
        ("we send offers with your consent.", set()),
    ],
)
def test_grounds_in_law_are_read_where_a_clause_is_about_them(text: str, found: set[str]) -> None:
    """Each by its names, and none that a clause says it gave up."""
    assert bases_in(text) == found


@pytest.mark.parametrize(
    ("before", "after", "way"),
    [
        ("We rely on your consent when we print your name.", "We rely on our legitimate interests when we print your name.", _WEAKER),
        ("We rely on our legitimate interests when we print your name.", "We rely on your consent when we print your name.", _STRONGER),
        ("We rely on the public interest when we print your name.", "We rely on our legitimate interests when we print your name.", _NEUTRAL),
    ],
)  # fmt: skip
def test_only_the_ground_of_consent_is_a_choice(before: str, after: str, way: Direction) -> None:
    """Who loses it loses a choice; between the other grounds the facts take no side."""
    assert [finding.direction for finding in basis_changes(before, after)] == [way]


def test_a_ground_that_comes_beside_another_takes_no_place() -> None:
    """Both still hold."""
    assert (
        basis_changes(
            "We rely on your consent for offers.", "We rely on your consent or the contract with you for offers."
        )
        == []
    )


def test_what_held_before_is_left_out() -> None:
    """The words that open it, up to the end of their part of the sentence."""
    text = "we rely on new rules instead of our former ones, and bake."
    assert without_former(text) == "we rely on new rules " + "~" * len("instead of our former ones") + ", and bake."


def test_a_mechanism_that_is_named_as_the_former_one_is_no_second_safeguard() -> None:
    """One took the place of the other, which is neither better nor worse by itself."""
    before = "Transfers abroad rely on our binding corporate rules."
    after = "Transfers abroad rely on standard contractual clauses, which replaced our former binding corporate rules."
    found = _found(compare(AROUND + before, AROUND + after))
    assert ("mechanism_replaced", _NEUTRAL) in found
    assert "safeguard_added" not in {rule for rule, _ in found}


def test_a_law_beside_another_is_not_worse_than_one() -> None:
    """What tells is whether the laws that came protect less, not how many they are."""
    before = "The law of Ontario applies to these terms, with the exception of its rules on conflicts."
    after = "The law of British Columbia applies to these terms, with the exception of its rules on conflicts; guests from Quebec are still entitled to the protection of the law of Quebec."
    assert ("law_changed", _NEUTRAL) in _found(compare(AROUND + before, AROUND + after))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Payments are handled by Copper Gate Ltd under its rules.", "Payments are handled by Silver Door Inc under its rules."),
        ("We count visits with the cookie cg_seen of Copper Gate.", "We count visits with the cookie sd_visit of Silver Door, in place of that of Copper Gate."),
    ],
)  # fmt: skip
def test_a_name_in_the_place_of_another_is_neither_better_nor_worse(before: str, after: str) -> None:
    """Who does it changed, what is done did not."""
    finding = name_replaced(before, after)
    assert finding is not None
    assert finding.even


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Payments are handled by Copper Gate Ltd.", "Payments are handled by Silver Door Inc, which may sell them."),  # says more
        ("Payments are handled in the shop.", "Payments are handled in the shop by Silver Door."),  # no name before
        ("We give it to our Service Providers.", "We give it to our Business Partners."),  # words of law, set as names
        ("Payments are handled by Copper Gate in Spain.", "Payments are handled by Silver Door in India."),  # another place
        ("WE GIVE NO PROMISE FOR COPPER GATE.", "WE GIVE NO PROMISE FOR SILVER DOOR."),  # capitals tell no name
        ("Copper | Gate | a year", "Silver | Door | a year"),  # a row of a table
        ("We pay Copper Gate.", "We do not pay Silver Door."),  # a denial
    ],
)  # fmt: skip
def test_what_says_more_than_a_name_is_no_exchange_of_names(before: str, after: str) -> None:
    """Anything that differs besides may carry law."""
    assert name_replaced(before, after) is None


def test_a_neutral_name_raises_no_alert_by_itself() -> None:
    """It tells the way of a change that matters, not that it matters."""
    verdict = compare(AROUND + "The oven is a Copper Gate.", AROUND + "The oven is a Silver Door.")
    assert not verdict.alert


def test_a_noun_made_of_a_verb_is_no_duty() -> None:
    """An interest in answering is no firmer promise than that one can answer."""
    before = "We use your address so that we can respond to enquiries you send us through the form."
    after = "We use your address in our interest in responding to enquiries you send us through the form."
    assert "duty_strengthened" not in {rule for rule, _ in _found(compare(AROUND + before, AROUND + after))}


@pytest.mark.parametrize(
    ("text", "acts"),
    [
        ("Each resident has the right to know with whom we share their data.", set()),
        ("Every customer in Spain has a right to learn to whom we sold data.", set()),
        ("If you are a customer, Acme reserves the right to access and sell your profile.", {"sell"}),
    ],
)
def test_a_right_is_of_whom_it_is_said(text: str, acts: set[str]) -> None:
    """A resident's right to know states no practice; the organisation's own right does."""
    assert {fact.act for fact in read(text).facts} & {"share", "sell"} == acts


def _judged(way: Direction, term: str) -> Judgement:
    reason = Reason("wording", "The wording of the clause changed.", "old", "new")
    return Judgement(ClauseClass.MATERIAL, (), way, Severity.LOW, (reason,), ((term, 1),))


_RULED = "term added"


@pytest.mark.parametrize(
    ("clauses", "sways", "ways"),
    [
        ([(_WEAKER, _RULED), (_STRONGER, WORDING)], [-0.1, 4.0], [_WEAKER, _WEAKER]),  # a rule decides
        ([(_WEAKER, WORDING), (_STRONGER, WORDING)], [-4.0, 0.5], [_WEAKER, _WEAKER]),  # the surer decides
        ([(_WEAKER, WORDING), (_STRONGER, WORDING)], [-4.0, 3.0], [_WEAKER, _STRONGER]),  # both are sure
        ([(_WEAKER, _RULED), (_STRONGER, _RULED)], [0.0, 0.0], [_WEAKER, _STRONGER]),  # two rules differ
        ([(_WEAKER, _RULED), (_NEUTRAL, WORDING)], [0.0, 0.0], [_WEAKER, _NEUTRAL]),  # nothing differs
        ([(_WEAKER, _RULED), *[(_STRONGER, WORDING)] * 3], [-1.0, 1.0, 1.0, 1.0], [_WEAKER, *[_STRONGER] * 3]),  # many
    ],
)  # fmt: skip
def test_doubtful_clauses_go_the_way_of_the_sure_ones(
    clauses: list[tuple[Direction, str]], sways: list[float], ways: list[Direction]
) -> None:
    """Of a few; each that gave way says so, and no rule is overruled."""
    before = [_judged(*clause) for clause in clauses]
    after = agreed([None, *before], [0.0, *sways])
    assert [one.direction for one in after if one] == ways
    for old, new in zip(before, after[1:], strict=True):
        assert new is not None
        assert (LEANING in {reason.rule for reason in new.reasons}) == (old.direction is not new.direction)


def test_what_stands_beside_an_even_exchange_takes_no_side() -> None:
    """One law in the place of another: what else is said of it is a detail, unless a rule tells more."""
    even, doubtful, ruled = _judged(_NEUTRAL, _RULED), _judged(_STRONGER, WORDING), _judged(_WEAKER, _RULED)
    found = [one.direction for one in agreed([even, doubtful], [0.0, 3.0]) if one]
    assert found == [_NEUTRAL, _NEUTRAL]
    found = [one.direction for one in agreed([even, doubtful, ruled], [0.0, 3.0, 0.0]) if one]
    assert found == [_NEUTRAL, _WEAKER, _WEAKER]


@pytest.mark.parametrize(
    ("text", "way"),
    [
        ("We do not sell your address.", _STRONGER),
        ("We do not sell your address in the traditional sense of the word.", _NEUTRAL),
        ("We do not sell your address as that word is commonly understood.", _NEUTRAL),
    ],
)
def test_a_promise_in_one_sense_of_the_word_is_none(text: str, way: Direction) -> None:
    """What is ruled out in one sense alone is admitted in others."""
    verdict = compare(AROUND, AROUND + text)
    found = [one for one in verdict.changes if "promise_added" in {reason.rule for reason in one.judgement.reasons}]
    assert len(found) == 1
    assert ("Better for you." in found[0].judgement.reasons[0].sentence) == (way is _STRONGER)


@pytest.mark.parametrize(
    ("before", "after", "way"),
    [
        ("We collect photos of your bread to recommend flour and for advertising.", "We collect photos of your bread to recommend flour.", "Better for you."),
        ("We collect photos of your bread for advertising.", "We collect photos of your bread.", "the facts do not say"),
    ],
)  # fmt: skip
def test_a_use_without_any_purpose_is_no_narrower_one(before: str, after: str, way: str) -> None:
    """One purpose less of two is a gain; the only one gone leaves the use unbound."""
    verdict = compare(AROUND + before, AROUND + after)
    found = [
        reason.sentence
        for change in verdict.changes
        for reason in change.judgement.reasons
        if reason.rule == "purpose_removed"
    ]
    assert len(found) == 1
    assert way in found[0]


def test_clauses_that_do_not_matter_have_no_say() -> None:
    """A cosmetic one beside them changes nothing."""
    cosmetic = replace(_judged(_STRONGER, WORDING), cls=ClauseClass.COSMETIC)
    weaker = _judged(_WEAKER, WORDING)
    assert agreed([cosmetic, weaker], [3.0, -1.0]) == [cosmetic, weaker]
