"""What a document says anywhere: as much as all its clauses say, whichever of them had to be read for it."""

from collections.abc import Sequence
from unittest.mock import patch

import pytest

from tracker.compare.comparison import document_of
from tracker.compare.facts.facts import Fact, as_read, read
from tracker.compare.findings.whole import Whole
from tracker.compare.model import Document
from tracker.compare.vocabulary.lexicon import lexicon

SENTENCES = (
    "We share your name with our partners for advertising.",
    "We never share your health data with anyone.",
    "We share your address with couriers; we may share your email with our group.",
    "With your consent we share your location with advertisers. Visit https://share.example/name for more.",
    "You may share your photos with friends.",
    "We delete your data after 12 months.",
)


def document(sentences: Sequence[str]) -> Document:
    return document_of("\n\n".join(sentences))


def fact(sentence: str) -> Fact:
    (found,) = (one for one in read(sentence).facts if one.act == "share")
    return found


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("We share your name with our partners for advertising and more.", True),
        ("We share your blood with our partners for advertising.", True),
        ("We share your blood type with doctors in hospitals abroad.", False),
        ("We never share your name with our partners for advertising.", False),
        ("With your consent we share your location with advertisers.", True),
    ],
)
def test_a_statement_is_said_where_one_of_its_stance_holds_most_of_its_words(asked: str, said: bool) -> None:
    """Stance and words count, not which clause was read first."""
    whole = Whole(document(SENTENCES))
    assert whole.says(fact(asked)) is said
    assert tuple(one.sentence for one in whole.about("share")) == tuple(
        one.sentence for sentence in SENTENCES for one in read(sentence).facts if one.act == "share"
    )
    assert whole.says(fact(asked)) is said


def test_only_clauses_that_may_say_it_are_read() -> None:
    """A clause without most of its words cannot say what a statement does."""
    whole = Whole(document(SENTENCES))
    with patch("tracker.compare.findings.whole.read", side_effect=read) as reads:
        assert not whole.says(fact("We share your blood type with doctors in hospitals abroad."))
        assert reads.call_count == 0
        assert whole.says(fact("We never share your health data with anyone else."))
        assert reads.call_count == 1
        assert whole.speaks_about("share")
        assert reads.call_count == 2
        assert not whole.speaks_about("sell")
        assert reads.call_count == 2


def test_items_are_looked_for_until_one_is_found() -> None:
    """Whether an item is named under a denial is another question."""
    whole = Whole(document(SENTENCES))
    allowed, denied = fact(SENTENCES[0]), fact(SENTENCES[1])
    for _ in range(2):
        assert whole.holds_item(allowed, "data_types", "name")
        assert not whole.holds_item(denied, "data_types", "name")


def test_only_clauses_that_may_name_an_item_are_read_for_it() -> None:
    """A clause without the words for an item names it in no statement."""
    whole = Whole(document(SENTENCES))
    allowed = fact(SENTENCES[0])
    with patch("tracker.compare.findings.whole.read", side_effect=read) as reads:
        assert whole.holds_item(allowed, "data_types", "precise_location") is False
        assert not whole.holds_item(allowed, "data_types", "biometric")
        assert [call.args[0] for call in reads.call_args_list if "location" not in call.args[0]] == []


@pytest.mark.parametrize("sentence", SENTENCES)
@pytest.mark.parametrize("lead_in", ["", "We share with our partners:"])
def test_every_item_of_a_statement_may_be_named_by_what_is_read(sentence: str, lead_in: str) -> None:
    """By this a clause is passed over: none of its statements names an item that its words cannot."""
    words = as_read(sentence, lead_in).lower()
    for one in read(sentence, lead_in).facts:
        for slot, names in one.slots.items():
            assert names <= getattr(lexicon(), slot).near(words)


@pytest.mark.parametrize("sentence", SENTENCES)
def test_every_word_of_a_statement_is_a_word_of_what_is_read(sentence: str) -> None:
    """By this a clause is passed over: none of its statements holds a word that it does not."""
    for lead_in in ("", "We share with our partners:"):
        words = as_read(sentence, lead_in).lower()
        assert all(one.sentence.lower() in words for one in read(sentence, lead_in).facts)
