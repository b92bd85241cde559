"""Fills a store with a small history."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlmodel import Session

from tracker.store.database import Database
from tracker.store.history.history import observe
from tracker.store.history.sources import SourceEntry, sync_sources
from tracker.store.schema.tables import Change, Snapshot, Version
from tracker.store.texts.snapshots import append_snapshot
from tracker.store.texts.versions import StoredClause, put_extraction, put_version
from tracker.words import Topic

NOW = datetime(2025, 1, 1, tzinfo=UTC)
SOURCE = SourceEntry("acme", "Acme privacy policy", tags=("vendor",), url="https://acme.example/p")
PAGE = b"".join(b"<p>Clause %d, number %d.</p>\n" % (number, number * number) for number in range(200))


def snapshot(session: Session, source_key: int, day: int, **values: Any) -> Snapshot:
    """Store a page as it looked on a day."""
    told: dict[str, Any] = {
        "url": "https://acme.example/p",
        "final_url": "https://acme.example/p",
        "status": 200,
        "origin": "live",
        "archive": None,
        "replay_url": None,
        "captured_at": NOW + timedelta(days=day),
        "arrived_at": NOW + timedelta(days=day, seconds=1),
        "headers": [("Content-Type", "text/html")],
        "redirects": [],
        "body": PAGE + b"<p>Day %d</p>" % day,
    }
    return append_snapshot(session, source_key, **(told | values))


def keep_text(session: Session, source_key: int, *texts: str) -> tuple[Version, bool]:
    """Store a version of some paragraphs."""
    clauses = [StoredClause(words, "paragraph", block=number) for number, words in enumerate(texts)]
    return put_version(
        session,
        source_key,
        clauses,
        key_sha256="k",
        canon_version="1",
        words=2 * len(texts),
        language="en",
        stated_date=None,
        effective_date=None,
    )


def record(session: Session, source_key: int, day: int, *texts: str, snapshots: tuple[int, ...] = ()) -> Version:
    """Observe some paragraphs on a day."""
    version, _ = keep_text(session, source_key, *texts)
    assert version.id is not None
    extraction = None
    if snapshots:
        extraction = put_extraction(
            session,
            source_key,
            snapshot_ids=snapshots,
            extractor_version="1",
            rules_hash="r",
            version_id=version.id,
            created_at=NOW,
        )
    observe(
        session,
        source_key=source_key,
        observed_at=NOW + timedelta(days=day),
        origin="live",
        archive=None,
        version_id=version.id,
        extraction_id=extraction.id if extraction else None,
    )
    return version


def fill(database: Database, days: int) -> None:
    """Make one source with a snapshot, a version and an observation per day, and the changes between them."""
    with database.write() as session:
        sync_sources(session, [SOURCE], NOW)
        before = None
        for day in range(1, days + 1):
            row = snapshot(session, 1, day)
            assert row.id is not None
            version = record(session, 1, day, "Shared.", f"Text {day}.", snapshots=(row.id,))
            if before is not None:
                session.add(_change(day, before, version))
            before = version


def _change(day: int, before: Version, after: Version) -> Change:
    assert before.id is not None
    assert after.id is not None
    return Change(
        id=f"abcd{day - 1:02}",
        source_key=1,
        before_version_id=before.id,
        after_version_id=after.id,
        last_seen_before=NOW + timedelta(days=day - 1),
        first_seen_after=NOW + timedelta(days=day),
        origin="live",
        state="confirmed",
        created_at=NOW,
        alert=True,
        severity="low" if day == 2 else "high",
        direction="weaker",
        topics=["sale"],
        topic_mask=Topic.SALE.bit,
        rules_version="1",
    )
