"""The content of a store as lines of JSON, whatever the order and time of arrival: equal content, equal dump."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from tracker.clock import exact
from tracker.store.schema.people_tables import Review
from tracker.store.schema.tables import (
    CaptureRow,
    Change,
    ClauseRun,
    ClauseText,
    Extraction,
    Observation,
    Snapshot,
    SourceRow,
    Version,
)


def dump_content(session: Session) -> Iterator[str]:
    """Yield the content of a store, source by source: no surrogate ids, no arrival times, no chain hashes."""
    for row in session.exec(select(SourceRow).order_by(col(SourceRow.id))):
        assert row.key is not None
        yield _line("source", row.id, name=row.name, state=row.state)
        yield from sorted(_snapshots(session, row.key, row.id))
        yield from sorted(_versions(session, row.key, row.id))
        yield from sorted(_observations(session, row.key, row.id))
        yield from sorted(_runs(session, row.key, row.id))
        yield from sorted(_changes(session, row.key, row.id))
        yield from _reviews(session, row.key, row.id)
        yield from sorted(_captures(session, row.key, row.id))


def _line(kind: str, source: str, **values: Any) -> str:
    plain = {name: exact(value) if isinstance(value, datetime) else value for name, value in values.items()}
    return json.dumps({"kind": kind, "source": source, **plain}, ensure_ascii=False)


def _snapshots(session: Session, key: int, source: str) -> Iterator[str]:
    for row in session.exec(select(Snapshot).where(Snapshot.source_key == key)):
        yield _line(
            "snapshot",
            source,
            captured_at=row.captured_at,
            url=row.url,
            payload=row.payload_sha256,
            size=row.payload_size,
            final_url=row.final_url,
            status=row.status,
            origin=row.origin,
            archive=row.archive,
            headers=row.headers,
            redirects=row.redirects,
        )


def _versions(session: Session, key: int, source: str) -> Iterator[str]:
    for row in session.exec(select(Version).where(Version.source_key == key)):
        yield _line(
            "version",
            source,
            text=row.text_sha256,
            key=row.key_sha256,
            clauses=row.clauses,
            words=row.words,
            language=row.language,
            stated_date=row.stated_date,
            effective_date=row.effective_date,
        )


def _observations(session: Session, key: int, source: str) -> Iterator[str]:
    payloads = _payloads(session, key)
    extractions = {row.id: row for row in session.exec(select(Extraction).where(Extraction.source_key == key))}
    query = select(Observation, Version.text_sha256).join(Version, col(Version.id) == col(Observation.version_id))
    for row, text_sha256 in session.exec(query.where(Observation.source_key == key)):
        extraction = extractions.get(row.extraction_id)
        yield _line(
            "observation",
            source,
            observed_at=row.observed_at,
            origin=row.origin,
            archive=row.archive,
            text=text_sha256,
            region=row.region,
            language=row.language,
            payloads=None if extraction is None else _named(payloads, extraction.snapshot_ids),
            extractor=None if extraction is None else extraction.extractor_version,
            rules=None if extraction is None else extraction.rules_hash,
        )


def _runs(session: Session, key: int, source: str) -> Iterator[str]:
    query = select(ClauseRun, ClauseText.sha256).join(ClauseText, col(ClauseText.id) == col(ClauseRun.clause_id))
    for row, sha256 in session.exec(query.where(ClauseRun.source_key == key)):
        yield _line(
            "clause run",
            source,
            clause=sha256,
            appeared_at=row.appeared_at,
            unseen_at=row.unseen_at,
            gone_at=row.gone_at,
            topics=row.topics,
        )


def _changes(session: Session, key: int, source: str) -> Iterator[str]:
    texts = dict(session.exec(select(Version.id, Version.text_sha256).where(Version.source_key == key)).all())
    for row in session.exec(select(Change).where(Change.source_key == key)):
        verdict = json.dumps(row.verdict, sort_keys=True)
        yield _line(
            "change",
            source,
            first_seen_after=row.first_seen_after,
            last_seen_before=row.last_seen_before,
            before=texts.get(row.before_version_id),
            after=texts.get(row.after_version_id),
            origin=row.origin,
            state=row.state,
            alert=row.alert,
            severity=row.severity,
            verdict=hashlib.sha256(verdict.encode()).hexdigest(),
        )


def _reviews(session: Session, key: int, source: str) -> Iterator[str]:
    # In the order they were given: of two on the same texts the later one holds.
    for row in session.exec(select(Review).where(Review.source_key == key).order_by(col(Review.id))):
        yield _line(
            "review",
            source,
            before=row.before_sha256,
            after=row.after_sha256,
            clause_class=row.clause_class,
            topics=row.topics,
            direction=row.direction,
            note=row.note,
            reviewer=row.reviewer,
            at=row.at,
        )


def _captures(session: Session, key: int, source: str) -> Iterator[str]:
    payloads = _payloads(session, key)
    for row in session.exec(select(CaptureRow).where(CaptureRow.source_key == key)):
        yield _line(
            "capture",
            source,
            archive=row.archive,
            timestamp=row.timestamp,
            url=row.url,
            digest=row.digest,
            page_url=row.page_url,
            state=row.state,
            detail=row.detail,
            payload=None if row.snapshot_id is None else payloads.get(row.snapshot_id),
        )


def _payloads(session: Session, key: int) -> dict[int | None, str]:
    return dict(session.exec(select(Snapshot.id, Snapshot.payload_sha256).where(Snapshot.source_key == key)).all())


def _named(payloads: dict[int | None, str], snapshot_ids: Iterable[int]) -> list[str | None]:
    return [payloads.get(ident) for ident in snapshot_ids]
