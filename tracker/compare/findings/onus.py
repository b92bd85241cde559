"""Who has to prove, who decides, and from which fault on one answers: two versions of a sentence held side by side.

The words stand in `lexicon/grammar.toml`; here is only who they stand for.
"""

import re
from collections.abc import Sequence

from tracker.compare.findings.finding import Finding
from tracker.compare.vocabulary.grammar import grammar
from tracker.compare.vocabulary.lexicons import cached
from tracker.words import Direction, Topic

_LONGEST = 1500  #: characters of a clause that is read
_WORD = re.compile(r"[a-z]{3,}")
_ALIKE = 0.5  #: of the shorter text's words that two versions have in common
_ABLE = r"(?:(?:can|could|must|may|is|are|has|have|had|will|shall|does|do|not|able|required|obliged|to) ){0,4}"
_WAYS = {True: Direction.WEAKER, False: Direction.STRONGER}
_FAULTS = ("fault_plain", "fault_gross", "fault_wilful")  #: from the least that one answers for to the worst
#: What a proof or a decision replaces: its exceptions and conditions are told of with it.
_TOLD_WITH_PROOF = ("exception_", "condition_", "leave_", "negation_", "mention_", "discretion_")
_TOLD_WITH_FAULT = ("duty_", "exception_", "qualifier_", "limit_")


@cached(1)
def _patterns() -> tuple[re.Pattern[str], ...]:
    """Return what finds who proves, an authority that decides, the organisation that does, and a person who answers."""
    words = grammar()
    person = words.source("user", "person")
    proves, decides = words.source("proves"), words.source("decides")
    return (
        re.compile(rf"(?<!\w)(?:(?P<person>(?:the |a |any )?{person})|we|(?:the|our) [\w-]+) {_ABLE}{proves}"),
        re.compile(
            rf"{words.source('authority')}(?: [\w-]+){{0,3}}? {decides}|{decides}(?: [\w-]+){{0,2}} by "
            rf"(?:an? |the |any )?(?:[\w-]+ ){{0,2}}?{words.source('authority')}"
        ),
        re.compile(
            rf"(?<!\w)(?:we|our (?:[\w-]+ ){{0,3}}[\w-]+)(?: (?:have|has|had|reasonably|ourselves|may|will))* {decides}"
            rf"|{decides} by (?:us|our)\b"
        ),
        re.compile(rf"{words.source('user')} (?:is|are|will be|shall be)(?: \w+)? {words.source('liability')}"),
    )


def _prover(lowered: str) -> bool | None:
    """Return whether it is the person who has to prove; None where nobody has to, or both."""
    found = {match["person"] is not None for match in _patterns()[0].finditer(lowered)}
    return found.pop() if len(found) == 1 else None


def _proof(old: str, new: str) -> tuple[Direction, str, str] | None:
    was, now = _prover(old), _prover(new)
    if was is None or now is None or was == now:
        return None
    names = {True: "the person", False: "the organisation"}
    return _WAYS[now], names[was], names[now]


def _decider(old: str, new: str) -> tuple[Direction, str, str] | None:
    _, authority, ours, _ = _patterns()
    found = [(authority.search(text), ours.search(text)) for text in (old, new)]
    (official, own), (official_now, own_now) = found
    if official and not own and own_now and not official_now:
        return Direction.WEAKER, official.group(), own_now.group()
    if own and not official and official_now and not own_now:
        return Direction.STRONGER, own.group(), official_now.group()
    return None


def _fault(lowered: str) -> tuple[int, str] | None:
    """Return the least fault that a text names, and its words; None where it names none."""
    least = None
    for level in (2, 1, 0):
        found = grammar()[_FAULTS[level]].search(lowered)
        if found is not None:
            least = level, found.group()
            lowered = grammar()[_FAULTS[level]].sub("~", lowered)
    return least


def _answered(old: str, new: str) -> tuple[Direction, str, str] | None:
    words = grammar()
    if not all(words["liability"].search(text) for text in (old, new)):
        return None
    was, now = _fault(old), _fault(new)
    if was is None or now is None or was[0] == now[0]:
        return None
    excluded = [_is_excluded(text, fault[1]) for text, fault in ((old, was), (new, now))]
    if excluded[0] != excluded[1]:
        return None
    persons = all(_patterns()[3].search(text) for text in (old, new))
    worse = (now[0] > was[0]) ^ excluded[0] ^ persons
    return _WAYS[worse], was[1], now[1]


def _is_excluded(lowered: str, fault: str) -> bool:
    """Say whether one does not answer for a fault: it is denied, and by no exception let in again."""
    front = lowered[: lowered.find(fault)]
    return grammar()["disclaiming"].search(lowered) is not None and grammar()["exception"].search(front) is None


_LOOKS = (
    ("proof_moved", "who has to prove it", _proof, ("proves",), _TOLD_WITH_PROOF),
    ("decider_changed", "who decides", _decider, ("authority",), ("discretion_", "name_")),
    (
        "fault_changed",
        "the fault from which on one answers",
        _answered,
        _FAULTS,
        _TOLD_WITH_FAULT,
    ),
)


def with_onus(before: str, after: str, found: Sequence[Finding]) -> tuple[Finding, ...]:
    """Return findings of a pair, with a change of who proves, decides or answers in the place of what it explains."""
    one, explained = _onus_changed(before, after)
    if one is None:
        return tuple(found)
    return (one, *(finding for finding in found if not finding.kind.startswith(explained)))


def _onus_changed(before: str, after: str) -> tuple[Finding | None, tuple[str, ...]]:
    """Return what changed of who proves, decides or answers, and how kinds of findings begin that it explains."""
    if not before or not after or max(len(before), len(after)) > _LONGEST:
        return None, ()
    old, new = (" ".join(text.lower().replace("’", "'").split()) for text in (before, after))
    for kind, what, look, groups, explains in _LOOKS:
        if not any(grammar()[group].search(text) for group in groups for text in (old, new)):
            continue
        found = look(old, new)
        if found is not None and _is_version(old, new):
            way, was, now = found
            topics = (Topic.LIABILITY,) if kind == "fault_changed" else ()
            return Finding(kind, way, what, before, after, topics, old=was, new=now), explains
    return None, ()


def _is_version(old: str, new: str) -> bool:
    words, others = (set(_WORD.findall(text)) for text in (old, new))
    return len(words & others) >= _ALIKE * min(len(words), len(others))
