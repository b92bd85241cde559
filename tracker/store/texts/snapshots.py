"""Captures exactly as received, each a link in its source's hash chain."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlmodel import Session, col, select

from tracker.clock import exact
from tracker.store.database import storable
from tracker.store.schema.tables import Snapshot, SourceRow
from tracker.store.texts.blobs import get_blob, put_blob
from tracker.words import RENDERED_FROM


def append_snapshot(
    session: Session,
    source_key: int,
    *,
    url: str,
    final_url: str,
    status: int,
    origin: str,
    archive: str | None,
    replay_url: str | None,
    captured_at: datetime,
    arrived_at: datetime,
    headers: Iterable[Sequence[str]],
    redirects: Iterable[Mapping[str, Any]],
    body: bytes,
) -> Snapshot:
    """Store a capture as the newest link of its source's chain and return it.

    The body is compressed against the source's previous body from the same address.

    Args:
        session: of a writer; the source stays locked to the end of its transaction.
        source_key: the source.
        url: as asked for.
        final_url: that answered in the end.
        status: HTTP status.
        origin: live, archive or import.
        archive: the archive's name, None unless `origin` is archive.
        replay_url: where the archive plays it.
        captured_at: when the page looked like this.
        arrived_at: now.
        headers: name and value pairs in the order received.
        redirects: the hops that were followed, as plain data.
        body: content as received, transfer and content codings removed.

    """
    session.flush()
    told = [[str(part) for part in header] for header in headers]
    source = session.get_one(SourceRow, source_key, with_for_update=True, populate_existing=True)
    url = storable(url)
    snapshot = Snapshot(
        source_key=source_key,
        sequence=source.chain_length + 1,
        url=url,
        final_url=storable(final_url),
        status=status,
        origin=origin,
        archive=archive,
        replay_url=None if replay_url is None else storable(replay_url),
        captured_at=captured_at.astimezone(UTC),
        arrived_at=arrived_at.astimezone(UTC),
        headers=told,
        redirects=[dict(hop) for hop in redirects],
        payload_sha256=put_blob(session, body, base=_previous_payload(session, source_key, url, told)),
        payload_size=len(body),
        chain_previous=source.chain_head,
        chain_hash="",
    )
    snapshot.chain_hash = link_hash(snapshot_link(snapshot))
    session.add(snapshot)
    source.chain_length = snapshot.sequence
    source.chain_head = snapshot.chain_hash
    session.flush()
    return snapshot


def find_snapshot(session: Session, source_key: int, sequence: int) -> Snapshot | None:
    """Return the capture at a place of a source's chain, counted from 1."""
    query = select(Snapshot).where(Snapshot.source_key == source_key, Snapshot.sequence == sequence)
    return session.exec(query).first()


def snapshot_link(snapshot: Snapshot) -> dict[str, Any]:
    """Return what the hash of a snapshot's link covers: everything but the row's id and the hash itself."""
    return {
        "chain_previous": snapshot.chain_previous,
        "sequence": snapshot.sequence,
        "url": snapshot.url,
        "final_url": snapshot.final_url,
        "status": snapshot.status,
        "origin": snapshot.origin,
        "archive": snapshot.archive,
        "replay_url": snapshot.replay_url,
        "captured_at": exact(snapshot.captured_at),
        "arrived_at": exact(snapshot.arrived_at),
        "headers": snapshot.headers,
        "redirects": snapshot.redirects,
        "payload_sha256": snapshot.payload_sha256,
        "payload_size": snapshot.payload_size,
    }


def link_hash(link: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a link's canonical JSON: keys sorted, no spaces, ASCII."""
    told = json.dumps(link, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(told.encode("ascii")).hexdigest()


def read_payload(session: Session, snapshot: Snapshot) -> bytes:
    """Return the body of a capture.

    Raises:
        PayloadRemoved: a retention rule removed it.
        DamagedError: it does not fit its hash.

    """
    return get_blob(session, snapshot.payload_sha256)


def rendered_from(headers: Iterable[Sequence[str]]) -> str | None:
    """Return the SHA-256 of the answer that a browser made a capture of; None for a capture as received."""
    return next((header[1] for header in headers if header[0] == RENDERED_FROM), None)


def _previous_payload(session: Session, source_key: int, url: str, headers: Iterable[Sequence[str]]) -> str | None:
    """Return the newest body from an address, if possible one of the same kind: as received, or made by a browser."""
    query = select(Snapshot.payload_sha256, Snapshot.headers).where(
        Snapshot.source_key == source_key, Snapshot.url == url
    )
    recent = session.exec(query.order_by(col(Snapshot.sequence).desc()).limit(3)).all()
    kind = rendered_from(headers) is None
    alike = (sha256 for sha256, told in recent if (rendered_from(told) is None) == kind)
    return next(alike, recent[0][0] if recent else None)
