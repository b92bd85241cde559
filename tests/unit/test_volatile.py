"""Spots of a page that move: found, told from others, and left out where texts are compared as wholes."""

from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.compare import compare
from tracker.compare.judging.quieten import quieten_spots, quieten_variants, requieten
from tracker.compare.model import Block, BlockKind, Document
from tracker.compare.text.clauses import cut
from tracker.compare.text.volatile import SpotKind, masked, moved_spots, runs_at, skeleton, spot_around

SENTENCES = [
    f"Paragraph of the {word} kind says what we do." for word in ("first", "second", "third", "fourth", "fifth")
]


def text(*paragraphs: str) -> Document:
    return cut([Block(BlockKind.PARAGRAPH, paragraph) for paragraph in paragraphs])


@pytest.mark.parametrize(
    ("key", "mask"),
    [
        ("trusted by 12,431 customers", "trusted by # customers"),
        ("updated 2026-03-01 10:15", "updated # #"),
        ("session 9f8a7b6c5d4e3f2a", "session #"),
        ("section 4.2 of the gdpr", "section # of the gdpr"),
        ("no number at all", "no number at all"),
    ],
)
def test_numbers_and_tokens_are_masked(key: str, mask: str) -> None:
    """A word of letters alone stays, however long."""
    assert masked(key) == mask


def test_a_spot_is_told_by_its_words_or_by_its_place() -> None:
    """Numbers that move name the clause without them; other words name the place between words that stay."""
    before = text(*SENTENCES, "Trusted by 12 customers.", "Closing words are said here.")
    after = text(*SENTENCES, "Trusted by 13 customers.", "Closing words are said here.")
    (spot,) = moved_spots(before, after)
    assert (spot.kind, spot.after) == (SpotKind.NUMBERS, "Trusted by 13 customers.")
    rotated = text(*SENTENCES, "A guest praises our soup.", "Closing words are said here.")
    (other,) = moved_spots(after, rotated)
    assert other.kind is SpotKind.PLACE
    assert skeleton(before, {spot.mask}) == skeleton(after, {spot.mask}) != skeleton(rotated, {spot.mask})
    assert skeleton(after, {other.mask}) == skeleton(rotated, {other.mask})


def test_what_came_or_went_is_no_spot() -> None:
    """A clause without a counterpart moves nothing; equal texts neither."""
    assert moved_spots(text(*SENTENCES), text(*SENTENCES, "One more sentence is said.")) == ()
    assert moved_spots(text(*SENTENCES), text(*SENTENCES)) == ()


def test_a_clause_can_be_named_without_having_moved() -> None:
    """The name is that under which it would be found moving."""
    before, after = text(*SENTENCES, "We have 12 shops."), text(*SENTENCES, "We have 13 shops.")
    assert spot_around(before, 5).mask == moved_spots(before, after)[0].mask
    changed = text(*SENTENCES[:2], "Words of another kind stand here.", *SENTENCES[3:])
    assert spot_around(text(*SENTENCES), 2).mask == moved_spots(text(*SENTENCES), changed)[0].mask


WORDS = st.sampled_from(["we keep logs", "we share data", "you may object", "cookies are set", "write to us"])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(WORDS, st.integers(0, 99), st.integers(0, 99)), min_size=1, max_size=12))
def test_texts_that_differ_in_their_spots_alone_have_one_skeleton(clauses: list[tuple[str, int, int]]) -> None:
    """Whatever numbers move: with the spots that moved left out, both texts are the same."""
    before = text(*[f"{words} in case {at} for {old} shops." for at, (words, old, _) in enumerate(clauses)])
    after = text(*[f"{words} in case {at} for {new} shops." for at, (words, _, new) in enumerate(clauses)])
    masks = {spot.mask for spot in moved_spots(before, after)}
    moved = {clause for clause, (_, old, new) in enumerate(clauses) if old != new}
    if len(moved) * 4 <= len(clauses) or masks:
        assert moved == set() or skeleton(before, masks) == skeleton(after, masks)


@settings(max_examples=60, deadline=None)
@given(st.lists(WORDS, max_size=30), st.lists(WORDS, max_size=30))
def test_any_two_texts_are_searched(old: list[str], new: list[str]) -> None:
    """Spots stand in the new text, do not overlap, and name themselves there."""
    before, after = text(*[f"{words} now." for words in old]), text(*[f"{words} now." for words in new])
    masks = {spot.mask for spot in moved_spots(before, after)}
    places = [at for _, run in runs_at(after, masks) for at in run]
    assert len(places) == len(set(places))
    assert {name for name, _ in runs_at(after, masks)} <= masks


@pytest.mark.parametrize("count", [20_000])
def test_a_hostile_text_is_searched_in_bounded_time(count: int) -> None:
    """Thousands of equal clauses, or of ever other ones, take a moment."""
    same = text(*["Again and again and again."] * count)
    longer = text(*["Again and again and again."] * (count - 1), "And once more, with feeling.", "The end is near.")
    start = perf_counter()
    moved_spots(same, longer)
    assert perf_counter() - start < 2


def test_learning_silences_form_and_a_pin_silences_numbers() -> None:
    """A learnt spot keeps what is material; a pinned one drops it, unless weighty new words stand there."""
    before = text(*SENTENCES, "We keep server logs for 30 days.")
    after = text(*SENTENCES, "We keep server logs for 900 days.")
    verdict = compare(before, after)
    masks = frozenset(spot.mask for spot in moved_spots(before, after))
    assert verdict.alert
    assert quieten_spots(verdict, before, after, masks, frozenset()).alert
    pinned = quieten_spots(verdict, before, after, frozenset(), masks)
    assert (pinned.alert, pinned.severity.value, pinned.topics) == (False, "none", ())
    assert [change.judgement.reasons[0].rule for change in pinned.changes] == ["volatile_block"]
    assert not requieten(pinned, verdict).alert


def test_what_a_variant_says_is_no_news() -> None:
    """A clause is news if no variant says it; a missing one, if every variant had it."""
    sale = "We may sell your personal information to our advertising partners."
    logs = "We keep server logs for 30 days and delete them after that."
    plain, selling = text(*SENTENCES, logs), text(*SENTENCES, logs, sale)
    without = text(*SENTENCES, sale)

    def beside(before: Document, after: Document, other: Document) -> bool:
        return quieten_variants(compare(before, after), before, [(other, compare(other, after))]).alert

    assert compare(plain, selling).alert
    assert not beside(plain, selling, selling)
    assert beside(plain, text(*SENTENCES, logs, "We share your email address with data brokers."), selling)
    assert beside(selling, without, plain)
