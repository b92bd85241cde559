"""Spans of time in a sentence, in days, and what they bound."""

import re
from dataclasses import dataclass
from enum import StrEnum

FOREVER = 10**9  #: days of what has no end
_AT_WILL = 10**8  #: as long as the organisation thinks fit
_DAYS = {"hour": 1 / 24, "day": 1, "week": 7, "month": 365 / 12, "year": 365, "fortnight": 14}
_NUMBERS = {
    word: number
    for number, words in enumerate(
        [
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
        ],
        1,
    )
    for word in [words]
} | {"a": 1, "an": 1, "twenty": 20, "twenty-four": 24, "thirty": 30, "forty-five": 45, "sixty": 60, "ninety": 90}
_WORDS = "|".join(sorted(_NUMBERS, key=len, reverse=True))
_PERIOD = re.compile(
    rf"(?P<bound>\b(?:at least|no less than|not less than|minimum of|no fewer than|up to|at most|no more than|not more"
    rf" than|no longer than|maximum of|within|no later than|not later than|under|below|over|less than)\s+"
    rf"(?:the age of\s+)?)?"
    rf"(?<![\w.$])(?P<number>\d{{1,3}}(?:,\d{{3}})+|\d+|{_WORDS})(?:\s*\(\d+\))?[\s-]*"
    rf"(?:business |calendar |working |full )?"
    rf"(?P<unit>hour|day|week|fortnight|month|year)s?\b(?P<age>[\s-]+(?:old|of age|or older|and older))?"
)
_AGE = re.compile(
    r"\b(?:under|below|over|least|age of|aged)\s+(?:the age of\s+)?(?P<number>1[0-9]|2[01])\b"
    r"(?!\s*(?:days|months|hours|weeks|%))"
    r"|\b(?P<floor>1[0-9]|2[01])(?: years)? (?:or|and) (?:older|over|above)\b"
)
_FOREVER = re.compile(r"\bindefinite(?:ly)?\b|\bforever\b|\bperpetuity\b|\bpermanently (?:store|retain|keep)\b")
_WILL = re.compile(
    r"\b(?:as|so) long as (?:we|it|the company)\b[^.;]{0,40}?\b"
    r"(?:necessary|need|needed|appropriate|useful|fit|wish|want|choose)\b"
    r"|\b(?:as|so) long as (?:is |it is )?(?:reasonably )?(?:necessary|needed|required)\b"
    r"|\bfor (?:any|such|whatever) (?:period|time|length of time) (?:as )?we\b"
)
_MINIMUM = frozenset({"at least", "no less than", "not less than", "minimum of", "no fewer than", "over"})


class Role(StrEnum):
    """What a span of time bounds."""

    RETENTION = "retention"
    LEAST_RETENTION = "least_retention"
    NOTICE = "notice"
    DEADLINE = "deadline"  #: of the organisation
    WINDOW = "window"  #: in which the person can act
    AGE = "age"
    COMMITMENT = "commitment"  #: by which the person is bound
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Period:
    """One span of time."""

    role: Role
    days: float
    words: str


_KEEP = re.compile(
    r"\b(?:retain|retention|keep|kept|stor(?:e|ed|age)|hold|held|preserve|delet|eras|log|backup|purge|archiv)"
)
_NOTICE = re.compile(r"\b(?:notice|notify|notif|inform|advance|prior|before (?:the|any|such|they)|tell you)")
_WITHIN = re.compile(r"\bwithin\b|\bno later than\b|\bnot later than\b")
_WINDOW = re.compile(
    r"\b(?:you (?:may|can|have|must|will have)|refund|trial|cancel|withdraw|opt out|opt-out|object|appeal|return)\b"
)
_BACK = re.compile(
    r"\b(?:refunds?|returns?|returned)\b.*\b(?:of|after) "
    r"(?:your |the )?(?:purchase|delivery|order|receipt)\b"
)
_BOUND = re.compile(r"\b(?:subscription|renew|term|commitment|minimum term|contract)")


def _role(sentence: str, match: re.Match[str]) -> Role:
    bound = (match.group("bound") or "").strip()
    if match.group("age"):
        return Role.AGE
    if _BACK.search(sentence):
        return Role.WINDOW
    keeps = _KEEP.search(sentence)
    if keeps and not (_WINDOW.search(sentence) and _WITHIN.match(bound)):
        if re.search(r"\b(?:delet|eras|purge|remov)", sentence) and _WITHIN.match(bound):
            return Role.DEADLINE
        return Role.LEAST_RETENTION if bound in _MINIMUM else Role.RETENTION
    if _WINDOW.search(sentence):
        return Role.WINDOW
    if _NOTICE.search(sentence) and not _WITHIN.match(bound):
        return Role.NOTICE
    if _WITHIN.match(bound):
        return Role.DEADLINE
    return Role.COMMITMENT if _BOUND.search(sentence) else Role.OTHER


def periods(sentence: str) -> tuple[Period, ...]:
    """Return the spans of time in a lower-case sentence; years of age count in years, not days."""
    found = []
    ages = set()
    for match in _PERIOD.finditer(sentence):
        number = match.group("number").replace(",", "")
        count = int(number) if number.isdigit() and len(number) < 7 else _NUMBERS.get(number, 0)
        if not count or (number in {"a", "an"} and match.group("unit") in {"hour"}):
            continue
        role = _role(sentence, match)
        if role is Role.AGE:
            ages.add(match.start("number"))
            found.append(Period(role, float(count), match.group().strip()))
        else:
            found.append(Period(role, round(count * _DAYS[match.group("unit")], 3), match.group().strip()))
    for match in _AGE.finditer(sentence):
        number = match.group("number") or match.group("floor")
        if match.start(match.lastgroup or 0) not in ages and not any(number in period.words for period in found):
            found.append(Period(Role.AGE, float(number), match.group()))
    if _KEEP.search(sentence):
        found += [Period(Role.RETENTION, FOREVER, match.group()) for match in _FOREVER.finditer(sentence)]
        found += [Period(Role.RETENTION, _AT_WILL, match.group()) for match in _WILL.finditer(sentence)]
    return tuple(found)
