"""What stands word for word in both texts, however it is cut into clauses, has not changed."""

from hypothesis import given
from hypothesis import strategies as st

from tests.quality.pipeline import read
from tracker.compare import compare

KEEP = "We keep your messages for two years on our own servers."
SHARE = "We share your precise location with advertising partners."
SELL = "We sell your contact list to data brokers."
LOCK = "We encrypt your messages on their way to you."


def test_sentences_joined_into_a_paragraph_with_bullets_left_out_are_no_change() -> None:
    """A list written in one paragraph with bullets says what it says as a list of sentences."""
    joined = f"We do this: • {KEEP[:-1]}; • {SHARE[:-1]}; and • {LOCK}"
    apart = f"We do this:\n\n{KEEP[:-1]};\n\n{SHARE[:-1]}; and\n\n{LOCK}"
    assert not compare(joined, apart).alert
    assert not compare(apart, joined).alert


def test_a_sentence_that_stood_once_and_stands_twice_is_judged() -> None:
    """Only what stands as often as before has merely moved."""
    verdict = compare(f"{KEEP}\n\n{LOCK}", f"{KEEP}\n\n{LOCK} {SELL}")
    assert verdict.alert


def test_an_item_that_moves_from_what_is_done_to_what_is_not_done_alerts() -> None:
    """The words of a list item mean another thing under a lead-in that denies it."""
    done = "We do the following:\n\n- sell your contact list to data brokers\n- keep your messages for two years\n\n"
    before = f"{done}We never do the following:\n\n- read your messages to show you advertising\n"
    after = (
        "We do the following:\n\n- keep your messages for two years\n\n"
        "We never do the following:\n\n- sell your contact list to data brokers\n"
        "- read your messages to show you advertising\n"
    )
    verdict = compare(read(before), read(after))
    assert verdict.alert


@given(st.permutations([KEEP, SHARE, SELL, LOCK]), st.integers(1, 3))
def test_no_order_and_no_break_of_paragraphs_alerts(order: list[str], at: int) -> None:
    """Sentences put in another order and broken into other paragraphs are the same text."""
    before = f"{KEEP} {SHARE}\n\n{SELL} {LOCK}"
    after = f"{' '.join(order[:at])}\n\n{' '.join(order[at:])}"
    assert not compare(before, after).alert
