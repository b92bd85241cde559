"""Who does a thing, whether it is denied, and how firmly: read from the words around a verb."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum


class Actor(StrEnum):
    """Who bears a statement."""

    COMPANY = "company"
    USER = "user"
    RECIPIENT = "recipient"


class Force(StrEnum):
    """How firmly something is said."""

    MUST = "must"
    DOES = "does"
    MAY = "may"
    TRIES = "tries"


@dataclass(frozen=True, slots=True)
class Stance:
    """How a verb is said; `words` are the auxiliary words that say so."""

    actor: Actor
    denied: bool
    force: Force
    words: str


_IDIOMS = re.compile(
    r"\bnot only\b|\bnot just\b|\bnot merely\b|\bbut not limited to\b|\bnot limited to\b|\bwhether or not\b"
    r"|\bdo not (?:sell(?: or share)?|track|share|call)(?= (?:my|signals?|requests?|list|links?|page|headers?)\b)"
    r"|\bcannot guarantee\b|\b(?:no|not) (?:later|more|less|longer|fewer) than\b|\bnot apply\b"
    r"|\b\d{1,2}(?:st|nd|rd|th)? may,?(?= \d{4}\b)|\bmay(?= \d{1,2}(?:st|nd|rd|th)?,? \d{4}\b)"
)
_SUBJECT = re.compile(
    r"(?P<recipient>\b(?:they|(?:any |other |our |these |such |its |those )?(?:\w+ )?"
    r"(?:third[ -]part(?:y|ies)|processors?|providers?|partners?|vendors?|affiliates?|contractors?|sub-?processors?"
    r"|advertisers?))\b(?! (?:that|who|to)\b))"
    r"|(?P<user>\b(?:you|users?|customers?|members?|subscribers?|visitors?|individuals?)\b)"
    r"|(?P<company>\bwe\b)|(?P<text>\b(?:policy|agreement|terms|law)\b)"
)
_AUXILIARY = re.compile(
    r"'(?:ll|d|re|ve)\b|[\s,]*(?:may|might|can|could|will|shall|must|should|do|does|did|are|is|have|has|had|would"
    r"|cannot|never|not|no longer|won't|don't|can't|doesn't|aren't|isn't|neither|also|only"
    r"|agree|agrees|reserve|reserves|try|strive|endeavou?r|aim"
    r"|need|prohibits?|forbids?|prevents?|\w+ly)\b"
)
_TO = re.compile(
    r"\b(?P<must>agrees?|required|obliged|obligated|need|needs|commit|committed|undertake|have|has)"
    r"(?: us| you)? (?:not )?to$"
    r"|\b(?P<may>right|entitled|allowed|permitted|allows?|permits?|able|ability|option|authori[sz]es?|reserve)"
    r"(?: us| you)? (?:not )?to$"
    r"|\b(?P<tries>try|strive|aim|endeavou?r|intend|seek|efforts|attempt)(?: not)? to$"
)
_NEGATION = re.compile(
    r"\b(?:not|never|cannot|neither|no longer|\w+n't)\b|\b(?:no one|nobody|nothing|none)\b"
    r"|\b(?:at no time|under no circumstances?|in no (?:event|case|way))\b|^\W*no\b(?! (?:one|matter|longer))"
)
_NOR = re.compile(r"\bnor\b")
_PROHIBITION = re.compile(
    r"\b(?:prohibit(?:s|ed)?|forbids?|forbidden|refrains?|prevents?|barred|stop|fails?|unable|refuses?|precludes?)\b"
)
_RESTART = re.compile(r"(?:\bbut|\bhowever|\band|\bor|,)\s+(?:instead\s+)?(?:may|will|can|must|do|shall|we|they|you)\b")
_DENIED_AFTER = re.compile(r"\s+(?:no|none|nothing|neither)\b|.{0,60}?\bwith (?:no one|nobody|no third|no other)\b")
_MUST = re.compile(r"'ll\b|\b(?:must|shall|will|won't|required|obliged|obligated|agrees?)\b")
_MAY = re.compile(r"\b(?:may|might|can|could|cannot|can't|entitled|allowed|permitted|reserves?|right)\b")
_TRIES = re.compile(r"\b(?:try|strive|endeavou?r|aim|should|intend|efforts?)\b")
_PASSIVE = re.compile(r"\b(?:be|been|is|are|was|were|being)(?: (?:not|never|also|only|\w+ly|\w+(?:-\w+)+))*\s*$")
_GERUND = re.compile(r"\b(?:by|for|of|in|when|while|from|before|after|without|than|about|against|on)\s+$")
_BY = re.compile(
    r"[^.;]{0,50}?\bby (?:(?P<user>you|users?)\b|(?P<recipient>(?:\w+ )?(?:third[ -]part|partners|vendors)))"
)
_AFTER_AUXILIARY = re.compile(
    r"\b(?:may|might|can|could|will|shall|must|should|does|do|cannot|never|not|won't|doesn't|nor|or|and)"
    r"(?:\s+(?:not|also|only|never|\w+ly))*\s*$"
)
_BARRED = re.compile(r"\b(?:is|are|be) (?:\w+ )?(?:prohibited|forbidden|barred) from\b")
_CHAIN = 60  #: characters before a passive verb that can hold its auxiliaries


def without_idioms(lowered: str) -> str:
    """Blank out phrases whose "not" denies nothing and the month of May; the length stays."""
    if "no" not in lowered and "may" not in lowered:
        return lowered
    return _IDIOMS.sub(lambda match: "~" * len(match.group()), lowered)


def _last_subject(before: str, starts: Collection[int], offset: int) -> re.Match[str] | None:
    found = None
    for match in _SUBJECT.finditer(before):
        after = match.end()
        at = after + len(before[after:]) - len(before[after:].lstrip())
        if at >= len(before) or offset + at in starts or _AUXILIARY.match(before, after):
            found = match
    return found


def _is_said(before: str, verb: str) -> bool:
    """Say whether a verb whose subject is a name is said of it: "Acme sells", "Acme will not sell"."""
    first = verb.split()[0]
    return bool(before.strip()) and (
        first.endswith("s") or _AFTER_AUXILIARY.search(before) is not None or _PROHIBITION.search(before) is not None
    )


def _denied(chain: str) -> bool:
    count = len(_NEGATION.findall(chain)) + len(_PROHIBITION.findall(chain))
    if not count and _NOR.search(chain):
        count = 1
    return count % 2 == 1


def _force(chain: str) -> Force:
    if _TRIES.search(chain):
        return Force.TRIES
    if _MAY.search(chain):
        return Force.MAY
    return Force.MUST if _MUST.search(chain) else Force.DOES


def stance(sentence: str, start: int, end: int, starts: Collection[int]) -> Stance | None:
    """Return how the verb at `start` to `end` of a lower-case sentence is said; `starts` are where its verbs begin.

    Returns None where the verb only says what something is for ("to share", "for selling").
    """
    before = sentence[:start]
    subject = _last_subject(before, starts, 0)
    bare = before.rstrip()
    chain = before[subject.start() :] if subject else ""
    governed = _TO.search(bare) if bare.endswith(" to") else None
    if bare.endswith(" to") and governed is None:
        return None
    passive = _PASSIVE.search(before) is not None
    if subject is None and not passive and not _is_said(before, sentence[start:end]):
        return None
    if _GERUND.search(before) and not _PROHIBITION.search(before):
        return None
    if subject is None or passive:
        chain = before if _PROHIBITION.search(before) else before[-_CHAIN:]
    nothing = re.match(r"\W*(?:nothing|none|no|neither|at no|under no|in no)\b[^,;]*", before)
    if nothing and subject is not None and nothing.end() >= subject.start():
        chain = before
    for restart in _RESTART.finditer(chain):
        if restart.start() > 0:
            chain = chain[restart.start() :]
            break
    actor = Actor.COMPANY
    if subject is not None and not passive:
        kind = subject.lastgroup or "company"
        actor = Actor(kind) if kind in {"user", "recipient"} else Actor.COMPANY
        if kind == "recipient" and _PROHIBITION.search(chain) is None and bare.endswith(" to"):
            actor = Actor.RECIPIENT
    if passive and (by := _BY.match(sentence, end)):
        actor = Actor(by.lastgroup or "user")
    if actor is Actor.COMPANY and (subject is None or subject.lastgroup != "company") and _BARRED.search(before):
        actor = Actor.USER
    denied = _denied(chain) != (_DENIED_AFTER.match(sentence, end) is not None)
    return Stance(actor, denied, _force(chain), " ".join(chain.split()))
