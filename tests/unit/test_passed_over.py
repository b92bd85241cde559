"""A text that is passed over, since what is looked for cannot stand in it, holds nothing of it."""

from hypothesis import given
from hypothesis import strategies as st

from tracker.compare.facts.facts import _ADDRESS, _OF_ADDRESSES
from tracker.compare.judging.boilerplate import _words, boilerplate
from tracker.compare.learned.shown import _ADDRESS as SHOWN
from tracker.compare.learned.shown import _DATE, _DIGIT, _MONEY, _OF_ADDRESS
from tracker.compare.vocabulary.cues import any_match

PIECES = [
    "http",
    "https",
    "HTTPS",
    "://",
    "/",
    ".",
    "www",
    "www.",
    "WWW.",
    "a",
    "acme",
    "b-c",
    "@",
    ".com",
    ".co.uk",
    ".io",
]
PIECES += [
    "[email",
    "protected]",
    "[EMAIL",
    "PROTECTED]",
    "é",
    "_",
    ",",
    "1",
    "2026",
    "may",
    "March",
    "$",
    "€",
    "%",
    "usd",
]
PIECES += [" "]
WORDS = (
    "if any provision of this agreement is held invalid void the remaining terms remain in full force and effect no "
    "waiver failure to enforce headings for convenience last updated entire agreement constitutes survive termination"
)

texts = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)


@given(texts)
def test_every_address_holds_a_mark_of_one(text: str) -> None:
    """Most texts hold none, and are then not searched for addresses."""
    if _ADDRESS.search(text):
        assert any(mark in text.lower() for mark in _OF_ADDRESSES)
    if SHOWN.search(text):
        assert _OF_ADDRESS.search(text)


@given(texts)
def test_every_date_and_sum_holds_a_digit(text: str) -> None:
    """Most texts hold none, and are then not searched for either."""
    if _DATE.search(text.lower()) or _MONEY.search(text.lower()):
        assert _DIGIT.search(text)


@given(st.lists(st.sampled_from(WORDS.split()), max_size=14).map(" ".join))
def test_every_form_of_boilerplate_is_found(lowered: str) -> None:
    """Also where only the forms are asked that a word of the text may open."""
    words = _words()
    holds = any(
        all(any_match(cues, lowered) for cues in form.lists) and not any_match(form.unless, lowered)
        for form in words.forms
    )
    assert (boilerplate(lowered) is not None) == (holds and not any_match(words.unless, lowered))
