import json
import os
import pickle
import subprocess
import sys

import pytest

from tracker.compare.learned.features import context_of, features_of
from tracker.compare.learned.scorer import PairScore, Scorer, explain, score_pairs
from tracker.compare.model import BlockKind, Clause, Document, Pair
from tracker.compare.vocabulary.models import shipped
from tracker.errors import LexiconError
from tracker.words import ChangeKind, ClauseClass, Direction, Topic

SAME = (
    "Acme runs this site.",
    "We collect your name and your email address when you register.",
    "You can contact us at any time.",
    "This policy applies to all visitors.",
)


def document(*texts: str) -> Document:
    return Document(
        tuple(Clause(text, text.lower().rstrip("."), BlockKind.PARAGRAPH, block=at) for at, text in enumerate(texts))
    )


def scored(old: str, new: str) -> PairScore:
    """Score one clause that changed from `old` to `new` ("" where a side has none) amid clauses that did not."""
    before, after = document(*SAME, *([old] if old else [])), document(*SAME, *([new] if new else []))
    same = [Pair(None, (at,), (at,)) for at in range(len(SAME))]
    kind = ChangeKind.CHANGED if old and new else ChangeKind.ADDED if new else ChangeKind.REMOVED
    pair = Pair(kind, (len(SAME),) if old else (), (len(SAME),) if new else ())
    scores = score_pairs(before, after, [*same, pair])
    assert scores[:-1] == (None,) * len(SAME)
    assert scores[-1] is not None
    return scores[-1]


def test_a_new_recipient_matters() -> None:
    """A sentence that lets others have the data is material and about sharing."""
    score = scored(
        "", "We share your personal information with advertising partners and data brokers for marketing purposes."
    )
    assert score.cls is ClauseClass.MATERIAL
    assert Topic.THIRD_PARTY_SHARING in score.topics
    assert score.direction is Direction.WEAKER


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Last updated: 3 May 2024.", "Last updated: 7 June 2025."),
        ("We value your privacy, and we work hard.", "We value your privacy and we work hard."),
    ],
)
def test_a_date_or_a_comma_does_not_matter(old: str, new: str) -> None:
    """Edits of form and of the date line stay below the alert."""
    assert scored(old, new).cls is not ClauseClass.MATERIAL


def test_probabilities_add_up() -> None:
    """The four classes share one."""
    score = scored("We keep logs for 30 days.", "We keep logs for 13 months.")
    assert sum(score.probabilities.values()) == pytest.approx(1)
    assert list(score.probabilities) == list(ClauseClass)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("We may share your data with partners.", "We may share your data with partners and advertisers."),
        ("", "You can opt out of marketing at any time."),
        ("We will not sell your data without your consent.", "We may sell your data."),
    ],
)
def test_the_direction_turns_around_with_the_sides(old: str, new: str) -> None:
    """Read backwards, a change leans exactly as far the other way."""
    assert scored(old, new).sway == pytest.approx(-scored(new, old).sway)
    assert scored(old, new).direction is scored(new, old).direction.opposite


def test_the_explanation_quotes_words_of_both_sides() -> None:
    """What speaks for an alert is named by class, with the words that went and came."""
    score = scored("We share data with service providers.", "We share data with service providers and advertisers.")
    recipients = next(item for item in score.evidence if item.name == "recipient")
    assert (recipients.before, recipients.after) == ((), ("advertisers",))
    assert recipients.title == "a recipient"
    assert all(item.weight > 0 for item in explain(score))


def test_nothing_changed_is_nothing_scored() -> None:
    """Identical documents need no model."""
    same = document(*SAME)
    assert score_pairs(same, same, [Pair(None, (at,), (at,)) for at in range(4)]) == (None,) * 4


def test_a_statement_that_stands_elsewhere_is_seen() -> None:
    """A clause that the other side says in another place has all its words there."""
    before, after = (
        document("We sell nothing to anyone.", "Welcome."),
        document("Welcome.", "We sell nothing to anyone."),
    )
    pairs = [Pair(ChangeKind.REMOVED, (0,), ()), Pair(None, (1,), (0,)), Pair(ChangeKind.ADDED, (), (1,))]
    assert features_of(pairs[0], context_of(before, after, pairs)).level["stands elsewhere"] == 1.0


def test_a_model_without_a_part_is_refused() -> None:
    """A body that lacks what the scorer needs raises LexiconError, not KeyError."""
    body = {key: value for key, value in shipped("scorer").items() if key != "settings"}
    with pytest.raises(LexiconError, match="damaged scorer model"):
        Scorer(body)


def test_a_scorer_can_be_handed_to_another_process() -> None:
    """Whoever measures verdicts under scorers of their own does so on all cores."""
    before, after = document(*SAME, "We keep logs."), document(*SAME, "We sell logs.")
    pair = Pair(ChangeKind.CHANGED, (len(SAME),), (len(SAME),))
    shown = features_of(pair, context_of(before, after, [pair]))
    made = Scorer(shipped("scorer"))
    assert pickle.loads(pickle.dumps(made)).measure([shown]) == made.measure([shown])


_PROGRAM = """
import json
from tests.unit.test_scorer import scored
score = scored("We may share data with partners.", "We share data, photos and location with advertisers in Utah.")
evidence = [[item.name, item.before, item.after, item.weight] for item in score.evidence]
print(json.dumps([list(score.probabilities.values()), score.sway, score.topics, evidence]))
"""


def test_scores_are_the_same_under_every_hash_seed() -> None:
    """Sets never decide an order or a sum."""
    outputs = {
        subprocess.run(
            [sys.executable, "-c", _PROGRAM],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "77")
    }
    assert len(outputs) == 1
    assert json.loads(outputs.pop())
