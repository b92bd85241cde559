"""Changes that set a day: from when a new text holds, until when one may object to it."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import Session, col, select

from tracker.store.history import ChangeEntry
from tracker.store.tables import Change, SourceRow
from tracker.words import ChangeState

#: A change that was gone again, or whose story others tell now, announces nothing.
_SPEAKING = (ChangeState.HISTORY.value, ChangeState.AWAITING.value, ChangeState.CONFIRMED.value)


def with_days(
    session: Session,
    *,
    since: str | None = None,
    until: str | None = None,
    source_keys: Collection[int] | None = None,
    limit: int | None = None,
) -> list[ChangeEntry]:
    """Return the changes of which a day lies in a span of ISO dates, both ends included, the newest change first."""
    days = []
    for column in (col(Change.effective_on), col(Change.object_by)):
        bounds: list[ColumnElement[bool]] = [column.is_not(None)]
        bounds += [] if since is None else [column >= since]
        bounds += [] if until is None else [column <= until]
        days.append(and_(*bounds))
    query = select(Change, SourceRow).join(SourceRow, col(SourceRow.key) == col(Change.source_key))
    query = query.where(or_(*days), col(Change.state).in_(_SPEAKING))
    if source_keys is not None:
        query = query.where(col(Change.source_key).in_(source_keys))
    query = query.order_by(col(Change.first_seen_after).desc(), col(Change.id)).limit(limit)
    return [ChangeEntry(row, owner) for row, owner in session.exec(query)]
