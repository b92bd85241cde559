"""When a host may be asked next: politeness shared by all threads, processes and machines that use one store."""

from sqlalchemy import and_, or_, update
from sqlmodel import Session, col, delete, select

from tracker.store.database import insert_new
from tracker.store.schema.tables import HostSlot


def take_slot(
    session: Session, key: str, delay: float, *, now: float, furthest: float, waited: float | None
) -> float | None:
    """Take the next slot of a host and return None; where it is still to come, return when it begins.

    Nobody takes a slot before it begins, so that none is ever further away than a spacing: one that is was left by
    other settings, and is brought forward.

    Args:
        session: of a writer.
        key: a host, or `archive:NAME`.
        delay: seconds between this slot and the one after.
        now: Unix time.
        furthest: Unix time beyond which no slot is believed.
        waited: beginning that was waited for; it counts as come unless another took the slot meanwhile.

    """
    slot = _slot(session, key)
    begins = min(slot.next_at, furthest)
    to_come = begins > now and begins != waited
    slot.next_at = begins if to_come else max(now, begins) + delay
    session.flush()
    return begins if to_come else None


def slot_begins(session: Session, key: str, furthest: float) -> float:
    """Return the Unix time of a host's next free slot, which is brought forward to `furthest`; 0 where it has none."""
    beyond = col(HostSlot.key) == key, col(HostSlot.next_at) > furthest
    session.execute(update(HostSlot).where(*beyond).values(next_at=furthest))
    return session.exec(select(HostSlot.next_at).where(HostSlot.key == key)).first() or 0.0


def resting_hosts(session: Session, after: float, furthest: float) -> frozenset[str]:
    """Return the hosts whose next free slot begins after a Unix time, or that asked to be left alone until later.

    A slot beyond `furthest` is not believed: whoever takes the next turn puts it right.
    """
    begins = col(HostSlot.next_at)
    later = or_(and_(begins > after, begins <= furthest), col(HostSlot.blocked_until) > after)
    return frozenset(session.exec(select(HostSlot.key).where(later)))


def defer_slot(session: Session, key: str, until: float) -> None:
    """Begin the next slot of a host not before a Unix time; a later one that stands is not brought forward."""
    slot = _slot(session, key)
    slot.next_at = max(slot.next_at, until)
    session.flush()


def block_slot(session: Session, key: str, until: float) -> None:
    """Ask a host nothing before a Unix time; a longer block that stands is not shortened."""
    slot = _slot(session, key)
    slot.blocked_until = max(slot.blocked_until, until)
    session.flush()


def blocked_until(session: Session, key: str) -> float:
    """Return the Unix time until which a host is to be left alone; 0 where it never was."""
    return session.exec(select(HostSlot.blocked_until).where(HostSlot.key == key)).first() or 0.0


def forget_slots(session: Session, before: float) -> None:
    """Remove the slots of hosts that were over before a Unix time; those of archives are few and stay."""
    over = col(HostSlot.next_at) < before, col(HostSlot.blocked_until) < before
    session.execute(delete(HostSlot).where(*over, col(HostSlot.key).not_like("archive:%")))


def _slot(session: Session, key: str) -> HostSlot:
    while True:
        insert_new(session, HostSlot, [{"key": key, "next_at": 0.0, "blocked_until": 0.0}])
        slot = session.get(HostSlot, key, with_for_update=True, populate_existing=True)
        if slot is not None:  # else it was an old one, and is forgotten since
            return slot
