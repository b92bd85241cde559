"""An organisation or product that got another name throughout a document: one note, not one change per clause."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise

from tracker.compare.model import Document, Pair, text_of
from tracker.compare.redline import Op, redline
from tracker.compare.text.clauses import with_names
from tracker.compare.text.holding import holding
from tracker.compare.text.remembered import per_document
from tracker.compare.text.topics import has_signal
from tracker.compare.vocabulary.lexicon import lexicon
from tracker.compare.vocabulary.lexicons import active
from tracker.words import ChangeKind

_WORD = re.compile(r"[^\W_][\w&'’-]*(?:\.[a-z]{2,6}\b)?")
_NAME = re.compile(r"[^\w]*([A-Z0-9][\w&'’.-]*(?:[ ][A-Z0-9&][\w&'’.-]*){0,4})[^\w]*")

#: "formerly Acme" tells where a name comes from; what it says of the organisation is the same without it.
_FORMERLY = re.compile(r"\b(?:formerly|previously)(?: known as| called| named)? SELF\b")
_FORMERLY_ENDING = re.compile(rf"{_FORMERLY.pattern}(?: \w{{2,5}}\b)?")  #: with what is left of "acme.com", or its form

_LEAST = 3  #: times that the old name stood there and the new one does
_VOTES = 2  #: clauses in which the one took the other's place
_KEPT = 0.2  #: of the old name's uses may be left, in a "formerly" or an address
_PAIRS_READ = 200  #: changed pairs looked at
_LONGEST = 1000  #: characters of a clause that is looked at
_FEW = 20  #: words that are sooner looked for one by one


@dataclass(frozen=True, slots=True)
class Rename:
    """One name that was replaced by another, everywhere."""

    old: str
    new: str

    @property
    def sentence(self) -> str:
        """Return it as a sentence."""
        return f"“{self.old}” is called “{self.new}” throughout."

    def apply(self, before: Document, after: Document) -> tuple[Document, Document]:
        """Return both documents with keys in which either name stands for the organisation."""
        names = tuple(dict.fromkeys((self.old, self.new, *before.names, *after.names)))
        return with_names(before, names), with_names(after, names)


def renamed(before: Document, after: Document, pairs: Sequence[Pair]) -> Rename | None:
    """Return the one name that dominated the old text and was replaced by another everywhere, if there is one.

    A vendor, a region or an ordinary word that was replaced is none: what changed then is the statement.
    """
    told = _changed(before, after, pairs)
    lost, gained = _moved(before, after, told)
    if not lost or not gained:
        return None
    votes: Counter[tuple[str, str]] = Counter()
    for old, new in told:
        if not lost.isdisjoint(_WORD.findall(old)) and not gained.isdisjoint(_WORD.findall(new)):
            votes.update(_replaced(old, new))
    if not votes:
        return None
    (old_name, new_name), count = min(votes.items(), key=lambda item: (-item[1], item[0]))
    found = Rename(old_name, new_name)
    return found if count >= _VOTES and _stands_for_all(found, before, after) else None


def same_but_for_names(before: Document, after: Document, pair: Pair) -> bool:
    """Return whether a pair of renamed documents says the same, a "formerly" aside."""
    old = " ".join(before.clauses[index].key for index in pair.before)
    new = " ".join(after.clauses[index].key for index in pair.after)
    return any(_without(said, old) == _without(said, new) for said in (_FORMERLY, _FORMERLY_ENDING))


def _without(said: re.Pattern[str], key: str) -> str:
    return " ".join(said.sub(" ", key).split())


def _words(texts: Iterable[str]) -> Counter[str]:
    return Counter(chain.from_iterable(map(_WORD.findall, texts)))


@per_document
def _all_words(document: Document) -> Counter[str]:
    return _words(_texts(document))


def _texts(document: Document) -> list[str]:
    return [clause.text for clause in document.clauses]


def _moved(before: Document, after: Document, told: Sequence[tuple[str, str]]) -> tuple[set[str], set[str]]:
    """Return the capitalised words of changed clauses that one side holds often enough and the other hardly any more.

    What both sides display alike changes no count, so that only the rest and what it names is looked at.
    """
    went, came = (_capitalised(pair[side] for pair in told) for side in (0, 1))
    if not went or not came:
        return set(), set()
    olds, news = Counter(_texts(before)), Counter(_texts(after))
    old, new = _words((olds - news).elements()), _words((news - olds).elements())
    fewer = {word for word in went if old[word] > new[word]}
    more = {word for word in came if new[word] > old[word]}
    if not fewer or not more:
        return set(), set()
    among = fewer | more
    here, there = (
        _all_words(side) if len(among) > _FEW else _words(texts[at] for at in holding(among, texts))
        for side, texts in ((before, _texts(before)), (after, _texts(after)))
    )
    return _moved_out(here, there, fewer), _moved_out(there, here, more)


def _moved_out(here: Counter[str], there: Counter[str], words: Iterable[str]) -> set[str]:
    """Return the words that stand here often enough and there hardly any more."""
    return {word for word in words if here[word] >= _VOTES and there[word] <= here[word] * _KEPT + 1}


def _capitalised(texts: Iterable[str]) -> set[str]:
    return {word for text in texts for word in _WORD.findall(text) if word[0].isupper()}


def _changed(before: Document, after: Document, pairs: Sequence[Pair]) -> list[tuple[str, str]]:
    """Return both sides of the changed clauses that are looked at."""
    changed = [pair for pair in pairs if pair.kind is ChangeKind.CHANGED][:_PAIRS_READ]
    told = ((text_of(before.clauses, pair.before), text_of(after.clauses, pair.after)) for pair in changed)
    return [(old, new) for old, new in told if len(old) <= _LONGEST and len(new) <= _LONGEST]


def _replaced(before: str, after: str) -> set[tuple[str, str]]:
    """Return the names that took another name's place in one clause."""
    pieces = redline(before, after)
    found = set()
    for (op, old), (following, new) in pairwise(pieces):
        if op is Op.DELETE and following is Op.INSERT:
            names = _NAME.fullmatch(old), _NAME.fullmatch(new)
            if names[0] and names[1]:
                found.add((names[0][1].rstrip("."), names[1][1].rstrip(".")))
    return found


def _stands_for_all(found: Rename, before: Document, after: Document) -> bool:
    """Return whether both are proper names, each the one that dominates its text, and the old one is gone."""
    if any(_says_more(name) for name in (found.old, found.new)):
        return False
    old_words, new_words = _all_words(before), _all_words(after)
    for name, words in ((found.old, old_words), (found.new, new_words)):
        if any(words[word.lower()] for word in _WORD.findall(name) if word[0].isupper() and word.lower() != word):
            return False
    uses = [_uses(found.old, before), _uses(found.old, after), _uses(found.new, after), _uses(found.new, before)]
    if uses[0] < _LEAST or uses[2] < _LEAST or uses[3] or uses[1] > uses[0] * _KEPT + 1:
        return False
    return _dominates(found.old, uses[0], old_words) and _dominates(found.new, uses[2], new_words)


def _says_more(name: str) -> bool:
    """Return whether a name holds a region or a kind of recipient: "Acme US" and "Vendors" say who is meant."""
    region = has_signal("region", name) or not set(active().table("word_lists.toml")["regions"]).isdisjoint(
        name.split()
    )
    return region or bool(lexicon().recipients.mentions(name.lower()))


def _uses(name: str, document: Document) -> int:
    pattern = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
    return sum(len(pattern.findall(clause.text)) for clause in document.clauses)


def _dominates(name: str, uses: int, words: Counter[str]) -> bool:
    """Return whether no other proper name stands there more often: those are never written in lower case."""
    own = set(_WORD.findall(name))
    others = (
        count
        for word, count in words.items()
        if word[0].isupper() and word not in own and len(word) > 1 and not words[word.lower()] and word != word.upper()
    )
    return uses >= max(others, default=0)
