"""Scores of verdicts against labels: counted as defined, in any order, the same every time."""

import gzip
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.quality.families import is_held_out
from tracker.compare.agreement import Agreement, Figure, Tally, figures_of, tally_of
from tracker.compare.labels import guess_of, label_of
from tracker.errors import UsageError
from tracker.words import ClauseClass, Direction, Topic

SELLS = "We may sell your data to partners."
KEEPS = "We keep your data for two years after that."
MOVED = "Write to us at 5 New Street if you have questions."


def hunk(text: str, cls: str = "material", n: int = 0, **values: Any) -> dict[str, Any]:
    topics, direction = (["sale"], "weaker") if cls == "material" else ([], None)
    told = {"n": n, "change": "inserted", "before": "", "after": text, "class": cls}
    return told | {"topics": topics, "direction": direction} | values


def pair(*hunks: dict[str, Any], **values: Any) -> dict[str, Any]:
    alert = any(one["class"] == "material" for one in hunks)
    told = {"id": "p1", "service": "Acme", "alert": alert, "hunks": list(hunks), "summary": "What changed."}
    return told | values


def verdict(*texts: str, **values: Any) -> dict[str, Any]:
    """Return a verdict that finds texts material."""
    changes = [
        {
            "class": "material",
            "severity": "high",
            "before": "",
            "after": text,
            "reasons": [{"sentence": f"Why: {text}"}],
        }
        for text in texts
    ]
    told = {"id": "p1", "alert": bool(texts), "topics": ["sale"] * bool(texts), "direction": "neutral"}
    return told | {"direction": "weaker"} | {"changes": changes} | values


def counted(row: dict[str, Any], said: dict[str, Any], *, swapped: bool = False) -> Tally:
    return tally_of(label_of(row), guess_of(said), swapped=swapped)


def test_an_alert_is_hit_missed_or_false() -> None:
    """Each pair counts once; where neither side alerts nothing counts but the pair."""
    assert counted(pair(hunk(SELLS)), verdict(SELLS))[:4] == (1, 1, 0, 0)
    assert counted(pair(hunk(SELLS)), verdict())[:4] == (1, 0, 0, 1)
    assert counted(pair(hunk(SELLS, "minor")), verdict(SELLS))[:4] == (1, 0, 1, 0)
    assert counted(pair(hunk(SELLS, "minor")), verdict()) == Tally(pairs=1)


def test_topics_and_direction_count_where_an_alert_is_right() -> None:
    """Topics are those of the material blocks, the direction their one direction."""
    row = pair(
        hunk(SELLS, topics=["sale", "tracking"]),
        hunk(KEEPS, n=1, topics=["retention"], direction="neutral"),
        hunk(MOVED, "minor", n=2, topics=["contact"]),
    )
    counts = counted(row, verdict(SELLS, KEEPS, topics=["sale", "retention", "children"]))
    assert (counts.topic_hits, counts.topic_extra, counts.topic_missed) == (2, 1, 1)
    assert (counts.direction_hits, counts.direction_asked) == (1, 1)
    mixed = pair(hunk(SELLS), hunk(KEEPS, n=1, direction="stronger"))
    assert label_of(mixed).direction is Direction.MIXED
    assert counted(mixed, verdict(SELLS, KEEPS)).direction_hits == 0
    missed = counted(row, verdict())
    assert (missed.topic_missed, missed.direction_asked) == (0, 0)


def test_a_clause_change_belongs_to_the_block_it_shares_most_with() -> None:
    """Two clauses of one block count once; one that fits no block is wrong; small overlaps do not count."""
    row = pair(hunk(f"{SELLS} {KEEPS}"), hunk(MOVED, "minor", n=1))
    assert counted(row, verdict(SELLS, KEEPS))[-3:] == (1, 0, 0)
    assert counted(row, verdict(MOVED))[-3:] == (0, 1, 1)
    elsewhere = verdict("Something else entirely is written here now.", "And here too, in other words.")
    assert counted(row, elsewhere)[-3:] == (0, 1, 1)


def test_of_two_blocks_as_close_the_material_one_counts() -> None:
    """The same words may stand in a block that moved and in one that changed."""
    for classes in (("cosmetic", "material"), ("material", "cosmetic")):
        row = pair(*(hunk(SELLS, cls, n=number) for number, cls in enumerate(classes)))
        assert counted(row, verdict(SELLS))[-3:] == (1, 0, 0)


def test_short_texts_are_compared_by_words() -> None:
    """Where a side has fewer than three words, single ones count."""
    assert counted(pair(hunk("No sale.")), verdict("No sale"))[-3:] == (1, 0, 0)


def test_blocks_count_although_the_row_deserves_no_alert() -> None:
    """A page that was cut off has material blocks and deserves no alert; its topics do not count."""
    row = pair(hunk(SELLS), alert=False)
    assert label_of(row).topics == frozenset()
    assert counted(row, verdict())[-3:] == (0, 0, 1)


def test_swapped_pairs_turn_the_direction_round() -> None:
    """What was weaker is stronger backwards; an announcement that goes is no alert."""
    assert counted(pair(hunk(SELLS)), verdict(SELLS, direction="stronger"), swapped=True).direction_hits == 1
    assert not label_of(pair(hunk(SELLS))).announcement
    announced = hunk("This policy changes on 1 May.", topics=["policy_change"])
    assert label_of(pair(announced)).announcement
    assert not label_of(pair(announced, hunk(SELLS, n=1))).announcement
    assert not label_of(pair(announced | {"change": "deleted"})).announcement
    assert not label_of(pair()).announcement


def test_minimal_pairs_are_read() -> None:
    """A pair of clauses has no blocks, and topics only if it is material."""
    row = {"id": "hp", "material": True, "topics": ["sale"], "direction": "weaker", "why": "It sells."}
    label = label_of(row)
    assert (label.alert, label.direction, label.blocks) == (True, Direction.WEAKER, ())
    assert label.topics == {Topic.SALE}
    assert label_of(row | {"material": False, "direction": None}).topics == frozenset()
    assert counted(row, verdict(SELLS))[-3:] == (0, 0, 0)


def test_blocks_nobody_reviewed_are_counted() -> None:
    """Labels that are the machine's own flatter it, so their number is told."""
    row = pair(hunk(SELLS, label="machine"), hunk(KEEPS, n=1, label="reviewer"), hunk(MOVED, n=2))
    assert label_of(row).unreviewed == 1


def test_the_reason_is_that_of_the_weightiest_clause() -> None:
    """A wrong alert says why it was given, a missed one what was found instead."""
    said = verdict(SELLS)
    said["changes"].insert(0, {"class": "minor", "before": "", "after": MOVED, "reasons": []})
    assert guess_of(said).why == f"material: Why: {SELLS}"
    assert guess_of(verdict()).why == "no clause differs"
    assert guess_of(verdict(error="too long")).why == "too long"


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({}, "neither hunks nor material"),
        ({"hunks": "x"}, "neither hunks nor material"),
        ({"hunks": [], "alert": 1}, "alert is neither true nor false"),
        ({"material": "yes"}, "material is neither true nor false"),
        ({"material": True, "topics": "sale"}, "topics is no list"),
        ({"material": True, "topics": ["slae"]}, "topics: 'slae' is none of first_party_collection,"),
        ({"material": True, "topics": [], "direction": "up"}, "direction: 'up' is none of weaker, stronger"),
        ({"material": True, "topics": [], "direction": []}, "direction: "),
        (pair(hunk(SELLS, "bad")), "hunk 0: class: 'bad' is none of material, minor"),
        (pair(hunk(SELLS, n=3, topics=[["sale"]])), "hunk 3: topics: "),
        (pair(hunk(SELLS, before=3)), "hunk 0: before and after have to be texts"),
        (pair(hunk(SELLS)) | {"hunks": [3]}, "hunk 0 is no object"),
        (pair(hunk(SELLS) | {"n": []}), "n is no number"),
    ],
)
def test_a_bad_label_says_what_is_wrong(row: dict[str, Any], message: str) -> None:
    """The message names the field, and the block where it is one."""
    with pytest.raises(UsageError, match=re.escape(message)):
        label_of(row)


@pytest.mark.parametrize(
    "said", [{}, {"alert": None}, {"alert": True, "changes": [1]}, {"alert": True, "changes": {}, "topics": 1}]
)
def test_a_bad_verdict_is_refused(said: dict[str, Any]) -> None:
    """Nothing is guessed into a row that is no verdict."""
    with pytest.raises(UsageError):
        guess_of(said)


def test_what_cannot_be_measured_is_none() -> None:
    """Without a single alert there is no precision; with one service there is no interval."""
    assert set(figures_of(Tally(pairs=5)).values()) == {None}
    agreement = Agreement()
    agreement.add(label_of(pair(hunk(SELLS))), counted(pair(hunk(SELLS)), verdict(SELLS)))
    assert agreement.figures()["alert f1"] == Figure(1.0)


# Properties over invented labels.

CLASSES = st.sampled_from([cls.value for cls in ClauseClass])
TEXTS = st.sampled_from(
    [SELLS, KEEPS, MOVED, "We share your address with our partners.", "You may object at any time."]
)


@st.composite
def labelled(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a labelled pair whose blocks have different texts."""
    texts = draw(st.lists(TEXTS, min_size=1, max_size=4, unique=True))
    hunks = []
    for number, text in enumerate(texts):
        cls = draw(CLASSES)
        told: dict[str, Any] = {"topics": [], "direction": None}
        if cls == "material":
            told["topics"] = draw(st.lists(st.sampled_from([topic.value for topic in Topic]), min_size=1, max_size=3))
            told["direction"] = draw(st.sampled_from([way.value for way in Direction]))
        hunks.append(hunk(text, cls, number, **told))
    return pair(*hunks, service=draw(st.sampled_from(["Acme", "Brightmail", "Northlake", ""])))


def perfect(row: dict[str, Any]) -> dict[str, Any]:
    """Return the verdict that says what the label says."""
    label = label_of(row)
    texts = [one["after"] for one in row["hunks"] if one["class"] == "material"]
    return verdict(*texts, topics=sorted(label.topics), direction=label.direction.value)


def agreement_of(pairs: list[tuple[dict[str, Any], dict[str, Any]]]) -> Agreement:
    agreement = Agreement()
    for number, (row, said) in enumerate(pairs):
        row = row | {"id": f"p{number}"} if "id" not in row else row
        agreement.add(label_of(row), counted(row, said))
    return agreement


@given(st.lists(labelled(), min_size=1, max_size=8))
@settings(max_examples=30, deadline=None)
def test_perfect_verdicts_get_full_marks(rows: list[dict[str, Any]]) -> None:
    """Every figure that can be measured is 1, with no doubt about it."""
    for figure in agreement_of([(row, perfect(row)) for row in rows]).figures().values():
        assert figure.value in {None, 1.0}
        assert figure.low in {None, 1.0}
        assert figure.high in {None, 1.0}


@given(st.lists(st.tuples(labelled(), labelled()), min_size=2, max_size=8), st.randoms(use_true_random=False))
@settings(max_examples=30, deadline=None)
def test_the_order_of_pairs_makes_no_difference(
    pairs: list[tuple[dict[str, Any], dict[str, Any]]], chance: Any
) -> None:
    """Neither for the figures nor for their intervals, which hold the figure most of the time and lie in 0 to 1."""
    judged = [(row | {"id": f"p{number}"}, perfect(other)) for number, (row, other) in enumerate(pairs)]
    shuffled = list(judged)
    chance.shuffle(shuffled)
    figures = agreement_of(judged).figures()
    assert agreement_of(shuffled).figures() == figures
    for figure in figures.values():
        if figure.low is not None and figure.high is not None:
            assert 0 <= figure.low <= figure.high <= 1


def test_an_interval_is_the_same_every_time_and_narrows_with_more_services() -> None:
    """Services are drawn, not pairs: many pairs of one service say less than few of many."""
    good, bad = (pair(hunk(SELLS)), verdict(SELLS)), (pair(hunk(SELLS)), verdict())

    def recall(services: int, each: int) -> Figure:
        agreement = Agreement()
        for number in range(services):
            row, said = bad if number % 2 else good
            for _ in range(each):
                agreement.add(label_of(row | {"service": f"s{number}"}), counted(row, said))
        return agreement.figures()["alert recall"]

    few, many = recall(4, 50), recall(200, 1)
    assert (few, many) == (recall(4, 50), recall(200, 1))
    assert (few.value, many.value) == (0.5, 0.5)
    assert (few.low, few.high) == (0.0, 1.0)
    assert many.low is not None
    assert many.high is not None
    assert 0.42 < many.low < 0.45
    assert 0.55 < many.high < 0.58


@pytest.mark.corpus
@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize("minimal", [False, True])
def test_the_figures_are_those_of_the_reference(corpus: Path, tmp_path: Path, swapped: bool, minimal: bool) -> None:
    """On the labelled pairs and made-up verdicts every figure is the reference's, to its last digit."""
    if minimal:
        lines = (corpus / "corpus" / "hard-pairs.jsonl").read_text(encoding="utf-8").splitlines()
        rows = [row for row in map(json.loads, lines) if int(row["id"].rsplit("-", 1)[1]) % 2]
    else:
        with gzip.open(corpus / "corpus" / "changes.jsonl.gz", "rt", encoding="utf-8") as packed:
            rows = [row for row in map(json.loads, packed) if not is_held_out(row["service"])]
    said = [distorted(number, row) | {"id": row["id"]} for number, row in enumerate(rows)]
    gold, guesses = tmp_path / "gold.jsonl", tmp_path / "said.jsonl"
    for path, items in ((gold, rows), (guesses, said)):
        path.write_text("".join(json.dumps(item) + "\n" for item in items), encoding="utf-8")
    command = [sys.executable, str(corpus / "tools" / "score_changes.py"), str(gold), str(guesses)]
    told = subprocess.run(command + ["--swapped"] * swapped, capture_output=True, text=True, check=True).stdout
    agreement = Agreement()
    for row, one in zip(rows, said, strict=True):
        label = label_of(row)
        if not (swapped and label.announcement):
            agreement.add(label, tally_of(label, guess_of(one), swapped=swapped))
    total, figures = agreement.total, figures_of(agreement.total)
    expected = [
        f"pairs {total.pairs}, of which {total.alert_hits + total.alert_missed} deserve an alert",
        f"missed {total.alert_missed}  false alarms {total.alert_extra}",
        f"accuracy {figures['direction accuracy']:.3f}",
    ]
    for name in ("alert", "topics", *([] if minimal else ["blocks"])):
        precision, recall, f1 = (figures[f"{name} {one}"] for one in ("precision", "recall", "f1"))
        expected.append(f"{name:<11} precision {precision:.3f}  recall {recall:.3f}  F1 {f1:.3f}")
    assert [line for line in expected if line not in told] == []
    assert 0.1 < (figures["alert precision"] or 0) < 0.99


def distorted(number: int, row: dict[str, Any]) -> dict[str, Any]:
    """Return a made-up verdict that is right about some things, in a way that depends on the row's number only."""
    hunks = row.get("hunks") or [{"before": row["before"], "after": row["after"], "class": "material", "topics": []}]
    right = row["alert"] if "alert" in row else row["material"]
    changes = [
        {
            "class": "minor" if (at + number) % 3 == 0 else "material",
            "before": one["before"][number % 7 :],
            "after": one["after"][: len(one["after"]) - number % 11],
        }
        for at, one in enumerate(hunks)
    ]
    topics = sorted({topic for one in hunks for topic in one["topics"]})[number % 2 :] + ["contact"] * (number % 4 == 0)
    return {
        "alert": right if number % 5 else not right,
        "topics": topics,
        "direction": ("weaker", "stronger", "weaker", "neutral", "mixed")[number % 5],
        "changes": changes,
    }
