"""From a labelled row to aligned documents, the way the product goes: read, cut, align."""

from typing import Any

from tests.quality.dataset import Row, row_of
from tests.quality.material import said
from tracker.compare.align import align
from tracker.compare.clauses import cut
from tracker.compare.features import same_keys
from tracker.compare.model import Document, Pair
from tracker.extract.markdown import read_markdown


def read(markdown: str) -> Document:
    """Return recorded Markdown cut into clauses."""
    return cut(read_markdown(markdown).blocks)


def pair_up(before: Document, after: Document) -> tuple[Pair, ...]:
    """Return the aligned pairs, those that differ in form alone left out: they are cosmetic without a score."""
    return tuple(pair for pair in align(before, after) if pair.kind is not None and not same_keys(before, after, pair))


def labelled_row(data: dict[str, Any]) -> Row:
    """Return a labelled row with the features of the pairs that are not identical."""
    before, after = read(data["before"]), read(data["after"])
    return row_of({**data, "hunks": _told(data["hunks"], before, after)}, before, after, pair_up(before, after))


def _told(hunks: list[dict[str, Any]], before: Document, after: Document) -> list[dict[str, Any]]:
    """Return labelled blocks with their texts, where they are given by the positions of their words."""
    if not hunks or "spans" not in hunks[0]:
        return hunks
    words = [" ".join(clause.text for clause in side.clauses).split() for side in (before, after)]
    return [
        {**hunk, "before": said(words[0], hunk["spans"][0]), "after": said(words[1], hunk["spans"][1])}
        for hunk in hunks
    ]
