import gzip
import json
import math
import pickle
import random
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tracker.lexicon
from tracker.compare.vocabulary.models import WordModel, counted, dump, pack, read, unpack, words_of
from tracker.errors import LexiconError

BODY = {
    "labels": ["a", "b"],
    "features": ["cat", "the cat"],
    "bias": [-1.0, 0.5],
    "scale": [0.5, 0.25],
    "weights": pack([(4, -8), (2, 0)]),
}
FOLDER = Path(tracker.lexicon.__file__).parent / "models"


def test_what_is_dumped_is_read_back() -> None:
    """A model file holds its body unchanged, and the same body gives the same bytes."""
    assert read(dump(BODY), "x") == BODY
    assert dump(BODY) == dump(dict(reversed(BODY.items())))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no gzip",
        dump(BODY)[:-9],
        pickle.dumps(BODY),
        gzip.compress(b"[]", mtime=0),
        gzip.compress(b"{", mtime=0),
        gzip.compress(json.dumps({"format": 1, "sha256": "0", "model": {}}).encode(), mtime=0),
        gzip.compress(json.dumps({"format": 2, "sha256": "0", "model": {}}).encode(), mtime=0),
    ],
)
def test_a_damaged_model_file_is_named(data: bytes) -> None:
    """Cut, foreign, altered or pickled bytes raise LexiconError that names the file and what to do."""
    with pytest.raises(LexiconError, match=r"^models/x\.json\.gz: .*(damaged|format 2)"):
        read(data, "models/x.json.gz")


def test_weights_survive_packing() -> None:
    """All of int8 goes through text and back."""
    assert unpack(pack([(-127, 0), (127, -1)]), 2) == [(-127, 0), (127, -1)]
    with pytest.raises(LexiconError, match="whole rows"):
        unpack(pack([(1, 2, 3)]), 2)
    with pytest.raises(LexiconError, match="base64"):
        unpack("%%%", 2)


def test_a_word_model_adds_words_and_pairs() -> None:
    """A score is the bias plus the scaled sum over words and pairs, divided by the root of the number of words."""
    assert WordModel(BODY).scores(words_of("The cat")) == pytest.approx(
        [-1 + 0.5 * 6 / 2**0.5, 0.5 + 0.25 * -8 / 2**0.5]
    )
    assert WordModel(BODY).scores([]) == [-1.0, 0.5]


def test_training_counts_what_the_model_adds() -> None:
    """The features that training sees are those that scoring weighs."""
    bag = counted(words_of("the cat"))
    assert bag["cat"] == bag["the cat"] == pytest.approx(1 / 2**0.5)
    assert bag["#<ca"] == pytest.approx(1 / 2**0.5)


def test_shipped_models_are_small_and_plain() -> None:
    """All model files together stay under 5 MB, and none needs anything but gzip and JSON."""
    files = sorted(FOLDER.glob("*"))
    assert [file.name for file in files] == ["scorer.json.gz", "topics.json.gz"]
    assert sum(file.stat().st_size for file in files) < 5_000_000
    for file in files:
        assert set(json.loads(gzip.decompress(file.read_bytes()))) == {"format", "sha256", "model"}


def test_labels_that_stand_side_by_side_do_not_touch_each_other() -> None:
    """Sums of a long text, below and above 0, are those that each label comes to by itself."""
    draw = random.Random(3)
    names = [f"w{at}" for at in range(200)]
    rows = [tuple(draw.choice((-128, -1, 0, 1, 127)) for _ in range(5)) for _ in names]
    body = {"labels": list("abcde"), "features": names, "bias": [0.0] * 5, "scale": [1.0] * 5, "weights": pack(rows)}
    for count in (1, 2, 50, 200):
        sums = [sum(column) / math.sqrt(count) for column in zip(*rows[:count], strict=True)]
        assert WordModel(body).scores(names[:count]) == sums


@given(st.text() | st.text(alphabet="ab1_'’-. é\t"))
def test_words_are_cut_alike_whatever_letters_a_text_has(text: str) -> None:
    """A text of plain letters is cut by a shorter way, which finds the same words."""
    assert words_of(text) == re.findall(r"[^\W_]+(?:'[^\W\d_]+)?", text.lower().replace("’", "'"))
