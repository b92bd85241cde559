"""What the store's bytes are for: captures, texts, verdicts, and which sources have how much of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, text
from sqlmodel import Session, col

from tracker.store.schema.tables import Blob, Change, ClausePack, ClauseText, Snapshot, SourceRow, Version
from tracker.store.texts.clause_packs import is_packed
from tracker.store.work.operations import Storage, storage


@dataclass(frozen=True, slots=True)
class SourceCaptures:
    """The captures of one source. What several sources share counts for each of them."""

    source: str
    captures: int
    plain_bytes: int  #: as they came
    stored_bytes: int  #: compressed


@dataclass(frozen=True, slots=True)
class StorageReport:
    """How much the store holds, and of what."""

    whole: Storage
    parts: tuple[tuple[str, int], ...]  #: bytes of content by what it is, the largest first; indexes are not counted
    free_bytes: int | None  #: of an SQLite file that `tracker maintain` gives back; None on PostgreSQL
    removed: int  #: captures whose bytes a retention rule removed
    sources: tuple[SourceCaptures, ...]  #: those with the most stored bytes first

    def to_json(self) -> Mapping[str, Any]:
        """Return it as plain data."""
        return {
            "database_bytes": self.whole.database_bytes,
            "free_bytes": self.free_bytes,
            "capture_bytes": self.whole.plain_bytes,
            "capture_bytes_stored": self.whole.stored_bytes,
            "captures_removed": self.removed,
            "rows": dict(self.whole.rows),
            "parts": dict(self.parts),
            "sources": [
                {
                    "source": one.source,
                    "captures": one.captures,
                    "capture_bytes": one.plain_bytes,
                    "capture_bytes_stored": one.stored_bytes,
                }
                for one in self.sources
            ],
        }


def storage_report(session: Session, limit: int = 20) -> StorageReport:
    """Return what the bytes are for; `limit` is the number of sources that are named. Reads sizes, not contents."""
    whole = storage(session)
    parts = [
        ("captures", whole.stored_bytes),
        ("clause texts", _clause_bytes(session)),
        ("texts as lists of clauses", _sum(session, func.length(Version.layout))),
        ("verdicts", _sum(session, func.length(col(Change.packed_verdict)))),
    ]
    removed = session.execute(select(func.count()).select_from(Blob).where(col(Blob.encoding) == "removed"))
    return StorageReport(
        whole,
        tuple(sorted(parts, key=lambda part: -part[1])),
        _free_bytes(session),
        removed.scalar_one(),
        tuple(_by_source(session, limit)),
    )


def _clause_bytes(session: Session) -> int:
    packed = is_packed(session)
    return _sum(session, func.length(col(ClausePack.data)) if packed else func.octet_length(col(ClauseText.text)))


def _sum(session: Session, size: Any) -> int:
    return int(session.execute(select(func.coalesce(func.sum(size), 0))).scalar_one())


def _by_source(session: Session, limit: int) -> list[SourceCaptures]:
    stored = func.sum(func.length(col(Blob.data)))
    query = (
        select(col(SourceRow.id), func.count(), func.sum(col(Blob.size)), stored)
        .join(Snapshot, col(Snapshot.source_key) == col(SourceRow.key))
        .join(Blob, col(Blob.sha256) == col(Snapshot.payload_sha256))
        .group_by(col(SourceRow.id))
        .order_by(stored.desc(), col(SourceRow.id))
        .limit(limit)
    )
    return [
        SourceCaptures(ident, captures, int(plain), int(kept))
        for ident, captures, plain, kept in session.execute(query)
    ]


def _free_bytes(session: Session) -> int | None:
    if session.get_bind().dialect.name != "sqlite":
        return None
    pages = session.execute(text("select freelist_count from pragma_freelist_count()")).scalar_one()
    return int(pages) * int(session.execute(text("select page_size from pragma_page_size()")).scalar_one())
