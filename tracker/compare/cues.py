"""Cue phrases: readable patterns of a lexicon file, compiled once and searched fast.

A cue is a row of words as a reader would say them: `sell|sells ... data|information`. `a|b` are alternatives, `work*` also
finds "works" and "working", `...` spans up to six words, `word?` may be missing. Case does not matter, and neither does what
stands between the words as long as it is not a letter or digit.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

_SEPARATOR = r"[^\w]+"
_GAP = r"(?:[^\w]+\w+){0,6}?"
_TOKEN = re.compile(r"[\w'’\-.&]+\*?(?:\|[\w'’\-.&]+\*?)*\??|\.\.\.")


def _alternatives(token: str) -> tuple[str, ...]:
    return tuple(word.lower() for word in token.rstrip("?").split("|"))


def _expression(token: str) -> str:
    words = [re.escape(word.rstrip("*")) + (r"\w*" if word.endswith("*") else "") for word in _alternatives(token)]
    return "(?:" + "|".join(words) + ")"


@dataclass(frozen=True, slots=True)
class Cue:
    """One compiled phrase. `anchors` are literal pieces of which a text must hold one, so that most texts need no search."""

    phrase: str
    anchors: tuple[str, ...]
    pattern: re.Pattern[str]

    def search(self, lowered: str) -> re.Match[str] | None:
        """Return the first match in a text that is already lower case."""
        for anchor in self.anchors:
            if anchor in lowered:
                return self.pattern.search(lowered)
        return None


@lru_cache(maxsize=4096)
def compile_cue(phrase: str) -> Cue:
    """Compile one phrase.

    Raises ValueError when it holds anything but words, `|`, `*`, `?` and `...`, or no word that must be there.
    """
    tokens = phrase.split()
    if not tokens or any(_TOKEN.fullmatch(token) is None for token in tokens):
        raise ValueError(f"not a cue phrase: {phrase!r}")
    expression, joined = "", False
    for token in tokens:
        if token == "...":
            expression += _GAP
            continue
        word = (_SEPARATOR if joined else "") + _expression(token)
        expression += f"(?:{word})?" if token.endswith("?") else word
        joined = True
    fixed = [token for token in tokens if token != "..." and not token.endswith("?")]
    if not fixed or tokens[0].endswith("?"):
        raise ValueError(f"cue phrase has no word that must be there at its start: {phrase!r}")
    best = max(fixed, key=lambda token: min(len(word.rstrip("*")) for word in _alternatives(token)))
    anchors = tuple(word.rstrip("*") for word in _alternatives(best))
    return Cue(phrase, anchors, re.compile(rf"(?<!\w){expression}(?!\w)"))


def matches(cues: Iterable[Cue], lowered: str) -> list[str]:
    """Return the words each cue matched, in the order of the cues, each once."""
    found: dict[str, None] = {}
    for cue in cues:
        match = cue.search(lowered)
        if match is not None:
            found[match.group()] = None
    return list(found)


def any_match(cues: Iterable[Cue], lowered: str) -> bool:
    """Say whether one of the cues matches."""
    return any(cue.search(lowered) is not None for cue in cues)
