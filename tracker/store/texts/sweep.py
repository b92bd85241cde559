"""Removes shared content that nothing refers to any more."""

from collections.abc import Collection

from sqlalchemy import delete
from sqlmodel import Session, col, select

from tracker.store.database import chunked, hold_content
from tracker.store.schema.tables import Blob, Snapshot, Version
from tracker.store.texts.blobs import detach
from tracker.store.texts.clause_texts import delete_clauses
from tracker.store.texts.layouts import clause_ids_of


def sweep_blobs(session: Session, candidates: Collection[str]) -> int:
    """Delete those blobs among `candidates` that no snapshot holds; return how many went.

    What stays but is based on one that goes is based on something else first.
    """
    hold_content(session, exclusive=True)
    used: set[str] = set()
    for part in chunked(sorted(candidates)):
        used.update(session.exec(select(Snapshot.payload_sha256).where(col(Snapshot.payload_sha256).in_(part))))
    unused = frozenset(candidates) - used
    for sha256 in sorted(unused):
        blob = session.get(Blob, sha256)
        if blob is not None:
            detach(session, blob, besides=unused)
    return sum(
        session.connection().execute(delete(Blob).where(col(Blob.sha256).in_(part))).rowcount
        for part in chunked(sorted(unused))
    )


def sweep_clauses(session: Session, candidates: Collection[int]) -> int:
    """Delete those clause texts among `candidates` that no version shows; return how many went.

    Layouts are compressed, so every version is looked at: this is for rare occasions.
    """
    hold_content(session, exclusive=True)
    unused = set(candidates)
    for version in session.exec(select(Version).execution_options(yield_per=100)):
        if not unused:
            break
        unused.difference_update(clause_ids_of(session, version))
    return delete_clauses(session, unused)
