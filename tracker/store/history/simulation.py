"""The changes of the past that deserved an alert, as a simulation of a route needs them."""

from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import func
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from tracker.store.schema.tables import Change, SourceRow, Version
from tracker.words import ChangeState

#: States of changes that stand: what flapped, waits or was taken apart would not have been told of as it is.
_STANDING = (ChangeState.CONFIRMED.value, ChangeState.HISTORY.value)


@dataclass(frozen=True, slots=True)
class PastChange:
    """A change that deserved an alert, and when people would have been told of it."""

    id: str
    source_key: int
    source_id: str
    source_name: str
    told_at: datetime
    severity: str
    direction: str
    topics: tuple[str, ...]
    summary: str
    before_sha256: str
    after_sha256: str


def past_changes(session: Session, since: datetime, until: datetime) -> list[PastChange]:
    """Return the changes that deserved an alert and would have been told of within a span, in order."""
    before, after = aliased(Version), aliased(Version)
    told_at = func.coalesce(Change.confirmed_at, Change.first_seen_after)
    query = (
        select(  # type: ignore[call-overload]
            Change.id,
            Change.source_key,
            SourceRow.id,
            SourceRow.name,
            told_at,
            Change.severity,
            Change.direction,
            Change.topics,
            Change.summary,
            before.text_sha256,
            after.text_sha256,
        )
        .join(SourceRow, col(SourceRow.key) == col(Change.source_key))
        .join(before, col(before.id) == col(Change.before_version_id))
        .join(after, col(after.id) == col(Change.after_version_id))
        .where(col(Change.alert).is_(True), col(Change.state).in_(_STANDING), told_at >= since, told_at < until)
        .order_by(told_at, col(Change.id))
    )
    found = (dict(zip((one.name for one in fields(PastChange)), row, strict=True)) for row in session.exec(query))
    return [PastChange(**(told | {"topics": tuple(told["topics"])})) for told in found]
