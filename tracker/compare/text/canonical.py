"""Canonical text: what two clauses must have in common to say the same in the same words.

`canonical` runs an ordered list of small pure processors. Equal results mean that a change is cosmetic at most, so each
processor is conservative: numbers, negations and modal verbs survive.
"""

import html
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence

from tracker.compare.vocabulary.lexicons import active, cached

#: Raised whenever the same text may give another key.
CANON_VERSION = "3"

SELF = "SELF"  #: stands for the organisation's own names
LINK = "LINK"  #: stands for an address on the web
MAIL = "MAIL"  #: stands for an e-mail address hidden from robots

_QUOTES = str.maketrans(dict.fromkeys("‘’‚‛′`´", "'") | dict.fromkeys("“”„‟″«»", '"') | dict.fromkeys("‐‑‒–—―−", "-"))
_INVISIBLE = re.compile("[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_OBFUSCATED = re.compile(r"\[e-?mail(?:\s|\u00a0)+protected\]", re.IGNORECASE)
_MARKDOWN_LINK = re.compile(r"!?\[([^\[\]]*)\]\([^()\s]*(?:\s+\"[^\"]*\")?\)")
_URL = re.compile(r"(?:https?://|www\.)[^\s<>\"']*[^\s<>\"'.,;:!?)\]]", re.IGNORECASE)
#: "3.2", "(iv)", "B.3.b." or a bullet; "U.S." counts nothing.
_MARKER = re.compile(
    r"^\s*(?:(?:\d{1,3}\.)+\d{0,3}\.?|(?=[a-zA-Z.]*\d)(?:\d{1,3}|[a-zA-Z])(?:\.(?:\d{1,3}|[a-zA-Z]|[ivxIVX]{2,5}))+\.?"
    r"|\(?(?:\d{1,3}|[a-zA-Z]|[ivxIVX]{2,5})[.)]|[•·▪◦*–-])\s+(?=\S)"
)
_REFERENCE = re.compile(
    r"\b(section|sections|article|articles|clause|clauses|paragraph|paragraphs|sec\.|§+)\s*"
    r"\d+(?:\.\d+)*\.?(?:\s*\([a-z0-9]{1,3}\))*(?:\s*(?:,|and|or|to|-)\s*\d+(?:\.\d+)+(?:\s*\([a-z0-9]{1,3}\))*)*",
    re.IGNORECASE,
)
_STATUTE = re.compile(
    r"\s*(?:\([^)]*\)\s*)?(?:of\s+(?:the\s+)?)?(?:gdpr|ccpa|regulation|directive|act\b|code\b|law\b|eu\b)", re.I
)
_SAID_TWICE = re.compile(r"\b([a-z]+(?:-[a-z]+)?)\s*\(\s*(\d+)\s*\)")
_THOUSANDS = re.compile(r",(?<=\d,)(?=\d{3}\b)")
_POSSESSIVE = re.compile(r"(?<=[a-z0-9])'s\b")
#: Opens with one set of characters, so that a text is not looked at in detail where none of them stands.
_PUNCTUATION = re.compile(
    r"[.,/;:!?\"'()\[\]{}<>|*_~#\\…•·^=-](?:(?<![.,/-])|(?<=[.,])(?!\d)|(?<=[/-])(?:(?!\w)|(?<!\w[/-])))"
)
_DIGIT = re.compile(r"\d")
_PRIVATE_SELF = "\ue000"
_PRIVATE_LINK = "\ue001"
_PRIVATE_MAIL = "\ue002"


def tables() -> Mapping[str, Mapping[str, str]]:
    """Return the word tables of `lexicon/synonyms.toml`."""
    return active().table("synonyms.toml")


@cached(1)
def _legal_forms() -> str:
    forms = sorted(tables()["legal_forms"]["forms"], key=len, reverse=True)
    return "|".join(re.escape(form) for form in forms)


@cached(8)
def _replacer(*names: str) -> tuple[re.Pattern[str], Mapping[str, str]]:
    words: dict[str, str] = {}
    for name in names:
        words.update(tables()[name])
    longest_first = sorted(words, key=lambda word: (-len(word), word))
    # By their first letter: of all words only those that begin as a word of the text does are then tried on it.
    ends: dict[str, list[str]] = {}
    for word in longest_first:
        ends.setdefault(word[0], []).append(re.escape(word[1:]))
    words_of = (rf"{re.escape(first)}(?:{'|'.join(rest)})" for first, rest in ends.items())
    return re.compile(rf"(?<![\w-])(?:{'|'.join(words_of) or '(?!)'})(?![\w-])"), words


def _replace(text: str, *names: str) -> str:
    pattern, words = _replacer(*names)
    return pattern.sub(lambda match: words[match.group()], text)


def unicode_forms(text: str) -> str:
    """Unify compatible characters, quotation marks and dashes; drop invisible characters."""
    if not text.isascii():
        text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text).translate(_QUOTES))
    return html.unescape(text) if "&" in text else text


def mail_addresses(text: str) -> str:
    """Put a token where a page hides an e-mail address from robots."""
    return _OBFUSCATED.sub(_PRIVATE_MAIL, text) if "[" in text else text


def links(text: str) -> str:
    """Drop where links lead to; put a token in place of an address that is displayed."""
    if "](" in text:
        text = _MARKDOWN_LINK.sub(r"\1", text)
    return _URL.sub(_PRIVATE_LINK, text) if "http" in text.lower() or "www." in text.lower() else text


def numbering(text: str) -> str:
    """Drop the number or bullet a clause opens with, unless nothing else would be left."""
    return _MARKER.sub("", text, count=1)


def references(text: str) -> str:
    """Drop the number of a referenced section, but not of an article or section of a statute."""

    def unnumbered(match: re.Match[str]) -> str:
        return match.group() if _STATUTE.match(text, match.end()) else match.group(1)

    return _REFERENCE.sub(unnumbered, text) if _DIGIT.search(text) else text


def lower_case(text: str) -> str:
    """Fold case."""
    return text.lower()


@cached(1)
def _link_notes() -> re.Pattern[str]:
    forms = sorted(tables()["link_notes"]["forms"], key=len, reverse=True)
    either = "|".join(re.escape(form) for form in forms) or "(?!)"
    return re.compile(rf"\b(?:{either})\b")


def link_notes(text: str) -> str:
    """Drop what a page tells a screen reader about a link: that it opens in another window."""
    if not any(map(text.__contains__, tables()["link_notes"]["forms"])):
        return text
    return _link_notes().sub(" ", text)


def contractions(text: str) -> str:
    """Write out contractions."""
    return _replace(text, "contractions") if "'" in text else text


def number_words(text: str) -> str:
    """Write number words in digits, and a number said twice ("thirty (30)") once."""

    def once(match: re.Match[str]) -> str:
        said = "1" if match.group(1) == "one" else tables()["numbers"].get(match.group(1))
        return match.group(2) if said == match.group(2) else match.group()

    if "(" in text:
        text = _SAID_TWICE.sub(once, text)
    text = _replace(text, "numbers")
    return _THOUSANDS.sub("", text) if "," in text else text


def spelling(text: str) -> str:
    """Unify spelling variants and synonyms."""
    return _replace(text, "spelling", "synonyms")


def punctuation(text: str) -> str:
    """Drop punctuation that does not stand inside a number or word."""
    return _PUNCTUATION.sub(" ", _POSSESSIVE.sub("", text) if "'s" in text else text)


def white_space(text: str) -> str:
    """Leave single spaces."""
    return " ".join(text.split())


@cached(256)
def _written(names: tuple[str, ...]) -> tuple[tuple[str, ...], re.Pattern[str]]:
    """Return names as they stand in a text in small letters, the longest first, and the pattern that finds them."""
    plain = {white_space(unicode_forms(name)).lower().rstrip(".") for name in names}
    ordered = tuple(sorted((name for name in plain if name), key=lambda name: (-len(name), name)))
    either = "|".join(map(re.escape, ordered)) or "(?!)"
    return ordered, re.compile(rf"(?<!\w)(?:{either})(?:,?\s+(?:{_legal_forms()})\b\.?)?(?!\w)")


def own_names(text: str, names: tuple[str, ...]) -> str:
    """Put a token in place of the organisation's names, with their legal forms."""
    if not names:
        return text
    written, pattern = _written(names)
    # Few clauses hold one; to see that takes a fifth of a search.
    return pattern.sub(_PRIVATE_SELF, text) if any(map(text.__contains__, written)) else text


BEFORE_NAMES: tuple[Callable[[str], str], ...] = (
    unicode_forms, mail_addresses, links, numbering, references, lower_case, link_notes, white_space,
)  # fmt: skip
AFTER_NAMES: tuple[Callable[[str], str], ...] = (contractions, number_words, spelling, punctuation, white_space)

_ONLY_LETTERS = re.compile(r"[A-Za-z]+(?: [A-Za-z]+)*")


@cached(1)
def _turned() -> frozenset[str]:
    """Return the words with which begins whatever is written otherwise in a key: text of letters without any stays."""
    forms = [*tables()["link_notes"]["forms"]]
    for name in ("contractions", "numbers", "spelling", "synonyms"):
        forms += tables()[name]
    return frozenset(form.split()[0] for form in forms)


@cached(16384)
def _canonical(text: str, names: tuple[str, ...]) -> str:
    key = text.lower()
    if _ONLY_LETTERS.fullmatch(text) and _turned().isdisjoint(key.split()) and own_names(key, names) == key:
        return key
    key = text
    for process in BEFORE_NAMES:
        key = process(key)
    key = own_names(key, names)
    for process in AFTER_NAMES:
        key = process(key)
    key = key.replace(_PRIVATE_SELF, SELF).replace(_PRIVATE_LINK, LINK).replace(_PRIVATE_MAIL, MAIL)
    return key or white_space(unicode_forms(text).lower())


def canonical(text: str, names: Sequence[str] = ()) -> str:
    """Return the key of a displayed text; `names` are the organisation's own. Never empty unless the text is blank."""
    return _canonical(text, tuple(names))
