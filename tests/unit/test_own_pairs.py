"""The project's own minimal pairs: every line is usable as a labelled pair."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tracker.words import Direction, Topic

FOLDER = Path(__file__).parents[1] / "quality" / "pairs"
FIELDS = {"id", "theme", "before", "after", "material", "direction", "topics", "why"}


def _rows(pattern: str) -> list[dict[str, Any]]:
    lines = [line for path in sorted(FOLDER.glob(pattern)) for line in path.read_text(encoding="utf-8").splitlines()]
    return [json.loads(line) for line in lines]


def _number(row: dict[str, Any]) -> int:
    return int(row["id"].removeprefix("own-"))


ROWS = _rows("*.jsonl")


def _ids(rows: list[dict[str, Any]]) -> list[str]:
    return [row["id"] for row in rows]


def test_ids_run_without_gap_from_one_to_six_hundred() -> None:
    assert _ids(sorted(ROWS, key=_number)) == [f"own-{number:04d}" for number in range(1, 601)]


def test_every_row_has_these_fields_and_no_other() -> None:
    assert _ids([row for row in ROWS if set(row) != FIELDS]) == []


@pytest.mark.parametrize("key", ["before", "after", "theme", "why"])
def test_both_sides_the_theme_and_the_reason_are_trimmed_text(key: str) -> None:
    assert _ids([row for row in ROWS if not row[key] or row[key] != row[key].strip()]) == []


def test_the_two_sides_differ_and_no_pair_comes_twice() -> None:
    assert _ids([row for row in ROWS if row["before"] == row["after"]]) == []
    assert max(Counter(frozenset((row["before"], row["after"])) for row in ROWS).values()) == 1


def test_directions_and_topics_are_words_of_the_project() -> None:
    assert {row["direction"] for row in ROWS} <= {str(direction) for direction in Direction}
    assert {topic for row in ROWS for topic in row["topics"]} <= {str(topic) for topic in Topic}


def test_a_material_pair_names_one_to_three_topics_once_each() -> None:
    material = [row for row in ROWS if row["material"]]
    assert _ids([row for row in material if not 1 <= len(row["topics"]) == len(set(row["topics"])) <= 3]) == []


def test_a_pair_that_deserves_silence_has_no_topics_and_is_neutral() -> None:
    silent = [row for row in ROWS if not row["material"]]
    assert _ids([row for row in silent if row["topics"] or row["direction"] != "neutral"]) == []


@pytest.mark.parametrize(("pattern", "material"), [("meaning-*.jsonl", True), ("silence-*.jsonl", False)])
def test_the_file_says_whether_its_pairs_are_material(pattern: str, material: bool) -> None:
    assert [row["material"] for row in _rows(pattern)] == [material] * 300


def test_an_even_pair_is_the_sibling_of_the_odd_one_before_it() -> None:
    pairs = sorted(ROWS, key=_number)
    siblings = zip(pairs[::2], pairs[1::2], strict=True)
    assert [even["id"] for odd, even in siblings if odd["theme"] != even["theme"]] == []


@pytest.mark.parametrize("remainder", [0, 1])
def test_weaker_and_stronger_are_balanced_among_odd_and_among_even_pairs(remainder: int) -> None:
    found = Counter(row["direction"] for row in ROWS if row["material"] and _number(row) % 2 == remainder)
    assert 60 <= found["weaker"] <= 90
    assert 60 <= found["stronger"] <= 90
