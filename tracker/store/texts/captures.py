"""What archives list for the pages of a source, and what became of each capture."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from tracker.moments import timestamp_of
from tracker.store.database import chunked, insert_new, storable
from tracker.store.schema.tables import Blob, CaptureRow, Snapshot

THINNED = "thinned out"


class Listed(Protocol):
    """One line of an archive's index."""

    @property
    def url(self) -> str:
        """Return the original address."""
        ...

    @property
    def timestamp(self) -> str:
        """Return 14 digits, UTC."""
        ...

    @property
    def digest(self) -> str:
        """Return the digest the archive states."""
        ...

    @property
    def status(self) -> int | None:
        """Return the archived HTTP status where known."""
        ...

    @property
    def media_type(self) -> str:
        """Return the media type where known."""
        ...


def list_captures(
    session: Session,
    source_key: int,
    archive: str,
    page_url: str,
    wanted: Sequence[Listed],
    skipped: Sequence[Listed] = (),
) -> int:
    """Store what an archive lists for a page; return how many lines were new.

    What was settled keeps its state. What is still open follows the latest choice: a capture thinned out earlier
    that is wanted now becomes pending, a pending one that is thinned out now is skipped.
    """
    rows = [_row(source_key, archive, page_url, capture, "pending", "") for capture in wanted]
    rows += [_row(source_key, archive, page_url, capture, "skipped", THINNED) for capture in skipped]
    new = sum(insert_new(session, CaptureRow, part) for part in chunked(rows, 1_000))
    if new < len(rows):
        _move(session, source_key, archive, wanted, ("skipped", THINNED), ("pending", ""))
        _move(session, source_key, archive, skipped, ("pending", ""), ("skipped", THINNED))
    return new


def pending_captures(
    session: Session, source_key: int, archive: str | None = None, *, limit: int | None = None
) -> list[CaptureRow]:
    """Return the captures that are still to be settled, oldest first."""
    query = select(CaptureRow).where(CaptureRow.source_key == source_key, CaptureRow.state == "pending")
    if archive is not None:
        query = query.where(CaptureRow.archive == archive)
    order = (col(CaptureRow.timestamp), col(CaptureRow.archive), col(CaptureRow.url), col(CaptureRow.digest))
    return list(session.exec(query.order_by(*order).limit(limit)))


def settle_capture(
    session: Session, capture_id: int, state: str, *, detail: str = "", snapshot_id: int | None = None
) -> None:
    """Record what became of a capture."""
    row = session.get_one(CaptureRow, capture_id)
    row.state = state
    row.detail = storable(detail)
    row.snapshot_id = snapshot_id
    session.flush()


def capture_counts(session: Session, source_key: int) -> dict[str, int]:
    """Return how many captures are in each state."""
    query = select(CaptureRow.state, func.count()).where(CaptureRow.source_key == source_key)
    return dict(session.exec(query.group_by(CaptureRow.state).order_by(CaptureRow.state)).all())


def stored_digest(session: Session, source_key: int, archive: str, url: str, digest: str) -> int | None:
    """Return the snapshot that holds the body with this digest, None where it has to be downloaded.

    Archived redirects do not count: their own (empty) bodies are alike wherever they lead.
    """
    if not digest.strip("-"):
        return None
    query = (
        select(Snapshot)
        .join(CaptureRow, col(CaptureRow.snapshot_id) == col(Snapshot.id))
        .join(Blob, col(Blob.sha256) == col(Snapshot.payload_sha256))
        .where(
            CaptureRow.source_key == source_key,
            CaptureRow.archive == archive,
            CaptureRow.url == url,
            CaptureRow.digest == digest,
            Blob.encoding != "removed",
        )
        .order_by(col(Snapshot.sequence))
    )
    return next((snapshot.id for snapshot in session.exec(query) if not snapshot.redirects), None)


def snapshot_at(session: Session, source_key: int, page_url: str, moment: datetime) -> Snapshot | None:
    """Return what a page of a source last looked like at a moment: the newest good capture of it until then."""
    stamp = timestamp_of(moment)
    archived = session.exec(
        select(CaptureRow)
        .where(
            CaptureRow.source_key == source_key,
            CaptureRow.page_url == page_url,
            CaptureRow.timestamp <= stamp,
            col(CaptureRow.state).in_(("stored", "repeated")),
            col(CaptureRow.snapshot_id).is_not(None),
        )
        .order_by(col(CaptureRow.timestamp).desc(), col(CaptureRow.archive), col(CaptureRow.digest))
        .limit(1)
    ).first()
    live = session.exec(
        select(Snapshot)
        .where(
            Snapshot.source_key == source_key,
            Snapshot.url == page_url,
            Snapshot.origin != "archive",
            Snapshot.captured_at <= moment,
            Snapshot.status < 400,
        )
        .order_by(col(Snapshot.captured_at).desc(), col(Snapshot.sequence).desc())
        .limit(1)
    ).first()
    if archived is None:
        return live
    if live is not None and timestamp_of(live.captured_at) >= archived.timestamp:
        return live
    return session.get(Snapshot, archived.snapshot_id)


def _row(
    source_key: int, archive: str, page_url: str, capture: Listed, state: str, detail: str
) -> dict[str, str | int | None]:
    return {
        "source_key": source_key,
        "archive": archive,
        "page_url": page_url,
        "url": storable(capture.url),
        "timestamp": capture.timestamp,
        "digest": storable(capture.digest),
        "status": capture.status,
        "media_type": storable(capture.media_type),
        "state": state,
        "detail": detail,
        "snapshot_id": None,
    }


def _move(
    session: Session,
    source_key: int,
    archive: str,
    captures: Sequence[Listed],
    before: tuple[str, str],
    after: tuple[str, str],
) -> None:
    """Change the state of those captures that are in one state and have one detail."""
    named = {(storable(capture.url), capture.timestamp, storable(capture.digest)) for capture in captures}
    rows = session.exec(
        select(CaptureRow.id, CaptureRow.url, CaptureRow.timestamp, CaptureRow.digest).where(
            CaptureRow.source_key == source_key,
            CaptureRow.archive == archive,
            CaptureRow.state == before[0],
            CaptureRow.detail == before[1],
        )
    ).all()
    idents = [ident for ident, *name in rows if tuple(name) in named]
    for part in chunked(idents):
        session.execute(update(CaptureRow).where(col(CaptureRow.id).in_(part)).values(state=after[0], detail=after[1]))
