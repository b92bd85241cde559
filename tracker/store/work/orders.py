"""Orders to fill in the past of sources, which workers of a cluster carry out."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from tracker.store.schema.order_tables import BackfillOrder
from tracker.store.schema.tables import SourceRow


@dataclass(frozen=True, slots=True)
class Ordered:
    """An order with the id of its source."""

    source_id: str
    order: BackfillOrder


def place_order(session: Session, order: BackfillOrder) -> None:
    """Order a back-fill in place of the one ordered before; one that runs goes on to its end first."""
    session.merge(order)
    session.flush()


def orders(session: Session) -> list[Ordered]:
    """Return all orders, those ordered last first."""
    query = select(SourceRow.id, BackfillOrder).join(SourceRow, col(SourceRow.key) == col(BackfillOrder.source_key))
    query = query.order_by(col(BackfillOrder.asked_at).desc(), col(SourceRow.id))
    return [Ordered(ident, order) for ident, order in session.exec(query)]


def due_orders(session: Session, now: datetime, limit: int) -> list[str]:
    """Return the ids of sources whose back-fill is to go on now, the longest waiting first."""
    due = (col(BackfillOrder.finished_at).is_(None), col(BackfillOrder.next_try_at) <= now)
    query = select(SourceRow.id).join(BackfillOrder, col(SourceRow.key) == col(BackfillOrder.source_key)).where(*due)
    return list(session.exec(query.order_by(col(BackfillOrder.next_try_at), col(SourceRow.key)).limit(limit)))


def open_order(session: Session, source_key: int) -> BackfillOrder | None:
    """Return the order of a source unless there is none, or none that is not carried out."""
    order = session.get(BackfillOrder, source_key)
    return order if order is not None and order.finished_at is None else None


def settle_order(
    session: Session, order: BackfillOrder, note: str, *, finished_at: datetime | None, next_try_at: datetime
) -> None:
    """Note what became of an order, finished or not; one that was given anew meanwhile stands as it was given."""
    current = session.get(BackfillOrder, order.source_key, with_for_update=True, populate_existing=True)
    if current is None or current.asked_at != order.asked_at:
        return
    current.note = note
    current.finished_at = finished_at
    current.next_try_at = next_try_at
    current.attempts += finished_at is None
    session.flush()
