"""Whether another text says somewhere what a clause says, in whatever words: by the senses they have in common.

Rare senses count more (Spärck Jones 1972, "A statistical interpretation of term specificity").
"""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from heapq import nsmallest
from itertools import chain

from tracker.compare.learned.shown import told
from tracker.compare.model import Document, Pair
from tracker.compare.text.remembered import per_document
from tracker.compare.vocabulary.lexicons import cached
from tracker.compare.vocabulary.stems import function_words, stem
from tracker.compare.vocabulary.thesaurus import thesaurus

_MOST_CLAUSES = 1500  #: of a text that is looked through
_LONGEST = 20_000  #: characters of a clause that is looked at
_MOST_PLACES = 80  #: a token that stands in more clauses tells none from the others
_MOST_WORDS = 50_000  #: that are remembered
_TOGETHER = 3  #: clauses that may say together what one says here


class _Tokens(dict[str, tuple[str, ...]]):
    """What each word stands for: its senses where known, else its stem; nothing where it states nothing."""

    def __missing__(self, word: str) -> tuple[str, ...]:
        if len(self) >= _MOST_WORDS:
            self.clear()
        self[word] = found = () if word in function_words() else _stands_for(stem(word))
        return found


def _stands_for(name: str) -> tuple[str, ...]:
    senses = thesaurus().get(name)
    return (name,) if senses is None else tuple(sense.name for sense in senses if sense.tells)


@cached(1)
def _tokens() -> _Tokens:
    return _Tokens()


@cached(8192)
def tokens_of(text: str) -> frozenset[str]:
    """Return what a text is made of: the senses of its words where known, else their stems."""
    return frozenset(chain.from_iterable(map(_tokens().__getitem__, told(text[:_LONGEST])[1])))


@dataclass(frozen=True, slots=True)
class Echo:
    """How much of a text another one says somewhere, as shares of the weight of its tokens."""

    one: float  #: in one clause
    several: float  #: in up to three
    size: float  #: weight of all tokens

    @property
    def left(self) -> float:
        """Return the weight of what is said nowhere."""
        return self.size * (1 - self.several)


_SILENCE = Echo(0.0, 0.0, 0.0)
_NOTHING: frozenset[str] = frozenset()


class Elsewhere:
    """The clauses of one text, asked which of them say what a clause of another does."""

    def __init__(self, document: Document) -> None:
        self._each = [tokens_of(clause.text) for clause in document.clauses[:_MOST_CLAUSES]]
        self._places: dict[str, Sequence[int]] = {}  #: the clauses that hold a token, for those that were looked for
        self._count = len(self._each) + 2

    def look_for(self, tokens: Collection[str]) -> None:
        """Find out which clauses hold some tokens; all that will be asked for are best looked for in one go."""
        wanted = set(tokens).difference(self._places)
        if not wanted:
            return
        found: dict[str, list[int]] = {token: [] for token in wanted}
        for at, held in enumerate(self._each):
            for token in wanted & held:
                found[token].append(at)
        self._places.update(found)

    def echo(self, tokens: Collection[str], but: Collection[int] = ()) -> Echo:
        """Return how much of some tokens the clauses say, those at `but` left out."""
        self.look_for(tokens)
        weights: dict[str, float] = {}
        found: dict[int, float] = {}
        # In one order, whatever that of a set is: sums of the same numbers are then the same to the last digit.
        for token in sorted(tokens):
            places = self._places[token]
            weights[token] = weight = math.log(self._count / (len(places) + 1))
            if len(places) <= _MOST_PLACES:
                for at in places:
                    found[at] = found.get(at, 0.0) + weight
        size = sum(weights.values())
        if size <= 0:
            return _SILENCE
        ranked = nsmallest(_TOGETHER, ((-share, at) for at, share in found.items() if at not in but))
        if not ranked:
            return Echo(0.0, 0.0, size)
        best = self._each[ranked[0][1]]
        together = frozenset().union(*(self._each[at] for _, at in ranked))
        one = sum(weight for token, weight in weights.items() if token in best)
        several = sum(weight for token, weight in weights.items() if token in together)
        return Echo(one / size, several / size, size)


@per_document
def elsewhere(document: Document) -> Elsewhere:
    """Return a text ready to be asked."""
    return Elsewhere(document)


def add_echoes(
    pair: Pair,
    old: str,
    new: str,
    before: Elsewhere,
    after: Elsewhere,
    level: dict[str, float],
    swing: dict[str, float],
) -> None:
    """Tell how much of what either side of a pair says alone stands elsewhere in the other text.

    `old` and `new` are the texts of the pair's sides, `before` and `after` the whole texts that they stand in.
    """
    was, now = (tokens_of(text) if text else _NOTHING for text in (old, new))
    alone: list[Echo] = []
    whole: list[Echo] = []
    for mine, theirs, text, own in ((was, now, after, pair.after), (now, was, before, pair.before)):
        if mine:
            alone.append(text.echo(mine - theirs, own))
            whole.append(text.echo(mine) if theirs else alone[-1])
    if not alone:
        return
    level["echo one least"], level["echo one most"] = (side(echo.one for echo in alone) for side in (min, max))
    level["echo several least"] = min(echo.several for echo in alone)
    level["echo several most"] = max(echo.several for echo in alone)
    level["echo left"] = math.log1p(sum(echo.size * (1 - echo.one) for echo in alone))
    level["echo left by several"] = math.log1p(sum(echo.left for echo in alone))
    level["echo whole"] = min(echo.one for echo in whole)
    level["echo whole by several"] = min(echo.several for echo in whole)
    lost, gained = (side.left if mine else 0.0 for side, mine in ((alone[0], was), (alone[-1], now)))
    swing["echo grows"] = math.log1p(gained) - math.log1p(lost)
