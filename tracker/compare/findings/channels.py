"""How much it asks of a person to exercise a choice: a tap in the settings, or a registered letter.

The words stand in `lexicon/channels.toml`. A choice that is kept in name and made hard to use is one that was taken.
"""

from tracker.compare.findings.finding import Finding
from tracker.compare.vocabulary.cues import Cue, any_match, compile_cues, matches
from tracker.compare.vocabulary.lexicons import active, cached
from tracker.words import Direction, Topic

_LONGEST = 1500  #: characters of a clause that is read


@cached(3)
def _cues(group: str) -> tuple[Cue, ...]:
    return compile_cues(active().table("channels.toml")[group]["forms"])


def _best(lowered: str) -> tuple[int, str]:
    """Return how easy the easiest way of a text is (2 easy, 1 hard, 0 none named), and the words that name it."""
    for ease, group in ((2, "easy"), (1, "hard")):
        found = matches(_cues(group), lowered)
        if found:
            return ease, found[0]
    return 0, ""


def channel_changed(before: str, after: str) -> Finding | None:
    """Return that a choice of which both versions of a clause speak is easier or harder to exercise than it was."""
    if max(len(before), len(after)) > _LONGEST:
        return None
    old, new = (" ".join(text.lower().replace("’", "'").split()) for text in (before, after))
    if not all(any_match(_cues("choices"), lowered) for lowered in (old, new)):
        return None
    (was, had), (now, has) = _best(old), _best(new)
    if not was or not now or was == now:
        return None
    way = Direction.STRONGER if now > was else Direction.WEAKER
    return Finding("channel_changed", way, "", before, after, (Topic.CHOICE_CONSENT,), old=had, new=has)
