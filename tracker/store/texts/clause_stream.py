"""Every stretch of time over which sources displayed their clauses, streamed for an export."""

from collections.abc import Collection, Iterator
from datetime import datetime

from sqlmodel import Session, col, or_, select

from tracker.store.schema.tables import ClauseRun, SourceRow
from tracker.store.texts.clause_texts import with_texts

#: Rows read from the database at a time, so that memory stays flat.
_AT_A_TIME = 1000


def clause_stream(
    session: Session,
    *,
    source_keys: Collection[int] | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Iterator[tuple[str, ClauseRun, str]]:
    """Yield source id, run and displayed text by source, time of appearance and run.

    Args:
        session: open until the last row was taken.
        source_keys: only of these sources; None for all of them.
        since: only runs that still stood at or after this time.
        until: only runs that had appeared before this time.

    """
    query = (
        select(SourceRow.id, ClauseRun)
        .join(ClauseRun, col(ClauseRun.source_key) == col(SourceRow.key))
        .order_by(col(SourceRow.id), col(ClauseRun.appeared_at), col(ClauseRun.id))
        .execution_options(yield_per=_AT_A_TIME)
    )
    if source_keys is not None:
        query = query.where(col(ClauseRun.source_key).in_(source_keys))
    if since is not None:
        query = query.where(or_(col(ClauseRun.gone_at).is_(None), col(ClauseRun.gone_at) > since))
    if until is not None:
        query = query.where(col(ClauseRun.appeared_at) < until)
    for part in session.exec(query).partitions(_AT_A_TIME):
        owners = [source for source, _ in part]
        told = with_texts(session, [run for _, run in part])
        yield from ((source, run, words) for source, (run, words) in zip(owners, told, strict=True))
