"""Spans of time in a sentence, in days, and what they bound (`lexicon/spans.toml`)."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tracker.compare.vocabulary.cues import Cue, any_match, compile_cues
from tracker.compare.vocabulary.lexicons import active, cached
from tracker.words import Direction, Topic

AGE, RETENTION, OTHER = "minimum_age", "retention", "other"
LEAST_RETENTION, KEPT_FOR_YOU = "least_retention", "kept_for_you"
MOST, LEAST, WITHIN, EVERY = "most", "least", "within", "every"
FOREVER = 10**9  #: days of what has no end

_WORKING = 7 / 5  #: calendar days of a working day
_BACK = 90  #: characters before a unit in which its count and bound stand
_AHEAD = 90  #: characters after it in which the event stands from which it runs
_DIGITS = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_SEGMENT = re.compile(r"[;.:]\s|,? (?:and|but|while|whereas) (?=(?:we|you|they|it|our|your|the|a|for)\b)")
_AGES = range(10, 22)  #: years that the law knows as limits of age
_YEARS_OLD = 130  #: no person is older
_LEADING = frozenset({"a", "an", "half"})  #: number words that only begin a count
_EXCEEDED = frozenset({"over", "more than", "longer than"})  #: bounds of what is a least, and denied a most
_NEVER = re.compile(
    r"\b(?:never|not|cannot|in no (?:case|event|way)|under no circumstances?)\b"
    r"(?:\s+(?!that\b|which\b|who\b)[\w-]+){0,6}\s*$"
)
_FROM = re.compile(r"\s*(?:\w+\s+){0,2}?(?:of|after|from|since|following|upon)\b")


@dataclass(frozen=True, slots=True)
class Period:
    """One span of time, or an age in years."""

    role: str  #: what it bounds: an entry of `roles` or `ages`, or "other"
    days: float
    words: str  #: as displayed, with the words that bound it
    bound: str = ""  #: "most", "least", "within", "every" or nothing said
    start: str = ""  #: the event it runs from, an entry of `starts`


@dataclass(frozen=True, slots=True)
class Role:
    """What a span bounds."""

    title: str
    longer: Direction  #: what more of it means for the person
    topics: tuple[Topic, ...]
    forms: tuple[Cue, ...]
    together: tuple[Cue, ...] = ()
    without: tuple[Cue, ...] = ()
    bounds: frozenset[str] = frozenset()

    def fits(self, segment: str, bound: str) -> bool:
        """Say whether a span in a lower-case piece of text bounds this."""
        return (
            (not self.bounds or bound in self.bounds)
            and any_match(self.forms, segment)
            and (not self.together or any_match(self.together, segment))
            and not any_match(self.without, segment)
        )


@dataclass(frozen=True, slots=True)
class _Ending:
    """A way to say that something has no length of its own."""

    days: float
    cues: tuple[Cue, ...]


@dataclass(frozen=True, slots=True)
class _Spans:
    """`lexicon/spans.toml`, compiled."""

    numbers: Mapping[str, float]
    units: Mapping[str, float]
    rhythms: Mapping[str, float]
    unit: re.Pattern[str]
    count: re.Pattern[str]
    bound: re.Pattern[str]
    bound_after: re.Pattern[str]
    bounds: Mapping[str, str]
    age: re.Pattern[str]
    age_limit: re.Pattern[str]
    age_above: re.Pattern[str]
    ordinal: re.Pattern[str]
    ordinals: Mapping[str, float]
    working: frozenset[str]
    endless: tuple[_Ending, ...]
    extending: tuple[Cue, ...]
    starts: Mapping[str, tuple[Cue, ...]]
    roles: Mapping[str, Role]
    ages: Mapping[str, Role]


def _any_of(words: Iterable[str]) -> str:
    ranked = sorted(words, key=lambda word: (-len(word), word))
    return "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in ranked) or "(?!)"


def _role(table: Mapping[str, Any]) -> Role:
    return Role(
        table["title"],
        Direction(table["longer"]),
        tuple(map(Topic, table["topics"])),
        compile_cues(table["forms"]),
        compile_cues(table.get("together", ())),
        compile_cues(table.get("without", ())),
        frozenset(table.get("bounds", ())),
    )


def _age_limit(numbers: Mapping[str, float]) -> re.Pattern[str]:
    """Return what finds ages said without "years old": "under 16", "18+", "over the age of eighteen"."""
    words = [word for word, value in numbers.items() if min(_AGES) <= value <= max(_AGES)]
    years = rf"(?:{_any_of([*map(str, _AGES), 'twenty-one', *words])})"
    before = r"\b(?:under|below|over|least|age of|aged|younger than|older than)[\s-]+(?:the age of\s+)?"
    no_age = r"(?!\.\d)(?!\s*(?:days|months|hours|weeks|minutes|characters|gb|mb|%|per|[$€£]))"
    return re.compile(
        rf"{before}(?P<number>{years})s?\b{no_age}"
        rf"|\b(?P<floor>{years})(?:\+(?!\w)|(?: years)?,? (?:or|and) (?:older|over|above)\b)"
        rf"|\bage (?:is|:|limit is|requirement is) (?P<said>{years})\b"
    )


def _age_above(numbers: Mapping[str, float]) -> re.Pattern[str]:
    """Return what finds the oldest whom a limit takes in: "12 or younger" is "under 13"."""
    words = [word for word, value in numbers.items() if min(_AGES) <= value <= max(_AGES)]
    years = _any_of([*map(str, _AGES), "twenty-one", *words])
    return re.compile(
        rf"\b(?:up to and including|no older than|not older than)\s+(?:the\s+)?(?:ages?\s+(?:of\s+)?)?(?P<to>{years})\b"
        r"(?!\s+(?:days|weeks|months|hours|minutes))(?: years)?(?: of age| old)?"
        rf"|\b(?P<least>{years})(?: years)?(?: of age| old)? (?:or|and) (?:younger|under)\b(?! the)"
    )


def _ordinal(ordinals: Iterable[str]) -> re.Pattern[str]:
    """Return what finds a span said by its last day: "no later than the fifteenth day after"."""
    return re.compile(
        rf"\b(?:no|not) later than (?:by )?the (?P<number>{_any_of(ordinals)}|\d{{1,3}}(?:st|nd|rd|th))"
        r" (?P<kind>\w+ )?day(?= (?:after|following|from)\b)"
    )


def _further(numbers: Iterable[str]) -> str:
    """Return an expression for the words of a number behind its first: "hundred and eighty"."""
    return rf"(?:[\s-]+(?:and\s+)?(?:{_any_of(set(numbers) - _LEADING)}))*"


def in_words() -> str:
    """Return an expression for a number in words that `number_in` reads, such as "two hundred and fifty"."""
    numbers = active().table("spans.toml")["numbers"]
    return rf"(?:{_any_of(set(numbers) - _LEADING)}){_further(numbers)}"


@cached(1)
def _spans() -> _Spans:
    data = active().table("spans.toml")
    bounds, numbers = data["bounds"], _any_of(data["numbers"])
    units = {form: unit["days"] for unit in data["units"].values() for form in unit["forms"]}
    kinds = _any_of([*bounds["working"], *bounds["counted"]])
    number = rf"(?:{_DIGITS}|half an?|(?:{numbers}){_further(data['numbers'])})"
    count = (
        rf"(?<![\w.$€£])(?:between\s+(?P<least>{number})\s+and\s+|(?P<low>{number})\s+(?:to|or)\s+"
        rf"|(?P<from>{_DIGITS})\s*[-–]\s*)?(?P<number>{number})"
        rf"(?:\s*\((?:{number})\))?(?P<half>\s+and\s+(?:a|one)[\s-]half|\s*½)?"
        rf"[\s-]*(?P<kind>(?:(?:{kinds})[\s-]*)*)$"
    )
    said = {phrase: name for name in (MOST, LEAST, WITHIN, EVERY) for phrase in bounds[name]}
    bound = (
        rf"\b(?P<bound>{_any_of(said)})(?:\s+(?:the\s+)?(?:age\s+of|a|an|than|the|period\s+of|next|first|last))*\s*$"
    )
    after = rf"\s*(?:old\s+)?(?P<bound>{_any_of(said)})\b"
    return _Spans(
        data["numbers"],
        units,
        data["rhythms"],
        re.compile(rf"\b(?P<unit>{_any_of(units)})\b|\b(?P<rhythm>{_any_of(data['rhythms'])})\b"),
        re.compile(count),
        re.compile(bound),
        re.compile(after),
        said,
        re.compile(rf"[\s-]+(?:{_any_of(bounds['age'])})\b"),
        _age_limit(data["numbers"]),
        _age_above(data["numbers"]),
        _ordinal(data["ordinals"]),
        data["ordinals"],
        frozenset(bounds["working"]),
        tuple(_Ending(entry["days"], compile_cues(entry["forms"])) for entry in data["endless"].values()),
        compile_cues(data["extending"]["forms"]),
        {name: compile_cues(entry["forms"]) for name, entry in data["starts"].items()},
        {name: _role(entry) for name, entry in data["roles"].items()},
        {name: _role(entry) for name, entry in data["ages"].items()},
    )


def role_of(period: Period) -> Role | None:
    """Return what a span bounds, None where nothing says so."""
    spans = _spans()
    return spans.roles.get(period.role) or spans.ages.get(period.role)


def can_be_extended(lowered: str) -> bool:
    """Say whether a lower-case text lets its spans be made longer."""
    return any_match(_spans().extending, lowered)


def is_age(period: Period) -> bool:
    """Say whether a span is an age: it then counts years of a life."""
    return period.role in _spans().ages


def start_titles() -> Mapping[str, str]:
    """Return what a sentence calls the events that spans run from."""
    return {name: entry["title"] for name, entry in active().table("spans.toml")["starts"].items()}


def number_in(words: str) -> float:
    """Return the value of digits or of number words such as "one hundred and eighty"; 0 where it has none."""
    digits = words.replace(",", "")
    if digits.replace(".", "", 1).isdigit():
        return float(digits) if len(digits) < 10 else 0
    values, total, group = _spans().numbers, 0.0, 0.0
    for word in re.split(r"[\s-]+(?!of\b)", words):
        if word == "and":
            continue
        value = values.get(word, 0)
        if value >= 1000:
            total, group = total + max(group, 1) * value, 0.0
        elif value == 100 or word == "dozen":
            group = max(group, 1) * value
        else:
            group += value
    return total + group


def _count(match: re.Match[str]) -> float:
    """Return how many units a count says; 0 for what counts nothing. "half a" is a half, "a couple of" two."""
    words = match.group("number")
    if re.match(r"half[\s-]", words):
        return 0.5
    value = number_in(re.sub(r"^an?\s+(?=\w)", "", words))
    return value + (0.5 if match.group("half") else 0)


def _segment(sentence: str, start: int, end: int) -> str:
    """Return the part of a sentence between its joints that a span stands in."""
    left = max((joint.end() for joint in _SEGMENT.finditer(sentence, 0, start)), default=0)
    right = next((joint.start() for joint in _SEGMENT.finditer(sentence, end)), len(sentence))
    return sentence[left:right]


@cached(4096)
def _role_in(segment: str, sentence: str, bound: str) -> str:
    """Return what a span bounds by the part of a sentence it stands in, else by the whole."""
    return _named(_spans().roles, (segment, sentence), bound)


def _named(roles: Mapping[str, Role], segments: Iterable[str], bound: str) -> str:
    for segment in segments:
        for name, role in roles.items():
            if role.fits(segment, bound):
                return name
    return OTHER


def _start(sentence: str, end: int) -> str:
    """Return the event that a span runs from."""
    opened = _FROM.match(sentence, end)
    if opened is None:
        return ""
    words = sentence[opened.end() : opened.end() + _AHEAD]
    found = [
        (match.start(), name)
        for name, cues in _spans().starts.items()
        for cue in cues
        for match in [cue.search(words)]
        if match is not None
    ]
    return min(found)[1] if found else ""


def _spans_in(sentence: str) -> Iterator[tuple[Period, int, int]]:
    """Yield the counted spans of a lower-case sentence, each with where it begins and ends."""
    spans = _spans()
    for unit in spans.unit.finditer(sentence):
        if unit.lastgroup == "rhythm":
            segment = _segment(sentence, *unit.span())
            role = _named(spans.roles, (segment,), EVERY)
            yield Period(role, spans.rhythms[unit.group()], unit.group(), EVERY), *unit.span()
            continue
        before = sentence[max(0, unit.start() - _BACK) : unit.start()]
        offset = unit.start() - len(before)
        count = spans.count.search(before)
        bounding = spans.bound.search(before[: count.start()] if count else before)
        if bounding is None and count and count.group("number") in _LEADING:
            bounding = spans.bound.search(before)  # "once a week"
        bound = spans.bounds[re.sub(r"\s+", " ", bounding.group("bound"))] if bounding else ""
        exceeded = bounding is not None and bounding.group("bound") in _EXCEEDED
        never = _NEVER.search(before[: bounding.start()]) if bounding and exceeded else None
        bound = MOST if never else bound
        if count is None and bound != EVERY:
            continue
        value = _count(count) if count else 1.0
        opening = never or bounding or count
        start = offset + (opening.start() if opening else 0)
        end = unit.end()
        if re.match(r"'?\s+and\s+(?:a|one)[\s-]half\b", sentence[end:]):
            value, end = value + 0.5, end + sentence[end:].index("half") + 4
        if not bound and (following := spans.bound_after.match(sentence, end)):
            bound, end = spans.bounds[re.sub(r"\s+", " ", following.group("bound"))], following.end()
        age = spans.age.match(sentence, end)
        if age and unit.group().startswith("year") and value < _YEARS_OLD:
            words = sentence[start : age.end()]
            yield Period(_age_of(sentence, start), value, words), start, age.end()
            continue
        if not value or (not bound and count and count.group("number") in {"a", "an"} and _is_price(before, count)):
            continue
        kinds = count.group("kind").split() if count else []
        days = value * spans.units[unit.group()] * (_WORKING if spans.working.intersection(kinds) else 1)
        role = _role_in(_segment(sentence, start, end), sentence, bound)
        low = count.group("least") or count.group("low") or count.group("from") if count else None
        if low and role in spans.roles and spans.roles[role].longer is Direction.STRONGER:
            days = number_in(low) * spans.units[unit.group()]
        words = sentence[start:end].strip()
        yield Period(role, round(days, 3), words, bound, _start(sentence, end)), start, end


def _is_price(before: str, count: re.Match[str]) -> bool:
    """Say whether "a month" only says what an amount is counted by: "$10 a month"."""
    return re.search(r"[\d$€£%]\S*(?:\s+\w+)?\s*$", before[: count.start()]) is not None


def _age_of(sentence: str, start: int) -> str:
    found = _named(_spans().ages, (_segment(sentence, start, start), sentence), "")
    return AGE if found == OTHER else found


def _said_by_the_last(sentence: str) -> Iterator[tuple[Period, int, int]]:
    """Yield the spans and ages that a lower-case sentence says by the last that is within them."""
    spans = _spans()
    if " day " in sentence and " later than " in sentence:
        for match in spans.ordinal.finditer(sentence):
            number, kind = match["number"], (match["kind"] or "").strip()
            days = spans.ordinals.get(number) or number_in(number[:-2])
            days *= _WORKING if kind in spans.working else 1
            role = _role_in(_segment(sentence, *match.span()), sentence, WITHIN)
            yield Period(role, round(days, 3), match.group(), WITHIN, _start(sentence, match.end())), *match.span()
    if "older than" in sentence or " younger" in sentence or " under" in sentence or "including" in sentence:
        for match in spans.age_above.finditer(sentence):
            years = number_in(match["to"] or match["least"]) + 1
            yield Period(_age_of(sentence, match.start()), years, match.group()), *match.span()


def periods(sentence: str) -> tuple[Period, ...]:
    """Return the spans of time in a lower-case sentence; years of age count in years, not days."""
    return _periods(sentence)


@cached(16384)
def spans_at(sentence: str) -> tuple[tuple[Period, int, int], ...]:
    """Return the counted spans and the ages of a lower-case sentence, each with where it begins and ends."""
    found = list(_said_by_the_last(sentence))
    found += [
        (period, start, end)
        for period, start, end in _spans_in(sentence)
        if all(end <= opening or ending <= start for _, opening, ending in found)
    ]
    for match in _spans().age_limit.finditer(sentence):
        if all(match.end() <= start or end <= match.start() for _, start, end in found):
            number = next(filter(None, match.groups()))
            found.append((Period(_age_of(sentence, match.start()), number_in(number), match.group()), *match.span()))
    return tuple(found)


@cached(16384)
def _periods(sentence: str) -> tuple[Period, ...]:
    spans = _spans()
    sentence = sentence.replace("’", "'")
    found = [period for period, _, _ in spans_at(sentence)]
    keeps = spans.roles[RETENTION]
    if any_match(keeps.forms, sentence):
        for ending in spans.endless:
            said = next((match for cue in ending.cues for match in [cue.search(sentence)] if match), None)
            if said is not None:
                found.append(Period(RETENTION, ending.days, said.group()))
    return tuple(found)
