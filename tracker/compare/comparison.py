"""Two versions of a document in, one verdict out."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from tracker.compare.alignment.align import align
from tracker.compare.alignment.moves import is_turned
from tracker.compare.alignment.names import Rename, renamed, same_but_for_names
from tracker.compare.judging.harmless import cosmetic
from tracker.compare.judging.judge import judge
from tracker.compare.judging.reach import TOO_MANY, out_of_reach, within_reach
from tracker.compare.judging.timing import Timing, of_banner, timing_of
from tracker.compare.learned.features import same_keys
from tracker.compare.model import (
    Block,
    BlockKind,
    ClauseChange,
    Document,
    Judgement,
    Pair,
    Reason,
    Verdict,
    ordered_topics,
    text_of,
)
from tracker.compare.rules import rules_version
from tracker.compare.text.clauses import cut, with_names
from tracker.compare.text.damage import Damage, damage_of
from tracker.compare.text.language import UNDETERMINED, main_language
from tracker.compare.text.remembered import per_document
from tracker.compare.text.word_count import word_count
from tracker.compare.vocabulary.lexicons import cached
from tracker.words import ChangeKind, ClauseClass, Direction, Flag, Severity, Topic

Text = Document | Sequence[Block] | str

_REMEMBERED, _SHORT = 16, 1_500  #: comparisons that are known again, of texts of so many clauses together,
_REMEMBERED_LONG, _MOST_REMEMBERED = 4, 6_000  #: and of longer ones: many of those would fill the memory
_JUDGED = frozenset({"en"})  #: languages whose meaning the rules read
_NOT_FOREIGN = _JUDGED | {UNDETERMINED}
_FEW_WORDS, _FEW_LETTERS = 4, 40  #: a name, or a title beside it
_SUBSTANTIVE = frozenset({ClauseClass.MATERIAL, ClauseClass.MINOR})
_PARAGRAPHS = re.compile(r"\n\s*\n")


def document_of(text: Text, names: Sequence[str] = ()) -> Document:
    """Return a document of blocks or of plain text, whose paragraphs are set off by blank lines."""
    if isinstance(text, Document):
        return with_names(text, names) if names else text
    if isinstance(text, str):
        text = [Block(BlockKind.PARAGRAPH, " ".join(part.split())) for part in _PARAGRAPHS.split(text)]
    return cut(text, names)


@per_document
def _language(document: Document) -> str:
    return main_language((clause.language, word_count(clause.text)) for clause in document.clauses)


def _languages(before: Document, after: Document, pair: Pair) -> set[str]:
    found = {before.clauses[index].language for index in pair.before}
    found |= {after.clauses[index].language for index in pair.after}
    return found - {UNDETERMINED}


def _is_judged(before: Document, after: Document, pair: Pair) -> bool:
    sides = ((before.clauses, pair.before), (after.clauses, pair.after))
    return all(clauses[index].language in _NOT_FOREIGN for clauses, indices in sides for index in indices)


def _unread(before: Document, after: Document, pair: Pair) -> Judgement:
    """Return what is said of a clause in a language whose meaning is not read: a person should look.

    A few words of it in a text that is read otherwise, as names are, hold no statement.
    """
    language = ", ".join(sorted(_languages(before, after, pair) - _JUDGED))
    old, new = text_of(before.clauses, pair.before), text_of(after.clauses, pair.after)
    read = {_language(before), _language(after)} <= _JUDGED
    if read and all(word_count(side) <= _FEW_WORDS and len(side) <= _FEW_LETTERS for side in (old, new)):
        said = f"A few words in a language that is not judged ({language}): too few for a statement."
        return Judgement(ClauseClass.MINOR, (Topic.OTHER,), reasons=(Reason("language_not_judged", said, old, new),))
    sentence = f"This clause is in a language that is not judged ({language}); a person should read it."
    return Judgement(
        ClauseClass.MATERIAL,
        severity=Severity.LOW,
        reasons=(Reason("language_not_judged", sentence, old, new),),
        severity_terms=(("language not judged", 1),),
    )


def _renamed(rename: Rename, old: str, new: str) -> Judgement:
    """Return what is said of a clause in which only the organisation's name is another."""
    return Judgement(ClauseClass.MINOR, reasons=(Reason("entity_renamed", rename.sentence, old, new),))


@dataclass(frozen=True, slots=True)
class _Looked:
    """Two texts side by side, whenever they were seen: what of a verdict does not depend on the day."""

    before: Document  #: under one name with the other where the organisation was renamed
    after: Document
    pairs: Sequence[Pair]
    rename: Rename | None
    damage: Damage | None
    judged: Mapping[Pair, Judgement]  #: what the rules say of the pairs that differ, those beyond reach left out
    foreign: bool  #: a clause is in a language whose meaning is not read


def _looked(before: Document, after: Document) -> _Looked:
    before, after, pairs, rename = lined_up(before, after)
    near = within_reach(before, after, pairs)
    judgements = judge(before, after, near)
    judged = dict(zip((pair for pair in near if pair.kind is not None), judgements, strict=True))
    foreign = any(clause.language not in _NOT_FOREIGN for side in (before, after) for clause in side.clauses)
    return _Looked(before, after, pairs, rename, damage_of(before, after, pairs), judged, foreign)


# Texts that alternate are looked at once.
_looked_short = cached(_REMEMBERED)(_looked)
_looked_long = cached(_REMEMBERED_LONG)(_looked)


def _look(before: Document, after: Document) -> _Looked:
    size = len(before.clauses) + len(after.clauses)
    if size > _MOST_REMEMBERED:
        return _looked(before, after)
    return _looked_short(before, after) if size <= _SHORT else _looked_long(before, after)


def _judgements(looked: _Looked, seen: date | None) -> tuple[Judgement, ...]:
    before, after, rename, damage, judged = looked.before, looked.after, looked.rename, looked.damage, looked.judged
    found = []
    for pair in looked.pairs:
        if pair.kind is None:
            continue
        old, new = text_of(before.clauses, pair.before), text_of(after.clauses, pair.after)
        if same_keys(before, after, pair) and not is_turned(before, after, pair):
            rule, sentence = (
                ("moved", "The clause stands in another place, in the same words.")
                if pair.kind is ChangeKind.MOVED
                else ("form_only", "Only the form changed: the words are the same.")
            )
            judgement = cosmetic(rule, sentence, old, new)
            if rename is not None and rename.old in old and rename.new in new:
                judgement = _renamed(rename, old, new)
        elif rename is not None and same_but_for_names(before, after, pair):
            judgement = _renamed(rename, old, new)
        elif looked.foreign and not _is_judged(before, after, pair):
            judgement = _unread(before, after, pair)
        elif pair in judged:
            judgement = of_banner(before, after, pair, judged[pair], seen)
        else:
            judgement = out_of_reach(old, new)
        if damage is not None and pair in damage.pairs and not same_keys(before, after, pair):
            judgement = Judgement(ClauseClass.NOISE, reasons=(Reason(damage.rule, damage.sentence, old, new),))
        found.append(judgement)
    return tuple(found)


def _said_once(judgement: Judgement) -> Judgement:
    """Return the judgement with each sentence once: two statements of a clause may change in the same way."""
    if len(judgement.reasons) < 2:
        return judgement
    reasons = {reason.sentence: reason for reason in reversed(judgement.reasons)}
    if len(reasons) == len(judgement.reasons):
        return judgement
    return replace(judgement, reasons=tuple(reversed(reasons.values())))


def _change(before: Document, after: Document, pair: Pair, judgement: Judgement) -> ClauseChange:
    clause = after.clauses[pair.after[0]] if pair.after else before.clauses[pair.before[0]]
    assert pair.kind is not None
    return ClauseChange(
        kind=pair.kind,
        judgement=_said_once(judgement),
        before=text_of(before.clauses, pair.before),
        after=text_of(after.clauses, pair.after),
        section=clause.section[-1] if clause.section else "",
        moved=pair.moved,
        before_at=pair.before,
        after_at=pair.after,
        language=clause.language,
    )


def _form_changes(before: Document, after: Document, pairs: Sequence[Pair]) -> list[Pair]:
    """Return all pairs, with those of equal keys but other displayed text as changed: every difference is listed."""
    listed = []
    for pair in pairs:
        if pair.kind is None and before.clauses[pair.before[0]].text != after.clauses[pair.after[0]].text:
            pair = Pair(ChangeKind.CHANGED, pair.before, pair.after)
        listed.append(pair)
    return listed


def _stated(document: Document) -> str | None:
    return document.stated_date or document.effective_date


def _is_silent(before: Document, after: Document, changes: Sequence[ClauseChange], timing: Timing) -> bool:
    """Say whether the text changed in fact while every date it states about itself stayed; an announcement speaks."""
    same = _stated(before) == _stated(after) and before.effective_date == after.effective_date
    if _stated(before) is None or not same or timing.ahead:
        return False
    return any(
        change.judgement.cls in _SUBSTANTIVE
        and not any(reason.rule.startswith("announcement") for reason in change.judgement.reasons)
        for change in changes
    )


def _flags(
    before: Document,
    after: Document,
    changes: Sequence[ClauseChange],
    known_texts: Collection[str],
    timing: Timing,
    *,
    review: bool,
) -> tuple[Flag, ...]:
    returned = bool(known_texts) and text_of(after.clauses, range(len(after.clauses))) in known_texts
    found = {
        Flag.SILENT: _is_silent(before, after, changes, timing),
        Flag.ANNOUNCED: timing.ahead,
        Flag.RETURNED: returned,
        Flag.REVIEW: review,
    }
    return tuple(flag for flag, holds in found.items() if holds)


def _nothing(language: str, *, changes: tuple[ClauseChange, ...] = (), reasons: tuple[str, ...] = ()) -> Verdict:
    return Verdict(False, Severity.NONE, (), Direction.NEUTRAL, (), language, rules_version(), changes, reasons)


def _blanked(before: Document, language: str) -> Verdict:
    everything = range(len(before.clauses))
    text = text_of(before.clauses, everything)
    reason = Reason("blank_after", "The new text is blank.", text, "")
    judgement = Judgement(ClauseClass.NOISE, reasons=(reason,))
    change = ClauseChange(ChangeKind.REMOVED, judgement, text, "", before_at=tuple(everything), language=language)
    return _nothing(language, changes=(change,), reasons=("the new text is blank",))


def lined_up(before: Document, after: Document) -> tuple[Document, Document, list[Pair], Rename | None]:
    """Return both documents and their pairs as they are judged, under one name where the organisation was renamed.

    Those pairs whose `kind` is not None are the changes of the verdict, in its order.
    """
    aligned = align(before, after)
    rename = renamed(before, after, aligned)
    if rename is not None:
        before, after = rename.apply(before, after)
        aligned = align(before, after)
    return before, after, _form_changes(before, after, aligned), rename


def compare(
    before: Text,
    after: Text,
    *,
    names: Sequence[str] = (),
    known_texts: Collection[str] = (),
    captured_on: date | None = None,
) -> Verdict:
    """Say what the step from one version to the next means.

    Either side is a document, blocks, or plain text with blank lines between paragraphs. `names` are the
    organisation's own, `known_texts` earlier texts (clause texts joined by spaces) and `captured_on` the day the new
    text was seen: spans such as "30 days after this notice" count from it, and what lies after it is announced. Without
    it the date the text states stands in, and without that its wording tells what is still to come. Deterministic.
    """
    old, new = document_of(before, names), document_of(after, names)
    language = _language(new if new.clauses else old)
    if not old.clauses:
        return _nothing(language, reasons=("first version",) if new.clauses else ())
    if not new.clauses:
        return _blanked(old, language)
    looked = _look(old, new)
    old, new, rename, damage = looked.before, looked.after, looked.rename, looked.damage
    differing = [pair for pair in looked.pairs if pair.kind is not None]
    judgements = _judgements(looked, captured_on)
    changes = tuple(_change(old, new, pair, judgement) for pair, judgement in zip(differing, judgements, strict=True))
    material = [change for change in changes if change.judgement.cls is ClauseClass.MATERIAL]
    timing = timing_of(old, new, changes, captured_on)
    review = (
        damage is not None
        or (
            looked.foreign
            and any(
                not _is_judged(old, new, pair) and judgement.cls is not ClauseClass.COSMETIC
                for pair, judgement in zip(differing, judgements, strict=True)
            )
        )
        or any(reason.rule == TOO_MANY for judgement in judgements for reason in judgement.reasons)
    )
    return Verdict(
        alert=bool(material),
        severity=max(
            {change.judgement.severity for change in material}, key=lambda found: found.rank, default=Severity.NONE
        ),
        topics=ordered_topics(topic for change in material for topic in change.judgement.topics),
        direction=Direction.overall(change.judgement.direction for change in material),
        flags=_flags(old, new, changes, known_texts, timing, review=review),
        language=language,
        rules_version=rules_version(),
        changes=changes,
        reasons=tuple(found.sentence for found in (rename, damage) if found is not None),
        effective=timing.effective,
        objection=timing.objection,
    )
