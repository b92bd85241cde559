import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.compare.vocabulary.cues import CueGroups, CueIndex, compile_cue, matches

PHRASES = ["sell*|share", "e-mail", "we ... data", "'s own", "opt-out*", "will may? not", "a", "-based"]


@pytest.mark.parametrize(
    ("phrase", "text", "found"),
    [
        ("sell|sells data", "it sells data to all", "sells data"),
        ("sell|sells data", "it resells data", None),
        ("cookie*", "our cookies, explained", "cookies"),
        ("share ... partners", "we share your name and age with partners", "share your name and age with partners"),
        ("share ... partners", "we share one two three four five six seven partners", None),
        ("we may? collect", "here we collect things", "we collect"),
        ("we may? collect", "here we may collect things", "we may collect"),
        ("opt-out", "the opt-out link", "opt-out"),
    ],
)
def test_a_cue_finds_whole_words_with_alternatives_stems_gaps_and_options(
    phrase: str, text: str, found: str | None
) -> None:
    """Words match whole, `*` matches an ending, `...` at most six words, `?` marks a word that may be missing."""
    match = compile_cue(phrase).search(text)
    assert (match.group() if match else None) == found


@pytest.mark.parametrize("phrase", ["", "   ", "(", "a||b", "...", "may? collect", "[x]"])
def test_a_bad_phrase_is_refused(phrase: str) -> None:
    """A phrase that is no cue raises, so that a lexicon file with one is reported by name."""
    with pytest.raises(ValueError, match="cue phrase"):
        compile_cue(phrase)


def test_matches_are_given_once_in_the_order_of_the_cues() -> None:
    """The evidence shown to a reader does not hang on where in the text a word stands."""
    cues = [compile_cue("share"), compile_cue("we"), compile_cue("share|sell")]
    assert matches(cues, "we share and share") == ["share", "we"]


@given(st.lists(st.sampled_from([*"a-' .x", "sell", "ing", "share", "e-mail", "we", "data", "opt-out", "will", "not"])))
def test_the_index_misses_no_cue_that_matches(pieces: list[str]) -> None:
    """Every cue that matches a text is among those the index holds worth a search, whatever stands around its words."""
    text = "".join(pieces)
    index = CueIndex(map(compile_cue, PHRASES))
    found = {at for at, phrase in enumerate(PHRASES) if compile_cue(phrase).pattern.search(text)}
    assert found <= set(index.near(text))


def test_an_index_that_starts_anew_still_finds_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it knows of words is bounded; the text at hand is looked up in what it learns next."""
    monkeypatch.setattr("tracker.compare.vocabulary.cues._REMEMBERED_WORDS", 2)
    index = CueIndex(map(compile_cue, PHRASES))
    for _ in range(2):
        for text, expected in (("we sell all data", [0, 2]), ("they opt-out of the e-mail", [1, 4])):
            assert set(expected) <= set(index.near(text))


@given(
    st.lists(
        st.sampled_from(["op", "opt", "opt-out", "optout", "o*", "opt*", "see", "é", "x"]), min_size=1, max_size=4
    ),
    st.lists(st.sampled_from([*"a-' .xé_1", "op", "opt", "out", "o", "see"])),
)
def test_the_first_word_is_found_wherever_one_begins(words: list[str], pieces: list[str]) -> None:
    """Whatever letters its alternatives share: as by looking for the beginning of a word first."""
    alternatives = "|".join(re.escape(word.rstrip("*")) + (r"\w*" if "*" in word else "") for word in words)
    plain = re.compile(rf"(?<!\w)(?:{alternatives})(?!\w)")
    text = "".join(pieces)
    found = compile_cue("|".join(words)).pattern.finditer(text)
    assert [match.span() for match in found] == [match.span() for match in plain.finditer(text)]


@given(st.lists(st.sampled_from([*"a-' .x", "sell", "ing", "share", "e-mail", "we", "data", "opt-out", "will", "not"])))
def test_groups_find_what_each_would_find_alone(pieces: list[str]) -> None:
    """Looking for all groups at once gives the same words in the same order."""
    text = "".join(pieces)
    groups = [[compile_cue(phrase) for phrase in some] for some in (PHRASES[:3], PHRASES[3:], PHRASES[2:5], [])]
    found = CueGroups(groups).matches(text)
    assert [found.get(number, []) for number in range(len(groups))] == [matches(group, text) for group in groups]
