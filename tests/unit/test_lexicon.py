"""The words of policies are data: every shipped entry is sound and found again."""

import pytest

from tracker.compare.findings.finding import kinds
from tracker.compare.judging.judge import neutral_words
from tracker.compare.vocabulary.lexicon import NOUNS, Noun, lexicon
from tracker.words import Direction


@pytest.mark.parametrize("noun", sorted(NOUNS))
def test_every_form_of_every_shipped_entry_is_found(noun: str) -> None:
    """Each entry has forms, each of which is found again in the words it is made of."""
    entries: Noun = getattr(lexicon(), noun)
    for entry in entries.entries.values():
        assert entry.cues
        for cue in entry.cues:
            words = [piece.split("|")[0].rstrip("?*") for piece in cue.phrase.split() if piece != "..."]
            assert cue.search(" ".join(words)), (entry.name, cue.phrase)


def test_every_kind_of_finding_has_a_sentence_that_can_be_filled() -> None:
    """No template names a value that is never given."""
    for kind in kinds().values():
        for way, sentence in kind.sentences.items():
            assert way in Direction
            assert sentence.format(what="sale", items="name", old="never", new="always")


def test_words_that_carry_law_are_never_neutral() -> None:
    """A modal verb or a limit may not come and go unseen."""
    assert not neutral_words() & {"may", "must", "should", "all", "some", "except", "sell", "consent"}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("your precise location data", ["precise_location"]),
        ("your approximate location", ["approximate_location"]),
        ("e-mail addresses and a phone number", ["email", "phone"]),
    ],
)
def test_of_overlapping_mentions_the_longest_counts(text: str, names: list[str]) -> None:
    """Precise location is not also location."""
    assert [mention.name for mention in lexicon().data_types.mentions(text)] == names


def test_what_lies_under_an_entry_is_covered_by_it() -> None:
    """Approximate location lies within location, a courier within service providers; not the other way round."""
    words = lexicon()
    assert words.data_types.covers({"location"}, "approximate_location")
    assert not words.data_types.covers({"approximate_location"}, "location")
    assert words.recipients.covers({"service_providers"}, "couriers")
