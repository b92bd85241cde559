"""The texts of clauses, each stored once: ids for texts, texts for ids, whatever the database keeps them in."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from sqlalchemy import delete
from sqlmodel import Session, col, select

from tracker.store.database import chunked, hold_content, insert_new
from tracker.store.schema.tables import ClauseRun, ClauseText
from tracker.store.texts.clause_packs import add_texts, is_packed, packed_texts, remove_texts

#: Rows read from the database at a time, so that memory stays flat.
_AT_A_TIME = 1000


def clause_ids(session: Session, texts: Mapping[str, str]) -> dict[str, int]:
    """Return the ids of displayed texts by their SHA-256, storing those that are new in a few statements.

    Given in reading order they get ids that follow each other where one writer works at a time: layouts are small then.
    """
    hold_content(session, exclusive=False)
    known = _known_ids(session, list(texts))
    new = [sha256 for sha256 in texts if sha256 not in known]
    packed = is_packed(session)
    if not packed:
        # In one order everywhere, so that two writers with the same clauses wait for each other and never deadlock.
        new.sort()
    if new:
        insert_new(session, ClauseText, [{"sha256": one, "text": None if packed else texts[one]} for one in new])
        added = _known_ids(session, new)
        if packed:
            add_texts(session, {ident: texts[sha256] for sha256, ident in added.items()})
        known |= added
    return known


def texts_of(session: Session, clause_ids: Iterable[int]) -> dict[int, str]:
    """Return displayed texts by clause id; ids of no clause are left out.

    Raises:
        DamagedError: texts are damaged.

    """
    wanted = sorted(set(clause_ids))
    if is_packed(session):
        return packed_texts(session, wanted)
    found: dict[int, str] = {}
    for part in chunked(wanted):
        rows = session.exec(select(ClauseText.id, ClauseText.text).where(col(ClauseText.id).in_(part)))
        found.update((ident, text) for ident, text in rows if ident is not None and text is not None)
    return found


def with_texts(session: Session, runs: Iterable[ClauseRun]) -> Iterator[tuple[ClauseRun, str]]:
    """Yield runs with the displayed texts of their clauses, in the order they come in, some at a time in memory."""
    part: list[ClauseRun] = []
    for run in runs:
        part.append(run)
        if len(part) >= _AT_A_TIME:
            yield from _told(session, part)
            part = []
    yield from _told(session, part)


def delete_clauses(session: Session, clause_ids: Collection[int]) -> int:
    """Delete clauses that no version shows; return how many there were."""
    if is_packed(session):
        remove_texts(session, clause_ids)
    return sum(
        session.connection().execute(delete(ClauseText).where(col(ClauseText.id).in_(part))).rowcount
        for part in chunked(sorted(clause_ids))
    )


def _told(session: Session, runs: Sequence[ClauseRun]) -> list[tuple[ClauseRun, str]]:
    texts = texts_of(session, {run.clause_id for run in runs})
    return [(run, texts[run.clause_id]) for run in runs]


def _known_ids(session: Session, hashes: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for part in chunked(hashes):
        query = select(ClauseText.sha256, ClauseText.id).where(col(ClauseText.sha256).in_(part))
        found.update((sha256, ident) for sha256, ident in session.exec(query) if ident is not None)
    return found
