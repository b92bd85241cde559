"""Stems of English words (Porter 2001, "Snowball: a language for stemming algorithms")."""

import threading

from snowballstemmer.english_stemmer import EnglishStemmer

from tracker.compare.lexicons import cached

_STEMMER = EnglishStemmer()
_STEMMING = threading.Lock()  # a stemmer works on its one word in place


@cached(16384)
def stem(word: str) -> str:
    """Return the stem of a word in small letters."""
    with _STEMMING:
        return str(_STEMMER.stemWord(word))
