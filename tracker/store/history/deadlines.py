"""Changes that set a day: from when a new text holds, until when one may object to it."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from tracker.store.database import chunked
from tracker.store.history.history import ChangeEntry
from tracker.store.schema.tables import Change, SourceRow
from tracker.store.texts.verdicts import read_verdicts
from tracker.words import ChangeState

#: A change that was gone again, or whose story others tell now, announces nothing.
_SPEAKING = (ChangeState.HISTORY.value, ChangeState.AWAITING.value, ChangeState.CONFIRMED.value)


@dataclass(frozen=True, slots=True)
class Announcement:
    """A change that sets a day, with what its text says of it; the rest of its verdict is not kept."""

    entry: ChangeEntry
    effective: dict[str, Any] | None
    objection: dict[str, Any] | None


def with_days(
    session: Session,
    *,
    since: str | None = None,
    until: str | None = None,
    source_keys: Collection[int] | None = None,
    limit: int | None = None,
) -> list[Announcement]:
    """Return the changes of which a day lies in a span of ISO dates, both ends included, the newest change first."""
    found: set[str] = set()
    # One look-up per column, ids first: a condition on either column would make the database read the whole table.
    for column in (col(Change.effective_on), col(Change.object_by)):
        bounds: list[ColumnElement[bool]] = [column.is_not(None)]
        bounds += [] if since is None else [column >= since]
        bounds += [] if until is None else [column <= until]
        found.update(session.exec(select(Change.id).where(*bounds)))
    announcements = []
    for part in chunked(sorted(found)):
        query = (
            select(Change, SourceRow)
            .join(SourceRow, col(SourceRow.key) == col(Change.source_key))
            .where(col(Change.id).in_(part))
        )
        if source_keys is not None:
            query = query.where(col(Change.source_key).in_(source_keys))
        # Of the database states are not asked: it would choose their index.
        speaking = [(row, owner) for row, owner in session.exec(query) if row.state in _SPEAKING]
        verdicts = read_verdicts(session, [row for row, _ in speaking])
        for row, owner in speaking:
            days = (verdicts[row.id].get("effective"), verdicts[row.id].get("objection"))
            announcements.append(Announcement(ChangeEntry(row, owner), *days))
    announcements.sort(key=lambda one: one.entry.change.id)
    announcements.sort(key=lambda one: one.entry.change.first_seen_after, reverse=True)
    return announcements[:limit]
