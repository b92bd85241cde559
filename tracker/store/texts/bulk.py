"""Writes many captures of one source in a few statements. What is stored is what the single writers store."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, NamedTuple

from sqlalchemy import insert, update
from sqlmodel import Session, col, select

from tracker.errors import StoreError
from tracker.store.database import chunked, hold_content, insert_new, storable
from tracker.store.schema.tables import Blob, Change, Extraction, Observation, Snapshot, SourceRow, Version
from tracker.store.texts.blobs import MAX_DEPTH, SMALL
from tracker.store.texts.clause_texts import clause_ids
from tracker.store.texts.compression import BODY_LEVEL, MAX_PLAIN, compress
from tracker.store.texts.layouts import base_of, pack_layout
from tracker.store.texts.snapshots import link_hash, snapshot_link


class Shape(NamedTuple):
    """A clause by the SHA-256 of its text, with its place in the document's structure."""

    sha256: str
    kind: str
    level: int
    marker: str
    block: int
    cells: tuple[str, ...]
    header: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NewText:
    """A text to store as a version; see `put_version` for the fields."""

    text_sha256: str
    key_sha256: str
    canon_version: str
    shapes: tuple[Shape, ...]
    words: int
    language: str
    stated_date: str | None
    effective_date: str | None


@dataclass(frozen=True, slots=True)
class PackedBody:
    """A body ready to be stored: compressed alone and, where that is smaller, against the one before."""

    sha256: str
    size: int
    encoding: str
    data: bytes = field(repr=False)
    base_sha256: str | None = None


@dataclass(frozen=True, slots=True)
class NewSnapshot:
    """A capture to store; see `append_snapshot` for the fields. Its body is stored apart."""

    url: str
    final_url: str
    status: int
    origin: str
    captured_at: datetime
    arrived_at: datetime
    headers: Sequence[Sequence[str]]
    redirects: Sequence[Mapping[str, Any]]
    payload_sha256: str
    payload_size: int


@dataclass(frozen=True, slots=True)
class NewSight:
    """That a snapshot showed a version at a moment."""

    observed_at: datetime
    snapshot_id: int
    version_id: int
    language: str | None
    rules_hash: str


def pack_body(body: bytes, before: bytes = b"") -> PackedBody:
    """Return a body as it is stored, against the body before where one is given and that is smaller."""
    if len(body) > MAX_PLAIN:
        raise StoreError(f"{len(body)} bytes are more than the store keeps in one piece ({MAX_PLAIN})")
    digest = sha256(body).hexdigest()
    base = sha256(before).hexdigest() if len(before) >= SMALL else ""
    if len(body) < SMALL:
        return PackedBody(digest, len(body), "raw", body)
    against = compress(body, before, BODY_LEVEL) if base and base != digest else None
    # Text alone never shrinks to a tenth, so that need not be tried where this did.
    if against is not None and len(against) * 10 < len(body):
        return PackedBody(digest, len(body), "zstd-prefix", against, base)
    alone = compress(body, level=BODY_LEVEL)
    if against is not None and len(against) < len(alone):
        return PackedBody(digest, len(body), "zstd-prefix", against, base)
    return PackedBody(digest, len(body), *(("zstd", alone) if len(alone) < len(body) else ("raw", body)))


def put_bodies(session: Session, bodies: Sequence[tuple[PackedBody, bytes]]) -> None:
    """Store bodies, each given packed and plain, in an order in which bases come first."""
    hold_content(session, exclusive=False)
    wanted = [packed.sha256 for packed, _ in bodies]
    named = {*wanted, *(packed.base_sha256 for packed, _ in bodies if packed.base_sha256)}
    query = select(Blob.sha256, Blob.depth, Blob.encoding)
    depths: dict[str, int] = {}
    removed: set[str] = set()
    for part in chunked(sorted(named)):
        for digest, depth, encoding in session.exec(query.where(col(Blob.sha256).in_(part))):
            if encoding == "removed":
                removed.add(digest)
            else:
                depths[digest] = depth
    rows = []
    for packed, plain in bodies:
        if packed.sha256 in depths:
            continue
        depth = depths.get(packed.base_sha256, MAX_DEPTH) + 1 if packed.base_sha256 else 0
        if depth > MAX_DEPTH:
            packed, depth = pack_body(plain), 0
        depths[packed.sha256] = depth
        values = {"encoding": packed.encoding, "base_sha256": packed.base_sha256, "depth": depth, "data": packed.data}
        if packed.sha256 in removed:
            session.execute(update(Blob).where(col(Blob.sha256) == packed.sha256).values(**values))
        else:
            rows.append({"sha256": packed.sha256, "size": packed.size, **values})
    insert_new(session, Blob, rows)


def append_snapshots(session: Session, source_key: int, captures: Sequence[NewSnapshot]) -> list[int]:
    """Store captures, in order, as the newest links of a source's chain; return their ids. Their bodies are stored."""
    session.flush()
    source = session.get_one(SourceRow, source_key, with_for_update=True, populate_existing=True)
    rows = []
    for capture in captures:
        snapshot = Snapshot(
            source_key=source_key,
            sequence=source.chain_length + 1,
            url=storable(capture.url),
            final_url=storable(capture.final_url),
            status=capture.status,
            origin=capture.origin,
            archive=None,
            replay_url=None,
            captured_at=capture.captured_at.astimezone(UTC),
            arrived_at=capture.arrived_at.astimezone(UTC),
            headers=[[str(part) for part in header] for header in capture.headers],
            redirects=[dict(hop) for hop in capture.redirects],
            payload_sha256=capture.payload_sha256,
            payload_size=capture.payload_size,
            chain_previous=source.chain_head,
            chain_hash="",
        )
        snapshot.chain_hash = link_hash(snapshot_link(snapshot))
        rows.append(snapshot.model_dump(exclude={"id"}))
        source.chain_length = snapshot.sequence
        source.chain_head = snapshot.chain_hash
    session.execute(insert(Snapshot), rows)
    session.add(source)
    session.flush()
    first = source.chain_length - len(rows)
    query = select(Snapshot.id).where(Snapshot.source_key == source_key, Snapshot.sequence > first)
    return [ident for ident in session.exec(query.order_by(col(Snapshot.sequence))) if ident is not None]


def put_versions(
    session: Session, source_key: int, texts: Sequence[NewText], clauses: Mapping[str, str]
) -> dict[str, int]:
    """Store texts as versions of a source, those that are new; return their ids by the texts' SHA-256.

    Args:
        session: of a writer.
        source_key: the source.
        texts: what to store.
        clauses: the displayed texts of their clauses, by their SHA-256.

    """
    known = _version_ids(session, source_key, [text.text_sha256 for text in texts])
    new = [text for text in texts if text.text_sha256 not in known]
    if not new:
        return known
    wanted = dict.fromkeys(shape.sha256 for text in new for shape in text.shapes)
    idents = clause_ids(session, {digest: clauses[digest] for digest in wanted})
    # Against the first text of a source the next ones of the same batch are kept, so it goes in before them.
    first = 1 if base_of(session, source_key) is None else 0
    for part in (new[:first], new[first:]):
        _insert_versions(session, source_key, part, idents)
    return known | _version_ids(session, source_key, [text.text_sha256 for text in new])


def _insert_versions(session: Session, source_key: int, texts: Sequence[NewText], idents: Mapping[str, int]) -> None:
    base = base_of(session, source_key)
    rows = []
    for text in texts:
        layout = pack_layout([[idents[shape[0]], *shape[1:]] for shape in text.shapes], base)
        rows.append(
            {
                "source_key": source_key,
                "text_sha256": text.text_sha256,
                "key_sha256": text.key_sha256,
                "canon_version": text.canon_version,
                "layout": layout.data,
                "layout_base_id": layout.base_id,
                "clauses": len(text.shapes),
                "words": text.words,
                "language": text.language,
                "stated_date": text.stated_date,
                "effective_date": text.effective_date,
            }
        )
    insert_new(session, Version, rows)


def put_sights(
    session: Session,
    source_key: int,
    sights: Sequence[NewSight],
    *,
    origin: str,
    extractor_version: str,
    created_at: datetime,
) -> None:
    """Store that snapshots, each read alone, showed versions. The snapshots are new, and so are the moments."""
    rows = [
        {
            "source_key": source_key,
            "snapshots_sha256": sha256(json.dumps([sight.snapshot_id]).encode()).hexdigest(),
            "snapshot_ids": [sight.snapshot_id],
            "extractor_version": extractor_version,
            "rules_hash": sight.rules_hash,
            "version_id": sight.version_id,
            "created_at": created_at,
        }
        for sight in sights
    ]
    session.execute(insert(Extraction), rows)
    hashes = [str(row["snapshots_sha256"]) for row in rows]
    query = select(Extraction.snapshots_sha256, Extraction.id).where(
        Extraction.source_key == source_key,
        col(Extraction.snapshots_sha256).in_(hashes),
        Extraction.extractor_version == extractor_version,
    )
    extractions = dict(session.exec(query).all())
    seen = [
        {
            "source_key": source_key,
            "observed_at": sight.observed_at,
            "origin": origin,
            "archive": None,
            "version_id": sight.version_id,
            "extraction_id": extractions[digest],
            "region": None,
            "language": sight.language,
        }
        for sight, digest in zip(sights, hashes, strict=True)
    ]
    insert_new(session, Observation, seen)
    first = min(sight.observed_at for sight in sights)
    late = (col(SourceRow.key) == source_key, col(SourceRow.runs_until) >= first)
    session.execute(update(SourceRow).where(*late).values(runs_until=None))


def put_changes(session: Session, changes: Sequence[Change]) -> None:
    """Store changes, those that are not there."""
    rows = []
    for change in changes:
        change.pack(session)
        row = change.model_dump()
        rows.append(row | {"verdict": row.pop("packed_verdict")})
    insert_new(session, Change, rows)


def known_moments(
    session: Session, source_key: int, origin: str, since: datetime | None = None, until: datetime | None = None
) -> set[tuple[str, datetime]]:
    """Return address and time of the captures of one origin that a source has, both ends of the span included."""
    query = select(Snapshot.url, Snapshot.captured_at).where(Snapshot.source_key == source_key)
    query = query.where(Snapshot.origin == origin)
    if since is not None:
        query = query.where(Snapshot.captured_at >= since)
    if until is not None:
        query = query.where(Snapshot.captured_at <= until)
    return {(url, moment) for url, moment in session.exec(query)}


def sight_moments(session: Session, source_key: int, origin: str, since: datetime) -> set[datetime]:
    """Return the times of a source's observations of one origin from a time on."""
    query = select(Observation.observed_at).where(Observation.source_key == source_key, Observation.origin == origin)
    return set(session.exec(query.where(Observation.observed_at >= since)))


def versions_seen(session: Session, source_key: int) -> set[int]:
    """Return the ids of the versions that a source was ever seen with."""
    return set(session.exec(select(Observation.version_id).where(Observation.source_key == source_key).distinct()))


def _version_ids(session: Session, source_key: int, hashes: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for part in chunked(sorted(set(hashes))):
        query = select(Version.text_sha256, Version.id)
        rows = session.exec(query.where(Version.source_key == source_key, col(Version.text_sha256).in_(part)))
        found.update((digest, ident) for digest, ident in rows if ident is not None)
    return found
