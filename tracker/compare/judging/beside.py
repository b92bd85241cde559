"""What is set beside a rule and binds nobody: an example, a sentence that states nothing, who and where someone is."""

from tracker.compare.judging.appended import appended
from tracker.compare.judging.examples import same_but_for_examples
from tracker.compare.judging.harmless import by_nothing, minor
from tracker.compare.judging.whereabouts import same_but_for_whereabouts
from tracker.compare.model import Judgement


def set_beside(texts: tuple[str, str], old: str, new: str) -> Judgement | None:
    """Return what a change means of which only what is set beside the rule differs; None where more does.

    `texts` are both sides, with the counterpart of a clause that came or went; `old` and `new` are what is quoted.
    """
    before, after = texts
    if not before or not after:
        return None
    if same_but_for_examples(before, after):
        return minor("example", old, new)
    if (nothing := appended(before, after)) is not None:
        return by_nothing(nothing, old, new)
    return minor("whereabouts", old, new) if same_but_for_whereabouts(before, after) else None
