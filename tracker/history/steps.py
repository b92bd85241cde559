"""A source's history as people ask for it: which version is meant, what was there when, what a step means."""

from collections.abc import Collection, Container, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from tracker.compare import compare
from tracker.compare.model import BlockKind, Clause, Document, Verdict, ordered_topics
from tracker.compare.text.topics import topic_evidence, topics_of
from tracker.errors import UnknownVersionError, UsageError
from tracker.history.texts import load_document
from tracker.store.history.history import (
    VersionEntry,
    latest_observation,
    numbered_versions,
    observation_at,
    observations,
)
from tracker.store.schema.tables import Change, SourceRow
from tracker.store.texts.verdicts import read_verdicts
from tracker.words import ChangeState, ClauseClass, Topic

#: A longer paragraph without an end mark is no heading.
CAPTION_WORDS = 8

LATEST = "latest"
PREVIOUS = "previous"


@dataclass(frozen=True, slots=True)
class Run:
    """One stretch of time over which a source showed one version; a text that returns has several."""

    entry: VersionEntry
    first_seen: datetime
    last_seen: datetime
    origins: tuple[str, ...]
    change: Change | None  #: what led here; None for the first run, or where only the rules of extraction changed


@dataclass(frozen=True, slots=True)
class Passage:
    """A clause with what it speaks of, and what shows it."""

    clause: Clause
    section: tuple[str, ...]  #: headings above it, outermost first, lines that only look like headings included
    topics: tuple[Topic, ...]
    evidence: tuple[str, ...]  #: phrases of the clause that speak of the topics


@dataclass(frozen=True, slots=True)
class Step:
    """What lies between two versions of a source."""

    before: VersionEntry | None  #: None for a text that was read again under newer rules and never observed as such
    after: VersionEntry | None
    verdict: Verdict
    change: Change | None  #: the stored change, None for a step that was compared for the asking


def runs(session: Session, source_key: int) -> list[Run]:
    """Return a source's history in time order."""
    entries = {entry.version.id: entry for entry in numbered_versions(session, source_key)}
    rows = session.exec(
        select(Change).where(Change.source_key == source_key, Change.state != ChangeState.SUPERSEDED.value)
    ).all()
    read_verdicts(session, rows)
    led = {(row.after_version_id, row.first_seen_after): row for row in rows}
    found: list[Run] = []
    for version_id, group in groupby(observations(session, source_key), key=lambda seen: seen.version_id):
        sights = list(group)
        first = sights[0].observed_at
        origins = tuple(sorted({seen.archive or seen.origin for seen in sights}))
        change = led.get((version_id, first)) if found else None
        found.append(Run(entries[version_id], first, sights[-1].observed_at, origins, change))
    return found


def read_moment(text: str, zone: ZoneInfo, *, end: bool = False) -> datetime:
    """Return the time that a date or date-time names; a bare date is its first moment, or its last with `end`.

    Raises:
        UsageError: it is neither.

    """
    try:
        try:
            moment = datetime.combine(date.fromisoformat(text), time.max if end else time.min, zone)
        except ValueError:
            moment = datetime.fromisoformat(text)
            moment = moment if moment.tzinfo else moment.replace(tzinfo=zone)
        moment.astimezone(UTC)  # the first and last day of the calendar have no UTC time in every zone
    except (ValueError, OverflowError):
        raise UsageError(f"{text!r} is no date; write it like 2024-03-31 or 2024-03-31T12:00") from None
    return moment


def version_at(session: Session, row: SourceRow, moment: datetime) -> VersionEntry:
    """Return the version that stood at a time.

    Raises:
        UsageError: nothing is known of the source by then.

    """
    assert row.key is not None
    entries = _entries(session, row)
    seen = observation_at(session, row.key, moment)
    if seen is None:
        raise UsageError(
            f"nothing is known of {row.id} by {moment:%Y-%m-%d}; its first text was seen on "
            f"{entries[0].first_seen.astimezone(moment.tzinfo):%Y-%m-%d}"
        )
    return next(entry for entry in entries if entry.version.id == seen.version_id)


def version_named(session: Session, row: SourceRow, name: str, zone: ZoneInfo) -> VersionEntry:
    """Return the version that a number, a date, `latest` or `previous` names.

    Raises:
        UnknownVersionError: there is none of that number.
        UsageError: there is none of that name.

    """
    assert row.key is not None
    entries = _entries(session, row)
    number = name.lower().removeprefix("v")
    if number.isdecimal():
        found = next((entry for entry in entries if entry.number == int(number)), None)
        if found is None:
            known = "version 1 only" if len(entries) == 1 else f"versions 1 to {len(entries)}"
            raise UnknownVersionError(f"{row.id} has no version {number}; it has {known}")
        return found
    if name not in {LATEST, PREVIOUS}:
        return version_at(session, row, read_moment(name, zone, end=True))
    # Not by the runs: those come with the verdict on every change there ever was.
    seen = latest_observation(session, row.key)
    if seen is not None and name == PREVIOUS:
        seen = latest_observation(session, row.key, but=seen.version_id)
    if seen is None:
        raise UsageError(f"{row.id} has only one version so far; there is nothing to compare")
    return next(entry for entry in entries if entry.version.id == seen.version_id)


def _entries(session: Session, row: SourceRow) -> list[VersionEntry]:
    assert row.key is not None
    entries = numbered_versions(session, row.key)
    if not entries:
        raise UsageError(f"{row.id} has no text yet; `tracker check {row.id}` or `tracker backfill {row.id}` gets one")
    return entries


def readings(document: Document, texts: Container[str] | None = None) -> Iterator[Passage]:
    """Yield every clause but headings with what it speaks of, in reading order; headings only show where it stands.

    Given some texts, only clauses that have one of them come. A clause speaks of a topic where the model says so
    or a phrase of the topic stands in it: who asks for a topic would rather read one clause too many than miss one, and
    sees the phrase.
    """
    caption = ""
    for clause in document.clauses:
        if clause.kind is BlockKind.HEADING:
            caption = ""
            continue
        if _is_caption(clause):
            caption = clause.text
            continue
        if texts is not None and clause.text not in texts:
            continue
        section = caption or (clause.section[-1] if clause.section else "")
        shown = topic_evidence(clause.text, clause.lead_in)
        about = ordered_topics({*topics_of(clause.text, section, clause.lead_in), *shown})
        about = tuple(topic for topic in about if topic is not Topic.OTHER) or about
        place = (*clause.section, caption) if caption else clause.section
        evidence = [phrase for topic in about for phrase in shown.get(topic, ())]
        yield Passage(clause, place, about, tuple(dict.fromkeys(evidence)))


def passages(document: Document, topics: Collection[Topic]) -> list[Passage]:
    """Return the clauses that speak of any of some topics, with the phrases that show these, in reading order."""
    found = []
    for passage in readings(document):
        wanted = [topic for topic in passage.topics if topic in topics]
        if wanted:
            shown = topic_evidence(passage.clause.text, passage.clause.lead_in)
            evidence = [phrase for topic in wanted for phrase in shown.get(topic, ())]
            found.append(replace(passage, evidence=tuple(dict.fromkeys(evidence))))
    return found


def _is_caption(clause: Clause) -> bool:
    """Return whether a paragraph stands above what follows as a heading does, without being marked up as one."""
    words = clause.text.split()
    return clause.kind is BlockKind.PARAGRAPH and len(words) <= CAPTION_WORDS and words[-1][-1].isalnum()


def step_between(
    session: Session, row: SourceRow, before: VersionEntry, after: VersionEntry, names: Sequence[str]
) -> Step:
    """Return what lies between two versions: the stored change if they followed each other, else compared now."""
    stored = session.exec(
        select(Change)
        .where(
            Change.source_key == row.key,
            Change.before_version_id == before.version.id,
            Change.after_version_id == after.version.id,
            Change.state != ChangeState.SUPERSEDED.value,
        )
        .order_by(col(Change.first_seen_after).desc())
        .limit(1)
    ).first()
    if stored is not None:
        return Step(before, after, Verdict.from_json(stored.verdict), stored)
    assert before.version.id is not None
    assert after.version.id is not None
    old = load_document(session, before.version.id, names)
    new = load_document(session, after.version.id, names)
    verdict = compare(old, new, names=names, captured_on=after.first_seen.date())
    return Step(before, after, verdict, None)


def step_of(session: Session, change: Change) -> Step:
    """Return a stored change with the versions it lies between."""
    entries = {entry.version.id: entry for entry in numbered_versions(session, change.source_key)}
    return Step(
        entries.get(change.before_version_id),
        entries.get(change.after_version_id),
        Verdict.from_json(change.verdict),
        change,
    )


def step_at(session: Session, row: SourceRow, moment: datetime) -> Step:
    """Return the last change by a time.

    Raises:
        UsageError: there is none.

    """
    assert row.key is not None
    past = [run.change for run in runs(session, row.key) if run.change is not None and run.first_seen <= moment]
    if not past:
        raise UsageError(f"no change of {row.id} is known by {moment:%Y-%m-%d}; `tracker log {row.id}` shows them all")
    return step_of(session, past[-1])


def weightiest(verdict: dict[str, Any]) -> ClauseClass | None:
    """Return the class of the weightiest clause change of a stored verdict; None where there is none."""
    found = {clause["class"] for clause in verdict["changes"]}
    return next((cls for cls in ClauseClass if cls.value in found), None)
