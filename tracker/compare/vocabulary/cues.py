"""Cue phrases: readable patterns of a lexicon file, compiled at most once and searched fast.

A cue is a row of words as a reader would say them: `sell|sells ... data|information`. `a|b` are alternatives,
`work*` also
finds "works" and "working", `...` spans up to six words, `word?` may be missing. Case does not matter, and neither
does what stands between the words as long as it is not a letter or digit.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import takewhile

_SEPARATOR = r"[^\w]+"
_GAP = r"(?:[^\w]+\w+){0,6}?"
_TOKEN = re.compile(r"[\w'’\-.&]+\*?(?:\|[\w'’\-.&]+\*?)*\??|\.\.\.")


def _alternatives(piece: str) -> tuple[str, ...]:
    return tuple(word.lower() for word in piece.rstrip("?").split("|"))


def _word(word: str) -> str:
    return re.escape(word.rstrip("*")) + (r"\w*" if word.endswith("*") else "")


def _expression(piece: str) -> str:
    return "(?:" + "|".join(map(_word, _alternatives(piece))) + ")"


def _openings(piece: str) -> list[str]:
    """Return the expressions of a first word, no letter or digit before it, one for each letter it may open with.

    The letters stand before the look behind: a text is searched many times as fast for letters.
    """
    groups: dict[str, list[str]] = {}
    for word in _alternatives(piece):
        groups.setdefault(word[0], []).append(word)
    found = []
    for words in groups.values():
        alike = takewhile(
            lambda letters: len(set(letters)) == 1, zip(*(word.rstrip("*") for word in words), strict=False)
        )
        shared = "".join(letters[0] for letters in alike)
        rest = "|".join(_word(word[len(shared) :]) for word in words)
        found.append(rf"{re.escape(shared)}(?<!\w{re.escape(shared)})(?:{rest})")
    return found


def _split(phrase: str) -> tuple[str, str]:
    """Return the first piece of a phrase, and the expression of what follows it. Raises ValueError as `pieces_of`."""
    first, *others = pieces_of(phrase)
    following, joined = "", first != "..."
    for piece in others:
        if piece == "...":
            following += _GAP
            continue
        word = (_SEPARATOR if joined else "") + _expression(piece)
        following += f"(?:{word})?" if piece.endswith("?") else word
        joined = True
    return first, following


def expression_of(phrase: str) -> str:
    """Return the expression of one phrase, to be looked for with others; what stands around it is not looked at."""
    first, following = _split(phrase)
    return (_GAP if first == "..." else _expression(first)) + following


@dataclass(frozen=True)
class Cue:
    """One phrase; a text without one of its `anchors` (literal pieces) need not be searched."""

    phrase: str
    anchors: tuple[str, ...]

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Return its expression, compiled when first asked for: most phrases are near no word of a text."""
        first, following = _split(self.phrase)
        opening = "|".join([rf"(?<!\w){_GAP}"] if first == "..." else _openings(first))
        return re.compile(rf"(?:{opening}){following}(?!\w)")

    def search(self, lowered: str) -> re.Match[str] | None:
        """Return the first match in a text that is already lower case."""
        for anchor in self.anchors:
            if anchor in lowered:
                return self.pattern.search(lowered)
        return None


def pieces_of(phrase: str) -> list[str]:
    """Return the words and gaps of one phrase.

    Raises ValueError when it holds anything but words, `|`, `*`, `?` and `...`, or no word that must be there at its
    start.
    """
    sequence = phrase.split()
    if not sequence or any(_TOKEN.fullmatch(piece) is None for piece in sequence):
        raise ValueError(f"not a cue phrase: {phrase!r}")
    if not _fixed(sequence) or sequence[0].endswith("?"):
        raise ValueError(f"cue phrase has no word that must be there at its start: {phrase!r}")
    return sequence


def _fixed(sequence: Iterable[str]) -> list[str]:
    """Return the words that must be there."""
    return [piece for piece in sequence if piece != "..." and not piece.endswith("?")]


@lru_cache(maxsize=16384)
def compile_cue(phrase: str) -> Cue:
    """Return one phrase ready to be looked for. Raises ValueError as `pieces_of` does."""
    sequence = pieces_of(phrase)
    best = max(_fixed(sequence), key=lambda piece: min(len(word.rstrip("*")) for word in _alternatives(piece)))
    anchors = tuple(word.rstrip("*") for word in _alternatives(best))
    return Cue(phrase, anchors)


def compile_cues(phrases: Iterable[str]) -> tuple[Cue, ...]:
    """Return phrases ready to be looked for. Raises ValueError as `pieces_of` does."""
    return tuple(map(compile_cue, phrases))


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
    # Asked of long lists of cues about every clause: what `search` does is done here once more.
    for cue in cues:
        for anchor in cue.anchors:
            if anchor in lowered:
                if cue.pattern.search(lowered) is not None:
                    return True
                break
    return False


_RUN = re.compile(r"\w+")
_REMEMBERED_WORDS = 20_000


@lru_cache(maxsize=256)
def _runs(lowered: str) -> frozenset[str]:
    """Return the words of a text; several nouns are looked for in the same one after the other."""
    return frozenset(_RUN.findall(lowered))


class CueIndex:
    """Cues by the words their anchors begin with: a text is searched only for what its own words may open.

    An anchor stands at the beginning of a word, so that its first run of letters is a word of the text, or with a `*`
    the beginning of one.
    """

    def __init__(self, cues: Iterable[Cue]) -> None:
        self.cues = tuple(cues)
        self._words: dict[str, list[int]] = {}
        self._stems: dict[str, list[int]] = {}
        self._beginnings: set[str] = set()  #: of stems: what begins otherwise is opened by none
        self._always: list[int] = []  #: cues with an anchor that opens with no letter
        #: What words open, and the words that open anything. Both are replaced together where they grew too large:
        #: threads may be in the middle of the old ones.
        self._known: tuple[dict[str, tuple[int, ...]], set[str]] = {}, set()
        for at, cue in enumerate(self.cues):
            for anchor in cue.anchors:
                run = _RUN.match(anchor)
                if run is None:
                    self._always.append(at)
                else:
                    # Whether a `*` follows is no longer known here: every anchor that is one run may be a stem.
                    table = self._stems if run.end() == len(anchor) else self._words
                    table.setdefault(run.group(), []).append(at)
        for stem in self._stems:
            self._beginnings.update(stem[:end] for end in range(1, len(stem) + 1))

    def _opened_by(self, word: str) -> tuple[int, ...]:
        places = set(self._words.get(word, ()))
        for end in range(1, len(word) + 1):
            beginning = word[:end]
            if beginning not in self._beginnings:
                break
            if beginning in self._stems:
                places.update(self._stems[beginning])
        return tuple(places)

    def near(self, lowered: str) -> list[int]:
        """Return the places of the cues that may match a lower-case text, in order: all that do, and few others."""
        words = _runs(lowered)
        if len(self._known[0]) >= _REMEMBERED_WORDS:
            self._known = {}, set()
        opened, openers = self._known
        for word in words.difference(opened):
            places = self._opened_by(word)
            if places:
                openers.add(word)
            opened[word] = places  # last: who finds it here finds it among the openers too
        found = set(self._always)
        for word in words & openers:
            found.update(opened[word])
        return sorted(found)


class CueGroups:
    """Groups of cues, all looked for in one go."""

    def __init__(self, groups: Iterable[Iterable[Cue]]) -> None:
        kept = [tuple(group) for group in groups]
        self._index = CueIndex(cue for group in kept for cue in group)
        self._group_of = [number for number, group in enumerate(kept) for _ in group]

    def matches(self, lowered: str) -> dict[int, list[str]]:
        """Return by the number of a group what `matches` returns of its cues, for the groups that match anywhere."""
        found: dict[int, dict[str, None]] = {}
        for at in self._index.near(lowered):
            match = self._index.cues[at].search(lowered)
            if match is not None:
                found.setdefault(self._group_of[at], {})[match.group()] = None
        return {number: list(words) for number, words in found.items()}
