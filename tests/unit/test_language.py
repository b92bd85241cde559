"""The language of a clause is told by its function words, or not at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.compare.text.language import language_of


@pytest.mark.parametrize(
    "text",
    [
        "A parent must sign the form before a pupil's photo is uploaded.",
        "Players under 13 see no chat and no ads.",
        "If a bailiff asks for a resident's room number, reception refuses unless shown a warrant.",
    ],
)
def test_short_english_is_not_taken_for_another_language(text: str) -> None:
    """Words that English shares with others ("a", "no", "see") do not make a clause Czech or Spanish."""
    assert language_of(text) in {"en", "und"}


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Wir geben Ihre Daten nicht an Dritte weiter.", "de"),
        ("Nous ne vendons pas vos données à des tiers.", "fr"),
        ("No vendemos los datos de los usuarios a terceros.", "es"),
        ("Údaje uchováváme po dobu, která je nutná pro poskytování služby, a ne déle.", "cs"),
        ("Non vendiamo i dati personali degli utenti e non li cediamo a terzi.", "it"),
    ],
)
def test_other_languages_are_told(text: str, language: str) -> None:
    """A sentence is in the language most of whose function words it holds."""
    assert language_of(text) == language


def test_a_repeated_word_votes_once() -> None:
    """One foreign word, however often it stands there, is no language."""
    assert language_of("Bring a hat, a coat, a scarf, a map.") in {"en", "und"}


WORDS = st.sampled_from(["the", "we", "und", "der", "of", "and", "les", "une", "a", "B2B", "x_y", "1st"])


@given(st.lists(WORDS, min_size=5))
def test_plain_letters_are_cut_into_the_same_words_as_others(words: list[str]) -> None:
    """A sign beyond ASCII that is no letter sends a text the longer way, which comes to the same."""
    text = " ".join(words)
    assert language_of(text) == language_of(text + " ’")
