"""Stems of English words (Porter 2001, "Snowball: a language for stemming algorithms"), and words without content."""

import re
import threading
from functools import lru_cache

from Stemmer import Stemmer

from tracker.compare.vocabulary.lexicons import active, cached

_WORD = re.compile(r"[a-z]{3,}")
_STEMMER = Stemmer("english", 0)  # without a memory of its own: `stem` has one
_STEMMING = threading.Lock()  # a stemmer works on its one word in place


@lru_cache(maxsize=16384)
def stem(word: str) -> str:
    """Return the stem of a word in small letters."""
    with _STEMMING:
        return str(_STEMMER.stemWord(word))


@cached(1)
def function_words() -> frozenset[str]:
    """Return the words that hold a sentence together and tell nothing of what it is about."""
    return frozenset(active().table("word_lists.toml")["function_words"])


def content_stems(text: str) -> set[str]:
    """Return the stems of a text's words of three letters or more, function words left out."""
    small = function_words()
    return {stem(word) for word in _WORD.findall(text.lower()) if word not in small}
