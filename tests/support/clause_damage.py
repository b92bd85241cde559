"""Damages the texts of clauses, wherever the store keeps them."""

import hashlib

from sqlmodel import Session, col, select, update

from tracker.store.schema.tables import ClausePack, ClauseText
from tracker.store.texts.clause_packs import PACK, is_packed
from tracker.store.texts.clause_texts import delete_clauses
from tracker.store.texts.compression import packed, unpacked


def lose_clause(session: Session, words: str) -> None:
    """Take a clause out of the store, whoever shows it."""
    delete_clauses(session, [_id_of(session, words)])


def alter_clause(session: Session, words: str, others: str) -> None:
    """Put other words in the place of a clause's."""
    ident = _id_of(session, words)
    if is_packed(session):
        pack = session.get_one(ClausePack, ident // PACK)
        slots = unpacked(pack.data).decode().split("\0")
        slots[ident % PACK] = f"+{others}"
        pack.data = packed("\0".join(slots).encode())
    else:
        session.connection().execute(update(ClauseText).values(text=others).where(col(ClauseText.id) == ident))


def _id_of(session: Session, words: str) -> int:
    digest = hashlib.sha256(words.encode()).hexdigest()
    return session.exec(select(ClauseText.id).where(ClauseText.sha256 == digest)).one() or 0
