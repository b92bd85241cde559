"""How far two clauses say the same, whatever form their words have and wherever they stand: features of the scorer.

"Your profile is deleted 30 days after closure" and "We delete your profile one month after you close" share their
stems, their value and their lack of a denial.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import chain

from tracker.compare.findings.plain import plain
from tracker.compare.model import Clause
from tracker.compare.vocabulary.lexicons import active, cached
from tracker.compare.vocabulary.stems import stem

_MOST_SOUGHT = 100  #: clauses of the other side among which one that says the same is sought
_LEAST_STEMS = 3  #: a clause of fewer is found in too many others


@cached(1)
def _groups() -> Mapping[str, frozenset[str]]:
    return {name: frozenset(words) for name, words in active().table("word_lists.toml")["small_words"].items()}


@cached(1)
def _empty() -> frozenset[str]:
    lists = active().table("word_lists.toml")
    return frozenset(lists["function_words"]).union(*_groups().values())


@cached(2048)
def content_of(text: str) -> frozenset[str]:
    """Return the stems of a text's plain content words."""
    empty = _empty()
    return frozenset(stem(word) for word in plain(text).words if word[0].isalnum() and word not in empty)


def add_resemblance(before: str, after: str, level: dict[str, float], swing: dict[str, float]) -> None:
    """Tell of two sides of a clause which stems, values and small words differ."""
    old, new = content_of(before), content_of(after)
    gone, come = len(old - new), len(new - old)
    level["stems in common"] = len(old & new) / max(1, len(old | new))
    level["stems differ"] = math.log1p(gone + come)
    level["stems differ fewer"] = math.log1p(min(gone, come))
    said, says = plain(before), plain(after)
    level["values differ"] = float(sorted(said.values) != sorted(says.values))
    for name, words in _groups().items():
        had, has = (sum(word in words for word in side.words) for side in (said, says))
        level[f"{name} differ"] = float(had != has)
        swing[f"{name} grow"] = float(has - had)


class Sayings:
    """What some clauses of one side say, asked whether one of them says what a text of the other side does."""

    def __init__(self, clauses: Sequence[Clause], indices: Iterable[int]) -> None:
        self._texts = [clauses[at].text for at in sorted(indices)[:_MOST_SOUGHT]]

    @cached_property
    def _holders(self) -> Mapping[str, Sequence[int]]:
        """Return the clauses that hold each stem; read when first asked, since few comparisons ask."""
        found: dict[str, list[int]] = defaultdict(list)
        for at, text in enumerate(self._texts):
            for name in content_of(text):
                found[name].append(at)
        return dict(found)

    def said_anew(self, text: str) -> float:
        """Return the largest share of a text's stems that one of the clauses holds, 0 for a text of few."""
        stems = content_of(text)
        if len(stems) < _LEAST_STEMS:
            return 0.0
        shared = Counter(chain.from_iterable(self._holders.get(stem, ()) for stem in stems))
        return max(shared.values(), default=0) / len(stems)
