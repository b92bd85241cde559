"""From a labelled row to aligned documents, the way the product goes: read, cut, align."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate
from typing import Any

from tests.quality.dataset import Row, row_of
from tracker.compare.alignment.align import align
from tracker.compare.learned.features import same_keys
from tracker.compare.model import Document, Pair
from tracker.compare.text.clauses import cut
from tracker.extract.markdown import read_markdown


def read(markdown: str) -> Document:
    """Return recorded Markdown cut into clauses."""
    return cut(read_markdown(markdown).blocks)


def pair_up(before: Document, after: Document) -> tuple[Pair, ...]:
    """Return the aligned pairs, those that differ in form alone left out: they are cosmetic without a score."""
    return tuple(pair for pair in align(before, after) if pair.kind is not None and not same_keys(before, after, pair))


def labelled_row(data: dict[str, Any]) -> Row:
    """Return a labelled row with the features of the pairs that are not identical."""
    after = read(data["after"])
    before = _without(after, data["new"]) if "new" in data else read(data["before"])
    return row_of(data, before, after, pair_up(before, after))


def _without(document: Document, spans: Sequence[Sequence[int]]) -> Document:
    """Return a document without the clauses at some word positions."""
    starts = [0, *accumulate(len(clause.text.split()) for clause in document.clauses)]
    dropped = {first for first, _ in spans}
    kept = [clause for clause, start in zip(document.clauses, starts, strict=False) if start not in dropped]
    return replace(document, clauses=tuple(kept))
