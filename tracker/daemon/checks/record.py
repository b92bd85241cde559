"""Writes down what came and what it showed, alike for every origin, in the transaction of the caller."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlmodel import Session

from tracker.compare.model import Document
from tracker.daemon.runtime import Runtime
from tracker.extract.version import extractor_version
from tracker.fetch.model import Page
from tracker.history.texts import keep_document
from tracker.store.history.history import observe
from tracker.store.schema.tables import Snapshot, Version
from tracker.store.texts.snapshots import append_snapshot
from tracker.store.texts.versions import put_extraction
from tracker.words import Origin


def keep_page(session: Session, runtime: Runtime, source_key: int, page: Page, origin: Origin) -> Snapshot:
    """Store a page as a snapshot, the next link of its source's hash chain."""
    return append_snapshot(
        session,
        source_key,
        url=page.url,
        final_url=page.final_url,
        status=page.status,
        origin=origin.value,
        archive=page.archive,
        replay_url=page.replay_url,
        captured_at=page.captured_at,
        arrived_at=runtime.clock.now(),
        headers=page.headers,
        redirects=[asdict(hop) for hop in page.redirects],
        body=page.body,
    )


def enter(
    session: Session,
    runtime: Runtime,
    source_key: int,
    document: Document,
    *,
    snapshot_ids: Sequence[int],
    rules_hash: str,
    moment: datetime,
    origin: Origin,
    archive: str | None = None,
    language: str | None = None,
    stands_for: int | None = None,
) -> tuple[Version, bool]:
    """Store a document as a version, and that these snapshots showed it at a moment.

    `stands_for` is the version that was observed where the document differs from it in volatile spots alone; the
    extraction still names the exact text. Returns the version observed, and whether the observation is new.
    """
    version, _ = keep_document(session, source_key, document)
    assert version.id is not None
    extraction = put_extraction(
        session,
        source_key,
        snapshot_ids=list(snapshot_ids),
        extractor_version=extractor_version(),
        rules_hash=rules_hash,
        version_id=version.id,
        created_at=runtime.clock.now(),
    )
    _, fresh = observe(
        session,
        source_key=source_key,
        observed_at=moment,
        origin=origin.value,
        archive=archive,
        version_id=version.id if stands_for is None else stands_for,
        extraction_id=extraction.id,
        region=None,
        language=language,
    )
    return version if stands_for is None else session.get_one(Version, stands_for), fresh
