"""When an announced change takes effect and until when one may object, as the text itself says it.

The words that tell are data (`lexicon/announcements.toml`). What a policy says about changes in general ("changes take
effect 30 days after posting") announces none.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from tracker.compare.model import When
from tracker.compare.text.dates import Day, days_in, later
from tracker.compare.vocabulary.cues import Cue, any_match, compile_cues
from tracker.compare.vocabulary.lexicons import active, cached

_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z“\"(])")
_AFTER, _BEFORE = 90, 120  #: characters between telling words and the day that stands after or before them
_HEAD = 60  #: characters before a day in which its deadline word stands
_JOIN = re.compile(r"[\s,:(\"“]*(?:\w+day,?\s+)?(?:the\s+)?")
_TO = re.compile(r"\s*(?:to|until|till|through|–|-)\s")
_ENDING = re.compile(r"\b(?:until|till|before|prior to|through|up to)\s+(?:\w+day,?\s+)?(?:the\s+)?$", re.IGNORECASE)
_BEGINNING = re.compile(r"\b(?:on|from|as of|starting|beginning)\s+(?:\w+day,?\s+)?(?:the\s+)?$", re.IGNORECASE)
_OPENS = re.compile(r"\W*on\s+(?:\w+day,?\s+)?(?:the\s+)?")
_THIS = re.compile(r"\b(?:this|these)\b")
_WITHIN = re.compile(r"\b(?:within|in|than|have|for|until|up to)\s+(?:the\s+)?(?:next\s+|first\s+)?$")
_LONGEST = 1_500  #: characters of a clause that are read
_LONG_BANNER = 120  #: words; what is longer is a text of its own
_MOST_DAYS = 3_660  #: of a span that is counted
_NUMBERS = {
    "one": 1, "a": 1, "an": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "fourteen": 14, "fifteen": 15, "twenty": 20, "thirty": 30, "forty-five": 45, "sixty": 60, "ninety": 90,
}  # fmt: skip
_DAYS_IN = {"hour": 1, "day": 1, "week": 7, "fortnight": 14, "month": 31, "year": 366}
_SPAN = re.compile(
    rf"(?<![\w.])(?P<number>\d{{1,3}}|{'|'.join(sorted(_NUMBERS, key=len, reverse=True))})(?:\s*\(\d+\))?[\s-]+"
    r"(?P<working>(?:business|working)\s+)?(?:calendar\s+)?(?P<unit>hour|day|week|fortnight|month|year)s?"
    r"\s+(?:after|from|of|following|as of|as from|since)\s+(?P<base>[^.;,]{2,80})",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Words:
    effect: tuple[Cue, ...]
    opening: tuple[Cue, ...]
    until: tuple[Cue, ...]
    ahead: tuple[Cue, ...]
    news: tuple[Cue, ...]
    itself: tuple[Cue, ...]
    coming: tuple[Cue, ...]
    standing: tuple[Cue, ...]
    refuse: tuple[Cue, ...]
    continuing: tuple[Cue, ...]
    then: tuple[Cue, ...]
    posted: tuple[Cue, ...]
    before: tuple[Cue, ...]
    by: tuple[Cue, ...]
    after: tuple[Cue, ...]


@cached(1)
def _words() -> _Words:
    """Return the words that tell."""
    table = active().table("announcements.toml")
    return _Words(**{name: compile_cues(table[name]["cues"]) for name in _Words.__slots__})


@dataclass(frozen=True, slots=True)
class Told:
    """What a sentence tells of a day, and how."""

    when: When
    rank: int  #: 0 is surest
    ahead: bool  #: its wording speaks of the future


def _lowered(text: str) -> str:
    return text.lower().replace("’", "'")


def _sentences(text: str) -> list[str]:
    return _SENTENCE.split(" ".join(text.split())[:_LONGEST])


def _spans(cues: Iterable[Cue], lowered: str) -> list[tuple[int, int]]:
    return sorted(
        match.span()
        for cue in cues
        if any(anchor in lowered for anchor in cue.anchors)
        for match in cue.pattern.finditer(lowered)
    )


def _is_standing(lowered: str) -> bool:
    """Say whether a sentence rules how changes are made rather than announces one."""
    return any_match(_words().standing, lowered)


def _is_of_this_text(lowered: str) -> bool:
    """Say whether a sentence speaks of this text or this change of it: "changes" alone are those of any time."""
    words = _words()
    return not _is_standing(lowered) and (any_match(words.news, lowered) or any_match(words.itself, lowered))


def _at_effect(sentence: str, lowered: str, days: tuple[Day, ...]) -> Iterator[tuple[int, Day]]:
    """Yield rank and day for each day that the sentence ties to taking effect."""
    words = _words()
    for start, end in _spans(words.effect, lowered):
        after = [day for day in days if 0 <= day.start - end <= _AFTER]
        before = [day for day in days if 0 <= start - day.end <= _BEFORE]
        for day in after[:1] or before[-1:]:
            if not _ENDING.search(sentence[: day.start]):
                yield 0, day
    if any_match(words.news, lowered) and any_match(words.ahead, lowered):
        yield from ((1, day) for day in days if _BEGINNING.search(sentence[: day.start]))
    for _, end in _spans(words.opening, lowered):
        joined = _JOIN.match(lowered, end)
        at = joined.end() if joined else end
        yield from ((2, day) for day in days if day.start == at and not _TO.match(lowered, day.end))
    if any_match(words.ahead, lowered):
        yield from ((2, day) for day in days if _OPENS.fullmatch(lowered, 0, day.start))
    for _, end in _spans(words.until, lowered):
        yield from ((3, day) for day in [day for day in days if 0 <= day.start - end <= _AFTER][:1])


def _counted(sentence: str, posted: date | None) -> Iterator[tuple[int, When]]:
    """Yield where it stands and what it says for each span counted from the posting, or from a day it names."""
    for match in _SPAN.finditer(sentence):
        named = next((day.date for day in days_in(match["base"], posted) if day.date), None)
        if named is None and not any_match(_words().posted, _lowered(match["base"])):
            continue
        word, unit = match["number"].lower(), match["unit"].lower()
        number = int(word) if word.isdigit() else _NUMBERS[word]
        base = named or posted
        # Which days are working days, no text says.
        fits = base is not None and not match["working"] and number * _DAYS_IN[unit] <= _MOST_DAYS
        day = _later(base, number, unit) if base is not None and fits else None
        yield match.start(), When(day, match.group().rstrip(' )”"'), "on", sentence)


def _later(base: date, number: int, unit: str) -> str | None:
    try:
        return later(base, number, unit).isoformat()
    except (ValueError, OverflowError):  # beyond the last day of the calendar
        return None


def _when(sentence: str, day: Day, bound: str) -> When:
    return When(day.date.isoformat() if day.date else None, sentence[day.start : day.end], bound, sentence)


def _days(sentence: str, posted: date | None) -> tuple[Day, ...]:
    """Return the days a sentence names, those left out from which it counts a span."""
    spans = [match.span() for match in _SPAN.finditer(sentence)]
    return tuple(day for day in days_in(sentence, posted) if not any(a <= day.start < b for a, b in spans))


@cached(8192)
def _telling(text: str) -> tuple[str, ...]:
    """Return the sentences in which some word would tie a day to taking effect; few texts have one."""
    words = _words()
    cues = (*words.effect, *words.ahead, *words.opening, *words.until)
    return tuple(sentence for sentence in _sentences(text) if any_match(cues, _lowered(sentence)))


@cached(4096)
def effects(text: str, posted: date | None = None) -> tuple[Told, ...]:
    """Return what a clause says of when a text takes effect, the surest first.

    Spans such as "30 days after this notice" and days without a year count from `posted`; without it they are told
    without a date.
    """
    found: list[Told] = []
    for sentence in _telling(text):
        lowered = _lowered(sentence)
        ahead = any_match(_words().ahead, lowered)
        for rank, day in _at_effect(sentence, lowered, _days(sentence, posted)):
            when = _when(sentence, day, "on")
            found.append(Told(when, rank, ahead))
        if _is_of_this_text(lowered) and any_match(_words().effect, lowered):
            found += [Told(when, 1, True) for _, when in _counted(sentence, posted)]
    return tuple(sorted(found, key=lambda told: told.rank))


def _deadline_word(lowered: str, start: int) -> str | None:
    """Return what the words before a day make it: "before", "by" or "after"; None where it is no deadline."""
    head = lowered[max(0, start - _HEAD) : start]
    found = [
        (end - begin, name)
        for name in ("before", "by", "after")
        for begin, end in _spans(getattr(_words(), name), head)
        if (joined := _JOIN.match(head, end)) and joined.end() == len(head)
    ]
    return max(found)[1] if found else None


def _till_then(lowered: str, sentence: str, effective: date) -> When | None:
    """Return the deadline of a sentence that points at the day of effect: "until then"."""
    for start, end in _spans(_words().then, lowered):
        name = next((name for name in ("before", "by", "after") if lowered.startswith(name, start)), "by")
        return When(effective.isoformat(), sentence[start:end], name, sentence)
    return None


def objections(text: str, posted: date | None = None, effective: date | None = None) -> tuple[Told, ...]:
    """Return what a clause says of how long one may object to a change, the surest first.

    A deadline "after" a day is that of those whose use of the service counts as consent from then on. Told without a
    date or span, a clause only says how to object, and comes last. `effective` is the day the change takes effect.
    """
    found: list[Told] = []
    words = _words()
    for sentence in _sentences(text):
        lowered = _lowered(sentence)
        refuses, continues = any_match(words.refuse, lowered), any_match(words.continuing, lowered)
        if not refuses and not continues:
            continue
        for day in _days(sentence, posted):
            name = _deadline_word(lowered, day.start)
            if name and (continues if name == "after" else refuses):
                found.append(Told(_when(sentence, day, name), 1 if name == "after" else 0, True))
        if _is_standing(lowered):
            continue
        for at, when in _counted(sentence, posted):
            of_this = _is_of_this_text(lowered) or _THIS.search(when.words.lower())
            if refuses and of_this and _WITHIN.search(lowered[:at]):
                found.append(Told(replace(when, bound="within"), 0, True))
        if effective is not None and (then := _till_then(lowered, sentence, effective)) is not None:
            found.append(Told(then, 1, True))
        if refuses and _is_of_this_text(lowered):
            found.append(Told(When(None, "", "", sentence), 2, False))
    return tuple(sorted(found, key=lambda told: told.rank))


@cached(8192)
def is_banner(text: str, seen: date | None = None) -> bool:
    """Say whether a text announces a change of its document.

    A line that only states a date ("Effective: 1 March 2026") is none. `seen` is the day the text was seen: what was in
    force by then is announced no more.
    """
    if len(text.split()) > _LONG_BANNER:
        return False
    words, lowered = _words(), _lowered(text)
    news, ahead = any_match(words.news, lowered), any_match(words.ahead, lowered)
    if not news and not any_match(words.itself, lowered):
        return False
    told = effects(text, seen)
    if not told:
        return any_match(words.coming, lowered) and not _is_standing(lowered)
    if seen is not None:
        return any(one.when.date is None or one.when.date > seen.isoformat() for one in told)
    return news or ahead or any(one.rank == 3 for one in told)
