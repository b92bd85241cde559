"""Whether a turn is sure: two sentences may deny, bound or except the same at another place, in other words.

A "not" at the verb is a "no" at its object, "if not" is "unless", and "only" is "not ... except". What both sides deny,
bound or except alike was not turned, however their verbs are read; what remains is for the scorer to weigh.
"""

import re

from tracker.compare.facts.stance import without_idioms
from tracker.compare.facts.statements import stem
from tracker.compare.text.canonical import contractions
from tracker.compare.vocabulary.grammar import grammar
from tracker.compare.vocabulary.lexicons import cached
from tracker.compare.vocabulary.stems import function_words
from tracker.compare.vocabulary.stems import stem as shortened

_AUXILIARY = r"(?:do|does|did|will|shall|may|can|must|is|are|has|have)"
_WORD = re.compile(r"[a-z0-9]+(?:'[a-z]+)?")
#: What opens a clause, whose verbs no "not" of another clause denies; a condition in front ends at its comma.
_OPENS = re.compile(
    r"[;:()]|\b(?:if|unless|when|whenever|where|once|while|because|since)\b[^,;:()]*,"
    r"|\b(?:but|although|though|while|whereas|however|yet|if|unless|when|whenever|where|whether|because|what|which|who|that)\b"
    r"|\band (?:we|you|they|it|the|your|do|does|may|will|can|must|shall|has|have)\b|, (?:we|you|they|it)\b"
)
_ENDS = re.compile(r"[,;:()]|$")
_DETERMINED = re.compile(r"\b(?:the|your|our|its|their|any|such|this|these|those) $")
#: What stands before a participle that is said of something.
_SAYING = re.compile(
    r"(?:,|\w+ly|\b(?:be|been|being|is|are|was|were|has|have|had|not|never|neither|nor|and|or|we|you|they|it|gets?)) $"
)
_NO_VERBS = frozenset({"us"})  #: "us" has the stem of "use"
_WHETHER = re.compile(r"\bwhether\b")
_UNTIL = re.compile(r"\buntil (?:such time as )?(?:you|we|they|it)\b")
_NOT = re.compile(r"\b(?:not|no|nor|never|cannot|\w+n't)\b")
_LONGEST = 4000  #: characters of a sentence that are read


@cached(1)
def _denying() -> re.Pattern[str]:
    """Return what finds the words that deny; "neither ... nor" is one denial, "nor do we" another."""
    words = grammar()
    return re.compile(
        rf"{words.source('negation', 'prohibition')}|\bno\b|\bunless\b|\bnon-|\bnor (?={_AUXILIARY}\b)"
        r"|\bfree (?:of|from)\b|\bkeep(?:s|ing)? (?:[\w'-]+ ){1,4}from (?=[a-z]+ing\b)"
    )


@cached(1)
def _bounding() -> re.Pattern[str]:
    return re.compile(rf"(?<!non-)(?<!non ){grammar().source('bounding')}")


@cached(1024)
def _lowered(sentence: str) -> str:
    return without_idioms(contractions(" ".join(sentence[:_LONGEST].lower().replace("’", "'").split())))


def denials(sentence: str) -> int:
    """Return how many denials a sentence holds."""
    return len(_denying().findall(_lowered(sentence)))


def _is_attribute(lowered: str, word: str, start: int) -> bool:
    """Say whether a word only tells which thing is meant: "the intended features", "partners located abroad"."""
    if _DETERMINED.search(lowered, 0, start):
        return True
    return word.endswith("ed") and start > 0 and _SAYING.search(lowered, 0, start) is None


def _opening(match: re.Match[str]) -> int:
    """Return where the clause begins that some words open; an "unless" denies what it opens."""
    return match.start() if match.group() == "unless" else match.end()


def _denied(lowered: str, verb: str) -> int:
    """Return in how many clauses of its own a verb, given by its stem, is denied."""
    found = 0
    for match in _WORD.finditer(lowered):
        word = match.group()
        if word in _NO_VERBS or stem(word) != verb or _is_attribute(lowered, word, match.start()):
            continue
        opened = (_opening(one) for one in _OPENS.finditer(lowered, 0, match.start()))
        start = max(opened, default=0)
        end = _ENDS.search(lowered, match.end())
        found += _denying().search(lowered, start, end.start() if end else len(lowered)) is not None
    return found


def denied_alike(before: str, after: str, verb: str, other: str) -> bool:
    """Say whether two versions of a sentence hold as many denials, its verb, given by its stems, in as many clauses."""
    if denials(before) != denials(after):
        return False
    old, new = _lowered(before), _lowered(after)
    exchanged = sorted(_WORD.findall(old)) == sorted(_WORD.findall(new))
    return not exchanged and bool(_denied(old, verb)) == bool(_denied(new, other))


def only_asked(*sentences: str) -> bool:
    """Say whether one of some sentences leaves open whether a thing is so: "whether or not you agreed"."""
    return any(_WHETHER.search(sentence.lower()) for sentence in sentences)


def bounded_otherwise(before: str, after: str) -> bool:
    """Say whether that of two sentences which lacks an "only" bounds as much: "no longer than", "for it alone"."""
    sides = [" ".join(sentence.lower().split()) for sentence in (before, after)]
    only = grammar()["only"]
    free, bound = sides if only.search(sides[1]) else sides[::-1]
    said = {match.group() for match in _bounding().finditer(free)}
    return bool(said - {match.group() for match in _bounding().finditer(bound)}) or (
        _excludes(free) and not _excludes(bound)
    )


def _excludes(sentence: str) -> bool:
    """Say whether a sentence denies with an exception, and so bounds: "not ... except"."""
    lowered = _lowered(sentence)
    exception = grammar()["exception"].search(lowered)
    return exception is not None and _NOT.search(lowered, 0, exception.start()) is not None


def bounded_alike(before: str, after: str) -> bool:
    """Say whether one sentence denies with an exception what the other bounds: "not ... except" and "only"."""
    words = grammar()["only"], _bounding()
    sides = [" ".join(sentence.lower().split()) for sentence in (before, after)]
    return any(
        _excludes(one)
        and not _excludes(other)
        and any(pattern.search(other) for pattern in words)
        and not grammar()["only"].search(one)
        for one, other in (sides, sides[::-1])
    )


def states_condition(words: str, here: str, there: str) -> bool:
    """Say whether a condition of one lower-case sentence is one of what it says, which the other does not say at all.

    "Residents of Nevada may" is "if you reside in Nevada, you may"; what stands within brackets bounds their words.
    """
    at = max(here.find(words), 0)
    bracket = here.rfind("(", 0, at)
    if bracket > here.rfind(")", 0, at) and here[bracket + 1 : at].strip():
        return False
    if grammar()["regardless"].search(there):
        return True
    opens = grammar()["condition"].match(words)
    return not _content(words[opens.end() :] if opens else words) <= _content(there)


def _content(lowered: str) -> set[str]:
    empty = function_words()
    return {shortened(word) for word in _WORD.findall(lowered) if word not in empty}


def exceptions(sentence: str) -> int:
    """Return how many exceptions a sentence makes; "provided that ... not" and "until you" are among them."""
    made = len(grammar()["exception"].findall(_lowered(sentence)))
    lowered = contractions(sentence.lower())
    made += len(_UNTIL.findall(lowered))
    return made + sum(1 for said in grammar()["proviso"].finditer(lowered) if _is_denied(lowered, said.end()))


def _is_denied(lowered: str, start: int) -> bool:
    end = _ENDS.search(lowered, start)
    return _NOT.search(lowered, start, end.start() if end else len(lowered)) is not None
