"""What tells by its words which way a change goes: stems that came or went, and stems of the text they came to.

All values turn their sign when the sides are exchanged. Where words come to a text, what stands around them tells as
much as they do: another entry in a list of data goes the other way than another entry in a list of rights.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from tracker.compare.vocabulary.stems import stem


def turns_of(
    went: Sequence[str], came: Sequence[str], around: Iterable[str], kept: Iterable[str], *, alone: bool
) -> dict[str, float]:
    """Return the stems that came (+1) or went (-1), and as `in ...` those of the text that grew (+1) or shrank (-1).

    `around` are the word pairs at each place, signed by + and -; `kept` the content words on both sides; `alone` says
    that one side is empty, so that the text is what came or went.
    """
    found: Counter[str] = Counter()
    for words, sign in ((came, 1), (went, -1)):
        for word in dict.fromkeys(words):
            found[stem(word)] += sign
    for pair in dict.fromkeys(around):
        found[" ".join(map(stem, pair[1:].split()))] += 1 if pair[0] == "+" else -1
    turns = {name: float(max(-1, min(1, count))) for name, count in found.items() if count}
    growth = (len(came) > len(went)) - (len(came) < len(went))
    if growth:
        text = list(turns) if alone else map(stem, kept)
        turns.update({f"in {name}": float(growth) for name in text})
    return turns
