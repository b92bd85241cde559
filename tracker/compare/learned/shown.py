"""What the text of one side of a pair shows by itself: its words, names, dates, sums, addresses and shape."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from tracker.compare.vocabulary.cues import Cue, compile_cues, matches
from tracker.compare.vocabulary.lexicons import active, cached
from tracker.compare.vocabulary.models import words_of
from tracker.compare.vocabulary.stems import function_words

_LONG = 400  #: words of a clause that are looked at; what is longer is a damaged extraction or a table
REMEMBERED = 4096  #: clauses whose words are known again
_NOTHING: frozenset[str] = frozenset()
_NUMBER = re.compile(r"\d[\d.,]*")
_DURATION = re.compile(
    r"\b(\d+|one|two|three|four|five|six|seven|eight|nine|ten|twelve|thirteen|fourteen|fifteen|eighteen|thirty|sixty|ninety)"
    r"(?:\s*\(\d+\))?[\s-]*(?:business |calendar |working )?(hour|day|week|month|year)s?\b"
)
_CAPITALS = re.compile(r"\b[A-Z][\w'’]*")
#: A look behind opens what may be long, here and below: a run of digits or letters is then begun once, not at each.
_MONEY = re.compile(r"[$€£¥]\s?\d[\d.,]*|(?<![\d.,])\d[\d.,]*\s?(?:usd|eur|gbp|dollars|euros|%|percent|per cent)")
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_DATE = re.compile(
    rf"\b(?:{_DAY}[ .]+)?{_MONTH}\.? (?:{_DAY},? )?\d{{4}}\b"
    r"|\b\d{4}-\d\d-\d\d\b|\b\d{1,2}[./]\d{1,2}[./]\d{2,4}\b"
)
_ADDRESS = re.compile(
    r"https?://\S+|www\.\S+|(?<![\w.+-])[\w.+-]+@[\w-]+\.[\w.]+|\[email protected\]"
    r"|(?<![\w-])[\w-]+\.(?:com|org|net|io|eu|co\.uk)\b\S*"
)
_DIGIT = re.compile(r"\d")
#: What stands in every address: a text is searched for these many times as fast.
_OF_ADDRESS = re.compile(r"@|://|www\.|\[email|\.(?:com|org|net|io|eu|co\.uk)\b")


@cached(1)
def _announcing() -> tuple[Cue, ...]:
    return compile_cues(active().table("word_lists.toml")["announcing"])


def runs_of(words: Sequence[str]) -> Iterable[tuple[str, ...]]:
    """Return the runs of three words."""
    return zip(words, words[1:], words[2:], strict=False)


@lru_cache(maxsize=REMEMBERED)
def told(text: str) -> tuple[int, frozenset[str], frozenset[tuple[str, ...]]]:
    """Return how many words a clause has, which, and its word 3-grams; most clauses stand in the next text too."""
    words = words_of(text)
    return len(words), frozenset(words), frozenset(runs_of(words))


def masked(text: str) -> str:
    """Return a text with the same mark for any address, any date and any number."""
    if _OF_ADDRESS.search(text):
        text = _ADDRESS.sub(" link ", text)
    return _NUMBER.sub("0", _DATE.sub(" date ", text)) if _DIGIT.search(text) else text


def _shape(text: str, words: list[str]) -> dict[str, float]:
    """Return what tells prose from navigation, prices and debris."""
    size = max(1, len(text))
    tokens = text.split()
    marks = len(text) - sum(map(str.isalnum, text)) - sum(map(str.isspace, text))
    foreign = 0 if text.isascii() else sum(ord(character) > 0x24F and character.isalpha() for character in text)
    return {
        "sentence end": float(text.rstrip().endswith((".", ":", ";", "!", "?"))),
        "title case": sum([token[0].isupper() for token in tokens]) / max(1, len(tokens)),
        "digits": sum(map(str.isdigit, text)) / size,
        "marks": marks / size,
        "foreign": foreign / size,
        "function words": sum(map(function_words().__contains__, words)) / max(1, len(words)),
        "links": float(bool(_OF_ADDRESS.search(text) and _ADDRESS.search(text))),
        "separators": float(text.count("|") + text.count("•") + text.count("·") > 1),
    }


@dataclass(frozen=True, slots=True)
class Shown:
    """What the text of one side of a pair shows by itself, wherever it stands."""

    words: list[str]
    grams: frozenset[tuple[str, ...]]
    capitals: frozenset[str]  #: words that are written as names
    named: tuple[tuple[str, frozenset[str]], ...]  #: dates, sums of money and addresses, each under what they are
    durations: frozenset[str]
    announces: bool
    shape: dict[str, float]


@cached(2048)
def shown_by(text: str) -> Shown:
    """Look at one text; one that flips stands in many comparisons."""
    words, lowered = words_of(text)[:_LONG], text.lower()
    whole = len(words) < _LONG  # then its 3-grams are known from the whole document
    named = (("date", _DATE, _DIGIT), ("money", _MONEY, _DIGIT), ("address", _ADDRESS, _OF_ADDRESS))
    return Shown(
        words,
        told(text)[2] if whole else frozenset(runs_of(words)),
        frozenset(word.lower() for word in _CAPITALS.findall(text)),
        tuple(
            (name, frozenset(pattern.findall(lowered)) if needed.search(lowered) else _NOTHING)
            for name, pattern, needed in named
        ),
        frozenset(" ".join(match) for match in _DURATION.findall(lowered)),
        _announces(lowered),
        _shape(text, words),
    )


def _announces(lowered: str) -> bool:
    """Say whether a text tells of a change at a date."""
    return bool(_DIGIT.search(lowered) and _DATE.search(lowered)) and bool(
        matches(_announcing(), lowered.replace("’", "'"))
    )
