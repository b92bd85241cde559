"""Who does a thing, whether it is denied, and how firmly: read from the words around a verb.

The words stand in `lexicon/grammar.toml`; here is only how they stand together.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from tracker.compare.vocabulary.grammar import grammar
from tracker.compare.vocabulary.lexicons import cached


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


@dataclass(frozen=True, slots=True)
class _Patterns:
    """The patterns built of the words in force."""

    idiom: re.Pattern[str]
    subject: re.Pattern[str]
    auxiliary: re.Pattern[str]
    to: re.Pattern[str]
    negation: re.Pattern[str]
    twice: re.Pattern[str]  #: the first half of "do not and never will": one denial said twice
    opening: re.Pattern[str]
    denied_after: re.Pattern[str]
    by: re.Pattern[str]


_MONTH_OF_MAY = r"\b\d{1,2}(?:st|nd|rd|th)? may,?(?= \d{4}\b)|\bmay(?= \d{1,2}(?:st|nd|rd|th)?,? \d{4}\b)"
#: "Not kept for longer than a day" bounds how long it is kept, and does not deny it.
_NOT_LONGER = r"\b(?:not|never|no)(?=(?: [\w'-]+){1,6}? (?:for )?(?:any )?(?:longer than|more than (?:what|is)) )"
_RESTART = re.compile(
    r"(?:\bbut|\bhowever|\band|\bor|,)\s+(?:instead\s+)?(?:may|will|can|must|do|does|has|have|shall|we|they|you)\b"
)
_NOR = re.compile(r"\b(?:nor|neither)\s+(?:\w+\s+){0,2}$")
_PASSIVE = re.compile(r"\b(?:be|been|is|are|was|were|being)(?: (?:not|never|also|only|\w+ly|\w+(?:-\w+)+))*\s*$")
#: "Under no circumstances is your data sold": the auxiliary stands before the thing.
_INVERTED = re.compile(r"\b(?:is|are|was|were)\s+(?:your|any|the|this|such|their)\s+(?:\w+\s+){1,3}$")
_GERUND = re.compile(r"\b(?:by|for|of|in|when|while|from|before|after|without|than|about|against|on)\s+$")
_AFTER_AUXILIARY = re.compile(
    r"\b(?:may|might|can|could|will|shall|must|should|does|do|cannot|never|not|won't|doesn't|nor|or|and)"
    r"(?:\s+(?:not|also|only|never|\w+ly))*\s*$"
)
#: "Disclosure of your details to the airline takes place": a noun for what is done.
_NOMINAL = re.compile(
    r"[^.;:]{0,120}?\b(?:takes? place|occurs?|happens?|follows?|(?:is|are|will be) (?:carried out|effected|made))\b"
)
_NO_WORDS = re.compile(r"\W*(?:(?:the|any|no|such|a) )?$")
_OPENING = 6  #: characters before a verb that opens its sentence
_FROM_US = "from us"  #: ends a verb by which others get from the organisation what it gives
_BARRED = re.compile(r"\b(?:is|are|be) (?:\w+ )?(?:prohibited|forbidden|barred) from\b")
_WHILE = r"(?:if|when|whenever|where|unless|once|until|after|although|while|because|since|as long as)"
#: "If you do not come back, your account is deleted": the condition's denial is none of what follows it.
_CONDITION = re.compile(rf"(?:^|[,;:]\s+|\b){_WHILE}\b[^;]*,(?=[^,]*$)")
#: "If you live abroad, Acme may suspend": a name that follows the condition is the subject.
_NAMED = re.compile(r",\s+(?:[a-z0-9&'.-]+\s+){1,3}?(?:may|will|can|shall|must|could|might)\b[^,]*$")
#: "third parties that receive it": what denies the main verb does not deny this one.
_RELATIVE = re.compile(
    r"\b[\w-]+\s+(?:that|who|which)\s+"
    r"(?:(?:may|might|can|could|will|shall|must|do|does|have|has|is|are|also|never|not|\w+ly)\s+)*$"
)
#: "Customers who were not charged are told": what denies the relative clause denies nothing of what follows it.
_RELATIVE_DENIAL = re.compile(
    r"\b(?:who|which|that)\s+(?:\w+\s+){0,2}?(?:not|never|no longer)\s+(?:\w+\s+){1,6}?"
    r"(?=(?:is|are|was|were|will|may|shall|must|can|has|have)\b)"
)
_OPENED = re.compile(rf"\b{_WHILE}\s+(?:(?:the|a|any)\s+)?$")
_ING = re.compile(r"\w+ing\b")
_BEING = re.compile(r"\bbeing\s+(?:\w+ly\s+)?$")
#: What opens a clause in which a thing is done: no "may" or "not" in front of it is said of its verb.
_CLAUSE = re.compile(
    r";|\b(?:if|when|whenever|where|unless|whether|what|which|who)\b(?! not\b)(?=.*\b(?:be|is|are|was|were|been)\b)"
)
_BACK = 500  #: characters before a verb in which its subject and what denies it stand
_CHAIN = 60  #: characters before a passive verb that can hold its auxiliaries


@cached(1)
def _patterns() -> _Patterns:
    words = grammar()
    to = "|".join(rf"(?P<{group}>{words.source(f'{group}_to')})" for group in ("must", "may", "tries"))
    kinds = "|".join(rf"(?P<{kind}>{words[kind].pattern})" for kind in ("recipient", "user", "company", "text"))
    return _Patterns(
        idiom=re.compile(f"{words['idiom'].pattern}|{_MONTH_OF_MAY}|{_NOT_LONGER}"),
        subject=re.compile(kinds),
        auxiliary=re.compile(rf"'(?:ll|d|re|ve)\b|[\s,]*(?:{words['auxiliary'].pattern}|\w+ly\b|~+)"),
        to=re.compile(rf"(?:{to})(?: us| you)? (?:not )?to$"),
        negation=re.compile(rf"{words['negation'].pattern}|^\W*no\b(?! (?:one|matter|longer))"),
        twice=re.compile(
            rf"(?:{words['negation'].pattern})(?:\s+(?:now|currently))?,?\s+(?:and|or|nor)\s+(?:(?:will|do|does|have|has)\s+)?"
            rf"(?:ever\s+)?(?={words['negation'].pattern})"
        ),
        opening=re.compile(rf"\W*(?:no\b|{words['negation'].pattern})[^,;]*"),
        denied_after=re.compile(rf"\s+{words.source('denied_after')}|.{{0,60}}?{words.source('denied_recipient')}"),
        by=re.compile(
            r"[^.;]{0,50}?\bby (?:(?:the|our|any|other|its) )?"
            rf"(?:(?P<user>{words['user'].pattern})|(?P<recipient>{words['recipient'].pattern}))"
        ),
    )


def without_idioms(lowered: str) -> str:
    """Blank out phrases whose "not" denies nothing and the month of May; the length stays."""
    if not any(word in lowered for word in ("no", "may", "'t", "never", "some")):
        return lowered
    return blanked(_patterns().idiom, lowered)


def blanked(pattern: re.Pattern[str], text: str) -> str:
    """Return a text with marks in the place of some words; its length stays."""
    return pattern.sub(lambda match: "~" * len(match.group()), text)


def _last_subject(before: str, starts: Collection[int], offset: int) -> re.Match[str] | None:
    found = None
    auxiliary = _patterns().auxiliary
    for match in _patterns().subject.finditer(before):
        after = match.end()
        at = after + len(before[after:]) - len(before[after:].lstrip())
        if at >= len(before) or offset + at in starts or auxiliary.match(before, after):
            found = match
    return found


def _prohibits(chain: str) -> bool:
    return grammar()["prohibition"].search(chain) is not None


def _is_said(before: str, verb: str) -> bool:
    """Say whether a verb whose subject is a name is said of it: "Acme sells", "Acme will not sell"."""
    first = verb.split()[0]
    return bool(before.strip()) and (
        first.endswith("s")
        or verb.endswith(_FROM_US)
        or _AFTER_AUXILIARY.search(before) is not None
        or _prohibits(before)
    )


def _nominal(sentence: str, start: int, end: int) -> re.Match[str] | None:
    """Return what says that what a noun at the opening of a sentence names is done: "Disclosure ... occurs"."""
    return _NOMINAL.match(sentence, end) if start < _OPENING and _NO_WORDS.match(sentence[:start]) else None


def is_denied(chain: str) -> bool:
    """Say whether the words before a verb deny it: an odd number of negations and prohibitions does."""
    words = grammar()
    chain = _patterns().twice.sub(" ", chain)
    count = len(_patterns().negation.findall(chain)) + len(words["prohibition"].findall(chain))
    if not count and words["nor"].search(chain):
        count = 1
    return count % 2 == 1


def _own(before: str) -> str:
    """Return the end of the words before a passive verb that belongs to its own clause."""
    return before[max((match.start() for match in _CLAUSE.finditer(before)), default=0) :]


def _force(chain: str) -> Force:
    words = grammar()
    if words["tries"].search(chain):
        return Force.TRIES
    if words["may"].search(chain):
        return Force.MAY
    return Force.MUST if words["must"].search(chain) or "'ll" in chain else Force.DOES


def stance(sentence: str, start: int, end: int, starts: Collection[int]) -> Stance | None:
    """Return how the verb at `start` to `end` of a lower-case sentence is said; `starts` are where its verbs begin.

    Returns None where the verb only says what something is for ("to share", "for selling").
    """
    patterns = _patterns()
    begin = max(0, start - _BACK)
    before = sentence[begin:start]
    if not (_ING.match(sentence, start) or _BEING.search(before)):
        before = blanked(grammar()["prevention"], before)
    subject = _last_subject(before, starts, begin)
    bare = before.rstrip()
    chain = before[subject.start() :] if subject else ""
    governed = patterns.to.search(bare) if bare.endswith(" to") else None
    if bare.endswith(" to") and governed is None and not _prohibits(bare[-_CHAIN:]):
        return None
    nominal = _nominal(sentence, start, end)
    nothing = patterns.opening.match(before) if begin == 0 else None
    passive = nominal is not None or _PASSIVE.search(before) is not None
    passive = passive or (nothing is not None and _INVERTED.search(before) is not None)
    granted = nothing is not None and governed is not None  # "Nothing entitles us to sell"
    if subject is None and not passive and not granted and not _is_said(before, sentence[start:end]):
        return None
    if _GERUND.search(before) and not _prohibits(before):
        return None
    if subject is not None and not passive and _OPENED.search(before[: subject.start()]):
        named = _NAMED.search(before, subject.end())
        if named is not None:
            subject, chain = None, before[named.start() :]
    elif subject is None or passive:
        main = before if nothing else _CONDITION.sub("", before)
        chain = _own(main) if nothing is None else main
        chain = chain if _prohibits(chain) else chain[-_CHAIN:]
    if subject is not None and not passive and (nor := _NOR.search(before[: subject.start()])):
        chain = before[nor.start() :]
    if granted or (nothing and subject is not None and nothing.end() >= subject.start()):
        chain = before
    relative = (
        None if passive or (subject is not None and subject.end() == len(before.rstrip())) else _RELATIVE.search(before)
    )
    if relative is not None and chain:
        chain = before[relative.start() :]
    for restart in _RESTART.finditer(chain):
        if restart.start() > 0:
            chain = chain[restart.start() :]
            break
    actor = Actor.COMPANY
    if subject is not None and not passive:
        kind = subject.lastgroup or "company"
        actor = Actor(kind) if kind in {"user", "recipient"} else Actor.COMPANY
    if passive and (by := patterns.by.match(sentence, end)):
        actor = Actor(by.lastgroup or "user")
    if actor is Actor.COMPANY and (subject is None or subject.lastgroup != "company") and _BARRED.search(before):
        actor = Actor.USER
    if actor is Actor.RECIPIENT and sentence.endswith(_FROM_US, start, end):
        actor = Actor.COMPANY
    if nominal is not None and patterns.negation.search(nominal.group()):
        chain = f"{chain} not"
    denied = is_denied(_RELATIVE_DENIAL.sub(" ", chain)) != (patterns.denied_after.match(sentence, end) is not None)
    return Stance(actor, denied, _force(chain), " ".join(chain.split()))
