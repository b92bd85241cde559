"""Two versions of a clause that say the same with other words: every word of one has its like in the other.

A sentence is cut into statements, and these where a word opens what binds them ("only", "unless", "if"). Within a
part words may stand in any order; denials, duties, numbers and spans of time must be those of the same part on the
other side. The thesaurus tells which words may stand for each other.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tracker.compare.findings.plain import MARK, Plain, plain
from tracker.compare.vocabulary.lexicons import active, cached
from tracker.compare.vocabulary.sentences import SENTENCE_END
from tracker.compare.vocabulary.stems import function_words, stem
from tracker.compare.vocabulary.thesaurus import Sense, thesaurus

_LONGEST = 2000  #: characters of a clause that are compared so
_MOST_BOUND = 40  #: statements of a clause that are paired off
_NONE: frozenset[Sense] = frozenset()
#: What ends a statement; "or" stays, for it ties two of them otherwise than "and".
_JOINT = re.compile(
    r"; |, (?:and|but|nor|while|whereas) | (?:and|but|nor) (?=(?:we|you|they|it)\b)|, (?=(?:or|not)\b)| (?=or (?:we|you|they|it)\b)"
)
_INSERTED = re.compile(r", (not [^,;]+),? (?=\w)")  #: "the school, not the company, decides"
_PARTIES = {
    "we": "company", "us": "company", "you": "person",
    "our": "ours", "your": "yours", "their": "theirs", "its": "theirs", "his": "theirs", "her": "theirs",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Part:
    """What one part of a statement says: the word that opens it, whether it is denied, and its words by their stem."""

    opener: str
    denied: bool
    words: Counter[str]

    def is_like(self, other: "_Part") -> bool:
        """Say whether another part says the same."""
        return (self.opener, self.denied) == (other.opener, other.denied) and _alike(self.words, other.words)


_Statement = tuple[_Part, ...]


@dataclass(frozen=True, slots=True)
class _Said:
    """What a clause says: its plain statements together, those that something binds or denies one by one."""

    free: Counter[str]
    bound: tuple[_Statement, ...]
    parties: Counter[str]  #: how often each is spoken of


@cached(1)
def _small_words() -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Return what small words are compared as: those that open a part, and those that stand in one."""
    kinds: Mapping[str, Mapping[str, list[str]]] = active().table("word_lists.toml")["paraphrase"]
    opening, standing = (
        {word: f":{kind}" for kind, words in kinds[group].items() for word in words} for group in ("opening", "standing")
    )
    return opening, standing


def _parts(told: Plain) -> tuple[list[_Part], Counter[str]]:
    """Return the parts of a statement in plain words, and how often each party is spoken of."""
    opening, standing = _small_words()
    empty = function_words()
    numbers = iter(told.values)
    parts: list[tuple[str, list[str]]] = [("", [])]
    parties: Counter[str] = Counter()
    for word in told.words:
        if word.startswith(MARK):
            parts[-1][1].append(f"{word} {next(numbers, 0.0):.1f}")
        elif word in opening:
            parts.append((opening[word], []))
        elif word in standing:
            parts[-1][1].append(standing[word])
        elif word in _PARTIES:
            parties[_PARTIES[word]] += 1
            if parts[-1][0]:  # whose consent or order it hangs on
                parts[-1][1].append(f":{_PARTIES[word]}")
        elif word not in empty:
            parts[-1][1].append(word if word[0].isdigit() else stem(word.strip("'-")))
    return [_part(opener, words) for opener, words in parts if opener or words], parties


def _part(opener: str, words: Iterable[str]) -> _Part:
    counted = Counter(words)
    denied = counted.pop(":denials", 0) % 2 == 1
    if denied or opener in {":without"}:
        counted.pop(":wholes", None)
    return _Part(opener, denied, counted)


@cached(4096)
def _said(text: str) -> _Said:
    free: Counter[str] = Counter()
    bound: list[_Statement] = []
    parties: Counter[str] = Counter()
    for sentence in SENTENCE_END.split(" ".join(text.split())):
        for piece in _JOINT.split(_INSERTED.sub(r"; \1; ", sentence)):
            parts, spoken_of = _parts(plain(piece))
            parties += spoken_of
            if any(part.opener or part.denied for part in parts):
                bound.append(tuple(parts))
            else:
                free += sum((part.words for part in parts), Counter())
    return _Said(free, tuple(bound), parties)


def _alike(old: Counter[str], new: Counter[str]) -> bool:
    """Say whether every word of either side has one on the other that may stand for it."""
    lost, gained = old - new, new - old
    known = thesaurus()
    for here, there in ((lost, gained), (gained, lost)):
        for word in here:
            if word.startswith((":", MARK)) or word[0].isdigit():
                return False
            senses = known.get(word, _NONE)
            if not any(not senses.isdisjoint(known.get(other, _NONE)) for other in there):
                return False
    return True


def _same_statement(old: _Statement, new: _Statement) -> bool:
    """Say whether the parts of one statement are those of another; conditions that open it stand behind it here."""
    return len(old) == len(new) and all(one.is_like(other) for one, other in zip(old, new, strict=True))


def _pair_off(olds: tuple[_Statement, ...], news: tuple[_Statement, ...]) -> bool:
    if len(olds) != len(news) or len(olds) > _MOST_BOUND:
        return False
    left = list(news)
    for old in olds:
        fit = next((new for new in left if _same_statement(old, new)), None)
        if fit is None:
            return False
        left.remove(fit)
    return True


def _same_parties(old: Counter[str], new: Counter[str]) -> bool:
    """Say whether nobody stands where another did; that the organisation acts need not be said: "is sold by us"."""
    acting = {old["company"], new["company"]}
    owning = [new[whose] - old[whose] for whose in ("ours", "yours", "theirs")]
    exchanged = min(owning) < 0 < max(owning)
    return old["person"] == new["person"] and (len(acting) == 1 or 0 in acting) and not exchanged


def same_in_other_words(before: str, after: str) -> bool:
    """Say whether two texts differ only in words that may stand for each other, and in order."""
    if not (before and after) or max(len(before), len(after)) > _LONGEST or "|" in before + after:
        return False
    old, new = _said(before), _said(after)
    return (
        _alike(old.free, new.free)
        and _pair_off(old.bound, new.bound)
        and _same_parties(old.parties, new.parties)
    )
