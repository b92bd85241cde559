"""How many words a text has, also where its script sets none apart."""

import re

#: Letters of Chinese and Japanese: two of them make a word, by and large.
_PAIRED = re.compile(r"[\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
#: Letters of Thai, Lao, Burmese and Khmer: about four of them, their marks included, do.
_FOURFOLD = re.compile(r"[\u0e01-\u0e4e\u0e81-\u0ece\u1000-\u103f\u1780-\u17d3]")


def word_count(text: str) -> int:
    """Return the number of words: what spaces set apart, and of letters that are written without any a share."""
    words = len(text.split())
    if text.isascii():
        return words
    return words + len(_PAIRED.findall(text)) // 2 + len(_FOURFOLD.findall(text)) // 4
