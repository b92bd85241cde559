"""What differs between two clauses by the senses of their words: features of the scorer.

A word in the place of another of its sense makes no difference here; what is left tells by its kind ("an act of
sharing", "a kind of data"), so that what was learned of one word holds for those that mean the like.
"""

import math
from collections import Counter
from collections.abc import Iterable

from tracker.compare.vocabulary.stems import function_words, stem
from tracker.compare.vocabulary.thesaurus import Sense, senses_of, without_like


def add_senses(
    went: Iterable[str],
    came: Iterable[str],
    kept: Iterable[str],
    level: dict[str, float],
    words: dict[str, float],
    turns: dict[str, float],
) -> None:
    """Tell which senses of the words that went and came have no like on the other side.

    `kept` are the content words on both sides. In `words` and `turns`, "act_share:" is a kind of sense and
    "act_share:disclose" a sense.
    """
    gone, new = _stems(went), _stems(came)
    gone, new = gone - new, new - gone
    had, has, stays = senses_of(gone), senses_of(new), senses_of(map(stem, kept))
    (lost, odd), (gained, strange) = without_like(gone, has), without_like(new, had)
    both = sorted(lost | gained)  # in one order, so that sums over them are the same to the last digit
    telling = {sense for sense in both if sense.tells}
    level["sense count"] = math.log1p(len(both))
    level["sense count fewer"] = math.log1p(min(len(lost), len(gained)))
    level["sense telling"] = math.log1p(len(telling))
    level["sense telling fewer"] = math.log1p(min(len(telling & lost), len(telling & gained)))
    level["sense new"] = math.log1p(len(telling - stays))
    level["sense alike"] = len(had & has) / max(1, len(had | has))
    level["sense unknown"] = math.log1p(odd + strange)
    for group, count in Counter(sense.kind.partition("_")[0] for sense in both).items():
        level[f"sense of {group}"] = float(count)
    for sense in both:
        words[f"~{sense.kind}:"] = words[f"~{sense}"] = 1.0
    words.update({f"={sense.kind}:": 1.0 for sense in sorted(stays)})
    _add_turns(lost, gained, turns)
    growth = next((value for name, value in turns.items() if name.startswith("in ")), 0.0)
    if growth:
        turns.update({f"in {sense.kind}:": growth for sense in sorted(stays or (had | has))})


def _stems(words: Iterable[str]) -> set[str]:
    small = function_words()
    return {stem(word) for word in words if word not in small}


def _add_turns(lost: set[Sense], gained: set[Sense], turns: dict[str, float]) -> None:
    """Tell the senses that came (+1) or went (-1), and the kinds that did one of it alone."""
    turns.update({str(sense): -1.0 if sense in lost else 1.0 for sense in sorted(lost | gained)})
    old, new = ({sense.kind for sense in side} for side in (lost, gained))
    turns.update({f"{kind}:": 1.0 if kind in new else -1.0 for kind in sorted(old ^ new)})
