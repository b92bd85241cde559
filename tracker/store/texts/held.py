"""The captures that showed a text which is held back, in the order in which they came."""

from collections.abc import Iterable

from sqlmodel import Session, col, select

from tracker.store.database import insert_new
from tracker.store.schema.held_tables import HeldSight, HeldText
from tracker.store.schema.tables import Snapshot


def add_sights(session: Session, held: HeldText, snapshot_ids: Iterable[int]) -> None:
    """Remember captures that showed a held text, each once."""
    session.flush()
    insert_new(session, HeldSight, [{"held_text_id": held.id, "snapshot_id": ident} for ident in snapshot_ids])


def sights_of(session: Session, held: HeldText) -> list[int]:
    """Return the ids of the captures that showed a held text, the first to come first."""
    query = select(HeldSight.snapshot_id).where(HeldSight.held_text_id == held.id)
    return list(session.exec(query.order_by(col(HeldSight.id))))


def snapshots_showing(session: Session, held_id: int) -> list[Snapshot]:
    """Return the captures that showed a held text, the first to come first."""
    query = select(Snapshot).join(HeldSight, col(HeldSight.snapshot_id) == col(Snapshot.id))
    return list(session.exec(query.where(HeldSight.held_text_id == held_id).order_by(col(HeldSight.id))))


def last_origin(session: Session, held: HeldText) -> str | None:
    """Return the origin of the capture that came last; None where there is none."""
    query = select(Snapshot.origin).join(HeldSight, col(HeldSight.snapshot_id) == col(Snapshot.id))
    return session.exec(
        query.where(HeldSight.held_text_id == held.id).order_by(col(HeldSight.id).desc()).limit(1)
    ).first()
