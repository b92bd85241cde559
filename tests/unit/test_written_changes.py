"""The written changes are well formed, and those to learn from broad enough."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

from tests.quality.lines import is_odd
from tracker.words import ClauseClass, Direction, Topic

QUALITY = Path(__file__).parents[1] / "quality"
FOLDERS = ("written", "taught", "others")
FIELDS = {"id", "document", "heading", "before", "after", "class", "topics", "direction", "why"}
DOCUMENTS = {
    "Privacy Policy",
    "Terms of Service",
    "Trackers Policy",
    "Data Processor Agreement",
    "Community Guidelines",
    "Commercial Terms",
    "Developer Terms",
    "Imprint",
    "Law Enforcement Guidelines",
    "Returns Policy",
}
BLOCK_FIELDS = {"before", "after", "class", "topics", "direction"}  #: of the pieces of a row that were labelled each
MOST_WORDS = 20  #: of the sentence that says why
WORD = re.compile(r"\w+")
ADDRESS = re.compile(r"(?:https?://|www\.|[\w.+-]+@)([\w.-]*\w)")


def _rows() -> list[dict[str, Any]]:
    files = [file for folder in FOLDERS for file in sorted((QUALITY / folder).glob("*.jsonl"))]
    return [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]


ROWS = _rows()


def test_rows_are_well_formed() -> None:
    """A row has the agreed fields, legal words in them, and two sides that differ."""
    for row in ROWS:
        name = row.get("id", row)
        assert set(row) - {"blocks"} == FIELDS, name
        assert row["document"] in DOCUMENTS, name
        assert row["before"] != row["after"], name
        assert all(row[side] == row[side].strip() for side in ("heading", "before", "after")), name
        assert 1 <= len(row["why"].split()) <= MOST_WORDS, name
        assert row["class"] in set(ClauseClass), name
        assert set(row["topics"]) <= set(Topic), name
        assert len(set(row["topics"])) == len(row["topics"]), name


def test_labels_agree_with_the_class() -> None:
    """Only a material change has a direction; a cosmetic change and noise have no topics."""
    for row in ROWS:
        for part in (row, *row.get("blocks", ())):
            has_topics = part["class"] in {ClauseClass.MATERIAL, ClauseClass.MINOR}
            assert len(part["topics"]) in ({1, 2, 3} if has_topics else {0}), row["id"]
            if part["class"] == ClauseClass.MATERIAL:
                assert part["direction"] in set(Direction), row["id"]
            else:
                assert part["direction"] is None, row["id"]


def test_blocks_are_pieces_of_their_row() -> None:
    """Blocks labelled each hold words of their row alone, and one of them matters where the row does."""
    for row in ROWS:
        blocks = row.get("blocks", [])
        assert len(blocks) != 1, row["id"]
        for block in blocks:
            assert set(block) == BLOCK_FIELDS, row["id"]
            assert block["class"] in set(ClauseClass), row["id"]
            assert set(block["topics"]) <= set(Topic), row["id"]
            assert block["before"] or block["after"], row["id"]
            for side in ("before", "after"):
                assert set(WORD.findall(block[side])) <= set(WORD.findall(row[side])), row["id"]
        if blocks:
            matters = any(block["class"] == ClauseClass.MATERIAL for block in blocks)
            assert matters == (row["class"] == ClauseClass.MATERIAL), row["id"]


def test_only_odd_rows_by_other_hands_were_read() -> None:
    """Of the changes by other hands that only measure, none has blocks: nobody labelled them twice."""
    for file in (QUALITY / "others").glob("*.jsonl"):
        rows = map(json.loads, file.read_text(encoding="utf-8").splitlines())
        assert not [row["id"] for row in rows if "blocks" in row and not is_odd(row["id"])]


def test_no_row_is_written_twice() -> None:
    """Ids are unique, and no two rows show the same change."""
    assert len(ROWS) >= 900
    assert len({row["id"] for row in ROWS}) == len(ROWS)
    assert len({(row["before"], row["after"]) for row in ROWS}) == len(ROWS)


def test_the_same_change_has_one_label() -> None:
    """A pair of texts never stands reversed with another class, which would teach a contradiction."""
    classes = {(row["before"], row["after"]): row["class"] for row in ROWS if row["before"] and row["after"]}
    for (before, after), label in classes.items():
        assert classes.get((after, before), label) == label


def test_every_topic_is_covered() -> None:
    """Each topic has at least 25 material rows, some of them for the worse and some for the better."""
    material = [row for row in ROWS if row["class"] == ClauseClass.MATERIAL]
    for topic in Topic:
        directions = Counter(row["direction"] for row in material if topic in row["topics"])
        assert directions.total() >= 25, topic
        assert directions[Direction.WEAKER] >= 2, topic
        assert directions[Direction.STRONGER] >= 2, topic


def test_classes_are_balanced() -> None:
    """Every class is there often enough to be learned: at least one row in fifty."""
    shares = {label: count / len(ROWS) for label, count in Counter(row["class"] for row in ROWS).items()}
    assert len(shares) == 4
    assert min(shares.values()) >= 0.02


def test_every_address_is_reserved() -> None:
    """Hosts and mail addresses lie under `.example`, so that no row points at anybody real."""
    for row in ROWS:
        for side in (row["before"], row["after"]):
            for host in ADDRESS.findall(side):
                assert host.endswith(".example"), f"{row['id']}: {host}"
