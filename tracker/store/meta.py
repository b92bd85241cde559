"""Facts about the store itself."""

from sqlmodel import Session

from tracker.store.schema.tables import Meta


def read_meta(session: Session, key: str) -> str | None:
    """Return a fact, None where it was never written."""
    row = session.get(Meta, key)
    return None if row is None else row.value


def write_meta(session: Session, key: str, value: str) -> None:
    """Write a fact in place of the one before."""
    row = session.get(Meta, key) or Meta(key=key)
    row.value = value
    session.add(row)
    session.flush()


def delete_meta(session: Session, key: str) -> None:
    """Remove a fact, if there is one."""
    row = session.get(Meta, key)
    if row is not None:
        session.delete(row)
        session.flush()
