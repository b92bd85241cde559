"""What was accepted of a source, and how far its text has drifted from that."""

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from threading import Lock
from time import monotonic

from sqlmodel import Session

from tracker.compare.model import Verdict
from tracker.compare.rules import rules_version
from tracker.errors import UsageError
from tracker.history.steps import step_between
from tracker.sources.model import SourcesFile
from tracker.store.approvals import ApprovalEntry, Shown, VersionHashes, add_approval, shown_versions, version_hashes
from tracker.store.database import storable
from tracker.store.history import VersionEntry
from tracker.store.people_tables import Approval
from tracker.store.tables import SourceRow, Version
from tracker.store.trail import append
from tracker.words import ClauseClass, Direction, Severity, Topic

#: Pairs of versions whose drift is kept in memory; a few hundred bytes each.
REMEMBERED = 4_096

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
    drift: Drift | None  #: None where it was not worked out in the time there was

    def overdue(self, today: date) -> bool:
        """Return whether it was to be looked at again by now."""
        return self.approval.review_by is not None and self.approval.review_by <= today.isoformat()


class _Memory:
    """Drifts by texts, names and rules; the least lately used go first. Shared by the threads of a process."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._known: OrderedDict[tuple[str, ...], Drift] = OrderedDict()
        self._lock = Lock()

    def get(self, key: tuple[str, ...]) -> Drift | None:
        with self._lock:
            if key in self._known:
                self._known.move_to_end(key)
            return self._known.get(key)

    def put(self, key: tuple[str, ...], drift: Drift) -> None:
        with self._lock:
            self._known[key] = drift
            while len(self._known) > self._size:
                self._known.popitem(last=False)


_MEMORY = _Memory(REMEMBERED)


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
    session: Session, entries: Sequence[ApprovalEntry], names: NamesOf, *, seconds: float | None = None
) -> list[Baseline]:
    """Return approvals with the version in force and the drift from one to the other.

    Args:
        session: of a reader.
        entries: whose.
        names: of organisations, which canonical text leaves out.
        seconds: how long comparing may take in all; what is over that has drift None, and what was compared is known
            the next time.

    """
    shown = shown_versions(session, [entry.approval.source_key for entry in entries])
    wanted = [(entry, shown[entry.approval.source_key]) for entry in entries if entry.approval.source_key in shown]
    hashes = version_hashes(
        session, [version for entry, seen in wanted for version in (entry.approval.version_id, seen.current)]
    )
    end = None if seconds is None else monotonic() + seconds
    found = []
    for entry, seen in wanted:
        drift = _known_drift(entry, seen, hashes, key := _key(entry, seen, hashes, names(entry.source)))
        if drift is None and (end is None or monotonic() < end):
            drift = _compared(session, entry, seen, names(entry.source))
            _MEMORY.put(key, drift)
        number = seen.numbers.get(entry.approval.version_id)
        current = seen.numbers[seen.current], seen.first_seen[seen.current]
        found.append(Baseline(entry.source, entry.approval, number, *current, drift))
    return found


def _key(entry: ApprovalEntry, shown: Shown, hashes: dict[int, VersionHashes], names: Sequence[str]) -> tuple[str, ...]:
    before, after = hashes[entry.approval.version_id], hashes[shown.current]
    return before.text, after.text, rules_version(), *names


def _known_drift(
    entry: ApprovalEntry, shown: Shown, hashes: dict[int, VersionHashes], key: tuple[str, ...]
) -> Drift | None:
    before, after = hashes[entry.approval.version_id], hashes[shown.current]
    if before.text == after.text or before.meaning == after.meaning:
        return Drift(DriftLevel.NONE)
    return _MEMORY.get(key)


def _compared(session: Session, entry: ApprovalEntry, shown: Shown, names: Sequence[str]) -> Drift:
    old, new = (_entry(session, version_id, shown) for version_id in (entry.approval.version_id, shown.current))
    return drift_in(step_between(session, entry.source, old, new, names).verdict)


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


def labels(baselines: Iterable[Baseline]) -> dict[int, str]:
    """Return the level of drift by the key of the source; what was not worked out is left out."""
    return {
        one.source.key: one.drift.level.value
        for one in baselines
        if one.source.key is not None and one.drift is not None
    }


def _day(text: str, today: date) -> str:
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        raise UsageError(f"{text!r} is no day; write it like 2027-03-31") from None
    if day < today:
        raise UsageError(f"{day} has passed; a date to look again lies ahead")
    return day.isoformat()
