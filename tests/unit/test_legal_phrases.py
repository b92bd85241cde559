"""Terms whose first and last mention in a text alerts, and neighbours in the same words that are none."""

import pytest

from tracker.compare import compare
from tracker.words import Direction

POLICY = "We collect your name when you open an account.\n\nWe keep logs for ninety days.\n\n"


@pytest.mark.parametrize(
    ("text", "way"),
    [
        ("By accepting these terms, you confirm that you are 18 or older.", None),
        ("The Norwegian law applies and the courts of Bergen decide.", None),
        ("Some browsers send a signal called Do Not Track.", None),
        ("You own what you upload.", Direction.STRONGER),
        ("Changes apply as soon as they are published on this page.", Direction.WEAKER),
        ("Refunds are not given.", Direction.WEAKER),
        ("We do not refund tickets.", Direction.WEAKER),
        ("Photos you post belong to you.", Direction.STRONGER),
        ("You keep ownership of the songs you upload.", Direction.STRONGER),
        ("You must be at least 16 to join.", None),
        ("The service is provided as is.", Direction.WEAKER),
        ("Another date is your sole remedy.", Direction.WEAKER),
    ],
)
def test_the_first_and_the_last_mention_alerts(text: str, way: Direction | None) -> None:
    """Its direction turns around with the sides; the scorer tells that of a term that is good or bad by its content."""
    came, went = compare(POLICY, POLICY + text), compare(POLICY + text, POLICY)
    assert {reason.rule for change in came.material() for reason in change.judgement.reasons} == {"term_added"}
    assert {reason.rule for change in went.material() for reason in change.judgement.reasons} == {"term_removed"}
    assert came.direction is went.direction.opposite
    if way is not None:
        assert came.direction is way


@pytest.mark.parametrize(
    "text",
    [
        "The app is available in over 15 countries.",
        "Larkspur AS is the owner of this website.",
        "Damage such as is described above is rare.",
        "We tell you at least 14 days before.",
        "Orders of at least 18 euros are wrapped.",
        "Messages older than 14 days are marked.",
        "The choice between both tariffs is yours.",
        "We check devices that belong to you for viruses.",
    ],
)
def test_the_same_words_otherwise_are_no_such_term(text: str) -> None:
    """Other numbers than ages, "as is" within a sentence, and other things of yours than content."""
    verdict = compare(POLICY, POLICY + text)
    assert "term_added" not in {reason.rule for change in verdict.changes for reason in change.judgement.reasons}


def test_a_remedy_that_no_longer_rules_out_others_is_better() -> None:
    """What stays open is told beside what was given."""
    sole = POLICY + "If a course is called off, another date is your sole remedy."
    open_to_others = POLICY + "If a course is called off, you get another date. This does not affect any other claim."
    assert compare(sole, open_to_others).direction is Direction.STRONGER
    assert compare(open_to_others, sole).direction is Direction.WEAKER
