"""Model files: gzipped JSON with a checksum, read without pickle, and the word model that topics and scorer share."""

import base64
import binascii
import gzip
import hashlib
import itertools
import json
import math
import re
import struct
from collections.abc import Iterable, Sequence
from functools import lru_cache
from importlib import resources
from typing import Any

from tracker.errors import LexiconError

FORMAT = 1
_WORD = re.compile(r"[^\W_]+(?:'[^\W\d_]+)?")
_NO_WORD = str.maketrans({code: " " for code in range(128) if not chr(code).isalnum()})
_CACHED_WORDS = 20_000
_FIELD = 32  #: bits of a number that stand for one label; sums of weights stay far below
_HALF = 1 << _FIELD - 1


def checksum(body: dict[str, Any]) -> str:
    """Return the hash a model file carries of its own body."""
    return hashlib.sha256(json.dumps(body, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def dump(body: dict[str, Any]) -> bytes:
    """Return the bytes of a model file; the same body gives the same bytes."""
    text = json.dumps(
        {"format": FORMAT, "sha256": checksum(body), "model": body}, sort_keys=True, separators=(",", ":")
    )
    return gzip.compress(text.encode(), 9, mtime=0)


def read(data: bytes, name: str) -> dict[str, Any]:
    """Return the body of a model file.

    Raises LexiconError, naming the file, when it is damaged, of another format or not a model file.
    """
    try:
        text = gzip.decompress(data)
        outer = json.loads(text)
        if outer["format"] != FORMAT:
            raise LexiconError(f"{name}: model format {outer['format']} is not the {FORMAT} this program reads")
        body: dict[str, Any] = outer["model"]
        # The body as `dump` wrote it: writing it once more to see what its checksum is takes longer than to read it.
        begins, ends = text.index(b'"model":') + len(b'"model":'), text.rindex(b',"sha256":')
        if hashlib.sha256(text[begins:ends]).hexdigest() != outer["sha256"]:
            raise LexiconError(f"{name}: damaged model file (its checksum does not fit its content); install it again")
    except (OSError, EOFError, ValueError, KeyError, TypeError, gzip.zlib.error) as error:  # type: ignore[attr-defined]
        raise LexiconError(f"{name}: damaged model file ({type(error).__name__}); install it again") from error
    return body


def shipped(name: str) -> dict[str, Any]:
    """Return the body of the model file `lexicon/models/NAME.json.gz`; what is made of it is worth remembering."""
    file = resources.files("tracker.lexicon") / "models" / f"{name}.json.gz"
    try:
        data = file.read_bytes()
    except OSError as error:
        raise LexiconError(f"models/{name}.json.gz: model file is missing; install the program again") from error
    return read(data, f"models/{name}.json.gz")


def words_of(text: str) -> list[str]:
    """Return the words of a text, lower case, numbers kept."""
    text = text.lower().replace("’", "'")
    # Most clauses are of this sort, and are cut several times as fast so.
    if text.isascii() and "'" not in text:
        return text.translate(_NO_WORD).split()
    return _WORD.findall(text)


def pieces(word: str) -> list[str]:
    """Return the features of one word: itself and its character 3- to 5-grams with the word's edges marked."""
    padded = f"<{word[:30]}>"
    found = [word]
    for size in (3, 4, 5):
        found += ["#" + padded[at : at + size] for at in range(len(padded) - size + 1)]
    return found


def pack(rows: Sequence[Sequence[int]]) -> str:
    """Return rows of int8 as text."""
    return base64.b64encode(bytes(value & 0xFF for row in rows for value in row)).decode()


def unpack(text: str, width: int) -> list[tuple[int, ...]]:
    """Return the rows of `width` int8 that `pack` wrote. Raises LexiconError when they are not whole."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise LexiconError("damaged model file: its weights are not base64; install it again") from error
    if width < 1 or len(raw) % width:
        raise LexiconError("damaged model file: its weights are not whole rows; install it again")
    values = memoryview(raw).cast("b").tolist()
    return [tuple(values[at : at + width]) for at in range(0, len(values), width)]


def side_by_side(values: Sequence[int]) -> int:
    """Return a number whose sums with others like it hold the sums of the values, each in a field of its own."""
    return sum(value << _FIELD * at for at, value in enumerate(values))


def apart(total: int, count: int) -> list[int]:
    """Return the sums that a sum of numbers holds which `side_by_side` made of so many values each."""
    raised = (total + _raised(count)).to_bytes(count * _FIELD // 8, "little")
    return [field - _HALF for field in struct.unpack(f"<{count}I", raised)]


@lru_cache(maxsize=8)
def _raised(count: int) -> int:
    """Return what makes every field of a sum positive, and so readable by itself."""
    return side_by_side([_HALF] * count)


class WordModel:
    """A linear model over a bag of words: words, pairs of words and the character n-grams inside words.

    The score of a text is the bias plus the sum over its distinct words and word pairs, divided by the
    square root of the number of words. What one word contributes is cached, so that a clause costs one look-up per
    word. The weights of all labels stand side by side in one number, so that one addition adds all of them.
    """

    def __init__(self, body: dict[str, Any]) -> None:
        self.labels: tuple[str, ...] = tuple(body["labels"])
        self._bias: tuple[float, ...] = tuple(body["bias"])
        self._scale: tuple[float, ...] = tuple(body["scale"])
        rows = unpack(body["weights"], len(self.labels))
        names = body["features"]
        if len(rows) != len(names) or len(self._bias) != len(self.labels) or len(self._scale) != len(self.labels):
            raise LexiconError("damaged model file: features and weights do not fit each other; install it again")
        self._rows = {name: side_by_side(row) for name, row in zip(names, rows, strict=True)}
        self._cache: dict[str, int | None] = {}

    def _row(self, word: str) -> int | None:
        """Return what one word adds to the labels, or None where it adds nothing."""
        if word in self._cache:
            return self._cache[word]
        found = [self._rows[piece] for piece in pieces(word) if piece in self._rows]
        total = sum(found) if found else None
        if len(self._cache) >= _CACHED_WORDS:
            self._cache.clear()
        self._cache[word] = total
        return total

    def scores(self, words: Sequence[str]) -> list[float]:
        """Return one score per label for the words of a text; above 0 means yes."""
        distinct = dict.fromkeys(words)
        rows = [row for row in map(self._row, distinct) if row is not None]
        pairs = dict.fromkeys(f"{a} {b}" for a, b in itertools.pairwise(words))
        rows += [self._rows[pair] for pair in pairs if pair in self._rows]
        if not rows:
            return list(self._bias)
        length = math.sqrt(len(distinct))
        sums = apart(sum(rows), len(self.labels))
        return [bias + scale * total / length for bias, scale, total in zip(self._bias, self._scale, sums, strict=True)]


def counted(words: Sequence[str]) -> dict[str, float]:
    """Return the features of a text as `WordModel` weighs them; training uses it, so both always agree."""
    distinct = dict.fromkeys(words)
    pairs = dict.fromkeys(f"{a} {b}" for a, b in itertools.pairwise(words))
    length = math.sqrt(len(distinct)) if distinct else 1.0
    found: dict[str, float] = {}
    for feature in _features(distinct, pairs):
        found[feature] = found.get(feature, 0.0) + 1 / length
    return found


def _features(distinct: Iterable[str], pairs: Iterable[str]) -> Iterable[str]:
    for word in distinct:
        yield from pieces(word)
    yield from pairs
