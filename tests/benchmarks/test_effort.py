"""Twice the text, about twice the effort: what `compare` does is counted, since time on a busy machine says little."""

import sys
from collections.abc import Callable
from itertools import pairwise
from types import FrameType
from unittest.mock import patch

import pytest

from tests.benchmarks.made_up import Sides, items, paragraph, repeated, reworded, rewritten, table, unbroken
from tests.benchmarks.timing import forget, seconds
from tracker.compare import compare
from tracker.compare.alignment.align import _BESIDE, _CANDIDATES, _likeness, align
from tracker.compare.learned.features import features_of
from tracker.compare.learned.shown import told
from tracker.compare.model import Document
from tracker.compare.redline import redline
from tracker.compare.text.canonical import canonical
from tracker.compare.text.clauses import cut
from tracker.extract.markdown import _Scanner, read_markdown

MOST_TIMES = 2.4  #: as much effort that twice the text may take
MOST_ALIKE = _CANDIDATES + 2 * _BESIDE + 1  #: clauses that one is held against: of like words, and in its place
SAFETY = 30.0  #: seconds of one core that no text of the sizes here may take, on a slow machine


def judge(sides: Sides) -> None:
    compare(*(read_markdown(side).blocks for side in sides))


def documents(sides: Sides) -> tuple[Document, Document]:
    before, after = (cut(read_markdown(side).blocks) for side in sides)
    return before, after


def calls(work: Callable[[Sides], object], sides: Sides) -> int:
    """Return how many functions are called, those written in C included."""
    made = 0

    def note(_frame: FrameType, event: str, _what: object) -> None:
        nonlocal made
        made += event in {"call", "c_call"}

    forget()
    before = sys.getprofile()
    sys.setprofile(note)
    try:
        work(sides)
    finally:
        sys.setprofile(before)
    return made


class Counted:
    """A function that counts its calls."""

    def __init__(self, work: Callable[..., object]) -> None:
        self.calls, self._work = 0, work

    def __call__(self, *args: object, **kwargs: object) -> object:
        self.calls += 1
        return self._work(*args, **kwargs)


@pytest.mark.parametrize(
    ("make", "size"),
    [
        (rewritten, 8_000),
        (reworded, 8_000),
        (items, 2_000),
        (table, 100),
        (paragraph, 30_000),
        (unbroken, 30_000),
        (repeated, 10_000),
    ],
)
def test_twice_the_text_is_about_twice_the_work(make: Callable[[int], Sides], size: int) -> None:
    """From Markdown to the verdict, no shape of text makes the number of steps grow with its square."""
    judge(make(2 * size))  # loads words and models, and what the models make of single words
    once, twice = calls(judge, make(size)), calls(judge, make(2 * size))
    assert twice <= MOST_TIMES * once


@pytest.mark.parametrize(
    ("make", "size"), [(rewritten, 50_000), (reworded, 50_000), (items, 20_000), (table, 1_000), (paragraph, 200_000)]
)
def test_likenesses_looked_at_grow_with_the_text(make: Callable[[int], Sides], size: int) -> None:
    """However long a text is, each clause is held against a few others alone."""
    for characters in (size, 2 * size):
        before, after = documents(make(characters))
        with patch("tracker.compare.alignment.align._likeness", Counted(_likeness)) as counted:
            align(before, after)
        assert 0 < counted.calls <= MOST_ALIKE * len(after.clauses)


def test_a_replaced_text_is_judged_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """However much differs, no more clauses than the limit are described and scored."""
    monkeypatch.setattr("tracker.compare.judging.reach.MOST_JUDGED", 50)
    with patch("tracker.compare.learned.scorer.features_of", Counted(features_of)) as counted:
        judge(rewritten(20_000))
    assert counted.calls == 50


def test_a_history_is_read_by_what_differs() -> None:
    """Of a version that adds one passage to the one before, the other passages and clauses are not read again."""
    passages = [f"Under rule {number} we share item {number} with partners.\n\n" for number in range(40)]
    versions = ["".join(passages[: 30 + more]) for more in range(8)]
    forget()
    with (
        patch("tracker.extract.markdown._Scanner.read", autospec=True, side_effect=_Scanner.read) as lines,
        patch("tracker.compare.text.clauses.canonical", Counted(canonical)) as keys,
    ):
        documents = [cut(read_markdown(version).blocks) for version in versions]
    assert (lines.call_count, keys.calls) == (37, 37)
    words = Counted(told)
    with patch("tracker.compare.learned.features.told", words), patch("tracker.compare.learned.shown.told", words):
        for before, after in pairwise(documents):
            assert [change.after for change in compare(before, after).changes] == [after.clauses[-1].text]
    # Each document once, and the clause that came; as many again for what is said of it alone.
    assert words.calls <= sum(len(document.clauses) for document in documents) + 4 * len(documents)


def test_a_long_text_that_says_the_same_over_and_over_is_cut_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many blocks it has more than are remembered."""
    monkeypatch.setattr("tracker.compare.text.clauses._REMEMBERED", 10)
    forget()
    with patch("tracker.compare.text.clauses.canonical", Counted(canonical)) as keys:
        assert len(documents(repeated(4_600))[1].clauses) == 100
    assert keys.calls == 1 + 2


def test_a_text_too_long_to_be_remembered_is_looked_at_once_a_comparison(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many of its clauses changed."""
    monkeypatch.setattr("tracker.compare.text.remembered._LONGEST", 0)
    before, after = documents(rewritten(6_000))
    with patch("tracker.compare.alignment.moves._run", Counted(lambda _document: "")) as runs:
        compare(before, after)
    assert runs.calls == 2


def test_ten_thousand_rows_are_compared_in_time() -> None:
    """A table of 10,000 rows, a fifth of them changed, takes seconds."""
    judge(table(10))
    assert seconds(judge, table(10_000)) < SAFETY


def test_a_redline_of_what_has_nothing_in_common_is_quick() -> None:
    """Two clauses of a thousand words each, without one in common, take a moment."""
    before, after = (" ".join(f"{side}{number}" for number in range(990)) for side in "ab")
    assert seconds(redline, before, after) < SAFETY / 10
