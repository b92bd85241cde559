"""What was accepted of a source, and how far its text has drifted from that."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from enum import StrEnum
from time import monotonic
from typing import Any

from sqlmodel import Session

from tracker.compare.model import Verdict
from tracker.compare.rules import rules_version
from tracker.errors import UsageError
from tracker.history.steps import step_between
from tracker.sources.model import SourcesFile
from tracker.store.database import Database, storable
from tracker.store.history.history import VersionEntry
from tracker.store.people.approvals import (
    ApprovalEntry,
    Shown,
    add_approval,
    baselines,
    keep_drift,
    known_drifts,
    shown_versions,
    version_hashes,
    versions_in_force,
)
from tracker.store.people.trail import append
from tracker.store.schema.people_tables import Approval
from tracker.store.schema.tables import SourceRow, Version
from tracker.words import ClauseClass, Direction, Severity, Topic

NamesOf = Callable[[SourceRow], Sequence[str]]


class DriftLevel(StrEnum):
    """How far the text in force is from the one that was accepted."""

    NONE = "none"
    MINOR = "minor"
    MATERIAL = "material"


@dataclass(frozen=True, slots=True)
class Drift:
    """What changed since a version was accepted."""

    level: DriftLevel
    severity: Severity = Severity.NONE
    direction: Direction = Direction.NEUTRAL
    topics: tuple[Topic, ...] = ()
    clauses: int = 0  #: that changed materially
    fingerprint: str = ""  #: of the material clause changes: the same ones, told of once, give the same


@dataclass(frozen=True, slots=True)
class Baseline:
    """The accepted version of a source beside the one in force."""

    source: SourceRow
    approval: Approval
    number: int | None  #: of the accepted version; None where no observation shows it any more
    current: int  #: number of the version in force
    current_since: datetime  #: it was first seen
    drift: Drift | None  #: None where it is not known yet

    def overdue(self, today: date) -> bool:
        """Return whether it was to be looked at again by now."""
        return self.approval.review_by is not None and self.approval.review_by <= today.isoformat()


def names_in(sources: SourcesFile) -> NamesOf:
    """Return how to find the names of a source's organisation: in the sources file, else as the store knows it."""

    def names(row: SourceRow) -> Sequence[str]:
        listed = sources.source(row.id)
        if listed is not None:
            return listed.names
        return (row.organisation,) if row.organisation else ()

    return names


def approve(
    session: Session,
    row: SourceRow,
    version: VersionEntry,
    *,
    by: str,
    now: datetime,
    today: date,
    note: str = "",
    review_by: str | None = None,
) -> Approval:
    """Accept a version of a source as its baseline, and enter that into the trail.

    Args:
        session: of a writer.
        row: the source.
        version: what is accepted.
        by: who does.
        now: when.
        today: the day it is where the people are.
        note: in their words.
        review_by: ISO date by which it is to be looked at again.

    Raises:
        UsageError: `review_by` is no day, or lies in the past.

    """
    assert row.key is not None
    assert version.version.id is not None
    if review_by is not None:
        review_by = _day(review_by, today)
    approval = add_approval(session, row.key, version.version.id, by=by, note=note.strip(), at=now, review_by=review_by)
    detail = {"version": version.number, "text_sha256": version.version.text_sha256}
    detail |= {"note": storable(approval.note), "review_by": review_by}
    append(
        session,
        at=now,
        actor=by,
        action="approval.add",
        source=row.id,
        subject=f"version {version.number}",
        detail=detail,
    )
    return approval


def with_drift(
    session: Session, entries: Sequence[ApprovalEntry], names: NamesOf, *, compare: bool = True
) -> list[Baseline]:
    """Return approvals with the version in force and the drift from one to the other.

    Args:
        session: of a reader.
        entries: whose.
        names: of organisations, which canonical text leaves out.
        compare: texts of which it is not known yet; without it these have drift None, and `keep_drifts` compares them.

    """
    found = []
    for pair, seen in _shown_pairs(session, entries, names):
        drift = pair.known
        if drift is None and compare:
            drift = _compared(session, pair, seen)
        entry = pair.entry
        number = seen.numbers.get(entry.approval.version_id)
        current = seen.numbers[seen.current], seen.first_seen[seen.current]
        found.append(Baseline(entry.source, entry.approval, number, *current, drift))
    return found


def keep_drifts(database: Database, names: NamesOf, seconds: float) -> int:
    """Compare the texts in force with their baselines where that is not known yet, and keep the result.

    Args:
        database: the store.
        names: of organisations.
        seconds: how long it may take; what is left is compared the next time.

    Returns:
        How many were compared.

    """
    end = monotonic() + seconds
    made: list[tuple[int, str, Drift]] = []
    with database.read() as session:
        for pair, seen in _shown_pairs(session, baselines(session), names):
            if monotonic() > end:
                break
            if pair.known is None and pair.entry.source.key is not None:
                made.append((pair.entry.source.key, pair.compared, _compared(session, pair, seen)))
    if made:
        with database.write() as session:
            for key, compared, drift in made:
                keep_drift(session, key, compared, asdict(drift))
    return len(made)


@dataclass(frozen=True, slots=True)
class _Pair:
    """An approval, the version its source shows, and how far that is from it as far as it is known."""

    entry: ApprovalEntry
    names: tuple[str, ...]
    compared: str  #: names both texts and everything else that the drift depends on
    known: Drift | None


def _shown_pairs(session: Session, entries: Sequence[ApprovalEntry], names: NamesOf) -> Iterator[tuple[_Pair, Shown]]:
    shown = shown_versions(session, [entry.approval.source_key for entry in entries])
    current = {key: seen.current for key, seen in shown.items()}
    for pair in _pairs(session, entries, current, names):
        yield pair, shown[pair.entry.approval.source_key]


def _pairs(
    session: Session, entries: Sequence[ApprovalEntry], current: Mapping[int, int], names: NamesOf
) -> Iterator[_Pair]:
    """Yield the approvals of sources whose version in force (`current`, by key) is there."""
    kept = known_drifts(session, current)
    wanted = [(entry, current[entry.approval.source_key]) for entry in entries if entry.approval.source_key in current]
    hashes = version_hashes(session, [ident for entry, seen in wanted for ident in (entry.approval.version_id, seen)])
    for entry, seen in wanted:
        before, after = hashes[entry.approval.version_id], hashes[seen]
        called = tuple(names(entry.source))
        compared = hashlib.sha256("\0".join((before.text, after.text, rules_version(), *called)).encode()).hexdigest()
        row = kept.get(entry.approval.source_key)
        known = _drift_from(row.told) if row is not None and row.compared == compared else None
        if before.text == after.text or before.meaning == after.meaning:
            known = Drift(DriftLevel.NONE)
        yield _Pair(entry, called, compared, known)


def _drift_from(told: dict[str, Any]) -> Drift:
    return Drift(
        DriftLevel(told["level"]),
        Severity(told["severity"]),
        Direction(told["direction"]),
        tuple(map(Topic, told["topics"])),
        told["clauses"],
        told["fingerprint"],
    )


def _compared(session: Session, pair: _Pair, shown: Shown) -> Drift:
    entry = pair.entry
    old, new = (_entry(session, version_id, shown) for version_id in (entry.approval.version_id, shown.current))
    return drift_in(step_between(session, entry.source, old, new, pair.names).verdict)


def drift_in(verdict: Verdict) -> Drift:
    """Return what a verdict on the step from the accepted version to the one in force means as drift."""
    material = verdict.material()
    pairs = sorted(f"{change.before}\n{change.after}" for change in material) or list(verdict.reasons)
    if material or verdict.alert:
        digest = hashlib.sha256("\0".join(pairs).encode()).hexdigest()[:16]
        return Drift(DriftLevel.MATERIAL, verdict.severity, verdict.direction, verdict.topics, len(material), digest)
    minor = any(change.judgement.cls is ClauseClass.MINOR for change in verdict.changes)
    return Drift(DriftLevel.MINOR if minor else DriftLevel.NONE)


def _entry(session: Session, version_id: int, shown: Shown) -> VersionEntry:
    version = session.get_one(Version, version_id)
    first = shown.first_seen.get(version_id) or shown.first_seen[shown.current]
    return VersionEntry(shown.numbers.get(version_id, 0), version, first, first, 0, ())


def known_levels(session: Session, entries: Sequence[ApprovalEntry], names: NamesOf) -> dict[int, DriftLevel]:
    """Return how far sources have drifted by key, as far as it is known; no text is compared."""
    current = versions_in_force(session, [entry.approval.source_key for entry in entries])
    found = _pairs(session, entries, current, names)
    return {pair.entry.approval.source_key: pair.known.level for pair in found if pair.known is not None}


def _day(text: str, today: date) -> str:
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        raise UsageError(f"{text!r} is no day; write it like 2027-03-31") from None
    if day < today:
        raise UsageError(f"{day} has passed; a date to look again lies ahead")
    return day.isoformat()
