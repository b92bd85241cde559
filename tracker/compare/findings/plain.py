"""Two sentences in plain words: spans of time, ages, amounts and regions by their value, common turns of phrase alike.

What is equal then says the same in law: "up until 24 hours prior to departure" and "until a day before departure".
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

from tracker.compare.facts.periods import is_age, spans_at
from tracker.compare.facts.statements import stem
from tracker.compare.findings.amounts import amounts_at
from tracker.compare.findings.denials import in_barest_form
from tracker.compare.findings.limits import same_time
from tracker.compare.findings.logic import in_one_form
from tracker.compare.findings.regions import lower
from tracker.compare.findings.voice import in_active_voice
from tracker.compare.text.canonical import canonical, contractions
from tracker.compare.vocabulary.lexicon import lexicon
from tracker.compare.vocabulary.lexicons import active, cached
from tracker.compare.vocabulary.sentences import SENTENCE_END

_BELOW = re.compile(r"\b(?:under|below|younger|less|no older|not older|up to)\b")
_WORD = re.compile(r"[\w'-]+")
_NOON = 12
_OF_CLOCKS = re.compile(r"\d:\d\d|\d ?[ap]\.?m\b")
_CLOCK = re.compile(
    r"(?<![\w.:])(?:(?P<hour>\d{1,2})(?:[.:](?P<minutes>[0-5]\d))?\s?(?P<half>[ap])\.?m\b\.?"
    r"|(?P<full>[01]?\d|2[0-3]):(?P<past>[0-5]\d)(?![\w:]))"
)
_MARK = "\ue010{}\ue011"  #: around what stands for a value: characters that no text displays
_PLURAL_LEAST = 4  #: letters of a word that can be a plural
_ROOTS = {"your": "you", "yours": "you", "they": "them", "their": "them"}
_DOING_LEAST = 6  #: letters of a word that can be a verb in its -ing form
_OPENING = 24  #: characters in which words that open a full text end
_LONGEST = 2000  #: characters of a clause that are compared so
_FURTHER = 0.6  #: of the longer one's words by which two texts that may be the same can differ in length
#: Where a statute stands in the books, said in brackets behind its name.
_CITATION = re.compile(
    r"(?<=\w) ?\((?:\d+ u\.?s\.?c|regulation \(?e|directive \d|pub\. ?l)[^()]*(?:\([^()]*\)[^()]*)*\)", re.IGNORECASE
)
_OF_YEAR = r",? of (?:19|20)\d\d\b"
_BELOW_ANY = "\ue010below \ue011"  #: as it stands in canonical text
_FROM = "(?:at |aged )?\ue010from[^\ue011]*\ue011(?: or (?:older|over|above|more))?"
_BELOW_IT = "(?:aged )?\ue010below[^\ue011]*\ue011"
#: Whom such a sentence may call what it likes; "members" and "visitors" are not the same people.
_WHO = r"(?:you|users?|anyone|persons?|people|individuals?|children|child|minors?)"
#: "You must be at least 16 to join" and "nobody under 16 may join" are "you may not join if you are under 16".
_LEAST_AGES = (
    re.compile(rf"^{_WHO} must (?:all )?be {_FROM}(?: to (?P<act>[^,;]+))?$"),
    re.compile(rf"^{_WHO} may (?P<act>[^,;]+) only if (?:you|they) are {_FROM}$"),
    re.compile(rf"^only {_WHO} (?:who are )?{_FROM} may (?P<act>[^,;]+)$"),
    re.compile(rf"^(?:no(?:body| one)|no {_WHO}) (?:who are )?{_BELOW_IT} may (?P<act>[^,;]+)$"),
    re.compile(rf"^{_WHO} (?:who are )?{_BELOW_IT} may not (?P<act>[^,;]+)$"),
)


@dataclass(frozen=True, slots=True)
class Plain:
    """A sentence in plain words, and the values that stand in it, in order."""

    words: tuple[str, ...]
    values: tuple[float, ...]


@cached(1)
def _laws() -> tuple[re.Pattern[str], Mapping[str, str]]:
    """Return the pattern of the full names of laws, with the year that may follow, and the short ones."""
    names: Mapping[str, str] = active().table("plain_words.toml")["laws"]
    either = "|".join(map(re.escape, sorted(names, key=lambda name: (-len(name), name)))) or "(?!)"
    return re.compile(rf"(?<!\w)(?P<name>{either})(?!\w)(?:{_OF_YEAR})?", re.IGNORECASE), names


def _by_short_names(text: str) -> str:
    """Return a text with laws under their short names, without where they stand in the books."""
    pattern, names = _laws()
    text = _CITATION.sub("", text.replace("’", "'"))
    return pattern.sub(lambda match: names[match["name"].lower()], text)


@cached(1)
def _in_full() -> re.Pattern[str]:
    """Return what opens the full text behind a summary of it: "In full:"."""
    full = "|".join(map(re.escape, active().table("asides.toml")["summary"]["full"]))
    return re.compile(rf"^(?:{full}): ", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Phrases:
    """Ways of saying a thing, and what stands for them."""

    pattern: re.Pattern[str]
    plain: Mapping[str, str]

    def replaced(self, text: str) -> str:
        return self.pattern.sub(lambda match: self.plain[match.group()], text)


@cached(2)
def _phrases(table: str) -> _Phrases:
    phrases: Mapping[str, str] = active().table("plain_words.toml")[table]
    ranked = sorted(phrases, key=lambda phrase: (-len(phrase), phrase))
    pattern = re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, ranked)) or '(?!)'})(?![\w-])")
    return _Phrases(pattern, phrases)


@cached(1)
def _dropped() -> frozenset[str]:
    return frozenset(active().table("plain_words.toml")["dropped"]["words"])


def _marked(lowered: str) -> tuple[str, list[float]]:
    """Return a text with marks in place of its values, and the values; one said twice in a row counts once."""
    found: list[tuple[int, int, str, float]] = []
    for period, start, end in spans_at(lowered):
        kind = "span" if not is_age(period) else "below" if _BELOW.search(period.words) else "from"
        found.append((start, end, f"{kind} {period.bound}", period.days))
    found += [(start, end, f"amount {amount.currency}", amount.value) for amount, start, end in amounts_at(lowered)]
    found += [(start, end, said, 0.0) for said, start, end in _clocks(lowered)]
    regions = ((item.start, item.end, f"region {item.name}", 0.0) for item in lexicon().regions.mentions(lowered))
    pieces, values, at, last = [], [], 0, ("", 0.0)
    for start, end, kind, value in sorted([*found, *regions]):
        if start < at:
            continue
        between = lowered[at:start]
        if not (between.strip(" (") == "" and last[0] == kind and same_time(last[1], value)):
            pieces += [between, _MARK.format(kind.replace(" ", "_"))]
            values.append(value)
        at, last = end, (kind, value)
    return "".join([*pieces, lowered[at:]]), values


def _clocks(lowered: str) -> Iterator[tuple[str, int, int]]:
    """Yield the times of day in a lower-case text, "6 p.m." and "18:00" alike, each with where it begins and ends."""
    if not _OF_CLOCKS.search(lowered):
        return
    for match in _CLOCK.finditer(lowered):
        hour, half = int(match["hour"] or match["full"]), match["half"]
        if half and hour <= _NOON:
            hour = hour % _NOON + _NOON * (half[0] == "p")
        yield f"clock {hour}:{match['minutes'] or match['past'] or '00'}", *match.span()


def _singular(word: str) -> str:
    """Return a word without the ending of the plural, which in law includes the singular and the other way round."""
    if len(word) < _PLURAL_LEAST or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    return f"{word[:-3]}y" if word.endswith("ies") else word[:-1]


def _root(word: str) -> str:
    """Return a word without the endings of the plural and of the -ing form."""
    word = _ROOTS.get(word, _singular(word))
    if len(word) >= _DOING_LEAST and word.endswith("ing"):
        return stem(word)
    return word.removesuffix("e")


def _by_least_age(said: str) -> str:
    """Return a sentence that sets a least age in one form, others as they are."""
    for pattern in _LEAST_AGES:
        match = pattern.match(said)
        if match is not None:
            return f"you may not {match['act'] or 'do it'} if you are {_BELOW_ANY}"
    return said


def _in_plain(text: str, form: Callable[[str], str], *, rooted: bool) -> Plain:
    text = " ".join(text[:_LONGEST].split())
    text = _in_full().sub("", text, count=1) if ":" in text[:_OPENING] else text
    sentences = SENTENCE_END.split(_by_short_names(text))
    marked, values = _marked(" ".join(form(contractions(lower(sentence))) for sentence in sentences))
    said, dropped = _phrases("phrases").replaced(canonical(marked)), _dropped()
    if rooted:
        said = _by_least_age(said if "you" in said else _phrases("addressed").replaced(said))
        said = in_active_voice(said) if len(sentences) == 1 else said
    words = (word for word in said.split() if word not in dropped)
    # An abbreviation set behind what it stands for is the same word twice.
    words = (word for word, _ in groupby(map(_root if rooted else _singular, words)))
    return Plain(tuple(words), tuple(values))


@cached(8192)
def plain(text: str) -> Plain:
    """Return a text in plain words."""
    return _in_plain(text, in_one_form, rooted=False)


@cached(2048)
def barest(text: str) -> Plain:
    """Return a text in the roots of its plain words, denials at their verbs, what is done as what we do."""
    return _in_plain(text, in_barest_form, rooted=True)


def _are_same(old: Plain, new: Plain) -> bool:
    return (
        bool(old.words)
        and old.words == new.words
        and len(old.values) == len(new.values)
        and all(same_time(one, other) for one, other in zip(old.values, new.values, strict=True))
    )


def same_plainly(before: str, after: str) -> bool:
    """Say whether two texts are the same in plain words: nothing in law tells them apart."""
    if max(len(before), len(after)) > _LONGEST:
        return False
    old, new = plain(before), plain(after)
    if _are_same(old, new):
        return True
    longest = max(len(old.words), len(new.words))
    if not old.words or not new.words or abs(len(old.words) - len(new.words)) > _FURTHER * longest:
        return False
    return _are_same(barest(before), barest(after))
