"""The real changes that we labelled by position lie within the real texts."""

from pathlib import Path

import pytest

from tests.quality.material import read_by_us, read_lines
from tests.quality.pipeline import read


@pytest.mark.corpus
def test_positions_lie_within_the_texts(corpus: Path) -> None:
    """The texts are as long as when they were labelled: other words would shift every position."""
    lengths = {f"{line['source']}:{line['after']}": line["words"] for line in read_lines("captures")}
    for row in read_by_us(corpus):
        sides = [sum(len(clause.text.split()) for clause in read(row[side]).clauses) for side in ("before", "after")]
        assert sides == lengths.get(row["id"], sides), row["id"]
        for hunk in row["hunks"]:
            for spans, words in zip(hunk["spans"], sides, strict=True):
                assert all(end <= words for _, end in spans), row["id"]
