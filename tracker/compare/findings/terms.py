"""Legal phrases that came to a text or went from it: arbitration, a cap on liability, a licence without end."""

from collections.abc import Sequence

from tracker.compare.findings.finding import Finding
from tracker.compare.findings.versions import Versions, denies
from tracker.compare.findings.whole import Whole
from tracker.compare.vocabulary.lexicon import lexicon
from tracker.words import Direction

_CAP, _EXCLUDED = "liability_cap", "no_liability"  #: legal phrases, the second worse than the first


def term_changes(sides: Sequence[Whole], versions: Versions) -> list[Finding]:
    """Return the phrases of one version of a clause that the other document, `sides` being both, holds nowhere."""
    found = []
    noun = lexicon().legal_phrases
    had, has = (reading.phrases if reading else {} for reading in versions.readings)
    ways = {noun.entries[name].direction for name in set(had) ^ set(has)}
    # What is on by default where it was off is said with the same words.
    turned = {Direction.WEAKER, Direction.STRONGER} <= ways and bool(set(had) - set(has)) and bool(set(has) - set(had))
    for side, (here, there) in enumerate(((had, has), (has, had))):
        for name in sorted(set(here) - set(there)):
            entry = noun.entries[name]
            if sides[1 - side].speaks_of(entry) or (name == _CAP and _EXCLUDED in there):
                continue  # a cap takes nothing where liability was excluded altogether
            words = here[name]
            if not turned and not denies(words) and versions.says(words, 1 - side):
                continue
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
