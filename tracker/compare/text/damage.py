"""Texts that are no other version of a document: its recording broke off, or another document stands in its place."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import sqrt
from operator import attrgetter

from tracker.compare.model import BlockKind, Clause, Document, Pair
from tracker.compare.text.topics import topics_of
from tracker.compare.vocabulary.lexicons import active
from tracker.compare.vocabulary.stems import function_words
from tracker.words import Topic

#: Rules by which a change is noise; a text that lost what it said in one of the first two ways for good is news.
CUT_OFF, OTHER_DOCUMENT, REAPPEARED = "cut_off", "other_document", "reappeared"

_Places = Callable[[Pair], tuple[int, ...]]
_OLD: _Places = attrgetter("before")
_NEW: _Places = attrgetter("after")
_WORD = re.compile(r"[^\W\d_]+")
_ENDS = (".", "!", "?", ":", ";", ")", "]", '"', "”", "’", "…", "。")
_RUNNING = frozenset({BlockKind.PARAGRAPH, BlockKind.ITEM, BlockKind.QUOTE, BlockKind.DEFINITION})
_LEAST_START = 4  #: words of an unfinished sentence from which its continuation is known
_LEAST_TAIL = 3  #: clauses that have to be missing behind it
_LONE = 0.95  #: share of the words behind it that have no counterpart
_KEPT = 0.1  #: share of its words that another document may have in common with the one it stands for
_FEW = 0.5  #: share of pairs with two sides, above which a text is no other document
_LEAST_WORDS = 100  #: of either text, from which that says something
_ALIKE = 0.35  #: likeness of what two texts are about, below which they are of different kinds
_MOST_ASKED = 1000  #: clauses whose topic is asked for
_LONGEST = 4000  #: characters of a clause from which it is told
_EVERYWHERE = frozenset({Topic.OTHER, Topic.CONTACT})  #: topics of documents of any kind


@dataclass(frozen=True, slots=True)
class Damage:
    """Why changes are noise."""

    rule: str
    sentence: str
    pairs: frozenset[Pair]  #: the changes that are


def damage_of(before: Document, after: Document, pairs: Sequence[Pair]) -> Damage | None:
    """Return what makes changes between two texts noise; None where nothing shows that they are."""
    lost = _broken_off(before, after, pairs, _OLD, _NEW)
    if lost:
        sentence = "The new text breaks off in the middle of a sentence: what stood behind it is missing, not removed."
        return Damage(CUT_OFF, sentence, lost)
    back = _broken_off(after, before, pairs, _NEW, _OLD)
    if back:
        sentence = (
            "The old text broke off in the middle of a sentence: what stands behind it now was missing, not added."
        )
        return Damage(REAPPEARED, sentence, back)
    met = [pair for pair in pairs if pair.before and pair.after]
    if len(met) > _FEW * len(pairs):
        return None
    kept = _words(before.clauses[at] for pair in met for at in pair.before)
    if _of_another_kind(before, after, kept):
        sentence = "The new text is a document of another kind; its clauses say nothing about the old one."
        return Damage(OTHER_DOCUMENT, sentence, frozenset(pair for pair in pairs if pair.kind is not None))
    return None


def breaks_off(before: Document, after: Document) -> str | None:
    """Return the unfinished sentence with which a text ends that went on before, None where it does not break off."""
    last = _unfinished(after)
    if last is None:
        return None
    at = next((at for at, clause in enumerate(before.clauses) if _goes_on(last, clause)), None)
    if at is None:
        return None
    known = {clause.key for clause in after.clauses}
    tail = before.clauses[at + 1 :]
    lone = [clause for clause in tail if clause.key not in known]
    return last.text if len(tail) >= _LEAST_TAIL and _words(lone) >= _LONE * _words(tail) else None


def is_another(before: Document, after: Document) -> bool:
    """Say whether a text is a document of another kind than the one before, by its clauses without lining them up."""
    known = {clause.key for clause in before.clauses}
    return _of_another_kind(before, after, _words(clause for clause in after.clauses if clause.key in known))


def _words(clauses: Iterable[Clause]) -> int:
    return sum(len(clause.text.split()) for clause in clauses)


def _unfinished(document: Document) -> Clause | None:
    """Return the last clause of a text where it is running text without an end."""
    last = document.clauses[-1] if document.clauses else None
    if last is None or last.kind not in _RUNNING or last.text.rstrip().endswith(_ENDS):
        return None
    return last if len(last.text.split()) >= _LEAST_START else None


def _goes_on(start: Clause, clause: Clause) -> bool:
    """Say whether a clause says what another began to say, and more."""
    return len(clause.text) > len(start.text) and clause.text.startswith(start.text)


def _broken_off(
    whole: Document, part: Document, pairs: Sequence[Pair], in_whole: _Places, in_part: _Places
) -> frozenset[Pair]:
    """Return the changes that come of one text being the beginning of another, broken off within a sentence.

    `in_whole` and `in_part` return the clauses of either that a pair holds. Changes before that place are changes of
    the text.
    """
    last = _unfinished(part)
    if last is None:
        return frozenset()
    ending = next((pair for pair in pairs if len(part.clauses) - 1 in in_part(pair)), None)
    if ending is None:
        return frozenset()
    where = {at: pair for pair in pairs if not (pair.before and pair.after) for at in in_whole(pair)}
    alone = set(where)
    where.update(dict.fromkeys(in_whole(ending), ending))
    at = next((at for at in sorted(where) if _goes_on(last, whole.clauses[at])), None)
    if at is None:
        return frozenset()
    tail = range(at + 1, len(whole.clauses))
    missing = [place for place in tail if place in alone]
    if len(tail) < _LEAST_TAIL or _words(whole.clauses[place] for place in missing) < _LONE * _words(
        whole.clauses[place] for place in tail
    ):
        return frozenset()
    return frozenset({ending, where[at], *(where[place] for place in missing)})


def _of_another_kind(before: Document, after: Document, kept: int) -> bool:
    """Say whether hardly a word was kept and the texts are of different kinds: a policy written anew is no other."""
    least = min(before.words, after.words)
    if least < _LEAST_WORDS or kept >= _KEPT * least or not _languages(before) & _languages(after):
        return False
    kinds = _kinds(before), _kinds(after)
    if all(kinds) and kinds[0].isdisjoint(kinds[1]):
        return True
    titles = _title(before), _title(after)
    if all(titles) and titles[0].isdisjoint(titles[1]):
        return True
    return _likeness(_subjects(before), _subjects(after)) < (_ALIKE / 2 if all(kinds) else _ALIKE)


def _languages(document: Document) -> set[str]:
    return {clause.language for clause in document.clauses}


def _kinds(document: Document) -> frozenset[str]:
    """Return what kinds of document the first heading names."""
    first = next((clause.text.lower() for clause in document.clauses if clause.kind is BlockKind.HEADING), "")
    table = active().table("word_lists.toml")["document_kinds"]
    return frozenset(kind for kind, words in table.items() if any(word in first for word in words))


def _title(document: Document) -> frozenset[str]:
    """Return the telling words of the first heading."""
    first = next((clause.text.lower() for clause in document.clauses if clause.kind is BlockKind.HEADING), "")
    return frozenset(_WORD.findall(first)).difference(function_words())


def _subjects(document: Document) -> Counter[Topic]:
    """Return how many words of a text are about each topic; of a long text, of a sample of its clauses."""
    found: Counter[Topic] = Counter()
    for clause in document.clauses[:: 1 + len(document.clauses) // _MOST_ASKED]:
        if clause.kind is not BlockKind.HEADING:
            section = clause.section[-1] if clause.section else ""
            for topic in topics_of(clause.text[:_LONGEST], section, clause.lead_in):
                found[topic] += len(clause.text.split())
    for topic in _EVERYWHERE:
        del found[topic]
    return found


def _likeness(one: Counter[Topic], other: Counter[Topic]) -> float:
    """Return the cosine of two counts; 1 where one of them is empty, since that tells nothing."""
    sizes = [sqrt(sum(count * count for count in counts.values())) for counts in (one, other)]
    return sum(one[topic] * other[topic] for topic in one) / (sizes[0] * sizes[1]) if all(sizes) else 1.0
