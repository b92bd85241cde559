"""Between the documents that `compare` reads and the clauses that `store` keeps."""

import hashlib
from collections.abc import Sequence
from itertools import groupby

from sqlmodel import Session

from tracker.compare.model import Block, BlockKind, Document
from tracker.compare.rules import canon_version
from tracker.compare.text.clauses import cut
from tracker.compare.text.language import main_language
from tracker.compare.text.word_count import word_count
from tracker.store.schema.tables import Version
from tracker.store.texts.versions import StoredClause, put_version, read_version


def stored_clauses(document: Document) -> list[StoredClause]:
    """Return a document's clauses in the shape the store keeps."""
    return [
        StoredClause(
            text=clause.text,
            kind=clause.kind.value,
            level=clause.level,
            marker=clause.marker,
            block=clause.block,
            cells=clause.cells,
            header=clause.header,
        )
        for clause in document.clauses
    ]


def stored_blocks(clauses: Sequence[StoredClause]) -> list[Block]:
    """Return the blocks that stored clauses were cut from."""
    blocks = []
    for _, group in groupby(clauses, key=lambda clause: clause.block):
        members = list(group)
        first = members[0]
        blocks.append(
            Block(
                kind=BlockKind(first.kind),
                text=" ".join(member.text for member in members),
                level=first.level,
                marker=first.marker,
                cells=tuple(first.cells),
                header=tuple(first.header),
            )
        )
    return blocks


def load_document(session: Session, version_id: int, names: Sequence[str] = ()) -> Document:
    """Return a stored version as a document, with keys derived anew under today's rules."""
    return cut(stored_blocks(read_version(session, version_id)), tuple(names))


def key_hash(document: Document) -> str:
    """Return the SHA-256 over the canonical keys: equal where two texts differ in form only."""
    return hashlib.sha256("\n".join(clause.key for clause in document.clauses).encode()).hexdigest()


def keep_document(session: Session, source_key: int, document: Document) -> tuple[Version, bool]:
    """Store a document as a version of a source; the flag says whether its text is new there."""
    return put_version(
        session,
        source_key,
        stored_clauses(document),
        key_sha256=key_hash(document),
        canon_version=canon_version(),
        words=document.words,
        language=main_language((clause.language, word_count(clause.text)) for clause in document.clauses),
        stated_date=document.stated_date,
        effective_date=document.effective_date,
    )
