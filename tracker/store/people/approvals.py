"""What people accepted: the approved versions of sources, and which version each source shows now."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from tracker.store.database import chunked
from tracker.store.history.history import IN_TIME, latest_observation, numbered_versions
from tracker.store.schema.people_tables import Approval, DriftRow
from tracker.store.schema.tables import Change, Observation, SourceRow, Version
from tracker.words import ChangeState


@dataclass(frozen=True, slots=True)
class ApprovalEntry:
    """An approval with its source."""

    approval: Approval
    source: SourceRow


@dataclass(frozen=True, slots=True)
class Shown:
    """Which versions a source was seen with, and which it shows now."""

    numbers: dict[int, int]  #: by the id of the version, as people number them
    first_seen: dict[int, datetime]
    current: int  #: id of the version that was seen last


@dataclass(frozen=True, slots=True)
class VersionHashes:
    """By what versions are told to be the same."""

    text: str  #: as displayed
    meaning: tuple[str, str]  #: hash of the canonical text, and the version of the rules that made it


def add_approval(
    session: Session, source_key: int, version_id: int, *, by: str, note: str, at: datetime, review_by: str | None
) -> Approval:
    """Record that a person accepted a version; earlier approvals stay. The session is of a writer."""
    row = Approval(source_key=source_key, version_id=version_id, by=by, note=note, at=at, review_by=review_by)
    session.add(row)
    session.flush()
    return row


def baselines(
    session: Session,
    *,
    source_keys: Collection[int] | None = None,
    tags: tuple[str, ...] = (),
    after: str | None = None,
    limit: int | None = None,
) -> list[ApprovalEntry]:
    """Return the approval that holds of each source that has one, by source id; `after` is the last id before."""
    latest = select(func.max(Approval.id)).group_by(col(Approval.source_key))
    query = select(Approval, SourceRow).join(SourceRow, col(SourceRow.key) == col(Approval.source_key))
    query = query.where(col(Approval.id).in_(latest)).order_by(col(SourceRow.id))
    if source_keys is not None:
        query = query.where(col(Approval.source_key).in_(source_keys))
    if after is not None:
        query = query.where(SourceRow.id > after)
    if not tags:
        return [ApprovalEntry(*found) for found in session.exec(query.limit(limit))]
    # Tags are JSON, which the two databases search differently; there are no more baselines than sources.
    fitting = [ApprovalEntry(*found) for found in session.exec(query) if set(tags) & set(found[1].tags)]
    return fitting[:limit]


def approvals_of(session: Session, source_keys: Iterable[int]) -> dict[int, list[Approval]]:
    """Return every approval ever given of sources, the newest first."""
    keys = sorted(set(source_keys))
    found: dict[int, list[Approval]] = {key: [] for key in keys}
    for part in chunked(keys):
        rows = session.exec(
            select(Approval).where(col(Approval.source_key).in_(part)).order_by(col(Approval.id).desc())
        )
        for row in rows:
            found[row.source_key].append(row)
    return found


def without_baseline(session: Session) -> int:
    """Return how many followed sources nobody approved a version of."""
    approved = select(Approval.source_key).distinct()
    query = select(func.count()).select_from(SourceRow)
    return session.exec(query.where(SourceRow.state == "active", col(SourceRow.key).not_in(approved))).one()


def changed_since_approval(session: Session) -> list[ApprovalEntry]:
    """Return the baselines whose source had a change confirmed after they were given, and awaits none."""
    latest = select(func.max(Approval.id)).group_by(col(Approval.source_key))
    confirmed = select(Change.id).where(
        Change.source_key == Approval.source_key,
        Change.state == ChangeState.CONFIRMED.value,
        col(Change.confirmed_at) > col(Approval.at),
    )
    awaiting = select(Change.id).where(
        Change.source_key == Approval.source_key, Change.state == ChangeState.AWAITING.value
    )
    query = (
        select(Approval, SourceRow)
        .join(SourceRow, col(SourceRow.key) == col(Approval.source_key))
        .where(col(Approval.id).in_(latest), confirmed.exists(), ~awaiting.exists())
        .order_by(col(SourceRow.id))
    )
    return [ApprovalEntry(*found) for found in session.exec(query)]


def known_drifts(session: Session, source_keys: Iterable[int]) -> dict[int, DriftRow]:
    """Return how far sources had drifted when they were compared last, by key; what never was is left out."""
    found: dict[int, DriftRow] = {}
    for part in chunked(sorted(set(source_keys))):
        found |= {
            row.source_key: row for row in session.exec(select(DriftRow).where(col(DriftRow.source_key).in_(part)))
        }
    return found


def keep_drift(session: Session, source_key: int, compared: str, told: dict[str, Any]) -> None:
    """Keep what a comparison of a source with its baseline gave, in the place of the one before.

    A source that was deleted meanwhile is left alone. The session is of a writer; it holds the source to its end.
    """
    if session.get(SourceRow, source_key, with_for_update=True) is not None:
        session.merge(DriftRow(source_key=source_key, compared=compared, told=told))


def due_for_review(session: Session, day: str) -> list[ApprovalEntry]:
    """Return the baselines that were to be looked at again by a day (ISO), the longest due first."""
    latest = select(func.max(Approval.id)).group_by(col(Approval.source_key))
    query = (
        select(Approval, SourceRow)
        .join(SourceRow, col(SourceRow.key) == col(Approval.source_key))
        .where(col(Approval.id).in_(latest), col(Approval.review_by) <= day)
        .order_by(col(Approval.review_by), col(SourceRow.id))
    )
    return [ApprovalEntry(*found) for found in session.exec(query)]


def shown_versions(session: Session, source_keys: Iterable[int]) -> dict[int, Shown]:
    """Return what sources were seen with, in one query for all of them; those without observations are left out."""
    sights: dict[int, list[tuple[datetime, datetime, int]]] = {}
    for part in chunked(sorted(set(source_keys))):
        query = (
            select(
                Observation.source_key,
                Observation.version_id,
                func.min(Observation.observed_at),
                func.max(Observation.observed_at),
            )
            .where(col(Observation.source_key).in_(part))
            .group_by(col(Observation.source_key), col(Observation.version_id))
        )
        for key, version_id, first, last in session.exec(query):
            sights.setdefault(key, []).append((first, last, version_id))
    return {key: _shown(session, key, found) for key, found in sights.items()}


def versions_in_force(session: Session, source_keys: Iterable[int]) -> dict[int, int]:
    """Return the id of the version that sources showed last, by key; those without observations are left out."""
    latest = (
        select(Observation.version_id)
        .where(col(Observation.source_key) == col(SourceRow.key))
        .order_by(*(column.desc() for column in IN_TIME))
        .limit(1)
        .scalar_subquery()
    )
    found: dict[int, int] = {}
    for part in chunked(sorted(set(source_keys))):
        rows = session.execute(select_columns(col(SourceRow.key), latest).where(col(SourceRow.key).in_(part)))
        found |= {key: version_id for key, version_id in rows if version_id is not None}
    return found


def version_hashes(session: Session, version_ids: Iterable[int]) -> dict[int, VersionHashes]:
    """Return the hashes of versions by their ids."""
    found: dict[int, VersionHashes] = {}
    for part in chunked(sorted(set(version_ids))):
        query = select(Version.id, Version.text_sha256, Version.key_sha256, Version.canon_version)
        for ident, text, key, canon in session.exec(query.where(col(Version.id).in_(part))):
            assert ident is not None
            found[ident] = VersionHashes(text, (key, canon))
    return found


def _shown(session: Session, source_key: int, sights: list[tuple[datetime, datetime, int]]) -> Shown:
    first_seen = {version_id: first for first, _, version_id in sights}
    if len({first for first, _, _ in sights}) == len({last for _, last, _ in sights}) == len(sights):
        order = [version_id for _, _, version_id in sorted(sights)]
        current = max(sights, key=lambda sight: sight[1])[2]
    else:
        # Two origins showed different texts at the same moment: only the observations themselves tell the order.
        order = [entry.version.id or 0 for entry in numbered_versions(session, source_key)]
        latest = latest_observation(session, source_key)
        assert latest is not None
        current = latest.version_id
    return Shown({version_id: number for number, version_id in enumerate(order, 1)}, first_seen, current)
