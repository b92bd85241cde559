"""Distinct texts of a source: ordered lists of clauses whose texts are stored once, addressed by their hash."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, select

from tracker.errors import DamagedError
from tracker.store.database import insert_new, storable
from tracker.store.schema.tables import Extraction, Version
from tracker.store.texts.clause_texts import clause_ids, texts_of
from tracker.store.texts.layouts import base_of, pack_layout, read_layout


@dataclass(frozen=True, slots=True)
class StoredClause:
    """A displayed clause with its place in the document's structure. What no database stores is replaced."""

    text: str
    kind: str  #: of its block
    level: int = 0
    marker: str = ""
    block: int = 0
    cells: tuple[str, ...] = ()
    header: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", storable(self.text))


#: One for all clauses: `json.dumps` would make another for each.
_told = json.JSONEncoder(separators=(",", ":")).encode


def text_hash(clauses: Iterable[StoredClause]) -> str:
    """Return the SHA-256 over kinds, levels, markers and displayed texts, in order."""
    digest = hashlib.sha256()
    for clause in clauses:
        told = _told([clause.kind, clause.level, clause.marker, clause.text])
        digest.update(told.encode("ascii") + b"\n")
    return digest.hexdigest()


def put_version(
    session: Session,
    source_key: int,
    clauses: Sequence[StoredClause],
    *,
    key_sha256: str,
    canon_version: str,
    words: int,
    language: str,
    stated_date: str | None,
    effective_date: str | None,
) -> tuple[Version, bool]:
    """Store a text as a version of a source, or find it there; the flag says whether it is new.

    Args:
        session: of a writer.
        source_key: the source.
        clauses: in reading order.
        key_sha256: over the canonical keys.
        canon_version: of the rules those keys were made under.
        words: displayed.
        language: ISO 639-1.
        stated_date: ISO date of the text's own "last updated" line.
        effective_date: ISO date of its own "effective" line.

    """
    text_sha256 = text_hash(clauses)
    known = find_version(session, source_key, text_sha256)
    if known is not None:
        return known, False
    layout = pack_layout(_rows(clauses, _clause_ids(session, clauses)), base_of(session, source_key))
    row = {
        "source_key": source_key,
        "text_sha256": text_sha256,
        "key_sha256": key_sha256,
        "canon_version": canon_version,
        "layout": layout.data,
        "layout_base_id": layout.base_id,
        "clauses": len(clauses),
        "words": words,
        "language": language,
        "stated_date": stated_date,
        "effective_date": effective_date,
    }
    new = insert_new(session, Version, [row]) == 1
    version = find_version(session, source_key, text_sha256)
    assert version is not None
    return version, new


def find_version(session: Session, source_key: int, text_sha256: str) -> Version | None:
    """Return a source's version with this text."""
    query = select(Version).where(Version.source_key == source_key, Version.text_sha256 == text_sha256)
    return session.exec(query).first()


def read_version(session: Session, version_id: int) -> list[StoredClause]:
    """Return the clauses of a version in reading order.

    Raises:
        DamagedError: there is no such version, its layout is damaged or a clause of it is missing.

    """
    version = session.get(Version, version_id)
    if version is None:
        raise DamagedError(f"version {version_id} is missing")
    return clauses_of(session, version)


def clauses_of(session: Session, version: Version) -> list[StoredClause]:
    """Return the clauses of a version already loaded.

    Raises:
        DamagedError: its layout is damaged or a clause of it is missing.

    """
    layout = read_layout(session, version)
    texts = texts_of(session, {int(row[0]) for row in layout})
    missing = {row[0] for row in layout} - texts.keys()
    if missing:
        raise DamagedError(f"version {version.id}: {len(missing)} of its clauses are missing")
    return [
        StoredClause(texts[ident], kind, level, marker, block, tuple(cells), tuple(header))
        for ident, kind, level, marker, block, cells, header in layout
    ]


def put_extraction(
    session: Session,
    source_key: int,
    *,
    snapshot_ids: Sequence[int],
    extractor_version: str,
    rules_hash: str,
    version_id: int,
    created_at: datetime,
) -> Extraction:
    """Record which snapshots (in page order), read by which extractor and rules, gave which version.

    An extraction that is there already is returned as it is: none is ever altered.
    """
    snapshots_sha256 = hashlib.sha256(json.dumps(list(snapshot_ids)).encode()).hexdigest()
    query = select(Extraction).where(
        Extraction.source_key == source_key,
        Extraction.snapshots_sha256 == snapshots_sha256,
        Extraction.extractor_version == extractor_version,
        Extraction.rules_hash == rules_hash,
    )
    known = session.exec(query).first()
    if known is not None:
        return known
    row = {
        "source_key": source_key,
        "snapshots_sha256": snapshots_sha256,
        "snapshot_ids": list(snapshot_ids),
        "extractor_version": extractor_version,
        "rules_hash": rules_hash,
        "version_id": version_id,
        "created_at": created_at,
    }
    insert_new(session, Extraction, [row])
    return session.exec(query).one()


def _clause_ids(session: Session, clauses: Sequence[StoredClause]) -> list[int]:
    texts = {hashlib.sha256(clause.text.encode()).hexdigest(): clause.text for clause in clauses}
    known = clause_ids(session, texts)
    return [known[hashlib.sha256(clause.text.encode()).hexdigest()] for clause in clauses]


def _rows(clauses: Sequence[StoredClause], idents: Sequence[int]) -> list[list[Any]]:
    return [
        [ident, clause.kind, clause.level, clause.marker, clause.block, clause.cells, clause.header]
        for ident, clause in zip(idents, clauses, strict=True)
    ]
