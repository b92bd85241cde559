"""An explanation holds what decided: facts of both sides with what differs, rules, severity terms, scorer, redline."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.compare import compare
from tracker.compare.explain import Explanation, explain

KEPT = "We run a service for gardeners."
BEFORE = f"We will not share your email address with other companies without your consent. {KEPT}"
AFTER = f"We may share your email address with other companies unless you object. {KEPT}"


def explained(before: str, after: str) -> tuple[Explanation, ...]:
    return explain(compare(before, after), before, after)


def test_facts_stand_side_by_side_and_what_differs_is_named() -> None:
    """The same act on both sides is one fact; only the fields that differ are marked."""
    (one,) = explained(BEFORE, AFTER)
    (fact,) = one.facts
    assert fact.before is not None
    assert fact.after is not None
    assert (fact.before["allowed"], fact.after["allowed"]) == ("only with consent", "unless the person objects")
    assert fact.before["data"] == fact.after["data"] == "e-mail address"
    assert fact.differs == ("how", "allowed")


def test_rules_and_severity_are_those_of_the_verdict() -> None:
    """The sum of the terms is shown with what it reaches."""
    verdict = compare(BEFORE, AFTER)
    (one,) = explain(verdict, BEFORE, AFTER)
    judgement = verdict.changes[0].judgement
    assert one.rules == ("consent_weakened",)
    assert one.severity_terms == judgement.severity_terms
    assert one.severity_sum == sum(value for _, value in judgement.severity_terms)
    assert one.severity is judgement.severity


def test_the_scorer_tells_its_words_though_a_fact_decided() -> None:
    """What it would have said stays visible, with the words that went and came."""
    (one,) = explained(BEFORE, AFTER)
    assert one.scored is not None
    assert 0 <= one.scored.material <= 1
    told = {(item.name, item.before, item.after) for item in one.scored.words}
    assert ("consent", ("consent",), ()) in told


def test_the_redline_joins_to_both_sides() -> None:
    """Kept and deleted pieces give the old clause, kept and inserted ones the new."""
    (one,) = explained(BEFORE, AFTER)
    assert "".join(text for op, text in one.redline if op != "insert") == BEFORE.removesuffix(f" {KEPT}")
    assert "".join(text for op, text in one.redline if op != "delete") == AFTER.removesuffix(f" {KEPT}")


def test_a_clause_without_facts_still_shows_its_span_or_term() -> None:
    """Legal terms and spans of time are facts too."""
    (added,) = explained(KEPT, f"{KEPT} Any claim goes to binding arbitration.")
    assert [fact.after["act"] for fact in added.facts if fact.after] == [
        "legal term: binding arbitration (“binding arbitration”)"
    ]
    assert added.facts[0].before is None


def test_there_is_one_explanation_for_each_change_whatever_the_texts() -> None:
    """A blank side, a first version and equal texts have theirs too."""
    for before, after in ((BEFORE, ""), ("", AFTER), (BEFORE, BEFORE), ("", "")):
        assert len(explained(before, after)) == len(compare(before, after).changes)


CLAUSES = st.lists(
    st.sampled_from(
        [
            KEPT,
            *BEFORE.split(". "),
            *AFTER.split(". "),
            "We keep logs for 30 days.",
            "We keep logs for two years.",
            "Ja.",
        ]
    ),
    max_size=6,
).map("\n\n".join)


@settings(max_examples=25, deadline=None)
@given(CLAUSES, CLAUSES)
def test_explanations_follow_the_changes_and_are_plain_data(before: str, after: str) -> None:
    """In the order of the changes, each with the redline of its own clause, and fit for JSON."""
    verdict = compare(before, after)
    found = explain(verdict, before, after)
    for change, one in zip(verdict.changes, found, strict=True):
        assert "".join(text for op, text in one.redline if op != "insert") == change.before
        assert json.loads(json.dumps(one.to_json()))["rules"] == list(one.rules)
