"""Which language a clause is in: by its script, else by its function words."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import chain

from tracker.compare.vocabulary.lexicons import active, cached

UNDETERMINED = "und"
_WORD = re.compile(r"[^\W\d_]+")
_NO_LETTER = str.maketrans({code: " " for code in range(128) if not chr(code).isalpha()})
#: "EU", "DES" and the "com" of an address are no function words, though they are spelt like some
_CAPITALS = r"[A-Z](?<!\w[A-Z])[A-Z]{1,3}\b"
_NO_WORDS = re.compile(rf"{_CAPITALS}|\S+@\S+|(?:https?://|www\.)\S+|\b[\w-]+\.(?:com|org|net|eu|de|es|it|at)\b")
_ONLY_CAPITALS = re.compile(_CAPITALS)
_ADDRESS_MARK = re.compile(r"@|://|www\.|\.(?:com|org|net|eu|de|es|it|at)\b")  #: stands in every address
_FEWEST_WORDS = 5  #: fewer say nothing
_LOWEST_SHARE = 0.15  #: of function words, below which a text is a list of names
_BEYOND_LATIN = re.compile("[\u0250-\U0010ffff]")
_SCRIPTS = (
    ("ja", re.compile(r"[\u3040-\u30ff]")),
    ("ko", re.compile(r"[\uac00-\ud7af]")),
    ("zh", re.compile(r"[\u4e00-\u9fff]")),
    ("uk", re.compile(r"[іїєґ]", re.IGNORECASE)),
    ("ru", re.compile(r"[\u0400-\u04ff]")),
    ("el", re.compile(r"[\u0370-\u03ff]")),
    ("ar", re.compile(r"[\u0600-\u06ff]")),
    ("he", re.compile(r"[\u0590-\u05ff]")),
    ("th", re.compile(r"[\u0e00-\u0e7f]")),
    ("hi", re.compile(r"[\u0900-\u097f]")),
)


@cached(1)
def _languages_of_word() -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for language, words in active().table("languages.toml").items():
        for word in dict.fromkeys(words.split()):
            found.setdefault(word, []).append(language)
    return {word: tuple(languages) for word, languages in found.items()}


def _words(text: str) -> list[str]:
    """Return the runs of letters of a text; one without accents is cut several times as fast."""
    return text.translate(_NO_LETTER).split() if text.isascii() else _WORD.findall(text)


@cached(16384)
def language_of(text: str) -> str:
    """Return the ISO 639-1 code of a text's language; "und" where it is too short or too odd to tell."""
    foreign = 0 if text.isascii() else sum(map(str.isalpha, _BEYOND_LATIN.findall(text)))
    if foreign and foreign * 2 > sum(map(str.isalpha, text)):
        return next((code for code, script in _SCRIPTS if script.search(text)), UNDETERMINED)
    no_words = _NO_WORDS if _ADDRESS_MARK.search(text) else _ONLY_CAPITALS
    words = _words((text if text.isupper() else no_words.sub(" ", text)).lower())
    if len(words) < _FEWEST_WORDS:
        return UNDETERMINED
    table = _languages_of_word()
    # Each word votes once: "a ... a ... a" is no more Czech than one "a".
    votes = Counter(chain.from_iterable([table[word] for word in dict.fromkeys(words) if word in table]))
    ranked = sorted(votes.items(), key=lambda vote: (-vote[1], vote[0]))
    if not ranked or ranked[0][1] < _LOWEST_SHARE * len(set(words)) or ranked[0][1] < 2:
        return UNDETERMINED
    if len(ranked) > 1 and ranked[0][1] == ranked[1][1]:
        return UNDETERMINED
    return ranked[0][0]


def main_language(weighted: Iterable[tuple[str, int]]) -> str:
    """Return the language most words are in, of (language, words) pairs; "und" where none is known."""
    votes: Counter[str] = Counter()
    for language, words in weighted:
        if language != UNDETERMINED:
            votes[language] += words
    return min(votes, key=lambda language: (-votes[language], language)) if votes else UNDETERMINED
