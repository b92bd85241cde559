"""The real changes that we labelled by position are well formed."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from tests.quality.material import read_lines
from tracker.words import ClauseClass, Direction, Topic

FILES = ("genai-eu", "captures")
WITH_TOPICS = {ClauseClass.MATERIAL, ClauseClass.MINOR}


def blocks(name: str) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for line in read_lines(name):
        for block in line["blocks"]:
            yield line, block


@pytest.mark.parametrize("name", FILES)
def test_each_block_is_labelled_as_the_guide_asks(name: str) -> None:
    """A block has a known class; topics where it is a change of fact, a direction where it matters."""
    for line, block in blocks(name):
        cls, topics = ClauseClass(block["class"]), [Topic(topic) for topic in block.get("topics", [])]
        assert len(topics) == len(set(topics)), line
        assert 1 <= len(topics) <= 3 if cls in WITH_TOPICS else not topics, line
        if cls is ClauseClass.MATERIAL:
            assert Direction(block["direction"]), line
        else:
            assert "direction" not in block, line


@pytest.mark.parametrize("name", FILES)
def test_each_block_stands_somewhere_in_order(name: str) -> None:
    """A block names words of one side at least, by spans that are not empty and do not overlap."""
    for line, block in blocks(name):
        assert block["before"] or block["after"], line
        for spans in (block["before"], block["after"]):
            assert all(0 <= first < end for first, end in spans), line
            assert all(end <= first for (_, end), (first, _) in pairwise(sorted(spans))), line


def test_no_step_is_labelled_twice() -> None:
    """A commit of a path, and a capture of a source, has one line."""
    told = [(line["commit"], line["path"]) for line in read_lines("genai-eu")]
    told += [(line["source"], line["after"]) for line in read_lines("captures")]
    assert len(told) == len(set(told))


def test_each_revision_is_labelled_as_the_guide_asks() -> None:
    """An edit has a known class; topics where it is a change of fact, a direction where it matters."""
    for line in read_lines("revised"):
        for edit in line["edits"]:
            cls, topics = ClauseClass(edit["class"]), [Topic(topic) for topic in edit.get("topics", [])]
            assert len(topics) == len(set(topics)), line["id"]
            assert 1 <= len(topics) <= 3 if cls in WITH_TOPICS else not topics, line["id"]
            assert ("direction" in edit) == (cls is ClauseClass.MATERIAL), line["id"]
            assert Direction(edit.get("direction", "neutral")), line["id"]


def test_each_revision_exchanges_words_of_its_clause() -> None:
    """Cuts lie in order within the clause, and no clause is revised twice to the same."""
    for line in read_lines("revised"):
        seen = [(edit["at"], edit["cuts"]) for edit in line["edits"]]
        assert all(one not in seen[:at] for at, one in enumerate(seen)), line["id"]
        for (first, end), cuts in seen:
            places = [first, *(place for start, stop, _ in cuts for place in (start, stop)), end]
            assert cuts, line["id"]
            assert places == sorted(places), line["id"]
            assert end <= line["words"], line["id"]
