"""Legal phrases that came to a text or went from it: arbitration, a cap on liability, a licence without end."""

from collections.abc import Mapping, Sequence

from tracker.compare.findings.finding import Finding
from tracker.compare.findings.whole import Whole
from tracker.compare.vocabulary.lexicon import lexicon

_CAP, _EXCLUDED = "liability_cap", "no_liability"  #: legal phrases, the second worse than the first


def term_changes(sides: Sequence[Whole], had: Mapping[str, str], has: Mapping[str, str]) -> list[Finding]:
    """Return the phrases of one side of a pair that the other document does not hold anywhere.

    `sides` are both documents; `had` and `has` name the phrases of the pair, each with the words that said it.
    """
    found = []
    noun = lexicon().legal_phrases
    for side, (here, there) in enumerate(((had, has), (has, had))):
        for name in sorted(set(here) - set(there)):
            entry = noun.entries[name]
            if sides[1 - side].speaks_of(entry) or (name == _CAP and _EXCLUDED in there):
                continue  # a cap takes nothing where liability was excluded altogether
            words = here[name]
            found.append(
                Finding(
                    f"{'term' if entry.weight > 1 else 'mention'}_{'added' if side else 'removed'}",
                    entry.direction if side else entry.direction.opposite,
                    entry.title,
                    "" if side else words,
                    words if side else "",
                    entry.topics,
                    items=f"{entry.title} (“{words}”)",
                    weight=entry.weight,
                )
            )
    return found
