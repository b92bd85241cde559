"""What happened to one source in a span of time, both ends included: sights, changes, people's words, messages."""

from datetime import datetime

from sqlalchemy import or_
from sqlalchemy.orm import defer
from sqlmodel import Session, col, select

from tracker.store.schema.held_tables import HeldText
from tracker.store.schema.people_tables import Approval, Review
from tracker.store.schema.tables import Change, Delivery, Notice, Observation, SourceRow
from tracker.words import ChangeState


def organisations(session: Session) -> list[str]:
    """Return the organisations whose documents the store knows, by name."""
    query = select(SourceRow.organisation).where(SourceRow.organisation != "").distinct()
    return sorted(session.exec(query))


def sights_between(session: Session, source_key: int, since: datetime, until: datetime) -> list[datetime]:
    """Return when a source was observed, and before these the last time before the span, where there is one."""
    mine = Observation.source_key == source_key
    query = select(Observation.observed_at).where(mine, Observation.observed_at >= since)
    times = list(session.exec(query.where(Observation.observed_at <= until).order_by(col(Observation.observed_at))))
    earlier = select(Observation.observed_at).where(mine, Observation.observed_at < since)
    before = session.exec(earlier.order_by(col(Observation.observed_at).desc()).limit(1)).all()
    return [*before, *times]


def changes_between(session: Session, source_key: int, since: datetime, until: datetime) -> list[Change]:
    """Return the changes whose new text was first seen in the span, the oldest first, their verdicts not loaded."""
    query = select(Change).where(
        Change.source_key == source_key,
        Change.first_seen_after >= since,
        Change.first_seen_after <= until,
        Change.state != ChangeState.SUPERSEDED.value,
    )
    query = query.options(defer(Change.packed_verdict))  # type: ignore[arg-type]
    return list(session.exec(query.order_by(col(Change.first_seen_after), col(Change.id))))


def reviews_between(session: Session, source_key: int, since: datetime, until: datetime) -> list[Review]:
    """Return the reviews that were given in the span, the oldest first."""
    query = select(Review).where(Review.source_key == source_key, Review.at >= since, Review.at <= until)
    return list(session.exec(query.order_by(col(Review.id))))


def approvals_between(session: Session, source_key: int, since: datetime, until: datetime) -> list[Approval]:
    """Return the approvals that were given in the span, the oldest first."""
    query = select(Approval).where(Approval.source_key == source_key, Approval.at >= since, Approval.at <= until)
    return list(session.exec(query.order_by(col(Approval.id))))


def deliveries_between(
    session: Session, source_key: int, since: datetime, until: datetime
) -> list[tuple[Delivery, str]]:
    """Return the deliveries that were entered in the span, the oldest first, each with the title of what it told."""
    query = (
        select(Delivery, Change.summary, Notice.title)
        .join(Change, col(Change.id) == col(Delivery.change_id), isouter=True)
        .join(Notice, col(Notice.id) == col(Delivery.notice_id), isouter=True)
        .where(
            or_(col(Change.source_key) == source_key, col(Notice.source_key) == source_key),
            Delivery.created_at >= since,
            Delivery.created_at <= until,
        )
        .order_by(col(Delivery.id))
    )
    return [(delivery, summary or title or "") for delivery, summary, title in session.exec(query)]


def held_between(session: Session, source_key: int, since: datetime, until: datetime) -> list[HeldText]:
    """Return the texts that were held back as suspect at any time of the span, the oldest first."""
    query = select(HeldText).where(
        HeldText.source_key == source_key, HeldText.first_seen_at <= until, HeldText.last_seen_at >= since
    )
    return list(session.exec(query.order_by(col(HeldText.first_seen_at))))
