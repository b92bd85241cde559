"""Texts without accents: whoever looks for "donnees" finds "données", and the reverse.

SQLite's index reads words so by itself (`unicode61 remove_diacritics 2`). PostgreSQL's reads the SQL below, and a
question to it is folded in the same way; a change of the SQL needs a migration, which makes the index anew.
"""

import re
import unicodedata

#: Accents of their own, as what is taken apart has them.
_MARK = re.compile("[\u0300-\u036f]")
_ACCENTED = re.compile(f"([A-Za-z]){_MARK.pattern}+")


def fold(text: str) -> str:
    """Return a text whose Latin letters are without accents; other scripts keep what tells their letters apart."""
    if text.isascii():
        return text
    return unicodedata.normalize("NFC", _ACCENTED.sub(r"\1", unicodedata.normalize("NFD", text)))


def fold_with_places(text: str) -> tuple[str, list[int]]:
    """Return a text without accents and, for each of its characters and its end, where that stands in the text."""
    folded: list[tuple[str, int]] = []
    for place, given in enumerate(text):
        if _MARK.match(given) and folded and folded[-1][0].isascii() and folded[-1][0].isalpha():
            continue
        folded += [(char, place) for char in fold(given)]
    return "".join(char for char, _ in folded), [*(place for _, place in folded), len(text)]


def folded_sql(text: str) -> str:
    """Return SQL for what `fold` returns, on PostgreSQL; a text without such a letter, as most are, costs little."""
    letters = r"[\u00C0-\u036F\u1E00-\u1EFF\u212A\u212B]"
    plain = rf"regexp_replace(normalize({text}, NFD), '([A-Za-z])[\u0300-\u036F]+', '\1', 'g')"
    return f"case when {text} ~ '{letters}' then normalize({plain}, NFC) else {text} end"
