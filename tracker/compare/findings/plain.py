"""Two sentences in plain words: spans of time, ages, amounts and regions by their value, common turns of phrase alike.

What is equal then says the same in law: "up until 24 hours prior to departure" and "until a day before departure".
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby

from tracker.compare.facts.periods import is_age, spans_at
from tracker.compare.findings.amounts import amounts_at
from tracker.compare.findings.limits import same_time
from tracker.compare.findings.logic import in_one_form
from tracker.compare.findings.regions import lower
from tracker.compare.text.canonical import canonical, contractions
from tracker.compare.vocabulary.lexicon import lexicon
from tracker.compare.vocabulary.lexicons import active, cached
from tracker.compare.vocabulary.sentences import SENTENCE_END

_BELOW = re.compile(r"\b(?:under|below|younger|less|no older|not older|up to)\b")
_WORD = re.compile(r"[\w'-]+")
_MARK = "\ue010{}\ue011"  #: around what stands for a value: characters that no text displays
_PLURAL_LEAST = 4  #: letters of a word that can be a plural
_OPENING = 24  #: characters in which words that open a full text end
_LONGEST = 2000  #: characters of a clause that are compared so
#: Where a statute stands in the books, said in brackets behind its name.
_CITATION = re.compile(
    r"(?<=\w) ?\((?:\d+ u\.?s\.?c|regulation \(?e|directive \d|pub\. ?l)[^()]*(?:\([^()]*\)[^()]*)*\)", re.IGNORECASE
)
_OF_YEAR = r",? of (?:19|20)\d\d\b"


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


@cached(1)
def _phrases() -> tuple[re.Pattern[str], Mapping[str, str], frozenset[str]]:
    data = active().table("plain_words.toml")
    phrases = data["phrases"]
    ranked = sorted(phrases, key=lambda phrase: (-len(phrase), phrase))
    pattern = re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, ranked)) or '(?!)'})(?![\w-])")
    return pattern, phrases, frozenset(data["dropped"]["words"])


def _marked(lowered: str) -> tuple[str, list[float]]:
    """Return a text with marks in place of its values, and the values; one said twice in a row counts once."""
    found: list[tuple[int, int, str, float]] = []
    for period, start, end in spans_at(lowered):
        kind = "span" if not is_age(period) else "below" if _BELOW.search(period.words) else "from"
        found.append((start, end, f"{kind} {period.bound}", period.days))
    found += [(start, end, f"amount {amount.currency}", amount.value) for amount, start, end in amounts_at(lowered)]
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


def _singular(word: str) -> str:
    """Return a word without the ending of the plural, which in law includes the singular and the other way round."""
    if len(word) < _PLURAL_LEAST or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    return f"{word[:-3]}y" if word.endswith("ies") else word[:-1]


@cached(8192)
def plain(text: str) -> Plain:
    """Return a text in plain words."""
    said = _in_full().sub("", " ".join(text[:_LONGEST].split()), count=1) if ":" in text[:_OPENING] else text
    sentences = SENTENCE_END.split(_by_short_names(" ".join(said[:_LONGEST].split())))
    marked, values = _marked(" ".join(in_one_form(contractions(lower(sentence))) for sentence in sentences))
    pattern, phrases, dropped = _phrases()
    said = pattern.sub(lambda match: phrases[match.group()], canonical(marked))
    words = (_singular(word) for word in said.split() if word not in dropped)
    # An abbreviation set behind what it stands for is the same word twice.
    return Plain(tuple(word for word, _ in groupby(words)), tuple(values))


def same_plainly(before: str, after: str) -> bool:
    """Say whether two texts are the same in plain words: nothing in law tells them apart."""
    if max(len(before), len(after)) > _LONGEST:
        return False
    old, new = plain(before), plain(after)
    return (
        bool(old.words)
        and old.words == new.words
        and len(old.values) == len(new.values)
        and all(same_time(one, other) for one, other in zip(old.values, new.values, strict=True))
    )
