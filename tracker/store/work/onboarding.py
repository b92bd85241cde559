"""Queries on sources that are followed since a short time."""

from collections.abc import Collection
from datetime import datetime

from sqlmodel import Session, col, exists, select

from tracker.store.database import chunked
from tracker.store.schema.held_tables import HeldText
from tracker.store.schema.tables import Change, CheckLog, Notice, SourceRow


def newcomers(session: Session, since: datetime) -> list[SourceRow]:
    """Return the followed sources, by id, that were not checked before a time; paused ones are left aside."""
    checked_before = exists().where(col(CheckLog.source_key) == col(SourceRow.key), col(CheckLog.at) < since)
    query = select(SourceRow).where(SourceRow.state == "active", col(SourceRow.paused).is_(False), ~checked_before)
    return list(session.exec(query.order_by(col(SourceRow.id))))


def first_check(session: Session, keys: Collection[int]) -> datetime | None:
    """Return when the first of some sources was checked for the first time, None where none was."""
    found = (
        session.exec(
            select(CheckLog.at).where(col(CheckLog.source_key).in_(part)).order_by(col(CheckLog.at)).limit(1)
        ).first()
        for part in chunked(sorted(keys))
    )
    return min((moment for moment in found if moment is not None), default=None)


def held_reasons(session: Session, keys: Collection[int]) -> dict[int, str]:
    """Return why a text of each of some sources is held, for those of which one is."""
    found: dict[int, str] = {}
    for part in chunked(sorted(keys)):
        query = select(HeldText.source_key, HeldText.reason).where(
            col(HeldText.source_key).in_(part), HeldText.state == "held"
        )
        found.update(session.exec(query.order_by(col(HeldText.id))).all())
    return found


def first_steps(session: Session, keys: Collection[int]) -> dict[int, Change]:
    """Return what differs materially between the last text known before and the first live one, by source."""
    found: dict[int, Change] = {}
    for part in chunked(sorted(keys)):
        query = (
            select(Change)
            .join(SourceRow, col(SourceRow.key) == col(Change.source_key))
            .where(
                col(Change.source_key).in_(part),
                col(Change.first_seen_after) == col(SourceRow.onboarded_at),
                col(Change.alert).is_(True),
                Change.state == "history",
            )
        )
        found.update((change.source_key, change) for change in session.exec(query))
    return found


def last_told(session: Session, kind: str) -> datetime | None:
    """Return when the newest notice of a kind was entered, None where there is none."""
    return session.exec(
        select(Notice.created_at).where(Notice.kind == kind).order_by(col(Notice.id).desc()).limit(1)
    ).first()
