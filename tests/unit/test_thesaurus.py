"""Words that mean the same make no difference, and what a text says elsewhere in other words is found there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.compare.alignment.align import align
from tracker.compare.comparison import document_of
from tracker.compare.learned import features
from tracker.compare.learned.elsewhere import Elsewhere, add_echoes, elsewhere, tokens_of
from tracker.compare.learned.senses import add_senses
from tracker.compare.model import Document, Pair
from tracker.compare.vocabulary.lexicons import active
from tracker.compare.vocabulary.stems import function_words, stem
from tracker.compare.vocabulary.thesaurus import Sense, senses_of, thesaurus, without_like
from tracker.words import ChangeKind

WORDS = st.lists(st.sampled_from(["gather", "collect", "sell", "location", "retention", "zorb", "however"]), max_size=6)


def paragraphs(*texts: str) -> Document:
    """Return a document of paragraphs."""
    return document_of("\n\n".join(texts))


def told(went: list[str], came: list[str], kept: list[str]) -> tuple[dict[str, float], ...]:
    """Return level values, words and turns of what went, came and stayed."""
    level: dict[str, float] = {}
    words: dict[str, float] = {}
    turns: dict[str, float] = {}
    add_senses(went, came, kept, level, words, turns)
    return level, words, turns


@pytest.mark.parametrize(
    ("one", "other"),
    [("gather", "collect"), ("disclose", "share"), ("retain", "store"), ("erase", "delete"), ("firm", "company")],
)
def test_words_that_stand_for_each_other_share_a_sense(one: str, other: str) -> None:
    """A lawyer would exchange them without a thought."""
    assert senses_of([stem(one)]) & senses_of([stem(other)])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("delete", "block"),
        ("share", "sell"),
        ("week", "month"),
        ("affiliate", "partner"),
        ("anonymous", "pseudonymous"),
    ],
)
def test_words_of_another_strength_or_scope_share_none(one: str, other: str) -> None:
    """One in the place of the other changes what a clause says."""
    assert senses_of([stem(one)]).isdisjoint(senses_of([stem(other)]))


def test_no_word_has_more_than_a_few_senses() -> None:
    """A word with many senses would be like anything."""
    crowded = {name: senses for name, senses in thesaurus().items() if len(senses) > 4}
    assert not crowded


def test_every_word_is_found_by_its_stem() -> None:
    """A word of the lexicon that tells nothing apart would be dead; function words are looked at elsewhere."""
    kinds = active().table("thesaurus.toml")
    words = {word for senses in kinds.values() for forms in senses.values() for word in forms}
    assert all(senses_of([stem(word)]) for word in words)
    assert words.isdisjoint(function_words())


def test_what_has_a_like_on_the_other_side_is_left_out() -> None:
    """Only what is new in sense, or has none, is told."""
    left, strange = without_like([stem("gather"), stem("sell"), "zorb"], senses_of([stem("collect")]))
    assert Sense("act_collect", "collect") not in left
    assert {sense.kind for sense in left} == {"act_sell"}
    assert strange == 1


def test_a_synonym_is_no_difference_and_another_act_is() -> None:
    """To gather is to collect and counts for nothing; to sell counts by kind and sense, with its sign."""
    level, words, turns = told(["collect"], ["gather"], ["location"])
    assert level["sense telling"] == 0
    assert not any(name[0] == "~" for name in words)
    assert not any(name.startswith("act_") for name in turns)
    level, words, turns = told(["collect"], ["sell"], ["location"])
    assert level["sense telling"] > 0
    assert {"~act_collect:", "~act_sell:", "=data_location:"} <= words.keys()
    assert (turns["act_sell:"], turns["act_collect:"]) == (1.0, -1.0)


@given(WORDS, WORDS, WORDS)
def test_exchanged_sides_keep_the_level_and_turn_the_sign(went: list[str], came: list[str], kept: list[str]) -> None:
    """Whether it matters is the same both ways; which way it goes is the opposite."""
    level, words, turns = told(went, came, kept)
    back_level, back_words, back_turns = told(came, went, kept)
    assert (level, words) == (back_level, back_words)
    assert back_turns == {name: -value for name, value in turns.items()}


def test_what_another_clause_says_in_other_words_is_found() -> None:
    """One clause says all of it; of what no clause says nothing is found."""
    text = elsewhere(paragraphs("We erase recordings of calls.", "Our office is open on weekdays.", "We sell seeds."))
    said = text.echo(tokens_of("Recordings of your calls are deleted by us."))
    assert said.one == said.several == 1
    assert text.echo(tokens_of("Recordings of your calls are deleted by us."), but=[0]).one == 0
    assert text.echo(tokens_of("Biometric templates")).several == 0
    assert text.echo(frozenset()).size == 0


def test_several_clauses_say_together_what_one_says_here() -> None:
    """A sentence that was split is found in its parts."""
    text = elsewhere(paragraphs("We keep recordings.", "Fingerprints are encrypted.", "We sell seeds."))
    echo = text.echo(tokens_of("Recordings are kept and fingerprints encrypted."))
    assert echo.one < 0.99
    assert echo.several == pytest.approx(1)


def test_a_clause_that_stands_elsewhere_anew_leaves_little() -> None:
    """The removed half of a rewrite is echoed, a removed clause that nobody says again is not."""
    before = paragraphs("We erase recordings of calls.", "Our office is open on weekdays.", "We sell your location.")
    after = paragraphs("Our office is open on weekdays.", "Recordings of calls are deleted.")
    left = []
    for at in (0, 2):
        level: dict[str, float] = {}
        swing: dict[str, float] = {}
        pair = Pair(ChangeKind.REMOVED, (at,), ())
        add_echoes(pair, before.clauses[at].text, "", elsewhere(before), elsewhere(after), level, swing)
        left.append(level["echo left"])
        assert swing["echo grows"] == pytest.approx(-level["echo left by several"])
    assert left[0] == pytest.approx(0)
    assert left[1] > 0.5


def test_a_text_is_made_ready_once_however_many_clauses_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    """A text too long to be remembered would else be made ready anew for each pair."""
    before = paragraphs(*(f"We keep the letters of guest {number} in room {number}." for number in range(20)))
    after = paragraphs(*(f"We sell the letters of guest {number} in room {number}." for number in range(20)))
    asked: list[Document] = []

    def counted(document: Document) -> Elsewhere:
        asked.append(document)
        return Elsewhere(document)

    monkeypatch.setattr(features, "elsewhere", counted)
    pairs = align(before, after)
    context = features.context_of(before, after, pairs)
    assert all("echo left" in features.features_of(pair, context).level for pair in pairs if pair.kind is not None)
    assert asked == [before, after]


def test_a_text_that_was_asked_much_answers_as_one_that_was_asked_nothing() -> None:
    """Whether tokens are looked for one by one or were all noted makes no difference to what is found."""
    text = paragraphs(*(f"We gather the zorb{at} of gadget{at} and keep its brek{at % 7}." for at in range(300)))
    asked = Elsewhere(text)
    for at in range(300):
        asked.echo(tokens_of(f"zorb{at} gadget{at}"))
    for sentence, least, most in (
        ("The zorb3 of gadget3.", 0.99, 1.0),
        ("We collect the zorb3 of gadget5.", 0.2, 0.9),
        ("Nobody fulms here.", 0.0, 0.0),
    ):
        fresh = Elsewhere(text).echo(tokens_of(sentence))
        assert fresh == asked.echo(tokens_of(sentence))
        assert least <= fresh.one <= most
