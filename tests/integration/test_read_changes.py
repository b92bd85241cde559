"""The real changes and sentences that we labelled by position lie within the real texts."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.quality.material import labelled_rows, read_by_us, read_lines
from tests.quality.pipeline import labelled_row, read
from tests.quality.revisions import REVISED


@cache
def _words(markdown: str) -> int:
    return sum(len(clause.text.split()) for clause in read(markdown).clauses)


@cache
def _rows(corpus: Path) -> list[dict[str, Any]]:
    return read_by_us(corpus)


@pytest.mark.corpus
def test_positions_lie_within_the_texts(corpus: Path) -> None:
    """The texts are as long as when they were labelled: other words would shift every position."""
    lengths = {f"{line['source']}:{line['after']}": line["words"] for line in read_lines("captures")}
    lengths |= {f"{line['before']}:{line['after']}": line["words"] for line in read_lines("apart")}
    alone = {line["text"]: line["words"] for line in read_lines("alone")}
    pairs = {pair["id"]: pair for pair in labelled_rows(corpus)}
    for line in read_lines("revised")[::4]:
        assert _words(pairs[line["text"]]["after"]) == line["words"], line["id"]
    for row in _rows(corpus)[::4]:  # words cut otherwise would shift the positions of any of them
        sides = [_words(row[side]) for side in ("before", "after")]
        text = row["id"].partition("+")[0]
        assert sides == ([0, alone[text]] if "new" in row else lengths.get(row["id"], sides)), row["id"]
        for hunk in row["hunks"]:
            for spans, words in zip(hunk["spans"], sides, strict=True):
                assert all(end <= words for _, end in spans), row["id"]


@pytest.mark.corpus
@pytest.mark.parametrize("kind", ["apart", "alone", "revised"])
def test_only_what_is_labelled_is_learned(corpus: Path, kind: str) -> None:
    """Each clause learned from lies in a labelled block, and nearly all labelled ones are found again."""
    signs: dict[str, Callable[[dict[str, Any]], bool]] = {
        "apart": lambda row: ":" in row["id"],
        "alone": lambda row: "new" in row,
        "revised": lambda row: row["id"].startswith(REVISED),
    }
    rows = [row for row in _rows(corpus) if signs[kind](row) and not row.get("whole", True)][:15]
    assert rows
    units = [unit for row in rows for unit in labelled_row(row).units]
    assert all(unit.hunk is not None for unit in units)
    assert len(units) >= 0.95 * sum(len(row["hunks"]) for row in rows)
