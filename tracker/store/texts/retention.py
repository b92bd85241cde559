"""Which captures keep their bytes; their hashes, headers and texts stay in any case, so every hash chain holds."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from sqlmodel import Session, col, select

from tracker.errors import DamagedError
from tracker.store.schema.held_tables import HeldSight, HeldText
from tracker.store.schema.tables import Blob, Extraction, PageState, Snapshot
from tracker.store.texts.blobs import remove_payload


class KeepRaw(StrEnum):
    """The rule."""

    ALL = "all"
    VERSIONS = "versions"  #: of captures by which a text was seen first, and the newest of every page
    LATEST = "latest"  #: of the newest of every page


def expired_payloads(session: Session, keep: KeepRaw, before: datetime, limit: int) -> list[str]:
    """Return the hashes of up to `limit` payloads whose bytes the rule lets go: no capture that keeps them has them.

    Captures from `before` on, those held back as suspect and those that the next conditional fetch builds on keep them.
    """
    if keep is KeepRaw.ALL:
        return []
    kept = _kept(session, keep)
    young = select(Snapshot.payload_sha256).where(col(Snapshot.captured_at) >= before)
    query = (
        select(Snapshot.payload_sha256, Snapshot.id)
        .join(Blob, col(Blob.sha256) == col(Snapshot.payload_sha256))
        .where(col(Blob.encoding) != "removed", col(Snapshot.payload_sha256).not_in(young))
        .order_by(col(Snapshot.payload_sha256))
    )
    found: dict[str, bool] = {}
    for sha256, ident in session.exec(query):
        found[sha256] = found.get(sha256, True) and ident not in kept
    return [sha256 for sha256, free in found.items() if free][:limit]


def remove_expired(session: Session, keep: KeepRaw, before: datetime, limit: int = 500) -> tuple[int, int]:
    """Remove the bytes of payloads that the rule lets go; return how many, and the stored bytes that freed.

    A payload that cannot be taken apart from damaged ones stays as it is: `tracker verify` names the damage.
    """
    count = freed = 0
    for sha256 in expired_payloads(session, keep, before, limit):
        try:
            with session.begin_nested():
                freed += remove_payload(session, sha256)
        except DamagedError:
            continue
        count += 1
    return count, freed


def _kept(session: Session, keep: KeepRaw) -> set[int]:
    """Return the ids of snapshots that keep their bytes whatever their age."""
    kept = {ident for ident in session.exec(select(PageState.snapshot_id)) if ident is not None}
    held = select(HeldSight.snapshot_id).join(HeldText, col(HeldText.id) == col(HeldSight.held_text_id))
    kept.update(session.exec(held.where(HeldText.state == "held")))
    newest: dict[tuple[int, str], tuple[datetime, int]] = {}
    for ident, source_key, url, at in session.exec(
        select(Snapshot.id, Snapshot.source_key, Snapshot.url, Snapshot.captured_at)
    ):
        assert ident is not None
        newest[source_key, url] = max(newest.get((source_key, url), (at, ident)), (at, ident))
    kept.update(ident for _, ident in newest.values())
    if keep is KeepRaw.VERSIONS:
        kept.update(_first_shown(session))
    return kept


def _first_shown(session: Session) -> set[int]:
    """Return the snapshots of the earliest extraction of every version."""
    found: dict[int, tuple[datetime, Sequence[int]]] = {}
    times = dict(session.exec(select(Snapshot.id, Snapshot.captured_at)).all())
    for version_id, ids in session.exec(select(Extraction.version_id, Extraction.snapshot_ids)):
        at = min((times[ident] for ident in ids if ident in times), default=None)
        if at is not None and (version_id not in found or at < found[version_id][0]):
            found[version_id] = at, ids
    return {ident for _, ids in found.values() for ident in ids}
