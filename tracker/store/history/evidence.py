"""Where a text in the history comes from: the captures it was read from, and the links that follow them."""

from collections.abc import Iterator
from datetime import datetime

from sqlmodel import Session, col, select

from tracker.store.history.history import IN_TIME
from tracker.store.schema.tables import Extraction, Observation, Snapshot
from tracker.store.texts.snapshots import rendered_from

LINKS_AT_ONCE = 200


def extraction_behind(session: Session, source_key: int, version_id: int, at: datetime) -> Extraction | None:
    """Return how the version that a source showed at a time was read.

    Where the observation does not say (it was read again under newer rules since), the first reading that gave the
    version stands for it; None where there is none, as for imported texts of old releases.
    """
    seen = (
        select(Extraction)
        .join(Observation, col(Observation.extraction_id) == col(Extraction.id))
        .where(
            Observation.source_key == source_key,
            Observation.version_id == version_id,
            Observation.observed_at == at,
            Extraction.version_id == version_id,
        )
    )
    found = session.exec(seen.order_by(*IN_TIME).limit(1)).first()
    if found is not None:
        return found
    first = select(Extraction).where(Extraction.source_key == source_key, Extraction.version_id == version_id)
    return session.exec(first.order_by(col(Extraction.id)).limit(1)).first()


def snapshots_of(session: Session, extraction: Extraction) -> list[Snapshot]:
    """Return the captures that a reading was made from, in page order; those that are missing are left out.

    Before one that a browser made of an answer stands that answer.
    """
    found = []
    for ident in extraction.snapshot_ids:
        snapshot = session.get(Snapshot, ident)
        if snapshot is not None:
            found += [*_answer_behind(session, snapshot), snapshot]
    return found


def _answer_behind(session: Session, snapshot: Snapshot) -> list[Snapshot]:
    """Return the newest answer before a rendered capture of the very body that it was made of."""
    body = rendered_from(snapshot.headers)
    if body is None:
        return []
    query = select(Snapshot).where(
        Snapshot.source_key == snapshot.source_key,
        Snapshot.url == snapshot.url,
        Snapshot.payload_sha256 == body,
        Snapshot.sequence < snapshot.sequence,
    )
    return list(session.exec(query.order_by(col(Snapshot.sequence).desc()).limit(1)))


def links_from(session: Session, source_key: int, sequence: int) -> Iterator[Snapshot]:
    """Yield the links of a source's chain from one place to its head, a handful of them in memory at a time."""
    while True:
        query = select(Snapshot).where(Snapshot.source_key == source_key, Snapshot.sequence >= sequence)
        links = session.exec(query.order_by(col(Snapshot.sequence)).limit(LINKS_AT_ONCE)).all()
        yield from links
        if len(links) < LINKS_AT_ONCE:
            return
        sequence = links[-1].sequence + 1
