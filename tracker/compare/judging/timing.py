"""When a change takes effect and until when one may object: which of the days in its text are those of the change."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from tracker.compare.judging.severity import severity_of
from tracker.compare.model import ClauseChange, Document, Judgement, Pair, Reason, When, ordered_topics, text_of
from tracker.compare.text.announcements import Told, effects, is_banner, objections
from tracker.compare.text.dates import days_in
from tracker.words import ChangeKind, ClauseClass, Direction, Severity, Topic

_TOP = 30  #: clauses at the beginning of a document among which an announcement of its own is sought
_SUBSTANTIVE = frozenset({ClauseClass.MATERIAL, ClauseClass.MINOR})
_MOST_READ = 300  #: changes in which days are sought
_LONGEST_PARAGRAPH = 1_500  #: characters
_LONGEST_QUOTE = 300
_WORD = re.compile(r"[^\W\d_]{4,}")  #: that makes a clause more than its number in a list
_CAME, _DONE, _WITHDRAWN = "announcement_added", "announcement_removed", "announcement_withdrawn"


@dataclass(frozen=True, slots=True)
class Timing:
    """When a change takes effect, as far as its text says so."""

    effective: When | None = None
    objection: When | None = None
    ahead: bool = False  #: announced: what the text speaks of is still to come


def posted_on(before: Document, after: Document, seen: date | None) -> date | None:
    """Return the day the new text was posted: the new date it states, else the day it was seen, if either is known."""
    stated = after.stated_date if after.stated_date != before.stated_date else None
    day = date.fromisoformat(stated) if stated else None
    return day if day is not None and (seen is None or day <= seen) else seen


def timing_of(before: Document, after: Document, changes: Sequence[ClauseChange], seen: date | None = None) -> Timing:
    """Return when the step from one version to the next takes effect, by its changed clauses or by its banner.

    Without `seen`, the day the new text was seen, the date it states tells what is still to come, and without that its
    wording does.
    """
    posted = posted_on(before, after, seen)
    today = seen or posted
    changed = [change for change in changes if change.after and change.judgement.cls in _SUBSTANTIVE][:_MOST_READ]
    told = [one for change in changed for one in _new(effects(change.after, posted), change.before)]
    banner = _banner(after, seen)
    effective = _first(told, today) or _first(
        [one for text in banner for one in effects(text, posted) if _is_ahead(one, today)], today
    )
    day = date.fromisoformat(effective.when.date) if effective and effective.when.date else None
    ahead = effective is not None and _is_ahead(effective, today)
    ahead = ahead or any(reason.rule == _CAME for change in changed for reason in change.judgement.reasons)
    texts = dict.fromkeys([*(change.after for change in changed), *(banner if ahead else ())])
    old = {change.after: change.before for change in changed}
    ways = [one for text in texts for one in _new(objections(text, posted, day), old.get(text, ""))]
    objection = _first((one for one in ways if ahead or one.when.words), today)
    return Timing(
        effective.when if effective else None,
        objection.when if objection else None,
        ahead or (objection is not None and objection.when.date is not None and _is_ahead(objection, today)),
    )


def _banner(document: Document, seen: date | None) -> list[str]:
    """Return the clauses of the paragraphs at the beginning of a document that announce a change of it."""
    paragraphs = groupby(document.clauses[:_TOP], key=lambda clause: clause.block)
    texts = [[clause.text for clause in group] for _, group in paragraphs]
    return [text for paragraph in texts if is_banner(" ".join(paragraph), seen) for text in paragraph]


def _is_ahead(told: Told, today: date | None) -> bool:
    if told.when.date is None or today is None:
        return told.ahead
    return told.when.date > today.isoformat()


def _new(told: Iterable[Told], before: str) -> Iterator[Told]:
    """Yield what the old side of a clause did not tell: another day, or another span."""
    told = list(told)
    old = {day.date.isoformat() for day in days_in(before) if day.date} if told else ()
    for one in told:
        when = one.when
        known = when.date in old if when.date else bool(when.words) and when.words in before
        if not known and when.quote not in before:
            yield one


def _first(told: Iterable[Told], today: date | None) -> Told | None:
    """Return the one to believe: what is still to come, then the surest, then the first."""
    return min(told, key=lambda one: (not _is_ahead(one, today), one.rank), default=None)


def _paragraph(document: Document, indices: Sequence[int]) -> str:
    """Return the text of the paragraph that some clauses begin in, since an announcement often takes several sentences.

    Blank where it is too long to be an announcement.
    """
    if not indices:
        return ""
    clauses, at = document.clauses, indices[0]
    first, last, size = at, at, len(clauses[at].text)
    while size <= _LONGEST_PARAGRAPH:
        if first > 0 and clauses[first - 1].block == clauses[at].block:
            first -= 1
            size += len(clauses[first].text)
        elif last + 1 < len(clauses) and clauses[last + 1].block == clauses[at].block:
            last += 1
            size += len(clauses[last].text)
        else:
            return " ".join(clause.text for clause in clauses[first : last + 1])
    return ""


def of_banner(
    before: Document, after: Document, pair: Pair, judgement: Judgement, seen: date | None = None
) -> Judgement:
    """Return what a clause change means in the light of announcements.

    An announcement that comes is material, whatever it says; one that goes once what it announced is in force is minor,
    and one that goes earlier was withdrawn.
    """
    old, new = _paragraph(before, pair.before), _paragraph(after, pair.after)
    if pair.kind is ChangeKind.REMOVED:
        if not is_banner(old):
            return judgement
        quote = _cut(text_of(before.clauses, pair.before))
        days = [told.when.date for told in effects(old, seen) if told.when.date]
        if seen is not None and days and min(days) > seen.isoformat():
            return _material(judgement, Reason(_WITHDRAWN, "The announcement of a change was withdrawn.", quote, ""))
        reason = Reason(_DONE, "The announcement of a change that is in force by now was removed.", quote, "")
        return Judgement(ClauseClass.MINOR, (Topic.POLICY_CHANGE,), reasons=(reason,))
    quote = _cut(text_of(after.clauses, pair.after))
    if pair.kind is ChangeKind.MOVED or not _WORD.search(quote) or not is_banner(new, seen) or is_banner(old):
        return judgement
    return _material(judgement, Reason(_CAME, "A change of this document is announced.", "", quote))


def _material(judgement: Judgement, reason: Reason) -> Judgement:
    is_material = judgement.cls is ClauseClass.MATERIAL
    terms = (*judgement.severity_terms, ("announcement of a change", 1 if is_material else 2))
    return Judgement(
        ClauseClass.MATERIAL,
        ordered_topics([*(judgement.topics if is_material else ()), Topic.POLICY_CHANGE]),
        judgement.direction if is_material else Direction.NEUTRAL,
        max(severity_of(terms), Severity.LOW, key=lambda severity: severity.rank),
        (reason, *(judgement.reasons if is_material else ())),
        terms,
    )


def _cut(quote: str) -> str:
    return quote if len(quote) <= _LONGEST_QUOTE else quote[: _LONGEST_QUOTE - 1].rsplit(" ", 1)[0] + " …"
