"""Texts of clauses on SQLite: many in one compressed row, since neighbours are often wordings of the same clause.

A pack holds the texts whose ids share all but the last eight bits. PostgreSQL keeps each text in its own row, where its
search index reads it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import delete, text
from sqlalchemy.dialects.sqlite import insert
from sqlmodel import Session, col, select

from tracker.errors import DamagedError
from tracker.store.database import chunked
from tracker.store.schema.tables import ClausePack
from tracker.store.texts.compression import packed, unpacked

#: Ids of one pack. Twice as many take a tenth less and twice as long to read.
PACK = 256

#: Packs that a session keeps unpacked: those of a long document with a long history.
_KEPT = 128
_CACHE = "clause_packs"  #: where in `Session.info`

_BETWEEN = "\0"  #: two slots; no text that the store keeps holds it
_THERE = "+"  #: in front of a text, which may be empty; a slot without one is empty

Slots = list[str]


def is_packed(session: Session) -> bool:
    """Return whether texts of clauses lie in packs in this store."""
    return session.get_bind().dialect.name == "sqlite"


def packed_texts(session: Session, idents: Iterable[int]) -> dict[int, str]:
    """Return the texts of clauses by id; ids without a text are left out.

    Raises:
        DamagedError: a pack is damaged.

    """
    places = _by_pack(idents)
    packs = _packs(session, places)
    found: dict[int, str] = {}
    for pack, wanted in places.items():
        slots = packs.get(pack, [])
        for ident in wanted:
            if ident % PACK < len(slots) and (slot := slots[ident % PACK]):
                found[ident] = slot[1:]
    return found


def add_texts(session: Session, texts: Mapping[int, str]) -> None:
    """Store the texts of clauses that were given ids, and let a search find them."""
    places = _by_pack(texts)
    known = _stored(session, places)
    changed: dict[int, Slots] = {}
    for pack, idents in places.items():
        slots = list(known.get(pack, []))
        slots += [""] * (max(idents) % PACK + 1 - len(slots))
        for ident in idents:
            slots[ident % PACK] = _THERE + texts[ident]
        changed[pack] = slots
    _write(session, changed)
    _tell_search(session, "insert into clause_fts(rowid, text) values (:id, :text)", texts)


def remove_texts(session: Session, idents: Iterable[int]) -> None:
    """Forget the texts of clauses, in the search as well."""
    wanted = set(idents)
    gone: dict[int, str] = {}
    changed: dict[int, Slots] = {}
    for pack, slots in _stored(session, _by_pack(wanted)).items():
        there = {pack * PACK + place: slot[1:] for place, slot in enumerate(slots) if slot}
        gone |= {ident: words for ident, words in there.items() if ident in wanted}
        changed[pack] = ["" if pack * PACK + place in wanted else slot for place, slot in enumerate(slots)]
    _write(session, changed)
    _tell_search(session, "insert into clause_fts(clause_fts, rowid, text) values ('delete', :id, :text)", gone)


def texts_downwards(session: Session, before_id: int | None = None) -> Iterator[tuple[int, str]]:
    """Yield all texts with their ids, the highest first, a pack in memory at a time.

    Args:
        session: of a reader.
        before_id: only those of lower ids, where one is given.

    """
    query = select(ClausePack.id).order_by(col(ClausePack.id).desc())
    if before_id is not None:
        query = query.where(col(ClausePack.id) <= before_id // PACK)
    for pack in session.exec(query).all():
        for place, slot in reversed(list(enumerate(_unpacked(pack, session.get_one(ClausePack, pack).data)))):
            ident = int(pack or 0) * PACK + place
            if slot and (before_id is None or ident < before_id):
                yield ident, slot[1:]


def _by_pack(idents: Iterable[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    for ident in idents:
        found[ident // PACK].append(ident)
    return found


def _packs(session: Session, numbers: Iterable[int]) -> dict[int, Slots]:
    """Return packs by number; those that were read last stay with the session."""
    cache: dict[int, Slots] = session.info.setdefault(_CACHE, {})
    wanted = set(numbers)
    found = {number: cache.pop(number) for number in wanted & cache.keys()}
    found |= _stored(session, wanted - found.keys())
    cache |= found
    for number in list(cache)[:-_KEPT]:
        del cache[number]
    return found


def _stored(session: Session, numbers: Iterable[int]) -> dict[int, Slots]:
    """Return packs as they are in the store: what is written is never made of what was kept."""
    found: dict[int, Slots] = {}
    for part in chunked(sorted(numbers)):
        rows = session.exec(select(ClausePack.id, ClausePack.data).where(col(ClausePack.id).in_(part)))
        found.update((number, _unpacked(number, data)) for number, data in rows if number is not None)
    return found


def _unpacked(number: int | None, data: bytes) -> Slots:
    try:
        return unpacked(data).decode().split(_BETWEEN)
    except (DamagedError, ValueError) as error:
        raise DamagedError(f"texts of clauses, pack {number}: {error}") from None


def _write(session: Session, packs: Mapping[int, Slots]) -> None:
    for number in packs:
        session.info.get(_CACHE, {}).pop(number, None)
    kept = {number: slots for number, slots in packs.items() if any(slots)}
    if kept:
        statement = insert(ClausePack)
        statement = statement.on_conflict_do_update(set_={"data": statement.excluded.data})
        rows = [{"id": number, "data": packed(_BETWEEN.join(slots).encode())} for number, slots in kept.items()]
        session.connection().execute(statement, rows)
    for part in chunked(sorted(packs.keys() - kept.keys())):
        session.execute(delete(ClausePack).where(col(ClausePack.id).in_(part)))


def _tell_search(session: Session, statement: str, texts: Mapping[int, str]) -> None:
    rows: list[dict[str, Any]] = [{"id": ident, "text": words} for ident, words in texts.items()]
    if rows:
        session.execute(text(statement), rows)
