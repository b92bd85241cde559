"""The words of policies are data: every shipped entry is sound, overlays extend, bad entries are named."""

from pathlib import Path

import pytest

from tracker.compare.findings import kinds
from tracker.compare.judge import neutral_words
from tracker.compare.lexicon import NOUNS, Noun, lexicon
from tracker.errors import LexiconError
from tracker.words import Direction


def overlay(tmp_path: Path, noun: str, text: str) -> tuple[Path, ...]:
    (tmp_path / f"{noun}.toml").write_text(text, encoding="utf-8")
    return (tmp_path,)


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


def test_an_overlay_extends_a_shipped_entry_and_adds_new_ones(tmp_path: Path) -> None:
    """A vendor-risk team adds the words of its trade without touching the program."""
    words = lexicon(
        overlay(
            tmp_path,
            "data_types",
            '[health]\nforms = ["step count"]\n[meter]\ntitle = "meter readings"\nforms = ["meter reading|readings"]\n',
        )
    )
    assert [mention.name for mention in words.data_types.mentions("step count, medical records, meter readings")] == [
        "health",
        "health",
        "meter",
    ]


def test_an_overlay_replaces_an_entry_that_says_so(tmp_path: Path) -> None:
    """`replace = true` drops the shipped forms."""
    text = '[gender]\ntitle = "sex"\nforms = ["sex"]\nreplace = true\n'
    words = lexicon(overlay(tmp_path, "data_types", text))
    assert [mention.name for mention in words.data_types.mentions("gender and sex")] == ["gender"]


@pytest.mark.parametrize(
    ("noun", "text", "said"),
    [
        ("data_types", '[pulse]\nforms = ["pulse"]\n', r"data_types\.toml: \[pulse\] needs `title`"),
        ("data_types", '[pulse]\ntitle = "p"\nforms = ["(pulse"]\n', r"data_types\.toml: \[pulse\]: not a cue phrase"),
        ("data_types", '[pulse]\ntitle = "p"\nforms = ["pulse"]\nunder = ["body"]\n', r"\[pulse\] lies under 'body'"),
        ("data_types", '[pulse]\ntitle = "p"\nforms = ["pulse"]\nunder = ["pulse"]\n', r"\[pulse\] lies under itself"),
        ("data_types", '[pulse]\ntitle = "p"\nforms = ["pulse"]\ncolour = 1\n', r"unknown value 'colour'"),
        ("acts", '[lend]\ntitle = "lending"\nforms = ["lend"]\n', r"acts\.toml: \[lend\] needs `side`"),
        ("gates", '[maybe]\ntitle = "m"\nforms = ["maybe"]\nlevel = 9\n', r"gates\.toml: \[maybe\] needs `level`"),
        ("recipients", "no toml", r"recipients\.toml"),
    ],
)
def test_a_bad_entry_is_refused_by_file_and_name(tmp_path: Path, noun: str, text: str, said: str) -> None:
    """The message names file, entry and what is wrong."""
    with pytest.raises(LexiconError, match=said):
        lexicon(overlay(tmp_path, noun, text))
