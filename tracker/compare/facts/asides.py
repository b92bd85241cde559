"""What a sentence only speaks of, which states no practice: "You have the right to know to whom we sold it"."""

import re
from collections.abc import Sequence

from tracker.compare.vocabulary.grammar import grammar, phrases

#: A clause of its own ends what a right or question takes in: ", and we may also share it".
_RESTART = re.compile(
    r"[;,.:]\s+(?:(?:and|but|so|however|nevertheless),?\s+)?(?:we|they|it)\s+(?:may|might|will|do|can|must|shall|also|never)\b"
)
_COMPANYS = re.compile(r"\b(?:reserves?|we have|have we|has|retains?)\s+(?:also\s+)?(?:the|a)\s+(?:full\s+|sole\s+)?$")
_OF_OURS = r"\s+(?:we|they|you)(?:\s+(?:may|might|can|will|have|also|already|otherwise))*\s+$"
#: "the information (that) we collect": the verb says which data; alone in its sentence, it says that it is collected.
_WHICH_DATA = re.compile(
    rf"\b(?:information|data|details|content|records?|materials?|pieces)\b(?:\s+(?:that|which))?{_OF_OURS}"
)
#: "the price that we show you": the verb only says which.
_WHICH = re.compile(
    rf"\b(?:the|your|any|all|those|these)\s+(?!extent|fact|event|condition|understanding)\w+\s+(?:that|which){_OF_OURS}"
)
#: "we erased it on Monday": a tale of the past.
_PAST = re.compile(r"\b(?:we|they)\s+$")
#: "even after your profile is deleted": when, not what.
_ONCE = re.compile(r"\b(?:after|once|until|before|when|if)\b(?!.*\b(?:will|shall|must|may|can)\b)[^,;.]*$")
#: "the day on which it was collected": the verb only says which day.
_WHICH_DAY = re.compile(r"\b(?:days?|dates?|moment|time) (?:on|at|from) which\b[^,;.]*$")
#: "protected from being read or destroyed", "the harm if it were disclosed": what is feared, not what is done.
_FEARED = re.compile(
    r"\b(?:protect|guard|safeguard|secur)\w*\b[^,;.]{0,60}\b(?:from|against)(?: \w+ly)?(?: being)?"
    r"(?: \w+,?(?: or| and)?)*\s+$|\b(?:harm|risks?|damage|loss)\b[^;.]{0,60}\bif (?:it|they|that|this)\b[^,;.]*$"
)
_SUFFERED = re.compile(r"\w+(?:ed|ing)\b|sold\b")  #: "theft and delete it" goes on to what is done
#: What is set off from its sentence: in brackets, or between commas.
_SET_OFF = re.compile(r"\([^()]*\)|(?<=,)[^,;:.()]{3,80}(?=[,;.]|$)")
_OPEN = re.compile(r"(?:and|or),?\s+$")


def framed(lowered: str) -> tuple[tuple[int, int], ...]:
    """Return where a lower-case sentence tells what one may ask, know or object to, not what is done."""
    found = []
    for match in grammar()["framing"].finditer(lowered):
        owner = _COMPANYS.search(lowered, 0, match.start())
        if owner is not None and not _is_persons(lowered, owner.start()):
            continue
        restart = _RESTART.search(lowered, match.end())
        found.append((match.start(), restart.start() if restart else len(lowered)))
    return tuple(found)


def _is_persons(lowered: str, at: int) -> bool:
    """Say whether who has a right, by the words before its verb, is a person: "each resident of Oregon has the"."""
    opening = max(lowered.rfind(mark, 0, at) for mark in ".;:,") + 1
    found = [
        (match.end(), kind)
        for kind in ("user", "company", "recipient")
        for match in grammar()[kind].finditer(lowered, opening, at)
    ]
    return max(found, default=(0, ""))[1] == "user"


def is_within(spans: Sequence[tuple[int, int]], at: int) -> bool:
    """Say whether a place lies in one of some spans."""
    return any(start <= at < end for start, end in spans)


def says_which_data(lowered: str, start: int) -> bool:
    """Say whether the verb at a place says which data is meant: "the information we collect"."""
    return _WHICH_DATA.search(lowered, max(0, start - 80), start) is not None


def only_says_which(lowered: str, start: int) -> bool:
    """Say whether the verb at a place only says which thing other than data is meant: "the price that we show you"."""
    return not says_which_data(lowered, start) and _WHICH.search(lowered, max(0, start - 80), start) is not None


def only_says_when(lowered: str, start: int) -> bool:
    """Say whether the verb at a place only says when something else holds: "after your data is deleted"."""
    return _ONCE.search(lowered[max(0, start - 160) : start]) is not None


def only_says_which_day(lowered: str, start: int) -> bool:
    """Say whether the verb at a place only says which day is meant: "the day on which we collect it"."""
    return _WHICH_DAY.search(lowered, max(0, start - 120), start) is not None


def is_feared(lowered: str, start: int) -> bool:
    """Say whether the verb at a place says what a thing is guarded from: "protected from being destroyed"."""
    return (
        _SUFFERED.match(lowered, start) is not None and _FEARED.search(lowered, max(0, start - 200), start) is not None
    )


def without_names(lowered: str) -> str:
    """Blank out asides that only say how a thing is called now, or was; the length stays."""
    names = grammar()["renaming"]
    if names.search(lowered) is None:
        return lowered
    return _SET_OFF.sub(
        lambda aside: "~" * len(aside.group()) if names.search(aside.group()) else aside.group(), lowered
    )


def only_tells_of_the_past(lowered: str, start: int, end: int) -> bool:
    """Say whether the verb tells what was done once: "we erased it"."""
    return lowered.endswith("ed", start, end) and _PAST.search(lowered, max(0, start - 8), start) is not None


def without_former(lowered: str) -> str:
    """Blank out what a lower-case text says of what held before: "instead of our former rules"; the length stays."""
    for start, words in phrases("former", lowered, ",.;)"):
        lowered = lowered[:start] + "~" * len(words) + lowered[start + len(words) :]
    return lowered


def is_exempted(lowered: str, start: int) -> bool:
    """Say whether a phrase of law stands under words that take one out of it: "not bound by the arbitration clause"."""
    if lowered.startswith("waiv", start) and lowered.endswith("not ", 0, start):
        return True
    opening = max(lowered.rfind(mark, 0, start) for mark in ".;,") + 1
    return grammar()["exempting"].search(lowered, opening, start) is not None


def binds_what_follows(lowered: str, start: int, end: int) -> bool:
    """Say whether a condition binds what comes after it alone: "for support and, unless you object, for training"."""
    following = lowered[end:].lstrip(" ,")
    joined = _OPEN.search(lowered, max(0, start - 8), start) is not None
    return joined and following.startswith(("for ", "to ", "with "))
