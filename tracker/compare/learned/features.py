"""What can be seen of one aligned pair of clauses: numbers and words, each with the words of the text that made it.

`context_of` looks at the whole comparison once; `features_of` then describes one pair. Features come in two sorts:
`level` values, which stay the same when the two sides are exchanged, and `swing` values, which then change their sign.
Whether a change matters is learned from both, its direction from the swing values alone, so that the direction turns
around when the comparison does.
"""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import Indel
from rapidfuzz.fuzz import ratio, token_sort_ratio

from tracker.compare.learned.cue_classes import add_cues, classes_in, cue_evidence
from tracker.compare.learned.elsewhere import Elsewhere, add_echoes, elsewhere, tokens_of
from tracker.compare.learned.resemblance import Sayings, add_resemblance
from tracker.compare.learned.senses import add_senses
from tracker.compare.learned.shown import REMEMBERED, Shown, masked, runs_of, shown_by, told
from tracker.compare.learned.stated import add_facts, add_voices
from tracker.compare.learned.sway import turns_of
from tracker.compare.model import BlockKind, Document, Pair, text_of
from tracker.compare.text.remembered import per_document
from tracker.compare.text.topics import topic_scores
from tracker.compare.vocabulary.lexicons import active, cached
from tracker.compare.vocabulary.models import words_of
from tracker.compare.vocabulary.stems import function_words

_LONGEST = 20_000  #: characters of a clause that are looked at
_NEIGHBOURS = 3
_FEW_CLAUSES = 60  #: shares of the document are taken as if it had at least so many clauses,
_FEW_WORDS = 1000  #: or words, so that a change in a short text does not look like a text replaced


@dataclass(frozen=True, slots=True)
class Wording:
    """Which words a whole document holds."""

    words: int  #: how many
    vocabulary: set[str]
    grams: set[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Side:
    """One side of the whole comparison."""

    document: Document
    changed: set[int]  #: clauses that are not identical on the other side
    sayings: Sayings  #: of these
    wording: Wording
    text: Elsewhere  #: ready to be asked what it says


@dataclass(frozen=True, slots=True)
class Context:
    """What the whole comparison says about each of its pairs."""

    before: Side
    after: Side
    pairs: int  #: that are not identical
    level: dict[str, float]
    swing: dict[str, float]
    kind: str  #: of document: "privacy", "terms", "cookies", "data_processing", "developer" or ""


@dataclass(frozen=True, slots=True)
class Features:
    """One pair, described."""

    level: dict[str, float]
    swing: dict[str, float]
    words: dict[str, float]  #: `~word` differs, `=word` stays, `s:word` of the heading
    turns: dict[str, float]  #: stems that came (+1) or went (-1), and `in stem` of the text that grew or shrank
    evidence: dict[str, tuple[tuple[str, ...], tuple[str, ...]]]  #: cue class -> (words that went, words that came)


def _kind_of(document: Document) -> str:
    head = " ".join(clause.text.lower()[:120] for clause in document.clauses[:12] if clause.kind is BlockKind.HEADING)
    head = head or " ".join(clause.text.lower()[:120] for clause in document.clauses[:4])
    kinds = active().table("word_lists.toml")["document_kinds"]
    return next((kind for kind, cues in kinds.items() if any(cue in head for cue in cues)), "")


@per_document
def _wording(document: Document) -> Wording:
    if len(document.clauses) > REMEMBERED:
        return _wording_of_many(document)
    each = [told(clause.text) for clause in document.clauses]
    return Wording(
        sum(words for words, _, _ in each),
        set().union(*(vocabulary for _, vocabulary, _ in each)),
        set().union(*(grams for _, _, grams in each)),
    )


def _wording_of_many(document: Document) -> Wording:
    """Return the same of a document of more clauses than are remembered one by one."""
    count = 0
    vocabulary: set[str] = set()
    grams: set[tuple[str, ...]] = set()
    for clause in document.clauses:
        words = words_of(clause.text)
        count += len(words)
        vocabulary.update(words)
        grams.update(runs_of(words))
    return Wording(count, vocabulary, grams)


def same_keys(before: Document, after: Document, pair: Pair) -> bool:
    """Say whether both sides of a pair mean the same by their keys; such pairs are cosmetic and count for nothing."""
    if not pair.before or not pair.after:
        return False
    if len(pair.before) == 1 == len(pair.after):
        return before.clauses[pair.before[0]].key == after.clauses[pair.after[0]].key
    old, new = (
        " ".join(side.clauses[at].key for at in indices)
        for side, indices in ((before, pair.before), (after, pair.after))
    )
    return old == new


def _side(document: Document, changed: set[int]) -> Side:
    return Side(document, changed, Sayings(document.clauses, changed), _wording(document), elsewhere(document))


def context_of(before: Document, after: Document, pairs: Sequence[Pair]) -> Context:
    """Look at a whole comparison once: how much of it changed, what each side says anywhere."""
    open_pairs = [pair for pair in pairs if pair.kind is not None and not same_keys(before, after, pair)]
    sides = (
        _side(before, {index for pair in open_pairs for index in pair.before}),
        _side(after, {index for pair in open_pairs for index in pair.after}),
    )
    old, new = sides[0].wording, sides[1].wording
    shares = [len(side.changed) / max(_FEW_CLAUSES, len(side.document.clauses)) for side in sides]
    added = sum(1 for pair in open_pairs if not pair.before)
    removed = sum(1 for pair in open_pairs if not pair.after)
    lost, gained = (
        len(one.grams - other.grams) / max(_FEW_WORDS, len(one.grams)) for one, other in ((old, new), (new, old))
    )
    _look_for_all(sides, open_pairs)
    count = len(open_pairs)
    kinds = {_kind_of(side.document) for side in sides} - {""}
    level = {
        "row pairs": math.log1p(count),
        "row one-sided": (added + removed) / max(1, count),
        "row changed share": max(shares),
        "row kept share": 1 - min(shares),
        "row new words": max(lost, gained),
        "row words in common": 1 - min(lost, gained),
        "row length": math.log1p(max(_FEW_WORDS, old.words, new.words)),
        "row size": math.log1p(max(old.words, new.words)),
        "row length ratio": (min(old.words, new.words) + _FEW_WORDS) / (max(old.words, new.words) + _FEW_WORDS),
    }
    swing = {
        "row grows": (new.words - old.words) / max(_FEW_WORDS, old.words + new.words),
        "row adds": (added - removed) / max(1, count),
    }
    kind = sorted(kinds)[0] if kinds else ""
    if kind:
        level[f"row is {kind}"] = 1.0
    return Context(*sides, count, level, swing, kind)


def _look_for_all(sides: tuple[Side, Side], pairs: Sequence[Pair]) -> None:
    """Have each text looked through once for all that the pairs will ask it for."""
    said = [
        tokens_of(text_of(side.document.clauses, indices)[:_LONGEST])
        for pair in pairs
        for side, indices in zip(sides, (pair.before, pair.after), strict=True)
        if indices
    ]
    wanted = frozenset[str]().union(*said)
    for side in sides:
        side.text.look_for(wanted)


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text))


def _neighbours(indices: tuple[int, ...], side: Side) -> float:
    if not indices:
        return 0.0
    around = [i for i in range(indices[0] - _NEIGHBOURS, indices[-1] + _NEIGHBOURS + 1) if i not in indices]
    around = [i for i in around if 0 <= i < len(side.document.clauses)]
    return sum(i in side.changed for i in around) / max(1, len(around))


def _stands(shown: Shown, other: Side) -> float:
    """Return the share of a text's word 3-grams that the whole other side holds; of its words where it is shorter."""
    if shown.grams:
        return len(shown.grams & other.wording.grams) / len(shown.grams)
    return sum(word in other.wording.vocabulary for word in shown.words) / max(1, len(shown.words))


def _difference(before: list[str], after: list[str]) -> tuple[list[str], list[str], list[str], list[str]]:
    """Return the words that went, that came, that stayed, and the word pairs around each place (signed by + and -)."""
    went: list[str] = []
    came: list[str] = []
    kept: list[str] = []
    around: list[str] = []
    for code in Indel.opcodes(before, after):
        tag, start, end = code.tag, code.src_start, code.src_end
        begin, stop = code.dest_start, code.dest_end
        if tag == "equal":
            kept += before[start:end]
            continue
        went += before[start:end]
        came += after[begin:stop]
        for words, first, last, sign in ((before, start, end, "-"), (after, begin, stop, "+")):
            if last > first:
                span = words[max(0, first - 1) : last + 1]
                around += [f"{sign}{a} {b}" for a, b in itertools.pairwise(span)]
    return went, came, kept, around


def features_of(pair: Pair, context: Context) -> Features:
    """Describe one pair that is not identical on both sides."""
    old = context.before.document.clauses
    new = context.after.document.clauses
    before, after = text_of(old, pair.before)[:_LONGEST], text_of(new, pair.after)[:_LONGEST]
    clause = new[pair.after[0]] if pair.after else old[pair.before[0]]
    section = clause.section[-1] if clause.section else ""
    was, now = shown_by(before), shown_by(after)
    words_before, words_after = was.words, now.words
    went, came, kept, around = _difference(words_before, words_after)
    both = [was, now] if before and after else [was if before else now]
    low_before, low_after = before.lower(), after.lower()

    level: dict[str, float] = dict(context.level)
    swing: dict[str, float] = dict(context.swing)
    level["one-sided"] = float(not (pair.before and pair.after))
    level["moved"] = float(pair.moved)
    level["several"] = float(len(pair.before) > 1 or len(pair.after) > 1)
    level[f"is {clause.kind.value}"] = 1.0
    level["has lead-in"] = float(bool(clause.lead_in))
    level["has section"] = float(bool(section))
    level["words"] = math.log1p(max(len(words_before), len(words_after)))
    level["words fewer"] = math.log1p(min(len(words_before), len(words_after)))
    level["words differ"] = math.log1p(len(went) + len(came))
    level["words differ fewer"] = math.log1p(min(len(went), len(came)))
    level["differing share"] = (len(went) + len(came)) / max(1, len(words_before) + len(words_after))
    small = function_words()
    content = [word for word in went + came if word not in small]
    level["content words differ"] = math.log1p(len(content))
    level["differing numbers"] = math.log1p(sum(word[0].isdigit() for word in content))
    swing["grows"] = math.log1p(len(came)) - math.log1p(len(went))
    swing["one-sided"] = float(not pair.before) - float(not pair.after)

    # Is it said elsewhere, only moved, only written differently?
    old_stands = _stands(was, context.after) if words_before else 1.0
    new_stands = _stands(now, context.before) if words_after else 1.0
    level["stands elsewhere"] = min(old_stands, new_stands)
    level["stands elsewhere most"] = max(old_stands, new_stands)
    swing["stands elsewhere"] = (old_stands - new_stands) if before and after else 0.0
    new_words = [word for word in came if word not in context.before.wording.vocabulary] + [
        word for word in went if word not in context.after.wording.vocabulary
    ]
    level["words new to the document"] = math.log1p(len(set(new_words)))
    if before and after:
        level["similar"] = ratio(low_before[:3000], low_after[:3000]) / 100
        level["similar words"] = token_sort_ratio(low_before[:3000], low_after[:3000]) / 100
        level["same words"] = float(sorted(words_before) == sorted(words_after))
        level["same letters"] = float(_letters(low_before) == _letters(low_after))
        level["same but numbers and links"] = float(_letters(masked(low_before)) == _letters(masked(low_after)))
        level["same content words"] = float(not content)
        level["spelling"] = float(
            len(went) == len(came) <= 3 and all(ratio(a, b) > 74 for a, b in zip(went, came, strict=True))
        )
        level["names only"] = float(_capitals_only(was, now, content))
        add_resemblance(before, after, level, swing)
    else:
        other = context.after if before else context.before
        level["said anew"] = other.sayings.said_anew(before or after)
    for (name, a), (_, b) in zip(was.named, now.named, strict=True):
        level[f"{name} differs"] = float(a != b)
    level["duration differs"] = float(was.durations != now.durations)
    level["duration"] = float(bool(was.durations or now.durations))
    level["announcement came"] = float(now.announces and not was.announces)
    level["announcement went"] = float(was.announces and not now.announces)
    level["new words are names"] = float(_capitals_only(was, now, new_words))
    level["list item of recipients"] = float(
        bool(clause.lead_in) and "recipient" in classes_in(clause.lead_in + " " + section)
    )
    level["neighbours changed"] = max(_neighbours(pair.before, context.before), _neighbours(pair.after, context.after))
    clauses, first = (new, pair.after[0]) if pair.after else (old, pair.before[0])
    place = first / len(clauses) if len(clauses) >= _FEW_CLAUSES else 0.5
    level["place"] = place
    level["at an edge"] = float(place < 0.02 or place > 0.98)
    for name in both[0].shape:
        level[name] = max(shown.shape[name] for shown in both)

    add_echoes(pair, before, after, context.before.text, context.after.text, level, swing)
    add_facts(before, after, clause.lead_in, level, swing)
    add_voices(words_after or words_before, set(went + came), level)
    add_cues(before, after, clause.lead_in, section, level, swing)
    evidence = cue_evidence(before, after)
    _add_topics(before, after, section, clause.lead_in, len(came) - len(went), level, swing)
    content_kept = [word for word in kept if word not in small]
    words = {f"~{word}": 1.0 for word in went + came}
    words.update({f"~{pair_[1:]}": 1.0 for pair_ in around})
    words.update({f"={word}": 1.0 for word in content_kept})
    words.update({f"s:{word}": 1.0 for word in words_of(section)[:12]})
    turns = turns_of(went, came, around, content_kept, alone=not (before and after))
    add_senses(went, came, content_kept, level, words, turns)
    return Features(level, swing, words, turns, evidence)


def _capitals_only(was: Shown, now: Shown, content: Sequence[str]) -> bool:
    """Say whether every differing content word is written as a name."""
    return bool(content) and all(word in was.capitals or word in now.capitals for word in content)


def _squashed(score: float) -> float:
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, score))))


_NO_TOPICS: Mapping[str, float] = {}
_UNLIKELY = _squashed(-9.0)


@cached(2048)
def _likely_topics(text: str, section: str, lead_in: str) -> Mapping[str, float]:
    """Return how likely a text is about each topic, between 0 and 1, under the names of these features."""
    scores = topic_scores(text, section, lead_in)
    return {f"about {topic.value}": _squashed(score) for topic, score in scores.items()}


def _add_topics(
    before: str, after: str, section: str, lead_in: str, growth: int, level: dict[str, float], swing: dict[str, float]
) -> None:
    went = _likely_topics(before, section, lead_in) if before else _NO_TOPICS
    came = _likely_topics(after, section, lead_in) if after else _NO_TOPICS
    sign = (growth > 0) - (growth < 0)
    negated = bool(classes_in(after if growth > 0 else before) & {"company_wont", "user_wont"})
    for about in went or came:
        a, b = went.get(about, _UNLIKELY), came.get(about, _UNLIKELY)
        level[about] = max(a, b)
        swing[about] = b - a
        if sign and max(a, b) > 0.3:
            swing[f"more {about}"] = sign * max(a, b)
            if negated:
                swing[f"more denied {about}"] = sign * max(a, b)
